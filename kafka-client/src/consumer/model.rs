//! Session, cursors and feeds together, step by step, against a model of a cluster: whatever happens, a reader gets the
//! log from its start offset on, each message once and in order; what a truncated log lost is read anew from where it
//! differs.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use bytes::{Buf, BufMut, Bytes, BytesMut};
use kafka_proto::ErrorCode;
use proptest::prelude::*;
use tokio::sync::mpsc;
use tokio::time::Instant;

use super::budget::Budget;
use super::chunk::Chunk;
use super::cursor::{Errand, Manner, Next, PartitionCursor};
use super::feed::{Feed, FetchSettings};
use super::session::{Ask, FetchSession, SessionVerdict, Slot};
use crate::api::{Error, ErrorKind, TopicPartition};
use crate::config::{Isolation, OffsetReset, RetryLimits, StartOffset};

const PARTITIONS: Slot = 3;

/// One partition's log: the offset is the place.
#[derive(Debug)]
struct Log {
    /// The epoch and the number, which no two messages share, of each message.
    messages: Vec<(i32, u64)>,
    epoch: i32,
    truncated: u32,
}

impl Log {
    fn end(&self) -> i64 {
        self.messages.len() as i64
    }

    /// The newest epoch not newer than `epoch`, and where it ends: what a broker answers.
    fn epoch_end(&self, epoch: i32) -> (i32, i64) {
        let place = self.messages.iter().position(|(of, _)| *of > epoch).unwrap_or(self.messages.len());
        let newest = self.messages[..place].last().map_or(-1, |(of, _)| *of);
        // Below all of its epochs a broker answers with the one asked for, and where the first one begins.
        (if newest < 0 { epoch } else { newest }, place as i64)
    }
}

/// What a fetch of a partition is answered.
#[derive(Clone, Debug)]
enum Told {
    Records(Chunk),
    CutShort(i32),
    Diverged(i32, i64),
    OutOfRange,
    Moved,
}

/// An answer on its way.
#[derive(Debug)]
struct InFlight {
    code: ErrorCode,
    parts: Vec<(Slot, Ask, Told)>,
}

struct World {
    now: Instant,
    logs: BTreeMap<Slot, Log>,
    feeds: BTreeMap<Slot, Arc<Feed>>,
    /// The leader epoch that the loop knows; `None` for partitions that are on their way to it.
    joined: BTreeMap<Slot, Option<i32>>,
    session: FetchSession,
    /// What the node remembers of the session; `None` without one.
    remembered: Option<BTreeMap<Slot, Ask>>,
    long_poll: Option<InFlight>,
    at_once: Option<InFlight>,
    events: mpsc::UnboundedSender<super::feed::Event>,
    _listening: mpsc::UnboundedReceiver<super::feed::Event>,
    /// Whether answers say that the log differs, as since version 12; else that is asked.
    compares: bool,
    readers: BTreeMap<Slot, Reader>,
    count: u64,
}

/// What a reader has seen.
#[derive(Debug, Default)]
struct Reader {
    start: i64,
    next: i64,
    /// By offset, the number last seen there.
    seen: BTreeMap<i64, u64>,
    /// How often it went back: never more often than its log was truncated.
    went_back: u32,
    paused: bool,
    seeks: u64,
}

impl World {
    fn new(compares: bool, memory: usize) -> Self {
        let settings =
            FetchSettings { max_wait: Duration::ZERO, min_bytes: 1, isolation: Isolation::ReadUncommitted };
        let limits = RetryLimits { attempts: None, total: None, wait: Duration::from_millis(500) };
        let manner = Manner { max_fetch_size: 1_000, limits, reset: OffsetReset::Oldest };
        let budget = Arc::new(Budget::new(memory));
        let feed = |slot: Slot| {
            let cursor = PartitionCursor::new(StartOffset::Oldest, manner);
            let of = TopicPartition::new("t", slot as i32);
            (slot, Arc::new(Feed::new(of, settings, None, budget.clone(), cursor)))
        };
        let (events, listening) = mpsc::unbounded_channel();
        Self {
            now: Instant::now(),
            logs: (0..PARTITIONS)
                .map(|slot| (slot, Log { messages: vec![], epoch: 0, truncated: 0 }))
                .collect(),
            feeds: (0..PARTITIONS).map(feed).collect(),
            joined: (0..PARTITIONS).map(|slot| (slot, None)).collect(),
            session: FetchSession::new(),
            remembered: None,
            long_poll: None,
            at_once: None,
            events,
            _listening: listening,
            compares,
            readers: (0..PARTITIONS).map(|slot| (slot, Reader::default())).collect(),
            count: 0,
        }
    }

