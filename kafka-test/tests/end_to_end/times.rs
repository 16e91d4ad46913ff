//! Offsets by time, and where partitions begin and end.

use std::time::Duration;

use kafka_client::{
    AssignedConsumerConf, Broker, ConsumerConf, ErrorKind, Message, OffsetReset, ProducerConf, StartOffset,
    TopicPartition,
};

use crate::target::{Target, take, texts, until, within, write};

const HOUR: i64 = 3_600_000;

/// A topic of one partition with ten messages, an hour apart, of which the last was written an hour ago; and the time of
/// the first of them.
async fn hourly(target: &Target) -> (Broker, String, i64) {
    let (broker, topic) = target.with_topic(1).await;
    let first = target.now() - 10 * HOUR;
    let producer = broker.producer(ProducerConf::new()).unwrap();
    // Two batches: a message may be the first of its batch or not.
    for numbers in [0..4, 4..10] {
        let message = |n: i64| Message::value(n.to_string()).with_timestamp(first + n * HOUR);
        let mut batch: Vec<_> = numbers.map(message).collect();
        within(producer.produce(&topic, 0, &mut batch)).await.unwrap();
    }
    (broker, topic, first)
}

pub(crate) async fn reading_begins_with_the_first_message_of_a_time(target: &Target) {
    let (broker, topic, first) = hourly(target).await;
    let half = Duration::from_secs(1_800);
    let mut all = Vec::new();
    for (start, expected) in [
        (StartOffset::Since(0), 0),
        (StartOffset::Since(first + 3 * HOUR), 3),
        (StartOffset::Since(first + 4 * HOUR), 4),
        (StartOffset::Since(first + 6 * HOUR + 1), 7),
        (StartOffset::Since(first + 20 * HOUR), 10),
        (StartOffset::Ago(5 * 2 * half + half), 5),
        (StartOffset::Ago(half), 10),
    ] {
        // All of them begin in the same partition at the same moment.
        let any = broker.assigned_consumer(AssignedConsumerConf::new()).unwrap();
        any.add_at((topic.as_str(), 0), start).unwrap();
        all.push((any, start, expected));
    }
    for (mut any, start, expected) in all {
        let mut conf = ConsumerConf::new(topic.as_str(), 0);
        conf.start_offset = start;
        let mut one = within(broker.consumer(conf)).await.unwrap();
        assert_eq!(one.position(), expected, "{start:?}");
        if expected < 10 {
            assert_eq!(texts(&take(&mut one, 1).await), [expected.to_string()], "{start:?}");
            assert_eq!(within(any.consume()).await.unwrap().offset, expected, "{start:?}");
        } else {
            until(|| any.position((topic.as_str(), 0)) == Some(10)).await;
        }
    }
}

pub(crate) async fn a_position_out_of_range_is_reset_as_the_policy_says(target: &Target) {
    let (broker, topic, first) = hourly(target).await;
    for (reset, expected) in [
        (OffsetReset::Oldest, 0),
        (OffsetReset::Since(first + 8 * HOUR - 1), 8),
        (OffsetReset::Ago(Duration::from_secs(2 * 3_600 + 1_800)), 8),
    ] {
        let mut conf = ConsumerConf::new(topic.as_str(), 0);
        (conf.start_offset, conf.reset) = (StartOffset::At(1_000), reset);
        let mut one = broker.consumer(conf).await.unwrap();
        assert_eq!(texts(&take(&mut one, 1).await), [expected.to_string()], "{reset:?}");
        let mut conf = AssignedConsumerConf::new();
        conf.reset = reset;
        let mut any = broker.assigned_consumer(conf).unwrap();
        for start in [StartOffset::At(1_000), StartOffset::Reset] {
            any.add_at((topic.as_str(), 0), start).unwrap();
            assert_eq!(within(any.consume()).await.unwrap().offset, expected, "{reset:?} {start:?}");
            any.remove((topic.as_str(), 0));
        }
    }
    let mut conf = ConsumerConf::new(topic.as_str(), 0);
    (conf.start_offset, conf.reset) = (StartOffset::At(1_000), OffsetReset::Newest);
    conf.retry_limit = Some(5);
    let mut newest = broker.consumer(conf).await.unwrap();
    within(async {
        while newest.position() != 10 {
            assert_eq!(newest.consume().await.unwrap_err().kind(), ErrorKind::NoData);
        }
    })
    .await;
}

pub(crate) async fn messages_are_found_by_their_time(target: &Target) {
    let (broker, topic, first) = hourly(target).await;
    let of = TopicPartition::new(topic.as_str(), 0);
    for (time, expected) in [(0, Some(0)), (first + 2 * HOUR - 1, Some(2)), (first + 9 * HOUR, Some(9))] {
        let found = within(broker.offsets_for_times([(&of, time)])).await.unwrap();
        let found = found[&of];
        assert_eq!(found.map(|found| found.offset), expected, "{time}");
        let found = found.unwrap();
        assert_eq!(found.timestamp, first + found.offset * HOUR);
        assert_eq!(found.leader_epoch.is_some(), target.is_at_least(2, 1), "{found:?}");
    }
    let late = within(broker.offsets_for_times([(&of, first + 9 * HOUR + 1)])).await.unwrap();
    assert_eq!(late[&of], None);
    let error = within(broker.offsets_for_times([(&of, -1)])).await.unwrap_err();
    assert_eq!((error.kind(), error.partition()), (ErrorKind::InvalidConfig, Some(0)), "{error}");
}

pub(crate) async fn partitions_begin_and_end_where_their_logs_do(target: &Target) {
    let (broker, topic) = target.with_topic(3).await;
    let all: Vec<_> = (0..3).map(|partition| TopicPartition::new(topic.as_str(), partition)).collect();
    for of in &all {
        write(&broker, &topic, of.partition, 0..of.partition as usize).await;
    }
    let begin = within(broker.beginning_offsets(&all)).await.unwrap();
    let end = within(broker.end_offsets(&all)).await.unwrap();
    for of in &all {
        assert_eq!((begin[of], end[of]), (0, i64::from(of.partition)), "{of}");
        let one = broker.consumer(ConsumerConf::new(topic.as_str(), of.partition)).await.unwrap();
        assert_eq!(within(one.end_offset()).await.unwrap(), end[of]);
        assert_eq!(within(one.beginning_offset()).await.unwrap(), begin[of]);
    }
}
