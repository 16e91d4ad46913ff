//! The allocator of a program that measures. Included by each, so that other programs have the system's.

use kafka_examples::perf::heap;

#[path = "../../kafka-proto/tests/support/allocator.rs"]
mod allocator;

struct Told;

impl allocator::Watch for Told {
    fn took(bytes: usize) {
        heap::took(bytes);
    }

    fn gave(bytes: usize) {
        heap::gave(bytes);
    }
}

#[global_allocator]
static ALLOCATOR: allocator::Watched<Told> = allocator::Watched(Told);
