//! How far a partition has been fetched, and what waits to be read of it. Pure.

use std::time::Duration;

use tokio::time::Instant;

use super::chunk::{Buffer, Chunk};
use super::epochs::Epochs;
use crate::api::{Error, ErrorKind, Result};
use crate::config::{OffsetReset, Retry, RetryLimits, StartOffset};

/// What becomes of a partition after an error.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Next {
    /// It is tried again after this time.
    After(Duration),
    /// Nothing is fetched until the reader has seen the error and asks again, or seeks.
    Stop,
    /// It is over.
    End,
}

/// The errors of a partition since its last good answer.
#[derive(Debug)]
enum Trouble {
    None,
    /// A retry may mend it; the reader does not see it yet.
    Retrying(Retry),
    /// It has lasted for as long as the reader bears. Trying goes on, for the reader may bear more.
    GaveUp(Error),
    /// No retry mends it: nothing is fetched until the reader knows.
    Stopped(Error),
    /// The reader knows, and has not asked again.
    Told,
    /// No call will ever succeed.
    Over(Error),
}

/// What has to be asked before a partition can be fetched.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Errand {
    /// Which offset this is.
    Find(StartOffset),
    /// Whether the log of a new leader still has what was read: where this epoch ends in it.
    Compare(i32),
}

/// What to fetch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Want {
    pub(super) offset: i64,
    pub(super) max_bytes: i32,
    /// The epoch of the message before `offset`; -1 while unknown.
    pub(super) last_epoch: i32,
}

/// How a partition is read, whatever happens.
#[derive(Clone, Copy, Debug)]
pub(super) struct Manner {
    pub(super) max_fetch_size: i32,
    pub(super) limits: RetryLimits,
    pub(super) reset: OffsetReset,
}

/// From where reading was sent elsewhere.
#[derive(Clone, Copy, Debug)]
struct Sent {
    from: i64,
    /// Whether there was a good answer since: what sends it on after that is a trouble of its own.
    went_on: bool,
}

/// No offset: what is asked for is not known yet, and no answer belongs to it.
const UNKNOWN: i64 = -1;

/// One partition between the fetch loop, which fills it, and its reader, which drains it.
///
/// Every answer says at which offset it was asked for: one for an offset other than the next one was asked for
/// before a seek (or twice) and is dropped. So what is handed out is the log from the start offset on, each
/// offset once and in order, whatever mix of answers and errors arrives. Only a truncated log goes back, to where it
/// differs from what was read, and a reset goes elsewhere.
///
/// An [`Errand`] comes before any fetch. Its answer carries the number it was given, so that one that a seek has
/// overtaken is dropped too.
#[derive(Debug)]
pub(super) struct PartitionCursor {
    manner: Manner,
    /// Where the next fetch begins; [`UNKNOWN`] while that is to be found.
    next: i64,
    errand: Option<Errand>,
    /// How often the next errand or offset was decided anew.
    turns: u64,
    epochs: Epochs,
    buffer: Buffer,
    /// The reader wants nothing for a while.
    paused: bool,
    /// Reading was sent elsewhere by a reset or a truncated log, and there was no good answer so far on.
    sent: Option<Sent>,
    /// How many bytes a fetch asks for: `max_fetch_size`, or more while a batch needs more.
    fetch_size: i32,
    trouble: Trouble,
}

impl PartitionCursor {
    /// Reads from `start` on.
    pub(super) fn new(start: StartOffset, manner: Manner) -> Self {
        let mut cursor = Self {
            manner,
            next: UNKNOWN,
            errand: None,
            turns: 0,
            epochs: Epochs::default(),
            buffer: Buffer::new(manner.max_fetch_size as usize),
            paused: false,
            sent: None,
            fetch_size: manner.max_fetch_size,
            trouble: Trouble::None,
        };
        cursor.seek(start);
        cursor
    }

    /// What to fetch, if anything.
    pub(super) fn wants(&self) -> Option<Want> {
        let enough = self.buffer.is_full() || self.paused;
        let wants = !self.has_stopped() && self.errand.is_none() && !enough;
        let last_epoch = self.epochs.last().unwrap_or(-1);
        wants.then_some(Want { offset: self.next, max_bytes: self.fetch_size, last_epoch })
    }

    /// What to ask first, if anything, and its number.
    pub(super) fn errand(&self) -> Option<(u64, Errand)> {
        if self.has_stopped() { None } else { Some((self.turns, self.errand?)) }
    }

