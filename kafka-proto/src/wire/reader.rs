//! Values out of a frame.

use bytes::Bytes;

use super::{DecodeError, DecodeErrorKind, StrBytes, Uuid, varint};

/// Takes values off the front of a frame. Strings and bytes are slices of it: nothing is copied, and the frame lives
/// as long as any of them.
///
/// Each method returns an error, and moves nowhere, if the bytes are not what it reads.
#[derive(Clone, Debug)]
pub struct Reader {
    frame: Bytes,
    position: usize,
    /// The end of the part that may be read: of the frame, or of the tagged field being read.
    end: usize,
}

impl Reader {
    /// Reads `frame` from its first byte.
    pub fn new(frame: Bytes) -> Self {
        let end = frame.len();
        Self { frame, position: 0, end }
    }

    /// How many bytes have been read.
    #[inline]
    pub fn position(&self) -> usize {
        self.position
    }

    /// How many bytes are left.
    #[inline]
    pub fn remaining(&self) -> usize {
        self.end - self.position
    }

    /// An error at the present position.
    #[cold]
    pub fn error(&self, kind: DecodeErrorKind) -> DecodeError {
        DecodeError::new(kind, self.position)
    }

    /// An error if bytes are left.
    pub fn finish(&self) -> Result<(), DecodeError> {
        match self.remaining() {
            0 => Ok(()),
            left => Err(self.error(DecodeErrorKind::TrailingBytes(left))),
        }
    }

    /// One byte.
    #[inline]
    pub fn i8(&mut self) -> Result<i8, DecodeError> {
        self.array::<1>().map(i8::from_be_bytes)
    }

    /// Two bytes, most significant first, as all numbers are.
    #[inline]
    pub fn i16(&mut self) -> Result<i16, DecodeError> {
        self.array().map(i16::from_be_bytes)
    }

    /// Two bytes, without a sign.
    #[inline]
    pub fn u16(&mut self) -> Result<u16, DecodeError> {
        self.array().map(u16::from_be_bytes)
    }

    /// Four bytes.
    #[inline]
    pub fn i32(&mut self) -> Result<i32, DecodeError> {
        self.array().map(i32::from_be_bytes)
    }

    /// Four bytes, without a sign.
    #[inline]
    pub fn u32(&mut self) -> Result<u32, DecodeError> {
        self.array().map(u32::from_be_bytes)
    }

    /// Eight bytes.
    #[inline]
    pub fn i64(&mut self) -> Result<i64, DecodeError> {
        self.array().map(i64::from_be_bytes)
    }

    /// Eight bytes of IEEE 754.
    #[inline]
    pub fn f64(&mut self) -> Result<f64, DecodeError> {
        self.array().map(f64::from_be_bytes)
    }

    /// One byte; all but zero is true.
    #[inline]
    pub fn bool(&mut self) -> Result<bool, DecodeError> {
        self.array::<1>().map(|[byte]| byte != 0)
    }

    /// Sixteen bytes.
    #[inline]
    pub fn uuid(&mut self) -> Result<Uuid, DecodeError> {
        self.array().map(Uuid)
    }

    /// One to five bytes.
    #[inline]
    pub fn unsigned_varint(&mut self) -> Result<u32, DecodeError> {
        let read = varint::read_unsigned_varint(self.rest());
        self.advance_varint(read)
    }

    /// One to five bytes, zigzag encoded.
    #[inline]
    pub fn varint(&mut self) -> Result<i32, DecodeError> {
        let read = varint::read_varint(self.rest());
        self.advance_varint(read)
    }

    /// One to ten bytes, zigzag encoded.
    #[inline]
    pub fn varlong(&mut self) -> Result<i64, DecodeError> {
        let read = varint::read_varlong(self.rest());
        self.advance_varint(read)
    }

