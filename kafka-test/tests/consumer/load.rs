//! Slow nodes, slow applications, and a thousand partitions.

use std::collections::BTreeMap;
use std::time::Duration;

use kafka_client::{
    AssignedConsumerConf, BrokerConf, Consumer, ConsumerConf, Error, ErrorKind, Message, PartitionConsumer,
    Result, StartOffset, merge,
};
use kafka_proto::messages::ApiKey;
use kafka_test::cluster::Cluster;
use tokio::time::Instant;

use crate::{Setup, TOPIC, numbers, plain, text, within};

#[tokio::test(start_paused = true)]
async fn a_slow_node_holds_up_only_its_own_partitions() {
    let setup = Setup::of(Cluster::builder().nodes(2).topic(TOPIC, 2)).await;
    setup.cluster.move_leader(TOPIC, 0, 1);
    setup.cluster.move_leader(TOPIC, 1, 2);
    let mut consumer = setup.broker.assigned_consumer(AssignedConsumerConf::new()).unwrap();
    for partition in 0..2 {
        consumer.add((TOPIC, partition)).unwrap();
        setup.write(partition, numbers(0..1));
    }
    for _ in 0..2 {
        within(consumer.consume()).await.unwrap();
    }
    setup.cluster.slow_down(1, Duration::from_secs(4), None);
    let begin = Instant::now();
    for n in 1..50 {
        setup.write(0, numbers(n..n + 1));
        setup.write(1, numbers(n..n + 1));
        loop {
            let message = within(consumer.consume()).await.unwrap();
            if message.partition == 1 {
                assert_eq!(text(&message), n.to_string());
                break;
            }
        }
    }
    assert!(begin.elapsed() < Duration::from_secs(1), "the fast node's messages took {:?}", begin.elapsed());
    while consumer.position((TOPIC, 0)) != Some(50) {
        within(consumer.consume()).await.unwrap();
    }
}

#[tokio::test(start_paused = true)]
async fn an_application_that_is_slow_with_one_partition_holds_a_bounded_part_of_it_and_the_others_flow() {
    const VALUE: usize = 10_000;
    let setup = Setup::of(Cluster::builder().nodes(1).topic(TOPIC, 2)).await;
    let large = "x".repeat(VALUE);
    for _ in 0..200 {
        setup.append(plain(&[&large]), 0);
        setup.append(plain(&["small"]), 1);
    }
    let brought = std::sync::Arc::new(std::sync::atomic::AtomicUsize::new(0));
    let count = brought.clone();
    let mut conf = AssignedConsumerConf::new();
    conf.max_fetch_size = 100_000;
    conf.observer = Some(std::sync::Arc::new(move |fetch: &kafka_client::FetchExchange| {
        if fetch.partition == 0 {
            count.fetch_add(fetch.bytes, std::sync::atomic::Ordering::Relaxed);
        }
    }));
    let mut consumer = setup.broker.assigned_consumer(conf).unwrap();
    consumer.add((TOPIC, 0)).unwrap();
    consumer.add((TOPIC, 1)).unwrap();
    let mut slow = consumer.partition_stream((TOPIC, 0)).unwrap();
    for _ in 0..200 {
        assert_eq!(within(consumer.consume()).await.unwrap().partition, 1);
    }
    tokio::time::sleep(Duration::from_mins(5)).await;
    let held = brought.load(std::sync::atomic::Ordering::Relaxed);
    assert!(held <= 2 * 100_000 + VALUE, "{held} bytes of the partition that nobody reads were fetched");
    for n in 0..200 {
        assert_eq!(within(slow.consume()).await.unwrap().offset, n);
    }
}

/// What may be fetched ahead: far more than what may come on top, and far less than there is.
const LIMIT: usize = 12_000_000;
const PARTITIONS: i32 = 24;
const VALUE: usize = 100_000;
/// How many there are of each partition.
const VALUES: usize = 30;

/// An answer on each of the two connections to each node.
const fn on_top(nodes: usize) -> usize {
    nodes * 2 * (LIMIT / 8)
}

