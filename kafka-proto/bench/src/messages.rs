//! Messages of a thousand partitions or topics.
//!
//! Each is measured in the newest version that all three libraries have, and in a current one.

use std::hint::black_box;
use std::io::Cursor;
use std::mem;

use bytes::{Bytes, BytesMut};
use kafka_proto::messages as ours;
use kafka_proto::records::{BatchBuilder, SealOptions};
use kafka_proto::wire::{Message, Reader, StrBytes, Uuid, Writer};
use kafka_protocol::messages as theirs;
use kafka_protocol::protocol::{Decodable, Encodable};
use rskafka::protocol::api_version::ApiVersion;
use rskafka::protocol::messages::{self as rs, ReadVersionedType, WriteVersionedType};
use rskafka::protocol::primitives::{Int16, Int32, NullableString, Records, String_};

use crate::{Case, KAFKA_PROTOCOL, OURS, Prepared, RSKAFKA};

const MESSAGE: &str = "message";

pub(crate) fn cases() -> Vec<Case> {
    let mut cases = Vec::new();
    for version in [4, 17] {
        let name = format!("decode a Fetch response of 1,000 partitions, version {version}");
        cases.push(decode::<ours::FetchResponse>(&name, version, fetch_response));
        cases.push(decode_theirs::<_, theirs::FetchResponse>(&name, version, fetch_response));
        if version == 4 {
            cases.push(decode_rskafka::<_, rs::FetchResponse>(&name, version, fetch_response));
        }
        let name = format!("encode a Fetch response of 1,000 partitions, version {version}");
        cases.push(encode(&name, version, fetch_response));
        cases.push(encode_theirs::<_, theirs::FetchResponse>(&name, version, fetch_response));
    }
    for version in [4, 13] {
        let name = format!("decode a Metadata response of 1,000 topics, version {version}");
        cases.push(decode::<ours::MetadataResponse>(&name, version, metadata_response));
        cases.push(decode_theirs::<_, theirs::MetadataResponse>(&name, version, metadata_response));
        if version == 4 {
            cases.push(decode_rskafka::<_, rs::MetadataResponse>(&name, version, metadata_response));
        }
    }
    for version in [7, 12] {
        let name = format!("encode a Produce request of 10 batches of 16 KiB, version {version}");
        cases.push(encode(&name, version, produce_request));
        cases.push(encode_theirs::<_, theirs::ProduceRequest>(&name, version, produce_request));
        if version == 7 {
            cases.push(encode_rskafka_produce(&name));
        }
        let name = format!("decode a Produce request of 10 batches of 16 KiB, version {version}");
        cases.push(decode::<ours::ProduceRequest>(&name, version, produce_request));
        cases.push(decode_theirs::<_, theirs::ProduceRequest>(&name, version, produce_request));
    }
    cases
}

fn decode<M: Message + 'static>(name: &str, version: i16, message: fn(i16) -> M) -> Case {
    Case::new(name, OURS, MESSAGE, move || {
        let body = encoded(&message(version), version);
        Prepared::new(1, move || {
            let mut reader = Reader::new(body.clone());
            black_box(M::decode(&mut reader, version).expect("the message is fine"));
        })
    })
}

/// Large byte fields are not copied, as they go to the socket from where they are.
fn encode<M: Message + 'static>(name: &str, version: i16, message: fn(i16) -> M) -> Case {
    Case::new(name, OURS, MESSAGE, move || {
        let message = message(version);
        let mut buffer = Vec::new();
        Prepared::new(1, move || {
            buffer.clear();
            let mut writer = Writer::gathering(mem::take(&mut buffer));
            message.encode(&mut writer, version).expect("the message is fine");
            let (written, payloads) = writer.into_parts();
            black_box(payloads);
            buffer = written;
        })
    })
}

fn decode_theirs<M: Message + 'static, Their: Decodable>(
    name: &str,
    version: i16,
    message: fn(i16) -> M,
) -> Case {
    Case::new(name, KAFKA_PROTOCOL, MESSAGE, move || {
        let body = encoded(&message(version), version);
        Prepared::new(1, move || {
            black_box(Their::decode(&mut body.clone(), version).expect("the message is fine"));
        })
    })
}

fn encode_theirs<M: Message + 'static, Their: Decodable + Encodable + 'static>(
    name: &str,
    version: i16,
    message: fn(i16) -> M,
) -> Case {
    Case::new(name, KAFKA_PROTOCOL, MESSAGE, move || {
        let mut body = encoded(&message(version), version);
        let message = Their::decode(&mut body, version).expect("the message is fine");
        let mut buffer = BytesMut::new();
        Prepared::new(1, move || {
            buffer.clear();
            message.encode(&mut buffer, version).expect("the message is fine");
            black_box(&buffer);
        })
    })
}