    /// The next `length` bytes, shared with the frame.
    #[inline]
    pub fn bytes(&mut self, length: usize) -> Result<Bytes, DecodeError> {
        let end = self.end_of(length)?;
        let bytes = self.frame.slice(self.position..end);
        self.position = end;
        Ok(bytes)
    }

    /// The next `length` bytes as a string, shared with the frame.
    #[inline]
    pub fn str_bytes(&mut self, length: usize) -> Result<StrBytes, DecodeError> {
        let start = self.position;
        let bytes = self.bytes(length)?;
        StrBytes::try_from(bytes).map_err(|error| {
            self.position = start;
            DecodeError::new(DecodeErrorKind::InvalidUtf8, start + error.valid_up_to())
        })
    }

    /// A length in a varint, one more than it is, as flexible versions write it. Zero is null.
    #[inline]
    pub fn compact_length(&mut self) -> Result<Option<usize>, DecodeError> {
        Ok(self.unsigned_varint()?.checked_sub(1).map(|length| length as usize))
    }

    /// A length in two bytes. -1 is null.
    #[inline]
    pub fn short_length(&mut self) -> Result<Option<usize>, DecodeError> {
        let length = self.i16()?;
        self.length(i64::from(length), 2)
    }

    /// A length in four bytes. -1 is null.
    #[inline]
    pub fn long_length(&mut self) -> Result<Option<usize>, DecodeError> {
        let length = self.i32()?;
        self.length(i64::from(length), 4)
    }

    /// An error if `count` elements of `min_size` bytes at least cannot be in what is left.
    #[inline]
    pub fn check_count(&self, count: usize, min_size: usize) -> Result<(), DecodeError> {
        let left = self.remaining();
        if count > left / min_size.max(1) {
            return Err(self.error(DecodeErrorKind::CountTooLarge { count, left }));
        }
        Ok(())
    }

    /// Skips the number of tagged fields of a struct if there are none, as in nearly every struct.
    #[doc(hidden)]
    #[inline]
    pub fn skip_no_tags(&mut self) -> bool {
        let none = self.rest().first() == Some(&0);
        self.position += usize::from(none);
        none
    }

    /// Reads the next `length` bytes with `read`, which must read all of them and cannot read more.
    pub(super) fn section<T>(
        &mut self,
        length: usize,
        read: impl FnOnce(&mut Self) -> Result<T, DecodeError>,
    ) -> Result<T, DecodeError> {
        let outer_end = self.end;
        self.end = self.end_of(length)?;
        let result = read(self).and_then(|value| self.finish().map(|()| value));
        self.end = outer_end;
        result
    }

    fn length(&self, length: i64, width: usize) -> Result<Option<usize>, DecodeError> {
        match length {
            0.. => Ok(Some(length as usize)),
            -1 => Ok(None),
            _ => Err(DecodeError::new(DecodeErrorKind::NegativeLength(length), self.position - width)),
        }
    }

    #[inline]
    fn array<const N: usize>(&mut self) -> Result<[u8; N], DecodeError> {
        match self.rest().first_chunk::<N>() {
            Some(bytes) => {
                let bytes = *bytes;
                self.position += N;
                Ok(bytes)
            }
            None => Err(self.end_of_frame(N)),
        }
    }

    #[inline]
    fn rest(&self) -> &[u8] {
        &self.frame[self.position..self.end]
    }

    #[inline]
    fn end_of(&self, length: usize) -> Result<usize, DecodeError> {
        if length > self.remaining() {
            return Err(self.end_of_frame(length));
        }
        Ok(self.position + length)
    }

    #[cold]
    fn end_of_frame(&self, needed: usize) -> DecodeError {
        self.error(DecodeErrorKind::EndOfFrame { needed, left: self.remaining() })
    }

    #[inline]
    fn advance_varint<T>(&mut self, read: Option<(T, usize)>) -> Result<T, DecodeError> {
        let (value, size) = read.ok_or_else(|| self.error(DecodeErrorKind::InvalidVarint))?;
        self.position += size;
        Ok(value)
    }
}