/// A broker handle with that limit, and a cluster of so many nodes with that many messages.
async fn plenty(nodes: i32) -> Setup {
    let mut conf = BrokerConf::new("test");
    conf.fetch_memory = LIMIT;
    let setup = Setup::with(Cluster::builder().nodes(nodes).topic(TOPIC, PARTITIONS), conf).await;
    let value = "x".repeat(VALUE);
    for partition in 0..PARTITIONS {
        (0..VALUES).for_each(|_| setup.append(plain(&[&value]), partition));
    }
    setup
}

#[tokio::test(start_paused = true)]
async fn fetch_memory_bounds_all_partitions_together() {
    let setup = plenty(1).await;
    let brought = std::sync::Arc::new(std::sync::atomic::AtomicUsize::new(0));
    let count = brought.clone();
    let mut conf = AssignedConsumerConf::new();
    conf.max_fetch_size = 1_000_000;
    conf.observer = Some(std::sync::Arc::new(move |fetch: &kafka_client::FetchExchange| {
        count.fetch_add(fetch.bytes, std::sync::atomic::Ordering::Relaxed);
    }));
    let mut consumer = setup.broker.assigned_consumer(conf).unwrap();
    for partition in 0..PARTITIONS {
        consumer.add((TOPIC, partition)).unwrap();
    }
    tokio::time::sleep(Duration::from_mins(5)).await;
    let held = brought.load(std::sync::atomic::Ordering::Relaxed);
    assert!(held <= LIMIT + on_top(1), "{held} bytes were fetched ahead");
    assert!(held >= LIMIT / 2, "{held} bytes: what may be held is");
    for _ in 0..PARTITIONS as usize * VALUES {
        within(consumer.consume()).await.unwrap();
    }
}

/// Every partition is looked at for the first message; not all of them are fetched beyond the limit for it.
#[tokio::test(start_paused = true)]
async fn fetch_memory_bounds_a_consumer_that_has_waited_for_all_its_partitions() {
    let setup = plenty(1).await;
    let brought = std::sync::Arc::new(std::sync::atomic::AtomicUsize::new(0));
    let count = brought.clone();
    let mut conf = AssignedConsumerConf::new();
    conf.observer = Some(std::sync::Arc::new(move |fetch: &kafka_client::FetchExchange| {
        count.fetch_add(fetch.bytes, std::sync::atomic::Ordering::Relaxed);
    }));
    let mut consumer = setup.broker.assigned_consumer(conf).unwrap();
    for partition in 0..PARTITIONS {
        consumer.add((TOPIC, partition)).unwrap();
    }
    within(consumer.consume()).await.unwrap();
    tokio::time::sleep(Duration::from_mins(5)).await;
    let held = brought.load(std::sync::atomic::Ordering::Relaxed);
    assert!(held <= LIMIT + on_top(1), "{held} bytes were fetched ahead");
    for _ in 1..PARTITIONS as usize * VALUES {
        within(consumer.consume()).await.unwrap();
    }
}

/// Consumers of one partition each, merged: they wait together, as those of one consumer do, and on each node.
#[tokio::test(start_paused = true)]
async fn fetch_memory_bounds_consumers_that_are_merged() {
    let setup = plenty(2).await;
    let brought = std::sync::Arc::new(std::sync::atomic::AtomicUsize::new(0));
    let mut consumers = Vec::new();
    for partition in 0..PARTITIONS {
        let count = brought.clone();
        let mut conf = ConsumerConf::new(TOPIC, partition);
        // Nothing is fetched before the application waits.
        conf.start_offset = StartOffset::At(0);
        conf.observer = Some(std::sync::Arc::new(move |fetch: &kafka_client::FetchExchange| {
            count.fetch_add(fetch.bytes, std::sync::atomic::Ordering::Relaxed);
        }));
        consumers.push(setup.broker.consumer(conf).await.unwrap());
    }
    let mx = merge(consumers);
    for taken in 0..PARTITIONS as usize * VALUES {
        within(mx.consume()).await.unwrap();
        if taken % 100 == 30 {
            tokio::time::sleep(Duration::from_mins(1)).await;
            let held = brought.load(std::sync::atomic::Ordering::Relaxed).saturating_sub(taken * VALUE);
            // What a consumer has unpacked, a message each, does not count any more.
            let most = LIMIT + on_top(2) + PARTITIONS as usize * VALUE;
            assert!(held <= most, "{held} bytes were fetched ahead of message {taken}");
        }
    }
}

