//! What can go wrong, as values: to put into a schedule, to print, and to do to a cluster.

use std::fmt;
use std::time::Duration;

use kafka_proto::ErrorCode;
use kafka_proto::messages::ApiKey;

use crate::cluster::{Action, Cluster, Quota, Replication};

/// Something that goes wrong in a cluster, or is mended. Each is a method of [`Cluster`] as a value.
///
/// ```
/// use kafka_proto::messages::ApiKey;
/// use kafka_test::cluster::Cluster;
/// use kafka_test::cluster::chaos::{Fault, Mischief};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> std::io::Result<()> {
/// let cluster = Cluster::builder().nodes(3).topic("fruits", 4).start().await?;
/// let fault = Fault::Requests { api: ApiKey::Produce, times: 2, what: Mischief::CloseAfter };
/// assert_eq!(fault.to_string(), "the next 2 Produce: handled, then hung up on");
/// fault.strike(&cluster);
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Fault {
    /// A node dies: [`Cluster::kill`].
    Kill(i32),
    /// It comes back: [`Cluster::revive`].
    Revive(i32),
    /// The connections to a node break: [`Cluster::disconnect`].
    Disconnect(i32),
    /// A node refuses new connections from now on, or takes them again: [`Cluster::refuse_connections`].
    RefuseConnections {
        /// The node.
        node: i32,
        /// Whether it refuses them.
        refuse: bool,
    },
    /// A node is slow: [`Cluster::slow_down`].
    SlowDown {
        /// The node.
        node: i32,
        /// How long it takes before it handles a request.
        delay: Duration,
        /// How much it sends on a connection.
        bytes_per_second: Option<u64>,
    },
    /// A node's clock is wrong by so many milliseconds: [`Cluster::skew_clock`].
    SkewClock {
        /// The node.
        node: i32,
        /// By how many milliseconds it is ahead.
        by_ms: i64,
    },
    /// A node's disk is full: [`Cluster::fail_disk`].
    FailDisk(i32),
    /// It is as it was: [`Cluster::mend_disk`].
    MendDisk(i32),
    /// What each client may use: [`Cluster::set_quota`].
    Quota(Quota),
    /// A node's replicas follow their leaders another way: [`Cluster::set_replication`].
    Replicate {
        /// The node.
        node: i32,
        /// How they follow.
        how: Replication,
    },
    /// Another node leads a partition: [`Cluster::move_leader`].
    MoveLeader {
        /// The topic.
        topic: String,
        /// The partition.
        partition: i32,
        /// The node that leads from now on.
        node: i32,
    },
    /// A replica leads a partition with what it has: [`Cluster::elect_unclean`].
    ElectUnclean {
        /// The topic.
        topic: String,
        /// The partition.
        partition: i32,
        /// The node that leads from now on.
        node: i32,
    },
    /// Nobody leads a partition: [`Cluster::lose_leader`].
    LoseLeader {
        /// The topic.
        topic: String,
        /// The partition.
        partition: i32,
    },
    /// Its preferred leader leads a partition: [`Cluster::elect_preferred_leader`].
    ElectPreferredLeader {
        /// The topic.
        topic: String,
        /// The partition.
        partition: i32,
    },
    /// The brokers forget who wrote to a partition: [`Cluster::expire_producers`].
    ExpireProducers {
        /// The topic.
        topic: String,
        /// The partition.
        partition: i32,
    },
    /// Another node coordinates a group: [`Cluster::move_coordinator`].
    MoveCoordinator {
        /// The group.
        group: String,
        /// The node that coordinates it from now on.
        node: i32,
    },
    /// All fetch sessions are forgotten: [`Cluster::evict_fetch_sessions`].
    EvictFetchSessions,
    /// Something happens to the next requests of an API, wherever they arrive: [`Cluster::on_next`].
    Requests {
        /// The API.
        api: ApiKey,
        /// How many of them.
        times: usize,
        /// What happens to them.
        what: Mischief,
    },
}

/// What happens to a request. Each is an [`Action`] as a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Mischief {
    /// [`Action::error`].
    Error(ErrorCode),
    /// [`Action::close`].
    Close,
    /// [`Action::close_after`].
    CloseAfter,
    /// [`Action::cut`].
    Cut,
    /// [`Action::stall`].
    Stall,
    /// [`Action::delay`].
    Delay(Duration),
    /// [`Action::wrong_correlation_id`].
    WrongCorrelationId,
    /// [`Action::corrupt`], for fetches.
    Corrupt,
}

impl Mischief {
    /// The action that does it.
    pub fn action(self) -> Action {
        match self {
            Self::Error(code) => Action::error(code),
            Self::Close => Action::close(),
            Self::CloseAfter => Action::close_after(),
            Self::Cut => Action::cut(),
            Self::Stall => Action::stall(),
            Self::Delay(how_long) => Action::delay(how_long),
            Self::WrongCorrelationId => Action::wrong_correlation_id(),
            Self::Corrupt => Action::corrupt(),
        }
    }
}

