use std::fmt;
use std::future::poll_fn;
use std::pin::pin;
use std::sync::{Arc, Weak};
use std::time::Duration;

use async_trait::async_trait;
use kafka_proto::records::BatchSize;
use tokio::time::{Instant, timeout_at};

use super::batch::{Batch, HEADER, measure};
use super::budget::{Grant, Room};
use super::engine::{Engine, Phase, Taken, closed};
use super::queue::Beginning;
use super::topics::{self, Slot};
use crate::api::{
    Delivery, Enqueue, Error, ErrorKind, Message, OwnedRecord, Producer, Receipt, Record, Result, Sending,
    TopicName,
};
use crate::config::{self, ProducerConf};
use crate::metadata::Cluster;
use crate::net::runtime;

/// Writes to a cluster. Cheap to clone; all clones are one producer: the same batches, connections, memory and,
/// with idempotence, the same producer id. From [`Broker::producer`](crate::Broker::producer).
///
/// Records of one partition are written in the order in which they were taken. With idempotence, the default, no
/// retry writes a record twice or out of order. Without it (acks none or one, or `Idempotence::Off`) a batch that
/// is sent again holds back the later ones, but those that were in flight beside it may have been written
/// before it: `max_in_flight` 1 keeps the order then.
///
/// Dropping the last handle takes nothing back: what was taken is sent until `delivery_timeout`. Use
/// [`KafkaProducer::close`] to know the end of it.
///
/// ```no_run
/// # async fn run(broker: kafka_client::Broker) -> kafka_client::Result<()> {
/// use kafka_client::{Message, ProducerConf, Record};
/// use std::time::Duration;
///
/// let producer = broker.producer(ProducerConf::new())?;
///
/// // One atomic batch, offsets filled in.
/// let mut messages = [Message::value("apple"), Message::value("pear")];
/// producer.produce("fruits", 0, &mut messages).await?;
/// assert_eq!(messages[1].offset, messages[0].offset + 1);
///
/// // Batched with others; waits for room only.
/// let delivery = producer.enqueue(Record::to("fruits").key("k").value("plum")).await?;
/// println!("written to partition {}", delivery.await?.partition);
///
/// producer.close(Duration::from_secs(10)).await?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct KafkaProducer(Arc<Owner>);

/// What all clones share; its end is theirs.
struct Owner(Arc<Engine>);

impl Drop for Owner {
    fn drop(&mut self) {
        self.0.let_go();
    }
}

impl KafkaProducer {
    /// A producer for `cluster`. No I/O: connections and the producer id come with the first record.
    pub(crate) fn start(cluster: Cluster, conf: ProducerConf) -> Result<Self> {
        conf.validate()?;
        Ok(Self(Arc::new(Owner(Engine::start(cluster, conf)))))
    }

    /// A handle that does not keep the producer going.
    pub(crate) fn downgrade(&self) -> WeakProducer {
        WeakProducer(Arc::downgrade(self.engine()))
    }

    pub(super) fn engine(&self) -> &Arc<Engine> {
        &self.0.0
    }

    /// See [`Producer::produce`]. Waits at most `max_block` for the topic's metadata and for room, then until
    /// `delivery_timeout`. A batch may exceed `batch_size`, up to `max_request_size`; it is an error beyond.
    pub async fn produce(
        &self,
        topic: &str,
        partition: i32,
        messages: &mut [Message],
    ) -> Result<Option<i64>> {
        self.produce_by(topic, partition, messages, None).await
    }

