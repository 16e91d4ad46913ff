//! What a partition's part of a fetch answer means. Pure.

use bytes::Bytes;
use kafka_proto::ErrorCode;
use kafka_proto::messages::FetchResponsePartitionData;
use kafka_proto::records::Batches;

use super::aborted::Aborted;
use super::chunk::Chunk;
use super::cursor::too_large;
use super::unpack::corrupt;
use crate::api::{Error, ErrorKind};
use crate::config::Isolation;

/// What the answer was asked for, and in what it came.
#[derive(Clone, Copy, Debug)]
pub(super) struct Asked {
    pub(super) offset: i64,
    pub(super) isolation: Isolation,
    /// How large the whole answer is.
    pub(super) frame: usize,
    /// How large an answer may be.
    pub(super) limit: usize,
}

/// What to do about a partition.
#[derive(Debug)]
pub(super) enum Meaning {
    /// Take this; after it, perhaps, comes a batch that cannot be read.
    Arrived(Chunk, Option<Error>),
    /// Ask for this many bytes: the first batch has them.
    Needs(i32),
    /// Ask elsewhere: this node does not lead the partition. Another may be named, with its epoch.
    Elsewhere(Error, Option<(i32, i32)>),
    /// The fetch failed here.
    Failed(Error),
}

/// Reads a partition's part of an answer.
pub(super) fn read(answer: FetchResponsePartitionData, asked: Asked) -> Meaning {
    let code = ErrorCode(answer.error_code);
    if !code.is_ok() {
        return refused(code, &answer, asked.offset);
    }
    let records = answer.records.unwrap_or_default();
    let Scan { size, next, needed, corrupt } = scan(records.clone(), asked.offset);
    if next == asked.offset {
        if let Some(error) = corrupt {
            return Meaning::Failed(error);
        }
        if let Some(needed) = needed {
            return match i32::try_from(needed) {
                // An answer has some bytes around the batch.
                Ok(bytes) if needed + 4096 <= asked.limit => Meaning::Needs(bytes),
                _ => Meaning::Failed(too_large(needed, asked.limit, asked.offset)),
            };
        }
        if size > 0 {
            let what = format!(
                "the node answered with batches that end before offset {}, which was asked for",
                asked.offset
            );
            return Meaning::Failed(Error::new(ErrorKind::Protocol, what).retriable(true));
        }
    }
    let aborted = match asked.isolation {
        Isolation::ReadUncommitted => Vec::new(),
        Isolation::ReadCommitted => answer
            .aborted_transactions
            .unwrap_or_default()
            .iter()
            .map(|aborted| Aborted { producer_id: aborted.producer_id, first_offset: aborted.first_offset })
            .collect(),
    };
    let records = own(records.slice(..size), asked.frame);
    let chunk = Chunk { records, asked: asked.offset, next, high_watermark: answer.high_watermark, aborted };
    Meaning::Arrived(chunk, corrupt)
}

/// What the frames of the batches say.
struct Scan {
    /// How many bytes whole, readable batches take.
    size: usize,
    /// The offset after them.
    next: i64,
    /// How many bytes the next batch takes, if it was cut short.
    needed: Option<usize>,
    corrupt: Option<Error>,
}

fn scan(records: Bytes, asked: i64) -> Scan {
    let total = records.len();
    let mut batches = Batches::new(records);
    let mut scan = Scan { size: 0, next: asked, needed: None, corrupt: None };
    while let Some(batch) = batches.next() {
        match batch {
            Ok(batch) => {
                scan.next = scan.next.max(batch.next_offset());
                scan.size = total - batches.remaining();
            }
            Err(error) => {
                scan.corrupt = Some(corrupt(&error, scan.next));
                return scan;
            }
        }
    }
    scan.needed = batches.needed();
    scan
}

/// A small part of a large answer is copied, so that a partition that is read slowly does not keep what belonged to
/// many others: what waits holds at most eight times the bytes it counts for.
fn own(records: Bytes, frame: usize) -> Bytes {
    if records.len() * 8 >= frame { records } else { Bytes::copy_from_slice(&records) }
}

fn refused(code: ErrorCode, answer: &FetchResponsePartitionData, offset: i64) -> Meaning {
    let error = Error::from_code(code).in_api("Fetch");
    match code {
        ErrorCode::NOT_LEADER_OR_FOLLOWER
        | ErrorCode::FENCED_LEADER_EPOCH
        | ErrorCode::UNKNOWN_LEADER_EPOCH
        | ErrorCode::LEADER_NOT_AVAILABLE
        | ErrorCode::REPLICA_NOT_AVAILABLE
        | ErrorCode::LISTENER_NOT_FOUND
        | ErrorCode::UNKNOWN_TOPIC_OR_PARTITION
        | ErrorCode::UNKNOWN_TOPIC_ID
        | ErrorCode::INCONSISTENT_TOPIC_ID
        | ErrorCode::KAFKA_STORAGE_ERROR => {
            let leader = &answer.current_leader;
            let hint = (leader.leader_id >= 0).then_some((leader.leader_id, leader.leader_epoch));
            Meaning::Elsewhere(error.retriable(true), hint)
        }
        ErrorCode::OFFSET_OUT_OF_RANGE => {
            let range = match (answer.log_start_offset, answer.high_watermark) {
                (start @ 0.., end @ 0..) => format!(", which has {start} to before {end}"),
                (start @ 0.., _) => format!(", which begins at {start}"),
                _ => String::new(),
            };
            Meaning::Failed(error.explained(format!(
                "offset {offset} is not in the log{range}: seek to where reading should go on"
            )))
        }
        _ => Meaning::Failed(error),
    }
}
