use std::time::{Duration, Instant};

use kafka_client::{
    ConsumerConf, ErrorCode, ErrorKind, Message, NewTopic, OffsetCoordinatorConf, ProducerConf,
};

use crate::target::{Target, make, unique, within};

const TIMEOUT: Duration = Duration::from_secs(30);

pub(crate) async fn describes_its_nodes_and_topics(target: &Target) {
    let (broker, topic) = target.with_topic(3).await;
    // A node learns of a topic a moment after it was made: this waits for it, what is below does not.
    assert_eq!(broker.partition_count(&topic).await.unwrap(), 3);
    let metadata = broker.metadata().await.unwrap();
    assert_eq!(metadata.nodes.len(), target.bootstrap().len());
    for node in &metadata.nodes {
        assert!(target.bootstrap().contains(&format!("{}:{}", node.host, node.port)), "{node:?}");
    }
    let described = metadata.topics.iter().find(|described| described.name == *topic).unwrap();
    assert_eq!(described.partitions.iter().map(|partition| partition.id).collect::<Vec<_>>(), [0, 1, 2]);
    assert!(!described.is_internal);
    assert_eq!(described.id.is_some(), target.is_at_least(2, 8));
}

pub(crate) async fn makes_and_deletes_topics(target: &Target) {
    let broker = target.broker().await;
    let topics = [unique("made"), unique("made")];
    let wanted = [NewTopic::new(topics[0].as_str(), 2), NewTopic::new(topics[1].as_str(), 1)];

    let tried = broker.create_topics(&wanted, TIMEOUT, true).await.unwrap();
    assert!(tried.iter().all(Result::is_ok), "{tried:?}");
    assert!(!names(target).await.contains(&topics[0]), "validating makes nothing");

    for (topic, made) in topics.iter().zip(broker.create_topics(&wanted, TIMEOUT, false).await.unwrap()) {
        assert_eq!(made.unwrap().name, topic.as_str());
    }
    assert_eq!(broker.partition_count(&topics[0]).await.unwrap(), 2);

    let deleted = broker.delete_topics(&[&topics[0], "no-such-topic"], TIMEOUT).await.unwrap();
    assert!(deleted[0].is_ok());
    assert_eq!(deleted[1].as_ref().unwrap_err().code(), Some(ErrorCode::UNKNOWN_TOPIC_OR_PARTITION));
    within(async {
        // A node learns of the deletion a moment after the controller.
        let mut again = tokio::time::interval(Duration::from_millis(20));
        while names(target).await.contains(&topics[0]) {
            again.tick().await;
        }
    })
    .await;
    assert!(names(target).await.contains(&topics[1]));
}

async fn names(target: &Target) -> Vec<String> {
    let metadata = target.broker().await.metadata().await.unwrap();
    metadata.topics.iter().map(|topic| topic.name.to_string()).collect()
}

pub(crate) async fn topics_that_cannot_be_made_say_why(target: &Target) {
    let (broker, topic) = target.with_topic(1).await;
    let mut crowded = NewTopic::new(unique("crowded"), 1);
    crowded.replication_factor = Some(99);
    let wanted = [
        NewTopic::new(topic.as_str(), 1),
        NewTopic::new(unique("none"), 0),
        crowded,
        NewTopic::new("not a name", 1),
    ];
    let made = broker.create_topics(&wanted, TIMEOUT, false).await.unwrap();
    let codes: Vec<_> = made.iter().map(|made| made.as_ref().unwrap_err().code().unwrap()).collect();
    assert_eq!(
        codes,
        [
            ErrorCode::TOPIC_ALREADY_EXISTS,
            ErrorCode::INVALID_PARTITIONS,
            ErrorCode::INVALID_REPLICATION_FACTOR,
            ErrorCode::INVALID_TOPIC_EXCEPTION,
        ]
    );
    assert!(made[0].as_ref().unwrap_err().to_string().contains(&topic));
}

pub(crate) async fn knows_where_a_partition_begins_and_ends(target: &Target) {
    let (broker, topic) = target.with_topic(1).await;
    assert_eq!(broker.offset_earliest(&topic, 0).await.unwrap(), 0);
    assert_eq!(broker.offset_latest(&topic, 0).await.unwrap(), 0);
    let producer = broker.producer(ProducerConf::new()).unwrap();
    producer.produce(&topic, 0, &mut [Message::value("a"), Message::value("b")]).await.unwrap();
    assert_eq!(broker.offset_earliest(&topic, 0).await.unwrap(), 0);
    assert_eq!(broker.offset_latest(&topic, 0).await.unwrap(), 2);
}

pub(crate) async fn an_unknown_topic_is_an_error_within_its_bound(target: &Target) {
    let broker = target.broker().await;
    let topic = unique("unknown");
    let began = Instant::now();
    let error = within(broker.partition_count(&topic)).await.unwrap_err();
    assert_eq!(error.code(), Some(ErrorCode::UNKNOWN_TOPIC_OR_PARTITION), "{error}");
    assert!(error.to_string().contains(&topic), "{error}");
    assert!(began.elapsed() < Duration::from_secs(20), "ten attempts, half a second apart");
}

pub(crate) async fn everything_after_close_is_closed(target: &Target) {
    let (broker, topic) = target.with_topic(1).await;
    let producer = broker.producer(ProducerConf::new()).unwrap();
    let mut consumer = broker.consumer(ConsumerConf::new(topic.as_str(), 0)).await.unwrap();
    let offsets = broker.offset_coordinator(OffsetCoordinatorConf::new(unique("group"))).await.unwrap();
    within(broker.close()).await;
    within(broker.close()).await;

    let closed = [
        within(producer.produce(&topic, 0, &mut [Message::value("late")])).await.unwrap_err(),
        within(consumer.consume()).await.unwrap_err(),
        within(offsets.commit(&topic, 0, 1)).await.unwrap_err(),
        within(broker.metadata()).await.unwrap_err(),
        within(broker.offset_latest(&topic, 0)).await.unwrap_err(),
        broker.producer(ProducerConf::new()).unwrap_err(),
    ];
    for error in closed {
        assert_eq!(error.kind(), ErrorKind::Closed, "{error}");
        assert!(error.is_terminal());
    }
    // Others that dialled the same cluster go on.
    make(&target.broker().await, NewTopic::new(unique("after"), 1)).await;
}
