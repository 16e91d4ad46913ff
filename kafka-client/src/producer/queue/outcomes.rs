//! What came of the batches that were sent, and of those that never will be.

use std::ops::Range;

use tokio::time::Instant;

use super::held::Sent;
use super::{Gap, LONGEST_BACKOFF, PartitionQueue, Settled};
use crate::api::{Completion, Done, Error, ErrorKind, Result};
use crate::config::backoff;
use crate::producer::batch::{Batch, BatchKey, Patience};
use crate::producer::verdict::Verdict;

impl PartitionQueue {
    /// A batch in flight was answered. `random` (0 to 1) spreads the waits before another attempt.
    pub(in crate::producer) fn answered(
        &mut self,
        mut batch: Batch,
        verdict: Verdict,
        now: Instant,
        random: f64,
    ) -> Option<Settled> {
        let sent = self.leave_flight(batch.key);
        match verdict {
            Verdict::Written { base, timestamp } => {
                if let Some(stamp) = &batch.stamp {
                    self.sequencer.acknowledged(stamp);
                    self.last_success = Some(now);
                }
                return Some(self.settle(batch, Ok((base, timestamp))));
            }
            Verdict::Failed(error) | Verdict::TooLarge(error) => return Some(self.fail(batch, error)),
            Verdict::Retry { error, uncertain, at_once } => {
                batch.uncertain |= uncertain;
                if batch.roams() {
                    return Some(self.fail(batch, error));
                }
                self.note_attempt(&mut batch, error, at_once, now, random);
            }
            // The whole of which it is a part was written, or the log has lost what was before it: nobody can tell.
            Verdict::OutOfOrder(error) if batch.is_part => return Some(self.fail(batch, error)),
            Verdict::OutOfOrder(error) => self.refused(&mut batch, error, Gap::Epoch, now, random),
            Verdict::Fenced(error) if batch.uncertain => {
                // Nobody can tell any more whether an earlier attempt wrote it: another id would write it again.
                self.gap = Some(Gap::Id);
                return Some(self.fail(batch, error));
            }
            Verdict::Fenced(error) => self.refused(&mut batch, error, Gap::Id, now, random),
        }
        self.queue_again(batch, sent.is_some_and(|sent| sent.given_up), now)
    }

    /// A batch was refused for its number or its producer id. Is it the first that is unsettled, then numbering
    /// begins anew: the broker would have recognised it had it written it. A later one waits for the first.
    fn refused(&mut self, batch: &mut Batch, error: Error, gap: Gap, now: Instant, random: f64) {
        let earlier = |key: BatchKey| key < batch.key;
        let is_first = !self.in_flight.iter().any(|sent| earlier(sent.key))
            && !self.ready.iter().any(|ready| earlier(ready.key));
        if is_first {
            batch.uncertain = false;
            self.gap = Some(gap);
            self.note_attempt(batch, error, batch.attempts == 0, now, random);
        } else {
            batch.last_error = Some(error);
            batch.retried = true;
        }
    }

    fn note_attempt(&mut self, batch: &mut Batch, error: Error, at_once: bool, now: Instant, random: f64) {
        batch.retried = true;
        batch.last_error = Some(error);
        let wait = match batch.patience {
            Patience::Delivery => backoff(self.rules.retry_wait, LONGEST_BACKOFF, batch.attempts, random),
            Patience::Attempts | Patience::Roaming => self.rules.retry_wait,
        };
        batch.attempts += 1;
        self.resume_at = if at_once { None } else { Some(now + wait) };
    }

    /// Puts a batch back in its place, unless nothing more may be tried.
    pub(super) fn queue_again(&mut self, batch: Batch, given_up: bool, now: Instant) -> Option<Settled> {
        let last = || batch.last_error.clone().unwrap_or_else(|| Error::new(ErrorKind::TimedOut, "not sent"));
        if let Some(error) = &self.ended {
            let error = error.clone();
            return Some(self.fail(batch, error));
        }
        if given_up || batch.opened + self.rules.delivery_timeout <= now {
            let error = self.timed_out(batch.last_error.clone());
            return Some(self.fail(batch, error));
        }
        if self.rules.retry_limit.is_some_and(|most| batch.attempts >= most) {
            let error = last();
            return Some(self.fail(batch, error));
        }
        self.insert(batch);
        None
    }

    /// A batch comes back that certainly did not reach the node: as if it had not been taken.
    pub(in crate::producer) fn returned(&mut self, batch: Batch, now: Instant) -> Option<Settled> {
        let sent = self.leave_flight(batch.key);
        if let Some(error) = sent.as_ref().and_then(Sent::untold) {
            return Some(self.fail(batch, error));
        }
        self.queue_again(batch, sent.is_some_and(|sent| sent.given_up), now)
    }

