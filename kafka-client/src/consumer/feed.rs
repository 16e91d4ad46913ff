//! One partition on its way from a fetch loop to its reader.
//!
//! Its lock is held for a few steps of [`PartitionCursor`], once an answer on either side: never per record, never
//! across a wait. It is the innermost one: nothing else is locked while it is held.

use std::fmt;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use kafka_proto::wire::Uuid;
use parking_lot::Mutex;
use tokio::sync::mpsc;
use tokio::time::Instant;

use super::budget::Budget;
use super::chunk::Chunk;
use super::cursor::{Next, PartitionCursor};
use super::session::Slot;
use crate::api::{Error, ErrorKind, Result, TopicName};
use crate::config::Isolation;

/// What consumers must have in common to be served by the same requests.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct FetchSettings {
    pub(super) max_wait: Duration,
    pub(super) min_bytes: i32,
    pub(super) isolation: Isolation,
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
    pub(super) leader_epoch: i32,
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
    pub(super) topic: TopicName,
    pub(super) partition: i32,
    pub(super) settings: FetchSettings,
    budget: Arc<Budget>,
    state: Mutex<State>,
}

struct State {
    cursor: PartitionCursor,
    /// Which topic of this name is read; `None` until it is known.
    topic_id: Option<Uuid>,
    place: Place,
    /// Whether the loop knows that this is wanted: it is not told again.
    told: bool,
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
        topic: TopicName,
        partition: i32,
        settings: FetchSettings,
        budget: Arc<Budget>,
        cursor: PartitionCursor,
    ) -> Self {
        let state = State { cursor, topic_id: None, place: Place::Nowhere, told: false, waker: None };
        Self { topic, partition, settings, budget, state: Mutex::new(state) }
    }

    // The reader's side.

    /// The next chunk or error; registers for waking when there is none.
    pub(super) fn poll_take(&self, cx: &mut Context<'_>) -> Found<Poll<Result<Chunk>>> {
        let Found { found, homeless } = self.take(Some(cx.waker()));
        let found = match found {
            Ok(Some(chunk)) => Poll::Ready(Ok(chunk)),
            Ok(None) => Poll::Pending,
            Err(error) => Poll::Ready(Err(error)),
        };
        Found { found, homeless }
    }

    /// The next chunk or error, if there is one already.
    pub(super) fn take(&self, waker: Option<&Waker>) -> Found<Result<Option<Chunk>>> {
        let mut state = self.state.lock();
        let found = state.cursor.take();
        if let (Ok(None), Some(waker)) = (&found, waker) {
            match &mut state.waker {
                Some(known) => known.clone_from(waker),
                none => *none = Some(waker.clone()),
            }
        }
        let homeless = state.tell_if_wanted(&self.budget);
        drop(state);
        if let Ok(Some(chunk)) = &found {
            self.budget.release(chunk.weight());
        }
        Found { found, homeless }
    }

    /// Goes on at `offset`, in whichever topic of this name there is then.
    pub(super) fn seek(&self, offset: i64) -> bool {
        let mut state = self.state.lock();
        let freed = state.cursor.buffered();
        state.cursor.seek(offset);
        if !matches!(state.place, Place::At(..)) {
            state.topic_id = None;
        }
        state.told = false;
        let homeless = state.tell_if_wanted(&self.budget);
        drop(state);
        self.budget.release(freed);
        homeless
    }

    /// The reader is gone.
    pub(super) fn leave(&self) {
        let mut state = self.state.lock();
        let freed = state.cursor.buffered();
        state.cursor.seek(0);
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
    pub(super) fn wants(&self) -> Option<(i64, i32)> {
        let mut state = self.state.lock();
        let wants = state.cursor.wants(self.budget.is_tight());
        state.told = wants.is_some();
        wants
    }

    /// An answer with whole batches, or with none.
    pub(super) fn arrived(&self, chunk: Chunk) {
        // Charged before the reader, on another thread, can take the chunk and give its memory back.
        let charged = if chunk.next > chunk.asked { chunk.weight() } else { 0 };
        self.budget.charge(charged);
        let mut state = self.state.lock();
        let gone = matches!(state.place, Place::Gone);
        let kept = if gone { 0 } else { state.cursor.arrived(chunk) };
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
        let error = error.at(&self.topic, self.partition);
        let mut state = self.state.lock();
        let next = state.cursor.failed(asked, error, now);
        state.told = false;
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

    /// The partition is led elsewhere, or its connection ended in order: no failure, but another place.
    pub(super) fn moves(&self) {
        let mut state = self.state.lock();
        state.told = false;
        if !matches!(state.place, Place::Gone) {
            state.place = Place::Searching;
        }
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

    /// Nothing more is fetched for good: the reader gets `error` after what has arrived.
    pub(super) fn end(&self, error: Error) {
        let mut state = self.state.lock();
        state.cursor.end(error.at(&self.topic, self.partition));
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
    /// Sees to it that what is wanted is fetched. True: the partition needs a place first.
    fn tell_if_wanted(&mut self, budget: &Budget) -> bool {
        if self.told || self.cursor.wants(budget.is_tight()).is_none() {
            return false;
        }
        match &self.place {
            Place::Nowhere => {
                self.place = Place::Searching;
                true
            }
            Place::At(slot, events) => {
                self.told = true;
                // A loop that has ended gives its partitions another place itself.
                let _ = events.send(Event::Touched(*slot));
                false
            }
            Place::Searching | Place::Gone => false,
        }
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
        f.debug_struct("Feed")
            .field("topic", &self.topic)
            .field("partition", &self.partition)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::RetryLimits;

    /// A reader that is quicker than the fetch loop must not give back what is not counted yet.
    #[test]
    fn memory_is_counted_before_a_reader_can_give_it_back() {
        const CHUNKS: i64 = 50_000;
        let settings =
            FetchSettings { max_wait: Duration::ZERO, min_bytes: 1, isolation: Isolation::ReadUncommitted };
        let limits = RetryLimits { attempts: None, total: None, wait: Duration::ZERO };
        let budget = Arc::new(Budget::new(usize::MAX));
        let cursor = PartitionCursor::new(0, i32::MAX, limits);
        let feed = Feed::new(TopicName::from("t"), 0, settings, budget.clone(), cursor);
        std::thread::scope(|threads| {
            threads.spawn(|| (0..CHUNKS).for_each(|at| feed.arrived(Chunk::for_test(at, at + 1, 1))));
            let mut taken = 0;
            while taken < CHUNKS {
                taken += i64::from(feed.take(None).found.unwrap().is_some());
            }
        });
        budget.charge(1);
        budget.release(1);
    }
}
