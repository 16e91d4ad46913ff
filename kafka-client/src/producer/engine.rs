//! What all handles and tasks of one producer share.

use std::collections::{BTreeMap, HashMap};
use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::{
    AtomicU64, AtomicUsize,
    Ordering::{Acquire, Release, SeqCst},
};
use std::task::Waker;
use std::time::Duration;

use arc_swap::ArcSwap;
use kafka_proto::records::BatchSize;
use parking_lot::{Mutex, RwLock};
use tokio::sync::Notify;
use tokio::time::Instant;

use super::batch::{Codec, HEADER, measure, size_of};
use super::budget::{Budget, Line, Room};
use super::buffers::Buffers;
use super::identity::Identities;
use super::lane::Lane;
use super::life::Lives;
use super::queue::{Beginning, Listing, Rules, Settled};
use super::recent::{Recent, next_edition};
use super::topics::{Choice, Slot, Topic};
use super::{keeper, sender};
use crate::api::{Delivery, Done, Error, ErrorKind, Record, Result, TopicName};
use crate::config::{Compression, ProducerConf, deadline};
use crate::metadata::{self, Cluster};
use crate::watch;

/// A loop of enqueues that fills this much lets other tasks run, the sender among them.
const PAUSE_AFTER: usize = 64 << 10;

/// The shortest wait before another attempt.
const SHORTEST_WAIT: Duration = Duration::from_millis(1);

/// The share of `buffer_memory` that is kept as buffers while nothing is in them.
const KEPT: usize = 8;

pub(super) type Topics = HashMap<TopicName, Arc<Topic>, foldhash::fast::FixedState>;

/// Where a producer's life stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Phase {
    /// It takes records.
    Open,
    /// It takes none, and delivers those that it has.
    Closing,
    /// All is delivered or has failed; its tasks end.
    Ended,
}

/// The producer without its handles: it lives on until what was taken is delivered.
///
/// Locks are taken alone and for a few instructions; only that of [`Buffers`] may be taken while another is held.
pub(super) struct Engine {
    pub(super) cluster: Cluster,
    pub(super) conf: ProducerConf,
    rules: Rules,
    pub(super) budget: Budget,
    topics: ArcSwap<Topics>,
    /// Which map of topics that is, among those of all producers.
    edition: AtomicU64,
    /// Held while the map of topics is replaced: who waits for topics that are not known yet.
    asked_for: Mutex<BTreeMap<TopicName, Arc<Line>>>,
    lanes: RwLock<BTreeMap<i32, Arc<Lane>>>,
    /// Partitions that have something to send and no leader to send it to.
    strays: Mutex<Vec<Arc<Slot>>>,
    pub(super) identities: Identities,
    phase: watch::Sender<Phase>,
    /// How many hold on to it. With none left it ends when it has nothing more to deliver.
    owners: AtomicUsize,
    pub(super) keeper: Notify,
    codecs: Mutex<Vec<Codec>>,
    pub(super) buffers: Buffers,
    pub(super) lives: Lives,
}

/// What came of a record.
pub(super) enum Taken {
    Yes(Delivery),
    /// It was taken, and it is time to let other tasks run.
    Paused(Delivery),
    NoRoom,
    UnknownTopic,
}

impl Engine {
    /// An engine with its first owner, and the task that looks after it.
    pub(super) fn start(cluster: Cluster, mut conf: ProducerConf) -> Arc<Self> {
        // Without any wait a sender would look again at once, and let nobody else run.
        conf.retry_wait = conf.retry_wait.max(SHORTEST_WAIT);
        let rules = Rules {
            batch_size: conf.batch_size,
            max_in_flight: conf.max_in_flight,
            idempotent: conf.is_idempotent(),
            delivery_timeout: conf.delivery_timeout,
            retry_limit: conf.retry_limit,
            retry_wait: conf.retry_wait,
        };
        let engine = Arc::new(Self {
            rules,
            budget: Budget::new(conf.buffer_memory),
            topics: ArcSwap::default(),
            edition: AtomicU64::new(next_edition()),
            asked_for: Mutex::default(),
            lanes: RwLock::default(),
            strays: Mutex::default(),
            identities: Identities::default(),
            phase: watch::Sender::new(Phase::Open),
            // Whoever called: before the keeper looks for the first time.
            owners: AtomicUsize::new(1),
            keeper: Notify::new(),
            codecs: Mutex::default(),
            buffers: Buffers::new(conf.buffer_memory / KEPT),
            lives: Lives::new(conf.interceptor.clone()),
            cluster,
            conf,
        });
        engine.spawn(keeper::run(engine.clone()));
        engine
    }

