//! What the cluster is and knows: nodes, topics, logs, groups. Pure: it is stepped by requests and the time they come
//! at, and knows no socket, clock or runtime. Time is milliseconds since 1970 and never goes back.

pub(crate) mod batch;
pub(crate) mod groups;
pub(crate) mod log;
pub(crate) mod producers;
pub(crate) mod sessions;
pub(crate) mod topic;
pub(crate) mod waits;

use std::collections::BTreeMap;

use bytes::Bytes;
use kafka_proto::ErrorCode;
use kafka_proto::records::Batches;
use kafka_proto::wire::{StrBytes, Uuid};

use self::groups::Groups;
use self::sessions::Sessions;
use self::topic::{Partition, Topic};
use self::waits::{Key, Waits};
use super::conf::{ClusterConf, TopicConf};
use super::random::Random;

/// A broker of the cluster.
#[derive(Clone, Debug)]
pub(crate) struct Node {
    pub(crate) host: StrBytes,
    pub(crate) port: u16,
    pub(crate) rack: Option<StrBytes>,
    pub(crate) alive: bool,
}

/// A transactional id's producer.
#[derive(Clone, Copy, Debug)]
pub(crate) struct TransactionalProducer {
    pub(crate) id: i64,
    pub(crate) epoch: i16,
}

/// The whole cluster.
#[derive(Debug)]
pub(crate) struct State {
    pub(crate) conf: ClusterConf,
    pub(crate) cluster_id: StrBytes,
    pub(crate) nodes: BTreeMap<i32, Node>,
    pub(crate) topics: BTreeMap<StrBytes, Topic>,
    names: BTreeMap<Uuid, StrBytes>,
    pub(crate) groups: Groups,
    pub(crate) sessions: Sessions,
    pub(crate) waits: Waits,
    pub(crate) transactional: BTreeMap<StrBytes, TransactionalProducer>,
    next_producer_id: i64,
    random: Random,
}

impl State {
    /// A cluster with the configuration's topics, on nodes that are all alive.
    pub(crate) fn new(conf: ClusterConf, nodes: BTreeMap<i32, Node>) -> Result<Self, String> {
        let mut state = Self {
            cluster_id: StrBytes::default(),
            nodes,
            topics: BTreeMap::new(),
            names: BTreeMap::new(),
            groups: Groups::default(),
            sessions: Sessions::default(),
            waits: Waits::default(),
            transactional: BTreeMap::new(),
            next_producer_id: 1000,
            random: Random::new(conf.seed),
            conf,
        };
        state.cluster_id = StrBytes::from(state.random_id().to_string());
        for topic in state.conf.topics.clone() {
            let TopicConf { name, partitions, replication_factor, settings } = topic;
            if state.topics.contains_key(name.as_str()) {
                return Err(format!("the topic {name} is configured twice"));
            }
            let factor = replication_factor.unwrap_or_else(|| state.default_replication());
            state
                .create_topic(&name, partitions, factor, settings)
                .map_err(|code| format!("the topic {name} cannot be created: {code:?}"))?;
        }
        Ok(state)
    }

    /// The replication factor of topics that do not say one.
    pub(crate) fn default_replication(&self) -> i16 {
        let most = i16::try_from(self.nodes.len()).unwrap_or(i16::MAX);
        self.conf.replication_factor.unwrap_or_else(|| most.min(3))
    }

    /// Creates a topic with its replicas spread over the nodes, leaders first.
    pub(crate) fn create_topic(
        &mut self,
        name: &str,
        partitions: i32,
        replication_factor: i16,
        settings: BTreeMap<String, String>,
    ) -> Result<&mut Topic, ErrorCode> {
        let assignment = self.spread(partitions, replication_factor)?;
        self.create_assigned_topic(name, assignment, settings)
    }

