//! One partition on its way from a fetch loop to its reader.
//!
//! Its lock is held for a few steps of [`PartitionCursor`], once an answer on either side: never per record, never
//! across a wait. It is the innermost one: nothing else is locked while it is held.

use std::fmt;
use std::sync::Arc;
use std::task::Waker;
use std::time::Duration;

use kafka_proto::wire::Uuid;
use parking_lot::{Mutex, MutexGuard};
use tokio::sync::{Notify, mpsc};
use tokio::time::Instant;

use super::budget::{Budget, Hunger, Table, Waits};
use super::chunk::Chunk;
use super::cursor::{Errand, Next, PartitionCursor, Want};
use super::session::Slot;
use crate::api::{Error, ErrorKind, FetchObserver, Result, TopicPartition};
use crate::config::{Isolation, StartOffset};
use crate::metadata::Leader;

/// What consumers must have in common to be served by the same requests.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct FetchSettings {
    pub(super) max_wait: Duration,
    pub(super) min_bytes: i32,
    pub(super) isolation: Isolation,
}

/// The longest that a node is asked to hold a long poll because nothing comes.
const IDLE: Duration = Duration::from_millis(500);

impl FetchSettings {
    /// How long a node may hold a long poll after one of `wait` brought nothing. Whoever wants a first byte gets it as
    /// soon as there is one: for them a longer wait makes no difference but to the number of requests. A node that is
    /// asked for no byte at all does not wait.
    pub(super) fn longer_wait(&self, wait: Duration) -> Duration {
        if self.min_bytes == 1 { (wait * 2).min(self.max_wait.max(IDLE)) } else { self.max_wait }
    }
}

/// What a fetch loop is told.
#[derive(Debug)]
pub(super) enum Event {
    /// A partition that this loop's node leads.
    Joined(Joining),
    /// What is wanted of this partition may have changed.
    Touched(Slot),
    /// Its reader is gone.
    Left(Slot),
}

/// A partition, with what the cluster's metadata says of it.
#[derive(Debug)]
pub(super) struct Joining {
    pub(super) feed: Arc<Feed>,
    pub(super) topic_id: Option<Uuid>,
    pub(super) leader: Leader,
}

/// Where a partition is fetched.
#[derive(Debug)]
enum Place {
    /// Nowhere, until its reader asks for more.
    Nowhere,
    /// On the way to the loop of its leader.
    Searching,
    /// In this slot of the loop that listens here.
    At(Slot, mpsc::UnboundedSender<Event>),
    /// Its reader is gone.
    Gone,
}

/// A partition with a reader.
pub(super) struct Feed {
    pub(super) of: TopicPartition,
    pub(super) settings: FetchSettings,
    pub(super) observer: Option<Arc<dyn FetchObserver>>,
    budget: Arc<Budget>,
    state: Mutex<State>,
    /// Tells of a seek whoever lets the partition rest.
    sought: Notify,
}

struct State {
    cursor: PartitionCursor,
    /// Which topic of this name is read; `None` until it is known.
    topic_id: Option<Uuid>,
    place: Place,
    /// That of the consumer that reads it.
    hunger: Arc<Hunger>,
    /// That of all with which this consumer is merged, if they are waited for together.
    merged: Option<Arc<Hunger>>,
    /// How often the reader was sent elsewhere.
    seeks: u64,
    /// Whether the loop knows that this is wanted: it is not told again.
    told: bool,
    /// The reader was told of an error and may ask again at once: nothing is asked of a node before this.
    rest_until: Option<Instant>,
    /// The follower to fetch from instead of the leader, and until when (KIP-392).
    nearer: Option<(i32, Instant)>,
    /// The leader epoch up to which the log is known to be the one that was read.
    compared: i32,
    /// How far the partition can be read, as last answered; -1 while unknown.
    end: i64,
    waker: Option<Waker>,
}

/// What a reader finds, and whether somebody has to find the partition's loop now.
#[must_use]
pub(super) struct Found<T> {
    pub(super) found: T,
    pub(super) homeless: bool,
}

