//! Which partitions have something to send to one node, and when it goes. Pure.

use std::collections::VecDeque;
use std::task::Waker;
use std::time::Duration;

use tokio::time::Instant;

use crate::config::Linger;

/// With nothing in flight, open batches of no more than this together go at once.
pub(super) const SMALL: usize = 2 << 10;

/// How long a larger backlog waits for a batch to fill up while nothing is in flight.
const HOLD: Duration = Duration::from_millis(1);

/// How old an open batch becomes at the most while requests are in flight.
const CEILING: Duration = Duration::from_millis(5);

/// The lists of one node. `P` is a partition; each stands in `full` (or `later`) at most once, and in `open` at
/// most once: the partition's queue remembers whether it does.
#[derive(Debug)]
pub(super) struct Lists<P> {
    linger: Linger,
    full: VecDeque<P>,
    open: VecDeque<(P, Instant)>,
    later: Vec<(Instant, P)>,
    held_since: Option<Instant>,
    asleep: Option<(Wants, Waker)>,
    /// What was put down since the sender began to look.
    news: Option<Wants>,
}

/// What a sleeping sender is to be woken for, beside answers and its own timer; each includes those above it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Wants {
    /// Only what concerns every sender: as many requests as may be are in flight.
    Nothing,
    /// Full batches: for the open ones a timer runs.
    Full,
    /// Open batches as well.
    Open,
}

/// What is on its way to the node.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Traffic {
    None,
    /// One request, sent as soon as its first record was there: those that came right behind it don't wait for its
    /// answer, but as long as a backlog waits that finds nothing on its way.
    Lone,
    Some,
}

/// Whether open batches may go now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Opening {
    /// Those that were opened until then.
    Until(Instant),
    /// None before this time, if there are any at all.
    Wait(Option<Instant>),
}

impl<P> Lists<P> {
    pub(super) fn new(linger: Linger) -> Self {
        let (full, open) = (VecDeque::new(), VecDeque::new());
        Self { linger, full, open, later: Vec::new(), held_since: None, asleep: None, news: None }
    }

    /// A partition has full batches. Returns the sender to wake, if it is to be woken.
    #[must_use]
    pub(super) fn push_full(&mut self, partition: P) -> Option<Waker> {
        self.full.push_back(partition);
        self.woken_for(Wants::Full)
    }

    /// A partition has begun an open batch.
    #[must_use]
    pub(super) fn push_open(&mut self, partition: P, since: Instant) -> Option<Waker> {
        self.open.push_back((partition, since));
        if self.open.len() == 1 { self.woken_for(Wants::Open) } else { None }
    }

    /// A partition may send again at `when`.
    #[must_use]
    pub(super) fn push_later(&mut self, partition: P, when: Instant) -> Option<Waker> {
        self.later.push((when, partition));
        self.woken_for(Wants::Nothing)
    }

    /// The sender is to look again, whatever it waits for.
    #[must_use]
    pub(super) fn nudge(&mut self) -> Option<Waker> {
        self.woken_for(Wants::Nothing)
    }

    fn woken_for(&mut self, what: Wants) -> Option<Waker> {
        match &self.asleep {
            Some((wants, _)) if what <= *wants => self.asleep.take().map(|(_, waker)| waker),
            Some(_) => None,
            None => {
                self.news = Some(self.news.map_or(what, |news| news.min(what)));
                None
            }
        }
    }

    /// The sender is awake and begins to look for something to send.
    pub(super) fn awake(&mut self) {
        (self.asleep, self.news) = (None, None);
    }

    /// The sender found nothing to send and goes to sleep; `false` if what it wants has come since it looked.
    #[must_use]
    pub(super) fn sleep(&mut self, wants: Wants, waker: &Waker) -> bool {
        if self.news.take().is_some_and(|what| what <= wants) {
            return false;
        }
        self.asleep = Some((wants, waker.clone()));
        true
    }

    /// The next partition with full batches, or one whose waiting is over at `now`.
    pub(super) fn next_full(&mut self, now: Instant) -> Option<P> {
        if let Some(due) = self.later.iter().position(|(when, _)| *when <= now) {
            return Some(self.later.remove(due).1);
        }
        self.full.pop_front()
    }

    /// Puts back what did not fit, to be the first next time.
    pub(super) fn put_back(&mut self, partition: P) {
        self.full.push_front(partition);
    }

