//! What a partition leader gives, and when.

use std::time::Duration;

use bytes::Bytes;
use kafka_proto::ErrorCode;
use kafka_proto::messages::*;
use kafka_proto::records::BatchBuilder;
use kafka_proto::records::{Batches, ControlRecord, ControlType, ProducerStamp, SealOptions};
use kafka_test::cluster::{Cluster, ClusterConf, Network};
use tokio::time::Instant;

use crate::client::{Client, batch, sealed};

fn fruits() -> ClusterConf {
    Cluster::builder().network(Network::Memory).topic("fruits", 3)
}

fn from(partition: i32, offset: i64) -> FetchRequestFetchPartition {
    FetchRequestFetchPartition {
        partition,
        fetch_offset: offset,
        partition_max_bytes: 1 << 20,
        ..Default::default()
    }
}

fn fetch(partitions: Vec<FetchRequestFetchPartition>) -> FetchRequest {
    FetchRequest {
        max_wait_ms: 500,
        min_bytes: 1,
        topics: vec![FetchRequestFetchTopic { topic: "fruits".into(), partitions, ..Default::default() }],
        ..Default::default()
    }
}

fn only(mut response: FetchResponse) -> FetchResponsePartitionData {
    assert_eq!(response.error_code, 0);
    response.responses.remove(0).partitions.remove(0)
}

fn bytes(data: &FetchResponsePartitionData) -> Bytes {
    data.records.clone().unwrap()
}

fn partitions(response: &FetchResponse) -> Vec<i32> {
    let all = response.responses.iter().flat_map(|topic| &topic.partitions);
    all.map(|partition| partition.partition_index).collect()
}

#[tokio::test]
async fn every_version_reads_what_was_written() {
    let cluster = Cluster::builder().topic("fruits", 1).start().await.unwrap();
    let mut client = Client::connect(&cluster, 1).await;
    let topics = client.ask(&MetadataRequest { topics: None, ..Default::default() }, 12).await.topics;
    client.produce("fruits", 0, batch(&["apple", "pear"])).await;
    let stored = cluster.batches("fruits", 0).remove(0);
    for version in 0..=18 {
        let mut request = fetch(vec![from(0, 1)]);
        request.topics[0].topic_id = topics[0].topic_id;
        let data = only(client.ask(&request, version).await);
        assert_eq!((bytes(&data), data.high_watermark), (stored.clone(), 2), "version {version}");
    }
}

#[tokio::test(start_paused = true)]
async fn an_empty_fetch_waits_for_its_time_and_not_longer() {
    let cluster = fruits().start().await.unwrap();
    let mut client = Client::connect(&cluster, 1).await;
    let begun = Instant::now();
    let data = only(client.ask(&fetch(vec![from(0, 0)]), 11).await);
    assert!(bytes(&data).is_empty());
    assert_eq!(begun.elapsed(), Duration::from_millis(500));
}

#[tokio::test(start_paused = true)]
async fn a_waiting_fetch_ends_when_enough_has_come() {
    let cluster = fruits().start().await.unwrap();
    let mut reader = Client::connect(&cluster, 1).await;
    let mut writer = Client::connect(&cluster, 1).await;
    let size = batch(&["apple"]).len();
    let request = FetchRequest {
        min_bytes: 2 * size as i32,
        max_wait_ms: 60_000,
        ..fetch(vec![from(0, 0), from(1, 0)])
    };
    let begun = Instant::now();
    let write = async {
        writer.produce("fruits", 0, batch(&["apple"])).await;
        tokio::time::advance(Duration::from_millis(100)).await;
        writer.produce("fruits", 1, batch(&["grape"])).await;
    };
    let (answer, ()) = tokio::join!(reader.ask(&request, 11), write);
    assert_eq!(answer.responses[0].partitions.iter().map(|data| bytes(data).len()).sum::<usize>(), 2 * size);
    assert_eq!(begun.elapsed(), Duration::from_millis(100));
}

