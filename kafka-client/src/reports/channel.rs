use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst};
use std::task::{Context, Poll};
use std::time::Duration;

use futures_core::Stream;
use parking_lot::Mutex;
use tokio::sync::{Semaphore, SemaphorePermit};

use super::board::{Board, Settled, Swept};
use crate::api::{Delivery, Error, ErrorKind, Producer, Receipt, Record, Result};
use crate::config::{self, invalid_argument};
use crate::net::runtime;

/// What happens to delivery reports that nobody reads.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum WhenFull {
    /// No report is lost: with `capacity` records taken and not reported yet, `enqueue` waits until one was read, at
    /// most `max_block`. What was taken is sent meanwhile, whatever the reader does. The default.
    #[default]
    Wait,
    /// Sending goes on; the oldest unread report is dropped for a new one, and counted as missed.
    DropOldest,
    /// Sending goes on; a new report is dropped, and counted as missed.
    DropNewest,
}

/// How delivery reports are kept until they are read.
///
/// ```
/// use kafka_client::{ReportConf, WhenFull};
///
/// let mut conf = ReportConf::new();
/// conf.only_failures = true;
/// conf.when_full = WhenFull::DropOldest;
/// ```
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct ReportConf {
    /// With [`WhenFull::Wait`], how many records may be on their way or reported and not read; so many in flight at
    /// once is all that a fast producer gets. Otherwise, how many reports are kept unread. A failed record's report keeps
    /// its bytes, which no longer count against `buffer_memory`. Default: 100,000.
    pub capacity: usize,
    /// What happens then. Default: [`WhenFull::Wait`].
    pub when_full: WhenFull,
    /// How long `enqueue` may wait for a report to be read. Default: 60 s.
    pub max_block: Duration,
    /// Whether only records that failed are reported. Default: false.
    pub only_failures: bool,
}

impl Default for ReportConf {
    fn default() -> Self {
        Self::new()
    }
}

impl ReportConf {
    /// The defaults.
    pub const fn new() -> Self {
        Self {
            capacity: 100_000,
            when_full: WhenFull::Wait,
            max_block: Duration::from_secs(60),
            only_failures: false,
        }
    }

    fn validate(&self) -> Result<()> {
        if self.capacity == 0 || self.capacity > Semaphore::MAX_PERMITS {
            let why = format!("is {}: it must be above 0 and below 2^60", self.capacity);
            return Err(invalid_argument("capacity", &why));
        }
        config::check_duration("max_block", self.max_block)
    }
}

/// What became of one record.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct DeliveryReport<T> {
    /// What the record was enqueued with.
    pub tag: T,
    /// Where it went, or why it failed; [`Error::record`] gives the failed record back, [`Error::may_be_written`] says
    /// whether it may be in the log all the same.
    pub result: Result<Receipt>,
}

/// A producer whose deliveries are reported to a channel: to one task that counts, logs or sends again, while others
/// enqueue and go on.
///
/// Each record is enqueued with a tag of the application's, which its report gives back. Every record that was taken is
/// reported exactly once, when it is acknowledged or has failed; how many reports are kept for a reader that falls
/// behind is a matter of [`ReportConf`]. Nobody but `enqueue` ever waits for that reader: records that were taken are
/// sent and settled whatever it does, and once [`DeliveryReports`] is dropped nothing is kept any more.
///
/// It works with every [`Producer`], mocks included. Clones report to the same channel.
///
/// ```
/// # async fn run(producer: kafka_client::KafkaProducer) -> kafka_client::Result<()> {
/// use kafka_client::{Record, ReportConf, ReportingProducer};
///
/// let (producer, mut reports) = ReportingProducer::new(producer, ReportConf::new())?;
/// let reading = tokio::spawn(async move {
///     while let Some(report) = reports.recv().await {
///         match report.result {
///             Ok(receipt) => println!("order {} is in partition {}", report.tag, receipt.partition),
///             Err(error) => eprintln!("order {} failed: {error}: {:?}", report.tag, error.record()),
///         }
///     }
/// });
/// for order in 0_u64..1_000 {
///     producer.enqueue(Record::to("orders").value(&order.to_string()), order).await?;
/// }
/// drop(producer); // Reading ends when the last record was reported.
/// reading.await.expect("it does not panic");
/// # Ok(())
/// # }
/// ```
pub struct ReportingProducer<P, T> {
    producer: P,
    shared: Arc<Shared<T>>,
}

