//! Three nodes of real Apache Kafka and a thousand partitions, read by one consumer while a node dies and returns: every
//! message comes once and in order, and a partition that nobody reads holds up no other. Neither does a node that answers
//! nothing for a while. And one node, whose messages an application reads slowly.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::time::Duration;

use kafka_client::{
    AssignedConsumer, AssignedConsumerConf, Broker, BrokerConf, FetchExchange, KafkaProducer, NewTopic,
    ProducerConf, Record,
};
use kafka_test::apache::{self, ApacheCluster};

const TOPIC: &str = "wide";
const PARTITIONS: i32 = 1_000;

/// Far beyond what a fail-over takes.
const BOUND: Duration = Duration::from_secs(120);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_thousand_partitions_survive_a_node_that_dies_and_returns() {
    let Some(mut conf) = apache::require_or_skip(apache::NEWEST_VERSION).await else { return };
    conf.nodes = 3;
    let cluster = ApacheCluster::start(conf).await.unwrap();
    tokio::time::timeout(BOUND * 4, read_beside_a_frozen_node(&cluster)).await.expect("the test ends");
    tokio::time::timeout(BOUND * 4, read_under_a_failure(&cluster)).await.expect("the test ends");
    cluster.shutdown().await.unwrap();
}

/// An application that reads one message and then nothing for a while: what is fetched ahead of it stays within
/// `fetch_memory`, for all its partitions together, and it misses none of it afterwards.
#[tokio::test]
async fn fetch_memory_bounds_what_is_held_for_a_slow_application() {
    const LIMIT: usize = 8 << 20;
    const PARTITIONS: i32 = 8;
    const MESSAGES: i64 = 50;
    let Some(conf) = apache::require_or_skip(apache::NEWEST_VERSION).await else { return };
    let cluster = apache::shared(conf).await.unwrap();
    let mut conf = BrokerConf::new("slow");
    conf.fetch_memory = LIMIT;
    let broker = Broker::dial([cluster.bootstrap()], conf).await.unwrap();
    let topic = format!("slow-{}", std::process::id());
    let wanted = [NewTopic::new(topic.as_str(), PARTITIONS)];
    broker.create_topics(&wanted, BOUND, false).await.unwrap().remove(0).unwrap();
    let producer = broker.producer(ProducerConf::new()).unwrap();
    let value = "x".repeat(100_000);
    for n in 0..MESSAGES * i64::from(PARTITIONS) {
        let record = Record::to(&topic).partition(n as i32 % PARTITIONS).value(&value);
        drop(producer.enqueue(record).await.unwrap());
    }
    producer.close(BOUND).await.unwrap();

    let brought = Arc::new(AtomicUsize::new(0));
    let count = brought.clone();
    let mut conf = AssignedConsumerConf::new();
    conf.observer = Some(Arc::new(move |fetch: &FetchExchange| {
        count.fetch_add(fetch.bytes, Relaxed);
    }));
    let mut consumer = broker.assigned_consumer(conf).unwrap();
    for partition in 0..PARTITIONS {
        consumer.add((topic.as_str(), partition)).unwrap();
    }
    let first = tokio::time::timeout(BOUND, consumer.consume()).await.expect("it comes").unwrap();
    let mut next = BTreeMap::from([(first.partition, 1)]);
    // Long enough for all of it, which is five times as much.
    tokio::time::sleep(Duration::from_secs(2)).await;
    let held = brought.load(Relaxed);
    // An answer on each of two connections, of an eighth each, may come on top.
    assert!((LIMIT / 2..=LIMIT + LIMIT / 4).contains(&held), "{held} bytes are held");
    for _ in 1..MESSAGES * i64::from(PARTITIONS) {
        let message = tokio::time::timeout(BOUND, consumer.consume()).await.expect("it comes").unwrap();
        let next = next.entry(message.partition).or_default();
        assert_eq!(message.offset, *next, "partition {}", message.partition);
        *next += 1;
    }
    broker.close().await;
}

