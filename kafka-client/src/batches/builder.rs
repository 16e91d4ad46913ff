use std::fmt;
use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::{AtomicI32, AtomicUsize, Ordering::Relaxed, Ordering::SeqCst};
use std::time::Duration;

use parking_lot::Mutex;
use tokio::sync::Notify;
use tokio::time::Instant;

use super::batch::Batches;
use super::collector::{Added, Collector, Rules};
use super::worker;
use crate::api::{
    Done, Environment, Error, ErrorKind, Partitioner, Record, Result, StickyChoice, TopicName,
    TopicPartitions, ask_partitioner,
};
use crate::config::{BatchBuilderConf, Compression};
use crate::net::{System, runtime};
use crate::partitioners::partition_of_key;
use crate::producer::{Beginning, Line};

/// Gathers records into [`Batch`](crate::Batch)es, one of each partition at a time, and builds and compresses them on
/// several cores. Cheap to clone; all clones are one builder. It needs no cluster.
///
/// It is the way in for applications whose unit of work is the batch: to look at each one, keep it, produce it when and
/// how they want, and see what became of it. Those that only want their records written use a
/// [`KafkaProducer`](crate::KafkaProducer), which does it in one go. (`BatchBuilder` in kafka-proto's `records` is
/// another thing: it encodes one record batch.)
///
/// Records are taken with [`add`](BatchBuilder::add), which waits for room. Built batches come out of the [`Batches`]
/// that [`start`](BatchBuilder::start) returns, those of one partition in the order of their records. When nobody reads
/// them `add` waits, and nothing else does: at most `capacity` built batches, `2 × num_workers` closed ones and one
/// open one of each partition are held.
///
/// [`close`](BatchBuilder::close), or dropping the last clone, ends the input: all that was taken is built, and after it
/// the output ends.
///
/// ```
/// use kafka_client::{BatchBuilder, BatchBuilderConf, Compression, Record};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> kafka_client::Result<()> {
/// let mut conf = BatchBuilderConf::new("fruits", 12);
/// conf.compression = Compression::Lz4;
/// let (builder, mut batches) = BatchBuilder::start(conf)?;
///
/// tokio::spawn(async move {
///     for n in 0..1_000 {
///         builder.add(Record::to("fruits").key("k").value(&format!("plum {n}"))).await.unwrap();
///     }
/// });
/// let mut records = 0;
/// while let Some(batch) = batches.recv().await {
///     records += batch.len();
/// }
/// assert_eq!(records, 1_000);
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct BatchBuilder(Arc<Input>);

/// What all clones share; its end is theirs.
struct Input(Arc<Shared>);

impl Drop for Input {
    fn drop(&mut self) {
        self.0.end();
    }
}

/// What the builder's handles and its task share.
pub(super) struct Shared {
    topic: TopicName,
    partitioner: Option<Arc<dyn Partitioner>>,
    /// All partitions.
    partitions: Vec<i32>,
    sticky: Sticky,
    pub(super) compression: Compression,
    pub(super) num_workers: usize,
    most: usize,
    pub(super) environment: Arc<dyn Environment>,
    collector: Mutex<Collector>,
    /// Those that wait for room.
    line: Line,
    room: Notify,
    /// There is something to build, or to wait for.
    news: Notify,
    /// How large the latest batch was.
    last_len: AtomicUsize,
}

/// Where records without a key go, should a partitioner ask: to one partition until its batch is closed.
#[derive(Default)]
struct Sticky {
    partition: AtomicI32,
}

impl StickyChoice for Sticky {
    fn sticky(&self) -> i32 {
        self.partition.load(Relaxed)
    }
}

impl BatchBuilder {
    /// A builder, and the batches that it will make. A configuration that cannot work is an error, and so is a call
    /// outside of a tokio runtime.
    pub fn start(conf: BatchBuilderConf) -> Result<(Self, Batches)> {
        conf.validate()?;
        let runtime = runtime()?;
        let rules = Rules::from(&conf);
        let shared = Arc::new(Shared {
            collector: Mutex::new(Collector::new(conf.topic.clone(), conf.partitions, rules)),
            topic: conf.topic,
            partitioner: conf.partitioner,
            partitions: (0..conf.partitions).collect(),
            sticky: Sticky::default(),
            compression: conf.compression,
            num_workers: conf.num_workers,
            most: conf.max_uncompressed_bytes,
            environment: conf.environment.unwrap_or_else(|| Arc::new(System)),
            line: Line::default(),
            room: Notify::new(),
            news: Notify::new(),
            last_len: AtomicUsize::new(0),
        });
        let (output, batches) = Batches::channel(conf.capacity);
        runtime.spawn(worker::run(shared.clone(), output));
        Ok((Self(Arc::new(Input(shared))), batches))
    }

