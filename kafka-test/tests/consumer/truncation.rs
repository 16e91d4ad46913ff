//! Logs that were truncated by an unclean election of a leader (KIP-320).

use std::time::Duration;

use kafka_client::{AssignedConsumerConf, ErrorKind, OffsetReset, PartitionConsumer, StartOffset};
use kafka_test::cluster::{Cluster, Replication};

use crate::{Setup, TOPIC, fails, numbers, speaking, take, within};

/// Everything that was written since the followers were cut off is lost, and other messages take its place.
fn lose(setup: &Setup, from: usize, to: usize) {
    let leader = setup.cluster.leader(TOPIC, 0).unwrap();
    let behind = leader % 3 + 1;
    setup.cluster.truncate(TOPIC, 0, from as i64);
    assert!(setup.cluster.elect_unclean(TOPIC, 0, behind));
    setup.write(0, numbers(1_000 + from..1_000 + to));
}

/// A consumer that has read 20 messages, of which the last 10 are lost afterwards.
async fn twenty_read(setup: &Setup, reset: OffsetReset) -> PartitionConsumer {
    setup.write(0, numbers(0..20));
    let mut consumer = setup.with_conf(|conf| conf.reset = reset).await;
    assert_eq!(take(&mut consumer, 20).await, numbers(0..20));
    consumer
}

#[tokio::test(start_paused = true)]
async fn who_has_read_what_is_lost_is_told_where_the_log_differs_and_seeks_there() {
    // Before version 12 of Fetch the leader is asked where epochs end.
    for version in [9, 11, 12, 13, 18] {
        let setup = Setup::of(speaking(version)).await;
        let mut consumer = twenty_read(&setup, OffsetReset::Error).await;
        lose(&setup, 10, 25);
        for _ in 0..2 {
            let error = fails(&mut consumer).await;
            assert_eq!(error.kind(), ErrorKind::LogTruncated, "version {version}: {error}");
            assert_eq!((error.resume_at(), error.partition()), (Some(10), Some(0)), "version {version}");
            assert!(!error.is_terminal() && !error.is_retriable());
        }
        within(consumer.seek(StartOffset::At(10))).await.unwrap();
        assert_eq!(take(&mut consumer, 15).await, numbers(1_010..1_025), "version {version}");
    }
}

