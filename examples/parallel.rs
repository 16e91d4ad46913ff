//! Handle partitions in parallel, each in its order: a task for each, with a slow one that holds nobody up.
//!
//!     cargo run --example parallel
#![expect(clippy::print_stdout, reason = "an example shows what it does")]

use std::time::{Duration, Instant};

use kafka_client::{AssignedConsumerConf, ErrorKind, PartitionStream, ProducerConf, Record};
use kafka_examples::{Outcome, Playground};

const TOPIC: &str = "example-parallel";
const PARTITIONS: i32 = 4;
const MESSAGES: i64 = 200;

#[tokio::main]
async fn main() -> Outcome {
    let playground = Playground::open().await?;
    let broker = playground.with_topic(TOPIC, PARTITIONS).await?;
    let producer = broker.producer(ProducerConf::new())?;
    for n in 0..MESSAGES * i64::from(PARTITIONS) {
        let record = Record::to(TOPIC).partition((n % i64::from(PARTITIONS)) as i32);
        drop(producer.enqueue(record.value(&n.to_string())).await?);
    }
    producer.flush(Duration::from_secs(10)).await;

    let mut conf = AssignedConsumerConf::new();
    // So that the example ends: nothing for a second is the end.
    conf.retry_limit = Some(10);
    let mut consumer = broker.assigned_consumer(conf)?;
    for partition in 0..PARTITIONS {
        consumer.add((TOPIC, partition))?;
    }

    let begin = Instant::now();
    let tasks: Vec<_> =
        consumer.streams().into_iter().map(|partition| tokio::spawn(handle(partition, begin))).collect();
    for task in tasks {
        task.await??;
    }
    for partition in 0..PARTITIONS {
        println!("partition {partition} was read to {:?}", consumer.position((TOPIC, partition)));
    }
    broker.close().await;
    Ok(())
}

/// Handles one partition in its order. The others neither wait for it nor share its errors.
async fn handle(mut partition: PartitionStream, begin: Instant) -> Outcome {
    let slow = partition.partition().partition == 0;
    let mut handled = 0;
    loop {
        match partition.consume().await {
            Ok(message) => {
                if slow {
                    tokio::time::sleep(Duration::from_millis(2)).await;
                }
                handled += 1;
                if handled % MESSAGES == 0 {
                    println!("{} at {} after {:?}", partition.partition(), message.offset, begin.elapsed());
                }
            }
            Err(error) if error.kind() == ErrorKind::NoData => return Ok(()),
            Err(error) => return Err(error.into()),
        }
    }
}
