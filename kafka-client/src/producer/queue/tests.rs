use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, Waker};

use kafka_proto::ErrorCode;
use kafka_proto::compression::Decompressor;
use kafka_proto::records::Batches;
use proptest::prelude::*;

use super::*;
use crate::api::Receipt;

/// As much room as is asked for.
struct Plenty;

impl Room for Plenty {
    fn take(&mut self, _bytes: usize) -> bool {
        true
    }
}

/// No more than this.
struct Little(usize);

impl Room for Little {
    fn take(&mut self, bytes: usize) -> bool {
        let left = self.0.checked_sub(bytes);
        self.0 = left.unwrap_or(self.0);
        left.is_some()
    }
}

const NODE: i32 = 1;
const GIVEN: Identity = Identity { id: 7, epoch: 0 };

fn rules() -> Rules {
    Rules {
        batch_size: 200,
        max_in_flight: 5,
        idempotent: true,
        delivery_timeout: Duration::from_mins(2),
        retry_limit: None,
        retry_wait: Duration::from_millis(100),
    }
}

struct Bench {
    queue: PartitionQueue,
    now: Instant,
}

impl Bench {
    fn new(rules: Rules) -> Self {
        Self { queue: PartitionQueue::new("t".into(), 0, rules), now: Instant::now() }
    }

    fn append(&mut self, value: &str) -> Delivery {
        let now = self.now;
        let record = Record::to("t").value(value);
        self.queue.append(&record, &mut Plenty, || (now, 0)).unwrap().delivery.unwrap()
    }

    /// A batch of one record, taken.
    fn send(&mut self, value: &str) -> (Batch, Delivery) {
        let delivery = self.append(value);
        self.queue.close_open();
        (self.take(), delivery)
    }

    fn take(&mut self) -> Batch {
        match self.queue.take(NODE, Some(GIVEN), usize::MAX, self.now) {
            Take::Batch(batch) => batch,
            other => panic!("{other:?}"),
        }
    }

    fn takes_nothing(&mut self) -> bool {
        matches!(self.queue.take(NODE, Some(GIVEN), usize::MAX, self.now), Take::Nothing)
    }

    fn answer(&mut self, batch: Batch, verdict: Verdict) -> bool {
        let settled = self.queue.answered(batch, verdict, self.now, 0.5);
        settled.map(Settled::tell).is_some()
    }

    /// Sends and acknowledges one batch, after which several may be in flight.
    fn prove(&mut self) {
        let (batch, _) = self.send("first");
        assert!(self.answer(batch, written(0)));
    }
}

fn written(base: i64) -> Verdict {
    Verdict::Written { base: Some(base), timestamp: None }
}

fn code(code: ErrorCode) -> Verdict {
    Verdict::of(code, Error::from_code(code))
}

fn lost() -> Verdict {
    Verdict::Retry { error: Error::new(ErrorKind::Connect, "cut"), uncertain: true, at_once: false }
}

fn sequence(batch: &Batch) -> i32 {
    batch.stamp.unwrap().sequence
}

fn result(delivery: &mut Delivery) -> Option<Result<Receipt>> {
    match Pin::new(delivery).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(result) => Some(result),
        Poll::Pending => None,
    }
}

#[test]
fn one_batch_is_in_flight_until_the_first_success_and_five_after() {
    let mut bench = Bench::new(rules());
    let (first, _) = bench.send("a");
    bench.append("b");
    bench.queue.close_open();
    assert!(bench.takes_nothing());
    bench.answer(first, written(0));
    let mut in_flight = vec![bench.take()];
    for n in 0..4 {
        in_flight.push(bench.send(&n.to_string()).0);
    }
    bench.append("one too many");
    bench.queue.close_open();
    assert!(bench.takes_nothing());
    let numbers: Vec<_> = in_flight.iter().map(sequence).collect();
    assert_eq!(numbers, [1, 2, 3, 4, 5]);
}

#[test]
fn a_full_batch_closes_when_another_record_of_its_kind_would_not_fit() {
    let mut bench = Bench::new(rules());
    let now = bench.now;
    let record = Record::to("t").value("0123456789");
    let mut append = || bench.queue.append(&record, &mut Plenty, || (now, 0)).unwrap();
    let first = append();
    assert_eq!(first.listing, Listing { open: Some(now), ..Listing::default() });
    assert_eq!(append().listing, Listing::default(), "it stands among the open ones already");
    let mut appended = append();
    while appended.filled == 0 {
        appended = append();
    }
    assert!(appended.filled <= rules().batch_size);
    assert!(appended.listing.full);
}

