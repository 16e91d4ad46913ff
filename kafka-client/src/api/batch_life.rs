//! What becomes of a batch, from its first record to its outcome, and who is told of it.

use std::fmt;
use std::time::Duration;

use kafka_proto::ErrorCode;
use tokio::time::Instant;

use super::error::{Error, Result};
use super::record::Receipt;
use super::topic::TopicName;

/// A batch's life: when it was built, how large it became, and each attempt to produce it.
///
/// Times are microseconds since 1970. They begin with the wall clock, when the batch's first record came, and go on
/// by a timer that is never set back: their differences are durations.
///
/// Of a [`Batch`](crate::Batch), which gives it as [`life`](crate::Batch::life), and what a [`ProducerInterceptor`] is
/// shown. With the feature `serde` it serializes, to JSON for one.
#[derive(Clone, Debug)]
#[non_exhaustive]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct BatchLife {
    /// The topic.
    pub topic: TopicName,
    /// The partition; `None`: any, and none was chosen yet.
    pub partition: Option<i32>,
    /// How many records there are.
    pub records: u32,
    /// When the first record came.
    pub opened_us: i64,
    /// When the batch was closed: it took no more records and waited to be built.
    pub build_enqueued_us: Option<i64>,
    /// When building began. The records are encoded as they come: what is left is to compress them and to seal the
    /// batch, in one pass.
    pub build_begun_us: Option<i64>,
    /// When the batch was built.
    pub build_complete_us: Option<i64>,
    /// Why it could not be built.
    pub build_error: Option<Error>,
    /// When it was compressed; `None` without compression.
    pub compress_complete_us: Option<i64>,
    /// Why it could not be compressed.
    pub compress_error: Option<Error>,
    /// How large its records are, with the batch's header, before compression.
    pub uncompressed_bytes: usize,
    /// How large it is as it goes out; 0 before it is built.
    pub compressed_bytes: usize,
    /// Why it was not produced: the last error, once there are no more attempts. Whether it may be written all the same
    /// is [`Error::may_be_written`].
    pub producer_error: Option<Error>,
    /// The attempts to produce it, in their order.
    pub exchanges: Vec<Exchange>,
    #[cfg_attr(feature = "serde", serde(skip))]
    clock: Clock,
    #[cfg_attr(feature = "serde", serde(skip))]
    attempt: Attempt,
}

/// A time by the wall clock, and the same by the timer.
#[derive(Clone, Copy, Debug)]
struct Clock {
    wall_us: i64,
    at: Instant,
}

/// The attempt that is going on.
#[derive(Clone, Copy, Debug, Default)]
struct Attempt {
    enqueued_us: i64,
    begun_us: Option<i64>,
}

impl BatchLife {
    /// A life that begins now, with nothing in it but its place: for those who test an interceptor. `opened_ms` is the
    /// wall clock in milliseconds since 1970.
    pub fn new(topic: impl Into<TopicName>, partition: Option<i32>, opened_ms: i64) -> Self {
        Self::opened(topic.into(), partition, opened_ms, Instant::now())
    }

    /// A life that began at `at`.
    pub(crate) fn opened(topic: TopicName, partition: Option<i32>, wall_ms: i64, at: Instant) -> Self {
        let clock = Clock { wall_us: wall_ms.saturating_mul(1_000), at };
        Self {
            topic,
            partition,
            records: 0,
            opened_us: clock.wall_us,
            build_enqueued_us: None,
            build_begun_us: None,
            build_complete_us: None,
            build_error: None,
            compress_complete_us: None,
            compress_error: None,
            uncompressed_bytes: 0,
            compressed_bytes: 0,
            producer_error: None,
            exchanges: Vec::new(),
            clock,
            attempt: Attempt { enqueued_us: clock.wall_us, begun_us: None },
        }
    }

    /// Whether the batch is written, as far as its producer can know: the last attempt was accepted. With acks none
    /// there is no answer, and this only means that it was sent.
    pub fn produced(&self) -> bool {
        self.producer_error.is_none() && self.exchanges.last().is_some_and(|last| last.error.is_none())
    }

