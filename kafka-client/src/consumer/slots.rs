//! The partitions of one fetch loop: by number, as requests are planned, and by name or id, as the wire has them.

use std::collections::BTreeMap;
use std::sync::Arc;

use kafka_proto::messages::{
    FetchRequestFetchPartition, FetchRequestFetchTopic, FetchRequestForgottenTopic, FetchableTopicResponse,
};
use kafka_proto::wire::{StrBytes, Uuid};

use super::feed::{Feed, Joining};
use super::session::{Ask, Slot};
use crate::api::TopicName;
use crate::metadata::Leader;

/// The first version of Fetch that names topics by id.
pub(super) const BY_ID: i16 = 13;

/// The first version of Fetch that says where the log differs from what was read.
pub(super) const COMPARES: i16 = 12;

/// A partition that is fetched here.
#[derive(Debug)]
pub(super) struct Entry {
    pub(super) feed: Arc<Feed>,
    pub(super) leader: Leader,
}

#[derive(Debug)]
struct TopicSlots {
    name: StrBytes,
    id: Option<Uuid>,
    partitions: BTreeMap<i32, Slot>,
}

/// How the wire names a partition.
#[derive(Clone, Debug, PartialEq, Eq)]
struct WireName {
    topic: StrBytes,
    topic_id: Uuid,
    partition: i32,
}

/// All partitions of a loop. A number stays a partition's own for as long as the node may remember the partition.
#[derive(Debug, Default)]
pub(super) struct Slots {
    entries: BTreeMap<Slot, Entry>,
    topics: BTreeMap<TopicName, TopicSlots>,
    names: BTreeMap<Uuid, TopicName>,
    /// Partitions that have left, and that the node has not been told to forget.
    gone: BTreeMap<Slot, WireName>,
    next: Slot,
}

impl Slots {
    /// Takes a partition in, or gives it back: a request can say only one thing about a partition, and name a
    /// topic in only one way.
    pub(super) fn insert(&mut self, joining: Joining) -> Result<Slot, Joining> {
        let name = &joining.feed.of.topic;
        let topic = self.topics.entry(name.clone()).or_insert_with(|| TopicSlots {
            name: StrBytes::from(&**name),
            id: joining.topic_id,
            partitions: BTreeMap::new(),
        });
        if topic.id != joining.topic_id || topic.partitions.contains_key(&joining.feed.of.partition) {
            return Err(joining);
        }
        let wire_name = topic.wire_name(joining.feed.of.partition);
        let back = self.gone.iter().find(|(_, gone)| **gone == wire_name).map(|(slot, _)| *slot);
        let slot = back.unwrap_or_else(|| {
            self.next += 1;
            self.next
        });
        self.gone.remove(&slot);
        topic.partitions.insert(joining.feed.of.partition, slot);
        if let Some(id) = joining.topic_id {
            self.names.insert(id, name.clone());
        }
        self.entries.insert(slot, Entry { feed: joining.feed, leader: joining.leader });
        Ok(slot)
    }

    pub(super) fn remove(&mut self, slot: Slot) -> Option<Entry> {
        let entry = self.entries.remove(&slot)?;
        if let Some(topic) = self.topics.get_mut(&entry.feed.of.topic) {
            topic.partitions.remove(&entry.feed.of.partition);
            self.gone.insert(slot, topic.wire_name(entry.feed.of.partition));
            if topic.partitions.is_empty() {
                if let Some(id) = topic.id {
                    self.names.remove(&id);
                }
                self.topics.remove(&entry.feed.of.topic);
            }
        }
        Some(entry)
    }

    /// Removes a partition whose reader is gone. False: it has left already, and its number may be that of another
    /// reader's since.
    pub(super) fn remove_gone(&mut self, slot: Slot) -> bool {
        self.get(slot).is_some_and(|entry| entry.feed.is_gone()) && self.remove(slot).is_some()
    }

    pub(super) fn get(&self, slot: Slot) -> Option<&Entry> {
        self.entries.get(&slot)
    }

