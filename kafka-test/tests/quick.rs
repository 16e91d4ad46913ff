//! A whole test takes no time to speak of. It has this file for itself, so that no other test runs beside it.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::fs;
use std::time::{Duration, Instant};

use kafka_client::{Broker, BrokerConf, ConsumerConf, ProducerConf, Record};
use kafka_test::cluster::{Cluster, Network};

/// Produce, fail over, consume; what a user's own test would do.
async fn produce_fail_over_consume() {
    let cluster = Cluster::builder().nodes(3).topic("t", 3).network(Network::Memory).start().await.unwrap();
    let mut conf = BrokerConf::new("quick");
    conf.environment = Some(cluster.environment());
    let broker = Broker::dial(cluster.bootstrap(), conf).await.unwrap();
    let producer = broker.producer(ProducerConf::new()).unwrap();
    for round in 0..2 {
        let sendings: Vec<_> = (0..30)
            .map(|number| {
                let value = (round * 30 + number).to_string();
                producer.send(Record::to("t").partition(number % 3).value(&value))
            })
            .collect();
        cluster.kill(cluster.leader("t", round).unwrap());
        for sending in sendings {
            sending.await.unwrap();
        }
        cluster.heal();
    }
    for partition in 0..3 {
        let mut consumer = broker.consumer(ConsumerConf::new("t", partition)).await.unwrap();
        for nth in 0..20 {
            let value = consumer.consume().await.unwrap().value.unwrap();
            assert_eq!(value, (nth * 3 + partition).to_string());
        }
    }
    broker.close().await;
}

/// For how long this thread has been on a processor: what the wall clock would have measured on an idle machine, as
/// nothing here waits for anything but the paused clock. `None` where the system does not tell.
fn on_cpu() -> Option<Duration> {
    let stat = fs::read_to_string("/proc/thread-self/schedstat").ok()?;
    Some(Duration::from_nanos(stat.split(' ').next()?.parse().ok()?))
}

#[test]
fn a_test_with_a_fail_over_takes_less_than_50_ms() {
    let run = || {
        let runtime =
            tokio::runtime::Builder::new_current_thread().enable_all().start_paused(true).build().unwrap();
        let (begin, before) = (Instant::now(), on_cpu());
        runtime.block_on(produce_fail_over_consume());
        let busy = on_cpu().zip(before).map(|(after, before)| after.saturating_sub(before));
        busy.map_or(begin.elapsed(), |busy| busy.min(begin.elapsed()))
    };
    // The best of several, as a busy machine has cold caches. It is 20 ms without optimisation.
    let fastest = (0..10).map(|_| run()).min().unwrap();
    assert!(fastest < Duration::from_millis(50), "{fastest:?}");
}