/// The other end: reads what became of records. Dropped, records are sent on without being reported.
///
/// It is a [`Stream`], too.
pub struct DeliveryReports<T> {
    shared: Arc<Shared<T>>,
}

struct Shared<T> {
    board: Mutex<Board<T>>,
    settled: Arc<Settled>,
    /// With [`WhenFull::Wait`]: a permit for each record that was not read yet.
    room: Option<Semaphore>,
    conf: ReportConf,
    producers: AtomicUsize,
    /// Nobody will read. Set under the board's lock.
    is_abandoned: AtomicBool,
}

impl<P, T> ReportingProducer<P, T> {
    /// Reports what is enqueued through this one; other handles of `producer` are not concerned. An error if the
    /// configuration cannot work.
    pub fn new(producer: P, conf: ReportConf) -> Result<(Self, DeliveryReports<T>)> {
        conf.validate()?;
        let board = Board::new(conf.capacity, conf.when_full, conf.only_failures);
        let shared = Arc::new(Shared {
            settled: board.settled().clone(),
            board: Mutex::new(board),
            room: (conf.when_full == WhenFull::Wait).then(|| Semaphore::new(conf.capacity)),
            conf,
            producers: AtomicUsize::new(1),
            is_abandoned: AtomicBool::new(false),
        });
        Ok((Self { producer, shared: shared.clone() }, DeliveryReports { shared }))
    }

    /// The producer, to flush, close or abort it.
    pub fn producer(&self) -> &P {
        &self.producer
    }
}

impl<P: Producer, T> ReportingProducer<P, T> {
    /// Takes a record, as [`Producer::enqueue`] does, to be reported with `tag`. An error means that it was not taken,
    /// and is not reported: its configuration's limits ran out, the record is wrong, or
    /// ([`ErrorKind::QueueFull`]) nobody read a report within `max_block`.
    ///
    /// Dropped before it is ready, the record is not taken, or taken and reported.
    pub async fn enqueue(&self, record: Record<'_>, tag: T) -> Result<()> {
        let place = self.shared.place().await?;
        let mut enqueue = self.producer.enqueue(record);
        let (delivery, pause) = std::future::poll_fn(|cx| enqueue.poll_taken(cx)).await?;
        self.shared.add(place, delivery, tag);
        if pause {
            tokio::task::yield_now().await;
        }
        Ok(())
    }

    /// The same without waiting, as [`Producer::try_enqueue`].
    pub fn try_enqueue(&self, record: Record<'_>, tag: T) -> Result<()> {
        let place = self.shared.try_place().ok_or_else(|| self.shared.nobody_reads())?;
        let delivery = self.producer.try_enqueue(record)?;
        self.shared.add(place, delivery, tag);
        Ok(())
    }
}

/// The right to add a record; given back unless one was added.
struct Place<'a>(Option<SemaphorePermit<'a>>);

