//! Writing batches of magic 2.

use std::{error, fmt};

use super::header::{self, HEADER_SIZE, Head, LOG_OVERHEAD, ProducerStamp};
use super::read::Records;
use super::size::{BatchSize, body_size, headers_size, numbers, zigzag_length};
use super::varint::{self, MAX_VARINT_SIZE};
use super::view::RecordView;
use crate::compression::{Compression, CompressionError, Compressor};

/// The largest batch, all told: its size field has 31 bits.
const MAX_BATCH: usize = i32::MAX as usize;

/// Encodes records straight into the batch that will be sent, in a buffer that can be used again.
///
/// Offsets count from 0 and timestamps from the first record's, so what is encoded stays valid whatever is sealed on
/// top of it.
#[derive(Clone, Debug)]
pub struct BatchBuilder {
    /// The batch, and behind it bytes of no meaning: room to write to, which needs no look at the capacity.
    buffer: Vec<u8>,
    /// The size of the batch.
    len: usize,
    count: i32,
    base_timestamp: i64,
    max_timestamp: i64,
}

impl BatchBuilder {
    /// An empty batch in `buffer`, whose contents go and whose memory stays.
    pub fn new(mut buffer: Vec<u8>) -> Self {
        if buffer.len() < HEADER_SIZE {
            buffer.resize(HEADER_SIZE, 0);
        }
        Self { buffer, len: HEADER_SIZE, count: 0, base_timestamp: -1, max_timestamp: -1 }
    }

    /// Encodes a record at the end of the batch; returns its index.
    ///
    /// `timestamp` is in milliseconds since 1970. On an error the batch is as it was.
    #[inline]
    pub fn append(
        &mut self,
        timestamp: i64,
        key: Option<&[u8]>,
        value: Option<&[u8]>,
        headers: &[(&str, Option<&[u8]>)],
    ) -> Result<i32, AppendError> {
        self.encode(timestamp, key, value, headers.iter().map(|(key, value)| (key.as_bytes(), *value)))
    }

    /// Encodes a record of another batch at the end of this one, with its own timestamp; returns its index.
    pub fn append_record(&mut self, record: &RecordView<'_>) -> Result<i32, AppendError> {
        let headers = record.headers.iter().map(|header| (header.key, header.value));
        self.encode(record.timestamp, record.key, record.value, headers)
    }

    /// By how many bytes the batch would grow if this record were appended next. Exact.
    pub fn size_of(
        &self,
        timestamp: i64,
        key: Option<&[u8]>,
        value: Option<&[u8]>,
        headers: &[(&str, Option<&[u8]>)],
    ) -> usize {
        let size = BatchSize::after(self.count, self.base_timestamp);
        size.of(timestamp, key, value, headers)
    }

    /// Bytes of the batch so far, with its header; before compression.
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether no record has been appended.
    pub fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// How many records have been appended.
    pub fn count(&self) -> i32 {
        self.count
    }

    /// The latest timestamp of the records, or −1.
    pub fn max_timestamp(&self) -> i64 {
        self.max_timestamp
    }

    /// How many bytes the buffer has room for without growing.
    pub fn capacity(&self) -> usize {
        self.buffer.capacity()
    }

    /// Makes the buffer large enough for so many bytes more, and no larger where the allocator allows.
    pub fn reserve_exact(&mut self, additional: usize) {
        let missing = self.len.saturating_add(additional).saturating_sub(self.buffer.len());
        self.buffer.reserve_exact(missing);
    }

    /// Gives the buffer back, to be used again. What is in it is of no use.
    pub fn into_buffer(self) -> Vec<u8> {
        self.buffer
    }

    /// Fills in header and checksum: the batch, uncompressed, as it goes into a Produce request.
    ///
    /// Brokers refuse a batch without records.
    pub fn seal(mut self, options: &SealOptions) -> Vec<u8> {
        self.buffer.truncate(self.len);
        self.head(options, Compression::None).write_v2(&mut self.buffer, options.stamp());
        self.buffer
    }

    /// Writes the batch, its records compressed, into `out`, whose contents go and whose memory stays. The builder is
    /// as it was: after an error the batch can still be sealed uncompressed, or by another codec.
    pub fn seal_compressed(
        &self,
        options: &SealOptions,
        compressor: &mut Compressor,
        out: &mut Vec<u8>,
    ) -> Result<(), CompressionError> {
        out.clear();
        out.resize(HEADER_SIZE, 0);
        compressor.compress(&self.buffer[HEADER_SIZE..self.len], out)?;
        let compression = compressor.compression();
        if out.len() - LOG_OVERHEAD > MAX_BATCH {
            return Err(CompressionError::Failed { compression, reason: "the batch exceeds 2 GiB".into() });
        }
        self.head(options, compression).write_v2(out, options.stamp());
        Ok(())
    }

