//! The reader of one partition.

use std::fmt;
use std::future::poll_fn;
use std::task::{Context, Poll, Waker, ready};

use async_trait::async_trait;
use futures_core::Stream;

use super::fetchers::Fetchers;
use super::offsets_query::list_offset;
use super::reader::{Messages, NextMessage, Patience, PollConsume, Reader, unpacking};
use super::unpack::Unpacking;
use crate::api::{BatchConsumer, Consumer, Error, ErrorKind, Message, MessageBatch, Result, TopicPartition};
use crate::config::{ConsumerConf, Isolation, OffsetReset, StartOffset};
use crate::metadata::Cluster;

/// Reads one partition, from the configuration's `start_offset` on. It owns its position and commits nothing.
///
/// One message at a time ([`PartitionConsumer::consume`]), as many as have arrived
/// ([`PartitionConsumer::consume_batch`]), or as a stream ([`PartitionConsumer::into_stream`]): all of them share one
/// position. What comes next is fetched ahead, by requests that serve all consumers of the same
/// [`Broker`](crate::Broker) with the same `request_timeout`, `min_fetch_size` and `isolation`.
///
/// # Errors
///
/// Leaders that move, lost connections and whatever else a retry may mend are outlasted within `retry_err_limit`
/// and `retry_err_for`; after that a call returns the last such error, and a later call tries on. The handle stays
/// usable, its position unchanged, after `NoData` and `OffsetOutOfRange`, and after `CorruptBatch`, which says in
/// [`Error::resume_at`] where to [`seek`](PartitionConsumer::seek). A corrupt batch is told at once, but who calls again
/// instead of seeking has it fetched again, so that damage done on the way heals. Terminal errors ([`Error::is_terminal`]) come
/// back on every call.
///
/// # Memory
///
/// Up to `max_fetch_size` bytes (and one answer) are fetched ahead, `fetch_memory` for all consumers of a `Broker`.
/// A compressed record batch is unpacked when its turn comes, into
/// [`max_response_size`](crate::BrokerConf::max_response_size) at most; one that would need more is a corrupt one.
///
/// A message or batch that the application keeps counts no more, and keeps what it lies in: up to `max_fetch_size` bytes for
/// one message, as [`Message`] says in detail. Who keeps a few messages out of many keeps [`detached`](Message::detach) ones.
///
/// ```no_run
/// # async fn read(broker: kafka_client::Broker) -> kafka_client::Result<()> {
/// use kafka_client::{ConsumerConf, StartOffset};
///
/// let mut conf = ConsumerConf::new("fruits", 0);
/// conf.start_offset = StartOffset::Newest;
/// let mut consumer = broker.consumer(conf).await?;
/// let message = consumer.consume().await?;
/// assert_eq!(consumer.position(), message.offset + 1);
///
/// let batch = consumer.consume_batch().await?;
/// for record in batch.iter() {
///     println!("{}: {:?}", record.offset(), record.value());
/// }
/// # Ok(())
/// # }
/// ```
pub struct PartitionConsumer {
    reader: Reader,
    unpacking: Unpacking,
    patience: Patience,
    isolation: Isolation,
    reset: OffsetReset,
}

impl PartitionConsumer {
    /// Finds the partition and its start offset; fetching begins.
    pub(crate) async fn start(cluster: Cluster, fetchers: &Fetchers, conf: ConsumerConf) -> Result<Self> {
        conf.validate()?;
        cluster.check_open()?;
        let of = TopicPartition::new(conf.topic.clone(), conf.partition);
        let shared = conf.shared();
        let start = resolve(fetchers, &of, &shared.reset, shared.isolation, conf.start_offset).await?;
        Ok(Self {
            reader: Reader::new(fetchers.clone(), of, &shared, start),
            unpacking: unpacking(&shared, fetchers),
            patience: Patience::new(&shared),
            isolation: shared.isolation,
            reset: shared.reset,
        })
    }

    /// The next message. Dropping the future consumes nothing.
    ///
    /// Waits until there is one; with a `retry_limit`, for `retry_limit × (request_timeout + retry_wait)` at the
    /// most, and then returns [`ErrorKind::NoData`].
    pub fn consume(&mut self) -> impl Future<Output = Result<Message>> + Send {
        self.patience.renew();
        NextMessage(self)
    }

    /// The next message, if it has arrived already. An error that [`PartitionConsumer::consume`] would return at once
    /// is returned here too.
    pub fn try_consume(&mut self) -> Result<Option<Message>> {
        if !self.reader.has_unpacked() {
            self.fill_now(None)?;
        }
        Ok(self.reader.pop())
    }

    /// What has arrived of the partition: at least one message. Waits as [`PartitionConsumer::consume`] does.
    /// Dropping the future consumes nothing; the batch counts as consumed when it is returned.
    pub async fn consume_batch(&mut self) -> Result<MessageBatch> {
        if !self.reader.has_unpacked() {
            self.fill().await?;
        }
        Ok(self.reader.take_batch())
    }

    /// The offset of the next message, or an offset before it if the log has none there. -1 while a reset is finding
    /// it out.
    pub fn position(&self) -> i64 {
        self.reader.position().unwrap_or(-1)
    }

