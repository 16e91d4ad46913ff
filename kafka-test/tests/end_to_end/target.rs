//! The cluster that a scenario runs on.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, UNIX_EPOCH};

use kafka_client::{
    Broker, BrokerConf, ConsumerConf, Environment, Message, NewTopic, PartitionConsumer, ProducerConf,
};
use kafka_test::apache::{self, SharedCluster};
use kafka_test::cluster::{Cluster, Network};

/// How long anything that should work may take. Far beyond what it takes, so that a busy machine fails no test.
pub(crate) const BOUND: Duration = Duration::from_secs(60);

/// Above every version of Apache Kafka.
const NEWEST: (u32, u32) = (99, 0);

pub(crate) struct Target {
    bootstrap: Vec<String>,
    environment: Option<Arc<dyn Environment>>,
    kafka: (u32, u32),
    _cluster: Kept,
}

#[expect(dead_code, reason = "kept for their Drop")]
enum Kept {
    InProcess(Cluster),
    Apache(SharedCluster),
}

impl Target {
    pub(crate) async fn in_process() -> Self {
        let cluster = Cluster::builder().nodes(3).start().await.unwrap();
        Self {
            bootstrap: cluster.bootstrap(),
            environment: None,
            kafka: NEWEST,
            _cluster: Kept::InProcess(cluster),
        }
    }

    pub(crate) async fn in_memory() -> Self {
        let cluster = Cluster::builder().nodes(3).network(Network::Memory).start().await.unwrap();
        let environment = Some(cluster.environment());
        Self {
            bootstrap: cluster.bootstrap(),
            environment,
            kafka: NEWEST,
            _cluster: Kept::InProcess(cluster),
        }
    }

    pub(crate) async fn in_process_like(version: &str) -> Self {
        let cluster = Cluster::builder().nodes(3).like_kafka(version).start().await.unwrap();
        let kafka = parse(version);
        Self { bootstrap: cluster.bootstrap(), environment: None, kafka, _cluster: Kept::InProcess(cluster) }
    }

    /// A node of Apache Kafka, one for all tests of a version; `None` where none can run, which is said once.
    pub(crate) async fn apache(version: &str) -> Option<Self> {
        let cluster = apache::shared(apache::require_or_skip(version).await?).await.unwrap();
        let bootstrap = cluster.bootstrap().split(',').map(ToOwned::to_owned).collect();
        Some(Self { bootstrap, environment: None, kafka: parse(version), _cluster: Kept::Apache(cluster) })
    }

    /// Whether the cluster is of this version of Apache Kafka or newer, or speaks as one that is.
    pub(crate) fn is_at_least(&self, major: u32, minor: u32) -> bool {
        self.kafka >= (major, minor)
    }

    pub(crate) fn bootstrap(&self) -> &[String] {
        &self.bootstrap
    }

    /// The time as clients of this cluster have it, in milliseconds since 1970.
    pub(crate) fn now(&self) -> i64 {
        self.environment.as_ref().map_or_else(
            || i64::try_from(UNIX_EPOCH.elapsed().unwrap().as_millis()).unwrap(),
            |environment| environment.wall_clock_ms(),
        )
    }

    pub(crate) fn conf(&self) -> BrokerConf {
        let mut conf = BrokerConf::new("end-to-end");
        conf.environment.clone_from(&self.environment);
        conf
    }

    pub(crate) async fn broker(&self) -> Broker {
        Broker::dial(self.bootstrap.clone(), self.conf()).await.unwrap()
    }

    /// A broker and a topic that nobody else uses.
    pub(crate) async fn with_topic(&self, partitions: i32) -> (Broker, String) {
        let broker = self.broker().await;
        let topic = unique("topic");
        make(&broker, NewTopic::new(topic.as_str(), partitions)).await;
        (broker, topic)
    }
}

pub(crate) async fn make(broker: &Broker, topic: NewTopic) {
    let made = broker.create_topics(&[topic], Duration::from_secs(30), false).await.unwrap();
    for topic in made {
        topic.unwrap();
    }
}

/// A name that no other test has, in this process or another.
pub(crate) fn unique(what: &str) -> String {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    format!("{what}-{}-{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed))
}

/// Writes the messages whose values are these numbers.
pub(crate) async fn write(broker: &Broker, topic: &str, partition: i32, numbers: std::ops::Range<usize>) {
    let mut batch: Vec<_> = numbers.map(|n| Message::value(n.to_string())).collect();
    let producer = broker.producer(ProducerConf::new()).unwrap();
    within(producer.produce(topic, partition, &mut batch)).await.unwrap();
}

pub(crate) async fn consumer(broker: &Broker, topic: &str, partition: i32) -> PartitionConsumer {
    broker.consumer(ConsumerConf::new(topic, partition)).await.unwrap()
}

/// The next `count` messages.
pub(crate) async fn take(consumer: &mut PartitionConsumer, count: usize) -> Vec<Message> {
    let mut taken = Vec::new();
    while taken.len() < count {
        taken.push(within(consumer.consume()).await.unwrap());
    }
    taken
}

pub(crate) fn texts(messages: &[Message]) -> Vec<String> {
    messages
        .iter()
        .map(|message| String::from_utf8(message.value.as_deref().unwrap().to_vec()).unwrap())
        .collect()
}

/// What `work` gives; a test that waits longer than [`BOUND`] fails.
pub(crate) async fn within<T>(work: impl Future<Output = T>) -> T {
    tokio::time::timeout(BOUND, work).await.expect("it takes longer than anything should")
}

/// Waits until that is so.
pub(crate) async fn until(so: impl Fn() -> bool) {
    let mut again = tokio::time::interval(Duration::from_millis(20));
    within(async {
        while !so() {
            again.tick().await;
        }
    })
    .await;
}

fn parse(version: &str) -> (u32, u32) {
    let mut parts = version.split('.').map(|part| part.parse().unwrap());
    (parts.next().unwrap(), parts.next().unwrap())
}
