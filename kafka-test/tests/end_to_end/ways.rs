//! The producer's ways in beside `produce` and `enqueue`.

use std::sync::Arc;
use std::time::{Duration, Instant};

use kafka_client::{
    BatchBuilder, BatchBuilderConf, BatchProducerConf, Broker, Compression, ErrorCode, ErrorKind,
    HashPartitioner, KeyHash, Message, NewTopic, ProducerConf, Record, ReportConf, ReportingProducer,
};

use crate::target::{Target, consumer, make, take, texts, unique, within};

pub(crate) async fn a_leader_is_dialled_and_written_to_before_its_deadline(target: &Target) {
    let (broker, topic) = target.with_topic(3).await;
    let dialling = |partition| {
        Broker::dial_leader(
            target.bootstrap().to_vec(),
            target.conf(),
            ProducerConf::new(),
            &topic,
            partition,
        )
    };
    let leader = within(dialling(2)).await.unwrap();
    assert!(leader.leader().is_some());
    leader.set_write_deadline(Some(Instant::now() + Duration::from_secs(60)));
    for round in 0..5 {
        let mut messages = [Message::value("a"), Message::value("b")];
        assert_eq!(within(leader.write(&mut messages)).await.unwrap(), Some(2 * round));
    }
    within(leader.close()).await.unwrap();
    assert_eq!(broker.offset_latest(&topic, 2).await.unwrap(), 10);

    let error = within(dialling(3)).await.unwrap_err();
    assert_eq!(error.code(), Some(ErrorCode::UNKNOWN_TOPIC_OR_PARTITION), "{error}");
}

pub(crate) async fn many_records_with_one_future_have_their_results_in_order(target: &Target) {
    let (broker, topic) = target.with_topic(1).await;
    let producer = broker.producer(ProducerConf::new()).unwrap();
    let values: Vec<String> = (0..500).map(|n| n.to_string()).collect();
    let mut records: Vec<_> = values.iter().map(|value| Record::to(&topic).value(value)).collect();
    records.push(Record::to(&topic).partition(7));
    let results = within(producer.send_all(&records)).await;
    let offsets: Vec<_> = results[..500].iter().map(|result| result.as_ref().unwrap().offset).collect();
    assert_eq!(offsets, (0..500).map(Some).collect::<Vec<_>>());
    assert!(results[500].is_err());
    let read = take(&mut consumer(&broker, &topic, 0).await, 500).await;
    assert_eq!(texts(&read), values);
}

/// Those that the topic takes, and those that it does not.
pub(crate) async fn every_record_is_reported_once_with_its_fate(target: &Target) {
    let broker = target.broker().await;
    let topic = unique("topic");
    let mut new = NewTopic::new(topic.as_str(), 3);
    new.configs.push(("max.message.bytes".into(), "5000".into()));
    make(&broker, new).await;
    let producer = broker.producer(ProducerConf::new()).unwrap();
    let (producer, mut reports) = ReportingProducer::new(producer, ReportConf::new()).unwrap();
    for n in 0..300_usize {
        let value = "x".repeat(if n % 100 == 50 { 10_000 } else { 10 });
        within(producer.enqueue(Record::to(&topic).partition(n as i32 % 3).value(&value), n)).await.unwrap();
    }
    drop(producer);
    let (mut written, mut failed) = (Vec::new(), Vec::new());
    while let Some(report) = within(reports.recv()).await {
        match report.result {
            Ok(receipt) => {
                assert_eq!(receipt.partition, report.tag as i32 % 3);
                written.push(report.tag);
            }
            Err(error) => {
                assert_eq!(error.code(), Some(ErrorCode::MESSAGE_TOO_LARGE), "{error}");
                assert_eq!(error.record().unwrap().message.value.map(|value| value.len()), Some(10_000));
                failed.push(report.tag);
            }
        }
    }
    written.sort_unstable();
    failed.sort_unstable();
    assert_eq!(failed, [50, 150, 250]);
    assert_eq!(written, (0..300).filter(|n| n % 100 != 50).collect::<Vec<_>>());
}

pub(crate) async fn another_clients_partitioner_decides_where_keys_go(target: &Target) {
    let (broker, topic) = target.with_topic(10).await;
    let mut conf = ProducerConf::new();
    conf.partitioner = Some(Arc::new(HashPartitioner::consistent_random()));
    let producer = broker.producer(conf).unwrap();
    for key in ["foo", "bar", "key-0", "hello"] {
        let receipt = within(producer.send(Record::to(&topic).key(key).value("x"))).await.unwrap();
        assert_eq!(receipt.partition, KeyHash::Crc32.partition(key.as_bytes(), 10));
    }
}

pub(crate) async fn an_aborted_producer_has_told_every_record_its_fate(target: &Target) {
    let (broker, topic) = target.with_topic(1).await;
    let producer = broker.producer(ProducerConf::new()).unwrap();
    let mut deliveries = Vec::new();
    for n in 0..2_000 {
        let value = n.to_string();
        deliveries.push(within(producer.enqueue(Record::to(&topic).value(&value))).await.unwrap());
    }
    producer.abort();
    let (mut known, mut open) = (0, 0);
    for delivery in deliveries {
        match within(delivery).await {
            Ok(_) => known += 1,
            Err(error) => {
                assert_eq!(error.kind(), ErrorKind::Closed, "{error}");
                open += i64::from(error.may_be_written());
            }
        }
    }
    let end = broker.offset_latest(&topic, 0).await.unwrap();
    assert!((known..=known + open).contains(&end), "{known} acknowledged, {open} open, {end} written");
}

/// Built, compressed, produced, given back, and read again.
pub(crate) async fn whole_batches_come_back_with_where_they_are(target: &Target) {
    let (broker, topic) = target.with_topic(3).await;
    let mut conf = BatchBuilderConf::new(topic.as_str(), 3);
    (conf.compression, conf.min_uncompressed_bytes) = (Compression::Gzip, 2_000);
    let (builder, batches) = BatchBuilder::start(conf).unwrap();
    let producer = broker.batch_producer(BatchProducerConf::new(topic.as_str(), 0..3)).unwrap();
    let mut output = producer.start(batches).unwrap();
    let to = topic.clone();
    let feeding = tokio::spawn(async move {
        for n in 0..600 {
            let value = format!("{n:100}");
            builder.add(Record::to(&to).partition(n % 3).value(&value)).await.unwrap();
        }
    });
    let mut records = 0;
    while let Some(batch) = within(output.recv()).await {
        assert!(batch.produced(), "{batch:?}");
        let (partition, answer) =
            (batch.partition().unwrap(), &batch.life().exchanges.last().unwrap().answer);
        assert_eq!(answer.as_ref().map(|answer| answer.partition), Some(partition));
        for message in batch.messages() {
            let number: i64 = std::str::from_utf8(&message.value.unwrap()).unwrap().trim().parse().unwrap();
            assert_eq!((message.offset, number % 3), (number / 3, i64::from(partition)));
            records += 1;
        }
    }
    feeding.await.unwrap();
    within(producer.wait(Duration::from_secs(10))).await.unwrap();
    assert_eq!(records, 600);
    let read = take(&mut consumer(&broker, &topic, 1).await, 200).await;
    assert_eq!(texts(&read)[199].trim(), "598");
}
