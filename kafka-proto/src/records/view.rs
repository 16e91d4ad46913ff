//! Records and headers borrowed from a batch.

use std::borrow::Cow;
use std::fmt;
use std::iter::FusedIterator;

use bytes::Bytes;

use super::varint;

/// Why most malformed records cannot be read.
pub(super) const CUT_SHORT: &str = "it is cut short, or a length in it is wrong";

/// One record, borrowed from its batch.
#[derive(Clone, Copy)]
#[non_exhaustive]
pub struct RecordView<'a> {
    /// Where the record stands in its partition.
    pub offset: i64,
    /// Milliseconds since 1970, or −1 where there is none. With
    /// [`TimestampType::Append`](super::TimestampType::Append) the time at which the broker wrote the batch.
    pub timestamp: i64,
    /// The key.
    pub key: Option<&'a [u8]>,
    /// The value. `None` deletes the key from a compacted topic.
    pub value: Option<&'a [u8]>,
    /// The headers, in their order.
    pub headers: Headers<'a>,
    pub(super) source: &'a Bytes,
}

impl RecordView<'_> {
    /// The key as a slice that shares, and keeps alive, the memory of the batch.
    #[inline]
    pub fn key_bytes(&self) -> Option<Bytes> {
        self.key.map(|key| self.share(key))
    }

    /// The value as a slice that shares, and keeps alive, the memory of the batch.
    #[inline]
    pub fn value_bytes(&self) -> Option<Bytes> {
        self.value.map(|value| self.share(value))
    }

    /// Part of the record (a header's key or value, say) as a slice that shares, and keeps alive, the memory of the
    /// batch. Bytes from elsewhere are copied.
    #[inline]
    pub fn share(&self, part: &[u8]) -> Bytes {
        let start = part.as_ptr().addr().wrapping_sub(self.source.as_ptr().addr());
        match start.checked_add(part.len()) {
            Some(end) if end <= self.source.len() => self.source.slice(start..end),
            _ => Bytes::copy_from_slice(part),
        }
    }
}

impl fmt::Debug for RecordView<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RecordView")
            .field("offset", &self.offset)
            .field("timestamp", &self.timestamp)
            .field("key", &self.key.map(Bytes::copy_from_slice))
            .field("value", &self.value.map(Bytes::copy_from_slice))
            .field("headers", &self.headers)
            .finish()
    }
}

/// A header of a record.
#[derive(Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Header<'a> {
    /// The key as it was written; [`name`](Header::name) has it as text.
    pub key: &'a [u8],
    /// The value.
    pub value: Option<&'a [u8]>,
}

impl<'a> Header<'a> {
    /// The key as text. Bytes that are no UTF-8 become U+FFFD, as in Java.
    pub fn name(&self) -> Cow<'a, str> {
        String::from_utf8_lossy(self.key)
    }
}

impl fmt::Debug for Header<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let value = self.value.map(Bytes::copy_from_slice);
        f.debug_struct("Header").field("key", &self.name()).field("value", &value).finish()
    }
}

/// The headers of a record, decoded one by one.
#[derive(Clone, Copy, Default)]
pub struct Headers<'a> {
    count: usize,
    bytes: &'a [u8],
}

impl<'a> Headers<'a> {
    /// Not looked at yet: see [`check`](Headers::check).
    #[inline]
    pub(super) fn unchecked(count: i32, bytes: &'a [u8]) -> Self {
        Self { count: count as u32 as usize, bytes }
    }

    /// Whether they are well formed, and nothing follows them.
    #[inline]
    pub(super) fn check(self) -> Result<(), &'static str> {
        match (self.count, self.bytes) {
            (0, []) => Ok(()),
            (count, bytes) => check_headers(count, bytes),
        }
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.count
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// All headers, in their order.
    pub fn iter(&self) -> HeaderIter<'a> {
        HeaderIter { left: self.count, bytes: self.bytes }
    }
}

impl<'a> IntoIterator for Headers<'a> {
    type Item = Header<'a>;
    type IntoIter = HeaderIter<'a>;

    fn into_iter(self) -> HeaderIter<'a> {
        self.iter()
    }
}

impl<'a> IntoIterator for &Headers<'a> {
    type Item = Header<'a>;
    type IntoIter = HeaderIter<'a>;

    fn into_iter(self) -> HeaderIter<'a> {
        self.iter()
    }
}

impl fmt::Debug for Headers<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self).finish()
    }
}

/// Iterates over [`Headers`].
#[derive(Clone, Debug)]
pub struct HeaderIter<'a> {
    left: usize,
    bytes: &'a [u8],
}

impl<'a> Iterator for HeaderIter<'a> {
    type Item = Header<'a>;

    fn next(&mut self) -> Option<Header<'a>> {
        self.left = self.left.checked_sub(1)?;
        read_header(&mut self.bytes).ok()
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.left, Some(self.left))
    }
}

impl ExactSizeIterator for HeaderIter<'_> {}
impl FusedIterator for HeaderIter<'_> {}

#[inline(never)]
fn check_headers(count: usize, mut bytes: &[u8]) -> Result<(), &'static str> {
    if count > bytes.len() {
        return Err("its number of headers is negative, or more than its bytes can hold");
    }
    for _ in 0..count {
        read_header(&mut bytes)?;
    }
    if bytes.is_empty() { Ok(()) } else { Err("it is longer than its content") }
}

fn read_header<'a>(rest: &mut &'a [u8]) -> Result<Header<'a>, &'static str> {
    let length = varint::read(rest).ok_or(CUT_SHORT)?;
    let length = usize::try_from(length).map_err(|_| "the key of a header has a negative length")?;
    let (key, after) = rest.split_at_checked(length).ok_or(CUT_SHORT)?;
    *rest = after;
    Ok(Header { key, value: read_nullable(rest)? })
}

/// Bytes behind their length; any negative length stands for null.
#[inline]
pub(super) fn read_nullable<'a>(rest: &mut &'a [u8]) -> Result<Option<&'a [u8]>, &'static str> {
    let length = varint::read(rest).ok_or(CUT_SHORT)?;
    let Ok(length) = usize::try_from(length) else { return Ok(None) };
    let (bytes, after) = rest.split_at_checked(length).ok_or(CUT_SHORT)?;
    *rest = after;
    Ok(Some(bytes))
}
