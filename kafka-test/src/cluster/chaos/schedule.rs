//! Which faults strike when.

use std::fmt;
use std::time::Duration;

use kafka_proto::ErrorCode;
use kafka_proto::messages::ApiKey;
use tokio::time::{self, Instant};

use super::fault::{Fault, Mischief};
use crate::cluster::random::Random;
use crate::cluster::{Cluster, Quota, Replication};

/// Faults in the order in which they strike, each with when it does.
///
/// A schedule is made from a seed, or written down:
///
/// ```
/// use std::time::Duration;
/// use kafka_test::cluster::Cluster;
/// use kafka_test::cluster::chaos::{Fault, Schedule};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> std::io::Result<()> {
/// let cluster = Cluster::builder().nodes(3).topic("fruits", 4).start().await?;
/// assert_eq!(Schedule::random(7, &cluster), Schedule::random(7, &cluster));
///
/// let schedule = Schedule::new()
///     .at(Duration::from_millis(5), Fault::Kill(2))
///     .at(Duration::from_millis(9), Fault::Revive(2));
/// schedule.play(&cluster).await;
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Schedule {
    steps: Vec<(Duration, Fault)>,
}

impl Schedule {
    /// No faults.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a fault, `after` the beginning.
    #[must_use]
    pub fn at(mut self, after: Duration, fault: Fault) -> Self {
        let place = self.steps.partition_point(|(at, _)| *at <= after);
        self.steps.insert(place, (after, fault));
        self
    }

    /// Between 3 and 12 faults within ten seconds, which this number decides, for the nodes and topics that the cluster
    /// has now. None of them loses what was acknowledged by all in-sync replicas or makes it impossible to tell whether
    /// something was written, and what ends only when something mends it (a dead node) is mended some seconds later.
    pub fn random(seed: u64, cluster: &Cluster) -> Self {
        let mut draw = Draw { random: Random::new(seed), nodes: cluster.nodes(), topics: cluster.topics() };
        let mut schedule = Self::new();
        for _ in 0..draw.random.between(3, 12) {
            let at = draw.time(9_000);
            for (after, fault) in draw.fault() {
                schedule = schedule.at(at + after, fault);
            }
        }
        schedule
    }

    /// The faults, first to last.
    pub fn steps(&self) -> &[(Duration, Fault)] {
        &self.steps
    }

    /// Lets the faults happen, each at its time on tokio's clock, and ends after the last one. Rules for requests that
    /// never came stay in force; [`Cluster::heal`] takes them away.
    ///
    /// Dropping the future leaves out the faults that are still to come.
    pub async fn play(&self, cluster: &Cluster) {
        let begin = Instant::now();
        for (at, fault) in &self.steps {
            time::sleep_until(begin + *at).await;
            tracing::debug!(?at, %fault, "chaos");
            fault.strike(cluster);
        }
    }
}

impl fmt::Display for Schedule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, fault) in &self.steps {
            writeln!(f, "{:>8.3} s  {fault}", at.as_secs_f64())?;
        }
        Ok(())
    }
}

struct Draw {
    random: Random,
    nodes: Vec<i32>,
    topics: Vec<(String, i32)>,
}

impl Draw {
    /// A time up to this many milliseconds.
    fn time(&mut self, up_to: u64) -> Duration {
        Duration::from_millis(self.random.between(0, up_to))
    }

    fn node(&mut self) -> i32 {
        self.random.pick(&self.nodes).copied().unwrap_or(1)
    }

    fn partition(&mut self) -> (String, i32) {
        let topic = self.random.pick(&self.topics).cloned();
        let (topic, partitions) = topic.unwrap_or_default();
        (topic, self.random.below(partitions as u64) as i32)
    }

