//! Consumers of two clusters, merged.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::time::Duration;

use kafka_client::{
    AssignedConsumerConf, BrokerConf, Consumer, ConsumerConf, ErrorKind, FetchExchange, StartOffset, merge,
};
use kafka_test::cluster::Cluster;

use crate::{Setup, TOPIC, plain, within};

/// A cluster whose messages say where they are from.
async fn at(place: &str) -> Setup {
    let setup = Setup::new().await;
    for partition in 0..4 {
        setup.write(partition, (0..30).map(|n| format!("{place} {partition} {n}")));
    }
    setup
}

#[tokio::test(start_paused = true)]
async fn consumers_of_two_clusters_are_one_and_each_partition_keeps_its_order() {
    let places = [at("here").await, at("there").await];
    let mut consumers: Vec<Box<dyn Consumer>> = Vec::new();
    for place in &places {
        let any = place.broker.assigned_consumer(AssignedConsumerConf::new()).unwrap();
        for partition in 0..3 {
            any.add((TOPIC, partition)).unwrap();
        }
        consumers.push(Box::new(any));
        consumers.push(Box::new(place.consumer(3).await));
    }
    let mx = merge(consumers);
    let mut read: BTreeMap<String, i64> = BTreeMap::new();
    for _ in 0..2 * 4 * 30 {
        let message = within(mx.consume()).await.unwrap();
        let value = crate::text(&message);
        let (from, n) = value.rsplit_once(' ').unwrap();
        assert!(from.ends_with(&format!(" {}", message.partition)), "{value}");
        let next = read.entry(from.to_owned()).or_default();
        assert_eq!((n.parse(), message.offset), (Ok(*next), *next), "{value}");
        *next += 1;
    }
    assert!(read.len() == 8 && read.values().all(|next| *next == 30), "{read:?}");

    // One cluster is left: its consumers say so once each, and the other one's go on.
    places[0].broker.close().await;
    for _ in 0..2 {
        assert_eq!(within(mx.consume()).await.unwrap_err().kind(), ErrorKind::Closed);
    }
    places[1].write(0, ["there 0 30".to_owned()]);
    assert_eq!(crate::text(&within(mx.consume()).await.unwrap()), "there 0 30");
    places[1].broker.close().await;
    let ends: Vec<_> = [within(mx.consume()).await, within(mx.consume()).await, within(mx.consume()).await]
        .map(|end| end.unwrap_err().kind())
        .into();
    assert_eq!(ends, [ErrorKind::Closed, ErrorKind::Closed, ErrorKind::MxClosed]);
}

/// A broker handle with its limit, and how much was fetched through it.
struct Limited {
    setup: Setup,
    limit: usize,
    brought: Arc<AtomicUsize>,
}

impl Limited {
    /// An answer on each of the two connections to each of the two nodes may come on top, of an eighth of the limit, or a
    /// mebibyte if that is more; and what a consumer has unpacked, a message each, does not count any more.
    fn most(&self) -> usize {
        self.limit + 4 * (self.limit / 8).max(1 << 20) + PARTITIONS as usize * VALUE
    }
}

const PARTITIONS: i32 = 12;
const VALUE: usize = 100_000;
const VALUES: usize = 20;

async fn limited(limit: usize) -> Limited {
    let mut conf = BrokerConf::new("test");
    conf.fetch_memory = limit;
    let setup = Setup::with(Cluster::builder().nodes(2).topic(TOPIC, PARTITIONS), conf).await;
    let value = "x".repeat(VALUE);
    for partition in 0..PARTITIONS {
        (0..VALUES).for_each(|_| setup.append(plain(&[&value]), partition));
    }
    Limited { setup, limit, brought: Arc::default() }
}

/// Each stays within its own limit, whatever the other one's is, and what is beyond it comes all the same.
#[tokio::test(start_paused = true)]
async fn brokers_that_are_merged_keep_their_own_fetch_memory() {
    let brokers = [limited(4_000_000).await, limited(12_000_000).await];
    let mut consumers = Vec::new();
    for broker in &brokers {
        for partition in 0..PARTITIONS {
            let count = broker.brought.clone();
            let mut conf = ConsumerConf::new(TOPIC, partition);
            conf.start_offset = StartOffset::At(0);
            conf.max_fetch_size = 1_000_000;
            conf.observer = Some(Arc::new(move |fetch: &FetchExchange| {
                count.fetch_add(fetch.bytes, Relaxed);
            }));
            consumers.push((broker.limit, broker.setup.broker.consumer(conf).await.unwrap()));
        }
    }
    // The brokers in turn.
    consumers.sort_by_key(|(_, consumer)| consumer.partition().partition);
    let mx = merge(consumers.into_iter().map(|(_, consumer)| consumer));
    let mut taken = 0;
    for n in 0..brokers.len() * PARTITIONS as usize * VALUES {
        within(mx.consume()).await.unwrap();
        taken += VALUE;
        if n % 40 == 3 {
            tokio::time::sleep(Duration::from_mins(1)).await;
            let held = brokers.each_ref().map(|broker| broker.brought.load(Relaxed));
            if n == 3 {
                for (broker, held) in brokers.iter().zip(held) {
                    assert!(held <= broker.most(), "{held} of {}", broker.limit);
                }
                assert!(held[1] > brokers[0].most(), "{held:?}: the limits are not shared");
            }
            let most: usize = brokers.iter().map(Limited::most).sum();
            assert!(held.iter().sum::<usize>() - taken <= most, "{held:?} at message {n}");
        }
    }
}