/// One that holds all of `fetch_memory` and is never read, and two on nodes of their own.
async fn merged_beside_an_idle_one() -> (Setup, PartitionConsumer, [PartitionConsumer; 2]) {
    const LIMIT: usize = 300_000;
    let mut conf = BrokerConf::new("test");
    conf.fetch_memory = LIMIT;
    let setup = Setup::with(Cluster::builder().nodes(2).topic(TOPIC, 3), conf).await;
    for (partition, node) in [(0, 1), (1, 2), (2, 1)] {
        setup.cluster.move_leader(TOPIC, partition, node);
    }
    let large = "x".repeat(10_000);
    for _ in 0..50 {
        setup.append(plain(&[&large]), 2);
    }
    let brought = std::sync::Arc::new(std::sync::atomic::AtomicUsize::new(0));
    let count = brought.clone();
    let mut conf = ConsumerConf::new(TOPIC, 2);
    conf.observer = Some(std::sync::Arc::new(move |fetch: &kafka_client::FetchExchange| {
        count.fetch_add(fetch.bytes, std::sync::atomic::Ordering::Relaxed);
    }));
    let idle = setup.broker.consumer(conf).await.unwrap();
    tokio::time::sleep(Duration::from_secs(5)).await;
    assert!(brought.load(std::sync::atomic::Ordering::Relaxed) >= LIMIT);
    let both = [setup.consumer(0).await, setup.consumer(1).await];
    (setup, idle, both)
}

#[tokio::test(start_paused = true)]
async fn merged_consumers_are_fetched_on_every_node_while_another_one_holds_the_memory() {
    let (setup, _idle, both) = merged_beside_an_idle_one().await;
    let mx = merge(both);
    for n in 0..5 {
        for partition in 0..2 {
            setup.write(partition, numbers(n..n + 1));
            // It arrives, and the other one's node is not asked any more.
            tokio::time::sleep(Duration::from_secs(2)).await;
            let message = within(mx.consume()).await.unwrap();
            assert_eq!((message.partition, text(&message)), (partition, n.to_string()));
            assert!(tokio::time::timeout(Duration::from_secs(1), mx.consume()).await.is_err());
        }
    }
}

/// Takes a message, and leaves its multiplexer without a word of it.
struct Leaving(PartitionConsumer);

#[async_trait::async_trait]
impl Consumer for Leaving {
    async fn consume(&mut self) -> Result<Message> {
        self.0.consume().await?;
        Err(Error::new(ErrorKind::NoData, "it has left"))
    }

    fn try_consume(&mut self) -> Result<Option<Message>> {
        match self.0.try_consume()? {
            Some(_) => Err(Error::new(ErrorKind::NoData, "it has left")),
            None => Ok(None),
        }
    }
}

#[tokio::test(start_paused = true)]
async fn what_a_merged_consumer_brought_that_has_left_leaves_no_other_one_unfetched() {
    let (setup, _idle, [first, second]) = merged_beside_an_idle_one().await;
    let members: [Box<dyn Consumer>; 2] = [Box::new(Leaving(first)), Box::new(second)];
    let mx = merge(members);
    assert!(tokio::time::timeout(Duration::from_secs(1), mx.consume()).await.is_err());
    setup.write(0, numbers(0..1));
    assert!(tokio::time::timeout(Duration::from_secs(1), mx.consume()).await.is_err());
    assert_eq!(mx.workers(), 1);
    setup.write(1, numbers(1..2));
    assert_eq!(text(&within(mx.consume()).await.unwrap()), "1");
}

