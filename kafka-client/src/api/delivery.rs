//! Records on their way: waiting for room, and for what became of each.

use std::fmt;
use std::future::Future;
use std::ops::{Deref, Range};
use std::pin::Pin;
use std::sync::{Arc, OnceLock};
use std::task::{Context, Poll, Waker, ready};

use parking_lot::Mutex;

use super::error::{Error, ErrorKind, Result};
use super::record::{OwnedRecord, Receipt};

/// What became of one record: resolves when it is acknowledged or has failed for good.
///
/// Dropping it changes nothing for the record ("fire and forget"). The error carries the record
/// ([`Error::record`]) and says whether it may be in the log all the same ([`Error::may_be_written`]).
///
/// ```
/// # use kafka_client::{Delivery, Producer, Record, Result};
/// # async fn run(producer: impl Producer) -> Result<()> {
/// let delivery: Delivery = producer.enqueue(Record::to("fruits").value("plum")).await?;
/// let receipt = delivery.await?;
/// println!("partition {}, offset {:?}", receipt.partition, receipt.offset);
/// # Ok(())
/// # }
/// ```
pub struct Delivery {
    // A `Done` in its parts: with one inside, it would be half as large again, and there may be a hundred thousand.
    block: Arc<Block>,
    nth: u32,
    index: u32,
}

impl Delivery {
    pub(crate) fn new(done: Done, index: u32) -> Self {
        Self { block: done.block, nth: done.nth, index }
    }

    /// What it is made of.
    pub(crate) fn into_parts(self) -> (Done, u32) {
        (Done { block: self.block, nth: self.nth }, self.index)
    }

    /// What is shared by all deliveries of its batch.
    #[inline]
    pub(crate) fn completion(&self) -> &Completion {
        at(&self.block, self.nth)
    }

    /// A delivery that the test decides about, for mocks of [`Producer`](crate::Producer).
    ///
    /// ```
    /// use kafka_client::{Delivery, Receipt};
    ///
    /// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
    /// let (sender, delivery) = Delivery::channel();
    /// sender.send(Ok(Receipt::new(3, Some(42), None)));
    /// assert_eq!(delivery.await.unwrap().offset, Some(42));
    /// # });
    /// ```
    pub fn channel() -> (DeliverySender, Self) {
        let done = Done::default();
        (DeliverySender { done: done.clone() }, Self::new(done, 0))
    }
}

impl Future for Delivery {
    type Output = Result<Receipt>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        self.completion().poll_record(self.index, cx)
    }
}

impl fmt::Debug for Delivery {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Delivery")
            .field("pending", &(self.completion().unsettled(self.index..self.index + 1) > 0))
            .finish_non_exhaustive()
    }
}

/// The other end of [`Delivery::channel`]. Dropped without a word, the delivery fails with
/// [`ErrorKind::Closed`].
///
/// ```
/// use kafka_client::{Delivery, DeliverySender, Error, ErrorCode, ErrorKind};
///
/// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
/// let (sender, delivery): (DeliverySender, Delivery) = Delivery::channel();
/// sender.send(Err(Error::from_code(ErrorCode::NOT_ENOUGH_REPLICAS)));
/// assert_eq!(delivery.await.unwrap_err().code(), Some(ErrorCode::NOT_ENOUGH_REPLICAS));
///
/// let (sender, delivery) = Delivery::channel();
/// drop(sender);
/// assert_eq!(delivery.await.unwrap_err().kind(), ErrorKind::Closed);
/// # });
/// ```
#[derive(Debug)]
pub struct DeliverySender {
    done: Done,
}

impl DeliverySender {
    /// Resolves the delivery.
    pub fn send(self, result: Result<Receipt>) {
        let outcome = match result {
            Ok(receipt) => Outcome::Written {
                partition: receipt.partition,
                base: receipt.offset,
                timestamp: receipt.timestamp,
            },
            Err(error) => Outcome::Failed { error, records: None },
        };
        self.done.settle(0..1, outcome);
    }
}

impl Drop for DeliverySender {
    fn drop(&mut self) {
        let error = Error::new(ErrorKind::Closed, "the record was given up without an outcome");
        self.done.settle(0..1, Outcome::Failed { error, records: None });
    }
}

