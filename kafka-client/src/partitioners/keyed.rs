//! Partitioners that look at the key.

use super::hash::KeyHash;
use super::spread::{RandomPartitioner, RoundRobinPartitioner};
use crate::api::{Partitioner, Record, Result, TopicPartitions};

/// Kafka's own way, and what a producer does without any partitioner: a key's records go by murmur2 to one partition,
/// records without a key stick to a partition for a batch and then move to one whose queue is short (KIP-794).
///
/// ```
/// use kafka_client::{DefaultPartitioner, Partitioner, Record, TopicPartitions};
///
/// # fn main() -> kafka_client::Result<()> {
/// let topic = TopicPartitions::new("fruits", 10, &[0, 1, 2]);
/// assert_eq!(DefaultPartitioner.partition(&Record::to("fruits").key("foobar"), &topic)?, 6);
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct DefaultPartitioner;

impl Partitioner for DefaultPartitioner {
    fn partition(&self, record: &Record<'_>, topic: &TopicPartitions<'_>) -> Result<i32> {
        Ok(match record.key {
            Some(key) => KeyHash::Murmur2.partition(key, topic.count()),
            None => topic.sticky(),
        })
    }
}

/// Where a [`HashPartitioner`] sends records without a key.
///
/// ```
/// use kafka_client::{HashPartitioner, KeyHash, Keyless, Partitioner, Record, TopicPartitions};
///
/// # fn main() -> kafka_client::Result<()> {
/// // Ten partitions, of which two have a leader.
/// let topic = TopicPartitions::new("fruits", 10, &[2, 5]);
/// let partitioner = HashPartitioner::new(KeyHash::Crc32, Keyless::RoundRobin);
/// assert_eq!(partitioner.partition(&Record::to("fruits").key("foo"), &topic)?, 9);
/// assert_eq!(partitioner.partition(&Record::to("fruits"), &topic)?, 2);
/// assert_eq!(partitioner.partition(&Record::to("fruits"), &topic)?, 5);
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Keyless {
    /// To one partition for a batch, then to another: KIP-794, and the fewest requests. The default.
    #[default]
    Sticky,
    /// To a partition at random, each record anew.
    Random,
    /// To each partition that has a leader in turn.
    RoundRobin,
    /// To the partition of the empty key, all of them.
    AsEmpty,
}

/// Sends a key's records to one partition, by whichever hash the topic's other producers use.
///
/// | elsewhere | here |
/// |---|---|
/// | Java, librdkafka `murmur2_random` | [`HashPartitioner::murmur2_random`] |
/// | librdkafka `murmur2` | [`HashPartitioner::murmur2`] |
/// | librdkafka `consistent_random`, its default | [`HashPartitioner::consistent_random`] |
/// | librdkafka `consistent` | [`HashPartitioner::consistent`] |
/// | librdkafka `fnv1a_random`, Sarama's hash partitioner | [`HashPartitioner::fnv1a_random`] |
/// | librdkafka `fnv1a` | [`HashPartitioner::fnv1a`] |
/// | kafkaclient's `HashPartitioner` | [`HashPartitioner::kafkaclient`] |
/// | kafka-rust's `DefaultPartitioner` | [`HashPartitioner::kafka_rust`] |
///
/// Where those choose at random for records without a key, the choice here sticks for a batch ([`Keyless::Sticky`]), as
/// librdkafka's does by default; [`HashPartitioner::new`] takes any other.
///
/// ```
/// use kafka_client::{HashPartitioner, ProducerConf};
/// use std::sync::Arc;
///
/// let mut conf = ProducerConf::new();
/// conf.partitioner = Some(Arc::new(HashPartitioner::consistent_random()));
/// ```
#[derive(Debug)]
pub struct HashPartitioner {
    hash: KeyHash,
    keyless: Rest,
    /// An empty key counts as none.
    empty_is_none: bool,
}

