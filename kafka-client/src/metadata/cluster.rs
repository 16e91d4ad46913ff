//! One cluster, shared by all handles that came from one dial.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwap;
use kafka_proto::ErrorCode;
use kafka_proto::messages::Request;
use parking_lot::Mutex;
use rand::rngs::StdRng;
use rand::{Rng, RngExt, SeedableRng, seq::SliceRandom};
use tokio::runtime::Handle;
use tokio::sync::Notify;
use tokio::task::JoinSet;
use tokio::time::Instant;

use super::lanes::Lanes;
use super::plan::Plan;
use super::refresh::{self, Served};
use super::snapshot::{Snapshot, Topic};
use crate::api::{Environment, Error, ErrorKind, Result, TopicName};
use crate::config::{BrokerConf, Retry, RetryLimits};
use crate::connection::{Connection, Link, Say, Wire};
use crate::net::{Address, Dialer};
use crate::watch;

/// How long one node may keep the next from being asked the same.
const STAGGER: Duration = Duration::from_secs(1);

/// The shortest pause between two questions of one who may ask until a deadline.
const SHORTEST_PAUSE: Duration = Duration::from_millis(10);

/// The cluster: its snapshot, the connections to it, the way to leaders. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Cluster(Arc<Shared>);

pub(crate) struct Shared {
    conf: Arc<BrokerConf>,
    seeds: Vec<Address>,
    runtime: Handle,
    lanes: Lanes,
    snapshot: ArcSwap<Snapshot>,
    generation: watch::Sender<u64>,
    pub(super) plan: Mutex<Plan>,
    pub(super) served: watch::Sender<Served>,
    wake: Arc<Notify>,
    closed: watch::Sender<bool>,
    random: Mutex<StdRng>,
    /// Every log line of this client stands in it.
    span: tracing::Span,
}

/// A partition's leader.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Leader {
    pub(crate) node: i32,
    pub(crate) epoch: i32,
}

impl Cluster {
    /// A cluster reached through `seeds`. Nothing is dialled yet.
    pub(crate) fn new(seeds: Vec<Address>, conf: BrokerConf, runtime: Handle) -> Result<Self> {
        let dialer = Dialer::new(&conf)?;
        let conf = Arc::new(conf);
        let random = StdRng::seed_from_u64(dialer.environment().random_seed());
        let wake = Arc::new(Notify::new());
        let shared = Arc::new(Shared {
            seeds,
            lanes: Lanes::new(dialer, conf.clone(), runtime.clone()),
            snapshot: ArcSwap::default(),
            generation: watch::Sender::new(0),
            plan: Mutex::new(Plan::new(conf.metadata_max_age)),
            served: watch::Sender::default(),
            wake: wake.clone(),
            closed: watch::Sender::new(false),
            random: Mutex::new(random),
            span: tracing::info_span!("kafka", client_id = %conf.client_id),
            runtime,
            conf,
        });
        shared.spawn(refresh::run(Arc::downgrade(&shared), wake));
        Ok(Self(shared))
    }

    pub(crate) fn conf(&self) -> &BrokerConf {
        &self.0.conf
    }

    pub(crate) fn environment(&self) -> &Arc<dyn Environment> {
        self.0.lanes.dialer().environment()
    }

    pub(crate) fn runtime(&self) -> &Handle {
        &self.0.runtime
    }

    pub(crate) fn span(&self) -> &tracing::Span {
        &self.0.span
    }

    pub(super) fn shared(&self) -> &Shared {
        &self.0
    }

    /// A random number from 0 to below 1, from the environment's seed.
    pub(crate) fn random(&self) -> f64 {
        self.0.random.lock().random()
    }

    /// A seed from the environment's, for a machine with randomness of its own.
    pub(crate) fn seed(&self) -> u64 {
        self.0.random.lock().next_u64()
    }

    /// What is known now. Never waits.
    pub(crate) fn snapshot(&self) -> Arc<Snapshot> {
        self.0.snapshot.load_full()
    }

    /// Changes with every new snapshot.
    pub(crate) fn subscribe(&self) -> watch::Receiver<u64> {
        self.0.generation.subscribe()
    }

    /// Becomes true when the handle was closed.
    pub(crate) fn closed(&self) -> watch::Receiver<bool> {
        self.0.closed.subscribe()
    }

    /// Closes everything that hangs on this cluster. Idempotent.
    pub(crate) fn close(&self) {
        self.0.closed.send_replace(true);
        self.0.wake.notify_one();
        self.0.lanes.retain(|_| false);
    }

    pub(crate) fn check_open(&self) -> Result<()> {
        if *self.0.closed.borrow() {
            return Err(Error::new(ErrorKind::Closed, "the broker handle was closed"));
        }
        Ok(())
    }