/// Decodes the record of an index within its batch.
pub(crate) type DecodeRecord = Arc<dyn Fn(u32) -> Option<OwnedRecord> + Send + Sync>;

/// What became of a run of records.
#[derive(Clone)]
pub(crate) enum Outcome {
    /// They are in the log, the first of them at `base` where the broker said so.
    Written { partition: i32, base: Option<i64>, timestamp: Option<i64> },
    /// They failed, all for the same reason.
    Failed { error: Error, records: Option<DecodeRecord> },
}

impl Outcome {
    /// What it means for the record `nth` in the run.
    fn of(&self, nth: u32) -> Result<Receipt> {
        match self {
            Self::Written { partition, base, timestamp } => {
                Ok(Receipt::new(*partition, base.map(|base| base + i64::from(nth)), *timestamp))
            }
            Self::Failed { error, records: None } => Err(error.clone()),
            Self::Failed { error, records: Some(decode) } => {
                let decode = decode.clone();
                Err(error.clone().with_record(move || decode(nth)))
            }
        }
    }
}

/// How many waiting tasks are looked through for one that is registered already.
const KNOWN_WAKERS: usize = 16;

/// What became of the records of one batch, shared by their deliveries. Runs of indexes have an outcome each:
/// normally one run, more when the batch was split.
#[derive(Default)]
pub(crate) struct Completion {
    /// The run that had its outcome first, normally the only one: read without the lock.
    first: OnceLock<(Range<u32>, Outcome)>,
    rest: Mutex<Rest>,
}

#[derive(Default)]
struct Rest {
    runs: Vec<(Range<u32>, Outcome)>,
    /// The first task that waits, most often the only one, and the others.
    waker: Option<Waker>,
    wakers: Vec<Waker>,
}

impl Completion {
    /// The records of `run` have this outcome. The first outcome of a record is its last: `false` if it had one.
    pub(crate) fn settle(&self, run: Range<u32>, outcome: Outcome) -> bool {
        let (waker, wakers) = {
            let mut rest = self.rest.lock();
            if self.settled(&rest, &run) > 0 {
                return false;
            }
            if let Err(later) = self.first.set((run, outcome)) {
                rest.runs.push(later);
            }
            (rest.waker.take(), std::mem::take(&mut rest.wakers))
        };
        waker.into_iter().chain(wakers).for_each(Waker::wake);
        true
    }

    /// How many records of `run` have no outcome yet.
    pub(crate) fn unsettled(&self, run: Range<u32>) -> u32 {
        run.len() as u32 - self.settled(&self.rest.lock(), &run)
    }

    /// Ready when all records of `run` have an outcome.
    pub(crate) fn poll_settled(&self, run: Range<u32>, cx: &Context<'_>) -> Poll<()> {
        let mut rest = self.rest.lock();
        if self.settled(&rest, &run) == run.len() as u32 {
            return Poll::Ready(());
        }
        rest.register(cx.waker());
        Poll::Pending
    }

    #[inline]
    pub(crate) fn poll_record(&self, index: u32, cx: &Context<'_>) -> Poll<Result<Receipt>> {
        match self.first.get() {
            Some((run, outcome)) if run.contains(&index) => Poll::Ready(outcome.of(index - run.start)),
            _ => self.poll_rest(index, cx),
        }
    }

    fn poll_rest(&self, index: u32, cx: &Context<'_>) -> Poll<Result<Receipt>> {
        let mut rest = self.rest.lock();
        // Also the first again: it may have come since it was looked at.
        let mut runs = self.first.get().into_iter().chain(&rest.runs);
        if let Some((run, outcome)) = runs.find(|(run, _)| run.contains(&index)) {
            return Poll::Ready(outcome.of(index - run.start));
        }
        rest.register(cx.waker());
        Poll::Pending
    }

    /// How many records of `run` have an outcome.
    fn settled(&self, rest: &Rest, run: &Range<u32>) -> u32 {
        self.first.get().into_iter().chain(&rest.runs).map(|(known, _)| overlap(known, run)).sum()
    }
}

