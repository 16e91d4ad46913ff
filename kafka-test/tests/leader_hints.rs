//! A node that refuses a write as it does not lead the partition any more says who does (KIP-951): the batch goes there
//! at once, without a look at the cluster. In memory, under a paused clock.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

use std::time::Duration;

use kafka_client::{
    BatchBuilder, BatchBuilderConf, BatchProducerConf, Batches, Broker, BrokerConf, ErrorCode, Message,
    ProducerConf, Record,
};
use kafka_proto::messages::{ApiKey, ProduceResponse, ProduceResponseLeaderIdAndEpoch};
use kafka_test::cluster::{Action, Cluster, Network};
use tokio::time::{Instant, timeout};

/// Longer than anything here takes that does not wait for it.
const LONG: Duration = Duration::from_secs(10);

async fn cluster() -> (Cluster, Broker) {
    let cluster = Cluster::builder().nodes(3).topic("t", 3).network(Network::Memory).start().await.unwrap();
    let mut conf = BrokerConf::new("leader-hints");
    conf.environment = Some(cluster.environment());
    let broker = Broker::dial(cluster.bootstrap(), conf).await.unwrap();
    (cluster, broker)
}

/// Another node leads the partition; nobody is told.
fn move_leader(cluster: &Cluster, partition: i32) -> i32 {
    let leader = cluster.leader("t", partition).unwrap();
    let next = leader % 3 + 1;
    assert!(cluster.move_leader("t", partition, next));
    next
}

#[tokio::test(start_paused = true)]
async fn a_batch_follows_the_hint_at_once_and_without_metadata() {
    let (cluster, broker) = cluster().await;
    let mut conf = ProducerConf::new();
    conf.retry_wait = LONG;
    let producer = broker.producer(conf).unwrap();
    producer.send(Record::to("t").partition(0).value("0")).await.unwrap();
    cluster.control(|request| (request.api() == ApiKey::Metadata).then(Action::stall));
    // A hint is followed once in a while, so that nodes that contradict each other do not make anybody run in circles.
    // Each time the first attempt fails, and the second one does not wait.
    for moved in 1..=3 {
        tokio::time::sleep(LONG).await;
        let leader = move_leader(&cluster, 0);
        let (before, began) = (cluster.requests(ApiKey::Produce), Instant::now());
        let value = moved.to_string();
        let sent = producer.send(Record::to("t").partition(0).value(&value));
        assert_eq!(timeout(LONG, sent).await.unwrap().unwrap().offset, Some(moved));
        assert!(began.elapsed() < Duration::from_secs(1), "{:?}", began.elapsed());
        assert_eq!(cluster.requests(ApiKey::Produce) - before, 2, "one refused, one taken");
        assert!(cluster.requests_at(leader, ApiKey::Produce) > 0);
    }
    tokio::time::sleep(LONG).await;
    let mut messages = [Message::value("4")];
    move_leader(&cluster, 0);
    timeout(LONG, producer.produce("t", 0, &mut messages)).await.unwrap().unwrap();
    assert_eq!(messages[0].offset, 4);
}

/// One batch of one record for partition 0.
async fn batch(cluster: &Cluster) -> Batches {
    let mut conf = BatchBuilderConf::new("t", 3);
    conf.environment = Some(cluster.environment());
    let (builder, built) = BatchBuilder::start(conf).unwrap();
    builder.add(Record::to("t").partition(0).value("x")).await.unwrap();
    builder.close();
    built
}

#[tokio::test(start_paused = true)]
async fn a_whole_batch_does_not_sleep_after_an_answer_that_says_where_the_leader_is() {
    let (cluster, broker) = cluster().await;
    let mut conf = BatchProducerConf::new("t", 0..3);
    conf.sleep_between_attempts = LONG;
    // Where the leader was is known.
    assert_eq!(broker.partition_count("t").await.unwrap(), 3);
    for hinted in [true, false] {
        if !hinted {
            cluster.control(|request| {
                (request.api() == ApiKey::Produce).then(|| {
                    Action::edit(|answer: &mut ProduceResponse| {
                        answer.node_endpoints.clear();
                        for partition in answer.responses.iter_mut().flat_map(|t| &mut t.partition_responses)
                        {
                            partition.current_leader = ProduceResponseLeaderIdAndEpoch::default();
                        }
                    })
                })
            });
        }
        tokio::time::sleep(LONG).await;
        move_leader(&cluster, 0);
        let (asked, began) = (cluster.requests(ApiKey::Metadata), Instant::now());
        let producer = broker.batch_producer(conf.clone()).unwrap();
        let mut output = producer.start(batch(&cluster).await).unwrap();
        let back = timeout(LONG * 9, output.recv()).await.unwrap().unwrap();
        let attempts = &back.life().exchanges;
        assert_eq!(attempts.len(), 2, "{attempts:?}");
        let refused = attempts[0].error.as_ref().unwrap();
        assert_eq!(refused.code(), Some(ErrorCode::NOT_LEADER_OR_FOLLOWER), "{refused}");
        assert!(back.produced());
        let took = began.elapsed();
        if hinted {
            assert!(took < Duration::from_secs(1), "{took:?}");
            assert_eq!(cluster.requests(ApiKey::Metadata), asked, "nobody had to ask");
        } else {
            assert!((LONG..LONG * 2).contains(&took), "{took:?}");
            assert!(cluster.requests(ApiKey::Metadata) > asked);
        }
    }
}
