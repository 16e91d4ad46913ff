//! A Kafka cluster inside the test's own process: the real protocol, several nodes, and faults on demand.
//!
//! [`Cluster`] serves real connections, on loopback TCP or on pipes in memory. Its nodes validate what they are sent
//! as strictly as Apache Kafka's do, answer in the versions of the release they are told to be like, and lose
//! connections, leaders and whole nodes when the test says so. Nothing in it is random or timed by anything but the
//! seed and tokio's clock.
//!
//! ```
//! use bytes::Bytes;
//! use kafka_test::cluster::{Action, Cluster};
//! use kafka_proto::ErrorCode;
//! use kafka_proto::messages::ApiKey;
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> std::io::Result<()> {
//! let cluster = Cluster::builder().nodes(3).topic("fruits", 4).start().await?;
//! println!("point a client at {}", cluster.bootstrap().join(","));
//!
//! // The leader of a partition dies with everything that is connected to it …
//! let leader = cluster.leader("fruits", 0).expect("somebody leads");
//! cluster.kill(leader);
//! assert_ne!(cluster.leader("fruits", 0), Some(leader));
//! // … the next produce request is refused, whoever it goes to …
//! cluster.fail(ApiKey::Produce, ErrorCode::NOT_ENOUGH_REPLICAS, 1);
//! // … and later this is what was written.
//! assert!(cluster.records("fruits", 0).is_empty());
//! assert_eq!(cluster.requests(ApiKey::Produce), 0);
//! # Ok(())
//! # }
//! ```
//!
//! Dropping the cluster closes its sockets and ends its tasks.

pub mod chaos;

mod conf;
mod control;
mod faults;
mod handlers;
mod hostile;
mod inspect;
mod network;
mod random;
mod releases;
mod server;
mod shared;
mod state;
mod versions;

use std::collections::BTreeMap;
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use bytes::Bytes;
use kafka_client::{Environment, Transport};
use kafka_proto::ErrorCode;
use kafka_proto::messages::ApiKey;
use kafka_proto::wire::StrBytes;
use tokio::net::TcpListener;
use tokio::runtime::Handle;
use tokio::task::AbortHandle;

pub use self::conf::{ClusterConf, Network, Quota, Replication, TopicConf};
pub use self::control::{Action, ControlId, Intercepted};
pub use self::hostile::{Lie, Lies};
pub use self::inspect::StoredRecord;
pub use self::versions::Release;

use self::hostile::Liar;
use self::network::{ClusterEnvironment, Listeners};
use self::shared::{Clock, Shared};
use self::state::{Node, State};

/// A running cluster. See the [module](self) for what it does; dropping it stops it.
#[derive(Debug)]
pub struct Cluster {
    shared: Arc<Shared>,
    listeners: Arc<Listeners>,
    timer: AbortHandle,
}

impl Drop for Cluster {
    fn drop(&mut self) {
        self.timer.abort();
        self.listeners.close_all();
    }
}

impl Cluster {
    /// A configuration to begin with: one node on loopback, no topics.
    pub fn builder() -> ClusterConf {
        ClusterConf::default()
    }

    async fn start(mut conf: ClusterConf) -> io::Result<Self> {
        let wrong = |why: String| io::Error::new(io::ErrorKind::InvalidInput, why);
        if let Err(unknown) = &conf.release {
            let known: Vec<&str> = Release::ALL.iter().map(Release::name).collect();
            let known = known.join(", ");
            return Err(wrong(format!("no release of Kafka is known as {unknown:?}; these are: {known}")));
        }
        if !(1..=MAX_NODES).contains(&conf.nodes) {
            return Err(wrong(format!("a cluster has 1 to {MAX_NODES} nodes, not {}", conf.nodes)));
        }
        let network = conf.network;
        let clock = Clock::new(&conf);
        let mut nodes = BTreeMap::new();
        let mut sockets = Vec::new();
        for id in 1..=conf.nodes {
            let (host, port, socket) = match network {
                Network::Memory => (format!("node-{id}"), 9092, None),
                Network::Loopback => {
                    let socket = bind(&conf, id).await?;
                    (conf.host(), socket.local_addr()?.port(), Some(socket))
                }
            };
            let rack = conf.racks.get(&id).map(|rack| StrBytes::from(rack.as_str()));
            nodes.insert(id, Node::new(StrBytes::from(host), port, rack));
            sockets.push((id, socket));
        }
        if let Some(authority) = &conf.authority {
            let mut hosts: Vec<&str> = nodes.values().map(|node| node.host.as_str()).collect();
            hosts.dedup();
            conf.tls = Some(Arc::new(authority.sign(&hosts)?.server()?));
        }
        let state = State::new(conf, nodes).map_err(wrong)?;
        let shared = Arc::new(Shared::new(state, clock));
        let listeners = Arc::new(Listeners::new(network, Arc::clone(&shared), Handle::current()));
        for (id, socket) in sockets {
            listeners.open(id, socket);
        }
        let timer = tokio::spawn(Arc::clone(&shared).keep_time()).abort_handle();
        Ok(Self { shared, listeners, timer })
    }

    /// The address of every node, alive or not, as `host:port`.
    pub fn bootstrap(&self) -> Vec<String> {
        self.shared.step(|state| state.nodes.values().map(place).collect())
    }

    /// The address of one node, as `host:port`.
    pub fn address(&self, node: i32) -> Option<String> {
        self.shared.step(|state| state.nodes.get(&node).map(place))
    }

    /// The cluster's network, clock and randomness, for a client's configuration. On [`Network::Memory`] a client
    /// reaches the nodes only through it.
    pub fn environment(&self) -> Arc<dyn Environment> {
        Arc::new(ClusterEnvironment(Arc::clone(&self.listeners)))
    }

    /// Opens a connection to a node, to speak to it in raw frames.
    ///
    /// # Errors
    /// The node is down, or there is none of this id.
    pub async fn connect(&self, node: i32) -> io::Result<Box<dyn Transport>> {
        let address =
            self.shared.step(|state| state.nodes.get(&node).map(|node| (node.host.clone(), node.port)));
        let (host, port) = address.ok_or_else(|| no_such_node(node))?;
        self.listeners.connect(&host, port).await
    }

    /// Looks at every request before it is handled and may do something else with it; `None` lets it pass. The rule
    /// added last is asked first, and the first one that does something decides. It stays in force until
    /// [`Cluster::release`].
    ///
    /// No lock is held while a rule runs, so it may use the cluster; let it hold a [`Weak`](std::sync::Weak) one, as a
    /// cluster that its own rule holds is never dropped.
    pub fn control<F>(&self, rule: F) -> ControlId
    where
        F: Fn(&Intercepted) -> Option<Action> + Send + Sync + 'static,
    {
        self.shared.controls.lock().add(Arc::new(rule))
    }

    /// Takes a rule away.
    pub fn release(&self, rule: ControlId) {
        self.shared.controls.lock().remove(rule);
    }

    /// Answers the next `times` requests of an API with an error, wherever they arrive.
    pub fn fail(&self, api: ApiKey, code: ErrorCode, times: usize) -> ControlId {
        self.on_next(api, times, move || Action::error(code))
    }

    /// Does this with the next `times` requests of an API, wherever they arrive.
    ///
    /// ```
    /// # use kafka_test::cluster::{Action, Cluster};
    /// use kafka_proto::messages::ApiKey;
    ///
    /// # async fn lose_two_answers(cluster: Cluster) {
    /// // Written, and nobody hears of it.
    /// cluster.on_next(ApiKey::Produce, 2, Action::close_after);
    /// # }
    /// ```
    pub fn on_next<F>(&self, api: ApiKey, times: usize, action: F) -> ControlId
    where
        F: Fn() -> Action + Send + Sync + 'static,
    {
        let left = AtomicUsize::new(times);
        self.control(move |request| {
            let take = |left: usize| left.checked_sub(1);
            let hit =
                request.api() == api && left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, take).is_ok();
            hit.then(&action)
        })
    }

    /// The ids of all nodes, alive or not.
    pub fn nodes(&self) -> Vec<i32> {
        self.shared.step(|state| state.nodes.keys().copied().collect())
    }

    /// The names of all topics, each with its number of partitions.
    pub fn topics(&self) -> Vec<(String, i32)> {
        self.shared.step(|state| {
            let topics = state.topics.values();
            topics.map(|topic| (topic.name.to_string(), topic.partitions.len() as i32)).collect()
        })
    }

    /// From now on the nodes do what they are asked and answer with lies: see [`Lie`] for those there are. Lies told
    /// before are told no more.
    ///
    /// ```
    /// # use kafka_test::cluster::{Cluster, Lie, Lies, Network};
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> std::io::Result<()> {
    /// let cluster = Cluster::builder().network(Network::Memory).start().await?;
    /// cluster.lie(Lie::EndlessThrottling);
    /// cluster.lie(Lies::random(42));
    /// cluster.stop_lying();
    /// # Ok(())
    /// # }
    /// ```
    pub fn lie(&self, lies: impl Into<Lies>) {
        let nodes = self.shared.step(|state| {
            state.nodes.iter().map(|(&id, node)| (id, (node.host.to_string(), node.port))).collect()
        });
        *self.shared.liar.lock() = Some(Liar::new(lies.into(), nodes));
    }

    /// The nodes are honest again.
    pub fn stop_lying(&self) {
        *self.shared.liar.lock() = None;
    }

    /// How many requests of an API the nodes have read so far, whatever became of them.
    pub fn requests(&self, api: ApiKey) -> u64 {
        self.shared.requests(api, None)
    }

    /// How many requests of an API one node has read so far.
    pub fn requests_at(&self, node: i32, api: ApiKey) -> u64 {
        self.shared.requests(api, Some(node))
    }

    /// How many requests the nodes have read so far.
    pub fn all_requests(&self) -> u64 {
        self.shared.all_requests()
    }

    /// A hash of all requests that the nodes have read so far: what they say, where and when they came. Two runs that
    /// are the same step by step have the same.
    pub fn trace(&self) -> u64 {
        self.shared.trace()
    }

    /// How many connections are open to a node.
    pub fn connections(&self, node: i32) -> usize {
        self.shared.open_connections(node)
    }

    /// How many connections were ever opened.
    pub fn accepted(&self) -> u64 {
        self.shared.accepted()
    }

    /// The node that coordinates a group or a transactional id.
    pub fn coordinator(&self, key: &str) -> Option<i32> {
        self.shared.step(|state| state.coordinator(key))
    }

    /// The leader of a partition, if it exists and has one.
    pub fn leader(&self, topic: &str, partition: i32) -> Option<i32> {
        self.shared.step(|state| state.partition(topic, partition)?.leader)
    }

    /// The leader epoch of a partition.
    pub fn leader_epoch(&self, topic: &str, partition: i32) -> Option<i32> {
        self.shared.step(|state| Some(state.partition(topic, partition)?.leader_epoch))
    }

    /// The nodes on which a partition is, the preferred leader first.
    pub fn replicas(&self, topic: &str, partition: i32) -> Vec<i32> {
        self.shared.step(|state| {
            let partition = state.partition(topic, partition);
            partition.map(|partition| partition.replicas.clone()).unwrap_or_default()
        })
    }

    /// The nodes on which everything of a partition is that is committed.
    pub fn in_sync_replicas(&self, topic: &str, partition: i32) -> Vec<i32> {
        self.shared.step(|state| {
            let partition = state.partition(topic, partition);
            partition.map(|partition| partition.in_sync.clone()).unwrap_or_default()
        })
    }

    /// How many fetch sessions a node keeps.
    pub fn fetch_sessions(&self, node: i32) -> usize {
        self.shared.step(|state| state.sessions.count(node))
    }

    /// Adds a topic; the leaders are there at once.
    ///
    /// # Errors
    /// The code that `CreateTopics` would answer.
    pub fn create_topic(&self, topic: TopicConf) -> Result<(), ErrorCode> {
        self.shared.step(|state| {
            let factor = topic.replication_factor.unwrap_or_else(|| state.default_replication());
            state.create_topic(&topic.name, topic.partitions, factor, topic.settings).map(drop)
        })
    }

    /// Deletes a topic. False: there is none of this name.
    pub fn delete_topic(&self, name: &str) -> bool {
        self.shared.step(|state| state.delete_topic(name).is_some())
    }

    /// Appends bytes to a partition as they are, without any check: batches with wrong CRCs, control batches, parts of
    /// batches. A batch keeps its base offset if that leaves no overlap, so that holes as compaction makes them can be
    /// written; otherwise it gets the next one. Leader epochs are stamped. A control batch ends the
    /// transaction of its producer. Returns the first offset; `None`: no such partition.
    pub fn append_raw(&self, topic: &str, partition: i32, bytes: impl Into<Bytes>) -> Option<i64> {
        self.shared.step(|state| state.append_raw(topic, partition, bytes.into()))
    }

    /// The offset after the last committed record.
    pub fn high_watermark(&self, topic: &str, partition: i32) -> Option<i64> {
        self.shared.step(|state| Some(state.partition(topic, partition)?.log().high_watermark()))
    }

    /// The first offset that is left.
    pub fn log_start_offset(&self, topic: &str, partition: i32) -> Option<i64> {
        self.shared.step(|state| Some(state.partition(topic, partition)?.log().start_offset()))
    }

    /// What is in a partition, record by record, control records included, as its leader has it. Bytes that cannot be
    /// read as records are left out.
    pub fn records(&self, topic: &str, partition: i32) -> Vec<StoredRecord> {
        self.batches(topic, partition).into_iter().flat_map(inspect::records).collect()
    }

    /// What one node has of a partition, record by record.
    pub fn records_at(&self, node: i32, topic: &str, partition: i32) -> Vec<StoredRecord> {
        let batches = self
            .shared
            .step(|state| Some(inspect::batches(&state.partition(topic, partition)?.copy(node)?.log)));
        batches.unwrap_or_default().into_iter().flat_map(inspect::records).collect()
    }

    /// The stored batches of a partition, as its leader has them.
    pub fn batches(&self, topic: &str, partition: i32) -> Vec<Bytes> {
        let batches =
            self.shared.step(|state| Some(inspect::batches(state.partition(topic, partition)?.log())));
        batches.unwrap_or_default()
    }

    /// The offset that a group committed.
    pub fn committed(&self, group: &str, topic: &str, partition: i32) -> Option<i64> {
        self.shared.step(|state| {
            let offsets = &state.groups.get(group)?.offsets;
            Some(offsets.get(topic)?.get(&partition)?.offset)
        })
    }
}

/// Where a node is, as clients are configured with it.
fn place(node: &Node) -> String {
    let Node { host, port, .. } = node;
    if host.contains(':') { format!("[{host}]:{port}") } else { format!("{host}:{port}") }
}

/// Opens the port of a node.
async fn bind(conf: &ClusterConf, node: i32) -> io::Result<TcpListener> {
    let address = conf.address(node).ok_or_else(|| {
        let why =
            format!("node {node} would have a port above 65,535: lower first_port, or take fewer nodes");
        io::Error::new(io::ErrorKind::InvalidInput, why)
    })?;
    TcpListener::bind(address).await.map_err(|error| {
        io::Error::new(error.kind(), format!("node {node} cannot listen at {address}: {error}"))
    })
}

/// As many as get a port each without trouble.
const MAX_NODES: i32 = 1_000;

fn no_such_node(node: i32) -> io::Error {
    io::Error::new(io::ErrorKind::NotFound, format!("the cluster has no node {node}"))
}
