//! Replicas as the protocol shows them: who is in sync, what is committed, who answers.

use std::time::Duration;

use kafka_proto::ErrorCode;
use kafka_proto::messages::{
    FetchRequest, FetchRequestFetchPartition, FetchRequestFetchTopic, FetchResponseEpochEndOffset,
    FetchResponsePartitionData, ListOffsetsPartition, ListOffsetsRequest, ListOffsetsTopic, MetadataRequest,
};
use kafka_test::cluster::{Cluster, ClusterConf, Network, Quota, Replication};
use tokio::time::Instant;

use crate::client::{Client, batch, idempotent, partition_of, produce};

fn three() -> ClusterConf {
    let mut conf = Cluster::builder().nodes(3).topic("fruits", 1).network(Network::Memory);
    conf.replica_lag = Duration::from_millis(500);
    conf
}

fn ms(ms: u64) -> Duration {
    Duration::from_millis(ms)
}

/// A fetch from this offset, in version 12 and without a wait.
async fn fetch(
    client: &mut Client,
    rack: &str,
    asked: FetchRequestFetchPartition,
) -> FetchResponsePartitionData {
    let asked = FetchRequestFetchPartition { partition_max_bytes: 1 << 20, ..asked };
    let topic =
        FetchRequestFetchTopic { topic: "fruits".into(), partitions: vec![asked], ..Default::default() };
    let request = FetchRequest {
        max_bytes: 1 << 20,
        rack_id: rack.into(),
        session_epoch: -1,
        topics: vec![topic],
        ..Default::default()
    };
    client.ask(&request, 12).await.responses.remove(0).partitions.remove(0)
}

fn at(offset: i64) -> FetchRequestFetchPartition {
    FetchRequestFetchPartition {
        fetch_offset: offset,
        current_leader_epoch: -1,
        last_fetched_epoch: -1,
        ..Default::default()
    }
}

async fn latest(client: &mut Client) -> (ErrorCode, i64) {
    let asked = ListOffsetsPartition { timestamp: -1, current_leader_epoch: -1, ..Default::default() };
    let topic = ListOffsetsTopic { name: "fruits".into(), partitions: vec![asked], ..Default::default() };
    let request = ListOffsetsRequest { replica_id: -1, topics: vec![topic], ..Default::default() };
    let told = client.ask(&request, 5).await.topics.remove(0).partitions.remove(0);
    (ErrorCode(told.error_code), told.offset)
}

#[tokio::test(start_paused = true)]
async fn what_not_all_in_sync_have_is_not_committed() {
    let cluster = three().start().await.unwrap();
    let mut leader = Client::connect(&cluster, 1).await;
    cluster.set_replication(2, Replication::Every(ms(100)));
    let begin = Instant::now();
    let acks_one = partition_of(leader.ask(&produce("fruits", 0, 1, batch(&["a"])), 9).await);
    assert_eq!((acks_one.error_code, acks_one.base_offset, begin.elapsed()), (0, 0, Duration::ZERO));
    let told = fetch(&mut leader, "", at(0)).await;
    assert_eq!((told.high_watermark, told.records.unwrap().len()), (0, 0), "not committed, not read");
    assert_eq!(latest(&mut leader).await, (ErrorCode::NONE, 0));
    let acks_all = leader.produce("fruits", 0, batch(&["b"])).await;
    assert_eq!((acks_all.error_code, acks_all.base_offset, begin.elapsed()), (0, 1, ms(100)));
    assert_eq!(fetch(&mut leader, "", at(0)).await.high_watermark, 2);
}

#[tokio::test(start_paused = true)]
async fn too_few_in_sync_are_refused_before_or_found_after_the_append() {
    let mut conf = three();
    conf.min_insync_replicas = 3;
    let cluster = conf.start().await.unwrap();
    let mut leader = Client::connect(&cluster, 1).await;
    cluster.set_replication(2, Replication::Stopped);
    let begin = Instant::now();
    let told = leader.produce("fruits", 0, batch(&["a"])).await;
    assert_eq!(ErrorCode(told.error_code), ErrorCode::NOT_ENOUGH_REPLICAS_AFTER_APPEND);
    assert_eq!((begin.elapsed(), cluster.in_sync_replicas("fruits", 0)), (ms(500), vec![1, 3]));
    let told = leader.produce("fruits", 0, batch(&["b"])).await;
    assert_eq!(ErrorCode(told.error_code), ErrorCode::NOT_ENOUGH_REPLICAS);
    assert_eq!(cluster.records("fruits", 0).len(), 1, "only the first was appended");
    let asked = MetadataRequest { topics: None, ..Default::default() };
    assert_eq!(leader.ask(&asked, 9).await.topics[0].partitions[0].isr_nodes, [1, 3]);
    cluster.set_replication(2, Replication::Instant);
    assert_eq!(leader.produce("fruits", 0, batch(&["c"])).await.error_code, 0);
}

