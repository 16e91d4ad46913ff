//! The fetch loops of a broker handle, and how a partition finds the one of its leader.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;
use tokio::sync::mpsc;
use tokio::sync::mpsc::error::SendError;
use tokio::time::Instant;
use tracing::Instrument;

use super::budget::Budget;
use super::cursor::Next;
use super::driver::FetchLoop;
use super::feed::{Event, Feed, FetchSettings, Joining, another_topic};
use super::lookups::Lookups;
use crate::api::{Error, ErrorKind};
use crate::metadata::{Cluster, Leader};

/// Which loop: one per node and fetch settings. A partition that is read twice, or a topic that exists under one name
/// with two ids for a moment, needs another copy.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct LoopKey {
    pub(super) node: i32,
    pub(super) settings: FetchSettings,
    pub(super) copy: u32,
}

/// All fetch loops of a broker handle. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Fetchers(Arc<Inner>);

struct Inner {
    cluster: Cluster,
    budget: Arc<Budget>,
    loops: Mutex<BTreeMap<LoopKey, mpsc::UnboundedSender<Event>>>,
    /// Until when nodes asked to be left alone, whichever loop they said it to.
    throttled: Mutex<BTreeMap<i32, Instant>>,
    lookups: Lookups,
}

impl Fetchers {
    /// No loops yet: they come and go with the partitions that are read.
    pub(crate) fn new(cluster: Cluster) -> Self {
        let budget = Arc::new(Budget::new(cluster.conf().fetch_memory));
        Self(Arc::new(Inner {
            cluster,
            budget,
            loops: Mutex::default(),
            throttled: Mutex::default(),
            lookups: Lookups::default(),
        }))
    }

    pub(super) fn cluster(&self) -> &Cluster {
        &self.0.cluster
    }

    pub(super) fn budget(&self) -> &Arc<Budget> {
        &self.0.budget
    }

    pub(super) fn lookups(&self) -> &Lookups {
        &self.0.lookups
    }

    /// A node asked to be left alone for so long.
    pub(super) fn throttle(&self, node: i32, how_long: Duration) {
        let now = Instant::now();
        let mut throttled = self.0.throttled.lock();
        throttled.retain(|_, until| *until > now);
        throttled.insert(node, now + how_long);
    }

    /// Until when a node is to be left alone.
    pub(super) fn throttled_until(&self, node: i32) -> Option<Instant> {
        self.0.throttled.lock().get(&node).copied()
    }

    /// Brings a partition to the loop of its leader: at once when that is known, else as soon as it is. What has to be
    /// asked before it can be fetched is asked first.
    pub(super) fn place(&self, feed: Arc<Feed>) {
        if !feed.rests(Instant::now()).is_zero() {
            let fetchers = self.clone();
            return self.spawn(async move { fetchers.place_rested(feed).await });
        }
        match self.leader(&feed) {
            Some(leader) => self.bring(feed, leader),
            None => self.search(feed, None, Duration::ZERO),
        }
    }

    async fn place_rested(&self, feed: Arc<Feed>) {
        let mut closed = self.0.cluster.closed();
        tokio::select! {
            biased;
            _ = closed.wait_for(|closed| *closed) => {}
            () = feed.has_rested() => {}
        }
        self.find(feed, None, Duration::ZERO).await;
    }

    fn bring(&self, feed: Arc<Feed>, leader: Leader) {
        match feed.errand() {
            Some((turn, errand)) => self.look_up(feed, leader, turn, errand),
            None => self.join(feed, leader, 0),
        }
    }

    /// Does the same after `wait`, or sooner when another leader than the one that `failed` is known.
    pub(super) fn search(&self, feed: Arc<Feed>, failed: Option<Leader>, wait: Duration) {
        let fetchers = self.clone();
        self.spawn(async move { fetchers.find(feed, failed, wait).await });
    }

