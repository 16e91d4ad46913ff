//! What the cluster's controller does: it notices nodes that come and go, elects leaders, and keeps time.

use kafka_proto::wire::Uuid;

use super::State;
use super::partition::Partition;
use super::waits::Key;
use crate::cluster::conf::Replication;

impl State {
    /// The time is `now`: does what was to be done by then.
    pub(crate) fn tick(&mut self, now: i64) {
        self.now = self.now.max(now);
        let mut due = false;
        while self.timers.first().is_some_and(|at| *at <= self.now) {
            self.timers.pop_first();
            due = true;
        }
        if due {
            let overdue = |node: &super::Node| node.fence_at.is_some_and(|at| at <= self.now);
            let dead: Vec<i32> =
                self.nodes.iter().filter(|(_, node)| overdue(node)).map(|(&id, _)| id).collect();
            for node in dead {
                self.fence(node);
            }
            self.settle_all();
            let retaining = self.topics.values().filter(|topic| !topic.settings.is_empty());
            let all =
                retaining.flat_map(|topic| (0..topic.partitions.len()).map(|index| (topic.id, index as i32)));
            for (topic, index) in all.collect::<Vec<_>>() {
                self.expire_records(topic, index);
            }
        }
    }

    /// When [`State::tick`] is to be called at the latest.
    pub(crate) fn next_timer(&self) -> Option<i64> {
        self.timers.first().copied()
    }

    /// Follows up a change of a partition: replication, who is in sync, what is committed. Wakes who waits for it.
    pub(crate) fn changed(&mut self, topic: Uuid, index: i32) {
        let (now, lag) = (self.now, self.replica_lag());
        let Some(name) = self.names.get(&topic) else { return };
        let partition = self.topics.get_mut(name).and_then(|topic| topic.partition_mut(index));
        if let Some(partition) = partition {
            let settled = partition.settle(&self.nodes, now, lag);
            self.timers.extend(settled.again);
        }
        self.expire_records(topic, index);
        self.waits.wake(&Key::Partition(topic, index));
    }

    /// Follows up what changed for all partitions, leaders first.
    fn settle_all(&mut self) {
        let (now, lag) = (self.now, self.replica_lag());
        for topic in self.topics.values_mut() {
            let uncleanly = topic.setting("unclean.leader.election.enable").unwrap_or(false);
            for (index, partition) in (0..).zip(&mut topic.partitions) {
                let before = (partition.leader, partition.leader_epoch);
                for (id, _) in self.nodes.iter().filter(|(_, node)| node.fenced || node.faults.disk_failed) {
                    partition.leave(*id);
                }
                let led = partition.leader.is_some_and(|leader| {
                    self.nodes.get(&leader).is_some_and(|node| !node.fenced && !node.faults.disk_failed)
                });
                if !led && !partition.withheld {
                    partition.elect(&self.nodes, uncleanly);
                }
                let settled = partition.settle(&self.nodes, now, lag);
                self.timers.extend(settled.again);
                if settled.changed || before != (partition.leader, partition.leader_epoch) {
                    self.waits.wake(&Key::Partition(topic.id, index));
                }
            }
        }
    }

    /// Deletes what the topic's own settings for retention do not keep. (That nothing is kept for ever when a topic sets
    /// nothing is left out, as clients of a test may write any times.)
    fn expire_records(&mut self, topic: Uuid, index: i32) {
        let now = self.now;
        let topic = self.names.get(&topic).and_then(|name| self.topics.get_mut(name));
        let Some(topic) = topic.filter(|topic| !topic.settings.is_empty()) else { return };
        let time = topic.setting::<i64>("retention.ms").filter(|time| *time >= 0);
        let bytes = topic.setting::<u64>("retention.bytes");
        let deletes = topic.settings.get("cleanup.policy").is_none_or(|policy| policy.contains("delete"));
        let Some(partition) = topic
            .partition_mut(index)
            .filter(|partition| deletes && partition.leader.is_some() && (time.is_some() || bytes.is_some()))
        else {
            return;
        };
        let before = time.map_or(i64::MIN, |time| now.saturating_sub(time));
        partition.main_mut().log.expire(bytes.unwrap_or(u64::MAX), before);
        let oldest = partition.log().oldest_timestamp();
        let next = time.zip(oldest).map(|(time, oldest)| oldest.saturating_add(time).saturating_add(1));
        // What is overdue is not committed, and looked at again when it is.
        self.timers.extend(next.filter(|at| *at > now));
    }

