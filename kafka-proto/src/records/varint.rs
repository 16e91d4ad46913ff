//! The zigzag varints inside records of magic 2, read as Java reads them: overlong forms are allowed, more than five
//! (or, for 64 bits, ten) bytes are not.

/// The most bytes that a varint of 32 bits takes.
pub(super) const MAX_VARINT: usize = 5;
/// The most bytes that a varint of 64 bits takes.
pub(super) const MAX_VARLONG: usize = 10;

pub(super) const fn zigzag(value: i64) -> u64 {
    ((value << 1) ^ (value >> 63)) as u64
}

/// How many bytes `value` takes, already in zigzag form.
pub(super) const fn size(value: u64) -> usize {
    // A byte holds seven bits; zero takes one byte too.
    (70 - (value | 1).leading_zeros() as usize) / 7
}

/// A number of 32 bits, or `None`: the bytes end in it, or it goes on for too long.
#[inline]
pub(super) fn read(bytes: &mut &[u8]) -> Option<i32> {
    let (&first, rest) = bytes.split_first()?;
    if first < 0x80 {
        *bytes = rest;
        return Some(i32::from(first >> 1) ^ -i32::from(first & 1));
    }
    let value = read_long_form(bytes, MAX_VARINT)? as u32;
    Some((value >> 1) as i32 ^ -((value & 1) as i32))
}

/// A number of 64 bits, or `None`: the bytes end in it, or it goes on for too long.
#[inline]
pub(super) fn read_long(bytes: &mut &[u8]) -> Option<i64> {
    let (&first, rest) = bytes.split_first()?;
    if first < 0x80 {
        *bytes = rest;
        return Some(i64::from(first >> 1) ^ -i64::from(first & 1));
    }
    let value = read_long_form(bytes, MAX_VARLONG)?;
    Some((value >> 1) as i64 ^ -((value & 1) as i64))
}

#[inline]
fn read_long_form(bytes: &mut &[u8], max: usize) -> Option<u64> {
    let mut value = 0;
    for (index, &byte) in bytes.iter().take(max).enumerate() {
        value |= u64::from(byte & 0x7f) << (7 * index);
        if byte < 0x80 {
            *bytes = &bytes[index + 1..];
            return Some(value);
        }
    }
    None
}

/// A few numbers and bytes put together before they are appended to a batch at once.
pub(super) struct Scratch {
    bytes: [u8; Self::SIZE],
    len: usize,
}

impl Scratch {
    const SIZE: usize = 32;
    /// Positions are taken modulo the size: that spares the check for room, which the callers' few numbers never exceed.
    const MASK: usize = Self::SIZE - 1;

    pub(super) const fn new() -> Self {
        Self { bytes: [0; Self::SIZE], len: 0 }
    }

    #[inline]
    pub(super) fn byte(&mut self, byte: u8) {
        self.bytes[self.len & Self::MASK] = byte;
        self.len += 1;
    }

    #[inline]
    pub(super) fn varint(&mut self, value: i64) {
        let mut value = zigzag(value);
        while value >= 0x80 {
            self.byte(value as u8 | 0x80);
            value >>= 7;
        }
        self.byte(value as u8);
    }

    #[inline]
    pub(super) fn as_slice(&self) -> &[u8] {
        &self.bytes[..self.len.min(Self::SIZE)]
    }
}
