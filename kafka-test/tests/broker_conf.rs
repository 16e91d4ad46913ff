//! Every field of a broker's configuration has the effect that its documentation promises. In memory, under a paused
//! clock: time passes only where something waits for it.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use kafka_client::{Broker, BrokerConf, Error, ErrorCode, ErrorKind, Message, ProducerConf};
use kafka_proto::messages::ApiKey;
use kafka_test::cluster::{Action, Cluster, Network};
use tokio::time::Instant;

async fn cluster(nodes: i32) -> Cluster {
    Cluster::builder().nodes(nodes).topic("t", 3).network(Network::Memory).start().await.unwrap()
}

fn conf(cluster: &Cluster) -> BrokerConf {
    let mut conf = BrokerConf::new("conf-test");
    conf.environment = Some(cluster.environment());
    conf
}

async fn dial(cluster: &Cluster, conf: BrokerConf) -> Broker {
    Broker::dial(cluster.bootstrap(), conf).await.unwrap()
}

async fn refused(cluster: &Cluster, conf: BrokerConf) -> (Error, Duration) {
    let began = Instant::now();
    let error = Broker::dial(cluster.bootstrap(), conf).await.unwrap_err();
    (error, began.elapsed())
}

#[test]
fn the_defaults_are_those_of_the_documentation() {
    let conf = BrokerConf::new("me");
    conf.validate().unwrap();
    let half = Duration::from_millis(500);
    assert_eq!(conf.client_id, "me");
    assert_eq!(conf.dial_timeout, Duration::from_secs(10));
    assert_eq!((conf.dial_retry_limit, conf.dial_retry_wait), (Some(10), half));
    assert_eq!((conf.leader_retry_limit, conf.leader_retry_wait), (Some(10), half));
    assert_eq!((conf.retry_err_limit, conf.retry_err_for), (None, Some(Duration::from_secs(60))));
    assert_eq!((conf.retry_err_wait, conf.read_timeout), (half, Duration::from_secs(30)));
    assert_eq!(conf.conn_max_idle, Some(Duration::from_secs(9 * 60)));
    assert_eq!(conf.metadata_max_age, Duration::from_secs(5 * 60));
    assert_eq!(conf.close_timeout, Duration::from_secs(30));
    assert_eq!((conf.fetch_memory, conf.max_response_size), (64 << 20, 128 << 20));
    assert!(!conf.allow_topic_creation);
    assert!(conf.rack.is_none() && conf.tls.is_none() && conf.environment.is_none());
}

#[tokio::test(start_paused = true)]
async fn the_client_id_goes_with_every_request() {
    let cluster = cluster(1).await;
    let strangers = Arc::new(AtomicU32::new(0));
    let count = strangers.clone();
    cluster.control(move |request| {
        if request.client_id() != Some("conf-test") {
            count.fetch_add(1, Ordering::Relaxed);
        }
        None
    });
    let broker = dial(&cluster, conf(&cluster)).await;
    broker.offset_latest("t", 0).await.unwrap();
    broker.producer(ProducerConf::new()).unwrap().produce("t", 0, &mut [Message::value("x")]).await.unwrap();
    assert!(cluster.requests(ApiKey::Produce) > 0);
    assert_eq!(strangers.load(Ordering::Relaxed), 0);
}

#[tokio::test(start_paused = true)]
async fn dialling_is_tried_as_often_and_as_long_apart_as_it_says() {
    let cluster = cluster(1).await;
    cluster.kill(1);
    let mut conf = conf(&cluster);
    conf.dial_retry_limit = Some(4);
    conf.dial_retry_wait = Duration::from_secs(2);
    let (error, took) = refused(&cluster, conf).await;
    assert_eq!(error.kind(), ErrorKind::Connect, "{error}");
    assert!(error.to_string().contains("4 attempts"), "{error}");
    assert_eq!(took.as_secs(), 6, "three waits of two seconds");
}

