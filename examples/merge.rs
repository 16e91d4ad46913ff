//! Many partitions, of several clusters, as one stream of messages.
//!
//!     cargo run --example merge
#![expect(clippy::print_stdout, reason = "an example shows what it does")]

use kafka_client::{ConsumerConf, ErrorKind, Message, ProducerConf, merge};
use kafka_examples::{Outcome, Playground};

const TOPIC: &str = "example-merge";

#[tokio::main]
async fn main() -> Outcome {
    let (here, there) = (Playground::open().await?, Playground::open().await?);
    let brokers = [here.with_topic(TOPIC, 2).await?, there.with_topic(TOPIC, 2).await?];

    let mut consumers = Vec::new();
    for broker in &brokers {
        let producer = broker.producer(ProducerConf::new())?;
        for partition in 0..2 {
            producer.produce(TOPIC, partition, &mut [Message::value("one"), Message::value("two")]).await?;
            let mut conf = ConsumerConf::new(TOPIC, partition);
            // With nothing more to read a consumer leaves the merge.
            conf.retry_limit = Some(5);
            consumers.push(broker.consumer(conf).await?);
        }
    }

    let mx = merge(consumers);
    loop {
        match mx.consume().await {
            Ok(message) => println!("partition {} offset {}", message.partition, message.offset),
            Err(error) if error.kind() == ErrorKind::MxClosed => break,
            Err(error) => println!("one of them: {error}"),
        }
    }
    println!("all {} consumers have left", 4 - mx.workers());

    for broker in brokers {
        broker.close().await;
    }
    Ok(())
}
