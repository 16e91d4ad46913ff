mod world;

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, Waker};

use bytes::Bytes;
use kafka_proto::ErrorCode;

use super::super::batch::size_of;
use super::super::buffers::Buffers;
use super::super::life::Lives;
use super::super::verdict::Verdict;
use super::*;
use crate::api::{ErrorKind, Receipt};

/// As much room as is asked for.
struct Plenty;

impl Room for Plenty {
    fn take(&mut self, _bytes: usize) -> bool {
        true
    }

    fn left(&self) -> usize {
        usize::MAX
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

    fn left(&self) -> usize {
        self.0
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

fn append(
    queue: &mut PartitionQueue,
    record: &Record<'_>,
    room: &mut impl Room,
    now: Instant,
) -> Result<Appended> {
    queue.append(record, size_of(record), room, |_| beginning(now))
}

fn beginning(opened: Instant) -> Beginning {
    Beginning { opened, timestamp: 0, buffer: Vec::new(), done: Done::default() }
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
        append(&mut self.queue, &record, &mut Plenty, now).unwrap().delivery.unwrap()
    }

    /// A batch of one record, taken.
    fn send(&mut self, value: &str) -> (Batch, Delivery) {
        let delivery = self.append(value);
        self.queue.close_open();
        (self.take(), delivery)
    }

    fn take(&mut self) -> Batch {
        let batch = self.take_unsealed();
        assert!(self.queue.hand_over(batch.key, &Bytes::new()));
        batch
    }

    /// It is not handed to a connection yet.
    fn take_unsealed(&mut self) -> Batch {
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
        tell(settled) > 0
    }

    /// Sends and acknowledges one batch, after which several may be in flight.
    fn prove(&mut self) {
        let (batch, _) = self.send("first");
        assert!(self.answer(batch, written(0)));
    }
}

/// Tells the deliveries; returns how many have settled.
fn tell(settled: impl IntoIterator<Item = Settled>) -> usize {
    let told = |settled: Settled| settled.tell(&Buffers::new(0), &Lives::default());
    settled.into_iter().map(told).collect::<Vec<_>>().len()
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
    let mut append_one = || append(&mut bench.queue, &record, &mut Plenty, now).unwrap();
    let first = append_one();
    assert_eq!(first.listing, Listing { open: Some(now), ..Listing::default() });
    assert_eq!(append_one().listing, Listing::default(), "it stands among the open ones already");
    let mut appended = append_one();
    while appended.filled == 0 {
        appended = append_one();
    }
    assert!(appended.filled <= rules().batch_size);
    assert!(appended.listing.full);
}

#[test]
fn a_request_gets_one_batch_of_a_partition_whoever_puts_it_down_meanwhile() {
    let mut bench = Bench::new(rules());
    bench.prove();
    let now = bench.now;
    let take_listed = |bench: &mut Bench| bench.queue.take_listed(NODE, Some(GIVEN), usize::MAX, now);
    bench.append("a");
    bench.queue.close_open();
    assert!(bench.queue.list(now).full);
    assert!(matches!(take_listed(&mut bench), Take::Batch(_)));
    bench.append("b");
    bench.queue.close_open();
    assert!(bench.queue.list(now).full, "another thread puts it down while the request is gathered");
    assert!(matches!(take_listed(&mut bench), Take::Nothing));
    bench.append("c");
    assert_eq!(bench.queue.open_turn(now), OpenTurn::Held);
    assert!(bench.queue.list_for_the_next(now).full);
    assert!(matches!(take_listed(&mut bench), Take::Batch(_)));
}

#[test]
fn a_batch_whose_deliveries_have_failed_is_not_split_and_sent_again() {
    let mut bench = Bench::new(rules());
    let (batch, mut delivery) = bench.send("a");
    assert!(bench.queue.may_split(batch.key));
    assert_eq!(bench.expire(), 1);
    assert!(result(&mut delivery).unwrap().is_err());
    assert!(!bench.queue.may_split(batch.key));
}

#[test]
fn a_record_without_room_is_not_taken() {
    let mut bench = Bench::new(rules());
    let now = bench.now;
    let record = Record::to("t").value("0123456789");
    let mut room = Little(HEADER + size_of(&record) + 1);
    let first = append(&mut bench.queue, &record, &mut room, now).unwrap();
    assert!(first.delivery.is_some(), "the exact amount is there");
    let second = append(&mut bench.queue, &record, &mut room, now).unwrap();
    assert!(second.delivery.is_none());
    assert_eq!(bench.take_open().records, 1);
}

#[test]
fn a_batch_that_grows_takes_all_that_is_left_at_once() {
    let mut bench = Bench::new(Rules { batch_size: 10_000, ..rules() });
    let now = bench.now;
    let record = Record::to("t").value("0123456789");
    let mut room = Little(HEADER + 20 * size_of(&record) + 5);
    let mut steps = 0;
    for _ in 0..20 {
        let before = room.0;
        assert!(append(&mut bench.queue, &record, &mut room, now).unwrap().delivery.is_some());
        steps += usize::from(room.0 != before);
    }
    assert_eq!((steps, room.0), (1, 0), "not step by step, as there is less than it would like to have");
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
    bench.now += rules().delivery_timeout;
    let now = bench.now;
    let settled = bench.queue.expire(now);
    assert!(result(&mut delivery).is_none(), "whoever waits is told when the queue's lock is let go");
    assert_eq!(tell(settled), 1);
    let error = result(&mut delivery).unwrap().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::TimedOut);
    assert!(error.may_be_written());
    let number = sequence(&batch);
    let (next, _) = bench.send("b");
    assert_eq!(sequence(&next), number + 1);
    assert!(bench.answer(batch, lost()), "it is not sent again");
}

impl Bench {
    /// Lets everything expire; returns how much has its outcome.
    fn expire(&mut self) -> usize {
        self.now += rules().delivery_timeout;
        let now = self.now;
        tell(self.queue.expire(now))
    }
}

fn is_given_back_unwritten(delivery: &mut Delivery, value: &str) {
    let error = result(delivery).unwrap().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::TimedOut);
    assert!(!error.may_be_written(), "{error}");
    assert_eq!(error.record().unwrap().message.value.as_deref(), Some(value.as_bytes()));
    assert_eq!((error.topic(), error.partition()), (Some("t"), Some(0)));
}

