use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::time::Duration;

use parking_lot::Mutex;
use tokio::sync::Mutex as AsyncMutex;
use tokio::time::Instant;
use tracing::Instrument;

use super::batch::{Batch, BatchSender, Batches};
use crate::api::{Delivery, Error, ErrorKind, Receipt, Result};
use crate::config::{self, BatchProducerConf};
use crate::net::runtime;
use crate::producer::{KafkaProducer, SharedLife, Whole};
use crate::watch;

/// Produces [`Batch`]es and gives every one back, produced or not, with one [`Exchange`](crate::Exchange) for each
/// attempt. From [`Broker::batch_producer`](crate::Broker::batch_producer).
///
/// Batches are sent as [`KafkaProducer`] sends its own: idempotent unless told otherwise, those of one partition in the
/// order in which they came, several partitions in one request. `num_workers` of them are on their way at a time.
///
/// They come back in the order in which they have their outcome. When nobody takes them back, `num_workers` and
/// `capacity` batches are held and no more are taken from the input: that, and nothing else, then waits. Without
/// anybody to give them back to (the output was dropped) they are produced all the same.
///
/// It ends with its input: what came is produced, and then the output ends. Closing the broker ends it too: what is left
/// comes back with [`ErrorKind::Closed`]. Dropping the handle changes nothing.
///
/// ```no_run
/// # async fn run(broker: kafka_client::Broker) -> kafka_client::Result<()> {
/// use kafka_client::{BatchBuilder, BatchBuilderConf, BatchProducerConf, Record};
/// use std::time::Duration;
///
/// let (builder, batches) = BatchBuilder::start(BatchBuilderConf::new("fruits", 4))?;
/// let producer = broker.batch_producer(BatchProducerConf::new("fruits", 0..4))?;
/// let mut done = producer.start(batches)?;
///
/// builder.add(Record::to("fruits").key("k").value("plum")).await?;
/// builder.close();
/// while let Some(batch) = done.recv().await {
///     match batch.error() {
///         None => println!("{} records at offset {:?}", batch.len(), batch.life().base_offset()),
///         Some(error) => println!("{} records are not written: {error}", batch.len()),
///     }
/// }
/// producer.wait(Duration::from_secs(10)).await?;
/// # Ok(())
/// # }
/// ```
pub struct BatchProducer {
    work: Arc<Work>,
    span: tracing::Span,
    /// How many workers there are; `None` before the start.
    running: Arc<watch::Sender<Option<usize>>>,
}

/// What the workers share.
struct Work {
    producer: KafkaProducer,
    conf: BatchProducerConf,
    turn: AtomicUsize,
}

/// A batch on its way.
struct Sent {
    batch: Batch,
    life: SharedLife,
    /// How many exchanges it brought along.
    before: usize,
    attempts: u32,
    tried: Vec<i32>,
    state: Result<Delivery>,
}

impl BatchProducer {
    /// `conf` is checked already.
    pub(crate) fn new(producer: KafkaProducer, conf: BatchProducerConf, span: tracing::Span) -> Self {
        let work = Arc::new(Work { producer, conf, turn: AtomicUsize::new(0) });
        Self { work, span, running: Arc::new(watch::Sender::new(None)) }
    }

    /// Begins to produce what comes, and returns what is given back. A second call is an error, and so is one outside of
    /// a tokio runtime.
    pub fn start(&self, input: Batches) -> Result<Batches> {
        let runtime = runtime()?;
        let workers = self.work.conf.num_workers;
        let mut is_first = false;
        self.running.send_if_modified(|running| {
            is_first = running.is_none();
            running.get_or_insert(workers);
            is_first
        });
        if !is_first {
            let what = "this batch producer was started already: each one has one input and one output";
            return Err(Error::new(ErrorKind::InvalidConfig, what));
        }
        let (output, batches) = Batches::channel(self.work.conf.capacity);
        let input = Arc::new(AsyncMutex::new(input));
        for _ in 0..workers {
            let ending = EndOfWork(self.running.clone());
            let working = run(self.work.clone(), input.clone(), output.clone(), ending);
            runtime.spawn(working.instrument(self.span.clone()));
        }
        Ok(batches)
    }

    /// Waits until all that came was given back, at most for `timeout`: that is [`ErrorKind::TimedOut`]. The input has to
    /// end first. Before the start there is nothing to wait for.
    pub async fn wait(&self, timeout: Duration) -> Result<()> {
        runtime()?;
        let mut running = self.running.subscribe();
        let done = running.wait_for(|running| matches!(running, None | Some(0)));
        match tokio::time::timeout_at(config::deadline(timeout), done).await {
            Ok(_) => Ok(()),
            Err(_) => {
                let what = format!("batches are still produced, or not taken back, after {timeout:?}");
                Err(Error::new(ErrorKind::TimedOut, what))
            }
        }
    }
}

/// One worker less, whatever ended it.
struct EndOfWork(Arc<watch::Sender<Option<usize>>>);

impl Drop for EndOfWork {
    fn drop(&mut self) {
        self.0.send_if_modified(|running| {
            *running = running.map(|running| running.saturating_sub(1));
            true
        });
    }
}