impl Rest {
    /// One entry serves all deliveries that a task waits for.
    fn register(&mut self, waker: &Waker) {
        let Some(first) = &self.waker else {
            self.waker = Some(waker.clone());
            return;
        };
        let known = |known: &Waker| known.will_wake(waker);
        if known(first) || self.wakers.iter().rev().take(KNOWN_WAKERS).any(known) {
            return;
        }
        if self.wakers.len() > KNOWN_WAKERS && self.wakers.len() == self.wakers.capacity() {
            // Many tasks that look in turn, again and again, have an entry for each look.
            let mut distinct: Vec<Waker> = Vec::new();
            for waker in self.wakers.drain(..) {
                if !distinct.iter().any(|known| known.will_wake(&waker)) {
                    distinct.push(waker);
                }
            }
            self.wakers = distinct;
        }
        self.wakers.push(waker.clone());
    }
}

fn overlap(one: &Range<u32>, other: &Range<u32>) -> u32 {
    one.end.min(other.end).saturating_sub(one.start.max(other.start))
}

/// How many completions are made at a time: with one allocation each, they would be a third of those that a batch takes.
const AT_A_TIME: usize = 8;

type Block = [Completion; AT_A_TIME];

#[inline]
fn at(block: &Block, nth: u32) -> &Completion {
    &block[nth as usize % AT_A_TIME]
}

/// A shared [`Completion`].
#[derive(Clone, Debug, Default)]
pub(crate) struct Done {
    block: Arc<Block>,
    /// Which one of its block, below [`AT_A_TIME`].
    nth: u32,
}

impl Done {
    /// What tells it from all others for as long as it lives.
    pub(crate) fn address(&self) -> usize {
        std::ptr::from_ref::<Completion>(self).addr()
    }

    pub(crate) fn is(&self, other: &Completion) -> bool {
        std::ptr::eq(&raw const **self, other)
    }
}

impl Deref for Done {
    type Target = Completion;

    #[inline]
    fn deref(&self) -> &Completion {
        at(&self.block, self.nth)
    }
}

/// Hands out completions.
#[derive(Debug, Default)]
pub(crate) struct Dones {
    next: Option<Done>,
}

impl Dones {
    pub(crate) fn take(&mut self) -> Done {
        let done = self.next.take().unwrap_or_default();
        let nth = done.nth + 1;
        self.next = ((nth as usize) < AT_A_TIME).then(|| Done { block: done.block.clone(), nth });
        done
    }
}

impl fmt::Debug for Completion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let runs = usize::from(self.first.get().is_some()) + self.rest.lock().runs.len();
        f.debug_struct("Completion").field("runs", &runs).finish()
    }
}

/// A record on its way into the producer's buffer: resolves to its [`Delivery`] once it is taken.
///
/// With room at the call, the record was taken at the call, and dropping this is "fire and forget". Without
/// room it was copied; its place in the queue begins at the first poll, and dropped before it is ready, it was
/// not taken. Those that came later to the same topic wait behind it: poll it until it is ready, or drop it. Now and
/// then (once per 64 KiB of full batches) it pends once although the record was taken, so
/// that a loop lets other tasks run.
///
/// ```
/// # use kafka_client::{Producer, Record, Result};
/// # async fn run(producer: impl Producer) -> Result<()> {
/// for n in 0..1_000 {
///     let _forgotten = producer.enqueue(Record::to("numbers").value(&n.to_string())).await?;
/// }
/// producer.flush(std::time::Duration::from_secs(10)).await;
/// # Ok(())
/// # }
/// ```
#[must_use = "a record without room at the call is taken only when this is polled"]
pub struct Enqueue(Taking);

enum Taking {
    /// Taken or refused; `None` after it was handed out.
    Decided {
        result: Option<Result<Delivery>>,
        pause: bool,
    },
    Waiting(Pin<Box<dyn Future<Output = Result<Delivery>> + Send>>),
}

impl Enqueue {
    /// One that is decided already.
    pub fn decided(result: Result<Delivery>) -> Self {
        Self(Taking::Decided { result: Some(result), pause: false })
    }

    /// One that `waiting` decides. The future owns a copy of the record.
    pub fn waiting(waiting: impl Future<Output = Result<Delivery>> + Send + 'static) -> Self {
        Self(Taking::Waiting(Box::pin(waiting)))
    }

