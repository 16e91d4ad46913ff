//! `Produce`, and `InitProducerId` before it.

use std::time::Duration;

use bytes::Bytes;
use kafka_proto::messages::*;
use kafka_proto::records::{ProducerStamp, SealOptions};
use kafka_proto::wire::Uuid;
use tokio::time;

use crate::compare::compare;
use crate::produced::{altered, batch, idempotent, produce, sealed};
use crate::talk::{Talk, Topic};

#[tokio::test]
async fn both_take_and_refuse_the_same_batches() {
    compare(300, producing).await;
}

#[tokio::test]
async fn both_take_and_refuse_the_same_idempotent_batches() {
    compare(150, idempotence).await;
}

#[tokio::test]
async fn both_give_out_producer_ids_alike() {
    compare(20, producer_ids).await;
}

async fn producing(talk: &mut Talk) {
    for version in talk.versions::<ProduceRequest>() {
        let topic = talk.topic(&format!("produce-{version}"), 2).await;
        let unknown = Topic { name: "unknown".into(), id: Uuid::from(77) };
        for (what, acks) in [("acks all", -1), ("acks 1", 1), ("acks 2", 2), ("acks -2", -2)] {
            talk.ask(what, version, &produce(&topic, 0, acks, Some(batch(&["a"])))).await;
        }
        for (what, topic, partition) in [
            ("an unknown topic", &unknown, 0),
            ("an unknown partition", &topic, 2),
            ("a negative partition", &topic, -1),
            ("another partition", &topic, 1),
        ] {
            talk.ask(what, version, &produce(topic, partition, -1, Some(batch(&["a"])))).await;
        }
        for (what, records) in batches() {
            talk.ask(what, version, &produce(&topic, 0, -1, Some(records))).await;
        }
        several(talk, version, &topic, &unknown).await;
        settings(talk, version).await;
        without_acks(talk, version, &topic, &unknown).await;
    }
}

/// Good and bad ones, by what is special about them. (Null is not among them: Apache Kafka never answers it.)
fn batches() -> Vec<(&'static str, Bytes)> {
    let good = batch(&["a", "b"]);
    let with = |change: &dyn Fn(&mut SealOptions)| {
        let mut options = SealOptions::new();
        change(&mut options);
        sealed(1_000, &["a"], &options)
    };
    let stamp = |producer_id, transactional| {
        Some(ProducerStamp { producer_id, producer_epoch: 0, base_sequence: 0, transactional })
    };
    let two = [batch(&["a"]), batch(&["b"])].concat();
    let length = |delta: i32| ((good.len() as i32) - 12 + delta).to_be_bytes();
    vec![
        ("two records", good.clone()),
        ("no bytes", Bytes::new()),
        ("a few bytes", good.slice(..10)),
        ("half a batch", good.slice(..good.len() - 3)),
        ("two batches", two.into()),
        ("bytes after the batch", [&good[..], &[0, 0, 0]].concat().into()),
        ("a wrong CRC", altered(&good, good.len() - 1, &[0x55], false)),
        ("a batch of no records", altered(&good.slice(..61), 8, &49i32.to_be_bytes(), false)),
        ("a length that is too small", altered(&good, 8, &length(-1), false)),
        ("a length that is too large", altered(&good, 8, &length(1), false)),
        ("a length of nothing", altered(&good, 8, &0i32.to_be_bytes(), false)),
        ("a negative length", altered(&good, 8, &(-1i32).to_be_bytes(), false)),
        ("format 0", altered(&good, 16, &[0], false)),
        ("format 1", altered(&good, 16, &[1], false)),
        ("format 3", altered(&good, 16, &[3], false)),
        ("a leader epoch", altered(&good, 12, &9i32.to_be_bytes(), false)),
        ("a base offset", with(&|options| options.base_offset = 5)),
        ("a negative base offset", altered(&good, 0, &(-1i64).to_be_bytes(), false)),
        ("a count that is too large", altered(&good, 57, &3i32.to_be_bytes(), true)),
        ("a count that is too small", altered(&good, 57, &1i32.to_be_bytes(), true)),
        ("a count below nothing", altered(&good, 57, &(-1i32).to_be_bytes(), true)),
        ("a last offset that is too large", altered(&good, 23, &5i32.to_be_bytes(), true)),
        ("a last offset that is too small", altered(&good, 23, &0i32.to_be_bytes(), true)),
        ("an unknown codec", altered(&good, 21, &[0, 5], true)),
        ("a codec that it is not", altered(&good, 21, &[0, 1], true)),
        ("bytes that are no records", altered(&good, 61, &[0xff, 0xff], true)),
        ("a record of another length", altered(&good, 61, &[18], true)),
        ("control records", with(&|options| options.control = true)),
        ("a time of the broker", with(&|options| options.append_time = Some(9_000))),
        ("a transaction without a producer", with(&|options| options.producer = stamp(-1, true))),
        ("a negative time", sealed(-1, &["a"], &SealOptions::new())),
        ("a wrong largest time", altered(&good, 35, &9_000i64.to_be_bytes(), true)),
    ]
}