impl Feed {
    pub(super) fn new(
        of: TopicPartition,
        settings: FetchSettings,
        observer: Option<Arc<dyn FetchObserver>>,
        budget: Arc<Budget>,
        cursor: PartitionCursor,
    ) -> Self {
        let state = State {
            cursor,
            topic_id: None,
            place: Place::Nowhere,
            hunger: Arc::default(),
            merged: None,
            seeks: 0,
            told: false,
            rest_until: None,
            nearer: None,
            compared: -1,
            end: -1,
            waker: None,
        };
        Self { of, settings, observer, budget, state: Mutex::new(state), sought: Notify::new() }
    }

    // The reader's side.

    /// Who waits for it besides.
    pub(super) fn shares(&self, hunger: Arc<Hunger>) {
        let mut state = self.state.lock();
        state.hunger = hunger;
        state.merged = None;
    }

    /// The reader has nothing to hand out. True: the partition needs a place first.
    pub(super) fn waits(&self) -> bool {
        let waits = Table::who_waits(&self.budget);
        let mut state = self.state.lock();
        match waits {
            Waits::Alone => {
                state.merged = None;
                state.hunger.begin();
            }
            Waits::Together(hunger) => state.merged = Some(hunger),
            Waits::NotYet => {}
        }
        state.tell_if_wanted(&self.budget)
    }

    /// The next chunk or error, if there is one already. The chunk counts until it is given back by
    /// [`Feed::is_done_with`]. A reader that does not know of all `seeks` finds nothing: it is on its way elsewhere.
    pub(super) fn take(&self, seeks: u64, waker: Option<&Waker>) -> Found<Result<Option<Chunk>>> {
        let mut state = self.state.lock();
        if seeks != state.seeks {
            return Found { found: Ok(None), homeless: false };
        }
        let found = state.cursor.take().map_err(|error| error.at(&self.of.topic, self.of.partition));
        if let (Ok(None), Some(waker)) = (&found, waker) {
            match &mut state.waker {
                Some(known) => known.clone_from(waker),
                none => *none = Some(waker.clone()),
            }
        }
        let homeless = state.tell_if_wanted(&self.budget);
        if let Ok(Some(_)) = &found {
            state.hunger().end();
        }
        Found { found, homeless }
    }

    /// A chunk of this weight is no longer held by the reader.
    pub(super) fn is_done_with(&self, weight: usize) {
        self.budget.release(weight);
    }

    /// Sees to it that what the reader wants is fetched. True: the partition needs a place first.
    pub(super) fn begin(&self) -> bool {
        self.state.lock().tell_if_wanted(&self.budget)
    }

    /// Goes on at `to`, in whichever topic of this name there is then. Returns the number of this seek, of which
    /// its reader has to know before it takes anything more.
    pub(super) fn seek(&self, to: StartOffset) -> Found<u64> {
        self.seek_under(self.state.lock(), to)
    }

    /// The same for a reader that knows of so many `seeks`. `None`: it was sent elsewhere since.
    pub(super) fn seek_after(&self, seeks: u64, to: StartOffset) -> Option<Found<u64>> {
        let state = self.state.lock();
        (state.seeks == seeks).then(|| self.seek_under(state, to))
    }

    fn seek_under(&self, mut state: MutexGuard<'_, State>, to: StartOffset) -> Found<u64> {
        state.seeks += 1;
        let found = state.seeks;
        let freed = state.cursor.buffered();
        state.cursor.seek(to);
        if matches!(to, StartOffset::AtEpoch(..)) {
            state.compared = -1;
        }
        state.rest_until = None;
        if !matches!(state.place, Place::At(..)) {
            state.topic_id = None;
        }
        state.told = false;
        let homeless = state.tell_if_wanted(&self.budget);
        let waker = state.waker_if_due();
        drop(state);
        self.budget.release(freed);
        self.sought.notify_waiters();
        wake(waker);
        Found { found, homeless }
    }

