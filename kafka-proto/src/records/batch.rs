//! The batches of a response, and what their headers say.

use std::fmt;
use std::iter::FusedIterator;

use bytes::Bytes;

use super::error::{BatchError, BatchErrorKind};
use super::header::{self, Fields, HEADER_SIZE, Head, LOG_OVERHEAD, MAGIC_AT};
use super::legacy;
use super::read::{Layout, Malformed, Records};
use crate::compression::{Compression, Decompressor};

/// The batches in the records of a partition in a Fetch response, as slices of it.
///
/// A broker may cut the last batch short: it ends the iteration, and [`needed`](Batches::needed) tells how large it
/// is. A consumer that got no whole batch fetches again with at least that size.
///
/// After a batch that is corrupt the iteration goes on with the next one, unless it cannot be found.
#[derive(Clone, Debug)]
pub struct Batches {
    rest: Bytes,
    needed: Option<usize>,
}

impl Batches {
    /// Of the `records` of a response.
    pub fn new(records: Bytes) -> Self {
        Self { rest: records, needed: None }
    }

    /// Bytes that have not been handed out: of the batches to come or, after the last one, of one that is cut short.
    pub fn remaining(&self) -> usize {
        self.rest.len()
    }

    /// After the last batch: how many bytes the one that was cut short takes, or needs at least if not even its size
    /// has arrived. `None`: nothing was cut short.
    pub fn needed(&self) -> Option<usize> {
        self.needed
    }

    /// Takes the next frame off, `None` if it is not there in full.
    fn next_frame(&mut self) -> Option<Result<Bytes, BatchError>> {
        if self.rest.is_empty() {
            return None;
        }
        if self.rest.len() < LOG_OVERHEAD {
            self.needed = Some(HEADER_SIZE);
            return None;
        }
        let mut fields = Fields(&self.rest);
        let (base_offset, size) = (fields.i64(), fields.i32());
        if size < legacy::MIN_SIZE {
            self.rest = Bytes::new();
            return Some(Err(BatchError::new(base_offset, None, BatchErrorKind::Size { size })));
        }
        let length = LOG_OVERHEAD + size as usize;
        if length > self.rest.len() {
            self.needed = Some(length);
            return None;
        }
        Some(Ok(self.rest.split_to(length)))
    }

    /// The base offset of the batch that comes next, as far as it is there and can be believed.
    fn offset_following(&self, frame: &[u8]) -> Option<i64> {
        let following = self.rest.first_chunk::<{ MAGIC_AT + 1 }>()?;
        let offset = Fields(following).i64();
        (matches!(following[MAGIC_AT], 0..=2) && offset > Fields(frame).i64()).then_some(offset)
    }
}

impl Iterator for Batches {
    type Item = Result<RecordBatch, BatchError>;

    fn next(&mut self) -> Option<Self::Item> {
        let frame = match self.next_frame()? {
            Ok(frame) => frame,
            Err(error) => return Some(Err(error)),
        };
        let following = self.offset_following(&frame);
        let magic = frame[MAGIC_AT];
        let head = match magic {
            2 => Head::read_v2(&frame),
            0 | 1 => legacy::read_head(&frame, magic),
            _ => {
                let kind = BatchErrorKind::Magic { magic: magic as i8 };
                return Some(Err(BatchError::new(Fields(&frame).i64(), following, kind)));
            }
        };
        Some(match head {
            Ok(head) => Ok(RecordBatch { frame, head, following }),
            Err(reason) => Err(header_error(&frame, reason, following)),
        })
    }
}

impl FusedIterator for Batches {}

/// A header that makes no sense is most likely damaged, which the checksum then says.
fn header_error(frame: &[u8], reason: &'static str, following: Option<i64>) -> BatchError {
    let kind = match (header::stored_checksum(frame), header::checksum(frame)) {
        (Some(stored), computed) if frame[MAGIC_AT] == 2 && stored != computed => {
            BatchErrorKind::Crc { stored, computed }
        }
        _ => BatchErrorKind::Header { reason },
    };
    BatchError::new(Fields(frame).i64(), following, kind)
}

/// Which time the timestamps of a batch tell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum TimestampType {
    /// None: magic 0 has no timestamps.
    None,
    /// The producer's.
    Create,
    /// That of the broker when it wrote the batch (`message.timestamp.type=LogAppendTime`).
    Append,
}

/// One batch: its header, and its records not yet looked at.
///
/// Batches of magic 0 and 1 have what their format knows; producer, epochs and sequences are −1 there. Each of their
/// messages is a batch, and so is each compressed message with those it wraps.
#[derive(Clone)]
pub struct RecordBatch {
    frame: Bytes,
    head: Head,
    following: Option<i64>,
}

impl RecordBatch {
    /// The offset of the first record that was written into the batch. Of a compressed batch of magic 0 or 1 only the
    /// records tell it; here it is the last offset.
    pub fn base_offset(&self) -> i64 {
        self.head.base_offset
    }

    /// The offset of the last record that was written into the batch, even if compaction has removed that record.
    pub fn last_offset(&self) -> i64 {
        self.head.last_offset
    }

    /// The first offset after the batch: where to read on.
    pub fn next_offset(&self) -> i64 {
        self.head.last_offset.saturating_add(1)
    }

    /// The epoch of the leader that wrote the batch, or −1.
    pub fn partition_leader_epoch(&self) -> i32 {
        self.head.partition_leader_epoch
    }

