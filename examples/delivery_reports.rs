//! What became of each record, on a channel that another task reads: success and failure, with a tag of the application's
//! and the failed record itself.
//!
//!     cargo run --example delivery_reports
#![expect(clippy::print_stdout, reason = "an example shows what it does")]

use std::time::Duration;

use kafka_client::{
    DeliveryReports, ErrorCode, KafkaProducer, NewTopic, ProducerConf, Record, ReportConf, ReportingProducer,
    WhenFull,
};
use kafka_examples::{Outcome, Playground};

const TOPIC: &str = "example-delivery-reports";

#[tokio::main]
async fn main() -> Outcome {
    let playground = Playground::open().await?;
    let broker = playground.with_topic("example-elsewhere", 1).await?;
    let mut topic = NewTopic::new(TOPIC, 3);
    topic.configs.push(("max.message.bytes".into(), "10000".into()));
    let made = broker.create_topics(&[topic], Duration::from_secs(10), false).await?;
    if let Some(Err(error)) = made.into_iter().next()
        && error.code() != Some(ErrorCode::TOPIC_ALREADY_EXISTS)
    {
        return Err(error.into());
    }

    // Nobody but `enqueue` waits for the reader of reports, and it only with `WhenFull::Wait`.
    let mut conf = ReportConf::new();
    (conf.capacity, conf.when_full) = (10_000, WhenFull::Wait);
    let (producer, reports) = ReportingProducer::new(broker.producer(ProducerConf::new())?, conf)?;
    let reading = tokio::spawn(read(reports));

    place_orders(&producer).await?;

    // Without producers the reports end, after the last one.
    drop(producer);
    let (written, failed) = reading.await?;
    println!("{written} orders are written, {failed} failed");
    broker.close().await;
    Ok(())
}

async fn place_orders(producer: &ReportingProducer<KafkaProducer, u64>) -> kafka_client::Result<()> {
    for order in 0..1_000_u64 {
        // Some are larger than the topic takes.
        let items = if order % 250 == 99 { 2_000 } else { 3 };
        let value = format!("order {order}: {}", "apples ".repeat(items));
        producer.enqueue(Record::to(TOPIC).value(&value), order).await?;
    }
    Ok(())
}

async fn read(mut reports: DeliveryReports<u64>) -> (u64, u64) {
    let (mut written, mut failed) = (0, 0);
    while let Some(report) = reports.recv().await {
        match report.result {
            Ok(_) => written += 1,
            Err(error) => {
                failed += 1;
                let bytes =
                    error.record().and_then(|record| record.message.value).map_or(0, |value| value.len());
                println!("order {} of {bytes} bytes failed: {error}", report.tag);
            }
        }
    }
    (written, failed)
}
