//! `Metadata`, versions 0 to 13.
//!
//! - 0: an empty list of topics means all of them; from 1 on null does, and empty means none.
//! - 1: controller, racks, internal topics. 2: the cluster's id. 5: offline replicas. 7: leader epochs.
//! - 4: the client says whether topics may be created.
//! - 8: what the client is allowed to do; the cluster's part of it is gone again from 11 on.
//! - 10: topics have ids (KIP-516); 12: and can be asked for by them.
//! - 13: an error for the whole answer.

use std::collections::{BTreeMap, BTreeSet};

use kafka_proto::ErrorCode;
use kafka_proto::messages::{MetadataRequest, MetadataRequestTopic, MetadataResponse};
use kafka_proto::messages::{MetadataResponseBroker, MetadataResponsePartition, MetadataResponseTopic};
use kafka_proto::wire::{StrBytes, Uuid};

use super::{Call, Handle, Outcome};
use crate::cluster::state::State;
use crate::cluster::state::partition::Partition;
use crate::cluster::state::topic::Topic;

/// A bit for each ACL operation that there is for a topic: read 3, write 4, create 5, delete 6, alter 7, describe 8,
/// describe configs 10, alter configs 11.
pub(super) const TOPIC_OPERATIONS: i32 = 0b1101_1111_1000;
/// For a cluster: create 5, alter 7, describe 8, cluster action 9, describe configs 10, alter configs 11, idempotent
/// write 12.
pub(super) const CLUSTER_OPERATIONS: i32 = 0b1_1111_1010_0000;

impl Handle for MetadataRequest {
    fn handle(self, state: &mut State, call: &Call) -> Outcome<MetadataResponse> {
        if let Err(code) = check(&self, call.version) {
            return Outcome::Answer(self.refuse(call.version, code));
        }
        let mut response = MetadataResponse {
            cluster_id: Some(state.cluster_id.clone()),
            controller_id: state.controller(),
            ..Default::default()
        };
        let alive = state.nodes.iter().filter(|(_, node)| !node.fenced);
        response.brokers = alive
            .map(|(&id, node)| MetadataResponseBroker {
                node_id: id,
                host: node.host.clone(),
                port: i32::from(node.port),
                rack: node.rack.clone(),
                ..Default::default()
            })
            .collect();
        let asked = self.topics.filter(|asked| call.version > 0 || !asked.is_empty());
        let create = state.conf.auto_create_topics && self.allow_auto_topic_creation;
        response.topics = match asked {
            None => state.topics.values().map(|topic| describe(state, topic)).collect(),
            Some(asked) => {
                let by_ids = asked.iter().any(|asked| !asked.topic_id.is_zero());
                let mut seen = BTreeSet::new();
                let mut described = Vec::with_capacity(asked.len());
                for MetadataRequestTopic { name, topic_id, .. } in asked {
                    // As soon as one topic has an id, names do not count.
                    let name = name.filter(|_| !by_ids);
                    if topic_id.is_zero() == by_ids || !seen.insert((name.clone(), topic_id)) {
                        continue;
                    }
                    described.push(match name {
                        Some(name) => by_name(state, &name, create),
                        None => by_id(state, topic_id),
                    });
                }
                described
            }
        };
        if self.include_topic_authorized_operations {
            for topic in &mut response.topics {
                topic.topic_authorized_operations = TOPIC_OPERATIONS;
            }
        }
        if self.include_cluster_authorized_operations {
            response.cluster_authorized_operations = CLUSTER_OPERATIONS;
        }
        Outcome::Answer(response)
    }

    fn refuse(self, version: i16, code: ErrorCode) -> MetadataResponse {
        let asked = self.topics.unwrap_or_default();
        let refused = asked
            .into_iter()
            .map(|topic| unknown(Some(topic.name.unwrap_or_default()), topic.topic_id, code));
        let refused = refused.collect();
        let mut response = MetadataResponse { topics: refused, controller_id: -1, ..Default::default() };
        if version >= 13 {
            response.error_code = code.0;
        }
        response
    }
}

/// Ids are for version 12 on, although 10 and 11 have the field.
fn check(request: &MetadataRequest, version: i16) -> Result<(), ErrorCode> {
    for topic in request.topics.iter().flatten() {
        match (&topic.name, topic.topic_id.is_zero()) {
            (None, _) | (_, false) if version < 12 => return Err(ErrorCode::INVALID_REQUEST),
            (None, true) => return Err(ErrorCode::UNKNOWN_SERVER_ERROR),
            _ => {}
        }
    }
    Ok(())
}

fn by_name(state: &mut State, name: &StrBytes, create: bool) -> MetadataResponseTopic {
    if let Some(topic) = state.topics.get(name) {
        return describe(state, topic);
    }
    let mut code = ErrorCode::UNKNOWN_TOPIC_OR_PARTITION;
    if create || !crate::cluster::state::topic::is_valid_name(name) {
        let (partitions, factor) = (state.conf.default_partitions, state.default_replication());
        let before_kraft = state.conf.release().admin_at_controller();
        // It exists now, but this answer does not say so yet: the client asks again, as on a real cluster.
        code = match state.create_topic(name, partitions, factor, BTreeMap::new()) {
            Ok(_) if before_kraft => ErrorCode::LEADER_NOT_AVAILABLE,
            Ok(_) => ErrorCode::UNKNOWN_TOPIC_OR_PARTITION,
            Err(code) => code,
        };
    }
    unknown(Some(name.clone()), Uuid::ZERO, code)
}

fn by_id(state: &State, id: Uuid) -> MetadataResponseTopic {
    match state.topic_by_id(id) {
        Some(topic) => describe(state, topic),
        None => unknown(None, id, ErrorCode::UNKNOWN_TOPIC_ID),
    }
}

/// Whether the cluster keeps the topic for itself.
pub(super) fn is_internal(name: &str) -> bool {
    name.starts_with("__consumer_offsets") || name == "__transaction_state"
}

fn describe(state: &State, topic: &Topic) -> MetadataResponseTopic {
    let partitions = topic.partitions.iter().enumerate();
    MetadataResponseTopic {
        name: Some(topic.name.clone()),
        topic_id: topic.id,
        is_internal: is_internal(&topic.name),
        partitions: partitions
            .map(|(index, partition)| partition_of(state, index as i32, partition))
            .collect(),
        ..Default::default()
    }
}

pub(super) fn partition_of(state: &State, index: i32, partition: &Partition) -> MetadataResponsePartition {
    let alive = |id: &i32| state.nodes.get(id).is_some_and(|node| !node.fenced && !node.faults.disk_failed);
    let code = if partition.leader.is_some() { ErrorCode::NONE } else { ErrorCode::LEADER_NOT_AVAILABLE };
    MetadataResponsePartition {
        error_code: code.0,
        partition_index: index,
        leader_id: partition.leader.unwrap_or(-1),
        leader_epoch: partition.leader_epoch,
        replica_nodes: partition.replicas.clone(),
        isr_nodes: partition.in_sync.clone(),
        offline_replicas: partition.replicas.iter().copied().filter(|id| !alive(id)).collect(),
        ..Default::default()
    }
}

fn unknown(name: Option<StrBytes>, id: Uuid, code: ErrorCode) -> MetadataResponseTopic {
    MetadataResponseTopic { name, topic_id: id, error_code: code.0, ..Default::default() }
}