    /// Nothing more is fetched or handed out for a while, or it goes on. What was fetched stays.
    pub(super) fn pause(&self, paused: bool) -> bool {
        let mut state = self.state.lock();
        state.cursor.pause(paused);
        state.told = false;
        let homeless = if paused {
            state.tell();
            false
        } else {
            state.tell_if_wanted(&self.budget)
        };
        let waker = state.waker_if_due();
        drop(state);
        wake(waker);
        homeless
    }

    /// The offset of the next message for a reader that has read all it took; `None` while that is to be found.
    pub(super) fn position(&self) -> Option<i64> {
        self.state.lock().cursor.position()
    }

    /// How far the partition can be read, as last answered.
    pub(super) fn end_offset(&self) -> Option<i64> {
        Some(self.state.lock().end).filter(|end| *end >= 0)
    }

    /// The reader is gone.
    pub(super) fn leave(&self) {
        let mut state = self.state.lock();
        let freed = state.cursor.buffered();
        state.cursor.drop_chunks();
        if let Place::At(slot, events) = std::mem::replace(&mut state.place, Place::Gone) {
            // A loop that has ended needs no telling.
            let _ = events.send(Event::Left(slot));
        }
        drop(state);
        self.budget.release(freed);
    }

    // The side of fetching.

    /// The partition has a place in a loop. False: its reader is gone.
    pub(super) fn settle(&self, slot: Slot, events: &mpsc::UnboundedSender<Event>) -> bool {
        let mut state = self.state.lock();
        if matches!(state.place, Place::Gone) {
            return false;
        }
        state.place = Place::At(slot, events.clone());
        true
    }

    /// What is to be fetched now. From here on the loop counts as knowing.
    pub(super) fn wants(&self) -> Option<Want> {
        let mut state = self.state.lock();
        let wants = state.wants(&self.budget);
        state.told = wants.is_some();
        wants
    }

    /// What is to be asked before it can be fetched, and its number.
    pub(super) fn errand(&self) -> Option<(u64, Errand)> {
        self.state.lock().cursor.errand()
    }

    /// The offset that an errand was sent to find.
    pub(super) fn found(&self, turn: u64, offset: i64) {
        self.state.lock().cursor.found(turn, offset);
    }

    /// Whether the log of a leader of this epoch has to be compared with what was read; if so, that is the next
    /// errand, and the partition has no place until then.
    pub(super) fn must_compare(&self, leader_epoch: i32) -> bool {
        let mut state = self.state.lock();
        let due = leader_epoch > state.compared && state.cursor.compare();
        if !due {
            state.compared = state.compared.max(leader_epoch);
        }
        if due && !matches!(state.place, Place::Gone) {
            state.told = false;
            state.place = Place::Searching;
        }
        due
    }

    /// What came of that: see [`PartitionCursor::compared`]. Without an answer the log passes for the same.
    pub(super) fn compared(
        &self,
        turn: u64,
        leader_epoch: i32,
        answer: Option<(i32, i64)>,
        now: Instant,
    ) -> Next {
        let mut state = self.state.lock();
        state.compared = state.compared.max(leader_epoch);
        let (epoch, end) = answer.unwrap_or((state.cursor.last_epoch().unwrap_or(-1), i64::MAX));
        let next = self.releasing(&mut state, |cursor| cursor.compared(turn, epoch, end, now));
        Self::goes_on(state, next, now)
    }

    /// A fetch says that the leader's log differs from what was read: see [`PartitionCursor::diverged`].
    pub(super) fn diverged(&self, asked: i64, epoch: i32, end: i64, now: Instant) -> Next {
        let mut state = self.state.lock();
        let next = self.releasing(&mut state, |cursor| cursor.diverged(asked, epoch, end, now));
        Self::goes_on(state, next, now)
    }

    /// The follower to fetch from instead of the leader.
    pub(super) fn nearer(&self, now: Instant) -> Option<i32> {
        let state = self.state.lock();
        state.nearer.filter(|(_, until)| now < *until).map(|(node, _)| node)
    }

    pub(super) fn set_nearer(&self, nearer: Option<(i32, Instant)>) {
        self.state.lock().nearer = nearer;
    }