    #[inline]
    fn encode<'a>(
        &mut self,
        timestamp: i64,
        key: Option<&[u8]>,
        value: Option<&[u8]>,
        headers: impl ExactSizeIterator<Item = (&'a [u8], Option<&'a [u8]>)> + Clone,
    ) -> Result<i32, AppendError> {
        let has_headers = headers.len() > 0;
        let headers_size = if has_headers { headers_size(headers.clone()) } else { 1 };
        let room = match self.put_usual(timestamp, key, value, headers_size) {
            Some(room) => room,
            None => self.put_any(timestamp, key, value, headers_size)?,
        };
        if has_headers {
            put_headers(room, headers);
        } else if let Some(count) = room.first_mut() {
            *count = NO_HEADERS;
        }
        self.max_timestamp = self.max_timestamp.max(timestamp);
        self.count += 1;
        Ok(self.count - 1)
    }

    /// Encodes a record up to its value, and returns the room for the headers, if it is a usual one: not the first,
    /// small enough for numbers of one and two bytes, and with enough room behind the batch. `None`: it is none, and the
    /// batch is as it was.
    #[inline]
    fn put_usual(
        &mut self,
        timestamp: i64,
        key: Option<&[u8]>,
        value: Option<&[u8]>,
        headers_size: usize,
    ) -> Option<&mut [u8]> {
        /// What is less takes two bytes at most.
        const TWO_BYTES: usize = 1 << 13;
        /// Before the key: length, attributes, timestamp, offset and the key's length.
        const FRONT: usize = 8;
        let delta = timestamp.wrapping_sub(self.base_timestamp) as u64;
        let index = self.count as u64;
        let (key_bytes, value_bytes) = (key.unwrap_or_default(), value.unwrap_or_default());
        let content = headers_size.saturating_add(key_bytes.len() + value_bytes.len());
        // An index of 0 makes it too large by one below; a key has to take one byte for its length.
        let largest = delta | index | index.wrapping_sub(1) | (key_bytes.len() as u64) << 7;
        if largest >= TWO_BYTES as u64 || content >= TWO_BYTES - 2 * FRONT {
            return None;
        }
        let (delta, delta_size) = varint::pack(2 * delta);
        let (index, index_size) = varint::pack(2 * index);
        let (value_length, value_length_size) = varint::pack(zigzag_length(value));
        // The attributes and the length of the key take a byte each.
        let body = 2 + delta_size + index_size + value_length_size + content;
        let (length, length_size) = varint::pack(2 * body as u64);
        let front = zigzag_length(key) << (8 * index_size) | index;
        let front = front << (8 * delta_size) | delta;
        let front = front << (8 * length_size + 8) | length;

        let end = self.len + length_size + body;
        let room = self.buffer.get_mut(self.len..end + FRONT)?;
        *room.first_chunk_mut::<FRONT>()? = front.to_le_bytes();
        let mut room = room.get_mut(2 + length_size + delta_size + index_size..)?;
        if !key_bytes.is_empty() {
            let (key_room, rest) = room.split_at_mut_checked(key_bytes.len())?;
            key_room.copy_from_slice(key_bytes);
            room = rest;
        }
        *room.first_chunk_mut()? = (value_length as u16).to_le_bytes();
        let (value_room, rest) =
            room.get_mut(value_length_size..)?.split_at_mut_checked(value_bytes.len())?;
        value_room.copy_from_slice(value_bytes);
        let headers_room = rest.get_mut(..headers_size)?;
        self.len = end;
        Some(headers_room)
    }

    /// Encodes any record up to its value, and returns the room for the headers.
    #[inline(never)]
    fn put_any(
        &mut self,
        timestamp: i64,
        key: Option<&[u8]>,
        value: Option<&[u8]>,
        headers_size: usize,
    ) -> Result<&mut [u8], AppendError> {
        let numbers = numbers(self.count, self.base_timestamp, timestamp, key, value);
        let body = body_size(numbers, key, value, headers_size);
        let size = self.len.saturating_add(body).saturating_add(MAX_VARINT_SIZE);
        if size - LOG_OVERHEAD > MAX_BATCH || self.count == i32::MAX {
            return Err(AppendError { size, count: self.count });
        }
        let [delta, index, key_length, value_length] = numbers;
        if self.count == 0 {
            (self.base_timestamp, self.max_timestamp) = (timestamp, timestamp);
        }
        let length = 2 * body as u64;
        let mut room = self.room(varint::size(length) + body);
        for number in [length, NO_ATTRIBUTES, delta, index, key_length] {
            room = put_number(room, number);
        }
        room = put_bytes(room, key);
        room = put_number(room, value_length);
        Ok(put_bytes(room, value))
    }

    /// The next `size` bytes of the batch, to be filled.
    #[inline]
    fn room(&mut self, size: usize) -> &mut [u8] {
        let start = self.len;
        self.len += size;
        if self.len > self.buffer.len() {
            self.make_room();
        }
        &mut self.buffer[start..self.len]
    }

    /// Makes room for more than is needed now, as it takes less time to do it once; but a buffer that is large enough for
    /// the batch does not grow.
    #[cold]
    fn make_room(&mut self) {
        const AT_LEAST: usize = 1024;
        let ahead = (2 * self.len).max(AT_LEAST).min(self.buffer.capacity());
        self.buffer.resize(ahead.max(self.len), 0);
    }

    #[cfg(test)]
    pub(super) fn set_count(&mut self, count: i32) {
        self.count = count;
    }

    fn head(&self, options: &SealOptions, compression: Compression) -> Head {
        let append_time = options.append_time;
        Head {
            base_offset: options.base_offset,
            last_offset: options.base_offset.saturating_add(i64::from(self.count.max(1) - 1)),
            partition_leader_epoch: options.partition_leader_epoch,
            magic: 2,
            crc: 0,
            attributes: header::attributes(compression.id(), append_time.is_some(), options.control),
            base_timestamp: self.base_timestamp,
            max_timestamp: append_time.unwrap_or(self.max_timestamp),
            producer_id: -1,
            producer_epoch: -1,
            base_sequence: -1,
            count: self.count,
        }
    }
}