#[test]
fn a_record_without_room_is_not_taken() {
    let mut bench = Bench::new(rules());
    let now = bench.now;
    let record = Record::to("t").value("0123456789");
    let mut room = Little(HEADER + size_of(&record) + 1);
    let first = bench.queue.append(&record, &mut room, || (now, 0)).unwrap();
    assert!(first.delivery.is_some(), "the exact amount is there");
    let second = bench.queue.append(&record, &mut room, || (now, 0)).unwrap();
    assert!(second.delivery.is_none());
    assert_eq!(bench.take_open().records, 1);
}

impl Bench {
    fn take_open(&mut self) -> Batch {
        self.queue.close_open();
        self.take()
    }
}

#[test]
fn a_retried_batch_goes_alone_and_before_all_later_ones() {
    let mut bench = Bench::new(rules());
    bench.prove();
    let (first, _) = bench.send("a");
    let (second, _) = bench.send("b");
    bench.append("c");
    bench.queue.close_open();
    let numbers = (sequence(&first), sequence(&second));
    bench.answer(first, lost());
    assert!(bench.takes_nothing(), "the second is in flight yet");
    bench.answer(second, lost());
    assert!(matches!(bench.queue.take(NODE, Some(GIVEN), usize::MAX, bench.now), Take::Later(_)));
    bench.now += Duration::from_secs(1);
    let again = bench.take();
    assert_eq!(sequence(&again), numbers.0);
    assert!(bench.takes_nothing(), "nothing goes behind a batch that was refused before");
    bench.answer(again, written(1));
    let again = bench.take();
    assert_eq!(sequence(&again), numbers.1);
    bench.answer(again, written(2));
    assert_eq!(sequence(&bench.take()), numbers.1 + 1);
}

#[test]
fn what_did_not_reach_the_node_is_no_attempt() {
    let mut bench = Bench::new(Rules { retry_limit: Some(1), ..rules() });
    let (batch, mut delivery) = bench.send("a");
    let now = bench.now;
    assert!(bench.queue.returned(batch, now).is_none());
    let batch = bench.take();
    assert_eq!(batch.attempts, 0);
    bench.answer(batch, lost());
    let error = result(&mut delivery).unwrap().unwrap_err();
    assert!(error.may_be_written(), "the one attempt that was allowed has no answer");
}

#[test]
fn a_moved_partition_waits_for_what_is_in_flight_at_its_old_node() {
    let mut bench = Bench::new(rules());
    bench.prove();
    let (first, _) = bench.send("a");
    bench.append("b");
    bench.queue.close_open();
    let now = bench.now;
    assert!(matches!(bench.queue.take(NODE + 1, Some(GIVEN), usize::MAX, now), Take::Nothing));
    bench.answer(first, written(1));
    assert!(matches!(bench.queue.take(NODE + 1, Some(GIVEN), usize::MAX, now), Take::Batch(_)));
}

#[test]
fn a_number_out_of_order_is_retried_by_all_but_the_first_which_starts_anew() {
    let mut bench = Bench::new(rules());
    bench.prove();
    let (first, _) = bench.send("a");
    let (second, _) = bench.send("b");
    bench.answer(first, code(ErrorCode::OUT_OF_ORDER_SEQUENCE_NUMBER));
    bench.answer(second, code(ErrorCode::OUT_OF_ORDER_SEQUENCE_NUMBER));
    let first = bench.take();
    let stamp = first.stamp.unwrap();
    assert_eq!((stamp.sequence, stamp.identity.epoch), (0, 1));
    bench.answer(first, written(1));
    assert_eq!(sequence(&bench.take()), 1);
}

#[test]
fn a_fenced_producer_asks_for_another_id() {
    let mut bench = Bench::new(rules());
    let (batch, _) = bench.send("a");
    bench.answer(batch, code(ErrorCode::INVALID_PRODUCER_EPOCH));
    let now = bench.now;
    let refused = bench.queue.take(NODE, Some(GIVEN), usize::MAX, now);
    assert!(matches!(refused, Take::NoIdentity { refused: Some(7) }), "{refused:?}");
    let another = Identity { id: 8, epoch: 0 };
    let Take::Batch(batch) = bench.queue.take(NODE, Some(another), usize::MAX, now) else {
        panic!("it is another id")
    };
    assert_eq!(batch.stamp.unwrap().identity, another);
}