async fn run(work: Arc<Work>, input: Arc<AsyncMutex<Batches>>, output: BatchSender, _ending: EndOfWork) {
    loop {
        let sent = {
            // Held until the batch is in its partition's queue: those of one partition keep their order.
            let mut input = input.lock().await;
            let Some(batch) = input.recv().await else { return };
            work.begin(batch).await
        };
        let batch = work.finish(sent).await;
        // Nobody may want it: what comes later is produced all the same.
        let _unwanted = output.send(batch).await;
    }
}

impl Work {
    /// The first attempt.
    async fn begin(&self, mut batch: Batch) -> Sent {
        let life = batch.life_mut();
        life.producer_error = None;
        let before = life.exchanges.len();
        let life = Arc::new(Mutex::new(life.clone()));
        let error = self.refusal(&batch);
        let mut sent = Sent { batch, life, before, attempts: 0, tried: Vec::new(), state: Err(unsent()) };
        match error {
            Some(error) => sent.state = Err(error),
            None => {
                self.producer.lives().built(&sent.life.lock());
                let partition = match sent.batch.partition() {
                    Some(partition) => Ok(partition),
                    None => self.any(&[]).await,
                };
                self.push(&mut sent, partition).await;
            }
        }
        sent
    }

    /// Why the batch is not even tried.
    fn refusal(&self, batch: &Batch) -> Option<Error> {
        let unbuilt = batch.life().build_error.as_ref().or(batch.life().compress_error.as_ref());
        if let Some(error) = unbuilt {
            return Some(error.clone());
        }
        let wrong = |what| Some(Error::new(ErrorKind::NoProducerForPartition, what));
        let conf = &self.conf;
        if *batch.topic() != conf.topic {
            let what = format!("this batch producer is for topic {}", conf.topic);
            return wrong(what).map(|error| error.at_topic(batch.topic()));
        }
        let partition = batch.partition().filter(|partition| !conf.partitions.contains(partition))?;
        let what = format!("this batch producer is for partitions {:?} alone", conf.partitions);
        wrong(what).map(|error| error.at(batch.topic(), partition))
    }

    /// One of the partitions that have a leader, in turn; one that was not `tried`, if there is one.
    async fn any(&self, tried: &[i32]) -> Result<i32> {
        let mut led = self.producer.led(&self.conf.topic).await?;
        led.retain(|partition| self.conf.partitions.contains(partition));
        if led.is_empty() {
            // The attempt says so, and another one may find a leader.
            led.clone_from(&self.conf.partitions);
        }
        let untried: Vec<i32> = led.iter().copied().filter(|partition| !tried.contains(partition)).collect();
        let choice = if untried.is_empty() { led } else { untried };
        let turn = self.turn.fetch_add(1, Relaxed) % choice.len().max(1);
        choice.get(turn).copied().ok_or_else(|| Error::new(ErrorKind::InvalidConfig, "no partitions"))
    }

    async fn push(&self, sent: &mut Sent, partition: Result<i32>) {
        let partition = match partition {
            Ok(partition) => partition,
            Err(error) => {
                sent.state = Err(error);
                return;
            }
        };
        sent.tried.push(partition);
        sent.life.lock().partition = Some(partition);
        let whole = Whole {
            bytes: sent.batch.bytes().clone(),
            records: sent.batch.life().records,
            opened: Instant::now(),
            attempts: sent.attempts,
            roams: !self.conf.strict_partitioning,
            life: sent.life.clone(),
        };
        sent.state = self.producer.push(&self.conf.topic, partition, whole).await;
    }

    /// Waits for the batch's outcome, at more than one partition if it may go elsewhere.
    async fn finish(&self, mut sent: Sent) -> Batch {
        let result = loop {
            let result = match std::mem::replace(&mut sent.state, Err(unsent())) {
                Ok(delivery) => delivery.await,
                Err(error) => break Err(error),
            };
            let Err(error) = result else { break result };
            let made = sent.life.lock().exchanges.len().saturating_sub(sent.before) as u32;
            sent.attempts = made.max(sent.attempts + 1);
            if !self.may_go_elsewhere(&sent, &error) {
                break Err(error);
            }
            tokio::time::sleep(self.conf.sleep_between_attempts).await;
            let partition = self.any(&sent.tried).await;
            self.push(&mut sent, partition).await;
        };
        self.give_back(sent, &result)
    }

    /// Only if nothing of it can have been appended where it was.
    fn may_go_elsewhere(&self, sent: &Sent, error: &Error) -> bool {
        !self.conf.strict_partitioning
            && !error.may_be_written()
            && error.is_retriable()
            && sent.attempts < self.conf.num_attempts
    }

    fn give_back(&self, sent: Sent, result: &Result<Receipt>) -> Batch {
        let Sent { mut batch, life, .. } = sent;
        // A late answer may still come to the other one: it is not for this batch any more.
        let mut life = life.lock().clone();
        self.producer.lives().ended(&mut life, result);
        *batch.life_mut() = life;
        batch
    }
}

fn unsent() -> Error {
    Error::new(ErrorKind::TimedOut, "the batch was not sent")
}

impl fmt::Debug for BatchProducer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BatchProducer").field("conf", &self.work.conf).finish_non_exhaustive()
    }
}
