//! The cluster beside real Apache Kafka: what one answers the other answers.
#![cfg(all(feature = "apache", unix))]

use std::collections::BTreeMap;

use bytes::Bytes;
use kafka_proto::messages::*;
use kafka_proto::records::SealOptions;
use kafka_test::apache::{self, ApacheCluster};
use kafka_test::cluster::{Cluster, Network, Release};

use crate::client::{Client, batch, idempotent, partition_of, produce, sealed};

async fn versions(client: &mut Client) -> BTreeMap<&'static str, (i16, i16)> {
    let answer = client.ask(&ApiVersionsRequest::default(), 0).await;
    let named = answer.api_keys.iter().filter_map(|listed| {
        let api = ApiKey::try_from(listed.api_key).ok()?;
        Some((api.name(), (listed.min_version, listed.max_version)))
    });
    named.collect()
}

#[tokio::test]
async fn releases_list_the_versions_that_they_really_have() {
    for release in Release::ALL {
        let Some(exact) = release.compared_with() else { continue };
        let Some(conf) = apache::require_or_skip(exact).await else { return };
        let real = ApacheCluster::start(conf).await.unwrap();
        let theirs = versions(&mut Client::connect_to(&real.bootstrap()).await).await;
        let cluster =
            Cluster::builder().network(Network::Memory).like_kafka(release.name()).start().await.unwrap();
        let ours = versions(&mut Client::connect(&cluster, 1).await).await;
        for (api, range) in &ours {
            assert_eq!(theirs.get(api), Some(range), "{api} of Kafka {exact}");
        }
        real.shutdown().await.unwrap();
    }
}

/// Everything that is asked of both, in order, with what the answers say that has to be the same.
async fn conversation(client: &mut Client) -> Vec<String> {
    let mut said = Vec::new();
    create_topics(client, &mut said).await;
    produce_all_kinds(client, &mut said).await;
    fetch_all_kinds(client, &mut said).await;
    list_offsets(client, &mut said).await;
    said
}

async fn create_topics(client: &mut Client, said: &mut Vec<String>) {
    let topic = |name: &str, partitions, replicas, config: &[(&str, &str)]| CreatableTopic {
        name: name.into(),
        num_partitions: partitions,
        replication_factor: replicas,
        configs: config
            .iter()
            .map(|&(name, value)| CreatableTopicConfig {
                name: name.into(),
                value: Some(value.into()),
                ..Default::default()
            })
            .collect(),
        ..Default::default()
    };
    let topics = vec![
        topic("fruits", 2, 1, &[]),
        topic("small", 1, 1, &[("max.message.bytes", "200")]),
        topic("compacted", 1, 1, &[("cleanup.policy", "compact")]),
        topic("stamped", 1, 1, &[("message.timestamp.type", "LogAppendTime")]),
        topic("not legal", 1, 1, &[]),
        topic("none", 0, 1, &[]),
        topic("many", 1, 9, &[]),
        topic("odd", 1, 1, &[("what", "1")]),
    ];
    for topics in [topics, vec![topic("fruits", 1, 1, &[])]] {
        let request = CreateTopicsRequest { topics, timeout_ms: 10_000, ..Default::default() };
        for topic in client.ask(&request, 5).await.topics {
            said.push(format!("create {}: {} of {}", topic.name, topic.error_code, topic.num_partitions));
        }
    }
    // A real broker names itself leader a moment before it is.
    for (name, partitions) in [("fruits", 2), ("small", 1), ("compacted", 1), ("stamped", 1)] {
        let request = listing(name, partitions, -1);
        while client.ask(&request, 1).await.topics[0].partitions.iter().any(|told| told.error_code != 0) {}
    }
}

fn listing(topic: &str, partitions: i32, timestamp: i64) -> ListOffsetsRequest {
    let partition =
        |partition_index| ListOffsetsPartition { partition_index, timestamp, ..Default::default() };
    let topic = ListOffsetsTopic {
        name: topic.into(),
        partitions: (0..partitions).map(partition).collect(),
        ..Default::default()
    };
    ListOffsetsRequest { topics: vec![topic], ..Default::default() }
}

