//! The producer's memory: how many bytes of records may wait for their acknowledgement.
//!
//! Who finds no room waits in line, first among those that write to the same topic ([`Line`]), then among all for the
//! memory itself.

use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

use parking_lot::Mutex as SyncMutex;
use tokio::sync::{Mutex, MutexGuard, Semaphore, SemaphorePermit};
use tokio::task;

use crate::api::{Error, ErrorKind, Result};

/// Where an open batch gets its memory from.
pub(super) trait Room {
    /// Takes `bytes` if they are there.
    fn take(&mut self, bytes: usize) -> bool;

    /// How many bytes are there; others may take them first.
    fn left(&self) -> usize;
}

/// `buffer_memory`. Buffers are charged in steps as they grow, and given back in lumps. Who finds no room waits
/// in line: while somebody waits, nobody else gets any.
#[derive(Debug)]
pub(super) struct Budget {
    room: Semaphore,
    waiting: AtomicUsize,
    total: usize,
}

impl Budget {
    pub(super) fn new(total: usize) -> Self {
        let total = total.min(Semaphore::MAX_PERMITS);
        Self { room: Semaphore::new(total), waiting: AtomicUsize::new(0), total }
    }

    /// Whether somebody waits for room: then open batches go early.
    pub(super) fn is_short(&self) -> bool {
        self.waiting.load(Relaxed) > 0
    }

    /// Waits for `bytes`, after those who wait already. Dropping the future gives up the place.
    pub(super) async fn wait(&self, bytes: usize) -> Result<Grant<'_>> {
        let _waiting = Counted::new(&self.waiting);
        let bytes = u32::try_from(bytes.min(self.total)).unwrap_or(u32::MAX);
        let permit = self.room.acquire_many(bytes).await;
        let permit = permit.map_err(|_| Error::new(ErrorKind::Closed, "the producer was closed"))?;
        Ok(Grant(permit))
    }

    pub(super) fn release(&self, bytes: usize) {
        self.room.add_permits(bytes);
    }

    /// Bytes above which what is free is worth giving back while more is on its way.
    pub(super) fn lump(&self) -> usize {
        self.total / 8
    }

    /// Ends all waiting.
    pub(super) fn close(&self) {
        self.room.close();
    }
}

impl Room for &Budget {
    fn take(&mut self, bytes: usize) -> bool {
        let Ok(bytes) = u32::try_from(bytes) else { return false };
        self.room.try_acquire_many(bytes).map(SemaphorePermit::forget).is_ok()
    }

    fn left(&self) -> usize {
        self.room.available_permits()
    }
}

/// Bytes that were waited for; what is not taken goes back.
#[derive(Debug)]
pub(super) struct Grant<'a>(SemaphorePermit<'a>);

impl Room for Grant<'_> {
    fn take(&mut self, bytes: usize) -> bool {
        match self.0.split(bytes) {
            Some(taken) => {
                taken.forget();
                true
            }
            None => false,
        }
    }

    fn left(&self) -> usize {
        self.0.num_permits()
    }
}

/// Those that wait to write to one topic, in the order in which they came.
///
/// Others may pass once there is room again: were each of many tasks to wait until those before it have been woken and
/// have had their turn, every record would cost a wake-up from then on. A task does not pass itself, so that its records
/// stay in order.
#[derive(Debug, Default)]
pub(crate) struct Line {
    waiting: AtomicUsize,
    tasks: SyncMutex<Vec<Option<task::Id>>>,
    turn: Mutex<()>,
}

impl Line {
    /// Whether the calling task has a record in line: then its next one may not be taken at once.
    #[inline]
    pub(crate) fn has_this_task(&self) -> bool {
        self.waiting.load(Relaxed) > 0 && self.tasks.lock().contains(&task::try_id())
    }

    /// Waits in line; the next one's turn comes when this one's is dropped.
    pub(crate) async fn turn(&self) -> Turn<'_> {
        let place = Place::new(self);
        Turn { _turn: self.turn.lock().await, _place: place }
    }
}