    async fn find(&self, feed: Arc<Feed>, failed: Option<Leader>, mut wait: Duration) {
        loop {
            self.wait_for_another_leader(&feed, failed, wait).await;
            if feed.is_gone() {
                return;
            }
            let cluster = &self.0.cluster;
            let looking = cluster.leader(&feed.of.topic, feed.of.partition, None);
            match cluster.unless_closed(looking).await {
                Ok(leader) => return self.bring(feed, leader),
                Err(error) => match feed.failed(None, error, Instant::now()) {
                    Next::After(again) => wait = again,
                    Next::Stop | Next::End => return,
                },
            }
        }
    }

    async fn wait_for_another_leader(&self, feed: &Feed, failed: Option<Leader>, wait: Duration) {
        let cluster = &self.0.cluster;
        let (mut news, mut closed) = (cluster.subscribe(), cluster.closed());
        let another = async {
            loop {
                news.mark_unchanged();
                let leader = self.leader(feed);
                if (failed.is_some() && leader.is_some() && leader != failed) || news.changed().await.is_err()
                {
                    return;
                }
            }
        };
        tokio::select! {
            biased;
            _ = closed.wait_for(|closed| *closed) => {}
            () = another => {}
            () = tokio::time::sleep(wait) => {}
        }
    }

    /// The leader, as far as it is known and can be reached.
    fn leader(&self, feed: &Feed) -> Option<Leader> {
        let snapshot = self.0.cluster.snapshot();
        let partition = snapshot.topic(&feed.of.topic)?.partition(feed.of.partition)?;
        let node = partition.leader.filter(|node| snapshot.nodes.contains_key(node))?;
        Some(Leader { node, epoch: partition.leader_epoch })
    }

    /// Hands a partition to a loop, which is started if need be: its leader's, or that of a follower that is nearer.
    pub(super) fn join(&self, feed: Arc<Feed>, leader: Leader, copy: u32) {
        let snapshot = self.0.cluster.snapshot();
        let topic_id = snapshot.topic(&feed.of.topic).and_then(|topic| topic.id);
        if !feed.is_topic(topic_id) {
            if let Next::After(wait) = feed.failed(None, another_topic(), Instant::now()) {
                feed.forget_topic();
                self.search(feed, None, wait);
            }
            return;
        }
        let nearer = feed.nearer(Instant::now()).filter(|node| snapshot.nodes.contains_key(node));
        let key = LoopKey { node: nearer.unwrap_or(leader.node), settings: feed.settings, copy };
        self.tell_loop(key, Event::Joined(Joining { feed, topic_id, leader }));
    }

    /// A loop leaves the list before it stops listening, unless it panicked: then another one takes its place.
    fn tell_loop(&self, key: LoopKey, joined: Event) {
        let mut loops = self.0.loops.lock();
        let unheard = match loops.get(&key) {
            Some(events) => events.send(joined).err().map(|SendError(joined)| joined),
            None => Some(joined),
        };
        let Some(joined) = unheard else { return };
        let (sender, receiver) = mpsc::unbounded_channel();
        let fetch_loop = FetchLoop::new(self.clone(), key, sender.clone(), receiver);
        let _ = sender.send(joined);
        loops.insert(key, sender);
        // A runtime that is gone drops the loop, which tells the reader.
        drop(loops);
        self.spawn(fetch_loop.run());
    }

    pub(super) fn spawn(&self, task: impl Future<Output = ()> + Send + 'static) {
        let cluster = &self.0.cluster;
        cluster.runtime().spawn(task.instrument(cluster.span().clone()));
    }

    /// The loop may end unless `last_look` finds that somebody has joined: nobody can from here on.
    pub(super) fn retire(&self, key: LoopKey, last_look: impl FnOnce() -> bool) -> bool {
        let mut loops = self.0.loops.lock();
        let ends = !last_look();
        if ends {
            loops.remove(&key);
        }
        ends
    }
}

/// The error of a partition whose loop was torn down.
pub(super) fn loop_ended() -> Error {
    Error::new(
        ErrorKind::Closed,
        "fetching has ended: the runtime that the broker handle was made in was shut down",
    )
}

impl fmt::Debug for Fetchers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Fetchers").field("loops", &self.0.loops.lock().len()).finish_non_exhaustive()
    }
}
