//! Replay what was written since a point in time, to the end as it is now.
//!
//!     cargo run --example replay
#![expect(clippy::print_stdout, reason = "an example shows what it does")]

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use kafka_client::{AssignedConsumerConf, Message, OffsetReset, ProducerConf, StartOffset, TopicPartition};
use kafka_examples::{Outcome, Playground};

const TOPIC: &str = "example-replay";
const PARTITIONS: i32 = 3;
const HOUR: i64 = 3_600_000;

#[tokio::main]
async fn main() -> Outcome {
    let playground = Playground::open().await?;
    let broker = playground.with_topic(TOPIC, PARTITIONS).await?;
    let now = i64::try_from(SystemTime::now().duration_since(UNIX_EPOCH)?.as_millis())?;

    // A message an hour, for the last ten hours.
    let producer = broker.producer(ProducerConf::new())?;
    for age in (0..10).rev() {
        let message = Message::value(format!("{age} h ago")).with_timestamp(now - age * HOUR);
        producer.produce(TOPIC, (age % i64::from(PARTITIONS)) as i32, &mut [message]).await?;
    }

    // Where that time is in each partition, if anything was written since; and where to stop.
    let since = now - 4 * HOUR - HOUR / 2;
    let partitions: Vec<_> = (0..PARTITIONS).map(|partition| TopicPartition::new(TOPIC, partition)).collect();
    let found = broker.offsets_for_times(partitions.iter().map(|partition| (partition, since))).await?;
    let ends = broker.end_offsets(&partitions).await?;

    let mut conf = AssignedConsumerConf::new();
    // Retention may take away what was found by the time it is read.
    conf.reset = OffsetReset::Oldest;
    let mut consumer = broker.assigned_consumer(conf)?;
    for (partition, first) in found {
        if let Some(first) = first {
            consumer.add_at(partition, StartOffset::At(first.offset))?;
        }
    }
    while !consumer.partitions().is_empty() {
        let message = consumer.consume().await?;
        println!("{}-{} at {}: {:?}", message.topic, message.partition, message.offset, message.value);
        let place = TopicPartition::new(message.topic.clone(), message.partition);
        if message.offset + 1 >= ends[&place] {
            consumer.remove(place);
        }
    }

    // Without looking anything up: a partition from half an hour ago on.
    consumer.add_at((TOPIC, 0), StartOffset::Ago(Duration::from_secs(1800)))?;
    println!("the last half hour has {:?}", consumer.consume().await?.value);
    broker.close().await;
    Ok(())
}