    /// Whether it is known, or being found out, where to read. If not, only a seek helps.
    fn has_place(&self) -> bool {
        self.next != UNKNOWN || self.errand.is_some()
    }

    fn has_stopped(&self) -> bool {
        matches!(self.trouble, Trouble::Stopped(_) | Trouble::Told | Trouble::Over(_))
    }

    /// How long to wait between two attempts.
    pub(super) fn retry_wait(&self) -> Duration {
        self.manner.limits.wait
    }

    /// How many bytes are charged for what waits here.
    pub(super) fn buffered(&self) -> usize {
        self.buffer.bytes()
    }

    /// The offset of the next message for a reader that has read all it took; `None` while that is to be found.
    pub(super) fn position(&self) -> Option<i64> {
        let next = self.buffer.first_offset().unwrap_or(self.next);
        (next != UNKNOWN).then_some(next)
    }

    /// The epoch of the last message that was fetched.
    pub(super) fn last_epoch(&self) -> Option<i32> {
        self.epochs.last()
    }

    /// An answer arrived. Returns how many bytes to charge for it, none if it is dropped.
    pub(super) fn arrived(&mut self, chunk: Chunk) -> usize {
        if chunk.asked != self.next || self.errand.is_some() || matches!(self.trouble, Trouble::Over(_)) {
            return 0;
        }
        self.trouble = Trouble::None;
        self.sent =
            self.sent.filter(|sent| chunk.asked < sent.from).map(|sent| Sent { went_on: true, ..sent });
        if chunk.next == chunk.asked {
            return 0;
        }
        for (epoch, offset) in &chunk.epochs {
            self.epochs.saw(*epoch, *offset);
        }
        self.next = chunk.next;
        self.fetch_size = self.manner.max_fetch_size;
        self.buffer.push(chunk)
    }

    /// An answer for `asked` held only a part of a batch of `needed` bytes, for which the next fetch must ask.
    pub(super) fn needs(&mut self, asked: i64, needed: i32) {
        if asked == self.next {
            self.fetch_size = self.fetch_size.max(needed);
        }
    }

    /// A fetch for the offset `asked` failed, or one for any offset did.
    pub(super) fn failed(&mut self, asked: Option<i64>, error: Error, now: Instant) -> Next {
        if matches!(self.trouble, Trouble::Over(_)) {
            return Next::End;
        }
        if asked.is_some_and(|asked| asked != self.next) {
            return Next::After(Duration::ZERO);
        }
        if error.is_terminal() {
            self.trouble = Trouble::Over(error);
            return Next::End;
        }
        if self.has_stopped() {
            return Next::Stop;
        }
        if error.kind() == ErrorKind::OffsetOutOfRange
            && let Some(start) = self.manner.reset.start()
        {
            let before = self.sent_from(self.next);
            self.go_to(Some(Errand::Find(start)), UNKNOWN);
            return self.sent_again(before, error, now);
        }
        if !error.is_retriable() {
            self.trouble = Trouble::Stopped(error);
            return Next::Stop;
        }
        self.retry(error, now)
    }

    /// A fetch from a follower failed: whatever it says, the leader knows better. It is asked at once the first time.
    pub(super) fn failed_nearer(&mut self, asked: Option<i64>, error: Error, now: Instant) -> Next {
        if matches!(self.trouble, Trouble::Over(_)) {
            return Next::End;
        }
        if self.has_stopped() {
            return Next::Stop;
        }
        let first = matches!(self.trouble, Trouble::None);
        if asked.is_some_and(|asked| asked != self.next) {
            return Next::After(Duration::ZERO);
        }
        let next = self.retry(error.retriable(true), now);
        if first { Next::After(Duration::ZERO) } else { next }
    }

    /// Reading is sent elsewhere from here. Returns from where it was before, unless that is over.
    fn sent_from(&mut self, from: i64) -> Option<Sent> {
        self.sent.replace(Sent { from, went_on: false })
    }

    /// At once the first time. A log that has nothing where it says that it has something is no reason to hurry, and an
    /// error if there was no good answer in between.
    fn sent_again(&mut self, before: Option<Sent>, error: Error, now: Instant) -> Next {
        match before {
            None => Next::After(Duration::ZERO),
            Some(Sent { went_on: true, .. }) => Next::After(self.manner.limits.wait),
            Some(Sent { went_on: false, .. }) => self.retry(error.retriable(true), now),
        }
    }

