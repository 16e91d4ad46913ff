//! The zigzag varints inside records of magic 2, several for each record, so written and read in the way that is
//! fastest for a handful of small ones. They are read as leniently as Java does: bits beyond the type's are dropped,
//! and only more than five (or, for 64 bits, ten) bytes are an error.

pub(super) use crate::wire::varint::MAX_VARINT_SIZE;
use crate::wire::varint::MAX_VARLONG_SIZE;

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
    Some(unzigzag(value as u32))
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
pub(super) fn read_short(bytes: &[u8]) -> Option<(u64, &[u8])> {
    match *bytes {
        [first, ref rest @ ..] if first < 0x80 => Some((u64::from(first), rest)),
        [first, second, ref rest @ ..] if second < 0x80 => Some((u64::from(two_bytes(first, second)), rest)),
        _ => None,
    }
}

pub(super) const fn unzigzag(value: u32) -> i32 {
    (value >> 1) as i32 ^ -((value & 1) as i32)
}

#[inline]
const fn two_bytes(first: u8, second: u8) -> u32 {
    (first & 0x7f) as u32 | (second as u32) << 7
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

/// A number below 2^14, in zigzag form, as it is written, in the low bytes of an integer; and how many bytes it takes:
/// one or two.
#[inline]
pub(super) fn pack(number: u64) -> (u64, usize) {
    // The upper seven bits move up by one; the bit between says that they follow.
    let two = number >= 0x80;
    (number + (number & !0x7f) + (u64::from(two) << 7), 1 + usize::from(two))
}

/// Where the numbers of a record's front are read from: five of three bytes at most, and a byte of attributes.
pub(super) const WINDOW: usize = 16;
/// Positions are taken modulo the size of the window, which spares the check for it.
const MASK: usize = WINDOW - 1;

/// The number at `at`, in zigzag form, if it has at most three bytes; `at` moves behind it.
#[inline]
pub(super) fn short(window: &[u8; WINDOW], at: &mut usize) -> Option<u32> {
    let mut next = || {
        let byte = window[*at & MASK];
        *at += 1;
        byte
    };
    let first = next();
    if first < 0x80 {
        return Some(u32::from(first));
    }
    let second = next();
    if second < 0x80 {
        return Some(two_bytes(first, second));
    }
    let third = next();
    (third < 0x80).then_some(two_bytes(first, second & 0x7f) | u32::from(third) << 14)
}
