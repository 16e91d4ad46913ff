//! A node that asks to be left alone (KIP-219) is left alone, on every kind of connection and across their loss; and no
//! call takes longer than it may.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::time::Duration;

use kafka_client::{
    Broker, BrokerConf, ConsumerConf, ErrorKind, KafkaProducer, Message, OffsetCoordinatorConf, ProducerConf,
};
use kafka_proto::ErrorCode;
use kafka_proto::messages::{ApiKey, FetchResponse, ListOffsetsResponse, ProduceResponse};
use kafka_test::cluster::{Action, Cluster, Network};
use tokio::time::Instant;

/// Far longer than any request may take in these tests, but for what passes before a test looks at its clock.
const LONG: Duration = Duration::from_millis(39_900);

async fn cluster() -> (Cluster, Broker) {
    let cluster = Cluster::builder().topic("fruits", 1).network(Network::Memory).start().await.unwrap();
    let mut conf = BrokerConf::new("throttled");
    conf.environment = Some(cluster.environment());
    conf.read_timeout = Duration::from_secs(2);
    let broker = Broker::dial(cluster.bootstrap(), conf).await.unwrap();
    (cluster, broker)
}

fn producer(broker: &Broker) -> KafkaProducer {
    let mut conf = ProducerConf::new();
    conf.request_timeout = Duration::from_secs(2);
    broker.producer(conf).unwrap()
}

async fn write(producer: &KafkaProducer) {
    producer.produce("fruits", 0, &mut [Message::value("apple")]).await.unwrap();
}

/// Has the next answer to a write ask to be left alone.
fn throttle_next_write(cluster: &Cluster) {
    let first = std::sync::atomic::AtomicBool::new(true);
    cluster.control(move |request| {
        let hit = request.api() == ApiKey::Produce && first.swap(false, std::sync::atomic::Ordering::Relaxed);
        hit.then(|| Action::edit(|answer: &mut ProduceResponse| answer.throttle_time_ms = 40_000))
    });
}

#[tokio::test(start_paused = true)]
async fn a_producer_keeps_its_connection_through_a_throttle_longer_than_its_requests_may_take() {
    let (cluster, broker) = cluster().await;
    let producer = producer(&broker);
    throttle_next_write(&cluster);
    write(&producer).await;
    let (began, accepted) = (Instant::now(), cluster.accepted());
    write(&producer).await;
    assert!(began.elapsed() >= LONG, "{:?}", began.elapsed());
    assert!(began.elapsed() < LONG + Duration::from_secs(2), "{:?}", began.elapsed());
    assert_eq!(cluster.accepted(), accepted, "no other connection was needed");
    assert_eq!(cluster.records("fruits", 0).len(), 2);
}

#[tokio::test(start_paused = true)]
async fn a_producer_that_loses_its_connection_leaves_the_node_alone_for_the_rest() {
    let (cluster, broker) = cluster().await;
    let producer = producer(&broker);
    throttle_next_write(&cluster);
    write(&producer).await;
    let began = Instant::now();
    tokio::time::sleep(Duration::from_secs(10)).await;
    cluster.disconnect(1);
    let writes = cluster.requests(ApiKey::Produce);
    write(&producer).await;
    assert!(began.elapsed() >= LONG, "{:?}", began.elapsed());
    assert_eq!(cluster.requests(ApiKey::Produce), writes + 1);
}

