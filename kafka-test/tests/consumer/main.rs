//! What consumers do, against a cluster in memory and a clock that only the test's waiting moves.
#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a test says what it expects by failing")]

mod assigned;
mod assignment;
mod conf;
mod hints;
mod load;
mod merged;
mod nearest;
mod partition;
mod streams;
mod truncation;

use std::time::Duration;

use kafka_client::{Broker, BrokerConf, ConsumerConf, Error, Message, PartitionConsumer, StartOffset};
use kafka_proto::messages::ApiKey;
use kafka_proto::records::{BatchBuilder, ControlRecord, ControlType, ProducerStamp, SealOptions};
use kafka_test::cluster::{Cluster, ClusterConf, Network};

pub(crate) const TOPIC: &str = "fruits";

pub(crate) struct Setup {
    pub(crate) cluster: Cluster,
    pub(crate) broker: Broker,
}

impl Setup {
    pub(crate) async fn new() -> Self {
        Self::of(Cluster::builder().nodes(3).topic(TOPIC, 8)).await
    }

    pub(crate) async fn of(cluster: ClusterConf) -> Self {
        Self::with(cluster, BrokerConf::new("test")).await
    }

    pub(crate) async fn with(cluster: ClusterConf, mut conf: BrokerConf) -> Self {
        let cluster = cluster.network(Network::Memory).start().await.unwrap();
        conf.environment = Some(cluster.environment());
        let broker = Broker::dial(cluster.bootstrap(), conf).await.unwrap();
        Self { cluster, broker }
    }

    pub(crate) fn write(&self, partition: i32, values: impl IntoIterator<Item = String>) {
        for value in values {
            self.append(plain(&[&value]), partition);
        }
    }

    pub(crate) fn append(&self, batch: Vec<u8>, partition: i32) {
        self.cluster.append_raw(TOPIC, partition, batch).unwrap();
    }

    pub(crate) async fn consumer(&self, partition: i32) -> PartitionConsumer {
        self.broker.consumer(ConsumerConf::new(TOPIC, partition)).await.unwrap()
    }

    pub(crate) async fn from(&self, start: StartOffset) -> PartitionConsumer {
        self.with_conf(|conf| conf.start_offset = start).await
    }

    pub(crate) async fn with_conf(&self, change: impl FnOnce(&mut ConsumerConf)) -> PartitionConsumer {
        let mut conf = ConsumerConf::new(TOPIC, 0);
        change(&mut conf);
        self.broker.consumer(conf).await.unwrap()
    }
}

/// Nodes that speak Fetch up to this version; before 13 topics go by name, before 7 there are no sessions.
pub(crate) fn speaking(version: i16) -> ClusterConf {
    Cluster::builder().nodes(3).topic(TOPIC, 2).versions(ApiKey::Fetch, 4, version)
}

pub(crate) fn sealed(values: &[&str], change: impl FnOnce(&mut SealOptions)) -> Vec<u8> {
    let mut options = SealOptions::new();
    change(&mut options);
    let mut builder = BatchBuilder::new(Vec::new());
    for value in values {
        builder.append(1_000, Some(b"k"), Some(value.as_bytes()), &[("h", Some(b"1"))]).unwrap();
    }
    builder.seal(&options)
}

pub(crate) fn plain(values: &[&str]) -> Vec<u8> {
    sealed(values, |_| {})
}

pub(crate) fn transactional(producer_id: i64, values: &[&str]) -> Vec<u8> {
    sealed(values, |options| options.producer = Some(in_transaction(producer_id)))
}

pub(crate) fn marker(producer_id: i64, kind: ControlType) -> Vec<u8> {
    let control = ControlRecord::new(kind, 0);
    let mut options = SealOptions::new();
    options.control = true;
    options.producer = Some(in_transaction(producer_id));
    let mut builder = BatchBuilder::new(Vec::new());
    builder.append(1_000, Some(&control.key()), Some(&control.value()), &[]).unwrap();
    builder.seal(&options)
}

pub(crate) fn in_transaction(producer_id: i64) -> ProducerStamp {
    ProducerStamp { producer_id, producer_epoch: 0, base_sequence: 0, transactional: true }
}

pub(crate) fn numbers(range: std::ops::Range<usize>) -> Vec<String> {
    range.map(|n| n.to_string()).collect()
}

/// Far beyond what anything here takes; the clock is the test's own.
pub(crate) async fn within<T>(work: impl Future<Output = T>) -> T {
    tokio::time::timeout(Duration::from_mins(10), work).await.expect("it hangs")
}

pub(crate) async fn take(consumer: &mut PartitionConsumer, count: usize) -> Vec<String> {
    let mut taken = Vec::new();
    for _ in 0..count {
        taken.push(text(&within(consumer.consume()).await.unwrap()));
    }
    taken
}

pub(crate) fn text(message: &Message) -> String {
    String::from_utf8(message.value.as_deref().unwrap_or_default().to_vec()).unwrap()
}

pub(crate) async fn fails(consumer: &mut PartitionConsumer) -> Error {
    within(consumer.consume()).await.unwrap_err()
}
