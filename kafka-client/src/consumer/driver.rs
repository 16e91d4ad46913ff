//! The fetch loop of one node: it owns the connections, and carries what [`FetchSession`] and the partitions' cursors
//! decide to the node and back.
//!
//! There is one long poll at a time, on the main connection. What becomes wanted while it is under way (a partition
//! that has just joined, one whose reader went elsewhere or made room) does not wait for it: a second connection, opened
//! when that first happens, brings it by requests that are answered at once. Brokers answer the requests of one
//! connection in order, so the first one could not.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use kafka_proto::wire::StrBytes;
use tokio::sync::mpsc;
use tokio::time::{Instant, sleep_until};

use super::cursor::Next;
use super::feed::{Event, Joining};
use super::fetchers::{Fetchers, LoopKey, loop_ended};
use super::in_vain::InVain;
use super::lane::Lane;
use super::session::{Ask, FetchSession, Slot};
use super::slots::Slots;
use crate::api::{Error, ErrorKind};
use crate::metadata::Leader;

/// The request that an answer belongs to.
#[derive(Debug)]
pub(super) struct Sent {
    pub(super) at: Instant,
    /// What was asked of each partition on the second connection; of a long poll the session knows it.
    pub(super) at_once: Option<BTreeMap<Slot, Ask>>,
}

/// One node's loop. It ends when it has no partitions left, or with the broker handle.
pub(super) struct FetchLoop {
    pub(super) fetchers: Fetchers,
    pub(super) key: LoopKey,
    sender: mpsc::UnboundedSender<Event>,
    events: mpsc::UnboundedReceiver<Event>,
    pub(super) slots: Slots,
    pub(super) session: FetchSession,
    /// Where this client runs, for nodes to name a follower that is nearer.
    pub(super) rack: StrBytes,
    /// Whether the last request named topics by id.
    pub(super) by_id: bool,
    /// Partitions whose leader is new to them, or that may have sought: an old node must be asked first whether its log is still the one that
    /// was read.
    pub(super) uncompared: BTreeSet<Slot>,
    pub(super) main: Lane<Sent>,
    pub(super) second: Lane<Sent>,
    pub(super) in_vain: InVain,
    /// The second connection has failed, and is not tried again before this; the first one does alone.
    pub(super) alone_until: Option<Instant>,
    pub(super) doubts: u32,
    /// How long the node may hold the next long poll.
    pub(super) wait: Duration,
    pub(super) sent_at: Instant,
    /// When the topics were last said to be in use.
    pub(super) kept_at: Instant,
    /// Not before this, unless something new is wanted.
    pub(super) not_before: Option<Instant>,
    /// Until when the loop waits for partitions that failed, if there are no others.
    empty_until: Option<Instant>,
}

/// For how long a partition that failed finds its connection still there.
const LINGER: Duration = Duration::from_secs(5);

impl FetchLoop {
    pub(super) fn new(
        fetchers: Fetchers,
        key: LoopKey,
        sender: mpsc::UnboundedSender<Event>,
        events: mpsc::UnboundedReceiver<Event>,
    ) -> Self {
        let now = Instant::now();
        let rack = StrBytes::from(fetchers.cluster().conf().rack.as_deref().unwrap_or_default());
        Self {
            fetchers,
            key,
            sender,
            events,
            slots: Slots::default(),
            session: FetchSession::new(),
            rack,
            by_id: false,
            uncompared: BTreeSet::new(),
            main: Lane::Down,
            second: Lane::Down,
            in_vain: InVain::default(),
            alone_until: None,
            doubts: 0,
            wait: key.settings.max_wait,
            sent_at: now,
            kept_at: now,
            not_before: None,
            empty_until: None,
        }
    }

    pub(super) async fn run(mut self) {
        let cluster = self.fetchers.cluster().clone();
        let (mut closed, mut news) = (cluster.closed(), cluster.subscribe());
        let mut memory = self.fetchers.budget().subscribe();
        loop {
            while let Ok(event) = self.events.try_recv() {
                self.on_event(event);
            }
            if self.is_done() {
                return;
            }
            self.send();
            let timer = self.timer();
            tokio::select! {
                biased;
                _ = closed.wait_for(|closed| *closed) => return self.close(),
                event = self.main.next() => self.on_main(event),
                event = self.second.next() => self.on_second(event),
                event = self.events.recv() => event.into_iter().for_each(|event| self.on_event(event)),
                Ok(()) = news.changed() => self.on_news(),
                Ok(()) = memory.changed() => self.look_at_all(),
                () = sleep_until(timer.unwrap_or(self.sent_at)), if timer.is_some() => self.on_timer(),
            }
        }
    }

    /// When there is something to do that nothing else brings about.
    fn timer(&self) -> Option<Instant> {
        let again = self.alone_until.filter(|_| self.main.is_busy() && self.has_urgent());
        let in_vain = self.in_vain.until().filter(|_| self.main.is_busy());
        let empty = self.empty_until.filter(|_| self.slots.is_empty());
        self.not_before.into_iter().chain(again).chain(in_vain).chain(empty).min()
    }

    fn on_timer(&mut self) {
        let now = Instant::now();
        self.not_before = self.not_before.filter(|at| now < *at);
        self.alone_until = self.alone_until.filter(|at| now < *at);
        self.in_vain.expire(now);
    }

    // What is wanted.

    fn on_event(&mut self, event: Event) {
        match event {
            Event::Joined(joining) => self.take_in(joining),
            Event::Touched(slot) => {
                // It may have sought to a message of an epoch that this node's log has to be asked about.
                self.uncompared.insert(slot);
                self.look_at(slot);
            }
            Event::Left(slot) if self.slots.remove_gone(slot) => {
                self.session.leave(slot);
                self.empty_until = None;
            }
            Event::Left(_) => {}
        }
    }

