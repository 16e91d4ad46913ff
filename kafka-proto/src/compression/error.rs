use std::{error, fmt};

use super::Compression;

/// Why bytes could not be compressed or decompressed.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum CompressionError {
    /// The codec exists, but this build was made without the cargo feature of its name.
    CodecMissing {
        /// The codec asked for.
        compression: Compression,
    },
    /// A batch names a codec that Kafka does not define.
    UnknownCodec {
        /// The id in the batch's attributes.
        id: u8,
    },
    /// A configuration names a codec that Kafka does not define.
    UnknownName {
        /// The name asked for.
        name: String,
    },
    /// The codec has no such level.
    InvalidLevel {
        /// The codec.
        compression: Compression,
        /// The level asked for.
        level: i32,
        /// The levels it has, lowest and highest. `None`: it has one only.
        levels: Option<(i32, i32)>,
    },
    /// The data is larger, decompressed, than the caller's limit.
    LimitExceeded {
        /// The codec.
        compression: Compression,
        /// The caller's limit in bytes.
        limit: usize,
    },
    /// The compressed data is damaged.
    Corrupt {
        /// The codec.
        compression: Compression,
        /// What is wrong with it.
        reason: String,
    },
    /// The compressor failed.
    Failed {
        /// The codec.
        compression: Compression,
        /// What it said.
        reason: String,
    },
}

impl fmt::Display for CompressionError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::CodecMissing { compression: codec } => {
                write!(f, "this build has no {codec}: enable the cargo feature `{codec}`")
            }
            Self::UnknownCodec { id } => write!(f, "compression codec {id} is not known (0 to 4 are)"),
            Self::UnknownName { name } => {
                write!(f, "compression \"{name}\" is not known: it is none, gzip, snappy, lz4 or zstd")
            }
            Self::InvalidLevel { compression, level, levels: Some((lowest, highest)) } => {
                write!(f, "{compression} has no level {level}: it goes from {lowest} to {highest}")
            }
            Self::InvalidLevel { compression, level, levels: None } => {
                write!(f, "{compression} takes no level, but {level} was set")
            }
            Self::LimitExceeded { compression, limit } => {
                write!(f, "the {compression} data exceeds the limit of {limit} bytes when decompressed")
            }
            Self::Corrupt { compression, reason } => write!(f, "the {compression} data is corrupt: {reason}"),
            Self::Failed { compression, reason } => write!(f, "{compression} could not compress: {reason}"),
        }
    }
}

impl error::Error for CompressionError {}

/// What a codec's decoder reports; the [`Decompressor`](super::Decompressor) adds which codec and which limit.
#[derive(Debug)]
pub(super) enum Fault {
    /// There is more than the limit.
    Limit,
    /// The data is damaged.
    Corrupt(String),
}

impl Fault {
    pub(super) fn corrupt<T>(reason: impl fmt::Display) -> Result<T, Self> {
        Err(Self::Corrupt(reason.to_string()))
    }
}
