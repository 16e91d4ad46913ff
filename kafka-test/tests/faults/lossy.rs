//! What takes records away, or who wrote them: unclean elections, damaged disks, deletion, compaction, expiry. What the
//! cluster lost is lost; nothing else is, nothing comes twice, and the client says so where it can know.

use std::time::Duration;

use kafka_client::{
    Broker, BrokerConf, ConsumerConf, ErrorKind, KafkaProducer, Message, PartitionConsumer, ProducerConf,
    Record, StartOffset,
};
use kafka_test::cluster::{Cluster, ClusterConf, Network, Replication, TopicConf};

use crate::ms;

async fn start(conf: ClusterConf) -> (Cluster, Broker, KafkaProducer) {
    let cluster = conf.network(Network::Memory).start().await.unwrap();
    let mut conf = BrokerConf::new("lossy");
    conf.environment = Some(cluster.environment());
    let broker = Broker::dial(cluster.bootstrap(), conf).await.unwrap();
    let producer = broker.producer(ProducerConf::new()).unwrap();
    (cluster, broker, producer)
}

fn one_partition() -> ClusterConf {
    let mut conf = Cluster::builder().nodes(3).topic("t", 1);
    conf.replica_lag = ms(100);
    conf
}

/// Writes these numbers, one batch each.
async fn write(producer: &KafkaProducer, numbers: std::ops::Range<i32>) {
    for number in numbers {
        producer.produce("t", 0, &mut [Message::value(number.to_string())]).await.unwrap();
    }
}

fn values(cluster: &Cluster, node: i32) -> Vec<i32> {
    let records = cluster.records_at(node, "t", 0).into_iter();
    records.map(|record| std::str::from_utf8(&record.value.unwrap()).unwrap().parse().unwrap()).collect()
}

async fn next(consumer: &mut PartitionConsumer) -> String {
    let message = consumer.consume().await.unwrap();
    String::from_utf8(message.value.unwrap().to_vec()).unwrap()
}

