use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use kafka_client::{
    BatchConsumer, Client, Consumer, ConsumerConf, Error, ErrorCode, OffsetCoordinator,
    OffsetCoordinatorConf, Producer, ProducerConf, Result, TopicName,
};
use parking_lot::Mutex;

use super::closed;
use super::consumer::MockConsumer;
use super::journal::{Journal, Produced};
use super::offsets::MockOffsetCoordinator;
use super::producer::MockProducer;

/// A [`Client`] without a cluster, for applications that take one. Cheap to clone; all clones are one.
///
/// What the application gets from it the test gets, too: [`MockBroker::mock_consumer`] is the consumer of a
/// partition, the same for all who ask; [`MockBroker::mock_offsets`] has the offsets of a group; and
/// [`MockBroker::read_producers`] hands out what any of its producers wrote.
///
/// Any topic can be written to and read from. One that is declared ([`MockBroker::with_topic`]) has a number of
/// partitions, which the calls then keep to: others are unknown, and partitions of records are chosen among them
/// as the real producer does by key; records without a key go round. Of topics that are not declared
/// `partition_count`, `offset_earliest` and `offset_latest` know nothing, and say so, unless a handler answers.
///
/// Offsets begin at 0 in every partition, as in Kafka's logs, so that code which takes 0 for "none" is found out;
/// [`MockBroker::with_first_offset`] changes that.
///
/// ```
/// use kafka_client::{Client, Error, ErrorCode, Message, ProducerConf, Record, Result};
/// use kafka_test::mock::MockBroker;
/// use std::time::Duration;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<()> {
/// let broker = MockBroker::new().with_topic("fruits", 4);
/// let client: &dyn Client = &broker;
/// assert_eq!(client.partition_count("fruits").await?, 4);
/// assert_eq!(client.offset_latest("fruits", 0).await?, 0);
/// assert!(client.partition_count("nuts").await.is_err());
///
/// let producer = client.producer(ProducerConf::new())?;
/// producer.send(Record::to("fruits").key("k").value("plum")).await?;
/// let produced = broker.read_producers(Duration::from_secs(1)).await?;
/// assert_eq!(produced.messages[0].key.as_deref(), Some(&b"k"[..]));
///
/// broker.mock_producer().fail_next(1, Error::from_code(ErrorCode::NOT_LEADER_OR_FOLLOWER));
/// assert!(producer.produce("fruits", 0, &mut [Message::value("pear")]).await.is_err());
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Default)]
pub struct MockBroker(Arc<Shared>);

#[derive(Default)]
struct Shared {
    journal: Arc<Journal>,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    consumers: BTreeMap<(TopicName, i32), MockConsumer>,
    groups: BTreeMap<String, MockOffsetCoordinator>,
    earliest: Option<OffsetHandler>,
    latest: Option<OffsetHandler>,
    partition_count: Option<CountHandler>,
    closed: bool,
}

type OffsetHandler = Arc<dyn Fn(&str, i32) -> Result<i64> + Send + Sync>;
type CountHandler = Arc<dyn Fn(&str) -> Result<i32> + Send + Sync>;

impl MockBroker {
    /// A broker without declared topics, whose offsets begin at 0.
    pub fn new() -> Self {
        Self::default()
    }

    /// The same broker with a topic declared; again with another number, the topic has grown.
    #[must_use]
    pub fn with_topic(self, name: impl Into<TopicName>, partitions: i32) -> Self {
        self.0.journal.set_topic(name.into(), partitions);
        self
    }

    /// The same broker with offsets of partitions that nothing was written to yet beginning at `offset`, for
    /// those who produce and those who consume.
    #[must_use]
    pub fn with_first_offset(self, offset: i64) -> Self {
        self.0.journal.set_first_offset(offset);
        self
    }

    /// What any of the producers wrote next; see [`MockProducer::read_produced`].
    pub async fn read_producers(&self, timeout: Duration) -> Result<Produced> {
        self.0.journal.read(timeout).await
    }

    /// [`MockBroker::read_producers`] of what is there already.
    pub fn try_read_producers(&self) -> Option<Produced> {
        self.0.journal.try_read()
    }

    /// [`MockBroker::read_producers`] for a test without a runtime, whose application runs in another thread. It
    /// blocks the thread, by the real clock.
    pub fn read_producers_blocking(&self, timeout: Duration) -> Result<Produced> {
        self.0.journal.read_blocking(timeout)
    }

    /// A producer for the test: what is set on it holds for all producers of this broker.
    pub fn mock_producer(&self) -> MockProducer {
        MockProducer::numbered(self.0.journal.clone(), 0, ProducerConf::new())
    }

    /// The consumer of a partition, to push messages and errors to; the application may open it before or after.
    pub fn mock_consumer(&self, topic: &str, partition: i32) -> MockConsumer {
        let mut state = self.0.state.lock();
        let is_closed = state.closed;
        let consumer = state.consumers.entry((TopicName::from(topic), partition)).or_insert_with_key(
            |(topic, partition)| {
                MockConsumer::starting_at(topic.clone(), *partition, self.0.journal.first_offset())
            },
        );
        if is_closed {
            consumer.close();
        }
        consumer.clone()
    }

