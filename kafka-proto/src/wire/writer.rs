//! Values into a buffer.

use bytes::Bytes;

use super::{EncodeError, EncodeErrorKind, Uuid, varint};

/// Byte fields smaller than this are copied in gather mode too: a slice of its own costs more than the copy.
const GATHER_FROM: usize = 1024;

/// Appends values to a buffer.
///
/// In gather mode ([`Writer::gathering`]) the content of large byte fields, record batches above all, is not copied:
/// it is remembered where it belongs, and [`Writer::into_chunks`] gives the pieces for one vectored write.
///
/// ```
/// use bytes::Bytes;
/// use kafka_proto::wire::Writer;
///
/// let batch = Bytes::from(vec![7; 16 * 1024]);
/// let mut writer = Writer::gathering(Vec::new());
/// writer.put_i32(batch.len() as i32);
/// writer.put_payload(&batch);
/// writer.put_i8(0);
/// assert_eq!(writer.len(), 4 + 16 * 1024 + 1);
/// let chunks: Vec<Bytes> = writer.into_chunks().collect();
/// assert_eq!(chunks.iter().map(Bytes::len).collect::<Vec<_>>(), [4, 16 * 1024, 1]);
/// assert_eq!(chunks[1].as_ptr(), batch.as_ptr());
/// ```
#[derive(Debug, Default)]
pub struct Writer {
    buffer: Vec<u8>,
    /// Payloads, and the length of `buffer` at which each belongs.
    splices: Vec<(usize, Bytes)>,
    spliced: usize,
    gather: bool,
}

impl Writer {
    /// Everything goes to one buffer.
    pub fn new() -> Self {
        Self::default()
    }

    /// Everything goes to one buffer, which has room for `capacity` bytes.
    pub fn with_capacity(capacity: usize) -> Self {
        Self { buffer: Vec::with_capacity(capacity), ..Self::default() }
    }

    /// Large byte fields stay where they are; the rest is appended to `buffer`, which may be one used before.
    pub fn gathering(buffer: Vec<u8>) -> Self {
        Self { buffer, gather: true, ..Self::default() }
    }

    /// Gathers, in the memory of the [`Writer::into_parts`] before: `buffer` is appended to, and `payloads`, which are
    /// to be written elsewhere by now, go.
    pub fn gathering_into(buffer: Vec<u8>, mut payloads: Vec<(usize, Bytes)>) -> Self {
        payloads.clear();
        Self { buffer, splices: payloads, gather: true, ..Self::default() }
    }

    /// How many bytes have been written, the gathered ones included.
    #[inline]
    pub fn len(&self) -> usize {
        self.buffer.len() + self.spliced
    }

    /// Whether nothing has been written.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// One byte.
    #[inline]
    pub fn put_i8(&mut self, value: i8) {
        self.buffer.push(value as u8);
    }

    /// Two bytes, most significant first, as all numbers are.
    #[inline]
    pub fn put_i16(&mut self, value: i16) {
        self.put_slice(&value.to_be_bytes());
    }

    /// Two bytes, without a sign.
    #[inline]
    pub fn put_u16(&mut self, value: u16) {
        self.put_slice(&value.to_be_bytes());
    }

    /// Four bytes.
    #[inline]
    pub fn put_i32(&mut self, value: i32) {
        self.put_slice(&value.to_be_bytes());
    }

    /// Four bytes, without a sign.
    #[inline]
    pub fn put_u32(&mut self, value: u32) {
        self.put_slice(&value.to_be_bytes());
    }

    /// Eight bytes.
    #[inline]
    pub fn put_i64(&mut self, value: i64) {
        self.put_slice(&value.to_be_bytes());
    }

    /// Eight bytes of IEEE 754.
    #[inline]
    pub fn put_f64(&mut self, value: f64) {
        self.put_slice(&value.to_be_bytes());
    }

    /// One byte: one or zero.
    #[inline]
    pub fn put_bool(&mut self, value: bool) {
        self.buffer.push(u8::from(value));
    }

    /// Sixteen bytes.
    #[inline]
    pub fn put_uuid(&mut self, value: Uuid) {
        self.put_slice(value.as_bytes());
    }

