//! A web server that collects data: whoever sends some is told where it is, once all replicas have it. Over TLS.
//!
//!     cargo run --example data_collector
//!
//! With `KAFKA_BROKERS=host:port` and `KAFKA_CA=ca.pem` (and, for mutual TLS, `KAFKA_CERT` and `KAFKA_KEY`) on a real
//! cluster.
#![expect(clippy::print_stdout, reason = "an example shows what it does")]

use std::time::Duration;

use kafka_client::{Idempotence, KafkaProducer, ProducerConf, Record, RequiredAcks};
use kafka_examples::http::{self, Request};
use kafka_examples::{Outcome, Playground};

const TOPIC: &str = "example-important";

#[tokio::main]
async fn main() -> Outcome {
    let playground = Playground::open_secured().await?;
    let broker = playground.with_topic(TOPIC, 3).await?;

    // What matters here is said, although both are the defaults.
    let mut conf = ProducerConf::new();
    conf.required_acks = RequiredAcks::All;
    conf.idempotence = Idempotence::On;
    // Whoever asks is not to wait for two minutes.
    (conf.request_timeout, conf.delivery_timeout) = (Duration::from_secs(5), Duration::from_secs(10));
    conf.max_block = Duration::from_secs(5);
    let producer = broker.producer(conf)?;

    let collecting = producer.clone();
    let server = http::serve(move |request| collect(collecting.clone(), request)).await?;
    for target in ["/?temperature=21", "/?temperature=22", "/"] {
        println!("{target}: {}", http::get(server, target).await?);
    }

    producer.close(Duration::from_secs(10)).await?;
    broker.close().await;
    Ok(())
}

async fn collect(producer: KafkaProducer, request: Request) -> (u16, String) {
    let Some((_, data)) = request.target.split_once('?') else {
        return (400, "send your data as a query".to_owned());
    };
    match producer.send(Record::to(TOPIC).value(data)).await {
        Ok(receipt) => {
            let offset = receipt.offset.map_or_else(|| "unknown".to_owned(), |offset| offset.to_string());
            (200, format!("your data is stored as {TOPIC}/{}/{offset}", receipt.partition))
        }
        // Sent again, it could be stored twice: that is for the sender to know.
        Err(error) if error.may_be_written() => (504, format!("your data may be stored: {error}")),
        Err(error) => (503, format!("your data is not stored: {error}")),
    }
}
