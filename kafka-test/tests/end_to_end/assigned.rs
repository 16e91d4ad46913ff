//! Any set of partitions.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use futures_util::StreamExt;
use kafka_client::{
    AssignedConsumer, AssignedConsumerConf, Broker, ErrorKind, Message, NewTopic, StartOffset, TopicPartition,
};
use tokio::sync::mpsc;

use crate::target::{Target, make, texts, unique, until, within, write};

fn of(broker: &Broker, topic: &str, partitions: std::ops::Range<i32>) -> AssignedConsumer {
    let consumer = broker.assigned_consumer(AssignedConsumerConf::new()).unwrap();
    for partition in partitions {
        consumer.add((topic, partition)).unwrap();
    }
    consumer
}

/// The values of what comes next, by partition.
async fn take(consumer: &mut AssignedConsumer, count: usize) -> BTreeMap<i32, Vec<String>> {
    let mut taken: BTreeMap<i32, Vec<String>> = BTreeMap::new();
    for _ in 0..count {
        let message = within(consumer.consume()).await.unwrap();
        taken.entry(message.partition).or_default().extend(texts(&[message]));
    }
    taken
}

fn numbers(range: std::ops::Range<usize>) -> Vec<String> {
    range.map(|n| n.to_string()).collect()
}

/// Nothing comes in a time in which something would have.
async fn quiet(consumer: &mut AssignedConsumer) {
    let more = tokio::time::timeout(Duration::from_secs(1), consumer.consume()).await;
    assert!(more.is_err(), "{more:?}");
}

pub(crate) async fn partitions_of_several_topics_are_read_each_in_order(target: &Target) {
    let (broker, topic) = target.with_topic(3).await;
    let other = unique("topic");
    make(&broker, NewTopic::new(other.as_str(), 1)).await;
    let consumer = &mut of(&broker, &topic, 0..3);
    consumer.add((other.as_str(), 0)).unwrap();
    for round in 0..2 {
        for partition in 0..3 {
            write(&broker, &topic, partition, round * 10..round * 10 + 10).await;
        }
        write(&broker, &other, 0, round * 10..round * 10 + 10).await;
    }
    let mut read: BTreeMap<TopicPartition, Vec<Message>> = BTreeMap::new();
    for _ in 0..80 {
        let message = within(consumer.consume()).await.unwrap();
        let of = TopicPartition::new(message.topic.clone(), message.partition);
        read.entry(of).or_default().push(message);
    }
    assert_eq!(read.keys().cloned().collect::<Vec<_>>(), consumer.partitions());
    for (of, messages) in &read {
        assert_eq!(texts(messages), numbers(0..20), "{of}");
        assert!(messages.iter().map(|message| message.offset).eq(0..20));
        assert_eq!((consumer.position(of), consumer.lag(of)), (Some(20), Some(0)), "{of}");
    }
}

pub(crate) async fn partitions_come_and_go_while_another_task_reads(target: &Target) {
    let (broker, topic) = target.with_topic(2).await;
    let mut consumer = broker.assigned_consumer(AssignedConsumerConf::new()).unwrap();
    let assignment = consumer.assignment();
    let (sender, mut messages) = mpsc::unbounded_channel();
    let reading = tokio::spawn(async move {
        loop {
            match consumer.consume().await {
                Ok(message) => drop(sender.send((message.partition, message.offset))),
                Err(error) => return error,
            }
        }
    });
    let first = (topic.as_str(), 0);
    assignment.add(first).unwrap();
    assert_eq!(assignment.add(first).unwrap_err().kind(), ErrorKind::InvalidConfig);
    write(&broker, &topic, 0, 0..2).await;
    for offset in 0..2 {
        assert_eq!(within(messages.recv()).await, Some((0, offset)));
    }
    assert_eq!(assignment.remove(first), Some(2));
    write(&broker, &topic, 0, 2..4).await;
    write(&broker, &topic, 1, 0..3).await;
    assignment.add_at((topic.as_str(), 1), StartOffset::At(1)).unwrap();
    for offset in 1..3 {
        assert_eq!(within(messages.recv()).await, Some((1, offset)), "the removed one has said nothing");
    }
    assignment.add_at(first, StartOffset::At(3)).unwrap();
    assert_eq!(within(messages.recv()).await, Some((0, 3)));
    within(broker.close()).await;
    assert_eq!(within(reading).await.unwrap().kind(), ErrorKind::Closed);
}

pub(crate) async fn partitions_added_without_an_offset_begin_where_the_configuration_says(target: &Target) {
    let (broker, topic) = target.with_topic(3).await;
    for partition in 0..3 {
        write(&broker, &topic, partition, 0..5).await;
    }
    let mut conf = AssignedConsumerConf::new();
    conf.start_offset = StartOffset::Newest;
    let mut consumer = broker.assigned_consumer(conf).unwrap();
    consumer.add((topic.as_str(), 0)).unwrap();
    consumer.assignment().add((topic.as_str(), 1)).unwrap();
    consumer.add_at((topic.as_str(), 2), StartOffset::Oldest).unwrap();
    assert_eq!(take(&mut consumer, 5).await[&2], numbers(0..5));
    // What is newest is known once the leader has said so.
    until(|| (0..2).all(|partition| consumer.position((topic.as_str(), partition)) == Some(5))).await;
    for partition in 0..2 {
        write(&broker, &topic, partition, 5..6).await;
        assert_eq!(take(&mut consumer, 1).await[&partition], ["5"]);
    }
}

