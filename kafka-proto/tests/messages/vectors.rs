//! Bytes written by Apache Kafka's Java client, and what they mean.

use std::{collections::BTreeMap, io::Read};

use bytes::Bytes;
use flate2::read::GzDecoder;
use kafka_proto::{
    messages::{
        AnyRequest, AnyResponse, ApiKey, ConsumerProtocolAssignment, ConsumerProtocolSubscription,
        ControlRecordTypeSchema, EndTxnMarker, RequestHeader, ResponseHeader,
    },
    wire::{DecodeError, Message, MessageSchema, Reader, Writer},
};
use serde_json::Value;

use crate::rendering;

/// A line of the file.
pub(crate) struct Vector {
    pub(crate) api_key: i16,
    pub(crate) name: String,
    pub(crate) version: i16,
    pub(crate) kind: String,
    pub(crate) body: Bytes,
    json: Value,
}

impl Vector {
    /// The vectors of the APIs that this crate has, and how many there are of others.
    pub(crate) fn all() -> (Vec<Self>, usize) {
        let file = include_bytes!("../vectors/messages.tsv.gz");
        let mut text = String::new();
        GzDecoder::new(&file[..]).read_to_string(&mut text).unwrap();
        let vectors: Vec<Self> = text.lines().map(Self::parse).collect();
        let all = vectors.len();
        let ours: Vec<Self> = vectors.into_iter().filter(Self::is_ours).collect();
        let others = all - ours.len();
        (ours, others)
    }

    fn is_ours(&self) -> bool {
        if self.kind == "data" || self.kind.starts_with("header") {
            return self.kind == "data" || ApiKey::try_from(self.api_key).is_ok();
        }
        ApiKey::try_from(self.api_key).is_ok_and(|key| key.request_schema().versions.contains(self.version))
    }

    fn parse(line: &str) -> Self {
        let columns: Vec<&str> = line.split('\t').collect();
        let [api_key, name, version, kind, _flags, hex, json] = columns[..] else {
            panic!("not seven columns: {line}")
        };
        let mut vector = Self {
            api_key: api_key.parse().unwrap(),
            name: name.to_owned(),
            version: version.parse().unwrap(),
            kind: kind.to_owned(),
            body: unhex(hex),
            json: serde_json::from_str(json).unwrap(),
        };
        if vector.kind == "data" {
            // Its version comes first.
            vector.body = vector.body.slice(2..);
        }
        vector
    }

    pub(crate) fn title(&self) -> String {
        format!("{} v{} {}", self.name, self.version, self.kind)
    }

    /// The value as text, and what it encodes to.
    pub(crate) fn decode(&self, body: Bytes) -> Result<Decoded, DecodeError> {
        let version = self.version;
        match self.kind.as_str() {
            "request" => {
                let key = ApiKey::try_from(self.api_key)?;
                let request = AnyRequest::decode(key, version, body)?;
                let mut writer = Writer::new();
                request.encode(&mut writer, version).unwrap();
                let size = request.encoded_size(version).unwrap();
                Ok(Decoded {
                    debug: format!("{request:?}"),
                    schema: key.request_schema(),
                    encoded: writer.into_bytes(),
                    size,
                })
            }
            "response" => {
                let key = ApiKey::try_from(self.api_key)?;
                // Read as what it is, not as an answer of version 0 to a version that the broker does not know.
                let response = match key {
                    ApiKey::ApiVersions => AnyResponse::ApiVersions(decode_all(version, body)?),
                    _ => AnyResponse::decode(key, version, body)?,
                };
                let mut writer = Writer::new();
                response.encode(&mut writer, version).unwrap();
                let size = response.encoded_size(version).unwrap();
                Ok(Decoded {
                    debug: format!("{response:?}"),
                    schema: key.response_schema(),
                    encoded: writer.into_bytes(),
                    size,
                })
            }
            "header-request" => Decoded::of::<RequestHeader>(version, body),
            "header-response" => Decoded::of::<ResponseHeader>(version, body),
            _ => match self.name.as_str() {
                "ConsumerProtocolSubscription" => Decoded::of::<ConsumerProtocolSubscription>(version, body),
                "ConsumerProtocolAssignment" => Decoded::of::<ConsumerProtocolAssignment>(version, body),
                "ControlRecordTypeSchema" => Decoded::of::<ControlRecordTypeSchema>(version, body),
                "EndTxnMarker" => Decoded::of::<EndTxnMarker>(version, body),
                other => panic!("no message {other}"),
            },
        }
    }
}

/// A message after its way through the codec.
pub(crate) struct Decoded {
    debug: String,
    schema: &'static MessageSchema,
    encoded: Bytes,
    size: usize,
}

impl Decoded {
    fn of<M: Message>(version: i16, body: Bytes) -> Result<Self, DecodeError> {
        let message: M = decode_all(version, body)?;
        let mut writer = Writer::new();
        message.encode(&mut writer, version).unwrap();
        let size = message.encoded_size(version).unwrap();
        Ok(Self { debug: format!("{message:?}"), schema: M::SCHEMA, encoded: writer.into_bytes(), size })
    }
}

fn decode_all<M: Message>(version: i16, body: Bytes) -> Result<M, DecodeError> {
    let mut reader = Reader::new(body);
    let message = M::decode(&mut reader, version)?;
    reader.finish()?;
    Ok(message)
}

fn unhex(hex: &str) -> Bytes {
    (0..hex.len() / 2).map(|at| u8::from_str_radix(&hex[2 * at..2 * at + 2], 16).unwrap()).collect()
}

#[test]
fn every_vector_means_what_kafka_says_and_encodes_to_the_same_bytes() {
    let (vectors, others) = Vector::all();
    let mut checked = BTreeMap::new();
    for vector in &vectors {
        let title = vector.title();
        let decoded = vector.decode(vector.body.clone()).unwrap_or_else(|error| panic!("{title}: {error}"));
        assert_eq!(decoded.encoded, vector.body, "{title}: {}", decoded.debug);
        assert_eq!(decoded.size, vector.body.len(), "{title}: encoded_size");
        let value = rendering::json(&decoded.debug, decoded.schema, vector.version);
        assert_eq!(value, vector.json, "{title}");
        *checked.entry(vector.kind.as_str()).or_insert(0) += 1;
    }
    assert_eq!(
        checked.into_iter().collect::<Vec<_>>(),
        [
            ("data", 106),
            ("header-request", 351),
            ("header-response", 352),
            ("request", 3627),
            ("response", 3762)
        ]
    );
    assert_eq!(others, 1779, "vectors of APIs between brokers, and of the early access of share groups");
}
