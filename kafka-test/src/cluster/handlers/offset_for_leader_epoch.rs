//! `OffsetForLeaderEpoch`, versions 0 to 4: where a leader epoch ended, so that a client notices truncation (KIP-320).
//!
//! - 1: the answer has the epoch that was found. 2: the client says in which epoch it believes the leader to be.
//! - 3: followers say who they are.

use kafka_proto::ErrorCode;
use kafka_proto::messages::{
    OffsetForLeaderEpochRequest, OffsetForLeaderEpochResponse, OffsetForLeaderEpochResponseEpochEndOffset,
    OffsetForLeaderPartition, OffsetForLeaderTopicResult,
};

use super::{Call, Handle, Outcome};
use crate::cluster::state::State;

impl Handle for OffsetForLeaderEpochRequest {
    fn handle(self, state: &mut State, call: &Call) -> Outcome<OffsetForLeaderEpochResponse> {
        Outcome::Answer(answer(self, |topic, asked| {
            let partition =
                state.partition(topic, asked.partition).ok_or(ErrorCode::UNKNOWN_TOPIC_OR_PARTITION)?;
            partition.check_leader(call.node, asked.current_leader_epoch)?;
            Ok(partition.log().epoch_end(asked.leader_epoch, partition.leader_epoch).unwrap_or((-1, -1)))
        }))
    }

    fn refuse(self, _version: i16, code: ErrorCode) -> OffsetForLeaderEpochResponse {
        answer(self, |_, _| Err(code))
    }
}

fn answer(
    request: OffsetForLeaderEpochRequest,
    find: impl Fn(&str, &OffsetForLeaderPartition) -> Result<(i32, i64), ErrorCode>,
) -> OffsetForLeaderEpochResponse {
    let mut response = OffsetForLeaderEpochResponse::default();
    for topic in request.topics {
        let each = |asked: &OffsetForLeaderPartition| {
            let found = find(&topic.topic, asked);
            let (leader_epoch, end_offset) = found.unwrap_or((-1, -1));
            OffsetForLeaderEpochResponseEpochEndOffset {
                error_code: found.err().unwrap_or(ErrorCode::NONE).0,
                partition: asked.partition,
                leader_epoch,
                end_offset,
                ..Default::default()
            }
        };
        response.topics.push(OffsetForLeaderTopicResult {
            partitions: topic.partitions.iter().map(each).collect(),
            topic: topic.topic,
            ..Default::default()
        });
    }
    response
}