    pub(super) fn get_mut(&mut self, slot: Slot) -> Option<&mut Entry> {
        self.entries.get_mut(&slot)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    pub(super) fn all(&self) -> Vec<Slot> {
        self.entries.keys().copied().collect()
    }

    pub(super) fn topics(&self) -> impl Iterator<Item = &TopicName> {
        self.topics.keys()
    }

    /// The newest version that can name all topics here.
    pub(super) fn newest_version(&self) -> i16 {
        if self.names.len() == self.topics.len() { i16::MAX } else { BY_ID - 1 }
    }

    /// The topic that a part of an answer is about.
    pub(super) fn answered(
        &self,
        answer: &FetchableTopicResponse,
        version: i16,
    ) -> Option<&BTreeMap<i32, Slot>> {
        let topic = if version >= BY_ID {
            self.topics.get(self.names.get(&answer.topic_id)?)
        } else {
            self.topics.get(&*answer.topic)
        };
        Some(&topic?.partitions)
    }

    /// What is asked in this version, in the order given: neighbours of one topic share an entry.
    pub(super) fn asked(&self, asked: &[(Slot, Ask)], version: i16) -> Vec<FetchRequestFetchTopic> {
        let mut topics: Vec<FetchRequestFetchTopic> = Vec::new();
        for (slot, ask) in asked {
            let Some((topic, partition)) = self.place(*slot) else { continue };
            let partition = FetchRequestFetchPartition {
                partition,
                current_leader_epoch: ask.leader_epoch,
                fetch_offset: ask.offset,
                last_fetched_epoch: if version >= COMPARES { ask.last_epoch } else { -1 },
                partition_max_bytes: ask.max_bytes,
                ..FetchRequestFetchPartition::default()
            };
            match topics.last_mut() {
                Some(last) if last.topic == topic.name => last.partitions.push(partition),
                _ => topics.push(FetchRequestFetchTopic {
                    topic: topic.name.clone(),
                    topic_id: topic.id.unwrap_or_default(),
                    partitions: vec![partition],
                    ..FetchRequestFetchTopic::default()
                }),
            }
        }
        topics
    }

    fn place(&self, slot: Slot) -> Option<(&TopicSlots, i32)> {
        let feed = &self.entries.get(&slot)?.feed;
        Some((self.topics.get(&feed.of.topic)?, feed.of.partition))
    }

    /// What the node is to forget; it is forgotten here too.
    pub(super) fn forgotten(&mut self, slots: &[Slot]) -> Vec<FetchRequestForgottenTopic> {
        let mut topics: Vec<FetchRequestForgottenTopic> = Vec::new();
        for slot in slots {
            let live = self.place(*slot).map(|(topic, partition)| topic.wire_name(partition));
            let Some(name) = live.or_else(|| self.gone.remove(slot)) else { continue };
            match topics.last_mut() {
                Some(last) if last.topic == name.topic && last.topic_id == name.topic_id => {
                    last.partitions.push(name.partition);
                }
                _ => topics.push(FetchRequestForgottenTopic {
                    topic: name.topic,
                    topic_id: name.topic_id,
                    partitions: vec![name.partition],
                    ..FetchRequestForgottenTopic::default()
                }),
            }
        }
        topics
    }

    /// The node is about to be told everything anew.
    pub(super) fn nothing_is_remembered(&mut self) {
        self.gone.clear();
    }
}

impl TopicSlots {
    fn wire_name(&self, partition: i32) -> WireName {
        WireName { topic: self.name.clone(), topic_id: self.id.unwrap_or_default(), partition }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::super::budget::Budget;
    use super::super::cursor::{Manner, PartitionCursor};
    use super::super::feed::FetchSettings;
    use super::*;
    use crate::api::TopicPartition;
    use crate::config::{Isolation, OffsetReset, RetryLimits, StartOffset};

    fn joining(topic: &str, partition: i32, id: Option<u8>) -> Joining {
        let settings =
            FetchSettings { max_wait: Duration::ZERO, min_bytes: 1, isolation: Isolation::ReadUncommitted };
        let limits = RetryLimits { attempts: None, total: None, wait: Duration::ZERO };
        let manner = Manner { max_fetch_size: 100, limits, reset: OffsetReset::Error };
        let cursor = PartitionCursor::new(StartOffset::At(0), manner);
        let of = TopicPartition::new(topic, partition);
        let feed = Feed::new(of, settings, None, Arc::new(Budget::new(1)), cursor);
        Joining {
            feed: Arc::new(feed),
            topic_id: id.map(|id| Uuid([id; 16])),
            leader: Leader { node: 1, epoch: 0 },
        }
    }

    #[test]
    fn a_partition_that_is_back_before_the_node_forgot_it_has_its_old_number() {
        let mut slots = Slots::default();
        let slot = slots.insert(joining("t", 0, Some(1))).unwrap();
        slots.remove(slot);
        assert_eq!(slots.insert(joining("t", 0, Some(1))).unwrap(), slot);
        slots.remove(slot);
        let forgotten = slots.forgotten(&[slot]);
        assert_eq!((&*forgotten[0].topic, &forgotten[0].partitions[..]), ("t", &[0][..]));
        assert_ne!(slots.insert(joining("t", 0, Some(1))).unwrap(), slot);
    }

    /// Its fetch fails while its reader goes and another one comes: what was said of the first one comes last.
    #[test]
    fn a_reader_that_goes_late_does_not_take_the_partition_of_one_that_came() {
        let mut slots = Slots::default();
        let first = joining("t", 0, Some(1));
        let feed = first.feed.clone();
        let slot = slots.insert(first).unwrap();
        feed.leave();
        slots.remove(slot);
        let second = joining("t", 0, Some(1));
        let feed = second.feed.clone();
        assert_eq!(slots.insert(second).unwrap(), slot);
        assert!(!slots.remove_gone(slot));
        assert!(slots.get(slot).is_some());
        feed.leave();
        assert!(slots.remove_gone(slot));
        assert!(slots.get(slot).is_none());
    }

    #[test]
    fn what_a_request_cannot_say_is_given_back() {
        let mut slots = Slots::default();
        slots.insert(joining("t", 0, Some(1))).unwrap();
        assert!(slots.insert(joining("t", 0, Some(1))).is_err(), "the same partition twice");
        assert!(slots.insert(joining("t", 1, Some(2))).is_err(), "another topic of the same name");
        assert!(slots.insert(joining("t", 1, Some(1))).is_ok());
    }

    #[test]
    fn ids_are_spoken_only_when_all_topics_have_one() {
        let mut slots = Slots::default();
        slots.insert(joining("t", 0, Some(1))).unwrap();
        assert_eq!(slots.newest_version(), i16::MAX);
        let old = slots.insert(joining("old", 0, None)).unwrap();
        assert_eq!(slots.newest_version(), 12);
        slots.remove(old);
        assert_eq!(slots.newest_version(), i16::MAX);
    }

    #[test]
    fn answers_find_their_partitions_by_name_or_id() {
        let mut slots = Slots::default();
        let slot = slots.insert(joining("t", 5, Some(1))).unwrap();
        let by_name = FetchableTopicResponse { topic: StrBytes::from("t"), ..Default::default() };
        let by_id = FetchableTopicResponse { topic_id: Uuid([1; 16]), ..Default::default() };
        assert_eq!(slots.answered(&by_name, 12).unwrap()[&5], slot);
        assert_eq!(slots.answered(&by_id, 13).unwrap()[&5], slot);
        assert!(slots.answered(&by_name, 13).is_none());
    }

    #[test]
    fn neighbours_of_one_topic_share_an_entry_and_the_order_stays() {
        let mut slots = Slots::default();
        let numbers: Vec<_> =
            [("a", 0), ("a", 1), ("b", 0)].map(|(t, p)| slots.insert(joining(t, p, None)).unwrap()).into();
        let ask = Ask { offset: 1, max_bytes: 2, leader_epoch: 3, last_epoch: -1 };
        let asked: Vec<_> = [numbers[1], numbers[0], numbers[2]].map(|slot| (slot, ask)).into();
        let topics = slots.asked(&asked, 18);
        let shape: Vec<_> = topics
            .iter()
            .map(|topic| (&*topic.topic, topic.partitions.iter().map(|p| p.partition).collect::<Vec<_>>()))
            .collect();
        assert_eq!(shape, [("a", vec![1, 0]), ("b", vec![0])]);
    }
}
