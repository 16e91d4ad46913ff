//! The types that fields can have.

use bytes::Bytes;

use super::{
    DecodeError, DecodeErrorKind, DefaultValue, EncodeError, EncodeErrorKind, Encoding, FieldType, Reader,
    StrBytes, Struct, Uuid, Writer, varint::unsigned_varint_size,
};

/// A value that can be written. Apart from [`Field`] so that tagged fields of any type can stand in one list.
pub trait Encode {
    /// Whether the value is what a reader assumes where the field is left out.
    fn is_default(&self, default: DefaultValue) -> bool;

    /// Appends the value.
    fn write(&self, writer: &mut Writer, encoding: Encoding) -> Result<(), EncodeError>;

    /// How many bytes [`Encode::write`] appends.
    fn size(&self, encoding: Encoding) -> usize;
}

/// A type that a field of a message can have.
pub trait Field: Encode + Sized {
    /// The type in the protocol.
    const TYPE: FieldType;

    /// The default as a value.
    fn from_default(default: DefaultValue) -> Self;

    /// Takes a value off the reader.
    fn read(reader: &mut Reader, encoding: Encoding) -> Result<Self, DecodeError>;
}

macro_rules! number {
    ($($type:ident, $protocol:ident, $put:ident);* $(;)?) => {$(
        impl Encode for $type {
            #[inline]
            fn is_default(&self, default: DefaultValue) -> bool {
                *self == Self::from_default(default)
            }

            #[inline]
            fn write(&self, writer: &mut Writer, _: Encoding) -> Result<(), EncodeError> {
                writer.$put(*self);
                Ok(())
            }

            #[inline]
            fn size(&self, _: Encoding) -> usize {
                size_of::<Self>()
            }
        }

        impl Field for $type {
            const TYPE: FieldType = FieldType::$protocol;

            #[inline]
            fn from_default(default: DefaultValue) -> Self {
                if let DefaultValue::Int(value) = default { value as Self } else { 0 as Self }
            }

            #[inline]
            fn read(reader: &mut Reader, _: Encoding) -> Result<Self, DecodeError> {
                reader.$type()
            }
        }
    )*};
}

number! {
    i8, Int8, put_i8;
    i16, Int16, put_i16;
    u16, Uint16, put_u16;
    i32, Int32, put_i32;
    u32, Uint32, put_u32;
    i64, Int64, put_i64;
}

impl Encode for f64 {
    // Bit by bit, as -0.0 and NaN are values of their own on the wire.
    fn is_default(&self, default: DefaultValue) -> bool {
        self.to_bits() == Self::from_default(default).to_bits()
    }

    fn write(&self, writer: &mut Writer, _: Encoding) -> Result<(), EncodeError> {
        writer.put_f64(*self);
        Ok(())
    }

    fn size(&self, _: Encoding) -> usize {
        8
    }
}

impl Field for f64 {
    const TYPE: FieldType = FieldType::Float64;

    fn from_default(default: DefaultValue) -> Self {
        if let DefaultValue::Int(value) = default { value as Self } else { 0.0 }
    }

    fn read(reader: &mut Reader, _: Encoding) -> Result<Self, DecodeError> {
        reader.f64()
    }
}

impl Encode for bool {
    fn is_default(&self, default: DefaultValue) -> bool {
        *self == Self::from_default(default)
    }

    fn write(&self, writer: &mut Writer, _: Encoding) -> Result<(), EncodeError> {
        writer.put_bool(*self);
        Ok(())
    }

    fn size(&self, _: Encoding) -> usize {
        1
    }
}

impl Field for bool {
    const TYPE: FieldType = FieldType::Bool;

    fn from_default(default: DefaultValue) -> Self {
        default == DefaultValue::True
    }

    fn read(reader: &mut Reader, _: Encoding) -> Result<Self, DecodeError> {
        reader.bool()
    }
}

impl Encode for Uuid {
    fn is_default(&self, _: DefaultValue) -> bool {
        self.is_zero()
    }

    fn write(&self, writer: &mut Writer, _: Encoding) -> Result<(), EncodeError> {
        writer.put_uuid(*self);
        Ok(())
    }

    fn size(&self, _: Encoding) -> usize {
        16
    }
}

impl Field for Uuid {
    const TYPE: FieldType = FieldType::Uuid;

    fn from_default(_: DefaultValue) -> Self {
        Self::ZERO
    }

    fn read(reader: &mut Reader, _: Encoding) -> Result<Self, DecodeError> {
        reader.uuid()
    }
}

fn string_length(reader: &mut Reader, encoding: Encoding) -> Result<Option<usize>, DecodeError> {
    if encoding.flexible { reader.compact_length() } else { reader.short_length() }
}

