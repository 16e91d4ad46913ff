//! Random bytes of a message, made from its schema alone.

use kafka_proto::wire::{
    FieldSchema, FieldType, MessageSchema, Presence, StructSchema, varint::put_unsigned_varint,
};

/// A small generator of numbers: the same seed gives the same message.
pub(crate) struct Random(u64);

impl Random {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    pub(crate) fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    pub(crate) fn below(&mut self, limit: usize) -> usize {
        (self.next() >> 8) as usize % limit
    }
}

/// Bytes that are a message of this schema and version.
pub(crate) fn message(schema: &MessageSchema, version: i16, random: &mut Random) -> Vec<u8> {
    let layout = Layout { version, flexible: schema.flexible.contains(version) };
    let mut bytes = Vec::new();
    layout.put_struct(schema.body, random, &mut bytes);
    bytes
}

#[derive(Clone, Copy)]
struct Layout {
    version: i16,
    flexible: bool,
}

impl Layout {
    fn put_struct(self, schema: &StructSchema, random: &mut Random, bytes: &mut Vec<u8>) {
        for field in schema.fields {
            if field.presence(self.version) == Presence::Plain {
                self.put_field(field, random, bytes);
            }
        }
        if self.flexible {
            self.put_tags(schema, random, bytes);
        }
    }

    fn put_tags(self, schema: &StructSchema, random: &mut Random, bytes: &mut Vec<u8>) {
        let mut tags: Vec<(u32, Vec<u8>)> = Vec::new();
        for field in schema.fields {
            if let (Presence::Tagged, Some((tag, _))) = (field.presence(self.version), field.tagged)
                && random.below(2) == 0
            {
                let mut content = Vec::new();
                self.put_field(field, random, &mut content);
                tags.push((tag, content));
            }
        }
        if random.below(4) == 0 {
            tags.push((1000 + random.below(1000) as u32, vec![7; random.below(5)]));
        }
        tags.sort();
        put_unsigned_varint(bytes, tags.len() as u32);
        for (tag, content) in tags {
            put_unsigned_varint(bytes, tag);
            put_unsigned_varint(bytes, content.len() as u32);
            bytes.extend(content);
        }
    }

    fn put_field(self, field: &FieldSchema, random: &mut Random, bytes: &mut Vec<u8>) {
        let layout = Self { flexible: self.flexible && !field.classic_length, ..self };
        let nullable = field.nullable.contains(self.version);
        layout.put_value(field.ty, nullable, random, bytes);
    }

    fn put_value(self, ty: FieldType, nullable: bool, random: &mut Random, bytes: &mut Vec<u8>) {
        let null = nullable && random.below(4) == 0;
        match ty {
            FieldType::Bool => bytes.push(random.below(2) as u8),
            FieldType::Int8 => bytes.extend(&random.next().to_be_bytes()[..1]),
            FieldType::Int16 | FieldType::Uint16 => bytes.extend(&random.next().to_be_bytes()[..2]),
            FieldType::Int32 | FieldType::Uint32 => bytes.extend(&random.next().to_be_bytes()[..4]),
            FieldType::Int64 => bytes.extend(random.next().to_be_bytes()),
            // Not a number is not equal to itself; a sum of random numbers is one.
            FieldType::Float64 => bytes.extend((random.below(1 << 40) as f64 / 7.0).to_be_bytes()),
            FieldType::Uuid => (0..2).for_each(|_| bytes.extend(random.next().to_be_bytes())),
            FieldType::String => {
                let text = ["", "a", "orders.v2", "größe", "日本語"][random.below(5)];
                self.put_length((!null).then_some(text.len()), 2, bytes);
                bytes.extend(if null { &[] } else { text.as_bytes() });
            }
            FieldType::Bytes | FieldType::Records => {
                let length = if null { 0 } else { random.below(40) };
                self.put_length((!null).then_some(length), 4, bytes);
                bytes.extend((0..length).map(|_| random.next() as u8));
            }
            FieldType::Array(element) => {
                let count = if null { 0 } else { random.below(4) };
                self.put_length((!null).then_some(count), 4, bytes);
                (0..count).for_each(|_| self.put_value(*element, false, random, bytes));
            }
            FieldType::Struct(schema) => {
                if nullable {
                    bytes.push(if null { 0xff } else { 1 });
                }
                if !null {
                    self.put_struct(schema, random, bytes);
                }
            }
            other => panic!("a type that the generator does not know: {other:?}"),
        }
    }

    fn put_length(self, length: Option<usize>, width: usize, bytes: &mut Vec<u8>) {
        if self.flexible {
            put_unsigned_varint(bytes, length.map_or(0, |length| length as u32 + 1));
        } else {
            let length = length.map_or(-1, |length| length as i32);
            bytes.extend(&length.to_be_bytes()[4 - width..]);
        }
    }
}
