//! `OffsetCommit`, versions 0 to 10.
//!
//! - 0: kept in ZooKeeper; here it is kept as the others are.
//! - 1: generation and member; 7: static members. A consumer that is in no group says -1 and "".
//! - 6: leader epochs (KIP-320).
//! - 10: topics have ids instead of names.

use kafka_proto::ErrorCode;
use kafka_proto::messages::OffsetCommitRequestPartition;
use kafka_proto::messages::{OffsetCommitRequest, OffsetCommitResponse};
use kafka_proto::messages::{OffsetCommitResponsePartition, OffsetCommitResponseTopic};
use kafka_proto::wire::StrBytes;

use super::{Call, Handle, Outcome};
use crate::cluster::state::State;
use crate::cluster::state::groups::Committed;

/// The largest metadata that a broker keeps with an offset (`offset.metadata.max.bytes`).
const MAX_METADATA_BYTES: usize = 4096;

impl Handle for OffsetCommitRequest {
    fn handle(self, state: &mut State, call: &Call) -> Outcome<OffsetCommitResponse> {
        if let Err(code) = check_group(state, call, &self) {
            return Outcome::Answer(self.refuse(call.version, code));
        }
        let mut response = OffsetCommitResponse::default();
        for topic in self.topics.into_iter().filter(|topic| !topic.partitions.is_empty()) {
            let found = if call.version >= 10 {
                state.topic_by_id(topic.topic_id).ok_or(ErrorCode::UNKNOWN_TOPIC_ID)
            } else {
                state.topics.get(&topic.name).ok_or(ErrorCode::UNKNOWN_TOPIC_OR_PARTITION)
            };
            let found = found.map(|topic| (topic.name.clone(), topic.partitions.len()));
            let mut answer = OffsetCommitResponseTopic {
                name: topic.name,
                topic_id: topic.topic_id,
                ..Default::default()
            };
            for partition in topic.partitions {
                let index = partition.partition_index;
                let stored = found
                    .clone()
                    .and_then(|(name, partitions)| store(state, &self.group_id, name, partitions, partition));
                answer.partitions.push(told(index, stored.err().unwrap_or(ErrorCode::NONE)));
            }
            response.topics.push(answer);
        }
        Outcome::Answer(response)
    }

    fn refuse(self, _version: i16, code: ErrorCode) -> OffsetCommitResponse {
        let topics = self.topics.into_iter().map(|topic| OffsetCommitResponseTopic {
            partitions: topic.partitions.iter().map(|asked| told(asked.partition_index, code)).collect(),
            name: topic.name,
            topic_id: topic.topic_id,
            ..Default::default()
        });
        OffsetCommitResponse { topics: topics.collect(), ..Default::default() }
    }
}

/// A group without members takes offsets from anybody who claims to be in no generation.
fn check_group(state: &State, call: &Call, request: &OffsetCommitRequest) -> Result<(), ErrorCode> {
    if state.coordinator(&request.group_id) != Some(call.node) {
        return Err(ErrorCode::NOT_COORDINATOR);
    }
    if request.generation_id_or_member_epoch < 0 {
        return Ok(());
    }
    // Nobody is a member, and of a group that there is not nobody can be.
    Err(match state.groups.get(&request.group_id) {
        Some(_) => ErrorCode::UNKNOWN_MEMBER_ID,
        None if call.version >= 9 => ErrorCode::GROUP_ID_NOT_FOUND,
        None => ErrorCode::ILLEGAL_GENERATION,
    })
}

fn store(
    state: &mut State,
    group: &StrBytes,
    topic: StrBytes,
    partitions: usize,
    asked: OffsetCommitRequestPartition,
) -> Result<(), ErrorCode> {
    let index = asked.partition_index;
    if usize::try_from(index).is_ok_and(|index| index < partitions) {
        let metadata = asked.committed_metadata.unwrap_or_default().detach();
        if metadata.len() > MAX_METADATA_BYTES {
            return Err(ErrorCode::OFFSET_METADATA_TOO_LARGE);
        }
        let committed = Committed {
            offset: asked.committed_offset,
            leader_epoch: asked.committed_leader_epoch,
            metadata,
        };
        state.groups.entry(group).offsets.entry(topic).or_default().insert(index, committed);
        return Ok(());
    }
    Err(ErrorCode::UNKNOWN_TOPIC_OR_PARTITION)
}

fn told(index: i32, code: ErrorCode) -> OffsetCommitResponsePartition {
    OffsetCommitResponsePartition { partition_index: index, error_code: code.0, ..Default::default() }
}
