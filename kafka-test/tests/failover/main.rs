//! Three nodes of real Apache Kafka, killed and started again while a client writes and reads.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

mod steady;
mod under_load;

use std::time::Duration;

use kafka_client::{Broker, BrokerConf, NewTopic, TopicMetadata};
use kafka_test::apache::{self, ApacheCluster};

/// Far beyond what a fail-over takes: ten seconds or so.
const BOUND: Duration = Duration::from_secs(120);

/// Runs `test`, which has an end before `bound`, if there is an Apache Kafka to run it on.
async fn on_three_nodes(bound: Duration, test: impl AsyncFnOnce(&ApacheCluster)) {
    let Some(mut conf) = apache::require_or_skip("4.3.1").await else { return };
    conf.nodes = 3;
    let cluster = ApacheCluster::start(conf).await.unwrap();
    tokio::time::timeout(bound, test(&cluster)).await.expect("the test ends");
    cluster.shutdown().await.unwrap();
}

/// A client, with a topic that is on all nodes and takes writes as long as two of them are in sync.
async fn dial(cluster: &ApacheCluster, topic: &str, partitions: i32) -> Broker {
    let seeds: Vec<String> = cluster.bootstrap().split(',').map(ToOwned::to_owned).collect();
    let broker = Broker::dial(seeds, BrokerConf::new("failover")).await.unwrap();
    let mut topic = NewTopic::new(topic, partitions);
    topic.replication_factor = Some(3);
    topic.configs.push(("min.insync.replicas".into(), "2".into()));
    broker.create_topics(&[topic], Duration::from_secs(30), false).await.unwrap().remove(0).unwrap();
    broker
}

/// Waits until every partition is in sync on all nodes.
async fn in_sync(broker: &Broker, topic: &str) {
    until(broker, topic, |topic| {
        topic.partitions.iter().all(|partition| partition.in_sync_replicas.len() == 3)
    })
    .await;
}

/// Waits until no partition is led by this node.
async fn led_by_others(broker: &Broker, topic: &str, node: i32) {
    until(broker, topic, |topic| {
        topic.partitions.iter().all(|partition| partition.leader.is_some_and(|leader| leader != node))
    })
    .await;
}

async fn until(broker: &Broker, topic: &str, reached: impl Fn(&TopicMetadata) -> bool) {
    let mut again = tokio::time::interval(Duration::from_millis(50));
    let looking = async {
        loop {
            again.tick().await;
            let metadata = broker.metadata().await.unwrap();
            let topic = metadata.topics.iter().find(|found| found.name == topic);
            if topic.is_some_and(|topic| !topic.partitions.is_empty() && reached(topic)) {
                return;
            }
        }
    };
    tokio::time::timeout(BOUND, looking)
        .await
        .expect("the other nodes take over, and the node comes back in sync");
}