    /// Replicas for so many partitions, leaders first, one node after the other.
    pub(crate) fn spread(
        &self,
        partitions: i32,
        replication_factor: i16,
    ) -> Result<Vec<Vec<i32>>, ErrorCode> {
        let nodes: Vec<i32> = self.nodes.keys().copied().collect();
        let factor = usize::try_from(replication_factor).unwrap_or(0);
        if factor == 0 || factor > nodes.len() {
            return Err(ErrorCode::INVALID_REPLICATION_FACTOR);
        }
        let partitions = usize::try_from(partitions).unwrap_or(0);
        if partitions == 0 || partitions > MAX_PARTITIONS {
            return Err(ErrorCode::INVALID_PARTITIONS);
        }
        let replicas = |partition: usize| (0..factor).map(move |replica| partition + replica);
        let replicas = |partition| replicas(partition).map(|index| nodes[index % nodes.len()]).collect();
        Ok((0..partitions).map(replicas).collect())
    }

    /// Creates a topic whose partitions have exactly these replicas.
    pub(crate) fn create_assigned_topic(
        &mut self,
        name: &str,
        assignment: Vec<Vec<i32>>,
        settings: BTreeMap<String, String>,
    ) -> Result<&mut Topic, ErrorCode> {
        if !topic::is_valid_name(name) {
            return Err(ErrorCode::INVALID_TOPIC_EXCEPTION);
        }
        if self.topics.contains_key(name) {
            return Err(ErrorCode::TOPIC_ALREADY_EXISTS);
        }
        if assignment.is_empty() || assignment.len() > MAX_PARTITIONS {
            return Err(ErrorCode::INVALID_PARTITIONS);
        }
        let nodes = &self.nodes;
        let alive = |node: i32| nodes.get(&node).is_some_and(|node| node.alive);
        let partitions = assignment.into_iter().map(|replicas| Partition::new(replicas, alive)).collect();
        let id = self.random_id();
        let name = StrBytes::from(name);
        self.names.insert(id, name.clone());
        let topic = Topic { name: name.clone(), id, settings, partitions };
        Ok(self.topics.entry(name).or_insert(topic))
    }

    /// Gives a topic more partitions, which have exactly these replicas.
    pub(crate) fn add_partitions(&mut self, name: &str, assignment: Vec<Vec<i32>>) {
        let nodes = &self.nodes;
        let alive = |node: i32| nodes.get(&node).is_some_and(|node| node.alive);
        if let Some(topic) = self.topics.get_mut(name) {
            topic.partitions.extend(assignment.into_iter().map(|replicas| Partition::new(replicas, alive)));
        }
    }

    /// Deletes a topic with everything in it. Whoever waits for its data is woken.
    pub(crate) fn delete_topic(&mut self, name: &str) -> Option<Topic> {
        let topic = self.topics.remove(name)?;
        self.names.remove(&topic.id);
        self.groups.forget_topic(name);
        for partition in 0..topic.partitions.len() {
            self.waits.wake(&Key::Partition(topic.id, partition as i32));
        }
        Some(topic)
    }

    pub(crate) fn topic_by_id(&self, id: Uuid) -> Option<&Topic> {
        self.topics.get(self.names.get(&id)?)
    }

    pub(crate) fn name_of(&self, id: Uuid) -> Option<&StrBytes> {
        self.names.get(&id)
    }

    pub(crate) fn partition(&self, topic: &str, partition: i32) -> Option<&Partition> {
        self.topics.get(topic)?.partition(partition)
    }

    pub(crate) fn partition_mut(&mut self, topic: &str, partition: i32) -> Option<&mut Partition> {
        self.topics.get_mut(topic)?.partition_mut(partition)
    }

    /// Wakes the requests that wait for something to change in a partition.
    pub(crate) fn changed(&mut self, topic: Uuid, partition: i32) {
        self.waits.wake(&Key::Partition(topic, partition));
    }

    /// Appends bytes to a partition without the checks of a produce request. Returns the first offset.
    pub(crate) fn append_raw(&mut self, topic: &str, partition: i32, mut bytes: Bytes) -> Option<i64> {
        let id = self.topics.get(topic)?.id;
        let Partition { log, producers, leader_epoch, .. } = self.partition_mut(topic, partition)?;
        let mut first = None;
        while !bytes.is_empty() {
            let frame = batch::split_frame(&mut bytes);
            let offset = match Batches::new(frame.clone()).next() {
                Some(Ok(batch)) => {
                    let base_offset = log.append(&batch, batch.base_offset(), *leader_epoch, None);
                    producers.appended(&batch, base_offset, batch.max_timestamp());
                    if let Some(marker) = batch::marker(&batch) {
                        log.end_transaction(batch.producer_id(), marker, base_offset);
                    }
                    base_offset
                }
                // No batch, or only a part of one: it takes the place of one offset.
                _ => log.append_opaque(frame, *leader_epoch),
            };
            first.get_or_insert(offset);
        }
        self.changed(id, partition);
        first
    }