    /// The format: 0, 1 or 2.
    pub fn magic(&self) -> u8 {
        self.head.magic
    }

    /// How the records are compressed. Fails for a codec that Kafka does not define.
    pub fn compression(&self) -> Result<Compression, BatchError> {
        Compression::try_from(self.head.compression_id())
            .map_err(|error| self.error(BatchErrorKind::Compression(error)))
    }

    /// Which time the timestamps tell.
    pub fn timestamp_type(&self) -> TimestampType {
        self.head.timestamp_type()
    }

    /// The timestamp that those of the records count from, in milliseconds since 1970: that of the first record, or the
    /// [delete horizon](RecordBatch::delete_horizon).
    pub fn base_timestamp(&self) -> i64 {
        self.head.base_timestamp
    }

    /// The latest timestamp in the batch, in milliseconds since 1970, or −1.
    pub fn max_timestamp(&self) -> i64 {
        self.head.max_timestamp
    }

    /// When compaction may remove the batch's tombstones or marker, in milliseconds since 1970, if it has been set
    /// (KIP-534).
    pub fn delete_horizon(&self) -> Option<i64> {
        self.head.has_delete_horizon().then_some(self.head.base_timestamp)
    }

    /// The id of the producer, or −1.
    pub fn producer_id(&self) -> i64 {
        self.head.producer_id
    }

    /// The epoch of the producer, or −1.
    pub fn producer_epoch(&self) -> i16 {
        self.head.producer_epoch
    }

    /// The producer's number of the first record, or −1.
    pub fn base_sequence(&self) -> i32 {
        self.head.base_sequence
    }

    /// The producer's number of the last record, or −1. Numbers go on from 0 after `i32::MAX`.
    pub fn last_sequence(&self) -> i32 {
        if self.head.base_sequence < 0 {
            return -1;
        }
        let last = i64::from(self.head.base_sequence) + (self.head.last_offset - self.head.base_offset);
        (last % (1 << 31)) as i32
    }

    /// Whether the batch belongs to a transaction.
    pub fn is_transactional(&self) -> bool {
        self.head.is_transactional()
    }

    /// Whether the batch holds a [control record](super::ControlRecord), which is not for users.
    pub fn is_control(&self) -> bool {
        self.head.is_control()
    }

    /// How many records the header declares. `None`: only the records tell (compressed, magic 0 or 1).
    pub fn record_count(&self) -> Option<usize> {
        usize::try_from(self.head.count).ok()
    }

    /// The size of the whole batch on the wire.
    pub fn size_in_bytes(&self) -> usize {
        self.frame.len()
    }

    /// The whole batch, as it came.
    pub fn as_bytes(&self) -> &Bytes {
        &self.frame
    }

    /// Compares the checksum with the bytes.
    pub fn verify_crc(&self) -> Result<(), BatchError> {
        let computed = match self.head.magic {
            2 => header::checksum(&self.frame),
            _ => legacy::checksum(&self.frame),
        };
        let stored = self.head.crc;
        if stored == computed { Ok(()) } else { Err(self.error(BatchErrorKind::Crc { stored, computed })) }
    }

    /// Decompresses the records into at most `limit` bytes, and checks that each one is well formed.
    ///
    /// Not compressed, they are a slice of the response and `limit` does not apply. The checksum is not looked at:
    /// see [`verify_crc`](RecordBatch::verify_crc).
    pub fn records(&self, decompressor: &mut Decompressor, limit: usize) -> Result<Records, BatchError> {
        let records = match self.head.magic {
            2 => self.records_v2(decompressor, limit),
            _ => legacy::records(&self.frame, &self.head, decompressor, limit),
        };
        records.map_err(|kind| self.error(kind))
    }

    fn records_v2(&self, decompressor: &mut Decompressor, limit: usize) -> Result<Records, BatchErrorKind> {
        let head = &self.head;
        let compression =
            Compression::try_from(head.compression_id()).map_err(BatchErrorKind::Compression)?;
        let mut data = self.frame.slice(HEADER_SIZE..);
        // Nothing is compressed where there is no record: brokers keep the codec when compaction empties a batch.
        if compression != Compression::None && !(head.count == 0 && data.is_empty()) {
            data = decompressor.unpack(compression, &data, limit).map_err(BatchErrorKind::Compression)?;
        }
        let layout = Layout::Records {
            base_offset: head.base_offset,
            last_offset_delta: (head.last_offset - head.base_offset) as i32,
            base_timestamp: head.base_timestamp,
            append_time: (head.timestamp_type() == TimestampType::Append).then_some(head.max_timestamp),
        };
        Records::check(data, head.count as usize, layout)
            .map_err(|Malformed { index, at, reason }| BatchErrorKind::Record { index, at, reason })
    }

    /// The offset to go on from is the header's, unless the batch that follows shows that it cannot be right.
    fn error(&self, kind: BatchErrorKind) -> BatchError {
        let next = self.following.map_or(self.next_offset(), |following| following.min(self.next_offset()));
        BatchError::new(self.head.base_offset, Some(next), kind)
    }
}

impl fmt::Debug for RecordBatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { frame, head, .. } = self;
        f.debug_struct("RecordBatch").field("bytes", &frame.len()).field("head", head).finish_non_exhaustive()
    }
}
