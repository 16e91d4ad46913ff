//! What a cluster is made of.

use std::collections::BTreeMap;
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use kafka_proto::messages::ApiKey;

use super::Cluster;
use super::versions::Release;
use crate::certificates::Authority;

/// Where the nodes listen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Network {
    /// TCP, on 127.0.0.1 and free ports unless [`ClusterConf::listen`] and [`ClusterConf::first_port`] say otherwise.
    #[default]
    Loopback,
    /// Pipes in memory, reached through [`Cluster::environment`]: no sockets, and a paused tokio clock stops
    /// everything. The nodes are called `node-1:9092`, `node-2:9092` and so on.
    Memory,
}

/// How a node's replicas follow their leaders: [`Cluster::set_replication`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Replication {
    /// What is written is on the node at once.
    #[default]
    Instant,
    /// The node asks its leaders so long after something was written.
    Every(Duration),
    /// The node asks nobody. After [`ClusterConf::replica_lag`] it is not in sync any more with what was written since.
    Stopped,
}

/// What a client may use in a second, on each node; `None`: as much as it likes. A client that uses more is told for how
/// long to be silent, and its connection is not read from meanwhile (KIP-219): [`Cluster::set_quota`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Quota {
    /// Bytes of records that it writes (`producer_byte_rate`).
    pub produced_bytes_per_second: Option<u64>,
    /// Bytes of records that it reads (`consumer_byte_rate`).
    pub fetched_bytes_per_second: Option<u64>,
    /// Requests of any kind. Apache Kafka has a share of its threads' time here (`request_percentage`), which no test could
    /// foresee.
    pub requests_per_second: Option<u64>,
}

/// A topic that exists when the cluster starts.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct TopicConf {
    /// Its name.
    pub name: String,
    /// How many partitions it has, at least 1.
    pub partitions: i32,
    /// On how many nodes each partition is. Default: the cluster's [`ClusterConf::replication_factor`].
    pub replication_factor: Option<i16>,
    /// Settings of the topic under Kafka's names. `max.message.bytes`, `min.insync.replicas`,
    /// `message.timestamp.type`, `message.timestamp.before.max.ms`, `message.timestamp.after.max.ms`,
    /// `cleanup.policy`, `retention.ms`, `retention.bytes` and `unclean.leader.election.enable` have an effect.
    pub settings: BTreeMap<String, String>,
}

impl TopicConf {
    /// A topic with the cluster's defaults.
    pub fn new(name: impl Into<String>, partitions: i32) -> Self {
        Self { name: name.into(), partitions, replication_factor: None, settings: BTreeMap::new() }
    }

    /// Sets one of the topic's settings.
    #[must_use]
    pub fn setting(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.settings.insert(name.into(), value.into());
        self
    }
}

/// How a [`Cluster`] is to be. Built by [`Cluster::builder`], started by [`ClusterConf::start`].
///
/// ```
/// use kafka_test::cluster::{Cluster, Network};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> std::io::Result<()> {
/// let mut conf = Cluster::builder().nodes(3).topic("fruits", 4).like_kafka("1.0").network(Network::Memory);
/// conf.min_insync_replicas = 2;
/// let cluster = conf.start().await?;
/// assert_eq!(cluster.bootstrap(), ["node-1:9092", "node-2:9092", "node-3:9092"]);
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct ClusterConf {
    /// How many nodes; their ids count from 1. Default 1.
    pub nodes: i32,
    /// Where the nodes listen. Default [`Network::Loopback`].
    pub network: Network,
    /// The address that the nodes listen at on [`Network::Loopback`]. Default 127.0.0.1, which only this machine reaches.
    pub listen: IpAddr,
    /// The port of node 1 on [`Network::Loopback`]; node 2 has the next one, and so on. Default 0: free ports.
    pub first_port: u16,
    /// The host that clients are told to connect to on [`Network::Loopback`]. Default: the address of `listen`, or this
    /// machine's loopback address where that stands for all addresses.
    pub advertised_host: Option<String>,
    /// The topics to begin with. Default none.
    pub topics: Vec<TopicConf>,
    /// Whether a Metadata request that allows it creates the topics it names (`auto.create.topics.enable`). Default
    /// true, as in Apache Kafka.
    pub auto_create_topics: bool,
    /// Partitions of topics that do not say how many (`num.partitions`). Default 1.
    pub default_partitions: i32,
    /// Replicas of topics that do not say how many. Default: the number of nodes, at most 3.
    pub replication_factor: Option<i16>,
    /// The largest batch a partition takes, in bytes with its header (`message.max.bytes`). Default 1,048,588.
    pub max_message_bytes: usize,
    /// How many replicas have to be in sync for a produce request with acks all. Default 1.
    pub min_insync_replicas: i32,
    /// Whether the times of records are those at which leaders append them, for topics that do not say
    /// (`log.message.timestamp.type = LogAppendTime`). Default false.
    pub log_append_time: bool,
    /// How long a replica may lack what its leader has before it is not in sync any more
    /// (`replica.lag.time.max.ms`). Default 30 s.
    pub replica_lag: Duration,
    /// How long it takes until a dead node is noticed and others lead what it led (`broker.session.timeout.ms`, 9 s in
    /// Apache Kafka). Default zero: at once.
    pub session_timeout: Duration,
    /// Whether consumers that say where they are read from a replica in their rack
    /// (`replica.selector.class = RackAwareReplicaSelector`). Default false.
    pub follower_reads: bool,
    /// In which rack each node is. Default: in none.
    pub racks: BTreeMap<i32, String>,
    /// How long an idempotent producer is remembered after it wrote last (`producer.id.expiration.ms`). Default one day.
    pub producer_id_expiration: Duration,
    /// How many fetch sessions a node keeps; 0 turns them off. Default 1,000.
    pub fetch_sessions: usize,
    /// The most that one fetch answers, in bytes (`fetch.max.bytes`). Default 55 MiB.
    pub fetch_max_bytes: usize,
    /// The largest request a node reads, in bytes; a connection that sends a larger one is closed
    /// (`socket.request.max.bytes`). Default 100 MiB.
    pub max_request_bytes: usize,
    /// What is random comes from this. Default 0.
    pub seed: u64,
    /// What the wall clock says at the start, in milliseconds since 1970; it advances with tokio's clock. Default: now on
    /// [`Network::Loopback`], 1,700,000,000,000 on [`Network::Memory`], so that runs are the same.
    pub start_time_ms: Option<i64>,
    /// With this the nodes speak TLS only, on either network. Their hosts are `127.0.0.1` on [`Network::Loopback`] and
    /// `node-1`, `node-2` … on [`Network::Memory`]: the certificate has to name them. Default none. An
    /// [`Authority`] makes such certificates: [`ClusterConf::secured_by`].
    pub tls: Option<Arc<rustls::ServerConfig>>,
    pub(crate) authority: Option<Arc<Authority>>,
    pub(crate) release: Result<Release, String>,
    pub(crate) versions: BTreeMap<i16, Option<(i16, i16)>>,
}

