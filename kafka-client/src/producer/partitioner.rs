//! Kafka's own choice of partitions: murmur2 for records with a key, KIP-794 for those without. Pure.

use std::cell::Cell;
use std::sync::atomic::{AtomicI32, AtomicUsize, Ordering::Relaxed};

/// Threads that enqueue stick to partitions of their own, so that they don't meet at one lock.
pub(super) const SHARDS: usize = 8;

/// Above so many partitions the queues are not compared: each choice would cost a look at all of them.
const COMPARED: usize = 256;

/// The calling thread's shard.
pub(super) fn shard() -> usize {
    static NEXT: AtomicUsize = AtomicUsize::new(0);
    thread_local! {
        static SHARD: Cell<usize> = Cell::new(NEXT.fetch_add(1, Relaxed) % SHARDS);
    }
    SHARD.get()
}

/// The partition that records of a key go to, among `partitions` of them: `(murmur2 & 0x7fffffff) % partitions`, as
/// in every Kafka client. For calls that name a partition, as [`Producer::produce`](crate::Producer::produce) does.
///
/// 0 when there are no partitions.
///
/// ```
/// assert_eq!(kafka_client::partition_of_key(b"foobar", 10), 6);
/// ```
pub fn partition_of_key(key: &[u8], partitions: i32) -> i32 {
    of_key(key, partitions)
}

/// The partition of a key among `count`.
pub(super) fn of_key(key: &[u8], count: i32) -> i32 {
    ((murmur2(key) & 0x7fff_ffff) % count.max(1) as u32) as i32
}

fn murmur2(key: &[u8]) -> u32 {
    const M: u32 = 0x5bd1_e995;
    let mut hash = 0x9747_b28c ^ key.len() as u32;
    let (words, rest) = key.as_chunks::<4>();
    for word in words {
        let mut k = u32::from_le_bytes(*word).wrapping_mul(M);
        k ^= k >> 24;
        hash = hash.wrapping_mul(M) ^ k.wrapping_mul(M);
    }
    if !rest.is_empty() {
        for (at, byte) in rest.iter().enumerate() {
            hash ^= u32::from(*byte) << (8 * at);
        }
        hash = hash.wrapping_mul(M);
    }
    hash ^= hash >> 13;
    hash = hash.wrapping_mul(M);
    hash ^ (hash >> 15)
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

    /// Made by Apache Kafka's own code.
    #[test]
    fn keys_hash_as_in_every_other_client() {
        for (key, hash, of_ten, of_hundred) in [
            (&b""[..], 275_646_681, 1, 81),
            (b"21", -973_932_308, 0, 40),
            (b"foobar", -790_332_482, 6, 66),
            (b"a-little-bit-long-string", -985_981_536, 2, 12),
            (b"a-little-bit-longer-string", -1_486_304_829, 9, 19),
            (b"lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8", -58_897_971, 7, 77),
            (b"abc", 479_470_107, 7, 7),
            ("\u{e4}\u{f6}\u{fc}".as_bytes(), -2_070_914_556, 2, 92),
            (b"\0", 375_494_588, 8, 88),
            (b"key", -1_079_937_367, 1, 81),
            (b"\xff", -311_467_685, 3, 63),
        ] {
            assert_eq!(murmur2(key) as i32, hash, "{key:?}");
            assert_eq!(
                (of_key(key, 1), of_key(key, 10), of_key(key, 100)),
                (0, of_ten, of_hundred),
                "{key:?}"
            );
        }
    }

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
