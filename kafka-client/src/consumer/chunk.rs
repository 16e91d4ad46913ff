//! What one fetch answer brought of one partition, as it arrived.

use std::collections::VecDeque;

use bytes::Bytes;

use super::aborted::Aborted;

/// What is charged for a chunk beside its bytes.
const OVERHEAD: usize = 256;

/// Whole record batches of one partition, not decoded: only where they end was looked at.
#[derive(Clone, Debug)]
pub(super) struct Chunk {
    pub(super) records: Bytes,
    /// The offset that was asked for. Records below it are not the reader's.
    pub(super) asked: i64,
    /// The offset after the last batch: where the next fetch begins.
    pub(super) next: i64,
    pub(super) high_watermark: i64,
    /// How far the partition can be read: that, or the last stable offset; -1 where the node does not say.
    pub(super) end: i64,
    /// Under which leader epochs the batches were written: where each begins, in order.
    pub(super) epochs: Vec<(i32, i64)>,
    /// Transactions to leave out; empty unless `read_committed`.
    pub(super) aborted: Vec<Aborted>,
}

impl Chunk {
    /// How many bytes it counts for while it waits.
    pub(super) fn weight(&self) -> usize {
        self.records.len() + self.aborted.len() * size_of::<Aborted>() + OVERHEAD
    }

    #[cfg(test)]
    pub(super) fn for_test(asked: i64, next: i64, size: usize) -> Self {
        Self {
            records: Bytes::from(vec![0; size]),
            asked,
            next,
            high_watermark: next,
            end: next,
            epochs: Vec::new(),
            aborted: Vec::new(),
        }
    }
}

/// What waits for a reader. Enough has been fetched ahead between a high mark and a low one, half of it.
#[derive(Debug)]
pub(super) struct Buffer {
    chunks: VecDeque<Chunk>,
    bytes: usize,
    high_mark: usize,
    full: bool,
}

impl Buffer {
    pub(super) fn new(high_mark: usize) -> Self {
        Self { chunks: VecDeque::new(), bytes: 0, high_mark, full: false }
    }

    /// How many bytes are charged for what waits.
    pub(super) fn bytes(&self) -> usize {
        self.bytes
    }

    pub(super) fn is_empty(&self) -> bool {
        self.chunks.is_empty()
    }

    pub(super) fn is_full(&self) -> bool {
        self.full
    }

    /// The offset that the first chunk was asked for.
    pub(super) fn first_offset(&self) -> Option<i64> {
        self.chunks.front().map(|chunk| chunk.asked)
    }

    /// Returns how many bytes to charge for it.
    pub(super) fn push(&mut self, chunk: Chunk) -> usize {
        let weight = chunk.weight();
        self.bytes += weight;
        self.full = self.bytes >= self.high_mark;
        self.chunks.push_back(chunk);
        weight
    }

    pub(super) fn pop(&mut self) -> Option<Chunk> {
        let chunk = self.chunks.pop_front()?;
        self.removed(&chunk);
        Some(chunk)
    }

    /// Drops the chunks that reach beyond `offset`. Returns the offset that the first of them was asked for.
    pub(super) fn cut(&mut self, offset: i64) -> Option<i64> {
        let mut begin = None;
        while let Some(void) = self.chunks.pop_back_if(|chunk| chunk.next > offset) {
            self.removed(&void);
            begin = Some(void.asked);
        }
        begin
    }

    fn removed(&mut self, chunk: &Chunk) {
        self.bytes -= chunk.weight();
        self.full &= self.bytes > self.high_mark / 2;
    }

    pub(super) fn clear(&mut self) {
        self.chunks.clear();
        self.bytes = 0;
        self.full = false;
    }
}
