//! One partition's batches in order: the open one, those ready to go, those in flight. Pure.

use std::collections::VecDeque;
use std::time::Duration;

use tokio::time::Instant;

use self::held::Sent;
use super::batch::{Batch, HEADER};
use super::budget::Room;
use super::sequencer::{Identity, Sequencer};
use crate::api::{Delivery, Done, Error, Record, Result, TopicName};

/// The first step in which an open batch's memory is charged.
const FIRST_CHARGE: usize = 1 << 10;

/// The longest wait between two attempts.
const LONGEST_BACKOFF: Duration = Duration::from_secs(1);

/// After this long without a success a broker may have forgotten the producer (`producer.id.expiration.ms`, a day by
/// default, is looked at every 10 minutes).
const REMEMBERED: Duration = Duration::from_secs(60);

/// What a partition's queue takes from the configuration.
#[derive(Clone, Copy, Debug)]
pub(super) struct Rules {
    pub(super) batch_size: usize,
    pub(super) max_in_flight: usize,
    pub(super) idempotent: bool,
    pub(super) delivery_timeout: Duration,
    pub(super) retry_limit: Option<u32>,
    pub(super) retry_wait: Duration,
}

/// The batches of one partition.
///
/// They go out in the order in which they were closed, and a batch that is to be sent again comes before all
/// later ones and goes alone: nothing overtakes it. Batches in flight are all at one node; when the partition
/// moves, what follows waits for their answers. A batch that was taken with [`PartitionQueue::take`] comes back
/// exactly once, with [`PartitionQueue::answered`], [`PartitionQueue::returned`] or
/// [`PartitionQueue::replaced`].
///
/// The queue also remembers whether the partition stands in its node's lists ([`Listing`]).
#[derive(Debug)]
pub(super) struct PartitionQueue {
    topic: TopicName,
    partition: i32,
    rules: Rules,
    open: Option<Batch>,
    ready: VecDeque<Batch>,
    in_flight: VecDeque<Sent>,
    /// Where those in flight are.
    node: i32,
    sequencer: Sequencer,
    last_success: Option<Instant>,
    gap: Option<Gap>,
    resume_at: Option<Instant>,
    next_number: u64,
    last_len: usize,
    /// Why nothing more is taken.
    refusing: Option<Error>,
    /// Why nothing more is sent, either.
    ended: Option<Error>,
    in_full: bool,
    in_open: bool,
    /// A batch of it is in the request that is being gathered, which has room for one of each partition.
    gathered: bool,
}

/// A number will never arrive: what follows starts anew, under the next epoch or under another id.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Gap {
    Epoch,
    Id,
}

/// What became of a record that was to be taken, and what follows for the node's lists.
#[derive(Debug, Default)]
pub(super) struct Appended {
    /// `None`: there was no room.
    pub(super) delivery: Option<Delivery>,
    /// Bytes of a batch that is full now.
    pub(super) filled: usize,
    pub(super) listing: Listing,
}

/// What a batch begins with.
#[derive(Debug)]
pub(crate) struct Beginning {
    pub(crate) opened: Instant,
    /// The same by the wall clock, in milliseconds since 1970.
    pub(crate) timestamp: i64,
    /// Where its records go. Its contents don't matter.
    pub(crate) buffer: Vec<u8>,
    pub(crate) done: Done,
}

/// Where the partition is to be put down, if it is not there yet.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Listing {
    /// Among those with full batches.
    pub(super) full: bool,
    /// Among those that may send from then on.
    pub(super) later: Option<Instant>,
    /// Among those with an open batch, begun then.
    pub(super) open: Option<Instant>,
}

/// What there is to send.
#[derive(Debug)]
pub(super) enum Take {
    Batch(Batch),
    /// The next one is larger than the room left.
    NoFit,
    /// Nothing before then.
    Later(Instant),
    /// Nothing until an answer, or a record.
    Nothing,
    /// Nothing without a producer id, and not this one.
    NoIdentity {
        refused: Option<i64>,
    },
}

