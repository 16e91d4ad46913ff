//! The records of one batch, checked: decoding them again cannot fail.

use std::iter::FusedIterator;

use bytes::Bytes;

use super::legacy;
use super::record::{self, Parts};
use super::view::RecordView;

/// The records of a batch, decompressed and checked: every record is well formed, so iterating cannot fail.
///
/// Records are decoded when they are asked for and borrow from one buffer, which is the response's own when the batch
/// is not compressed. A clone shares it.
#[derive(Clone, Debug)]
pub struct Records {
    data: Bytes,
    count: usize,
    layout: Layout,
}

/// How records stand in the buffer, and what they take from the header of their batch.
#[derive(Clone, Copy, Debug)]
pub(super) enum Layout {
    /// Magic 2.
    Records {
        base_offset: i64,
        last_offset_delta: i32,
        base_timestamp: i64,
        /// The timestamp of all records, instead of their own.
        append_time: Option<i64>,
    },
    /// Magic 0 and 1.
    Messages {
        magic: u8,
        /// Where relative offsets count from.
        base_offset: i64,
        append_time: Option<i64>,
    },
}

impl Layout {
    /// Takes the next record off `rest`, which is what is left of `source`.
    #[expect(
        clippy::inline_always,
        reason = "a view that is handed through calls costs more than what is left of it"
    )]
    #[inline(always)]
    fn decode<'a>(self, rest: &mut &'a [u8], source: &'a Bytes) -> Result<RecordView<'a>, &'static str> {
        match self {
            Self::Records { base_offset, base_timestamp, append_time, .. } => {
                let Parts { timestamp_delta, offset_delta, key, value, headers } = record::split(rest)?;
                // The sum of offsets was checked with the header; timestamps wrap, as in Java.
                let offset = base_offset.wrapping_add(i64::from(offset_delta));
                let timestamp = append_time.unwrap_or(base_timestamp.wrapping_add(timestamp_delta));
                Ok(RecordView { offset, timestamp, key, value, headers, source })
            }
            Self::Messages { magic, base_offset, append_time } => {
                let (mut record, after) = legacy::read_message(rest, source, magic)?;
                *rest = after;
                record.offset = base_offset.wrapping_add(record.offset);
                record.timestamp = append_time.unwrap_or(record.timestamp);
                Ok(record)
            }
        }
    }
}

/// A malformed record: which one, where it begins, what is wrong.
#[derive(Debug)]
pub(super) struct Malformed {
    pub(super) index: usize,
    pub(super) at: usize,
    pub(super) reason: &'static str,
}

impl Records {
    /// Reads all `count` records once. `count` comes from the network and is only believed when the records bear it out.
    pub(super) fn check(data: Bytes, count: usize, layout: Layout) -> Result<Self, Malformed> {
        match layout {
            Layout::Records { last_offset_delta, .. } => {
                check_all(&data, count, |rest| record::check(rest, last_offset_delta))
            }
            Layout::Messages { .. } => check_all(&data, count, |rest| layout.decode(rest, &data).map(drop)),
        }?;
        Ok(Self { data, count, layout })
    }

    /// How many there are. Fewer than the batch has offsets, if the topic is compacted.
    pub fn len(&self) -> usize {
        self.count
    }

    /// Whether compaction has left none.
    pub fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// Bytes of memory that the records, decompressed, take.
    pub fn size_in_bytes(&self) -> usize {
        self.data.len()
    }

    /// All records, in their order.
    pub fn iter(&self) -> Iter<'_> {
        Iter { layout: self.layout, source: &self.data, rest: &self.data, left: self.count }
    }

    /// The records from `cursor` on.
    pub fn iter_from(&self, cursor: Cursor) -> Iter<'_> {
        let rest = self.data.get(cursor.at..).unwrap_or_default();
        Iter { layout: self.layout, source: &self.data, rest, left: self.count.saturating_sub(cursor.index) }
    }

    /// The record at `cursor`, which moves on to the next. For a reader that keeps its place while it holds no borrow.
    ///
    /// ```
    /// # use kafka_proto::records::{Cursor, Records};
    /// /// Hands out the records of a batch one at a time.
    /// struct Reader {
    ///     records: Records,
    ///     cursor: Cursor,
    /// }
    ///
    /// impl Reader {
    ///     fn next_value(&mut self) -> Option<bytes::Bytes> {
    ///         self.records.read(&mut self.cursor)?.value_bytes()
    ///     }
    /// }
    /// ```
    #[expect(
        clippy::inline_always,
        reason = "a view that is handed through calls costs more than what is left of it"
    )]
    #[inline(always)]
    pub fn read(&self, cursor: &mut Cursor) -> Option<RecordView<'_>> {
        let mut rest = self.data.get(cursor.at..)?;
        let record = if cursor.index < self.count {
            self.layout.decode(&mut rest, &self.data).ok()?
        } else {
            return None;
        };
        *cursor = Cursor { at: self.data.len() - rest.len(), index: cursor.index + 1 };
        Some(record)
    }
}

/// Reads `count` records with `check`, which takes one off the slice that it is given; there must be nothing else.
#[inline]
fn check_all<'a>(
    data: &'a [u8],
    count: usize,
    check: impl Fn(&mut &'a [u8]) -> Result<(), &'static str>,
) -> Result<(), Malformed> {
    let mut rest = data;
    for index in 0..count {
        let at = data.len() - rest.len();
        check(&mut rest).map_err(|reason| Malformed { index, at, reason })?;
    }
    match rest.len() {
        0 => Ok(()),
        left => {
            let at = data.len() - left;
            Err(Malformed { index: count, at, reason: "there is more after the last record" })
        }
    }
}

impl<'a> IntoIterator for &'a Records {
    type Item = RecordView<'a>;
    type IntoIter = Iter<'a>;

    fn into_iter(self) -> Iter<'a> {
        self.iter()
    }
}

/// A place in [`Records`]; the default is before the first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Cursor {
    at: usize,
    index: usize,
}

impl Cursor {
    /// How many records have been read.
    pub fn index(&self) -> usize {
        self.index
    }
}

/// Iterates over [`Records`].
#[derive(Clone, Debug)]
pub struct Iter<'a> {
    layout: Layout,
    source: &'a Bytes,
    rest: &'a [u8],
    left: usize,
}

impl<'a> Iterator for Iter<'a> {
    type Item = RecordView<'a>;

    #[inline]
    fn next(&mut self) -> Option<RecordView<'a>> {
        self.left = self.left.checked_sub(1)?;
        self.layout.decode(&mut self.rest, self.source).ok()
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.left, Some(self.left))
    }
}

impl ExactSizeIterator for Iter<'_> {}
impl FusedIterator for Iter<'_> {}
