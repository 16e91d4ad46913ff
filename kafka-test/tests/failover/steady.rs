//! Three nodes of real Apache Kafka, one of them killed under a steady produce and consume: every acknowledged message
//! is consumed once and in order, and no call fails that had time left.

use kafka_client::{Broker, ConsumerConf, KafkaProducer, Message, ProducerConf, Record};
use kafka_test::apache::ApacheCluster;
use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::{BOUND, dial, in_sync, on_three_nodes};

const TOPIC: &str = "steady";
const PARTITIONS: i32 = 3;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_killed_node_loses_repeats_and_reorders_nothing() {
    on_three_nodes(BOUND * 2, kill_under_load).await;
}

async fn kill_under_load(cluster: &ApacheCluster) {
    let broker = dial(cluster, TOPIC, PARTITIONS).await;
    let (stop, stopping) = watch::channel(false);
    let lanes: Vec<_> = (0..PARTITIONS).map(|partition| Lane::start(&broker, partition, &stopping)).collect();

    // One round for each node: it is killed while its messages flow, the others take over, it comes back.
    for (node, _) in cluster.nodes() {
        progress(&lanes, 200).await;
        cluster.kill(node).await.unwrap();
        progress(&lanes, 200).await;
        cluster.start_node(node).await.unwrap();
        in_sync(&broker, TOPIC).await;
    }

    stop.send(true).unwrap();
    for lane in lanes {
        lane.finish(&broker).await;
    }
    broker.close().await;
}

/// A partition with its writer and its reader.
struct Lane {
    partition: i32,
    acknowledged: watch::Receiver<i64>,
    writing: JoinHandle<i64>,
    reading: JoinHandle<Vec<i64>>,
    written: watch::Sender<Option<i64>>,
}

impl Lane {
    fn start(broker: &Broker, partition: i32, stopping: &watch::Receiver<bool>) -> Self {
        let (report, acknowledged) = watch::channel(0);
        let producer = broker.producer(ProducerConf::new()).unwrap();
        let writing = tokio::spawn(write(producer, partition, report, stopping.clone()));
        let (written, end) = watch::channel(None);
        let reading = tokio::spawn(read(broker.clone(), partition, end));
        Self { partition, acknowledged, writing, reading, written }
    }

    async fn finish(self, broker: &Broker) {
        let count = self.writing.await.expect("no call failed that had time left");
        self.written.send(Some(count)).unwrap();
        let read = self.reading.await.expect("no call failed that had time left");
        assert_eq!(read, (0..count).collect::<Vec<_>>(), "partition {}: each once, in order", self.partition);
        let end = broker.offset_latest(TOPIC, self.partition).await.unwrap();
        assert_eq!(end, count, "partition {}: nothing is in the log twice", self.partition);
    }
}

/// Writes 0, 1, 2 and so on, single records and atomic batches in turn, and returns how many were acknowledged.
async fn write(
    producer: KafkaProducer,
    partition: i32,
    acknowledged: watch::Sender<i64>,
    stopping: watch::Receiver<bool>,
) -> i64 {
    let mut next = 0;
    while !*stopping.borrow() {
        let mut deliveries = Vec::new();
        for _ in 0..10 {
            let value = next.to_string();
            let record = Record::to(TOPIC).partition(partition).value(&value);
            deliveries.push(producer.enqueue(record).await.unwrap());
            next += 1;
        }
        for delivery in deliveries {
            delivery.await.unwrap();
        }
        let mut batch: Vec<_> = (next..next + 5).map(|n: i64| Message::value(n.to_string())).collect();
        producer.produce(TOPIC, partition, &mut batch).await.unwrap();
        next += 5;
        acknowledged.send_replace(next);
    }
    next
}

/// Reads until as many came as were written.
async fn read(broker: Broker, partition: i32, mut end: watch::Receiver<Option<i64>>) -> Vec<i64> {
    let mut consumer = broker.consumer(ConsumerConf::new(TOPIC, partition)).await.unwrap();
    let mut seen = Vec::new();
    loop {
        if end.borrow_and_update().is_some_and(|end| seen.len() as i64 >= end) {
            return seen;
        }
        tokio::select! {
            biased;
            message = consumer.consume() => {
                let message = message.unwrap();
                let number = std::str::from_utf8(message.value.as_deref().unwrap()).unwrap().parse().unwrap();
                assert_eq!(message.offset, number, "what was acknowledged at an offset is read there");
                seen.push(number);
            }
            changed = end.changed() => changed.unwrap(),
        }
    }
}

/// Waits until every partition has `more` messages acknowledged than now.
async fn progress(lanes: &[Lane], more: i64) {
    let goals: Vec<_> = lanes.iter().map(|lane| *lane.acknowledged.borrow() + more).collect();
    let reached = async {
        for (lane, goal) in lanes.iter().zip(goals) {
            lane.acknowledged.clone().wait_for(|count| *count >= goal).await.expect("writing goes on");
        }
    };
    tokio::time::timeout(BOUND, reached).await.expect("writing goes on");
}
