//! What a partition leader takes, and what it refuses.

use bytes::Bytes;
use kafka_proto::ErrorCode;
use kafka_proto::messages::{InitProducerIdRequest, MetadataRequest, ProduceRequest};
use kafka_proto::records::{ProducerStamp, SealOptions};
use kafka_test::cluster::{Cluster, ClusterConf, Network, StoredRecord, TopicConf};

use crate::client::{Client, batch, idempotent, partition_of, produce, sealed};

fn fruits() -> ClusterConf {
    Cluster::builder().network(Network::Memory).topic("fruits", 2)
}

fn values(records: &[StoredRecord]) -> Vec<String> {
    let text = |record: &StoredRecord| String::from_utf8(record.value.clone().unwrap().to_vec()).unwrap();
    records.iter().map(text).collect()
}

#[tokio::test]
async fn what_is_produced_on_tcp_is_in_the_log() {
    let cluster = Cluster::builder().topic("fruits", 1).start().await.unwrap();
    let mut client = Client::connect(&cluster, 1).await;
    for version in 3..=12 {
        let told =
            partition_of(client.ask(&produce("fruits", 0, -1, batch(&["apple", "pear"])), version).await);
        assert_eq!((told.error_code, told.base_offset), (0, i64::from(version - 3) * 2), "version {version}");
    }
    let records = cluster.records("fruits", 0);
    assert_eq!(values(&records[..2]), ["apple", "pear"]);
    assert_eq!(records.iter().map(|record| record.offset).collect::<Vec<_>>(), (0..20).collect::<Vec<i64>>());
    assert_eq!(cluster.high_watermark("fruits", 0), Some(20));
}

