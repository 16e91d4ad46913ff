//! What `#[derive(Message)]` implements.

use std::fmt::Debug;

use super::{
    DecodeError, DecodeErrorKind, Encode, EncodeError, EncodeErrorKind, Field, FieldSchema, MessageSchema,
    Presence, Reader, StructSchema, Writer,
};

/// How a value is laid out: what a message's version says, and what its field's schema says for that version.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Encoding {
    /// The message's version.
    pub version: i16,
    /// Whether lengths are compact and structs end in tagged fields.
    pub flexible: bool,
    /// Whether null is allowed.
    pub nullable: bool,
}

impl Encoding {
    /// The layout of the field `schema`.
    #[inline]
    #[must_use]
    pub(crate) fn of(self, schema: &FieldSchema) -> Self {
        Self {
            version: self.version,
            flexible: self.flexible && !schema.classic_length,
            nullable: schema.nullable.contains(self.version),
        }
    }
}

/// A struct of the protocol: a message's body or a part of it. Derived with `#[derive(Message)]`.
pub trait Struct: Sized + Clone + Debug + PartialEq + Default {
    /// The fields.
    const STRUCT: &'static StructSchema;

    /// Reads the fields that the version has; the others get their defaults.
    fn read_fields(reader: &mut Reader, encoding: Encoding) -> Result<Self, DecodeError>;

    /// Writes the fields that the version has.
    fn write_fields(&self, writer: &mut Writer, encoding: Encoding) -> Result<(), EncodeError>;

    /// How many bytes [`Struct::write_fields`] writes.
    fn fields_size(&self, encoding: Encoding) -> usize;
}

/// A message: bytes ↔ value in each of its versions. Derived with `#[derive(Message)]`.
pub trait Message: Struct {
    /// The name, versions and fields.
    const SCHEMA: &'static MessageSchema;

    /// Reads the message; what follows it is left to the reader.
    fn decode(reader: &mut Reader, version: i16) -> Result<Self, DecodeError> {
        let schema = Self::SCHEMA;
        let message = match encoding(schema, version) {
            Some(encoding) => Self::read_fields(reader, encoding),
            None => Err(reader.error(DecodeErrorKind::UnsupportedVersion {
                version,
                oldest: schema.versions.oldest(),
                newest: schema.versions.newest(),
            })),
        };
        message.map_err(|error| error.in_message(schema.name, version))
    }

    /// Writes the message. A field that the version does not have must be at its default, unless it is
    /// [ignorable](FieldSchema::ignorable). After an error the writer holds a part of the message.
    fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
        let schema = Self::SCHEMA;
        supported(schema, version)
            .and_then(|encoding| self.write_fields(writer, encoding))
            .map_err(|error| error.in_message(schema.name, version))
    }

    /// How many bytes [`Message::encode`] writes.
    fn encoded_size(&self, version: i16) -> Result<usize, EncodeError> {
        let schema = Self::SCHEMA;
        supported(schema, version)
            .map(|encoding| self.fields_size(encoding))
            .map_err(|error| error.in_message(schema.name, version))
    }
}

fn encoding(schema: &MessageSchema, version: i16) -> Option<Encoding> {
    let flexible = schema.flexible.contains(version);
    schema.versions.contains(version).then_some(Encoding { version, flexible, nullable: false })
}

fn supported(schema: &MessageSchema, version: i16) -> Result<Encoding, EncodeError> {
    encoding(schema, version).ok_or_else(|| {
        EncodeError::new(EncodeErrorKind::UnsupportedVersion {
            version,
            oldest: schema.versions.oldest(),
            newest: schema.versions.newest(),
        })
    })
}

/// Reads a field at its place, if the version has it there; else it has its default. One call for each field of a
/// derived struct.
#[inline]
pub fn read_field<T: Field>(
    reader: &mut Reader,
    encoding: Encoding,
    schema: &'static FieldSchema,
) -> Result<T, DecodeError> {
    if schema.presence(encoding.version) == Presence::Plain {
        T::read(reader, encoding.of(schema)).map_err(|error| error.in_field(schema.name))
    } else {
        Ok(T::from_default(schema.default))
    }
}

/// Writes a field at its place, if the version has it there; an error if it has it nowhere and that loses a value.
#[inline]
pub fn write_field<T: Encode>(
    value: &T,
    writer: &mut Writer,
    encoding: Encoding,
    schema: &'static FieldSchema,
) -> Result<(), EncodeError> {
    match schema.presence(encoding.version) {
        Presence::Plain => {
            value.write(writer, encoding.of(schema)).map_err(|error| error.in_field(schema.name))
        }
        Presence::Absent if !schema.ignorable && !value.is_default(schema.default) => {
            Err(EncodeError::new(EncodeErrorKind::NotInVersion).in_field(schema.name))
        }
        Presence::Absent | Presence::Tagged => Ok(()),
    }
}