    /// Takes a record into its partition's batch: the one it names, the partitioner's, or its key's. Waits while too
    /// many batches wait to be built; who waits longest is next.
    ///
    /// A record that is not for the builder's topic, or not for a partition that it has, is an error; after the end,
    /// and when nobody reads the batches any more, it is [`ErrorKind::Closed`]. Dropping the future before it is ready
    /// takes nothing.
    pub async fn add(&self, record: Record<'_>) -> Result<()> {
        let shared = self.shared();
        let partition = shared.choose(&record)?;
        if !shared.line.has_this_task() && shared.take(&record, partition)? {
            return Ok(());
        }
        let _turn = shared.line.turn().await;
        loop {
            // Before the look, so that room that comes in between is noticed.
            let room = shared.room.notified();
            if shared.take(&record, partition)? {
                return Ok(());
            }
            room.await;
        }
    }

    /// [`BatchBuilder::add`] without waiting: without room it is [`ErrorKind::QueueFull`].
    pub fn try_add(&self, record: Record<'_>) -> Result<()> {
        let shared = self.shared();
        let partition = shared.choose(&record)?;
        if !shared.line.has_this_task() && shared.take(&record, partition)? {
            return Ok(());
        }
        Err(Error::new(ErrorKind::QueueFull, "too many batches wait to be built: try again, or use add"))
    }

    /// Closes all batches that are at least so old, whatever they have; `Duration::ZERO`: all. It does not wait until
    /// they are built.
    pub fn flush(&self, older_than: Duration) {
        let shared = self.shared();
        shared.collector.lock().close_older(Instant::now(), older_than);
        shared.news.notify_one();
    }

    /// Ends the input of all clones: no more is taken, all that was taken is built, and then the output ends.
    /// Idempotent.
    pub fn close(&self) {
        self.shared().end();
    }

    fn shared(&self) -> &Arc<Shared> {
        &self.0.0
    }
}

impl Shared {
    /// The record's partition; `None`: any.
    fn choose(&self, record: &Record<'_>) -> Result<Option<i32>> {
        if *self.topic != *record.topic {
            let what = format!("this builder makes batches for topic {}", self.topic);
            return Err(Error::new(ErrorKind::InvalidRecord, what).at_topic(record.topic));
        }
        let count = self.partitions.len() as i32;
        match (record.partition, &self.partitioner, record.key) {
            (Some(partition), _, _) if (0..count).contains(&partition) => Ok(Some(partition)),
            (Some(partition), _, _) => {
                let what = format!("BatchBuilderConf says that the topic has {count} partitions");
                Err(Error::new(ErrorKind::InvalidRecord, what).at(record.topic, partition))
            }
            (None, Some(partitioner), _) => {
                let partitions = TopicPartitions::new(record.topic, count, &self.partitions);
                ask_partitioner(&**partitioner, record, &partitions.choosing(&self.sticky)).map(Some)
            }
            (None, None, Some(key)) => Ok(Some(partition_of_key(key, count))),
            (None, None, None) => Ok(None),
        }
    }

    /// Takes the record if there is room.
    fn take(&self, record: &Record<'_>, partition: Option<i32>) -> Result<bool> {
        let begin = || Beginning {
            opened: Instant::now(),
            timestamp: self.environment.wall_clock_ms(),
            buffer: Vec::with_capacity(self.last_len.load(Relaxed).min(self.most)),
            done: Done::default(),
        };
        let added = self.collector.lock().add(record, partition, begin)?;
        match added {
            Added::Yes { filled, news } => {
                if let Some(partition) = partition.filter(|_| filled) {
                    self.move_on(partition);
                }
                if news {
                    self.news.notify_one();
                }
                Ok(true)
            }
            Added::NoRoom => Ok(false),
            Added::Ended => Err(Error::new(
                ErrorKind::Closed,
                "the batch builder was closed, or nobody reads its batches",
            )),
        }
    }

    fn move_on(&self, from: i32) {
        let next = (from + 1) % self.partitions.len() as i32;
        let _another_sticks_already = self.sticky.partition.compare_exchange(from, next, SeqCst, Relaxed);
    }

    fn end(&self) {
        self.collector.lock().end();
        self.news.notify_one();
        self.room.notify_waiters();
    }

    /// Nobody wants what is built any more: those who wait for room are told.
    pub(super) fn abandon(&self) {
        self.collector.lock().abandon();
        self.room.notify_waiters();
    }

    /// Works on the collector as it is now.
    pub(super) fn with<R>(&self, work: impl FnOnce(&mut Collector) -> R) -> R {
        work(&mut self.collector.lock())
    }

    /// One batch less waits.
    pub(super) fn made_room(&self) {
        self.room.notify_one();
    }

    /// Waits for something to build, or to wait for.
    pub(super) fn news(&self) -> impl Future<Output = ()> + '_ {
        self.news.notified()
    }

    pub(super) fn was_as_large_as(&self, len: usize) {
        self.last_len.store(len, Relaxed);
    }
}

impl fmt::Debug for BatchBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shared = self.shared();
        f.debug_struct("BatchBuilder")
            .field("topic", &shared.topic)
            .field("partitions", &shared.partitions.len())
            .finish_non_exhaustive()
    }
}