#[tokio::test(start_paused = true)]
async fn a_waiting_fetch_ends_when_the_leader_moves_or_the_topic_goes() {
    let cluster = fruits().nodes(2).start().await.unwrap();
    let mut reader = Client::connect(&cluster, 1).await;
    let request = FetchRequest { max_wait_ms: 60_000, ..fetch(vec![from(0, 0)]) };
    let begun = Instant::now();
    let (answer, moved) = tokio::join!(reader.ask(&request, 16), async {
        tokio::task::yield_now().await;
        cluster.move_leader("fruits", 0, 2)
    });
    assert!(moved);
    // By name there is no such topic in version 16, so ask in version 12.
    let _ = answer;
    let mut reader = Client::connect(&cluster, 2).await;
    let (answer, deleted) = tokio::join!(reader.ask(&request, 12), async {
        tokio::task::yield_now().await;
        cluster.delete_topic("fruits")
    });
    assert!(deleted);
    assert_eq!(ErrorCode(only(answer).error_code), ErrorCode::UNKNOWN_TOPIC_OR_PARTITION);
    assert_eq!(begun.elapsed(), Duration::ZERO);
}

#[tokio::test(start_paused = true)]
async fn wrong_places_are_refused_at_once() {
    let mut conf = fruits().nodes(2);
    conf.replication_factor = Some(1);
    let cluster = conf.start().await.unwrap();
    cluster.move_leader("fruits", 0, 1);
    cluster.move_leader("fruits", 0, 2);
    cluster.move_leader("fruits", 0, 1);
    let epoch = cluster.leader_epoch("fruits", 0).unwrap();
    let mut client = Client::connect(&cluster, 1).await;
    client.produce("fruits", 0, batch(&["a", "b"])).await;
    client.produce("fruits", 0, batch(&["c"])).await;
    cluster.delete_records("fruits", 0, 2);
    let believing = |epoch| FetchRequestFetchPartition { current_leader_epoch: epoch, ..from(0, 2) };
    let begun = Instant::now();
    for (what, asked, expected) in [
        ("below the start", from(0, 1), ErrorCode::OFFSET_OUT_OF_RANGE),
        ("above the end", from(0, 4), ErrorCode::OFFSET_OUT_OF_RANGE),
        ("no such partition", from(9, 0), ErrorCode::UNKNOWN_TOPIC_OR_PARTITION),
        ("another's partition", from(1, 0), ErrorCode::NOT_LEADER_OR_FOLLOWER),
        ("an old epoch", believing(epoch - 1), ErrorCode::FENCED_LEADER_EPOCH),
        ("a future epoch", believing(epoch + 1), ErrorCode::UNKNOWN_LEADER_EPOCH),
        ("the right epoch", believing(epoch), ErrorCode::NONE),
    ] {
        let data = only(client.ask(&fetch(vec![asked]), 11).await);
        assert_eq!(ErrorCode(data.error_code), expected, "{what}");
    }
    assert_eq!(begun.elapsed(), Duration::ZERO);
}

#[tokio::test(start_paused = true)]
async fn a_moved_leader_is_named_from_version_16_on() {
    let cluster = fruits().nodes(3).start().await.unwrap();
    let mut client = Client::connect(&cluster, 1).await;
    let topics = client.ask(&MetadataRequest { topics: None, ..Default::default() }, 12).await.topics;
    cluster.move_leader("fruits", 0, 3);
    let mut request = fetch(vec![FetchRequestFetchPartition { current_leader_epoch: 0, ..from(0, 0) }]);
    request.topics[0].topic_id = topics[0].topic_id;
    let answer = client.ask(&request, 16).await;
    assert_eq!(answer.node_endpoints.len(), 3);
    let data = only(answer);
    assert_eq!((data.current_leader.leader_id, data.current_leader.leader_epoch), (3, 1));
}

