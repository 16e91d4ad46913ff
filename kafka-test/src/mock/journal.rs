//! What producers wrote and the test has not read yet, and the answers that they wait for.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::fmt;
use std::sync::{Arc, Weak};
use std::time::Duration;

use kafka_client::{
    Delivery, DeliverySender, Error, ErrorCode, ErrorKind, Message, OwnedRecord, Receipt, Result, TopicName,
};
use parking_lot::{Condvar, Mutex};
use tokio::sync::Notify;

use super::{closed, within};

/// When a mock says to the application that its messages are written.
///
/// ```
/// use kafka_client::{ErrorKind, Error, Producer, Record};
/// use kafka_test::mock::{Acknowledge, MockProducer};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> kafka_client::Result<()> {
/// let producer = MockProducer::new();
/// producer.set_acknowledge(Acknowledge::ByTest);
/// let first = producer.try_enqueue(Record::to("fruits").value("apple"))?;
/// let second = producer.try_enqueue(Record::to("fruits").value("pear"))?;
///
/// // The test decides about each, in the order it likes.
/// let mut apple = producer.try_read_produced().expect("enqueued above");
/// let mut pear = producer.try_read_produced().expect("enqueued above");
/// pear.acknowledge();
/// apple.fail(Error::new(ErrorKind::TimedOut, "no answer came").maybe_written());
///
/// assert_eq!(second.await?.offset, Some(1));
/// assert!(first.await.unwrap_err().may_be_written());
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Acknowledge {
    /// As soon as they are produced. The default.
    #[default]
    AtOnce,
    /// When the test has read them: until then `produce` waits, and so do deliveries.
    WhenRead,
    /// When the test has read them and says so with [`Produced::acknowledge`] or [`Produced::fail`].
    ByTest,
}

/// What the application wrote with one call: the messages of a `produce`, or the one record of an `enqueue`.
///
/// With [`Acknowledge::ByTest`] it also carries the answer: dropped without one, the application sees what a
/// lost connection does, an error that may be written all the same.
///
/// ```
/// use kafka_client::{Message, Producer};
/// use kafka_test::mock::MockProducer;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> kafka_client::Result<()> {
/// let producer = MockProducer::new();
/// producer.produce("fruits", 3, &mut [Message::value("apple"), Message::value("pear")]).await?;
///
/// let produced = producer.try_read_produced().expect("produced above");
/// assert_eq!((&*produced.topic, produced.partition), ("fruits", 3));
/// assert_eq!(produced.messages[1].value.as_deref(), Some(&b"pear"[..]));
/// assert_eq!(produced.messages[1].offset, 1);
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
#[non_exhaustive]
pub struct Produced {
    /// The topic.
    pub topic: TopicName,
    /// The partition: the application's choice, or its partitioner's.
    pub partition: i32,
    /// The messages, with the offsets that they got.
    pub messages: Vec<Message>,
    answer: Option<Answer>,
}

impl Produced {
    /// Says that the messages are written. `false`, and nothing happens, when they have an answer already.
    pub fn acknowledge(&mut self) -> bool {
        self.answer.take().is_some_and(|answer| answer.give(None))
    }

    /// Fails the messages; their offsets stay unused. `false`, and nothing happens, when they have an answer
    /// already.
    pub fn fail(&mut self, error: Error) -> bool {
        self.answer.take().is_some_and(|answer| answer.give(Some(error)))
    }
}

/// The right to answer one call.
struct Answer {
    journal: Weak<Journal>,
    call: u64,
}

impl Answer {
    fn give(&self, error: Option<Error>) -> bool {
        self.journal.upgrade().is_some_and(|journal| journal.answer(self.call, error))
    }
}

impl Drop for Answer {
    fn drop(&mut self) {
        let what = "the test dropped what was produced without an answer";
        self.give(Some(Error::new(ErrorKind::TimedOut, what).maybe_written()));
    }
}

impl fmt::Debug for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("to be given")
    }
}

