//! The batch as the unit of work: records are built into compressed batches on several cores, the batches are produced,
//! and each one comes back with the story of its life.
//!
//!     cargo run --example batches
#![expect(clippy::print_stdout, reason = "an example shows what it does")]

use std::time::Duration;

use kafka_client::{Batch, BatchBuilder, BatchBuilderConf, BatchProducerConf, Compression, Record};
use kafka_examples::{Outcome, Playground};

const TOPIC: &str = "example-batches";
const PARTITIONS: i32 = 4;

#[tokio::main]
async fn main() -> Outcome {
    let playground = Playground::open().await?;
    let broker = playground.with_topic(TOPIC, PARTITIONS).await?;

    let mut conf = BatchBuilderConf::new(TOPIC, PARTITIONS);
    (conf.compression, conf.num_workers) = (Compression::Lz4, 4);
    let (builder, batches) = BatchBuilder::start(conf)?;

    let mut conf = BatchProducerConf::new(TOPIC, 0..PARTITIONS);
    (conf.num_workers, conf.num_attempts) = (8, 5);
    let producer = broker.batch_producer(conf)?;
    let mut done = producer.start(batches)?;

    let feeding = tokio::spawn(async move {
        for n in 0..20_000 {
            let (key, value) = (
                format!("sensor {}", n % 50),
                format!("reading {n}: {:.1} degrees", f64::from(n % 400) / 10.0),
            );
            builder.add(Record::to(TOPIC).key(&key).value(&value)).await?;
        }
        // The end of the input: what is open is built, produced, and given back; then the output ends.
        builder.close();
        Ok::<(), kafka_client::Error>(())
    });

    // Somebody has to take the batches back, or no more are produced.
    let (mut written, mut failed) = (0, 0);
    while let Some(batch) = done.recv().await {
        if batch.produced() {
            written += batch.len();
        } else {
            failed += batch.len();
        }
        show(&batch);
    }
    feeding.await??;
    producer.wait(Duration::from_secs(10)).await?;
    println!("{written} records are written, {failed} are not");
    broker.close().await;
    Ok(())
}

fn show(batch: &Batch) {
    let life = batch.life();
    let Some(last) = life.exchanges.last() else {
        println!("{} records were not even tried: {:?}", batch.len(), batch.error());
        return;
    };
    let sent = last.complete_us - last.begun_us.unwrap_or(last.enqueued_us);
    println!(
        "partition {:?}: {} records, {} bytes in {}, gathered for {} µs, built in {} µs, attempt {} took {sent} µs, offset {:?}",
        batch.partition(),
        batch.len(),
        life.uncompressed_bytes,
        life.compressed_bytes,
        life.build_enqueued_us.unwrap_or_default() - life.opened_us,
        life.build_complete_us.unwrap_or_default() - life.build_begun_us.unwrap_or_default(),
        life.exchanges.len(),
        life.base_offset(),
    );
}
