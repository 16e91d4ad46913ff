//! A producer for programs without async code: each call returns when the broker has answered.
//!
//!     cargo run --example sync_like
#![expect(clippy::print_stdout, reason = "an example shows what it does")]

use std::time::Duration;

use kafka_client::{KafkaProducer, ProducerConf, Receipt, Record, Result};
use kafka_examples::{Outcome, Playground};
use tokio::runtime::Runtime;

const TOPIC: &str = "example-sync-like";

/// The producer, and the runtime that it works on.
struct SyncProducer {
    producer: KafkaProducer,
    runtime: Runtime,
}

impl SyncProducer {
    /// Sends a record and waits until it is acknowledged.
    fn send(&self, record: Record<'_>) -> Result<Receipt> {
        self.runtime.block_on(self.producer.send(record))
    }

    /// Sends many, and waits for all; the results are in their order. Much faster than one after the other: they share
    /// batches, requests and the wait.
    fn send_all(&self, records: &[Record<'_>]) -> Vec<Result<Receipt>> {
        self.runtime.block_on(self.producer.send_all(records))
    }

    fn close(self) -> Result<()> {
        self.runtime.block_on(self.producer.close(Duration::from_secs(10)))
    }
}

fn main() -> Outcome {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build()?;
    let (playground, producer) = runtime.block_on(async {
        let playground = Playground::open().await?;
        let broker = playground.with_topic(TOPIC, 3).await?;
        // Acks of all replicas, and retries that write nothing twice, are the defaults.
        Outcome::Ok((playground, broker.producer(ProducerConf::new())?))
    })?;
    let producer = SyncProducer { producer, runtime };

    let receipt = producer.send(Record::to(TOPIC).key("k").value("plum"))?;
    println!("plum is in partition {} at offset {:?}", receipt.partition, receipt.offset);

    let values: Vec<String> = (0..10).map(|n| format!("cherry {n}")).collect();
    let mut records: Vec<_> = values.iter().map(|value| Record::to(TOPIC).key("k").value(value)).collect();
    records[5].partition = Some(99);
    for (value, result) in values.iter().zip(producer.send_all(&records)) {
        match result {
            Ok(receipt) => println!("{value}: partition {}, offset {:?}", receipt.partition, receipt.offset),
            Err(error) => println!("{value} failed, and it alone: {error}"),
        }
    }

    producer.close()?;
    drop(playground);
    Ok(())
}