impl Fault {
    /// Does it. What a cluster does not have (a node, a partition) is left out.
    pub fn strike(&self, cluster: &Cluster) {
        match self {
            Self::Kill(node) => cluster.kill(*node),
            Self::Revive(node) => {
                if let Err(error) = cluster.revive(*node) {
                    tracing::warn!(node, %error, "a node cannot come back");
                }
            }
            Self::Disconnect(node) => cluster.disconnect(*node),
            Self::RefuseConnections { node, refuse } => cluster.refuse_connections(*node, *refuse),
            Self::SlowDown { node, delay, bytes_per_second } => {
                cluster.slow_down(*node, *delay, *bytes_per_second);
            }
            Self::SkewClock { node, by_ms } => cluster.skew_clock(*node, *by_ms),
            Self::FailDisk(node) => cluster.fail_disk(*node),
            Self::MendDisk(node) => cluster.mend_disk(*node),
            Self::Quota(quota) => cluster.set_quota("", *quota),
            Self::Replicate { node, how } => cluster.set_replication(*node, *how),
            Self::MoveLeader { topic, partition, node } => {
                cluster.move_leader(topic, *partition, *node);
            }
            Self::ElectUnclean { topic, partition, node } => {
                cluster.elect_unclean(topic, *partition, *node);
            }
            Self::LoseLeader { topic, partition } => {
                cluster.lose_leader(topic, *partition);
            }
            Self::ElectPreferredLeader { topic, partition } => {
                cluster.elect_preferred_leader(topic, *partition);
            }
            Self::ExpireProducers { topic, partition } => cluster.expire_producers(topic, *partition),
            Self::MoveCoordinator { group, node } => {
                cluster.move_coordinator(group, *node);
            }
            Self::EvictFetchSessions => cluster.evict_fetch_sessions(),
            Self::Requests { api, times, what } => {
                let what = *what;
                cluster.on_next(*api, *times, move || what.action());
            }
        }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Kill(node) => write!(f, "node {node} dies"),
            Self::Revive(node) => write!(f, "node {node} is back"),
            Self::Disconnect(node) => write!(f, "node {node} drops its connections"),
            Self::RefuseConnections { node, refuse: true } => write!(f, "node {node} refuses connections"),
            Self::RefuseConnections { node, refuse: false } => {
                write!(f, "node {node} takes connections again")
            }
            Self::SlowDown { node, delay, bytes_per_second: None } => {
                write!(f, "node {node} takes {delay:?} for each request")
            }
            Self::SlowDown { node, delay, bytes_per_second: Some(bytes) } => {
                write!(f, "node {node} takes {delay:?} for each request and sends {bytes} bytes a second")
            }
            Self::SkewClock { node, by_ms } => write!(f, "node {node}'s clock is {by_ms} ms ahead"),
            Self::FailDisk(node) => write!(f, "node {node}'s disk is full"),
            Self::MendDisk(node) => write!(f, "node {node}'s disk is as it was"),
            Self::Quota(quota) if *quota == Quota::default() => {
                f.write_str("clients may use as much as they like")
            }
            Self::Quota(quota) => write!(f, "clients may use so much: {quota:?}"),
            Self::Replicate { node, how: Replication::Instant } => write!(f, "node {node} follows at once"),
            Self::Replicate { node, how: Replication::Every(pause) } => {
                write!(f, "node {node} follows every {pause:?}")
            }
            Self::Replicate { node, how: Replication::Stopped } => write!(f, "node {node} follows nobody"),
            Self::ElectUnclean { topic, partition, node } => {
                write!(f, "node {node} leads {topic}/{partition} with what it has")
            }
            Self::LoseLeader { topic, partition } => write!(f, "nobody leads {topic}/{partition}"),
            Self::ElectPreferredLeader { topic, partition } => {
                write!(f, "the preferred node leads {topic}/{partition}")
            }
            Self::MoveLeader { topic, partition, node } => {
                write!(f, "node {node} leads {topic}/{partition}")
            }
            Self::ExpireProducers { topic, partition } => {
                write!(f, "{topic}/{partition} forgets its producers")
            }
            Self::MoveCoordinator { group, node } => write!(f, "node {node} coordinates {group}"),
            Self::EvictFetchSessions => f.write_str("fetch sessions are forgotten"),
            Self::Requests { api, times, what } => write!(f, "the next {times} {api:?}: {what}"),
        }
    }
}

impl fmt::Display for Mischief {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Error(code) => write!(f, "answered with {code}"),
            Self::Close => f.write_str("hung up on"),
            Self::CloseAfter => f.write_str("handled, then hung up on"),
            Self::Cut => f.write_str("handled, and half of the answer sent"),
            Self::Stall => f.write_str("never answered"),
            Self::Delay(how_long) => write!(f, "handled after {how_long:?}"),
            Self::WrongCorrelationId => f.write_str("answered under another request's number"),
            Self::Corrupt => f.write_str("answered with a bit flipped in the records"),
        }
    }
}
