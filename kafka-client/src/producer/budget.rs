//! The producer's memory: how many bytes of records may wait for their acknowledgement.

use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

use tokio::sync::{Mutex, MutexGuard, Semaphore, SemaphorePermit};

use crate::api::{Error, ErrorKind, Result};

/// Where an open batch gets its memory from.
pub(super) trait Room {
    /// Takes `bytes` if they are there.
    fn take(&mut self, bytes: usize) -> bool;
}

/// `buffer_memory`. Buffers are charged in steps as they grow, and given back in lumps. Who finds no room waits
/// in line: while somebody waits, nobody else gets any.
#[derive(Debug)]
pub(super) struct Budget {
    room: Semaphore,
    waiting: AtomicUsize,
    line: Mutex<()>,
    total: usize,
}

impl Budget {
    pub(super) fn new(total: usize) -> Self {
        let total = total.min(Semaphore::MAX_PERMITS);
        Self { room: Semaphore::new(total), waiting: AtomicUsize::new(0), line: Mutex::new(()), total }
    }

    /// Whether somebody waits for room: then nobody may overtake, and open batches go early.
    pub(super) fn is_short(&self) -> bool {
        self.waiting.load(Relaxed) > 0
    }

    /// Counts as waiting from now on.
    pub(super) fn line_up(&self) -> Waiting<'_> {
        self.waiting.fetch_add(1, Relaxed);
        Waiting(self)
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
}

/// A place in the line for room. Dropping it gives it up.
pub(super) struct Waiting<'a>(&'a Budget);

impl<'a> Waiting<'a> {
    /// Waits for its turn and then for `bytes`. Until what comes of it is dropped, nobody else has a turn.
    pub(super) async fn room(&self, bytes: usize) -> Result<Grant<'a>> {
        let turn = self.0.line.lock().await;
        let bytes = u32::try_from(bytes.min(self.0.total)).unwrap_or(u32::MAX);
        let permit = self.0.room.acquire_many(bytes).await;
        let permit = permit.map_err(|_| Error::new(ErrorKind::Closed, "the producer was closed"))?;
        Ok(Grant { permit, _turn: turn })
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.waiting.fetch_sub(1, Relaxed);
    }
}

/// Bytes that were waited for; what is not taken goes back.
#[derive(Debug)]
pub(super) struct Grant<'a> {
    permit: SemaphorePermit<'a>,
    _turn: MutexGuard<'a, ()>,
}

impl Room for Grant<'_> {
    fn take(&mut self, bytes: usize) -> bool {
        match self.permit.split(bytes) {
            Some(taken) => {
                taken.forget();
                true
            }
            None => false,
        }
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
        let (one, other) = (budget.line_up(), budget.line_up());
        let mut first = pin!(one.room(50));
        let mut second = pin!(other.room(10));
        let cx = &mut Context::from_waker(Waker::noop());
        assert!(first.as_mut().poll(cx).is_pending());
        assert!(second.as_mut().poll(cx).is_pending(), "10 would fit, but it is not its turn");
        assert!(budget.is_short());
        assert!(!(&budget).take(1));
        budget.release(80);
        let Poll::Ready(Ok(mut grant)) = first.poll(cx) else { unreachable!("80 came back") };
        assert!(second.as_mut().poll(cx).is_pending(), "the first has not used what it got");
        assert!(grant.take(50) && !grant.take(1));
        drop(grant);
        assert!(second.poll(cx).is_ready());
    }

    #[test]
    fn what_was_granted_and_not_taken_goes_back() {
        let budget = Budget::new(100);
        let place = budget.line_up();
        let mut waiting = pin!(place.room(100));
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
        let place = budget.line_up();
        let mut waiting = pin!(place.room(1));
        let cx = &mut Context::from_waker(Waker::noop());
        assert!(waiting.as_mut().poll(cx).is_pending());
        budget.close();
        let Poll::Ready(Err(error)) = waiting.poll(cx) else { unreachable!("closed") };
        assert_eq!(error.kind(), ErrorKind::Closed);
    }
}