    /// Runs `work` to its end, or to `Closed` when the handle is closed meanwhile. Everything that a user waits
    /// for goes through here.
    pub(crate) async fn unless_closed<T>(&self, work: impl Future<Output = Result<T>>) -> Result<T> {
        let mut closed = self.closed();
        tokio::select! {
            biased;
            _ = closed.wait_for(|closed| *closed) => self.check_open().and_then(|()| {
                Err(Error::new(ErrorKind::Closed, "the broker handle is gone"))
            }),
            done = work => done,
        }
    }

    /// The topic, as known or as the cluster answers now. A topic that the cluster does not know (yet) is asked
    /// for again, within `leader_retry_limit` and `deadline`.
    pub(crate) async fn topic(&self, name: &str, deadline: Option<Instant>) -> Result<Arc<Topic>> {
        self.0.plan.lock().used(name, Instant::now());
        if let Some(topic) = self.snapshot().topic(name) {
            return Ok(topic.clone());
        }
        let mut retry = self.leader_retry();
        loop {
            let error = match self.refreshed(deadline).await {
                Ok(snapshot) => match snapshot.topic(name) {
                    Some(topic) => return Ok(topic.clone()),
                    None => unknown_topic(snapshot.problem(name), name, self.conf()),
                },
                Err(error) => error,
            };
            self.pause(&mut retry, error, deadline).await?;
        }
    }

    /// [`Cluster::topic`] for who may wait until `deadline`: whatever a cluster gets over by itself (a topic that has no
    /// leader yet, no node that answers) is waited for until then. That it has no such topic is no such thing, unless it
    /// is to create it. `anew`: what is known already does not do.
    pub(crate) async fn topic_until(
        &self,
        name: &str,
        deadline: Instant,
        mut anew: bool,
    ) -> Result<Arc<Topic>> {
        let wait = self.conf().leader_retry_wait.max(SHORTEST_PAUSE);
        let limits = RetryLimits { attempts: None, total: None, wait };
        let mut retry = Retry::new(limits, Instant::now());
        loop {
            let looked = if anew { self.refreshed(Some(deadline)).await.map(drop) } else { Ok(()) };
            let found = match looked {
                Ok(()) => {
                    anew = false;
                    self.topic(name, Some(deadline)).await
                }
                Err(error) => Err(error),
            };
            let error = match found {
                Ok(topic) => return Ok(topic),
                Err(error) => error,
            };
            let is_missing = error.code() == Some(ErrorCode::UNKNOWN_TOPIC_OR_PARTITION);
            if is_missing && !self.conf().allow_topic_creation {
                return Err(error);
            }
            self.pause(&mut retry, error, Some(deadline)).await?;
        }
    }

    /// Why the cluster, when it was asked last, had no such topic; `None` if it was not asked, or may have it soon.
    pub(crate) fn why_unknown(&self, name: &str) -> Option<Error> {
        let code = self.snapshot().problem(name)?;
        let is_missing = code == ErrorCode::UNKNOWN_TOPIC_OR_PARTITION && !self.conf().allow_topic_creation;
        (is_missing || !code.is_retriable()).then(|| unknown_topic(Some(code), name, self.conf()))
    }

    /// The leader of a partition, likewise. A partition beyond the topic's count is looked for once more, for the
    /// topic may have grown.
    pub(crate) async fn leader(
        &self,
        topic: &str,
        partition: i32,
        deadline: Option<Instant>,
    ) -> Result<Leader> {
        let mut retry = self.leader_retry();
        let mut fresh = false;
        loop {
            let known = self.topic(topic, deadline).await?;
            let error = match known.partition(partition) {
                Some(led) => match led.leader {
                    Some(node) if self.snapshot().nodes.contains_key(&node) => {
                        return Ok(Leader { node, epoch: led.leader_epoch });
                    }
                    _ => Error::from_code(ErrorCode::LEADER_NOT_AVAILABLE).at(topic, partition),
                },
                None if fresh || partition < 0 => return Err(no_partition(topic, partition, known.count())),
                None => no_partition(topic, partition, known.count()),
            };
            if fresh {
                self.pause(&mut retry, error, deadline).await?;
            }
            if let Err(error) = self.refreshed(deadline).await {
                self.pause(&mut retry, error, deadline).await?;
            }
            fresh = true;
        }
    }

    fn leader_retry(&self) -> Retry {
        let conf = self.conf();
        let limits =
            RetryLimits { attempts: conf.leader_retry_limit, total: None, wait: conf.leader_retry_wait };
        Retry::new(limits, Instant::now())
    }

    /// Waits as `retry` says after `error`, or gives up.
    async fn pause(&self, retry: &mut Retry, error: Error, deadline: Option<Instant>) -> Result<()> {
        let now = Instant::now();
        let next = now + retry.after(error.clone(), now)?;
        if deadline.is_some_and(|deadline| deadline <= next) {
            return Err(error);
        }
        tokio::time::sleep_until(next).await;
        Ok(())
    }

