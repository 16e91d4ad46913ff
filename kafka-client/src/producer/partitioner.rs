//! Kafka's own choice of partitions for records without a key (KIP-794). Pure.

use std::cell::Cell;
use std::sync::atomic::{AtomicI32, AtomicUsize, Ordering::Relaxed};

/// Threads that enqueue stick to partitions of their own, so that they don't meet at one lock.
pub(super) const SHARDS: usize = 8;

/// Above so many partitions the queues are not compared: each choice would cost a look at all of them.
const COMPARED: usize = 256;

/// The calling thread's shard.
#[inline]
pub(super) fn shard() -> usize {
    static NEXT: AtomicUsize = AtomicUsize::new(0);
    thread_local! {
        static SHARD: Cell<usize> = Cell::new(NEXT.fetch_add(1, Relaxed) % SHARDS);
    }
    SHARD.get()
}

/// The partition that records without a key go to for a while: until `batch_size` bytes of them did.
#[derive(Debug)]
#[repr(align(128))]
pub(super) struct Sticky {
    partition: AtomicI32,
    bytes: AtomicUsize,
    /// Bytes of full batches since this thread last let others run.
    pub(super) unpaused: AtomicUsize,
}

impl Default for Sticky {
    fn default() -> Self {
        Self { partition: AtomicI32::new(-1), bytes: AtomicUsize::new(0), unpaused: AtomicUsize::new(0) }
    }
}

impl Sticky {
    /// The partition, once one was chosen.
    pub(super) fn partition(&self) -> Option<i32> {
        Some(self.partition.load(Relaxed)).filter(|partition| *partition >= 0)
    }

    /// The partition has lost its leader: the next record chooses another.
    pub(super) fn leave(&self) {
        self.partition.store(-1, Relaxed);
    }

    pub(super) fn stick(&self, partition: i32) {
        self.bytes.store(0, Relaxed);
        self.partition.store(partition, Relaxed);
    }

    /// `bytes` more went to the partition, and perhaps filled its batch: whether it is time to move on.
    pub(super) fn is_spent(&self, bytes: usize, filled: bool, batch_size: usize) -> bool {
        // No `fetch_add`: threads that share a shard may lose a count, and a record would pay for it.
        let all = self.bytes.load(Relaxed) + bytes;
        self.bytes.store(all, Relaxed);
        filled || all >= batch_size
    }
}

/// The next partition among `available`: the shorter its queue, the likelier. `random` is any number.
pub(super) fn next(available: &[i32], queued: impl Fn(i32) -> usize, random: u32) -> Option<i32> {
    let random = random & 0x7fff_ffff;
    let even = || available.get(random as usize % available.len().max(1)).copied();
    if available.len() > COMPARED {
        return even();
    }
    let (mut longest, mut shortest) = (0, usize::MAX);
    for partition in available {
        let queue = queued(*partition);
        (longest, shortest) = (longest.max(queue), shortest.min(queue));
    }
    if longest == shortest {
        return even();
    }
    let weight = |partition: i32| (longest + 1).saturating_sub(queued(partition));
    let sum: usize = available.iter().map(|partition| weight(*partition)).sum();
    let mut place = random as usize % sum.max(1);
    for partition in available {
        let weight = weight(*partition);
        if place < weight {
            return Some(*partition);
        }
        place -= weight;
    }
    // A queue that grew since the sum was made.
    available.last().copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Made by Apache Kafka's own code: random numbers and what they choose.
    #[test]
    fn shorter_queues_are_chosen_as_by_the_java_client() {
        let queues = [19, 0, 1, 8, 27, 36];
        let available: Vec<i32> = (0..6).collect();
        for (random, chosen) in [
            (0, 0),
            (3, 0),
            (1_349_782_538, 2),
            (1_253_684_423, 0),
            (1_485_509_454, 3),
            (157_933_625, 1),
            (369_164_620, 2),
            (1_883_346_883, 3),
        ] {
            assert_eq!(
                next(&available, |partition| queues[partition as usize], random),
                Some(chosen),
                "{random}"
            );
        }
    }

    /// Made by Apache Kafka's own code. What its table is made of counts as available: the partitions with a leader,
    /// and where it knows racks, those in the client's.
    #[test]
    fn every_choice_is_the_java_clients() {
        let vectors: serde_json::Value =
            serde_json::from_str(include_str!("../../tests/vectors/built_in_partitioner.json")).unwrap();
        let number = |value: &serde_json::Value| value.as_u64().unwrap();
        let ids = |value: &serde_json::Value| {
            value.as_array().map(|ids| ids.iter().map(|id| number(id) as i32).collect::<Vec<_>>())
        };
        let mut compared = 0;
        for row in vectors["rows"].as_array().unwrap() {
            let without = ids(&row["without_leader"]).unwrap_or_default();
            let led = || (0..number(&row["partitions"]) as i32).filter(|id| !without.contains(id)).collect();
            let in_table =
                ids(&row["cumulative_in_rack_partitions"]).or_else(|| ids(&row["cumulative_partitions"]));
            let available: Vec<i32> = in_table.unwrap_or_else(led);
            let sizes = row["queue_sizes"].as_array();
            let queued =
                |partition: i32| sizes.map_or(0, |sizes| number(&sizes[partition as usize]) as usize);
            for choice in row["choices"].as_array().unwrap() {
                let chosen = next(&available, queued, number(&choice[0]) as u32);
                assert_eq!(chosen, Some(number(&choice[1]) as i32), "{row}");
                compared += 1;
            }
        }
        assert!(compared > 300, "{compared}");
    }

    #[test]
    fn equal_queues_are_chosen_evenly() {
        for (random, chosen) in [(0, 0), (1, 1), (1_381_537_033, 1), (452_368_736, 0)] {
            assert_eq!(next(&[0, 1], |_| 4, random), Some(chosen));
        }
        assert_eq!(next(&[], |_| 0, 5), None);
    }

    #[test]
    fn a_partition_is_left_after_a_batch_of_bytes() {
        let sticky = Sticky::default();
        assert_eq!(sticky.partition(), None);
        sticky.stick(4);
        assert!(!sticky.is_spent(90, false, 100));
        assert_eq!(sticky.partition(), Some(4));
        assert!(sticky.is_spent(10, false, 100));
        sticky.stick(5);
        assert!(!sticky.is_spent(10, false, 100), "counting began anew");
        assert!(sticky.is_spent(10, true, 100));
    }
}