async fn produce_all_kinds(client: &mut Client, said: &mut Vec<String>) {
    let damaged = |at: usize, by: u8| {
        let mut bytes = batch(&["apple"]).to_vec();
        bytes[at] ^= by;
        Bytes::from(bytes)
    };
    let mut control = SealOptions::new();
    control.control = true;
    let mut elsewhere = SealOptions::new();
    elsewhere.base_offset = 5;
    let two = [batch(&["a"]), batch(&["b"])].concat();
    for (what, topic, partition, bytes) in [
        ("good", "fruits", 0, batch(&["apple", "pear"])),
        ("unknown topic", "vegetables", 0, batch(&["leek"])),
        ("unknown partition", "fruits", 2, batch(&["apple"])),
        ("negative partition", "fruits", -1, batch(&["apple"])),
        ("nothing", "fruits", 0, Bytes::new()),
        ("two batches", "fruits", 0, two.into()),
        ("wrong CRC", "fruits", 0, damaged(70, 1)),
        ("wrong count", "fruits", 0, damaged(60, 3)),
        ("format 1", "fruits", 0, damaged(16, 3)),
        ("too large", "small", 0, batch(&[&"x".repeat(200)])),
        ("control records", "fruits", 0, sealed(&["x"], &control)),
        ("base offset", "fruits", 0, sealed(&["x"], &elsewhere)),
        ("no key", "compacted", 0, batch(&["x"])),
        ("first of a producer", "fruits", 1, idempotent(7_000, 1, 5, &["a"])),
        ("again", "fruits", 1, idempotent(7_000, 1, 5, &["a"])),
        ("next", "fruits", 1, idempotent(7_000, 1, 6, &["b", "c"])),
        ("a gap", "fruits", 1, idempotent(7_000, 1, 9, &["d"])),
        ("half of one", "fruits", 1, idempotent(7_000, 1, 7, &["c"])),
        ("an old epoch", "fruits", 1, idempotent(7_000, 0, 8, &["d"])),
        ("a new epoch not from 0", "fruits", 1, idempotent(7_000, 2, 8, &["d"])),
        ("a new epoch", "fruits", 1, idempotent(7_000, 2, 0, &["d"])),
        ("no sequence", "fruits", 1, idempotent(7_001, 0, -1, &["d"])),
    ] {
        let told = client.produce(topic, partition, bytes).await;
        said.push(format!("produce {what}: {} at {}", told.error_code, told.base_offset));
    }
    let told = partition_of(client.ask(&produce("fruits", 0, 2, batch(&["apple"])), 9).await);
    said.push(format!("produce with acks 2: {}", told.error_code));
    let stamped = client.produce("stamped", 0, batch(&["x"])).await;
    said.push(format!("stamped: {}", stamped.log_append_time_ms > 1_000_000));
}

async fn fetch_all_kinds(client: &mut Client, said: &mut Vec<String>) {
    let from = |partition, offset| FetchRequestFetchPartition {
        partition,
        fetch_offset: offset,
        partition_max_bytes: 1 << 20,
        ..Default::default()
    };
    let believing = |epoch| FetchRequestFetchPartition { current_leader_epoch: epoch, ..from(0, 0) };
    let limited = |bytes| FetchRequestFetchPartition { partition_max_bytes: bytes, ..from(1, 0) };
    for (what, asked) in [
        ("all", from(1, 0)),
        ("from the middle of a batch", from(1, 2)),
        ("at the end", from(1, 4)),
        ("below the start", from(1, -5)),
        ("above the end", from(1, 5)),
        ("no such partition", from(2, 0)),
        ("a future epoch", believing(9)),
        ("the right epoch", believing(0)),
        ("one byte", limited(1)),
        ("a batch and a half", limited(100)),
    ] {
        for (epoch, isolation_level, version) in [(-1, 0, 4), (-1, 1, 11), (0, 0, 12)] {
            let request = FetchRequest {
                max_wait_ms: 1,
                min_bytes: 1,
                session_epoch: epoch,
                isolation_level,
                topics: vec![FetchRequestFetchTopic {
                    topic: "fruits".into(),
                    partitions: vec![asked.clone()],
                    ..Default::default()
                }],
                ..Default::default()
            };
            let asked = format!("fetch {what} in version {version}");
            let answer = client.ask(&request, version).await;
            said.push(format!("{asked}: {}, session {}", answer.error_code, answer.session_id != 0));
            for told in answer.responses.iter().flat_map(|topic| &topic.partitions) {
                let records = told.records.as_ref().map_or(0, Bytes::len);
                let (high, stable, start) =
                    (told.high_watermark, told.last_stable_offset, told.log_start_offset);
                let aborted = told.aborted_transactions.as_ref().map(Vec::len);
                said.push(format!(
                    "  {}: {records} bytes, {start}/{stable}/{high}, {aborted:?}",
                    told.error_code
                ));
            }
        }
    }
    let lost = FetchRequest { session_id: 999, session_epoch: 7, ..Default::default() };
    said.push(format!("fetch in no session: {}", client.ask(&lost, 11).await.error_code));
}

async fn list_offsets(client: &mut Client, said: &mut Vec<String>) {
    for (timestamp, version) in
        [(-1, 1), (-2, 1), (0, 1), (1_001, 5), (5_000_000_000_000, 5), (-3, 7), (-4, 8), (-1, 4), (-2, 4)]
    {
        let request = listing("fruits", 3, timestamp);
        let mut partitions = client.ask(&request, version).await.topics.remove(0).partitions;
        // Java answers in the order of a hash map.
        partitions.sort_by_key(|told| told.partition_index);
        for told in partitions {
            let (offset, time, epoch) = (told.offset, told.timestamp, told.leader_epoch);
            said.push(format!("list {timestamp} in {version}: {} {offset} {time} {epoch}", told.error_code));
        }
    }
}

#[tokio::test]
async fn the_same_questions_get_the_same_answers() {
    let Some(conf) = apache::require_or_skip("4.3.1").await else { return };
    let real = ApacheCluster::start(conf).await.unwrap();
    let theirs = conversation(&mut Client::connect_to(&real.bootstrap()).await).await;
    let cluster = Cluster::builder().network(Network::Memory).like_kafka("4.3").start().await.unwrap();
    let ours = conversation(&mut Client::connect(&cluster, 1).await).await;
    real.shutdown().await.unwrap();
    let differ: Vec<_> = theirs.iter().zip(&ours).filter(|(theirs, ours)| theirs != ours).collect();
    assert!(differ.is_empty() && theirs.len() == ours.len(), "{differ:#?}");
}
