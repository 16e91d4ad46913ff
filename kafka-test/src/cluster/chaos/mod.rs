//! Random faults from a seed, a workload to go with them, and checks of what comes out.
//!
//! [`Chaos`] does all of it with kafka-client: under tokio's paused clock a run of many virtual seconds takes some
//! milliseconds, and a seed that fails does so again, step by step.
//!
//! ```
//! use kafka_test::cluster::chaos::Chaos;
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let runtime = tokio::runtime::Builder::new_current_thread().enable_all().start_paused(true).build()?;
//! // In a test: #[tokio::test(start_paused = true)]
//! # runtime.block_on(async {
//! let report = Chaos::new(42).run().await?;
//! assert_eq!(report.failed, 0);
//! assert_eq!(report.trace, Chaos::new(42).run().await?.trace);
//! # Ok::<_, kafka_test::cluster::chaos::Failure>(())
//! # })?;
//! # Ok(())
//! # }
//! ```
//!
//! Its parts serve code of your own: let [`Schedule::play`] disturb a cluster while that code works on it,
//! [`Cluster::heal`] it, and compare what a [`History`] took down with what the cluster has:
//!
//! ```
//! use std::sync::Arc;
//! use kafka_client::{Broker, BrokerConf, ProducerConf, Record};
//! use kafka_test::cluster::chaos::{History, Schedule};
//! use kafka_test::cluster::{Cluster, Network};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let runtime = tokio::runtime::Builder::new_current_thread().enable_all().start_paused(true).build()?;
//! # runtime.block_on(async {
//! let cluster = Cluster::builder().nodes(3).topic("orders", 2).network(Network::Memory).start().await?;
//! let schedule = Schedule::random(7, &cluster);
//! let history = Arc::new(History::new());
//! let mut conf = BrokerConf::new("shop");
//! conf.environment = Some(cluster.environment());
//! let shop = tokio::spawn({
//!     let (bootstrap, history) = (cluster.bootstrap(), Arc::clone(&history));
//!     async move {
//!         let broker = Broker::dial(bootstrap, conf).await?;
//!         let producer = broker.producer(ProducerConf::new())?;
//!         for order in 0..20 {
//!             let value = format!("order {order}");
//!             let ticket = history.sends(0, value.clone());
//!             history.settles(ticket, &producer.send(Record::to("orders").value(&value)).await);
//!         }
//!         Ok::<_, kafka_client::Error>(())
//!     }
//! });
//! schedule.play(&cluster).await;
//! cluster.heal();
//! shop.await??;
//! history.check(&cluster).map_err(|wrong| format!("{}\n{schedule}", wrong.join("\n")))?;
//! # Ok::<_, Box<dyn std::error::Error>>(())
//! # })?;
//! # Ok(())
//! # }
//! ```

mod fault;
mod history;
mod readers;
mod run;
mod schedule;

pub use fault::{Fault, Mischief};
pub use history::{History, Summary, Ticket};
pub use run::{Chaos, Failure, Report};
pub use schedule::Schedule;

#[expect(unused_imports, reason = "the links above")]
use super::Cluster;
