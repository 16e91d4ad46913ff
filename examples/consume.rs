//! Read a partition: from the oldest message, batch by batch, from an exact offset, and until nothing is left.
//!
//!     cargo run --example consume
#![expect(clippy::print_stdout, reason = "an example shows what it does")]

use kafka_client::{ConsumerConf, ErrorKind, Message, ProducerConf, StartOffset};
use kafka_examples::{Outcome, Playground};

const TOPIC: &str = "example-consume";

#[tokio::main]
async fn main() -> Outcome {
    let playground = Playground::open().await?;
    let broker = playground.with_topic(TOPIC, 1).await?;
    let producer = broker.producer(ProducerConf::new())?;
    let mut numbers: Vec<_> = (0..10).map(|n| Message::value(format!("number {n}"))).collect();
    let first = producer.produce(TOPIC, 0, &mut numbers).await?.unwrap_or(0);

    // One message at a time. With a retry limit, the end of the partition is `NoData` instead of a wait.
    let mut conf = ConsumerConf::new(TOPIC, 0);
    conf.start_offset = StartOffset::At(first);
    conf.retry_limit = Some(5);
    let mut consumer = broker.consumer(conf).await?;
    loop {
        match consumer.consume().await {
            Ok(message) => println!("offset {}, {:?} behind it", message.offset, message.lag()),
            Err(error) if error.kind() == ErrorKind::NoData => break,
            Err(error) => return Err(error.into()),
        }
    }

    // Batch by batch, without copying a byte: the position is the same one.
    consumer.seek(StartOffset::At(first + 4)).await?;
    let batch = consumer.consume_batch().await?;
    for record in batch.iter() {
        println!(
            "offset {}: {}",
            record.offset(),
            String::from_utf8_lossy(record.value().unwrap_or_default())
        );
    }
    println!("the next offset to read is {}", consumer.position());

    // An offset that the log does not have is an error; the consumer stays usable.
    consumer.seek(StartOffset::At(1_000_000)).await?;
    if let Err(error) = consumer.consume().await {
        println!("beyond the end: {error}");
    }
    consumer.seek(StartOffset::Oldest).await?;
    println!("back at {}", consumer.position());

    broker.close().await;
    Ok(())
}