#[tokio::test(start_paused = true)]
async fn the_first_batch_is_whole_and_the_last_one_may_be_cut() {
    let cluster = fruits().start().await.unwrap();
    let mut client = Client::connect(&cluster, 1).await;
    for partition in 0..2 {
        for _ in 0..3 {
            client.produce("fruits", partition, batch(&["apple"])).await;
        }
    }
    let size = batch(&["apple"]).len();
    let limited = |max_bytes: usize, per_partition: usize| {
        let asked = |partition| FetchRequestFetchPartition {
            partition_max_bytes: per_partition as i32,
            ..from(partition, 0)
        };
        FetchRequest { max_bytes: max_bytes as i32, ..fetch(vec![asked(0), asked(1)]) }
    };
    let lengths = |answer: FetchResponse| -> Vec<usize> {
        answer.responses[0].partitions.iter().map(|data| bytes(data).len()).collect()
    };
    assert_eq!(
        lengths(client.ask(&limited(1, 1), 11).await),
        [size, 0],
        "the first batch, whatever its size"
    );
    assert_eq!(lengths(client.ask(&limited(1 << 20, size + 10), 11).await), [size + 10, size + 10]);
    assert_eq!(
        lengths(client.ask(&limited(3 * size + 5, 1 << 20), 11).await),
        [3 * size, 0],
        "no piece of a first batch"
    );
    assert_eq!(
        lengths(client.ask(&limited(1, size - 1), 2).await),
        [size - 1, size - 1],
        "hard limits up to version 2"
    );
}

#[tokio::test(start_paused = true)]
async fn an_incremental_session_says_only_what_changed() {
    let cluster = fruits().start().await.unwrap();
    let mut client = Client::connect(&cluster, 1).await;
    client.produce("fruits", 1, batch(&["apple"])).await;
    let all = (0..3).map(|partition| from(partition, 0)).collect();
    let answer = client.ask(&FetchRequest { session_epoch: 0, ..fetch(all) }, 11).await;
    let session_id = answer.session_id;
    assert_ne!(session_id, 0);
    assert_eq!(partitions(&answer), [0, 1, 2]);
    assert_eq!(cluster.fetch_sessions(1), 1);
    let next = |epoch, changed: Vec<FetchRequestFetchPartition>| FetchRequest {
        session_id,
        session_epoch: epoch,
        ..fetch(changed)
    };
    // Partition 1 is read on; nothing is new.
    assert_eq!(partitions(&client.ask(&next(1, vec![from(1, 1)]), 11).await), [] as [i32; 0]);
    client.produce("fruits", 2, batch(&["grape"])).await;
    assert_eq!(partitions(&client.ask(&next(2, Vec::new()), 11).await), [2]);
    // It was not read on, so it is there again.
    assert_eq!(partitions(&client.ask(&next(3, Vec::new()), 11).await), [2]);
    // A forgotten one is not.
    let forget = FetchRequest {
        forgotten_topics_data: vec![FetchRequestForgottenTopic {
            topic: "fruits".into(),
            partitions: vec![2],
            ..Default::default()
        }],
        ..next(4, Vec::new())
    };
    assert_eq!(partitions(&client.ask(&forget, 11).await), [] as [i32; 0]);
    // An error is said until it is mended.
    cluster.delete_records("fruits", 1, 1);
    assert_eq!(partitions(&client.ask(&next(5, vec![from(0, 99)]), 11).await), [0, 1]);
    assert_eq!(partitions(&client.ask(&next(6, Vec::new()), 11).await), [0]);

    let wrong_epoch = client.ask(&next(6, Vec::new()), 11).await;
    assert_eq!(ErrorCode(wrong_epoch.error_code), ErrorCode::INVALID_FETCH_SESSION_EPOCH);
    cluster.evict_fetch_sessions();
    let evicted = client.ask(&next(7, Vec::new()), 11).await;
    assert_eq!(ErrorCode(evicted.error_code), ErrorCode::FETCH_SESSION_ID_NOT_FOUND);
}

#[tokio::test(start_paused = true)]
async fn a_node_without_room_answers_without_a_session() {
    let mut conf = fruits();
    conf.fetch_sessions = 1;
    let cluster = conf.start().await.unwrap();
    let mut client = Client::connect(&cluster, 1).await;
    let full = FetchRequest { session_epoch: 0, max_wait_ms: 0, ..fetch(vec![from(0, 0)]) };
    let id = client.ask(&full, 11).await.session_id;
    assert_ne!(id, 0);
    assert_eq!(client.ask(&full, 11).await.session_id, 0);
    // Closing it makes room.
    let close = FetchRequest { session_id: id, session_epoch: -1, max_wait_ms: 0, ..fetch(Vec::new()) };
    client.ask(&close, 11).await;
    assert_eq!(cluster.fetch_sessions(1), 0);
    assert_ne!(client.ask(&full, 11).await.session_id, 0);
}