    /// Gives a partition another leader, in a new epoch.
    pub(crate) fn move_leader(&mut self, topic: &str, partition: i32, node: i32) -> bool {
        if !self.nodes.get(&node).is_some_and(|node| node.alive) {
            return false;
        }
        let Some(topic) = self.topics.get_mut(topic) else { return false };
        let id = topic.id;
        let Some(moved) = topic.partition_mut(partition) else { return false };
        if !moved.replicas.contains(&node) {
            moved.replicas.push(node);
        }
        if !moved.in_sync.contains(&node) {
            moved.in_sync.push(node);
        }
        moved.lead_by(Some(node));
        self.changed(id, partition);
        true
    }

    /// A node dies: what it led moves to another replica that is in sync, its fetch sessions are gone.
    pub(crate) fn kill(&mut self, node: i32) {
        let Some(dead) = self.nodes.get_mut(&node) else { return };
        dead.alive = false;
        self.sessions.evict(Some(node));
        self.each_partition(|partition| {
            // The last one in sync stays so, or the partition could never be led again.
            if partition.in_sync.len() > 1 {
                partition.in_sync.retain(|&replica| replica != node);
            }
            if partition.leader == Some(node) {
                let next = partition.in_sync.iter().copied().find(|&replica| replica != node);
                partition.lead_by(next);
                return true;
            }
            false
        });
    }

    /// A node comes back: it is in sync again at once, and leads what nobody else could.
    pub(crate) fn revive(&mut self, node: i32) {
        let Some(back) = self.nodes.get_mut(&node) else { return };
        back.alive = true;
        self.each_partition(|partition| {
            if partition.replicas.contains(&node) && !partition.in_sync.contains(&node) {
                partition.in_sync.push(node);
            }
            if partition.leader.is_none() && partition.in_sync.contains(&node) {
                partition.lead_by(Some(node));
                return true;
            }
            false
        });
    }

    /// Changes every partition and wakes those for which `change` says so.
    fn each_partition(&mut self, mut change: impl FnMut(&mut Partition) -> bool) {
        for topic in self.topics.values_mut() {
            for (index, partition) in topic.partitions.iter_mut().enumerate() {
                if change(partition) {
                    self.waits.wake(&Key::Partition(topic.id, index as i32));
                }
            }
        }
    }

    /// The node that answers for the cluster: the lowest that is alive.
    pub(crate) fn controller(&self) -> i32 {
        self.nodes.iter().find(|(_, node)| node.alive).map_or(-1, |(&id, _)| id)
    }

    /// The node that coordinates a group or a transactional id, if any node is alive.
    pub(crate) fn coordinator(&self, key: &str) -> Option<i32> {
        let alive = |id: &i32| self.nodes.get(id).is_some_and(|node| node.alive);
        if let Some(moved) = self.groups.moved_to(key).filter(alive) {
            return Some(moved);
        }
        let all: Vec<i32> = self.nodes.keys().copied().collect();
        let start = groups::coordinator_slot(key) % all.len().max(1);
        all[start..].iter().chain(&all[..start]).copied().find(|id| alive(id))
    }

    /// A producer id that nobody has had.
    pub(crate) fn new_producer_id(&mut self) -> i64 {
        let id = self.next_producer_id;
        self.next_producer_id += 1;
        id
    }

    /// The next number of a fixed sequence, so that every run with the same seed is the same.
    pub(crate) fn random(&mut self) -> u64 {
        self.random.next()
    }

    fn random_id(&mut self) -> Uuid {
        loop {
            let bits = u128::from(self.random()) << 64 | u128::from(self.random());
            // A leading dash would read as an option in Kafka's own tools, and all zeros mean "no id".
            let id = Uuid(bits.to_be_bytes());
            if !id.is_zero() && !id.to_string().starts_with('-') {
                return id;
            }
        }
    }
}

/// More partitions than any test needs, and few enough for one request not to fill the memory.
const MAX_PARTITIONS: usize = 100_000;

#[cfg(test)]
mod tests;
