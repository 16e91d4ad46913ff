//! One partition as its reader has it: what [`PartitionConsumer`](super::PartitionConsumer) is one of and
//! [`AssignedConsumer`](super::AssignedConsumer) many.

use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker, ready};
use std::time::Duration;

use futures_core::Stream;
use kafka_proto::compression::Decompressor;
use tokio::time::{Instant, Sleep, sleep_until};

use super::cursor::{Manner, PartitionCursor};
use super::feed::{Feed, FetchSettings};
use super::fetchers::Fetchers;
use super::unpack::{Unpacker, Unpacking};
use crate::api::{Error, ErrorKind, Message, MessageBatch, Result, TopicPartition};
use crate::config::{AssignedConsumerConf, StartOffset};
use crate::metadata::Cluster;

/// What is fetched of a partition, and how far it has been handed out.
pub(super) struct Reader {
    fetchers: Fetchers,
    feed: Arc<Feed>,
    /// How many seeks of the feed it knows of.
    seeks: u64,
    /// The offset of the next message of what is held here.
    position: i64,
    /// What was taken from the feed and is not unpacked yet.
    unpacker: Option<Unpacker>,
    /// The weight of that.
    holds: usize,
    /// What is unpacked and not handed out yet.
    current: MessageBatch,
}

impl Reader {
    /// Begins to fetch.
    pub(super) fn new(
        fetchers: Fetchers,
        of: TopicPartition,
        conf: &AssignedConsumerConf,
        start: StartOffset,
    ) -> Self {
        let settings = FetchSettings {
            max_wait: conf.request_timeout,
            min_bytes: conf.min_fetch_size,
            isolation: conf.isolation,
        };
        let manner =
            Manner { max_fetch_size: conf.max_fetch_size, limits: conf.error_limits(), reset: conf.reset };
        let cursor = PartitionCursor::new(start, manner);
        let feed = Feed::new(of, settings, conf.observer.clone(), fetchers.budget().clone(), cursor);
        let reader = Self {
            fetchers,
            feed: Arc::new(feed),
            seeks: 0,
            position: -1,
            unpacker: None,
            holds: 0,
            current: MessageBatch::default(),
        };
        reader.home(reader.feed.begin());
        reader
    }

    pub(super) fn of(&self) -> &TopicPartition {
        &self.feed.of
    }

    pub(super) fn feed(&self) -> &Arc<Feed> {
        &self.feed
    }

    pub(super) fn fetchers(&self) -> &Fetchers {
        &self.fetchers
    }

    /// The next message that is unpacked already.
    #[expect(clippy::inline_always, reason = "a message would be copied from call to call")]
    #[inline(always)]
    pub(super) fn pop(&mut self) -> Option<Message> {
        self.pop_noting(|_| ())
    }

    /// The same; before it is made, `note` is told what [`Reader::held_position`] is after it.
    #[expect(clippy::inline_always, reason = "a message would be copied from call to call")]
    #[inline(always)]
    pub(super) fn pop_noting(&mut self, note: impl FnOnce(Option<i64>)) -> Option<Message> {
        let taken = self.current.take()?;
        self.position = taken.next_offset;
        note((!taken.is_last || self.unpacker.is_some()).then_some(self.position));
        Some(taken.into_message())
    }

    /// All that is unpacked already.
    pub(super) fn take_batch(&mut self) -> MessageBatch {
        self.position = self.current.next_offset();
        std::mem::take(&mut self.current)
    }

    pub(super) fn has_unpacked(&self) -> bool {
        !self.current.is_empty()
    }

    /// Unpacks what comes next; false when nothing has arrived, and then `waker` is woken once something has.
    pub(super) fn fill(&mut self, how: &mut Unpacking, waker: Option<&Waker>) -> Result<bool> {
        loop {
            if !self.current.is_empty() || self.unpack(how)? {
                return Ok(true);
            }
            let found = self.feed.take(self.seeks, waker);
            self.home(found.homeless);
            let Some(chunk) = found.found? else { return Ok(false) };
            self.position = chunk.asked;
            self.holds = chunk.weight();
            self.unpacker = Some(Unpacker::new(chunk));
        }
    }

    /// Unpacks until there are messages; false when nothing is left to unpack.
    fn unpack(&mut self, how: &mut Unpacking) -> Result<bool> {
        while let Some(unpacker) = &mut self.unpacker {
            let TopicPartition { topic, partition } = &self.feed.of;
            match unpacker.next(topic, *partition, self.position, how) {
                Ok(Some(batch)) if batch.is_empty() => self.position = batch.next_offset(),
                Ok(Some(batch)) => {
                    self.current = batch;
                    return Ok(true);
                }
                Ok(None) => self.let_go(),
                Err(error) => {
                    // The damage may be of the way here: a later call fetches the batch again.
                    let again = self.feed.seek_after(self.seeks, StartOffset::At(self.position));
                    self.drop_held();
                    // Who has sought meanwhile reads elsewhere, and sees nothing of it.
                    let Some(again) = again else { return Ok(false) };
                    self.seeks = again.found;
                    self.home(again.homeless);
                    return Err(error);
                }
            }
        }
        Ok(false)
    }

    fn let_go(&mut self) {
        self.unpacker = None;
        self.feed.is_done_with(std::mem::take(&mut self.holds));
    }

    /// The consumer has nothing to hand out and waits.
    pub(super) fn waits(&self) {
        self.home(self.feed.waits());
    }

    /// Goes on somewhere else: what was fetched is dropped.
    pub(super) fn seek(&mut self, to: StartOffset) {
        let sought = self.feed.seek(to);
        self.goes_on(sought.found);
        self.home(sought.homeless);
    }

