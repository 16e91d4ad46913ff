//! What is wrong with bytes that cannot be read, or with a value that cannot be written.

use std::fmt;

/// Bytes that are not what they should be: which message, which field, at which byte, and what is wrong.
///
/// ```
/// use kafka_proto::{messages::HeartbeatResponse, wire::{DecodeErrorKind, Message, Reader}};
///
/// let error = HeartbeatResponse::decode(&mut Reader::new(vec![0, 0, 0].into()), 1).unwrap_err();
/// assert_eq!(error.kind(), DecodeErrorKind::EndOfFrame { needed: 4, left: 3 });
/// assert_eq!(
///     error.to_string(),
///     "HeartbeatResponse v1, field throttle_time_ms, byte 0: needs 4 bytes, but 3 are left in the frame"
/// );
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct DecodeError(Box<DecodeContext>);

#[derive(Clone, Debug, PartialEq, Eq)]
struct DecodeContext {
    kind: DecodeErrorKind,
    offset: usize,
    /// Innermost first.
    path: Vec<Step>,
    message: Option<(&'static str, i16)>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Step {
    Field(&'static str),
    Index(usize),
}

/// What is wrong with the bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum DecodeErrorKind {
    /// The frame ends before the value does.
    EndOfFrame {
        /// How many bytes the value needs.
        needed: usize,
        /// How many there are.
        left: usize,
    },
    /// A count of elements that cannot fit in what is left of the frame.
    CountTooLarge {
        /// The count.
        count: usize,
        /// How many bytes are left.
        left: usize,
    },
    /// A length or count below zero that does not mean null.
    NegativeLength(i64),
    /// Null where this version has no null.
    UnexpectedNull,
    /// A varint that is longer than its type allows.
    InvalidVarint,
    /// A string that is not UTF-8.
    InvalidUtf8,
    /// Text that is no base64url id.
    InvalidUuid,
    /// A tagged field that appears twice.
    RepeatedTag(u32),
    /// Bytes after the end of the value.
    TrailingBytes(usize),
    /// A version of the message that does not exist.
    UnsupportedVersion {
        /// The version asked for.
        version: i16,
        /// The oldest known.
        oldest: i16,
        /// The newest known.
        newest: i16,
    },
    /// A number that stands for no API known here.
    UnknownApiKey(i16),
}

impl DecodeError {
    /// An error at byte `offset` of the frame.
    #[cold]
    pub fn new(kind: DecodeErrorKind, offset: usize) -> Self {
        Self(Box::new(DecodeContext { kind, offset, path: Vec::new(), message: None }))
    }

    /// What is wrong.
    pub fn kind(&self) -> DecodeErrorKind {
        self.0.kind
    }

    /// The byte of the frame at which it is wrong.
    pub fn offset(&self) -> usize {
        self.0.offset
    }

    /// The message's name, as in `FetchResponse`, if the bytes were read as one.
    pub fn message(&self) -> Option<&'static str> {
        self.0.message.map(|(name, _)| name)
    }

    /// The path to the field, as in `responses[3].partitions[0].records`; empty outside of fields.
    pub fn field(&self) -> String {
        let mut path = String::new();
        for step in self.0.path.iter().rev() {
            match step {
                Step::Field(name) if path.is_empty() => path.push_str(name),
                Step::Field(name) => {
                    path.push('.');
                    path.push_str(name);
                }
                Step::Index(index) => path.extend(["[", &index.to_string(), "]"]),
            }
        }
        path
    }

    #[cold]
    pub(crate) fn in_field(mut self, name: &'static str) -> Self {
        self.0.path.push(Step::Field(name));
        self
    }

    #[cold]
    pub(crate) fn at_index(mut self, index: usize) -> Self {
        self.0.path.push(Step::Index(index));
        self
    }

    #[cold]
    pub(crate) fn in_message(mut self, name: &'static str, version: i16) -> Self {
        self.0.message = Some((name, version));
        self
    }
}

impl fmt::Display for DecodeErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::EndOfFrame { needed, left } => {
                write!(f, "needs {needed} bytes, but {left} are left in the frame")
            }
            Self::CountTooLarge { count, left } => {
                write!(f, "{count} elements cannot fit in the {left} bytes that are left in the frame")
            }
            Self::NegativeLength(length) => write!(f, "a length of {length} is not valid"),
            Self::UnexpectedNull => write!(f, "null is not allowed in this version"),
            Self::InvalidVarint => write!(f, "a variable-length integer is too long or incomplete"),
            Self::InvalidUtf8 => write!(f, "a string is not valid UTF-8"),
            Self::InvalidUuid => write!(f, "an id is not 22 characters of base64url"),
            Self::RepeatedTag(tag) => write!(f, "the tagged field {tag} appears twice"),
            Self::TrailingBytes(count) => write!(f, "{count} bytes follow the end of the value"),
            Self::UnsupportedVersion { version, oldest, newest } => {
                write!(f, "version {version} is not one of {oldest} to {newest}")
            }
            Self::UnknownApiKey(key) => write!(f, "{key} is not the key of an API known here"),
        }
    }
}

