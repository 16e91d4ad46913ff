//! One partition of an assigned consumer, read by itself.

use std::fmt;
use std::future::poll_fn;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::task::{Context, Poll, Wake, Waker, ready};

use async_trait::async_trait;
use futures_core::Stream;
use parking_lot::Mutex;

use super::feed::Feed;
use super::fetchers::Fetchers;
use super::reader::{Patience, PollConsume, Reader, unpacking};
use super::ready::Flag;
use super::unpack::Unpacking;
use crate::api::{BatchConsumer, Consumer, Error, ErrorKind, Message, MessageBatch, Result, TopicPartition};
use crate::config::{AssignedConsumerConf, StartOffset};

/// One partition of an [`AssignedConsumer`](crate::AssignedConsumer), in order and at its own pace: what parallel work
/// is made of, with a task for each partition. It comes from [`AssignedConsumer::partition_stream`] and
/// [`AssignedConsumer::streams`].
///
/// Its consumer goes on to pause, seek and remove the partition, and knows its position and lag. When the partition is
/// removed, or the consumer is dropped, the stream ends: messages that it had not handed out are nobody's. When the
/// stream is dropped, its consumer hands the partition's messages out again, from the stream's position on.
///
/// ```no_run
/// # async fn work(mut consumer: kafka_client::AssignedConsumer) -> Result<(), Box<dyn std::error::Error>> {
/// let mut tasks = Vec::new();
/// for mut partition in consumer.streams() {
///     tasks.push(tokio::spawn(async move {
///         loop {
///             match partition.consume().await {
///                 Ok(message) => println!("{} at {}", partition.partition(), message.offset),
///                 // It lasts for longer than `retry_err_for`; the next call goes on trying.
///                 Err(error) if error.is_retriable() => eprintln!("{error}"),
///                 Err(error) => return error,
///             }
///         }
///     }));
/// }
/// for task in tasks {
///     eprintln!("{}", task.await?);
/// }
/// // Not before: the streams end when their consumer is dropped.
/// drop(consumer);
/// # Ok(())
/// # }
/// ```
///
/// [`AssignedConsumer::partition_stream`]: crate::AssignedConsumer::partition_stream
/// [`AssignedConsumer::streams`]: crate::AssignedConsumer::streams
pub struct PartitionStream {
    /// `None` once the partition is not its consumer's any more.
    reader: Option<Reader>,
    of: TopicPartition,
    link: Arc<Link>,
    unpacking: Unpacking,
    patience: Patience,
    paused: bool,
    /// A terminal error or `NoData` ended the stream; calls go on to say what they find.
    done: bool,
}

/// The stream holds nothing: the feed knows what comes next.
const ASK_FEED: i64 = -1;
/// The stream is taking what comes next, and nobody knew its offset before.
const UNKNOWN: i64 = -2;

/// What a stream and its consumer share.
#[derive(Debug)]
struct Link {
    /// The consumer has decided something that the stream does not know yet.
    changed: AtomicBool,
    /// Of the next message that the stream holds, or [`ASK_FEED`], or [`UNKNOWN`].
    position: AtomicI64,
    feed: Arc<Feed>,
    fetchers: Fetchers,
    /// Tells the consumer that the stream was dropped.
    home: Arc<Flag>,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    seek: Option<StartOffset>,
    paused: bool,
    ended: bool,
    /// The stream was dropped.
    back: Option<Reader>,
    waker: Option<Waker>,
}

/// The consumer's end of a stream. Without it the stream ends.
#[derive(Debug)]
pub(super) struct StreamLink(Arc<Link>);

impl StreamLink {
    /// A stream of `reader`, and the consumer's end of it.
    pub(super) fn split(
        reader: Reader,
        home: Arc<Flag>,
        paused: bool,
        conf: &AssignedConsumerConf,
    ) -> (Self, PartitionStream) {
        // Each stream waits by itself.
        reader.feed().shares(Arc::default());
        let link = Arc::new(Link {
            changed: AtomicBool::new(false),
            position: AtomicI64::new(reader.held_position().unwrap_or(ASK_FEED)),
            feed: reader.feed().clone(),
            fetchers: reader.fetchers().clone(),
            home,
            state: Mutex::new(State { paused, ..State::default() }),
        });
        let unpacking = unpacking(conf, reader.fetchers());
        let stream = PartitionStream {
            of: reader.of().clone(),
            reader: Some(reader),
            link: link.clone(),
            unpacking,
            patience: Patience::new(conf),
            paused,
            done: false,
        };
        (Self(link), stream)
    }