/// One call of an application, to be written.
#[derive(Debug)]
pub(super) struct Write {
    pub(super) producer: u64,
    pub(super) topic: TopicName,
    pub(super) partition: i32,
    pub(super) messages: Vec<Message>,
    /// It came as a record: its error gives it back.
    pub(super) is_record: bool,
    /// Somebody has to acknowledge it.
    pub(super) acked: bool,
}

impl Write {
    fn record(&self) -> Option<OwnedRecord> {
        let message = self.messages.first().filter(|_| self.is_record)?;
        Some(OwnedRecord::new(self.topic.clone(), Some(self.partition), message.clone()))
    }
}

/// What all producers of a mock share.
#[derive(Default)]
pub(super) struct Journal {
    state: Mutex<State>,
    changed: Notify,
    /// For those who wait without a runtime.
    arrived: Condvar,
}

#[derive(Default)]
struct State {
    topics: BTreeMap<TopicName, i32>,
    first_offset: i64,
    next_offsets: BTreeMap<(TopicName, i32), i64>,
    acknowledge: Acknowledge,
    capacity: Option<usize>,
    /// Errors for so many calls each, before `response_error` counts.
    failures: VecDeque<(usize, Error)>,
    response_error: Option<Error>,
    unread: VecDeque<Unread>,
    /// Calls without an answer, by their number.
    unanswered: BTreeMap<u64, Unanswered>,
    calls: u64,
    producers: u64,
    closed_producers: BTreeSet<u64>,
    closed: bool,
}

struct Unread {
    call: u64,
    topic: TopicName,
    partition: i32,
    messages: Vec<Message>,
}

struct Unanswered {
    producer: u64,
    records: usize,
    receipt: Receipt,
    record: Option<OwnedRecord>,
    by_test: bool,
    sender: DeliverySender,
}

impl Unanswered {
    fn answer(self, error: Option<Error>) {
        self.sender.send(match error {
            None => Ok(self.receipt),
            Some(error) => Err(carrying(error, self.record)),
        });
    }
}

impl Journal {
    /// Takes a call; `None`: there is no room.
    pub(super) fn take(&self, write: &Write) -> Result<Option<Delivery>> {
        let delivery = {
            let mut state = self.state.lock();
            state.check(write)?;
            if !state.has_room() {
                return Ok(None);
            }
            state.write(write)
        };
        self.wake();
        Ok(Some(delivery))
    }

    /// Takes a call as soon as there is room, but waits no longer than `max_block`.
    pub(super) async fn take_waiting(&self, write: &Write, max_block: Duration) -> Result<Delivery> {
        let taking = async {
            loop {
                let changed = self.changed.notified();
                match self.take(write) {
                    Ok(Some(delivery)) => return Ok(delivery),
                    Ok(None) => changed.await,
                    Err(error) => return Err(error),
                }
            }
        };
        within(max_block, taking).await.unwrap_or_else(|| Err(no_room()))
    }

    /// The next call that was not read yet.
    pub(super) fn try_read(self: &Arc<Self>) -> Option<Produced> {
        let unread = self.state.lock().unread.pop_front()?;
        Some(self.hand_out(unread))
    }

    pub(super) async fn read(self: &Arc<Self>, timeout: Duration) -> Result<Produced> {
        let arrival = async {
            loop {
                let changed = self.changed.notified();
                if let Some(produced) = self.try_read() {
                    return Ok(produced);
                }
                if self.state.lock().closed {
                    return Err(closed());
                }
                changed.await;
            }
        };
        within(timeout, arrival).await.unwrap_or_else(|| Err(nothing_produced(timeout)))
    }

    pub(super) fn read_blocking(self: &Arc<Self>, timeout: Duration) -> Result<Produced> {
        let mut state = self.state.lock();
        let nothing = |state: &mut State| state.unread.is_empty() && !state.closed;
        self.arrived.wait_while_for(&mut state, nothing, timeout);
        let (unread, is_closed) = (state.unread.pop_front(), state.closed);
        drop(state);
        match unread {
            Some(unread) => Ok(self.hand_out(unread)),
            None if is_closed => Err(closed()),
            None => Err(nothing_produced(timeout)),
        }
    }

