//! Records gathered into batches, one of each partition open at a time. Pure.

use std::collections::VecDeque;
use std::time::Duration;

use tokio::time::Instant;

use crate::api::{BatchLife, Record, Result, TopicName};
use crate::config::BatchBuilderConf;
use crate::producer::{Beginning, HEADER, RawBatch, size_of};

/// A batch that takes no more records.
#[derive(Debug)]
pub(super) struct Closed {
    pub(super) raw: RawBatch,
    pub(super) life: Box<BatchLife>,
}

/// When batches are closed, and how many may wait to be built.
#[derive(Clone, Copy, Debug)]
pub(super) struct Rules {
    pub(super) min_records: usize,
    pub(super) min_bytes: usize,
    pub(super) max_bytes: usize,
    pub(super) linger: Option<Duration>,
    pub(super) most_waiting: usize,
}

impl From<&BatchBuilderConf> for Rules {
    fn from(conf: &BatchBuilderConf) -> Self {
        Self {
            min_records: conf.min_records,
            min_bytes: conf.min_uncompressed_bytes,
            max_bytes: conf.max_uncompressed_bytes,
            linger: conf.linger,
            most_waiting: conf.num_workers,
        }
    }
}

/// The open batches, and the closed ones until somebody builds them. Time only moves forward.
#[derive(Debug)]
pub(super) struct Collector {
    topic: TopicName,
    rules: Rules,
    /// One of each partition, and behind them the one for any.
    open: Vec<Option<Open>>,
    /// The open batches in the order in which they were begun, and some that are closed by now.
    begun: VecDeque<(usize, u64)>,
    next_number: u64,
    closed: VecDeque<Closed>,
    ended: bool,
}

#[derive(Debug)]
struct Open {
    number: u64,
    opened: Instant,
    batch: Closed,
}

/// What became of a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Added {
    Yes {
        /// The batch is closed.
        filled: bool,
        /// Whoever builds has to look: for something to do, or for the time of it.
        news: bool,
    },
    /// Too many closed batches wait.
    NoRoom,
    /// There is no more taken.
    Ended,
}

impl Collector {
    pub(super) fn new(topic: TopicName, partitions: i32, rules: Rules) -> Self {
        Self {
            topic,
            rules,
            open: (0..=partitions).map(|_| None).collect(),
            begun: VecDeque::new(),
            next_number: 0,
            closed: VecDeque::new(),
            ended: false,
        }
    }

    /// Takes a record for a partition that the topic has, or for any. `begin` gives the times and the memory when a
    /// batch begins.
    pub(super) fn add(
        &mut self,
        record: &Record<'_>,
        partition: Option<i32>,
        begin: impl FnOnce() -> Beginning,
    ) -> Result<Added> {
        if self.ended {
            return Ok(Added::Ended);
        }
        if self.closed.len() >= self.rules.most_waiting {
            return Ok(Added::NoRoom);
        }
        let at = partition.map_or(self.open.len() - 1, |partition| partition as usize);
        let size = size_of(record);
        let most = self.rules.max_bytes;
        let is_over = |open: &Open| {
            let raw = &open.batch.raw;
            raw.len() + size > most && raw.len().saturating_add(raw.grows_by(record)) > most
        };
        let mut news = false;
        if self.open[at].as_ref().is_some_and(is_over) {
            self.close(at);
            news = true;
        }
        let before = &mut self.open[at];
        let open = match before {
            Some(open) => open,
            None => {
                let beginning = begin();
                let (wall, opened) = (beginning.timestamp, beginning.opened);
                let life = Box::new(BatchLife::opened(self.topic.clone(), partition, wall, opened));
                let number = self.next_number;
                self.next_number += 1;
                news |= self.begun.is_empty() && self.rules.linger.is_some();
                self.begun.push_back((at, number));
                let batch = Closed { raw: RawBatch::new(0, 0, beginning), life };
                before.insert(Open { number, opened, batch })
            }
        };
        if let Err(error) = open.batch.raw.add(record) {
            if open.batch.raw.records == 0 {
                self.open[at] = None;
            }
            return Err(error);
        }
        let (len, records) = (open.batch.raw.len(), open.batch.raw.records as usize);
        let enough = records >= self.rules.min_records && len - HEADER >= self.rules.min_bytes;
        let filled = enough || len >= self.rules.max_bytes;
        if filled {
            self.close(at);
        }
        Ok(Added::Yes { filled, news: news || filled })
    }

