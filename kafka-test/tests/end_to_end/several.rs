use std::collections::BTreeSet;

use kafka_client::{
    ConsumerConf, DistributingProducer, ErrorKind, HashProducer, Message, ProducerConf, RandomProducer,
    RoundRobinProducer, merge,
};

use crate::target::{Target, within};

pub(crate) async fn a_merge_yields_every_message_of_every_partition(target: &Target) {
    let (broker, topic) = target.with_topic(3).await;
    let producer = broker.producer(ProducerConf::new()).unwrap();
    let mut consumers = Vec::new();
    for partition in 0..3 {
        let mut batch: Vec<_> = (0..10).map(|n| Message::value(n.to_string())).collect();
        within(producer.produce(&topic, partition, &mut batch)).await.unwrap();
        let mut conf = ConsumerConf::new(topic.as_str(), partition);
        conf.retry_limit = Some(50);
        consumers.push(broker.consumer(conf).await.unwrap());
    }
    let mx = merge(consumers);
    let mut seen = BTreeSet::new();
    let mut last = [-1; 3];
    let end = loop {
        match within(mx.consume()).await {
            Ok(message) => {
                let at = usize::try_from(message.partition).unwrap();
                assert_eq!(message.offset, last[at] + 1, "in order within a partition");
                last[at] = message.offset;
                assert!(seen.insert((message.partition, message.offset)));
            }
            Err(error) => break error,
        }
    };
    assert_eq!(end.kind(), ErrorKind::MxClosed, "{end}");
    assert_eq!(seen.len(), 30);
}

pub(crate) async fn batches_are_distributed_by_key_in_turn_and_at_random(target: &Target) {
    let (broker, topic) = target.with_topic(10).await;
    let producer = broker.producer(ProducerConf::new()).unwrap();

    let by_key = HashProducer::new(producer.clone(), 10).unwrap();
    let mut batch = [Message::key_value("foo", "1"), Message::key_value("foo", "2")];
    within(by_key.distribute(&topic, &mut batch)).await.unwrap();
    assert_eq!(batch.map(|message| message.partition), [3, 3]);

    let in_turn = RoundRobinProducer::new(producer.clone(), 10).unwrap();
    for expected in [0, 1, 2] {
        let mut batch = [Message::value("x")];
        within(in_turn.distribute(&topic, &mut batch)).await.unwrap();
        assert_eq!(batch[0].partition, expected);
    }

    let at_random = RandomProducer::seeded(producer, 10, 1).unwrap();
    let mut batch = [Message::value("x")];
    within(at_random.distribute(&topic, &mut batch)).await.unwrap();
    assert!((0..10).contains(&batch[0].partition) && batch[0].offset >= 0);
}