#[tokio::test(start_paused = true)]
async fn dialling_succeeds_once_the_cluster_is_there() {
    let cluster = cluster(1).await;
    cluster.kill(1);
    let dialling = tokio::spawn(Broker::dial(cluster.bootstrap(), conf(&cluster)));
    tokio::time::sleep(Duration::from_secs(2)).await;
    cluster.revive(1).unwrap();
    dialling.await.unwrap().unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_connection_that_is_not_ready_in_time_is_given_up() {
    let cluster = cluster(1).await;
    cluster.control(|request| (request.api() == ApiKey::ApiVersions).then(Action::stall));
    let mut conf = conf(&cluster);
    conf.dial_timeout = Duration::from_secs(3);
    conf.dial_retry_limit = Some(1);
    let (error, took) = refused(&cluster, conf).await;
    assert!(error.to_string().contains("dial_timeout"), "{error}");
    assert_eq!(took.as_secs(), 3);
}

#[tokio::test(start_paused = true)]
async fn a_partition_without_a_leader_is_looked_for_as_often_as_it_says() {
    let cluster = cluster(1).await;
    let mut conf = conf(&cluster);
    conf.leader_retry_limit = Some(3);
    conf.leader_retry_wait = Duration::from_secs(1);
    conf.retry_err_limit = Some(1);
    let broker = dial(&cluster, conf).await;
    let began = Instant::now();
    let error = broker.partition_count("nowhere").await.unwrap_err();
    assert_eq!(error.code(), Some(ErrorCode::UNKNOWN_TOPIC_OR_PARTITION), "{error}");
    assert!(error.to_string().contains("3 attempts"), "{error}");
    assert_eq!(began.elapsed().as_secs(), 2);
}

#[tokio::test(start_paused = true)]
async fn a_query_outlasts_errors_for_as_long_as_it_says() {
    let cluster = cluster(1).await;
    let mut conf = conf(&cluster);
    conf.retry_err_for = Some(Duration::from_secs(20));
    conf.retry_err_wait = Duration::from_secs(1);
    let broker = dial(&cluster, conf).await;

    let passing = cluster.fail(ApiKey::ListOffsets, ErrorCode::NOT_LEADER_OR_FOLLOWER, 5);
    assert_eq!(broker.offset_latest("t", 0).await.unwrap(), 0);
    cluster.release(passing);

    cluster.fail(ApiKey::ListOffsets, ErrorCode::NOT_LEADER_OR_FOLLOWER, usize::MAX);
    let began = Instant::now();
    let error = broker.offset_latest("t", 0).await.unwrap_err();
    assert_eq!(error.code(), Some(ErrorCode::NOT_LEADER_OR_FOLLOWER), "{error}");
    let took = began.elapsed().as_secs();
    assert!((15..=20).contains(&took), "{took} s");
}

#[tokio::test(start_paused = true)]
async fn a_query_is_tried_as_often_as_it_says() {
    let cluster = cluster(1).await;
    let mut conf = conf(&cluster);
    conf.retry_err_limit = Some(2);
    let broker = dial(&cluster, conf).await;
    cluster.fail(ApiKey::ListOffsets, ErrorCode::NOT_LEADER_OR_FOLLOWER, usize::MAX);
    let before = cluster.requests(ApiKey::ListOffsets);
    broker.offset_latest("t", 0).await.unwrap_err();
    assert_eq!(cluster.requests(ApiKey::ListOffsets) - before, 2);
}

#[tokio::test(start_paused = true)]
async fn an_error_that_no_retry_mends_ends_a_query_at_once() {
    let cluster = cluster(1).await;
    let broker = dial(&cluster, conf(&cluster)).await;
    cluster.fail(ApiKey::ListOffsets, ErrorCode::TOPIC_AUTHORIZATION_FAILED, usize::MAX);
    let error = broker.offset_latest("t", 0).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Authorization, "{error}");
    assert_eq!((error.topic(), error.partition()), (Some("t"), Some(0)));
    assert_eq!(cluster.requests(ApiKey::ListOffsets), 1);
}

#[tokio::test(start_paused = true)]
async fn an_answer_that_does_not_come_in_time_closes_the_connection_and_is_asked_for_again() {
    let cluster = cluster(1).await;
    let mut conf = conf(&cluster);
    conf.read_timeout = Duration::from_secs(4);
    let broker = dial(&cluster, conf).await;
    let asked = AtomicU32::new(0);
    cluster.control(move |request| {
        let first = request.api() == ApiKey::ListOffsets && asked.fetch_add(1, Ordering::Relaxed) == 0;
        first.then(Action::stall)
    });
    let (connections, began) = (cluster.accepted(), Instant::now());
    assert_eq!(broker.offset_latest("t", 0).await.unwrap(), 0);
    assert_eq!(began.elapsed().as_secs(), 4);
    assert!(cluster.accepted() > connections, "another connection");
}

#[tokio::test(start_paused = true)]
async fn a_wrong_correlation_id_closes_the_connection_and_the_call_goes_on() {
    let cluster = cluster(1).await;
    let broker = dial(&cluster, conf(&cluster)).await;
    let asked = AtomicU32::new(0);
    cluster.control(move |request| {
        let first = request.api() == ApiKey::ListOffsets && asked.fetch_add(1, Ordering::Relaxed) == 0;
        first.then(Action::wrong_correlation_id)
    });
    assert_eq!(broker.offset_latest("t", 0).await.unwrap(), 0);
}