    /// [`KafkaProducer::produce`] until a time at which it is given up: the error then says whether the batch may be
    /// written all the same.
    pub(crate) async fn produce_by(
        &self,
        topic: &str,
        partition: i32,
        messages: &mut [Message],
        deadline: Option<Instant>,
    ) -> Result<Option<i64>> {
        let engine = self.engine();
        engine.check_open()?;
        if messages.is_empty() {
            return Ok(None);
        }
        runtime()?;
        if deadline.is_some_and(|deadline| deadline <= Instant::now()) {
            return Err(too_late());
        }
        let taking = take_batch(engine, topic, partition, messages);
        let (slot, wall, mut delivery) = match deadline {
            None => taking.await?,
            Some(deadline) => timeout_at(deadline, taking).await.unwrap_or_else(|_| Err(too_late()))?,
        };
        let receipt = match deadline {
            None => delivery.await?,
            Some(deadline) => match timeout_at(deadline, &mut delivery).await {
                Ok(receipt) => receipt?,
                Err(_) => {
                    give_up(engine, &slot, &delivery);
                    delivery.await?
                }
            },
        };
        let name = &slot.topic;
        for (nth, message) in (0..).zip(messages.iter_mut()) {
            message.topic = name.clone();
            message.partition = receipt.partition;
            message.offset = receipt.offset.map_or(-1, |base| base + nth);
            message.timestamp = receipt.timestamp.or(message.timestamp).or(Some(wall));
        }
        Ok(receipt.offset)
    }

    /// See [`Producer::try_enqueue`]. A topic that this producer has not written to yet is not known at once:
    /// that, too, is [`ErrorKind::QueueFull`], and the topic is asked for. Once the cluster has said that it does not
    /// have the topic, or that it may not be written to, that is the error.
    pub fn try_enqueue(&self, record: Record<'_>) -> Result<Delivery> {
        let engine = self.engine();
        match take(engine, &record)? {
            Taken::Yes(delivery) | Taken::Paused(delivery) => Ok(delivery),
            Taken::NoRoom => Err(no_room(engine)),
            Taken::UnknownTopic => {
                engine.cluster.stale(record.topic);
                if let Some(error) = engine.cluster.why_unknown(record.topic) {
                    return Err(error);
                }
                Err(Error::new(ErrorKind::QueueFull, "the topic is not known yet: try again, or use enqueue"))
            }
        }
    }

    /// See [`Producer::enqueue`]. Waits at most `max_block`.
    pub fn enqueue(&self, record: Record<'_>) -> Enqueue {
        let engine = self.engine();
        match take(engine, &record) {
            Ok(Taken::Yes(delivery)) => Enqueue::decided(Ok(delivery)),
            Ok(Taken::Paused(delivery)) => Enqueue::after_a_pause(delivery),
            Ok(Taken::NoRoom | Taken::UnknownTopic) => {
                Enqueue::waiting(take_waiting(engine.clone(), OwnedRecord::from(&record)))
            }
            Err(error) => Enqueue::decided(Err(error)),
        }
    }

    /// See [`Producer::send`].
    pub fn send(&self, record: Record<'_>) -> Sending {
        self.enqueue(record).into()
    }

    /// See [`Producer::send_all`].
    pub async fn send_all(&self, records: &[Record<'_>]) -> Vec<Result<Receipt>> {
        Producer::send_all(self, records).await
    }

    /// See [`Producer::flush`]. Open batches go at once, whatever `linger` says.
    pub async fn flush(&self, timeout: Duration) -> usize {
        let timeout = if runtime().is_ok() { timeout } else { return self.unsettled() };
        self.engine().flush(config::deadline(timeout)).await
    }

    /// See [`Producer::close`]. Ends the producer of all clones.
    pub async fn close(&self, timeout: Duration) -> Result<()> {
        runtime()?;
        self.engine().close(timeout).await
    }

    /// Ends the producer of all clones at once, without waiting: nothing more is sent, and every record without an
    /// outcome fails with [`ErrorKind::Closed`]. Its error says whether it may be written all the same: those that were
    /// on their way may, those that were not yet sent are certainly not. Returns how many failed. Idempotent.
    pub fn abort(&self) -> usize {
        self.engine().abort()
    }

    fn unsettled(&self) -> usize {
        let unsettled = self.engine().hurry();
        unsettled.into_iter().map(|(done, run)| done.unsettled(run) as usize).sum()
    }
}

/// A producer as its broker remembers it.
pub(crate) struct WeakProducer(Weak<Engine>);

impl WeakProducer {
    /// Whether it has anything left to do.
    pub(crate) fn is_alive(&self) -> bool {
        self.0.upgrade().is_some_and(|engine| engine.phase() != Phase::Ended)
    }

