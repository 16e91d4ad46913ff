//! Test doubles for Kafka clients, from the quickest to the most real.
//!
//! - `mock`: the client's traits without sockets, for unit tests of applications. Alone it needs nothing that
//!   kafka-client does not need.
//! - `cluster`: a Kafka cluster inside the test's own process. The real protocol, several nodes, faults on
//!   demand; on its in-memory network it runs under tokio's paused clock.
//! - `apache`: real Apache Kafka brokers, started and stopped by the test.
//!
//! Each is a cargo feature of its name, on by default.
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
