//! What the cluster is and knows: nodes, topics, logs, groups. Pure: it is stepped by requests and the time they come
//! at, and knows no socket, clock or runtime. Time is milliseconds since 1970 and never goes back.
//!
//! - `partition`: replicas, who leads, who is in sync, what is committed; `log`, `producers`: what each replica has.
//! - `controller`: nodes that come and go, elections, timers. `sessions`: fetches. `quotas`: what clients may use.
//! - `groups`: what groups committed. Their members, transactions (beside `producers`), SASL sessions and ACLs get a file
//!   each and a field of [`State`]; what has to happen on time is put into its timers.

pub(crate) mod batch;
mod compact;
mod controller;
pub(crate) mod groups;
pub(crate) mod log;
pub(crate) mod partition;
pub(crate) mod producers;
pub(crate) mod quotas;
pub(crate) mod sessions;
pub(crate) mod topic;
pub(crate) mod waits;

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use bytes::Bytes;
use kafka_proto::ErrorCode;
use kafka_proto::records::Batches;
use kafka_proto::wire::{StrBytes, Uuid};

use self::groups::Groups;
use self::partition::{Partition, Replica};
use self::quotas::Quotas;
use self::sessions::Sessions;
use self::topic::Topic;
use self::waits::{Key, Waits};
use super::conf::{ClusterConf, Replication, TopicConf};
use super::random::Random;

/// A broker of the cluster.
#[derive(Clone, Debug)]
pub(crate) struct Node {
    pub(crate) host: StrBytes,
    pub(crate) port: u16,
    pub(crate) rack: Option<StrBytes>,
    /// Whether it runs.
    pub(crate) alive: bool,
    /// Whether the controller takes it for dead.
    pub(crate) fenced: bool,
    /// When the controller will.
    pub(crate) fence_at: Option<i64>,
    pub(crate) faults: NodeFaults,
}

/// What is wrong with a node that is alive; nothing by default.
#[derive(Clone, Debug, Default)]
pub(crate) struct NodeFaults {
    pub(crate) disk_failed: bool,
    /// How its replicas follow their leaders.
    pub(crate) replication: Replication,
    /// Whether it refuses new connections.
    pub(crate) refuses: bool,
    /// How long it takes before it handles a request.
    pub(crate) delay: Duration,
    pub(crate) bytes_per_second: Option<u64>,
    /// By how many milliseconds its clock is ahead.
    pub(crate) clock_skew: i64,
}

impl Node {
    pub(crate) fn new(host: StrBytes, port: u16, rack: Option<StrBytes>) -> Self {
        Self { host, port, rack, alive: true, fenced: false, fence_at: None, faults: NodeFaults::default() }
    }

    /// Whether its replicas can lead and follow.
    pub(crate) fn takes_part(&self) -> bool {
        self.alive && !self.fenced && !self.faults.disk_failed
    }
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
    pub(crate) quotas: Quotas,
    pub(crate) transactional: BTreeMap<StrBytes, TransactionalProducer>,
    next_producer_id: i64,
    random: Random,
    /// Milliseconds since 1970, as of the last step.
    pub(crate) now: i64,
    /// When something is to be done.
    timers: BTreeSet<i64>,
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
            quotas: Quotas::default(),
            transactional: BTreeMap::new(),
            next_producer_id: 1000,
            random: Random::new(conf.seed),
            now: 0,
            timers: BTreeSet::new(),
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
        let alive = |node: i32| nodes.get(&node).is_some_and(Node::takes_part);
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

    /// Appends bytes to a partition without the checks of a produce request. Returns the first offset.
    pub(crate) fn append_raw(&mut self, topic: &str, partition: i32, mut bytes: Bytes) -> Option<i64> {
        let id = self.topics.get(topic)?.id;
        let now = self.now;
        let written = self.partition_mut(topic, partition)?;
        let leader_epoch = written.leader_epoch;
        let Replica { log, producers, .. } = written.main_mut();
        let mut first = None;
        while !bytes.is_empty() {
            let frame = batch::split_frame(&mut bytes);
            let offset = match Batches::new(frame.clone()).next() {
                Some(Ok(batch)) => {
                    let base_offset = log.append(&batch, batch.base_offset(), leader_epoch, None);
                    producers.appended(&batch, base_offset, batch.max_timestamp(), now);
                    if let Some(marker) = batch::marker(&batch) {
                        log.end_transaction(batch.producer_id(), marker, base_offset);
                    }
                    base_offset
                }
                // No batch, or only a part of one: it takes the place of one offset.
                _ => log.append_opaque(frame, leader_epoch),
            };
            first.get_or_insert(offset);
        }
        self.changed(id, partition);
        first
    }

    /// The node that answers for the cluster: the lowest that is alive.
    pub(crate) fn controller(&self) -> i32 {
        self.nodes.iter().find(|(_, node)| !node.fenced).map_or(-1, |(&id, _)| id)
    }

    /// The node that coordinates a group or a transactional id, if any node is alive.
    pub(crate) fn coordinator(&self, key: &str) -> Option<i32> {
        let alive = |id: &i32| self.nodes.get(id).is_some_and(|node| !node.fenced);
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
