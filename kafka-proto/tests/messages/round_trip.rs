//! What is decoded and encoded again is the same, for random values of every message in every version.

use bytes::Bytes;
use kafka_proto::{
    messages::{
        AnyRequest, AnyResponse, ApiKey, ConsumerProtocolAssignment, ConsumerProtocolSubscription,
        RequestHeader, ResponseHeader,
    },
    wire::{Message, Reader, Writer},
};
use proptest::prelude::*;

use crate::generate::{self, Random};

fn check<M: Message>(version: i16, random: &mut Random) {
    let name = M::SCHEMA.name;
    let bytes = Bytes::from(generate::message(M::SCHEMA, version, random));
    let mut reader = Reader::new(bytes);
    let value = M::decode(&mut reader, version).unwrap_or_else(|error| panic!("{name} v{version}: {error}"));
    reader.finish().unwrap_or_else(|error| panic!("{name} v{version}: {error}"));

    let mut writer = Writer::new();
    value.encode(&mut writer, version).unwrap();
    assert_eq!(writer.len(), value.encoded_size(version).unwrap(), "{value:?}");
    let encoded = writer.into_bytes();
    assert_eq!(M::decode(&mut Reader::new(encoded.clone()), version).unwrap(), value);

    let mut writer = Writer::gathering(Vec::new());
    value.encode(&mut writer, version).unwrap();
    assert_eq!(writer.into_bytes(), encoded);
}

macro_rules! check_any {
    ($any:ident, $schema:expr, $key:ident, $version:ident, $random:ident) => {{
        let bytes = Bytes::from(generate::message($schema, $version, $random));
        let value = $any::decode($key, $version, bytes)
            .unwrap_or_else(|error| panic!("{} v{}: {error}", $schema.name, $version));
        let mut writer = Writer::new();
        value.encode(&mut writer, $version).unwrap();
        assert_eq!(writer.len(), value.encoded_size($version).unwrap(), "{value:?}");
        assert_eq!($any::decode($key, $version, writer.into_bytes()).unwrap(), value);
    }};
}

fn check_api(key: ApiKey, version: i16, random: &mut Random) {
    check_any!(AnyRequest, key.request_schema(), key, version, random);
    check_any!(AnyResponse, key.response_schema(), key, version, random);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    #[test]
    fn every_message_reads_back_in_every_version(seed: u64) {
        let random = &mut Random::new(seed);
        for &key in ApiKey::ALL {
            let versions = key.request_schema().versions;
            for version in versions.oldest()..=versions.newest() {
                check_api(key, version, random);
            }
        }
        for version in 0..=2 {
            check::<RequestHeader>(version, random);
        }
        for version in 0..=1 {
            check::<ResponseHeader>(version, random);
        }
        for version in 0..=3 {
            check::<ConsumerProtocolSubscription>(version, random);
            check::<ConsumerProtocolAssignment>(version, random);
        }
    }
}
