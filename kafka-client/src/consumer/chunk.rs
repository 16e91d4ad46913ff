//! What one fetch answer brought of one partition, as it arrived.

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
