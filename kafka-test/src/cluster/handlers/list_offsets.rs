//! `ListOffsets`, versions 0 to 11.
//!
//! - 0: a list of offsets at which segments begin; here the log is one segment.
//! - 1: one offset, with the timestamp of its record.
//! - 2: read committed: "latest" is the last stable offset.
//! - 4: leader epochs (KIP-320). 5: a new leader that is not sure of the latest offset says so (KIP-207).
//! - 7: timestamp -3, the record with the largest timestamp (KIP-734).
//! - 8, 9, 11: timestamps -4, -5 and -6 of tiered storage: the log is local only.
//! - 10: a timeout, for tiered storage.

use std::collections::BTreeSet;

use kafka_proto::ErrorCode;
use kafka_proto::messages::ListOffsetsPartition;
use kafka_proto::messages::{ListOffsetsPartitionResponse, ListOffsetsTopicResponse};
use kafka_proto::messages::{ListOffsetsRequest, ListOffsetsResponse};

use super::{Call, Handle, Outcome};
use crate::cluster::state::State;
use crate::cluster::state::partition::Partition;

const LATEST: i64 = -1;
const EARLIEST: i64 = -2;
const MAX_TIMESTAMP: i64 = -3;
const EARLIEST_LOCAL: i64 = -4;
const LATEST_TIERED: i64 = -5;
const EARLIEST_PENDING_UPLOAD: i64 = -6;

impl Handle for ListOffsetsRequest {
    fn handle(self, state: &mut State, call: &Call) -> Outcome<ListOffsetsResponse> {
        let committed = self.isolation_level == 1;
        let mut response = ListOffsetsResponse::default();
        for mut topic in self.topics {
            let mut seen = BTreeSet::new();
            let indexes = topic.partitions.iter().map(|asked| asked.partition_index);
            let twice: BTreeSet<i32> = indexes.filter(|index| !seen.insert(*index)).collect();
            topic.partitions.retain(|asked| !twice.contains(&asked.partition_index));
            let twice = twice.into_iter().map(|partition_index| ListOffsetsPartitionResponse {
                partition_index,
                ..refused(ErrorCode::INVALID_REQUEST)
            });
            let answer = |asked: &ListOffsetsPartition| {
                let found = state
                    .partition(&topic.name, asked.partition_index)
                    .ok_or(ErrorCode::UNKNOWN_TOPIC_OR_PARTITION)
                    .and_then(|partition| look_up(partition, asked, committed, call));
                let mut told = found.unwrap_or_else(refused);
                told.partition_index = asked.partition_index;
                told
            };
            response.topics.push(ListOffsetsTopicResponse {
                partitions: twice.chain(topic.partitions.iter().map(answer)).collect(),
                name: topic.name,
                ..Default::default()
            });
        }
        Outcome::Answer(response)
    }

    fn refuse(self, _version: i16, code: ErrorCode) -> ListOffsetsResponse {
        let topics = self.topics.into_iter().map(|topic| {
            let refuse = |asked: &ListOffsetsPartition| ListOffsetsPartitionResponse {
                partition_index: asked.partition_index,
                ..refused(code)
            };
            ListOffsetsTopicResponse {
                partitions: topic.partitions.iter().map(refuse).collect(),
                name: topic.name,
                ..Default::default()
            }
        });
        ListOffsetsResponse { topics: topics.collect(), ..Default::default() }
    }
}

fn look_up(
    partition: &Partition,
    asked: &ListOffsetsPartition,
    committed: bool,
    call: &Call,
) -> Result<ListOffsetsPartitionResponse, ErrorCode> {
    partition.check_leader(call.node, asked.current_leader_epoch)?;
    let log = partition.log();
    let latest = if committed { log.last_stable_offset() } else { log.high_watermark() };
    if call.version == 0 {
        return Ok(segments(asked, log.start_offset(), log.high_watermark()));
    }
    let needs = match asked.timestamp {
        LATEST | EARLIEST | 0.. => 1,
        MAX_TIMESTAMP => 7,
        EARLIEST_LOCAL => 8,
        LATEST_TIERED => 9,
        EARLIEST_PENDING_UPLOAD => 11,
        _ => i16::MAX,
    };
    if call.version < needs {
        return Err(ErrorCode::UNSUPPORTED_VERSION);
    }
    // A new leader may not know yet how far its predecessor had got.
    let unavailable =
        if call.version >= 5 { ErrorCode::OFFSET_NOT_AVAILABLE } else { ErrorCode::LEADER_NOT_AVAILABLE };
    if partition.is_catching_up() && matches!(asked.timestamp, LATEST) {
        return Err(unavailable);
    }
    let at = |offset| (offset, -1);
    let found = match asked.timestamp {
        LATEST => Some(at(latest)),
        EARLIEST | EARLIEST_LOCAL => Some(at(log.start_offset())),
        MAX_TIMESTAMP => log.newest_timestamp(),
        timestamp if timestamp >= 0 => match log.first_at(timestamp) {
            Some((offset, _)) if offset >= latest && partition.is_catching_up() => return Err(unavailable),
            found => found.filter(|&(offset, _)| offset < latest),
        },
        _ => None,
    };
    let mut told = refused(ErrorCode::NONE);
    if let Some((offset, timestamp)) = found {
        told.offset = offset;
        told.timestamp = timestamp;
        told.leader_epoch = match asked.timestamp {
            _ if call.version < 4 => -1,
            LATEST => partition.leader_epoch,
            _ => log.epoch_at(offset).unwrap_or(partition.leader_epoch),
        };
    }
    Ok(told)
}

/// Version 0: where segments begin, newest first, and the end of the log as if one began there.
fn segments(asked: &ListOffsetsPartition, start: i64, end: i64) -> ListOffsetsPartitionResponse {
    let mut offsets = match asked.timestamp {
        EARLIEST => vec![start],
        _ if start == end => vec![end],
        _ => vec![end, start],
    };
    offsets.truncate(usize::try_from(asked.max_num_offsets).unwrap_or(0));
    ListOffsetsPartitionResponse { old_style_offsets: offsets, ..Default::default() }
}

fn refused(code: ErrorCode) -> ListOffsetsPartitionResponse {
    ListOffsetsPartitionResponse {
        error_code: code.0,
        timestamp: -1,
        offset: -1,
        leader_epoch: -1,
        ..Default::default()
    }
}
