use std::fmt;
use std::sync::Arc;

use super::{Compression, CompressionError, gzip, lz4, snappy, zstd};

/// A compressor of your own: a hardware accelerator, another library, other settings.
///
/// It must write the format that Kafka defines for its [`compression`](Codec::compression): other clients and the
/// broker read it with theirs.
///
/// ```
/// use std::sync::Arc;
/// use kafka_proto::compression::{Codec, Compression, CompressionError, Compressor};
///
/// /// Writes gzip members whose blocks are stored, not compressed.
/// struct Stored;
///
/// impl Codec for Stored {
///     fn compression(&self) -> Compression {
///         Compression::Gzip
///     }
///     fn compress(&self, input: &[u8], out: &mut Vec<u8>) -> Result<(), CompressionError> {
///         // …
/// #       out.extend_from_slice(input);
///         Ok(())
///     }
/// }
///
/// let compressor = Compressor::custom(Arc::new(Stored));
/// assert_eq!(compressor.compression(), Compression::Gzip);
/// ```
pub trait Codec: Send + Sync {
    /// What the batch says it is compressed with.
    fn compression(&self) -> Compression;

    /// Appends `input`, compressed, to `out`.
    ///
    /// An error fails the batch; `out` is then put back as it was.
    fn compress(&self, input: &[u8], out: &mut Vec<u8>) -> Result<(), CompressionError>;
}

/// Compresses batches one after the other, and keeps what its codec can reuse between them.
pub struct Compressor {
    compression: Compression,
    encoder: Encoder,
}

enum Encoder {
    Own(Box<dyn Encode>),
    Custom(Arc<dyn Codec>),
}

/// A codec of this crate with its state.
pub(super) trait Encode: Send {
    /// Appends `input`, compressed, to `out`, or says why not.
    fn encode(&mut self, input: &[u8], out: &mut Vec<u8>) -> Result<(), String>;
}

/// Compresses nothing.
struct Plain;

impl Encode for Plain {
    fn encode(&mut self, input: &[u8], out: &mut Vec<u8>) -> Result<(), String> {
        out.extend_from_slice(input);
        Ok(())
    }
}

impl Compressor {
    /// At the codec's usual level: 6 for gzip, 3 for zstd, as Java has it.
    ///
    /// Fails when the build has no such codec.
    pub fn new(compression: Compression) -> Result<Self, CompressionError> {
        Self::build(compression, None)
    }

    /// At a level: 1 to 9 for gzip, −131072 to 22 for zstd (KIP-390). The others have one level only.
    ///
    /// Fails when the codec has no such level, or the build no such codec.
    pub fn with_level(compression: Compression, level: i32) -> Result<Self, CompressionError> {
        let levels = match compression {
            Compression::None => None,
            Compression::Gzip => gzip::LEVELS,
            Compression::Snappy => snappy::LEVELS,
            Compression::Lz4 => lz4::LEVELS,
            Compression::Zstd => zstd::LEVELS,
        };
        compression.require()?;
        if levels.is_none_or(|(lowest, highest)| level < lowest || level > highest) {
            return Err(CompressionError::InvalidLevel { compression, level, levels });
        }
        Self::build(compression, Some(level))
    }

    /// With a codec of the caller's.
    pub fn custom(codec: Arc<dyn Codec>) -> Self {
        Self { compression: codec.compression(), encoder: Encoder::Custom(codec) }
    }

    /// What it compresses with.
    pub fn compression(&self) -> Compression {
        self.compression
    }

    /// Appends `input`, compressed, to `out`. On an error `out` is as it was.
    pub fn compress(&mut self, input: &[u8], out: &mut Vec<u8>) -> Result<(), CompressionError> {
        let start = out.len();
        let written = self.append(input, out);
        if written.is_err() {
            out.truncate(start);
        }
        written
    }

    fn append(&mut self, input: &[u8], out: &mut Vec<u8>) -> Result<(), CompressionError> {
        let written = match &mut self.encoder {
            Encoder::Own(encoder) => encoder.encode(input, out),
            Encoder::Custom(codec) => return codec.compress(input, out),
        };
        let failed = |reason| CompressionError::Failed { compression: self.compression, reason };
        written.map_err(failed)
    }

    fn build(compression: Compression, level: Option<i32>) -> Result<Self, CompressionError> {
        compression.require()?;
        let encoder: Box<dyn Encode> = match compression {
            Compression::None => Box::new(Plain),
            Compression::Gzip => Box::new(gzip::Encoder::new(level)),
            Compression::Snappy => Box::new(snappy::Encoder::new(level)),
            Compression::Lz4 => Box::new(lz4::Encoder::new(level)),
            Compression::Zstd => Box::new(zstd::Encoder::new(level)),
        };
        Ok(Self { compression, encoder: Encoder::Own(encoder) })
    }
}

impl fmt::Debug for Compressor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Compressor").field("compression", &self.compression).finish_non_exhaustive()
    }
}