/// A record's attributes, a byte of which no bit is defined, as the varint that looks the same.
const NO_ATTRIBUTES: u64 = 0;
/// The number of headers of most records.
const NO_HEADERS: u8 = 0;

#[inline(never)]
fn put_headers<'a>(
    mut room: &mut [u8],
    headers: impl ExactSizeIterator<Item = (&'a [u8], Option<&'a [u8]>)>,
) {
    room = put_number(room, 2 * headers.len() as u64);
    for (key, value) in headers {
        room = put_number(room, zigzag_length(Some(key)));
        room = put_bytes(room, Some(key));
        room = put_number(room, zigzag_length(value));
        room = put_bytes(room, value);
    }
}

/// Writes a number at the front of `room`; returns what is left of it.
#[inline]
fn put_number(room: &mut [u8], mut number: u64) -> &mut [u8] {
    let mut size = 0;
    while let Some(byte) = room.get_mut(size) {
        size += 1;
        if number < 0x80 {
            *byte = number as u8;
            break;
        }
        *byte = number as u8 | 0x80;
        number >>= 7;
    }
    room.get_mut(size..).unwrap_or_default()
}

/// Writes bytes, if there are any, at the front of `room`; returns what is left of it.
#[inline]
fn put_bytes<'a>(room: &'a mut [u8], bytes: Option<&[u8]>) -> &'a mut [u8] {
    let bytes = bytes.unwrap_or_default();
    let Some((front, rest)) = room.split_at_mut_checked(bytes.len()) else { return &mut [] };
    front.copy_from_slice(bytes);
    rest
}

/// What is written on a batch when it is sealed. The defaults of [`new`](SealOptions::new) are those of a plain
/// producer.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct SealOptions {
    /// Who writes the batch. `None`: a producer without idempotence.
    pub producer: Option<ProducerStamp>,
    /// The offset of the first record: 0, for the broker to assign.
    pub base_offset: i64,
    /// The epoch of the partition's leader: −1, for the broker to assign.
    pub partition_leader_epoch: i32,
    /// The broker's time of all records, if timestamps are to be [`Append`](super::TimestampType::Append).
    pub append_time: Option<i64>,
    /// Whether this is a control batch. Brokers write these.
    pub control: bool,
}

impl SealOptions {
    /// A plain producer's: no idempotence, offset and epoch left to the broker.
    pub const fn new() -> Self {
        Self { producer: None, base_offset: 0, partition_leader_epoch: -1, append_time: None, control: false }
    }

    fn stamp(&self) -> ProducerStamp {
        self.producer.unwrap_or(ProducerStamp::NONE)
    }
}

impl Default for SealOptions {
    fn default() -> Self {
        Self::new()
    }
}

/// A record does not fit into a batch: neither its number nor its size may exceed what 31 bits can say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AppendError {
    size: usize,
    count: i32,
}

impl fmt::Display for AppendError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { size, count } = self;
        write!(f, "the record makes a batch of {count} records and {size} bytes exceed 2^31 − 1 of either")
    }
}

impl error::Error for AppendError {}

/// Builds two batches from one: the first `at` records, and the others. For a batch that the broker found too large.
///
/// ```
/// # use bytes::Bytes;
/// # use kafka_proto::compression::Decompressor;
/// # use kafka_proto::records::{BatchBuilder, Batches, SealOptions, split};
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let mut builder = BatchBuilder::new(Vec::new());
/// # for _ in 0..3 { builder.append(0, None, Some(b"value"), &[])?; }
/// # let sealed = builder.seal(&SealOptions::new());
/// # let batch = Batches::new(Bytes::from(sealed)).next().ok_or("no batch")??;
/// let records = batch.records(&mut Decompressor::new(), 1 << 20)?;
/// let [front, back] = split(&records, records.len() / 2)?;
/// assert_eq!((front.count(), back.count()), (1, 2));
/// # Ok(())
/// # }
/// ```
pub fn split(records: &Records, at: usize) -> Result<[BatchBuilder; 2], AppendError> {
    let mut parts = [BatchBuilder::new(Vec::new()), BatchBuilder::new(Vec::new())];
    for (index, record) in records.iter().enumerate() {
        parts[usize::from(index >= at)].append_record(&record)?;
    }
    Ok(parts)
}
