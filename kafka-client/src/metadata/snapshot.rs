//! An immutable picture of the cluster, and how an answer makes the next one. Pure.

use std::collections::BTreeMap;
use std::sync::Arc;

use kafka_proto::ErrorCode;
use kafka_proto::messages::{MetadataResponse, MetadataResponseTopic};
use kafka_proto::wire::Uuid;

use crate::api::TopicName;
use crate::net::Address;

/// The nodes, and the topics that this client uses.
#[derive(Clone, Debug, Default)]
pub(crate) struct Snapshot {
    /// Counts up with every new snapshot.
    pub(crate) generation: u64,
    pub(crate) nodes: BTreeMap<i32, Address>,
    /// The node to which changes of topics go.
    pub(crate) controller: Option<i32>,
    topics: BTreeMap<TopicName, Arc<Topic>>,
    /// Topics that were asked about last time and could not be described.
    problems: BTreeMap<TopicName, ErrorCode>,
}

/// A topic that exists.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Topic {
    pub(crate) name: TopicName,
    /// Which topic of this name it is; `None` from brokers before 2.8.
    pub(crate) id: Option<Uuid>,
    /// The partition's id is its place.
    pub(crate) partitions: Vec<Partition>,
}

/// A partition, led or not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Partition {
    pub(crate) leader: Option<i32>,
    pub(crate) leader_epoch: i32,
}

impl Topic {
    pub(crate) fn partition(&self, id: i32) -> Option<&Partition> {
        usize::try_from(id).ok().and_then(|id| self.partitions.get(id))
    }

    pub(crate) fn count(&self) -> i32 {
        self.partitions.len() as i32
    }
}

impl Snapshot {
    pub(crate) fn topic(&self, name: &str) -> Option<&Arc<Topic>> {
        self.topics.get(name)
    }

    /// Why a topic that was asked about is not here.
    pub(crate) fn problem(&self, name: &str) -> Option<ErrorCode> {
        self.problems.get(name).copied()
    }

    /// The snapshot after an answer about the topics `kept`, which are all that this client uses.
    pub(crate) fn after(&self, response: &MetadataResponse, kept: &[TopicName]) -> Self {
        let nodes = response.brokers.iter().filter_map(|node| {
            Some((node.node_id, Address::new(&node.host, u16::try_from(node.port).ok()?)))
        });
        let mut next = Self {
            generation: self.generation + 1,
            nodes: nodes.collect(),
            controller: (response.controller_id >= 0).then_some(response.controller_id),
            topics: self.topics.clone(),
            problems: BTreeMap::new(),
        };
        // An answer without a single node says nothing about where they are.
        if next.nodes.is_empty() {
            next.nodes.clone_from(&self.nodes);
        }
        next.topics.retain(|name, _| kept.contains(name));
        for answered in &response.topics {
            let Some(name) = answered.name.as_deref().map(TopicName::from) else { continue };
            if !kept.contains(&name) {
                continue;
            }
            let code = ErrorCode(answered.error_code);
            if code.is_ok() {
                let topic = described(&name, answered, self.topics.get(&name));
                next.topics.insert(name, Arc::new(topic));
            } else {
                // A topic that the node cannot describe at this moment (no leader elected yet) stays as known.
                if code == ErrorCode::UNKNOWN_TOPIC_OR_PARTITION || !code.is_retriable() {
                    next.topics.remove(&name);
                }
                next.problems.insert(name, code);
            }
        }
        next
    }

    /// The snapshot with a partition's new leader, told by an answer in passing (KIP-951); `None` when that is no
    /// news.
    pub(crate) fn with_leader(
        &self,
        topic: &str,
        partition: i32,
        leader: i32,
        epoch: i32,
        address: Option<Address>,
    ) -> Option<Self> {
        let known = self.topics.get(topic)?;
        let before = known.partition(partition)?;
        if leader < 0
            || epoch <= before.leader_epoch
            || !(address.is_some() || self.nodes.contains_key(&leader))
        {
            return None;
        }
        let mut changed = Topic::clone(known);
        changed.partitions[partition as usize] = Partition { leader: Some(leader), leader_epoch: epoch };
        let mut next = self.clone();
        next.generation += 1;
        next.topics.insert(known.name.clone(), Arc::new(changed));
        if let Some(address) = address {
            next.nodes.insert(leader, address);
        }
        Some(next)
    }
}

