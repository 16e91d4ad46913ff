//! What a client does while it is lied to: it dials, describes, writes, reads one partition and many, commits, lists
//! offsets, and closes.

use std::fmt::Debug;
use std::sync::Arc;
use std::time::Duration;

use kafka_client::{
    AssignedConsumer, AssignedConsumerConf, Broker, BrokerConf, ConsumerConf, ErrorKind, GroupOffsets,
    KafkaProducer, Message, MessageBatch, NewTopic, OffsetCoordinatorConf, OffsetReset, PartitionConsumer,
    ProducerConf, Record, Result, StartOffset,
};
use kafka_proto::messages::ApiKey;
use kafka_test::cluster::{Cluster, Lies, Network};
use tokio::time::Instant;

const TOPIC: &str = "fruits";
const PARTITIONS: i32 = 3;

/// When the lies begin.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Begin {
    /// Before the client dials.
    AtOnce,
    /// When it has written and read with everything it has.
    AtWork,
}

/// What came of a tour.
#[derive(Debug)]
pub(crate) struct Report {
    /// What each call ended with.
    pub(crate) steps: Vec<String>,
    pub(crate) errors: usize,
    pub(crate) requests: u64,
}

impl Report {
    /// Waits for a call within its bound of virtual time, and notes what it ended with.
    async fn step<T: Debug>(
        &mut self,
        name: &str,
        seconds: u64,
        call: impl Future<Output = Result<T>>,
    ) -> Option<T> {
        let began = Instant::now();
        let ended = tokio::time::timeout(Duration::from_secs(seconds), call).await;
        let ended = ended.unwrap_or_else(|_| panic!("{name} did not end within {seconds} s"));
        let took = began.elapsed();
        match ended {
            Ok(value) => {
                self.steps.push(format!("{name}: {took:?}, well"));
                Some(value)
            }
            Err(error) => {
                // An end of the log is none.
                self.errors += usize::from(error.kind() != ErrorKind::NoData);
                self.steps.push(format!("{name}: {took:?}, {:.300}", error.to_string()));
                None
            }
        }
    }
}

/// The client's parts.
struct Client {
    broker: Broker,
    producer: KafkaProducer,
    consumers: Vec<PartitionConsumer>,
    assigned: AssignedConsumer,
    offsets: Option<GroupOffsets>,
}

pub(crate) async fn tour(lies: &Lies, begin: Begin) -> Report {
    let cluster = Cluster::builder().nodes(2).topic(TOPIC, PARTITIONS).network(Network::Memory);
    let cluster = cluster.start().await.unwrap();
    fill(&cluster).await;
    let mut report = Report { steps: Vec::new(), errors: 0, requests: 0 };
    let mut client = match begin {
        Begin::AtWork => {
            let mut client = open(&cluster, &mut report).await.expect("the cluster is honest yet");
            work(&mut client, &mut report).await;
            assert_eq!(report.errors, 0, "an honest cluster: {:#?}", report.steps);
            Some(client)
        }
        Begin::AtOnce => None,
    };
    cluster.lie(lies.clone());
    let before = requests(&cluster);
    if let Some(client) = &mut client {
        work(client, &mut report).await;
    }
    if let Some(mut newcomer) = open(&cluster, &mut report).await {
        work(&mut newcomer, &mut report).await;
        close(newcomer, &mut report).await;
    }
    if let Some(client) = client {
        close(client, &mut report).await;
    }
    report.requests = requests(&cluster) - before;
    report
}

/// Limits of seconds where the defaults are minutes.
fn conf(cluster: &Cluster) -> BrokerConf {
    let mut conf = BrokerConf::new("tour");
    conf.environment = Some(cluster.environment());
    conf.dial_timeout = Duration::from_secs(2);
    conf.dial_retry_limit = Some(2);
    conf.leader_retry_limit = Some(3);
    conf.retry_err_for = Some(Duration::from_secs(5));
    conf.read_timeout = Duration::from_secs(2);
    conf.close_timeout = Duration::from_secs(5);
    conf.fetch_memory = 4 << 20;
    conf.max_response_size = 4 << 20;
    conf
}

/// Something to read in every partition.
async fn fill(cluster: &Cluster) {
    let broker = Broker::dial(cluster.bootstrap(), conf(cluster)).await.unwrap();
    let producer = broker.producer(ProducerConf::new()).unwrap();
    for partition in 0..PARTITIONS {
        for round in 0..10 {
            let mut batch: Vec<_> = (0..5).map(|n| Message::value(format!("{round} {n}"))).collect();
            producer.produce(TOPIC, partition, &mut batch).await.unwrap();
        }
    }
    broker.close().await;
}

