use std::time::Duration;

use kafka_client::{
    Broker, Compression, ErrorCode, ErrorKind, Message, NewTopic, ProducerConf, Record, RequiredAcks,
};

use crate::target::{Target, consumer, make, take, texts, unique, within};

pub(crate) async fn a_batch_is_written_whole_and_its_offsets_are_filled_in(target: &Target) {
    let (broker, topic) = target.with_topic(2).await;
    let producer = broker.producer(ProducerConf::new()).unwrap();
    for round in 0..3 {
        let mut batch = [Message::value("a"), Message::value("b"), Message::value("c")];
        let first = within(producer.produce(&topic, 1, &mut batch)).await.unwrap();
        assert_eq!(first, Some(round * 3));
        for (message, offset) in batch.iter().zip(round * 3..) {
            assert_eq!((message.offset, message.partition, &*message.topic), (offset, 1, topic.as_str()));
        }
    }
    assert_eq!(broker.offset_latest(&topic, 1).await.unwrap(), 9);
    assert_eq!(broker.offset_latest(&topic, 0).await.unwrap(), 0);
}

pub(crate) async fn an_empty_batch_writes_nothing(target: &Target) {
    let (broker, topic) = target.with_topic(1).await;
    let producer = broker.producer(ProducerConf::new()).unwrap();
    assert_eq!(producer.produce(&topic, 0, &mut []).await.unwrap(), None);
    assert_eq!(broker.offset_latest(&topic, 0).await.unwrap(), 0);
}

pub(crate) async fn every_codec_brings_back_what_was_written(target: &Target) {
    let mut codecs = vec![Compression::None, Compression::Gzip, Compression::Snappy, Compression::Lz4];
    if target.is_at_least(2, 1) {
        codecs.push(Compression::Zstd);
    }
    let (broker, topic) = target.with_topic(1).await;
    let mut reader = consumer(&broker, &topic, 0).await;
    for codec in codecs {
        let mut conf = ProducerConf::new();
        conf.compression = codec;
        let producer = broker.producer(conf).unwrap();
        let mut written = odd_messages();
        within(producer.produce(&topic, 0, &mut written)).await.unwrap();
        for (wrote, read) in written.iter().zip(take(&mut reader, written.len()).await) {
            assert_eq!(wrote.key, read.key, "{codec:?}");
            assert_eq!(wrote.value, read.value, "{codec:?}");
            assert_eq!(wrote.headers, read.headers, "{codec:?}");
            assert_eq!(wrote.timestamp, read.timestamp, "{codec:?}");
            assert_eq!(wrote.offset, read.offset, "{codec:?}");
        }
    }
}

/// Null and empty, headers twice and null, timestamps that go back, a large value.
fn odd_messages() -> Vec<Message> {
    let mut null_header = Message::value("null header").with_timestamp(1_700_000_000_500);
    null_header.headers.push("h", None);
    vec![
        Message::key_value("", "empty key").with_timestamp(1_700_000_000_000),
        Message::tombstone("k").with_timestamp(1_700_000_001_000),
        Message::default().with_timestamp(1_699_999_999_000),
        Message::value("").with_header("h", "1").with_header("h", "").with_timestamp(1_700_000_002_000),
        null_header,
        Message::value("squeeze me ".repeat(10_000)).with_timestamp(1_700_000_003_000),
    ]
}

pub(crate) async fn acks_none_and_leader_write_too(target: &Target) {
    let (broker, topic) = target.with_topic(1).await;
    let mut reader = consumer(&broker, &topic, 0).await;
    for (acks, offset) in
        [(RequiredAcks::None, None), (RequiredAcks::LOCAL, Some(1)), (RequiredAcks::All, Some(2))]
    {
        let mut conf = ProducerConf::new();
        conf.required_acks = acks;
        let producer = broker.producer(conf).unwrap();
        let mut batch = [Message::value(format!("{acks:?}"))];
        assert_eq!(within(producer.produce(&topic, 0, &mut batch)).await.unwrap(), offset);
        assert_eq!(batch[0].offset, offset.unwrap_or(-1), "what is not known is not made up");
        assert_eq!(texts(&take(&mut reader, 1).await), [format!("{acks:?}")]);
    }
}