#[tokio::test(start_paused = true)]
async fn a_wait_for_replicas_ends_at_its_time_or_with_the_leader() {
    let cluster = three().start().await.unwrap();
    let mut leader = Client::connect(&cluster, 1).await;
    cluster.set_replication(2, Replication::Every(ms(300)));
    let mut request = produce("fruits", 0, -1, idempotent(7, 0, 0, &["a"]));
    request.timeout_ms = 200;
    let begin = Instant::now();
    let told = partition_of(leader.ask(&request, 9).await);
    assert_eq!((ErrorCode(told.error_code), begin.elapsed()), (ErrorCode::REQUEST_TIMED_OUT, ms(200)));
    request.timeout_ms = 2_000;
    let told = partition_of(leader.ask(&request, 9).await);
    assert_eq!(
        (told.error_code, told.base_offset, begin.elapsed()),
        (0, 0, ms(300)),
        "a duplicate waits, too"
    );

    leader.tell(&produce("fruits", 0, -1, batch(&["b"])), 9).await.unwrap();
    tokio::time::sleep(ms(10)).await;
    cluster.move_leader("fruits", 0, 3);
    let (_, answer) = leader.hear(9).await.unwrap();
    assert_eq!(ErrorCode(partition_of(answer).error_code), ErrorCode::NOT_LEADER_OR_FOLLOWER);
}

#[tokio::test(start_paused = true)]
async fn a_new_leader_does_not_say_what_is_latest_before_it_knows() {
    let cluster = three().start().await.unwrap();
    let mut leader = Client::connect(&cluster, 1).await;
    for node in [2, 3] {
        cluster.set_replication(node, Replication::Every(ms(100)));
    }
    leader.produce("fruits", 0, batch(&["a"])).await;
    assert!(cluster.move_leader("fruits", 0, 2));
    let mut next = Client::connect(&cluster, 2).await;
    // It has the record, and has not heard yet that it is committed.
    assert_eq!(latest(&mut next).await, (ErrorCode::OFFSET_NOT_AVAILABLE, -1));
    tokio::time::sleep(ms(200)).await;
    assert_eq!(latest(&mut next).await, (ErrorCode::NONE, 1));
}

#[tokio::test(start_paused = true)]
async fn a_reader_is_sent_to_a_replica_in_its_rack() {
    let mut conf = three().rack(1, "a").rack(2, "b").rack(3, "b");
    conf.follower_reads = true;
    let cluster = conf.start().await.unwrap();
    let mut leader = Client::connect(&cluster, 1).await;
    let mut follower = Client::connect(&cluster, 2).await;
    leader.produce("fruits", 0, batch(&["x"])).await;
    for (rack, preferred) in [("a", -1), ("b", 2), ("c", -1), ("", -1)] {
        let told = fetch(&mut leader, rack, at(0)).await;
        assert_eq!(told.preferred_read_replica, preferred, "from rack {rack}");
        assert_eq!(told.records.unwrap().is_empty(), preferred == 2);
    }
    let told = fetch(&mut follower, "b", at(0)).await;
    assert_eq!((told.high_watermark, told.preferred_read_replica), (1, -1));
    assert!(!told.records.unwrap().is_empty(), "the follower gives what it has");

    // One that is behind is no better, and says so when it is asked all the same.
    cluster.set_replication(2, Replication::Stopped);
    cluster.set_replication(3, Replication::Stopped);
    leader.ask(&produce("fruits", 0, 1, batch(&["y"])), 9).await;
    assert_eq!(fetch(&mut leader, "b", at(2)).await.preferred_read_replica, -1);
    assert_eq!(ErrorCode(fetch(&mut follower, "b", at(2)).await.error_code), ErrorCode::OFFSET_OUT_OF_RANGE);
    let mut off = three().rack(1, "a").rack(2, "b");
    off.follower_reads = false;
    let cluster = off.start().await.unwrap();
    let mut leader = Client::connect(&cluster, 1).await;
    assert_eq!(fetch(&mut leader, "b", at(0)).await.preferred_read_replica, -1);
}