impl<T> Shared<T> {
    /// Waits for the right to add a record.
    async fn place(&self) -> Result<Place<'_>> {
        if let Some(place) = self.try_place() {
            return Ok(place);
        }
        let Some(room) = &self.room else { return Ok(Place(None)) };
        runtime()?;
        let deadline = config::deadline(self.conf.max_block);
        loop {
            let settled = self.settled.notify.notified();
            self.sweep();
            tokio::select! {
                biased;
                permit = room.acquire() => return Ok(Place(permit.ok())),
                // Successes that are not reported make room without a reader.
                () = settled, if self.conf.only_failures => {}
                () = tokio::time::sleep_until(deadline) => return Err(self.nobody_reads()),
            }
        }
    }

    fn try_place(&self) -> Option<Place<'_>> {
        let Some(room) = &self.room else { return Some(Place(None)) };
        if room.is_closed() {
            return Some(Place(None));
        }
        if let Ok(permit) = room.try_acquire() {
            return Some(Place(Some(permit)));
        }
        self.sweep();
        room.try_acquire().ok().map(|permit| Place(Some(permit)))
    }

    fn nobody_reads(&self) -> Error {
        let what = format!(
            "{} records wait for their delivery or for their report to be read: read the DeliveryReports, raise \
             capacity, or choose another WhenFull",
            self.conf.capacity
        );
        Error::new(ErrorKind::QueueFull, what)
    }

    fn add(&self, place: Place<'_>, delivery: Delivery, tag: T) {
        let mut board = self.board.lock();
        if self.is_abandoned.load(SeqCst) {
            return;
        }
        if let Some(permit) = place.0 {
            permit.forget();
        }
        let is_settled = board.add(delivery, tag);
        let swept = (self.room.is_none() || self.conf.only_failures).then(|| board.sweep());
        drop(board);
        if is_settled {
            self.settled.wake_reader();
        }
        if let Some(swept) = swept {
            self.after(swept);
        }
    }

    /// Turns what is settled into reports.
    fn sweep(&self) {
        let swept = self.board.lock().sweep();
        self.after(swept);
    }

    /// Not under the lock: the tags are the application's, and so is what dropping them does.
    fn after(&self, swept: Swept<T>) {
        if let Some(room) = &self.room {
            room.add_permits(swept.dropped.len());
        }
        drop(swept);
    }
}

impl<T> DeliveryReports<T> {
    /// The next report; `None` when every [`ReportingProducer`] is dropped and all was read. Dropping the future loses
    /// nothing.
    ///
    /// Reports of one batch come in the order of its records; batches in the order in which they were settled. Where
    /// several tasks enqueue, one whose `enqueue` is not over when its record's batch is settled has its report after
    /// those of the others.
    pub async fn recv(&mut self) -> Option<DeliveryReport<T>> {
        std::future::poll_fn(|cx| self.poll_recv(cx)).await
    }

    /// The next report if there is one already.
    pub fn try_recv(&mut self) -> Option<DeliveryReport<T>> {
        let (swept, report) = {
            let mut board = self.shared.board.lock();
            let swept = board.sweep();
            (swept, board.next())
        };
        self.shared.after(swept);
        if let (Some(_), Some(room)) = (&report, &self.shared.room) {
            room.add_permits(1);
        }
        report
    }

    /// How many reports were dropped unread so far, with [`WhenFull::DropOldest`] or [`WhenFull::DropNewest`].
    pub fn missed(&self) -> u64 {
        self.shared.board.lock().missed()
    }

    fn poll_recv(&mut self, cx: &Context<'_>) -> Poll<Option<DeliveryReport<T>>> {
        loop {
            if let Some(report) = self.try_recv() {
                return Poll::Ready(Some(report));
            }
            if !self.shared.settled.wait(cx) {
                continue;
            }
            // After it is registered, so that the last producer's end is not missed.
            let ended = self.shared.producers.load(SeqCst) == 0 && self.shared.board.lock().is_empty();
            return if ended { Poll::Ready(None) } else { Poll::Pending };
        }
    }
}

impl<T> Stream for DeliveryReports<T> {
    type Item = DeliveryReport<T>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.poll_recv(cx)
    }
}

impl<P: Clone, T> Clone for ReportingProducer<P, T> {
    fn clone(&self) -> Self {
        self.shared.producers.fetch_add(1, SeqCst);
        Self { producer: self.producer.clone(), shared: self.shared.clone() }
    }
}

impl<P, T> Drop for ReportingProducer<P, T> {
    fn drop(&mut self) {
        if self.shared.producers.fetch_sub(1, SeqCst) == 1 {
            self.shared.settled.wake_reader();
        }
    }
}

impl<T> Drop for DeliveryReports<T> {
    fn drop(&mut self) {
        let unread = {
            let mut board = self.shared.board.lock();
            self.shared.is_abandoned.store(true, SeqCst);
            board.clear()
        };
        if let Some(room) = &self.shared.room {
            room.close();
        }
        drop(unread);
    }
}

impl<P: fmt::Debug, T> fmt::Debug for ReportingProducer<P, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ReportingProducer").field("producer", &self.producer).finish_non_exhaustive()
    }
}

impl<T> fmt::Debug for DeliveryReports<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DeliveryReports").field("missed", &self.missed()).finish_non_exhaustive()
    }
}