/// What comes of a partition's turn among those with an open batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum OpenTurn {
    /// The batch is closed and may be taken.
    Goes,
    /// It has begun another since: to be put down again.
    Younger,
    /// Others go first: the partition is put down again after them.
    Held,
}

impl PartitionQueue {
    pub(super) fn new(topic: TopicName, partition: i32, rules: Rules) -> Self {
        Self {
            topic,
            partition,
            rules,
            open: None,
            ready: VecDeque::new(),
            in_flight: VecDeque::new(),
            node: -1,
            sequencer: Sequencer::default(),
            last_success: None,
            gap: None,
            resume_at: None,
            next_number: 0,
            last_len: 0,
            refusing: None,
            ended: None,
            in_full: false,
            in_open: false,
            gathered: false,
        }
    }

    /// [`PartitionQueue::append`] for nearly all records: the open batch stands in its node's lists already, and has room
    /// for this one and for another one of its size. `None`: it has not. Returns the batch's bytes, too.
    #[expect(
        clippy::inline_always,
        reason = "returned once more, what came of the record costs as much as the lock"
    )]
    #[inline(always)]
    pub(super) fn append_amid(&mut self, record: &Record<'_>, size: usize) -> Option<(Delivery, usize)> {
        let open = self.open.as_mut().filter(|open| {
            let len = open.len() + size;
            len <= open.charged && len + size <= self.rules.batch_size
        })?;
        if !self.in_open || self.refusing.is_some() {
            return None;
        }
        // An error comes again, and is told, the other way.
        Some((open.append(record).ok()?, open.len()))
    }

    /// Takes a record of `size` into the open batch, or into a new one if it does not fit; `begin` gives the time, by
    /// the timer and by the wall, and a buffer of at least the given capacity when a batch begins.
    pub(super) fn append(
        &mut self,
        record: &Record<'_>,
        size: usize,
        room: &mut impl Room,
        begin: impl FnOnce(usize) -> Beginning,
    ) -> Result<Appended> {
        self.check()?;
        let mut filled = 0;
        if self.open.as_ref().is_some_and(|open| open.len() + size > self.rules.batch_size) {
            filled += self.close_open();
        }
        let delivery = self.append_to_open(record, size, room, begin)?;
        if self.open.as_ref().is_some_and(|open| open.len() + size > self.rules.batch_size) {
            // Another record of this size would not fit: there is nothing to wait for.
            filled += self.close_open();
        }
        let listing = Listing { full: filled > 0 && !self.in_full, later: None, open: self.unlisted_open() };
        self.in_full |= listing.full;
        self.in_open |= listing.open.is_some();
        Ok(Appended { delivery, filled, listing })
    }

    fn append_to_open(
        &mut self,
        record: &Record<'_>,
        size: usize,
        room: &mut impl Room,
        begin: impl FnOnce(usize) -> Beginning,
    ) -> Result<Option<Delivery>> {
        let (len, charged) = self.open.as_ref().map_or((HEADER, 0), |open| (open.len(), open.charged));
        let needed = (len + size).saturating_sub(charged);
        let charge = if needed == 0 { Some(0) } else { self.charge(needed, charged, room) };
        let Some(charge) = charge else { return Ok(None) };
        let number = self.next_number;
        let open = match &mut self.open {
            Some(open) => {
                open.grow(charge);
                open
            }
            none => {
                self.next_number += 1;
                none.insert(Batch::new(number, charge, begin(charge)))
            }
        };
        open.append(record).map(Some)
    }

    /// Takes at least `needed` bytes for the open batch, and more if there are: the first time as many as the
    /// last batch had, then twice as many as before.
    fn charge(&self, needed: usize, charged: usize, room: &mut impl Room) -> Option<usize> {
        let most = self.rules.batch_size;
        let usual = match charged {
            0 if self.last_len > most / 2 => most,
            0 => self.last_len.next_power_of_two().max(FIRST_CHARGE),
            charged => charged,
        };
        let wanted = usual.min(most.saturating_sub(charged)).max(needed);
        // All that is left, in one step: were it taken record by record, each would pay for one.
        let bytes = wanted.min(room.left()).max(needed);
        [bytes, needed].into_iter().find(|bytes| room.take(*bytes))
    }

    /// Takes a batch that is never split nor added to, after all that was taken before.
    pub(super) fn push(&mut self, mut batch: Batch) -> Result<Listing> {
        self.check()?;
        self.close_open();
        batch.key.number = self.next_number;
        self.next_number += 1;
        self.ready.push_back(batch);
        let full = !std::mem::replace(&mut self.in_full, true);
        Ok(Listing { full, ..Listing::default() })
    }

    fn check(&self) -> Result<()> {
        match &self.refusing {
            None => Ok(()),
            Some(error) => Err(error.clone()),
        }
    }

    /// The open batch takes no more; returns its bytes.
    pub(super) fn close_open(&mut self) -> usize {
        let Some(open) = self.open.take() else { return 0 };
        let len = open.len();
        self.last_len = len;
        self.ready.push_back(open);
        len
    }

    /// When the open batch was begun.
    pub(super) fn open_since(&self) -> Option<Instant> {
        self.open.as_ref().map(|open| open.opened)
    }

    pub(super) fn open_len(&self) -> usize {
        self.open.as_ref().map_or(0, Batch::len)
    }

    /// The broker may not know this producer's numbers any more: one batch goes alone until the next success.
    pub(super) fn doubt(&mut self) {
        self.sequencer.doubt();
    }

    /// How many batches were ever begun.
    pub(super) fn begun(&self) -> u64 {
        self.next_number
    }

    /// Whether nothing waits to be sent or answered.
    pub(super) fn is_idle(&self) -> bool {
        self.open.is_none() && self.ready.is_empty() && self.in_flight.is_empty()
    }

    /// How many bytes wait to be sent.
    pub(super) fn waiting_len(&self) -> usize {
        self.open_len() + self.ready.iter().map(Batch::len).sum::<usize>()
    }

    /// Whether the broker is known to remember the producer, so that several batches may be in flight.
    pub(super) fn is_proven(&self, now: Instant) -> bool {
        let remembered = self.last_success.is_none_or(|last| last + REMEMBERED > now);
        !self.rules.idempotent || (self.sequencer.is_proven() && remembered)
    }

    /// How many batches wait to be sent.
    pub(super) fn backlog(&self) -> usize {
        self.ready.len()
    }

    fn unlisted_open(&self) -> Option<Instant> {
        self.open_since().filter(|_| !self.in_open)
    }

    /// Where the partition is to be put down now. Called after everything that may have changed that; the
    /// caller does it.
    pub(super) fn list(&mut self, now: Instant) -> Listing {
        let mut listing = Listing { open: self.unlisted_open(), ..Listing::default() };
        if !self.ready.is_empty() && !self.in_full && !self.is_held() {
            match self.resume_at.filter(|at| *at > now) {
                Some(at) => listing.later = Some(at),
                None => listing.full = true,
            }
            self.in_full = true;
        }
        self.in_open |= listing.open.is_some();
        listing
    }

    /// The partition stands in no list any more.
    pub(super) fn unlisted_everywhere(&mut self) {
        (self.in_full, self.in_open) = (false, false);
    }

    /// [`PartitionQueue::take`] for a partition that came out of its node's lists. Unless it has something to send
    /// now, or never will before it is put down again, it goes back there. An entry that is out of date (the
    /// partition was put down elsewhere) is ignored.
    pub(super) fn take_listed(
        &mut self,
        node: i32,
        given: Option<Identity>,
        fits: usize,
        now: Instant,
    ) -> Take {
        if !std::mem::take(&mut self.in_full) || self.gathered {
            return Take::Nothing;
        }
        let taken = self.take(node, given, fits, now);
        self.in_full = matches!(taken, Take::NoFit | Take::Later(_) | Take::NoIdentity { .. });
        self.gathered = matches!(taken, Take::Batch(_));
        taken
    }

    /// The request that a batch was taken for is complete: [`PartitionQueue::list`], for the next one. Until then the
    /// partition gives it no second batch, whoever puts it down meanwhile: a node answers for one, and keeps only one.
    pub(super) fn list_for_the_next(&mut self, now: Instant) -> Listing {
        self.gathered = false;
        self.list(now)
    }

    /// The partition was taken out of the list of those with an open batch, to send those begun up to `until`.
    pub(super) fn open_turn(&mut self, until: Instant) -> OpenTurn {
        if !std::mem::take(&mut self.in_open) || self.gathered {
            return OpenTurn::Held;
        }
        match self.open_since() {
            Some(since) if since > until => OpenTurn::Younger,
            Some(_) if self.ready.is_empty() && !self.is_held() => {
                self.close_open();
                self.in_full = true;
                OpenTurn::Goes
            }
            _ => OpenTurn::Held,
        }
    }

    /// Whether what is in flight keeps all else back.
    fn is_held(&self) -> bool {
        if self.in_flight.is_empty() {
            return false;
        }
        let unproven = self.rules.idempotent && !self.sequencer.is_proven();
        let most = if unproven { 1 } else { self.rules.max_in_flight };
        self.in_flight.len() >= most
            || self.gap.is_some()
            || self.in_flight.iter().any(|sent| sent.retried)
            || self.ready.front().is_some_and(|next| next.retried)
    }

    /// The next batch for `node`, if it is no larger than `fits`; `given` is the producer's identity.
    pub(super) fn take(&mut self, node: i32, given: Option<Identity>, fits: usize, now: Instant) -> Take {
        if self.is_held() || (!self.in_flight.is_empty() && self.node != node) {
            return Take::Nothing;
        }
        if let Some(at) = self.resume_at.filter(|at| *at > now) {
            return Take::Later(at);
        }
        match self.ready.front() {
            None => return Take::Nothing,
            Some(next) if next.len() > fits => return Take::NoFit,
            Some(_) => {}
        }
        self.close_gap();
        if self.in_flight.is_empty() && self.last_success.is_some_and(|last| last + REMEMBERED <= now) {
            self.doubt();
        }
        if self.rules.idempotent && self.ready.front().is_some_and(|next| next.stamp.is_none()) {
            let refused = self.sequencer.refused();
            let records = self.ready.front().map_or(0, |next| next.records);
            let stamp = given.and_then(|given| self.sequencer.stamp(given, records));
            let Some(stamp) = stamp else { return Take::NoIdentity { refused } };
            if let Some(next) = self.ready.front_mut() {
                next.stamp = Some(stamp);
            }
        }
        let Some(batch) = self.ready.pop_front() else { return Take::Nothing };
        self.resume_at = None;
        self.node = node;
        self.in_flight.push_back(Sent::new(&batch));
        Take::Batch(batch)
    }

    /// Starts the numbering anew if a number is missing and nothing that is left can have been written: the
    /// broker refuses all that comes after the missing one. A first batch that may have been written is sent
    /// under its old stamp before, to find out.
    fn close_gap(&mut self) {
        if !self.in_flight.is_empty() || self.ready.front().is_some_and(|next| next.uncertain) {
            return;
        }
        match self.gap.take() {
            None => return,
            Some(Gap::Epoch) => self.sequencer.restart(),
            Some(Gap::Id) => self.sequencer.renew(),
        }
        for batch in &mut self.ready {
            (batch.stamp, batch.uncertain, batch.is_part) = (None, false, false);
        }
    }
}

pub(super) use held::{Settled, Source};

mod held;
mod outcomes;
mod unreached;

#[cfg(test)]
mod tests;
