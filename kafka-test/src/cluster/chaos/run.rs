//! The workload of kafka-client under a random schedule.

use std::fmt;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use kafka_client::{
    Broker, BrokerConf, Compression, Delivery, Error, KafkaProducer, Message, ProducerConf, Receipt, Record,
};
use tokio::sync::oneshot;
use tokio::task::JoinSet;
use tokio::time::{self, Instant};

use super::history::{History, Ticket};
use super::readers::{read_all, read_one};
use super::schedule::Schedule;
use crate::cluster::random::Random;
use crate::cluster::{Cluster, ClusterConf, Network};

/// What the workload writes to and reads.
pub(super) const TOPIC: &str = "chaos";

/// When everything is mended, this is far more than a client needs to come to its end.
pub(super) const BOUND: Duration = Duration::from_secs(180);

/// A client that does not pause between its attempts makes many more requests than this.
const MOST_REQUESTS: u64 = 20_000;

/// A run of kafka-client against a cluster in which things go wrong: what, when, and what the client does meanwhile is
/// decided by a seed. Several tasks write through one idempotent producer, single records and atomic batches, with the
/// partition given, by key or by the client's choice, while each partition is read, by a consumer each or one of all,
/// and a group commits offsets.
///
/// [`Chaos::run`] ends in a [`Report`] or a [`Failure`]; both print the schedule. The [module](super) has an example.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Chaos {
    /// What happens.
    pub seed: u64,
    /// The cluster: its network is the one in memory, its seed is this one's, and a topic is added. Default: three nodes,
    /// with limits and timeouts that the seed decides.
    pub cluster: ClusterConf,
    /// How many partitions its topic has. Default 3.
    pub partitions: i32,
    /// How many tasks write. Default 3.
    pub writers: u64,
    /// How many records each of them writes, at least. Default 100.
    pub records: usize,
    /// The faults, for the topic `chaos` with these partitions; `None`: what [`Schedule::random`] makes of the seed. Default `None`.
    pub schedule: Option<Schedule>,
}

/// What a run came to.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Report {
    /// Its seed.
    pub seed: u64,
    /// What went wrong in the cluster.
    pub schedule: Schedule,
    /// Records whose writing was acknowledged.
    pub acknowledged: usize,
    /// Records whose writing failed with an error.
    pub failed: usize,
    /// Records that were read.
    pub consumed: usize,
    /// How many requests the nodes read.
    pub requests: u64,
    /// How long it took on tokio's clock.
    pub took: Duration,
    /// [`Cluster::trace`] at the end: the same for each run of a seed.
    pub trace: u64,
}

/// A run in which the client did something wrong. It prints what, the schedule and the seed.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Failure {
    /// The seed.
    pub seed: u64,
    /// What went wrong in the cluster.
    pub schedule: Schedule,
    /// What the client did wrong, a line each.
    pub wrong: Vec<String>,
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "seed {}:", self.seed)?;
        for line in self.wrong.iter().take(20) {
            writeln!(f, "- {line}")?;
        }
        if self.wrong.len() > 20 {
            writeln!(f, "- and {} more", self.wrong.len() - 20)?;
        }
        write!(f, "under this schedule:\n{}", self.schedule)
    }
}

impl std::error::Error for Failure {}

impl Chaos {
    /// The defaults, with this seed.
    pub fn new(seed: u64) -> Self {
        let mut random = Random::new(seed.rotate_left(32));
        let mut cluster = Cluster::builder().nodes(3);
        cluster.min_insync_replicas = random.between(1, 2) as i32;
        if random.percent(50) {
            cluster.session_timeout = Duration::from_millis(random.between(1, 3_000));
        }
        if random.percent(50) {
            cluster.replica_lag = Duration::from_millis(random.between(100, 3_000));
        }
        Self { seed, cluster, partitions: 3, writers: 3, records: 100, schedule: None }
    }

    /// A run with these faults.
    #[must_use]
    pub fn with(mut self, schedule: Schedule) -> Self {
        self.schedule = Some(schedule);
        self
    }

