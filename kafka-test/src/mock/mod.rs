//! The traits of kafka-client without sockets, for unit tests of applications.
//!
//! An application that is written against [`Client`](kafka_client::Client), or against
//! [`Producer`](kafka_client::Producer), [`Consumer`](kafka_client::Consumer) and
//! [`OffsetCoordinator`](kafka_client::OffsetCoordinator) alone, runs with these unchanged. The test hands it
//! messages and errors, and takes out what it wrote.
//!
//! ```
//! use kafka_client::{Client, ConsumerConf, Message, ProducerConf, Result};
//! use kafka_test::mock::MockBroker;
//! use std::time::Duration;
//!
//! /// The application: copies one message.
//! async fn copy_one(client: &dyn Client) -> Result<()> {
//!     let mut consumer = client.consumer(ConsumerConf::new("in", 0)).await?;
//!     let producer = client.producer(ProducerConf::new())?;
//!     producer.produce("out", 0, &mut [consumer.consume().await?]).await?;
//!     Ok(())
//! }
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<()> {
//! let broker = MockBroker::new();
//! broker.mock_consumer("in", 0).push(Message::value("apple"));
//!
//! copy_one(&broker).await?;
//!
//! let produced = broker.read_producers(Duration::from_secs(1)).await?;
//! assert_eq!((&*produced.topic, produced.partition), ("out", 0));
//! assert_eq!(produced.messages[0].value.as_deref(), Some(&b"apple"[..]));
//! # Ok(())
//! # }
//! ```
//!
//! # Where it works
//!
//! - **Under a paused clock** (`#[tokio::test(start_paused = true)]`): no mock waits for anything but what the test
//!   does, so timeouts are over as soon as nobody else can go on.
//! - **From several tasks and threads**: every mock is a handle, `Clone`, `Send` and `Sync`; clones share all.
//! - **In a synchronous test**: pushing, setting, `try_consume`, `try_enqueue` and `try_read_producers` are plain
//!   calls; [`MockBroker::read_producers_blocking`] waits for an application that runs in another thread. The
//!   futures need no runtime, any executor does. Outside a tokio runtime there is no clock: what has a timeout
//!   does what it can at once, and then its time is over.
//!
//! # What it is not
//!
//! A log: what is produced to a topic does not come out of its consumer. To test the client together with the
//! protocol, use `kafka_test::cluster`.

mod broker;
mod consumer;
mod journal;
mod offsets;
mod producer;

use std::pin::pin;
use std::task::Poll;
use std::time::Duration;

use kafka_client::{Error, ErrorKind};
use tokio::runtime::Handle;

pub use self::broker::MockBroker;
pub use self::consumer::MockConsumer;
pub use self::journal::{Acknowledge, Produced};
pub use self::offsets::MockOffsetCoordinator;
pub use self::producer::MockProducer;

fn closed() -> Error {
    Error::new(ErrorKind::Closed, "the mock was closed")
}

/// What `future` gives within `timeout`; outside a runtime, what it gives at once.
async fn within<T>(timeout: Duration, future: impl Future<Output = T>) -> Option<T> {
    if Handle::try_current().is_ok() {
        return tokio::time::timeout(timeout, future).await.ok();
    }
    let mut future = pin!(future);
    std::future::poll_fn(|cx| match future.as_mut().poll(cx) {
        Poll::Ready(output) => Poll::Ready(Some(output)),
        Poll::Pending => Poll::Ready(None),
    })
    .await
}
