//! Partitioners that don't look at the key.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering::Relaxed};

use parking_lot::RwLock;
use rand::RngExt;

use crate::api::{Error, ErrorKind, Partitioner, Record, Result, TopicName, TopicPartitions};

/// Sends all records, those with a key too, to one partition for a batch, then to one whose queue is short: KIP-794
/// with Java's `partitioner.ignore.keys`. For topics where keys are for compaction or for readers only.
///
/// ```
/// use kafka_client::{ProducerConf, StickyPartitioner};
/// use std::sync::Arc;
///
/// let mut conf = ProducerConf::new();
/// conf.partitioner = Some(Arc::new(StickyPartitioner));
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct StickyPartitioner;

impl Partitioner for StickyPartitioner {
    fn partition(&self, _record: &Record<'_>, topic: &TopicPartitions<'_>) -> Result<i32> {
        Ok(topic.sticky())
    }
}

/// Takes only records that name their partition; the others fail with
/// [`ErrorKind::InvalidRecord`].
///
/// ```
/// use kafka_client::{ErrorKind, ExplicitPartitioner, Partitioner, Record, TopicPartitions};
///
/// // A producer asks its partitioner only about records that name no partition.
/// let topic = TopicPartitions::new("fruits", 3, &[0, 1, 2]);
/// let error = ExplicitPartitioner.partition(&Record::to("fruits").key("k"), &topic).unwrap_err();
/// assert_eq!(error.kind(), ErrorKind::InvalidRecord);
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct ExplicitPartitioner;

impl Partitioner for ExplicitPartitioner {
    fn partition(&self, _record: &Record<'_>, topic: &TopicPartitions<'_>) -> Result<i32> {
        let what = "the record names no partition, and the producer's ExplicitPartitioner chooses none: set \
                    Record::partition";
        Err(Error::new(ErrorKind::InvalidRecord, what).at_topic(topic.topic()))
    }
}

/// Sends each record to the next partition that has a leader, topic by topic, beginning with the first; without any
/// leader, to the next of all partitions. Keys are ignored.
///
/// Every record goes to another batch than the one before: requests are smaller and more than with
/// [`StickyPartitioner`], which spreads as evenly over time.
///
/// ```
/// use kafka_client::{Partitioner, Record, RoundRobinPartitioner, TopicPartitions};
///
/// # fn main() -> kafka_client::Result<()> {
/// let turns = RoundRobinPartitioner::new();
/// // Partition 1 has no leader at the moment.
/// let topic = TopicPartitions::new("fruits", 3, &[0, 2]);
/// for expected in [0, 2, 0] {
///     assert_eq!(turns.partition(&Record::to("fruits"), &topic)?, expected);
/// }
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Default)]
pub struct RoundRobinPartitioner {
    turns: RwLock<HashMap<TopicName, AtomicUsize, foldhash::fast::FixedState>>,
}

/// Of so many topics the turns are remembered; one more, and all begin anew.
const TOPICS: usize = 10_000;

impl RoundRobinPartitioner {
    /// All topics begin with their first partition.
    pub fn new() -> Self {
        Self::default()
    }

    fn turn(&self, topic: &str) -> usize {
        if let Some(turn) = self.turns.read().get(topic) {
            return turn.fetch_add(1, Relaxed);
        }
        let mut turns = self.turns.write();
        if turns.len() >= TOPICS && !turns.contains_key(topic) {
            turns.clear();
        }
        turns.entry(TopicName::from(topic)).or_default().fetch_add(1, Relaxed)
    }
}

impl Partitioner for RoundRobinPartitioner {
    fn partition(&self, _record: &Record<'_>, topic: &TopicPartitions<'_>) -> Result<i32> {
        Ok(nth(self.turn(topic.topic()), topic))
    }
}