    fn take_in(&mut self, joining: Joining) {
        let feed = joining.feed.clone();
        let leader = joining.leader;
        match self.slots.insert(joining) {
            Ok(slot) if feed.settle(slot, &self.sender) => {
                self.uncompared.insert(slot);
                self.look_at(slot);
            }
            Ok(slot) => drop(self.slots.remove(slot)),
            Err(joining) => self.fetchers.join(joining.feed, leader, self.key.copy.saturating_add(1)),
        }
    }

    pub(super) fn look_at(&mut self, slot: Slot) {
        let Some(entry) = self.slots.get(slot) else { return };
        match entry.feed.wants() {
            Some(want) => self.session.want(slot, Ask::of(want, entry.leader.epoch)),
            None if entry.feed.errand().is_some() => self.move_on(slot),
            None => self.session.leave(slot),
        }
    }

    pub(super) fn look_at_all(&mut self) {
        for slot in self.slots.all() {
            self.look_at(slot);
        }
    }

    /// A new picture of the cluster: partitions that have moved move at once, before a request fails.
    fn on_news(&mut self) {
        let snapshot = self.fetchers.cluster().snapshot();
        for slot in self.slots.all() {
            let Some(entry) = self.slots.get_mut(slot) else { continue };
            let topic = snapshot.topic(&entry.feed.of.topic);
            let Some(partition) = topic.and_then(|topic| topic.partition(entry.feed.of.partition)) else {
                continue;
            };
            let Some(node) = partition.leader else { continue };
            let now = Leader { node, epoch: partition.leader_epoch };
            if now.epoch < entry.leader.epoch || now == entry.leader {
                continue;
            }
            entry.feed.set_nearer(None);
            if node == self.key.node {
                entry.leader = now;
                self.uncompared.insert(slot);
                self.look_at(slot);
            } else {
                self.move_on(slot);
            }
        }
        self.expire_nearer();
    }

    /// Followers are nearer only for a while: the leader may know a better one by then.
    pub(super) fn expire_nearer(&mut self) {
        let now = Instant::now();
        for slot in self.slots.all() {
            let Some(entry) = self.slots.get(slot) else { continue };
            if entry.leader.node != self.key.node && entry.feed.nearer(now).is_none() {
                self.move_on(slot);
            }
        }
    }

    // Partitions that leave.

    /// A partition's fetch failed: it leaves, to be tried again where its leader is then.
    pub(super) fn failed(&mut self, slot: Slot, asked: Option<i64>, error: Error) {
        let Some(entry) = self.slots.remove(slot) else { return };
        self.session.leave(slot);
        self.empty_until = Some(Instant::now() + LINGER);
        let error = error.at_node(self.key.node);
        tracing::debug!(partition = %entry.feed.of, %error, "fetch failed");
        let leads = entry.leader.node == self.key.node;
        let next = if leads {
            entry.feed.failed(asked, error, Instant::now())
        } else {
            entry.feed.failed_nearer(asked, error, Instant::now())
        };
        if let Next::After(wait) = next {
            self.fetchers.search(entry.feed, leads.then_some(entry.leader), wait);
        }
    }

    /// A partition is fetched from another node now, or has something to ask first.
    pub(super) fn move_on(&mut self, slot: Slot) {
        let Some(entry) = self.slots.remove(slot) else { return };
        self.session.leave(slot);
        entry.feed.moves();
        self.fetchers.place(entry.feed);
    }

    /// The node cannot be reached, or does not answer as it should.
    pub(super) fn lost(&mut self, error: &Error) {
        self.session.reset();
        for slot in self.slots.all() {
            if let Some(entry) = self.slots.get(slot) {
                self.fetchers.cluster().stale(&entry.feed.of.topic);
                self.report_lost(entry, slot, error);
                if entry.feed.wants().is_none() {
                    // Nothing of it was asked for: paused, or full. The failure is not its own.
                    self.move_on(slot);
                    continue;
                }
            }
            self.failed(slot, None, error.clone());
        }
    }

    /// Whether there are no partitions, and none is expected back.
    fn is_done(&mut self) -> bool {
        let waits = self.empty_until.is_some_and(|until| Instant::now() < until);
        self.slots.is_empty() && !waits && self.retire()
    }

    /// With nobody left the loop ends, unless somebody has just joined.
    fn retire(&mut self) -> bool {
        let fetchers = self.fetchers.clone();
        let mut last = None;
        let ends = fetchers.retire(self.key, || {
            last = self.events.try_recv().ok();
            last.is_some()
        });
        if let Some(event) = last {
            self.on_event(event);
        }
        ends
    }

    fn close(mut self) {
        self.fetchers.clone().retire(self.key, || false);
        self.end_all(&Error::new(ErrorKind::Closed, "the broker handle was closed"));
    }

    /// Nobody who reads here waits for ever.
    fn end_all(&mut self, error: &Error) {
        self.events.close();
        while let Ok(event) = self.events.try_recv() {
            if let Event::Joined(joining) = event {
                joining.feed.end(error.clone());
            }
        }
        for slot in self.slots.all() {
            if let Some(entry) = self.slots.remove(slot) {
                entry.feed.end(error.clone());
            }
        }
    }
}

/// A loop that has ended in order has nobody left to tell. One that is torn down may have.
impl Drop for FetchLoop {
    fn drop(&mut self) {
        self.end_all(&loop_ended());
    }
}