    fn retry(&mut self, error: Error, now: Instant) -> Next {
        if !matches!(self.trouble, Trouble::Retrying(_) | Trouble::GaveUp(_)) {
            self.trouble = Trouble::Retrying(Retry::new(self.manner.limits, now));
        }
        if let Trouble::Retrying(retry) = &mut self.trouble {
            match retry.after(error, now) {
                Ok(wait) => return Next::After(wait),
                Err(last) => self.trouble = Trouble::GaveUp(last),
            }
        }
        Next::After(self.manner.limits.wait)
    }

    // Errands.

    /// The offset that errand `turn` was sent to find.
    pub(super) fn found(&mut self, turn: u64, offset: i64) {
        if turn == self.turns && matches!(self.errand, Some(Errand::Find(_))) {
            self.go_to(None, offset);
        }
    }

    /// Errand `turn` failed. If a seek has overtaken it, that is nobody's error.
    pub(super) fn errand_failed(&mut self, turn: u64, error: Error, now: Instant) -> Next {
        if turn == self.turns {
            self.failed(None, error, now)
        } else if self.has_stopped() {
            Next::Stop
        } else {
            Next::After(Duration::ZERO)
        }
    }

    /// A new leader's log must be compared with what was read before anything is fetched from it. False: nothing is
    /// known that could differ.
    pub(super) fn compare(&mut self) -> bool {
        let Some(epoch) = self.epochs.last().filter(|_| self.errand.is_none()) else { return false };
        self.turns += 1;
        self.errand = Some(Errand::Compare(epoch));
        true
    }

    /// In the leader's log the newest epoch not newer than ours is `epoch`, and ends before `end`; both are -1 where
    /// it has none.
    pub(super) fn compared(&mut self, turn: u64, epoch: i32, end: i64, now: Instant) -> Next {
        if turn != self.turns || !matches!(self.errand, Some(Errand::Compare(_))) {
            return Next::After(Duration::ZERO);
        }
        self.errand = None;
        if Some(epoch) == self.epochs.last() && end >= self.next {
            return Next::After(Duration::ZERO);
        }
        self.diverged(self.next, epoch, end, now)
    }

    /// The answer to a fetch for `asked` says likewise that the leader's log differs from what was read.
    ///
    /// What was fetched ahead and is void is dropped, and nobody is the wiser. If messages that the reader took are
    /// void, reading goes on where the logs differ, or the reader is told.
    pub(super) fn diverged(&mut self, asked: i64, epoch: i32, end: i64, now: Instant) -> Next {
        if asked != self.next || self.errand.is_some() {
            return Next::After(Duration::ZERO);
        }
        let from = self.next;
        let next = self.cut(epoch, end);
        if next == Next::Stop {
            self.sent = None;
            return next;
        }
        let before = self.sent_from(from);
        let what = "the node says again and again that its log differs from what was read";
        self.sent_again(before, Error::new(ErrorKind::Protocol, what), now)
    }

    fn cut(&mut self, epoch: i32, end: i64) -> Next {
        if end < 0 || epoch < 0 {
            return self.nothing_in_common();
        }
        let point = self.epochs.diverge_at(epoch, end);
        if point >= self.next {
            // Nothing that was read differs: from here on theirs is the epoch before it.
            self.epochs = Epochs::known(epoch, self.next);
            return Next::After(Duration::ZERO);
        }
        self.next = self.buffer.cut(point).unwrap_or(self.next);
        if point >= self.next {
            self.epochs.truncate(self.next);
            return Next::After(Duration::ZERO);
        }
        let from = self.next;
        if self.manner.reset.start().is_some() {
            tracing::warn!(from, to = point, "the log was truncated: reading goes on where it differs");
            self.go_to(None, point);
            return Next::After(Duration::ZERO);
        }
        self.stop_to_compare(truncated(from, point))
    }

    /// The reader is told. If it goes on as if nothing had happened, the logs are compared again.
    fn stop_to_compare(&mut self, error: Error) -> Next {
        self.turns += 1;
        self.errand = self.epochs.last().map(Errand::Compare);
        self.trouble = Trouble::Stopped(error);
        Next::Stop
    }