#[test]
fn a_delivery_timeout_in_flight_fails_the_delivery_and_keeps_the_number() {
    let mut bench = Bench::new(rules());
    bench.prove();
    let (batch, mut delivery) = bench.send("a");
    bench.queue.sealed(batch.key, &Batch::new(0, 0, bench.now, 0).seal(None).unwrap());
    bench.now += rules().delivery_timeout;
    let now = bench.now;
    assert!(bench.queue.expire(now).is_empty());
    let error = result(&mut delivery).unwrap().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::TimedOut);
    assert!(error.may_be_written());
    let number = sequence(&batch);
    let (next, _) = bench.send("b");
    assert_eq!(sequence(&next), number + 1);
    assert!(bench.answer(batch, lost()), "it is not sent again");
}

#[test]
fn a_batch_that_was_never_sent_expires_certainly_unwritten() {
    let mut bench = Bench::new(rules());
    let mut delivery = bench.append("a");
    assert_eq!(bench.queue.next_expiry(), Some(bench.now + rules().delivery_timeout));
    bench.now += rules().delivery_timeout;
    let now = bench.now;
    for settled in bench.queue.expire(now) {
        settled.tell();
    }
    let error = result(&mut delivery).unwrap().unwrap_err();
    assert!(!error.may_be_written());
    assert_eq!(error.record().unwrap().message.value.as_deref(), Some(&b"a"[..]));
    assert_eq!((error.topic(), error.partition()), (Some("t"), Some(0)));
}

#[test]
fn a_failed_batch_leaves_no_number_behind() {
    let mut bench = Bench::new(rules());
    bench.prove();
    let (failed, _) = bench.send("a");
    assert!(bench.answer(failed, code(ErrorCode::INVALID_RECORD)));
    let next = bench.send("b").0.stamp.unwrap();
    assert_eq!((next.identity.epoch, next.sequence), (1, 0));
}

#[test]
fn an_uncertain_batch_behind_a_failed_one_is_asked_about_under_its_old_number() {
    let mut bench = Bench::new(rules());
    bench.prove();
    let (first, _) = bench.send("a");
    let (second, _) = bench.send("b");
    let number = sequence(&first);
    bench.answer(first, code(ErrorCode::NOT_ENOUGH_REPLICAS_AFTER_APPEND));
    bench.answer(second, code(ErrorCode::INVALID_RECORD));
    bench.now += Duration::from_secs(1);
    let again = bench.take();
    assert_eq!((sequence(&again), again.stamp.unwrap().identity.epoch), (number, 0));
}

#[test]
fn a_closed_queue_takes_nothing_and_sends_what_it_has() {
    let mut bench = Bench::new(rules());
    bench.append("a");
    bench.queue.stop_taking(&Error::new(ErrorKind::Closed, "closed"));
    let now = bench.now;
    let refused = bench.queue.append(&Record::to("t"), &mut Plenty, || (now, 0)).unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::Closed);
    let batch = bench.take_open();
    bench.answer(batch, lost());
    bench.now += Duration::from_secs(1);
    let batch = bench.take();
    assert!(bench.answer(batch, written(0)));
}

#[test]
fn an_ended_queue_sends_nothing_again() {
    let mut bench = Bench::new(rules());
    let (batch, mut delivery) = bench.send("a");
    let mut waiting = bench.append("b");
    for settled in bench.queue.end(&Error::new(ErrorKind::Closed, "closed")) {
        settled.tell();
    }
    assert!(result(&mut delivery).unwrap().unwrap_err().may_be_written());
    assert!(!result(&mut waiting).unwrap().unwrap_err().may_be_written());
    assert!(bench.answer(batch, lost()), "settled for good");
}

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
    Close,
    Send,
    /// The leader answers the oldest request as it should, or with this code (appended before or not).
    Answer,
    Refuse(ErrorCode),
    AppendAndRefuse(ErrorCode),
    /// The connection breaks after the leader has seen so many of the requests.
    Break(u8),
    Wait(u16),
}

fn event() -> impl Strategy<Value = Event> {
    prop_oneof![
        6 => Just(Event::Append),
        2 => Just(Event::Close),
        6 => Just(Event::Send),
        5 => Just(Event::Answer),
        1 => prop::sample::select(vec![
            ErrorCode::NOT_ENOUGH_REPLICAS,
            ErrorCode::NOT_LEADER_OR_FOLLOWER,
            ErrorCode::INVALID_RECORD,
            ErrorCode::MESSAGE_TOO_LARGE,
            ErrorCode::INVALID_PRODUCER_EPOCH,
            ErrorCode::UNKNOWN_SERVER_ERROR,
        ]).prop_map(Event::Refuse),
        1 => prop::sample::select(vec![
            ErrorCode::NOT_ENOUGH_REPLICAS_AFTER_APPEND,
            ErrorCode::NOT_LEADER_OR_FOLLOWER,
        ]).prop_map(Event::AppendAndRefuse),
        1 => (0..6_u8).prop_map(Event::Break),
        1 => (0..3_000_u16).prop_map(Event::Wait),
    ]
}