/// The right to write next.
#[derive(Debug)]
pub(crate) struct Turn<'a> {
    _turn: MutexGuard<'a, ()>,
    _place: Place<'a>,
}

/// A place in a line.
#[derive(Debug)]
struct Place<'a> {
    line: &'a Line,
    task: Option<task::Id>,
}

impl<'a> Place<'a> {
    fn new(line: &'a Line) -> Self {
        let task = task::try_id();
        line.tasks.lock().push(task);
        line.waiting.fetch_add(1, Relaxed);
        Self { line, task }
    }
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        let mut tasks = self.line.tasks.lock();
        if let Some(at) = tasks.iter().position(|task| *task == self.task) {
            tasks.swap_remove(at);
        }
        drop(tasks);
        self.line.waiting.fetch_sub(1, Relaxed);
    }
}

/// Counts somebody for as long as it lives.
#[derive(Debug)]
struct Counted<'a>(&'a AtomicUsize);

impl<'a> Counted<'a> {
    fn new(count: &'a AtomicUsize) -> Self {
        count.fetch_add(1, Relaxed);
        Self(count)
    }
}

impl Drop for Counted<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::pin::pin;
    use std::task::{Context, Poll, Waker};

    #[test]
    fn nobody_overtakes_those_who_wait() {
        let budget = Budget::new(100);
        assert!((&budget).take(80));
        let mut first = pin!(budget.wait(50));
        let mut second = pin!(budget.wait(10));
        let cx = &mut Context::from_waker(Waker::noop());
        assert!(first.as_mut().poll(cx).is_pending());
        assert!(second.as_mut().poll(cx).is_pending(), "10 would fit, but it is not its turn");
        assert!(budget.is_short());
        assert!(!(&budget).take(1));
        budget.release(80);
        let Poll::Ready(Ok(mut grant)) = first.poll(cx) else { unreachable!("80 came back") };
        assert!(second.poll(cx).is_ready());
        assert!(grant.take(50) && !grant.take(1));
    }

    #[test]
    fn what_was_granted_and_not_taken_goes_back() {
        let budget = Budget::new(100);
        let mut waiting = pin!(budget.wait(100));
        let Poll::Ready(Ok(mut grant)) = waiting.as_mut().poll(&mut Context::from_waker(Waker::noop()))
        else {
            unreachable!("all is free")
        };
        assert!(grant.take(30));
        drop(grant);
        assert!((&budget).take(70) && !(&budget).take(1));
    }

    #[test]
    fn closing_ends_the_waiting() {
        let budget = Budget::new(10);
        assert!((&budget).take(10));
        let mut waiting = pin!(budget.wait(1));
        let cx = &mut Context::from_waker(Waker::noop());
        assert!(waiting.as_mut().poll(cx).is_pending());
        budget.close();
        let Poll::Ready(Err(error)) = waiting.poll(cx) else { unreachable!("closed") };
        assert_eq!(error.kind(), ErrorKind::Closed);
    }

    #[test]
    fn turns_come_in_the_order_of_arrival() {
        let line = Line::default();
        let cx = &mut Context::from_waker(Waker::noop());
        let mut first = pin!(line.turn());
        let mut second = pin!(line.turn());
        let Poll::Ready(turn) = first.as_mut().poll(cx) else { unreachable!("nobody is before it") };
        assert!(second.as_mut().poll(cx).is_pending());
        assert!(line.has_this_task());
        drop(turn);
        assert!(second.poll(cx).is_ready());
    }

    #[tokio::test]
    async fn a_task_does_not_pass_itself_but_others_may() {
        let line = std::sync::Arc::new(Line::default());
        let turn = line.turn().await;
        assert!(line.has_this_task());
        let other = line.clone();
        assert!(!tokio::spawn(async move { other.has_this_task() }).await.unwrap());
        drop(turn);
        assert!(!line.has_this_task());
    }
}
