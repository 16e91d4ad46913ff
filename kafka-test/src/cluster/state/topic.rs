//! Topics and their partitions.

use std::collections::BTreeMap;

use kafka_proto::ErrorCode;
use kafka_proto::records::{Batches, RecordBatch};
use kafka_proto::wire::{StrBytes, Uuid};

use super::log::Log;
use super::producers::Producers;

/// A topic.
#[derive(Debug)]
pub(crate) struct Topic {
    pub(crate) name: StrBytes,
    pub(crate) id: Uuid,
    /// Its own settings, under Kafka's names.
    pub(crate) settings: BTreeMap<String, String>,
    pub(crate) partitions: Vec<Partition>,
}

impl Topic {
    pub(crate) fn partition(&self, index: i32) -> Option<&Partition> {
        self.partitions.get(usize::try_from(index).ok()?)
    }

    pub(crate) fn partition_mut(&mut self, index: i32) -> Option<&mut Partition> {
        self.partitions.get_mut(usize::try_from(index).ok()?)
    }

    /// One of the topic's own settings, if it has it and it reads as a `T`.
    pub(crate) fn setting<T: std::str::FromStr>(&self, name: &str) -> Option<T> {
        self.settings.get(name)?.parse().ok()
    }
}

/// A partition as its leader sees it. The replicas share one log: what is written is on all of them at once.
#[derive(Debug)]
pub(crate) struct Partition {
    /// `None` while no replica is alive.
    pub(crate) leader: Option<i32>,
    pub(crate) leader_epoch: i32,
    pub(crate) replicas: Vec<i32>,
    pub(crate) in_sync: Vec<i32>,
    pub(crate) log: Log,
    pub(crate) producers: Producers,
}

impl Partition {
    pub(crate) fn new(replicas: Vec<i32>, alive: impl Fn(i32) -> bool) -> Self {
        let in_sync: Vec<i32> = replicas.iter().copied().filter(|&node| alive(node)).collect();
        Self {
            leader: in_sync.first().copied(),
            leader_epoch: 0,
            replicas,
            in_sync,
            log: Log::default(),
            producers: Producers::default(),
        }
    }

    /// Appends a batch that was found to be right; returns its first offset.
    pub(crate) fn append(&mut self, batch: &RecordBatch, append_time: Option<i64>) -> i64 {
        let base_offset = self.log.append(batch, self.log.end_offset(), self.leader_epoch, append_time);
        self.producers.appended(batch, base_offset, append_time.unwrap_or(batch.max_timestamp()));
        base_offset
    }

    /// Remembers of the idempotent producers what the log has of them, as a broker does that has lost some of it.
    pub(crate) fn reload_producers(&mut self) {
        self.producers.expire();
        for stored in self.log.batches() {
            if let Some(Ok(batch)) = Batches::new(stored.bytes.clone()).next() {
                self.producers.appended(&batch, stored.base_offset, stored.max_timestamp);
            }
        }
    }

    /// Whether `node` may answer for this partition to a client that believes in `claimed_epoch` (-1: in none).
    pub(crate) fn check_leader(&self, node: i32, claimed_epoch: i32) -> Result<(), ErrorCode> {
        if claimed_epoch != -1 && claimed_epoch < self.leader_epoch {
            return Err(ErrorCode::FENCED_LEADER_EPOCH);
        }
        if claimed_epoch > self.leader_epoch {
            return Err(ErrorCode::UNKNOWN_LEADER_EPOCH);
        }
        if self.leader == Some(node) { Ok(()) } else { Err(ErrorCode::NOT_LEADER_OR_FOLLOWER) }
    }

    pub(crate) fn lead_by(&mut self, leader: Option<i32>) {
        if self.leader != leader {
            self.leader = leader;
            self.leader_epoch += 1;
        }
    }
}

/// Whether Kafka takes this as a topic's name.
pub(crate) fn is_valid_name(name: &str) -> bool {
    let legal = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-');
    !name.is_empty() && name.len() <= 249 && name != "." && name != ".." && name.bytes().all(legal)
}