/// [`Keyless`] with what it needs.
#[derive(Debug)]
enum Rest {
    Sticky,
    Random(RandomPartitioner),
    RoundRobin(RoundRobinPartitioner),
    AsEmpty,
}

impl HashPartitioner {
    /// Keys by `hash`, records without one by `keyless`. An empty key is a key.
    pub fn new(hash: KeyHash, keyless: Keyless) -> Self {
        let keyless = match keyless {
            Keyless::Sticky => Rest::Sticky,
            Keyless::Random => Rest::Random(RandomPartitioner::new()),
            Keyless::RoundRobin => Rest::RoundRobin(RoundRobinPartitioner::new()),
            Keyless::AsEmpty => Rest::AsEmpty,
        };
        Self { hash, keyless, empty_is_none: false }
    }

    /// librdkafka's `consistent_random`: CRC-32; neither a null nor an empty key counts as one.
    pub fn consistent_random() -> Self {
        Self { empty_is_none: true, ..Self::new(KeyHash::Crc32, Keyless::Sticky) }
    }

    /// librdkafka's `consistent`: CRC-32; all records with a null or an empty key go to one partition.
    pub fn consistent() -> Self {
        Self::new(KeyHash::Crc32, Keyless::AsEmpty)
    }

    /// librdkafka's `murmur2_random`, and the Java client's way: murmur2.
    pub fn murmur2_random() -> Self {
        Self::new(KeyHash::Murmur2, Keyless::Sticky)
    }

    /// librdkafka's `murmur2`: murmur2; all records without a key go to one partition.
    pub fn murmur2() -> Self {
        Self::new(KeyHash::Murmur2, Keyless::AsEmpty)
    }

    /// librdkafka's `fnv1a_random`, and Sarama's hash partitioner: FNV-1a, its absolute value.
    pub fn fnv1a_random() -> Self {
        Self::new(KeyHash::Fnv1a, Keyless::Sticky)
    }

    /// librdkafka's `fnv1a`: FNV-1a, its absolute value; all records without a key go to one partition.
    pub fn fnv1a() -> Self {
        Self::new(KeyHash::Fnv1a, Keyless::AsEmpty)
    }

    /// kafkaclient's `HashPartitioner`: FNV-1a, unsigned; all records without a key go to one partition.
    pub fn kafkaclient() -> Self {
        Self::new(KeyHash::Fnv1aUnsigned, Keyless::AsEmpty)
    }

    /// kafka-rust's `DefaultPartitioner`: xxHash; records without a key go to the available partitions in turn.
    pub fn kafka_rust() -> Self {
        Self::new(KeyHash::XxHash32, Keyless::RoundRobin)
    }
}