    fn nothing_in_common(&mut self) -> Next {
        match self.manner.reset.start() {
            Some(start) => {
                self.go_to(Some(Errand::Find(start)), UNKNOWN);
                Next::After(Duration::ZERO)
            }
            None => self.stop_to_compare(another_log(self.next)),
        }
    }

    // The reader.

    /// The reader takes what comes next: a chunk, or after the last one an error. `None`: it has to wait.
    pub(super) fn take(&mut self) -> Result<Option<Chunk>> {
        if self.paused {
            return Ok(None);
        }
        if let Some(chunk) = self.buffer.pop() {
            return Ok(Some(chunk));
        }
        match std::mem::replace(&mut self.trouble, Trouble::None) {
            Trouble::GaveUp(error) => Err(error),
            Trouble::Stopped(error) => {
                self.trouble = Trouble::Told;
                Err(error)
            }
            Trouble::Over(error) => {
                self.trouble = Trouble::Over(error.clone());
                Err(error)
            }
            Trouble::Told if !self.has_place() => {
                self.trouble = Trouble::Told;
                Err(no_position())
            }
            Trouble::Told | Trouble::None => Ok(None),
            Trouble::Retrying(retry) => {
                self.trouble = Trouble::Retrying(retry);
                Ok(None)
            }
        }
    }

    /// Whether [`PartitionCursor::take`] would give something.
    pub(super) fn has_something(&self) -> bool {
        !self.paused
            && (!self.buffer.is_empty()
                || matches!(self.trouble, Trouble::GaveUp(_) | Trouble::Stopped(_) | Trouble::Over(_)))
    }

    /// The reader goes elsewhere: what was fetched is dropped, and so are errors that belong to the old place.
    pub(super) fn seek(&mut self, to: StartOffset) {
        self.drop_chunks();
        self.epochs.clear();
        self.sent = None;
        if !matches!(self.trouble, Trouble::Retrying(_) | Trouble::Over(_)) {
            self.trouble = Trouble::None;
        }
        match to {
            StartOffset::At(offset) => self.go_to(None, offset),
            StartOffset::AtEpoch(offset, epoch) => {
                self.go_to(None, offset);
                self.epochs = Epochs::known(epoch, offset);
            }
            StartOffset::Reset => match self.manner.reset.start() {
                Some(start) => self.go_to(Some(Errand::Find(start)), UNKNOWN),
                None => {
                    self.go_to(None, UNKNOWN);
                    if !matches!(self.trouble, Trouble::Over(_)) {
                        self.trouble = Trouble::Stopped(no_position());
                    }
                }
            },
            to => self.go_to(Some(Errand::Find(to)), UNKNOWN),
        }
    }

    /// The reader wants nothing for a while, or wants more again. What is here stays.
    pub(super) fn pause(&mut self, paused: bool) {
        self.paused = paused;
    }

    /// Nothing more is fetched; the reader still gets what has arrived, then `error` for ever.
    pub(super) fn end(&mut self, error: Error) {
        if !matches!(self.trouble, Trouble::Over(_)) {
            self.trouble = Trouble::Over(error);
        }
    }

    /// What was fetched is nobody's any more; the position stays.
    pub(super) fn drop_chunks(&mut self) {
        self.next = self.buffer.first_offset().unwrap_or(self.next);
        self.buffer.clear();
    }

    /// What was fetched stays; the next fetch is another one.
    fn go_to(&mut self, errand: Option<Errand>, next: i64) {
        self.turns += 1;
        self.errand = errand;
        self.next = next;
        self.fetch_size = self.manner.max_fetch_size;
        if next == UNKNOWN {
            self.epochs.clear();
        } else {
            self.epochs.truncate(next);
        }
    }
}

/// The error of a batch that no fetch can bring.
pub(super) fn too_large(needed: usize, limit: usize, offset: i64) -> Error {
    let what = format!(
        "the batch at offset {offset} has {needed} bytes, more than max_response_size ({limit}) lets in: raise it, \
         or seek past the batch"
    );
    Error::new(ErrorKind::CorruptBatch, what)
}

fn truncated(from: i64, point: i64) -> Error {
    let what = format!(
        "the log was truncated, as by an unclean election of a leader: what was read from offset {point} to before \
         {from} is not in it any more: seek to {point} to read what is there now, or set a reset policy"
    );
    Error::new(ErrorKind::LogTruncated, what).resuming_at(point)
}

