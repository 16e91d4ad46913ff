//! Which partition a record goes to, from the configuration to the log.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

use std::sync::Arc;
use std::time::Duration;

use futures_util::future::join_all;
use kafka_client::{
    Broker, BrokerConf, DefaultPartitioner, Error, ErrorKind, ExplicitPartitioner, HashPartitioner,
    KafkaProducer, Partitioner, ProducerConf, RandomPartitioner, Record, Result, RoundRobinPartitioner,
    StickyPartitioner, TopicPartitions,
};
use kafka_test::cluster::{Cluster, Network};

struct Bench {
    cluster: Cluster,
    producer: KafkaProducer,
}

/// A topic of ten partitions, written to through `partitioner`.
async fn bench(partitioner: impl Partitioner + 'static) -> Bench {
    let cluster = Cluster::builder().topic("t", 10).network(Network::Memory).start().await.unwrap();
    let mut conf = BrokerConf::new("partitioning");
    conf.environment = Some(cluster.environment());
    let broker = Broker::dial(cluster.bootstrap(), conf).await.unwrap();
    let mut conf = ProducerConf::new();
    conf.partitioner = Some(Arc::new(partitioner));
    conf.batch_size = 1 << 10;
    Bench { cluster, producer: broker.producer(conf).unwrap() }
}

impl Bench {
    /// Sends `count` records without a key, and tells how many went to each partition.
    async fn spread(&self, count: usize) -> Vec<usize> {
        for _ in 0..count {
            let _forgotten =
                self.producer.enqueue(Record::to("t").value("some twenty bytes ..")).await.unwrap();
        }
        assert_eq!(self.producer.flush(Duration::from_secs(10)).await, 0);
        (0..10).map(|partition| self.cluster.records("t", partition).len()).collect()
    }

    async fn partition_of(&self, record: Record<'_>) -> i32 {
        self.producer.send(record).await.unwrap().partition
    }
}

#[tokio::test(start_paused = true)]
async fn keys_go_where_the_hash_says_and_explicit_partitions_are_untouched() {
    for (partitioner, partition) in [
        (HashPartitioner::consistent_random(), 7),
        (HashPartitioner::murmur2_random(), 1),
        (HashPartitioner::fnv1a_random(), 8),
    ] {
        let bench = bench(partitioner).await;
        let record = Record::to("t").key("key").value("x");
        assert_eq!(bench.partition_of(record).await, partition);
        assert_eq!(bench.partition_of(record.partition(4)).await, 4);
    }
}

/// A batch of 1 KiB takes about a dozen of these: KIP-794 leaves a partition after one.
fn sticks_for_a_batch(spread: &[usize]) -> bool {
    spread.iter().sum::<usize>() == 1_000 && spread.iter().filter(|count| **count >= 10).count() >= 8
}

#[tokio::test(start_paused = true)]
async fn kafkas_own_choice_can_be_asked_for_by_any_partitioner_and_counts_its_bytes() {
    assert!(sticks_for_a_batch(&bench(DefaultPartitioner).await.spread(1_000).await));
    assert!(sticks_for_a_batch(&bench(StickyPartitioner).await.spread(1_000).await));
    assert!(sticks_for_a_batch(&bench(HashPartitioner::consistent_random()).await.spread(1_000).await));

    let bench = bench(StickyPartitioner).await;
    let few = join_all((0..5).map(|_| bench.partition_of(Record::to("t").key("k").value("x")))).await;
    assert!(few.iter().all(|partition| *partition == few[0]), "{few:?}");
}

#[tokio::test(start_paused = true)]
async fn turns_are_exact_and_random_choices_roughly_even() {
    let turns = bench(RoundRobinPartitioner::new()).await.spread(1_000).await;
    assert!(turns.iter().all(|count| *count == 100), "{turns:?}");
    let random = bench(RandomPartitioner::seeded(7)).await.spread(1_000).await;
    assert!(random.iter().all(|count| (60..140).contains(count)), "{random:?}");
}

#[tokio::test(start_paused = true)]
async fn an_explicit_partitioner_takes_no_record_without_a_partition() {
    let bench = bench(ExplicitPartitioner).await;
    let error = bench.producer.send(Record::to("t").key("k")).await.unwrap_err();
    assert_eq!((error.kind(), error.topic()), (ErrorKind::InvalidRecord, Some("t")));
    assert!(error.to_string().contains("Record::partition"), "{error}");
    assert_eq!(bench.partition_of(Record::to("t").partition(3)).await, 3);
}

/// What the first byte of the value says.
struct Odd;

