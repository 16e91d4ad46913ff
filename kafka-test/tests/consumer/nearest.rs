//! Reading from the nearest replica (KIP-392).

use std::time::Duration;

use kafka_client::{BrokerConf, ErrorCode};
use kafka_proto::messages::{ApiKey, FetchRequest, FetchResponse};
use kafka_test::cluster::{Action, Cluster, Intercepted};

use crate::{Setup, TOPIC, numbers, take};

/// Node 1 leads; the client is where node 2 is.
async fn near_node_2() -> Setup {
    let mut conf = Cluster::builder().nodes(3).topic(TOPIC, 1).rack(1, "a").rack(2, "b").rack(3, "c");
    conf.follower_reads = true;
    let mut broker = BrokerConf::new("test");
    broker.rack = Some("b".into());
    let setup = Setup::with(conf, broker).await;
    assert!(setup.cluster.move_leader(TOPIC, 0, 1));
    setup
}

/// Fetches that node has had, while `work` ran.
async fn fetches(setup: &Setup, work: impl Future<Output = ()>) -> [u64; 3] {
    let count = || [1, 2, 3].map(|node| setup.cluster.requests_at(node, ApiKey::Fetch));
    let before = count();
    work.await;
    let after = count();
    [0, 1, 2].map(|at| after[at] - before[at])
}

#[tokio::test(start_paused = true)]
async fn the_follower_in_our_rack_is_read_and_the_leader_left_alone() {
    let setup = near_node_2().await;
    setup.write(0, numbers(0..10));
    let mut consumer = setup.consumer(0).await;
    assert_eq!(take(&mut consumer, 10).await, numbers(0..10));
    let asked = fetches(&setup, async {
        for n in 10..30 {
            setup.write(0, numbers(n..n + 1));
            assert_eq!(take(&mut consumer, 1).await, numbers(n..n + 1));
            tokio::time::sleep(Duration::from_secs(1)).await;
        }
    })
    .await;
    assert!(asked[0] <= 1 && asked[1] > 20 && asked[2] == 0, "{asked:?}");
}

#[tokio::test(start_paused = true)]
async fn without_a_rack_the_leader_is_read() {
    let mut conf = Cluster::builder().nodes(2).topic(TOPIC, 1).rack(1, "a").rack(2, "b");
    conf.follower_reads = true;
    let setup = Setup::of(conf).await;
    setup.cluster.move_leader(TOPIC, 0, 1);
    setup.write(0, numbers(0..10));
    let mut consumer = setup.consumer(0).await;
    assert_eq!(take(&mut consumer, 10).await, numbers(0..10));
    assert_eq!(setup.cluster.requests_at(2, ApiKey::Fetch), 0);
}

#[tokio::test(start_paused = true)]
async fn a_follower_that_dies_is_left_for_the_leader_and_found_again() {
    let setup = near_node_2().await;
    let mut consumer = setup.consumer(0).await;
    for n in 0..4 {
        setup.write(0, numbers(n * 10..n * 10 + 5));
        assert_eq!(take(&mut consumer, 5).await, numbers(n * 10..n * 10 + 5));
        if n % 2 == 0 {
            setup.cluster.kill(2);
        } else {
            setup.cluster.revive(2).unwrap();
        }
        setup.write(0, numbers(n * 10 + 5..n * 10 + 10));
        assert_eq!(take(&mut consumer, 5).await, numbers(n * 10 + 5..n * 10 + 10));
    }
    let asked = fetches(&setup, async {
        // The leader names a follower again when it is asked again.
        tokio::time::sleep(Duration::from_mins(1)).await;
        setup.write(0, numbers(40..41));
        assert_eq!(take(&mut consumer, 1).await, ["40"]);
    })
    .await;
    assert!(asked[1] > 0, "{asked:?}");
}