    fn replica_lag(&self) -> i64 {
        i64::try_from(self.conf.replica_lag.as_millis()).unwrap_or(i64::MAX)
    }

    /// A node dies. The controller notices at once, or when the node's session has ended.
    pub(crate) fn kill(&mut self, id: i32) {
        let session = i64::try_from(self.conf.session_timeout.as_millis()).unwrap_or(i64::MAX);
        let Some(node) = self.nodes.get_mut(&id).filter(|node| node.alive) else { return };
        node.alive = false;
        self.sessions.evict(Some(id));
        if session == 0 {
            return self.fence(id);
        }
        let at = self.now.saturating_add(session);
        node.fence_at = Some(at);
        self.timers.insert(at);
    }

    /// A node comes back. It leads what nobody else could, and is in sync as soon as it has caught up.
    pub(crate) fn revive(&mut self, id: i32) {
        if self.nodes.get(&id).is_some_and(|node| node.fence_at.is_some()) {
            self.fence(id);
        }
        if let Some(node) = self.nodes.get_mut(&id) {
            node.alive = true;
            node.fenced = false;
            self.settle_all();
        }
    }

    /// A node's replicas go offline although the node lives on: what it led moves to others.
    pub(crate) fn fail_disk(&mut self, id: i32) {
        if let Some(node) = self.nodes.get_mut(&id) {
            node.faults.disk_failed = true;
            self.settle_all();
        }
    }

    /// A node's replicas are there again.
    pub(crate) fn mend_disk(&mut self, id: i32) {
        if let Some(node) = self.nodes.get_mut(&id) {
            node.faults.disk_failed = false;
            self.settle_all();
        }
    }

    /// How a node's replicas follow their leaders from now on.
    pub(crate) fn set_replication(&mut self, id: i32, replication: Replication) {
        if let Some(node) = self.nodes.get_mut(&id) {
            node.faults.replication = replication;
            self.settle_all();
        }
    }

    /// The controller takes a node for dead.
    fn fence(&mut self, id: i32) {
        if let Some(node) = self.nodes.get_mut(&id) {
            node.fenced = true;
            node.fence_at = None;
            self.settle_all();
        }
    }

    /// Gives a partition another leader, in a new epoch, which has everything that is committed.
    pub(crate) fn move_leader(&mut self, topic: &str, partition: i32, node: i32) -> bool {
        self.elect(
            topic,
            partition,
            |moved, now| {
                moved.join(node, now);
                moved.lead_by(Some(node));
            },
            Some(node),
        )
    }

    /// Makes a replica the leader with what it has, in a new epoch. The others drop what it does not have.
    pub(crate) fn elect_unclean(&mut self, topic: &str, partition: i32, node: i32) -> bool {
        let has_it = |state: &Self| state.partition(topic, partition)?.copy(node).map(drop);
        has_it(self).is_some()
            && self.elect(topic, partition, |moved, _| moved.lead_uncleanly(node), Some(node))
    }

    /// Leaves a partition without a leader until somebody is made one, or a node comes back.
    pub(crate) fn lose_leader(&mut self, topic: &str, partition: i32) -> bool {
        self.elect(topic, partition, |moved, _| moved.withhold_leader(), None)
    }

    /// Lets the first replica lead again, if it is up and in sync.
    pub(crate) fn elect_preferred(&mut self, topic: &str, partition: i32) -> bool {
        let preferred = self.partition(topic, partition).and_then(|partition| {
            let first = partition.replicas.first().copied()?;
            partition.in_sync.contains(&first).then_some(first)
        });
        preferred.is_some_and(|node| self.move_leader(topic, partition, node))
    }

    /// Ends everything that is wrong with the nodes that are alive, and lets each partition be led.
    pub(crate) fn heal(&mut self) {
        self.quotas.clear();
        for node in self.nodes.values_mut() {
            node.faults = super::NodeFaults::default();
        }
        for partition in self.topics.values_mut().flat_map(|topic| &mut topic.partitions) {
            partition.withheld = false;
        }
        self.settle_all();
    }

    fn elect(
        &mut self,
        topic: &str,
        partition: i32,
        change: impl FnOnce(&mut Partition, i64),
        leader: Option<i32>,
    ) -> bool {
        let now = self.now;
        if leader.is_some_and(|node| !self.nodes.get(&node).is_some_and(super::Node::takes_part)) {
            return false;
        }
        let Some(topic) = self.topics.get_mut(topic) else { return false };
        let id = topic.id;
        let Some(moved) = topic.partition_mut(partition) else { return false };
        change(moved, now);
        self.changed(id, partition);
        true
    }
}
