//! The way into a cluster: dial, and hand out what works with it.

mod offsets;
mod partition_producer;

pub use offsets::TimedOffset;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use parking_lot::Mutex;

use crate::admin::{self, CreatedTopic, NewTopic};
use crate::api::{BatchConsumer, Consumer, Error, ErrorKind, OffsetCoordinator, Producer, Result};
use crate::batches::BatchProducer;
use crate::client::Client;
use crate::config::{
    AssignedConsumerConf, BatchProducerConf, BrokerConf, ConsumerConf, OffsetCoordinatorConf, ProducerConf,
};
use crate::consumer::{AssignedConsumer, Fetchers, PartitionConsumer};
use crate::metadata::{Cluster, ClusterMetadata};
use crate::net::{Address, runtime};
use crate::offsets::GroupOffsets;
use crate::producer::{KafkaProducer, WeakProducer};

pub use partition_producer::PartitionProducer;

/// A Kafka cluster, dialled. Cheap to clone; all clones are the same.
///
/// It finds the partitions' leaders and follows them when they move, keeps connections, and hands out
/// [producers](Broker::producer), [consumers](Broker::consumer) and [offset coordinators](Broker::offset_coordinator).
///
/// ```no_run
/// # async fn run() -> kafka_client::Result<()> {
/// use kafka_client::{Broker, BrokerConf, ConsumerConf, Message, ProducerConf};
///
/// let broker = Broker::dial(["localhost:9092"], BrokerConf::new("my-app")).await?;
///
/// let producer = broker.producer(ProducerConf::new())?;
/// producer.produce("fruits", 0, &mut [Message::value("apple"), Message::value("pear")]).await?;
///
/// let mut consumer = broker.consumer(ConsumerConf::new("fruits", 0)).await?;
/// let message = consumer.consume().await?;
/// assert_eq!(message.value.as_deref(), Some(&b"apple"[..]));
///
/// broker.close().await;
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct Broker(Arc<Inner>);

struct Inner {
    cluster: Cluster,
    fetchers: Fetchers,
    producers: Mutex<Vec<WeakProducer>>,
}

impl Broker {
    /// Reaches a cluster through any of its nodes: `host:port` each. The first to describe the cluster is enough; the
    /// others are found by it. All are tried, in random order and up to `dial_retry_limit` times, before the error,
    /// which says what each of them answered. Dropping the future gives up.
    pub async fn dial<A: Into<String>>(seeds: impl IntoIterator<Item = A>, conf: BrokerConf) -> Result<Self> {
        let runtime = runtime()?;
        conf.validate()?;
        let seeds: Vec<String> = seeds.into_iter().map(Into::into).collect();
        if seeds.is_empty() {
            return Err(Error::new(
                ErrorKind::InvalidConfig,
                "no addresses provided: name at least one node as host:port",
            ));
        }
        let seeds = seeds.iter().map(|seed| Address::parse(seed)).collect::<Result<Vec<_>>>()?;
        let cluster = Cluster::new(seeds, conf, runtime)?;
        cluster.dial().await?;
        Ok(Self(Arc::new(Inner {
            fetchers: Fetchers::new(cluster.clone()),
            cluster,
            producers: Mutex::default(),
        })))
    }

    /// A producer, with batches and connections of its own. No I/O happens; a configuration that cannot work is an
    /// error here.
    pub fn producer(&self, conf: ProducerConf) -> Result<KafkaProducer> {
        self.0.cluster.check_open()?;
        let producer = KafkaProducer::start(self.0.cluster.clone(), conf)?;
        let mut producers = self.0.producers.lock();
        producers.retain(WeakProducer::is_alive);
        producers.push(producer.downgrade());
        Ok(producer)
    }

    /// A producer of whole batches, which gives every one back. No I/O happens; a configuration that cannot work is an
    /// error here.
    pub fn batch_producer(&self, conf: BatchProducerConf) -> Result<BatchProducer> {
        conf.validate()?;
        let producer = self.producer(conf.engine())?;
        Ok(BatchProducer::new(producer, conf, self.0.cluster.span().clone()))
    }

    /// Dials a cluster for one partition alone: what comes back writes to its leader, with deadlines, and follows it when
    /// it moves. An unknown topic or partition is an error here, and so is a leader that cannot be reached within
    /// `dial_retry_limit`.
    ///
    /// With a `Broker` at hand, [`KafkaProducer::produce`] does the same over connections that are there.
    pub async fn dial_leader<A: Into<String>>(
        seeds: impl IntoIterator<Item = A>,
        conf: BrokerConf,
        producer: ProducerConf,
        topic: &str,
        partition: i32,
    ) -> Result<PartitionProducer> {
        producer.validate()?;
        let broker = Self::dial(seeds, conf).await?;
        PartitionProducer::start(broker, producer, topic, partition).await
    }

    /// A consumer of one partition. All consumers of a broker share one fetch to each node.
    ///
    /// Where to begin is found out here, so that an unknown topic or partition is an error within the limits of the
    /// leader's look-up.
    pub async fn consumer(&self, conf: ConsumerConf) -> Result<PartitionConsumer> {
        runtime()?;
        self.0.cluster.check_open()?;
        PartitionConsumer::start(self.0.cluster.clone(), &self.0.fetchers, conf).await
    }