    fn close(&mut self, at: usize) {
        let Some(Open { mut batch, .. }) = self.open[at].take() else { return };
        if self.begun.len() > 2 * self.open.len() {
            // One that stays open does not keep all those that were closed since.
            let open = &self.open;
            self.begun.retain(|(at, number)| open[*at].as_ref().is_some_and(|open| open.number == *number));
        }
        batch.life.build_enqueued(batch.raw.records, batch.raw.len());
        self.closed.push_back(batch);
    }

    /// Closes what has become as old as it may.
    pub(super) fn expire(&mut self, now: Instant) {
        if let Some(linger) = self.rules.linger {
            self.close_older(now, linger);
        }
    }

    /// Closes what is at least so old.
    pub(super) fn close_older(&mut self, now: Instant, than: Duration) {
        while let Some((at, opened)) = self.oldest()
            && now.saturating_duration_since(opened) >= than
        {
            self.close(at);
        }
    }

    /// When the oldest open batch is as old as it may be.
    pub(super) fn next_expiry(&mut self) -> Option<Instant> {
        let linger = self.rules.linger?;
        self.oldest().map(|(_, opened)| opened + linger)
    }

    fn oldest(&mut self) -> Option<(usize, Instant)> {
        while let Some((at, number)) = self.begun.front().copied() {
            if let Some(open) = self.open[at].as_ref().filter(|open| open.number == number) {
                return Some((at, open.opened));
            }
            self.begun.pop_front();
        }
        None
    }

    /// Takes no more, and closes all there is.
    pub(super) fn end(&mut self) {
        self.ended = true;
        while let Some((at, _)) = self.oldest() {
            self.close(at);
        }
    }

    /// Nobody wants what is built any more.
    pub(super) fn abandon(&mut self) {
        self.end();
        self.closed.clear();
    }

    /// The next batch to build, in the order in which they were closed.
    pub(super) fn next_closed(&mut self) -> Option<Closed> {
        self.closed.pop_front()
    }