    /// Whether open batches may go at `now`, with no full ones left. `bytes` is how much a partition's open batch
    /// holds; `pressed`: memory has run out.
    pub(super) fn opening(
        &mut self,
        traffic: Traffic,
        pressed: bool,
        now: Instant,
        bytes: impl Fn(&P) -> usize,
    ) -> Opening {
        let Some((_, oldest)) = self.open.front() else {
            self.held_since = None;
            return Opening::Wait(None);
        };
        // Another thread may have begun it since the sender read the clock: it is not left to a timer that nobody sets.
        let now = now.max(*oldest);
        match self.linger {
            Linger::Fixed(_) if pressed => Opening::Until(now),
            Linger::Fixed(linger) => due(*oldest + linger, now, linger),
            Linger::Auto if traffic == Traffic::Some => due(*oldest + CEILING, now, CEILING),
            Linger::Auto if traffic == Traffic::None && (pressed || self.is_small(bytes)) => {
                Opening::Until(now)
            }
            Linger::Auto => {
                let held_since = *self.held_since.get_or_insert(now);
                due(held_since + HOLD, now, Duration::ZERO)
            }
        }
    }

    /// The next partition that began an open batch by then.
    pub(super) fn next_open(&mut self, until: Instant) -> Option<P> {
        let (_, since) = self.open.front()?;
        if *since > until {
            return None;
        }
        self.open.pop_front().map(|(partition, _)| partition)
    }

    /// A request went out: holding begins anew.
    pub(super) fn sent(&mut self) {
        self.held_since = None;
    }

    /// When the first of the delayed partitions may send.
    pub(super) fn next_later(&self) -> Option<Instant> {
        self.later.iter().map(|(when, _)| *when).min()
    }

    /// The partition that is all there is, if it is.
    pub(super) fn lone(&self) -> Option<&P> {
        let mut all = self.full.iter().chain(self.open.iter().map(|(partition, _)| partition));
        all.next().filter(|_| self.full.len() + self.open.len() == 1 && self.later.is_empty())
    }

    /// Whether there is anything at all.
    pub(super) fn is_empty(&self) -> bool {
        self.full.is_empty() && self.open.is_empty() && self.later.is_empty()
    }

    /// Takes out every partition: with full batches (or delayed), and with open ones.
    pub(super) fn drain(&mut self) -> (Vec<P>, Vec<(P, Instant)>) {
        let full = self.full.drain(..).chain(self.later.drain(..).map(|(_, partition)| partition)).collect();
        (full, self.open.drain(..).collect())
    }

    /// At most so many are looked at: each open batch holds a record, and a record more than this share.
    fn is_small(&self, bytes: impl Fn(&P) -> usize) -> bool {
        const LEAST: usize = 64;
        if self.open.len() > SMALL / LEAST {
            return false;
        }
        self.open.iter().map(|(partition, _)| bytes(partition)).sum::<usize>() <= SMALL
    }
}