    /// An answer with whole batches, or with none.
    pub(super) fn arrived(&self, chunk: Chunk) {
        // Charged before the reader, on another thread, can take the chunk and give its memory back.
        let charged = if chunk.next > chunk.asked { chunk.weight() } else { 0 };
        self.budget.charge(charged);
        let mut state = self.state.lock();
        let gone = matches!(state.place, Place::Gone);
        state.end = chunk.end;
        let kept = if gone { 0 } else { state.cursor.arrived(chunk) };
        if kept > 0 && state.cursor.has_something() {
            state.hunger().end();
        }
        let waker = state.waker_if_due();
        drop(state);
        if kept < charged {
            self.budget.release(charged - kept);
        }
        wake(waker);
    }

    /// An answer that held only a part of a batch of `needed` bytes.
    pub(super) fn needs(&self, asked: i64, needed: i32) {
        self.state.lock().cursor.needs(asked, needed);
    }

    /// A fetch failed: what becomes of the partition. It has no place afterwards, unless it is tried again at once.
    pub(super) fn failed(&self, asked: Option<i64>, error: Error, now: Instant) -> Next {
        let error = error.at(&self.of.topic, self.of.partition);
        let mut state = self.state.lock();
        let next = state.cursor.failed(asked, error, now);
        Self::goes_on(state, next, now)
    }

    /// An errand failed: see [`PartitionCursor::errand_failed`].
    pub(super) fn errand_failed(&self, turn: u64, error: Error, now: Instant) -> Next {
        let error = error.at(&self.of.topic, self.of.partition);
        let mut state = self.state.lock();
        let next = state.cursor.errand_failed(turn, error, now);
        Self::goes_on(state, next, now)
    }

    /// A fetch from a follower failed, and the leader has to be asked again: at once the first time.
    pub(super) fn failed_nearer(&self, asked: Option<i64>, error: Error, now: Instant) -> Next {
        let error = error.at(&self.of.topic, self.of.partition);
        let mut state = self.state.lock();
        state.nearer = None;
        let next = state.cursor.failed_nearer(asked, error, now);
        Self::goes_on(state, next, now)
    }

    fn goes_on(mut state: MutexGuard<'_, State>, next: Next, now: Instant) -> Next {
        state.told = false;
        if next == Next::Stop {
            state.rest_until = Some(now + state.cursor.retry_wait());
        }
        if !matches!(state.place, Place::Gone) {
            state.place = match next {
                Next::After(_) => Place::Searching,
                Next::Stop | Next::End => Place::Nowhere,
            };
        }
        let waker = state.waker_if_due();
        drop(state);
        wake(waker);
        next
    }

    /// Gives back what `change` drops.
    fn releasing<T>(&self, state: &mut State, change: impl FnOnce(&mut PartitionCursor) -> T) -> T {
        let before = state.cursor.buffered();
        let done = change(&mut state.cursor);
        self.budget.release(before - state.cursor.buffered());
        done
    }

    /// The partition is led elsewhere, or its connection ended in order: no failure, but another place.
    pub(super) fn moves(&self) {
        let mut state = self.state.lock();
        state.told = false;
        if !matches!(state.place, Place::Gone) {
            state.place = Place::Searching;
        }
    }

    /// Waits until [`Feed::rests`] is over.
    pub(super) async fn has_rested(&self) {
        loop {
            let sought = self.sought.notified();
            let rest = self.rests(Instant::now());
            if rest.is_zero() {
                return;
            }
            tokio::select! {
                biased;
                () = sought => {}
                () = tokio::time::sleep(rest) => {}
            }
        }
    }

    /// For how long nothing is to be asked of a node after an error that the reader was told of, unless it seeks.
    pub(super) fn rests(&self, now: Instant) -> Duration {
        self.state.lock().rest_until.map_or(Duration::ZERO, |until| until.saturating_duration_since(now))
    }

