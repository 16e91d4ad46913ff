//! From what arrived to what a reader gets: batches checked, decompressed, trimmed and filtered. Pure.
//!
//! This runs in the reader's own call, so that a fetch loop is never held up by one partition's decompression.

use std::mem;

use bytes::Bytes;
use kafka_proto::compression::{CompressionError, Decompressor};
use kafka_proto::records::{BatchError, BatchErrorKind, Batches, RecordBatch};

use super::aborted::AbortedFilter;
use super::chunk::Chunk;
use crate::api::{Error, ErrorKind, MessageBatch, Part, Result, TopicName};

/// Enough for one [`MessageBatch`]: what is compressed in the rest of an answer stays so until it is read.
const ENOUGH: usize = 16 << 20;

/// What was fetched, on its way to its reader.
#[derive(Debug)]
pub(super) struct Unpacker {
    batches: Batches,
    filter: AbortedFilter,
    high_watermark: i64,
    end: i64,
    /// Where a bad batch was met behind good ones.
    failed: Option<Error>,
}

impl Unpacker {
    pub(super) fn new(chunk: Chunk) -> Self {
        Self {
            batches: Batches::new(chunk.records),
            filter: AbortedFilter::new(chunk.aborted),
            high_watermark: chunk.high_watermark,
            end: chunk.next,
            failed: None,
        }
    }

    /// The next messages from `position` on; `None` when there is nothing more. What comes may be empty, and still
    /// moves the position. After an error nothing more comes.
    pub(super) fn next(
        &mut self,
        topic: &TopicName,
        partition: i32,
        position: i64,
        how: &mut Unpacking,
    ) -> Result<Option<MessageBatch>> {
        if let Some(error) = self.failed.take() {
            return Err(error);
        }
        let mut parts = Vec::new();
        let mut next = position;
        let mut size = 0;
        while size < ENOUGH {
            let Some(batch) = self.batches.next() else {
                if mem::replace(&mut self.end, -1) < 0 && parts.is_empty() {
                    return Ok(None);
                }
                break;
            };
            match batch.and_then(|batch| Ok((self.unpack(&batch, next, how)?, batch))) {
                Ok((part, batch)) => {
                    next = next.max(batch.next_offset());
                    if let Some(part) = part.filter(|part| part.len() > 0) {
                        size += part.size_in_bytes();
                        parts.push(part);
                    }
                }
                Err(error) => {
                    self.batches = Batches::new(Bytes::new());
                    self.end = -1;
                    let error = corrupt(&error, next).at(topic, partition);
                    if parts.is_empty() && next == position {
                        return Err(error);
                    }
                    self.failed = Some(error);
                    break;
                }
            }
        }
        Ok(Some(MessageBatch::fetched(topic.clone(), partition, next, self.high_watermark, parts)))
    }

    /// The records of a batch that are for the reader; `None` if none can be.
    fn unpack(
        &mut self,
        batch: &RecordBatch,
        position: i64,
        how: &mut Unpacking,
    ) -> Result<Option<Part>, BatchError> {
        if how.check_crcs {
            batch.verify_crc()?;
        }
        if batch.is_control() {
            self.filter.ended(batch.producer_id(), batch.last_offset());
            return Ok(None);
        }
        if batch.is_transactional() && self.filter.leaves_out(batch.producer_id(), batch.last_offset()) {
            return Ok(None);
        }
        if batch.next_offset() <= position {
            return Ok(None);
        }
        let records = batch.records(&mut how.decompressor, how.largest_batch)?;
        Ok(Some(Part::new(records, position, batch.partition_leader_epoch())))
    }
}

/// How a reader unpacks, and what it keeps between batches.
#[derive(Debug)]
pub(super) struct Unpacking {
    pub(super) check_crcs: bool,
    /// How many bytes a batch may decompress to.
    pub(super) largest_batch: usize,
    pub(super) decompressor: Decompressor,
}