impl fmt::Display for DecodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some((name, version)) = self.0.message {
            write!(f, "{name} v{version}, ")?;
        }
        let field = self.field();
        if !field.is_empty() {
            write!(f, "field {field}, ")?;
        }
        write!(f, "byte {}: {}", self.0.offset, self.0.kind)
    }
}

impl fmt::Debug for DecodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, f)
    }
}

impl std::error::Error for DecodeError {}

/// A value that cannot be written in the version asked for: which message, which field, and why not.
///
/// ```
/// use kafka_proto::{messages::HeartbeatRequest, wire::{EncodeErrorKind, Message, Writer}};
///
/// let request = HeartbeatRequest { group_instance_id: Some("node-1".into()), ..Default::default() };
/// assert!(request.encode(&mut Writer::new(), 3).is_ok());
/// let error = request.encode(&mut Writer::new(), 2).unwrap_err();
/// assert_eq!(error.kind(), EncodeErrorKind::NotInVersion);
/// assert_eq!(
///     error.to_string(),
///     "HeartbeatRequest v2, field group_instance_id: has a value, which this version cannot carry"
/// );
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct EncodeError(Box<EncodeContext>);

#[derive(Clone, Debug, PartialEq, Eq)]
struct EncodeContext {
    kind: EncodeErrorKind,
    /// Innermost first.
    path: Vec<&'static str>,
    message: Option<(&'static str, i16)>,
}

/// Why a value cannot be written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum EncodeErrorKind {
    /// The field does not exist in this version, is not at its default, and cannot be left out.
    NotInVersion,
    /// Null where this version has no null.
    UnexpectedNull,
    /// A string, array or byte field that is longer than its length field can say.
    TooLong(usize),
    /// Tagged fields in a version that has none.
    TagsNotInVersion,
    /// An unknown tagged field with the tag of one that is known.
    ConflictingTag(u32),
    /// A version of the message that does not exist.
    UnsupportedVersion {
        /// The version asked for.
        version: i16,
        /// The oldest known.
        oldest: i16,
        /// The newest known.
        newest: i16,
    },
}

impl EncodeError {
    /// An error outside of any field yet.
    #[cold]
    pub fn new(kind: EncodeErrorKind) -> Self {
        Self(Box::new(EncodeContext { kind, path: Vec::new(), message: None }))
    }

    /// Why it cannot be written.
    pub fn kind(&self) -> EncodeErrorKind {
        self.0.kind
    }

    /// The message's name, as in `FetchRequest`.
    pub fn message(&self) -> Option<&'static str> {
        self.0.message.map(|(name, _)| name)
    }

    /// The path to the field, as in `topics.partitions.current_leader_epoch`.
    pub fn field(&self) -> String {
        let path: Vec<&str> = self.0.path.iter().rev().copied().collect();
        path.join(".")
    }

    #[cold]
    pub(crate) fn in_field(mut self, name: &'static str) -> Self {
        self.0.path.push(name);
        self
    }

    #[cold]
    pub(crate) fn in_message(mut self, name: &'static str, version: i16) -> Self {
        self.0.message = Some((name, version));
        self
    }
}

impl fmt::Display for EncodeErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotInVersion => write!(f, "has a value, which this version cannot carry"),
            Self::UnexpectedNull => write!(f, "null is not allowed in this version"),
            Self::TooLong(length) => write!(f, "a length of {length} is more than the protocol can carry"),
            Self::TagsNotInVersion => write!(f, "has tagged fields, which this version cannot carry"),
            Self::ConflictingTag(tag) => {
                write!(f, "the unknown tagged field {tag} has the tag of a known one")
            }
            Self::UnsupportedVersion { version, oldest, newest } => {
                write!(f, "version {version} is not one of {oldest} to {newest}")
            }
        }
    }
}

impl fmt::Display for EncodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some((name, version)) = self.0.message {
            write!(f, "{name} v{version}")?;
            f.write_str(if self.0.path.is_empty() { ": " } else { ", " })?;
        }
        if !self.0.path.is_empty() {
            write!(f, "field {}: ", self.field())?;
        }
        write!(f, "{}", self.0.kind)
    }
}

impl fmt::Debug for EncodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, f)
    }
}

impl std::error::Error for EncodeError {}