/// A topic as answered, except that no partition goes back to an older leader epoch than is known: a node that
/// lags behind the others may still describe the past. A topic made anew begins anew.
fn described(name: &TopicName, answered: &MetadataResponseTopic, known: Option<&Arc<Topic>>) -> Topic {
    let id = Some(answered.topic_id).filter(|id| *id != Uuid::ZERO);
    let known = known.filter(|known| known.id == id);
    let count = answered.partitions.iter().filter(|partition| partition.partition_index >= 0).count();
    let mut partitions = vec![Partition { leader: None, leader_epoch: -1 }; count];
    for partition in &answered.partitions {
        let at = usize::try_from(partition.partition_index).ok().and_then(|at| partitions.get_mut(at));
        let Some(slot) = at else { continue };
        *slot = Partition {
            leader: (partition.leader_id >= 0).then_some(partition.leader_id),
            leader_epoch: partition.leader_epoch,
        };
        if let Some(before) = known.and_then(|known| known.partition(partition.partition_index))
            && slot.leader_epoch >= 0
            && slot.leader_epoch < before.leader_epoch
        {
            *slot = before.clone();
        }
    }
    Topic { name: name.clone(), id, partitions }
}

#[cfg(test)]
mod tests {
    use super::*;
    use kafka_proto::messages::{MetadataResponseBroker, MetadataResponsePartition};
    use kafka_proto::wire::StrBytes;

    fn answer(topic: &str, id: u8, leaders: &[(i32, i32)]) -> MetadataResponse {
        let partitions = leaders.iter().enumerate().map(|(at, (leader, epoch))| MetadataResponsePartition {
            partition_index: at as i32,
            leader_id: *leader,
            leader_epoch: *epoch,
            ..Default::default()
        });
        MetadataResponse {
            brokers: vec![node(1, "a"), node(2, "b")],
            topics: vec![MetadataResponseTopic {
                name: Some(StrBytes::from(topic)),
                topic_id: Uuid([id; 16]),
                partitions: partitions.collect(),
                ..Default::default()
            }],
            ..Default::default()
        }
    }

    fn node(id: i32, host: &str) -> MetadataResponseBroker {
        MetadataResponseBroker { node_id: id, host: StrBytes::from(host), port: 9092, ..Default::default() }
    }

    fn kept() -> Vec<TopicName> {
        vec![TopicName::from("t")]
    }

    fn leader(snapshot: &Snapshot) -> (Option<i32>, i32) {
        let partition = snapshot.topic("t").unwrap().partition(0).unwrap();
        (partition.leader, partition.leader_epoch)
    }

    #[test]
    fn an_older_leader_epoch_is_no_news() {
        let first = Snapshot::default().after(&answer("t", 1, &[(1, 5)]), &kept());
        let second = first.after(&answer("t", 1, &[(2, 4)]), &kept());
        assert_eq!(leader(&second), (Some(1), 5));
        assert_eq!(second.generation, 2);
    }

    #[test]
    fn a_topic_made_anew_begins_with_its_own_epochs() {
        let first = Snapshot::default().after(&answer("t", 1, &[(1, 5)]), &kept());
        let second = first.after(&answer("t", 2, &[(2, 0)]), &kept());
        assert_eq!(leader(&second), (Some(2), 0));
    }

    #[test]
    fn a_hint_moves_the_leader_only_forward_and_only_to_a_node_that_is_known() {
        let first = Snapshot::default().after(&answer("t", 1, &[(1, 5)]), &kept());
        assert!(first.with_leader("t", 0, 2, 5, None).is_none(), "no newer epoch");
        assert!(first.with_leader("t", 0, 9, 6, None).is_none(), "an unknown node");
        assert!(first.with_leader("t", 7, 2, 6, None).is_none(), "an unknown partition");
        let moved = first.with_leader("t", 0, 9, 6, Some(Address::new("c", 1))).unwrap();
        assert_eq!(leader(&moved), (Some(9), 6));
        assert_eq!(moved.nodes[&9], Address::new("c", 1));
    }

    #[test]
    fn a_topic_that_is_gone_is_forgotten_with_its_reason() {
        let first = Snapshot::default().after(&answer("t", 1, &[(1, 5)]), &kept());
        let mut gone = answer("t", 0, &[]);
        gone.topics[0].error_code = ErrorCode::UNKNOWN_TOPIC_OR_PARTITION.0;
        let second = first.after(&gone, &kept());
        assert!(second.topic("t").is_none());
        assert_eq!(second.problem("t"), Some(ErrorCode::UNKNOWN_TOPIC_OR_PARTITION));
    }

    #[test]
    fn an_answer_with_absurd_partitions_describes_only_what_makes_sense() {
        let mut absurd = answer("t", 1, &[(1, 0), (1, 0)]);
        absurd.topics[0].partitions[0].partition_index = i32::MAX;
        absurd.topics[0].partitions[1].partition_index = -7;
        let snapshot = Snapshot::default().after(&absurd, &kept());
        assert_eq!(snapshot.topic("t").unwrap().count(), 1);
        assert_eq!(leader(&snapshot), (None, -1));
    }
}
