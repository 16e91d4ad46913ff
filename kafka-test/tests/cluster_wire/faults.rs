//! Faults on demand.

use std::time::Duration;

use kafka_proto::ErrorCode;
use kafka_proto::messages::{ApiKey, FetchRequest, MetadataRequest, MetadataResponse, ProduceRequest};
use kafka_test::cluster::{Action, Cluster, ClusterConf, Network};
use tokio::time::Instant;

use crate::client::{Client, batch, partition_of, produce};

fn fruits() -> ClusterConf {
    Cluster::builder().network(Network::Memory).topic("fruits", 2)
}

#[tokio::test(start_paused = true)]
async fn requests_fail_as_often_as_they_are_told_to() {
    let cluster = fruits().start().await.unwrap();
    let mut client = Client::connect(&cluster, 1).await;
    cluster.fail(ApiKey::Produce, ErrorCode::NOT_ENOUGH_REPLICAS, 2);
    let mut codes = Vec::new();
    for _ in 0..3 {
        codes.push(ErrorCode(client.produce("fruits", 0, batch(&["x"])).await.error_code));
    }
    assert_eq!(codes, [ErrorCode::NOT_ENOUGH_REPLICAS, ErrorCode::NOT_ENOUGH_REPLICAS, ErrorCode::NONE]);
    assert_eq!(cluster.records("fruits", 0).len(), 1);
    assert_eq!((cluster.requests(ApiKey::Produce), cluster.requests_at(2, ApiKey::Produce)), (3, 0));
}

#[tokio::test(start_paused = true)]
async fn a_connection_breaks_before_or_after_the_request_is_handled() {
    for (close, written) in [(Action::close as fn() -> Action, 0), (Action::close_after, 1)] {
        let cluster = fruits().start().await.unwrap();
        let rule = cluster.control(move |request| (request.api() == ApiKey::Produce).then(close));
        let mut client = Client::connect(&cluster, 1).await;
        client.tell(&produce("fruits", 0, -1, batch(&["x"])), 9).await.unwrap();
        assert!(client.is_closed().await);
        assert_eq!(cluster.records("fruits", 0).len(), written);
        cluster.release(rule);
        let mut client = Client::connect(&cluster, 1).await;
        assert_eq!(client.produce("fruits", 0, batch(&["x"])).await.error_code, 0);
    }
}

#[tokio::test(start_paused = true)]
async fn rules_see_the_request_and_the_newest_decides() {
    let cluster = fruits().start().await.unwrap();
    cluster.control(|request| {
        let produce = request.decode::<ProduceRequest>()?;
        assert!(request.decode::<FetchRequest>().is_none());
        assert_eq!((request.node(), request.version(), request.client_id()), (1, 9, Some("raw")));
        let fruits = produce.topic_data[0].partition_data[0].index == 1;
        fruits.then(|| Action::error(ErrorCode::TOPIC_AUTHORIZATION_FAILED))
    });
    let mut client = Client::connect(&cluster, 1).await;
    assert_eq!(client.produce("fruits", 0, batch(&["x"])).await.error_code, 0);
    let told = client.produce("fruits", 1, batch(&["x"])).await;
    assert_eq!(ErrorCode(told.error_code), ErrorCode::TOPIC_AUTHORIZATION_FAILED);
    cluster.fail(ApiKey::Produce, ErrorCode::REQUEST_TIMED_OUT, 1);
    let told = client.produce("fruits", 1, batch(&["x"])).await;
    assert_eq!(ErrorCode(told.error_code), ErrorCode::REQUEST_TIMED_OUT);
}

#[tokio::test(start_paused = true)]
async fn answers_are_edited_made_up_delayed_or_never_come() {
    let cluster = fruits().start().await.unwrap();
    let mut client = Client::connect(&cluster, 1).await;
    let ask = MetadataRequest { topics: None, ..Default::default() };
    let rule =
        cluster.control(|_| Some(Action::edit(|answer: &mut MetadataResponse| answer.controller_id = 77)));
    let answer = client.ask(&ask, 9).await;
    assert_eq!((answer.controller_id, answer.topics.len()), (77, 1));
    cluster.release(rule);
    let made_up = || MetadataResponse { controller_id: 5, ..Default::default() };
    let rule = cluster.control(move |_| Some(Action::answer(made_up())));
    assert_eq!(client.ask(&ask, 9).await, made_up());
    cluster.release(rule);
    let rule = cluster.control(|_| Some(Action::delay(Duration::from_secs(3))));
    let begun = Instant::now();
    client.ask(&ask, 9).await;
    assert_eq!(begun.elapsed(), Duration::from_secs(3));
    cluster.release(rule);
    let rule = cluster.control(|_| Some(Action::wrong_correlation_id()));
    client.tell(&ask, 9).await.unwrap();
    let (correlation_id, _) = client.hear::<MetadataResponse>(9).await.unwrap();
    assert!(correlation_id > 1_000, "{correlation_id}");
    cluster.release(rule);
    cluster.control(|_| Some(Action::stall()));
    client.tell(&ask, 9).await.unwrap();
    let waited = tokio::time::timeout(Duration::from_mins(10), client.hear::<MetadataResponse>(9)).await;
    assert!(waited.is_err());
}

