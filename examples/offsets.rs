//! Continue where the last run stopped: offsets kept for a group.
//!
//!     cargo run --example offsets
#![expect(clippy::print_stdout, reason = "an example shows what it does")]

use kafka_client::{
    CommittedOffset, ConsumerConf, Message, OffsetCoordinatorConf, ProducerConf, StartOffset,
};
use kafka_examples::{Outcome, Playground};

const TOPIC: &str = "example-offsets";

#[tokio::main]
async fn main() -> Outcome {
    let playground = Playground::open().await?;
    let broker = playground.with_topic(TOPIC, 1).await?;
    let producer = broker.producer(ProducerConf::new())?;
    producer.produce(TOPIC, 0, &mut [Message::value("a"), Message::value("b"), Message::value("c")]).await?;

    let offsets = broker.offset_coordinator(OffsetCoordinatorConf::new("example-group")).await?;
    for run in 1..=2 {
        let mut conf = ConsumerConf::new(TOPIC, 0);
        conf.start_offset = match offsets.offset(TOPIC, 0).await? {
            Some(committed) => StartOffset::At(committed.offset),
            None => StartOffset::Oldest,
        };
        println!("run {run} begins at {:?}", conf.start_offset);
        let mut consumer = broker.consumer(conf).await?;
        let message = consumer.consume().await?;

        // What is committed is the next offset to read, with whatever is worth remembering beside it.
        let mut committed = CommittedOffset::new(message.offset + 1);
        committed.leader_epoch = message.leader_epoch;
        committed.metadata = format!("run {run}");
        offsets.commit_full(TOPIC, 0, committed).await?;
    }
    println!("stored: {:?}", offsets.offset(TOPIC, 0).await?);

    broker.close().await;
    Ok(())
}