fn due(when: Instant, now: Instant, age: Duration) -> Opening {
    if when > now {
        return Opening::Wait(Some(when));
    }
    Opening::Until(now.checked_sub(age).unwrap_or(now))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
    use std::task::Wake;

    /// A partition is the number of bytes that its open batch holds.
    fn lists(linger: Linger, open: &[usize]) -> (Lists<usize>, Instant) {
        let now = Instant::now();
        let mut lists = Lists::new(linger);
        for bytes in open {
            let _nobody = lists.push_open(*bytes, now);
        }
        (lists, now)
    }

    fn opening(lists: &mut Lists<usize>, traffic: Traffic, now: Instant) -> Opening {
        lists.opening(traffic, false, now, |bytes| *bytes)
    }

    #[test]
    fn a_small_backlog_goes_at_once_when_nothing_is_in_flight() {
        let (mut lists, now) = lists(Linger::Auto, &[1000, 1000]);
        assert_eq!(opening(&mut lists, Traffic::None, now), Opening::Until(now));
    }

    #[test]
    fn a_larger_backlog_is_held_for_a_millisecond() {
        let (mut lists, now) = lists(Linger::Auto, &[1000, 2000]);
        assert_eq!(opening(&mut lists, Traffic::None, now), Opening::Wait(Some(now + HOLD)));
        let later = now + HOLD;
        assert_eq!(opening(&mut lists, Traffic::None, later), Opening::Until(later));
        lists.sent();
        assert_eq!(
            opening(&mut lists, Traffic::None, later),
            Opening::Wait(Some(later + HOLD)),
            "holding began anew"
        );
    }

    #[test]
    fn what_comes_right_behind_a_lone_record_waits_a_millisecond_however_little_it_is() {
        let (mut lists, now) = lists(Linger::Auto, &[10]);
        assert_eq!(opening(&mut lists, Traffic::Lone, now), Opening::Wait(Some(now + HOLD)));
        let later = now + HOLD;
        assert_eq!(opening(&mut lists, Traffic::Lone, later), Opening::Until(later));
    }

    #[test]
    fn no_open_batch_goes_while_requests_are_in_flight_except_at_the_ceiling() {
        let (mut lists, now) = lists(Linger::Auto, &[10]);
        assert_eq!(opening(&mut lists, Traffic::Some, now), Opening::Wait(Some(now + CEILING)));
        let later = now + CEILING;
        let _nobody = lists.push_open(20, later);
        assert_eq!(opening(&mut lists, Traffic::Some, later), Opening::Until(now));
        assert_eq!(lists.next_open(now), Some(10));
        assert_eq!(lists.next_open(now), None, "the second is younger");
    }

    #[test]
    fn a_fixed_linger_counts_each_batch_from_its_opening_whatever_is_in_flight() {
        let linger = Duration::from_millis(20);
        let (mut lists, now) = lists(Linger::Fixed(linger), &[10]);
        for traffic in [Traffic::None, Traffic::Lone, Traffic::Some] {
            assert_eq!(opening(&mut lists, traffic, now), Opening::Wait(Some(now + linger)));
            assert_eq!(opening(&mut lists, traffic, now + linger), Opening::Until(now));
        }
    }

    #[test]
    fn open_batches_go_when_memory_has_run_out_and_nothing_is_in_flight() {
        for linger in [Linger::Auto, Linger::Fixed(Duration::from_hours(1))] {
            let (mut lists, now) = lists(linger, &[10_000]);
            assert_eq!(lists.opening(Traffic::None, true, now, |bytes| *bytes), Opening::Until(now));
        }
    }

    #[test]
    fn a_batch_begun_after_the_sender_read_its_clock_goes_all_the_same() {
        for linger in [Linger::Auto, Linger::Fixed(Duration::ZERO)] {
            let (mut lists, begun) = lists(linger, &[10]);
            let Some(before) = begun.checked_sub(Duration::from_micros(1)) else { continue };
            assert_eq!(opening(&mut lists, Traffic::None, before), Opening::Until(begun));
            assert_eq!(lists.next_open(begun), Some(10));
        }
    }

    #[derive(Default)]
    struct Woken(AtomicUsize);

    impl Wake for Woken {
        fn wake(self: Arc<Self>) {
            self.0.fetch_add(1, Relaxed);
        }
    }

    #[test]
    fn a_sender_is_woken_once_and_only_for_what_it_waits_for() {
        let woken = Arc::new(Woken::default());
        let (mut lists, now) = lists(Linger::Auto, &[]);
        assert!(lists.sleep(Wants::Full, &woken.clone().into()));
        assert!(lists.push_open(1, now).is_none());
        lists.push_full(2).unwrap().wake();
        assert!(lists.push_full(3).is_none(), "awake already");
        assert_eq!(woken.0.load(Relaxed), 1);
        lists.awake();
        assert!(lists.sleep(Wants::Nothing, &woken.clone().into()));
        assert!(lists.push_full(4).is_none());
        assert!(lists.nudge().is_some());
    }

    #[test]
    fn only_the_first_open_batch_wakes_for_the_timer_runs_for_the_rest() {
        let (mut lists, now) = lists(Linger::Auto, &[]);
        assert!(lists.sleep(Wants::Open, Waker::noop()));
        assert!(lists.push_open(1, now).is_some());
        lists.awake();
        assert!(lists.sleep(Wants::Open, Waker::noop()));
        assert!(lists.push_open(2, now).is_none());
    }

    #[test]
    fn what_comes_while_the_sender_looks_keeps_it_awake() {
        let (mut lists, now) = lists(Linger::Auto, &[]);
        lists.awake();
        assert!(lists.push_open(1, now).is_none());
        assert!(lists.sleep(Wants::Full, Waker::noop()), "a timer runs for open batches");
        lists.awake();
        let _drained = lists.drain();
        assert!(lists.push_open(1, now).is_none());
        assert!(!lists.sleep(Wants::Open, Waker::noop()), "no timer runs for it");
        lists.awake();
        assert!(lists.push_full(2).is_none());
        assert!(!lists.sleep(Wants::Full, Waker::noop()));
        assert!(lists.sleep(Wants::Full, Waker::noop()), "it has looked again");
    }

    #[test]
    fn delayed_partitions_come_back_when_their_time_has_come() {
        let (mut lists, now) = lists(Linger::Auto, &[]);
        let when = now + Duration::from_millis(100);
        let _nobody = lists.push_later(1, when);
        assert_eq!(lists.next_full(now), None);
        assert_eq!(lists.next_later(), Some(when));
        assert_eq!(lists.next_full(when), Some(1));
        assert!(lists.is_empty());
    }
}