    /// The producer, if it is alive: also when its last handle was dropped and it still delivers.
    pub(crate) fn upgrade(&self) -> Option<KafkaProducer> {
        let engine = self.0.upgrade().filter(|engine| engine.phase() != Phase::Ended)?;
        engine.claim();
        Some(KafkaProducer(Arc::new(Owner(engine))))
    }
}

/// Takes the record if it can be taken now; a topic that the cluster's snapshot has counts as known.
#[inline]
fn take(engine: &Arc<Engine>, record: &Record<'_>) -> Result<Taken> {
    match engine.take(record)? {
        Taken::UnknownTopic => check_partition(record)?,
        taken => return Ok(taken),
    }
    match engine.cluster.snapshot().topic(record.topic) {
        Some(described) => {
            engine.remember(described)?;
            engine.take(record)
        }
        None => Ok(Taken::UnknownTopic),
    }
}

/// What no topic has need not be waited for.
fn check_partition(record: &Record<'_>) -> Result<()> {
    let negative = record.partition.filter(|partition| *partition < 0);
    negative.map_or(Ok(()), |partition| Err(topics::negative(record.topic, partition)))
}

/// Waits for the topic and for room.
async fn take_waiting(engine: Arc<Engine>, record: OwnedRecord) -> Result<Delivery> {
    runtime()?;
    let deadline = Instant::now() + engine.conf.max_block;
    let size = record.with(|record| engine.size(&record))?;
    let line = engine.line(&record.message.topic);
    let taking = async {
        let _turn = line.turn().await;
        let topic = engine.topic(&record.message.topic, deadline).await?;
        let mut room = wait_for_room(&engine, HEADER + size).await?;
        match record.with(|record| engine.take_into(&topic, &record, size, &mut room))? {
            Taken::Yes(delivery) | Taken::Paused(delivery) => Ok(delivery),
            Taken::NoRoom | Taken::UnknownTopic => Err(no_room(&engine)),
        }
    };
    within_max_block(&engine, deadline, taking).await
}

/// The batch of a delivery is not waited for any longer. It has its outcome after this.
fn give_up(engine: &Arc<Engine>, slot: &Arc<Slot>, delivery: &Delivery) {
    let now = Instant::now();
    let (settled, listing) =
        slot.with(|queue| (queue.give_up(delivery.completion(), &too_late()), queue.list(now)));
    engine.tell(settled);
    engine.put_down(slot, listing);
}

fn too_late() -> Error {
    Error::new(ErrorKind::TimedOut, "the batch was not acknowledged by the write deadline")
}

/// Takes the messages as one batch; returns where it waits, and the time of those that have none.
async fn take_batch(
    engine: &Arc<Engine>,
    topic: &str,
    partition: i32,
    messages: &[Message],
) -> Result<(Arc<Slot>, i64, Delivery)> {
    let owned = |message: &Message| OwnedRecord::new(TopicName::default(), None, message.clone());
    let wall = engine.cluster.environment().wall_clock_ms();
    let mut size = BatchSize::new();
    for message in messages {
        owned(message).with(|record| measure(&mut size, &record, wall));
    }
    let bytes = size.bytes();
    let (slot, delivery) = take_whole(engine, topic, partition, bytes, || {
        let beginning = Beginning { timestamp: wall, ..engine.begin(bytes) };
        let mut batch = Batch::atomic(bytes, beginning);
        for message in messages {
            owned(message).with(|record| batch.append(&record))?;
        }
        Ok(batch)
    })
    .await?;
    Ok((slot, wall, delivery))
}

/// Takes a batch of so many bytes that is never split; it is made once there is room for it. Returns where it waits.
pub(super) async fn take_whole(
    engine: &Arc<Engine>,
    topic: &str,
    partition: i32,
    bytes: usize,
    make: impl FnOnce() -> Result<Batch>,
) -> Result<(Arc<Slot>, Delivery)> {
    let deadline = Instant::now() + engine.conf.max_block;
    if bytes > engine.conf.max_request_size {
        return Err(engine.too_large(bytes).at(topic, partition));
    }
    if partition < 0 {
        return Err(topics::negative(topic, partition));
    }
    let line = engine.line(topic);
    let taking = async {
        let _turn = line.turn().await;
        let mut known = engine.topic(topic, deadline).await?;
        if known.slot(topic, partition).is_err() {
            // It may have grown.
            known = engine.remember(&*engine.cluster.topic_until(topic, deadline, true).await?)?;
        }
        let slot = known.slot(topic, partition)?;
        if engine.budget.is_short() || !(&engine.budget).take(bytes) {
            wait_for_room(engine, bytes).await?.take(bytes);
        }
        let pushed = make().and_then(|batch| {
            let delivery = Delivery::new(batch.done.clone(), 0);
            Ok((slot.with(|queue| queue.push(batch))?, delivery))
        });
        match pushed {
            Ok((listing, delivery)) => {
                engine.submit(slot, listing);
                Ok((slot.clone(), delivery))
            }
            Err(error) => {
                engine.release(bytes);
                Err(error)
            }
        }
    };
    within_max_block(engine, deadline, taking).await
}

/// Waits for room. The senders are told: what they hold back goes now.
async fn wait_for_room(engine: &Engine, bytes: usize) -> Result<Grant<'_>> {
    let mut waiting = pin!(engine.budget.wait(bytes));
    let mut told = false;
    poll_fn(|cx| {
        let polled = waiting.as_mut().poll(cx);
        if polled.is_pending() && !std::mem::replace(&mut told, true) {
            engine.nudge();
        }
        polled
    })
    .await
}