fn transactional(producer_id: i64, sequence: i32, values: &[&str]) -> Bytes {
    let mut options = SealOptions::new();
    options.producer =
        Some(ProducerStamp { producer_id, producer_epoch: 0, base_sequence: sequence, transactional: true });
    sealed(1_000, values, &options)
}

fn marker(producer_id: i64, kind: ControlType) -> Bytes {
    let record = ControlRecord::new(kind, 0);
    let mut builder = BatchBuilder::new(Vec::new());
    builder.append(1_000, Some(&record.key()), Some(&record.value()), &[]).unwrap();
    let mut options = SealOptions::new();
    options.control = true;
    options.producer =
        Some(ProducerStamp { producer_id, producer_epoch: 0, base_sequence: -1, transactional: true });
    Bytes::from(builder.seal(&options))
}

#[tokio::test(start_paused = true)]
async fn read_committed_stops_at_open_transactions_and_lists_aborted_ones() {
    let cluster = fruits().start().await.unwrap();
    let mut client = Client::connect(&cluster, 1).await;
    cluster.append_raw("fruits", 0, batch(&["plain"]));
    cluster.append_raw("fruits", 0, transactional(7, 0, &["a", "b"]));
    cluster.append_raw("fruits", 0, transactional(8, 0, &["c"]));
    let committed = FetchRequest { isolation_level: 1, max_wait_ms: 0, ..fetch(vec![from(0, 0)]) };
    let data = only(client.ask(&committed, 11).await);
    assert_eq!((data.high_watermark, data.last_stable_offset), (4, 1));
    assert_eq!(Batches::new(bytes(&data)).count(), 1);
    cluster.append_raw("fruits", 0, marker(7, ControlType::Abort));
    assert_eq!(only(client.ask(&committed, 11).await).last_stable_offset, 3);
    cluster.append_raw("fruits", 0, marker(8, ControlType::Commit));
    let data = only(client.ask(&committed, 11).await);
    assert_eq!((data.high_watermark, data.last_stable_offset), (6, 6));
    assert_eq!(Batches::new(bytes(&data)).count(), 5);
    let aborted = data.aborted_transactions.unwrap();
    assert_eq!(
        aborted.iter().map(|aborted| (aborted.producer_id, aborted.first_offset)).collect::<Vec<_>>(),
        [(7, 1)]
    );
    let uncommitted = FetchRequest { isolation_level: 0, ..committed };
    assert_eq!(only(client.ask(&uncommitted, 11).await).aborted_transactions, None);
}

#[tokio::test(start_paused = true)]
async fn raw_batches_leave_the_holes_that_compaction_leaves() {
    let cluster = fruits().start().await.unwrap();
    let mut later = SealOptions::new();
    later.base_offset = 10;
    cluster.append_raw("fruits", 0, batch(&["a"]));
    assert_eq!(cluster.append_raw("fruits", 0, sealed(1_000, &["k", "l"], &later)), Some(10));
    assert_eq!(cluster.append_raw("fruits", 0, &b"no batch at all"[..]), Some(12));
    let offsets: Vec<i64> = cluster.records("fruits", 0).iter().map(|record| record.offset).collect();
    assert_eq!(offsets, [0, 10, 11]);
    let mut client = Client::connect(&cluster, 1).await;
    let data = only(client.ask(&fetch(vec![from(0, 5)]), 11).await);
    assert!(bytes(&data).ends_with(b"no batch at all"));
    assert_eq!(data.high_watermark, 13);
}

