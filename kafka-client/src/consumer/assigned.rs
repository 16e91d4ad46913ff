//! The reader of any set of partitions.

use std::collections::BTreeMap;
use std::fmt;
use std::future::poll_fn;
use std::sync::Arc;
use std::task::{Context, Poll, Waker, ready};

use async_trait::async_trait;
use futures_core::Stream;

use super::budget::Hunger;
use super::fetchers::Fetchers;
use super::partition_stream::{PartitionStream, StreamLink};
use super::reader::{Messages, Patience, PollConsume, Reader, unpacking};
use super::ready::{Flag, Listener, ReadyList};
use super::unpack::Unpacking;
use crate::api::{BatchConsumer, Consumer, Error, ErrorKind, Message, MessageBatch, Result, TopicPartition};
use crate::config::{AssignedConsumerConf, StartOffset, check_partition, invalid_argument};
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
/// `LogTruncated` and `CorruptBatch`, the latter two to [`Error::resume_at`]. A partition that will never work (access
/// denied) says so once and is left alone from then on, until it is removed and added again; only when all partitions
/// are in that state, or the broker was closed, is the error terminal. Without a partition there is nothing to wait
/// for: `consume` returns `NoData` at once.
///
/// # Cancellation
///
/// Dropping the future of `consume` or `consume_batch` consumes nothing, so both can stand in a `select!` beside what
/// changes the assignment. Everything else takes effect at the call and waits for nothing.
///
/// # Memory
///
/// As with a `PartitionConsumer`, for each partition; `fetch_memory` bounds what is fetched ahead for all of them, and
/// a partition that nobody reads does not keep others from being fetched.
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
    cluster: Cluster,
    fetchers: Fetchers,
    conf: AssignedConsumerConf,
    /// By number; a number that is free is used again.
    members: Vec<Option<Member>>,
    numbers: BTreeMap<TopicPartition, usize>,
    ready: Arc<ReadyList>,
    hunger: Arc<Hunger>,
    listener: Listener,
    /// Whose turn it is, and for how many messages more.
    turn: Option<(usize, u32)>,
    /// How many partitions will never work.
    over: usize,
    unpacking: Unpacking,
    patience: Patience,
}

/// One partition.
struct Member {
    held: Held,
    flag: Arc<Flag>,
    waker: Waker,
    paused: bool,
    /// It will never work; it has been told.
    over: Option<Error>,
}

/// Who hands its messages out.
enum Held {
    Here(Box<Reader>),
    Split(StreamLink),
}

impl AssignedConsumer {
    /// A consumer of nothing yet.
    pub(crate) fn start(cluster: Cluster, fetchers: &Fetchers, conf: AssignedConsumerConf) -> Result<Self> {
        conf.validate()?;
        Ok(Self {
            cluster,
            fetchers: fetchers.clone(),
            members: Vec::new(),
            numbers: BTreeMap::new(),
            ready: Arc::default(),
            hunger: Arc::default(),
            listener: Listener::default(),
            turn: None,
            over: 0,
            unpacking: unpacking(&conf, fetchers),
            patience: Patience::new(&conf),
            conf,
        })
    }

    // Which partitions.

    /// Adds a partition, from the configuration's `start_offset` on. That it does not exist is an error of `consume`.
    pub fn add(&mut self, partition: impl Into<TopicPartition>) -> Result<()> {
        self.add_at(partition, self.conf.start_offset)
    }

