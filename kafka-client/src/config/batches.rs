use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use super::{Compression, ProducerConf, check_duration, invalid};
use crate::api::{Environment, Partitioner, Result, TopicName};

/// What a record batch's header takes: a batch that is to hold anything is larger.
const SMALLEST: usize = 128;

/// How a [`BatchBuilder`](crate::BatchBuilder) gathers records into batches.
///
/// A batch is closed when it has `min_records` and `min_uncompressed_bytes`, when the next record would take it over
/// `max_uncompressed_bytes`, when it is `linger` old, or when it is flushed.
///
/// ```
/// use kafka_client::{BatchBuilderConf, Compression};
/// use std::time::Duration;
///
/// let mut conf = BatchBuilderConf::new("fruits", 12);
/// conf.compression = Compression::Zstd;
/// conf.num_workers = 4;
/// conf.linger = Some(Duration::from_millis(500));
/// ```
#[derive(Clone)]
#[non_exhaustive]
pub struct BatchBuilderConf {
    /// The topic that the batches are for.
    pub topic: TopicName,
    /// How many partitions it has; see [`Broker::partition_count`](crate::Broker::partition_count).
    pub partitions: i32,
    /// Who chooses the partition of records that name none; all partitions count as available. `None`: murmur2 of the
    /// key, as Kafka does it, and records without a key are gathered into batches for any partition. Default: `None`.
    pub partitioner: Option<Arc<dyn Partitioner>>,
    /// How batches are compressed. Default: not.
    pub compression: Compression,
    /// How many batches are built and compressed at a time, on as many cores. Default: 2.
    pub num_workers: usize,
    /// How many records a batch has at least, unless it is flushed, grows old, or is full. Default: 1.
    pub min_records: usize,
    /// How many bytes of records a batch has at least before compression, unless it is flushed, grows old, or is full.
    /// Default: 64 KiB.
    pub min_uncompressed_bytes: usize,
    /// How many bytes a batch has at most before compression; a larger record gets a batch of its own. A producer takes
    /// batches of up to its `max_request_size`, the broker of up to its `max.message.bytes`, both 1 MiB unless they are
    /// told otherwise. Default: 1 MiB.
    pub max_uncompressed_bytes: usize,
    /// How old a batch becomes before it is closed as it is; `None`: as old as may be. Default: 100 ms.
    pub linger: Option<Duration>,
    /// How many built batches wait to be taken at the most; beyond, [`add`](crate::BatchBuilder::add) waits. Default:
    /// 16.
    pub capacity: usize,
    /// The wall clock, and whether compression runs on other threads; `None`: the machine's own. Default: `None`.
    pub environment: Option<Arc<dyn Environment>>,
}

impl BatchBuilderConf {
    /// The defaults, for a topic of so many partitions.
    pub fn new(topic: impl Into<TopicName>, partitions: i32) -> Self {
        Self {
            topic: topic.into(),
            partitions,
            partitioner: None,
            compression: Compression::None,
            num_workers: 2,
            min_records: 1,
            min_uncompressed_bytes: 64 << 10,
            max_uncompressed_bytes: 1 << 20,
            linger: Some(Duration::from_millis(100)),
            capacity: 16,
            environment: None,
        }
    }

    /// Checks every field; the error names the one that cannot work, its value, and what to do.
    pub fn validate(&self) -> Result<()> {
        check_topic(&self.topic)?;
        if self.partitions < 1 {
            let why = format!("is {}: a topic has at least one", self.partitions);
            return Err(invalid("partitions", &why));
        }
        if !self.compression.is_available() {
            let why = format!("is {0}: build kafka-client with the feature {0}", self.compression);
            return Err(invalid("compression", &why));
        }
        check_positive("num_workers", self.num_workers, "use 1 to build one batch after the other")?;
        check_positive("min_records", self.min_records, "use 1 to leave it to the bytes")?;
        check_positive("capacity", self.capacity, "use 1 to have one batch wait at most")?;
        let (least, most) = (self.min_uncompressed_bytes, self.max_uncompressed_bytes);
        if most < SMALLEST || most > i32::MAX as usize / 2 {
            let why = format!("is {most}: use {SMALLEST} bytes to 1 GiB");
            return Err(invalid("max_uncompressed_bytes", &why));
        }
        if least > most {
            let why = format!("is {least}, above max_uncompressed_bytes ({most}): no batch would reach it");
            return Err(invalid("min_uncompressed_bytes", &why));
        }
        self.linger.map_or(Ok(()), |linger| check_duration("linger", linger))
    }
}

impl fmt::Debug for BatchBuilderConf {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BatchBuilderConf")
            .field("topic", &self.topic)
            .field("partitions", &self.partitions)
            .field("compression", &self.compression)
            .field("num_workers", &self.num_workers)
            .field("linger", &self.linger)
            .finish_non_exhaustive()
    }
}

