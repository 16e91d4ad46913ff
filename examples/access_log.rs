//! A web server that logs its accesses to Kafka: nobody waits for the log. The leader's acknowledgement is enough, batches
//! are gathered for half a second and compressed, and what fails is said, not lost in silence.
//!
//!     cargo run --example access_log
#![expect(clippy::print_stdout, reason = "an example shows what it does")]

use std::future::ready;
use std::time::{Duration, Instant};

use kafka_client::{
    Compression, KafkaProducer, Linger, ProducerConf, Record, ReportConf, ReportingProducer, RequiredAcks,
    WhenFull,
};
use kafka_examples::http::{self, Request};
use kafka_examples::{Outcome, Playground};

const TOPIC: &str = "example-access-log";

#[tokio::main]
async fn main() -> Outcome {
    let playground = Playground::open().await?;
    let broker = playground.with_topic(TOPIC, 3).await?;

    let mut conf = ProducerConf::new();
    conf.required_acks = RequiredAcks::One;
    conf.compression = Compression::Snappy;
    conf.linger = Linger::Fixed(Duration::from_millis(500));
    // Only failures are reported; if they come faster than they are read, the oldest go.
    let mut reports = ReportConf::new();
    (reports.only_failures, reports.when_full, reports.capacity) = (true, WhenFull::DropOldest, 1_000);
    let (log, mut failures) = ReportingProducer::new(broker.producer(conf)?, reports)?;
    tokio::spawn(async move {
        while let Some(failure) = failures.recv().await {
            if let Err(error) = failure.result {
                println!("an access of {} is not in the log: {error}", failure.tag);
            }
        }
    });
    // `try_enqueue` never waits, not even to learn about a topic: that is done here.
    broker.partition_count(TOPIC).await?;

    let producer = log.producer().clone();
    let server = http::serve(move |request| ready(serve(&log, &request))).await?;
    for target in ["/", "/fruits", "/fruits?kind=plum", "/nowhere"] {
        println!("{target}: {}", http::get(server, target).await?);
    }

    // Delivers what is still being gathered, whatever linger says.
    producer.close(Duration::from_secs(10)).await?;
    println!("the log is written");
    broker.close().await;
    Ok(())
}

fn serve(log: &ReportingProducer<KafkaProducer, String>, request: &Request) -> (u16, String) {
    let began = Instant::now();
    let (status, body) = match request.target.split('?').next() {
        Some("/") => (200, "welcome".to_owned()),
        Some("/fruits") => (200, "apples, pears, plums".to_owned()),
        _ => (404, "there is nothing here".to_owned()),
    };
    let client = request.peer.ip().to_string();
    let entry = format!(
        "{{\"method\":{:?},\"target\":{:?},\"client\":{client:?},\"status\":{status},\"took_us\":{}}}",
        request.method,
        request.target,
        began.elapsed().as_micros()
    );
    // Never waits: an access that finds no room in the buffer is not logged, and that is said.
    if let Err(error) = log.try_enqueue(Record::to(TOPIC).key(&client).value(&entry), client.clone()) {
        println!("an access of {client} is not in the log: {error}");
    }
    (status, body)
}
