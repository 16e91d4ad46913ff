//! The header of a batch of magic 2, and the fields of it that may be written again after sealing.

use super::batch::TimestampType;
use super::crc::crc32c;
use super::error::{BatchError, BatchErrorKind};

/// Bytes of a batch of magic 2 before its first record.
pub const HEADER_SIZE: usize = 61;
/// Bytes of a batch that its size field does not count: the base offset and the size itself. In every magic.
pub(super) const LOG_OVERHEAD: usize = 12;
/// Where the magic stands, in every magic.
pub(super) const MAGIC_AT: usize = 16;

const LEADER_EPOCH_AT: usize = 12;
const CRC_AT: usize = 17;
/// The first byte that the checksum covers.
const ATTRIBUTES_AT: usize = 21;
const PRODUCER_ID_AT: usize = 43;

pub(super) const COMPRESSION_MASK: u8 = 7;
pub(super) const APPEND_TIME: u16 = 1 << 3;
const TRANSACTIONAL: u16 = 1 << 4;
const CONTROL: u16 = 1 << 5;
const DELETE_HORIZON: u16 = 1 << 6;

/// Who wrote a batch: what the broker tells duplicates, gaps and transactions by (KIP-98).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ProducerStamp {
    /// The id that the broker gave (`InitProducerId`).
    pub producer_id: i64,
    /// Its epoch.
    pub producer_epoch: i16,
    /// The number of the batch's first record; it goes on from 0 after `i32::MAX`.
    pub base_sequence: i32,
    /// Whether the batch belongs to a transaction.
    pub transactional: bool,
}

impl ProducerStamp {
    /// A producer without idempotence.
    pub const NONE: Self =
        Self { producer_id: -1, producer_epoch: -1, base_sequence: -1, transactional: false };
}

/// Writes another producer's stamp on a sealed batch of magic 2, and its checksum anew. The records stay as they are,
/// compressed or not: this is how a batch is sent again after the producer's epoch was bumped.
///
/// Fails, and changes nothing, when `batch` is no such batch.
pub fn stamp(batch: &mut [u8], stamp: ProducerStamp) -> Result<(), BatchError> {
    let header = expect_v2(batch)?;
    stamp.write(header);
    let crc = crc32c(&batch[ATTRIBUTES_AT..]);
    batch[CRC_AT..ATTRIBUTES_AT].copy_from_slice(&crc.to_be_bytes());
    Ok(())
}

/// Gives a sealed batch of magic 2 its place in a log, as the broker does: these fields are outside the checksum.
///
/// Fails, and changes nothing, when `batch` is no such batch.
pub fn assign(batch: &mut [u8], base_offset: i64, partition_leader_epoch: i32) -> Result<(), BatchError> {
    let header = expect_v2(batch)?;
    header[..8].copy_from_slice(&base_offset.to_be_bytes());
    header[LEADER_EPOCH_AT..MAGIC_AT].copy_from_slice(&partition_leader_epoch.to_be_bytes());
    Ok(())
}

fn expect_v2(batch: &mut [u8]) -> Result<&mut [u8; HEADER_SIZE], BatchError> {
    let refuse = |base_offset, kind| Err(BatchError::new(base_offset, None, kind));
    let length = batch.len();
    let Some(header) = batch.first_chunk_mut::<HEADER_SIZE>() else {
        return refuse(-1, BatchErrorKind::Size { size: length as i32 });
    };
    let mut fields = Fields(header);
    let (base_offset, size) = (fields.i64(), fields.i32());
    if i64::from(size) + LOG_OVERHEAD as i64 != length as i64 {
        return refuse(base_offset, BatchErrorKind::Size { size });
    }
    match header[MAGIC_AT] as i8 {
        2 => Ok(header),
        magic => refuse(base_offset, BatchErrorKind::Magic { magic }),
    }
}

impl ProducerStamp {
    fn write(self, header: &mut [u8; HEADER_SIZE]) {
        header[PRODUCER_ID_AT..51].copy_from_slice(&self.producer_id.to_be_bytes());
        header[51..53].copy_from_slice(&self.producer_epoch.to_be_bytes());
        header[53..57].copy_from_slice(&self.base_sequence.to_be_bytes());
        let mut attributes = u16::from_be_bytes([header[21], header[22]]) & !TRANSACTIONAL;
        if self.transactional {
            attributes |= TRANSACTIONAL;
        }
        header[ATTRIBUTES_AT..23].copy_from_slice(&attributes.to_be_bytes());
    }
}

/// What the header of a batch says. For magic 0 and 1, what it would say in magic 2.
#[derive(Clone, Debug)]
pub(super) struct Head {
    pub(super) base_offset: i64,
    pub(super) last_offset: i64,
    pub(super) partition_leader_epoch: i32,
    pub(super) magic: u8,
    pub(super) crc: u32,
    pub(super) attributes: u16,
    pub(super) base_timestamp: i64,
    pub(super) max_timestamp: i64,
    pub(super) producer_id: i64,
    pub(super) producer_epoch: i16,
    pub(super) base_sequence: i32,
    /// −1: only the records tell (compressed batches of magic 0 and 1).
    pub(super) count: i32,
}

