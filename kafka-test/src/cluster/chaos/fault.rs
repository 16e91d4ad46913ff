//! What can go wrong, as values: to put into a schedule, to print, and to do to a cluster.

use std::fmt;
use std::time::Duration;

use kafka_proto::ErrorCode;
use kafka_proto::messages::ApiKey;

use crate::cluster::{Action, Cluster};

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
    /// Another node leads a partition: [`Cluster::move_leader`].
    MoveLeader {
        /// The topic.
        topic: String,
        /// The partition.
        partition: i32,
        /// The node that leads from now on.
        node: i32,
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
            Self::MoveLeader { topic, partition, node } => {
                cluster.move_leader(topic, *partition, *node);
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
        }
    }
}
