//! As many records as will go, with a line that says how far it is, and what became of them.
//!
//!     cargo run --release --example full_speed 5000000
#![expect(clippy::print_stdout, reason = "an example shows what it does")]

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use kafka_client::{Delivery, ProducerConf, Record};
use kafka_examples::perf::Progress;
use kafka_examples::{Outcome, Playground};

const TOPIC: &str = "example-full-speed";

/// So many deliveries are looked at late: more than the producer's buffer holds of such records.
const LOOK_BACK: usize = 400_000;

#[tokio::main]
async fn main() -> Outcome {
    let count: u64 = std::env::args().nth(1).map_or(Ok(200_000), |count| count.parse())?;
    let playground = Playground::open().await?;
    let broker = playground.with_topic(TOPIC, 4).await?;
    let producer = broker.producer(ProducerConf::new())?;

    let began = Instant::now();
    let progress = Progress::start(count);
    let payload = [b'x'; 100];
    let (mut deliveries, mut failed) = (VecDeque::new(), 0);
    for nth in 1..=count {
        // Waits for room in the buffer alone, and copies the record once.
        deliveries.push_back(producer.enqueue(Record::to(TOPIC).value(&payload)).await?);
        if deliveries.len() > LOOK_BACK {
            failed += look(&mut deliveries, LOOK_BACK / 2).await;
        }
        progress.at(nth);
    }
    failed += look(&mut deliveries, 0).await;
    drop(progress);

    let took = began.elapsed();
    println!(
        "{count} records in {took:.1?}, {:.0} a second; {failed} failed",
        count as f64 / took.as_secs_f64()
    );
    producer.close(Duration::from_secs(10)).await?;
    broker.close().await;
    Ok(())
}

/// Waits for the oldest deliveries until `left` are left; returns how many of them failed.
async fn look(deliveries: &mut VecDeque<Delivery>, left: usize) -> u64 {
    let mut failed = 0;
    while deliveries.len() > left
        && let Some(delivery) = deliveries.pop_front()
    {
        if let Err(error) = delivery.await {
            failed += 1;
            println!("{error}");
        }
    }
    failed
}
