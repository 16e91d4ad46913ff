//! A group's coordinator moves, loads, dies or denies: what a commit and a look-up make of it.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::time::Duration;

use kafka_client::{Broker, BrokerConf, ErrorCode, ErrorKind, GroupOffsets, OffsetCoordinatorConf};
use kafka_proto::messages::{ApiKey, MetadataResponse};
use kafka_test::cluster::{Action, Cluster, Network};
use tokio::time::Instant;

async fn cluster() -> Cluster {
    Cluster::builder().nodes(3).topic("t", 1).network(Network::Memory).start().await.unwrap()
}

async fn offsets(cluster: &Cluster, conf: OffsetCoordinatorConf) -> GroupOffsets {
    let mut broker = BrokerConf::new("group-offsets");
    broker.environment = Some(cluster.environment());
    let broker = Broker::dial(cluster.bootstrap(), broker).await.unwrap();
    broker.offset_coordinator(conf).await.unwrap()
}

fn other_node(cluster: &Cluster) -> i32 {
    cluster.coordinator("g").unwrap() % 3 + 1
}

#[tokio::test(start_paused = true)]
async fn a_moved_coordinator_is_found_again() {
    let cluster = cluster().await;
    let offsets = offsets(&cluster, OffsetCoordinatorConf::new("g")).await;
    offsets.commit("t", 0, 1).await.unwrap();
    assert!(cluster.move_coordinator("g", other_node(&cluster)));
    offsets.commit("t", 0, 2).await.unwrap();
    assert!(cluster.move_coordinator("g", other_node(&cluster)));
    assert_eq!(offsets.offset("t", 0).await.unwrap().unwrap().offset, 2);
    assert_eq!(cluster.committed("g", "t", 0), Some(2));
}

#[tokio::test(start_paused = true)]
async fn a_coordinator_that_dies_is_replaced() {
    let cluster = cluster().await;
    let offsets = offsets(&cluster, OffsetCoordinatorConf::new("g")).await;
    offsets.commit("t", 0, 1).await.unwrap();
    cluster.kill(cluster.coordinator("g").unwrap());
    offsets.commit("t", 0, 2).await.unwrap();
    assert_eq!(cluster.committed("g", "t", 0), Some(2));
}

/// The coordinator stays the same node, but what is known of where it listens is out of date.
#[tokio::test(start_paused = true)]
async fn a_coordinator_that_listens_elsewhere_now_is_found_there() {
    let cluster = cluster().await;
    let node = cluster.coordinator("g").unwrap();
    let outdated = cluster.control(move |request| {
        let edit = move |answer: &mut MetadataResponse| {
            answer
                .brokers
                .iter_mut()
                .filter(|broker| broker.node_id == node)
                .for_each(|broker| broker.port = 1);
        };
        (request.api() == ApiKey::Metadata).then(|| Action::edit(edit))
    });
    let offsets = offsets(&cluster, OffsetCoordinatorConf::new("g")).await;
    cluster.release(outdated);
    offsets.commit("t", 0, 1).await.unwrap();
    assert_eq!(cluster.committed("g", "t", 0), Some(1));
}

#[tokio::test(start_paused = true)]
async fn a_lost_connection_and_a_loading_coordinator_are_outlasted() {
    let cluster = cluster().await;
    let offsets = offsets(&cluster, OffsetCoordinatorConf::new("g")).await;
    cluster.disconnect(cluster.coordinator("g").unwrap());
    offsets.commit("t", 0, 1).await.unwrap();
    for code in [
        ErrorCode::COORDINATOR_LOAD_IN_PROGRESS,
        ErrorCode::NOT_COORDINATOR,
        ErrorCode::COORDINATOR_NOT_AVAILABLE,
    ] {
        cluster.fail(ApiKey::OffsetCommit, code, 3);
        offsets.commit("t", 0, 2).await.unwrap();
        cluster.fail(ApiKey::OffsetFetch, code, 3);
        assert_eq!(offsets.offset("t", 0).await.unwrap().unwrap().offset, 2);
        cluster.fail(ApiKey::FindCoordinator, ErrorCode::COORDINATOR_NOT_AVAILABLE, 3);
    }
}

#[tokio::test(start_paused = true)]
async fn attempts_and_time_are_bounded_as_the_configuration_says() {
    let cluster = cluster().await;
    let mut conf = OffsetCoordinatorConf::new("g");
    conf.retry_err_limit = Some(3);
    conf.retry_err_wait = Duration::from_secs(2);
    let counted = offsets(&cluster, conf).await;
    let mut conf = OffsetCoordinatorConf::new("g");
    conf.retry_err_for = Some(Duration::from_secs(10));
    let timed = offsets(&cluster, conf).await;
    cluster.fail(ApiKey::OffsetCommit, ErrorCode::COORDINATOR_LOAD_IN_PROGRESS, usize::MAX);

    let began = Instant::now();
    let error = counted.commit("t", 0, 1).await.unwrap_err();
    assert_eq!(error.code(), Some(ErrorCode::COORDINATOR_LOAD_IN_PROGRESS), "{error}");
    assert_eq!((cluster.requests(ApiKey::OffsetCommit), began.elapsed().as_secs()), (3, 4));
    assert_eq!((error.topic(), error.partition()), (Some("t"), Some(0)));

    let began = Instant::now();
    timed.commit("t", 0, 1).await.unwrap_err();
    assert!((8..=10).contains(&began.elapsed().as_secs()), "{:?}", began.elapsed());
}

#[tokio::test(start_paused = true)]
async fn a_denied_group_is_an_error_at_once() {
    let cluster = cluster().await;
    let offsets = offsets(&cluster, OffsetCoordinatorConf::new("g")).await;
    cluster.fail(ApiKey::OffsetCommit, ErrorCode::GROUP_AUTHORIZATION_FAILED, usize::MAX);
    let error = offsets.commit("t", 0, 1).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Authorization, "{error}");
    assert_eq!(cluster.requests(ApiKey::OffsetCommit), 1);
}

#[tokio::test(start_paused = true)]
async fn a_commit_is_that_of_a_simple_consumer() {
    let cluster = cluster().await;
    let offsets = offsets(&cluster, OffsetCoordinatorConf::new("g")).await;
    cluster.control(|request| {
        let commit = request.decode::<kafka_proto::messages::OffsetCommitRequest>()?;
        let simple = commit.generation_id_or_member_epoch == -1 && commit.member_id.is_empty();
        (!simple).then(|| Action::error(ErrorCode::UNKNOWN_MEMBER_ID))
    });
    offsets.commit("t", 0, 1).await.unwrap();
}
