//! Compression codecs of record batches: gzip, snappy, lz4 and zstd, as Kafka's own clients write and read them.
//!
//! A [`Compressor`] and a [`Decompressor`] keep the state of their codec from one batch to the next; they are cheap to
//! keep and worth keeping. What is decompressed is bounded by the caller's limit, never by what the data declares, so
//! a small batch that claims to be, or is, gigabytes ends in [`CompressionError::LimitExceeded`].
//!
//! Each codec is a cargo feature of its name, all on by default. A batch in a codec that was left out gives
//! [`CompressionError::CodecMissing`].
//!
//! ```
//! use kafka_proto::compression::{Compression, Compressor, Decompressor};
//!
//! # fn main() -> Result<(), kafka_proto::compression::CompressionError> {
//! # #[cfg(feature = "zstd")] {
//! let mut compressed = Vec::new();
//! Compressor::new(Compression::Zstd)?.compress(b"apple apple apple apple", &mut compressed)?;
//!
//! let mut fruits = Vec::new();
//! Decompressor::new().decompress(Compression::Zstd, &compressed, &mut fruits, 1024)?;
//! assert_eq!(fruits, b"apple apple apple apple");
//! # }
//! # Ok(())
//! # }
//! ```

mod compressor;
mod decompressor;
mod error;

#[cfg(feature = "gzip")]
mod gzip;
#[cfg(feature = "lz4")]
mod lz4;
#[cfg(feature = "snappy")]
mod snappy;
#[cfg(feature = "zstd")]
mod zstd;

#[cfg(not(all(feature = "gzip", feature = "snappy", feature = "lz4", feature = "zstd")))]
mod missing;
#[cfg(not(feature = "gzip"))]
use missing as gzip;
#[cfg(not(feature = "lz4"))]
use missing as lz4;
#[cfg(not(feature = "snappy"))]
use missing as snappy;
#[cfg(not(feature = "zstd"))]
use missing as zstd;

use std::fmt;
use std::str::FromStr;

pub use compressor::{Codec, Compressor};
pub use decompressor::{Decompressor, decompress};
pub use error::CompressionError;

/// How the records of a batch are compressed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Compression {
    /// Not at all.
    #[default]
    None,
    /// gzip: small, slow to write.
    Gzip,
    /// Snappy, in the framing of Java's snappy library, which Kafka's clients write.
    Snappy,
    /// LZ4 frames: the fastest.
    Lz4,
    /// Zstandard: smaller than gzip and much faster; brokers know it since Kafka 2.1 (KIP-110).
    Zstd,
}

impl Compression {
    /// All of them, in the order of their ids.
    pub const ALL: [Self; 5] = [Self::None, Self::Gzip, Self::Snappy, Self::Lz4, Self::Zstd];

    /// The number in the lowest three bits of a batch's attributes.
    pub const fn id(self) -> u8 {
        match self {
            Self::None => 0,
            Self::Gzip => 1,
            Self::Snappy => 2,
            Self::Lz4 => 3,
            Self::Zstd => 4,
        }
    }

    /// The name in Kafka's configuration (`compression.type`), which is the cargo feature's too.
    pub const fn name(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Gzip => "gzip",
            Self::Snappy => "snappy",
            Self::Lz4 => "lz4",
            Self::Zstd => "zstd",
        }
    }

    /// Whether this build has the codec.
    pub const fn is_available(self) -> bool {
        match self {
            Self::None => true,
            Self::Gzip => cfg!(feature = "gzip"),
            Self::Snappy => cfg!(feature = "snappy"),
            Self::Lz4 => cfg!(feature = "lz4"),
            Self::Zstd => cfg!(feature = "zstd"),
        }
    }

    fn require(self) -> Result<(), CompressionError> {
        if self.is_available() { Ok(()) } else { Err(CompressionError::CodecMissing { compression: self }) }
    }
}

impl TryFrom<u8> for Compression {
    type Error = CompressionError;

    /// The codec with this [id](Compression::id).
    fn try_from(id: u8) -> Result<Self, CompressionError> {
        match id {
            0 => Ok(Self::None),
            1 => Ok(Self::Gzip),
            2 => Ok(Self::Snappy),
            3 => Ok(Self::Lz4),
            4 => Ok(Self::Zstd),
            _ => Err(CompressionError::UnknownCodec { id }),
        }
    }
}

impl FromStr for Compression {
    type Err = CompressionError;

    /// The codec with this [name](Compression::name), which is in lower case.
    fn from_str(name: &str) -> Result<Self, CompressionError> {
        let known = Self::ALL.into_iter().find(|codec| codec.name() == name);
        known.ok_or_else(|| CompressionError::UnknownName { name: name.to_owned() })
    }
}

impl fmt::Display for Compression {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

#[cfg(test)]
mod tests;