/// The length of bytes or the count of an array.
fn long_length(reader: &mut Reader, encoding: Encoding) -> Result<Option<usize>, DecodeError> {
    if encoding.flexible { reader.compact_length() } else { reader.long_length() }
}

fn put_long_length(
    writer: &mut Writer,
    length: Option<usize>,
    encoding: Encoding,
) -> Result<(), EncodeError> {
    if encoding.flexible { writer.put_compact_length(length) } else { writer.put_long_length(length) }
}

fn length_size(length: usize, encoding: Encoding, classic: usize) -> usize {
    if encoding.flexible { unsigned_varint_size((length as u32).wrapping_add(1)) } else { classic }
}

fn null_size(encoding: Encoding, classic: usize) -> usize {
    if encoding.flexible { 1 } else { classic }
}

fn require<T>(value: Option<T>, reader: &Reader) -> Result<T, DecodeError> {
    value.ok_or_else(|| reader.error(DecodeErrorKind::UnexpectedNull))
}

fn check_null(encoding: Encoding) -> Result<(), EncodeError> {
    if encoding.nullable { Ok(()) } else { Err(EncodeError::new(EncodeErrorKind::UnexpectedNull)) }
}

impl Encode for StrBytes {
    fn is_default(&self, _: DefaultValue) -> bool {
        self.is_empty()
    }

    fn write(&self, writer: &mut Writer, encoding: Encoding) -> Result<(), EncodeError> {
        let length = Some(self.len());
        if encoding.flexible { writer.put_compact_length(length) } else { writer.put_short_length(length) }?;
        writer.put_slice(self.as_bytes());
        Ok(())
    }

    fn size(&self, encoding: Encoding) -> usize {
        length_size(self.len(), encoding, 2) + self.len()
    }
}

impl Field for StrBytes {
    const TYPE: FieldType = FieldType::String;

    fn from_default(_: DefaultValue) -> Self {
        Self::default()
    }

    fn read(reader: &mut Reader, encoding: Encoding) -> Result<Self, DecodeError> {
        let length = string_length(reader, encoding)?;
        let length = require(length, reader)?;
        reader.str_bytes(length)
    }
}

impl Encode for Bytes {
    fn is_default(&self, _: DefaultValue) -> bool {
        self.is_empty()
    }

    fn write(&self, writer: &mut Writer, encoding: Encoding) -> Result<(), EncodeError> {
        put_long_length(writer, Some(self.len()), encoding)?;
        writer.put_payload(self);
        Ok(())
    }

    fn size(&self, encoding: Encoding) -> usize {
        length_size(self.len(), encoding, 4) + self.len()
    }
}

impl Field for Bytes {
    const TYPE: FieldType = FieldType::Bytes;

    fn from_default(_: DefaultValue) -> Self {
        Self::new()
    }

    fn read(reader: &mut Reader, encoding: Encoding) -> Result<Self, DecodeError> {
        let length = long_length(reader, encoding)?;
        let length = require(length, reader)?;
        reader.bytes(length)
    }
}

impl<T: Field> Encode for Vec<T> {
    fn is_default(&self, _: DefaultValue) -> bool {
        self.is_empty()
    }

    fn write(&self, writer: &mut Writer, encoding: Encoding) -> Result<(), EncodeError> {
        put_long_length(writer, Some(self.len()), encoding)?;
        let encoding = Encoding { nullable: false, ..encoding };
        self.iter().try_for_each(|element| element.write(writer, encoding))
    }

    fn size(&self, encoding: Encoding) -> usize {
        let element = Encoding { nullable: false, ..encoding };
        length_size(self.len(), encoding, 4) + self.iter().map(|value| value.size(element)).sum::<usize>()
    }
}

impl<T: Field> Field for Vec<T> {
    const TYPE: FieldType = FieldType::Array(&T::TYPE);

    fn from_default(_: DefaultValue) -> Self {
        Self::new()
    }

    fn read(reader: &mut Reader, encoding: Encoding) -> Result<Self, DecodeError> {
        let count = long_length(reader, encoding)?;
        let count = require(count, reader)?;
        read_elements(reader, encoding, count)
    }
}

/// Reads `count` elements, which what is left of the frame must be able to hold.
fn read_elements<T: Field>(
    reader: &mut Reader,
    encoding: Encoding,
    count: usize,
) -> Result<Vec<T>, DecodeError> {
    reader.check_count(count, const { T::TYPE.min_size() })?;
    // A value may take more memory than bytes on the wire, so a hostile count does not decide alone what is
    // reserved: never more than four times the bytes that are left. Elements that do arrive make it grow.
    let reserve = count.min(4 * reader.remaining() / size_of::<T>().max(1) + 1);
    let mut elements = Vec::with_capacity(reserve);
    let encoding = Encoding { nullable: false, ..encoding };
    for index in 0..count {
        elements.push(T::read(reader, encoding).map_err(|error| error.at_index(index))?);
    }
    Ok(elements)
}