/// Requests about more than one partition.
async fn several(talk: &mut Talk, version: i16, topic: &Topic, unknown: &Topic) {
    let data = |index, values: &[&str]| PartitionProduceData {
        index,
        records: Some(batch(values)),
        ..Default::default()
    };
    let of = |topic: &Topic, partition_data| TopicProduceData {
        name: topic.name.clone(),
        topic_id: topic.id,
        partition_data,
        ..Default::default()
    };
    for (what, topic_data) in [
        ("no topics", vec![]),
        ("a topic without partitions", vec![of(topic, vec![])]),
        ("two partitions", vec![of(topic, vec![data(0, &["x"]), data(1, &["y"])])]),
        (
            "a partition that is there and one that is not",
            vec![of(topic, vec![data(0, &["x"]), data(5, &["y"])])],
        ),
        (
            "a topic that is there and one that is not",
            vec![of(unknown, vec![data(0, &["x"])]), of(topic, vec![data(1, &["y"])])],
        ),
    ] {
        let request = ProduceRequest { acks: -1, timeout_ms: 1000, topic_data, ..Default::default() };
        talk.ask(what, version, &request).await;
    }
}

/// What a topic's settings change.
async fn settings(talk: &mut Talk, version: i16) {
    for (what, setting, value, bytes) in [
        ("above max.message.bytes", "max.message.bytes", "200", batch(&[&"x".repeat(200)])),
        ("below max.message.bytes", "max.message.bytes", "200", batch(&[&"x".repeat(100)])),
        ("no key in a compacted topic", "cleanup.policy", "compact", batch(&["a", "b"])),
        ("a topic with the broker's times", "message.timestamp.type", "LogAppendTime", batch(&["a"])),
        ("fewer in-sync replicas than wanted", "min.insync.replicas", "2", batch(&["a"])),
        ("an old time", "message.timestamp.before.max.ms", "1000", batch(&["a", "b"])),
        (
            "a future time",
            "message.timestamp.after.max.ms",
            "1000",
            sealed(9_000_000_000_000, &["a"], &SealOptions::new()),
        ),
    ] {
        let name = format!("produce-{version}-{}", what.replace([' ', '\''], "-"));
        let topic = talk.topic_with(&name, 1, &[(setting, value)]).await;
        talk.ask(what, version, &produce(&topic, 0, -1, Some(bytes.clone()))).await;
        talk.ask(&format!("{what}, with acks 1"), version, &produce(&topic, 0, 1, Some(bytes))).await;
    }
}

/// Acks 0 is not answered: the next answer is that of the next request, if the connection is still there.
async fn without_acks(talk: &mut Talk, version: i16, topic: &Topic, unknown: &Topic) {
    for (what, topic, records) in [
        ("after acks 0", topic, batch(&["quiet"])),
        ("after acks 0 with a wrong CRC", topic, altered(&batch(&["quiet"]), 65, &[1], false)),
        ("after acks 0 to an unknown topic", unknown, batch(&["quiet"])),
    ] {
        talk.tell(version, &produce(topic, 0, 0, Some(records))).await;
        talk.ask(what, version, &produce(topic, 0, -1, Some(batch(&["loud"])))).await;
    }
}

