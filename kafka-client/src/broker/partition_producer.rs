use std::fmt;

use parking_lot::Mutex;
use tokio::time::Instant;

use super::Broker;
use crate::api::{Message, Result, TopicName};
use crate::config::{ProducerConf, Retry, RetryLimits};
use crate::producer::KafkaProducer;

/// Writes to one partition, over connections of its own to its leader. From
/// [`Broker::dial_leader`](crate::Broker::dial_leader).
///
/// Each [`write`](PartitionProducer::write) is one atomic batch, acknowledged before it returns. When the leader moves,
/// what is being written follows it, and nothing is written twice (with idempotence, the default). Several tasks may
/// write at once.
///
/// Dropping it takes nothing back: what a dropped `write` had begun is sent until `delivery_timeout`.
///
/// ```no_run
/// # async fn run() -> kafka_client::Result<()> {
/// use kafka_client::{Broker, BrokerConf, Message, ProducerConf};
/// use std::time::{Duration, Instant};
///
/// let conf = BrokerConf::new("my-app");
/// let leader = Broker::dial_leader(["localhost:9092"], conf, ProducerConf::new(), "fruits", 0).await?;
///
/// leader.set_write_deadline(Some(Instant::now() + Duration::from_secs(10)));
/// let mut messages = [Message::value("apple"), Message::value("pear")];
/// leader.write(&mut messages).await?;
/// println!("written from offset {}", messages[0].offset);
///
/// leader.close().await?;
/// # Ok(())
/// # }
/// ```
pub struct PartitionProducer {
    broker: Broker,
    producer: KafkaProducer,
    topic: TopicName,
    partition: i32,
    deadline: Mutex<Option<Instant>>,
}

impl PartitionProducer {
    /// Finds the leader and makes sure that it can be reached.
    pub(super) async fn start(
        broker: Broker,
        conf: ProducerConf,
        topic: &str,
        partition: i32,
    ) -> Result<Self> {
        let cluster = &broker.0.cluster;
        let conf_of_broker = cluster.conf();
        let (attempts, wait) = (conf_of_broker.dial_retry_limit, conf_of_broker.dial_retry_wait);
        let mut retry = Retry::new(RetryLimits { attempts, total: None, wait }, Instant::now());
        loop {
            let leader = cluster.leader(topic, partition, None).await?;
            match cluster.connection(leader.node).await {
                Ok(_) => break,
                Err(error) => {
                    cluster.stale(topic);
                    tokio::time::sleep(retry.after(error.at(topic, partition), Instant::now())?).await;
                }
            }
        }
        let producer = broker.producer(conf)?;
        Ok(Self { producer, topic: TopicName::from(topic), partition, deadline: Mutex::default(), broker })
    }

    /// The topic that is written to.
    pub fn topic(&self) -> &str {
        &self.topic
    }

    /// The partition that is written to.
    pub fn partition(&self) -> i32 {
        self.partition
    }

    /// The node that leads it now, as known; `None` while it has no leader.
    pub fn leader(&self) -> Option<i32> {
        self.broker.0.cluster.snapshot().topic(&self.topic)?.partition(self.partition)?.leader
    }

    /// Writes the messages as one atomic batch, as [`Producer::produce`](crate::Producer::produce) does: all of them or
    /// none, offsets filled in, the first of them returned (`None` with acks none, or without messages).
    ///
    /// At the write deadline it ends with [`ErrorKind::TimedOut`](crate::ErrorKind::TimedOut), and is not sent again:
    /// [`Error::may_be_written`](crate::Error::may_be_written) says whether it was on its way. Without a
    /// deadline it ends within `max_block` and `delivery_timeout`. Dropping the future gives up waiting: the batch may
    /// still be written.
    pub async fn write(&self, messages: &mut [Message]) -> Result<Option<i64>> {
        let deadline = *self.deadline.lock();
        self.producer.produce_by(&self.topic, self.partition, messages, deadline).await
    }

    /// Until when the writes that begin from now on may take; one that begins later fails at once. `None`, as at the
    /// beginning: no deadline.
    pub fn set_write_deadline(&self, deadline: Option<std::time::Instant>) {
        *self.deadline.lock() = deadline.map(Instant::from_std);
    }

    /// Waits for writes that other tasks have begun, at most `close_timeout`, and closes the connections. An error says
    /// how many messages were not acknowledged. Later writes fail with [`ErrorKind::Closed`](crate::ErrorKind::Closed).
    /// Idempotent; dropping the future leaves what is left to the next call.
    pub async fn close(&self) -> Result<()> {
        let closed = self.producer.close(self.broker.0.cluster.conf().close_timeout).await;
        self.broker.close().await;
        closed
    }
}

impl fmt::Debug for PartitionProducer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PartitionProducer")
            .field("topic", &self.topic)
            .field("partition", &self.partition)
            .field("leader", &self.leader())
            .finish_non_exhaustive()
    }
}