impl Partitioner for Odd {
    fn partition(&self, record: &Record<'_>, topic: &TopicPartitions<'_>) -> Result<i32> {
        match record.value {
            Some(b"above") => Ok(topic.count()),
            Some(b"below") => Ok(-1),
            Some(b"panic") => panic!("no partition today"),
            Some(b"error") => Err(Error::new(ErrorKind::InvalidRecord, "not on a Sunday")),
            _ => Ok(topic.available().len() as i32 - 1),
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_wrong_answer_fails_its_record_alone() {
    for (value, says) in [
        ("above", "partition 10"),
        ("below", "partition -1"),
        ("panic", "no partition today"),
        ("error", "Sunday"),
    ] {
        let bench = bench(Odd).await;
        // The first record waits for the topic, the second is taken by the call: both ways ask.
        for _ in 0..2 {
            let error = bench.producer.send(Record::to("t").value(value)).await.unwrap_err();
            assert_eq!(error.kind(), ErrorKind::InvalidRecord, "{error}");
            assert!(error.to_string().contains(says), "{error}");
        }
        assert_eq!(bench.partition_of(Record::to("t").value("fine")).await, 9);
        assert_eq!(bench.producer.flush(Duration::from_secs(1)).await, 0, "nothing is left behind");
    }
}

/// KIP-794's other half: partitions whose batches pile up get fewer records.
#[tokio::test(start_paused = true)]
async fn records_without_a_key_go_less_often_where_they_pile_up() {
    let mut conf = Cluster::builder().nodes(2).network(Network::Memory);
    conf.replication_factor = Some(1);
    let cluster = conf.topic("t", 4).start().await.unwrap();
    let mut conf = BrokerConf::new("partitioning");
    conf.environment = Some(cluster.environment());
    let broker = Broker::dial(cluster.bootstrap(), conf).await.unwrap();
    let mut conf = ProducerConf::new();
    conf.batch_size = 1 << 10;
    let producer = broker.producer(conf).unwrap();
    cluster.slow_down(2, Duration::from_millis(300), None);
    for n in 0..10_000 {
        let _forgotten = producer.enqueue(Record::to("t").value(&[7; 100])).await.unwrap();
        if n % 10 == 0 {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    }
    assert_eq!(producer.flush(Duration::from_secs(600)).await, 0);
    let mut by_node = [0, 0];
    for partition in 0..4 {
        let node = usize::try_from(cluster.leader("t", partition).unwrap()).unwrap();
        by_node[node - 1] += cluster.records("t", partition).len();
    }
    assert_eq!(by_node.iter().sum::<usize>(), 10_000);
    assert!(by_node[1] * 4 < by_node[0], "{by_node:?}");
    assert!(by_node[1] > 0, "{by_node:?}");
}

/// A record that was put there before waits for a leader; those after it don't.
#[tokio::test(start_paused = true)]
async fn records_without_a_key_leave_a_partition_that_has_lost_its_leader() {
    let mut conf = Cluster::builder().nodes(2).network(Network::Memory);
    conf.replication_factor = Some(1);
    let cluster = conf.topic("t", 2).start().await.unwrap();
    let mut conf = BrokerConf::new("partitioning");
    conf.environment = Some(cluster.environment());
    let broker = Broker::dial(cluster.bootstrap(), conf).await.unwrap();
    let producer = broker.producer(ProducerConf::new()).unwrap();
    let stuck = producer.send(Record::to("t").value("x")).await.unwrap().partition;
    cluster.kill(cluster.leader("t", stuck).unwrap());
    let waiting = producer.enqueue(Record::to("t").value("x")).await.unwrap();
    tokio::time::sleep(Duration::from_secs(5)).await;
    for _ in 0..5 {
        let sending = producer.send(Record::to("t").value("x"));
        let receipt = tokio::time::timeout(Duration::from_secs(1), sending).await.unwrap().unwrap();
        assert_ne!(receipt.partition, stuck);
    }
    (1..=2).for_each(|node| cluster.revive(node).unwrap());
    assert_eq!(waiting.await.unwrap().partition, stuck);
}

/// With half of the nodes gone (and with them the only replicas of their partitions), what is available is less.
#[tokio::test(start_paused = true)]
async fn partitions_without_a_leader_are_not_available() {
    let mut conf = Cluster::builder().nodes(2).network(Network::Memory);
    conf.replication_factor = Some(1);
    let cluster = conf.topic("t", 10).start().await.unwrap();
    let mut conf = BrokerConf::new("partitioning");
    conf.environment = Some(cluster.environment());
    let broker = Broker::dial(cluster.bootstrap(), conf).await.unwrap();
    let led: Vec<i32> = (0..10).filter(|partition| cluster.leader("t", *partition) == Some(1)).collect();
    assert_eq!(led.len(), 5);
    cluster.kill(2);
    for partitioner in
        [Arc::new(RoundRobinPartitioner::new()) as Arc<dyn Partitioner>, Arc::new(RandomPartitioner::new())]
    {
        let mut conf = ProducerConf::new();
        conf.partitioner = Some(partitioner);
        let producer = broker.producer(conf).unwrap();
        for _ in 0..30 {
            let receipt = producer.send(Record::to("t").value("x")).await.unwrap();
            assert!(led.contains(&receipt.partition), "{receipt:?}");
        }
    }
}
