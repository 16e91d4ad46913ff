//! The reader of any set of partitions.

use std::fmt;
use std::future::poll_fn;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use async_trait::async_trait;
use futures_core::Stream;

use super::assignment::{Assignment, Partitions};
use super::fetchers::Fetchers;
use super::member::{Lent, Member};
use super::partition_stream::PartitionStream;
use super::reader::{Closing, Messages, NextMessage, Patience, PollConsume, unpacking};
use super::ready::Listener;
use super::unpack::Unpacking;
use crate::api::{BatchConsumer, Consumer, ErrorKind, Message, MessageBatch, Result, TopicPartition};
use crate::config::{AssignedConsumerConf, StartOffset, invalid_argument};
use crate::metadata::Cluster;

/// How many messages of one partition are handed out before others have their turn.
const TURN: u32 = 500;

/// Reads any set of partitions of any topics, which may change at any time. It owns their positions and commits
/// nothing.
///
/// One message at a time ([`AssignedConsumer::consume`]), as many as have arrived of one partition
/// ([`AssignedConsumer::consume_batch`]), as a stream ([`AssignedConsumer::stream`]), or each partition by itself, for
/// parallel work ([`AssignedConsumer::streams`]): all of them share one position for each partition. Messages of one
/// partition come in order, those of different ones in any; no partition with messages waits for more than a turn of
/// 500 messages, or a batch, of each of the others. How many partitions there are costs a message nothing.
///
/// Where a partition begins is found out in the background: adding a thousand is one request to each node, and none of
/// them waits for another.
///
/// # Errors
///
/// An error names its partition and does not stop the others. The partition stays, as with
/// [`PartitionConsumer`](crate::PartitionConsumer): [`seek`](AssignedConsumer::seek) after `OffsetOutOfRange`,
/// `LogTruncated` and `CorruptBatch`, the latter two to [`Error::resume_at`](crate::Error::resume_at). A partition that
/// will never work (access denied) says so once and is left alone from then on, until it is removed and added again; only
/// when all partitions are in that state, or the broker was closed, is the error terminal. Without a partition there is
/// nothing to wait for: `consume` returns `NoData` at once, unless an [`Assignment`] exists by which one may come.
///
/// # Cancellation
///
/// Dropping the future of `consume` or `consume_batch` consumes nothing, so both can stand in a `select!` beside what
/// changes the assignment. Everything else takes effect at the call and waits for nothing. To change the assignment from
/// another task, while this one waits, take an [`Assignment`] ([`AssignedConsumer::assignment`]).
///
/// # Memory
///
/// As with a `PartitionConsumer`, for each partition; `fetch_memory` bounds what is fetched ahead for all of them, and
/// a partition that nobody reads does not keep others from being fetched. What the application keeps of a partition keeps
/// that partition's part of an answer, unless it is [`detached`](Message::detach).
///
/// ```no_run
/// # async fn read(broker: kafka_client::Broker) -> kafka_client::Result<()> {
/// use kafka_client::{AssignedConsumerConf, StartOffset};
///
/// let mut consumer = broker.assigned_consumer(AssignedConsumerConf::new())?;
/// for partition in 0..broker.partition_count("fruits").await? {
///     consumer.add(("fruits", partition))?;
/// }
/// consumer.add_at(("vegetables", 0), StartOffset::At(42))?;
/// loop {
///     let message = consumer.consume().await?;
///     println!("{}-{} at {}", message.topic, message.partition, message.offset);
///     if message.topic == "vegetables" {
///         consumer.pause(("fruits", 0))?;
///     }
/// }
/// # }
/// ```
pub struct AssignedConsumer {
    partitions: Arc<Partitions>,
    listener: Listener,
    turn: Option<Turn>,
    unpacking: Unpacking,
    patience: Patience,
    closing: Closing,
}

/// Whose turn it is, and for how many messages more.
struct Turn {
    lent: Lent,
    left: u32,
}

impl AssignedConsumer {
    /// A consumer of nothing yet.
    pub(crate) fn start(cluster: Cluster, fetchers: &Fetchers, conf: AssignedConsumerConf) -> Result<Self> {
        conf.validate()?;
        Ok(Self {
            listener: Listener::default(),
            turn: None,
            unpacking: unpacking(&conf, fetchers),
            patience: Patience::new(&conf),
            closing: Closing::new(&cluster),
            partitions: Arc::new(Partitions::new(cluster, fetchers, conf)),
        })
    }

    // Which partitions.

    /// A handle to change the partitions by, from any task.
    pub fn assignment(&self) -> Assignment {
        self.partitions.handle()
    }