/// One node answers nothing for a while: only its own partitions wait for it.
async fn read_beside_a_frozen_node(cluster: &ApacheCluster) {
    const TOPIC: &str = "frozen";
    const WHILE: i64 = 20;
    let seeds: Vec<String> = cluster.bootstrap().split(',').map(ToOwned::to_owned).collect();
    let broker = Broker::dial(seeds, BrokerConf::new("frozen")).await.unwrap();
    let mut topic = NewTopic::new(TOPIC, 6);
    topic.replication_factor = Some(1);
    broker.create_topics(&[topic], Duration::from_secs(60), false).await.unwrap().remove(0).unwrap();
    let mut consumer = broker.assigned_consumer(AssignedConsumerConf::new()).unwrap();
    let producer = broker.producer(ProducerConf::new()).unwrap();
    let (node, _) = *cluster.nodes().last().expect("three nodes");
    let metadata = broker.metadata().await.unwrap();
    let topic = metadata.topics.iter().find(|topic| topic.name == TOPIC).expect("it was made");
    let (frozen, others): (Vec<i32>, Vec<i32>) =
        (0..6).partition(|at| topic.partitions.iter().any(|one| one.id == *at && one.leader == Some(node)));
    assert!(!frozen.is_empty() && !others.is_empty(), "{topic:?}");
    for partition in 0..6 {
        consumer.add((TOPIC, partition)).unwrap();
    }
    let write = async |partitions: &[i32]| {
        for &partition in partitions {
            let record = Record::to(TOPIC).partition(partition).value("x");
            tokio::time::timeout(BOUND, producer.send(record)).await.expect("it is sent").unwrap();
        }
    };
    let mut read = BTreeMap::new();
    let mut read_all = async |partitions: &[i32]| {
        for _ in partitions {
            let message = tokio::time::timeout(BOUND, consumer.consume()).await.expect("it comes").unwrap();
            assert!(partitions.contains(&message.partition));
            let next = read.entry(message.partition).or_insert(0);
            assert_eq!(message.offset, *next);
            *next += 1;
        }
    };
    let all: Vec<i32> = (0..6).collect();
    write(&all).await;
    read_all(&all).await;

    cluster.pause(node).await.unwrap();
    let began = tokio::time::Instant::now();
    for _ in 0..WHILE {
        write(&others).await;
        read_all(&others).await;
    }
    let took = began.elapsed();
    cluster.resume(node).await.unwrap();
    // Requests to the frozen node time out after half a minute.
    assert!(took < Duration::from_secs(8), "{WHILE} messages of each other partition took {took:?}");
    write(&all).await;
    read_all(&all).await;
    broker.close().await;
}

async fn read_under_a_failure(cluster: &ApacheCluster) {
    let seeds: Vec<String> = cluster.bootstrap().split(',').map(ToOwned::to_owned).collect();
    let broker = Broker::dial(seeds, BrokerConf::new("wide")).await.unwrap();
    let mut topic = NewTopic::new(TOPIC, PARTITIONS);
    topic.replication_factor = Some(2);
    topic.configs.push(("min.insync.replicas".into(), "1".into()));
    broker.create_topics(&[topic], Duration::from_secs(60), false).await.unwrap().remove(0).unwrap();

    let held = Arc::new(AtomicUsize::new(0));
    let count = held.clone();
    let mut conf = AssignedConsumerConf::new();
    conf.max_fetch_size = 10_000;
    conf.observer = Some(Arc::new(move |fetch: &FetchExchange| {
        if fetch.partition == 0 {
            count.fetch_add(fetch.bytes, Relaxed);
        }
    }));
    let mut consumer = broker.assigned_consumer(conf).unwrap();
    for partition in 0..PARTITIONS {
        consumer.add((TOPIC, partition)).unwrap();
    }
    // Nobody reads this one until the end.
    let mut slow = consumer.partition_stream((TOPIC, 0)).unwrap();
    let producer = broker.producer(ProducerConf::new()).unwrap();
    let mut seen = BTreeMap::new();
    let (node, _) = *cluster.nodes().first().expect("three nodes");
    for round in 0..5 {
        match round {
            1 => cluster.kill(node).await.unwrap(),
            3 => cluster.start_node(node).await.unwrap(),
            _ => {}
        }
        write(&producer, round).await;
        read(&mut consumer, &mut seen, round).await;
    }
    assert!(held.load(Relaxed) < 60_000, "{} bytes of what nobody reads", held.load(Relaxed));
    for round in 0..5 * SLOW {
        let message = tokio::time::timeout(BOUND, slow.consume()).await.expect("it comes").unwrap();
        assert_eq!(message.offset, round);
    }
    broker.close().await;
}

/// How many messages go to the partition that nobody reads, each round.
const SLOW: i64 = 100;

/// A message to each partition, and many large ones to the first.
async fn write(producer: &KafkaProducer, round: i64) {
    let value = round.to_string();
    let large = "x".repeat(1_000);
    let mut deliveries = Vec::new();
    for partition in 1..PARTITIONS {
        deliveries
            .push(producer.enqueue(Record::to(TOPIC).partition(partition).value(&value)).await.unwrap());
    }
    for _ in 0..SLOW {
        deliveries.push(producer.enqueue(Record::to(TOPIC).partition(0).value(&large)).await.unwrap());
    }
    for delivery in deliveries {
        tokio::time::timeout(BOUND, delivery).await.expect("it is delivered").unwrap();
    }
}

/// Reads a message of each partition but the first: the one of this round.
async fn read(consumer: &mut AssignedConsumer, seen: &mut BTreeMap<i32, i64>, round: i64) {
    for _ in 1..PARTITIONS {
        let message = tokio::time::timeout(BOUND, consumer.consume()).await.expect("it comes").unwrap();
        let next = seen.entry(message.partition).or_default();
        assert_eq!(message.offset, *next, "partition {}: once and in order", message.partition);
        assert_eq!(message.value.as_deref(), Some(next.to_string().as_bytes()));
        *next += 1;
    }
    assert!(seen.len() as i32 == PARTITIONS - 1 && seen.values().all(|next| *next == round + 1));
}