    fn write(&mut self, slot: Slot, count: u64) {
        let log = self.logs.get_mut(&slot).unwrap();
        for _ in 0..count {
            self.count += 1;
            log.messages.push((log.epoch, self.count));
        }
    }

    /// The leader changes; an unclean election loses the last `lost` messages.
    fn elect(&mut self, slot: Slot, lost: usize) {
        let log = self.logs.get_mut(&slot).unwrap();
        log.epoch += 1;
        let lost = lost.min(log.messages.len());
        log.messages.truncate(log.messages.len() - lost);
        log.truncated += u32::from(lost > 0);
    }

    // What the driver does.

    /// Partitions without a place are brought to the loop, errands first.
    fn join(&mut self, slot: Slot) {
        let (feed, log) = (&self.feeds[&slot], &self.logs[&slot]);
        if self.joined[&slot].is_some() {
            return;
        }
        match feed.errand() {
            Some((turn, Errand::Find(start))) => {
                feed.found(turn, if start == StartOffset::Oldest { 0 } else { log.end() });
            }
            Some((turn, Errand::Compare(epoch))) => {
                feed.compared(turn, log.epoch, Some(log.epoch_end(epoch)), self.now);
            }
            None if !self.compares && feed.must_compare(log.epoch) => {}
            None => {
                feed.settle(slot, &self.events);
                self.joined.insert(slot, Some(log.epoch));
            }
        }
    }

    fn leave(&mut self, slot: Slot) {
        self.joined.insert(slot, None);
        self.session.leave(slot);
    }

    fn look(&mut self) {
        for slot in 0..PARTITIONS {
            self.join(slot);
            let Some(epoch) = self.joined[&slot] else { continue };
            let feed = self.feeds[&slot].clone();
            match feed.wants() {
                Some(want) => self.session.want(slot, Ask::of(want, epoch)),
                None if feed.errand().is_some() => {
                    self.leave(slot);
                    feed.moves();
                }
                None => self.session.leave(slot),
            }
        }
    }

    fn tell(&self, slot: Slot, ask: Ask, most: i64) -> Told {
        let log = &self.logs[&slot];
        if ask.leader_epoch != log.epoch {
            return Told::Moved;
        }
        if self.compares && ask.last_epoch >= 0 {
            let (epoch, end) = log.epoch_end(ask.last_epoch);
            if epoch < ask.last_epoch || end < ask.offset {
                return Told::Diverged(epoch, end);
            }
        }
        if ask.offset > log.end() {
            return Told::OutOfRange;
        }
        // A batch of every third size is larger than what was asked for.
        if most == 3 && ask.max_bytes < 2_000 {
            return Told::CutShort(2_000);
        }
        let next = log.end().min(ask.offset + most);
        let mut chunk = Chunk::for_test(ask.offset, next, 0);
        let mut records = BytesMut::new();
        for (epoch, number) in &log.messages[ask.offset as usize..next as usize] {
            let at = ask.offset + (records.len() / 8) as i64;
            if chunk.epochs.last().is_none_or(|(last, _)| last < epoch) {
                chunk.epochs.push((*epoch, at));
            }
            records.put_u64(*number);
        }
        chunk.records = records.freeze();
        Told::Records(chunk)
    }

    fn send_long_poll(&mut self, most: i64) {
        if self.long_poll.is_some() || self.session.is_idle() {
            return;
        }
        let plan = self.session.plan(true);
        let code = match (&mut self.remembered, plan.session_epoch) {
            (memory, 0) => {
                *memory = Some(plan.asked.iter().copied().collect());
                ErrorCode::NONE
            }
            (Some(memory), _) => {
                memory.extend(plan.asked.iter().copied());
                for slot in &plan.forgotten {
                    memory.remove(slot);
                }
                ErrorCode::NONE
            }
            (None, _) => ErrorCode::FETCH_SESSION_ID_NOT_FOUND,
        };
        let asked = self.remembered.iter().flatten().filter(|_| code.is_ok());
        let parts = asked.map(|(slot, ask)| (*slot, *ask, self.tell(*slot, *ask, most))).collect();
        self.long_poll = Some(InFlight { code, parts });
    }