    /// One to five bytes.
    #[inline]
    pub fn put_unsigned_varint(&mut self, value: u32) {
        varint::put_unsigned_varint(&mut self.buffer, value);
    }

    /// One to five bytes, zigzag encoded.
    #[inline]
    pub fn put_varint(&mut self, value: i32) {
        varint::put_varint(&mut self.buffer, value);
    }

    /// One to ten bytes, zigzag encoded.
    #[inline]
    pub fn put_varlong(&mut self, value: i64) {
        varint::put_varlong(&mut self.buffer, value);
    }

    /// The bytes as they are.
    #[inline]
    pub fn put_slice(&mut self, bytes: &[u8]) {
        self.buffer.extend_from_slice(bytes);
    }

    /// The bytes as they are; not copied if this writer gathers and they are many.
    #[inline]
    pub fn put_payload(&mut self, bytes: &Bytes) {
        if self.gather && bytes.len() >= GATHER_FROM {
            self.splices.push((self.buffer.len(), bytes.clone()));
            self.spliced += bytes.len();
        } else {
            self.put_slice(bytes);
        }
    }

    /// A length in a varint, one more than it is, as flexible versions write it. Null is zero.
    #[inline]
    pub fn put_compact_length(&mut self, length: Option<usize>) -> Result<(), EncodeError> {
        let written = match length {
            None => 0,
            Some(length) if length < i32::MAX as usize => length as u32 + 1,
            Some(length) => return Err(EncodeError::new(EncodeErrorKind::TooLong(length))),
        };
        self.put_unsigned_varint(written);
        Ok(())
    }

    /// A length in two bytes. Null is -1.
    #[inline]
    pub fn put_short_length(&mut self, length: Option<usize>) -> Result<(), EncodeError> {
        let written = length.map_or(Ok(-1), |length| {
            i16::try_from(length).map_err(|_| EncodeError::new(EncodeErrorKind::TooLong(length)))
        })?;
        self.put_i16(written);
        Ok(())
    }

    /// A length in four bytes. Null is -1.
    #[inline]
    pub fn put_long_length(&mut self, length: Option<usize>) -> Result<(), EncodeError> {
        let written = length.map_or(Ok(-1), |length| {
            i32::try_from(length).map_err(|_| EncodeError::new(EncodeErrorKind::TooLong(length)))
        })?;
        self.put_i32(written);
        Ok(())
    }

    /// Writes a frame: four bytes of length, then what `content` writes.
    pub fn put_frame(
        &mut self,
        content: impl FnOnce(&mut Self) -> Result<(), EncodeError>,
    ) -> Result<(), EncodeError> {
        let (at, before) = (self.buffer.len(), self.len());
        self.put_i32(0);
        content(self)?;
        let length = self.len() - before - 4;
        let written =
            i32::try_from(length).map_err(|_| EncodeError::new(EncodeErrorKind::TooLong(length)))?;
        self.buffer[at..at + 4].copy_from_slice(&written.to_be_bytes());
        Ok(())
    }

    /// All that was written, in one piece. What was gathered is copied now.
    pub fn into_bytes(self) -> Bytes {
        if self.splices.is_empty() {
            return Bytes::from(self.buffer);
        }
        let mut whole = Vec::with_capacity(self.len());
        for chunk in self.into_chunks() {
            whole.extend_from_slice(&chunk);
        }
        Bytes::from(whole)
    }

    /// The pieces that make up what was written, in order, none of them empty.
    pub fn into_chunks(self) -> impl Iterator<Item = Bytes> {
        let buffer = Bytes::from(self.buffer);
        let mut start = 0;
        let tail_from = self.splices.last().map_or(0, |&(at, _)| at);
        let tail = buffer.slice(tail_from..);
        self.splices
            .into_iter()
            .flat_map(move |(at, payload)| {
                let before = buffer.slice(start..at);
                start = at;
                [before, payload]
            })
            .chain([tail])
            .filter(|chunk| !chunk.is_empty())
    }

    /// The buffer, and the payloads with the position in the buffer before which each belongs. For those who write
    /// the pieces themselves and want the buffer back.
    pub fn into_parts(self) -> (Vec<u8>, Vec<(usize, Bytes)>) {
        (self.buffer, self.splices)
    }
}
