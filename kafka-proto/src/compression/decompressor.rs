use std::fmt;

use bytes::Bytes;

use super::error::Fault;
use super::{Compression, CompressionError, gzip, lz4, snappy, zstd};

/// Decompresses batches of any codec one after the other, and keeps what the codecs can reuse between them.
///
/// The state of a codec is made when the first batch needs it.
#[derive(Default)]
pub struct Decompressor {
    gzip: Option<Box<gzip::Decoder>>,
    snappy: snappy::Decoder,
    lz4: lz4::Decoder,
    zstd: Option<Box<zstd::Decoder>>,
}

impl Decompressor {
    /// Without any state yet: costs nothing.
    pub fn new() -> Self {
        Self::default()
    }

    /// Appends `input`, decompressed, to `out`: at most `limit` bytes.
    ///
    /// Memory is taken as content arrives, up to the limit; the sizes that the data declares are not believed. On an
    /// error `out` is as it was.
    pub fn decompress(
        &mut self,
        compression: Compression,
        input: &[u8],
        out: &mut Vec<u8>,
        limit: usize,
    ) -> Result<(), CompressionError> {
        compression.require()?;
        let start = out.len();
        let read = match compression {
            Compression::None if input.len() > limit => Err(Fault::Limit),
            Compression::None => {
                out.extend_from_slice(input);
                Ok(())
            }
            Compression::Gzip => self.gzip.get_or_insert_default().decode(input, out, limit),
            Compression::Snappy => self.snappy.decode(input, out, limit),
            Compression::Lz4 => self.lz4.decode(input, out, limit),
            Compression::Zstd => self.zstd.get_or_insert_default().decode(input, out, limit),
        };
        read.map_err(|fault| {
            out.truncate(start);
            match fault {
                Fault::Limit => CompressionError::LimitExceeded { compression, limit },
                Fault::Corrupt(reason) => CompressionError::Corrupt { compression, reason },
            }
        })
    }

    /// `input`, decompressed to at most `limit` bytes, in a buffer of its own that has little room to spare.
    pub(crate) fn unpack(
        &mut self,
        compression: Compression,
        input: &[u8],
        limit: usize,
    ) -> Result<Bytes, CompressionError> {
        let mut unpacked = Vec::new();
        self.decompress(compression, input, &mut unpacked, limit)?;
        // Records may be kept for long, and whoever keeps them counts their bytes.
        if unpacked.capacity() - unpacked.len() > unpacked.len() / 8 {
            unpacked.shrink_to_fit();
        }
        Ok(Bytes::from(unpacked))
    }
}

impl fmt::Debug for Decompressor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Decompressor").finish_non_exhaustive()
    }
}

/// Appends `input`, decompressed, to `out`: at most `limit` bytes.
///
/// For a single batch; for many, a [`Decompressor`] saves setting up the codec each time.
pub fn decompress(
    compression: Compression,
    input: &[u8],
    out: &mut Vec<u8>,
    limit: usize,
) -> Result<(), CompressionError> {
    Decompressor::new().decompress(compression, input, out, limit)
}