#[tokio::test(start_paused = true)]
async fn a_log_that_was_cut_is_noticed() {
    let cluster = fruits().start().await.unwrap();
    let mut client = Client::connect(&cluster, 1).await;
    client.produce("fruits", 0, batch(&["a", "b"])).await;
    client.produce("fruits", 0, batch(&["c"])).await;
    cluster.truncate("fruits", 0, 2);
    assert_eq!(cluster.high_watermark("fruits", 0), Some(2));
    let asked = FetchRequestFetchPartition { last_fetched_epoch: 0, current_leader_epoch: 1, ..from(0, 2) };
    client.produce("fruits", 0, batch(&["d", "e"])).await;
    let data =
        only(client.ask(&fetch(vec![FetchRequestFetchPartition { fetch_offset: 3, ..asked }]), 12).await);
    assert_eq!((data.diverging_epoch.epoch, data.diverging_epoch.end_offset), (0, 2));
    let ask = OffsetForLeaderEpochRequest {
        topics: vec![OffsetForLeaderTopic {
            topic: "fruits".into(),
            partitions: vec![OffsetForLeaderPartition {
                partition: 0,
                leader_epoch: 0,
                ..Default::default()
            }],
            ..Default::default()
        }],
        ..Default::default()
    };
    let told = client.ask(&ask, 3).await.topics.remove(0).partitions.remove(0);
    assert_eq!((told.leader_epoch, told.end_offset), (0, 2));
}

#[tokio::test(start_paused = true)]
async fn offsets_are_listed_by_time_and_by_name() {
    let cluster = fruits().start().await.unwrap();
    let mut client = Client::connect(&cluster, 1).await;
    // The timestamps are 1000, 1001, 1002 and 1000 again.
    client.produce("fruits", 0, batch(&["a", "b", "c"])).await;
    client.produce("fruits", 0, batch(&["d"])).await;
    cluster.delete_records("fruits", 0, 1);
    let ask = |timestamp, max_num_offsets| ListOffsetsRequest {
        topics: vec![ListOffsetsTopic {
            name: "fruits".into(),
            partitions: vec![ListOffsetsPartition { timestamp, max_num_offsets, ..Default::default() }],
            ..Default::default()
        }],
        ..Default::default()
    };
    for (timestamp, version, expected) in [
        (-1, 1, (0, 4, -1)),
        (-2, 1, (0, 1, -1)),
        (0, 1, (0, 1, 1001)),
        (1002, 5, (0, 2, 1002)),
        (1003, 5, (0, -1, -1)),
        (-3, 7, (0, 2, 1002)),
        (-3, 6, (ErrorCode::UNSUPPORTED_VERSION.0, -1, -1)),
        (-4, 8, (0, 1, -1)),
        (-5, 9, (0, -1, -1)),
    ] {
        let told = client.ask(&ask(timestamp, 1), version).await.topics.remove(0).partitions.remove(0);
        assert_eq!(
            (told.error_code, told.offset, told.timestamp),
            expected,
            "{timestamp} in version {version}"
        );
    }
    let old = client.ask(&ask(-1, 2), 0).await.topics.remove(0).partitions.remove(0);
    assert_eq!(old.old_style_offsets, [4, 1]);
}

#[tokio::test(start_paused = true)]
async fn records_are_deleted_up_to_an_offset() {
    let cluster = fruits().start().await.unwrap();
    let mut client = Client::connect(&cluster, 1).await;
    client.produce("fruits", 0, batch(&["a", "b", "c"])).await;
    let ask = |offset| DeleteRecordsRequest {
        topics: vec![DeleteRecordsTopic {
            name: "fruits".into(),
            partitions: vec![DeleteRecordsPartition { partition_index: 0, offset, ..Default::default() }],
            ..Default::default()
        }],
        ..Default::default()
    };
    for (offset, expected) in [(2, (0, 2)), (9, (ErrorCode::OFFSET_OUT_OF_RANGE.0, -1)), (-1, (0, 3))] {
        let told = client.ask(&ask(offset), 2).await.topics.remove(0).partitions.remove(0);
        assert_eq!((told.error_code, told.low_watermark), expected, "offset {offset}");
    }
    assert_eq!(
        (cluster.log_start_offset("fruits", 0), cluster.high_watermark("fruits", 0)),
        (Some(3), Some(3))
    );
}
