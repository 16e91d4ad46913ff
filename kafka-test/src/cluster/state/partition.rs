//! A partition: its replicas on several nodes, who of them leads, who is in sync, and what is committed.
//!
//! Each replica has a log of its own. The leader's is written to; followers copy it, and first drop what the leader does
//! not have. What all replicas in sync have is committed: up to there, the high watermark, consumers may read.

use std::collections::BTreeMap;

use kafka_proto::ErrorCode;
use kafka_proto::records::RecordBatch;

use super::Node;
use super::log::Log;
use super::producers::Producers;
use crate::cluster::conf::Replication;

/// One node's copy of a partition.
#[derive(Debug, Default)]
pub(crate) struct Replica {
    pub(crate) node: i32,
    pub(crate) log: Log,
    pub(crate) producers: Producers,
    /// How far the leader of this epoch knows it to be.
    known_end: Option<i64>,
    /// Since when the leader has what it has not.
    behind_since: Option<i64>,
    /// When it asks the leader next, if it takes its time.
    asks_at: Option<i64>,
}

impl Replica {
    /// Drops what is at `offset` and after it.
    pub(crate) fn truncate(&mut self, offset: i64, now: i64) {
        self.log.truncate(offset);
        self.producers = Producers::of(&self.log, now);
    }
}

/// A partition on all its nodes.
#[derive(Debug)]
pub(crate) struct Partition {
    /// `None` while nobody can lead it.
    pub(crate) leader: Option<i32>,
    pub(crate) leader_epoch: i32,
    /// The preferred leader first.
    pub(crate) replicas: Vec<i32>,
    pub(crate) in_sync: Vec<i32>,
    copies: Vec<Replica>,
    /// Whose log is the partition's while nobody leads.
    last_leader: i32,
    /// Where the log ended when this leader began.
    epoch_start: i64,
    /// It is to have no leader.
    pub(crate) withheld: bool,
}

/// What settling a partition came to.
#[derive(Debug, Default)]
pub(crate) struct Settled {
    /// Whether something is so that a waiting request wants to know it.
    pub(crate) changed: bool,
    /// When to settle again.
    pub(crate) again: Option<i64>,
}

impl Partition {
    pub(crate) fn new(replicas: Vec<i32>, alive: impl Fn(i32) -> bool) -> Self {
        let in_sync: Vec<i32> = replicas.iter().copied().filter(|&node| alive(node)).collect();
        let leader = in_sync.first().copied();
        Self {
            leader,
            leader_epoch: 0,
            in_sync,
            copies: replicas.iter().map(|&node| Replica { node, ..Replica::default() }).collect(),
            last_leader: leader.or(replicas.first().copied()).unwrap_or(-1),
            replicas,
            epoch_start: 0,
            withheld: false,
        }
    }

    /// The log of the leader, or of the last one.
    pub(crate) fn log(&self) -> &Log {
        &self.copies[self.main()].log
    }

    pub(crate) fn producers(&self) -> &Producers {
        &self.copies[self.main()].producers
    }

    /// The leader's copy, to be written to. [`Partition::settle`] has to follow.
    pub(crate) fn main_mut(&mut self) -> &mut Replica {
        let main = self.main();
        &mut self.copies[main]
    }

    /// A node's copy.
    pub(crate) fn copy(&self, node: i32) -> Option<&Replica> {
        self.copies.iter().find(|copy| copy.node == node)
    }

    pub(crate) fn copy_mut(&mut self, node: i32) -> Option<&mut Replica> {
        self.copies.iter_mut().find(|copy| copy.node == node)
    }

    pub(crate) fn copies_mut(&mut self) -> impl Iterator<Item = &mut Replica> {
        self.copies.iter_mut()
    }

    fn main(&self) -> usize {
        self.index_of(self.last_leader).unwrap_or(0)
    }

    fn index_of(&self, node: i32) -> Option<usize> {
        self.copies.iter().position(|copy| copy.node == node)
    }

    /// Appends a batch that was found to be right; returns its first offset.
    pub(crate) fn append(&mut self, batch: &RecordBatch, append_time: Option<i64>, now: i64) -> i64 {
        let epoch = self.leader_epoch;
        let copy = self.main_mut();
        let base_offset = copy.log.append(batch, copy.log.end_offset(), epoch, append_time);
        let timestamp = append_time.unwrap_or(batch.max_timestamp());
        copy.producers.appended(batch, base_offset, timestamp, now);
        base_offset
    }