    /// Adds a partition, from here on: where a group has committed, for example, or [`StartOffset::Reset`] where it
    /// has not. A partition that is there already is an error.
    pub fn add_at(&mut self, partition: impl Into<TopicPartition>, from: StartOffset) -> Result<()> {
        let of = partition.into();
        self.cluster.check_open()?;
        check_partition(&of.topic, of.partition)?;
        from.check("from").map_err(|error| error.at(&of.topic, of.partition))?;
        if self.numbers.contains_key(&of) {
            let what = "is assigned already: seek in it, or remove it first";
            return Err(invalid_argument("partition", what).at(&of.topic, of.partition));
        }
        self.cluster.used(&of.topic);
        let number = self.members.iter().position(Option::is_none).unwrap_or(self.members.len());
        let flag = self.ready.flag(number);
        let reader = Reader::new(self.fetchers.clone(), of.clone(), &self.conf, from);
        reader.feed().shares(self.hunger.clone());
        let member = Member {
            held: Held::Here(Box::new(reader)),
            waker: Waker::from(flag.clone()),
            flag,
            paused: false,
            over: None,
        };
        match self.members.get_mut(number) {
            Some(free) => *free = Some(member),
            None => self.members.push(Some(member)),
        }
        self.numbers.insert(of, number);
        Ok(())
    }

    /// Removes a partition: nothing more of it is handed out. Returns its position, if it was there and had one.
    pub fn remove(&mut self, partition: impl Into<TopicPartition>) -> Option<i64> {
        let number = self.numbers.remove(&partition.into())?;
        let member = self.members.get_mut(number)?.take()?;
        if self.turn.is_some_and(|(turn, _)| turn == number) {
            self.turn = None;
        }
        member.flag.leave();
        self.over -= usize::from(member.over.is_some());
        member.position()
    }

    /// The partitions, in order.
    pub fn partitions(&self) -> impl ExactSizeIterator<Item = &TopicPartition> {
        self.numbers.keys()
    }

    /// Hands out and fetches nothing of a partition until it is resumed. What was fetched ahead is kept. Its error if
    /// it is not assigned.
    pub fn pause(&mut self, partition: impl Into<TopicPartition>) -> Result<()> {
        self.set_paused(&partition.into(), true)
    }

    /// Goes on with a paused partition.
    pub fn resume(&mut self, partition: impl Into<TopicPartition>) -> Result<()> {
        self.set_paused(&partition.into(), false)
    }

    /// The partitions that are paused, in order.
    pub fn paused(&self) -> impl Iterator<Item = &TopicPartition> {
        let paused = |number: &usize| {
            self.members.get(*number).and_then(Option::as_ref).is_some_and(|member| member.paused)
        };
        self.numbers.iter().filter(move |(_, number)| paused(number)).map(|(of, _)| of)
    }

    fn set_paused(&mut self, of: &TopicPartition, paused: bool) -> Result<()> {
        let number = self.number(of)?;
        if self.turn.is_some_and(|(turn, _)| turn == number) {
            self.turn = None;
        }
        let Some(member) = self.member(number) else { return Ok(()) };
        member.paused = paused;
        match &member.held {
            Held::Here(reader) => reader.pause(paused),
            Held::Split(link) => link.pause(paused),
        }
        member.flag.raise();
        Ok(())
    }

    /// Goes on somewhere else in a partition: what was fetched of it is dropped. Where that is, is found out in the
    /// background.
    pub fn seek(&mut self, partition: impl Into<TopicPartition>, to: StartOffset) -> Result<()> {
        let of = partition.into();
        let number = self.number(&of)?;
        to.check("to").map_err(|error| error.at(&of.topic, of.partition))?;
        if self.turn.is_some_and(|(turn, _)| turn == number) {
            self.turn = None;
        }
        let Some(member) = self.member(number) else { return Ok(()) };
        match &mut member.held {
            Held::Here(reader) => reader.seek(to),
            Held::Split(link) => link.seek(to),
        }
        member.flag.raise();
        Ok(())
    }

    /// The offset of a partition's next message, or an offset before it if the log has none there. `None` while it is
    /// being found out, and of a partition that is not assigned.
    pub fn position(&self, partition: impl Into<TopicPartition>) -> Option<i64> {
        let number = self.number(&partition.into()).ok()?;
        self.members.get(number)?.as_ref()?.position()
    }