    /// The offset of the first record, once the broker told.
    pub fn base_offset(&self) -> Option<i64> {
        let answer = self.exchanges.last().filter(|last| last.error.is_none())?.answer.as_ref()?;
        Some(answer.base_offset).filter(|offset| *offset >= 0)
    }

    /// What went wrong for good: while building, while compressing, or while producing.
    pub fn error(&self) -> Option<&Error> {
        let built = self.build_error.as_ref().or(self.compress_error.as_ref());
        built.or(self.producer_error.as_ref())
    }

    /// The time now, as this life has it.
    pub(crate) fn now_us(&self) -> i64 {
        let since = Instant::now().saturating_duration_since(self.clock.at);
        self.clock.wall_us.saturating_add(i64::try_from(since.as_micros()).unwrap_or(i64::MAX))
    }

    /// It was closed, and waits to be built.
    pub(crate) fn build_enqueued(&mut self, records: u32, uncompressed_bytes: usize) {
        self.build_enqueued_us = Some(self.now_us());
        (self.records, self.uncompressed_bytes) = (records, uncompressed_bytes);
    }

    pub(crate) fn build_begun(&mut self) {
        self.build_begun_us = Some(self.now_us());
    }

    /// It was built, with so many bytes, or could not be.
    pub(crate) fn built(&mut self, result: &Result<usize>, compressing: bool) {
        let now = self.now_us();
        match result {
            Ok(bytes) => {
                self.build_complete_us = Some(now);
                self.compress_complete_us = compressing.then_some(now);
                self.compressed_bytes = *bytes;
            }
            Err(error) if compressing => self.compress_error = Some(error.clone()),
            Err(error) => self.build_error = Some(error.clone()),
        }
    }

    /// It waits to be sent.
    pub(crate) fn enqueued(&mut self) {
        self.attempt = Attempt { enqueued_us: self.now_us(), begun_us: None };
    }

    /// It is handed to a connection.
    pub(crate) fn begun(&mut self) {
        self.attempt.begun_us = Some(self.now_us());
    }

    pub(crate) fn has_begun(&self) -> bool {
        self.attempt.begun_us.is_some()
    }

    /// An attempt is over; another one may follow.
    pub(crate) fn exchanged(&mut self, partition: i32, answer: Option<ProduceAnswer>, error: Option<Error>) {
        let complete_us = self.now_us();
        let Attempt { enqueued_us, begun_us } =
            std::mem::replace(&mut self.attempt, Attempt { enqueued_us: complete_us, begun_us: None });
        self.exchanges.push(Exchange { partition, enqueued_us, begun_us, complete_us, answer, error });
    }
}

/// One attempt to produce a batch.
#[derive(Clone, Debug)]
#[non_exhaustive]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct Exchange {
    /// The partition that the batch was to go to.
    pub partition: i32,
    /// When the batch was ready to be sent; after another attempt, when that was over.
    pub enqueued_us: i64,
    /// When it was handed to the connection to the leader; `None` if there was none.
    pub begun_us: Option<i64>,
    /// When the attempt was over.
    pub complete_us: i64,
    /// What the broker answered; `None` with acks none, and where the connection was lost.
    pub answer: Option<ProduceAnswer>,
    /// Why the attempt failed. A duplicate is none: an earlier attempt has written the batch.
    pub error: Option<Error>,
}

/// A broker's answer about one batch.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct ProduceAnswer {
    /// The node that answered.
    pub node: i32,
    /// The topic.
    pub topic: TopicName,
    /// The partition.
    pub partition: i32,
    /// For how long the broker wants to be left alone because a quota is exceeded.
    #[cfg_attr(feature = "serde", serde(rename = "throttle_ms", serialize_with = "as_millis"))]
    pub throttle: Duration,
    /// What the broker said; [`ErrorCode::NONE`] is success.
    #[cfg_attr(feature = "serde", serde(serialize_with = "as_number"))]
    pub error_code: ErrorCode,
    /// The offset of the first record; -1 where the broker did not say.
    pub base_offset: i64,
    /// The time that the log gave the records, in milliseconds since 1970; -1 where they keep their own.
    pub log_append_time: i64,
    /// The first offset in the log; -1 where the broker did not say.
    pub log_start_offset: i64,
}