#[tokio::test(start_paused = true)]
async fn a_reader_of_what_an_unclean_election_lost_is_told_where_the_logs_part() {
    let cluster = three().start().await.unwrap();
    let mut leader = Client::connect(&cluster, 1).await;
    leader.produce("fruits", 0, batch(&["a", "b"])).await;
    cluster.set_replication(3, Replication::Stopped);
    leader.ask(&produce("fruits", 0, 1, batch(&["c", "d"])), 9).await;
    assert!(cluster.elect_unclean("fruits", 0, 3));
    assert_eq!(cluster.records("fruits", 0).len(), 2);
    let mut next = Client::connect(&cluster, 3).await;
    next.produce("fruits", 0, batch(&["e"])).await;
    let believing =
        |offset| FetchRequestFetchPartition { last_fetched_epoch: 0, current_leader_epoch: 1, ..at(offset) };
    let told = fetch(&mut next, "", believing(4)).await;
    let parted = FetchResponseEpochEndOffset { epoch: 0, end_offset: 2, ..Default::default() };
    assert_eq!((told.error_code, told.diverging_epoch), (0, parted));
    let told = fetch(&mut next, "", believing(2)).await;
    assert_eq!(told.diverging_epoch.end_offset, -1, "that far they agree");
    assert_eq!(
        cluster.records_at(1, "fruits", 0),
        cluster.records("fruits", 0),
        "the old leader has followed"
    );
}

#[tokio::test(start_paused = true)]
async fn a_full_disk_takes_the_replicas_of_its_node_away() {
    let cluster = three().start().await.unwrap();
    let mut first = Client::connect(&cluster, 1).await;
    cluster.fail_disk(1);
    let told = first.produce("fruits", 0, batch(&["a"])).await;
    assert_eq!(ErrorCode(told.error_code), ErrorCode::KAFKA_STORAGE_ERROR);
    assert_eq!(ErrorCode(fetch(&mut first, "", at(0)).await.error_code), ErrorCode::KAFKA_STORAGE_ERROR);
    let asked = MetadataRequest { topics: None, ..Default::default() };
    let metadata = first.ask(&asked, 9).await;
    let partition = &metadata.topics[0].partitions[0];
    assert_eq!((partition.leader_id, &partition.offline_replicas[..]), (2, &[1][..]));
    assert_eq!(metadata.brokers.len(), 3, "the node lives");
    cluster.mend_disk(1);
    assert!(cluster.elect_preferred_leader("fruits", 0));
    assert_eq!(first.produce("fruits", 0, batch(&["a"])).await.error_code, 0);
}

#[tokio::test(start_paused = true)]
async fn a_dead_node_leads_until_it_is_noticed() {
    let mut conf = three();
    conf.session_timeout = Duration::from_secs(9);
    let cluster = conf.start().await.unwrap();
    cluster.kill(1);
    assert_eq!(cluster.leader("fruits", 0), Some(1));
    tokio::time::sleep(Duration::from_secs(9)).await;
    assert_eq!((cluster.leader("fruits", 0), cluster.in_sync_replicas("fruits", 0)), (Some(2), vec![2, 3]));
}

#[tokio::test(start_paused = true)]
async fn a_throttled_client_is_answered_and_then_not_listened_to() {
    for (release, seconds) in [("1.0", 3), ("newest", 2)] {
        let cluster = three().like_kafka(release).start().await.unwrap();
        cluster.set_quota("", Quota { requests_per_second: Some(1), ..Quota::default() });
        let mut client = Client::connect(&cluster, 1).await;
        let ask = MetadataRequest { topics: None, ..Default::default() };
        assert_eq!(client.ask(&ask, 5).await.throttle_time_ms, 0);
        let begin = Instant::now();
        for _ in 0..2 {
            client.ask(&ask, 5).await;
        }
        let told = client.ask(&ask, 5).await;
        assert_eq!(told.throttle_time_ms, 1_000, "as Kafka {release}");
        // Each of the three waits a second, before its answer or after it.
        assert_eq!(begin.elapsed().as_secs(), seconds, "as Kafka {release}");
    }
}