    pub(super) fn seek(&self, to: StartOffset) {
        self.0.change(|state| state.seek = Some(to));
    }

    /// Whether the stream is polled or not, fetching stops, or goes on.
    pub(super) fn pause(&self, paused: bool) {
        if self.0.feed.pause(paused) {
            self.0.fetchers.place(self.0.feed.clone());
        }
        self.0.change(|state| state.paused = paused);
    }

    /// The partition, if its stream was dropped, and where to go on if that was decided since.
    pub(super) fn take_back(&self) -> Option<Reader> {
        let mut state = self.0.state.lock();
        let mut reader = state.back.take()?;
        if let Some(to) = state.seek.take() {
            reader.seek(to);
        }
        Some(reader)
    }

    pub(super) fn position(&self) -> Option<i64> {
        match self.0.state.lock().seek {
            Some(StartOffset::At(offset) | StartOffset::AtEpoch(offset, _)) => Some(offset),
            Some(_) => None,
            None => self.0.position(),
        }
    }

    pub(super) fn lag(&self) -> Option<i64> {
        Some((self.0.feed.end_offset()? - self.position()?).max(0))
    }
}

impl Drop for StreamLink {
    fn drop(&mut self) {
        self.0.change(|state| {
            state.ended = true;
            state.back = None;
        });
    }
}

impl Link {
    fn position(&self) -> Option<i64> {
        loop {
            match self.position.load(Ordering::Acquire) {
                ASK_FEED => {
                    let next = self.feed.position();
                    // Unless the stream began to take something meanwhile.
                    if self.position.load(Ordering::Acquire) == ASK_FEED {
                        return next;
                    }
                }
                UNKNOWN => return None,
                held => return Some(held),
            }
        }
    }

    fn change(&self, change: impl FnOnce(&mut State)) {
        let mut state = self.state.lock();
        change(&mut state);
        self.changed.store(true, Ordering::Release);
        let waker = state.waker.take();
        drop(state);
        if let Some(waker) = waker {
            waker.wake();
        }
    }
}

impl PartitionStream {
    /// The partition that is read.
    pub fn partition(&self) -> &TopicPartition {
        &self.of
    }

    /// The offset of the next message, or an offset before it if the log has none there. `None` while it is being
    /// found out.
    pub fn position(&self) -> Option<i64> {
        self.link.position()
    }

    /// The next message, as [`AssignedConsumer::consume`](crate::AssignedConsumer::consume) returns it, but of this
    /// partition alone. Once the partition was removed it is [`ErrorKind::Closed`]. Dropping the future consumes
    /// nothing.
    pub async fn consume(&mut self) -> Result<Message> {
        self.patience.renew();
        poll_fn(|cx| self.poll_consume(cx)).await
    }

    /// The next message, if it has arrived already.
    pub fn try_consume(&mut self) -> Result<Option<Message>> {
        let Some(reader) = self.current()? else { return Ok(None) };
        if let Some(message) = reader.pop() {
            return Ok(Some(self.handed_out(message)));
        }
        self.fill(None)?;
        let message = self.reader.as_mut().and_then(Reader::pop);
        Ok(message.map(|message| self.handed_out(message)))
    }

    /// What has arrived of the partition, at least one message. Dropping the future consumes nothing; the batch counts
    /// as consumed when it is returned.
    pub async fn consume_batch(&mut self) -> Result<MessageBatch> {
        self.patience.renew();
        poll_fn(|cx| self.poll_batch(cx)).await
    }

    fn poll_batch(&mut self, cx: &mut Context<'_>) -> Poll<Result<MessageBatch>> {
        loop {
            if let Some(reader) = self.current()?
                && reader.has_unpacked()
            {
                let batch = reader.take_batch();
                self.told_position();
                return Poll::Ready(Ok(batch));
            }
            ready!(self.poll_fill(cx))?;
        }
    }