impl Partitioner for HashPartitioner {
    fn partition(&self, record: &Record<'_>, topic: &TopicPartitions<'_>) -> Result<i32> {
        let key = record.key.filter(|key| !(self.empty_is_none && key.is_empty()));
        match (key, &self.keyless) {
            (Some(key), _) => Ok(self.hash.partition(key, topic.count())),
            (None, Rest::AsEmpty) => Ok(self.hash.partition(b"", topic.count())),
            (None, Rest::Sticky) => Ok(topic.sticky()),
            (None, Rest::Random(random)) => random.partition(record, topic),
            (None, Rest::RoundRobin(turns)) => turns.partition(record, topic),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEN: TopicPartitions<'_> = TopicPartitions::new("t", 10, &[2, 5]);

    fn of(partitioner: &HashPartitioner, key: Option<&str>) -> i32 {
        let mut record = Record::to("t");
        record.key = key.map(str::as_bytes);
        partitioner.partition(&record, &TEN).unwrap()
    }

    #[test]
    fn keys_are_spread_over_all_partitions_whether_they_have_a_leader_or_not() {
        for (partitioner, partition) in [
            (HashPartitioner::consistent(), 9),
            (HashPartitioner::consistent_random(), 9),
            (HashPartitioner::fnv1a(), 3),
            (HashPartitioner::kafkaclient(), 3),
        ] {
            assert_eq!(of(&partitioner, Some("foo")), partition, "{partitioner:?}");
        }
    }

    /// Made by the clients themselves. Keys that start the hash anew differ between the two FNV-1a.
    #[test]
    fn each_constructor_has_the_hash_of_its_client() {
        let vectors: serde_json::Value =
            serde_json::from_str(include_str!("../../tests/vectors/partitioners.json")).unwrap();
        let byte = |hex: &[u8]| u8::from_str_radix(std::str::from_utf8(hex).unwrap(), 16).unwrap();
        let of_clients = [
            ("optiopay", [HashPartitioner::fnv1a(), HashPartitioner::fnv1a_random()]),
            ("librdkafka_consistent", [HashPartitioner::consistent(), HashPartitioner::consistent_random()]),
            ("kafkaclient", [HashPartitioner::kafkaclient(), HashPartitioner::kafkaclient()]),
        ];
        let mut compared = 0;
        for row in vectors["rows"].as_array().unwrap() {
            let key: Vec<u8> = row["key"].as_str().unwrap().as_bytes().chunks(2).map(byte).collect();
            for (client, partitioners) in &of_clients {
                for partitioner in partitioners.iter().filter(|it| !(it.empty_is_none && key.is_empty())) {
                    for (count, partition) in row[client].as_object().unwrap() {
                        let topic = TopicPartitions::new("t", count.parse().unwrap(), &[0]);
                        let chosen = partitioner.partition(&Record::to("t").key(&key), &topic).unwrap();
                        assert_eq!(Some(i64::from(chosen)), partition.as_i64(), "{client}: {row}");
                        compared += 1;
                    }
                }
            }
        }
        assert!(compared > 2_000, "{compared}");
    }

    #[test]
    fn records_without_a_key_go_with_the_empty_one_where_the_client_has_it_so() {
        for (partitioner, partition) in [
            (HashPartitioner::kafkaclient(), 1),
            (HashPartitioner::fnv1a(), 5),
            (HashPartitioner::murmur2(), 1),
            (HashPartitioner::consistent(), 0),
        ] {
            assert_eq!([None, Some("")].map(|key| of(&partitioner, key)), [partition; 2], "{partitioner:?}");
        }
        assert_eq!(of(&HashPartitioner::murmur2_random(), Some("")), 1);
        assert_eq!(of(&HashPartitioner::murmur2_random(), None), TEN.sticky());
        let foobar = [HashPartitioner::murmur2(), HashPartitioner::murmur2_random()];
        assert_eq!(foobar.map(|partitioner| of(&partitioner, Some("foobar"))), [6, 6]);
    }

    #[test]
    fn records_without_a_key_go_anywhere_that_has_a_leader_if_they_may() {
        let partitioner = HashPartitioner::new(KeyHash::Crc32, Keyless::Random);
        let chosen: std::collections::BTreeSet<i32> = (0..100).map(|_| of(&partitioner, None)).collect();
        assert_eq!(chosen, [2, 5].into());
        assert_eq!(of(&partitioner, Some("foo")), 9);
    }

    #[test]
    fn an_empty_key_is_none_to_consistent_random_alone() {
        assert_eq!(of(&HashPartitioner::consistent(), Some("")), 0);
        assert_eq!(of(&HashPartitioner::consistent(), None), 0);
        assert_eq!(of(&HashPartitioner::consistent_random(), Some("")), TEN.sticky());
        assert_eq!(of(&HashPartitioner::fnv1a_random(), Some("")), 5);
        assert_eq!(of(&HashPartitioner::fnv1a_random(), None), TEN.sticky());
    }

    #[test]
    fn kafka_rust_takes_available_partitions_in_turn_for_records_without_a_key() {
        let partitioner = HashPartitioner::kafka_rust();
        assert_eq!([(); 3].map(|()| of(&partitioner, None)), [2, 5, 2]);
        assert_eq!(of(&partitioner, Some("foo-key")), 6);
    }
}
