//! Whole batches to partitions chosen by key, in turn, or at random.
//!
//!     cargo run --example distributing
#![expect(clippy::print_stdout, reason = "an example shows what it does")]

use kafka_client::{
    DistributingProducer, HashProducer, Message, ProducerConf, RandomProducer, RoundRobinProducer,
};
use kafka_examples::{Outcome, Playground};

const TOPIC: &str = "example-distributing";

#[tokio::main]
async fn main() -> Outcome {
    let playground = Playground::open().await?;
    let broker = playground.with_topic(TOPIC, 4).await?;
    let partitions = broker.partition_count(TOPIC).await?;
    let producer = broker.producer(ProducerConf::new())?;

    let ways: [(&str, Box<dyn DistributingProducer>); 3] = [
        ("by key", Box::new(HashProducer::new(producer.clone(), partitions)?)),
        ("in turn", Box::new(RoundRobinProducer::new(producer.clone(), partitions)?)),
        ("at random", Box::new(RandomProducer::new(producer.clone(), partitions)?)),
    ];
    for (name, way) in ways {
        for user in ["ada", "ada", "grace"] {
            let mut batch = [Message::key_value(user, "signed in"), Message::key_value(user, "signed out")];
            way.distribute(TOPIC, &mut batch).await?;
            println!("{name}: {user} to partition {}", batch[0].partition);
        }
    }

    broker.close().await;
    Ok(())
}