    /// Whether this is still the topic that was read so far; the first one asked about is.
    pub(super) fn is_topic(&self, id: Option<Uuid>) -> bool {
        let mut state = self.state.lock();
        match (state.topic_id, id) {
            (Some(known), Some(id)) => known == id,
            (None, id) => {
                state.topic_id = id;
                true
            }
            (Some(_), None) => true,
        }
    }

    /// The next topic of this name that is found is the one to read.
    pub(super) fn forget_topic(&self) {
        self.state.lock().topic_id = None;
    }

    /// Nothing more is fetched for good: the reader gets `error` after what has arrived.
    pub(super) fn end(&self, error: Error) {
        let mut state = self.state.lock();
        state.cursor.end(error.at(&self.of.topic, self.of.partition));
        if !matches!(state.place, Place::Gone) {
            state.place = Place::Nowhere;
        }
        let waker = state.waker_if_due();
        drop(state);
        wake(waker);
    }

    pub(super) fn is_gone(&self) -> bool {
        matches!(self.state.lock().place, Place::Gone)
    }
}

impl State {
    fn hunger(&self) -> &Hunger {
        self.merged.as_ref().unwrap_or(&self.hunger)
    }

    /// What is to be fetched. While memory is tight that is only what the consumer waits for.
    fn wants(&self, budget: &Budget) -> Option<Want> {
        self.cursor.wants().filter(|_| !budget.is_tight() || self.hunger().lasts())
    }

    /// Sees to it that what is wanted is fetched. True: the partition needs a place first.
    fn tell_if_wanted(&mut self, budget: &Budget) -> bool {
        let errand = self.cursor.errand().is_some();
        if matches!(self.place, Place::Nowhere) && (errand || self.cursor.wants().is_some()) {
            self.place = Place::Searching;
            return true;
        }
        if self.told || !(errand || self.wants(budget).is_some()) {
            return false;
        }
        self.told = self.tell();
        false
    }

    /// Has the loop look again, if there is one.
    fn tell(&self) -> bool {
        let Place::At(slot, events) = &self.place else { return false };
        // A loop that has ended gives its partitions another place itself.
        let _ = events.send(Event::Touched(*slot));
        true
    }

    fn waker_if_due(&mut self) -> Option<Waker> {
        if self.cursor.has_something() { self.waker.take() } else { None }
    }
}

fn wake(waker: Option<Waker>) {
    if let Some(waker) = waker {
        waker.wake();
    }
}

/// The error of a topic that was deleted and created again while it was read.
pub(super) fn another_topic() -> Error {
    let what =
        "the topic was deleted and created again: seek to the offset where reading the new one should begin";
    Error::new(ErrorKind::OffsetOutOfRange, what)
}