#[tokio::test(start_paused = true)]
async fn topics_have_ids_from_version_13_on() {
    let cluster = fruits().start().await.unwrap();
    let mut client = Client::connect(&cluster, 1).await;
    let topics = client.ask(&MetadataRequest { topics: None, ..Default::default() }, 12).await.topics;
    let mut request = produce("", 0, -1, batch(&["apple"]));
    assert_eq!(partition_of(client.ask(&request, 13).await).error_code, ErrorCode::UNKNOWN_TOPIC_ID.0);
    request.topic_data[0].topic_id = topics[0].topic_id;
    assert_eq!(partition_of(client.ask(&request, 13).await).error_code, 0);
    assert_eq!(cluster.records("fruits", 0).len(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_batch_is_refused_for_the_reasons_that_kafka_has() {
    let mut conf = fruits().with_topic(TopicConf::new("compacted", 1).setting("cleanup.policy", "compact"));
    conf.max_message_bytes = 200;
    let cluster = conf.start().await.unwrap();
    let mut client = Client::connect(&cluster, 1).await;
    let damaged = |at: usize| {
        let mut bytes = batch(&["apple"]).to_vec();
        bytes[at] ^= 1;
        Bytes::from(bytes)
    };
    let mut control = SealOptions::new();
    control.control = true;
    let mut elsewhere = SealOptions::new();
    elsewhere.base_offset = 5;
    let stamp = ProducerStamp { producer_id: 7, producer_epoch: 0, base_sequence: -1, transactional: false };
    let mut unnumbered = SealOptions::new();
    unnumbered.producer = Some(stamp);
    for (what, topic, partition, bytes, expected) in [
        ("unknown topic", "vegetables", 0, batch(&["leek"]), ErrorCode::UNKNOWN_TOPIC_OR_PARTITION),
        ("unknown partition", "fruits", 2, batch(&["apple"]), ErrorCode::UNKNOWN_TOPIC_OR_PARTITION),
        ("no batch", "fruits", 0, Bytes::new(), ErrorCode::INVALID_RECORD),
        (
            "two batches",
            "fruits",
            0,
            [batch(&["a"]), batch(&["b"])].concat().into(),
            ErrorCode::INVALID_RECORD,
        ),
        ("wrong CRC", "fruits", 0, damaged(70), ErrorCode::CORRUPT_MESSAGE),
        ("too large", "fruits", 0, batch(&[&"x".repeat(200)]), ErrorCode::MESSAGE_TOO_LARGE),
        ("control records", "fruits", 0, sealed(1_000, &["x"], &control), ErrorCode::INVALID_RECORD),
        ("base offset", "fruits", 0, sealed(1_000, &["x"], &elsewhere), ErrorCode::INVALID_RECORD),
        ("no sequence", "fruits", 0, sealed(1_000, &["x"], &unnumbered), ErrorCode::INVALID_RECORD),
        ("no key", "compacted", 0, batch(&["x"]), ErrorCode::INVALID_RECORD),
        ("format 3", "fruits", 0, damaged(16), ErrorCode::CORRUPT_MESSAGE),
    ] {
        let told = client.produce(topic, partition, bytes).await;
        assert_eq!((ErrorCode(told.error_code), told.base_offset), (expected, -1), "{what}");
    }
    assert!(cluster.records("fruits", 0).is_empty());
    let acks = client.ask(&produce("fruits", 0, 2, batch(&["apple"])), 9).await;
    assert_eq!(ErrorCode(partition_of(acks).error_code), ErrorCode::INVALID_REQUIRED_ACKS);
}

#[tokio::test(start_paused = true)]
async fn acks_none_is_not_answered_and_a_failure_closes_the_connection() {
    let cluster = fruits().start().await.unwrap();
    let mut client = Client::connect(&cluster, 1).await;
    client.tell(&produce("fruits", 0, 0, batch(&["apple"])), 9).await.unwrap();
    // The next answer is that of the next request.
    client.ask(&MetadataRequest::default(), 9).await;
    assert_eq!(cluster.records("fruits", 0).len(), 1);
    client.tell(&produce("vegetables", 0, 0, batch(&["leek"])), 9).await.unwrap();
    assert!(client.is_closed().await);
}

#[tokio::test(start_paused = true)]
async fn only_the_leader_takes_records_and_names_the_new_one() {
    let cluster = fruits().nodes(3).start().await.unwrap();
    let mut client = Client::connect(&cluster, 1).await;
    assert!(cluster.move_leader("fruits", 0, 3));
    let answer = client.ask(&produce("fruits", 0, -1, batch(&["apple"])), 10).await;
    assert_eq!(answer.node_endpoints.len(), 3);
    let told = partition_of(answer);
    assert_eq!(ErrorCode(told.error_code), ErrorCode::NOT_LEADER_OR_FOLLOWER);
    assert_eq!((told.current_leader.leader_id, told.current_leader.leader_epoch), (3, 1));
    let mut leader = Client::connect(&cluster, 3).await;
    assert_eq!(leader.produce("fruits", 0, batch(&["apple"])).await.error_code, 0);
    assert_eq!(cluster.records("fruits", 0)[0].leader_epoch, 1);
}

#[tokio::test(start_paused = true)]
async fn a_repeated_batch_is_written_once_and_answered_alike() {
    let cluster = fruits().start().await.unwrap();
    let mut client = Client::connect(&cluster, 1).await;
    let id = client
        .ask(&InitProducerIdRequest { transactional_id: None, ..Default::default() }, 4)
        .await
        .producer_id;
    for sequence in 0..6 {
        let told = client.produce("fruits", 0, idempotent(id, 0, sequence, &["x"])).await;
        assert_eq!((told.error_code, told.base_offset), (0, i64::from(sequence)));
    }
    for sequence in 1..6 {
        let told = client.produce("fruits", 0, idempotent(id, 0, sequence, &["x"])).await;
        assert_eq!((told.error_code, told.base_offset), (0, i64::from(sequence)), "one of the last five");
    }
    for sequence in [0, 7] {
        let told = client.produce("fruits", 0, idempotent(id, 0, sequence, &["x"])).await;
        assert_eq!(
            ErrorCode(told.error_code),
            ErrorCode::OUT_OF_ORDER_SEQUENCE_NUMBER,
            "sequence {sequence}"
        );
    }
    assert_eq!(cluster.records("fruits", 0).len(), 6);
}

#[tokio::test(start_paused = true)]
async fn a_new_epoch_begins_at_sequence_0_and_fences_the_old_one() {
    let cluster = fruits().start().await.unwrap();
    let mut client = Client::connect(&cluster, 1).await;
    for (epoch, sequence, expected) in [
        (0, 0, ErrorCode::NONE),
        (1, 1, ErrorCode::OUT_OF_ORDER_SEQUENCE_NUMBER),
        (1, 0, ErrorCode::NONE),
        (0, 1, ErrorCode::INVALID_PRODUCER_EPOCH),
        (1, 1, ErrorCode::NONE),
    ] {
        let told = client.produce("fruits", 0, idempotent(9, epoch, sequence, &["x"])).await;
        assert_eq!(ErrorCode(told.error_code), expected, "epoch {epoch}, sequence {sequence}");
    }
}

#[tokio::test(start_paused = true)]
async fn sequences_go_on_at_0_after_the_largest() {
    let cluster = fruits().start().await.unwrap();
    let mut client = Client::connect(&cluster, 1).await;
    // A producer that the partition does not know may begin anywhere.
    for (sequence, values) in [(i32::MAX - 1, &["a", "b", "c"][..]), (1, &["d"])] {
        let told = client.produce("fruits", 0, idempotent(9, 0, sequence, values)).await;
        assert_eq!(told.error_code, 0, "sequence {sequence}");
    }
    let sequences: Vec<i32> = cluster.records("fruits", 0).iter().map(|record| record.sequence).collect();
    assert_eq!(sequences, [i32::MAX - 1, i32::MAX, 0, 1]);
}

#[tokio::test(start_paused = true)]
async fn old_brokers_refuse_producers_that_they_have_forgotten() {
    for (release, expected) in [("1.0", ErrorCode::UNKNOWN_PRODUCER_ID), ("newest", ErrorCode::NONE)] {
        let cluster = fruits().like_kafka(release).start().await.unwrap();
        let mut client = Client::connect(&cluster, 1).await;
        let send = |sequence| produce("fruits", 0, -1, idempotent(9, 0, sequence, &["x"]));
        assert_eq!(partition_of(client.ask(&send(0), 5).await).error_code, 0);
        cluster.expire_producers("fruits", 0);
        let told = partition_of(client.ask(&send(1), 5).await);
        assert_eq!(ErrorCode(told.error_code), expected, "{release}");
    }
}

#[tokio::test(start_paused = true)]
async fn too_few_replicas_in_sync_refuse_acks_all_only() {
    let mut conf = fruits().nodes(2);
    conf.min_insync_replicas = 2;
    let cluster = conf.start().await.unwrap();
    cluster.kill(2);
    let mut client = Client::connect(&cluster, 1).await;
    let told = client.produce("fruits", 0, batch(&["apple"])).await;
    assert_eq!(ErrorCode(told.error_code), ErrorCode::NOT_ENOUGH_REPLICAS);
    let told = partition_of(client.ask(&produce("fruits", 0, 1, batch(&["apple"])), 9).await);
    assert_eq!(told.error_code, 0);
}

#[tokio::test(start_paused = true)]
async fn the_broker_stamps_its_own_time_where_the_topic_says_so() {
    let topic = TopicConf::new("stamped", 1).setting("message.timestamp.type", "LogAppendTime");
    let mut conf = fruits().with_topic(topic);
    conf.start_time_ms = Some(5_000);
    let cluster = conf.start().await.unwrap();
    let mut client = Client::connect(&cluster, 1).await;
    assert_eq!(client.produce("fruits", 0, batch(&["x"])).await.log_append_time_ms, -1);
    assert_eq!(cluster.records("fruits", 0)[0].timestamp, 1_000);
    assert_eq!(client.produce("stamped", 0, batch(&["x"])).await.log_append_time_ms, 5_000);
    assert_eq!(cluster.records("stamped", 0)[0].timestamp, 5_000);
}

#[tokio::test(start_paused = true)]
async fn versions_that_are_listed_but_not_taken_close_the_connection() {
    let cluster = fruits().start().await.unwrap();
    let mut client = Client::connect(&cluster, 1).await;
    let request: ProduceRequest = produce("fruits", 0, -1, batch(&["x"]));
    client.tell(&request, 2).await.unwrap();
    assert!(client.is_closed().await);
}