    /// One that is decided already and pends once to let other tasks run.
    pub(crate) fn after_a_pause(delivery: Delivery) -> Self {
        Self(Taking::Decided { result: Some(Ok(delivery)), pause: true })
    }

    /// The same as polling it, but hands out the delivery before the pause, and says whether one is due: for those who
    /// must not be dropped in between.
    pub(crate) fn poll_taken(&mut self, cx: &mut Context<'_>) -> Poll<Result<(Delivery, bool)>> {
        if let Taking::Decided { result: Some(Ok(_)), pause: pause @ true } = &mut self.0 {
            *pause = false;
            return Pin::new(self).poll(cx).map_ok(|delivery| (delivery, true));
        }
        Pin::new(self).poll(cx).map_ok(|delivery| (delivery, false))
    }
}

impl Future for Enqueue {
    type Output = Result<Delivery>;

    #[inline]
    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        match &mut self.0 {
            Taking::Decided { pause: pause @ true, .. } => {
                *pause = false;
                cx.waker().wake_by_ref();
                Poll::Pending
            }
            Taking::Decided { result, .. } => {
                Poll::Ready(result.take().unwrap_or_else(|| Err(polled_again())))
            }
            Taking::Waiting(waiting) => {
                let result = ready!(waiting.as_mut().poll(cx));
                self.0 = Taking::Decided { result: None, pause: false };
                Poll::Ready(result)
            }
        }
    }
}

fn polled_again() -> Error {
    Error::new(ErrorKind::InvalidRecord, "an Enqueue was polled again after it had handed out its delivery")
}

impl fmt::Debug for Enqueue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Enqueue").field("waiting", &matches!(self.0, Taking::Waiting(_))).finish()
    }
}

/// [`Enqueue`], then its [`Delivery`]: resolves when the record is acknowledged or has failed.
///
/// ```
/// # use kafka_client::{Producer, Record, Result};
/// # async fn run(producer: impl Producer) -> Result<()> {
/// let receipt = producer.send(Record::to("fruits").key("k").value("plum")).await?;
/// assert!(receipt.partition >= 0);
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
#[must_use = "a record without room at the call is taken only when this is polled"]
pub struct Sending(Step);

#[derive(Debug)]
enum Step {
    Enqueue(Enqueue),
    Deliver(Delivery),
}

impl From<Enqueue> for Sending {
    fn from(enqueue: Enqueue) -> Self {
        Self(Step::Enqueue(enqueue))
    }
}