    pub(super) fn spawn(&self, task: impl Future<Output = ()> + Send + 'static) {
        use tracing::Instrument;
        self.cluster.runtime().spawn(task.instrument(self.cluster.span().clone()));
    }

    /// Takes a record if its topic is known and there is room. Never waits.
    #[expect(
        clippy::inline_always,
        reason = "returned once more, what came of the record costs as much as the lock"
    )]
    #[inline(always)]
    pub(super) fn take(self: &Arc<Self>, record: &Record<'_>) -> Result<Taken> {
        let size = self.size(record)?;
        let Some(recent) = self.find(record.topic) else {
            self.check_open()?;
            return Ok(Taken::UnknownTopic);
        };
        let taken = if recent.topic.line.has_this_task() {
            self.check_open().map(|()| Taken::NoRoom)
        } else {
            self.take_into(&recent.topic, record, size, &mut &self.budget)
        };
        recent.keep();
        taken
    }

    /// The topic, if it is known; most often it is the one that this thread wrote to before.
    #[expect(
        clippy::inline_always,
        reason = "returned once more, what came of the record costs as much as the lock"
    )]
    #[inline(always)]
    fn find(&self, topic: &str) -> Option<Recent> {
        let edition = self.edition.load(Acquire);
        Recent::take(edition, topic).or_else(|| {
            let topic = self.topics.load().get(topic)?.clone();
            Some(Recent { edition, topic })
        })
    }

    /// How many bytes the record takes in a batch, at the most; exactly if that decides whether it can be sent.
    #[inline]
    pub(super) fn size(&self, record: &Record<'_>) -> Result<usize> {
        let size = size_of(record);
        if HEADER + size <= self.conf.max_request_size { Ok(size) } else { self.exact_size(record) }
    }

    #[cold]
    fn exact_size(&self, record: &Record<'_>) -> Result<usize> {
        let mut size = BatchSize::new();
        measure(&mut size, record, 0);
        let size = size.bytes();
        if size > self.conf.max_request_size { Err(self.too_large(size)) } else { Ok(size - HEADER) }
    }

    #[expect(
        clippy::inline_always,
        reason = "returned once more, what came of the record costs as much as the lock"
    )]
    #[inline(always)]
    pub(super) fn take_into(
        self: &Arc<Self>,
        topic: &Topic,
        record: &Record<'_>,
        size: usize,
        room: &mut impl Room,
    ) -> Result<Taken> {
        let choice = topic.choose(record, self.conf.partitioner.as_deref(), || self.random())?;
        let Some(delivery) = choice.slot.append_amid(record, size) else {
            return self.take_at_an_edge(topic, &choice, record, size, room);
        };
        topic.chosen(&choice, size, false, self.rules.batch_size, || self.random());
        Ok(Taken::Yes(delivery))
    }

    /// Takes a record where a batch begins, grows or ends.
    #[inline(never)]
    fn take_at_an_edge(
        self: &Arc<Self>,
        topic: &Topic,
        choice: &Choice<'_>,
        record: &Record<'_>,
        size: usize,
        room: &mut impl Room,
    ) -> Result<Taken> {
        let slot = choice.slot;
        let appended =
            slot.with(|queue| queue.append(record, size, room, |capacity| self.begin(capacity)))?;
        self.submit(slot, appended.listing);
        let Some(delivery) = appended.delivery else { return Ok(Taken::NoRoom) };
        let filled = appended.filled > 0;
        topic.chosen(choice, size, filled, self.rules.batch_size, || self.random());
        if filled && topic.is_pause_due(appended.filled, PAUSE_AFTER) {
            return Ok(Taken::Paused(delivery));
        }
        Ok(Taken::Yes(delivery))
    }

    /// What a batch begins with.
    pub(super) fn begin(&self, capacity: usize) -> Beginning {
        Beginning {
            opened: Instant::now(),
            timestamp: self.cluster.environment().wall_clock_ms(),
            buffer: self.buffers.get(capacity),
            done: self.buffers.done(),
        }
    }

    fn random(&self) -> u32 {
        self.cluster.seed() as u32
    }

    /// What is larger than a request will never go.
    #[cold]
    pub(super) fn too_large(&self, bytes: usize) -> Error {
        let most = self.conf.max_request_size;
        let what = format!("a batch of {bytes} bytes cannot be sent: max_request_size is {most}");
        Error::new(ErrorKind::InvalidRecord, what)
    }

    pub(super) fn check_open(&self) -> Result<()> {
        if self.phase() == Phase::Open { Ok(()) } else { Err(closed()) }
    }

    pub(super) fn phase(&self) -> Phase {
        *self.phase.borrow()
    }

    pub(super) fn phases(&self) -> watch::Receiver<Phase> {
        self.phase.subscribe()
    }

    /// Where to wait before writing to a topic, known or not.
    pub(super) fn line(&self, topic: &str) -> Arc<Line> {
        let mut asked_for = self.asked_for.lock();
        match self.topics.load().get(topic) {
            Some(known) => known.line.clone(),
            None => {
                // Topics that were asked for in vain don't pile up.
                asked_for.retain(|_, line| Arc::strong_count(line) > 1);
                asked_for.entry(TopicName::from(topic)).or_default().clone()
            }
        }
    }

    /// The topic, asked for if it is not known.
    pub(super) async fn topic(&self, name: &str, deadline: Instant) -> Result<Arc<Topic>> {
        if let Some(topic) = self.topics.load().get(name) {
            return Ok(topic.clone());
        }
        let described = self.cluster.topic_until(name, deadline, false).await?;
        self.remember(&described)
    }

    /// Takes over what is known of a topic now.
    pub(super) fn remember(&self, described: &metadata::Topic) -> Result<Arc<Topic>> {
        let mut asked_for = self.asked_for.lock();
        self.check_open()?;
        let topics = self.topics.load();
        let before = topics.get(&described.name);
        if let Some(before) = before.filter(|before| before.is_as(described)) {
            return Ok(before.clone());
        }
        let line = asked_for.remove(&described.name);
        let topic = Arc::new(Topic::new(described, before.map(|before| &**before), line, self.rules));
        let mut changed = Topics::clone(&topics);
        changed.insert(described.name.clone(), topic.clone());
        self.topics.store(Arc::new(changed));
        // After the map: who reads the new number finds the new map.
        self.edition.store(next_edition(), Release);
        Ok(topic)
    }

    /// Every partition that was ever written to. In no order that means anything, but always the same.
    pub(super) fn slots(&self) -> Vec<Arc<Slot>> {
        let topics = self.topics.load();
        topics.values().flat_map(|topic| topic.slots().iter().cloned()).collect()
    }

    /// What is known of the topics that are written to is to be kept up to date. Others are forgotten after some
    /// minutes (but not their numbering), and looked up again with their next record.
    pub(super) fn keep_topics(&self) {
        for (name, topic) in &**self.topics.load() {
            if topic.is_in_use() {
                self.cluster.used(name);
            }
        }
    }

    /// A new snapshot is there: topics may have grown, partitions may have found a leader.
    pub(super) fn refreshed(self: &Arc<Self>) {
        let snapshot = self.cluster.snapshot();
        let names: Vec<_> = self.topics.load().keys().cloned().collect();
        for described in names.iter().filter_map(|name| snapshot.topic(name)) {
            let _closing = self.remember(described);
        }
        self.redirect_strays(false);
    }

    /// Puts the partition down where its node's sender finds it, as its queue said.
    pub(super) fn put_down(self: &Arc<Self>, slot: &Arc<Slot>, listing: Listing) {
        if let Some((_, sender)) = self.list(slot, listing) {
            sender.wake();
        }
    }

    /// [`Engine::put_down`] by one who has put something into the queue, and is none of the producer's own tasks: if
    /// nothing is on its way to the node, it goes at once.
    pub(super) fn submit(self: &Arc<Self>, slot: &Arc<Slot>, listing: Listing) {
        if let Some((lane, sender)) = self.list(slot, listing) {
            lane.send_now_or_wake(sender);
        }
    }

    /// Returns the sender that is to be woken.
    fn list(self: &Arc<Self>, slot: &Arc<Slot>, listing: Listing) -> Option<(Arc<Lane>, Waker)> {
        if listing == Listing::default() {
            return None;
        }
        let Some(lane) = self.leader_of(slot).map(|node| self.lane(node)) else {
            self.strays.lock().push(slot.clone());
            self.keeper.notify_one();
            return None;
        };
        let woken = {
            let mut lists = lane.lists.lock();
            let open = listing.open.and_then(|since| lists.push_open(slot.clone(), since));
            let later = listing.later.and_then(|when| lists.push_later(slot.clone(), when));
            let full = if listing.full { lists.push_full(slot.clone()) } else { None };
            open.or(later).or(full)
        };
        woken.map(|sender| (lane, sender))
    }

    /// Takes the partition out of whatever list it stood in and puts it down where it belongs now.
    pub(super) fn put_down_again(self: &Arc<Self>, slot: &Arc<Slot>) {
        let now = Instant::now();
        let listing = slot.with(|queue| {
            queue.unlisted_everywhere();
            queue.list(now)
        });
        self.put_down(slot, listing);
    }

    /// Partitions without a leader get another chance; returns whether some still have none, which are asked about again
    /// if `ask`. One that has nothing left to send needs no leader.
    pub(super) fn redirect_strays(self: &Arc<Self>, ask: bool) -> bool {
        let strays = each_once(std::mem::take(&mut *self.strays.lock()));
        let (led, leaderless): (Vec<_>, Vec<_>) =
            strays.into_iter().partition(|slot| self.leader_of(slot).is_some());
        for slot in &led {
            self.put_down_again(slot);
        }
        for slot in &leaderless {
            self.leaderless(slot);
        }
        let in_need = |slot: &Arc<Slot>| {
            slot.with(|queue| {
                let idle = queue.is_idle();
                if idle {
                    queue.unlisted_everywhere();
                }
                !idle
            })
        };
        let leaderless: Vec<_> = leaderless.into_iter().filter(in_need).collect();
        let topic = leaderless.first().map(|slot| slot.topic.clone());
        self.strays.lock().extend(leaderless);
        if let Some(topic) = topic.as_ref().filter(|_| ask) {
            self.cluster.stale(topic);
        }
        topic.is_some()
    }

    pub(super) fn leader_of(&self, slot: &Slot) -> Option<i32> {
        let snapshot = self.cluster.snapshot();
        snapshot.topic(&slot.topic)?.partition(slot.partition)?.leader
    }

    fn lane(self: &Arc<Self>, node: i32) -> Arc<Lane> {
        if let Some(lane) = self.lanes.read().get(&node) {
            return lane.clone();
        }
        let mut lanes = self.lanes.write();
        let lane = lanes.entry(node).or_insert_with(|| {
            let lane = Arc::new(Lane::new(node, self.conf.linger));
            self.spawn(sender::run(self.clone(), lane.clone()));
            lane
        });
        lane.clone()
    }

    /// All senders look again.
    pub(super) fn nudge(&self) {
        let lanes: Vec<_> = self.lanes.read().values().cloned().collect();
        for lane in lanes {
            let woken = lane.lists.lock().nudge();
            if let Some(sender) = woken {
                sender.wake();
            }
        }
    }

    /// Gives memory back.
    pub(super) fn release(&self, bytes: usize) {
        self.budget.release(bytes);
        if self.is_forsaken() {
            self.keeper.notify_one();
        }
    }

    pub(super) fn tell(&self, settled: impl IntoIterator<Item = Settled>) {
        let freed: usize = settled.into_iter().map(|settled| settled.tell(&self.buffers, &self.lives)).sum();
        if freed > 0 {
            self.release(freed);
        }
    }

    /// Fails what is overdue; returns when to look again.
    pub(super) fn expire(self: &Arc<Self>) -> Instant {
        let now = Instant::now();
        // What is taken from here on expires later than this.
        let mut next = now + self.conf.delivery_timeout;
        for slot in self.slots() {
            let (settled, expiry, listing) =
                slot.with(|queue| (queue.expire(now), queue.next_expiry(), queue.list(now)));
            self.tell(settled);
            self.put_down(&slot, listing);
            next = expiry.map_or(next, |expiry| next.min(expiry));
        }
        next
    }

    /// Sends all open batches on their way and returns all that has no outcome yet.
    pub(super) fn hurry(self: &Arc<Self>) -> Vec<(Done, Range<u32>)> {
        let now = Instant::now();
        let mut unsettled = Vec::new();
        for slot in self.slots() {
            let listing = slot.with(|queue| {
                queue.close_open();
                unsettled.extend(queue.unsettled());
                queue.list(now)
            });
            self.put_down(&slot, listing);
        }
        unsettled
    }

    /// Waits for all that was taken so far, at most until `deadline`; returns how many records remain.
    pub(super) async fn flush(self: &Arc<Self>, deadline: Instant) -> usize {
        let unsettled = self.hurry();
        let all = async {
            for (done, run) in &unsettled {
                std::future::poll_fn(|cx| done.poll_settled(run.clone(), cx)).await;
            }
        };
        match tokio::time::timeout_at(deadline, all).await {
            Ok(()) => 0,
            Err(_) => unsettled.into_iter().map(|(done, run)| done.unsettled(run) as usize).sum(),
        }
    }

    /// Takes no more, delivers what was taken until `timeout`, and fails the rest.
    pub(super) async fn close(self: &Arc<Self>, timeout: Duration) -> Result<()> {
        self.stop_taking();
        let remain = self.flush(deadline(timeout)).await;
        self.end(&closed());
        if remain == 0 {
            return Ok(());
        }
        let what = format!("{remain} records were not delivered within {timeout:?}; each has its error");
        Err(Error::new(ErrorKind::TimedOut, what))
    }

    /// Takes no more and fails all that has no outcome; returns how many records that were.
    pub(super) fn abort(&self) -> usize {
        self.stop_taking();
        let mut unsettled = 0;
        for slot in self.slots() {
            unsettled += slot.with(|queue| {
                queue.close_open();
                queue.unsettled().map(|(done, run)| done.unsettled(run) as usize).sum::<usize>()
            });
        }
        self.end(&Error::new(
            ErrorKind::Closed,
            "the producer was aborted before the record was acknowledged",
        ));
        unsettled
    }

    fn stop_taking(&self) {
        self.phase.send_if_modified(|phase| {
            let open = *phase == Phase::Open;
            *phase = Phase::Closing.max(*phase);
            open
        });
        // After this no topic is added, so that the loop below reaches every queue.
        drop(self.asked_for.lock());
        self.budget.close();
        for slot in self.slots() {
            slot.with(|queue| queue.stop_taking(&closed()));
        }
    }

    /// Fails all that has no outcome yet, and ends the tasks. Idempotent.
    pub(super) fn end(&self, error: &Error) {
        self.stop_taking();
        for slot in self.slots() {
            let settled = slot.with(|queue| queue.end(error));
            self.tell(settled);
        }
        self.phase.send_replace(Phase::Ended);
        self.nudge();
        self.keeper.notify_one();
    }

    /// Fails what waits to be sent, where `which` says so; later records are taken, and the senders told of them.
    pub(super) fn fail_waiting(self: &Arc<Self>, error: &Error, which: impl Fn(&Slot) -> bool) {
        for slot in self.slots().into_iter().filter(|slot| which(slot)) {
            let settled = slot.with(|queue| queue.fail_waiting(error));
            self.tell(settled);
        }
        let lanes: Vec<_> = self.lanes.read().values().cloned().collect();
        let mut listed = Vec::new();
        for lane in lanes {
            let (full, open) = lane.lists.lock().drain();
            listed.extend(full.into_iter().chain(open.into_iter().map(|(slot, _)| slot)));
        }
        for slot in each_once(listed) {
            self.put_down_again(&slot);
        }
        self.nudge();
    }

    /// One more holds on to the producer.
    pub(super) fn claim(&self) {
        self.owners.fetch_add(1, SeqCst);
    }

    /// And lets go of it.
    pub(super) fn let_go(&self) {
        if self.owners.fetch_sub(1, SeqCst) == 1 {
            self.keeper.notify_one();
        }
    }

    pub(super) fn is_forsaken(&self) -> bool {
        self.owners.load(SeqCst) == 0
    }

    /// What compresses batches, to be given back.
    pub(super) fn codec(&self) -> Result<Option<Codec>> {
        if self.conf.compression == Compression::None {
            return Ok(None);
        }
        let used = self.codecs.lock().pop();
        used.map_or_else(|| Codec::new(self.conf.compression), Ok).map(Some)
    }

    pub(super) fn return_codec(&self, codec: Option<Codec>) {
        self.codecs.lock().extend(codec);
    }
}

/// Each of these partitions once, in order. One that stands in two lists and is put down for both would be in four
/// afterwards.
pub(super) fn each_once(mut slots: Vec<Arc<Slot>>) -> Vec<Arc<Slot>> {
    slots.sort_by(|a, b| (&a.topic, a.partition).cmp(&(&b.topic, b.partition)));
    slots.dedup_by(|a, b| Arc::ptr_eq(a, b));
    slots
}

pub(super) fn closed() -> Error {
    Error::new(ErrorKind::Closed, "the producer was closed")
}