#[tokio::test(start_paused = true)]
async fn with_a_policy_reading_goes_on_where_the_log_differs_not_where_the_policy_says() {
    for version in [9, 12, 18] {
        let setup = Setup::of(speaking(version)).await;
        let mut consumer = twenty_read(&setup, OffsetReset::Newest).await;
        lose(&setup, 10, 25);
        assert_eq!(take(&mut consumer, 15).await, numbers(1_010..1_025), "version {version}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_log_that_is_shorter_now_is_noticed_too() {
    let setup = Setup::new().await;
    let mut consumer = twenty_read(&setup, OffsetReset::Error).await;
    lose(&setup, 10, 12);
    let error = fails(&mut consumer).await;
    assert_eq!((error.kind(), error.resume_at()), (ErrorKind::LogTruncated, Some(10)), "{error}");
}

#[tokio::test(start_paused = true)]
async fn what_was_only_fetched_ahead_is_dropped_without_a_word() {
    let setup = Setup::new().await;
    setup.write(0, numbers(0..20));
    let mut consumer = setup.with_conf(|conf| conf.max_fetch_size = 300).await;
    assert_eq!(take(&mut consumer, 1).await, ["0"]);
    // Some of the rest is here by now, some is not.
    tokio::time::sleep(Duration::from_secs(1)).await;
    lose(&setup, 15, 30);
    tokio::time::sleep(Duration::from_secs(1)).await;
    assert_eq!(take(&mut consumer, 14).await, numbers(1..15));
    assert_eq!(take(&mut consumer, 15).await, numbers(1_015..1_030));
}

#[tokio::test(start_paused = true)]
async fn a_position_that_was_committed_before_the_loss_is_compared_as_well() {
    for version in [9, 18] {
        let setup = Setup::of(speaking(version)).await;
        setup.write(0, numbers(0..20));
        let epoch = setup.cluster.leader_epoch(TOPIC, 0).unwrap();
        lose(&setup, 10, 40);
        let mut consumer = setup.from(StartOffset::AtEpoch(20, epoch)).await;
        let error = fails(&mut consumer).await;
        assert_eq!(
            (error.kind(), error.resume_at()),
            (ErrorKind::LogTruncated, Some(10)),
            "version {version}"
        );
        let mut consumer = setup.from(StartOffset::AtEpoch(10, epoch)).await;
        assert_eq!(take(&mut consumer, 1).await, ["1010"], "version {version}");
    }
}

#[tokio::test(start_paused = true)]
async fn so_is_one_that_a_running_consumer_seeks_to() {
    for version in [9, 11, 18] {
        let setup = Setup::of(speaking(version)).await;
        setup.write(0, numbers(0..20));
        let epoch = setup.cluster.leader_epoch(TOPIC, 0).unwrap();
        lose(&setup, 10, 40);
        let mut consumer = setup.from(StartOffset::At(40)).await;
        assert!(tokio::time::timeout(Duration::from_secs(2), consumer.consume()).await.is_err());
        within(consumer.seek(StartOffset::AtEpoch(20, epoch))).await.unwrap();
        let error = fails(&mut consumer).await;
        assert_eq!(
            (error.kind(), error.resume_at()),
            (ErrorKind::LogTruncated, Some(10)),
            "version {version}"
        );
    }
}

/// Two positions of one partition are compared at the same moment: each by its own epoch.
#[tokio::test(start_paused = true)]
async fn two_consumers_of_one_partition_are_compared_each_by_its_own_epoch() {
    let setup = Setup::of(speaking(11)).await;
    setup.write(0, numbers(0..20));
    let before = setup.cluster.leader_epoch(TOPIC, 0).unwrap();
    lose(&setup, 10, 40);
    let now = setup.cluster.leader_epoch(TOPIC, 0).unwrap();
    let mut consumers = [(20, before), (30, now)].map(|(offset, epoch)| {
        let consumer = setup.broker.assigned_consumer(AssignedConsumerConf::new()).unwrap();
        consumer.add_at((TOPIC, 0), StartOffset::AtEpoch(offset, epoch)).unwrap();
        consumer
    });
    let error = within(consumers[0].consume()).await.unwrap_err();
    assert_eq!((error.kind(), error.resume_at()), (ErrorKind::LogTruncated, Some(10)), "{error}");
    assert_eq!(within(consumers[1].consume()).await.unwrap().offset, 30);
}

#[tokio::test(start_paused = true)]
async fn a_clean_election_is_none_of_all_this() {
    for version in [9, 18] {
        let setup = Setup::of(speaking(version)).await;
        let mut consumer = twenty_read(&setup, OffsetReset::Error).await;
        for n in 2..12 {
            let leader = setup.cluster.leader(TOPIC, 0).unwrap();
            assert!(setup.cluster.move_leader(TOPIC, 0, leader % 3 + 1));
            setup.write(0, numbers(n * 10..n * 10 + 10));
            assert_eq!(take(&mut consumer, 10).await, numbers(n * 10..n * 10 + 10), "version {version}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_replica_that_lagged_behind_and_leads_now_loses_only_what_it_did_not_have() {
    let cluster = Cluster::builder().nodes(3).topic(TOPIC, 1);
    let setup = Setup::of(cluster).await;
    setup.cluster.move_leader(TOPIC, 0, 1);
    setup.write(0, numbers(0..10));
    setup.cluster.set_replication(2, Replication::Stopped);
    tokio::time::sleep(Duration::from_secs(60)).await;
    setup.write(0, numbers(10..20));
    tokio::time::sleep(Duration::from_secs(60)).await;
    let mut consumer = setup.with_conf(|conf| conf.reset = OffsetReset::Oldest).await;
    assert_eq!(take(&mut consumer, 20).await, numbers(0..20));
    assert!(setup.cluster.elect_unclean(TOPIC, 0, 2));
    setup.write(0, numbers(500..515));
    assert_eq!(take(&mut consumer, 15).await, numbers(500..515));
    assert_eq!(consumer.position(), 25);
}