/// The node holds an idle consumer's fetches for half a second; who comes meanwhile is served as soon as anybody.
#[tokio::test(start_paused = true)]
async fn a_partition_that_comes_during_a_long_poll_waits_no_longer_than_its_request_timeout() {
    let setup = Setup::of(Cluster::builder().nodes(1).topic(TOPIC, 2)).await;
    let mut consumer = setup.broker.assigned_consumer(AssignedConsumerConf::new()).unwrap();
    consumer.add((TOPIC, 0)).unwrap();
    assert!(tokio::time::timeout(Duration::from_secs(5), consumer.consume()).await.is_err());
    for _ in 0..10 {
        consumer.add((TOPIC, 1)).unwrap();
        // It comes up empty at first.
        assert!(tokio::time::timeout(Duration::from_millis(20), consumer.consume()).await.is_err());
        setup.write(1, numbers(0..1));
        let began = Instant::now();
        within(consumer.consume()).await.unwrap();
        assert!(began.elapsed() <= Duration::from_millis(60), "{:?}", began.elapsed());
        consumer.remove((TOPIC, 1));
        setup.cluster.truncate(TOPIC, 1, 0);
        assert!(tokio::time::timeout(Duration::from_millis(1_730), consumer.consume()).await.is_err());
    }
}

#[tokio::test(start_paused = true)]
async fn a_thousand_partitions_survive_a_node_that_dies_and_returns() {
    const PARTITIONS: i32 = 1_000;
    let setup = Setup::of(Cluster::builder().nodes(3).topic(TOPIC, PARTITIONS)).await;
    let mut consumer = setup.broker.assigned_consumer(AssignedConsumerConf::new()).unwrap();
    for partition in 0..PARTITIONS {
        consumer.add((TOPIC, partition)).unwrap();
    }
    let mut next: BTreeMap<i32, i64> = BTreeMap::new();
    for round in 0..6 {
        match round {
            1 => setup.cluster.kill(2),
            3 => setup.cluster.revive(2).unwrap(),
            4 => (0..PARTITIONS).for_each(|partition| {
                setup.cluster.elect_preferred_leader(TOPIC, partition);
            }),
            _ => {}
        }
        for partition in 0..PARTITIONS {
            setup.write(partition, numbers(round..round + 1));
        }
        for _ in 0..PARTITIONS {
            let message = within(consumer.consume()).await.unwrap();
            let next = next.entry(message.partition).or_default();
            assert_eq!((message.offset, text(&message)), (*next, next.to_string()));
            *next += 1;
        }
        assert!(next.len() == PARTITIONS as usize && next.values().all(|next| *next == round as i64 + 1));
    }
}

#[tokio::test(start_paused = true)]
async fn a_thousand_idle_partitions_are_two_requests_a_second_to_each_node_and_still_served_at_once() {
    let setup = Setup::of(Cluster::builder().nodes(3).topic(TOPIC, 1_000)).await;
    let mut consumer = setup.broker.assigned_consumer(AssignedConsumerConf::new()).unwrap();
    for partition in 0..1_000 {
        consumer.add((TOPIC, partition)).unwrap();
    }
    let idle = tokio::time::timeout(Duration::from_secs(5), consumer.consume()).await;
    assert!(idle.is_err());
    let before = setup.cluster.requests(ApiKey::Fetch);
    let idle = tokio::time::timeout(Duration::from_secs(10), consumer.consume()).await;
    assert!(idle.is_err());
    let asked = setup.cluster.requests(ApiKey::Fetch) - before;
    assert!((57..=63).contains(&asked), "{asked} requests in 10 s to three nodes");
    let begin = Instant::now();
    for n in 0..20 {
        setup.write(n, numbers(0..1));
        assert_eq!(within(consumer.consume()).await.unwrap().partition, n);
    }
    assert!(begin.elapsed() < Duration::from_millis(100), "{:?}", begin.elapsed());
}

#[tokio::test(start_paused = true)]
async fn who_waits_for_more_than_a_byte_is_not_held_longer_than_asked() {
    let setup = Setup::of(Cluster::builder().nodes(1).topic(TOPIC, 1)).await;
    let _consumer = setup.with_conf(|conf| conf.min_fetch_size = 2).await;
    tokio::time::sleep(Duration::from_secs(1)).await;
    let before = setup.cluster.requests(ApiKey::Fetch);
    tokio::time::sleep(Duration::from_secs(10)).await;
    let asked = setup.cluster.requests(ApiKey::Fetch) - before;
    assert!((190..=210).contains(&asked), "{asked} requests in 10 s of long polls of 50 ms");
}