async fn idempotence(talk: &mut Talk) {
    for version in talk.versions::<ProduceRequest>() {
        let topic = talk.topic(&format!("idempotent-{version}"), 1).await;
        for (what, records) in [
            ("first, not from 0", idempotent(7_000, 1, 5, &["a"])),
            ("again", idempotent(7_000, 1, 5, &["a"])),
            ("next", idempotent(7_000, 1, 6, &["b", "c"])),
            ("one before again", idempotent(7_000, 1, 5, &["a"])),
            ("a gap", idempotent(7_000, 1, 9, &["d"])),
            ("half of one", idempotent(7_000, 1, 7, &["c"])),
            ("an old epoch", idempotent(7_000, 0, 8, &["d"])),
            ("a new epoch not from 0", idempotent(7_000, 2, 8, &["d"])),
            ("a new epoch", idempotent(7_000, 2, 0, &["d"])),
            ("the epoch before", idempotent(7_000, 1, 8, &["d"])),
            ("the new epoch again", idempotent(7_000, 2, 0, &["d"])),
            ("no sequence", idempotent(7_001, 0, -1, &["d"])),
            ("no epoch", idempotent(7_002, -1, 0, &["d"])),
            ("another producer", idempotent(7_003, 0, 0, &["d"])),
            ("the last sequence", idempotent(7_004, 0, i32::MAX, &["d"])),
            ("the sequence after the last", idempotent(7_004, 0, 0, &["d"])),
            ("across the last sequence", idempotent(7_005, 0, i32::MAX - 1, &["d", "e", "f", "g"])),
            ("after the turn", idempotent(7_005, 0, 2, &["h"])),
        ] {
            talk.ask(what, version, &produce(&topic, 0, -1, Some(records))).await;
        }
        for sequence in 0..7 {
            let what = format!("batch {sequence} of seven");
            let records = idempotent(7_006, 0, sequence, &["x"]);
            talk.ask(&what, version, &produce(&topic, 0, -1, Some(records))).await;
        }
        for sequence in [2, 1, 0, 6] {
            let what = format!("batch {sequence} of seven again");
            let records = idempotent(7_006, 0, sequence, &["x"]);
            talk.ask(&what, version, &produce(&topic, 0, -1, Some(records))).await;
        }
    }
}

async fn producer_ids(talk: &mut Talk) {
    let ask = |name: Option<&str>, producer_id, producer_epoch| InitProducerIdRequest {
        transactional_id: name.map(Into::into),
        transaction_timeout_ms: 60_000,
        producer_id,
        producer_epoch,
        ..Default::default()
    };
    // A real broker has to be given its first ids.
    let deadline = time::Instant::now() + Duration::from_secs(10);
    while talk.quietly(0, &ask(None, -1, -1)).await.error_code != 0 {
        assert!(time::Instant::now() < deadline, "no producer ids");
        time::sleep(Duration::from_millis(20)).await;
    }
    for version in talk.versions::<InitProducerIdRequest>() {
        talk.ask("a new one", version, &ask(None, -1, -1)).await;
        talk.ask("another", version, &ask(None, -1, -1)).await;
        talk.ask("for an empty transactional id", version, &ask(Some(""), -1, -1)).await;
        let no_time = InitProducerIdRequest { transaction_timeout_ms: 0, ..ask(None, -1, -1) };
        talk.ask("without a timeout", version, &no_time).await;
        if version >= 3 {
            talk.ask("instead of an old one", version, &ask(None, 5, 3)).await;
            talk.ask("instead of one without an epoch", version, &ask(None, 5, -1)).await;
            talk.ask("instead of an epoch without one", version, &ask(None, -1, 3)).await;
        }
    }
}