pub(crate) async fn a_paused_partition_waits_and_the_others_flow(target: &Target) {
    let (broker, topic) = target.with_topic(2).await;
    let consumer = &mut of(&broker, &topic, 0..2);
    write(&broker, &topic, 0, 0..10).await;
    assert_eq!(take(consumer, 3).await[&0], numbers(0..3));
    consumer.pause((topic.as_str(), 0)).unwrap();
    assert_eq!(consumer.paused(), [TopicPartition::new(topic.as_str(), 0)]);
    write(&broker, &topic, 0, 10..12).await;
    for n in 0..5 {
        write(&broker, &topic, 1, n..n + 1).await;
        assert_eq!(take(consumer, 1).await, BTreeMap::from([(1, vec![n.to_string()])]));
    }
    quiet(consumer).await;
    assert_eq!(consumer.position((topic.as_str(), 0)), Some(3));
    consumer.resume((topic.as_str(), 0)).unwrap();
    assert_eq!(take(consumer, 9).await[&0], numbers(3..12));
}

pub(crate) async fn a_seek_goes_anywhere_in_one_partition(target: &Target) {
    let (broker, topic) = target.with_topic(2).await;
    for partition in 0..2 {
        write(&broker, &topic, partition, 0..10).await;
    }
    let consumer = &mut of(&broker, &topic, 0..2);
    take(consumer, 20).await;
    let first = (topic.as_str(), 0);
    for (to, begin) in [(StartOffset::At(7), 7), (StartOffset::Oldest, 0), (StartOffset::At(9), 9)] {
        consumer.seek(first, to).unwrap();
        assert_eq!(take(consumer, 10 - begin).await[&0], numbers(begin..10), "{to:?}");
    }
    consumer.seek(first, StartOffset::At(2)).unwrap();
    assert_eq!(take(consumer, 1).await[&0], ["2"]);
    consumer.seek(first, StartOffset::Newest).unwrap();
    quiet(consumer).await;
    assert_eq!(consumer.position(first), Some(10));
    write(&broker, &topic, 0, 10..11).await;
    assert_eq!(take(consumer, 1).await[&0], ["10"]);
    assert_eq!(consumer.position((topic.as_str(), 1)), Some(10), "the other one stays where it is");
}

pub(crate) async fn an_offset_out_of_range_is_the_error_of_one_partition(target: &Target) {
    let (broker, topic) = target.with_topic(2).await;
    for partition in 0..2 {
        write(&broker, &topic, partition, 0..5).await;
    }
    let consumer = &mut of(&broker, &topic, 0..1);
    let lost = (topic.as_str(), 1);
    consumer.add_at(lost, StartOffset::At(1_000)).unwrap();
    let (mut values, mut error) = (Vec::new(), None);
    while values.len() < 5 || error.is_none() {
        match within(consumer.consume()).await {
            Ok(message) => values.extend(texts(&[message])),
            Err(told) => error = Some(told),
        }
    }
    assert_eq!(values, numbers(0..5));
    let error = error.unwrap();
    assert_eq!((error.kind(), error.partition()), (ErrorKind::OffsetOutOfRange, Some(1)), "{error}");
    consumer.seek(lost, StartOffset::At(3)).unwrap();
    assert_eq!(take(consumer, 2).await[&1], ["3", "4"]);
}

pub(crate) async fn each_partition_is_read_by_a_task_of_its_own(target: &Target) {
    let (broker, topic) = target.with_topic(3).await;
    let consumer = &mut of(&broker, &topic, 0..3);
    let mut tasks = Vec::new();
    for mut stream in consumer.streams() {
        tasks.push(tokio::spawn(async move {
            let first = within(stream.consume()).await.unwrap();
            let batch = within(stream.consume_batch()).await.unwrap();
            let so_far = 1 + batch.len();
            let mut read = vec![first];
            read.extend(batch.messages());
            for message in within(stream.by_ref().take(20 - so_far).collect::<Vec<_>>()).await {
                read.push(message.unwrap());
            }
            assert_eq!(stream.position(), Some(20));
            (stream.partition().partition, texts(&read))
        }));
    }
    for partition in 0..3 {
        write(&broker, &topic, partition, 0..10).await;
        write(&broker, &topic, partition, 10..20).await;
    }
    let mut partitions = BTreeSet::new();
    for task in tasks {
        let (partition, values) = within(task).await.unwrap();
        assert_eq!(values, numbers(0..20));
        partitions.insert(partition);
    }
    assert_eq!(partitions, BTreeSet::from([0, 1, 2]));
    // The streams are gone: their partitions are the consumer's again.
    write(&broker, &topic, 1, 20..21).await;
    assert_eq!(take(consumer, 1).await[&1], ["20"]);
}

pub(crate) async fn who_waits_in_vain_is_told_so(target: &Target) {
    let (broker, topic) = target.with_topic(1).await;
    let mut conf = AssignedConsumerConf::new();
    (conf.retry_limit, conf.retry_wait) = (Some(3), Duration::from_millis(10));
    let mut consumer = broker.assigned_consumer(conf).unwrap();
    assert_eq!(
        within(consumer.consume()).await.unwrap_err().kind(),
        ErrorKind::NoData,
        "there is nothing to read"
    );
    consumer.add((topic.as_str(), 0)).unwrap();
    assert_eq!(within(consumer.consume()).await.unwrap_err().kind(), ErrorKind::NoData);
    write(&broker, &topic, 0, 0..1).await;
    // The first fetch may take longer than the limit on a busy machine: what counts is that it does not get lost.
    let message = loop {
        match within(consumer.consume()).await {
            Ok(message) => break message,
            Err(error) => assert_eq!(error.kind(), ErrorKind::NoData),
        }
    };
    assert_eq!(message.offset, 0);
}