/// Runs `taking` unless the producer is closed or `max_block` is over before.
async fn within_max_block<T>(
    engine: &Engine,
    deadline: Instant,
    taking: impl Future<Output = Result<T>>,
) -> Result<T> {
    let mut phases = engine.phases();
    tokio::select! {
        biased;
        _ = phases.wait_for(|phase| *phase != Phase::Open) => Err(closed()),
        taken = taking => taken,
        () = tokio::time::sleep_until(deadline) => {
            let what = format!("no room in buffer_memory within max_block ({:?})", engine.conf.max_block);
            Err(Error::new(ErrorKind::QueueFull, what))
        }
    }
}

fn no_room(engine: &Engine) -> Error {
    let what = format!(
        "buffer_memory ({} bytes) is full of records that wait for their delivery",
        engine.conf.buffer_memory
    );
    Error::new(ErrorKind::QueueFull, what)
}

#[async_trait]
impl Producer for KafkaProducer {
    async fn produce(&self, topic: &str, partition: i32, messages: &mut [Message]) -> Result<Option<i64>> {
        Self::produce(self, topic, partition, messages).await
    }

    fn try_enqueue(&self, record: Record<'_>) -> Result<Delivery> {
        Self::try_enqueue(self, record)
    }

    fn enqueue(&self, record: Record<'_>) -> Enqueue {
        Self::enqueue(self, record)
    }

    async fn flush(&self, timeout: Duration) -> usize {
        Self::flush(self, timeout).await
    }

    async fn close(&self, timeout: Duration) -> Result<()> {
        Self::close(self, timeout).await
    }
}

impl fmt::Debug for KafkaProducer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KafkaProducer").field("phase", &self.engine().phase()).finish_non_exhaustive()
    }
}