    /// The same: a consumer hands out single messages or batches, as it is asked. Here for those who write against
    /// [`Client::batch_consumer`].
    ///
    /// ```no_run
    /// use kafka_client::{BatchConsumer, Client, ConsumerConf, Result};
    ///
    /// /// Counts what has arrived, of a broker or of a mock.
    /// async fn arrived(client: &dyn Client) -> Result<usize> {
    ///     let mut consumer: Box<dyn BatchConsumer> = client.batch_consumer(ConsumerConf::new("fruits", 0)).await?;
    ///     let batch = consumer.consume_batch().await?;
    ///     Ok(batch.iter().count())
    /// }
    /// ```
    pub async fn batch_consumer(&self, conf: ConsumerConf) -> Result<PartitionConsumer> {
        self.consumer(conf).await
    }

    /// A consumer of any partitions, which are added to it. No I/O happens; a configuration that cannot work is an
    /// error here. All consumers of a broker share one fetch to each node.
    pub fn assigned_consumer(&self, conf: AssignedConsumerConf) -> Result<AssignedConsumer> {
        runtime()?;
        self.0.cluster.check_open()?;
        AssignedConsumer::start(self.0.cluster.clone(), &self.0.fetchers, conf)
    }

    /// The offsets of a group. Its coordinator is found here, so that a group that we may not use is an error.
    pub async fn offset_coordinator(&self, conf: OffsetCoordinatorConf) -> Result<GroupOffsets> {
        runtime()?;
        self.0.cluster.check_open()?;
        GroupOffsets::start(self.0.cluster.clone(), conf).await
    }

    /// How many partitions the topic has, as known; an unknown topic is an error.
    pub async fn partition_count(&self, topic: &str) -> Result<i32> {
        runtime()?;
        self.0.cluster.check_open()?;
        Ok(self.0.cluster.topic(topic, None).await?.count())
    }

    /// Nodes and topics, fresh from any node.
    pub async fn metadata(&self) -> Result<ClusterMetadata> {
        runtime()?;
        self.0.cluster.unless_closed(self.0.cluster.describe()).await
    }

    /// Makes topics, or with `validate_only` says whether they could be made. The outer error is that of the call, the
    /// inner ones are the topics', in their order. `timeout` is how long the cluster may take until they are complete;
    /// their partitions may be without a leader for a moment after that.
    ///
    /// Dropping the future gives up waiting; topics may be made all the same.
    pub async fn create_topics(
        &self,
        topics: &[NewTopic],
        timeout: Duration,
        validate_only: bool,
    ) -> Result<Vec<Result<CreatedTopic>>> {
        runtime()?;
        self.0.cluster.check_open()?;
        admin::create_topics(&self.0.cluster, topics, timeout, validate_only).await
    }

    /// Deletes topics; errors and drops are as with [`Broker::create_topics`].
    pub async fn delete_topics(&self, topics: &[&str], timeout: Duration) -> Result<Vec<Result<()>>> {
        runtime()?;
        self.0.cluster.check_open()?;
        admin::delete_topics(&self.0.cluster, topics, timeout).await
    }

    /// Gives producers `close_timeout` to deliver what they took, then ends everything that came from this broker:
    /// whatever is still called returns `Closed`. Idempotent. Dropping the future leaves what is left to the
    /// next call.
    pub async fn close(&self) {
        if runtime().is_err() {
            self.0.cluster.close();
            return;
        }
        let timeout = self.0.cluster.conf().close_timeout;
        let producers: Vec<_> = self.0.producers.lock().iter().filter_map(WeakProducer::upgrade).collect();
        let closing = producers.into_iter().map(|producer| {
            self.0.cluster.runtime().spawn(async move {
                if let Err(error) = producer.close(timeout).await {
                    tracing::warn!(%error, "closed with records undelivered");
                }
            })
        });
        let closing: Vec<_> = closing.collect();
        for one in closing {
            let _ = one.await;
        }
        self.0.cluster.close();
    }
}

#[async_trait]
impl Client for Broker {
    fn producer(&self, conf: ProducerConf) -> Result<Arc<dyn Producer>> {
        Ok(Arc::new(Self::producer(self, conf)?))
    }

    async fn consumer(&self, conf: ConsumerConf) -> Result<Box<dyn Consumer>> {
        Ok(Box::new(Self::consumer(self, conf).await?))
    }

    async fn batch_consumer(&self, conf: ConsumerConf) -> Result<Box<dyn BatchConsumer>> {
        Ok(Box::new(Self::batch_consumer(self, conf).await?))
    }

    async fn offset_coordinator(&self, conf: OffsetCoordinatorConf) -> Result<Arc<dyn OffsetCoordinator>> {
        Ok(Arc::new(Self::offset_coordinator(self, conf).await?))
    }

    async fn offset_earliest(&self, topic: &str, partition: i32) -> Result<i64> {
        Self::offset_earliest(self, topic, partition).await
    }

    async fn offset_latest(&self, topic: &str, partition: i32) -> Result<i64> {
        Self::offset_latest(self, topic, partition).await
    }

    async fn partition_count(&self, topic: &str) -> Result<i32> {
        Self::partition_count(self, topic).await
    }

    async fn close(&self) {
        Self::close(self).await;
    }
}

impl fmt::Debug for Broker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Broker").field("cluster", &self.0.cluster).finish_non_exhaustive()
    }
}
