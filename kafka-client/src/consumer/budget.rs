//! How much may be fetched ahead of all readers of a broker handle.

use std::cell::{Cell, RefCell};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use parking_lot::Mutex;

use crate::watch;

/// What `fetch_memory` allows, shared by all fetch loops. While it is `tight` only partitions whose readers wait
/// are fetched, so that a reader that does nothing never starves one that waits.
#[derive(Debug)]
pub(super) struct Budget {
    limit: usize,
    used: AtomicUsize,
    tight: watch::Sender<bool>,
}

impl Budget {
    pub(super) fn new(limit: usize) -> Self {
        Self { limit, used: AtomicUsize::new(0), tight: watch::Sender::new(false) }
    }

    pub(super) fn charge(&self, bytes: usize) {
        let used = self.used.fetch_add(bytes, Ordering::Relaxed) + bytes;
        if used >= self.limit {
            self.update();
        }
    }

    pub(super) fn release(&self, bytes: usize) {
        let used = self.used.fetch_sub(bytes, Ordering::Relaxed) - bytes;
        // Loops are woken once an eighth is free, not for every answer that is read.
        if used <= self.low_mark() && self.is_tight() {
            self.update();
        }
    }

    pub(super) fn is_tight(&self) -> bool {
        *self.tight.borrow()
    }

    /// Tells when it becomes tight, and when there is room again.
    pub(super) fn subscribe(&self) -> watch::Receiver<bool> {
        self.tight.subscribe()
    }

    /// A consumer of many partitions waits. While memory is tight, none of them is fetched before the loops know.
    pub(super) fn tell_hunger(&self) {
        self.tight.send_if_modified(|tight| *tight);
    }

    /// How many bytes of batches one answer may bring, so that the nodes together go beyond the limit by little, and
    /// that no answer is larger than `max_response_size` lets in.
    pub(super) fn answer_size(&self, max_response_size: usize) -> i32 {
        const LEAST: usize = 1 << 20;
        const MOST: usize = 50 << 20;
        /// For what an answer says beside the batches.
        const REST: usize = 64 << 10;
        let fits = max_response_size.saturating_sub(REST).max(max_response_size / 2);
        (self.limit / 8).clamp(LEAST, MOST).min(fits) as i32
    }

    /// Decides by what is used at this moment, under the channel's lock: of two that race, the last one is right.
    fn update(&self) {
        self.tight.send_if_modified(|tight| {
            let used = self.used.load(Ordering::Relaxed);
            let now = if *tight { used > self.low_mark() } else { used >= self.limit };
            std::mem::replace(tight, now) != now
        });
    }

    fn low_mark(&self) -> usize {
        self.limit - self.limit / 8
    }
}

/// Whether a consumer has nothing to hand out and waits. One for all its partitions: whichever of them brings something
/// ends the wait, so that a thousand empty ones are not fetched beyond the limit for one that waits.
#[derive(Debug, Default)]
pub(super) struct Hunger(AtomicBool);

impl Hunger {
    /// The consumer waits. True: that is new.
    pub(super) fn begin(&self) -> bool {
        !self.0.swap(true, Ordering::SeqCst)
    }

    pub(super) fn end(&self) {
        self.0.store(false, Ordering::SeqCst);
    }

    pub(super) fn lasts(&self) -> bool {
        self.0.load(Ordering::SeqCst)
    }
}

/// Consumers that one caller waits for together, as [`Mx`](crate::Mx) does: those that share a fetch memory share a hunger.
#[derive(Debug, Default)]
pub(crate) struct Table(Mutex<Vec<(Arc<Budget>, Arc<Hunger>)>>);

thread_local! {
    /// Whose consumers are being polled here.
    static SERVED: RefCell<Option<Arc<Table>>> = const { RefCell::new(None) };
    /// Whether a table looks here whether one of its consumers has more: see [`Table::look`].
    static LOOKED_AT: Cell<bool> = const { Cell::new(false) };
}

/// For whom a consumer that has nothing waits.
#[derive(Debug)]
pub(super) enum Waits {
    /// For itself.
    Alone,
    /// For all of a table. Once none of them has anything, the table says so itself.
    Together(Arc<Hunger>),
    /// For nobody: it is asked again before anybody waits.
    NotYet,
}

impl Table {
    /// Polls one of its consumers.
    pub(crate) fn serve<T>(self: &Arc<Self>, poll: impl FnOnce() -> T) -> T {
        let _before = Before(SERVED.replace(Some(self.clone())));
        poll()
    }

    /// Looks whether one of its consumers, in the middle of its turn, has more. If not it is polled later, with the
    /// others. This is once a message, and costs less than to serve.
    #[inline]
    pub(crate) fn look<T>(look: impl FnOnce() -> T) -> T {
        let _before = LookedAt(LOOKED_AT.replace(true));
        look()
    }

    /// None of its consumers has anything, and whoever polls them waits. What one of them brought before, though it has
    /// left since, is no reason to leave the others unfetched.
    pub(crate) fn waits(&self) {
        for (budget, hunger) in &*self.0.lock() {
            if hunger.begin() {
                budget.tell_hunger();
            }
        }
    }

    /// Who waits for a consumer with this fetch memory that has nothing to hand out.
    pub(super) fn who_waits(budget: &Arc<Budget>) -> Waits {
        if LOOKED_AT.get() {
            return Waits::NotYet;
        }
        SERVED.with_borrow(|table| match table {
            Some(table) => Waits::Together(table.hunger(budget)),
            None => Waits::Alone,
        })
    }

    fn hunger(&self, budget: &Arc<Budget>) -> Arc<Hunger> {
        let mut all = self.0.lock();
        if let Some((_, hunger)) = all.iter().find(|(known, _)| Arc::ptr_eq(known, budget)) {
            return hunger.clone();
        }
        let hunger = Arc::<Hunger>::default();
        all.push((budget.clone(), hunger.clone()));
        hunger
    }
}

/// What is served again when the poll is over, also by a panic.
struct Before(Option<Arc<Table>>);

impl Drop for Before {
    fn drop(&mut self) {
        SERVED.set(self.0.take());
    }
}

/// Likewise whether a consumer is looked at.
struct LookedAt(bool);

impl Drop for LookedAt {
    fn drop(&mut self) {
        LOOKED_AT.set(self.0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn is_tight_from_the_limit_until_an_eighth_is_free() {
        let budget = Budget::new(800);
        let mut told = budget.subscribe();
        budget.charge(799);
        assert!(!budget.is_tight());
        budget.charge(1);
        assert!(budget.is_tight());
        assert!(told.has_changed().unwrap());
        told.mark_unchanged();
        budget.release(99);
        assert!(budget.is_tight());
        assert!(!told.has_changed().unwrap());
        budget.release(1);
        assert!(!budget.is_tight());
        assert!(told.has_changed().unwrap());
    }

    #[test]
    fn one_answer_takes_a_part_of_the_budget_but_never_too_little_to_be_worth_a_request() {
        const LARGE: usize = 128 << 20;
        assert_eq!(Budget::new(64 << 20).answer_size(LARGE), 8 << 20);
        assert_eq!(Budget::new(1).answer_size(LARGE), 1 << 20);
        assert_eq!(Budget::new(usize::MAX).answer_size(LARGE), 50 << 20);
    }

    #[test]
    fn no_answer_is_larger_than_is_let_in() {
        assert_eq!(Budget::new(64 << 20).answer_size(1 << 20), (1 << 20) - (64 << 10));
        assert_eq!(Budget::new(64 << 20).answer_size(64 << 10), 32 << 10);
    }
}
