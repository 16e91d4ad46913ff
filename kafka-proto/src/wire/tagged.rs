//! Tagged fields (KIP-482): optional fields that a reader may not know.

use std::collections::{BTreeMap, btree_map};
use std::fmt;

use bytes::Bytes;

use super::{
    DecodeError, DecodeErrorKind, Encode, EncodeError, EncodeErrorKind, Encoding, Field, FieldSchema,
    Presence, Reader, StructSchema, Writer, varint::unsigned_varint_size,
};

/// The tagged fields of a struct that its schema does not have: a newer sender wrote them. They are kept, so that
/// what is decoded and encoded again is complete.
///
/// ```
/// use bytes::Bytes;
/// use kafka_proto::wire::UnknownTaggedFields;
///
/// let mut fields = UnknownTaggedFields::default();
/// fields.insert(100, Bytes::from_static(b"\x2a"));
/// assert_eq!(fields.get(100).map(|bytes| bytes[0]), Some(42));
/// assert_eq!(fields.iter().count(), 1);
/// ```
#[derive(Clone, Default, PartialEq, Eq)]
pub struct UnknownTaggedFields(
    #[expect(
        clippy::box_collection,
        reason = "every struct has room for them and hardly any has one: 8 bytes, not 24"
    )]
    Option<Box<BTreeMap<u32, Bytes>>>,
);

impl UnknownTaggedFields {
    /// None.
    pub const EMPTY: &'static Self = &Self(None);

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_none()
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.0.as_ref().map_or(0, |fields| fields.len())
    }

    /// The content of the field `tag`.
    pub fn get(&self, tag: u32) -> Option<&Bytes> {
        self.0.as_ref()?.get(&tag)
    }

    /// Adds a field, and returns the one of the same tag that it replaces.
    pub fn insert(&mut self, tag: u32, content: Bytes) -> Option<Bytes> {
        self.0.get_or_insert_default().insert(tag, content)
    }

    /// The fields by ascending tag.
    pub fn iter(&self) -> impl Iterator<Item = (u32, &Bytes)> {
        self.0.iter().flat_map(|fields| fields.iter()).map(|(&tag, content)| (tag, content))
    }
}

impl fmt::Debug for UnknownTaggedFields {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let fields: BTreeMap<u32, &Bytes> = self.iter().collect();
        f.debug_tuple("UnknownTaggedFields").field(&fields).finish()
    }
}

/// A tagged field that the schema has, and its value.
pub(super) type KnownTag<'a> = (&'static FieldSchema, &'a dyn Encode);

/// Reads the tagged fields at the end of a struct. `known` reads the content of one and returns true, or returns
/// false if the schema does not have it in this version.
pub fn read_tagged(
    reader: &mut Reader,
    unknown: &mut UnknownTaggedFields,
    known: &mut dyn FnMut(&mut Reader, u32) -> Result<bool, DecodeError>,
) -> Result<(), DecodeError> {
    let count = reader.unsigned_varint()? as usize;
    reader.check_count(count, 2)?;
    for _ in 0..count {
        let at = reader.position();
        let tag = reader.unsigned_varint()?;
        let length = reader.unsigned_varint()? as usize;
        reader.section(length, |reader| {
            if known(reader, tag)? {
                return Ok(());
            }
            let content = reader.bytes(length)?;
            match unknown.0.get_or_insert_default().entry(tag) {
                btree_map::Entry::Vacant(entry) => {
                    entry.insert(content);
                    Ok(())
                }
                btree_map::Entry::Occupied(_) => Err(DecodeError::new(DecodeErrorKind::RepeatedTag(tag), at)),
            }
        })?;
    }
    Ok(())
}

/// Reads the content of a tagged field, unless this version does not have it: then it returns false.
pub fn read_known<T: Field>(
    reader: &mut Reader,
    value: &mut T,
    encoding: Encoding,
    schema: &'static FieldSchema,
) -> Result<bool, DecodeError> {
    if schema.presence(encoding.version) != Presence::Tagged {
        return Ok(false);
    }
    *value = T::read(reader, encoding.of(schema)).map_err(|error| error.in_field(schema.name))?;
    Ok(true)
}

/// Writes the tagged fields of a struct: those of `known` that are not at their default, in ascending order, and
/// the `unknown` ones between them.
pub fn write_tagged(
    writer: &mut Writer,
    encoding: Encoding,
    known: &[KnownTag<'_>],
    unknown: &UnknownTaggedFields,
) -> Result<(), EncodeError> {
    if !encoding.flexible {
        let lost = !unknown.is_empty();
        return if lost { Err(EncodeError::new(EncodeErrorKind::TagsNotInVersion)) } else { Ok(()) };
    }
    let written = known.iter().filter(|field| is_written(field, encoding)).count() + unknown.len();
    writer.put_unsigned_varint(written as u32);
    if written == 0 {
        return Ok(());
    }
    let mut rest = unknown.iter().peekable();
    for &(schema, value) in known.iter().filter(|field| is_written(field, encoding)) {
        let tag = tag_of(schema);
        while let Some((unknown_tag, content)) = rest.next_if(|&(unknown_tag, _)| unknown_tag <= tag) {
            if unknown_tag == tag {
                return Err(EncodeError::new(EncodeErrorKind::ConflictingTag(tag)).in_field(schema.name));
            }
            put_unknown(writer, unknown_tag, content);
        }
        let encoding = encoding.of(schema);
        writer.put_unsigned_varint(tag);
        writer.put_unsigned_varint(value.size(encoding) as u32);
        value.write(writer, encoding).map_err(|error| error.in_field(schema.name))?;
    }
    for (tag, content) in rest {
        put_unknown(writer, tag, content);
    }
    Ok(())
}

/// How many bytes the fields of a struct take, tagged or not. `values` are those of the schema's fields, in their order.
pub fn fields_size(
    schema: &'static StructSchema,
    values: &[&dyn Encode],
    unknown: &UnknownTaggedFields,
    encoding: Encoding,
) -> usize {
    let (mut size, mut tags) = (0, unknown.len());
    for (field, value) in schema.fields.iter().zip(values) {
        match field.presence(encoding.version) {
            Presence::Plain => size += value.size(encoding.of(field)),
            Presence::Tagged if is_written(&(field, *value), encoding) => {
                tags += 1;
                size += tagged_size(tag_of(field), value.size(encoding.of(field)));
            }
            Presence::Tagged | Presence::Absent => {}
        }
    }
    if encoding.flexible {
        size += unsigned_varint_size(tags as u32);
        size += unknown.iter().map(|(tag, content)| tagged_size(tag, content.len())).sum::<usize>();
    }
    size
}

fn is_written((schema, value): &KnownTag<'_>, encoding: Encoding) -> bool {
    schema.presence(encoding.version) == Presence::Tagged && !value.is_default(schema.default)
}

fn tag_of(schema: &FieldSchema) -> u32 {
    schema.tagged.map_or(0, |(tag, _)| tag)
}

fn tagged_size(tag: u32, length: usize) -> usize {
    unsigned_varint_size(tag) + unsigned_varint_size(length as u32) + length
}

fn put_unknown(writer: &mut Writer, tag: u32, content: &Bytes) {
    writer.put_unsigned_varint(tag);
    writer.put_unsigned_varint(content.len() as u32);
    writer.put_payload(content);
}
