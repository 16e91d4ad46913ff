use std::{error, fmt};

use crate::compression::CompressionError;

/// A batch that cannot be read: which one, what is wrong, and where reading can go on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BatchError {
    base_offset: i64,
    next_offset: Option<i64>,
    kind: BatchErrorKind,
}

/// What is wrong with a batch.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum BatchErrorKind {
    /// The checksum does not match: the bytes were damaged on a disk or on their way.
    Crc {
        /// The checksum in the batch.
        stored: u32,
        /// The checksum of its bytes.
        computed: u32,
    },
    /// The batch declares a size that no batch has. What follows it cannot be found.
    Size {
        /// The size declared.
        size: i32,
    },
    /// A format that is not known: 0, 1 and 2 are.
    Magic {
        /// The format's number.
        magic: i8,
    },
    /// The header contradicts itself.
    Header {
        /// What is wrong with it.
        reason: &'static str,
    },
    /// A record is malformed, though the checksum may be right.
    Record {
        /// Which record of the batch, from 0.
        index: usize,
        /// Where it begins: the byte in the batch's records, after decompression.
        at: usize,
        /// What is wrong with it.
        reason: &'static str,
    },
    /// The records cannot be decompressed.
    Compression(CompressionError),
}

impl BatchError {
    pub(super) fn new(base_offset: i64, next_offset: Option<i64>, kind: BatchErrorKind) -> Self {
        Self { base_offset, next_offset, kind }
    }

    /// What is wrong.
    pub fn kind(&self) -> &BatchErrorKind {
        &self.kind
    }

    /// The offset that the batch begins at, as far as its header can be believed. Of a compressed batch of magic 0 or
    /// 1: its last offset.
    pub fn base_offset(&self) -> i64 {
        self.base_offset
    }

    /// The first offset after the batch, from which reading can go on without it. `None`: the header does not tell.
    pub fn next_offset(&self) -> Option<i64> {
        self.next_offset
    }
}

impl fmt::Display for BatchError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the record batch at offset {} is corrupt: {}", self.base_offset, self.kind)?;
        match self.next_offset {
            Some(next) => write!(f, " (the next batch begins at offset {next} or later)"),
            None => Ok(()),
        }
    }
}

impl error::Error for BatchError {
    fn source(&self) -> Option<&(dyn error::Error + 'static)> {
        match &self.kind {
            BatchErrorKind::Compression(error) => Some(error),
            _ => None,
        }
    }
}

impl fmt::Display for BatchErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Crc { stored, computed } => {
                write!(f, "its checksum is {stored:08x}, that of its bytes {computed:08x}")
            }
            Self::Size { size } => write!(f, "it declares a size of {size} bytes"),
            Self::Magic { magic } => write!(f, "its format is {magic}, and only 0, 1 and 2 are known"),
            Self::Header { reason } => f.write_str(reason),
            Self::Record { index, at, reason } => {
                write!(f, "record {index} (byte {at} of the records): {reason}")
            }
            Self::Compression(error) => error.fmt(f),
        }
    }
}
