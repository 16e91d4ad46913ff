//! A partition's queue, its leader and the network between them, in any order of events.

use bytes::Bytes;
use kafka_proto::compression::Decompressor;
use kafka_proto::records::Batches;
use proptest::prelude::*;

use super::*;

/// One partition's leader, as far as idempotent producers see it.
#[derive(Default)]
struct Leader {
    log: Vec<u32>,
    state: Option<State>,
}

struct State {
    identity: Identity,
    next: i32,
    /// Number, count and base offset of the last five batches.
    last: VecDeque<(i32, i32, i64)>,
}

impl Leader {
    fn append(&mut self, batch: &mut Batch) -> Result<i64, ErrorCode> {
        let sealed = Batches::new(batch.seal(None).unwrap()).next().unwrap().unwrap();
        let identity = Identity { id: sealed.producer_id(), epoch: sealed.producer_epoch() };
        let first = sealed.base_sequence();
        let records = sealed.records(&mut Decompressor::new(), 1 << 20).unwrap();
        match &self.state {
            Some(state) if state.identity == identity => {
                let known = state
                    .last
                    .iter()
                    .find(|(number, count, _)| (*number, *count as usize) == (first, records.len()));
                if let Some((_, _, base)) = known {
                    return Ok(*base);
                }
                if state.next != first {
                    return Err(ErrorCode::OUT_OF_ORDER_SEQUENCE_NUMBER);
                }
            }
            Some(state) if state.identity.id == identity.id && state.identity.epoch > identity.epoch => {
                return Err(ErrorCode::INVALID_PRODUCER_EPOCH);
            }
            Some(state) if state.identity.id == identity.id && first != 0 => {
                return Err(ErrorCode::OUT_OF_ORDER_SEQUENCE_NUMBER);
            }
            _ => self.state = None,
        }
        let base = self.log.len() as i64;
        for record in &records {
            let value = record.value.unwrap();
            self.log.push(std::str::from_utf8(value).unwrap().parse().unwrap());
        }
        let last = self.state.take().filter(|state| state.identity == identity).map(|state| state.last);
        let mut last = last.unwrap_or_default();
        last.push_back((first, records.len() as i32, base));
        if last.len() > 5 {
            last.pop_front();
        }
        self.state = Some(State { identity, next: first + records.len() as i32, last });
        Ok(base)
    }
}

#[derive(Clone, Copy, Debug)]
enum Event {
    Append,
    /// A record that is larger than a batch.
    AppendLarge,
    /// Two records that are written both or neither.
    Atomic,
    Close,
    Send,
    /// The leader answers the oldest request as it should, or with this code (appended before or not).
    Answer,
    Refuse(ErrorCode),
    AppendAndRefuse(ErrorCode),
    /// The connection breaks: the leader has seen so many of the requests, and so many more were written.
    Break {
        seen: u8,
        written: u8,
    },
    /// Another node leads the partition, with the same log.
    Move,
    /// The leader forgets the producer, as it does a long time after its last write.
    Forget,
    /// Somebody waits no longer for a batch.
    GiveUp(u8),
    /// What waits is failed: the cluster gives no producer id.
    FailWaiting,
    Wait(u16),
}

/// What a broker that lives may do: nothing of it fails a record that has time left.
fn passing() -> impl Strategy<Value = Event> {
    let refused = [
        ErrorCode::NOT_ENOUGH_REPLICAS,
        ErrorCode::NOT_LEADER_OR_FOLLOWER,
        ErrorCode::REQUEST_TIMED_OUT,
        ErrorCode::CORRUPT_MESSAGE,
        ErrorCode::UNKNOWN_TOPIC_OR_PARTITION,
        ErrorCode::MESSAGE_TOO_LARGE,
    ];
    let appended = [
        ErrorCode::NOT_ENOUGH_REPLICAS_AFTER_APPEND,
        ErrorCode::NOT_LEADER_OR_FOLLOWER,
        ErrorCode::REQUEST_TIMED_OUT,
        ErrorCode::DUPLICATE_SEQUENCE_NUMBER,
    ];
    prop_oneof![
        6 => Just(Event::Append),
        1 => Just(Event::AppendLarge),
        1 => Just(Event::Atomic),
        2 => Just(Event::Close),
        6 => Just(Event::Send),
        5 => Just(Event::Answer),
        1 => prop::sample::select(refused.to_vec()).prop_map(Event::Refuse),
        1 => prop::sample::select(appended.to_vec()).prop_map(Event::AppendAndRefuse),
        1 => (0..6_u8, 0..3_u8).prop_map(|(seen, written)| Event::Break { seen, written }),
        1 => Just(Event::Move),
        1 => Just(Event::Forget),
        1 => (0..3_000_u16).prop_map(Event::Wait),
    ]
}

