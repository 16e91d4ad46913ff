//! The wire format: how Kafka writes numbers, strings, arrays and tagged fields.
//!
//! [`Reader`] takes values from a frame without copying, [`Writer`] appends them to a buffer. Structs with
//! `#[derive(Message)]` (the [derive](macro@Message)) get a codec for every protocol version and a static [schema](MessageSchema).
//!
//! Nothing here trusts its input: a count or a length is compared with the bytes that are left before anything is
//! allocated, and what is wrong comes back as a [`DecodeError`] that names the field and the byte.
//!
//! ```
//! use kafka_proto::wire::{Reader, Writer};
//!
//! let mut writer = Writer::new();
//! writer.put_i16(7);
//! writer.put_unsigned_varint(300);
//! let mut reader = Reader::new(writer.into_bytes());
//! assert_eq!(reader.i16()?, 7);
//! assert_eq!(reader.unsigned_varint()?, 300);
//! assert!(reader.i8().is_err());
//! # Ok::<(), kafka_proto::wire::DecodeError>(())
//! ```

mod error;
mod field;
mod message;
mod reader;
mod schema;
mod str_bytes;
mod tagged;
mod uuid;
pub mod varint;
mod writer;

pub use error::{DecodeError, DecodeErrorKind, EncodeError, EncodeErrorKind};
pub use field::{Encode, Field};
pub use kafka_proto_derive::Message;
pub use message::{Encoding, Message, Struct};
pub use reader::Reader;
pub use schema::{
    DefaultValue, FieldSchema, FieldType, MessageKind, MessageSchema, Presence, StructSchema, Versions,
};
pub use str_bytes::StrBytes;
pub use tagged::UnknownTaggedFields;
pub use uuid::Uuid;
pub use writer::Writer;

/// What the derived code calls; no part of the interface.
#[doc(hidden)]
pub mod derive {
    pub use super::{
        message::{read_field, write_field},
        tagged::{fields_size, read_known, read_tagged, write_tagged},
    };
}