fn another_log(from: i64) -> Error {
    let what = format!(
        "the leader's log has nothing in common with what was read to before offset {from}: seek to where reading \
         should go on, or set a reset policy"
    );
    Error::new(ErrorKind::LogTruncated, what)
}

fn no_position() -> Error {
    let what = "there is no position to begin at, and the reset policy is Error: seek, or set a reset policy";
    Error::new(ErrorKind::OffsetOutOfRange, what)
}

#[cfg(test)]
mod tests {
    use super::super::session::{Ask, FetchSession};
    use super::*;
    use kafka_proto::ErrorCode;
    use proptest::prelude::*;

    fn cursor(offset: i64) -> PartitionCursor {
        let limits = RetryLimits {
            attempts: None,
            total: Some(Duration::from_mins(1)),
            wait: Duration::from_millis(500),
        };
        PartitionCursor::new(
            StartOffset::At(offset),
            Manner { max_fetch_size: 1000, limits, reset: OffsetReset::Error },
        )
    }

    fn chunk(asked: i64, next: i64) -> Chunk {
        Chunk::for_test(asked, next, 100)
    }

    fn sized(want: Option<Want>) -> Option<(i64, i32)> {
        want.map(|want| (want.offset, want.max_bytes))
    }

    fn moved() -> Error {
        Error::from_code(ErrorCode::NOT_LEADER_OR_FOLLOWER)
    }

    #[test]
    fn an_answer_asked_for_before_a_seek_is_dropped() {
        let mut cursor = cursor(0);
        cursor.seek(StartOffset::At(50));
        assert_eq!(cursor.arrived(chunk(0, 10)), 0);
        assert_eq!(sized(cursor.wants()), Some((50, 1000)));
        let stale = Error::from_code(ErrorCode::OFFSET_OUT_OF_RANGE);
        cursor.failed(Some(0), stale, Instant::now());
        assert!(cursor.take().unwrap().is_none(), "an error of the old place is none of the new one");
    }

    #[test]
    fn a_log_that_differs_after_every_good_answer_is_not_asked_without_pause() {
        let now = Instant::now();
        let mut cursor = cursor(0);
        let far = |at: i64| Chunk { epochs: vec![(3, 0)], ..chunk(0, at) };
        let mut waits = Vec::new();
        for round in 0..3 {
            // Only as far as asked for is the answer good.
            assert!(cursor.arrived(far(i64::MAX - 9 + round)) > 0);
            waits.push(cursor.diverged(i64::MAX - 9 + round, 3, 0, now));
        }
        let (at_once, later) = (Next::After(Duration::ZERO), Next::After(Duration::from_millis(500)));
        assert_eq!(waits, [at_once, later, later]);

        // A log that goes on from there may differ again.
        assert!(cursor.arrived(Chunk { epochs: vec![(3, 0)], ..chunk(0, i64::MAX - 5) }) > 0);
        cursor.arrived(chunk(i64::MAX - 5, i64::MAX - 4));
        assert_eq!(cursor.diverged(i64::MAX - 4, 3, 0, now), at_once);
    }

    #[test]
    fn a_second_reset_after_good_answers_is_no_failure_and_one_without_any_is() {
        let now = Instant::now();
        let limits = RetryLimits { attempts: Some(1), total: None, wait: Duration::from_millis(500) };
        let manner = Manner { max_fetch_size: 1000, limits, reset: OffsetReset::Oldest };
        let mut cursor = PartitionCursor::new(StartOffset::At(1_000), manner);
        let gone = || Error::from_code(ErrorCode::OFFSET_OUT_OF_RANGE);
        let found = |cursor: &mut PartitionCursor, offset| {
            let (turn, _) = cursor.errand().unwrap();
            cursor.found(turn, offset);
        };
        assert_eq!(cursor.failed(Some(1_000), gone(), now), Next::After(Duration::ZERO));
        found(&mut cursor, 10);
        cursor.arrived(chunk(10, 20));
        assert!(cursor.take().unwrap().is_some());
        assert_eq!(cursor.failed(Some(20), gone(), now), Next::After(Duration::from_millis(500)));
        assert!(cursor.take().unwrap().is_none(), "a policy was set for that");
        found(&mut cursor, 30);
        cursor.failed(Some(30), gone(), now);
        assert_eq!(cursor.take().unwrap_err().kind(), ErrorKind::OffsetOutOfRange);
    }