async fn open(cluster: &Cluster, report: &mut Report) -> Option<Client> {
    let broker = report.step("dial", 30, Broker::dial(cluster.bootstrap(), conf(cluster))).await?;
    let mut producing = ProducerConf::new();
    producing.request_timeout = Duration::from_secs(2);
    producing.delivery_timeout = Duration::from_secs(8);
    producing.max_block = Duration::from_secs(4);
    let producer = broker.producer(producing).unwrap();
    let mut consumers = Vec::new();
    for partition in 0..PARTITIONS {
        let mut reading = ConsumerConf::new(TOPIC, partition);
        reading.retry_limit = Some(5);
        reading.retry_err_for = Some(Duration::from_secs(5));
        consumers.extend(report.step("consumer", 40, broker.consumer(reading)).await);
    }
    let assigned = broker.assigned_consumer(assigning()).unwrap();
    let mut keeping = OffsetCoordinatorConf::new("group");
    keeping.retry_err_for = Some(Duration::from_secs(5));
    let offsets = report.step("offset_coordinator", 40, broker.offset_coordinator(keeping)).await;
    Some(Client { broker, producer, consumers, assigned, offsets })
}

async fn work(client: &mut Client, report: &mut Report) {
    let Client { broker, producer, consumers, assigned, offsets } = client;
    report.step("metadata", 30, broker.metadata()).await;
    report.step("partition_count", 30, broker.partition_count(TOPIC)).await;
    report.step("offset_earliest", 30, broker.offset_earliest(TOPIC, 0)).await;
    report.step("offset_latest", 30, broker.offset_latest(TOPIC, 1)).await;
    let others = [NewTopic::new("others", 2)];
    let made = broker.create_topics(&others, Duration::from_secs(2), true);
    report.step("create_topics", 30, made).await;

    // One at a time, and many at once.
    let mut batch = [Message::value("apple"), Message::value("pear")];
    report.step("produce", 30, producer.produce(TOPIC, 0, &mut batch)).await;
    let producer = Arc::new(producer.clone());
    let sending: Vec<_> = (0..30)
        .map(|n| {
            let producer = producer.clone();
            tokio::spawn(async move {
                let value = vec![b'x'; 1_000];
                producer.enqueue(Record::to(TOPIC).partition(n % PARTITIONS).value(&value)).await?.await
            })
        })
        .collect();
    for sent in sending {
        report.step("send", 30, async { sent.await.expect("no panic") }).await;
    }

    for consumer in &mut *consumers {
        for _ in 0..12 {
            let read = report.step("consume_batch", 40, consumer.consume_batch()).await;
            let Some(batch) = read else { break };
            look_at(&batch);
        }
        report.step("consume", 40, consumer.consume()).await;
    }
    read_many(assigned, report).await;
    if let Some(offsets) = offsets {
        report.step("commit", 40, offsets.commit(TOPIC, 0, 3)).await;
        report.step("offset", 40, offsets.offset(TOPIC, 0)).await;
    }
}

fn assigning() -> AssignedConsumerConf {
    let mut conf = AssignedConsumerConf::new();
    conf.retry_limit = Some(5);
    conf.retry_err_for = Some(Duration::from_secs(5));
    conf.reset = OffsetReset::Oldest;
    conf
}

/// Partitions come, are paused, sought, read by themselves, and go.
async fn read_many(consumer: &mut AssignedConsumer, report: &mut Report) {
    for partition in 0..PARTITIONS {
        consumer.add((TOPIC, partition)).unwrap();
    }
    for round in 0..12 {
        if round == 4 {
            consumer.pause((TOPIC, 0)).unwrap();
            consumer.seek((TOPIC, 1), StartOffset::Oldest).unwrap();
            consumer.seek((TOPIC, 2), StartOffset::Newest).unwrap();
        }
        if round == 8 {
            consumer.resume((TOPIC, 0)).unwrap();
            consumer.remove((TOPIC, 1));
            consumer.add_at((TOPIC, 1), StartOffset::Since(1)).unwrap();
        }
        let read = report.step("assigned consume_batch", 40, consumer.consume_batch()).await;
        let Some(batch) = read else { break };
        look_at(&batch);
    }
    report.step("assigned consume", 40, consumer.consume()).await;
    for mut stream in consumer.streams() {
        report.step("partition stream", 40, stream.consume()).await;
    }
    for partition in 0..PARTITIONS {
        std::hint::black_box((consumer.position((TOPIC, partition)), consumer.lag((TOPIC, partition))));
        consumer.remove((TOPIC, partition));
    }
}

/// Whatever was handed out can be looked at.
fn look_at(batch: &MessageBatch) {
    for message in batch.iter() {
        std::hint::black_box((message.offset(), message.key(), message.value(), message.timestamp()));
    }
}

async fn close(client: Client, report: &mut Report) {
    let closing = async {
        client.broker.close().await;
        Ok(())
    };
    report.step("close", 30, closing).await;
}

fn requests(cluster: &Cluster) -> u64 {
    ApiKey::ALL.iter().map(|&api| cluster.requests(api)).sum()
}
