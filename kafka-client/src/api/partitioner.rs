use super::error::Result;
use super::record::Record;

/// Chooses the partition of a record that names none.
///
/// ```
/// use kafka_client::{Partitioner, Record, Result, TopicPartitions};
///
/// /// Everything to the first partition that has a leader.
/// struct First;
///
/// impl Partitioner for First {
///     fn partition(&self, _record: &Record<'_>, topic: &TopicPartitions<'_>) -> Result<i32> {
///         Ok(topic.available().first().copied().unwrap_or(0))
///     }
/// }
/// ```
pub trait Partitioner: Send + Sync {
    /// The partition for `record`, from 0 to below [`TopicPartitions::count`]; any other fails the record.
    fn partition(&self, record: &Record<'_>, topic: &TopicPartitions<'_>) -> Result<i32>;
}

/// A topic's partitions, as a [`Partitioner`] sees them.
#[derive(Clone, Copy, Debug)]
pub struct TopicPartitions<'a> {
    topic: &'a str,
    count: i32,
    available: &'a [i32],
}

impl<'a> TopicPartitions<'a> {
    /// A topic of `count` partitions, of which `available` have a leader now.
    pub const fn new(topic: &'a str, count: i32, available: &'a [i32]) -> Self {
        Self { topic, count, available }
    }

    /// The topic's name.
    pub const fn topic(&self) -> &'a str {
        self.topic
    }

    /// How many partitions the topic has.
    pub const fn count(&self) -> i32 {
        self.count
    }

    /// The partitions that have a leader now, ascending.
    pub const fn available(&self) -> &'a [i32] {
        self.available
    }
}
