//! Three nodes of real Apache Kafka under steady load, the next one killed as soon as all replicas are in sync again, six
//! times: nothing acknowledged is missing, nothing is there twice, each writer's order holds.

use std::collections::BTreeMap;
use std::time::Duration;

use kafka_client::{Broker, ConsumerConf, Delivery, KafkaProducer, ProducerConf, Record};
use kafka_test::apache::ApacheCluster;
use tokio::sync::watch;

use crate::{BOUND, dial, in_sync, led_by_others, on_three_nodes};

const TOPIC: &str = "load";
const PARTITIONS: i32 = 6;
const KILLS: usize = 6;

/// Four tasks write, three of them through one producer.
const TASKS: usize = 4;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn six_kills_in_a_row_lose_repeat_and_reorder_nothing() {
    on_three_nodes(BOUND * 3, kill_again_and_again).await;
}

async fn kill_again_and_again(cluster: &ApacheCluster) {
    let broker = dial(cluster, TOPIC, PARTITIONS).await;
    let (stop, stopping) = watch::channel(false);
    let shared = broker.producer(small_batches()).unwrap();
    let own = broker.producer(ProducerConf::new()).unwrap();
    let writing: Vec<_> = (0..TASKS)
        .map(|task| {
            let producer = if task == 0 { own.clone() } else { shared.clone() };
            tokio::spawn(write(producer, task, stopping.clone()))
        })
        .collect();

    let nodes: Vec<i32> = cluster.nodes().into_iter().map(|(node, _)| node).collect();
    for node in nodes.iter().cycle().take(KILLS) {
        in_sync(&broker, TOPIC).await;
        cluster.kill(*node).await.unwrap();
        led_by_others(&broker, TOPIC, *node).await;
        cluster.start_node(*node).await.unwrap();
    }
    in_sync(&broker, TOPIC).await;
    stop.send(true).unwrap();

    let mut written = BTreeMap::new();
    for (task, writing) in writing.into_iter().enumerate() {
        for (number, delivery) in (0_u64..).zip(writing.await.unwrap()) {
            let receipt = delivery.await.expect("every record had time enough");
            written.insert((task, number), receipt.partition);
        }
    }
    assert!(written.len() > 10_000, "{} records were written meanwhile", written.len());
    for partition in 0..PARTITIONS {
        check(&broker, partition, &written).await;
    }
    broker.close().await;
}

/// So that several are in flight to a partition.
fn small_batches() -> ProducerConf {
    let mut conf = ProducerConf::new();
    conf.batch_size = 512;
    conf
}

/// Writes 0, 1, 2 and so on, a thousand a second, until it is told to stop.
async fn write(producer: KafkaProducer, task: usize, stopping: watch::Receiver<bool>) -> Vec<Delivery> {
    let mut deliveries = Vec::new();
    let mut tick = tokio::time::interval(Duration::from_millis(10));
    while !*stopping.borrow() {
        tick.tick().await;
        for _ in 0..10 {
            let value = format!("{task}:{}", deliveries.len());
            let record = Record::to(TOPIC).value(&value).partition(deliveries.len() as i32 % PARTITIONS);
            deliveries.push(producer.enqueue(record).await.expect("there is room"));
        }
    }
    deliveries
}

/// Every record that was acknowledged in the partition is there once, each task's in the order of their numbers, and
/// there is no other.
async fn check(broker: &Broker, partition: i32, written: &BTreeMap<(usize, u64), i32>) {
    let end = broker.offset_latest(TOPIC, partition).await.unwrap();
    let mut consumer = broker.consumer(ConsumerConf::new(TOPIC, partition)).await.unwrap();
    let mut found: BTreeMap<usize, Vec<u64>> = BTreeMap::new();
    while consumer.position() < end {
        let batch = tokio::time::timeout(BOUND, consumer.consume_batch()).await.expect("it goes on").unwrap();
        for record in batch.iter() {
            let value = std::str::from_utf8(record.value().unwrap()).unwrap();
            let (task, number) = value.split_once(':').unwrap();
            found.entry(task.parse().unwrap()).or_default().push(number.parse().unwrap());
        }
    }
    for task in 0..TASKS {
        let acknowledged: Vec<u64> = written
            .iter()
            .filter(|((writer, _), place)| *writer == task && **place == partition)
            .map(|((_, number), _)| *number)
            .collect();
        let found = found.remove(&task).unwrap_or_default();
        assert!(found == acknowledged, "partition {partition}, task {task}: each once, in order");
    }
}
