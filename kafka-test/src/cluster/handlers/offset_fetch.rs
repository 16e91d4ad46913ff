//! `OffsetFetch`, versions 0 to 10.
//!
//! - 0: kept in ZooKeeper, where an unknown partition is an error; later it is simply without an offset.
//! - 2: null asks for all topics; an error for the whole answer.
//! - 5: leader epochs. 7: whether offsets of open transactions are waited for.
//! - 8: several groups at once (KIP-709).
//! - 9: member and member epoch of the new group protocol.
//! - 10: topics have ids instead of names.

use kafka_proto::ErrorCode;
use kafka_proto::messages::{OffsetFetchRequest, OffsetFetchRequestTopic, OffsetFetchResponse};
use kafka_proto::messages::{
    OffsetFetchResponseGroup, OffsetFetchResponsePartition, OffsetFetchResponsePartitions,
    OffsetFetchResponseTopic, OffsetFetchResponseTopics,
};
use kafka_proto::wire::{StrBytes, Uuid};

use super::{Call, Handle, Outcome};
use crate::cluster::state::State;
use crate::cluster::state::groups::Committed;

/// What one group asks: topics with partitions, or everything.
struct Asked {
    group: StrBytes,
    topics: Option<Vec<(StrBytes, Uuid, Vec<i32>)>>,
}

impl Handle for OffsetFetchRequest {
    fn handle(self, state: &mut State, call: &Call) -> Outcome<OffsetFetchResponse> {
        let groups = asked(self, call.version).into_iter().map(|asked| look_up(state, call, asked)).collect();
        Outcome::Answer(in_version(groups, call.version))
    }

    fn refuse(self, version: i16, code: ErrorCode) -> OffsetFetchResponse {
        let groups = asked(self, version).into_iter().map(|asked| refused(asked, code)).collect();
        in_version(groups, version)
    }
}

fn asked(request: OffsetFetchRequest, version: i16) -> Vec<Asked> {
    if version < 8 {
        let topic = |topic: OffsetFetchRequestTopic| (topic.name, Uuid::ZERO, topic.partition_indexes);
        let topics = request.topics.map(|topics| topics.into_iter().map(topic).collect());
        return vec![Asked { group: request.group_id, topics }];
    }
    let groups = request.groups.into_iter().map(|group| {
        let topics = group.topics.map(|topics| {
            topics.into_iter().map(|topic| (topic.name, topic.topic_id, topic.partition_indexes)).collect()
        });
        Asked { group: group.group_id, topics }
    });
    groups.collect()
}

fn look_up(state: &State, call: &Call, asked: Asked) -> OffsetFetchResponseGroup {
    if state.coordinator(&asked.group) != Some(call.node) {
        return refused(asked, ErrorCode::NOT_COORDINATOR);
    }
    let nothing = std::collections::BTreeMap::new();
    let known = state.groups.get(&asked.group).map_or(&nothing, |group| &group.offsets);
    let topics = asked.topics.unwrap_or_else(|| {
        let all = known.iter().map(|(name, partitions)| {
            let id = state.topics.get(name).map_or(Uuid::ZERO, |topic| topic.id);
            (name.clone(), id, partitions.keys().copied().collect())
        });
        all.collect()
    });
    let mut answer = OffsetFetchResponseGroup { group_id: asked.group, ..Default::default() };
    for (name, id, partitions) in topics {
        let resolved = if call.version >= 10 { state.name_of(id) } else { Some(&name) };
        let committed = resolved.and_then(|name| known.get(name));
        let each = |index: i32| match committed.and_then(|partitions| partitions.get(&index)) {
            Some(Committed { offset, leader_epoch, metadata }) => OffsetFetchResponsePartitions {
                partition_index: index,
                committed_offset: *offset,
                committed_leader_epoch: *leader_epoch,
                metadata: Some(metadata.clone()),
                ..Default::default()
            },
            None if resolved.is_none() => nothing_at(index, ErrorCode::UNKNOWN_TOPIC_ID),
            None if call.version == 0 && state.partition(&name, index).is_none() => {
                nothing_at(index, ErrorCode::UNKNOWN_TOPIC_OR_PARTITION)
            }
            None => nothing_at(index, ErrorCode::NONE),
        };
        answer.topics.push(OffsetFetchResponseTopics {
            topic_id: id,
            partitions: partitions.into_iter().map(each).collect(),
            name,
            ..Default::default()
        });
    }
    answer
}

fn refused(asked: Asked, code: ErrorCode) -> OffsetFetchResponseGroup {
    let topics = asked.topics.unwrap_or_default().into_iter().map(|(name, id, partitions)| {
        OffsetFetchResponseTopics {
            name,
            topic_id: id,
            partitions: partitions.into_iter().map(|index| nothing_at(index, code)).collect(),
            ..Default::default()
        }
    });
    OffsetFetchResponseGroup {
        group_id: asked.group,
        topics: topics.collect(),
        error_code: code.0,
        ..Default::default()
    }
}

fn nothing_at(index: i32, code: ErrorCode) -> OffsetFetchResponsePartitions {
    OffsetFetchResponsePartitions {
        partition_index: index,
        committed_offset: -1,
        committed_leader_epoch: -1,
        metadata: Some(StrBytes::default()),
        error_code: code.0,
        ..Default::default()
    }
}

/// A list of groups from version 8 on, before that one group in the answer itself.
fn in_version(mut groups: Vec<OffsetFetchResponseGroup>, version: i16) -> OffsetFetchResponse {
    if version >= 8 {
        for group in groups.iter_mut().filter(|group| group.error_code != 0) {
            group.topics.clear();
        }
        return OffsetFetchResponse { groups, ..Default::default() };
    }
    let mut response = OffsetFetchResponse::default();
    let Some(group) = groups.pop() else { return response };
    response.error_code = group.error_code;
    for topic in group.topics {
        // From version 2 on the error stands once, for the whole answer.
        let kept = if version >= 2 && group.error_code != 0 { Vec::new() } else { topic.partitions };
        let partition = |told: OffsetFetchResponsePartitions| OffsetFetchResponsePartition {
            partition_index: told.partition_index,
            committed_offset: told.committed_offset,
            committed_leader_epoch: told.committed_leader_epoch,
            metadata: told.metadata,
            error_code: told.error_code,
            ..Default::default()
        };
        if group.error_code == 0 || version < 2 {
            response.topics.push(OffsetFetchResponseTopic {
                name: topic.name,
                partitions: kept.into_iter().map(partition).collect(),
                ..Default::default()
            });
        }
    }
    response
}