#[cfg(feature = "serde")]
fn as_millis<S: serde::Serializer>(duration: &Duration, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_u64(duration.as_millis() as u64)
}

#[cfg(feature = "serde")]
#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands out references")]
fn as_number<S: serde::Serializer>(code: &ErrorCode, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_i16(code.0)
}

/// Is told of each batch of a producer: for measurements, audits, traces. From
/// [`ProducerConf::interceptor`](crate::ProducerConf::interceptor); without one nothing is kept and nothing is paid.
///
/// It is called once for a batch and its attempts, never for a record, from the tasks that send, and holds them up for
/// as long as it takes: it must not wait. Whatever it does, it does no harm to the producer: a panic of it is caught
/// and logged.
///
/// A batch that the broker finds too large is split: its halves have lives of their own, with what went before.
///
/// ```
/// use kafka_client::{BatchLife, Exchange, ProducerConf, ProducerInterceptor, Receipt, Result};
/// use std::sync::Arc;
/// use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
///
/// #[derive(Default)]
/// struct Bytes {
///     written: AtomicU64,
///     retries: AtomicU64,
/// }
///
/// impl ProducerInterceptor for Bytes {
///     fn exchanged(&self, _batch: &BatchLife, exchange: &Exchange) {
///         if exchange.error.is_some() {
///             self.retries.fetch_add(1, Relaxed);
///         }
///     }
///
///     fn settled(&self, batch: &BatchLife, result: &Result<Receipt>) {
///         if result.is_ok() {
///             self.written.fetch_add(batch.compressed_bytes as u64, Relaxed);
///         }
///     }
/// }
///
/// let mut conf = ProducerConf::new();
/// conf.interceptor = Some(Arc::new(Bytes::default()));
/// ```
pub trait ProducerInterceptor: Send + Sync {
    /// The batch was closed, compressed and sealed: it takes no more records, and has its size.
    fn sealed(&self, batch: &BatchLife) {
        let _ = batch;
    }

    /// An attempt to produce the batch is over: the last one of [`BatchLife::exchanges`].
    fn exchanged(&self, batch: &BatchLife, exchange: &Exchange) {
        let _ = (batch, exchange);
    }

    /// The batch has its outcome: where its first record went, or why it is not written. Its last call, once for each
    /// batch. It can come later than the records' own deliveries: those fail after `delivery_timeout`, this waits until
    /// it is known what became of an attempt under way.
    fn settled(&self, batch: &BatchLife, result: &Result<Receipt>) {
        let _ = (batch, result);
    }
}

impl fmt::Debug for dyn ProducerInterceptor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ProducerInterceptor")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::ErrorKind;

    #[tokio::test(start_paused = true)]
    async fn times_go_on_from_the_wall_clock_by_the_timer() {
        let mut life = BatchLife::new("t", None, 5_000);
        tokio::time::advance(Duration::from_micros(1_500)).await;
        life.build_enqueued(3, 100);
        assert_eq!((life.opened_us, life.build_enqueued_us), (5_000_000, Some(5_001_500)));
    }

    #[tokio::test(start_paused = true)]
    async fn an_attempt_begins_when_the_one_before_is_over() {
        let mut life = BatchLife::new("t", Some(1), 0);
        life.enqueued();
        life.begun();
        tokio::time::advance(Duration::from_millis(2)).await;
        life.exchanged(1, None, Some(Error::new(ErrorKind::Connect, "cut")));
        assert!(!life.produced());
        tokio::time::advance(Duration::from_millis(3)).await;
        life.begun();
        life.exchanged(1, None, None);
        assert!(life.produced() && life.base_offset().is_none());
        let second = &life.exchanges[1];
        assert_eq!((second.enqueued_us, second.begun_us), (2_000, Some(5_000)));
    }
}
