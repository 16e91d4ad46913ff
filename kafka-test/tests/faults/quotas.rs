//! Clients that use more than they are allowed.

use std::time::Duration;

use kafka_client::{Broker, BrokerConf, ConsumerConf, ProducerConf, Record};
use kafka_proto::messages::ApiKey;
use kafka_test::cluster::chaos::{Fault, Schedule};
use kafka_test::cluster::{Cluster, Network, Quota};
use tokio::time::Instant;

use crate::{ms, under};

#[tokio::test(start_paused = true)]
async fn clients_that_are_throttled() {
    let quota = Quota {
        produced_bytes_per_second: Some(2_000),
        fetched_bytes_per_second: Some(2_000),
        requests_per_second: Some(20),
    };
    let schedule =
        Schedule::new().at(ms(200), Fault::Quota(quota)).at(ms(8_000), Fault::Quota(Quota::default()));
    under(schedule).await;
}

#[tokio::test(start_paused = true)]
async fn a_client_writes_and_reads_as_fast_as_it_may_and_no_faster() {
    for release in ["1.0", "newest"] {
        let conf = Cluster::builder().topic("t", 1).network(Network::Memory).like_kafka(release);
        let cluster = conf.start().await.unwrap();
        cluster.set_quota(
            "slow",
            Quota {
                produced_bytes_per_second: Some(10_000),
                fetched_bytes_per_second: Some(20_000),
                ..Quota::default()
            },
        );
        let mut conf = BrokerConf::new("slow");
        conf.environment = Some(cluster.environment());
        let broker = Broker::dial(cluster.bootstrap(), conf).await.unwrap();
        let mut conf = ProducerConf::new();
        conf.batch_size = 1_000;
        let producer = broker.producer(conf).unwrap();
        let begin = Instant::now();
        let value = [b'x'; 900];
        let sendings: Vec<_> = (0..100).map(|_| producer.send(Record::to("t").value(&value[..]))).collect();
        for sending in sendings {
            sending.await.unwrap();
        }
        let bytes: usize = cluster.batches("t", 0).iter().map(bytes::Bytes::len).sum();
        let fastest = Duration::from_secs_f64(bytes as f64 / 10_000.0 - 2.0);
        let took = begin.elapsed();
        assert!((fastest..fastest * 2).contains(&took), "as Kafka {release}: {took:?} for {bytes} bytes");

        let begin = Instant::now();
        let mut conf = ConsumerConf::new("t", 0);
        conf.max_fetch_size = 10_000;
        let mut consumer = broker.consumer(conf).await.unwrap();
        for offset in 0..100 {
            assert_eq!(consumer.consume().await.unwrap().offset, offset);
        }
        let fastest = Duration::from_secs_f64(bytes as f64 / 20_000.0 - 2.0);
        let took = begin.elapsed();
        assert!((fastest..fastest * 3).contains(&took), "as Kafka {release}: {took:?} to read {bytes} bytes");
        // A client that is told to be silent is: it does not ask again and again.
        assert!(cluster.requests(ApiKey::Fetch) < 100, "{}", cluster.requests(ApiKey::Fetch));
    }
}
