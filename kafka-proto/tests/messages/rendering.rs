//! A value as Kafka's tools print it in JSON: read back from its `Debug` text with the help of its schema, so that
//! what is compared is what the struct really holds.

use kafka_proto::wire::{DefaultValue, FieldSchema, FieldType, MessageSchema, Presence, StructSchema};
use serde_json::{Map, Number, Value};

/// Turns the `Debug` text of a message, or of an `AnyRequest` or `AnyResponse` around it, into JSON.
pub(crate) fn json(debug: &str, schema: &MessageSchema, version: i16) -> Value {
    let mut parser = Parser { rest: debug };
    let mut tree = parser.value();
    assert_eq!(parser.rest, "", "not all of the text was understood");
    if let Tree::Tuple(name, inner) = tree {
        assert!(schema.name.starts_with(&name));
        tree = *inner;
    }
    render_struct(&tree, schema.body, version)
}

/// What derived `Debug` implementations write.
#[derive(Debug, PartialEq)]
enum Tree {
    /// A number, a flag, an id, or a name.
    Word(String),
    Text(String),
    Bytes(Vec<u8>),
    List(Vec<Tree>),
    Tuple(String, Box<Tree>),
    Struct(String, Vec<(String, Tree)>),
    /// How many entries.
    Map(usize),
}

struct Parser<'a> {
    rest: &'a str,
}

impl Parser<'_> {
    fn value(&mut self) -> Tree {
        if let Some(inner) = self.rest.strip_prefix("b\"") {
            self.rest = inner;
            return Tree::Bytes(self.bytes());
        }
        if self.skip("\"") {
            return Tree::Text(self.text());
        }
        if self.skip("[") {
            return Tree::List(self.list());
        }
        if self.rest.starts_with('{') {
            return self.map();
        }
        let end = self.rest.find([',', ' ', '(', ')', ']', '}', ':']).unwrap_or(self.rest.len());
        let word = self.rest[..end].to_owned();
        self.rest = &self.rest[end..];
        if self.skip("(") {
            let inner = self.value();
            assert!(self.skip(")"), "{}", self.rest);
            return Tree::Tuple(word, Box::new(inner));
        }
        if self.skip(" { ") {
            return Tree::Struct(word, self.fields());
        }
        Tree::Word(word)
    }

    fn list(&mut self) -> Vec<Tree> {
        let mut elements = Vec::new();
        while !self.skip("]") {
            elements.push(self.value());
            self.skip(", ");
        }
        elements
    }

    fn fields(&mut self) -> Vec<(String, Tree)> {
        let mut fields = Vec::new();
        while !self.skip(" }") {
            let (name, rest) = self.rest.split_once(": ").unwrap();
            self.rest = rest;
            fields.push((name.to_owned(), self.value()));
            self.skip(", ");
        }
        fields
    }

    /// Only unknown tagged fields are a map; Kafka's tools do not print them.
    fn map(&mut self) -> Tree {
        assert!(self.skip("{"));
        let mut entries = 0;
        while !self.skip("}") {
            entries += 1;
            self.value();
            assert!(self.skip(": "));
            self.value();
            self.skip(", ");
        }
        Tree::Map(entries)
    }

    fn text(&mut self) -> String {
        let mut text = String::new();
        loop {
            match self.char() {
                '"' => return text,
                '\\' => match self.char() {
                    'u' => {
                        let end = self.rest.find('}').unwrap();
                        let code = u32::from_str_radix(&self.rest[1..end], 16).unwrap();
                        self.rest = &self.rest[end + 1..];
                        text.push(char::from_u32(code).unwrap());
                    }
                    escape => text.push(char::from(unescape(escape))),
                },
                plain => text.push(plain),
            }
        }
    }

    fn bytes(&mut self) -> Vec<u8> {
        let mut bytes = Vec::new();
        loop {
            match self.char() {
                '"' => return bytes,
                '\\' => match self.char() {
                    'x' => {
                        bytes.push(u8::from_str_radix(&self.rest[..2], 16).unwrap());
                        self.rest = &self.rest[2..];
                    }
                    escape => bytes.push(unescape(escape)),
                },
                plain => bytes.push(u8::try_from(plain).unwrap()),
            }
        }
    }

    fn char(&mut self) -> char {
        let next = self.rest.chars().next().unwrap();
        self.rest = &self.rest[next.len_utf8()..];
        next
    }

    fn skip(&mut self, token: &str) -> bool {
        let rest = self.rest.strip_prefix(token);
        self.rest = rest.unwrap_or(self.rest);
        rest.is_some()
    }
}

