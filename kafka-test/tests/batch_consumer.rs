//! A consumer of batches, asked for by its own name: of a broker, and of any client.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use kafka_client::{
    BatchConsumer, Broker, BrokerConf, Client, ConsumerConf, ErrorCode, Message, ProducerConf, StartOffset,
};
use kafka_test::cluster::{Cluster, Network};

/// Reads so many values, and tells how many batches they came in.
async fn read(consumer: &mut dyn BatchConsumer, count: usize) -> (Vec<String>, usize) {
    let (mut values, mut batches) = (Vec::new(), 0);
    while values.len() < count {
        let batch = consumer.consume_batch().await.unwrap();
        let read = batch.iter().map(|record| String::from_utf8(record.value().unwrap().to_vec()).unwrap());
        values.extend(read);
        batches += 1;
    }
    (values, batches)
}

#[tokio::test(start_paused = true)]
async fn a_consumer_of_batches_begins_where_it_is_told_and_hands_out_all_that_has_arrived() {
    let cluster = Cluster::builder().topic("t", 2).network(Network::Memory).start().await.unwrap();
    let mut conf = BrokerConf::new("batches");
    conf.environment = Some(cluster.environment());
    let broker = Broker::dial(cluster.bootstrap(), conf).await.unwrap();
    let producer = broker.producer(ProducerConf::new()).unwrap();
    let mut messages: Vec<_> = (0..500).map(|n| Message::value(n.to_string())).collect();
    producer.produce("t", 1, &mut messages).await.unwrap();

    let mut conf = ConsumerConf::new("t", 1);
    conf.start_offset = StartOffset::At(200);
    let expected: Vec<_> = (200..500).map(|n| n.to_string()).collect();
    let mut concrete = broker.batch_consumer(conf.clone()).await.unwrap();
    let client: &dyn Client = &broker;
    let mut boxed = client.batch_consumer(conf).await.unwrap();
    for consumer in [&mut concrete as &mut dyn BatchConsumer, boxed.as_mut()] {
        let (values, batches) = read(consumer, 300).await;
        assert_eq!(values, expected);
        assert!(batches < 10, "{batches}");
    }
    let unknown = client.batch_consumer(ConsumerConf::new("t", 7)).await.err().unwrap();
    assert_eq!(unknown.code(), Some(ErrorCode::UNKNOWN_TOPIC_OR_PARTITION));
}