#[tokio::test(start_paused = true)]
async fn what_a_follower_refuses_is_asked_of_the_leader_and_resets_nothing() {
    for code in [
        ErrorCode::OFFSET_OUT_OF_RANGE,
        ErrorCode::OFFSET_NOT_AVAILABLE,
        ErrorCode::NOT_LEADER_OR_FOLLOWER,
        ErrorCode::REPLICA_NOT_AVAILABLE,
        ErrorCode::KAFKA_STORAGE_ERROR,
    ] {
        let setup = near_node_2().await;
        setup.write(0, numbers(0..10));
        let mut consumer = setup.consumer(0).await;
        assert_eq!(take(&mut consumer, 10).await, numbers(0..10));
        let rule = setup.cluster.control(move |request| {
            let refuse = move |answer: &mut FetchResponse| {
                for partition in answer.responses.iter_mut().flat_map(|topic| &mut topic.partitions) {
                    partition.error_code = code.0;
                    partition.records = None;
                }
            };
            (request.api() == ApiKey::Fetch && request.node() == 2).then(|| Action::edit(refuse))
        });
        setup.write(0, numbers(10..20));
        tokio::time::sleep(Duration::from_secs(2)).await;
        setup.cluster.release(rule);
        assert_eq!(take(&mut consumer, 10).await, numbers(10..20), "{code}");
    }
}

/// A follower may be behind the leader, and its log end before what was read: that is no truncation.
#[tokio::test(start_paused = true)]
async fn only_the_leader_can_say_that_the_log_was_truncated() {
    let setup = near_node_2().await;
    setup.write(0, numbers(0..10));
    let mut consumer = setup.consumer(0).await;
    assert_eq!(take(&mut consumer, 10).await, numbers(0..10));
    let rule = setup.cluster.control(move |request| {
        let differs = |answer: &mut FetchResponse| {
            for partition in answer.responses.iter_mut().flat_map(|topic| &mut topic.partitions) {
                partition.diverging_epoch.epoch = 0;
                partition.diverging_epoch.end_offset = 5;
                partition.records = None;
            }
        };
        (request.api() == ApiKey::Fetch && request.node() == 2).then(|| Action::edit(differs))
    });
    // The fetch under way is answered as before.
    tokio::time::sleep(Duration::from_secs(1)).await;
    setup.write(0, numbers(10..20));
    let held = tokio::time::timeout(Duration::from_secs(2), take(&mut consumer, 1)).await;
    setup.cluster.release(rule);
    let left = if held.is_ok() { 11..20 } else { 10..20 };
    assert_eq!(take(&mut consumer, left.len()).await, numbers(left));
}

#[tokio::test(start_paused = true)]
async fn a_follower_that_never_answers_well_is_not_asked_in_a_storm() {
    let setup = near_node_2().await;
    setup
        .cluster
        .control(|request| (request.api() == ApiKey::Fetch && request.node() == 2).then(Action::close));
    setup.write(0, numbers(0..1));
    let mut consumer = setup.consumer(0).await;
    let waited = tokio::time::timeout(Duration::from_secs(30), consumer.consume()).await;
    assert!(waited.is_err(), "the leader sends us there again and again: {waited:?}");
    let asked = setup.cluster.requests_at(1, ApiKey::Fetch);
    assert!(asked < 100, "{asked} in 30 s");
}

#[tokio::test(start_paused = true)]
async fn a_nearer_replica_is_nearer_only_for_a_while() {
    let setup = near_node_2().await;
    let mut consumer = setup.consumer(0).await;
    setup.write(0, numbers(0..1));
    assert_eq!(take(&mut consumer, 1).await, ["0"]);
    // `metadata_max_age` is 5 minutes.
    let reader = async {
        let _ = tokio::time::timeout(Duration::from_mins(12), consumer.consume()).await;
    };
    let asked = fetches(&setup, reader).await;
    assert!(asked[0] >= 1 && asked[0] < 20, "the leader was asked again now and then: {asked:?}");
}

#[tokio::test(start_paused = true)]
async fn the_rack_is_said_in_every_fetch_and_is_empty_without_one() {
    let racks = std::sync::Arc::new(std::sync::Mutex::new(Vec::new()));
    for (rack, expected) in [(Some("b"), "b"), (None, "")] {
        let mut broker = BrokerConf::new("test");
        broker.rack = rack.map(Into::into);
        let setup = Setup::with(Cluster::builder().nodes(1).topic(TOPIC, 1), broker).await;
        let seen = racks.clone();
        setup.cluster.control(move |request: &Intercepted| {
            let fetch: FetchRequest = request.decode()?;
            seen.lock().ok()?.push(fetch.rack_id.to_string());
            None
        });
        setup.write(0, numbers(0..1));
        take(&mut setup.consumer(0).await, 1).await;
        let seen = std::mem::take(&mut *racks.lock().unwrap());
        assert!(!seen.is_empty() && seen.iter().all(|rack| rack == expected), "{seen:?}");
    }
}