impl Head {
    /// Of a batch whose magic is 2.
    pub(super) fn read_v2(frame: &[u8]) -> Result<Self, &'static str> {
        let Some((header, records)) = frame.split_first_chunk::<HEADER_SIZE>() else {
            return Err("it is shorter than the header of its format");
        };
        let mut fields = Fields(header);
        let base_offset = fields.i64();
        let _size = fields.i32();
        let partition_leader_epoch = fields.i32();
        let _magic = fields.take::<1>();
        let crc = u32::from_be_bytes(fields.take());
        let attributes = u16::from_be_bytes(fields.take());
        let last_offset_delta = fields.i32();
        let head = Self {
            base_offset,
            last_offset: base_offset
                .checked_add(i64::from(last_offset_delta))
                .ok_or("its offsets overflow")?,
            partition_leader_epoch,
            magic: 2,
            crc,
            attributes,
            base_timestamp: fields.i64(),
            max_timestamp: fields.i64(),
            producer_id: fields.i64(),
            producer_epoch: i16::from_be_bytes(fields.take()),
            base_sequence: fields.i32(),
            count: fields.i32(),
        };
        if base_offset < 0 || last_offset_delta < 0 {
            return Err("it has negative offsets");
        }
        if head.count < 0 {
            return Err("it has a negative number of records");
        }
        // Compressed records of a kind can be shorter than their number; plain ones cannot.
        if head.compression_id() == 0 && head.count as usize > records.len() {
            return Err("it is too short for the number of records it declares");
        }
        Ok(head)
    }

    /// Writes the header of the batch in `frame`, and its checksum. The size is that of the frame.
    pub(super) fn write_v2(&self, frame: &mut [u8], stamp: ProducerStamp) {
        let size = frame.len().saturating_sub(LOG_OVERHEAD) as i32;
        let Some(header) = frame.first_chunk_mut::<HEADER_SIZE>() else { return };
        let mut put = |at: usize, bytes: &[u8]| header[at..at + bytes.len()].copy_from_slice(bytes);
        put(0, &self.base_offset.to_be_bytes());
        put(8, &size.to_be_bytes());
        put(LEADER_EPOCH_AT, &self.partition_leader_epoch.to_be_bytes());
        put(MAGIC_AT, &[self.magic]);
        put(ATTRIBUTES_AT, &self.attributes.to_be_bytes());
        put(23, &((self.last_offset - self.base_offset) as i32).to_be_bytes());
        put(27, &self.base_timestamp.to_be_bytes());
        put(35, &self.max_timestamp.to_be_bytes());
        put(57, &self.count.to_be_bytes());
        stamp.write(header);
        let crc = crc32c(&frame[ATTRIBUTES_AT..]);
        frame[CRC_AT..ATTRIBUTES_AT].copy_from_slice(&crc.to_be_bytes());
    }

    pub(super) fn compression_id(&self) -> u8 {
        self.attributes as u8 & COMPRESSION_MASK
    }

    pub(super) fn timestamp_type(&self) -> TimestampType {
        match (self.magic, self.attributes & APPEND_TIME) {
            (0, _) => TimestampType::None,
            (_, 0) => TimestampType::Create,
            _ => TimestampType::Append,
        }
    }

    pub(super) fn is_transactional(&self) -> bool {
        self.magic == 2 && self.attributes & TRANSACTIONAL != 0
    }

    pub(super) fn is_control(&self) -> bool {
        self.magic == 2 && self.attributes & CONTROL != 0
    }

    pub(super) fn has_delete_horizon(&self) -> bool {
        self.magic == 2 && self.attributes & DELETE_HORIZON != 0
    }
}

/// The attributes of a batch that is being sealed.
pub(super) fn attributes(compression_id: u8, append_time: bool, control: bool) -> u16 {
    let flag = |set: bool, flag: u16| if set { flag } else { 0 };
    u16::from(compression_id) | flag(append_time, APPEND_TIME) | flag(control, CONTROL)
}

/// The checksum of a batch of magic 2.
pub(super) fn checksum(frame: &[u8]) -> u32 {
    crc32c(frame.get(ATTRIBUTES_AT..).unwrap_or_default())
}

/// The checksum that a batch of magic 2 carries.
pub(super) fn stored_checksum(frame: &[u8]) -> Option<u32> {
    frame.get(CRC_AT..)?.first_chunk().copied().map(u32::from_be_bytes)
}

/// Reads fixed fields from the front. Beyond the end there are zeros: callers have checked the length.
pub(super) struct Fields<'a>(pub(super) &'a [u8]);

impl Fields<'_> {
    pub(super) fn take<const N: usize>(&mut self) -> [u8; N] {
        let Some((taken, rest)) = self.0.split_first_chunk::<N>() else { return [0; N] };
        self.0 = rest;
        *taken
    }

    pub(super) fn i32(&mut self) -> i32 {
        i32::from_be_bytes(self.take())
    }

    pub(super) fn i64(&mut self) -> i64 {
        i64::from_be_bytes(self.take())
    }
}
