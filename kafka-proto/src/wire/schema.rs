//! What a message looks like, as constants: for readers of bytes without types, for documentation, and for the
//! comparison with Apache Kafka's own definitions.

use std::fmt;

/// A closed range of versions.
///
/// ```
/// use kafka_proto::wire::Versions;
///
/// let ours = Versions::new(0, 12);
/// assert!(ours.contains(12));
/// assert_eq!(ours.intersect(Versions::new(4, 17)), Some(Versions::new(4, 12)));
/// assert_eq!(ours.to_string(), "0-12");
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Versions {
    oldest: i16,
    newest: i16,
}

impl Versions {
    /// No version at all.
    pub const NONE: Self = Self { oldest: 0, newest: -1 };
    /// Every version.
    pub const ALL: Self = Self { oldest: 0, newest: i16::MAX };

    /// `oldest` to `newest`, both included.
    pub const fn new(oldest: i16, newest: i16) -> Self {
        Self { oldest, newest }
    }

    /// `oldest` and all that follow.
    pub const fn since(oldest: i16) -> Self {
        Self { oldest, newest: i16::MAX }
    }

    /// The oldest version.
    pub const fn oldest(self) -> i16 {
        self.oldest
    }

    /// The newest version; `i16::MAX` if there is no end.
    pub const fn newest(self) -> i16 {
        self.newest
    }

    /// Whether `version` is one of them.
    #[inline]
    pub const fn contains(self, version: i16) -> bool {
        version >= self.oldest && version <= self.newest
    }

    /// Whether there is no version in it.
    pub const fn is_empty(self) -> bool {
        self.newest < self.oldest
    }

    /// The versions in both; `None` if there are none.
    pub fn intersect(self, other: Self) -> Option<Self> {
        let both = Self::new(self.oldest.max(other.oldest), self.newest.min(other.newest));
        (!both.is_empty()).then_some(both)
    }
}

impl fmt::Display for Versions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_empty() {
            f.write_str("none")
        } else if self.newest == i16::MAX {
            write!(f, "{}+", self.oldest)
        } else if self.oldest == self.newest {
            write!(f, "{}", self.oldest)
        } else {
            write!(f, "{}-{}", self.oldest, self.newest)
        }
    }
}

impl fmt::Debug for Versions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// What a message is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum MessageKind {
    /// A client asks.
    Request,
    /// A broker answers.
    Response,
    /// What stands before a request or a response.
    Header,
    /// Bytes inside of other messages or records.
    Data,
}

/// A message: its name, its versions, its fields.
#[derive(Debug, PartialEq)]
pub struct MessageSchema {
    /// The name, as in `FetchRequest`.
    pub name: &'static str,
    /// What it is for.
    pub kind: MessageKind,
    /// The number of its API; `None` for headers and data.
    pub api_key: Option<i16>,
    /// The versions that exist.
    pub versions: Versions,
    /// The versions with compact lengths and tagged fields (KIP-482).
    pub flexible: Versions,
    /// Whether the newest version may still change in released brokers, and is not offered by them unless told so.
    pub newest_is_unstable: bool,
    /// Its fields.
    pub body: &'static StructSchema,
}

/// A struct: a message's body or a part of it.
#[derive(Debug, PartialEq)]
pub struct StructSchema {
    /// The name in Rust.
    pub name: &'static str,
    /// The fields, in the order of the wire.
    pub fields: &'static [FieldSchema],
}

/// A field of a struct.
#[derive(Debug, PartialEq)]
pub struct FieldSchema {
    /// The name in Rust, as in `topic_id`.
    pub name: &'static str,
    /// The name in Kafka's definitions, as in `TopicId`.
    pub kafka_name: &'static str,
    /// The type.
    pub ty: FieldType,
    /// The versions that have the field.
    pub versions: Versions,
    /// The versions in which it may be null.
    pub nullable: Versions,
    /// The versions in which it is a tagged field, and its tag.
    pub tagged: Option<(u32, Versions)>,
    /// What it is where a version or a sender leaves it out.
    pub default: DefaultValue,
    /// Whether a value is dropped silently in versions without the field; else writing it there is an error.
    pub ignorable: bool,
    /// Whether its length is written the classic way in flexible versions too.
    pub classic_length: bool,
}

/// The type of a field.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
#[expect(missing_docs, reason = "the names say it all")]
pub enum FieldType {
    Bool,
    Int8,
    Int16,
    Uint16,
    Int32,
    Uint32,
    Int64,
    Float64,
    Uuid,
    String,
    Bytes,
    Records,
    Array(&'static FieldType),
    Struct(&'static StructSchema),
}

/// The default of a field.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub enum DefaultValue {
    /// Zero, false, an empty string or array, a struct of defaults.
    Empty,
    /// Null.
    Null,
    /// A number other than zero.
    Int(i64),
    /// A flag that is set.
    True,
}

/// Where a version carries a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Presence {
    /// Nowhere.
    Absent,
    /// At its place among the fields.
    Plain,
    /// Among the tagged fields, if it is not at its default.
    Tagged,
}

impl FieldSchema {
    /// Where `version` carries this field.
    #[inline]
    pub const fn presence(&self, version: i16) -> Presence {
        if !self.versions.contains(version) {
            return Presence::Absent;
        }
        match self.tagged {
            Some((_, versions)) if versions.contains(version) => Presence::Tagged,
            _ => Presence::Plain,
        }
    }
}

impl FieldType {
    /// The fewest bytes that a value takes in any version.
    pub(crate) const fn min_size(self) -> usize {
        match self {
            // A length of zero is one byte in flexible versions.
            Self::Bool | Self::Int8 | Self::String | Self::Bytes | Self::Records | Self::Array(_) => 1,
            Self::Int16 | Self::Uint16 => 2,
            Self::Int32 | Self::Uint32 => 4,
            Self::Int64 | Self::Float64 => 8,
            Self::Uuid => 16,
            Self::Struct(schema) => schema.min_size(),
        }
    }
}

impl StructSchema {
    /// The fewest bytes that a value takes in any version that has fields. It bounds how many elements a count can
    /// promise, so it is one at least.
    pub(crate) const fn min_size(&self) -> usize {
        let mut smallest = usize::MAX;
        let mut version = 0;
        while version < 32 {
            let mut size = 0;
            let mut index = 0;
            while index < self.fields.len() {
                let field = &self.fields[index];
                if matches!(field.presence(version), Presence::Plain) {
                    // A struct that may be null takes one byte when it is.
                    size += if field.nullable.contains(version) { 1 } else { field.ty.min_size() };
                }
                index += 1;
            }
            if size > 0 && size < smallest {
                smallest = size;
            }
            version += 1;
        }
        if smallest == usize::MAX { 1 } else { smallest }
    }
}
