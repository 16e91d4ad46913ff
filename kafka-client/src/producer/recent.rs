//! The topic that a thread wrote to last. Most records go to the same one as the record before: they need not look it
//! up, which would cost as much as encoding them. Kept while it is written to, it is taken out: whoever enqueues from
//! within (a partitioner may) finds none, and looks its topic up.

use std::cell::Cell;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use super::topics::Topic;

/// A topic as it was found in one edition of one producer's map of topics. It may outlive its producer, whose queues are
/// empty then.
pub(super) struct Recent {
    pub(super) edition: u64,
    pub(super) topic: Arc<Topic>,
}

thread_local! {
    static RECENT: Cell<Option<Recent>> = const { Cell::new(None) };
}

impl Recent {
    /// This thread's last topic, if it is the one of this name in this edition.
    #[inline]
    pub(super) fn take(edition: u64, name: &str) -> Option<Self> {
        let recent = RECENT.try_with(Cell::take).ok()??;
        (recent.edition == edition && *recent.topic.name == *name).then_some(recent)
    }

    /// It is this thread's last one now.
    #[inline]
    pub(super) fn keep(self) {
        // A thread that ends keeps none.
        let _ends = RECENT.try_with(|recent| recent.set(Some(self)));
    }
}

/// A number for a map of topics that no other map has, of whatever producer.
pub(super) fn next_edition() -> u64 {
    static NEXT: AtomicU64 = AtomicU64::new(0);
    NEXT.fetch_add(1, Relaxed)
}
