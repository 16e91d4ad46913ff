use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering::Relaxed};
use std::time::Duration;

use async_trait::async_trait;
use kafka_client::{
    Delivery, Enqueue, Error, ErrorKind, Message, OwnedRecord, Producer, ProducerConf, Record, RequiredAcks,
    Result, TopicName, TopicPartitions, partition_of_key,
};
use tokio::task::coop::consume_budget;

use super::closed;
use super::journal::{Acknowledge, Journal, Produced, Write, no_room};

/// A producer that hands what is written to the test. Cheap to clone; all clones are one producer. All producers
/// of one [`MockBroker`](super::MockBroker) share what was produced and what is set here.
///
/// Everything is acknowledged at once unless [`MockProducer::set_acknowledge`] says otherwise. Offsets count per
/// partition from 0, as Kafka's do. With acks none no offset comes back, as from Kafka, but
/// the errors that are set do.
///
/// ```
/// use kafka_client::{Error, ErrorCode, Message, Producer, Record};
/// use kafka_test::mock::MockProducer;
///
/// /// The application: written against the trait.
/// async fn greet(producer: &impl Producer) -> kafka_client::Result<Option<i64>> {
///     producer.send(Record::to("log").value("greeting")).await?;
///     producer.produce("greetings", 0, &mut [Message::value("hello")]).await
/// }
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> kafka_client::Result<()> {
/// let producer = MockProducer::new();
/// assert_eq!(greet(&producer).await?, Some(0));
/// assert_eq!(producer.try_read_produced().unwrap().topic, "log");
/// assert_eq!(producer.try_read_produced().unwrap().topic, "greetings");
///
/// producer.fail_next(1, Error::from_code(ErrorCode::NOT_ENOUGH_REPLICAS));
/// let error = greet(&producer).await.unwrap_err();
/// assert_eq!(error.code(), Some(ErrorCode::NOT_ENOUGH_REPLICAS));
/// assert_eq!(error.record().unwrap().message.value.as_deref(), Some(&b"greeting"[..]));
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct MockProducer(Arc<Inner>);

struct Inner {
    journal: Arc<Journal>,
    number: u64,
    conf: ProducerConf,
    /// Records without key and partition go round.
    round: AtomicU32,
}

impl Default for MockProducer {
    fn default() -> Self {
        Self::new()
    }
}

impl MockProducer {
    /// A producer of its own.
    pub fn new() -> Self {
        Self::numbered(Arc::default(), 0, ProducerConf::new())
    }

    /// One more producer for a journal.
    pub(super) fn start(journal: &Arc<Journal>, conf: ProducerConf) -> Result<Self> {
        conf.validate()?;
        Ok(Self::numbered(journal.clone(), journal.register()?, conf))
    }

    /// A handle for the test, which needs none of the checks.
    pub(super) fn numbered(journal: Arc<Journal>, number: u64, conf: ProducerConf) -> Self {
        Self(Arc::new(Inner { journal, number, conf, round: AtomicU32::new(0) }))
    }

    /// What was written next: each `produce` call and each record comes out once, in the order in which they
    /// were taken. Failed ones do not.
    ///
    /// [`ErrorKind::TimedOut`] if nothing is written within `timeout`; [`ErrorKind::Closed`] when the broker was
    /// closed and all was read. Dropping the future reads nothing.
    pub async fn read_produced(&self, timeout: Duration) -> Result<Produced> {
        self.0.journal.read(timeout).await
    }

    /// [`MockProducer::read_produced`] of what is there already.
    pub fn try_read_produced(&self) -> Option<Produced> {
        self.0.journal.try_read()
    }

    /// [`MockProducer::read_produced`] for a test without a runtime, whose application runs in another thread.
    /// It blocks the thread, by the real clock.
    pub fn read_produced_blocking(&self, timeout: Duration) -> Result<Produced> {
        self.0.journal.read_blocking(timeout)
    }

    /// When what is written from now on is acknowledged. Default: [`Acknowledge::AtOnce`].
    pub fn set_acknowledge(&self, acknowledge: Acknowledge) {
        self.0.journal.set_acknowledge(acknowledge);
    }

    /// From now on every `produce` call and every record fails at once with `error`; `None` ends that. The test
    /// does not get to read what failed. It is the error after all retries: a mock makes none.
    pub fn set_response_error(&self, error: Option<Error>) {
        self.0.journal.set_response_error(error);
    }

    /// The next `calls` (`produce` calls and records) fail with `error`, after those of earlier calls of this
    /// and before [`MockProducer::set_response_error`] counts.
    pub fn fail_next(&self, calls: usize, error: Error) {
        self.0.journal.fail_next(calls, error);
    }

    /// Takes nothing more while `records` or more wait for their answer: `try_enqueue` says
    /// [`ErrorKind::QueueFull`] then, and `enqueue` and `produce` wait for room until `max_block`. With 0 the
    /// queue is always full. Default: `None`, always room.
    pub fn set_capacity(&self, records: Option<usize>) {
        self.0.journal.set_capacity(records);
    }

    fn write(&self, topic: TopicName, partition: i32, messages: Vec<Message>, is_record: bool) -> Write {
        let Inner { number, conf, .. } = &*self.0;
        let acked = conf.required_acks != RequiredAcks::None;
        Write { producer: *number, topic, partition, messages, is_record, acked }
    }

    fn write_record(&self, record: &Record<'_>) -> Result<Write> {
        let partition = self.partition(record)?;
        let OwnedRecord { message, .. } = OwnedRecord::from(record);
        Ok(self.write(message.topic.clone(), partition, vec![message], true))
    }

    /// The record's partition, or the one that its producer would choose.
    fn partition(&self, record: &Record<'_>) -> Result<i32> {
        let count = self.0.journal.partitions(record.topic).unwrap_or(1);
        match (record.partition, &self.0.conf.partitioner, record.key) {
            (Some(partition), _, _) if partition < 0 => {
                let what = format!("partition {partition} is negative: leave it out to have one chosen");
                Err(Error::new(ErrorKind::InvalidRecord, what).at_topic(record.topic))
            }
            (Some(partition), _, _) => Ok(partition),
            (None, Some(partitioner), _) => {
                let available: Vec<_> = (0..count).collect();
                partitioner.partition(record, &TopicPartitions::new(record.topic, count, &available))
            }
            (None, None, Some(key)) => Ok(partition_of_key(key, count)),
            (None, None, None) => Ok((self.0.round.fetch_add(1, Relaxed) % count.max(1) as u32) as i32),
        }
    }
}

#[async_trait]
impl Producer for MockProducer {
    async fn produce(&self, topic: &str, partition: i32, messages: &mut [Message]) -> Result<Option<i64>> {
        // An application that tries again on every error lets the test go on.
        consume_budget().await;
        let Inner { journal, number, conf, .. } = &*self.0;
        if journal.is_closed(*number) {
            return Err(closed());
        }
        if messages.is_empty() {
            return Ok(None);
        }
        let topic = TopicName::from(topic);
        let write = self.write(topic.clone(), partition, messages.to_vec(), false);
        let receipt = journal.take_waiting(&write, conf.max_block).await?.await?;
        for (nth, message) in (0..).zip(messages) {
            message.topic = topic.clone();
            message.partition = receipt.partition;
            message.offset = receipt.offset.map_or(-1, |base| base + nth);
        }
        Ok(receipt.offset)
    }

    fn try_enqueue(&self, record: Record<'_>) -> Result<Delivery> {
        let write = self.write_record(&record)?;
        self.0.journal.take(&write)?.ok_or_else(no_room)
    }

    fn enqueue(&self, record: Record<'_>) -> Enqueue {
        let taken = self.write_record(&record).and_then(|write| Ok((self.0.journal.take(&write)?, write)));
        match taken {
            Ok((Some(delivery), _)) => Enqueue::decided(Ok(delivery)),
            Ok((None, write)) => {
                let producer = self.0.clone();
                Enqueue::waiting(async move {
                    producer.journal.take_waiting(&write, producer.conf.max_block).await
                })
            }
            Err(error) => Enqueue::decided(Err(error)),
        }
    }

    async fn flush(&self, timeout: Duration) -> usize {
        self.0.journal.flush(self.0.number, timeout).await
    }

    async fn close(&self, timeout: Duration) -> Result<()> {
        let Inner { journal, number, .. } = &*self.0;
        journal.stop_taking(*number);
        let remain = journal.flush(*number, timeout).await;
        journal.fail_rest(Some(*number));
        if remain == 0 {
            return Ok(());
        }
        let what = format!("{remain} records were not acknowledged within {timeout:?}; each has its error");
        Err(Error::new(ErrorKind::TimedOut, what))
    }
}

impl fmt::Debug for MockProducer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MockProducer").field("journal", &self.0.journal).finish_non_exhaustive()
    }
}