impl Future for Sending {
    type Output = Result<Receipt>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        loop {
            match &mut self.0 {
                Step::Enqueue(enqueue) => {
                    let delivery = ready!(Pin::new(enqueue).poll(cx))?;
                    self.0 = Step::Deliver(delivery);
                }
                Step::Deliver(delivery) => return Pin::new(delivery).poll(cx),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::Message;

    fn poll<F: Future + Unpin>(future: &mut F) -> Poll<F::Output> {
        Pin::new(future).poll(&mut Context::from_waker(Waker::noop()))
    }

    fn written(base: i64) -> Outcome {
        Outcome::Written { partition: 1, base: Some(base), timestamp: None }
    }

    #[test]
    fn is_two_words_wide() {
        assert!(size_of::<Delivery>() <= 2 * size_of::<usize>());
    }

    #[test]
    fn each_record_of_a_batch_gets_its_own_offset() {
        let done = Done::default();
        let mut deliveries: Vec<_> = (0..3).map(|index| Delivery::new(done.clone(), index)).collect();
        assert!(poll(&mut deliveries[0]).is_pending());
        assert_eq!(done.unsettled(0..3), 3);
        done.settle(0..3, written(10));
        for (nth, delivery) in deliveries.iter_mut().enumerate() {
            let Poll::Ready(Ok(receipt)) = poll(delivery) else { unreachable!("settled") };
            assert_eq!(receipt.offset, Some(10 + nth as i64));
        }
    }

    #[test]
    fn the_halves_of_a_split_batch_have_outcomes_of_their_own() {
        let done = Done::default();
        done.settle(0..2, written(10));
        assert_eq!(done.unsettled(0..4), 2);
        assert!(poll(&mut Delivery::new(done.clone(), 2)).is_pending());
        done.settle(2..4, written(50));
        let Poll::Ready(Ok(receipt)) = poll(&mut Delivery::new(done, 3)) else { unreachable!("settled") };
        assert_eq!(receipt.offset, Some(51));
    }

    #[test]
    fn completions_of_one_block_are_told_apart() {
        let mut dones = Dones::default();
        let all: Vec<_> = (0..3 * AT_A_TIME).map(|_| dones.take()).collect();
        for (nth, done) in all.iter().enumerate() {
            assert_eq!(done.unsettled(0..1), 1);
            assert!(done.settle(0..1, written(nth as i64)));
            assert!(done.is(&done.clone()));
            assert!(all.iter().skip(nth + 1).all(|other| !other.is(done)));
        }
    }

    #[test]
    fn the_first_outcome_of_a_record_is_its_last() {
        let done = Completion::default();
        assert!(done.settle(0..2, written(10)));
        assert!(!done.settle(0..2, written(20)));
        assert!(!done.settle(1..3, written(20)));
    }

    #[test]
    fn a_failed_delivery_carries_its_record() {
        let done = Done::default();
        let error = Error::new(ErrorKind::TimedOut, "late");
        let records: DecodeRecord =
            Arc::new(|nth| Some(OwnedRecord::new("t".into(), Some(0), Message::value(nth.to_string()))));
        done.settle(0..2, Outcome::Failed { error, records: Some(records) });
        let Poll::Ready(Err(error)) = poll(&mut Delivery::new(done, 1)) else { unreachable!("settled") };
        assert_eq!(error.record().unwrap().message.value.as_deref(), Some(&b"1"[..]));
    }

    #[test]
    fn a_task_that_waits_for_many_deliveries_is_registered_once() {
        struct Task;
        impl std::task::Wake for Task {
            fn wake(self: Arc<Self>) {}
        }
        let task = Waker::from(Arc::new(Task));
        let done = Done::default();
        for index in 0..100 {
            let mut delivery = Delivery::new(done.clone(), index);
            assert!(Pin::new(&mut delivery).poll(&mut Context::from_waker(&task)).is_pending());
        }
        let rest = done.rest.lock();
        assert!(rest.waker.is_some() && rest.wakers.is_empty());
    }

    #[test]
    fn tasks_that_look_in_turn_again_and_again_take_no_more_memory() {
        struct Task(#[expect(dead_code, reason = "tasks of no size would share one address")] u8);
        impl std::task::Wake for Task {
            fn wake(self: Arc<Self>) {}
        }
        let tasks: Vec<_> = (0..50).map(|nth| Waker::from(Arc::new(Task(nth)))).collect();
        let mut delivery = Delivery::new(Done::default(), 0);
        for _ in 0..1_000 {
            for task in &tasks {
                assert!(Pin::new(&mut delivery).poll(&mut Context::from_waker(task)).is_pending());
            }
        }
        assert!(delivery.completion().rest.lock().wakers.len() < 4 * tasks.len());
    }

    #[test]
    fn a_dropped_sender_fails_its_delivery() {
        let (sender, mut delivery) = Delivery::channel();
        drop(sender);
        let Poll::Ready(Err(error)) = poll(&mut delivery) else { unreachable!("settled") };
        assert_eq!(error.kind(), ErrorKind::Closed);
    }

    #[test]
    fn an_enqueue_that_pauses_pends_once_and_then_hands_out_its_delivery() {
        let (_sender, delivery) = Delivery::channel();
        let mut enqueue = Enqueue::after_a_pause(delivery);
        assert!(poll(&mut enqueue).is_pending());
        assert!(matches!(poll(&mut enqueue), Poll::Ready(Ok(_))));
        assert!(matches!(poll(&mut enqueue), Poll::Ready(Err(_))));
    }

    #[test]
    fn sending_is_enqueue_then_delivery() {
        let (sender, delivery) = Delivery::channel();
        let mut sending = Sending::from(Enqueue::decided(Ok(delivery)));
        assert!(poll(&mut sending).is_pending());
        sender.send(Ok(Receipt::new(0, Some(7), None)));
        let Poll::Ready(Ok(receipt)) = poll(&mut sending) else { unreachable!("sent") };
        assert_eq!(receipt.offset, Some(7));
    }
}