    /// Runs it, on a network in memory. Under tokio's paused clock and on one thread a run is the same each time.
    ///
    /// # Errors
    /// What the client lost, repeated, reordered, failed to report, or did not end.
    pub async fn run(self) -> Result<Report, Failure> {
        let failure = |schedule: Schedule, wrong| Failure { seed: self.seed, schedule, wrong };
        let mut conf = self.cluster.clone().topic(TOPIC, self.partitions);
        conf.seed = self.seed;
        let cluster = match conf.network(Network::Memory).start().await {
            Ok(cluster) => cluster,
            Err(error) => return Err(failure(Schedule::new(), vec![error.to_string()])),
        };
        let schedule = match &self.schedule {
            Some(schedule) => schedule.clone(),
            None => Schedule::random(self.seed, &cluster),
        };
        let begin = Instant::now();
        let history = Arc::new(History::new());
        if let Err(error) = self.work(&cluster, &schedule, &history).await {
            history.complain(error);
        }
        let requests = cluster.all_requests();
        if requests > MOST_REQUESTS {
            history.complain(format_args!("{requests} requests: the client does not pause between attempts"));
        }
        let took = begin.elapsed();
        match history.check(&cluster) {
            Err(wrong) => Err(failure(schedule, wrong)),
            Ok(summary) => Ok(Report {
                seed: self.seed,
                schedule,
                acknowledged: summary.acknowledged,
                failed: summary.failed,
                consumed: summary.consumed,
                requests,
                took,
                trace: cluster.trace(),
            }),
        }
    }

    async fn work(
        &self,
        cluster: &Cluster,
        schedule: &Schedule,
        history: &Arc<History>,
    ) -> Result<(), Error> {
        let mut conf = BrokerConf::new("chaos");
        conf.environment = Some(cluster.environment());
        conf.read_timeout = Duration::from_secs(3);
        let broker = Broker::dial(cluster.bootstrap(), conf).await?;
        let mut random = Random::new(!self.seed);
        let producer = broker.producer(producer_conf(&mut random))?;
        let placing = match random.below(3) {
            0 => Placing::Explicit,
            1 => Placing::ByKey,
            _ => Placing::Free,
        };
        let mut writing = JoinSet::new();
        for lane in 0..self.writers {
            let random = Random::new(random.next());
            let history = Arc::clone(history);
            let writer = Writer {
                lane,
                producer: producer.clone(),
                partitions: self.partitions,
                placing,
                random,
                history,
                sent: 0,
            };
            writing.spawn(writer.write(self.records));
        }
        let (tell, ends): (Vec<_>, Vec<_>) = (0..self.partitions).map(|_| oneshot::channel()).unzip();
        let mut readers = JoinSet::new();
        if random.percent(50) {
            readers.spawn(read_all(broker.clone(), ends, Arc::clone(history)));
        } else {
            for (partition, end) in (0..).zip(ends) {
                readers.spawn(read_one(broker.clone(), partition, end, Arc::clone(history)));
            }
        }
        schedule.play(cluster).await;
        cluster.heal();
        let mut writers = Vec::new();
        in_time("the writers", history, all(&mut writing, history, |writer| writers.push(writer))).await;
        if random.percent(30) {
            // They were idle for a day: all is written, so that nothing can come twice by it.
            for partition in 0..self.partitions {
                cluster.expire_producers(TOPIC, partition);
            }
        }
        for writer in writers {
            let records = writer.sent + self.records / 10;
            writing.spawn(writer.write(records));
        }
        in_time("the writers afterwards", history, all(&mut writing, history, drop)).await;
        for (partition, tell) in (0..).zip(tell) {
            // A reader that has failed has said so.
            let _ = tell.send(cluster.high_watermark(TOPIC, partition).unwrap_or_default());
        }
        in_time("the readers", history, all(&mut readers, history, drop)).await;
        in_time("closing the producer", history, async {
            if let Err(error) = producer.close(BOUND / 2).await {
                history.complain(format_args!("the producer cannot be closed: {error}"));
            }
            broker.close().await;
        })
        .await;
        Ok(())
    }
}

