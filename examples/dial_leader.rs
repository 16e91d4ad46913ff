//! One partition's leader, dialled and written to with deadlines, without a broker handle around it.
//!
//!     cargo run --example dial_leader
#![expect(clippy::print_stdout, reason = "an example shows what it does")]

use std::time::{Duration, Instant};

use kafka_client::{Broker, BrokerConf, Message, ProducerConf};
use kafka_examples::{Outcome, Playground};

const TOPIC: &str = "example-dial-leader";

#[tokio::main]
async fn main() -> Outcome {
    let playground = Playground::open().await?;
    playground.with_topic(TOPIC, 2).await?.close().await;

    let conf = || BrokerConf::new("kafka-examples");
    let leader = Broker::dial_leader(playground.brokers(), conf(), ProducerConf::new(), TOPIC, 1).await?;
    println!("node {:?} leads {}-{}", leader.leader(), leader.topic(), leader.partition());

    for round in 1..=3 {
        leader.set_write_deadline(Some(Instant::now() + Duration::from_secs(10)));
        let mut messages =
            [Message::value(format!("apple {round}")), Message::value(format!("pear {round}"))];
        leader.write(&mut messages).await?;
        println!("batch {round} is written from offset {}", messages[0].offset);
    }

    // A deadline that is over fails the write at once, and says that nothing was written.
    leader.set_write_deadline(Some(Instant::now()));
    if let Err(error) = leader.write(&mut [Message::value("too late")]).await {
        println!("{error} (may be written: {})", error.may_be_written());
    }
    leader.close().await?;

    // A partition that does not exist is an error, not a wait without end.
    if let Err(error) = Broker::dial_leader(playground.brokers(), conf(), ProducerConf::new(), TOPIC, 7).await
    {
        println!("{error}");
    }
    Ok(())
}