    /// A fault with what mends it, each with how long after the first it is.
    fn fault(&mut self) -> Vec<(Duration, Fault)> {
        let node = self.node();
        let (topic, partition) = self.partition();
        let one = |fault| vec![(Duration::ZERO, fault)];
        let mended = |after, fault, mend| vec![(Duration::ZERO, fault), (after, mend)];
        match self.random.below(20) {
            0..=2 => mended(self.time(4_000), Fault::Kill(node), Fault::Revive(node)),
            3 => one(Fault::Disconnect(node)),
            4 => {
                let refuse = |refuse| Fault::RefuseConnections { node, refuse };
                mended(self.time(3_000), refuse(true), refuse(false))
            }
            5 => {
                let slow = |delay, bytes_per_second| Fault::SlowDown { node, delay, bytes_per_second };
                let bytes = self.random.percent(50).then(|| self.random.between(2_000, 50_000));
                mended(self.time(3_000), slow(self.time(400), bytes), slow(Duration::ZERO, None))
            }
            6 => {
                let skew = |by_ms| Fault::SkewClock { node, by_ms };
                mended(self.time(5_000), skew(self.random.between(0, 200_000) as i64 - 100_000), skew(0))
            }
            7 => mended(self.time(4_000), Fault::FailDisk(node), Fault::MendDisk(node)),
            8 | 9 => {
                let follow = |how| Fault::Replicate { node, how };
                let how = match self.random.below(3) {
                    0 => Replication::Stopped,
                    _ => Replication::Every(Duration::from_millis(self.random.between(1, 500))),
                };
                mended(self.time(5_000), follow(how), follow(Replication::Instant))
            }
            10 | 11 => one(Fault::MoveLeader { topic, partition, node }),
            12 => {
                let mend = Fault::ElectPreferredLeader { topic: topic.clone(), partition };
                mended(self.time(3_000), Fault::LoseLeader { topic, partition }, mend)
            }
            13 => one(Fault::EvictFetchSessions),
            14 => {
                let quota = Quota {
                    produced_bytes_per_second: Some(self.random.between(200, 2_000)),
                    fetched_bytes_per_second: Some(self.random.between(200, 2_000)),
                    requests_per_second: Some(self.random.between(5, 50)),
                };
                mended(self.time(5_000), Fault::Quota(quota), Fault::Quota(Quota::default()))
            }
            _ => {
                let (api, what) = self.mischief();
                one(Fault::Requests { api, times: self.random.between(1, 3) as usize, what })
            }
        }
    }

    fn mischief(&mut self) -> (ApiKey, Mischief) {
        let (api, codes) = self.random.pick(CODES).copied().unwrap_or(CODES[0]);
        let what = match self.random.below(10) {
            0 => Mischief::Close,
            1 | 2 => Mischief::CloseAfter,
            3 => Mischief::Cut,
            4 => Mischief::Stall,
            5 => Mischief::Delay(self.time(3_000)),
            6 => Mischief::WrongCorrelationId,
            7 if api == ApiKey::Fetch => Mischief::Corrupt,
            _ => Mischief::Error(self.random.pick(codes).copied().unwrap_or(ErrorCode::REQUEST_TIMED_OUT)),
        };
        (api, what)
    }
}

/// What brokers answer to each API when something is wrong for a while.
const CODES: &[(ApiKey, &[ErrorCode])] = &[
    (
        ApiKey::Produce,
        &[
            ErrorCode::NOT_LEADER_OR_FOLLOWER,
            ErrorCode::NOT_ENOUGH_REPLICAS,
            ErrorCode::NOT_ENOUGH_REPLICAS_AFTER_APPEND,
            ErrorCode::REQUEST_TIMED_OUT,
            ErrorCode::KAFKA_STORAGE_ERROR,
            ErrorCode::UNKNOWN_TOPIC_OR_PARTITION,
            ErrorCode::CORRUPT_MESSAGE,
        ],
    ),
    (
        ApiKey::Fetch,
        &[
            ErrorCode::FETCH_SESSION_ID_NOT_FOUND,
            ErrorCode::INVALID_FETCH_SESSION_EPOCH,
            ErrorCode::FETCH_SESSION_TOPIC_ID_ERROR,
            ErrorCode::NOT_LEADER_OR_FOLLOWER,
            ErrorCode::FENCED_LEADER_EPOCH,
            ErrorCode::UNKNOWN_LEADER_EPOCH,
            ErrorCode::UNKNOWN_TOPIC_OR_PARTITION,
            ErrorCode::KAFKA_STORAGE_ERROR,
            ErrorCode::OFFSET_NOT_AVAILABLE,
        ],
    ),
    (ApiKey::Metadata, &[ErrorCode::LEADER_NOT_AVAILABLE, ErrorCode::UNKNOWN_TOPIC_OR_PARTITION]),
    (ApiKey::ListOffsets, &[ErrorCode::NOT_LEADER_OR_FOLLOWER, ErrorCode::OFFSET_NOT_AVAILABLE]),
    (
        ApiKey::InitProducerId,
        &[ErrorCode::COORDINATOR_LOAD_IN_PROGRESS, ErrorCode::COORDINATOR_NOT_AVAILABLE],
    ),
    (ApiKey::FindCoordinator, &[ErrorCode::COORDINATOR_NOT_AVAILABLE]),
    (ApiKey::OffsetCommit, &[ErrorCode::NOT_COORDINATOR, ErrorCode::COORDINATOR_LOAD_IN_PROGRESS]),
];