/// And what ends the lives of records.
fn any_event() -> impl Strategy<Value = Event> {
    let refused = [
        ErrorCode::INVALID_RECORD,
        ErrorCode::INVALID_PRODUCER_EPOCH,
        ErrorCode::UNKNOWN_PRODUCER_ID,
        ErrorCode::OUT_OF_ORDER_SEQUENCE_NUMBER,
        ErrorCode::TOPIC_AUTHORIZATION_FAILED,
        ErrorCode::UNKNOWN_SERVER_ERROR,
    ];
    prop_oneof![
        20 => passing(),
        1 => prop::sample::select(refused.to_vec()).prop_map(Event::Refuse),
        1 => any::<u8>().prop_map(Event::GiveUp),
        1 => Just(Event::FailWaiting),
        1 => (0..3_000_u16).prop_map(Event::Wait),
    ]
}

struct World {
    bench: Bench,
    node: i32,
    leader: Leader,
    wire: VecDeque<Batch>,
    deliveries: Vec<Delivery>,
    /// The first of two that go together.
    pairs: Vec<u32>,
    id: i64,
    /// Nobody changes the topic's configuration.
    is_steady: bool,
}

impl World {
    fn new(rules: Rules) -> Self {
        Self {
            bench: Bench::new(rules),
            node: NODE,
            leader: Leader::default(),
            wire: VecDeque::new(),
            deliveries: Vec::new(),
            pairs: Vec::new(),
            id: 7,
            is_steady: false,
        }
    }

    fn step(&mut self, event: Event) {
        match event {
            Event::Append => self.append(0),
            Event::AppendLarge => self.append(rules().batch_size),
            Event::Atomic => self.append_pair(),
            Event::Close => {
                self.bench.queue.close_open();
            }
            Event::Send => self.send(),
            Event::Answer => {
                if let Some(batch) = self.wire.pop_front() {
                    self.answer(batch);
                }
            }
            Event::Refuse(refused) => {
                if let Some(batch) = self.wire.pop_front() {
                    match refused {
                        // No broker says so of a batch that it has.
                        ErrorCode::OUT_OF_ORDER_SEQUENCE_NUMBER if batch.uncertain => self.answer(batch),
                        // Nor this, unless somebody has lowered max.message.bytes meanwhile.
                        ErrorCode::MESSAGE_TOO_LARGE if batch.uncertain && self.is_steady => {
                            self.answer(batch);
                        }
                        refused => self.refuse(batch, refused),
                    }
                }
            }
            Event::AppendAndRefuse(refused) => {
                if let Some(mut batch) = self.wire.pop_front() {
                    let refused = self.leader.append(&mut batch).err().unwrap_or(refused);
                    self.bench.answer(batch, code(refused));
                }
            }
            Event::Break { seen, written } => self.break_connection(seen.into(), written.into()),
            Event::Move => self.node = if self.node == NODE { NODE + 1 } else { NODE },
            Event::Forget => {
                // Not while it is open whether a batch is in the log: a retry after that is a new batch to any broker.
                let uncertain = self.bench.queue.ready.iter().any(|batch| batch.uncertain);
                if self.wire.is_empty() && !uncertain {
                    self.step(Event::Wait(60_000));
                    self.leader.state = None;
                }
            }
            Event::GiveUp(nth) => {
                let nth = usize::from(nth) % self.deliveries.len().max(1);
                if let Some(delivery) = self.deliveries.get(nth) {
                    let error = Error::new(ErrorKind::TimedOut, "too late");
                    let settled = self.bench.queue.give_up(delivery.completion(), &error);
                    tell(settled);
                }
            }
            Event::FailWaiting => {
                let error = Error::from_code(ErrorCode::CLUSTER_AUTHORIZATION_FAILED);
                tell(self.bench.queue.fail_waiting(&error));
            }
            Event::Wait(ms) => {
                self.bench.now += Duration::from_millis(ms.into());
                let now = self.bench.now;
                tell(self.bench.queue.expire(now));
            }
        }
    }

    /// Values are numbers, however long.
    fn append(&mut self, width: usize) {
        let value = format!("{:0width$}", self.deliveries.len());
        let delivery = self.bench.append(&value);
        self.deliveries.push(delivery);
    }

    fn append_pair(&mut self) {
        let first = self.deliveries.len();
        let mut batch = Batch::atomic(0, beginning(self.bench.now));
        for nth in 0..2 {
            let value = (first + nth).to_string();
            batch.append(&Record::to("t").value(&value)).unwrap();
            self.deliveries.push(Delivery::new(batch.done.clone(), nth as u32));
        }
        self.pairs.push(first as u32);
        let _listing = self.bench.queue.push(batch).unwrap();
    }

    fn send(&mut self) {
        let given = Some(Identity { id: self.id, epoch: 0 });
        match self.bench.queue.take(self.node, given, usize::MAX, self.bench.now) {
            Take::Batch(batch) => {
                assert!(self.bench.queue.hand_over(batch.key, &Bytes::new()));
                self.wire.push_back(batch);
            }
            Take::NoIdentity { .. } => self.id += 1,
            _ => {}
        }
    }

    fn answer(&mut self, mut batch: Batch) {
        let verdict = match self.leader.append(&mut batch) {
            Ok(base) => written(base),
            Err(refused) => code(refused),
        };
        self.bench.answer(batch, verdict);
    }

