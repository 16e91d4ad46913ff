//! `DeleteRecords`, versions 0 to 2 (KIP-107). Offset -1 means the high watermark.

use kafka_proto::ErrorCode;
use kafka_proto::messages::{
    DeleteRecordsPartition, DeleteRecordsPartitionResult, DeleteRecordsRequest, DeleteRecordsResponse,
    DeleteRecordsTopicResult,
};

use super::{Call, Handle, Outcome};
use crate::cluster::state::State;

impl Handle for DeleteRecordsRequest {
    fn handle(self, state: &mut State, call: &Call) -> Outcome<DeleteRecordsResponse> {
        Outcome::Answer(answer(self, |topic, asked| delete(state, call, topic, asked)))
    }

    fn refuse(self, _version: i16, code: ErrorCode) -> DeleteRecordsResponse {
        answer(self, |_, _| Err(code))
    }
}

fn delete(
    state: &mut State,
    call: &Call,
    topic: &str,
    asked: &DeleteRecordsPartition,
) -> Result<i64, ErrorCode> {
    let id = state.topics.get(topic).map(|topic| topic.id);
    let partition =
        state.partition_mut(topic, asked.partition_index).ok_or(ErrorCode::UNKNOWN_TOPIC_OR_PARTITION)?;
    partition.check_leader(call.node, -1)?;
    let end = partition.log().high_watermark();
    let offset = if asked.offset == -1 { end } else { asked.offset };
    if offset < 0 || offset > end {
        return Err(ErrorCode::OFFSET_OUT_OF_RANGE);
    }
    partition.main_mut().log.advance_start(offset);
    let low_watermark = partition.log().start_offset();
    if let Some(id) = id {
        state.changed(id, asked.partition_index);
    }
    Ok(low_watermark)
}

fn answer(
    request: DeleteRecordsRequest,
    mut delete: impl FnMut(&str, &DeleteRecordsPartition) -> Result<i64, ErrorCode>,
) -> DeleteRecordsResponse {
    let mut response = DeleteRecordsResponse::default();
    for topic in request.topics {
        let each = |asked: &DeleteRecordsPartition| {
            let deleted = delete(&topic.name, asked);
            DeleteRecordsPartitionResult {
                partition_index: asked.partition_index,
                low_watermark: deleted.unwrap_or(-1),
                error_code: deleted.err().unwrap_or(ErrorCode::NONE).0,
                ..Default::default()
            }
        };
        response.topics.push(DeleteRecordsTopicResult {
            partitions: topic.partitions.iter().map(each).collect(),
            name: topic.name,
            ..Default::default()
        });
    }
    response
}
