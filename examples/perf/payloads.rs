//! What is written.

const SIZE: usize = 1 << 20;

/// The largest record.
pub(super) const MOST: usize = SIZE / 2;

const WORDS: [&str; 64] = [
    "the", "of", "and", "order", "to", "in", "user", "is", "that", "for", "it", "session", "was", "on",
    "are", "as", "with", "status", "at", "be", "this", "have", "from", "or", "payment", "had", "by", "event",
    "but", "what", "some", "we", "can", "out", "other", "were", "all", "there", "when", "up", "request",
    "your", "how", "said", "an", "each", "she", "which", "do", "their", "time", "if", "will", "way", "about",
    "many", "then", "them", "response", "would", "like", "so", "these", "her",
];

/// Slices of one mebibyte of pseudo-random words and hexadecimal numbers: about as compressible as the text that
/// services write, and the same in every run.
#[derive(Debug)]
pub struct Payloads {
    text: Vec<u8>,
    size: usize,
}

impl Payloads {
    /// Payloads of `size` bytes.
    pub fn new(size: usize) -> Self {
        let mut text = Vec::with_capacity(SIZE + 16);
        let mut random: u64 = 0x9E37_79B9_7F4A_7C15;
        while text.len() < SIZE {
            random ^= random << 13;
            random ^= random >> 7;
            random ^= random << 17;
            if (random >> 60).is_multiple_of(3) {
                text.extend_from_slice(format!("{:08x}", random as u32).as_bytes());
            } else {
                text.extend_from_slice(WORDS[((random >> 32) & 63) as usize].as_bytes());
            }
            text.push(b' ');
        }
        text.truncate(SIZE);
        Self { text, size: size.min(MOST) }
    }

    /// The payload of record `nth`.
    pub fn get(&self, nth: u64) -> &[u8] {
        let at = (nth.wrapping_mul(7919) % (SIZE - self.size) as u64) as usize;
        &self.text[at..at + self.size]
    }
}
