//! Read two clusters as one: consumers of any kind and any broker are merged, and each keeps its order.
//!
//!     cargo run --example merge_clusters
#![expect(clippy::print_stdout, reason = "an example shows what it does")]

use kafka_client::{AssignedConsumerConf, Broker, ErrorKind, Message, ProducerConf, merge};
use kafka_examples::{Outcome, Playground};

const TOPIC: &str = "example-merge-clusters";
const PARTITIONS: i32 = 2;

#[tokio::main]
async fn main() -> Outcome {
    // With KAFKA_BROKERS both are the same one; each message is read twice then.
    let (europe, asia) = (Playground::open().await?, Playground::open().await?);
    let brokers = [europe.with_topic(TOPIC, PARTITIONS).await?, asia.with_topic(TOPIC, PARTITIONS).await?];

    let mut consumers = Vec::new();
    for (broker, place) in brokers.iter().zip(["Europe", "Asia"]) {
        write(broker, place).await?;
        let mut conf = AssignedConsumerConf::new();
        // A cluster that has nothing more leaves the merge, and the last one ends it.
        conf.retry_limit = Some(5);
        let consumer = broker.assigned_consumer(conf)?;
        for partition in 0..PARTITIONS {
            consumer.add((TOPIC, partition))?;
        }
        consumers.push(consumer);
    }

    let merged = merge(consumers);
    let (mut messages, mut errors) = (0, 0);
    loop {
        match merged.consume().await {
            Ok(message) => {
                messages += 1;
                println!("{} at {}: {:?}", message.partition, message.offset, message.value);
            }
            Err(error) if error.kind() == ErrorKind::MxClosed => break,
            // One partition's trouble: the others go on, and so does it once a retry mends it.
            Err(error) => {
                errors += 1;
                println!("{error}");
            }
        }
    }
    println!("{messages} messages, {errors} errors");
    for broker in brokers {
        broker.close().await;
    }
    Ok(())
}

async fn write(broker: &Broker, place: &str) -> kafka_client::Result<()> {
    let producer = broker.producer(ProducerConf::new())?;
    for partition in 0..PARTITIONS {
        let mut messages: Vec<_> = (0..3).map(|n| Message::value(format!("{n} from {place}"))).collect();
        producer.produce(TOPIC, partition, &mut messages).await?;
    }
    Ok(())
}