impl<T: Struct> Encode for T {
    fn is_default(&self, _: DefaultValue) -> bool {
        *self == Self::default()
    }

    fn write(&self, writer: &mut Writer, encoding: Encoding) -> Result<(), EncodeError> {
        self.write_fields(writer, encoding)
    }

    fn size(&self, encoding: Encoding) -> usize {
        self.fields_size(encoding)
    }
}

impl<T: Struct> Field for T {
    const TYPE: FieldType = FieldType::Struct(T::STRUCT);

    fn from_default(_: DefaultValue) -> Self {
        Self::default()
    }

    fn read(reader: &mut Reader, encoding: Encoding) -> Result<Self, DecodeError> {
        Self::read_fields(reader, encoding)
    }
}

/// The types with a null of their own: its layout differs, all else is that of the type.
macro_rules! nullable {
    ([$($generics:tt)*] $type:ty, $read:expr, $put_null:expr, $null_size:expr) => {
        impl<$($generics)*> Encode for Option<$type> {
            fn is_default(&self, default: DefaultValue) -> bool {
                match self {
                    Some(value) => default != DefaultValue::Null && value.is_default(default),
                    None => default == DefaultValue::Null,
                }
            }

            fn write(&self, writer: &mut Writer, encoding: Encoding) -> Result<(), EncodeError> {
                if let Some(value) = self {
                    return value.write(writer, encoding);
                }
                check_null(encoding)?;
                $put_null(writer, encoding)
            }

            fn size(&self, encoding: Encoding) -> usize {
                self.as_ref().map_or_else(|| null_size(encoding, $null_size), |value| value.size(encoding))
            }
        }

        impl<$($generics)*> Field for Option<$type> {
            const TYPE: FieldType = <$type as Field>::TYPE;

            fn from_default(default: DefaultValue) -> Self {
                (default != DefaultValue::Null).then(|| <$type as Field>::from_default(default))
            }

            fn read(reader: &mut Reader, encoding: Encoding) -> Result<Self, DecodeError> {
                if !encoding.nullable {
                    return <$type as Field>::read(reader, encoding).map(Some);
                }
                $read(reader, encoding)
            }
        }
    };
}

nullable!(
    [] StrBytes,
    |reader: &mut Reader, encoding| {
        let length = string_length(reader, encoding)?;
        length.map(|length| reader.str_bytes(length)).transpose()
    },
    |writer: &mut Writer, encoding: Encoding| {
        if encoding.flexible { writer.put_compact_length(None) } else { writer.put_short_length(None) }
    },
    2
);
nullable!(
    [] Bytes,
    |reader: &mut Reader, encoding| {
        let length = long_length(reader, encoding)?;
        length.map(|length| reader.bytes(length)).transpose()
    },
    |writer, encoding| put_long_length(writer, None, encoding),
    4
);
nullable!(
    [T: Field] Vec<T>,
    |reader: &mut Reader, encoding| {
        let count = long_length(reader, encoding)?;
        count.map(|count| read_elements(reader, encoding, count)).transpose()
    },
    |writer, encoding| put_long_length(writer, None, encoding),
    4
);

/// A struct that may be null has a byte before it, where it may: 1, or -1 for null.
impl<T: Struct> Encode for Option<T> {
    fn is_default(&self, default: DefaultValue) -> bool {
        match self {
            Some(value) => default != DefaultValue::Null && value.is_default(default),
            None => default == DefaultValue::Null,
        }
    }

    fn write(&self, writer: &mut Writer, encoding: Encoding) -> Result<(), EncodeError> {
        let Some(value) = self else {
            check_null(encoding)?;
            writer.put_i8(-1);
            return Ok(());
        };
        if encoding.nullable {
            writer.put_i8(1);
        }
        value.write_fields(writer, encoding)
    }

    fn size(&self, encoding: Encoding) -> usize {
        usize::from(encoding.nullable) + self.as_ref().map_or(0, |value| value.fields_size(encoding))
    }
}

impl<T: Struct> Field for Option<T> {
    const TYPE: FieldType = FieldType::Struct(T::STRUCT);

    fn from_default(default: DefaultValue) -> Self {
        (default != DefaultValue::Null).then(T::default)
    }

    fn read(reader: &mut Reader, encoding: Encoding) -> Result<Self, DecodeError> {
        if encoding.nullable && reader.i8()? < 0 {
            return Ok(None);
        }
        T::read_fields(reader, encoding).map(Some)
    }
}