#[tokio::test(start_paused = true)]
async fn an_idle_connection_is_closed_on_our_side_and_opened_again_when_needed() {
    let cluster = cluster(1).await;
    let mut conf = conf(&cluster);
    conf.conn_max_idle = Some(Duration::from_secs(60));
    conf.metadata_max_age = Duration::from_secs(3600);
    let broker = dial(&cluster, conf).await;
    broker.offset_latest("t", 0).await.unwrap();
    assert!(cluster.connections(1) > 0);
    tokio::time::sleep(Duration::from_secs(61)).await;
    assert_eq!(cluster.connections(1), 0);
    broker.offset_latest("t", 0).await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn metadata_is_refreshed_when_it_is_as_old_as_it_may_be() {
    let cluster = cluster(1).await;
    let mut conf = conf(&cluster);
    conf.metadata_max_age = Duration::from_secs(10);
    let broker = dial(&cluster, conf).await;
    let before = cluster.requests(ApiKey::Metadata);
    tokio::time::sleep(Duration::from_secs(35)).await;
    assert_eq!(cluster.requests(ApiKey::Metadata) - before, 3);
    drop(broker);
    let before = cluster.requests(ApiKey::Metadata);
    tokio::time::sleep(Duration::from_secs(35)).await;
    assert_eq!(cluster.requests(ApiKey::Metadata), before, "nobody is left to refresh it for");
}

#[tokio::test(start_paused = true)]
async fn topics_are_created_by_asking_only_where_that_is_wanted() {
    let cluster = cluster(1).await;
    let mut wanted = conf(&cluster);
    wanted.allow_topic_creation = true;
    let error = dial(&cluster, conf(&cluster)).await.partition_count("fresh").await.unwrap_err();
    assert_eq!(error.code(), Some(ErrorCode::UNKNOWN_TOPIC_OR_PARTITION), "{error}");
    assert_eq!(dial(&cluster, wanted).await.partition_count("fresh").await.unwrap(), 1);
}

#[tokio::test(start_paused = true)]
async fn close_gives_producers_as_long_as_it_says() {
    let cluster = cluster(1).await;
    let mut conf = conf(&cluster);
    conf.close_timeout = Duration::from_secs(7);
    let broker = dial(&cluster, conf).await;
    cluster.control(|request| (request.api() == ApiKey::Produce).then(Action::stall));
    let producer = broker.producer(ProducerConf::new()).unwrap();
    let writing = tokio::spawn(async move { producer.produce("t", 0, &mut [Message::value("x")]).await });
    while cluster.requests(ApiKey::Produce) == 0 {
        tokio::task::yield_now().await;
    }
    let began = Instant::now();
    broker.close().await;
    assert_eq!(began.elapsed().as_secs(), 7);
    let error = writing.await.unwrap().unwrap_err();
    assert!(error.may_be_written(), "{error}");
}

#[tokio::test(start_paused = true)]
async fn when_every_node_that_is_known_is_gone_the_seeds_are_asked_again() {
    let cluster = cluster(3).await;
    let mut conf = conf(&cluster);
    conf.metadata_max_age = Duration::from_secs(3600);
    // The answer describes a node that cannot be reached: from then on the seeds are the only way in.
    let rule = cluster.control(|request| {
        let misled = |response: &mut kafka_proto::messages::MetadataResponse| {
            response.brokers.truncate(1);
            response.brokers[0].port = 1;
        };
        (request.api() == ApiKey::Metadata).then(|| Action::edit(misled))
    });
    let broker = dial(&cluster, conf).await;
    cluster.release(rule);
    for node in 1..=3 {
        cluster.disconnect(node);
    }
    assert_eq!(broker.metadata().await.unwrap().nodes.len(), 3);
    assert_eq!(broker.offset_latest("t", 2).await.unwrap(), 0);
}

#[tokio::test(start_paused = true)]
async fn a_dead_node_does_not_keep_the_others_from_being_asked() {
    let cluster = cluster(3).await;
    let broker = dial(&cluster, conf(&cluster)).await;
    for silent in 1..=2 {
        cluster.control(move |request| (request.node() == silent).then(Action::stall));
    }
    let began = Instant::now();
    assert_eq!(broker.metadata().await.unwrap().nodes.len(), 3);
    assert!(began.elapsed() <= Duration::from_secs(2), "{:?}", began.elapsed());
}