fn decode_rskafka<M: Message + 'static, Their: for<'a> ReadVersionedType<Cursor<&'a [u8]>>>(
    name: &str,
    version: i16,
    message: fn(i16) -> M,
) -> Case {
    Case::new(name, RSKAFKA, MESSAGE, move || {
        let body = encoded(&message(version), version);
        Prepared::new(1, move || {
            let read = Their::read_versioned(&mut Cursor::new(&body[..]), ApiVersion(Int16(version)));
            black_box(read.expect("the message is fine"));
        })
    })
}

/// It encodes requests only, and decodes responses only.
fn encode_rskafka_produce(name: &str) -> Case {
    Case::new(name, RSKAFKA, MESSAGE, || {
        let partitions = (0..10).map(|index| rs::ProduceRequestPartitionData {
            index: Int32(index),
            records: rskafka_records(&batch(16 << 10)),
        });
        let topic = rs::ProduceRequestTopicData {
            name: String_(topic_name(0)),
            partition_data: partitions.collect(),
        };
        let request = rs::ProduceRequest {
            transactional_id: NullableString(None),
            acks: Int16(-1),
            timeout_ms: Int32(30_000),
            topic_data: vec![topic],
        };
        let mut buffer = Vec::new();
        Prepared::new(1, move || {
            buffer.clear();
            request.write_versioned(&mut buffer, ApiVersion(Int16(7))).expect("the message is fine");
            black_box(&buffer);
        })
    })
}

fn rskafka_records(batch: &[u8]) -> Records {
    use rskafka::protocol::{record::RecordBatch, traits::ReadType};
    Records(vec![RecordBatch::read(&mut Cursor::new(batch)).expect("the batch is fine")])
}

/// 10 topics with 100 partitions each, a small batch in each partition.
fn fetch_response(version: i16) -> ours::FetchResponse {
    let records = batch(200);
    let partition = |partition_index| ours::FetchResponsePartitionData {
        partition_index,
        high_watermark: 1_000_000,
        last_stable_offset: 1_000_000,
        log_start_offset: 0,
        aborted_transactions: Some(Vec::new()),
        records: Some(records.clone()),
        ..Default::default()
    };
    let topic = |index| ours::FetchableTopicResponse {
        topic: StrBytes::from(topic_name(index)),
        topic_id: topic_id(version >= 13, index),
        partitions: (0..100).map(partition).collect(),
        ..Default::default()
    };
    ours::FetchResponse { responses: (0..10).map(topic).collect(), ..Default::default() }
}

/// 1,000 topics of 3 partitions with 3 replicas each.
fn metadata_response(version: i16) -> ours::MetadataResponse {
    let broker = |node_id| ours::MetadataResponseBroker {
        node_id,
        host: StrBytes::from(format!("broker-{node_id}.kafka.example.com")),
        port: 9092,
        ..Default::default()
    };
    let partition = |partition_index| ours::MetadataResponsePartition {
        partition_index,
        leader_id: partition_index,
        replica_nodes: vec![0, 1, 2],
        isr_nodes: vec![0, 1, 2],
        ..Default::default()
    };
    let topic = |index| ours::MetadataResponseTopic {
        name: Some(StrBytes::from(topic_name(index))),
        topic_id: topic_id(version >= 10, index),
        partitions: (0..3).map(partition).collect(),
        ..Default::default()
    };
    ours::MetadataResponse {
        brokers: (0..3).map(broker).collect(),
        cluster_id: Some(StrBytes::from("the-cluster".to_owned())),
        topics: (0..1_000).map(topic).collect(),
        ..Default::default()
    }
}

/// 10 partitions of a topic, a batch of 16 KiB for each.
fn produce_request(_version: i16) -> ours::ProduceRequest {
    let partition =
        |index| ours::PartitionProduceData { index, records: Some(batch(16 << 10)), ..Default::default() };
    let topic = ours::TopicProduceData {
        name: StrBytes::from(topic_name(0)),
        partition_data: (0..10).map(partition).collect(),
        ..Default::default()
    };
    ours::ProduceRequest { acks: -1, timeout_ms: 30_000, topic_data: vec![topic], ..Default::default() }
}

fn topic_name(index: u32) -> String {
    format!("payments.transfers.{index:04}")
}

/// A sender must not give what its version cannot hold.
fn topic_id(has_ids: bool, index: u32) -> Uuid {
    if has_ids { Uuid::from([index as u8 + 1; 16]) } else { Uuid::ZERO }
}

/// A batch of some `size` bytes, one record in it.
fn batch(size: usize) -> Bytes {
    let mut builder = BatchBuilder::new(Vec::new());
    builder.append(1_700_000_000_000, None, Some(&vec![7; size - 100]), &[]).expect("the batch is small");
    Bytes::from(builder.seal(&SealOptions::new()))
}

fn encoded(message: &impl Message, version: i16) -> Bytes {
    let mut writer = Writer::new();
    message.encode(&mut writer, version).expect("the message is fine");
    writer.into_bytes()
}
