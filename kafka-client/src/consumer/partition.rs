//! The reader of one partition.

use std::fmt;
use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use async_trait::async_trait;
use futures_core::Stream;
use kafka_proto::compression::Decompressor;
use tokio::time::{Instant, Sleep, sleep_until};

use super::cursor::PartitionCursor;
use super::feed::{Feed, FetchSettings};
use super::fetchers::Fetchers;
use super::offsets_query::{Which, list_offset};
use super::unpack::{Unpacker, Unpacking};
use crate::api::{BatchConsumer, Consumer, Error, ErrorKind, Message, MessageBatch, Result};
use crate::config::{ConsumerConf, Isolation, StartOffset};
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
/// [`Error::resume_at`] where to [`seek`](PartitionConsumer::seek). Terminal errors ([`Error::is_terminal`]) come
/// back on every call.
///
/// # Memory
///
/// Up to `max_fetch_size` bytes (and one answer) are fetched ahead, `fetch_memory` for all consumers of a `Broker`.
/// A compressed record batch is unpacked when its turn comes, into 256 MiB at most; one that would need more is a
/// corrupt one.
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
    conf: ConsumerConf,
    fetchers: Fetchers,
    feed: Arc<Feed>,
    /// The offset of the next message, if there is one at it.
    position: i64,
    /// What was taken from the feed and is not unpacked yet.
    unpacker: Option<Unpacker>,
    /// What is unpacked and not handed out yet.
    current: MessageBatch,
    unpacking: Unpacking,
    /// When a call that found nothing returns `NoData`.
    patience: Option<Pin<Box<Sleep>>>,
}

impl PartitionConsumer {
    /// Finds the partition and its start offset; fetching begins.
    pub(crate) async fn start(cluster: Cluster, fetchers: &Fetchers, conf: ConsumerConf) -> Result<Self> {
        conf.validate()?;
        cluster.check_open()?;
        let position = resolve(&cluster, &conf, conf.start_offset).await?;
        let settings = FetchSettings {
            max_wait: conf.request_timeout,
            min_bytes: conf.min_fetch_size,
            isolation: conf.isolation,
        };
        let cursor = PartitionCursor::new(position, conf.max_fetch_size, conf.error_limits());
        let feed = Feed::new(conf.topic.clone(), conf.partition, settings, fetchers.budget().clone(), cursor);
        let largest_batch = cluster.conf().max_response_size;
        let unpacking =
            Unpacking { check_crcs: conf.check_crcs, largest_batch, decompressor: Decompressor::new() };
        let mut consumer = Self {
            conf,
            fetchers: fetchers.clone(),
            feed: Arc::new(feed),
            position,
            unpacker: None,
            current: MessageBatch::default(),
            unpacking,
            patience: None,
        };
        consumer.go_to(position);
        Ok(consumer)
    }

    /// The next message. Dropping the future consumes nothing.
    ///
    /// Waits until there is one; with a `retry_limit`, for `retry_limit × (request_timeout + retry_wait)` at the
    /// most, and then returns [`ErrorKind::NoData`].
    pub async fn consume(&mut self) -> Result<Message> {
        loop {
            if let Some(message) = self.pop() {
                return Ok(message);
            }
            self.fill().await?;
        }
    }

    /// The next message, if it has arrived already. An error that [`PartitionConsumer::consume`] would return at once
    /// is returned here too.
    pub fn try_consume(&mut self) -> Result<Option<Message>> {
        loop {
            if let Some(message) = self.pop() {
                return Ok(Some(message));
            }
            if !self.unpack()? {
                let found = self.feed.take(None);
                if found.homeless {
                    self.fetchers.place(self.feed.clone());
                }
                let Some(chunk) = found.found? else { return Ok(None) };
                self.unpacker = Some(Unpacker::new(chunk));
            }
        }
    }

    /// What has arrived of the partition: at least one message. Waits as [`PartitionConsumer::consume`] does.
    /// Dropping the future consumes nothing; the batch counts as consumed when it is returned.
    pub async fn consume_batch(&mut self) -> Result<MessageBatch> {
        if self.current.is_empty() {
            self.fill().await?;
        }
        self.position = self.current.next_offset();
        Ok(std::mem::take(&mut self.current))
    }

    /// The offset of the next message, or an offset before it if the log has none there.
    pub fn position(&self) -> i64 {
        self.position
    }

    /// Goes on somewhere else in the partition: what was fetched ahead is dropped. `Oldest` and `Newest` ask the
    /// partition's leader; while they do, and if that fails or the future is dropped, nothing changes.
    pub async fn seek(&mut self, to: StartOffset) -> Result<()> {
        let offset = resolve(self.fetchers.cluster(), &self.conf, to).await?;
        self.go_to(offset);
        Ok(())
    }

    /// The messages as a stream. It yields errors as [`PartitionConsumer::consume`] returns them and goes on, but
    /// ends after a terminal one, and ends silently on `NoData`.
    pub fn into_stream(self) -> impl Stream<Item = Result<Message>> + Send + Unpin {
        Messages { consumer: Some(self) }
    }