    fn hand_out(self: &Arc<Self>, unread: Unread) -> Produced {
        let Unread { call, topic, partition, messages } = unread;
        let by_test = self.state.lock().unanswered.get(&call).is_some_and(|unanswered| unanswered.by_test);
        if !by_test {
            self.answer(call, None);
        }
        let answer = by_test.then(|| Answer { journal: Arc::downgrade(self), call });
        Produced { topic, partition, messages, answer }
    }

    /// Whether the call was still without an answer.
    fn answer(&self, call: u64, error: Option<Error>) -> bool {
        let Some(unanswered) = self.state.lock().unanswered.remove(&call) else { return false };
        unanswered.answer(error);
        self.wake();
        true
    }

    /// Waits until all that `producer` wrote before is answered; returns how many records are not.
    pub(super) async fn flush(&self, producer: u64, timeout: Duration) -> usize {
        let until = self.state.lock().calls;
        let remaining = || self.state.lock().unanswered_of(producer, until);
        let answered = async {
            loop {
                let changed = self.changed.notified();
                if remaining() == 0 {
                    return;
                }
                changed.await;
            }
        };
        within(timeout, answered).await;
        remaining()
    }

    /// Takes no more from `producer`.
    pub(super) fn stop_taking(&self, producer: u64) {
        self.state.lock().closed_producers.insert(producer);
        self.wake();
    }

    /// Fails what is left of one producer, or of all when the mock is closed.
    pub(super) fn fail_rest(&self, producer: Option<u64>) {
        let rest: Vec<_> = {
            let mut state = self.state.lock();
            let of =
                |unanswered: &Unanswered| producer.is_none_or(|producer| unanswered.producer == producer);
            state.unanswered.extract_if(.., |_, unanswered| of(unanswered)).collect()
        };
        for (_, unanswered) in rest {
            unanswered.answer(Some(closed()));
        }
        self.wake();
    }

    /// Takes no more from anybody, and fails what is not answered. What was taken can still be read.
    pub(super) fn close(&self) {
        self.state.lock().closed = true;
        self.fail_rest(None);
    }

    /// A number for one more producer.
    pub(super) fn register(&self) -> Result<u64> {
        let mut state = self.state.lock();
        if state.closed {
            return Err(closed());
        }
        state.producers += 1;
        Ok(state.producers)
    }

    pub(super) fn is_closed(&self, producer: u64) -> bool {
        let state = self.state.lock();
        state.closed || state.closed_producers.contains(&producer)
    }

    pub(super) fn set_topic(&self, topic: TopicName, partitions: i32) {
        self.state.lock().topics.insert(topic, partitions);
    }

    /// How many partitions the topic has, if the test said so.
    pub(super) fn partitions(&self, topic: &str) -> Option<i32> {
        self.state.lock().topics.get(topic).copied()
    }

    pub(super) fn set_first_offset(&self, offset: i64) {
        self.state.lock().first_offset = offset;
    }

    pub(super) fn first_offset(&self) -> i64 {
        self.state.lock().first_offset
    }

    /// The offset that the next message written to the partition gets.
    pub(super) fn next_offset(&self, topic: &str, partition: i32) -> i64 {
        let state = self.state.lock();
        let next = state.next_offsets.get(&(TopicName::from(topic), partition));
        next.copied().unwrap_or(state.first_offset)
    }

    pub(super) fn set_acknowledge(&self, acknowledge: Acknowledge) {
        self.state.lock().acknowledge = acknowledge;
    }

    pub(super) fn set_capacity(&self, records: Option<usize>) {
        self.state.lock().capacity = records;
        self.wake();
    }

    pub(super) fn fail_next(&self, calls: usize, error: Error) {
        self.state.lock().failures.push_back((calls, error));
    }

