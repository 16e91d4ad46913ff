//! Errors that leave the choice to the application, and how to go on after them: an offset that the log does not have, a
//! log that was truncated, a damaged batch. Of none of them is anything skipped without a word.
//!
//!     cargo run --example recover
#![expect(clippy::print_stdout, reason = "an example shows what it does")]

use kafka_client::{
    AssignedConsumer, AssignedConsumerConf, Broker, CommittedOffset, Error, ErrorKind, Isolation, Message,
    ProducerConf, Result, StartOffset,
};
use kafka_examples::{Outcome, Playground};

const TOPIC: &str = "example-recover";
const PLACE: (&str, i32) = (TOPIC, 0);

#[tokio::main]
async fn main() -> Outcome {
    let playground = Playground::open().await?;
    let broker = playground.with_topic(TOPIC, 1).await?;
    write(&broker, "early", 10).await?;

    // Retention has removed what was to be read next, say, or the topic was made anew.
    let mut consumer = consumer(&broker, StartOffset::At(1_000_000))?;
    let last = read(&mut consumer, 10).await?;

    // What is committed has the leader epoch beside it, so that a log which was truncated since then is noticed.
    let mut committed = CommittedOffset::new(last.offset + 1);
    committed.leader_epoch = last.leader_epoch;
    drop(consumer);
    if let Some(cluster) = playground.in_process() {
        // A leader that did not have all of it was elected, and other messages took the place of what is lost.
        cluster.truncate(TOPIC, 0, last.offset - 3);
    }
    write(&broker, "later", 10).await?;
    let mut consumer = self::consumer(&broker, StartOffset::from(&committed))?;
    read(&mut consumer, 6).await?;
    drop(consumer);

    // A bit flips on a disk.
    let next = write(&broker, "damaged", 1).await?;
    if let Some(cluster) = playground.in_process() {
        cluster.corrupt(TOPIC, 0, next);
    }
    write(&broker, "last", 1).await?;
    let mut consumer = self::consumer(&broker, StartOffset::At(next))?;
    while read(&mut consumer, 1).await?.value.as_deref() != Some(b"last 0") {}
    println!("read to the end, {:?}", consumer.position(PLACE));
    broker.close().await;
    Ok(())
}

fn consumer(broker: &Broker, from: StartOffset) -> Result<AssignedConsumer> {
    let mut conf = AssignedConsumerConf::new();
    // Nothing of transactions that were aborted, or are open yet.
    conf.isolation = Isolation::ReadCommitted;
    let consumer = broker.assigned_consumer(conf)?;
    consumer.add_at(PLACE, from)?;
    Ok(consumer)
}

/// Reads so many messages, whatever comes between them. Returns the last one, which keeps nothing but itself in memory.
async fn read(consumer: &mut AssignedConsumer, count: usize) -> Result<Message> {
    let mut last = None;
    let mut taken = 0;
    while taken < count {
        match consumer.consume().await {
            Ok(message) => {
                taken += 1;
                last = Some(message);
            }
            Err(error) => recover(consumer, error)?,
        }
    }
    let last = last.unwrap_or_default();
    println!("read {count} messages, up to offset {}", last.offset);
    Ok(last.detach())
}

/// Decides where to go on. The other partitions of the consumer go on in any case.
fn recover(consumer: &AssignedConsumer, error: Error) -> Result<()> {
    let (Some(topic), Some(partition), false) = (error.topic(), error.partition(), error.is_terminal())
    else {
        return Err(error);
    };
    let to = match (error.kind(), error.resume_at()) {
        (ErrorKind::OffsetOutOfRange, _) => StartOffset::Oldest,
        // What was read from there on is not in the log any more: read what has taken its place. Or after the batch: it is
        // lost. Calling again instead has it fetched again.
        (ErrorKind::LogTruncated | ErrorKind::CorruptBatch, Some(offset)) => StartOffset::At(offset),
        // An outage, for example: the next call tries on.
        _ => {
            println!("goes on after: {error}");
            return Ok(());
        }
    };
    println!("seeks to {to:?} after: {error}");
    consumer.seek((topic, partition), to)
}

/// Returns the first one's offset.
async fn write(broker: &Broker, what: &str, count: usize) -> Result<i64> {
    let producer = broker.producer(ProducerConf::new())?;
    let mut first = None;
    for n in 0..count {
        let offset = producer.produce(TOPIC, 0, &mut [Message::value(format!("{what} {n}"))]).await?;
        first = first.or(offset);
    }
    Ok(first.unwrap_or(-1))
}