pub(crate) async fn a_partition_out_of_range_is_an_error_that_says_why(target: &Target) {
    let (broker, topic) = target.with_topic(2).await;
    let producer = broker.producer(ProducerConf::new()).unwrap();
    for (partition, why) in [(2, "2 partitions"), (i32::MAX, "2 partitions"), (-1, "negative")] {
        let error =
            within(producer.produce(&topic, partition, &mut [Message::value("x")])).await.unwrap_err();
        assert!(error.to_string().contains(why), "{error}");
        assert_eq!(error.topic(), Some(topic.as_str()));
    }
}

pub(crate) async fn a_message_above_the_limit_is_an_error_that_names_it(target: &Target) {
    let (broker, topic) = target.with_topic(1).await;
    let producer = broker.producer(ProducerConf::new()).unwrap();
    let error =
        within(producer.produce(&topic, 0, &mut [Message::value(vec![0; 2 << 20])])).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidRecord, "{error}");
    assert!(error.to_string().contains("max_request_size"), "{error}");
}

pub(crate) async fn a_message_above_the_topics_limit_is_refused_and_the_next_one_is_written(target: &Target) {
    let broker = target.broker().await;
    let topic = unique("narrow");
    let mut narrow = NewTopic::new(topic.as_str(), 1);
    narrow.configs.push(("max.message.bytes".into(), "1000".into()));
    make(&broker, narrow).await;
    let producer = broker.producer(ProducerConf::new()).unwrap();
    let error = within(producer.produce(&topic, 0, &mut [Message::value(vec![1; 5000])])).await.unwrap_err();
    assert_eq!(error.code(), Some(ErrorCode::MESSAGE_TOO_LARGE), "{error}");
    assert!(!error.may_be_written());
    assert_eq!(within(producer.produce(&topic, 0, &mut [Message::value("fits")])).await.unwrap(), Some(0));
}

pub(crate) async fn enqueued_records_arrive_once_and_in_order(target: &Target) {
    let (broker, topic) = target.with_topic(2).await;
    let producer = broker.producer(ProducerConf::new()).unwrap();
    let mut deliveries = Vec::new();
    for n in 0..5_000 {
        let value = n.to_string();
        let record = Record::to(&topic).partition(n % 2).value(&value);
        deliveries.push(within(producer.enqueue(record)).await.unwrap());
    }
    for (n, delivery) in (0..).zip(deliveries) {
        let receipt = within(delivery).await.unwrap();
        assert_eq!((receipt.partition, receipt.offset), (n % 2, Some(i64::from(n / 2))));
    }
    for partition in 0..2 {
        let read = texts(&take(&mut consumer(&broker, &topic, partition).await, 2_500).await);
        let wrote: Vec<_> = (0..5_000).filter(|n| n % 2 == partition).map(|n| n.to_string()).collect();
        assert_eq!(read, wrote);
    }
}

pub(crate) async fn records_with_a_key_stay_together(target: &Target) {
    let (broker, topic) = target.with_topic(4).await;
    let producer = broker.producer(ProducerConf::new()).unwrap();
    let mut partitions = Vec::new();
    for _ in 0..3 {
        for key in ["a", "b", "c", "d", "e"] {
            partitions
                .push(within(producer.send(Record::to(&topic).key(key).value("x"))).await.unwrap().partition);
        }
    }
    assert_eq!(partitions[..5], partitions[5..10]);
    assert_eq!(partitions[..5], partitions[10..]);
}

pub(crate) async fn close_delivers_what_was_taken(target: &Target) {
    let (broker, topic) = target.with_topic(1).await;
    let producer = broker.producer(ProducerConf::new()).unwrap();
    let mut deliveries = Vec::new();
    for _ in 0..100 {
        deliveries.push(producer.enqueue(Record::to(&topic).value("x")).await.unwrap());
    }
    within(producer.close(Duration::from_secs(30))).await.unwrap();
    assert_eq!(latest(&broker, &topic).await, 100);
    for delivery in deliveries {
        within(delivery).await.unwrap();
    }
    let error = within(producer.send(Record::to(&topic).value("late"))).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Closed, "{error}");
}

async fn latest(broker: &Broker, topic: &str) -> i64 {
    broker.offset_latest(topic, 0).await.unwrap()
}