impl fmt::Debug for Feed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Feed").field("of", &self.of).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::super::cursor::Manner;
    use super::*;
    use crate::config::{OffsetReset, RetryLimits};

    fn feed(budget: &Arc<Budget>) -> Feed {
        let settings =
            FetchSettings { max_wait: Duration::ZERO, min_bytes: 1, isolation: Isolation::ReadUncommitted };
        let limits = RetryLimits { attempts: None, total: None, wait: Duration::ZERO };
        let manner = Manner { max_fetch_size: i32::MAX, limits, reset: OffsetReset::Error };
        let cursor = PartitionCursor::new(StartOffset::At(0), manner);
        Feed::new(TopicPartition::new("t", 0), settings, None, budget.clone(), cursor)
    }

    fn chunk(at: i64) -> Chunk {
        Chunk::for_test(at, at + 1, 1)
    }

    #[test]
    fn with_memory_tight_only_the_partitions_of_a_consumer_that_waits_are_fetched_until_one_brings_something()
    {
        let budget = Arc::new(Budget::new(1_000));
        let (first, second) = (feed(&budget), feed(&budget));
        let together = Arc::new(Hunger::default());
        first.shares(together.clone());
        second.shares(together);
        budget.charge(1_000);
        assert!(first.take(0, None).found.unwrap().is_none());
        assert!(first.wants().is_none() && second.wants().is_none());
        let _ = first.waits();
        assert!(first.wants().is_some() && second.wants().is_some());
        first.arrived(chunk(0));
        assert!(first.wants().is_none() && second.wants().is_none());
        let other = feed(&budget);
        let _ = other.waits();
        assert!(other.wants().is_some(), "nobody waits for another consumer");
    }

    /// What another one brings comes before that: it is not to be fetched beyond the limit meanwhile.
    #[test]
    fn with_memory_tight_merged_partitions_are_fetched_once_all_of_them_were_asked() {
        let budget = Arc::new(Budget::new(1_000));
        let (first, second) = (feed(&budget), feed(&budget));
        let table = Arc::new(Table::default());
        budget.charge(1_000);
        for round in 0..3 {
            for feed in [&first, &second] {
                let _ = table.serve(|| feed.waits());
                assert!(feed.wants().is_none());
            }
            table.waits();
            assert!(first.wants().is_some() && second.wants().is_some());
            first.arrived(chunk(round));
            assert!(first.take(0, None).found.unwrap().is_some());
            let _ = Table::look(|| first.waits());
            assert!(first.wants().is_none() && second.wants().is_none());
        }
        let _ = first.waits();
        assert!(first.wants().is_some(), "it is not served any more, and waits by itself");
        assert!(second.wants().is_none());
    }

    #[test]
    fn who_does_not_know_of_a_seek_finds_nothing_of_where_it_went() {
        let budget = Arc::new(Budget::new(1_000));
        let feed = feed(&budget);
        let sought = feed.seek(StartOffset::At(5)).found;
        feed.arrived(chunk(5));
        assert!(feed.take(0, None).found.unwrap().is_none());
        assert_eq!(feed.position(), Some(5));
        assert_eq!(feed.take(sought, None).found.unwrap().unwrap().asked, 5);
    }

    /// It fetches a damaged batch again, which is of the old place.
    #[test]
    fn who_does_not_know_of_a_seek_does_not_undo_it() {
        let budget = Arc::new(Budget::new(1_000));
        let feed = feed(&budget);
        let sought = feed.seek(StartOffset::At(5)).found;
        assert!(feed.seek_after(0, StartOffset::At(1)).is_none());
        assert_eq!(feed.position(), Some(5));
        assert!(feed.seek_after(sought, StartOffset::At(6)).is_some());
        assert_eq!(feed.position(), Some(6));
    }

    /// The consumer of a paused partition still waits.
    #[test]
    fn what_a_paused_partition_brings_ends_no_hunger() {
        let budget = Arc::new(Budget::new(1_000));
        let (paused, other) = (feed(&budget), feed(&budget));
        let together = Arc::new(Hunger::default());
        paused.shares(together.clone());
        other.shares(together);
        budget.charge(1_000);
        let _ = (other.waits(), paused.pause(true));
        paused.arrived(chunk(0));
        assert!(other.wants().is_some());
    }

    #[test]
    fn what_a_reader_holds_counts_until_it_is_done_with_it() {
        let budget = Arc::new(Budget::new(200));
        let feed = feed(&budget);
        feed.arrived(chunk(0));
        let held = feed.take(0, None).found.unwrap().unwrap();
        assert!(budget.is_tight());
        feed.is_done_with(held.weight());
        assert!(!budget.is_tight());
    }

    /// A reader that is quicker than the fetch loop must not give back what is not counted yet.
    #[test]
    fn memory_is_counted_before_a_reader_can_give_it_back() {
        const CHUNKS: i64 = 50_000;
        let budget = Arc::new(Budget::new(usize::MAX));
        let feed = feed(&budget);
        std::thread::scope(|threads| {
            threads.spawn(|| (0..CHUNKS).for_each(|at| feed.arrived(chunk(at))));
            let mut taken = 0;
            while taken < CHUNKS {
                if let Some(chunk) = feed.take(0, None).found.unwrap() {
                    feed.is_done_with(chunk.weight());
                    taken += 1;
                }
            }
        });
        budget.charge(1);
        budget.release(1);
    }
}