    pub(super) fn set_response_error(&self, error: Option<Error>) {
        self.state.lock().response_error = error;
    }

    fn wake(&self) {
        self.changed.notify_waiters();
        self.arrived.notify_all();
    }
}

impl State {
    /// Whether the call can be taken at all.
    fn check(&self, write: &Write) -> Result<()> {
        let Write { topic, partition, .. } = write;
        if self.closed || self.closed_producers.contains(&write.producer) {
            return Err(closed());
        }
        if topic.is_empty() {
            return Err(Error::from_code(ErrorCode::INVALID_TOPIC_EXCEPTION).at(topic, *partition));
        }
        let partitions = self.topics.get(topic).copied().unwrap_or(i32::MAX);
        if !(0..partitions).contains(partition) {
            return Err(Error::from_code(ErrorCode::UNKNOWN_TOPIC_OR_PARTITION).at(topic, *partition));
        }
        Ok(())
    }

    fn has_room(&self) -> bool {
        let unanswered = || self.unanswered.values().map(|unanswered| unanswered.records).sum::<usize>();
        self.capacity.is_none_or(|capacity| unanswered() < capacity)
    }

    fn write(&mut self, write: &Write) -> Delivery {
        let (sender, delivery) = Delivery::channel();
        let Write { topic, partition, .. } = write;
        if let Some(mut error) = self.next_failure() {
            if error.topic().is_none() {
                error = error.at(topic, *partition);
            }
            sender.send(Err(carrying(error, write.record())));
            return delivery;
        }
        let next = self.next_offsets.entry((topic.clone(), *partition)).or_insert(self.first_offset);
        let base = *next;
        let mut messages = write.messages.clone();
        for message in &mut messages {
            message.topic = topic.clone();
            message.partition = *partition;
            message.offset = *next;
            *next = next.saturating_add(1);
        }
        let receipt = Receipt::new(*partition, write.acked.then_some(base), None);
        let call = self.calls;
        self.calls += 1;
        if write.acked && self.acknowledge != Acknowledge::AtOnce {
            let unanswered = Unanswered {
                producer: write.producer,
                records: messages.len(),
                receipt,
                record: write.record(),
                by_test: self.acknowledge == Acknowledge::ByTest,
                sender,
            };
            self.unanswered.insert(call, unanswered);
        } else {
            sender.send(Ok(receipt));
        }
        self.unread.push_back(Unread { call, topic: topic.clone(), partition: *partition, messages });
        delivery
    }

    /// The error that the test wants the next call to fail with.
    fn next_failure(&mut self) -> Option<Error> {
        while let Some((calls, error)) = self.failures.front_mut() {
            if let Some(left) = calls.checked_sub(1) {
                *calls = left;
                return Some(error.clone());
            }
            self.failures.pop_front();
        }
        self.response_error.clone()
    }

    /// How many records of `producer` from before call `until` have no answer.
    fn unanswered_of(&self, producer: u64, until: u64) -> usize {
        let before = self.unanswered.range(..until);
        before.filter(|(_, call)| call.producer == producer).map(|(_, call)| call.records).sum()
    }
}

pub(super) fn no_room() -> Error {
    Error::new(ErrorKind::QueueFull, "as many records as the mock's capacity wait for their answer")
}

fn nothing_produced(timeout: Duration) -> Error {
    Error::new(ErrorKind::TimedOut, format!("nothing was produced within {timeout:?}"))
}

/// The error with the record that failed.
fn carrying(error: Error, record: Option<OwnedRecord>) -> Error {
    match record {
        Some(record) => error.with_record(move || Some(record.clone())),
        None => error,
    }
}

impl fmt::Debug for Journal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = self.state.lock();
        f.debug_struct("Journal")
            .field("topics", &state.topics)
            .field("unread", &state.unread.len())
            .field("unanswered", &state.unanswered.len())
            .field("acknowledge", &state.acknowledge)
            .field("closed", &state.closed)
            .finish_non_exhaustive()
    }
}
