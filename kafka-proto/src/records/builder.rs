//! Writing batches of magic 2.

use std::{error, fmt};

use super::header::{self, HEADER_SIZE, Head, LOG_OVERHEAD, ProducerStamp};
use super::read::Records;
use super::varint::{self, MAX_VARINT_SIZE};
use super::view::RecordView;
use crate::compression::{Compression, CompressionError, Compressor};

/// The largest batch, all told: its size field has 31 bits.
const MAX_BATCH: usize = i32::MAX as usize;
/// A record's attributes, a byte of which no bit is defined, as the varint that looks the same.
const NO_ATTRIBUTES: i64 = 0;

/// Encodes records straight into the batch that will be sent, in a buffer that can be used again.
///
/// Offsets count from 0 and timestamps from the first record's, so what is encoded stays valid whatever is sealed on
/// top of it.
#[derive(Debug)]
pub struct BatchBuilder {
    buffer: Vec<u8>,
    count: i32,
    base_timestamp: i64,
    max_timestamp: i64,
}

impl BatchBuilder {
    /// An empty batch in `buffer`, whose contents go and whose memory stays.
    pub fn new(mut buffer: Vec<u8>) -> Self {
        buffer.clear();
        buffer.resize(HEADER_SIZE, 0);
        Self { buffer, count: 0, base_timestamp: -1, max_timestamp: -1 }
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
        let delta = if self.count == 0 { 0 } else { timestamp.wrapping_sub(self.base_timestamp) };
        let headers = headers.iter().map(|(key, value)| (key.as_bytes(), *value));
        let body = body_size(delta, self.count, key, value, headers);
        number_size(body as i64) + body
    }

    /// Bytes of the batch so far, with its header; before compression.
    pub fn len(&self) -> usize {
        self.buffer.len()
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

    /// Gives the buffer back, to be used again.
    pub fn into_buffer(self) -> Vec<u8> {
        self.buffer
    }

    /// Fills in header and checksum: the batch, uncompressed, as it goes into a Produce request.
    ///
    /// Brokers refuse a batch without records.
    pub fn seal(mut self, options: &SealOptions) -> Vec<u8> {
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
        compressor.compress(&self.buffer[HEADER_SIZE..], out)?;
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
        let index = self.count;
        let first = index == 0;
        let delta = if first { 0 } else { timestamp.wrapping_sub(self.base_timestamp) };
        let body = body_size(delta, index, key, value, headers.clone());
        let size = self.buffer.len().saturating_add(body).saturating_add(MAX_VARINT_SIZE);
        if size - LOG_OVERHEAD > MAX_BATCH || index == i32::MAX {
            return Err(AppendError { size, count: index });
        }

        let buffer = &mut self.buffer;
        buffer.reserve(body + MAX_VARINT_SIZE);
        let front = [body as i64, NO_ATTRIBUTES, delta, i64::from(index), length_or_null(key)];
        match key {
            Some(key) if !key.is_empty() => {
                varint::put(buffer, front);
                buffer.extend_from_slice(key);
                varint::put_varlong(buffer, length_or_null(value));
            }
            _ => {
                let [length, attributes, delta, index, key] = front;
                varint::put(buffer, [length, attributes, delta, index, key, length_or_null(value)]);
            }
        }
        buffer.extend_from_slice(value.unwrap_or_default());
        varint::put_varlong(buffer, headers.len() as i64);
        for (key, value) in headers {
            varint::put_varlong(buffer, key.len() as i64);
            buffer.extend_from_slice(key);
            varint::put_varlong(buffer, length_or_null(value));
            buffer.extend_from_slice(value.unwrap_or_default());
        }

        if first {
            self.base_timestamp = timestamp;
            self.max_timestamp = timestamp;
        }
        self.max_timestamp = self.max_timestamp.max(timestamp);
        self.count = index + 1;
        Ok(index)
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

/// The size of a record without the length before it.
#[inline]
fn body_size<'a>(
    timestamp_delta: i64,
    offset_delta: i32,
    key: Option<&[u8]>,
    value: Option<&[u8]>,
    headers: impl ExactSizeIterator<Item = (&'a [u8], Option<&'a [u8]>)>,
) -> usize {
    let fixed = 1
        + number_size(timestamp_delta)
        + number_size(i64::from(offset_delta))
        + number_size(headers.len() as i64);
    let content = nullable_size(key).saturating_add(nullable_size(value)).saturating_add(fixed);
    headers.fold(content, |size, (key, value)| {
        size.saturating_add(nullable_size(Some(key))).saturating_add(nullable_size(value))
    })
}

#[inline]
fn number_size(value: i64) -> usize {
    varint::size(varint::zigzag(value))
}

#[inline]
fn nullable_size(bytes: Option<&[u8]>) -> usize {
    number_size(length_or_null(bytes)).saturating_add(bytes.unwrap_or_default().len())
}

#[inline]
fn length_or_null(bytes: Option<&[u8]>) -> i64 {
    bytes.map_or(-1, |bytes| bytes.len() as i64)
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
