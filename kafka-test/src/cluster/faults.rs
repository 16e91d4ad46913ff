//! Faults of the cluster: what happens to nodes, leaders, replicas and logs. What happens to single requests is asked
//! for with [`Cluster::control`] and [`Cluster::on_next`].

use std::io;
use std::time::Duration;

use super::state::State;
use super::state::partition::Partition;
use super::{Cluster, Quota, Replication, no_such_node};

/// # Faults
///
/// Each happens at once, lasts until what mends it is called, and depends on nothing but the call.
impl Cluster {
    /// A node dies: its connections break, new ones are refused. What it led and coordinated moves to others, as soon as
    /// it is noticed ([`ClusterConf::session_timeout`](super::ClusterConf::session_timeout)). Its log stays on its
    /// disk. [`Cluster::revive`] brings it back.
    ///
    /// ```
    /// # async fn example(cluster: &kafka_test::cluster::Cluster) -> std::io::Result<()> {
    /// cluster.kill(1);
    /// assert_ne!(cluster.leader("fruits", 0), Some(1));
    /// cluster.revive(1)?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn kill(&self, node: i32) {
        self.shared.step(|state| state.kill(node));
        self.listeners.close(node);
    }

    /// A node that died comes back at its old address. It drops what the leaders do not have, copies what it lacks, and
    /// leads nothing but what nobody else could.
    ///
    /// # Errors
    /// The port was taken by somebody else in the meantime.
    pub fn revive(&self, node: i32) -> io::Result<()> {
        let port = self.shared.step(|state| state.nodes.get(&node).map(|node| node.port));
        let port = port.ok_or_else(|| no_such_node(node))?;
        if !self.listeners.is_open(node) {
            self.listeners.reopen(node, port)?;
            self.shared.step(|state| state.revive(node));
        }
        Ok(())
    }

    /// Breaks all connections to a node, which stays alive.
    ///
    /// ```
    /// # async fn example(cluster: &kafka_test::cluster::Cluster) {
    /// cluster.disconnect(1);
    /// # }
    /// ```
    pub fn disconnect(&self, node: i32) {
        self.listeners.disconnect(node);
    }

    /// Whether a node that is alive refuses new connections; those that are open stay. In memory they are refused, on
    /// loopback they are closed as soon as they are accepted.
    ///
    /// ```
    /// # async fn example(cluster: &kafka_test::cluster::Cluster) {
    /// cluster.refuse_connections(1, true);
    /// assert!(cluster.connect(1).await.is_err());
    /// cluster.refuse_connections(1, false);
    /// # }
    /// ```
    pub fn refuse_connections(&self, node: i32, refuse: bool) {
        self.change_node(node, |node| node.faults.refuses = refuse);
    }

    /// Makes a node slow: it takes `delay` for each request before it handles it, and sends no more than
    /// `bytes_per_second` on a connection (`None`: as much as there is). Zero and `None` mend it.
    ///
    /// ```
    /// # use std::time::Duration;
    /// # async fn example(cluster: &kafka_test::cluster::Cluster) {
    /// cluster.slow_down(1, Duration::from_millis(20), Some(100_000));
    /// cluster.slow_down(1, Duration::ZERO, None);
    /// # }
    /// ```
    pub fn slow_down(&self, node: i32, delay: Duration, bytes_per_second: Option<u64>) {
        self.change_node(node, |node| {
            node.faults.delay = delay;
            node.faults.bytes_per_second = bytes_per_second;
        });
    }

    /// A node's clock is wrong by so many milliseconds: the times that it stamps on records
    /// (`message.timestamp.type = LogAppendTime`), and what it takes for records from the future. Zero mends it.
    ///
    /// ```
    /// # async fn example(cluster: &kafka_test::cluster::Cluster) {
    /// cluster.skew_clock(1, -60_000);
    /// # }
    /// ```
    pub fn skew_clock(&self, node: i32, by_ms: i64) {
        self.change_node(node, |node| node.faults.clock_skew = by_ms);
    }

    /// A node's disk is full, or fails: its replicas go offline, it answers `KAFKA_STORAGE_ERROR` for them, and others
    /// lead what it led, if there are any in sync. [`Cluster::mend_disk`] ends it.
    ///
    /// ```
    /// # async fn example(cluster: &kafka_test::cluster::Cluster) {
    /// cluster.fail_disk(1);
    /// cluster.mend_disk(1);
    /// # }
    /// ```
    pub fn fail_disk(&self, node: i32) {
        self.shared.step(|state| state.fail_disk(node));
    }

    /// A node's disk is as it was: its replicas are there again, and catch up.
    pub fn mend_disk(&self, node: i32) {
        self.shared.step(|state| state.mend_disk(node));
    }

    /// Sets what the clients of this id may use; that of no name (`""`) is for all that have none of their own.
    ///
    /// ```
    /// # use kafka_test::cluster::Quota;
    /// # async fn example(cluster: &kafka_test::cluster::Cluster) {
    /// let quota = Quota { produced_bytes_per_second: Some(10_000), ..Quota::default() };
    /// cluster.set_quota("my-app", quota);
    /// cluster.set_quota("my-app", Quota::default());
    /// # }
    /// ```
    pub fn set_quota(&self, client_id: &str, quota: Quota) {
        self.shared.step(|state| state.quotas.set(client_id, quota));
    }

    /// How a node's replicas follow their leaders.
    ///
    /// ```
    /// # use std::time::Duration;
    /// # use kafka_test::cluster::Replication;
    /// # async fn example(cluster: &kafka_test::cluster::Cluster) {
    /// // Whoever waits for all replicas in sync now waits for 50 ms.
    /// cluster.set_replication(2, Replication::Every(Duration::from_millis(50)));
    /// // It leaves the replicas in sync after `ClusterConf::replica_lag`.
    /// cluster.set_replication(3, Replication::Stopped);
    /// # }
    /// ```
    pub fn set_replication(&self, node: i32, replication: Replication) {
        self.shared.step(|state| state.set_replication(node, replication));
    }

    /// Makes another node the leader of a partition, in a new epoch. A node that is in sync leads with what it has,
    /// which is all that is committed; another one gets everything first. False: no such partition, or the node is
    /// down.
    ///
    /// ```
    /// # async fn example(cluster: &kafka_test::cluster::Cluster) {
    /// assert!(cluster.move_leader("fruits", 0, 2));
    /// assert_eq!(cluster.leader("fruits", 0), Some(2));
    /// # }
    /// ```
    pub fn move_leader(&self, topic: &str, partition: i32, node: i32) -> bool {
        self.shared.step(|state| state.move_leader(topic, partition, node))
    }

    /// Lets the preferred leader, the first of the replicas, lead again. False: it is not in sync, or there is no such
    /// partition.
    pub fn elect_preferred_leader(&self, topic: &str, partition: i32) -> bool {
        self.shared.step(|state| state.elect_preferred(topic, partition))
    }

    /// Takes a partition's leader away, until another one is made or [`Cluster::heal`] is called. False: there is no
    /// such partition.
    ///
    /// ```
    /// # async fn example(cluster: &kafka_test::cluster::Cluster) {
    /// cluster.lose_leader("fruits", 0);
    /// assert_eq!(cluster.leader("fruits", 0), None);
    /// cluster.elect_preferred_leader("fruits", 0);
    /// # }
    /// ```
    pub fn lose_leader(&self, topic: &str, partition: i32) -> bool {
        self.shared.step(|state| state.lose_leader(topic, partition))
    }

    /// An unclean election: a replica leads with what it has, in sync or not, and the others drop what it does not have.
    /// That loses records that were acknowledged if it was not in sync. False: the node is down, or no replica.
    ///
    /// With `unclean.leader.election.enable = true` a topic does this by itself when no replica in sync is left.
    ///
    /// ```
    /// # use kafka_test::cluster::Replication;
    /// # async fn example(cluster: &kafka_test::cluster::Cluster) {
    /// cluster.set_replication(3, Replication::Stopped);
    /// // … what is written now …
    /// cluster.elect_unclean("fruits", 0, 3);
    /// // … is gone.
    /// # }
    /// ```
    pub fn elect_unclean(&self, topic: &str, partition: i32, node: i32) -> bool {
        self.shared.step(|state| state.elect_unclean(topic, partition, node))
    }

    /// Moves a coordinator: of the group or the transactional id `key`. False: no such node is alive.
    ///
    /// ```
    /// # async fn example(cluster: &kafka_test::cluster::Cluster) {
    /// cluster.move_coordinator("my-group", 2);
    /// assert_eq!(cluster.coordinator("my-group"), Some(2));
    /// # }
    /// ```
    pub fn move_coordinator(&self, key: &str, node: i32) -> bool {
        self.shared.step(|state| {
            let alive = state.nodes.get(&node).is_some_and(|node| node.alive);
            if alive {
                state.groups.move_coordinator(key, node);
            }
            alive
        })
    }

    /// Forgets all fetch sessions: the next incremental fetch is refused with `FETCH_SESSION_ID_NOT_FOUND`.
    ///
    /// ```
    /// # async fn example(cluster: &kafka_test::cluster::Cluster) {
    /// cluster.evict_fetch_sessions();
    /// # }
    /// ```
    pub fn evict_fetch_sessions(&self) {
        self.shared.step(|state| state.sessions.evict(None));
    }

    /// Forgets the idempotent producers of a partition, as brokers do some time after their last write
    /// ([`ClusterConf::producer_id_expiration`](super::ClusterConf::producer_id_expiration)).
    ///
    /// ```
    /// # async fn example(cluster: &kafka_test::cluster::Cluster) {
    /// cluster.expire_producers("fruits", 0);
    /// # }
    /// ```
    pub fn expire_producers(&self, topic: &str, partition: i32) {
        self.change_partition(topic, partition, |partition, _| {
            for copy in partition.copies_mut() {
                copy.producers.expire();
            }
        });
    }

    /// Deletes the records below `offset`, as retention does.
    ///
    /// ```
    /// # async fn example(cluster: &kafka_test::cluster::Cluster) {
    /// cluster.delete_records("fruits", 0, 100);
    /// assert_eq!(cluster.log_start_offset("fruits", 0), Some(100));
    /// # }
    /// ```
    pub fn delete_records(&self, topic: &str, partition: i32, offset: i64) {
        self.change_partition(topic, partition, |partition, _| {
            partition.main_mut().log.advance_start(offset);
        });
    }

    /// Loses the records from `offset` on, on all replicas, as an unclean leader election does: the leader stays, in a
    /// new epoch.
    ///
    /// ```
    /// # async fn example(cluster: &kafka_test::cluster::Cluster) {
    /// cluster.truncate("fruits", 0, 100);
    /// assert!(cluster.high_watermark("fruits", 0) <= Some(100));
    /// # }
    /// ```
    pub fn truncate(&self, topic: &str, partition: i32, offset: i64) {
        self.change_partition(topic, partition, |partition, now| {
            for copy in partition.copies_mut() {
                copy.truncate(offset, now);
            }
            partition.begin_epoch();
        });
    }

    /// Flips a bit of the batch that holds `offset`, on the leader's disk: its CRC is wrong from now on. Other replicas
    /// have it as it was. False: nothing is stored there.
    ///
    /// What goes wrong only on the way is [`Action::corrupt`](super::Action::corrupt).
    ///
    /// ```
    /// # async fn example(cluster: &kafka_test::cluster::Cluster) {
    /// cluster.corrupt("fruits", 0, 17);
    /// # }
    /// ```
    pub fn corrupt(&self, topic: &str, partition: i32, offset: i64) -> bool {
        let corrupt = |partition: &mut Partition, _| partition.main_mut().log.corrupt(offset);
        self.change_partition(topic, partition, corrupt).unwrap_or(false)
    }

    /// Compacts a partition: of the records with the same key only the last is kept, tombstones included, and records
    /// without a key are kept. Offsets stay, so that there are gaps.
    ///
    /// ```
    /// # async fn example(cluster: &kafka_test::cluster::Cluster) {
    /// cluster.compact("fruits", 0);
    /// # }
    /// ```
    pub fn compact(&self, topic: &str, partition: i32) {
        self.change_partition(topic, partition, |partition, _| {
            for copy in partition.copies_mut() {
                copy.log.compact();
            }
        });
    }

    /// Ends all faults that are still in force: takes all rules away and ends all lies, brings all nodes back with what they had, lets
    /// them follow at once, and lets each partition be led. What was lost stays lost.
    pub fn heal(&self) {
        self.shared.controls.lock().clear();
        self.stop_lying();
        for node in self.nodes() {
            // In memory it cannot fail, and a port that somebody else has taken cannot be had back.
            if let Err(error) = self.revive(node) {
                tracing::warn!(node, %error, "a node cannot come back");
            }
        }
        self.shared.step(State::heal);
    }

    fn change_node(&self, node: i32, change: impl FnOnce(&mut super::Node)) {
        self.shared.step(|state| state.nodes.get_mut(&node).map(change));
    }

    fn change_partition<T>(
        &self,
        topic: &str,
        partition: i32,
        change: impl FnOnce(&mut Partition, i64) -> T,
    ) -> Option<T> {
        self.shared.step(|state| {
            let now = state.now;
            let id = state.topics.get(topic)?.id;
            let changed = change(state.partition_mut(topic, partition)?, now);
            state.changed(id, partition);
            Some(changed)
        })
    }
}