    /// A batch in flight was too large and has been split into these, in order.
    pub(in crate::producer) fn replaced(
        &mut self,
        key: BatchKey,
        parts: impl DoubleEndedIterator<Item = Batch>,
    ) {
        self.leave_flight(key);
        parts.rev().for_each(|part| self.insert(part));
    }

    fn insert(&mut self, batch: Batch) {
        let at = self.ready.iter().position(|ready| ready.key > batch.key).unwrap_or(self.ready.len());
        self.ready.insert(at, batch);
    }

    /// A batch that is not in flight fails for good.
    pub(super) fn fail(&mut self, batch: Batch, error: Error) -> Settled {
        let error = if batch.uncertain { error.maybe_written() } else { error };
        if batch.stamp.is_some() && !error.may_be_written() {
            self.gap.get_or_insert(Gap::Epoch);
        }
        let error = error.at(&self.topic, self.partition);
        self.settle(batch, Err(error))
    }

    fn settle(&self, batch: Batch, result: Result<(Option<i64>, Option<i64>)>) -> Settled {
        Settled::Batch { batch, topic: self.topic.clone(), partition: self.partition, result }
    }

    /// Fails what was not delivered within `delivery_timeout`. A batch in flight keeps its number and its memory
    /// until its answer; only its deliveries fail.
    pub(in crate::producer) fn expire(&mut self, now: Instant) -> Vec<Settled> {
        let timeout = self.rules.delivery_timeout;
        let is_late = |opened: Instant| opened + timeout <= now;
        if self.open_since().is_some_and(is_late) {
            self.close_open();
        }
        let error = self.timed_out(None);
        let mut settled = self.give_up_in_flight(&error, |sent| is_late(sent.opened));
        while let Some(at) = self.ready.iter().position(|batch| is_late(batch.opened)) {
            let Some(batch) = self.ready.remove(at) else { break };
            let error = self.timed_out(batch.last_error.clone());
            settled.push(self.fail(batch, error));
        }
        settled
    }

    /// Takes nothing more, and fails all there is with `error`.
    pub(in crate::producer) fn end(&mut self, error: &Error) -> Vec<Settled> {
        self.stop_taking(error);
        self.ended = Some(error.clone());
        let mut settled = self.give_up_in_flight(error, |_| true);
        settled.extend(self.fail_waiting(error));
        settled
    }

    /// Fails all that waits to be sent with `error`; what comes later is taken.
    pub(in crate::producer) fn fail_waiting(&mut self, error: &Error) -> Vec<Settled> {
        self.close_open();
        let waiting = std::mem::take(&mut self.ready);
        waiting.into_iter().map(|batch| self.fail(batch, error.clone())).collect()
    }

    /// Fails one batch now, as if its time were over: that of `done`, closed already.
    pub(in crate::producer) fn give_up(&mut self, done: &Completion, error: &Error) -> Vec<Settled> {
        let mut settled = self.give_up_in_flight(error, |sent| sent.done.is(done));
        while let Some(at) = self.ready.iter().position(|batch| batch.done.is(done)) {
            let Some(batch) = self.ready.remove(at) else { break };
            let error = batch
                .last_error
                .clone()
                .map_or_else(|| error.clone(), |last| error.clone().with_source(last));
            settled.push(self.fail(batch, error));
        }
        settled
    }

    /// Takes nothing more: `error` is the answer to whoever tries.
    pub(in crate::producer) fn stop_taking(&mut self, error: &Error) {
        self.refusing.get_or_insert_with(|| error.clone());
    }

    fn timed_out(&self, last: Option<Error>) -> Error {
        let what = format!("not delivered within delivery_timeout ({:?})", self.rules.delivery_timeout);
        let error = Error::new(ErrorKind::TimedOut, what);
        match last {
            Some(last) => error.with_source(last),
            None => error,
        }
    }

    /// When the first of the batches expires.
    pub(in crate::producer) fn next_expiry(&self) -> Option<Instant> {
        let in_flight = self.in_flight.iter().filter(|sent| !sent.given_up).map(|sent| sent.opened);
        let opened =
            in_flight.chain(self.ready.iter().map(|batch| batch.opened)).chain(self.open_since()).min();
        opened.map(|opened| opened + self.rules.delivery_timeout)
    }

    /// All that waits for its outcome, once the open batch is closed.
    pub(in crate::producer) fn unsettled(&self) -> impl Iterator<Item = (Done, Range<u32>)> + '_ {
        let in_flight = self.in_flight.iter().filter(|sent| !sent.is_told());
        in_flight
            .map(|sent| (sent.done.clone(), sent.run.clone()))
            .chain(self.ready.iter().map(|batch| (batch.done.clone(), batch.run())))
    }
}
