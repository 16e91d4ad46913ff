//! As many records as will go, with a line that says how far it is, and what became of them.
//!
//!     cargo run --release --example full_speed 5000000
#![expect(clippy::print_stdout, reason = "an example shows what it does")]

use std::time::{Duration, Instant};

use kafka_client::{ProducerConf, Record};
use kafka_examples::perf::Progress;
use kafka_examples::{Outcome, Playground};

const TOPIC: &str = "example-full-speed";

#[tokio::main]
async fn main() -> Outcome {
    let count: u64 = std::env::args().nth(1).map_or(Ok(200_000), |count| count.parse())?;
    let playground = Playground::open().await?;
    let broker = playground.with_topic(TOPIC, 4).await?;
    let producer = broker.producer(ProducerConf::new())?;

    let began = Instant::now();
    let progress = Progress::start(count);
    let payload = [b'x'; 100];
    for nth in 1..=count {
        // Waits for room in the buffer alone, and copies the record once. Its delivery is dropped: what fails is
        // counted below.
        let _delivery = producer.enqueue(Record::to(TOPIC).value(&payload)).await?;
        progress.at(nth);
    }
    let remaining = producer.flush(Duration::from_secs(60)).await;
    drop(progress);

    let took = began.elapsed();
    println!(
        "{count} records in {took:.1?}, {:.0} a second; {remaining} had no answer in time",
        count as f64 / took.as_secs_f64()
    );
    producer.close(Duration::from_secs(10)).await?;
    broker.close().await;
    Ok(())
}