    /// Adds a partition, from the configuration's `start_offset` on. That it does not exist is an error of `consume`.
    pub fn add(&self, partition: impl Into<TopicPartition>) -> Result<()> {
        self.add_at(partition, self.partitions.conf.start_offset)
    }

    /// Adds a partition, from here on: where a group has committed, for example, or [`StartOffset::Reset`] where it
    /// has not. A partition that is there already is an error.
    pub fn add_at(&self, partition: impl Into<TopicPartition>, from: StartOffset) -> Result<()> {
        self.partitions.add_at(partition.into(), from)
    }

    /// Removes a partition: nothing more of it is fetched or handed out. Returns its position, if it was there and
    /// had one. A message that its [`PartitionStream`] takes in this moment may still come, and be the first from that
    /// position on; a batch that still comes is before it.
    pub fn remove(&self, partition: impl Into<TopicPartition>) -> Option<i64> {
        self.partitions.remove(&partition.into())
    }

    /// The partitions, in order.
    pub fn partitions(&self) -> Vec<TopicPartition> {
        self.partitions.all()
    }

    /// Hands out and fetches nothing of a partition until it is resumed. What was fetched ahead is kept. It is an error
    /// if the partition is not assigned.
    pub fn pause(&self, partition: impl Into<TopicPartition>) -> Result<()> {
        self.partitions.pause(&partition.into(), true)
    }

    /// Goes on with a paused partition.
    pub fn resume(&self, partition: impl Into<TopicPartition>) -> Result<()> {
        self.partitions.pause(&partition.into(), false)
    }

    /// The partitions that are paused, in order.
    pub fn paused(&self) -> Vec<TopicPartition> {
        self.partitions.paused()
    }

    /// Goes on somewhere else in a partition: what was fetched of it is dropped. Where that is, is found out in the
    /// background.
    pub fn seek(&self, partition: impl Into<TopicPartition>, to: StartOffset) -> Result<()> {
        self.partitions.seek(&partition.into(), to)
    }

    /// The offset of a partition's next message, or an offset before it if the log has none there. `None` while it is
    /// being found out, and of a partition that is not assigned.
    pub fn position(&self, partition: impl Into<TopicPartition>) -> Option<i64> {
        self.partitions.position(&partition.into())
    }

    /// How many messages of a partition are between its position and the end of what can be read, as of its last fetch:
    /// offsets, strictly speaking, of which some may have no message. `None` until something was fetched.
    pub fn lag(&self, partition: impl Into<TopicPartition>) -> Option<i64> {
        self.partitions.lag(&partition.into())
    }

    // Ways out.

    /// The next message of any partition. Dropping the future consumes nothing.
    ///
    /// Waits until there is one; with a `retry_limit`, for `retry_limit × (request_timeout + retry_wait)` at the
    /// most, and then returns [`ErrorKind::NoData`].
    pub fn consume(&mut self) -> impl Future<Output = Result<Message>> + Send {
        self.patience.renew();
        NextMessage(self)
    }

    /// The next message, if one has arrived already. An error that [`AssignedConsumer::consume`] would return at once
    /// is returned here too.
    pub fn try_consume(&mut self) -> Result<Option<Message>> {
        if let Some(message) = self.pop() {
            return Ok(Some(message));
        }
        if !self.next_turn()? {
            self.closing.check()?;
        }
        Ok(self.pop())
    }

    /// What has arrived of one partition: at least one message. The partitions have their turns. Waits as
    /// [`AssignedConsumer::consume`] does. Dropping the future consumes nothing; the batch counts as consumed when it
    /// is returned.
    pub async fn consume_batch(&mut self) -> Result<MessageBatch> {
        self.patience.renew();
        loop {
            if let Some(batch) = self.turn.as_mut().and_then(|turn| turn.lent.take_batch()) {
                self.end_turn();
                return Ok(batch);
            }
            poll_fn(|cx| self.poll_turn(cx)).await?;
        }
    }