    fn send_at_once(&mut self, most: i64) {
        if self.long_poll.is_none() || self.at_once.is_some() {
            return;
        }
        let parts = self.session.news().map(|(slot, ask)| (slot, ask, self.tell(slot, ask, most))).collect();
        self.at_once = Some(InFlight { code: ErrorCode::NONE, parts });
    }

    fn answer_long_poll(&mut self) {
        let Some(InFlight { code, parts }) = self.long_poll.take() else { return };
        if self.session.answered(code, 7) != SessionVerdict::Good {
            return;
        }
        for (slot, ask, told) in parts {
            assert_eq!(self.session.told(slot), Some(ask), "both sides remember the same");
            self.hear(slot, ask, told);
        }
    }

    fn answer_at_once(&mut self) {
        let Some(InFlight { parts, .. }) = self.at_once.take() else { return };
        for (slot, ask, told) in parts {
            self.hear(slot, ask, told);
        }
    }

    fn hear(&mut self, slot: Slot, ask: Ask, told: Told) {
        // What was asked for under another leader is not this one's answer.
        if self.joined[&slot] != Some(ask.leader_epoch) {
            return;
        }
        let feed = self.feeds[&slot].clone();
        match told {
            Told::Records(chunk) => feed.arrived(chunk),
            Told::CutShort(bytes) => feed.needs(ask.offset, bytes),
            Told::Diverged(epoch, end) => {
                self.leave(slot);
                feed.diverged(ask.offset, epoch, end, self.now);
            }
            Told::OutOfRange => {
                self.fail(slot, Some(ask.offset), Error::from_code(ErrorCode::OFFSET_OUT_OF_RANGE));
            }
            Told::Moved => {
                self.fail(slot, Some(ask.offset), Error::from_code(ErrorCode::FENCED_LEADER_EPOCH));
            }
        }
    }

    fn fail(&mut self, slot: Slot, asked: Option<i64>, error: Error) {
        self.leave(slot);
        let next = self.feeds[&slot].failed(asked, error, self.now);
        assert!(matches!(next, Next::After(_)), "{next:?}");
    }

    fn lose_connection(&mut self) {
        self.long_poll = None;
        self.session.reset();
        self.remembered = None;
        for slot in 0..PARTITIONS {
            if self.joined[&slot].is_some() {
                self.fail(slot, None, Error::new(ErrorKind::Connect, "lost"));
            }
        }
    }

    // The readers.

    fn read(&mut self, slot: Slot) -> bool {
        let feed = &self.feeds[&slot];
        let found =
            feed.take(self.readers[&slot].seeks, None).found.expect("there is a policy for everything");
        let Some(chunk) = found else {
            let _ = feed.waits();
            return false;
        };
        feed.is_done_with(chunk.weight());
        let (log, reader) = (&self.logs[&slot], self.readers.get_mut(&slot).unwrap());
        assert!(!reader.paused, "nothing of a paused partition is handed out");
        if chunk.asked != reader.next {
            assert!(chunk.asked < reader.next, "a gap from {} to {}", reader.next, chunk.asked);
            reader.went_back += 1;
            assert!(reader.went_back <= log.truncated, "back to {} for no reason", chunk.asked);
        }
        assert_eq!(chunk.records.len() as i64, (chunk.next - chunk.asked) * 8);
        let mut records: Bytes = chunk.records;
        for offset in chunk.asked..chunk.next {
            reader.seen.insert(offset, records.get_u64());
        }
        reader.next = chunk.next;
        true
    }

    fn seek(&mut self, slot: Slot, to: i64) {
        let to = to.min(self.logs[&slot].end());
        let seeks = self.feeds[&slot].seek(StartOffset::At(to)).found;
        // An answer under way may still bring what was lost by now.
        let paused = self.readers[&slot].paused;
        self.readers.insert(slot, Reader { start: to, next: to, paused, seeks, ..Reader::default() });
    }