    /// How many messages of a partition are between its position and the end of what can be read, as of its last fetch:
    /// offsets, strictly speaking, of which some may have no message. `None` until something was fetched.
    pub fn lag(&self, partition: impl Into<TopicPartition>) -> Option<i64> {
        let number = self.number(&partition.into()).ok()?;
        match &self.members.get(number)?.as_ref()?.held {
            Held::Here(reader) => reader.lag(),
            Held::Split(link) => link.lag(),
        }
    }

    fn number(&self, of: &TopicPartition) -> Result<usize> {
        self.numbers.get(of).copied().ok_or_else(|| {
            invalid_argument("partition", "is not assigned: add it first").at(&of.topic, of.partition)
        })
    }

    fn member(&mut self, number: usize) -> Option<&mut Member> {
        self.members.get_mut(number).and_then(Option::as_mut)
    }

    // Ways out.

    /// The next message of any partition. Dropping the future consumes nothing.
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

    /// The next message, if one has arrived already. An error that [`AssignedConsumer::consume`] would return at once
    /// is returned here too.
    pub fn try_consume(&mut self) -> Result<Option<Message>> {
        if let Some(message) = self.pop() {
            return Ok(Some(message));
        }
        self.next_turn()?;
        Ok(self.pop())
    }

    /// What has arrived of one partition: at least one message. The partitions have their turns. Waits as
    /// [`AssignedConsumer::consume`] does. Dropping the future consumes nothing; the batch counts as consumed when it
    /// is returned.
    pub async fn consume_batch(&mut self) -> Result<MessageBatch> {
        loop {
            if let Some((number, _)) = self.turn
                && let Some(Some(Member { held: Held::Here(reader), .. })) = self.members.get_mut(number)
                && reader.has_unpacked()
            {
                let batch = reader.take_batch();
                self.end_turn();
                return Ok(batch);
            }
            self.fill().await?;
        }
    }