#[tokio::test]
async fn a_dead_node_refuses_connections_until_it_is_back() {
    let cluster = fruits().nodes(2).network(Network::Loopback).start().await.unwrap();
    let mut first = Client::connect(&cluster, 1).await;
    let mut second = Client::connect(&cluster, 2).await;
    second.ask(&MetadataRequest::default(), 9).await;
    cluster.kill(2);
    assert!(second.is_closed().await);
    let address = cluster.address(2).unwrap();
    while tokio::net::TcpStream::connect(&address).await.is_ok() {
        tokio::task::yield_now().await;
    }
    assert_eq!((cluster.leader("fruits", 1), cluster.leader_epoch("fruits", 1)), (Some(1), Some(1)));
    let metadata = first.ask(&MetadataRequest { topics: None, ..Default::default() }, 9).await;
    assert_eq!(metadata.brokers.len(), 1);
    assert_eq!(metadata.topics[0].partitions[1].offline_replicas, [2]);
    assert_eq!(first.produce("fruits", 1, batch(&["x"])).await.error_code, 0);
    cluster.revive(2).unwrap();
    let mut second = Client::connect(&cluster, 2).await;
    assert_eq!(second.ask(&MetadataRequest::default(), 9).await.brokers.len(), 2);
    assert!(cluster.move_leader("fruits", 1, 2));
    let told = partition_of(second.ask(&produce("fruits", 1, -1, batch(&["y"])), 9).await);
    assert_eq!(told.base_offset, 1);
}

#[tokio::test(start_paused = true)]
async fn a_partition_without_living_replicas_has_no_leader() {
    let mut conf = fruits().nodes(2);
    conf.replication_factor = Some(1);
    let cluster = conf.start().await.unwrap();
    cluster.kill(2);
    assert_eq!(cluster.leader("fruits", 1), None);
    let mut client = Client::connect(&cluster, 1).await;
    let metadata = client.ask(&MetadataRequest { topics: None, ..Default::default() }, 9).await;
    let lost = &metadata.topics[0].partitions[1];
    assert_eq!((ErrorCode(lost.error_code), lost.leader_id), (ErrorCode::LEADER_NOT_AVAILABLE, -1));
    cluster.revive(2).unwrap();
    assert_eq!((cluster.leader("fruits", 1), cluster.leader_epoch("fruits", 1)), (Some(2), Some(2)));
}

#[tokio::test(start_paused = true)]
async fn the_coordinator_of_a_dead_node_moves() {
    let cluster = fruits().nodes(3).start().await.unwrap();
    let before = cluster.coordinator("readers").unwrap();
    cluster.kill(before);
    let after = cluster.coordinator("readers").unwrap();
    assert_ne!(before, after);
    cluster.revive(before).unwrap();
    assert_eq!(cluster.coordinator("readers"), Some(before));
}

#[tokio::test(start_paused = true)]
async fn connections_break_and_are_counted() {
    let cluster = fruits().start().await.unwrap();
    let mut client = Client::connect(&cluster, 1).await;
    client.ask(&MetadataRequest::default(), 9).await;
    assert_eq!((cluster.connections(1), cluster.accepted()), (1, 1));
    cluster.disconnect(1);
    assert!(client.is_closed().await);
    assert_eq!(cluster.connections(1), 0);
    let mut client = Client::connect(&cluster, 1).await;
    client.ask(&MetadataRequest::default(), 9).await;
    assert_eq!(cluster.accepted(), 2);
}

#[tokio::test]
async fn dropping_the_cluster_closes_everything() {
    for network in [Network::Loopback, Network::Memory] {
        let cluster = fruits().network(network).start().await.unwrap();
        let address = cluster.address(1).unwrap();
        let mut waiting = Client::connect(&cluster, 1).await;
        let mut idle = Client::connect(&cluster, 1).await;
        waiting
            .tell(&FetchRequest { max_wait_ms: 600_000, min_bytes: 1, ..Default::default() }, 4)
            .await
            .unwrap();
        idle.ask(&MetadataRequest::default(), 9).await;
        drop(cluster);
        assert!(idle.is_closed().await);
        if network == Network::Loopback {
            while tokio::net::TcpStream::connect(&address).await.is_ok() {
                tokio::task::yield_now().await;
            }
        }
    }
}

#[tokio::test(start_paused = true)]
async fn runs_with_the_same_seed_are_the_same() {
    let mut seen = Vec::new();
    for seed in [1, 1, 2] {
        let mut conf = fruits();
        conf.seed = seed;
        let cluster = conf.start().await.unwrap();
        let mut client = Client::connect(&cluster, 1).await;
        let metadata = client.ask(&MetadataRequest { topics: None, ..Default::default() }, 12).await;
        let environment = cluster.environment();
        seen.push((metadata, environment.random_seed(), environment.wall_clock_ms()));
    }
    assert_eq!(seen[0], seen[1]);
    assert_ne!(seen[0].0.topics[0].topic_id, seen[2].0.topics[0].topic_id);
}