    /// A snapshot made after this call.
    pub(crate) async fn refreshed(&self, deadline: Option<Instant>) -> Result<Arc<Snapshot>> {
        self.check_open()?;
        let mut served = self.0.served.subscribe();
        let number = self.0.plan.lock().ask();
        self.0.wake.notify_one();
        let waiting = self.unless_closed(async {
            let served = served.wait_for(|served| served.up_to >= number).await;
            match served.map(|served| served.error.clone()) {
                Ok(None) => Ok(self.snapshot()),
                Ok(Some(error)) => Err(error),
                Err(_) => Err(Error::new(ErrorKind::Closed, "the broker handle is gone")),
            }
        });
        match deadline {
            None => waiting.await,
            Some(deadline) => tokio::time::timeout_at(deadline, waiting).await.unwrap_or_else(|_| {
                Err(Error::new(ErrorKind::TimedOut, "no node told in time where the partitions are"))
            }),
        }
    }

    /// This topic is in use: it stays in the snapshot, and is refreshed with it, for some minutes more.
    pub(crate) fn used(&self, topic: &str) {
        self.0.plan.lock().used(topic, Instant::now());
    }

    /// What is known of this topic has shown itself wrong: it is asked for again soon. Never waits.
    pub(crate) fn stale(&self, topic: &str) {
        let now = Instant::now();
        let mut plan = self.0.plan.lock();
        plan.used(topic, now);
        plan.stale(now);
        drop(plan);
        self.0.wake.notify_one();
    }

    /// A node could not be reached where it is known to listen: that is asked for again soon. Never waits.
    pub(crate) fn stale_nodes(&self) {
        self.0.plan.lock().stale(Instant::now());
        self.0.wake.notify_one();
    }

    /// An answer told in passing who leads a partition now (KIP-951). Nodes that contradict each other are not believed
    /// one after the other at once: the topic is asked for again instead.
    pub(crate) fn learn_leader(
        &self,
        topic: &str,
        partition: i32,
        leader: i32,
        epoch: i32,
        address: Option<Address>,
    ) {
        if self.snapshot().with_leader(topic, partition, leader, epoch, address.clone()).is_none() {
            return;
        }
        if !self.0.plan.lock().takes_hint(topic, partition, Instant::now()) {
            return self.stale(topic);
        }
        self.publish(|snapshot, _| snapshot.with_leader(topic, partition, leader, epoch, address));
    }

    /// Swaps the snapshot for the one made from it, if one is.
    pub(super) fn publish(&self, next: impl FnOnce(&Snapshot, &[TopicName]) -> Option<Snapshot>) {
        let plan = self.0.plan.lock();
        let Some(next) = next(&self.snapshot(), &plan.topics()) else { return };
        let generation = next.generation;
        let nodes = next.nodes.clone();
        self.0.snapshot.store(Arc::new(next));
        drop(plan);
        self.0.generation.send_replace(generation);
        let known =
            |address: &Address| nodes.values().any(|node| node == address) || self.0.seeds.contains(address);
        self.0.lanes.retain(known);
    }

    /// A connection to a node for the caller alone, within `dial_timeout`.
    pub(crate) async fn open<T>(&self, node: i32) -> Result<Wire<T>> {
        self.check_open()?;
        let link = self.link(node)?;
        Wire::open(self.0.lanes.dialer(), self.conf(), link).await
    }

    /// The shared connection to a node.
    pub(crate) async fn connection(&self, node: i32) -> Result<Connection> {
        self.check_open()?;
        self.0.lanes.connection(&self.link(node)?).await
    }

    fn link(&self, node: i32) -> Result<Link> {
        match self.snapshot().nodes.get(&node) {
            Some(address) => Ok(Link { node: Some(node), address: address.clone() }),
            None => {
                Err(Error::new(ErrorKind::Connect, "the node is not part of the cluster now").at_node(node))
            }
        }
    }

    /// Calls a node over the shared connection.
    pub(crate) async fn call<R>(&self, node: i32, say: impl Say<R>, timeout: Duration) -> Result<R::Response>
    where
        R: Request + Send + 'static,
    {
        self.connection(node).await?.call(say, timeout).await
    }