    /// The offsets of a group.
    pub fn mock_offsets(&self, group: &str) -> MockOffsetCoordinator {
        let mut state = self.0.state.lock();
        let is_closed = state.closed;
        let group = state
            .groups
            .entry(group.to_owned())
            .or_insert_with_key(|group| MockOffsetCoordinator::new(group.as_str()));
        if is_closed {
            group.close();
        }
        group.clone()
    }

    /// Asks `handler` for earliest offsets from now on. Without one it is the first offset, of declared topics.
    pub fn set_offset_earliest_handler(
        &self,
        handler: impl Fn(&str, i32) -> Result<i64> + Send + Sync + 'static,
    ) {
        self.0.state.lock().earliest = Some(Arc::new(handler));
    }

    /// Asks `handler` for latest offsets from now on. Without one it is the offset after the last message that
    /// was written to the partition or pushed to its consumer, of declared topics.
    pub fn set_offset_latest_handler(
        &self,
        handler: impl Fn(&str, i32) -> Result<i64> + Send + Sync + 'static,
    ) {
        self.0.state.lock().latest = Some(Arc::new(handler));
    }

    /// Asks `handler` for numbers of partitions from now on; it alone answers `partition_count` then.
    pub fn set_partition_count_handler(&self, handler: impl Fn(&str) -> Result<i32> + Send + Sync + 'static) {
        self.0.state.lock().partition_count = Some(Arc::new(handler));
    }

    fn check_open(&self) -> Result<()> {
        if self.0.state.lock().closed { Err(closed()) } else { Ok(()) }
    }

    /// The consumer as the application asked for it.
    fn open(&self, conf: ConsumerConf) -> Result<MockConsumer> {
        self.check_open()?;
        conf.validate()?;
        if self.0.journal.partitions(&conf.topic).is_some() {
            self.check_declared(&conf.topic, conf.partition)?;
        }
        Ok(self.mock_consumer(&conf.topic, conf.partition).opened(conf))
    }

    fn check_declared(&self, topic: &str, partition: i32) -> Result<()> {
        let partitions = self.0.journal.partitions(topic).unwrap_or(0);
        if (0..partitions).contains(&partition) {
            return Ok(());
        }
        Err(Error::from_code(ErrorCode::UNKNOWN_TOPIC_OR_PARTITION).at(topic, partition))
    }
}

#[async_trait]
impl Client for MockBroker {
    fn producer(&self, conf: ProducerConf) -> Result<Arc<dyn Producer>> {
        Ok(Arc::new(MockProducer::start(&self.0.journal, conf)?))
    }

    async fn consumer(&self, conf: ConsumerConf) -> Result<Box<dyn Consumer>> {
        Ok(Box::new(self.open(conf)?))
    }

    async fn batch_consumer(&self, conf: ConsumerConf) -> Result<Box<dyn BatchConsumer>> {
        Ok(Box::new(self.open(conf)?))
    }

    async fn offset_coordinator(&self, conf: OffsetCoordinatorConf) -> Result<Arc<dyn OffsetCoordinator>> {
        self.check_open()?;
        conf.validate()?;
        Ok(Arc::new(self.mock_offsets(&conf.group)))
    }

    async fn offset_earliest(&self, topic: &str, partition: i32) -> Result<i64> {
        self.check_open()?;
        let handler = self.0.state.lock().earliest.clone();
        if let Some(handler) = handler {
            return handler(topic, partition);
        }
        self.check_declared(topic, partition)?;
        Ok(self.0.journal.first_offset())
    }

    async fn offset_latest(&self, topic: &str, partition: i32) -> Result<i64> {
        self.check_open()?;
        let handler = self.0.state.lock().latest.clone();
        if let Some(handler) = handler {
            return handler(topic, partition);
        }
        self.check_declared(topic, partition)?;
        let pushed = self.mock_consumer(topic, partition).next_offset();
        Ok(pushed.max(self.0.journal.next_offset(topic, partition)))
    }

    async fn partition_count(&self, topic: &str) -> Result<i32> {
        self.check_open()?;
        let handler = self.0.state.lock().partition_count.clone();
        if let Some(handler) = handler {
            return handler(topic);
        }
        let unknown = || Error::from_code(ErrorCode::UNKNOWN_TOPIC_OR_PARTITION).at_topic(topic);
        self.0.journal.partitions(topic).ok_or_else(unknown)
    }

    /// Ends all that came from it, at once: calls fail with [`Closed`](kafka_client::ErrorKind::Closed), and so
    /// does what was written and not acknowledged yet. The test can still read what was written.
    async fn close(&self) {
        let (consumers, groups) = {
            let mut state = self.0.state.lock();
            state.closed = true;
            let consumers: Vec<_> = state.consumers.values().cloned().collect();
            let groups: Vec<_> = state.groups.values().cloned().collect();
            (consumers, groups)
        };
        self.0.journal.close();
        consumers.iter().for_each(MockConsumer::close);
        groups.iter().for_each(MockOffsetCoordinator::close);
    }
}

impl fmt::Debug for MockBroker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = self.0.state.lock();
        f.debug_struct("MockBroker")
            .field("journal", &self.0.journal)
            .field("consumers", &state.consumers.values())
            .field("groups", &state.groups.values())
            .field("closed", &state.closed)
            .finish_non_exhaustive()
    }
}
