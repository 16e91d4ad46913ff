//! Follow a topic as it grows, with a line of throughput and lag as it goes.
//!
//!     cargo run --example tail
//!     KAFKA_BROKERS=localhost:9092 cargo run --example tail -- my-topic
#![expect(clippy::print_stdout, reason = "an example shows what it does")]

use std::time::{Duration, Instant};

use kafka_client::{AssignedConsumer, AssignedConsumerConf, Broker, ProducerConf, Record, StartOffset};
use kafka_examples::{Outcome, Playground};

const PARTITIONS: i32 = 4;

#[tokio::main]
async fn main() -> Outcome {
    let playground = Playground::open().await?;
    let named = std::env::args().nth(1);
    let topic = named.clone().unwrap_or_else(|| "example-tail".to_owned());
    let broker = playground.with_topic(&topic, PARTITIONS).await?;

    let mut consumer = broker.assigned_consumer(AssignedConsumerConf::new())?;
    for partition in 0..broker.partition_count(&topic).await? {
        consumer.add_at((topic.as_str(), partition), StartOffset::Newest)?;
    }
    // A topic of our own needs somebody who writes, and an end.
    if named.is_some() {
        follow(&mut consumer, None).await?;
        return Ok(());
    }
    let writing = tokio::spawn(write(broker.clone(), topic));
    let followed = follow(&mut consumer, Some(Duration::from_secs(3))).await?;
    writing.abort();
    if followed == 0 {
        return Err("nothing came".into());
    }
    println!("followed {followed} messages");
    broker.close().await;
    Ok(())
}

/// Reads, and says once a second how it goes: for this long, or until Ctrl-C. Returns how many there were.
async fn follow(consumer: &mut AssignedConsumer, time: Option<Duration>) -> Outcome<u64> {
    let begin = Instant::now();
    let mut tick = tokio::time::interval(Duration::from_secs(1));
    let (mut all, mut messages, mut bytes, mut since) = (0, 0_u64, 0_usize, begin);
    while time.is_none_or(|time| begin.elapsed() < time) {
        tokio::select! {
            batch = consumer.consume_batch() => {
                let batch = batch?;
                messages += batch.len() as u64;
                all += batch.len() as u64;
                bytes += batch.iter().map(|record| record.value().map_or(0, <[u8]>::len)).sum::<usize>();
            }
            _ = tick.tick() => {
                let seconds = since.elapsed().as_secs_f64().max(0.001);
                let partitions = consumer.partitions();
                // As of each partition's last fetch: asking costs nothing.
                let lag: i64 = partitions.iter().filter_map(|partition| consumer.lag(partition)).sum();
                let rates = (messages as f64 / seconds, bytes as f64 / seconds / 1e6);
                println!("{:>9.0} messages/s {:>8.2} MB/s   {lag:>8} behind", rates.0, rates.1);
                (messages, bytes, since) = (0, 0, Instant::now());
            }
        }
    }
    Ok(all)
}

async fn write(broker: Broker, topic: String) -> kafka_client::Result<()> {
    let producer = broker.producer(ProducerConf::new())?;
    for n in 0_u64.. {
        drop(producer.enqueue(Record::to(&topic).value(&format!("line {n}"))).await?);
        if n % 100 == 0 {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }
    Ok(())
}
