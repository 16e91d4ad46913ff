//! An audit: what became of every batch and every fetch, a line each, from the inside of the client. A producer's
//! interceptor and a consumer's observer are called as it happens; a whole batch tells its own story, as JSON.
//!
//!     cargo run --example audit
#![expect(clippy::print_stdout, reason = "an example shows what it does")]

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::Duration;

use kafka_client::{
    BatchBuilder, BatchBuilderConf, BatchLife, BatchProducerConf, Broker, Compression, ConsumerConf,
    FetchExchange, FetchObserver, KafkaProducer, ProducerConf, ProducerInterceptor, Receipt, Record, Result,
    StartOffset,
};
use kafka_examples::{Outcome, Playground};

const TOPIC: &str = "example-audit";
const RECORDS: usize = 100;

/// Told of each batch and each fetch. It is called in the middle of the client's work: it counts, and must not wait.
#[derive(Default)]
struct Audit {
    written: AtomicU64,
    lost: AtomicU64,
    fetched: AtomicU64,
}

impl ProducerInterceptor for Audit {
    fn settled(&self, batch: &BatchLife, result: &Result<Receipt>) {
        let count = if result.is_ok() { &self.written } else { &self.lost };
        count.fetch_add(batch.records.into(), Relaxed);
        if let Ok(line) = serde_json::to_string(batch) {
            println!("batch {line}");
        }
    }
}

impl FetchObserver for Audit {
    fn fetched(&self, fetch: &FetchExchange) {
        self.fetched.fetch_add(fetch.bytes as u64, Relaxed);
        println!(
            "fetch of {}-{} from node {}: offsets {} to {}, {} bytes, {:?}{}",
            fetch.topic,
            fetch.partition,
            fetch.node,
            fetch.initial_offset,
            fetch.final_offset,
            fetch.bytes,
            fetch.took,
            fetch.error.as_ref().map_or_else(String::new, |error| format!(": {error}")),
        );
    }
}

#[tokio::main]
async fn main() -> Outcome {
    let playground = Playground::open().await?;
    let broker = playground.with_topic(TOPIC, 1).await?;
    let from = broker.offset_latest(TOPIC, 0).await?;
    let audit = Arc::new(Audit::default());

    let mut conf = ProducerConf::new();
    conf.interceptor = Some(audit.clone());
    write(&broker.producer(conf)?).await?;
    write_batches(&broker, audit.clone()).await?;
    let read = read(&broker, audit.clone(), from).await?;

    let [written, lost, fetched] = [&audit.written, &audit.lost, &audit.fetched].map(|n| n.load(Relaxed));
    println!("the audit: {written} records are written, {lost} are not, {read} were read in {fetched} bytes");
    broker.close().await;
    Ok(())
}

/// Single records: what becomes of their batches the interceptor is told.
async fn write(producer: &KafkaProducer) -> Outcome {
    let records = [Record::to(TOPIC).partition(0).value("paid"); RECORDS];
    for result in producer.send_all(&records).await {
        result?;
    }
    Ok(())
}

/// Whole batches come back with their lives.
async fn write_batches(broker: &Broker, audit: Arc<Audit>) -> Outcome {
    let mut conf = BatchBuilderConf::new(TOPIC, 1);
    conf.compression = Compression::Lz4;
    let (builder, batches) = BatchBuilder::start(conf)?;
    for _ in 0..RECORDS {
        builder.add(Record::to(TOPIC).partition(0).value("shipped")).await?;
    }
    builder.close();
    let mut conf = BatchProducerConf::new(TOPIC, [0]);
    // An interceptor is told of these as well.
    conf.producer.interceptor = Some(audit);
    let producer = broker.batch_producer(conf)?;
    let mut done = producer.start(batches)?;
    while let Some(batch) = done.recv().await {
        println!("back came {}", serde_json::to_string_pretty(&batch)?);
    }
    producer.wait(Duration::from_secs(10)).await?;
    Ok(())
}

async fn read(broker: &Broker, audit: Arc<Audit>, from: i64) -> Outcome<usize> {
    let mut conf = ConsumerConf::new(TOPIC, 0);
    conf.start_offset = StartOffset::At(from);
    conf.observer = Some(audit);
    let mut consumer = broker.consumer(conf).await?;
    let mut read = 0;
    while read < 2 * RECORDS {
        read += consumer.consume_batch().await?.iter().count();
    }
    Ok(read)
}
