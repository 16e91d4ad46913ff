use std::any::Any;
use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};

use super::error::{Error, ErrorKind, Result};
use super::record::Record;

/// Chooses the partition of a record that names none.
///
/// It is called by whoever enqueues, from any thread, once for each record: it should be quick and must not block.
/// An error fails that record alone; so do an answer out of range, and a panic.
///
/// ```
/// use kafka_client::{KeyHash, Partitioner, Record, Result, TopicPartitions};
///
/// /// Records of big customers to partitions of their own, those of all others by their key.
/// struct BigOnesApart;
///
/// impl Partitioner for BigOnesApart {
///     fn partition(&self, record: &Record<'_>, topic: &TopicPartitions<'_>) -> Result<i32> {
///         Ok(match record.key {
///             _ if topic.count() < 2 => 0,
///             Some(b"acme") => 0,
///             Some(key) => 1 + KeyHash::Murmur2.partition(key, topic.count() - 1),
///             // Kafka's own choice for records without a key.
///             None => topic.sticky(),
///         })
///     }
/// }
///
/// let topic = TopicPartitions::new("orders", 4, &[0, 1, 2, 3]);
/// assert_eq!(BigOnesApart.partition(&Record::to("orders").key("acme"), &topic).unwrap(), 0);
/// ```
pub trait Partitioner: Send + Sync {
    /// The partition for `record`, from 0 to below [`TopicPartitions::count`]; any other fails the record.
    fn partition(&self, record: &Record<'_>, topic: &TopicPartitions<'_>) -> Result<i32>;
}

/// What the application's partitioner says. Whatever it does, it fails this record at most: with an error, an answer out
/// of range, or a panic.
pub(crate) fn ask_partitioner(
    partitioner: &dyn Partitioner,
    record: &Record<'_>,
    partitions: &TopicPartitions<'_>,
) -> Result<i32> {
    let answer = catch_unwind(AssertUnwindSafe(|| partitioner.partition(record, partitions)));
    let wrong = |what: String| Err(Error::new(ErrorKind::InvalidRecord, what).at_topic(record.topic));
    let partition = match answer {
        Ok(answer) => answer?,
        Err(panic) => return wrong(format!("the partitioner panicked: {}", message_of(&*panic))),
    };
    let count = partitions.count();
    if !(0..count).contains(&partition) {
        return wrong(format!(
            "the partitioner chose partition {partition}, but the topic has {count} partitions: it must return 0 to \
             below TopicPartitions::count"
        ));
    }
    Ok(partition)
}

/// What a panic said.
fn message_of(panic: &(dyn Any + Send)) -> &str {
    let text = panic.downcast_ref::<&str>().copied();
    text.or_else(|| panic.downcast_ref::<String>().map(String::as_str)).unwrap_or("without a message")
}

/// Where a topic's records without a key go for now.
pub(crate) trait StickyChoice: Sync {
    fn sticky(&self) -> i32;
}

/// A topic's partitions, as a [`Partitioner`] sees them.
#[derive(Clone, Copy)]
pub struct TopicPartitions<'a> {
    topic: &'a str,
    count: i32,
    available: &'a [i32],
    choice: Option<&'a dyn StickyChoice>,
}

impl<'a> TopicPartitions<'a> {
    /// A topic of `count` partitions, of which `available` have a leader now.
    pub const fn new(topic: &'a str, count: i32, available: &'a [i32]) -> Self {
        Self { topic, count, available, choice: None }
    }

    /// The same, with a producer's choice for records without a key.
    pub(crate) fn choosing(mut self, choice: &'a dyn StickyChoice) -> Self {
        self.choice = Some(choice);
        self
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

    /// The partition that Kafka's own way chooses for a record without a key (KIP-794): the same one until
    /// `batch_size` bytes went to it, then one whose queue in this producer is short. Without a producer, in a test,
    /// it is the first of the available ones.
    pub fn sticky(&self) -> i32 {
        match self.choice {
            Some(choice) => choice.sticky(),
            None => self.available.first().copied().unwrap_or(0),
        }
    }
}

impl fmt::Debug for TopicPartitions<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TopicPartitions")
            .field("topic", &self.topic)
            .field("count", &self.count)
            .field("available", &self.available)
            .finish_non_exhaustive()
    }
}
