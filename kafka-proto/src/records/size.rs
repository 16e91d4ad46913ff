//! How many bytes records take, before they are written.

use super::header::HEADER_SIZE;
use super::varint;

/// How large a batch will be, before compression, without building it. Exact.
///
/// ```
/// # use kafka_proto::records::{BatchBuilder, BatchSize};
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let (mut size, mut batch) = (BatchSize::new(), BatchBuilder::new(Vec::new()));
/// for value in ["apple", "pear"] {
///     size.add(0, None, Some(value.as_bytes()), &[]);
///     batch.append(0, None, Some(value.as_bytes()), &[])?;
/// }
/// assert_eq!(size.bytes(), batch.len());
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Copy, Debug)]
pub struct BatchSize {
    bytes: usize,
    count: i32,
    base_timestamp: i64,
}

impl BatchSize {
    /// An empty batch's: its header.
    pub const fn new() -> Self {
        Self { bytes: HEADER_SIZE, count: 0, base_timestamp: -1 }
    }

    /// As if so many records had been added, the first of them with this timestamp; their bytes are not known.
    pub(super) const fn after(count: i32, base_timestamp: i64) -> Self {
        Self { bytes: 0, count, base_timestamp }
    }

    /// Adds a record at the end.
    pub fn add(
        &mut self,
        timestamp: i64,
        key: Option<&[u8]>,
        value: Option<&[u8]>,
        headers: &[(&str, Option<&[u8]>)],
    ) {
        self.bytes = self.bytes.saturating_add(self.of(timestamp, key, value, headers));
        if self.count == 0 {
            self.base_timestamp = timestamp;
        }
        self.count = self.count.saturating_add(1);
    }

    /// The size of the batch so far, its header included.
    pub const fn bytes(&self) -> usize {
        self.bytes
    }

    pub(super) fn of(
        &self,
        timestamp: i64,
        key: Option<&[u8]>,
        value: Option<&[u8]>,
        headers: &[(&str, Option<&[u8]>)],
    ) -> usize {
        let headers = headers.iter().map(|(key, value)| (key.as_bytes(), *value));
        let numbers = numbers(self.count, self.base_timestamp, timestamp, key, value);
        let body = body_size(numbers, key, value, headers_size(headers));
        varint::size(varint::zigzag(body as i64)).saturating_add(body)
    }
}

impl Default for BatchSize {
    fn default() -> Self {
        Self::new()
    }
}

/// The size of a record with these numbers, without the length before it.
pub(super) fn body_size(
    numbers: [u64; 4],
    key: Option<&[u8]>,
    value: Option<&[u8]>,
    headers_size: usize,
) -> usize {
    let numbers = 1 + numbers.map(varint::size).iter().sum::<usize>();
    let (key, value) = (key.unwrap_or_default(), value.unwrap_or_default());
    headers_size.saturating_add(key.len() + value.len()).saturating_add(numbers)
}

/// Of the record that comes after `count` others, in zigzag form: timestamp and offset as the differences from the first
/// record's, length of key, length of value.
pub(super) fn numbers(
    count: i32,
    base_timestamp: i64,
    timestamp: i64,
    key: Option<&[u8]>,
    value: Option<&[u8]>,
) -> [u64; 4] {
    let delta = if count == 0 { 0 } else { timestamp.wrapping_sub(base_timestamp) };
    [varint::zigzag(delta), 2 * count as u64, zigzag_length(key), zigzag_length(value)]
}

/// The size of the headers with their number.
#[inline(never)]
pub(super) fn headers_size<'a>(
    headers: impl ExactSizeIterator<Item = (&'a [u8], Option<&'a [u8]>)>,
) -> usize {
    let count = varint::size(2 * headers.len() as u64);
    headers.fold(count, |size, (key, value)| {
        size.saturating_add(nullable_size(Some(key))).saturating_add(nullable_size(value))
    })
}

fn nullable_size(bytes: Option<&[u8]>) -> usize {
    varint::size(zigzag_length(bytes)).saturating_add(bytes.unwrap_or_default().len())
}

/// A length in zigzag form; that of null is −1.
#[inline]
pub(super) fn zigzag_length(bytes: Option<&[u8]>) -> u64 {
    bytes.map_or(1, |bytes| 2 * bytes.len() as u64)
}
