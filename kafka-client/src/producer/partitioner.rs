//! Kafka's own choice of partitions for records without a key (KIP-794). Pure.

use std::cell::Cell;
use std::sync::atomic::{AtomicI32, AtomicUsize, Ordering::Relaxed};

/// Threads that enqueue stick to partitions of their own, so that they don't meet at one lock.
pub(super) const SHARDS: usize = 8;

/// So many queues are compared at the most, of partitions that follow each other: each choice costs a look at all of them.
const COMPARED: usize = 256;

/// 2^64 over the golden ratio: what is multiplied by it differs in its upper bits wherever it did in its lower ones.
const SPREAD: u64 = 0x9e37_79b9_7f4a_7c15;

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
    let compared = available.len().min(COMPARED);
    // Bits of their own for where to compare: the same would choose the same of those that are compared.
    let from = (u64::from(random).wrapping_mul(SPREAD) >> 33) as usize;
    let from = if compared < available.len() { from % available.len() } else { 0 };
    let (before, behind) = available.split_at_checked(from)?;
    let those = || behind.iter().chain(before).copied().take(compared);
    let random = (random & 0x7fff_ffff) as usize;
    let (mut longest, mut shortest) = (0, usize::MAX);
    for partition in those() {
        let queue = queued(partition);
        (longest, shortest) = (longest.max(queue), shortest.min(queue));
    }
    if longest == shortest {
        return those().nth(random % compared.max(1));
    }
    let weight = |partition: i32| (longest + 1).saturating_sub(queued(partition));
    let sum: usize = those().map(weight).sum();
    let mut place = random % sum.max(1);
    for partition in those() {
        let weight = weight(partition);
        if place < weight {
            return Some(partition);
        }
        place -= weight;
    }
    // A queue that grew since the sum was made.
    those().last()
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
    fn shorter_queues_are_likelier_among_any_number_of_partitions() {
        for count in [COMPARED as i32, COMPARED as i32 + 1, 1000] {
            let available: Vec<i32> = (0..count).collect();
            let slow = count / 2;
            let mut chosen = vec![0; count as usize];
            // Any numbers that are spread over all 32 bits.
            for random in (0..200 * count as u32).map(|nth| nth.wrapping_mul(2_654_435_761)) {
                let queued = |partition| if partition == slow { 100 } else { 10 };
                let next = next(&available, queued, random).unwrap();
                chosen[next as usize] += 1;
            }
            let slow = chosen.remove(slow as usize);
            assert!(slow < 20, "{slow} of {count} went to where the queue is ten times as long");
            assert!(chosen.iter().all(|times| (100..400).contains(times)), "of {count}: {chosen:?}");
        }
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