/// The error of a batch that cannot be read, with where to go on without it: always beyond `position`.
pub(super) fn corrupt(error: &BatchError, position: i64) -> Error {
    let kind = match error.kind() {
        BatchErrorKind::Compression(CompressionError::CodecMissing { .. }) => ErrorKind::Unsupported,
        _ => ErrorKind::CorruptBatch,
    };
    let resume = error.next_offset().filter(|next| *next > position);
    let what = match resume {
        Some(next) => format!("a record batch cannot be read: seek to {next} to go on without it"),
        None => "a record batch cannot be read, nor can its end be found".to_owned(),
    };
    let problem = Error::new(kind, what).with_source(error.clone());
    match resume {
        Some(next) => problem.resuming_at(next),
        None => problem,
    }
}

#[cfg(test)]
mod tests {
    use super::super::aborted::Aborted;
    use super::*;
    use bytes::BytesMut;
    use kafka_proto::compression::{Compression, Compressor};
    use kafka_proto::records::{
        BatchBuilder, ControlRecord, ControlType, ProducerStamp, SealOptions, assign,
    };

    fn batch(offset: i64, values: &[&str], options: &SealOptions) -> Vec<u8> {
        let mut builder = BatchBuilder::new(Vec::new());
        for value in values {
            builder.append(1_000, None, Some(value.as_bytes()), &[]).unwrap();
        }
        let mut sealed = builder.seal(options);
        assign(&mut sealed, offset, 3).unwrap();
        sealed
    }

    fn plain(offset: i64, values: &[&str]) -> Vec<u8> {
        batch(offset, values, &SealOptions::new())
    }

    fn of_producer(producer_id: i64) -> SealOptions {
        let mut options = SealOptions::new();
        options.producer =
            Some(ProducerStamp { producer_id, producer_epoch: 0, base_sequence: 0, transactional: true });
        options
    }

    fn marker(offset: i64, producer_id: i64, kind: ControlType) -> Vec<u8> {
        let mut options = of_producer(producer_id);
        options.control = true;
        let control = ControlRecord::new(kind, 0);
        let mut builder = BatchBuilder::new(Vec::new());
        builder.append(1_000, Some(&control.key()), Some(&control.value()), &[]).unwrap();
        let mut sealed = builder.seal(&options);
        assign(&mut sealed, offset, 3).unwrap();
        sealed
    }

    fn unpacker(batches: &[Vec<u8>], asked: i64, next: i64, aborted: &[(i64, i64)]) -> Unpacker {
        let mut records = BytesMut::new();
        for batch in batches {
            records.extend_from_slice(batch);
        }
        let aborted = aborted.iter().map(|(producer_id, first_offset)| Aborted {
            producer_id: *producer_id,
            first_offset: *first_offset,
        });
        let records = records.freeze();
        Unpacker::new(Chunk {
            records,
            asked,
            next,
            high_watermark: 99,
            end: 99,
            epochs: Vec::new(),
            aborted: aborted.collect(),
        })
    }

    fn checking() -> Unpacking {
        Unpacking { check_crcs: true, largest_batch: 8 << 20, decompressor: Decompressor::new() }
    }

    fn topic() -> TopicName {
        TopicName::from("t")
    }

    /// All that comes of it from `position` on: offset and value; and the position after it.
    fn read_all(unpacker: &mut Unpacker, mut position: i64) -> Result<(Vec<(i64, String)>, i64)> {
        let mut all = Vec::new();
        while let Some(mut batch) = unpacker.next(&topic(), 0, position, &mut checking())? {
            while let Some(message) = batch.take().map(crate::api::Taken::into_message) {
                let value = String::from_utf8(message.value.unwrap_or_default().to_vec()).unwrap();
                all.push((message.offset, value));
            }
            position = batch.next_offset();
        }
        Ok((all, position))
    }

    fn values(list: &[(i64, &str)]) -> Vec<(i64, String)> {
        list.iter().map(|(offset, value)| (*offset, (*value).to_owned())).collect()
    }

    #[test]
    fn records_below_the_offset_asked_for_are_trimmed() {
        let mut unpacker = unpacker(&[plain(10, &["a", "b", "c"]), plain(13, &["d"])], 12, 14, &[]);
        let batch = unpacker.next(&topic(), 0, 12, &mut checking()).unwrap().unwrap();
        assert_eq!((batch.len(), batch.iter().count(), batch.messages().count()), (2, 2, 2));
        assert_eq!((batch.next_offset(), batch.high_watermark()), (14, 99));
        let first = batch.messages().next().unwrap();
        assert_eq!((first.offset, first.leader_epoch, first.high_watermark), (12, Some(3), 99));
        assert!(unpacker.next(&topic(), 0, 14, &mut checking()).unwrap().is_none());
    }