fn unescape(escape: char) -> u8 {
    match escape {
        'n' => b'\n',
        'r' => b'\r',
        't' => b'\t',
        '0' => 0,
        '\\' | '"' | '\'' => escape as u8,
        other => panic!("unknown escape {other}"),
    }
}

fn render_struct(tree: &Tree, schema: &StructSchema, version: i16) -> Value {
    let fields = match tree {
        Tree::Struct(_, fields) => fields.as_slice(),
        // A struct without fields prints as its name.
        Tree::Word(_) => &[],
        other => panic!("{} is not a struct: {other:?}", schema.name),
    };
    let mut object = Map::new();
    for field in schema.fields {
        let (_, value) = fields.iter().find(|(name, _)| name == field.name).unwrap();
        let shown = match field.presence(version) {
            Presence::Absent => false,
            Presence::Plain => true,
            Presence::Tagged => !is_default(value, field, version),
        };
        if shown {
            object.insert(json_name(field), render(value, field.ty, version));
        }
    }
    Value::Object(object)
}

/// `TopicId` → `topicId`.
fn json_name(field: &FieldSchema) -> String {
    field.kafka_name[..1].to_lowercase() + &field.kafka_name[1..]
}

fn is_default(tree: &Tree, field: &FieldSchema, version: i16) -> bool {
    let value = render(tree, field.ty, version);
    match (field.default, field.ty) {
        (DefaultValue::Null, _) => value.is_null(),
        (DefaultValue::True, _) => value == Value::Bool(true),
        (DefaultValue::Int(default), _) => value.as_i64() == Some(default),
        (_, FieldType::Struct(schema)) => {
            let Tree::Struct(_, values) = tree else { return false };
            let is_unknown =
                |value: &Tree| matches!(value, Tree::Tuple(_, map) if matches!(**map, Tree::Map(1..)));
            if values.iter().any(|(_, value)| is_unknown(value)) {
                return false;
            }
            schema.fields.iter().all(|inner| {
                values.iter().any(|(name, value)| name == inner.name && is_default(value, inner, version))
            })
        }
        (_, FieldType::Uuid) => value == Value::String("AAAAAAAAAAAAAAAAAAAAAA".to_owned()),
        (_, FieldType::Array(_)) => value.as_array().is_some_and(Vec::is_empty),
        (_, FieldType::String | FieldType::Bytes | FieldType::Records) => value.as_str() == Some(""),
        (_, FieldType::Bool) => value == Value::Bool(false),
        _ => value.as_f64() == Some(0.0),
    }
}

fn render(tree: &Tree, ty: FieldType, version: i16) -> Value {
    match (tree, ty) {
        (Tree::Word(word), _) if word == "None" => Value::Null,
        (Tree::Tuple(name, inner), _) if name == "Some" => render(inner, ty, version),
        (Tree::List(elements), FieldType::Array(element)) => {
            elements.iter().map(|value| render(value, *element, version)).collect()
        }
        (_, FieldType::Struct(schema)) => render_struct(tree, schema, version),
        (Tree::Text(text), FieldType::String) => Value::String(text.clone()),
        (Tree::Bytes(bytes), FieldType::Bytes | FieldType::Records) => Value::String(base64(bytes)),
        (Tree::Word(word), FieldType::Uuid) => Value::String(word.clone()),
        (Tree::Word(word), FieldType::Bool) => Value::Bool(word == "true"),
        (Tree::Word(word), FieldType::Float64) => {
            Number::from_f64(word.parse().unwrap()).map_or_else(|| Value::String(word.clone()), Value::Number)
        }
        (Tree::Word(word), _) => Value::Number(word.parse::<i64>().unwrap().into()),
        (other, _) => panic!("{other:?} is not of type {ty:?}"),
    }
}

fn base64(bytes: &[u8]) -> String {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::new();
    for chunk in bytes.chunks(3) {
        let group =
            chunk.iter().fold(0, |group, &byte| group << 8 | u32::from(byte)) << (8 * (3 - chunk.len()));
        for digit in 0..4 {
            let index = (group >> (18 - 6 * digit)) & 63;
            text.push(if digit <= chunk.len() { char::from(ALPHABET[index as usize]) } else { '=' });
        }
    }
    text
}