impl Default for ClusterConf {
    fn default() -> Self {
        Self {
            nodes: 1,
            network: Network::default(),
            listen: Ipv4Addr::LOCALHOST.into(),
            first_port: 0,
            advertised_host: None,
            topics: Vec::new(),
            auto_create_topics: true,
            default_partitions: 1,
            replication_factor: None,
            max_message_bytes: 1_048_588,
            min_insync_replicas: 1,
            log_append_time: false,
            replica_lag: Duration::from_secs(30),
            session_timeout: Duration::ZERO,
            follower_reads: false,
            racks: BTreeMap::new(),
            producer_id_expiration: Duration::from_secs(24 * 60 * 60),
            fetch_sessions: 1_000,
            fetch_max_bytes: 55 * 1024 * 1024,
            max_request_bytes: 100 * 1024 * 1024,
            seed: 0,
            start_time_ms: None,
            tls: None,
            authority: None,
            release: Ok(Release::NEWEST),
            versions: BTreeMap::new(),
        }
    }
}

impl ClusterConf {
    /// Sets the number of nodes.
    #[must_use]
    pub fn nodes(mut self, nodes: i32) -> Self {
        self.nodes = nodes;
        self
    }

    /// Adds a topic to begin with.
    #[must_use]
    pub fn topic(self, name: impl Into<String>, partitions: i32) -> Self {
        self.with_topic(TopicConf::new(name, partitions))
    }

    /// Adds a topic with settings of its own to begin with.
    #[must_use]
    pub fn with_topic(mut self, topic: TopicConf) -> Self {
        self.topics.push(topic);
        self
    }

    /// Says in which rack a node is.
    #[must_use]
    pub fn rack(mut self, node: i32, rack: impl Into<String>) -> Self {
        self.racks.insert(node, rack.into());
        self
    }

    /// Sets where the nodes listen.
    #[must_use]
    pub fn network(mut self, network: Network) -> Self {
        self.network = network;
        self
    }

    /// Has node 1 listen on this port, node 2 on the next one, and so on: for clients that are configured beforehand, or in
    /// other processes.
    #[must_use]
    pub fn first_port(mut self, port: u16) -> Self {
        self.first_port = port;
        self
    }

    /// Has the nodes speak TLS only, with certificates of this authority that name their hosts.
    #[must_use]
    pub fn secured_by(mut self, authority: &Arc<Authority>) -> Self {
        self.authority = Some(Arc::clone(authority));
        self
    }

    /// Speaks the API versions of a release of Apache Kafka, such as `"1.0"`, and answers as it did where that
    /// differs. [`Release::ALL`] lists those that are known; another one is an error at [`ClusterConf::start`].
    #[must_use]
    pub fn like_kafka(mut self, release: &str) -> Self {
        self.release = Release::named(release).ok_or_else(|| release.to_owned());
        self
    }

    /// Narrows or sets the versions of one API that the nodes speak. Versions that this crate cannot decode are
    /// left out.
    #[must_use]
    pub fn versions(mut self, api: ApiKey, min: i16, max: i16) -> Self {
        self.versions.insert(api as i16, Some((min, max)));
        self
    }

    /// Takes an API away: nodes do not list it, and close a connection that asks for it.
    #[must_use]
    pub fn without(mut self, api: ApiKey) -> Self {
        self.versions.insert(api as i16, None);
        self
    }

    /// The host that clients are told.
    pub(crate) fn host(&self) -> String {
        self.advertised_host.clone().unwrap_or_else(|| match self.listen {
            IpAddr::V4(any) if any.is_unspecified() => Ipv4Addr::LOCALHOST.to_string(),
            IpAddr::V6(any) if any.is_unspecified() => Ipv6Addr::LOCALHOST.to_string(),
            one => one.to_string(),
        })
    }

    /// The address at which a node is to listen; `None`: the ports do not reach as far.
    pub(crate) fn address(&self, node: i32) -> Option<SocketAddr> {
        let port = match self.first_port {
            0 => 0,
            first => u16::try_from(i32::from(first) + node - 1).ok()?,
        };
        Some(SocketAddr::new(self.listen, port))
    }

    /// Starts the nodes. They run on the tokio runtime of the caller, until the [`Cluster`] is dropped.
    ///
    /// # Errors
    /// `InvalidInput` says what is wrong in the configuration; otherwise no port could be opened.
    pub async fn start(self) -> io::Result<Cluster> {
        Cluster::start(self).await
    }
}
