//! All of it once: dial, produce, consume, commit, merge. With nothing installed but Rust:
//!
//!     cargo run --example quickstart
//!
//! With `KAFKA_BROKERS=host:port` the same happens on a real cluster.
#![expect(clippy::print_stdout, reason = "an example shows what it does")]

use kafka_client::{ConsumerConf, Message, OffsetCoordinatorConf, ProducerConf, Record, StartOffset, merge};
use kafka_examples::{Outcome, Playground};

const TOPIC: &str = "quickstart-fruits";

#[tokio::main]
async fn main() -> Outcome {
    let playground = Playground::open().await?;
    if playground.is_in_process() {
        println!("No KAFKA_BROKERS given: started a cluster of three nodes inside this process.");
    }
    let broker = playground.with_topic(TOPIC, 2).await?;
    println!(
        "Dialled {}: the cluster has {} nodes.",
        playground.brokers().join(", "),
        broker.metadata().await?.nodes.len()
    );

    // Where the two partitions end now: on a cluster that was used before, that is where reading begins.
    let ends = [broker.offset_latest(TOPIC, 0).await?, broker.offset_latest(TOPIC, 1).await?];

    let producer = broker.producer(ProducerConf::new())?;
    let mut fruits = [Message::value("apple"), Message::key_value("k", "pear"), Message::value("plum")];
    producer.produce(TOPIC, 0, &mut fruits).await?;
    for fruit in &fruits {
        println!("Produced {} to partition 0 at offset {}.", text(fruit), fruit.offset);
    }
    let receipt = producer.send(Record::to(TOPIC).partition(1).key("k").value("cherry")).await?;
    println!("Sent cherry to partition {} at offset {}.", receipt.partition, receipt.offset.unwrap_or(-1));

    let mut consumers = Vec::new();
    for (partition, end) in (0..).zip(ends) {
        let mut conf = ConsumerConf::new(TOPIC, partition);
        conf.start_offset = StartOffset::At(end);
        consumers.push(broker.consumer(conf).await?);
    }
    let first = consumers[0].consume().await?;
    println!(
        "Consumed {} from partition 0 at offset {}; {} more are behind it.",
        text(&first),
        first.offset,
        first.lag().unwrap_or(0)
    );

    let offsets = broker.offset_coordinator(OffsetCoordinatorConf::new("quickstart")).await?;
    offsets.commit(TOPIC, 0, first.offset + 1).await?;
    if let Some(committed) = offsets.offset(TOPIC, 0).await? {
        println!("Committed for the group quickstart: the next offset to read is {}.", committed.offset);
    }

    let mx = merge(consumers);
    for _ in 0..3 {
        let message = mx.consume().await?;
        println!(
            "Merged: {} from partition {} at offset {}.",
            text(&message),
            message.partition,
            message.offset
        );
    }
    mx.close();

    broker.close().await;
    println!("Closed. Every message was acknowledged before it was reported here.");
    Ok(())
}

fn text(message: &Message) -> String {
    String::from_utf8_lossy(message.value.as_deref().unwrap_or_default()).into_owned()
}
