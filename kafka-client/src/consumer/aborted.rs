//! Which batches belong to aborted transactions (KIP-98). Pure.

use std::collections::BTreeSet;

/// A transaction that was aborted, as a fetch answer lists it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Aborted {
    pub(super) producer_id: i64,
    pub(super) first_offset: i64,
}

/// Walks the batches of one fetch answer, in order, and says which to leave out under `read_committed`.
///
/// The answer lists all aborted transactions that reach into what it holds: from its first offset on, a
/// producer's transactional batches are void, until the control batch with its abort marker.
#[derive(Debug, Default)]
pub(super) struct AbortedFilter {
    /// By first offset, the first one last.
    to_come: Vec<Aborted>,
    /// Producers in the middle of an aborted transaction.
    aborting: BTreeSet<i64>,
}

impl AbortedFilter {
    pub(super) fn new(mut aborted: Vec<Aborted>) -> Self {
        aborted.sort_by_key(|aborted| std::cmp::Reverse(aborted.first_offset));
        Self { to_come: aborted, aborting: BTreeSet::new() }
    }

    /// Whether a transactional batch of `producer_id` that ends at `last_offset` is void.
    pub(super) fn leaves_out(&mut self, producer_id: i64, last_offset: i64) -> bool {
        self.advance(last_offset);
        self.aborting.contains(&producer_id)
    }

    /// A control batch ends the producer's transaction.
    pub(super) fn ended(&mut self, producer_id: i64, last_offset: i64) {
        self.advance(last_offset);
        self.aborting.remove(&producer_id);
    }

    fn advance(&mut self, last_offset: i64) {
        while let Some(next) = self.to_come.pop_if(|next| next.first_offset <= last_offset) {
            self.aborting.insert(next.producer_id);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn aborted(list: &[(i64, i64)]) -> AbortedFilter {
        let list = list.iter().map(|(producer_id, first_offset)| Aborted {
            producer_id: *producer_id,
            first_offset: *first_offset,
        });
        AbortedFilter::new(list.collect())
    }

    #[test]
    fn a_transaction_is_void_from_its_first_offset_to_its_marker() {
        let mut filter = aborted(&[(7, 10)]);
        assert!(!filter.leaves_out(7, 9), "an earlier, committed one");
        assert!(filter.leaves_out(7, 12));
        assert!(filter.leaves_out(7, 15));
        filter.ended(7, 16);
        assert!(!filter.leaves_out(7, 20), "a later, committed one");
    }

    #[test]
    fn producers_in_between_keep_their_records() {
        let mut filter = aborted(&[(7, 10), (8, 30)]);
        assert!(filter.leaves_out(7, 11));
        assert!(!filter.leaves_out(8, 12));
        assert!(filter.leaves_out(8, 30));
    }

    #[test]
    fn two_aborted_transactions_of_one_producer_end_one_by_one() {
        let mut filter = aborted(&[(7, 20), (7, 10)]);
        assert!(filter.leaves_out(7, 10));
        filter.ended(7, 11);
        assert!(!filter.leaves_out(7, 15));
        assert!(filter.leaves_out(7, 20));
    }

    #[test]
    fn a_transaction_that_began_before_the_fetch_is_void_from_its_first_batch_on() {
        assert!(aborted(&[(7, 3)]).leaves_out(7, 100));
    }
}
