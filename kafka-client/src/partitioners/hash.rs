//! The hashes that Kafka's clients choose partitions by. Pure.

/// The hash by which a key finds its partition. Producers that share a topic must agree on it, or a key's records end
/// up in several partitions.
///
/// ```
/// use kafka_client::KeyHash;
///
/// // As every Java producer does.
/// assert_eq!(KeyHash::Murmur2.partition(b"foobar", 10), 6);
/// // As librdkafka does by default.
/// assert_eq!(KeyHash::Crc32.partition(b"foo", 10), 9);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum KeyHash {
    /// murmur2, its highest bit cleared: Apache Kafka's Java client, and most others. The default.
    #[default]
    Murmur2,
    /// FNV-1a of 32 bits, read as a signed number, its absolute value: optiopay/kafka, Sarama, and librdkafka's
    /// `fnv1a`; also [`HashProducer`](crate::HashProducer).
    Fnv1a,
    /// FNV-1a of 32 bits, unsigned: mkocikowski/kafkaclient.
    Fnv1aUnsigned,
    /// CRC-32 (IEEE): librdkafka's `consistent` and `consistent_random`, its default.
    Crc32,
    /// xxHash of 32 bits, seed 0: kafka-rust.
    XxHash32,
}

impl KeyHash {
    /// The hash of a key, before it is brought into the range of the partitions.
    pub fn hash(self, key: &[u8]) -> u32 {
        match self {
            Self::Murmur2 => murmur2(key) & 0x7fff_ffff,
            Self::Fnv1a => fnv1a(key).cast_signed().unsigned_abs(),
            Self::Fnv1aUnsigned => fnv1a(key),
            Self::Crc32 => crc32(key),
            Self::XxHash32 => xxhash32(key),
        }
    }

    /// The partition of a key among `partitions`: the hash modulo their number; 0 when there are none.
    pub fn partition(self, key: &[u8], partitions: i32) -> i32 {
        (self.hash(key) % partitions.max(1).cast_unsigned()).cast_signed()
    }
}

/// The partition that records of a key go to, among `partitions` of them: `(murmur2 & 0x7fffffff) % partitions`, as
/// in the Java client. For calls that name a partition, as [`Producer::produce`](crate::Producer::produce) does;
/// [`KeyHash`] has the other clients' ways.
///
/// 0 when there are no partitions.
///
/// ```
/// assert_eq!(kafka_client::partition_of_key(b"foobar", 10), 6);
/// ```
pub fn partition_of_key(key: &[u8], partitions: i32) -> i32 {
    KeyHash::Murmur2.partition(key, partitions)
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

fn fnv1a(key: &[u8]) -> u32 {
    key.iter().fold(0x811c_9dc5, |hash, byte| (hash ^ u32::from(*byte)).wrapping_mul(0x0100_0193))
}

/// For each value of a byte what it adds.
const CRC32_TABLE: [u32; 256] = {
    let mut table = [0; 256];
    let mut byte = 0;
    while byte < 256 {
        let mut crc = byte as u32;
        let mut bit = 0;
        while bit < 8 {
            crc = if crc & 1 == 1 { (crc >> 1) ^ 0xedb8_8320 } else { crc >> 1 };
            bit += 1;
        }
        table[byte] = crc;
        byte += 1;
    }
    table
};

fn crc32(key: &[u8]) -> u32 {
    !key.iter().fold(!0, |crc: u32, byte| (crc >> 8) ^ CRC32_TABLE[usize::from(crc as u8 ^ byte)])
}

fn xxhash32(key: &[u8]) -> u32 {
    const P1: u32 = 0x9e37_79b1;
    const P2: u32 = 0x85eb_ca77;
    const P3: u32 = 0xc2b2_ae3d;
    const P4: u32 = 0x27d4_eb2f;
    const P5: u32 = 0x1656_67b1;
    let (stripes, rest) = key.as_chunks::<16>();
    let mut lanes = [P1.wrapping_add(P2), P2, 0, 0_u32.wrapping_sub(P1)];
    for stripe in stripes {
        for (lane, word) in lanes.iter_mut().zip(stripe.as_chunks::<4>().0) {
            let mixed = lane.wrapping_add(u32::from_le_bytes(*word).wrapping_mul(P2));
            *lane = mixed.rotate_left(13).wrapping_mul(P1);
        }
    }
    let mut hash = if stripes.is_empty() {
        P5
    } else {
        lanes.iter().zip([1, 7, 12, 18]).fold(0_u32, |sum, (lane, by)| sum.wrapping_add(lane.rotate_left(by)))
    };
    hash = hash.wrapping_add(key.len() as u32);
    let (words, bytes) = rest.as_chunks::<4>();
    for word in words {
        let mixed = hash.wrapping_add(u32::from_le_bytes(*word).wrapping_mul(P3));
        hash = mixed.rotate_left(17).wrapping_mul(P4);
    }
    for byte in bytes {
        hash = hash.wrapping_add(u32::from(*byte).wrapping_mul(P5)).rotate_left(11).wrapping_mul(P1);
    }
    hash = (hash ^ (hash >> 15)).wrapping_mul(P2);
    hash = (hash ^ (hash >> 13)).wrapping_mul(P3);
    hash ^ (hash >> 16)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The published check values of xxHash; the longest takes stripes, words and bytes.
    #[test]
    fn xxhash_is_what_its_authors_say() {
        for (key, hash) in [
            (&b""[..], 0x02cc_5d05),
            (b"a", 0x550d_7456),
            (b"abc", 0x32d1_53ff),
            (b"Nobody inspects the spammish repetition", 0xe229_3b2f),
        ] {
            assert_eq!(xxhash32(key), hash, "{key:?}");
        }
    }

    #[test]
    fn crc_is_the_one_of_ethernet_and_zip() {
        assert_eq!(crc32(b"123456789"), 0xcbf4_3926);
    }

    #[test]
    fn no_partitions_are_no_panic() {
        assert_eq!(partition_of_key(b"k", 0), 0);
        assert_eq!(KeyHash::Crc32.partition(b"k", -3), 0);
    }
}
