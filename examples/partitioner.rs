//! A partitioner of one's own, and those that are there: who goes where.
//!
//!     cargo run --example partitioner
#![expect(clippy::print_stdout, reason = "an example shows what it does")]

use std::sync::Arc;

use kafka_client::{
    DefaultPartitioner, HashPartitioner, KeyHash, Partitioner, ProducerConf, Record, Result,
    RoundRobinPartitioner, TopicPartitions,
};
use kafka_examples::{Outcome, Playground};

const TOPIC: &str = "example-partitioner";

/// The orders of one large customer have a partition of their own, so that they don't hold up the others'.
struct LargeCustomerApart;

impl Partitioner for LargeCustomerApart {
    fn partition(&self, record: &Record<'_>, topic: &TopicPartitions<'_>) -> Result<i32> {
        let others = topic.count() - 1;
        Ok(match record.key {
            _ if others < 1 => 0,
            Some(b"acme") => others,
            Some(key) => KeyHash::Murmur2.partition(key, others),
            // Without a key: where Kafka's own way sticks for now.
            None => topic.sticky(),
        })
    }
}

#[tokio::main]
async fn main() -> Outcome {
    let playground = Playground::open().await?;
    let broker = playground.with_topic(TOPIC, 4).await?;
    let ways: [(&str, Arc<dyn Partitioner>); 4] = [
        ("Kafka's own", Arc::new(DefaultPartitioner)),
        ("librdkafka's", Arc::new(HashPartitioner::consistent_random())),
        ("in turn", Arc::new(RoundRobinPartitioner::new())),
        ("one of our own", Arc::new(LargeCustomerApart)),
    ];
    for (name, partitioner) in ways {
        let mut conf = ProducerConf::new();
        conf.partitioner = Some(partitioner);
        let producer = broker.producer(conf)?;
        let mut places = Vec::new();
        for customer in ["acme", "bolt & co", "acme", "corner shop", "acme"] {
            let receipt = producer.send(Record::to(TOPIC).key(customer).value("an order")).await?;
            places.push(format!("{customer} → {}", receipt.partition));
        }
        println!("{name}: {}", places.join(", "));
    }
    broker.close().await;
    Ok(())
}
