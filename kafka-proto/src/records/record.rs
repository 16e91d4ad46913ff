//! How a record of magic 2 stands in its batch: six numbers, the key and the value, the headers.

use super::varint;
use super::view::{CUT_SHORT, Headers, read_nullable};

/// What a record consists of.
#[derive(Debug)]
pub(super) struct Parts<'a> {
    pub(super) timestamp_delta: i64,
    pub(super) offset_delta: i32,
    pub(super) key: Option<&'a [u8]>,
    pub(super) value: Option<&'a [u8]>,
    /// Not looked at yet.
    pub(super) headers: Headers<'a>,
}

/// Takes the next record off `rest`.
#[inline]
pub(super) fn split<'a>(rest: &mut &'a [u8]) -> Result<Parts<'a>, &'static str> {
    let (parts, after) = match split_usual(rest) {
        Some(split) => split,
        None => split_any(rest)?,
    };
    *rest = after;
    Ok(parts)
}

/// The record that `bytes` begin with, and what follows it, if its numbers are as short as they usually are: of three bytes at most. `None`
/// says nothing about the record.
///
/// The numbers at its front are read from a window of fixed size, so that no byte of them needs a check of its own. They
/// may be read from behind the end of the record: then the next slice that is taken of it fails.
#[inline]
pub(super) fn split_usual(bytes: &[u8]) -> Option<(Parts<'_>, &[u8])> {
    let window = bytes.first_chunk::<{ varint::WINDOW }>()?;
    let mut at = 0;
    let length = size(varint::short(window, &mut at)?)?;
    let (body, after) = bytes.split_at_checked(at + length)?;
    // The attributes: none is defined, and Java ignores them too.
    at += 1;
    let timestamp_delta = i64::from(varint::unzigzag(varint::short(window, &mut at)?));
    let offset_delta = varint::unzigzag(varint::short(window, &mut at)?);
    let (key, value_length, rest) = match size(varint::short(window, &mut at)?) {
        None => (None, varint::short(window, &mut at)?, body.get(at..)?),
        Some(length) => {
            let (key, rest) = body.get(at..)?.split_at_checked(length)?;
            let (value_length, rest) = varint::read_short(rest)?;
            (Some(key), value_length as u32, rest)
        }
    };
    let (value, rest) = match size(value_length) {
        None => (None, rest),
        Some(length) => {
            let (value, rest) = rest.split_at_checked(length)?;
            (Some(value), rest)
        }
    };
    // A number of one byte that is not negative: in zigzag form the lowest bit says so.
    let (&header_count, headers) = rest.split_first().filter(|(count, _)| *count & 0x81 == 0)?;
    let headers = Headers::unchecked(i32::from(header_count >> 1), headers);
    Some((Parts { timestamp_delta, offset_delta, key, value, headers }, after))
}

/// The record that `bytes` begin with, and what follows it.
#[inline(never)]
pub(super) fn split_any(bytes: &[u8]) -> Result<(Parts<'_>, &[u8]), &'static str> {
    let mut rest = bytes;
    let length = varint::read(&mut rest).ok_or(CUT_SHORT)?;
    let length = usize::try_from(length).map_err(|_| "its length is negative")?;
    let (mut body, after) = rest.split_at_checked(length).ok_or("it is longer than the batch")?;
    let (_attributes, numbers) = body.split_first().ok_or(CUT_SHORT)?;
    body = numbers;
    let timestamp_delta = varint::read_long(&mut body).ok_or(CUT_SHORT)?;
    let offset_delta = varint::read(&mut body).ok_or(CUT_SHORT)?;
    let key = read_nullable(&mut body)?;
    let value = read_nullable(&mut body)?;
    let header_count = varint::read(&mut body).ok_or(CUT_SHORT)?;
    let headers = Headers::unchecked(header_count, body);
    Ok((Parts { timestamp_delta, offset_delta, key, value, headers }, after))
}

/// A length in zigzag form. `None`: it is negative, which stands for null where null can be.
#[inline]
fn size(length: u32) -> Option<usize> {
    (length & 1 == 0).then_some((length >> 1) as usize)
}

/// Takes the next record off `rest` after a look at all that a reader relies on.
#[inline]
pub(super) fn check(rest: &mut &[u8], last_offset_delta: i32) -> Result<(), &'static str> {
    match split_usual(rest) {
        Some((parts, after)) if parts.is_at_most(last_offset_delta) => {
            *rest = after;
            parts.headers.check()
        }
        _ => check_any(rest, last_offset_delta),
    }
}

#[cold]
fn check_any(rest: &mut &[u8], last_offset_delta: i32) -> Result<(), &'static str> {
    let (parts, after) = split_any(rest)?;
    *rest = after;
    if !parts.is_at_most(last_offset_delta) {
        return Err("its offset is outside the batch");
    }
    parts.headers.check()
}

impl Parts<'_> {
    #[inline]
    fn is_at_most(&self, last_offset_delta: i32) -> bool {
        (0..=last_offset_delta).contains(&self.offset_delta)
    }
}