#[tokio::test(start_paused = true)]
async fn an_unclean_election_loses_what_the_new_leader_never_had_and_nothing_else() {
    // The new leader has some of what was written, or nothing, so that it knows the producer, or does not.
    for (known, lost) in [(0..5, 5..10), (0..0, 0..10)] {
        let (cluster, _broker, producer) = start(one_partition()).await;
        write(&producer, known.clone()).await;
        cluster.set_replication(3, Replication::Stopped);
        write(&producer, lost).await;
        tokio::time::sleep(ms(200)).await;
        write(&producer, 10..11).await;
        assert_eq!(cluster.in_sync_replicas("t", 0), [1, 2]);
        cluster.kill(1);
        cluster.kill(2);
        assert_eq!(cluster.leader("t", 0), None, "nobody who is up has it all");
        assert!(cluster.elect_unclean("t", 0, 3));
        let writing = tokio::spawn({
            let producer = producer.clone();
            async move { write(&producer, 11..20).await }
        });
        cluster.revive(1).unwrap();
        cluster.revive(2).unwrap();
        cluster.heal();
        tokio::time::timeout(Duration::from_secs(60), writing).await.unwrap().unwrap();
        let expected: Vec<i32> = known.chain(11..20).collect();
        for node in 1..=3 {
            assert_eq!(values(&cluster, node), expected, "on node {node}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_topic_may_elect_uncleanly_by_itself() {
    let topic = TopicConf::new("t", 1).setting("unclean.leader.election.enable", "true");
    let mut conf = Cluster::builder().nodes(2).with_topic(topic);
    conf.replica_lag = ms(100);
    let (cluster, _broker, producer) = start(conf).await;
    cluster.set_replication(2, Replication::Stopped);
    write(&producer, 0..3).await;
    cluster.kill(1);
    assert_eq!((cluster.leader("t", 0), cluster.in_sync_replicas("t", 0)), (Some(2), vec![2]));
    write(&producer, 3..6).await;
    assert_eq!(values(&cluster, 2), [3, 4, 5]);
}

#[tokio::test(start_paused = true)]
async fn a_log_that_is_cut_under_a_producer() {
    let (cluster, _broker, producer) = start(one_partition()).await;
    write(&producer, 0..10).await;
    cluster.truncate("t", 0, 6);
    write(&producer, 10..15).await;
    assert_eq!(values(&cluster, 1), [0, 1, 2, 3, 4, 5, 10, 11, 12, 13, 14]);
    assert_eq!(values(&cluster, 1), values(&cluster, 2));
}

#[tokio::test(start_paused = true)]
async fn a_batch_damaged_on_one_disk_is_read_from_another() {
    let (cluster, broker, producer) = start(one_partition()).await;
    write(&producer, 0..3).await;
    assert!(cluster.corrupt("t", 0, 1));
    assert!(!cluster.corrupt("t", 0, 3), "nothing is there");
    let mut consumer = broker.consumer(ConsumerConf::new("t", 0)).await.unwrap();
    assert_eq!(next(&mut consumer).await, "0");
    let error = consumer.consume().await.unwrap_err();
    assert_eq!((error.kind(), error.resume_at()), (ErrorKind::CorruptBatch, Some(2)));
    cluster.move_leader("t", 0, 2);
    assert_eq!((next(&mut consumer).await, next(&mut consumer).await), ("1".into(), "2".into()));
}

#[tokio::test(start_paused = true)]
async fn records_deleted_before_they_are_read_are_an_error_and_the_rest_is_read() {
    let (cluster, broker, producer) = start(one_partition()).await;
    write(&producer, 0..10).await;
    cluster.delete_records("t", 0, 7);
    let mut conf = ConsumerConf::new("t", 0);
    conf.start_offset = StartOffset::At(3);
    let mut consumer = broker.consumer(conf).await.unwrap();
    assert_eq!(consumer.consume().await.unwrap_err().kind(), ErrorKind::OffsetOutOfRange);
    consumer.seek(StartOffset::Oldest).await.unwrap();
    for expected in ["7", "8", "9"] {
        assert_eq!(next(&mut consumer).await, expected);
    }
}

#[tokio::test(start_paused = true)]
async fn a_compacted_log_is_read_across_its_gaps() {
    for compression in kafka_client::Compression::ALL {
        let topic = TopicConf::new("t", 1).setting("cleanup.policy", "compact");
        let (cluster, broker, _producer) = start(Cluster::builder().nodes(3).with_topic(topic)).await;
        let mut conf = ProducerConf::new();
        conf.compression = compression;
        let producer = broker.producer(conf).unwrap();
        let of =
            |key: &'static str, value: &'static str| Message::key_value(key, value).with_header("h", "1");
        for mut batch in [
            vec![of("a", "1"), of("b", "1"), of("c", "1")],
            vec![of("a", "2"), of("a", "3")],
            vec![of("b", "2")],
            vec![Message::tombstone("c"), of("a", "4")],
            vec![of("d", "1")],
        ] {
            producer.produce("t", 0, &mut batch).await.unwrap();
        }
        cluster.compact("t", 0);
        assert_eq!(cluster.batches("t", 0).len(), 3, "nothing is left of two batches");
        let mut consumer = broker.consumer(ConsumerConf::new("t", 0)).await.unwrap();
        let mut read = Vec::new();
        for _ in 0..4 {
            let message = consumer.consume().await.unwrap();
            read.push((message.offset, message.key.unwrap(), message.value));
        }
        let expected = [(5, "b", Some("2")), (6, "c", None), (7, "a", Some("4")), (8, "d", Some("1"))];
        let expected = expected.map(|(offset, key, value)| (offset, key.into(), value.map(Into::into)));
        assert_eq!(read, expected);
        let stored = cluster.records_at(3, "t", 0);
        assert_eq!(stored[0].headers.len(), 1);
        assert_eq!(stored.len(), 4, "followers are compacted, too");
        // The broker still knows the producer's last sequence.
        producer.produce("t", 0, &mut [of("e", "1")]).await.unwrap();
    }
}

#[tokio::test(start_paused = true)]
async fn retention_deletes_by_time_and_by_size() {
    let topic = TopicConf::new("t", 1).setting("retention.ms", "1000");
    let (cluster, _broker, producer) = start(Cluster::builder().with_topic(topic)).await;
    write(&producer, 0..3).await;
    tokio::time::sleep(ms(600)).await;
    write(&producer, 3..5).await;
    assert_eq!(cluster.log_start_offset("t", 0), Some(0));
    tokio::time::sleep(ms(600)).await;
    assert_eq!(cluster.log_start_offset("t", 0), Some(3));
    assert_eq!(values(&cluster, 1), [3, 4]);

    let topic = TopicConf::new("t", 1).setting("retention.bytes", "1000");
    let (cluster, _broker, producer) = start(Cluster::builder().with_topic(topic)).await;
    write(&producer, 0..100).await;
    let bytes: usize = cluster.batches("t", 0).iter().map(bytes::Bytes::len).sum();
    assert!((1_000..1_200).contains(&bytes), "{bytes}");
    assert_eq!(values(&cluster, 1).last(), Some(&99));
}

#[tokio::test(start_paused = true)]
async fn a_producer_that_brokers_have_forgotten_writes_on() {
    let mut conf = one_partition();
    conf.producer_id_expiration = Duration::from_secs(1);
    for release in ["1.0", "2.4", "newest"] {
        let (cluster, _broker, producer) = start(conf.clone().like_kafka(release)).await;
        write(&producer, 0..3).await;
        tokio::time::sleep(Duration::from_secs(2)).await;
        let deliveries: Vec<_> = (3..30)
            .map(|number| {
                let value = number.to_string();
                producer.send(Record::to("t").partition(0).value(&value))
            })
            .collect();
        for delivery in deliveries {
            delivery.await.unwrap();
        }
        assert_eq!(values(&cluster, 1), (0..30).collect::<Vec<_>>(), "as Kafka {release}");
    }
}
