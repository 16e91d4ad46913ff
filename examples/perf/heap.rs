//! What this process allocates, as told by the allocator of a program that measures; the cluster inside the process does
//! not count.

use std::cell::Cell;
use std::sync::atomic::{AtomicBool, AtomicIsize, AtomicU64, Ordering::Relaxed};

static COUNTS: AtomicBool = AtomicBool::new(false);
static BLOCKS: AtomicU64 = AtomicU64::new(0);
static BYTES: AtomicU64 = AtomicU64::new(0);
/// Below zero when blocks are given back that were taken before the counting began.
static HELD: AtomicIsize = AtomicIsize::new(0);
static MOST: AtomicIsize = AtomicIsize::new(0);

thread_local! {
    static IS_THE_CLUSTERS: Cell<bool> = const { Cell::new(false) };
}

/// The counting begins. Until then each allocation costs one look.
pub(super) fn count() {
    COUNTS.store(true, Relaxed);
}

/// What this thread does does not count.
pub(super) fn leave_out() {
    IS_THE_CLUSTERS.set(true);
}

fn is_counted() -> bool {
    // A thread that ends still gives memory back.
    COUNTS.load(Relaxed) && !IS_THE_CLUSTERS.try_with(Cell::get).unwrap_or(false)
}

/// A block of so many bytes is taken.
pub fn took(bytes: usize) {
    if is_counted() {
        BLOCKS.fetch_add(1, Relaxed);
        BYTES.fetch_add(bytes as u64, Relaxed);
        let held = HELD.fetch_add(bytes as isize, Relaxed) + bytes as isize;
        MOST.fetch_max(held, Relaxed);
    }
}

/// One is given back.
pub fn gave(bytes: usize) {
    if is_counted() {
        HELD.fetch_sub(bytes as isize, Relaxed);
    }
}

/// Blocks and bytes that were taken since the counting began.
pub(super) fn taken() -> (u64, u64) {
    (BLOCKS.load(Relaxed), BYTES.load(Relaxed))
}

/// The most that is held beyond what is held when it begins.
#[derive(Debug)]
pub struct Peak(isize);

impl Peak {
    /// Begins.
    pub fn watch() -> Self {
        let held = HELD.load(Relaxed);
        MOST.store(held, Relaxed);
        Self(held)
    }

    /// The most since.
    pub fn bytes(&self) -> usize {
        MOST.load(Relaxed).saturating_sub(self.0).max(0) as usize
    }
}
