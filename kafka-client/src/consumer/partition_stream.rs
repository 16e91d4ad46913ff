//! One partition of an assigned consumer, read by itself.

use std::fmt;
use std::future::poll_fn;
use std::pin::Pin;
use std::task::{Context, Poll, Waker, ready};

use async_trait::async_trait;
use futures_core::Stream;

use super::fetchers::Fetchers;
use super::member::Lent;
use super::reader::{Closing, NextMessage, Patience, PollConsume, unpacking};
use super::unpack::Unpacking;
use crate::api::{BatchConsumer, Consumer, Error, ErrorKind, Message, MessageBatch, Result, TopicPartition};
use crate::config::AssignedConsumerConf;

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
    of: TopicPartition,
    /// `None` once it was given back.
    lent: Option<Lent>,
    unpacking: Unpacking,
    patience: Patience,
    closing: Closing,
    /// A terminal error or `NoData` ended the stream; calls go on to say what they find.
    done: bool,
}

impl PartitionStream {
    pub(super) fn new(
        of: TopicPartition,
        lent: Lent,
        conf: &AssignedConsumerConf,
        fetchers: &Fetchers,
    ) -> Self {
        lent.waits_alone();
        Self {
            of,
            lent: Some(lent),
            unpacking: unpacking(conf, fetchers),
            patience: Patience::new(conf),
            closing: Closing::new(fetchers.cluster()),
            done: false,
        }
    }

    /// The partition that is read.
    pub fn partition(&self) -> &TopicPartition {
        &self.of
    }

    /// The offset of the next message, or an offset before it if the log has none there. `None` while it is being
    /// found out.
    pub fn position(&self) -> Option<i64> {
        self.lent.as_ref()?.member().position()
    }

    /// The next message, as [`AssignedConsumer::consume`](crate::AssignedConsumer::consume) returns it, but of this
    /// partition alone. Once the partition was removed it is [`ErrorKind::Closed`]. Dropping the future consumes
    /// nothing.
    pub fn consume(&mut self) -> impl Future<Output = Result<Message>> + Send {
        self.patience.renew();
        NextMessage(self)
    }

    /// The next message, if it has arrived already.
    pub fn try_consume(&mut self) -> Result<Option<Message>> {
        if let Some(message) = self.pop() {
            return Ok(Some(message));
        }
        if !self.fill(None)? {
            self.closing.check().map_err(|error| self.named(error))?;
        }
        Ok(self.pop())
    }

    /// What has arrived of the partition, at least one message. Dropping the future consumes nothing; the batch counts
    /// as consumed when it is returned.
    ///
    /// ```no_run
    /// # async fn work(mut partition: kafka_client::PartitionStream) -> kafka_client::Result<()> {
    /// let batch = partition.consume_batch().await?;
    /// println!("{} messages; what comes next is at {:?}", batch.len(), partition.position());
    /// // What else has arrived, without waiting.
    /// while let Some(message) = partition.try_consume()? {
    ///     println!("{} too", message.offset);
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub async fn consume_batch(&mut self) -> Result<MessageBatch> {
        self.patience.renew();
        poll_fn(|cx| self.poll_batch(cx)).await
    }

    fn poll_batch(&mut self, cx: &mut Context<'_>) -> Poll<Result<MessageBatch>> {
        loop {
            if let Some(batch) = self.lent.as_mut().and_then(Lent::take_batch) {
                return Poll::Ready(Ok(batch));
            }
            ready!(self.poll_fill(cx))?;
        }
    }

    #[expect(clippy::inline_always, reason = "a message would be copied from call to call")]
    #[inline(always)]
    fn pop(&mut self) -> Option<Message> {
        self.lent.as_mut()?.pop()
    }

    /// The reader, unless its consumer has lost it.
    fn lent(&mut self) -> Result<&mut Lent> {
        if let Some(lent) = &mut self.lent
            && !lent.has_ended()
        {
            return Ok(lent);
        }
        let what = "the partition was taken from its consumer, or the consumer was dropped";
        Err(Error::new(ErrorKind::Closed, what).at(&self.of.topic, self.of.partition))
    }

    fn fill(&mut self, waker: Option<&Waker>) -> Result<bool> {
        self.lent()?;
        let Some(lent) = &mut self.lent else { return Ok(false) };
        let filled = lent.fill(&mut self.unpacking, waker)?;
        if !filled {
            lent.waits();
        }
        Ok(filled)
    }

    /// Waits for something to hand out, or for the consumer to decide something.
    #[cold]
    fn poll_fill(&mut self, cx: &mut Context<'_>) -> Poll<Result<()>> {
        let progress = ready!(tokio::task::coop::poll_proceed(cx));
        // First, or what is decided in between would be heeded here and wake nobody.
        if let Some(lent) = &self.lent {
            lent.listen(cx.waker());
        }
        if self.fill(Some(cx.waker()))? {
            progress.made_progress();
            return Poll::Ready(Ok(()));
        }
        self.closing.poll(cx).map_err(|error| self.named(error))?;
        self.patience.poll(cx).map(|error| Err(self.named(error)))
    }

    fn named(&self, error: Error) -> Error {
        error.at(&self.of.topic, self.of.partition)
    }

    #[cold]
    fn failed(&mut self, error: Error) -> Option<Result<Message>> {
        let silent = self.lent().is_err() || error.kind() == ErrorKind::NoData;
        self.done = silent || error.is_terminal();
        (!silent).then_some(Err(error))
    }
}

impl PollConsume for PartitionStream {
    fn poll_consume(&mut self, cx: &mut Context<'_>) -> Poll<Result<Message>> {
        loop {
            if let Some(message) = self.pop() {
                return Poll::Ready(Ok(message));
            }
            ready!(self.poll_fill(cx))?;
        }
    }
}

impl Stream for PartitionStream {
    type Item = Result<Message>;

    /// Yields errors as [`PartitionStream::consume`] returns them and goes on, but ends after a terminal one, and
    /// silently on `NoData` and when the partition is removed.
    #[inline]
    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        if self.done {
            return Poll::Ready(None);
        }
        let polled = ready!(self.poll_consume(cx));
        self.patience.renew();
        match polled {
            Ok(message) => Poll::Ready(Some(Ok(message))),
            Err(error) => Poll::Ready(self.failed(error)),
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
        if let Some(lent) = self.lent.take() {
            lent.give_back_from_alone();
        }
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
