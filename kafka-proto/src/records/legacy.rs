//! Messages of magic 0 and 1, from before Kafka 0.11. Each is a batch of its own; a compressed one wraps others.
//!
//! A wrapper's offset is that of its last message. Inside, magic 0 has absolute offsets, magic 1 relative ones
//! (KIP-31), so that the broker need not compress again to assign them. A wrapper that the broker stamped has its
//! timestamp for all messages inside (KIP-32).

use bytes::Bytes;

use super::crc::crc32;
use super::error::BatchErrorKind;
use super::header::{APPEND_TIME, COMPRESSION_MASK, Fields, Head, LOG_OVERHEAD};
use super::read::{Layout, Malformed, Records};
use super::view::{CUT_SHORT, Headers, RecordView};
use crate::compression::{Compression, Decompressor};

const NO_TIMESTAMP: i64 = -1;
/// The first byte that the checksum covers.
const MAGIC_AT: usize = 16;
/// What every message has behind its offset and size: checksum, magic, attributes, two lengths.
pub(super) const MIN_SIZE: i32 = 14;

/// The header of a message, alone or wrapping others.
pub(super) fn read_head(frame: &[u8], magic: u8) -> Result<Head, &'static str> {
    let message = Message::read(frame, magic)?;
    if message.offset < 0 {
        return Err("it has a negative offset");
    }
    let compressed = message.attributes & COMPRESSION_MASK != 0;
    Ok(Head {
        base_offset: message.offset,
        last_offset: message.offset,
        partition_leader_epoch: -1,
        magic,
        crc: message.crc,
        attributes: u16::from(message.attributes),
        base_timestamp: message.timestamp,
        max_timestamp: message.timestamp,
        producer_id: -1,
        producer_epoch: -1,
        base_sequence: -1,
        count: if compressed { -1 } else { 1 },
    })
}

/// The checksum of a message's bytes.
pub(super) fn checksum(frame: &[u8]) -> u32 {
    crc32(frame.get(MAGIC_AT..).unwrap_or_default())
}

/// The records of a message: itself, or those it wraps.
pub(super) fn records(
    frame: &Bytes,
    head: &Head,
    decompressor: &mut Decompressor,
    limit: usize,
) -> Result<Records, BatchErrorKind> {
    let header = |reason| BatchErrorKind::Header { reason };
    let malformed = |Malformed { index, at, reason }| BatchErrorKind::Record { index, at, reason };
    let magic = head.magic;
    let compression = Compression::try_from(head.compression_id()).map_err(BatchErrorKind::Compression)?;
    if compression == Compression::None {
        let layout = Layout::Messages { magic, base_offset: 0, append_time: None };
        return Records::check(frame.clone(), 1, layout).map_err(malformed);
    }
    let wrapper = Message::read(frame, magic).map_err(header)?;
    let packed = wrapper.value.ok_or(header("it is compressed but has no value"))?;
    let data = decompressor.unpack(compression, packed, limit).map_err(BatchErrorKind::Compression)?;
    let (count, last) = check_messages(&data, magic).map_err(malformed)?;
    let last = last.ok_or(header("it is compressed but wraps no message"))?;
    if last > head.last_offset {
        return Err(header("its messages have offsets outside the batch"));
    }
    let base_offset = if magic == 0 { 0 } else { head.last_offset - last };
    let append_time = (magic > 0 && head.attributes & APPEND_TIME != 0).then_some(head.max_timestamp);
    let layout = Layout::Messages { magic, base_offset, append_time };
    Records::check(data, count, layout).map_err(malformed)
}

/// Counts the messages inside a wrapper, and gives the offset that the last one has in there.
fn check_messages(data: &[u8], magic: u8) -> Result<(usize, Option<i64>), Malformed> {
    let (mut rest, mut index, mut last) = (data, 0, None::<i64>);
    while !rest.is_empty() {
        let malformed = |reason| Malformed { index, at: data.len() - rest.len(), reason };
        let message = Message::read(rest, magic).map_err(malformed)?;
        if message.attributes & COMPRESSION_MASK != 0 {
            return Err(malformed("a compressed message is inside another"));
        }
        if message.crc != checksum(message.frame) {
            return Err(malformed("its checksum does not match"));
        }
        if message.offset < last.unwrap_or(0) {
            return Err(malformed("its offset is negative, or below the one before"));
        }
        last = Some(message.offset);
        index += 1;
        rest = message.rest;
    }
    Ok((index, last))
}

/// The message that `bytes` begin with, its offset as it stands there; and what follows it.
#[cold]
pub(super) fn read_message<'a>(
    bytes: &'a [u8],
    source: &'a Bytes,
    magic: u8,
) -> Result<(RecordView<'a>, &'a [u8]), &'static str> {
    let Message { offset, timestamp, key, value, rest, .. } = Message::read(bytes, magic)?;
    Ok((RecordView { offset, timestamp, key, value, headers: Headers::default(), source }, rest))
}

struct Message<'a> {
    offset: i64,
    crc: u32,
    attributes: u8,
    timestamp: i64,
    key: Option<&'a [u8]>,
    value: Option<&'a [u8]>,
    /// The whole message with its offset and size.
    frame: &'a [u8],
    rest: &'a [u8],
}

impl<'a> Message<'a> {
    fn read(bytes: &'a [u8], expected_magic: u8) -> Result<Self, &'static str> {
        let mut fields = Fields(bytes.get(..LOG_OVERHEAD).ok_or(CUT_SHORT)?);
        let (offset, size) = (fields.i64(), fields.i32());
        let size = usize::try_from(size).ok().filter(|_| size >= MIN_SIZE).ok_or(CUT_SHORT)?;
        let (frame, rest) = bytes.split_at_checked(LOG_OVERHEAD.saturating_add(size)).ok_or(CUT_SHORT)?;
        let mut fields = Fields(&frame[LOG_OVERHEAD..]);
        let crc = u32::from_be_bytes(fields.take());
        let [magic, attributes] = fields.take();
        if magic != expected_magic {
            return Err("its format differs from that of the message it is inside");
        }
        let timestamp = if magic == 0 { NO_TIMESTAMP } else { fields.i64() };
        let mut content = fields.0;
        let key = read_nullable(&mut content)?;
        let value = read_nullable(&mut content)?;
        Ok(Self { offset, crc, attributes, timestamp, key, value, frame, rest })
    }
}

/// Bytes behind their length of 32 bits; any negative length stands for null.
fn read_nullable<'a>(rest: &mut &'a [u8]) -> Result<Option<&'a [u8]>, &'static str> {
    let (length, after) = rest.split_first_chunk::<4>().ok_or(CUT_SHORT)?;
    *rest = after;
    let Ok(length) = usize::try_from(i32::from_be_bytes(*length)) else { return Ok(None) };
    let (bytes, after) = rest.split_at_checked(length).ok_or(CUT_SHORT)?;
    *rest = after;
    Ok(Some(bytes))
}
