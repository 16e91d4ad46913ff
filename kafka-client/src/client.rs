//! The trait of [`Broker`](crate::Broker), for applications that are tested without one.

use std::sync::Arc;

use async_trait::async_trait;

use crate::api::{BatchConsumer, Consumer, OffsetCoordinator, Producer, Result};
use crate::config::{ConsumerConf, OffsetCoordinatorConf, ProducerConf};

/// What hands out producers, consumers and offset coordinators: a [`Broker`](crate::Broker), or a mock of one.
///
/// ```
/// use kafka_client::{Client, Message, ProducerConf, Result};
///
/// /// Written against the trait, so that a mock does in its tests.
/// async fn greet(client: &dyn Client) -> Result<Option<i64>> {
///     let producer = client.producer(ProducerConf::new())?;
///     producer.produce("greetings", 0, &mut [Message::value("hello")]).await
/// }
/// ```
#[async_trait]
pub trait Client: Send + Sync {
    /// A producer. No I/O happens; a configuration that cannot work is an error here.
    fn producer(&self, conf: ProducerConf) -> Result<Arc<dyn Producer>>;

    /// A consumer of one partition, one message at a time.
    async fn consumer(&self, conf: ConsumerConf) -> Result<Box<dyn Consumer>>;

    /// A consumer of one partition, as many messages at a time as have arrived.
    async fn batch_consumer(&self, conf: ConsumerConf) -> Result<Box<dyn BatchConsumer>>;

    /// The offsets of a group.
    async fn offset_coordinator(&self, conf: OffsetCoordinatorConf) -> Result<Arc<dyn OffsetCoordinator>>;

    /// The first offset that the partition still has.
    async fn offset_earliest(&self, topic: &str, partition: i32) -> Result<i64>;

    /// The offset of the next message that will be written to the partition.
    async fn offset_latest(&self, topic: &str, partition: i32) -> Result<i64>;

    /// How many partitions the topic has; an unknown topic is an error.
    async fn partition_count(&self, topic: &str) -> Result<i32>;

    /// Ends all that came from this client. Idempotent, and bounded by `close_timeout`.
    async fn close(&self);
}