    /// The messages as a stream. It yields errors as [`AssignedConsumer::consume`] returns them and goes on, but ends
    /// after a terminal one, and ends silently on `NoData`. Dropping it loses nothing.
    pub fn stream(&mut self) -> impl Stream<Item = Result<Message>> + Send + Unpin + '_ {
        self.patience.renew();
        Messages::of(self)
    }

    /// The same, for good: the partitions can be changed by an [`Assignment`] that was taken before.
    pub fn into_stream(mut self) -> impl Stream<Item = Result<Message>> + Send + Unpin {
        self.patience.renew();
        Messages::of(self)
    }

    /// A partition's messages by themselves: `consume` hands them out no more, until the stream is dropped. It is an
    /// error for a partition that is not assigned, or has a stream already.
    pub fn partition_stream(&mut self, partition: impl Into<TopicPartition>) -> Result<PartitionStream> {
        let of = partition.into();
        self.end_turn();
        let member = self.partitions.member(&of)?;
        self.split(&of, &member).ok_or_else(|| {
            let what = "has a stream already: drop that one first";
            invalid_argument("partition", what).at(&of.topic, of.partition)
        })
    }

    /// A stream for each partition that has none, in order.
    pub fn streams(&mut self) -> Vec<PartitionStream> {
        self.end_turn();
        let members = self.partitions.members();
        members.iter().filter_map(|(of, member)| self.split(of, member)).collect()
    }

    fn split(&self, of: &TopicPartition, member: &Arc<Member>) -> Option<PartitionStream> {
        let Partitions { conf, fetchers, .. } = &*self.partitions;
        Some(PartitionStream::new(of.clone(), member.lend()?, conf, fetchers))
    }

    // Turns.

    #[expect(clippy::inline_always, reason = "a message would be copied from call to call")]
    #[inline(always)]
    fn pop(&mut self) -> Option<Message> {
        let turn = self.turn.as_mut()?;
        turn.left = turn.left.checked_sub(1)?;
        turn.lent.pop()
    }

    /// Whoever has had its turn goes to the end of the line, for it may have more.
    fn end_turn(&mut self) {
        if let Some(Turn { lent, .. }) = self.turn.take() {
            let member = lent.member().clone();
            lent.give_back();
            member.flag().raise();
        }
    }

    /// Waits until it is somebody's turn.
    #[cold]
    fn poll_turn(&mut self, cx: &mut Context<'_>) -> Poll<Result<()>> {
        // The task's budget is spent once a turn, not once a message.
        let progress = ready!(tokio::task::coop::poll_proceed(cx));
        self.partitions.ready.listen(&mut self.listener, cx.waker());
        if self.next_turn()? {
            progress.made_progress();
            return Poll::Ready(Ok(()));
        }
        self.closing.poll(cx)?;
        self.patience.poll(cx).map(Err)
    }

    /// Looks at those in line until one has messages; false when none has.
    fn next_turn(&mut self) -> Result<bool> {
        self.end_turn();
        self.partitions.check_hope()?;
        while let Some(member) = self.partitions.next_ready() {
            if self.look_at(&member)? {
                return Ok(true);
            }
        }
        self.waits();
        Ok(false)
    }

    /// There is nothing to hand out. While memory is tight, nothing is fetched before that is said.
    fn waits(&self) {
        let Partitions { hunger, fetchers, .. } = &*self.partitions;
        if hunger.begin() {
            fetchers.budget().tell_hunger();
        }
    }

    fn look_at(&mut self, member: &Arc<Member>) -> Result<bool> {
        // A stream may have it.
        let Some(mut lent) = member.lend() else { return Ok(false) };
        match lent.fill(&mut self.unpacking, Some(member.waker())) {
            Ok(true) => {
                self.turn = Some(Turn { lent, left: TURN });
                Ok(true)
            }
            Ok(false) => {
                lent.give_back();
                Ok(false)
            }
            Err(error) => {
                lent.give_back();
                if error.is_terminal() && error.kind() != ErrorKind::Closed {
                    return Err(self.partitions.is_over(member, error));
                }
                member.flag().raise();
                Err(error)
            }
        }
    }
}

impl PollConsume for AssignedConsumer {
    fn poll_consume(&mut self, cx: &mut Context<'_>) -> Poll<Result<Message>> {
        loop {
            if let Some(message) = self.pop() {
                return Poll::Ready(Ok(message));
            }
            let turned = ready!(self.poll_turn(cx));
            self.patience.renew();
            turned?;
        }
    }
}

#[async_trait]
impl Consumer for AssignedConsumer {
    async fn consume(&mut self) -> Result<Message> {
        Self::consume(self).await
    }

    fn try_consume(&mut self) -> Result<Option<Message>> {
        Self::try_consume(self)
    }
}

#[async_trait]
impl BatchConsumer for AssignedConsumer {
    async fn consume_batch(&mut self) -> Result<MessageBatch> {
        Self::consume_batch(self).await
    }
}

/// Streams of its partitions end, and handles to them have nothing more to change.
impl Drop for AssignedConsumer {
    fn drop(&mut self) {
        self.partitions.close();
    }
}

impl fmt::Debug for AssignedConsumer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AssignedConsumer").field("partitions", &self.partitions.all()).finish_non_exhaustive()
    }
}