    #[test]
    fn the_position_of_a_reader_that_has_gone_is_before_what_it_did_not_take() {
        let mut cursor = cursor(0);
        cursor.arrived(chunk(0, 10));
        cursor.arrived(chunk(10, 20));
        cursor.take().unwrap();
        cursor.drop_chunks();
        assert_eq!(cursor.position(), Some(10));
    }

    #[test]
    fn a_full_buffer_is_left_alone_until_half_of_it_is_read() {
        let mut cursor = cursor(0);
        let mut next = 0;
        while cursor.wants().is_some() {
            assert!(cursor.arrived(chunk(next, next + 1)) > 0);
            next += 1;
        }
        let filled = cursor.buffered();
        assert!(filled >= 1000);
        while cursor.wants().is_none() {
            assert!(cursor.buffered() > 500);
            assert!(cursor.take().unwrap().is_some());
        }
        assert!(cursor.buffered() <= 500);
    }

    #[test]
    fn a_short_outage_is_not_seen_and_a_long_one_is_told_with_the_handle_still_usable() {
        let mut cursor = cursor(0);
        let mut now = Instant::now();
        let begin = now;
        while !cursor.has_something() {
            let Next::After(wait) = cursor.failed(None, moved(), now) else { panic!("a retry mends this") };
            now += wait;
        }
        assert!(now - begin >= Duration::from_secs(59), "{:?}", now - begin);
        let error = cursor.take().unwrap_err();
        assert!(error.to_string().contains("gave up after"), "{error}");
        assert_eq!(error.code(), Some(ErrorCode::NOT_LEADER_OR_FOLLOWER));
        assert!(cursor.take().unwrap().is_none(), "told once");
        assert!(cursor.arrived(chunk(0, 5)) > 0);
        assert_eq!(cursor.take().unwrap().unwrap().next, 5);
    }

    #[test]
    fn success_ends_an_outage_that_nobody_noticed() {
        let mut cursor = cursor(0);
        let now = Instant::now();
        cursor.failed(None, moved(), now);
        cursor.failed(None, moved(), now + Duration::from_mins(2));
        assert!(cursor.has_something());
        cursor.arrived(chunk(0, 5));
        assert!(cursor.take().unwrap().is_some());
        assert!(cursor.take().unwrap().is_none());
    }

    #[test]
    fn an_error_comes_after_what_arrived_before_it_and_stops_fetching_until_it_is_known() {
        let mut cursor = cursor(0);
        cursor.arrived(chunk(0, 5));
        let gone = Error::new(ErrorKind::OffsetOutOfRange, "gone");
        assert_eq!(cursor.failed(Some(5), gone, Instant::now()), Next::Stop);
        assert_eq!(cursor.wants(), None);
        assert!(cursor.take().unwrap().is_some());
        assert_eq!(cursor.take().unwrap_err().kind(), ErrorKind::OffsetOutOfRange);
        assert_eq!(cursor.wants(), None, "not before the reader asks again");
        assert!(cursor.take().unwrap().is_none());
        assert_eq!(sized(cursor.wants()), Some((5, 1000)), "at the same place");
    }

    #[test]
    fn without_a_position_and_a_reset_policy_nothing_is_read_until_a_seek() {
        let mut cursor = cursor(0);
        cursor.seek(StartOffset::Reset);
        for _ in 0..3 {
            assert_eq!(cursor.take().unwrap_err().kind(), ErrorKind::OffsetOutOfRange);
            assert_eq!((cursor.wants(), cursor.errand(), cursor.position()), (None, None, None));
            assert_eq!(cursor.failed(None, moved(), Instant::now()), Next::Stop);
            assert_eq!(cursor.failed_nearer(None, moved(), Instant::now()), Next::Stop);
        }
        cursor.seek(StartOffset::At(7));
        assert!(cursor.take().unwrap().is_none());
        assert_eq!(sized(cursor.wants()), Some((7, 1000)));
    }

    #[test]
    fn an_errand_that_a_seek_has_overtaken_fails_for_nobody() {
        let mut cursor = cursor(0);
        cursor.seek(StartOffset::Since(5));
        let (first, _) = cursor.errand().unwrap();
        cursor.seek(StartOffset::Oldest);
        let (second, _) = cursor.errand().unwrap();
        let denied = || Error::from_code(ErrorCode::UNSUPPORTED_VERSION);
        assert_eq!(cursor.errand_failed(first, denied(), Instant::now()), Next::After(Duration::ZERO));
        assert!(cursor.take().unwrap().is_none());
        assert_eq!(cursor.errand_failed(second, denied(), Instant::now()), Next::End);
        assert!(cursor.take().is_err());
    }