#[tokio::test(start_paused = true)]
async fn a_consumer_that_loses_its_connection_leaves_the_node_alone_for_the_rest() {
    let (cluster, broker) = cluster().await;
    write(&producer(&broker)).await;
    let first = std::sync::atomic::AtomicBool::new(true);
    cluster.control(move |request| {
        let hit = request.api() == ApiKey::Fetch && first.swap(false, std::sync::atomic::Ordering::Relaxed);
        hit.then(|| Action::edit(|answer: &mut FetchResponse| answer.throttle_time_ms = 40_000))
    });
    let mut consumer = broker.consumer(ConsumerConf::new("fruits", 0)).await.unwrap();
    consumer.consume().await.unwrap();
    let began = Instant::now();
    write(&producer(&broker)).await;
    tokio::time::sleep(Duration::from_secs(10)).await;
    let fetches = cluster.requests(ApiKey::Fetch);
    cluster.disconnect(1);
    consumer.consume().await.unwrap();
    assert!(began.elapsed() >= LONG, "{:?}", began.elapsed());
    assert!(cluster.requests(ApiKey::Fetch) - fetches <= 3);
}

/// Has the next answer about offsets ask to be left alone.
fn throttle_next_query(cluster: &Cluster, millis: i32) {
    let first = std::sync::atomic::AtomicBool::new(true);
    cluster.control(move |request| {
        let hit =
            request.api() == ApiKey::ListOffsets && first.swap(false, std::sync::atomic::Ordering::Relaxed);
        hit.then(|| Action::edit(move |answer: &mut ListOffsetsResponse| answer.throttle_time_ms = millis))
    });
}

#[tokio::test(start_paused = true)]
async fn queries_wait_for_as_long_as_the_node_asks() {
    let (cluster, broker) = cluster().await;
    throttle_next_query(&cluster, 1_500);
    broker.offset_latest("fruits", 0).await.unwrap();
    let began = Instant::now();
    broker.offset_latest("fruits", 0).await.unwrap();
    assert!(began.elapsed() >= Duration::from_millis(1_500), "{:?}", began.elapsed());
    assert!(began.elapsed() < Duration::from_secs(2), "{:?}", began.elapsed());
}

#[tokio::test(start_paused = true)]
async fn a_query_that_would_wait_longer_than_it_may_take_is_tried_again_or_fails_in_time() {
    let (cluster, broker) = cluster().await;
    throttle_next_query(&cluster, 40_000);
    broker.offset_latest("fruits", 0).await.unwrap();
    let (began, queries) = (Instant::now(), cluster.requests(ApiKey::ListOffsets));
    broker.offset_latest("fruits", 0).await.unwrap();
    assert!(began.elapsed() >= Duration::from_secs(38), "{:?}", began.elapsed());
    assert_eq!(cluster.requests(ApiKey::ListOffsets), queries + 1, "the node was left alone");

    let mut conf = BrokerConf::new("hurried");
    conf.environment = Some(cluster.environment());
    conf.read_timeout = Duration::from_secs(2);
    conf.retry_err_for = Some(Duration::from_secs(5));
    let hurried = Broker::dial(cluster.bootstrap(), conf).await.unwrap();
    throttle_next_query(&cluster, 40_000);
    hurried.offset_latest("fruits", 0).await.unwrap();
    let began = Instant::now();
    let error = hurried.offset_latest("fruits", 0).await.unwrap_err();
    assert_eq!(error.code(), Some(ErrorCode::THROTTLING_QUOTA_EXCEEDED), "{error}");
    assert!(error.to_string().contains("left alone"), "{error}");
    assert!(began.elapsed() <= Duration::from_secs(5), "{:?}", began.elapsed());
}

#[tokio::test(start_paused = true)]
async fn committing_ends_with_its_own_limit_while_a_node_is_silent() {
    let (cluster, broker) = cluster().await;
    let mut conf = OffsetCoordinatorConf::new("group");
    conf.retry_err_for = Some(Duration::from_secs(1));
    let offsets = broker.offset_coordinator(conf).await.unwrap();
    cluster.control(|request| (request.api() == ApiKey::OffsetCommit).then(Action::stall));
    let began = Instant::now();
    let error = offsets.commit("fruits", 0, 3).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::TimedOut, "{error}");
    assert!(began.elapsed() <= Duration::from_millis(1_010), "{:?}", began.elapsed());
}