    /// The reader, as the consumer wants it: elsewhere, or not at all for a while.
    #[inline]
    fn current(&mut self) -> Result<Option<&mut Reader>> {
        if self.link.changed.load(Ordering::Acquire) {
            self.heed();
        }
        match &mut self.reader {
            Some(_) if self.paused => Ok(None),
            Some(reader) => Ok(Some(reader)),
            None => {
                let what = "the partition was taken from its consumer, or the consumer was dropped";
                Err(Error::new(ErrorKind::Closed, what).at(&self.of.topic, self.of.partition))
            }
        }
    }

    fn heed(&mut self) {
        let mut state = self.link.state.lock();
        self.link.changed.store(false, Ordering::Release);
        self.paused = state.paused;
        let seek = state.seek.take();
        if state.ended {
            self.reader = None;
        }
        if let (Some(to), Some(reader)) = (seek, &mut self.reader) {
            // Under the lock, or the consumer would see the position from before the seek.
            reader.seek(to);
            self.link.position.store(ASK_FEED, Ordering::Release);
        }
    }

    fn fill(&mut self, waker: Option<&Waker>) -> Result<bool> {
        let Some(reader) = self.reader.as_mut().filter(|_| !self.paused) else { return Ok(false) };
        // The feed is past what is taken from it, while nothing of that was handed out yet.
        self.link.position.store(reader.position().unwrap_or(UNKNOWN), Ordering::Release);
        let filled = reader.fill(&mut self.unpacking, waker);
        if matches!(filled, Ok(false)) {
            reader.waits();
        }
        self.told_position();
        filled
    }

    /// Waits for something to hand out, or for the consumer to decide something.
    fn poll_fill(&mut self, cx: &mut Context<'_>) -> Poll<Result<()>> {
        let progress = ready!(tokio::task::coop::poll_proceed(cx));
        if self.fill(Some(cx.waker()))? {
            progress.made_progress();
            return Poll::Ready(Ok(()));
        }
        self.link.state.lock().waker = Some(cx.waker().clone());
        if self.link.changed.load(Ordering::Acquire) {
            progress.made_progress();
            return Poll::Ready(Ok(()));
        }
        self.patience.poll(cx).map(|error| Err(error.at(&self.of.topic, self.of.partition)))
    }

    #[inline]
    fn handed_out(&self, message: Message) -> Message {
        self.told_position();
        message
    }

    #[inline]
    fn told_position(&self) {
        let held = self.reader.as_ref().and_then(Reader::held_position);
        self.link.position.store(held.unwrap_or(ASK_FEED), Ordering::Release);
    }
}

impl PollConsume for PartitionStream {
    fn poll_consume(&mut self, cx: &mut Context<'_>) -> Poll<Result<Message>> {
        loop {
            if let Some(reader) = self.current()?
                && let Some(message) = reader.pop()
            {
                return Poll::Ready(Ok(self.handed_out(message)));
            }
            ready!(self.poll_fill(cx))?;
        }
    }
}

impl Stream for PartitionStream {
    type Item = Result<Message>;

    /// Yields errors as [`PartitionStream::consume`] returns them and goes on, but ends after a terminal one, and
    /// silently on `NoData` and when the partition is removed.
    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        if self.done {
            return Poll::Ready(None);
        }
        let polled = ready!(self.poll_consume(cx));
        self.patience.renew();
        match polled {
            Err(error) => {
                let silent = self.reader.is_none() || error.kind() == ErrorKind::NoData;
                self.done = silent || error.is_terminal();
                Poll::Ready((!silent).then_some(Err(error)))
            }
            good => Poll::Ready(Some(good)),
        }
    }
}

#[async_trait]
impl Consumer for PartitionStream {
    async fn consume(&mut self) -> Result<Message> {
        Self::consume(self).await
    }

    fn try_consume(&mut self) -> Result<Option<Message>> {
        Self::try_consume(self)
    }
}

#[async_trait]
impl BatchConsumer for PartitionStream {
    async fn consume_batch(&mut self) -> Result<MessageBatch> {
        Self::consume_batch(self).await
    }
}

impl Drop for PartitionStream {
    fn drop(&mut self) {
        let Some(reader) = self.reader.take() else { return };
        let mut state = self.link.state.lock();
        if !state.ended {
            state.back = Some(reader);
        }
        drop(state);
        self.link.home.wake_by_ref();
    }
}

impl fmt::Debug for PartitionStream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PartitionStream")
            .field("partition", &self.of)
            .field("position", &self.position())
            .finish_non_exhaustive()
    }
}
