//! A message taken apart by its schema, so that any part of it can be made a lie and the rest stays well formed.

use bytes::Bytes;
use kafka_proto::wire::varint::put_unsigned_varint;
use kafka_proto::wire::{DecodeError, FieldSchema, FieldType, MessageSchema, Presence, Reader, StructSchema};

/// A struct: its fields in the order of the wire, and its tagged fields where the version has them.
#[derive(Clone, Debug)]
pub(super) struct Tree {
    fields: Vec<Part>,
    tags: Option<Vec<Tag>>,
}

/// A field and its value.
#[derive(Clone, Debug)]
pub(super) struct Part {
    pub(super) field: &'static FieldSchema,
    pub(super) value: Value,
}

#[derive(Clone, Debug)]
struct Tag {
    number: u32,
    content: TagContent,
}

#[derive(Clone, Debug)]
enum TagContent {
    Known(Part),
    Unknown(Bytes),
}

/// A value of a field or an element of an array.
#[derive(Clone, Debug)]
pub(super) enum Value {
    /// A number, a flag, an id: as many bytes as its type has.
    Fixed(Vec<u8>),
    /// A string, bytes or records; `None` is null.
    Blob { length: Length, content: Option<Bytes> },
    /// `None` is null. The first element is written `repeats` times more.
    Array { length: Length, elements: Option<Vec<Value>>, repeats: usize },
    /// A struct, and whether it may be null.
    Struct { nullable: bool, tree: Option<Tree> },
}

/// The length before a value.
#[derive(Clone, Copy, Debug)]
pub(super) struct Length {
    layout: LengthLayout,
    /// What is written in place of the truth. -1 is null.
    pub(super) said: Option<i32>,
}

#[derive(Clone, Copy, Debug)]
enum LengthLayout {
    Short,
    Long,
    Compact,
}

impl Tree {
    /// Takes a body apart.
    pub(super) fn read(schema: &MessageSchema, version: i16, body: Bytes) -> Result<Self, DecodeError> {
        let layout = Layout { version, flexible: schema.flexible.contains(version) };
        layout.tree(schema.body, &mut Reader::new(body))
    }

    /// Puts it together again, with all its lies.
    pub(super) fn write(&self) -> Bytes {
        let mut bytes = Vec::new();
        self.put(&mut bytes);
        bytes.into()
    }

    /// Shows every field and every element of an array, outer ones first.
    pub(super) fn each(&mut self, look: &mut dyn FnMut(&'static FieldSchema, &mut Value)) {
        for part in &mut self.fields {
            part.value.each(part.field, look);
        }
        for tag in self.tags.iter_mut().flatten() {
            if let TagContent::Known(part) = &mut tag.content {
                part.value.each(part.field, look);
            }
        }
    }

    /// Sets every number of this name.
    pub(super) fn set(&mut self, name: &str, number: i64) {
        self.each(&mut |field, value| {
            if field.name == name {
                value.set_number(number);
            }
        });
    }

    /// Sets every string of this name.
    pub(super) fn set_text(&mut self, name: &str, text: &str) {
        self.each(&mut |field, value| {
            if let Value::Blob { content, .. } = value
                && field.name == name
            {
                *content = Some(Bytes::copy_from_slice(text.as_bytes()));
            }
        });
    }

    /// Adds a tagged field that no schema has to every struct.
    pub(super) fn add_unknown_tags(&mut self, number: u32, content: &Bytes) {
        self.each(&mut |_, value| {
            if let Value::Struct { tree: Some(tree), .. } = value {
                tree.add_tag(number, content);
            }
        });
        self.add_tag(number, content);
    }

    fn add_tag(&mut self, number: u32, content: &Bytes) {
        if let Some(tags) = &mut self.tags {
            tags.push(Tag { number, content: TagContent::Unknown(content.clone()) });
        }
    }

    fn put(&self, bytes: &mut Vec<u8>) {
        for part in &self.fields {
            part.value.put(bytes);
        }
        let Some(tags) = &self.tags else { return };
        put_unsigned_varint(bytes, tags.len() as u32);
        for tag in tags {
            put_unsigned_varint(bytes, tag.number);
            match &tag.content {
                TagContent::Unknown(content) => {
                    put_unsigned_varint(bytes, content.len() as u32);
                    bytes.extend_from_slice(content);
                }
                TagContent::Known(part) => {
                    let mut content = Vec::new();
                    part.value.put(&mut content);
                    put_unsigned_varint(bytes, content.len() as u32);
                    bytes.append(&mut content);
                }
            }
        }
    }
}

impl Value {
    fn each(&mut self, field: &'static FieldSchema, look: &mut dyn FnMut(&'static FieldSchema, &mut Self)) {
        look(field, self);
        match self {
            Self::Array { elements: Some(elements), .. } => {
                for element in elements {
                    element.each(field, look);
                }
            }
            Self::Struct { tree: Some(tree), .. } => tree.each(look),
            _ => {}
        }
    }

