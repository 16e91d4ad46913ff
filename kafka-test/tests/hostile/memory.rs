//! How much memory the process holds, and what the most was.

use std::sync::atomic::{AtomicUsize, Ordering};

use crate::allocator::{Watch, Watched};

static HELD: AtomicUsize = AtomicUsize::new(0);
static MOST: AtomicUsize = AtomicUsize::new(0);

struct Counting;

impl Watch for Counting {
    fn took(bytes: usize) {
        let held = HELD.fetch_add(bytes, Ordering::Relaxed) + bytes;
        MOST.fetch_max(held, Ordering::Relaxed);
    }

    fn gave(bytes: usize) {
        HELD.fetch_sub(bytes, Ordering::Relaxed);
    }
}

#[global_allocator]
static ALLOCATOR: Watched<Counting> = Watched(Counting);

/// Begins to watch for the most that is held.
pub(crate) fn watch() -> usize {
    let held = HELD.load(Ordering::Relaxed);
    MOST.store(held, Ordering::Relaxed);
    held
}

/// The most that was held since.
pub(crate) fn most() -> usize {
    MOST.load(Ordering::Relaxed)
}
