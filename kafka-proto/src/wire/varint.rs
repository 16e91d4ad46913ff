//! Variable-length integers: seven bits a byte, the lowest first, the high bit set on all but the last.
//!
//! Unsigned ones carry lengths and tags of flexible versions. Signed ones carry the fields of records and are
//! zigzag encoded, so that small negative numbers stay small.

/// The most bytes that a 32-bit varint takes.
pub const MAX_VARINT_SIZE: usize = 5;
/// The most bytes that a 64-bit varint takes.
pub const MAX_VARLONG_SIZE: usize = 10;

/// Appends `value` in one to five bytes.
#[inline]
pub fn put_unsigned_varint(buffer: &mut Vec<u8>, value: u32) {
    put_unsigned_varlong(buffer, u64::from(value));
}

/// Appends `value` in one to ten bytes.
#[inline]
pub fn put_unsigned_varlong(buffer: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        buffer.push(value as u8 | 0x80);
        value >>= 7;
    }
    buffer.push(value as u8);
}

/// Appends `value`, zigzag encoded, in one to five bytes.
#[inline]
pub fn put_varint(buffer: &mut Vec<u8>, value: i32) {
    put_unsigned_varint(buffer, zigzag(value));
}

/// Appends `value`, zigzag encoded, in one to ten bytes.
#[inline]
pub fn put_varlong(buffer: &mut Vec<u8>, value: i64) {
    put_unsigned_varlong(buffer, zigzag_long(value));
}

/// How many bytes [`put_unsigned_varint`] appends.
#[inline]
pub const fn unsigned_varint_size(value: u32) -> usize {
    unsigned_varlong_size(value as u64)
}

/// How many bytes [`put_unsigned_varlong`] appends.
#[inline]
pub const fn unsigned_varlong_size(value: u64) -> usize {
    let bits = u64::BITS - (value | 1).leading_zeros();
    bits.div_ceil(7) as usize
}

/// How many bytes [`put_varint`] appends.
#[inline]
pub const fn varint_size(value: i32) -> usize {
    unsigned_varint_size(zigzag(value))
}

/// How many bytes [`put_varlong`] appends.
#[inline]
pub const fn varlong_size(value: i64) -> usize {
    unsigned_varlong_size(zigzag_long(value))
}

/// Takes an unsigned varint off the front of `bytes`: its value and its size. `None` if `bytes` end in the middle of
/// it or it does not fit 32 bits.
#[inline]
pub fn read_unsigned_varint(bytes: &[u8]) -> Option<(u32, usize)> {
    let (value, size) = read_groups(bytes, MAX_VARINT_SIZE)?;
    Some((u32::try_from(value).ok()?, size))
}

/// Takes an unsigned varlong off the front of `bytes`: its value and its size. `None` if `bytes` end in the middle of
/// it or it does not fit 64 bits.
#[inline]
pub fn read_unsigned_varlong(bytes: &[u8]) -> Option<(u64, usize)> {
    read_groups(bytes, MAX_VARLONG_SIZE)
}

/// Takes a zigzag varint off the front of `bytes`: its value and its size. `None` as with [`read_unsigned_varint`].
#[inline]
pub fn read_varint(bytes: &[u8]) -> Option<(i32, usize)> {
    let (value, size) = read_unsigned_varint(bytes)?;
    Some(((value >> 1) as i32 ^ -((value & 1) as i32), size))
}

/// Takes a zigzag varlong off the front of `bytes`: its value and its size. `None` as with [`read_unsigned_varlong`].
#[inline]
pub fn read_varlong(bytes: &[u8]) -> Option<(i64, usize)> {
    let (value, size) = read_unsigned_varlong(bytes)?;
    Some(((value >> 1) as i64 ^ -((value & 1) as i64), size))
}

#[inline]
fn read_groups(bytes: &[u8], max_size: usize) -> Option<(u64, usize)> {
    match *bytes {
        [first, ..] if first < 0x80 => Some((u64::from(first), 1)),
        [first, second, ..] if second < 0x80 => Some((u64::from(first & 0x7f) | u64::from(second) << 7, 2)),
        _ => read_many_groups(bytes, max_size),
    }
}

#[inline(never)]
fn read_many_groups(bytes: &[u8], max_size: usize) -> Option<(u64, usize)> {
    let mut value = 0;
    for (index, &byte) in bytes.iter().enumerate().take(max_size) {
        let shift = 7 * index as u32;
        let group = u64::from(byte & 0x7f);
        if (group << shift) >> shift != group {
            return None;
        }
        value |= group << shift;
        if byte < 0x80 {
            return Some((value, index + 1));
        }
    }
    None
}

#[inline]
const fn zigzag(value: i32) -> u32 {
    ((value << 1) ^ (value >> 31)) as u32
}

#[inline]
const fn zigzag_long(value: i64) -> u64 {
    ((value << 1) ^ (value >> 63)) as u64
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn known_values_have_known_bytes() {
        for (value, bytes) in [(0u32, &[0u8][..]), (127, &[127]), (128, &[0x80, 1]), (300, &[0xac, 2])] {
            let mut buffer = Vec::new();
            put_unsigned_varint(&mut buffer, value);
            assert_eq!(buffer, bytes);
        }
        let mut buffer = Vec::new();
        put_varint(&mut buffer, -1);
        put_varint(&mut buffer, 1);
        assert_eq!(buffer, [1, 2]);
    }

    #[test]
    fn overlong_and_cut_values_are_refused() {
        assert_eq!(read_unsigned_varint(&[]), None);
        assert_eq!(read_unsigned_varint(&[0x80]), None);
        assert_eq!(read_unsigned_varint(&[0xff, 0xff, 0xff, 0xff, 0x1f]), None);
        assert_eq!(read_unsigned_varint(&[0x80; 6]), None);
        assert_eq!(read_unsigned_varint(&[0xff, 0xff, 0xff, 0xff, 0x0f]), Some((u32::MAX, 5)));
        assert_eq!(read_unsigned_varlong(&[0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 2]), None);
    }

    proptest! {
        #[test]
        fn every_value_reads_back(int: i32, long: i64, unsigned: u32, unsigned_long: u64, shift in 0..64u32) {
            let (int, long) = (int >> (shift / 2), long >> shift);
            let (unsigned, unsigned_long) = (unsigned >> (shift / 2), unsigned_long >> shift);
            let mut buffer = Vec::new();
            put_varint(&mut buffer, int);
            prop_assert_eq!(read_varint(&buffer), Some((int, varint_size(int))));
            buffer.clear();
            put_varlong(&mut buffer, long);
            prop_assert_eq!(read_varlong(&buffer), Some((long, varlong_size(long))));
            buffer.clear();
            put_unsigned_varint(&mut buffer, unsigned);
            prop_assert_eq!(read_unsigned_varint(&buffer), Some((unsigned, unsigned_varint_size(unsigned))));
            buffer.clear();
            put_unsigned_varlong(&mut buffer, unsigned_long);
            prop_assert_eq!(
                read_unsigned_varlong(&buffer),
                Some((unsigned_long, unsigned_varlong_size(unsigned_long)))
            );
        }
    }
}