    #[test]
    fn a_terminal_error_is_told_every_time() {
        let mut cursor = cursor(0);
        let denied = Error::from_code(ErrorCode::TOPIC_AUTHORIZATION_FAILED);
        assert_eq!(cursor.failed(Some(0), denied, Instant::now()), Next::End);
        for _ in 0..3 {
            assert_eq!(cursor.take().unwrap_err().kind(), ErrorKind::Authorization);
        }
        cursor.seek(StartOffset::At(7));
        assert!(cursor.take().is_err());
    }

    #[test]
    fn a_batch_larger_than_the_fetch_size_is_asked_for_until_it_is_here() {
        let mut cursor = cursor(0);
        cursor.needs(0, 5000);
        assert_eq!(sized(cursor.wants()), Some((0, 5000)));
        cursor.arrived(chunk(0, 1));
        cursor.take().unwrap();
        assert_eq!(sized(cursor.wants()), Some((1, 1000)));
    }

    #[derive(Clone, Debug)]
    enum Step {
        /// The node answers with this many offsets, or with a part of a batch.
        Answer(i64),
        Truncated,
        /// The session is evicted while the answer is under way.
        Evicted,
        LostConnection,
        LeaderMoved,
        Read,
        Seek(i64),
        /// An answer to the request before the last arrives again, as one in flight across a seek does.
        Late(i64),
    }

    fn steps() -> impl Strategy<Value = Vec<Step>> {
        let step = prop_oneof![
            4 => (0..5_i64).prop_map(Step::Answer),
            1 => Just(Step::Truncated),
            1 => Just(Step::Evicted),
            1 => Just(Step::LostConnection),
            1 => Just(Step::LeaderMoved),
            4 => Just(Step::Read),
            1 => (0..50_i64).prop_map(Step::Seek),
            1 => (0..50_i64).prop_map(Step::Late),
        ];
        prop::collection::vec(step, 1..300)
    }

    proptest! {
        #[test]
        fn every_offset_is_handed_out_once_and_in_order(steps in steps()) {
            let mut now = Instant::now();
            let mut cursor = cursor(3);
            let mut session = FetchSession::new();
            let mut expected = 3;
            for step in steps {
                now += Duration::from_millis(10);
                match cursor.wants() {
                    Some(want) => session.want(1, Ask::of(want, 0)),
                    None => session.leave(1),
                }
                match step {
                    Step::Answer(count) => {
                        session.plan(true);
                        session.answered(ErrorCode::NONE, 9);
                        if let Some(told) = session.told(1) {
                            cursor.arrived(chunk(told.offset, told.offset + count));
                        }
                    }
                    Step::Truncated => {
                        session.plan(true);
                        session.answered(ErrorCode::NONE, 9);
                        if let Some(told) = session.told(1) {
                            cursor.needs(told.offset, 4000);
                        }
                    }
                    Step::Evicted => {
                        session.plan(true);
                        session.answered(ErrorCode::FETCH_SESSION_ID_NOT_FOUND, 0);
                    }
                    Step::LostConnection => {
                        session.plan(true);
                        session.reset();
                        cursor.failed(None, Error::new(ErrorKind::Connect, "lost"), now);
                    }
                    Step::LeaderMoved => {
                        session.plan(true);
                        session.answered(ErrorCode::NONE, 9);
                        if let Some(told) = session.told(1) {
                            cursor.failed(Some(told.offset), moved(), now);
                        }
                    }
                    Step::Late(offset) => {
                        cursor.arrived(chunk(offset, offset + 2));
                    }
                    Step::Seek(offset) => {
                        cursor.seek(StartOffset::At(offset));
                        expected = offset;
                    }
                    Step::Read => {
                        if let Some(chunk) = cursor.take().unwrap() {
                            prop_assert_eq!(chunk.asked, expected);
                            expected = chunk.next;
                        }
                    }
                }
            }
            while let Some(chunk) = cursor.take().unwrap() {
                prop_assert_eq!(chunk.asked, expected);
                expected = chunk.next;
            }
            prop_assert_eq!(cursor.buffered(), 0);
        }
    }
}
