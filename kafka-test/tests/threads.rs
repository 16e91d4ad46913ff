//! Handles used from several threads at once.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use kafka_client::{
    AssignedConsumerConf, Broker, BrokerConf, ConsumerConf, Message, ProducerConf, Record, ReportConf,
    ReportingProducer, StartOffset, WhenFull,
};
use kafka_test::cluster::Cluster;

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_new_producer_is_open_whatever_runs_first() {
    let cluster = Cluster::builder().topic("t", 1).start().await.unwrap();
    let broker = Broker::dial(cluster.bootstrap(), BrokerConf::new("threads")).await.unwrap();
    for _ in 0..200 {
        let producer = broker.producer(ProducerConf::new()).unwrap();
        producer.produce("t", 0, &mut [Message::value("x")]).await.unwrap();
    }
    assert_eq!(cluster.records("t", 0).len(), 200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_record_that_comes_while_the_sender_falls_asleep_goes_all_the_same() {
    let cluster = Cluster::builder().topic("t", 1).start().await.unwrap();
    let broker = Broker::dial(cluster.bootstrap(), BrokerConf::new("threads")).await.unwrap();
    let producer = broker.producer(ProducerConf::new()).unwrap();
    for _ in 0..5_000 {
        let sending = producer.send(Record::to("t").value("x"));
        tokio::time::timeout(Duration::from_secs(20), sending).await.unwrap().unwrap();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn every_record_of_every_task_is_reported_once() {
    const TASKS: usize = 6;
    const EACH: usize = 3_000;
    let cluster = Cluster::builder().nodes(2).topic("t", 4).start().await.unwrap();
    let broker = Broker::dial(cluster.bootstrap(), BrokerConf::new("threads")).await.unwrap();
    for when_full in [WhenFull::Wait, WhenFull::DropOldest] {
        let mut conf = ReportConf::new();
        (conf.capacity, conf.when_full) = (1_000, when_full);
        let producer = broker.producer(ProducerConf::new()).unwrap();
        let (producer, mut reports) = ReportingProducer::new(producer, conf).unwrap();
        let writing = (0..TASKS).map(|task| {
            let producer = producer.clone();
            tokio::spawn(async move {
                for n in 0..EACH {
                    producer.enqueue(Record::to("t").value("x"), task * EACH + n).await.unwrap();
                }
            })
        });
        let writing: Vec<_> = writing.collect();
        drop(producer);
        let mut seen = vec![false; TASKS * EACH];
        let mut count = 0;
        let reading = async {
            while let Some(report) = reports.recv().await {
                report.result.unwrap();
                assert!(!std::mem::replace(&mut seen[report.tag], true), "{} twice", report.tag);
                count += 1;
            }
        };
        tokio::time::timeout(Duration::from_secs(60), reading).await.unwrap();
        assert_eq!(count + reports.missed(), (TASKS * EACH) as u64, "{when_full:?}");
        assert!(when_full != WhenFull::Wait || reports.missed() == 0);
        for task in writing {
            task.await.unwrap();
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn tasks_that_share_a_producer_lose_and_repeat_nothing() {
    const TASKS: usize = 8;
    const EACH: usize = 2_000;
    let cluster = Cluster::builder().nodes(3).topic("t", 4).start().await.unwrap();
    let broker = Broker::dial(cluster.bootstrap(), BrokerConf::new("threads")).await.unwrap();
    let producer = broker.producer(ProducerConf::new()).unwrap();
    let tasks: Vec<_> = (0..TASKS)
        .map(|task| {
            let producer = producer.clone();
            tokio::spawn(async move {
                let mut deliveries = Vec::new();
                for n in 0..EACH {
                    let value = format!("{task}/{n}");
                    deliveries.push(producer.enqueue(Record::to("t").value(&value)).await.unwrap());
                }
                for delivery in deliveries {
                    delivery.await.unwrap();
                }
            })
        })
        .collect();
    for task in tasks {
        task.await.unwrap();
    }

    // Read by four tasks while the log tells how much there is.
    let mut readers = Vec::new();
    for partition in 0..4 {
        let count = cluster.records("t", partition).len();
        let mut consumer = broker.consumer(ConsumerConf::new("t", partition)).await.unwrap();
        readers.push(tokio::spawn(async move {
            let mut values = Vec::new();
            while values.len() < count {
                values.push(
                    String::from_utf8(consumer.consume().await.unwrap().value.unwrap().to_vec()).unwrap(),
                );
            }
            values
        }));
    }
    let mut all = Vec::new();
    for reader in readers {
        all.extend(reader.await.unwrap());
    }
    all.sort_unstable();
    let mut expected: Vec<_> =
        (0..TASKS).flat_map(|task| (0..EACH).map(move |n| format!("{task}/{n}"))).collect();
    expected.sort_unstable();
    assert_eq!(all, expected);
}

/// Whoever commits a position must not pass over messages that nobody has seen.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn the_position_of_a_stream_is_never_ahead_of_what_it_handed_out() {
    const ROUNDS: u64 = 100;
    let cluster = Cluster::builder().topic("t", 1).start().await.unwrap();
    let broker = Broker::dial(cluster.bootstrap(), BrokerConf::new("threads")).await.unwrap();
    let mut messages = vec![Message::value("x"); 1_000];
    broker.producer(ProducerConf::new()).unwrap().produce("t", 0, &mut messages).await.unwrap();
    let mut consumer = broker.assigned_consumer(AssignedConsumerConf::new()).unwrap();
    consumer.add(("t", 0)).unwrap();
    let mut stream = consumer.partition_stream(("t", 0)).unwrap();
    let (go, mut gone) = tokio::sync::mpsc::channel::<()>(1);
    let rounds = Arc::new(AtomicU64::new(0));
    let reading = tokio::spawn({
        let rounds = rounds.clone();
        async move {
            while gone.recv().await.is_some() {
                assert_eq!(stream.consume().await.unwrap().offset, 0);
                rounds.fetch_add(1, Ordering::SeqCst);
            }
        }
    });
    let ends = Instant::now() + Duration::from_secs(60);
    for round in 0..ROUNDS {
        consumer.seek(("t", 0), StartOffset::At(0)).unwrap();
        go.send(()).await.unwrap();
        while rounds.load(Ordering::SeqCst) == round {
            let position = consumer.position(("t", 0));
            assert!(position <= Some(1), "{position:?} in round {round}");
            assert!(Instant::now() < ends, "it hangs in round {round}");
        }
    }
    drop(go);
    reading.await.unwrap();
}