    /// Whether what a client claims to know is this epoch (-1: it claims nothing).
    pub(crate) fn check_epoch(&self, claimed: i32) -> Result<(), ErrorCode> {
        if claimed != -1 && claimed < self.leader_epoch {
            return Err(ErrorCode::FENCED_LEADER_EPOCH);
        }
        if claimed > self.leader_epoch {
            return Err(ErrorCode::UNKNOWN_LEADER_EPOCH);
        }
        Ok(())
    }

    /// Whether `node` may answer for this partition to a client that believes in `claimed_epoch` (-1: in none).
    pub(crate) fn check_leader(&self, node: i32, claimed_epoch: i32) -> Result<(), ErrorCode> {
        self.check_epoch(claimed_epoch)?;
        if self.leader == Some(node) { Ok(()) } else { Err(ErrorCode::NOT_LEADER_OR_FOLLOWER) }
    }

    /// Whether the high watermark may still be behind what former leaders answered.
    pub(crate) fn is_catching_up(&self) -> bool {
        self.log().high_watermark() < self.epoch_start
    }

    /// The replica to read from instead of the leader: one in sync in the reader's rack, if the leader is not in it
    /// (KIP-392).
    pub(crate) fn closer(&self, rack: &str, offset: i64, nodes: &BTreeMap<i32, Node>) -> Option<i32> {
        let close = |node: i32| {
            nodes.get(&node).is_some_and(|node| node.takes_part() && node.rack.as_deref() == Some(rack))
        };
        if self.leader.is_none_or(close) {
            return None;
        }
        let candidates = self.copies.iter().filter(|copy| {
            let covers = copy.log.start_offset() <= offset && copy.known_end.is_some_and(|end| end >= offset);
            covers && self.in_sync.contains(&copy.node) && close(copy.node)
        });
        // Of those that know equally much, the first.
        candidates.rev().max_by_key(|copy| copy.known_end).map(|copy| copy.node)
    }

    /// Makes a node the leader, in a new epoch, with the log that it has.
    pub(crate) fn lead_by(&mut self, leader: Option<i32>) {
        if self.leader == leader {
            return;
        }
        self.leader = leader;
        self.withheld = false;
        self.begin_epoch();
    }

    /// Takes the leader away until somebody is made one.
    pub(crate) fn withhold_leader(&mut self) {
        self.lead_by(None);
        self.withheld = true;
    }

    /// Makes a node the leader although it may lack what is committed: what it has is the partition from now on.
    pub(crate) fn lead_uncleanly(&mut self, node: i32) {
        self.in_sync = vec![node];
        self.leader = Some(node);
        self.withheld = false;
        self.begin_epoch();
    }

    /// A new epoch, with the same leader if it is the same.
    pub(crate) fn begin_epoch(&mut self) {
        self.leader_epoch += 1;
        self.last_leader = self.leader.unwrap_or(self.last_leader);
        self.epoch_start = self.log().end_offset();
        for copy in &mut self.copies {
            copy.known_end = None;
            copy.behind_since = None;
            copy.asks_at = None;
        }
    }

    /// Lets the first replica lead that is in sync and up; if there is none, `uncleanly` one that is only up.
    pub(crate) fn elect(&mut self, nodes: &BTreeMap<i32, Node>, uncleanly: bool) {
        let mut up = self.replicas.iter().copied().filter(|node| takes_part(nodes, *node));
        match up.clone().find(|node| self.in_sync.contains(node)) {
            None if uncleanly && let Some(node) = up.next() => self.lead_uncleanly(node),
            leader => self.lead_by(leader),
        }
    }

    /// Lets a node take part with everything that the log has, as a finished reassignment does.
    pub(crate) fn join(&mut self, node: i32, now: i64) {
        if !self.replicas.contains(&node) {
            self.replicas.push(node);
            self.copies.push(Replica { node, ..Replica::default() });
        }
        if !self.in_sync.contains(&node) {
            self.follow(node, now);
            self.in_sync.push(node);
        }
    }

    /// A node is gone: it is not in sync any more, unless it is the last one, or nobody could ever lead again.
    pub(crate) fn leave(&mut self, node: i32) {
        if self.in_sync.len() > 1 {
            self.in_sync.retain(|&replica| replica != node);
        }
    }

