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
    /// Ask this follower from here on: it is nearer (KIP-392).
    Nearer(i32),
    /// The log differs from what was read: its newest epoch not newer than ours, and where that ends (KIP-320).
    Diverged(i32, i64),
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
    if answer.diverging_epoch.end_offset >= 0 {
        return Meaning::Diverged(answer.diverging_epoch.epoch, answer.diverging_epoch.end_offset);
    }
    let records = answer.records.unwrap_or_default();
    if answer.preferred_read_replica >= 0 && records.is_empty() {
        return Meaning::Nearer(answer.preferred_read_replica);
    }
    let Scan { size, next, needed, corrupt, epochs } = scan(records.clone(), asked.offset);
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
    let end = match asked.isolation {
        Isolation::ReadCommitted if answer.last_stable_offset >= 0 => answer.last_stable_offset,
        _ => answer.high_watermark,
    };
    let chunk = Chunk {
        records: own(records.slice(..size), asked.frame),
        asked: asked.offset,
        next,
        high_watermark: answer.high_watermark,
        end,
        epochs,
        aborted,
    };
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
    /// Under which leader epochs they were written, and where each begins.
    epochs: Vec<(i32, i64)>,
}

fn scan(records: Bytes, asked: i64) -> Scan {
    let total = records.len();
    let mut batches = Batches::new(records);
    let mut scan = Scan { size: 0, next: asked, needed: None, corrupt: None, epochs: Vec::new() };
    while let Some(batch) = batches.next() {
        match batch {
            Ok(batch) => {
                let epoch = batch.partition_leader_epoch();
                if epoch >= 0 && scan.epochs.last().is_none_or(|(last, _)| *last < epoch) {
                    scan.epochs.push((epoch, scan.next));
                }
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

/// The error of a fetch. One that the broker did not foresee may be gone the next time, as Java's consumer takes it.
pub(super) fn refusal(code: ErrorCode) -> Error {
    let error = Error::from_code(code).in_api("Fetch");
    if code == ErrorCode::UNKNOWN_SERVER_ERROR { error.retriable(true) } else { error }
}

/// The error of a follower whose log is not the one that was read.
pub(super) fn follower_differs() -> Error {
    let what = "the follower's log differs from what was read: the leader is asked";
    Error::new(ErrorKind::Protocol, what).in_api("Fetch").retriable(true)
}

/// The error of a batch that did not come whole although there was room for it.
pub(super) fn cut_short(bytes: i32) -> Error {
    let what = format!("the node cuts a batch of {bytes} bytes short, although it was asked for that many");
    Error::new(ErrorKind::Protocol, what).in_api("Fetch").retriable(true)
}

fn refused(code: ErrorCode, answer: &FetchResponsePartitionData, offset: i64) -> Meaning {
    let error = refusal(code);
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
        | ErrorCode::KAFKA_STORAGE_ERROR
        | ErrorCode::OFFSET_NOT_AVAILABLE => {
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

#[cfg(test)]
mod tests {
    use super::*;
    use kafka_proto::records::{BatchBuilder, SealOptions};

    fn batch(offset: i64, count: usize) -> Vec<u8> {
        let mut builder = BatchBuilder::new(Vec::new());
        for _ in 0..count {
            builder.append(1_000, None, Some(b"value"), &[]).unwrap();
        }
        let mut options = SealOptions::new();
        options.base_offset = offset;
        builder.seal(&options)
    }

    fn asked(offset: i64) -> Asked {
        Asked { offset, isolation: Isolation::ReadUncommitted, frame: 100, limit: 1 << 20 }
    }

    fn answer(records: Vec<u8>) -> FetchResponsePartitionData {
        FetchResponsePartitionData {
            records: Some(Bytes::from(records)),
            high_watermark: 50,
            ..Default::default()
        }
    }

    fn refused_with(code: ErrorCode) -> FetchResponsePartitionData {
        FetchResponsePartitionData { error_code: code.0, ..Default::default() }
    }

    #[test]
    fn the_next_fetch_begins_after_the_last_whole_batch() {
        let cut = batch(13, 2);
        let records = [batch(10, 3), cut[..cut.len() - 1].to_vec()].concat();
        let Meaning::Arrived(chunk, None) = read(answer(records), asked(11)) else {
            panic!("whole batches arrived")
        };
        assert_eq!((chunk.asked, chunk.next, chunk.high_watermark), (11, 13, 50));
        assert_eq!(chunk.records.len(), batch(10, 3).len());
    }

    #[test]
    fn a_first_batch_that_is_cut_short_says_how_much_it_needs() {
        let whole = batch(10, 3);
        for length in [1, 11, 12, 60, whole.len() - 1] {
            let Meaning::Needs(bytes) = read(answer(whole[..length].to_vec()), asked(10)) else {
                panic!("at {length}")
            };
            assert!(bytes as usize == whole.len() || length < 12, "{bytes} at {length}");
        }
    }

    #[test]
    fn a_batch_beyond_what_an_answer_may_have_is_an_error_that_says_so() {
        let mut asked = asked(10);
        asked.limit = 64;
        let whole = batch(10, 3);
        let Meaning::Failed(error) = read(answer(whole[..20].to_vec()), asked) else {
            panic!("it cannot arrive")
        };
        assert!(error.to_string().contains("max_response_size"), "{error}");
    }

    #[test]
    fn batches_that_lead_nowhere_are_no_progress_without_end() {
        let Meaning::Failed(error) = read(answer(batch(3, 2)), asked(10)) else {
            panic!("nothing at or after 10")
        };
        assert_eq!((error.kind(), error.is_retriable()), (ErrorKind::Protocol, true));
    }

    #[test]
    fn an_empty_answer_is_one_too() {
        let Meaning::Arrived(chunk, None) = read(answer(Vec::new()), asked(10)) else { panic!("it is good") };
        assert_eq!((chunk.next, chunk.records.len()), (10, 0));
    }

    #[test]
    fn what_cannot_be_framed_comes_after_what_can() {
        let mut garbage = batch(13, 1);
        garbage[8..12].copy_from_slice(&3_i32.to_be_bytes());
        let records = [batch(10, 3), garbage].concat();
        let Meaning::Arrived(chunk, Some(error)) = read(answer(records), asked(10)) else {
            panic!("a part is good")
        };
        assert_eq!((chunk.next, error.kind()), (13, ErrorKind::CorruptBatch));
    }

    #[test]
    fn a_small_part_of_a_large_answer_does_not_keep_it() {
        let bytes = Bytes::from(vec![0; 1_000]);
        assert_eq!(own(bytes.slice(..200), 1_000).as_ptr(), bytes.as_ptr());
        assert_ne!(own(bytes.slice(..100), 1_000).as_ptr(), bytes.as_ptr());
    }

    #[test]
    fn a_node_that_does_not_lead_may_name_the_one_that_does() {
        let mut answer = refused_with(ErrorCode::NOT_LEADER_OR_FOLLOWER);
        assert!(matches!(read(answer.clone(), asked(0)), Meaning::Elsewhere(_, None)));
        answer.current_leader.leader_id = 3;
        answer.current_leader.leader_epoch = 9;
        assert!(matches!(read(answer, asked(0)), Meaning::Elsewhere(_, Some((3, 9)))));
    }

    #[test]
    fn an_offset_out_of_range_says_what_range_there_is() {
        let mut answer = refused_with(ErrorCode::OFFSET_OUT_OF_RANGE);
        answer.log_start_offset = 5;
        answer.high_watermark = 9;
        let Meaning::Failed(error) = read(answer, asked(100)) else { panic!("it is refused") };
        assert_eq!((error.kind(), error.is_retriable()), (ErrorKind::OffsetOutOfRange, false));
        assert!(
            error.to_string().contains("offset 100 is not in the log, which has 5 to before 9"),
            "{error}"
        );
    }
}
