//! A small service and its unit tests, which need no Kafka: it is written against `Client`, so that the mock of
//! kafka-test does in its place. The tests are at the end; run them with
//!
//!     cargo test --example tested_service
//!
//! and see what the service does with
//!
//!     cargo run --example tested_service
#![expect(clippy::print_stdout, reason = "an example shows what it does")]

use std::time::Duration;

use kafka_client::{
    Client, ConsumerConf, ErrorKind, Message, OffsetCoordinatorConf, ProducerConf, Record, Result,
    StartOffset,
};
use kafka_test::mock::MockBroker;

const READINGS: &str = "readings";
const ALERTS: &str = "alerts";
const GROUP: &str = "thermometer-watch";
const TOO_HOT: f64 = 30.0;

#[tokio::main]
async fn main() -> Result<()> {
    let broker = MockBroker::new();
    let readings = broker.mock_consumer(READINGS, 0);
    for (room, celsius) in [("kitchen", "21.5"), ("attic", "34.0"), ("cellar", "?"), ("attic", "35.5")] {
        readings.push(Message::key_value(room, celsius));
    }
    readings.end();

    // With a cluster it is `watch(&Broker::dial(...).await?, 0)`.
    let seen = watch(&broker, 0).await?;
    println!("{seen} readings.");
    while let Some(produced) = broker.try_read_producers() {
        for alert in produced.messages {
            let text = String::from_utf8_lossy(alert.value.as_deref().unwrap_or_default()).into_owned();
            println!("{}-{} at {}: {text}", alert.topic, alert.partition, alert.offset);
        }
    }
    println!("committed: {:?}", broker.mock_offsets(GROUP).committed(READINGS, 0).map(|c| c.offset));
    Ok(())
}

/// Reads the temperatures of a partition from where the group left off, and writes an alert for each that is too
/// high. Returns how many it read when there are no more.
///
/// A reading is committed when its alert is acknowledged, so that a crash may repeat an alert but loses none.
async fn watch(client: &dyn Client, partition: i32) -> Result<u64> {
    let offsets = client.offset_coordinator(OffsetCoordinatorConf::new(GROUP)).await?;
    let producer = client.producer(ProducerConf::new())?;
    let mut conf = ConsumerConf::new(READINGS, partition);
    if let Some(committed) = offsets.offset(READINGS, partition).await? {
        conf.start_offset = StartOffset::At(committed.offset);
    }
    let mut readings = client.consumer(conf).await?;
    let mut seen = 0;
    loop {
        let reading = match readings.consume().await {
            Ok(reading) => reading,
            Err(error) if error.kind() == ErrorKind::NoData => break,
            Err(error) => return Err(error),
        };
        seen += 1;
        if let Some(alert) = alert(&reading) {
            let mut record = Record::to(ALERTS).value(&alert);
            record.key = reading.key.as_deref();
            producer.send(record).await?;
        }
        offsets.commit(READINGS, partition, reading.offset + 1).await?;
    }
    producer.close(Duration::from_secs(10)).await?;
    Ok(seen)
}

/// What to say about a reading, if anything. One that is no number says nothing.
fn alert(reading: &Message) -> Option<String> {
    let celsius: f64 = std::str::from_utf8(reading.value.as_deref()?).ok()?.parse().ok()?;
    (celsius > TOO_HOT).then(|| format!("{celsius} degrees"))
}

#[cfg(test)]
mod tests {
    use kafka_client::{CommittedOffset, Error, ErrorCode};
    use kafka_test::mock::Acknowledge;

    use super::*;

    const SOON: Duration = Duration::from_secs(1);

    #[tokio::test(start_paused = true)]
    async fn a_hot_room_raises_an_alert_under_its_key() {
        let broker = MockBroker::new();
        let readings = broker.mock_consumer(READINGS, 0);
        readings.push(Message::key_value("kitchen", "21.5"));
        readings.push(Message::key_value("attic", "34"));
        readings.end();

        assert_eq!(watch(&broker, 0).await.unwrap(), 2);

        let alert = broker.read_producers(SOON).await.unwrap();
        assert_eq!(alert.topic, ALERTS);
        assert_eq!(alert.messages[0].key.as_deref(), Some(&b"attic"[..]));
        assert_eq!(alert.messages[0].value.as_deref(), Some(&b"34 degrees"[..]));
        assert!(broker.try_read_producers().is_none(), "the kitchen is cool");
        assert_eq!(broker.mock_offsets(GROUP).committed(READINGS, 0), Some(CommittedOffset::new(2)));
    }

    #[tokio::test(start_paused = true)]
    async fn it_goes_on_where_the_group_left_off() {
        let broker = MockBroker::new();
        broker.mock_offsets(GROUP).set_committed(READINGS, 3, CommittedOffset::new(42));
        broker.mock_consumer(READINGS, 3).end();

        watch(&broker, 3).await.unwrap();

        let opened = broker.mock_consumer(READINGS, 3).confs();
        assert_eq!(opened[0].start_offset, StartOffset::At(42));
    }

    #[tokio::test(start_paused = true)]
    async fn a_reading_is_committed_only_when_its_alert_is_acknowledged() {
        let broker = MockBroker::new();
        broker.mock_producer().set_acknowledge(Acknowledge::ByTest);
        let readings = broker.mock_consumer(READINGS, 0);
        let service = tokio::spawn({
            let broker = broker.clone();
            async move { watch(&broker, 0).await }
        });
        readings.push(Message::value("34"));

        let mut alert = broker.read_producers(SOON).await.unwrap();
        let offsets = broker.mock_offsets(GROUP);
        assert_eq!(offsets.committed(READINGS, 0), None);
        alert.acknowledge();
        offsets.wait_for_commit(READINGS, 0, 1, SOON).await.unwrap();

        readings.end();
        assert_eq!(service.await.unwrap().unwrap(), 1);
    }

    #[tokio::test(start_paused = true)]
    async fn an_alert_that_fails_ends_the_service_before_the_commit() {
        let broker = MockBroker::new();
        broker.mock_producer().fail_next(1, Error::from_code(ErrorCode::TOPIC_AUTHORIZATION_FAILED));
        broker.mock_consumer(READINGS, 0).push(Message::value("34"));

        let error = watch(&broker, 0).await.unwrap_err();

        assert_eq!(error.kind(), ErrorKind::Authorization);
        assert_eq!(broker.mock_offsets(GROUP).committed(READINGS, 0), None);
    }

    #[test]
    fn what_is_no_number_raises_no_alert() {
        for value in ["?", "", "NaN", "30"] {
            assert_eq!(alert(&Message::value(value)), None, "{value}");
        }
        assert_eq!(alert(&Message::tombstone("attic")), None);
    }
}