    /// Lets followers copy what they can at this time, and follows from it who is in sync and what is committed.
    /// `lag` is how many milliseconds a replica in sync may be behind.
    pub(crate) fn settle(&mut self, nodes: &BTreeMap<i32, Node>, now: i64, lag: i64) -> Settled {
        let mut settled = Settled::default();
        let Some(leader) = self.leader.filter(|leader| takes_part(nodes, *leader)) else { return settled };
        let before = (self.log().high_watermark(), self.in_sync.len());
        for place in 0..self.replicas.len() {
            let node = self.replicas[place];
            if node == leader {
                continue;
            }
            let again = self.replicate(node, nodes, now);
            let overdue = self.judge(node, nodes, now, lag);
            settled.again = [settled.again, again, overdue].into_iter().flatten().min();
        }
        self.commit(leader);
        let committed = self.log().high_watermark();
        for copy in &mut self.copies {
            let node = nodes.get(&copy.node).filter(|node| node.takes_part());
            if node.is_some_and(|node| node.faults.replication == Replication::Instant) {
                copy.log.commit(committed);
            }
        }
        settled.changed = before != (self.log().high_watermark(), self.in_sync.len());
        settled
    }

    /// Lets a follower ask the leader if it is its time. Returns when it asks next.
    fn replicate(&mut self, node: i32, nodes: &BTreeMap<i32, Node>, now: i64) -> Option<i64> {
        let replication = nodes.get(&node).filter(|node| node.takes_part())?.faults.replication;
        match replication {
            Replication::Stopped => None,
            Replication::Instant => {
                self.follow(node, now);
                None
            }
            Replication::Every(pause) => {
                let pause = i64::try_from(pause.as_millis()).unwrap_or(i64::MAX).max(1);
                if self.copy(node)?.asks_at.is_some_and(|at| at <= now) {
                    self.follow(node, now);
                    self.copy_mut(node)?.asks_at = None;
                }
                let main = self.log();
                let (end, high_watermark) = (main.end_offset(), main.high_watermark());
                let copy = self.copy_mut(node)?;
                let complete = copy.known_end == Some(end) && copy.log.high_watermark() == high_watermark;
                if !complete && copy.asks_at.is_none() {
                    copy.asks_at = Some(now.saturating_add(pause));
                }
                copy.asks_at
            }
        }
    }

    /// Whether a follower is in sync. Returns when it will not be any more if nothing happens.
    fn judge(&mut self, node: i32, nodes: &BTreeMap<i32, Node>, now: i64, lag: i64) -> Option<i64> {
        let (end, high_watermark) = (self.log().end_offset(), self.log().high_watermark());
        let caught_up_to = high_watermark.max(self.epoch_start);
        let is_in_sync = self.in_sync.contains(&node);
        let copy = self.copy_mut(node)?;
        if copy.known_end == Some(end) {
            copy.behind_since = None;
        } else {
            copy.behind_since.get_or_insert(now);
        }
        let out_at = copy.behind_since.map(|since| since.saturating_add(lag));
        if is_in_sync {
            if out_at.is_some_and(|at| at <= now) {
                self.in_sync.retain(|&replica| replica != node);
                return None;
            }
            return out_at;
        }
        if copy.known_end.is_some_and(|end| end >= caught_up_to) && takes_part(nodes, node) {
            self.in_sync.push(node);
        }
        None
    }

    /// What all replicas in sync are known to have is committed.
    fn commit(&mut self, leader: i32) {
        let end = self.log().end_offset();
        let known = |node: &i32| match self.copy(*node) {
            Some(copy) if copy.node != leader => copy.known_end.unwrap_or(0),
            _ => end,
        };
        let committed = self.in_sync.iter().map(known).min().unwrap_or(end);
        self.main_mut().log.commit(committed);
    }

    /// A follower asks the leader: it drops what the leader does not have, and copies what it has not.
    fn follow(&mut self, node: i32, now: i64) {
        let (Some(main), Some(index)) = (self.index_of(self.last_leader), self.index_of(node)) else {
            return;
        };
        let Ok([main, copy]) = self.copies.get_disjoint_mut([main, index]) else { return };
        if copy.log.agree_with(&main.log, self.leader_epoch) {
            copy.producers = Producers::of(&copy.log, now);
        }
        let old_end = copy.log.end_offset();
        copy.log.copy_from(&main.log);
        copy.producers.learn(&main.producers, old_end);
        copy.known_end = Some(copy.log.end_offset());
        copy.log.commit(main.log.high_watermark());
    }
}

fn takes_part(nodes: &BTreeMap<i32, Node>, node: i32) -> bool {
    nodes.get(&node).is_some_and(Node::takes_part)
}