/// Sends each record to a partition chosen at random among those that have a leader; without any leader, among all.
/// Keys are ignored.
///
/// ```
/// use kafka_client::{ProducerConf, RandomPartitioner};
/// use std::sync::Arc;
///
/// let mut conf = ProducerConf::new();
/// conf.partitioner = Some(Arc::new(RandomPartitioner::new()));
/// ```
#[derive(Debug)]
pub struct RandomPartitioner {
    /// `SplitMix64`: a step to count by, and a hash of the count. Threads need no lock for it.
    state: AtomicU64,
}

impl Default for RandomPartitioner {
    fn default() -> Self {
        Self::new()
    }
}

impl RandomPartitioner {
    /// Another order each time.
    pub fn new() -> Self {
        Self::seeded(rand::rng().random())
    }

    /// The same order under the same seed.
    pub const fn seeded(seed: u64) -> Self {
        Self { state: AtomicU64::new(seed) }
    }

    fn random(&self) -> u64 {
        const STEP: u64 = 0x9e37_79b9_7f4a_7c15;
        let mut mixed = self.state.fetch_add(STEP, Relaxed).wrapping_add(STEP);
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }
}

impl Partitioner for RandomPartitioner {
    fn partition(&self, _record: &Record<'_>, topic: &TopicPartitions<'_>) -> Result<i32> {
        Ok(nth((self.random() >> 1) as usize, topic))
    }
}

/// The partition that a number stands for, among those that have a leader, or else among all.
fn nth(number: usize, topic: &TopicPartitions<'_>) -> i32 {
    let available = topic.available();
    match available.get(number % available.len().max(1)) {
        Some(partition) => *partition,
        None => (number % topic.count().max(1).cast_unsigned() as usize) as i32,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn choices(partitioner: &dyn Partitioner, topic: &TopicPartitions<'_>, times: usize) -> Vec<i32> {
        let record = Record::to(topic.topic()).key("always the same");
        (0..times).map(|_| partitioner.partition(&record, topic).unwrap()).collect()
    }

    #[test]
    fn turns_of_one_topic_do_not_take_those_of_another() {
        let turns = RoundRobinPartitioner::new();
        let (one, two) = (TopicPartitions::new("one", 2, &[0, 1]), TopicPartitions::new("two", 2, &[0, 1]));
        for expected in [0, 1, 0, 1] {
            assert_eq!(choices(&turns, &one, 1), [expected]);
            assert_eq!(choices(&turns, &two, 1), [expected]);
        }
    }

    #[test]
    fn turns_are_remembered_of_so_many_topics_and_no_more() {
        let turns = RoundRobinPartitioner::new();
        for n in 0..=TOPICS {
            choices(&turns, &TopicPartitions::new(&n.to_string(), 2, &[0, 1]), 1);
        }
        assert!(turns.turns.read().len() <= TOPICS);
    }

    #[test]
    fn without_a_leader_all_partitions_are_as_good() {
        let leaderless = TopicPartitions::new("t", 3, &[]);
        assert_eq!(choices(&RoundRobinPartitioner::new(), &leaderless, 4), [0, 1, 2, 0]);
        let mut random = choices(&RandomPartitioner::seeded(1), &leaderless, 100);
        random.sort_unstable();
        random.dedup();
        assert_eq!(random, [0, 1, 2]);
    }

    #[test]
    fn random_choices_are_even_and_repeat_under_a_seed() {
        let topic = TopicPartitions::new("t", 8, &[1, 3, 4, 7]);
        let chosen = choices(&RandomPartitioner::seeded(42), &topic, 40_000);
        for partition in topic.available() {
            let times = chosen.iter().filter(|chosen| *chosen == partition).count();
            assert!((9_500..10_500).contains(&times), "{partition}: {times}");
        }
        assert_eq!(choices(&RandomPartitioner::seeded(42), &topic, 40_000), chosen);
        assert_ne!(choices(&RandomPartitioner::seeded(43), &topic, 40_000), chosen);
    }
}