    /// Its feed was sent elsewhere, by the seek of this number: nothing that is held here comes from there.
    pub(super) fn goes_on(&mut self, seek: u64) {
        self.drop_held();
        self.seeks = seek;
    }

    fn drop_held(&mut self) {
        self.let_go();
        self.current = MessageBatch::default();
    }

    /// The offset of the next message; `None` while it is being found out.
    pub(super) fn position(&self) -> Option<i64> {
        self.held_position().or_else(|| self.feed.position())
    }

    /// The same, as long as something is held here that was not handed out.
    #[inline]
    pub(super) fn held_position(&self) -> Option<i64> {
        (self.unpacker.is_some() || !self.current.is_empty()).then_some(self.position)
    }

    /// How many offsets are between the position and the end, as of the last fetch.
    pub(super) fn lag(&self) -> Option<i64> {
        Some((self.feed.end_offset()? - self.position()?).max(0))
    }

    fn home(&self, homeless: bool) {
        if homeless {
            self.fetchers.place(self.feed.clone());
        }
    }
}

impl Drop for Reader {
    fn drop(&mut self) {
        self.let_go();
        self.feed.leave();
    }
}

impl fmt::Debug for Reader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Reader")
            .field("of", self.of())
            .field("position", &self.position)
            .finish_non_exhaustive()
    }
}

/// How a reader of this configuration unpacks.
pub(super) fn unpacking(conf: &AssignedConsumerConf, fetchers: &Fetchers) -> Unpacking {
    let largest_batch = fetchers.cluster().conf().max_response_size;
    Unpacking { check_crcs: conf.check_crcs, largest_batch, decompressor: Decompressor::new() }
}

/// For how long a call waits before it says `NoData`.
#[derive(Debug)]
pub(super) struct Patience {
    time: Option<Duration>,
    timer: Option<Pin<Box<Sleep>>>,
}

impl Patience {
    pub(super) fn new(conf: &AssignedConsumerConf) -> Self {
        let step = conf.request_timeout + conf.retry_wait;
        Self { time: conf.retry_limit.map(|limit| step.saturating_mul(limit)), timer: None }
    }

    /// A new wait begins.
    #[inline]
    pub(super) fn renew(&mut self) {
        if self.timer.is_some() {
            self.timer = None;
        }
    }

    /// The error of a call that has waited for long enough.
    pub(super) fn poll(&mut self, cx: &mut Context<'_>) -> Poll<Error> {
        let Some(time) = self.time else { return Poll::Pending };
        let timer = self.timer.get_or_insert_with(|| Box::pin(sleep_until(Instant::now() + time)));
        ready!(timer.as_mut().poll(cx));
        self.timer = None;
        let what = format!("nothing to read within retry_limit × (request_timeout + retry_wait), {time:?}");
        Poll::Ready(Error::new(ErrorKind::NoData, what))
    }
}

/// Waits for the end of the broker handle, where no partition tells of it: they are paused, or have streams of their
/// own, or there is none.
pub(super) struct Closing {
    cluster: Cluster,
    closed: Option<Pin<Box<dyn Future<Output = ()> + Send + Sync>>>,
}

impl Closing {
    pub(super) fn new(cluster: &Cluster) -> Self {
        Self { cluster: cluster.clone(), closed: None }
    }

    /// An error once the handle was closed.
    pub(super) fn check(&self) -> Result<()> {
        self.cluster.check_open()
    }

    /// The same; before that the task is woken then.
    pub(super) fn poll(&mut self, cx: &mut Context<'_>) -> Result<()> {
        let cluster = &self.cluster;
        let closed = self.closed.get_or_insert_with(|| {
            let mut closed = cluster.closed();
            Box::pin(async move { drop(closed.wait_for(|closed| *closed).await) })
        });
        if closed.as_mut().poll(cx).is_ready() {
            self.closed = None;
            self.check()?;
        }
        Ok(())
    }
}

/// What hands out single messages when polled.
pub(super) trait PollConsume {
    /// The next message. A new wait begins after each that is ready.
    fn poll_consume(&mut self, cx: &mut Context<'_>) -> Poll<Result<Message>>;
}

impl<C: PollConsume> PollConsume for &mut C {
    #[inline]
    fn poll_consume(&mut self, cx: &mut Context<'_>) -> Poll<Result<Message>> {
        (**self).poll_consume(cx)
    }
}

/// A consumer's next message. An `async fn` would copy it once more on its way out.
pub(super) struct NextMessage<'a, C>(pub(super) &'a mut C);

impl<C: PollConsume> Future for NextMessage<'_, C> {
    type Output = Result<Message>;

    #[inline]
    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<Message>> {
        self.0.poll_consume(cx)
    }
}

/// A consumer's messages as a stream: it ends after a terminal error, and silently on `NoData`.
#[derive(Debug)]
pub(super) struct Messages<C>(Option<C>);

impl<C> Messages<C> {
    pub(super) fn of(consumer: C) -> Self {
        Self(Some(consumer))
    }
}

impl<C: PollConsume + Unpin> Stream for Messages<C> {
    type Item = Result<Message>;

    #[inline]
    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let Some(consumer) = &mut self.0 else { return Poll::Ready(None) };
        match ready!(consumer.poll_consume(cx)) {
            Ok(message) => Poll::Ready(Some(Ok(message))),
            Err(error) => Poll::Ready(self.failed(error)),
        }
    }
}

impl<C> Messages<C> {
    #[cold]
    fn failed(&mut self, error: Error) -> Option<Result<Message>> {
        let silent = error.kind() == ErrorKind::NoData;
        if silent || error.is_terminal() {
            self.0 = None;
        }
        (!silent).then_some(Err(error))
    }
}