#[test]
fn a_batch_that_expires_while_it_is_compressed_gives_its_records_back_and_is_not_sent() {
    let mut bench = Bench::new(rules());
    let mut delivery = bench.append("a");
    bench.queue.close_open();
    let mut batch = bench.take_unsealed();
    let source = Source::Unsealed(batch.share().unwrap());
    assert!(bench.queue.held(batch.key, source).is_none());
    assert_eq!(bench.expire(), 1);
    is_given_back_unwritten(&mut delivery, "a");
    let bytes = batch.seal_shared(None, || drop(bench.queue.unshare(batch_key(0)))).unwrap();
    assert!(!bench.queue.hand_over(batch.key, &bytes));
    let now = bench.now;
    assert_eq!(tell(bench.queue.returned(batch, now)), 1, "its memory is free");
    let next = bench.send("b").0.stamp.unwrap();
    assert_eq!((next.identity.epoch, next.sequence), (1, 0), "its number is not left behind");
}

fn batch_key(number: u64) -> crate::producer::batch::BatchKey {
    crate::producer::batch::BatchKey { number, first: 0 }
}

#[test]
fn a_batch_that_expires_while_it_is_sealed_fails_as_soon_as_its_records_are_at_hand() {
    for is_kept in [false, true] {
        let mut bench = Bench::new(rules());
        let mut delivery = bench.append("a");
        bench.queue.close_open();
        let mut batch = bench.take_unsealed();
        assert_eq!(bench.expire(), 0);
        assert!(result(&mut delivery).is_none());
        assert_eq!(bench.queue.unsettled().count(), 1);
        let bytes = batch.seal(None).unwrap();
        if is_kept {
            assert_eq!(tell(bench.queue.held(batch.key, Source::Sealed(bytes.clone()))), 1);
            is_given_back_unwritten(&mut delivery, "a");
        }
        assert!(!bench.queue.hand_over(batch.key, &bytes));
        let now = bench.now;
        tell(bench.queue.returned(batch, now));
        if !is_kept {
            is_given_back_unwritten(&mut delivery, "a");
        }
        assert!(bench.queue.is_idle());
    }
}

#[test]
fn a_batch_that_an_earlier_attempt_may_have_written_says_so_when_it_expires_before_the_next() {
    let mut bench = Bench::new(rules());
    let (batch, mut delivery) = bench.send("a");
    bench.answer(batch, lost());
    bench.now += Duration::from_secs(1);
    let mut batch = bench.take_unsealed();
    let bytes = batch.seal(None).unwrap();
    assert!(bench.queue.held(batch.key, Source::Sealed(bytes)).is_none());
    assert_eq!(bench.expire(), 1);
    assert!(result(&mut delivery).unwrap().unwrap_err().may_be_written());
}

#[test]
fn a_batch_that_was_never_sent_expires_certainly_unwritten() {
    let mut bench = Bench::new(rules());
    let mut delivery = bench.append("a");
    assert_eq!(bench.queue.next_expiry(), Some(bench.now + rules().delivery_timeout));
    assert_eq!(bench.expire(), 1);
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
    let refused = append(&mut bench.queue, &Record::to("t"), &mut Plenty, now).unwrap_err();
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
    tell(bench.queue.end(&Error::new(ErrorKind::Closed, "closed")));
    assert!(result(&mut delivery).unwrap().unwrap_err().may_be_written());
    assert!(!result(&mut waiting).unwrap().unwrap_err().may_be_written());
    assert!(bench.answer(batch, lost()), "settled for good");
}