    /// Makes a number this one, or the nearest that its type has. Other values stay.
    pub(super) fn set_number(&mut self, number: i64) {
        if let Self::Fixed(bytes) = self {
            let number = match bytes.len() {
                1 => number.clamp(i8::MIN.into(), i8::MAX.into()),
                2 => number.clamp(i16::MIN.into(), i16::MAX.into()),
                4 => number.clamp(i32::MIN.into(), i32::MAX.into()),
                _ => number,
            };
            let encoded = number.to_be_bytes();
            let narrow = bytes.len().min(8);
            bytes[..narrow].copy_from_slice(&encoded[8 - narrow..]);
        }
    }

    /// How many bytes it takes.
    pub(super) fn size(&self) -> usize {
        let mut bytes = Vec::new();
        self.put(&mut bytes);
        bytes.len()
    }

    fn put(&self, bytes: &mut Vec<u8>) {
        match self {
            Self::Fixed(fixed) => bytes.extend_from_slice(fixed),
            Self::Blob { length, content } => {
                length.put(content.as_ref().map(Bytes::len), bytes);
                bytes.extend_from_slice(content.as_deref().unwrap_or_default());
            }
            Self::Array { length, elements, repeats } => {
                length.put(elements.as_ref().map(|elements| elements.len() + repeats), bytes);
                let start = bytes.len();
                for (at, element) in elements.iter().flatten().enumerate() {
                    element.put(bytes);
                    if at == 0 {
                        let first = bytes[start..].to_vec();
                        (0..*repeats).for_each(|_| bytes.extend_from_slice(&first));
                    }
                }
            }
            Self::Struct { nullable, tree } => {
                if *nullable {
                    bytes.push(if tree.is_some() { 1 } else { 0xff });
                }
                if let Some(tree) = tree {
                    tree.put(bytes);
                }
            }
        }
    }
}

impl Length {
    fn put(self, length: Option<usize>, bytes: &mut Vec<u8>) {
        let length = self.said.unwrap_or_else(|| length.map_or(-1, |length| length as i32));
        match self.layout {
            LengthLayout::Short => bytes.extend((length as i16).to_be_bytes()),
            LengthLayout::Long => bytes.extend(length.to_be_bytes()),
            LengthLayout::Compact => put_unsigned_varint(bytes, length.wrapping_add(1) as u32),
        }
    }
}

/// How the values of a version are laid out.
#[derive(Clone, Copy)]
struct Layout {
    version: i16,
    flexible: bool,
}

impl Layout {
    fn tree(self, schema: &StructSchema, reader: &mut Reader) -> Result<Tree, DecodeError> {
        let mut fields = Vec::new();
        for field in schema.fields {
            if field.presence(self.version) == Presence::Plain {
                fields.push(self.part(field, reader)?);
            }
        }
        let tags = if self.flexible { Some(self.tags(schema, reader)?) } else { None };
        Ok(Tree { fields, tags })
    }