    #[test]
    fn control_records_are_no_messages_and_still_move_the_position() {
        let mut unpacker = unpacker(&[marker(5, 7, ControlType::Commit)], 5, 6, &[]);
        assert_eq!(read_all(&mut unpacker, 5).unwrap(), (vec![], 6));
    }

    #[test]
    fn aborted_transactions_are_left_out_and_the_others_are_not() {
        let batches = [
            batch(0, &["committed"], &of_producer(7)),
            marker(1, 7, ControlType::Commit),
            batch(2, &["aborted"], &of_producer(7)),
            batch(3, &["other"], &of_producer(8)),
            plain(4, &["plain"]),
            marker(5, 7, ControlType::Abort),
            batch(6, &["again"], &of_producer(7)),
        ];
        let (all, position) = read_all(&mut unpacker(&batches, 0, 7, &[(7, 2)]), 0).unwrap();
        assert_eq!(all, values(&[(0, "committed"), (3, "other"), (4, "plain"), (6, "again")]));
        assert_eq!(position, 7);
    }

    #[test]
    fn an_empty_batch_moves_the_position_past_the_offsets_it_stood_for() {
        let mut emptied = plain(3, &["x"]);
        emptied.truncate(61);
        emptied[8..12].copy_from_slice(&49_i32.to_be_bytes());
        emptied[23..27].copy_from_slice(&4_i32.to_be_bytes());
        emptied[57..61].copy_from_slice(&0_i32.to_be_bytes());
        let crc = kafka_proto::records::crc32c(&emptied[21..]);
        emptied[17..21].copy_from_slice(&crc.to_be_bytes());
        assert_eq!(read_all(&mut unpacker(&[emptied], 3, 8, &[]), 3).unwrap(), (vec![], 8));
    }

    #[test]
    fn good_batches_come_before_the_error_of_a_corrupt_one_which_says_where_to_go_on() {
        let mut bad = plain(2, &["c", "d"]);
        let last = bad.len() - 1;
        bad[last] ^= 1;
        let mut unpacker = unpacker(&[plain(0, &["a", "b"]), bad, plain(4, &["e"])], 0, 5, &[]);
        let good = unpacker.next(&topic(), 0, 0, &mut checking()).unwrap().unwrap();
        assert_eq!((good.len(), good.next_offset()), (2, 2));
        let error = unpacker.next(&topic(), 0, 2, &mut checking()).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::CorruptBatch);
        assert_eq!(error.resume_at(), Some(4));
        assert!(unpacker.next(&topic(), 0, 2, &mut checking()).unwrap().is_none());
    }

    #[test]
    fn without_checks_a_wrong_checksum_passes() {
        let mut bad = plain(0, &["a"]);
        bad[17] ^= 1;
        let mut how = Unpacking { check_crcs: false, ..checking() };
        let batch = unpacker(&[bad], 0, 1, &[]).next(&topic(), 0, 0, &mut how).unwrap().unwrap();
        assert_eq!(batch.len(), 1);
    }

    #[test]
    fn much_compressed_data_comes_in_several_pieces() {
        let large = "x".repeat(6 << 20);
        let mut compressor = Compressor::new(Compression::Lz4).unwrap();
        let batches: Vec<_> = (0..5)
            .map(|offset| {
                let mut builder = BatchBuilder::new(Vec::new());
                builder.append(1_000, None, Some(large.as_bytes()), &[]).unwrap();
                let mut sealed = Vec::new();
                builder.seal_compressed(&SealOptions::new(), &mut compressor, &mut sealed).unwrap();
                assign(&mut sealed, offset, 0).unwrap();
                sealed
            })
            .collect();
        let mut unpacker = unpacker(&batches, 0, 5, &[]);
        let first = unpacker.next(&topic(), 0, 0, &mut checking()).unwrap().unwrap();
        assert_eq!((first.len(), first.next_offset()), (3, 3));
        let second = unpacker.next(&topic(), 0, 3, &mut checking()).unwrap().unwrap();
        assert_eq!((second.len(), second.next_offset()), (2, 5));
        assert!(unpacker.next(&topic(), 0, 5, &mut checking()).unwrap().is_none());
    }
}
