//! Dial a cluster and write to it: an atomic batch, single records, headers, tombstones, a wrong record.
//!
//!     cargo run --example produce
#![expect(clippy::print_stdout, reason = "an example shows what it does")]

use std::time::Duration;

use kafka_client::{Compression, Message, ProducerConf, Record, RequiredAcks};
use kafka_examples::{Outcome, Playground};

const TOPIC: &str = "example-produce";

#[tokio::main]
async fn main() -> Outcome {
    let playground = Playground::open().await?;
    let broker = playground.with_topic(TOPIC, 3).await?;

    let mut conf = ProducerConf::new();
    conf.compression = Compression::Zstd;
    let producer = broker.producer(conf)?;

    // One atomic batch: all of it is written, or none. The offsets are filled in.
    let mut order = [
        Message::key_value("order-1", "2 apples").with_header("trace", "af31"),
        Message::key_value("order-1", "paid"),
        Message::tombstone("cart-1"),
    ];
    let first = producer.produce(TOPIC, 0, &mut order).await?;
    println!("an order of {} messages begins at offset {first:?}", order.len());

    // Single records are batched behind the scenes; the key decides the partition.
    let mut deliveries = Vec::new();
    for n in 0..1_000 {
        let (key, value) = (format!("user-{}", n % 10), format!("event {n}"));
        deliveries.push(producer.enqueue(Record::to(TOPIC).key(&key).value(&value)).await?);
    }
    let mut per_partition = [0; 3];
    for delivery in deliveries {
        per_partition[usize::try_from(delivery.await?.partition)?] += 1;
    }
    println!("1,000 records went to the partitions as {per_partition:?}");

    // Without acknowledgement nobody knows the offset, and nobody pretends to.
    let mut conf = ProducerConf::new();
    conf.required_acks = RequiredAcks::None;
    let careless = broker.producer(conf)?;
    println!("acks none: offset {:?}", careless.produce(TOPIC, 1, &mut [Message::value("maybe")]).await?);
    careless.close(Duration::from_secs(5)).await?;

    // What cannot work says why.
    if let Err(error) = producer.produce(TOPIC, 7, &mut [Message::value("where?")]).await {
        println!("a wrong partition: {error}");
    }

    producer.close(Duration::from_secs(30)).await?;
    broker.close().await;
    Ok(())
}