    /// Calls whichever node answers first: one that is connected, else any other, else the seeds again (KIP-899).
    /// A node that is slow to answer does not keep the next from being asked.
    pub(crate) async fn call_any<R>(
        &self,
        say: impl Say<R> + Clone + Send + 'static,
        timeout: Duration,
    ) -> Result<R::Response>
    where
        R: Request + Send + 'static,
        R::Response: Send,
    {
        self.check_open()?;
        let mut asked = JoinSet::new();
        let mut waiting = self.candidates().into_iter();
        let mut problems: Vec<Error> = Vec::new();
        loop {
            match waiting.next() {
                Some(link) => {
                    let (cluster, say) = (self.clone(), say.clone());
                    let asking =
                        async move { cluster.0.lanes.connection(&link).await?.call(say, timeout).await };
                    asked.spawn_on(asking, &self.0.runtime);
                }
                None if asked.is_empty() => return Err(nobody(&problems)),
                None => {}
            }
            let answered = if waiting.len() > 0 {
                tokio::time::timeout(STAGGER, asked.join_next()).await.unwrap_or(None)
            } else {
                asked.join_next().await
            };
            match answered {
                Some(Ok(Ok(answer))) => return Ok(answer),
                Some(Ok(Err(error))) => problems.push(error),
                Some(Err(panicked)) => {
                    problems
                        .push(Error::new(ErrorKind::Connect, "the call was given up").with_source(panicked));
                }
                None => {}
            }
        }
    }

    /// All ways into the cluster, the most promising first.
    fn candidates(&self) -> Vec<Link> {
        let snapshot = self.snapshot();
        let mut nodes: Vec<_> = snapshot
            .nodes
            .iter()
            .map(|(id, address)| Link { node: Some(*id), address: address.clone() })
            .collect();
        let mut seeds: Vec<_> = self
            .0
            .seeds
            .iter()
            .filter(|seed| nodes.iter().all(|node| node.address != **seed))
            .map(|seed| Link { node: None, address: seed.clone() })
            .collect();
        let mut random = self.0.random.lock();
        nodes.shuffle(&mut *random);
        seeds.shuffle(&mut *random);
        drop(random);
        nodes.append(&mut seeds);
        nodes.sort_by_key(|link| self.0.lanes.health(&link.address));
        nodes
    }

    /// Asks the seeds until one answers, within the limits of dialling: the first snapshot.
    pub(crate) async fn dial(&self) -> Result<()> {
        let conf = self.conf();
        let limits = RetryLimits { attempts: conf.dial_retry_limit, total: None, wait: conf.dial_retry_wait };
        let mut retry = Retry::new(limits, Instant::now());
        loop {
            match self.refreshed(None).await {
                Ok(_) => return Ok(()),
                Err(error) => self.pause(&mut retry, error, None).await?,
            }
        }
    }

    /// Describes all topics, fresh.
    pub(crate) async fn describe(&self) -> Result<super::ClusterMetadata> {
        refresh::fetch(self, None).await.map(super::ClusterMetadata::from_response)
    }
}

impl Shared {
    fn spawn(&self, task: impl Future<Output = ()> + Send + 'static) {
        use tracing::Instrument;
        self.runtime.spawn(task.instrument(self.span.clone()));
    }
}

impl Drop for Shared {
    fn drop(&mut self) {
        // The refresh task waits without holding on to this.
        self.wake.notify_one();
        self.closed.send_replace(true);
    }
}

impl From<Arc<Shared>> for Cluster {
    fn from(shared: Arc<Shared>) -> Self {
        Self(shared)
    }
}

impl fmt::Debug for Cluster {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Cluster")
            .field("conf", &self.0.conf)
            .field("seeds", &self.0.seeds)
            .finish_non_exhaustive()
    }
}

/// No node answered: why not, node by node. As long as one of them may answer later, so may the cluster.
fn nobody(problems: &[Error]) -> Error {
    let Some(hope) = problems.iter().find(|problem| problem.is_retriable()).or_else(|| problems.first())
    else {
        return Error::new(ErrorKind::Connect, "no node is known");
    };
    if problems.len() == 1 {
        return hope.clone();
    }
    let all: Vec<_> = problems.iter().map(ToString::to_string).collect();
    hope.clone().explained(format!("none of {} nodes answered: {}", problems.len(), all.join("; ")))
}

fn unknown_topic(code: Option<ErrorCode>, name: &str, conf: &BrokerConf) -> Error {
    match code {
        None | Some(ErrorCode::UNKNOWN_TOPIC_OR_PARTITION) if !conf.allow_topic_creation => {
            Error::from_code(ErrorCode::UNKNOWN_TOPIC_OR_PARTITION)
                .explained("the cluster has no such topic: create it, or set allow_topic_creation".to_owned())
                .at_topic(name)
        }
        code => Error::from_code(code.unwrap_or(ErrorCode::UNKNOWN_TOPIC_OR_PARTITION)).at_topic(name),
    }
}

fn no_partition(topic: &str, partition: i32, count: i32) -> Error {
    let what = format!("the topic has {count} partitions, from 0 to {}", count - 1);
    Error::from_code(ErrorCode::UNKNOWN_TOPIC_OR_PARTITION).explained(what).at(topic, partition)
}