    /// Whether there is and will be nothing to build.
    pub(super) fn is_done(&self) -> bool {
        self.ended && self.closed.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::Done;
    use proptest::prelude::*;

    fn rules() -> Rules {
        Rules {
            min_records: 2,
            min_bytes: 0,
            max_bytes: 1_000,
            linger: Some(Duration::from_millis(100)),
            most_waiting: 3,
        }
    }

    fn add(collector: &mut Collector, value: &str, partition: Option<i32>, now: Instant) -> Added {
        let begin = || Beginning { opened: now, timestamp: 0, buffer: Vec::new(), done: Done::default() };
        collector.add(&Record::to("t").value(value), partition, begin).unwrap()
    }

    const TAKEN: Added = Added::Yes { filled: false, news: false };

    #[test]
    fn a_batch_goes_with_its_least_of_records_and_of_bytes() {
        let now = Instant::now();
        let mut collector = Collector::new("t".into(), 2, Rules { min_bytes: 50, ..rules() });
        add(&mut collector, "a", Some(0), now);
        assert_eq!(add(&mut collector, "b", Some(0), now), TAKEN, "two records, and not 50 bytes");
        assert!(collector.next_closed().is_none());
        let long = "x".repeat(50);
        add(&mut collector, &long, Some(1), now);
        assert!(collector.next_closed().is_none(), "50 bytes, and not two records");
        assert_eq!(add(&mut collector, &long, Some(0), now), Added::Yes { filled: true, news: true });
        assert_eq!(collector.next_closed().unwrap().life.partition, Some(0));
    }

    #[test]
    fn a_record_that_would_be_too_much_begins_another_batch() {
        let now = Instant::now();
        let mut collector = Collector::new("t".into(), 1, Rules { min_records: 100, ..rules() });
        add(&mut collector, &"x".repeat(700), None, now);
        add(&mut collector, &"y".repeat(700), None, now);
        let closed = collector.next_closed().unwrap();
        assert_eq!((closed.raw.records, closed.life.partition), (1, None));
        assert_eq!(
            add(&mut collector, &"z".repeat(5_000), None, now),
            Added::Yes { filled: true, news: true },
            "it is a batch of its own"
        );
    }

    #[test]
    fn a_record_that_just_fits_is_taken_into_its_batch() {
        let now = Instant::now();
        let begin = || Beginning { opened: now, timestamp: 0, buffer: Vec::new(), done: Done::default() };
        let mut whole = RawBatch::new(0, 0, begin());
        for _ in 0..20 {
            whole.add(&Record::to("t").value("x")).unwrap();
        }
        for (max_bytes, expected) in [(whole.len(), 20), (whole.len() - 1, 19)] {
            let rules = Rules { min_records: 100, max_bytes, linger: None, ..rules() };
            let mut collector = Collector::new("t".into(), 1, rules);
            for _ in 0..20 {
                add(&mut collector, "x", None, now);
            }
            collector.end();
            assert_eq!(collector.next_closed().unwrap().raw.records, expected);
        }
    }

    #[test]
    fn too_many_closed_batches_leave_no_room() {
        let now = Instant::now();
        let mut collector = Collector::new("t".into(), 1, Rules { min_records: 1, ..rules() });
        for _ in 0..3 {
            assert!(matches!(add(&mut collector, "a", None, now), Added::Yes { .. }));
        }
        assert_eq!(add(&mut collector, "a", None, now), Added::NoRoom);
        collector.next_closed().unwrap();
        assert!(matches!(add(&mut collector, "a", None, now), Added::Yes { .. }));
        collector.end();
        assert_eq!(add(&mut collector, "a", None, now), Added::Ended);
    }

    #[test]
    fn only_what_is_old_enough_is_closed() {
        let begun = Instant::now();
        let mut collector = Collector::new("t".into(), 2, rules());
        assert_eq!(
            add(&mut collector, "a", Some(0), begun),
            Added::Yes { filled: false, news: true },
            "there is a time to wait for"
        );
        let later = begun + Duration::from_millis(60);
        assert_eq!(add(&mut collector, "b", Some(1), later), TAKEN);
        assert_eq!(collector.next_expiry(), Some(begun + Duration::from_millis(100)));
        collector.expire(begun + Duration::from_millis(99));
        assert!(collector.next_closed().is_none());
        collector.expire(begun + Duration::from_millis(100));
        assert_eq!(collector.next_closed().unwrap().life.partition, Some(0));
        assert!(collector.next_closed().is_none());
        collector.close_older(begun + Duration::from_millis(100), Duration::from_millis(40));
        assert_eq!(collector.next_closed().unwrap().life.partition, Some(1));
        assert_eq!(collector.next_expiry(), None);
    }

    #[test]
    fn a_batch_that_stays_open_costs_no_memory_for_those_that_come_and_go() {
        let now = Instant::now();
        let mut collector = Collector::new("t".into(), 2, Rules { linger: None, ..rules() });
        add(&mut collector, "a", Some(0), now);
        for _ in 0..10_000 {
            add(&mut collector, "b", Some(1), now);
            collector.next_closed();
        }
        assert!(collector.begun.len() < 10, "{}", collector.begun.len());
        collector.end();
        assert_eq!(collector.next_closed().unwrap().life.partition, Some(0));
    }

    proptest! {
        /// Whatever is added, flushed and built in whatever order: each record is in one batch of its partition, in the
        /// order of its partition's records.
        #[test]
        fn no_record_is_lost_doubled_or_out_of_order(
            steps in proptest::collection::vec((0..4_i32, 0..400_usize, 0..10_u8), 1..200)
        ) {
            let now = Instant::now();
            let mut collector = Collector::new("t".into(), 3, rules());
            let mut expected = vec![Vec::new(); 4];
            let mut built = vec![Vec::new(); 4];
            let mut take = |collector: &mut Collector| {
                let Some(closed) = collector.next_closed() else { return false };
                let at = closed.life.partition.map_or(3, |partition| partition as usize);
                let decode = closed.raw.into_decoder("t".into(), 0).unwrap();
                built[at].extend((0..closed.life.records).map(|nth| decode(nth).unwrap().message.value.unwrap()));
                true
            };
            for (nth, (partition, size, action)) in steps.into_iter().enumerate() {
                let value = format!("{nth} {}", "x".repeat(size));
                let at = Some(partition).filter(|partition| *partition < 3);
                if let Added::Yes { .. } = add(&mut collector, &value, at, now) {
                    expected[partition as usize].push(value);
                }
                match action {
                    0 => collector.close_older(now, Duration::ZERO),
                    1..=4 => {
                        take(&mut collector);
                    }
                    _ => {}
                }
            }
            collector.end();
            while take(&mut collector) {}
            prop_assert!(collector.is_done());
            prop_assert_eq!(built, expected);
        }
    }
}
