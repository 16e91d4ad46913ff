//! The numbers by which a broker tells a retry from a new batch (KIP-98), for one partition. Pure.

/// Who writes: the id that the cluster gave this producer, and how often the partition's numbering was begun
/// anew under it. A producer without transactions may raise the epoch by itself, in each partition on its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Identity {
    pub(super) id: i64,
    pub(super) epoch: i16,
}

/// What is stamped into a batch: who writes it, and the number of its first record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Stamp {
    pub(super) identity: Identity,
    pub(super) sequence: i32,
}

impl Stamp {
    /// The stamp of what begins so many records later.
    pub(super) fn after(self, records: u32) -> Self {
        Self { sequence: advance(self.sequence, records), ..self }
    }
}

/// The numbering of one partition.
///
/// A batch keeps the stamp that it was first sent with: the broker may have it, and only under that stamp does
/// it recognise it. Numbers are never reused. Where one will never arrive (its batch failed), the broker refuses
/// what follows; then, and only once it is certain that nothing of what is left was written, numbering begins
/// anew under the next epoch.
///
/// Until the first success under an epoch only one batch may be in flight: a broker takes any first number of a
/// writer that it does not know, so that of two batches the second could be let in before the first.
#[derive(Debug, Default)]
pub(super) struct Sequencer {
    identity: Option<Identity>,
    next: i32,
    /// The broker has accepted a batch under this identity.
    proven: bool,
    /// The id must not be used again.
    refused: Option<i64>,
}

impl Sequencer {
    /// Stamps the next `records` records; `given` is the identity that the producer has now. `None`: the
    /// producer needs another identity first.
    pub(super) fn stamp(&mut self, given: Identity, records: u32) -> Option<Stamp> {
        let identity = match self.identity {
            Some(identity) => identity,
            None if self.refused == Some(given.id) => return None,
            None => *self.identity.insert(given),
        };
        let sequence = self.next;
        self.next = advance(sequence, records);
        Some(Stamp { identity, sequence })
    }

    /// Whether a batch under this identity was accepted.
    pub(super) fn is_proven(&self) -> bool {
        self.proven
    }

    /// The broker may have forgotten this writer since the last success: it takes any first number again.
    pub(super) fn doubt(&mut self) {
        self.proven = false;
    }

    /// The id that [`Sequencer::stamp`] will not take, when it waits for another.
    pub(super) fn refused(&self) -> Option<i64> {
        if self.identity.is_none() { self.refused } else { None }
    }

    /// The broker has the batch of this stamp.
    pub(super) fn acknowledged(&mut self, stamp: &Stamp) {
        self.proven |= self.identity == Some(stamp.identity);
    }

    /// Numbering begins anew, under the next epoch. Only when nothing is in flight and every batch stamped
    /// before is either settled or certainly not written.
    pub(super) fn restart(&mut self) {
        (self.next, self.proven) = (0, false);
        match &mut self.identity {
            Some(Identity { epoch, .. }) if *epoch < i16::MAX => *epoch += 1,
            _ => self.renew(),
        }
    }

    /// Numbering begins anew under another producer id: the broker no longer takes this one. The same
    /// condition holds as for [`Sequencer::restart`].
    pub(super) fn renew(&mut self) {
        (self.next, self.proven) = (0, false);
        self.refused = self.identity.take().map(|identity| identity.id).or(self.refused);
    }
}

/// Sequence numbers wrap from 2^31 - 1 to 0.
fn advance(sequence: i32, records: u32) -> i32 {
    ((i64::from(sequence) + i64::from(records)) & i64::from(i32::MAX)) as i32
}

#[cfg(test)]
mod tests {
    use super::*;

    const GIVEN: Identity = Identity { id: 7, epoch: 0 };

    #[test]
    fn numbers_are_contiguous_and_wrap_to_zero() {
        let mut sequencer = Sequencer { next: i32::MAX - 1, ..Sequencer::default() };
        let mut numbers = || sequencer.stamp(GIVEN, 3).unwrap().sequence;
        assert_eq!((numbers(), numbers()), (i32::MAX - 1, 1));
        assert_eq!(advance(i32::MAX, 1), 0);
    }

    #[test]
    fn a_restart_begins_at_zero_under_the_next_epoch_and_unproven() {
        let mut sequencer = Sequencer::default();
        let stamp = sequencer.stamp(GIVEN, 3).unwrap();
        sequencer.acknowledged(&stamp);
        assert!(sequencer.is_proven());
        sequencer.restart();
        assert!(!sequencer.is_proven());
        sequencer.acknowledged(&stamp);
        assert!(!sequencer.is_proven(), "that success was under the epoch before");
        let stamp = sequencer.stamp(GIVEN, 3).unwrap();
        assert_eq!(stamp, Stamp { identity: Identity { id: 7, epoch: 1 }, sequence: 0 });
    }

    #[test]
    fn the_last_epoch_is_followed_by_another_id() {
        let mut sequencer = Sequencer::default();
        let last = Identity { id: 7, epoch: i16::MAX };
        sequencer.stamp(last, 3).unwrap();
        sequencer.restart();
        assert_eq!(sequencer.refused(), Some(7));
        assert_eq!(sequencer.stamp(last, 3), None);
        let stamp = sequencer.stamp(Identity { id: 8, epoch: 0 }, 3).unwrap();
        assert_eq!((stamp.identity.id, stamp.sequence), (8, 0));
    }
}