    fn go_to(&mut self, offset: i64) {
        self.unpacker = None;
        self.current = MessageBatch::default();
        self.position = offset;
        if self.feed.seek(offset) {
            self.fetchers.place(self.feed.clone());
        }
    }

    /// The next message that is unpacked already.
    #[inline]
    fn pop(&mut self) -> Option<Message> {
        let message = self.current.pop()?;
        self.position = if self.current.is_empty() {
            self.current.next_offset()
        } else {
            message.offset.saturating_add(1)
        };
        Some(message)
    }

    /// Waits until `current` has messages. A new wait begins with every call.
    async fn fill(&mut self) -> Result<()> {
        self.patience = None;
        poll_fn(|cx| self.poll_fill(cx)).await
    }

    fn poll_fill(&mut self, cx: &mut Context<'_>) -> Poll<Result<()>> {
        // The task's budget is spent once a batch, not once a message.
        let progress = ready!(tokio::task::coop::poll_proceed(cx));
        loop {
            match self.unpack() {
                Ok(true) => {
                    progress.made_progress();
                    return Poll::Ready(Ok(()));
                }
                Ok(false) => {}
                Err(error) => return Poll::Ready(Err(error)),
            }
            let found = self.feed.poll_take(cx);
            if found.homeless {
                self.fetchers.place(self.feed.clone());
            }
            match found.found {
                Poll::Ready(chunk) => self.unpacker = Some(Unpacker::new(chunk?)),
                Poll::Pending => return self.poll_patience(cx),
            }
        }
    }

    /// Unpacks until there are messages; false when nothing is left to unpack.
    fn unpack(&mut self) -> Result<bool> {
        while let Some(unpacker) = &mut self.unpacker {
            let (topic, partition) = (&self.conf.topic, self.conf.partition);
            match unpacker.next(topic, partition, self.position, &mut self.unpacking) {
                Ok(Some(batch)) if batch.is_empty() => self.position = batch.next_offset(),
                Ok(Some(batch)) => {
                    self.current = batch;
                    return Ok(true);
                }
                Ok(None) => self.unpacker = None,
                Err(error) => {
                    // The damage may be of the way here: a later call fetches the batch again.
                    self.go_to(self.position);
                    return Err(error);
                }
            }
        }
        Ok(false)
    }

    fn poll_patience(&mut self, cx: &mut Context<'_>) -> Poll<Result<()>> {
        let Some(limit) = self.conf.retry_limit else { return Poll::Pending };
        let wait = (self.conf.request_timeout + self.conf.retry_wait).saturating_mul(limit);
        let patience = self.patience.get_or_insert_with(|| Box::pin(sleep_until(Instant::now() + wait)));
        ready!(patience.as_mut().poll(cx));
        self.patience = None;
        let what = format!("nothing to read within retry_limit × (request_timeout + retry_wait), {wait:?}");
        Poll::Ready(Err(Error::new(ErrorKind::NoData, what).at(&self.conf.topic, self.conf.partition)))
    }
}

/// The offset that `to` stands for now. The partition must exist.
async fn resolve(cluster: &Cluster, conf: &ConsumerConf, to: StartOffset) -> Result<i64> {
    let which = match to {
        StartOffset::At(offset) if offset < 0 => {
            let what = format!("cannot read from offset {offset}: use Oldest or Newest");
            return Err(Error::new(ErrorKind::InvalidConfig, what).at(&conf.topic, conf.partition));
        }
        StartOffset::At(offset) => {
            cluster.unless_closed(cluster.leader(&conf.topic, conf.partition, None)).await?;
            return Ok(offset);
        }
        StartOffset::Oldest => Which::Earliest,
        StartOffset::Newest if conf.isolation == Isolation::ReadCommitted => Which::LastStable,
        StartOffset::Newest => Which::Latest,
    };
    list_offset(cluster, &conf.topic, conf.partition, which).await
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

impl Drop for PartitionConsumer {
    fn drop(&mut self) {
        self.feed.leave();
    }
}

impl fmt::Debug for PartitionConsumer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PartitionConsumer")
            .field("topic", &self.conf.topic)
            .field("partition", &self.conf.partition)
            .field("position", &self.position)
            .finish_non_exhaustive()
    }
}

/// What [`PartitionConsumer::into_stream`] returns; without a consumer it has ended.
struct Messages {
    consumer: Option<PartitionConsumer>,
}

impl Stream for Messages {
    type Item = Result<Message>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Message>>> {
        let Some(consumer) = &mut self.consumer else { return Poll::Ready(None) };
        loop {
            if let Some(message) = consumer.pop() {
                return Poll::Ready(Some(Ok(message)));
            }
            match ready!(consumer.poll_fill(cx)) {
                Ok(()) => consumer.patience = None,
                Err(error) => {
                    consumer.patience = None;
                    let silent = error.kind() == ErrorKind::NoData;
                    if silent || error.is_terminal() {
                        self.consumer = None;
                    }
                    return Poll::Ready((!silent).then_some(Err(error)));
                }
            }
        }
    }
}
