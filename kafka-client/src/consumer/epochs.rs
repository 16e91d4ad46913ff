//! Under which leaders' epochs a partition's log was written, as far as it was read (KIP-320). Pure.

use std::collections::VecDeque;

/// How many changes of leaders are remembered; older ones are long replicated.
const REMEMBERED: usize = 32;

/// Where each epoch begins in what was read. Epochs and offsets only go up.
#[derive(Clone, Debug, Default)]
pub(super) struct Epochs(VecDeque<(i32, i64)>);

impl Epochs {
    /// The message before `offset` was written under `epoch`.
    pub(super) fn known(epoch: i32, offset: i64) -> Self {
        Self(VecDeque::from([(epoch, offset)]))
    }

    /// A batch that begins at `offset` was written under `epoch`; -1 is none, as in old logs.
    pub(super) fn saw(&mut self, epoch: i32, offset: i64) {
        if epoch < 0 || self.0.back().is_some_and(|(last, _)| *last >= epoch) {
            return;
        }
        if self.0.len() == REMEMBERED {
            self.0.pop_front();
        }
        self.0.push_back((epoch, offset));
    }

    /// The epoch of the last message that was read.
    pub(super) fn last(&self) -> Option<i32> {
        self.0.back().map(|(epoch, _)| *epoch)
    }

    /// The first offset at which a leader's log differs from what was read, if it ends `epoch`, the newest of its
    /// epochs that is not newer than ours, before `end`.
    pub(super) fn diverge_at(&self, epoch: i32, end: i64) -> i64 {
        let newer = self.0.iter().find(|(ours, _)| *ours > epoch);
        newer.map_or(end, |(_, begin)| end.min(*begin))
    }

    /// What was read from `offset` on does not count any more.
    pub(super) fn truncate(&mut self, offset: i64) {
        while self.0.back().is_some_and(|(_, begin)| *begin >= offset) {
            self.0.pop_back();
        }
    }

    pub(super) fn clear(&mut self) {
        self.0.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn epochs(list: &[(i32, i64)]) -> Epochs {
        let mut epochs = Epochs::default();
        for (epoch, offset) in list {
            epochs.saw(*epoch, *offset);
        }
        epochs
    }

    #[test]
    fn a_log_that_ends_our_epoch_early_differs_from_there_on() {
        assert_eq!(epochs(&[(1, 0), (3, 20)]).diverge_at(3, 25), 25);
    }

    #[test]
    fn a_log_without_our_epoch_differs_where_ours_began_it_or_earlier() {
        let ours = epochs(&[(1, 0), (3, 20), (4, 30)]);
        assert_eq!(ours.diverge_at(2, 50), 20, "theirs wrote on under 1 and 2 while ours went on under 3");
        assert_eq!(ours.diverge_at(1, 15), 15);
    }

    #[test]
    fn epochs_never_go_back_and_a_log_without_them_has_none() {
        let mut epochs = epochs(&[(-1, 0), (2, 5), (2, 9), (1, 12)]);
        assert_eq!((epochs.last(), epochs.diverge_at(0, 100)), (Some(2), 5));
        epochs.truncate(7);
        assert_eq!(epochs.last(), Some(2));
        epochs.truncate(3);
        assert_eq!(epochs.last(), None);
    }

    #[test]
    fn only_so_many_changes_are_remembered() {
        let mut epochs = Epochs::default();
        for epoch in 0..1_000 {
            epochs.saw(epoch, i64::from(epoch));
        }
        assert_eq!(epochs.0.len(), REMEMBERED);
        assert_eq!(epochs.last(), Some(999));
    }
}