    fn pause(&mut self, slot: Slot, paused: bool) {
        let _ = self.feeds[&slot].pause(paused);
        self.readers.get_mut(&slot).unwrap().paused = paused;
    }

    /// Everything works from here on: whoever reads comes to the end, having seen what is in the log.
    fn settle(&mut self) {
        for slot in 0..PARTITIONS {
            self.pause(slot, false);
            self.write(slot, 2);
        }
        for _ in 0..300 {
            self.look();
            self.answer_long_poll();
            self.answer_at_once();
            self.look();
            self.send_long_poll(100);
            for slot in 0..PARTITIONS {
                while self.read(slot) {}
            }
            self.now += Duration::from_secs(1);
            if (0..PARTITIONS).all(|slot| self.has_read(slot)) {
                return;
            }
        }
        for slot in 0..PARTITIONS {
            let feed = &self.feeds[&slot];
            let (wants, errand) = (feed.wants(), feed.errand());
            assert!(
                self.has_read(slot),
                "partition {slot}: {wants:?}, {errand:?}, {:?}",
                self.readers[&slot]
            );
        }
    }

    /// Whether the reader has seen what is in the log, to its end.
    fn has_read(&self, slot: Slot) -> bool {
        let (log, reader) = (&self.logs[&slot], &self.readers[&slot]);
        let same = |offset| reader.seen.get(&offset) == Some(&log.messages[offset as usize].1);
        reader.next == log.end() && (reader.start..log.end()).all(same)
    }
}

#[derive(Clone, Debug)]
enum Step {
    Look,
    Write(Slot, u64),
    LongPoll(i64),
    AtOnce(i64),
    AnswerLongPoll,
    AnswerAtOnce,
    Evict,
    LoseConnection,
    Elect(Slot, usize),
    Read(Slot),
    Seek(Slot, i64),
    Pause(Slot, bool),
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let slot = 0..PARTITIONS;
    let step = prop_oneof![
        6 => Just(Step::Look),
        3 => (slot.clone(), 1..8_u64).prop_map(|(slot, count)| Step::Write(slot, count)),
        6 => (0..6_i64).prop_map(Step::LongPoll),
        2 => (0..6_i64).prop_map(Step::AtOnce),
        6 => Just(Step::AnswerLongPoll),
        2 => Just(Step::AnswerAtOnce),
        1 => Just(Step::Evict),
        1 => Just(Step::LoseConnection),
        1 => (slot.clone(), Just(0)).prop_map(|(slot, lost)| Step::Elect(slot, lost)),
        1 => (slot.clone(), 1..6_usize).prop_map(|(slot, lost)| Step::Elect(slot, lost)),
        5 => slot.clone().prop_map(Step::Read),
        1 => (slot.clone(), 0..30_i64).prop_map(|(slot, to)| Step::Seek(slot, to)),
        1 => (slot, any::<bool>()).prop_map(|(slot, paused)| Step::Pause(slot, paused)),
    ];
    prop::collection::vec(step, 1..250)
}

proptest! {
    #[test]
    fn every_message_of_the_log_is_handed_out_once_and_in_order_whatever_happens(
        compares in any::<bool>(),
        memory in prop_oneof![Just(usize::MAX), Just(600_usize)],
        steps in steps(),
    ) {
        let mut world = World::new(compares, memory);
        for step in steps {
            world.now += Duration::from_millis(10);
            match step {
                Step::Look => world.look(),
                Step::Write(slot, count) => world.write(slot, count),
                Step::LongPoll(most) => world.send_long_poll(most),
                Step::AtOnce(most) => world.send_at_once(most),
                Step::AnswerLongPoll => world.answer_long_poll(),
                Step::AnswerAtOnce => world.answer_at_once(),
                Step::Evict => world.remembered = None,
                Step::LoseConnection => world.lose_connection(),
                Step::Elect(slot, lost) => world.elect(slot, lost),
                Step::Read(slot) => drop(world.read(slot)),
                Step::Seek(slot, to) => world.seek(slot, to),
                Step::Pause(slot, paused) => world.pause(slot, paused),
            }
        }
        world.settle();
    }
}