    /// The messages as a stream. It yields errors as [`AssignedConsumer::consume`] returns them and goes on, but ends
    /// after a terminal one, and ends silently on `NoData`. Dropping it loses nothing.
    pub fn stream(&mut self) -> impl Stream<Item = Result<Message>> + Send + Unpin + '_ {
        Messages::of(self)
    }

    /// The same, for an assignment that stays as it is.
    pub fn into_stream(self) -> impl Stream<Item = Result<Message>> + Send + Unpin {
        Messages::of(self)
    }

    /// A partition's messages by themselves: `consume` hands them out no more, until the stream is dropped. It is an
    /// error for a partition that is not assigned, or has a stream already.
    pub fn partition_stream(&mut self, partition: impl Into<TopicPartition>) -> Result<PartitionStream> {
        let of = partition.into();
        let number = self.number(&of)?;
        self.split(number).ok_or_else(|| {
            let what = "has a stream already: drop that one first";
            invalid_argument("partition", what).at(&of.topic, of.partition)
        })
    }

    /// A stream for each partition that has none, in order.
    pub fn streams(&mut self) -> Vec<PartitionStream> {
        let numbers: Vec<_> = self.numbers.values().copied().collect();
        numbers.into_iter().filter_map(|number| self.split(number)).collect()
    }

    fn split(&mut self, number: usize) -> Option<PartitionStream> {
        if self.turn.is_some_and(|(turn, _)| turn == number) {
            self.turn = None;
        }
        let slot = self.members.get_mut(number)?;
        let member = slot.take()?;
        let reader = match member.held {
            Held::Here(reader) => *reader,
            Held::Split(link) => match link.take_back() {
                Some(reader) => reader,
                None => {
                    *slot = Some(Member { held: Held::Split(link), ..member });
                    return None;
                }
            },
        };
        let (link, stream) = StreamLink::split(reader, member.flag.clone(), member.paused, &self.conf);
        *slot = Some(Member { held: Held::Split(link), ..member });
        Some(stream)
    }

    // Turns.

    #[inline]
    fn pop(&mut self) -> Option<Message> {
        let (number, left) = self.turn.as_mut()?;
        let message = match self.members.get_mut(*number) {
            Some(Some(Member { held: Held::Here(reader), .. })) => reader.pop(),
            _ => None,
        };
        match left.checked_sub(1) {
            Some(fewer) if message.is_some() => *left = fewer,
            _ => self.end_turn(),
        }
        message
    }

    /// Whoever has had its turn goes to the end of the line, for it may have more.
    #[cold]
    fn end_turn(&mut self) {
        if let Some((number, _)) = self.turn.take()
            && let Some(member) = self.member(number)
        {
            member.flag.raise();
        }
    }

    /// Waits until it is somebody's turn. A new wait begins with every call.
    async fn fill(&mut self) -> Result<()> {
        self.patience.renew();
        poll_fn(|cx| self.poll_fill(cx)).await
    }

    fn poll_fill(&mut self, cx: &mut Context<'_>) -> Poll<Result<()>> {
        // The task's budget is spent once a turn, not once a message.
        let progress = ready!(tokio::task::coop::poll_proceed(cx));
        self.ready.listen(&mut self.listener, cx.waker());
        if self.next_turn()? {
            progress.made_progress();
            return Poll::Ready(Ok(()));
        }
        self.patience.poll(cx).map(Err)
    }

    /// Looks at those in line until one has messages; false when none has.
    fn next_turn(&mut self) -> Result<bool> {
        self.end_turn();
        self.check_hope()?;
        while let Some(number) = self.ready.next() {
            if self.look_at(number)? {
                self.turn = Some((number, TURN - 1));
                return Ok(true);
            }
        }
        self.waits();
        Ok(false)
    }

    /// There is nothing to hand out. While memory is tight, nothing is fetched before that is said.
    fn waits(&self) {
        if self.hunger.begin() && self.fetchers.budget().is_tight() {
            for member in self.members.iter().flatten() {
                if let Held::Here(reader) = &member.held {
                    reader.waits();
                }
            }
        }
    }

    fn look_at(&mut self, number: usize) -> Result<bool> {
        let Some(Some(member)) = self.members.get_mut(number) else { return Ok(false) };
        member.flag.lower();
        if let Held::Split(link) = &member.held {
            let Some(reader) = link.take_back() else { return Ok(false) };
            reader.feed().shares(self.hunger.clone());
            member.held = Held::Here(Box::new(reader));
        }
        if member.paused || member.over.is_some() {
            return Ok(false);
        }
        let Held::Here(reader) = &mut member.held else { return Ok(false) };
        match reader.fill(&mut self.unpacking, Some(&member.waker)) {
            Ok(filled) => Ok(filled),
            Err(error) if error.is_terminal() && error.kind() != ErrorKind::Closed => {
                member.over = Some(error.clone());
                self.over += 1;
                Err(error.terminal(self.over == self.numbers.len()))
            }
            Err(error) => {
                member.flag.raise();
                Err(error)
            }
        }
    }

    /// An error if no partition can ever have anything.
    fn check_hope(&self) -> Result<()> {
        if self.over < self.numbers.len() {
            return Ok(());
        }
        self.cluster.check_open()?;
        let over = self.members.iter().flatten().find_map(|member| member.over.clone());
        Err(over.unwrap_or_else(|| {
            Error::new(ErrorKind::NoData, "nothing is assigned to be read: add a partition")
        }))
    }
}

impl Member {
    fn position(&self) -> Option<i64> {
        match &self.held {
            Held::Here(reader) => reader.position(),
            Held::Split(link) => link.position(),
        }
    }
}

impl PollConsume for AssignedConsumer {
    fn poll_consume(&mut self, cx: &mut Context<'_>) -> Poll<Result<Message>> {
        loop {
            if let Some(message) = self.pop() {
                return Poll::Ready(Ok(message));
            }
            let filled = ready!(self.poll_fill(cx));
            self.patience.renew();
            filled?;
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

impl fmt::Debug for AssignedConsumer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AssignedConsumer").field("partitions", &self.numbers.len()).finish_non_exhaustive()
    }
}
