use std::pin::pin;
use std::task::{Context, Waker};
use std::time::Duration;

use futures_util::StreamExt;
use kafka_client::{Broker, ConsumerConf, ErrorKind, Message, ProducerConf, StartOffset};

use crate::target::{Target, consumer, take, texts, within, write};

/// A topic of one partition with the messages "0", "1" and so on.
async fn numbered(target: &Target, count: usize) -> (Broker, String) {
    let (broker, topic) = target.with_topic(1).await;
    write(&broker, &topic, 0, 0..count).await;
    (broker, topic)
}

fn from(topic: &str, start: StartOffset) -> ConsumerConf {
    let mut conf = ConsumerConf::new(topic, 0);
    conf.start_offset = start;
    conf
}

pub(crate) async fn begins_at_the_oldest_the_newest_or_an_exact_offset(target: &Target) {
    let (broker, topic) = numbered(target, 5).await;
    let mut oldest = broker.consumer(from(&topic, StartOffset::Oldest)).await.unwrap();
    let mut exact = broker.consumer(from(&topic, StartOffset::At(3))).await.unwrap();
    let mut newest = broker.consumer(from(&topic, StartOffset::Newest)).await.unwrap();
    assert_eq!((oldest.position(), exact.position(), newest.position()), (0, 3, 5));
    write(&broker, &topic, 0, 5..6).await;
    assert_eq!(texts(&take(&mut oldest, 6).await), ["0", "1", "2", "3", "4", "5"]);
    assert_eq!(texts(&take(&mut exact, 3).await), ["3", "4", "5"]);
    assert_eq!(texts(&take(&mut newest, 1).await), ["5"]);
}

pub(crate) async fn a_message_larger_than_the_fetch_size_is_read(target: &Target) {
    let (broker, topic) = target.with_topic(1).await;
    let producer = broker.producer(ProducerConf::new()).unwrap();
    let large = vec![7; 200_000];
    for value in [&b"small"[..], &large, b"small"] {
        within(producer.produce(&topic, 0, &mut [Message::value(value.to_vec())])).await.unwrap();
    }
    let mut conf = from(&topic, StartOffset::Oldest);
    conf.max_fetch_size = 1_000;
    let mut reader = broker.consumer(conf).await.unwrap();
    let sizes: Vec<_> = take(&mut reader, 3).await.iter().map(|m| m.value.as_ref().unwrap().len()).collect();
    assert_eq!(sizes, [5, 200_000, 5]);
}

pub(crate) async fn messages_tell_how_many_are_behind_them(target: &Target) {
    let (broker, topic) = numbered(target, 10).await;
    for (at, message) in (0..).zip(take(&mut consumer(&broker, &topic, 0).await, 10).await) {
        assert_eq!((message.offset, message.high_watermark, message.lag()), (at, 10, Some(9 - at)));
        assert_eq!((&*message.topic, message.partition), (topic.as_str(), 0));
        assert!(message.timestamp.is_some());
    }
}

pub(crate) async fn single_messages_and_batches_share_one_position(target: &Target) {
    let (broker, topic) = numbered(target, 10).await;
    let mut reader = consumer(&broker, &topic, 0).await;
    assert_eq!(texts(&take(&mut reader, 4).await), ["0", "1", "2", "3"]);
    let batch = within(reader.consume_batch()).await.unwrap();
    let values: Vec<_> = batch.iter().map(|record| record.value().unwrap().to_vec()).collect();
    assert_eq!(values, [b"4", b"5", b"6", b"7", b"8", b"9"]);
    assert_eq!((batch.len(), batch.next_offset(), batch.high_watermark()), (6, 10, 10));
    assert_eq!(reader.position(), 10);
}

pub(crate) async fn no_data_comes_after_the_limit_and_the_consumer_stays_usable(target: &Target) {
    let (broker, topic) = numbered(target, 1).await;
    let mut conf = from(&topic, StartOffset::Oldest);
    conf.retry_limit = Some(3);
    conf.request_timeout = Duration::from_millis(20);
    conf.retry_wait = Duration::from_millis(10);
    let mut reader = broker.consumer(conf).await.unwrap();
    // The first fetch may take longer than the limit on a busy machine: what counts is that it does not get lost.
    let mut errors = 0;
    let first = loop {
        match within(reader.consume()).await {
            Ok(message) => break message,
            Err(error) => {
                assert_eq!(error.kind(), ErrorKind::NoData);
                errors += 1;
            }
        }
    };
    assert_eq!(first.offset, 0, "after {errors} times NoData");
    let error = within(reader.consume()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NoData);
    assert_eq!(reader.position(), 1);
    write(&broker, &topic, 0, 1..2).await;
    let next = loop {
        match within(reader.consume()).await {
            Ok(message) => break message,
            Err(error) => assert_eq!(error.kind(), ErrorKind::NoData),
        }
    };
    assert_eq!(next.offset, 1);
}

pub(crate) async fn an_offset_out_of_range_is_an_error_and_seek_mends_it(target: &Target) {
    let (broker, topic) = numbered(target, 3).await;
    let mut reader = broker.consumer(from(&topic, StartOffset::At(1_000))).await.unwrap();
    for _ in 0..2 {
        let error = within(reader.consume()).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::OffsetOutOfRange, "{error}");
        assert!(!error.is_terminal());
        assert_eq!(reader.position(), 1_000, "nothing is skipped on its own");
    }
    reader.seek(StartOffset::At(2)).await.unwrap();
    assert_eq!(texts(&take(&mut reader, 1).await), ["2"]);
    reader.seek(StartOffset::Oldest).await.unwrap();
    assert_eq!(texts(&take(&mut reader, 3).await), ["0", "1", "2"]);
}

pub(crate) async fn a_dropped_consume_loses_nothing(target: &Target) {
    let (broker, topic) = numbered(target, 50).await;
    let mut reader = consumer(&broker, &topic, 0).await;
    let mut read = Vec::new();
    while read.len() < 50 {
        {
            let mut dropped = pin!(reader.consume());
            // Polled once: what it yields counts, what it waits for must come with the next call.
            if let std::task::Poll::Ready(message) =
                dropped.as_mut().poll(&mut Context::from_waker(Waker::noop()))
            {
                read.push(message.unwrap().offset);
                continue;
            }
        }
        read.push(within(reader.consume()).await.unwrap().offset);
    }
    assert_eq!(read, (0..50).collect::<Vec<_>>());
}

pub(crate) async fn a_stream_yields_every_message_and_ends_without_data(target: &Target) {
    let (broker, topic) = numbered(target, 20).await;
    let mut conf = from(&topic, StartOffset::Oldest);
    conf.retry_limit = Some(50);
    let stream = broker.consumer(conf).await.unwrap().into_stream();
    let all: Vec<_> = within(stream.collect()).await;
    let offsets: Vec<_> = all.into_iter().map(|message| message.unwrap().offset).collect();
    assert_eq!(offsets, (0..20).collect::<Vec<_>>());
}

pub(crate) async fn a_waiting_consumer_gets_what_is_written_later(target: &Target) {
    let (broker, topic) = target.with_topic(1).await;
    let mut reader = consumer(&broker, &topic, 0).await;
    let waiting = tokio::spawn(async move { within(reader.consume()).await.unwrap() });
    write(&broker, &topic, 0, 0..1).await;
    assert_eq!(waiting.await.unwrap().offset, 0);
}