/// How a [`BatchProducer`](crate::BatchProducer) produces batches.
///
/// ```
/// use kafka_client::BatchProducerConf;
/// use std::time::Duration;
///
/// let mut conf = BatchProducerConf::new("fruits", 0..12);
/// conf.num_attempts = 5;
/// conf.sleep_between_attempts = Duration::from_millis(500);
/// conf.strict_partitioning = false;
/// ```
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct BatchProducerConf {
    /// The topic.
    pub topic: TopicName,
    /// The partitions that batches may be for, and may go to.
    pub partitions: Vec<i32>,
    /// How many batches are on their way at a time. Default: 5.
    pub num_workers: usize,
    /// How often a batch is tried before it comes back with its error, the first time included: an attempt is a request
    /// with it, or one to connect to its leader. Only errors that a retry may mend lead to another one. Default: 10.
    pub num_attempts: u32,
    /// The wait after a failed attempt, not after the last one, and not after an answer that says where the leader is.
    /// Default: 500 ms.
    pub sleep_between_attempts: Duration,
    /// Whether a batch goes to its partition or nowhere. Without it a batch may go to any other one of `partitions` that
    /// has a leader, after an error that proves that nothing was appended; otherwise nobody could tell whether it is
    /// written twice. It then may be that records of one key are in several partitions, and out of order. Default: true.
    pub strict_partitioning: bool,
    /// How many batches wait to be taken back at the most; beyond, no more are produced. Default: 16.
    pub capacity: usize,
    /// All else: acks, timeouts, idempotence, memory, the largest request, an interceptor. What concerns single records
    /// (`batch_size`, `linger`, `compression`, `partitioner`) or retries (`retry_limit`, `retry_wait`) is not looked at.
    pub producer: ProducerConf,
}

impl BatchProducerConf {
    /// The defaults, for these partitions of a topic.
    pub fn new(topic: impl Into<TopicName>, partitions: impl IntoIterator<Item = i32>) -> Self {
        Self {
            topic: topic.into(),
            partitions: partitions.into_iter().collect(),
            num_workers: 5,
            num_attempts: 10,
            sleep_between_attempts: Duration::from_millis(500),
            strict_partitioning: true,
            capacity: 16,
            producer: ProducerConf::new(),
        }
    }

    /// Checks every field; the error names the one that cannot work, its value, and what to do.
    pub fn validate(&self) -> Result<()> {
        check_topic(&self.topic)?;
        if self.partitions.is_empty() {
            return Err(invalid("partitions", "is empty: name those that batches are for"));
        }
        if let Some(negative) = self.partitions.iter().find(|partition| **partition < 0) {
            return Err(invalid("partitions", &format!("has {negative}: partitions are numbered from 0")));
        }
        check_positive("num_workers", self.num_workers, "use 1 to produce one batch after the other")?;
        check_positive("num_attempts", self.num_attempts as usize, "use 1 to try once")?;
        check_positive("capacity", self.capacity, "use 1 to have one batch wait at most")?;
        check_duration("sleep_between_attempts", self.sleep_between_attempts)?;
        self.engine().validate()
    }

    /// The configuration of the engine below.
    pub(crate) fn engine(&self) -> ProducerConf {
        let mut conf = self.producer.clone();
        conf.retry_limit = Some(self.num_attempts);
        conf.retry_wait = self.sleep_between_attempts;
        conf.compression = Compression::None;
        conf.partitioner = None;
        conf
    }
}

fn check_topic(topic: &str) -> Result<()> {
    if topic.is_empty() { Err(invalid("topic", "is empty: name the topic to write to")) } else { Ok(()) }
}

fn check_positive(field: &str, value: usize, instead: &str) -> Result<()> {
    if value == 0 { Err(invalid(field, &format!("is 0: {instead}"))) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::ErrorKind;

    type Change<C> = fn(&mut C);

    /// Each change makes the error name its field.
    fn each_is_named<C, const N: usize>(
        changes: [(&str, Change<C>); N],
        new: impl Fn() -> C,
        validate: impl Fn(&C) -> Result<()>,
    ) {
        for (field, change) in changes {
            let mut conf = new();
            validate(&conf).unwrap();
            change(&mut conf);
            let error = validate(&conf).unwrap_err();
            assert!(
                error.kind() == ErrorKind::InvalidConfig && error.to_string().starts_with(field),
                "{error}"
            );
        }
    }

    #[test]
    fn every_field_that_cannot_work_is_named() {
        let changes: [(&str, Change<BatchBuilderConf>); 8] = [
            ("topic", |conf| conf.topic = "".into()),
            ("partitions", |conf| conf.partitions = 0),
            ("num_workers", |conf| conf.num_workers = 0),
            ("min_records", |conf| conf.min_records = 0),
            ("capacity", |conf| conf.capacity = 0),
            ("max_uncompressed_bytes", |conf| conf.max_uncompressed_bytes = 10),
            ("min_uncompressed_bytes", |conf| conf.min_uncompressed_bytes = 2 << 20),
            ("linger", |conf| conf.linger = Some(Duration::MAX)),
        ];
        each_is_named(changes, || BatchBuilderConf::new("t", 1), BatchBuilderConf::validate);
    }

    #[test]
    fn every_field_of_the_producer_that_cannot_work_is_named() {
        let changes: [(&str, Change<BatchProducerConf>); 8] = [
            ("topic", |conf| conf.topic = "".into()),
            ("partitions", |conf| conf.partitions.clear()),
            ("partitions", |conf| conf.partitions.push(-1)),
            ("num_workers", |conf| conf.num_workers = 0),
            ("num_attempts", |conf| conf.num_attempts = 0),
            ("capacity", |conf| conf.capacity = 0),
            ("sleep_between_attempts", |conf| conf.sleep_between_attempts = Duration::MAX),
            ("delivery_timeout", |conf| conf.producer.delivery_timeout = Duration::ZERO),
        ];
        each_is_named(changes, || BatchProducerConf::new("t", 0..3), BatchProducerConf::validate);
    }
}