fn producer_conf(random: &mut Random) -> ProducerConf {
    let mut conf = ProducerConf::new();
    // What is never answered is noticed soon, so that it can happen several times to a batch.
    conf.request_timeout = Duration::from_secs(2);
    conf.batch_size = 1 << random.between(6, 14);
    conf.max_in_flight = random.between(1, 5) as usize;
    if random.percent(30) {
        conf.compression = Compression::Lz4;
    }
    conf
}

/// Complains about what does not end.
async fn in_time(what: &str, history: &History, work: impl Future<Output = ()>) {
    if time::timeout(BOUND, work).await.is_err() {
        history.complain(format_args!("{what} came to no end within {BOUND:?}"));
    }
}

async fn all<T: 'static>(tasks: &mut JoinSet<T>, history: &History, mut each: impl FnMut(T)) {
    while let Some(ended) = tasks.join_next().await {
        match ended {
            Ok(ended) => each(ended),
            Err(error) => history.complain(error),
        }
    }
}

/// Who says where single records go.
#[derive(Clone, Copy, Debug)]
enum Placing {
    Explicit,
    ByKey,
    Free,
}

/// A task that writes.
struct Writer {
    lane: u64,
    producer: KafkaProducer,
    partitions: i32,
    placing: Placing,
    random: Random,
    history: Arc<History>,
    sent: usize,
}

impl Writer {
    /// Writes until so many records were sent, and waits for their ends.
    async fn write(mut self, records: usize) -> Self {
        let mut pending = Vec::new();
        while self.sent < records {
            match self.random.below(10) {
                0..=6 => self.enqueue(&mut pending).await,
                _ => self.produce().await,
            }
            if pending.len() > 50 || self.random.percent(30) {
                self.settle(&mut pending).await;
            }
            let pause = self.random.between(0, 500);
            time::sleep(Duration::from_millis(pause)).await;
        }
        self.settle(&mut pending).await;
        self
    }

    fn next(&mut self) -> (Ticket, String) {
        let value = format!("{}:{}", self.lane, self.sent);
        self.sent += 1;
        (self.history.sends(self.lane, value.clone()), value)
    }

    fn partition(&mut self) -> i32 {
        self.random.below(self.partitions as u64) as i32
    }

    async fn enqueue(&mut self, pending: &mut Vec<(Ticket, Delivery)>) {
        for _ in 0..self.random.between(1, 10) {
            let partition = self.partition();
            let key = partition.to_be_bytes();
            let (ticket, value) = self.next();
            let record = Record::to(TOPIC).value(&value);
            let record = match self.placing {
                Placing::Explicit => record.partition(partition),
                Placing::ByKey => record.key(&key),
                Placing::Free => record,
            };
            match self.producer.enqueue(record).await {
                Ok(delivery) => pending.push((ticket, delivery)),
                Err(error) => self.failed(ticket, error),
            }
        }
    }

    async fn produce(&mut self) {
        let partition = self.partition();
        let count = self.random.between(1, 5);
        let (tickets, mut messages): (Vec<_>, Vec<_>) = (0..count)
            .map(|_| {
                let (ticket, value) = self.next();
                (ticket, Message::value(value))
            })
            .unzip();
        let result = self.producer.produce(TOPIC, partition, &mut messages).await;
        for (index, ticket) in (0..).zip(tickets) {
            match &result {
                Ok(base) => {
                    let receipt = Receipt::new(partition, base.map(|base| base + index), None);
                    self.history.settles(ticket, &Ok(receipt));
                }
                Err(error) => self.failed(ticket, error.clone()),
            }
        }
    }

    async fn settle(&mut self, pending: &mut Vec<(Ticket, Delivery)>) {
        for (ticket, delivery) in pending.drain(..) {
            match delivery.await {
                Ok(receipt) => self.history.settles(ticket, &Ok(receipt)),
                Err(error) => self.failed(ticket, error),
            }
        }
    }

    /// Nothing here lasts longer than the producer is to go on trying.
    fn failed(&self, ticket: Ticket, error: Error) {
        self.history.complain(format_args!("a record of lane {} failed: {error}", self.lane));
        self.history.settles(ticket, &Err(error));
    }
}