struct World {
    bench: Bench,
    leader: Leader,
    wire: VecDeque<Batch>,
    deliveries: Vec<Delivery>,
    id: i64,
}

impl World {
    fn new() -> Self {
        let rules = Rules { delivery_timeout: Duration::from_secs(6), ..rules() };
        let (wire, deliveries) = (VecDeque::new(), Vec::new());
        Self { bench: Bench::new(rules), leader: Leader::default(), wire, deliveries, id: 7 }
    }

    fn step(&mut self, event: Event) {
        match event {
            Event::Append => {
                let delivery = self.bench.append(&self.deliveries.len().to_string());
                self.deliveries.push(delivery);
            }
            Event::Close => {
                self.bench.queue.close_open();
            }
            Event::Send => self.send(),
            Event::Answer => {
                if let Some(mut batch) = self.wire.pop_front() {
                    let verdict = match self.leader.append(&mut batch) {
                        Ok(base) => written(base),
                        Err(refused) => code(refused),
                    };
                    self.bench.answer(batch, verdict);
                }
            }
            Event::Refuse(refused) => {
                if let Some(batch) = self.wire.pop_front() {
                    self.refuse(batch, refused);
                }
            }
            Event::AppendAndRefuse(refused) => {
                if let Some(mut batch) = self.wire.pop_front() {
                    let refused = self.leader.append(&mut batch).err().unwrap_or(refused);
                    self.bench.answer(batch, code(refused));
                }
            }
            Event::Break(seen) => {
                for (nth, mut batch) in std::mem::take(&mut self.wire).into_iter().enumerate() {
                    if nth < usize::from(seen) {
                        let _unheard = self.leader.append(&mut batch);
                    }
                    self.bench.answer(batch, lost());
                }
            }
            Event::Wait(ms) => {
                self.bench.now += Duration::from_millis(ms.into());
                let now = self.bench.now;
                for settled in self.bench.queue.expire(now) {
                    settled.tell();
                }
            }
        }
    }

    fn send(&mut self) {
        let given = Some(Identity { id: self.id, epoch: 0 });
        match self.bench.queue.take(NODE, given, usize::MAX, self.bench.now) {
            Take::Batch(batch) => self.wire.push_back(batch),
            Take::NoIdentity { .. } => self.id += 1,
            _ => {}
        }
    }

    fn refuse(&mut self, batch: Batch, refused: ErrorCode) {
        let key = batch.key;
        let batch = match refused {
            ErrorCode::MESSAGE_TOO_LARGE => match batch.split() {
                Ok(parts) => return self.bench.queue.replaced(key, parts.into_iter()),
                Err(batch) => *batch,
            },
            _ => batch,
        };
        self.bench.answer(batch, code(refused));
    }

    /// Everything works from here on.
    fn finish(&mut self) {
        for _ in 0..10_000 {
            self.step(Event::Close);
            self.step(Event::Send);
            self.step(Event::Answer);
            self.bench.now += Duration::from_millis(10);
            if self.wire.is_empty() && self.bench.queue.unsettled().next().is_none() {
                return;
            }
        }
        panic!("it never comes to an end");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    /// Whatever is answered, refused, lost or late: no record is written twice or out of order, each delivery
    /// has one outcome, and the outcome is the truth.
    #[test]
    fn the_log_has_every_record_once_and_in_order(events in prop::collection::vec(event(), 1..120)) {
        let mut world = World::new();
        for event in events {
            world.step(event);
        }
        world.finish();
        let log = &world.leader.log;
        prop_assert!(log.is_sorted_by(|a, b| a < b), "{log:?}");
        for (value, delivery) in world.deliveries.iter_mut().enumerate() {
            let is_written = log.contains(&(value as u32));
            match result(delivery).expect("no delivery is left without an outcome") {
                Ok(receipt) => {
                    prop_assert!(is_written, "{value} was acknowledged and is not in {log:?}");
                    if let Some(offset) = receipt.offset {
                        prop_assert_eq!(log[offset as usize], value as u32);
                    }
                }
                Err(error) => prop_assert!(!is_written || error.may_be_written(), "{value} is in {log:?}: {error}"),
            }
        }
    }
}