    /// How many messages are between the position and the end of what can be read, as of the last fetch: offsets,
    /// strictly speaking, of which some may have no message. `None` until something was fetched.
    pub fn lag(&self) -> Option<i64> {
        self.reader.lag()
    }

    /// The partition that is read.
    pub fn partition(&self) -> &TopicPartition {
        self.reader.of()
    }

    /// The first offset that the partition's log still has.
    pub async fn beginning_offset(&self) -> Result<i64> {
        find(self.reader.fetchers(), self.reader.of(), StartOffset::Oldest, self.isolation).await
    }

    /// The offset of the next message to be written; reading committed messages only, that of the first message of
    /// the first transaction that is still open.
    pub async fn end_offset(&self) -> Result<i64> {
        find(self.reader.fetchers(), self.reader.of(), StartOffset::Newest, self.isolation).await
    }

    /// Goes on somewhere else in the partition: what was fetched ahead is dropped. An offset is taken as it is, as soon
    /// as the partition is known to have a leader; for anything else that leader is asked. Until then, and if that
    /// fails or the future is dropped, nothing changes.
    pub async fn seek(&mut self, to: StartOffset) -> Result<()> {
        let start =
            resolve(self.reader.fetchers(), self.reader.of(), &self.reset, self.isolation, to).await?;
        self.reader.seek(start);
        Ok(())
    }

    /// The messages as a stream. It yields errors as [`PartitionConsumer::consume`] returns them and goes on, but
    /// ends after a terminal one, and ends silently on `NoData`.
    pub fn into_stream(mut self) -> impl Stream<Item = Result<Message>> + Send + Unpin {
        self.patience.renew();
        Messages::of(self)
    }

    /// Waits until there are messages unpacked. A new wait begins with every call.
    async fn fill(&mut self) -> Result<()> {
        self.patience.renew();
        poll_fn(|cx| self.poll_fill(cx)).await
    }

    fn fill_now(&mut self, waker: Option<&Waker>) -> Result<bool> {
        let filled = self.reader.fill(&mut self.unpacking, waker)?;
        if !filled {
            self.reader.waits();
        }
        Ok(filled)
    }

    #[cold]
    fn poll_fill(&mut self, cx: &mut Context<'_>) -> Poll<Result<()>> {
        // The task's budget is spent once a batch, not once a message.
        let progress = ready!(tokio::task::coop::poll_proceed(cx));
        if self.fill_now(Some(cx.waker()))? {
            progress.made_progress();
            return Poll::Ready(Ok(()));
        }
        let TopicPartition { topic, partition } = self.reader.of();
        self.patience.poll(cx).map(|error| Err(error.at(topic, *partition)))
    }
}

impl PollConsume for PartitionConsumer {
    fn poll_consume(&mut self, cx: &mut Context<'_>) -> Poll<Result<Message>> {
        loop {
            if let Some(message) = self.reader.pop() {
                return Poll::Ready(Ok(message));
            }
            let filled = ready!(self.poll_fill(cx));
            self.patience.renew();
            filled?;
        }
    }
}

/// Where to begin, as an offset. The partition must exist.
async fn resolve(
    fetchers: &Fetchers,
    of: &TopicPartition,
    reset: &OffsetReset,
    isolation: Isolation,
    to: StartOffset,
) -> Result<StartOffset> {
    to.check("the offset").map_err(|error| error.at(&of.topic, of.partition))?;
    let to = match to {
        StartOffset::Reset => reset.start().ok_or_else(|| {
            let what = "StartOffset::Reset without a reset policy: set ConsumerConf.reset";
            Error::new(ErrorKind::InvalidConfig, what).at(&of.topic, of.partition)
        })?,
        to => to,
    };
    let cluster = fetchers.cluster();
    if matches!(to, StartOffset::At(_) | StartOffset::AtEpoch(..)) {
        cluster.unless_closed(cluster.leader(&of.topic, of.partition, None)).await?;
        return Ok(to);
    }
    Ok(StartOffset::At(find(fetchers, of, to, isolation).await?))
}

/// The offset that a way to begin stands for now.
async fn find(
    fetchers: &Fetchers,
    of: &TopicPartition,
    to: StartOffset,
    isolation: Isolation,
) -> Result<i64> {
    let cluster = fetchers.cluster();
    let which = fetchers.which(to, isolation);
    if let Some(listed) = list_offset(cluster, of, which).await? {
        return Ok(listed.offset);
    }
    // No message is that late: the next one is.
    let newest = fetchers.which(StartOffset::Newest, isolation);
    let listed = list_offset(cluster, of, newest).await?;
    Ok(listed.map_or(0, |listed| listed.offset))
}

#[async_trait]
impl Consumer for PartitionConsumer {
    async fn consume(&mut self) -> Result<Message> {
        Self::consume(self).await
    }

    fn try_consume(&mut self) -> Result<Option<Message>> {
        Self::try_consume(self)
    }
}

#[async_trait]
impl BatchConsumer for PartitionConsumer {
    async fn consume_batch(&mut self) -> Result<MessageBatch> {
        Self::consume_batch(self).await
    }
}

impl fmt::Debug for PartitionConsumer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PartitionConsumer").field("reader", &self.reader).finish_non_exhaustive()
    }
}