    fn tags(self, schema: &StructSchema, reader: &mut Reader) -> Result<Vec<Tag>, DecodeError> {
        let mut tags = Vec::new();
        for _ in 0..reader.unsigned_varint()? {
            let number = reader.unsigned_varint()?;
            let length = reader.unsigned_varint()? as usize;
            let known = schema.fields.iter().find(|field| {
                field.presence(self.version) == Presence::Tagged
                    && field.tagged.is_some_and(|(tag, _)| tag == number)
            });
            let content = match known {
                Some(field) => TagContent::Known(self.part(field, reader)?),
                None => TagContent::Unknown(reader.bytes(length)?),
            };
            tags.push(Tag { number, content });
        }
        Ok(tags)
    }

    fn part(self, field: &'static FieldSchema, reader: &mut Reader) -> Result<Part, DecodeError> {
        let layout = Self { flexible: self.flexible && !field.classic_length, ..self };
        let nullable = field.nullable.contains(self.version);
        Ok(Part { field, value: layout.value(field.ty, nullable, reader)? })
    }

    fn value(self, ty: FieldType, nullable: bool, reader: &mut Reader) -> Result<Value, DecodeError> {
        let fixed = |size: usize, reader: &mut Reader| Ok(Value::Fixed(reader.bytes(size)?.to_vec()));
        match ty {
            FieldType::Bool | FieldType::Int8 => fixed(1, reader),
            FieldType::Int16 | FieldType::Uint16 => fixed(2, reader),
            FieldType::Int32 | FieldType::Uint32 => fixed(4, reader),
            FieldType::Int64 | FieldType::Float64 => fixed(8, reader),
            FieldType::Uuid => fixed(16, reader),
            FieldType::String => self.blob(LengthLayout::Short, reader),
            FieldType::Array(element) => {
                let (length, count) = self.length(LengthLayout::Long, reader)?;
                let each = |_| self.value(*element, false, reader);
                let elements = count.map(|count| (0..count).map(each).collect()).transpose()?;
                Ok(Value::Array { length, elements, repeats: 0 })
            }
            FieldType::Struct(schema) => {
                let is_null = nullable && reader.i8()? < 0;
                let tree = if is_null { None } else { Some(self.tree(schema, reader)?) };
                Ok(Value::Struct { nullable, tree })
            }
            // Bytes and records.
            _ => self.blob(LengthLayout::Long, reader),
        }
    }

    fn blob(self, classic: LengthLayout, reader: &mut Reader) -> Result<Value, DecodeError> {
        let (length, size) = self.length(classic, reader)?;
        let content = size.map(|size| reader.bytes(size)).transpose()?;
        Ok(Value::Blob { length, content })
    }

    fn length(
        self,
        classic: LengthLayout,
        reader: &mut Reader,
    ) -> Result<(Length, Option<usize>), DecodeError> {
        let layout = if self.flexible { LengthLayout::Compact } else { classic };
        let length = match layout {
            LengthLayout::Compact => reader.compact_length()?,
            LengthLayout::Short => reader.short_length()?,
            LengthLayout::Long => reader.long_length()?,
        };
        Ok((Length { layout, said: None }, length))
    }
}

#[cfg(test)]
mod tests {
    use kafka_proto::messages::{ApiKey, MetadataResponse, MetadataResponseBroker};
    use kafka_proto::wire::{Message, Writer};

    use super::*;

    #[test]
    fn what_is_taken_apart_is_put_together_as_it_was() {
        for version in 0..=13 {
            let response = MetadataResponse {
                brokers: vec![MetadataResponseBroker { host: "a".into(), port: 3, ..Default::default() }],
                ..Default::default()
            };
            let mut writer = Writer::new();
            assert!(response.encode(&mut writer, version).is_ok());
            let body = writer.into_bytes();
            let schema = ApiKey::Metadata.response_schema();
            let tree = Tree::read(schema, version, body.clone()).map(|tree| tree.write());
            assert_eq!(tree, Ok(body), "version {version}");
        }
    }
}
