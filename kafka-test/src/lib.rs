//! Test doubles for Kafka clients, from the quickest to the most real.
//!
//! - `mock`: the client's traits without sockets, for unit tests of applications. Alone it needs nothing that
//!   kafka-client does not need.
//! - `cluster`: a Kafka cluster inside the test's own process. The real protocol, several nodes, faults on
//!   demand, faults at random, lies; on its in-memory network it runs under tokio's paused clock. The program
//!   `kafka-cluster` serves it to clients in any language.
//! - `apache`: real Apache Kafka brokers, started and stopped by the test, with TLS, SASL and ACLs if it wants.
//!
//! Each is a cargo feature of its name, on by default. `certificates` are made for the last two.
//!
//! Start with the mock, which tells whether code does the right thing with a message, an error, a delay. The cluster in
//! the process tells whether it still does when a node dies or an answer is lost; Apache Kafka, whether it does with a
//! given release and its security. The crate's README has an example of each.
//!
//! ```
//! # #[cfg(feature = "cluster")]
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> std::io::Result<()> {
//! use kafka_test::cluster::Cluster;
//!
//! let cluster = Cluster::builder().nodes(3).topic("fruits", 4).start().await?;
//! println!("point a client at {}", cluster.bootstrap().join(","));
//! # Ok(())
//! # }
//! # #[cfg(not(feature = "cluster"))]
//! # fn main() {}
//! ```
#![forbid(unsafe_code)]

#[cfg(all(feature = "apache", unix))]
pub mod apache;
#[cfg(any(feature = "cluster", feature = "apache"))]
pub mod certificates;
#[cfg(feature = "cluster")]
pub mod cluster;
#[cfg(feature = "mock")]
pub mod mock;

/// README's examples, compiled.
#[cfg(all(doctest, feature = "mock", feature = "cluster", feature = "apache", unix))]
#[doc = include_str!("../README.md")]
pub struct Readme;
