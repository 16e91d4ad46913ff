//! The zigzag varints inside records of magic 2, several for each record, so written and read in the way that is
//! fastest for a handful of small ones. They are read as leniently as Java does: bits beyond the type's are dropped,
//! and only more than five (or, for 64 bits, ten) bytes are an error.

use crate::wire::varint::MAX_VARLONG_SIZE;
pub(super) use crate::wire::varint::{MAX_VARINT_SIZE, put_varlong};

pub(super) const fn zigzag(value: i64) -> u64 {
    ((value << 1) ^ (value >> 63)) as u64
}

/// How many bytes `value` takes, already in zigzag form.
#[inline]
pub(super) const fn size(value: u64) -> usize {
    match value {
        0..0x80 => 1,
        0x80..0x4000 => 2,
        // A byte holds seven bits.
        _ => (70 - value.leading_zeros() as usize) / 7,
    }
}

/// A number of 32 bits, or `None`: the bytes end in it, or it goes on for too long.
#[inline]
pub(super) fn read(bytes: &mut &[u8]) -> Option<i32> {
    let (value, rest) = read_short(bytes).or_else(|| read_long_form(bytes, MAX_VARINT_SIZE))?;
    *bytes = rest;
    let value = value as u32;
    Some((value >> 1) as i32 ^ -((value & 1) as i32))
}

/// A number of 64 bits, or `None`: the bytes end in it, or it goes on for too long.
#[inline]
pub(super) fn read_long(bytes: &mut &[u8]) -> Option<i64> {
    let (value, rest) = read_short(bytes).or_else(|| read_long_form(bytes, MAX_VARLONG_SIZE))?;
    *bytes = rest;
    Some((value >> 1) as i64 ^ -((value & 1) as i64))
}

/// One or two bytes, which nearly all numbers of a record take; and what follows them.
#[inline]
fn read_short(bytes: &[u8]) -> Option<(u64, &[u8])> {
    match *bytes {
        [first, ref rest @ ..] if first < 0x80 => Some((u64::from(first), rest)),
        [first, second, ref rest @ ..] if second < 0x80 => {
            Some((u64::from(first & 0x7f) | u64::from(second) << 7, rest))
        }
        _ => None,
    }
}

/// Takes and returns the bytes by value: a reference to the caller's slice would keep it out of registers.
#[cold]
fn read_long_form(bytes: &[u8], max: usize) -> Option<(u64, &[u8])> {
    let mut value = 0;
    for (index, &byte) in bytes.iter().take(max).enumerate() {
        value |= u64::from(byte & 0x7f) << (7 * index);
        if byte < 0x80 {
            return Some((value, &bytes[index + 1..]));
        }
    }
    None
}

/// Appends a few numbers: together at most 31 bytes.
#[inline]
pub(super) fn put<const N: usize>(buffer: &mut Vec<u8>, numbers: [i64; N]) {
    const ROOM: usize = 32;
    /// Positions are taken modulo the room: that spares the check for it.
    const MASK: usize = ROOM - 1;
    if buffer.capacity() - buffer.len() < ROOM {
        // Near its end the buffer is not to grow for room that is not needed.
        return numbers.into_iter().for_each(|number| put_varlong(buffer, number));
    }
    // Room of a fixed size is made with two instructions, and then needs no check for each byte.
    let mut end = 0;
    let start = buffer.len();
    buffer.extend_from_slice(&[0; ROOM]);
    if let Some(room) = buffer.last_chunk_mut::<ROOM>() {
        for number in numbers {
            let mut number = zigzag(number);
            while number >= 0x80 {
                room[end & MASK] = number as u8 | 0x80;
                end += 1;
                number >>= 7;
            }
            room[end & MASK] = number as u8;
            end += 1;
        }
    }
    buffer.truncate(start + end);
}