    fn refuse(&mut self, batch: Batch, refused: ErrorCode) {
        let key = batch.key;
        if refused != ErrorCode::MESSAGE_TOO_LARGE {
            self.bench.answer(batch, code(refused));
            return;
        }
        match batch.split() {
            Ok(parts) => self.bench.queue.replaced(key, parts.into_iter()),
            // Whatever cannot be split was not too large.
            Err(batch) => self.answer(*batch),
        }
    }

    fn break_connection(&mut self, seen: usize, written: usize) {
        for (nth, mut batch) in std::mem::take(&mut self.wire).into_iter().enumerate() {
            if nth < seen {
                let _unheard = self.leader.append(&mut batch);
            }
            if nth < seen + written {
                self.bench.answer(batch, lost());
            } else {
                let now = self.bench.now;
                let settled = self.bench.queue.returned(batch, now);
                tell(settled);
            }
        }
    }

    /// Everything works from here on.
    fn finish(&mut self) {
        for _ in 0..10_000 {
            self.step(Event::Close);
            self.step(Event::Send);
            self.step(Event::Answer);
            self.bench.now += Duration::from_millis(10);
            if self.wire.is_empty() && self.bench.queue.unsettled().next().is_none() {
                assert!(self.bench.queue.is_idle());
                return;
            }
        }
        panic!("it never comes to an end");
    }

    /// The producer is aborted; some of what is on its way arrives all the same.
    fn abort(&mut self, seen: usize) {
        tell(self.bench.queue.end(&Error::new(ErrorKind::Closed, "aborted")));
        self.break_connection(seen, 1);
        assert!(self.bench.queue.is_idle());
    }

    /// Every delivery has one outcome, and it is the truth; what goes together was written together.
    fn outcomes_are_the_truth(&mut self) -> Result<(), TestCaseError> {
        let log = &self.leader.log;
        for (value, delivery) in self.deliveries.iter_mut().enumerate() {
            let is_written = log.contains(&(value as u32));
            match result(delivery).expect("no delivery is left without an outcome") {
                Ok(receipt) => {
                    prop_assert!(is_written, "{value} was acknowledged and is not in {log:?}");
                    if let Some(offset) = receipt.offset {
                        prop_assert_eq!(log[offset as usize], value as u32);
                    }
                }
                Err(error) => {
                    prop_assert!(!is_written || error.may_be_written(), "{value} is in {log:?}: {error}");
                }
            }
        }
        for first in &self.pairs {
            let at = |value: u32| log.iter().position(|written| *written == value);
            prop_assert_eq!(at(*first).map(|at| at + 1), at(first + 1), "{} in {:?}", first, log);
        }
        Ok(())
    }
}

fn idempotent() -> impl Strategy<Value = Rules> {
    let limit = prop_oneof![3 => Just(None), 1 => (1..5_u32).prop_map(Some)];
    (1..6_usize, limit).prop_map(|(max_in_flight, retry_limit)| Rules {
        delivery_timeout: Duration::from_secs(6),
        max_in_flight,
        retry_limit,
        ..rules()
    })
}

fn events(event: impl Strategy<Value = Event>) -> impl Strategy<Value = Vec<Event>> {
    prop::collection::vec(event, 1..120)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    /// Whatever is answered, refused, lost, given up or late: no record is written twice or out of order, each
    /// delivery has one outcome, and the outcome is the truth.
    #[test]
    fn the_log_has_every_record_at_most_once_and_in_order(rules in idempotent(), events in events(any_event())) {
        let mut world = World::new(rules);
        for event in events {
            world.step(event);
        }
        world.finish();
        let log = &world.leader.log;
        prop_assert!(log.is_sorted_by(|a, b| a < b), "{log:?}");
        world.outcomes_are_the_truth()?;
    }

    /// As long as the broker lives and there is time, whatever else it does, exactly once.
    #[test]
    fn with_a_broker_that_lives_the_log_has_every_record_exactly_once(
        max_in_flight in 1..6_usize,
        events in events(passing()),
    ) {
        let rules = Rules { max_in_flight, delivery_timeout: Duration::from_hours(1), ..rules() };
        let mut world = World { is_steady: true, ..World::new(rules) };
        for event in events {
            world.step(event);
        }
        world.finish();
        let all: Vec<u32> = (0..world.deliveries.len() as u32).collect();
        prop_assert_eq!(&world.leader.log, &all);
        world.outcomes_are_the_truth()?;
        for delivery in &mut world.deliveries {
            prop_assert!(result(delivery).expect("settled").is_ok());
        }
    }

    /// Aborted in the middle of anything, each record is told at once, and told the truth.
    #[test]
    fn an_abort_leaves_no_record_without_the_truth(
        rules in idempotent(),
        events in events(any_event()),
        seen in 0..6_usize,
    ) {
        let mut world = World::new(rules);
        for event in events {
            world.step(event);
        }
        world.abort(seen);
        let log = &world.leader.log;
        prop_assert!(log.is_sorted_by(|a, b| a < b), "{log:?}");
        world.outcomes_are_the_truth()?;
    }
}
