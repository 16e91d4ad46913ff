use std::collections::VecDeque;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use kafka_client::{
    BatchConsumer, Consumer, ConsumerConf, Error, ErrorKind, Message, MessageBatch, Result, TopicName,
};
use parking_lot::Mutex;
use tokio::sync::Notify;
use tokio::task::coop::consume_budget;

use super::{closed, within};

/// A consumer of one partition that hands out what the test pushes. Cheap to clone; all clones share one queue,
/// and so do all that a [`MockBroker`](super::MockBroker) hands out for the partition: each message goes to one.
///
/// `consume` waits for a push; it returns [`ErrorKind::NoData`] after [`MockConsumer::end`], or after the time
/// that a configuration with a `retry_limit` allows. Dropping its future consumes nothing.
///
/// ```
/// use kafka_client::{Consumer, Error, ErrorCode, ErrorKind, Message};
/// use kafka_test::mock::MockConsumer;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> kafka_client::Result<()> {
/// let test = MockConsumer::new("fruits", 0);
/// let mut application = test.clone();
///
/// test.push(Message::value("apple"));
/// test.push_error(Error::from_code(ErrorCode::OFFSET_OUT_OF_RANGE));
/// test.end();
///
/// let message = application.consume().await?;
/// assert_eq!((&*message.topic, message.offset, message.lag()), ("fruits", 0, Some(0)));
/// assert_eq!(application.consume().await.unwrap_err().kind(), ErrorKind::OffsetOutOfRange);
/// assert_eq!(application.consume().await.unwrap_err().kind(), ErrorKind::NoData);
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct MockConsumer {
    feed: Arc<Feed>,
    /// How long one call waits before it says `NoData`.
    patience: Option<Duration>,
}

struct Feed {
    topic: TopicName,
    partition: i32,
    state: Mutex<State>,
    changed: Notify,
}

struct State {
    queue: VecDeque<Result<Message>>,
    next_offset: i64,
    ended: bool,
    closed: bool,
    confs: Vec<ConsumerConf>,
}

impl MockConsumer {
    /// A consumer of an empty partition, whose offsets begin at 0.
    pub fn new(topic: impl Into<TopicName>, partition: i32) -> Self {
        Self::starting_at(topic.into(), partition, 0)
    }

    pub(super) fn starting_at(topic: TopicName, partition: i32, next_offset: i64) -> Self {
        let state =
            State { queue: VecDeque::new(), next_offset, ended: false, closed: false, confs: Vec::new() };
        let feed = Feed { topic, partition, state: Mutex::new(state), changed: Notify::new() };
        Self { feed: Arc::new(feed), patience: None }
    }

    /// Another handle, as an application asked for it.
    pub(super) fn opened(&self, conf: ConsumerConf) -> Self {
        let patience = conf
            .retry_limit
            .map(|limit| conf.request_timeout.saturating_add(conf.retry_wait).saturating_mul(limit));
        self.feed.state.lock().confs.push(conf);
        Self { feed: self.feed.clone(), patience }
    }

    /// Lets a message arrive, and returns its offset: its own if it has one, which may leave a gap as compaction
    /// does; else the next. Its topic and partition become the consumer's.
    pub fn push(&self, mut message: Message) -> i64 {
        let offset = {
            let mut state = self.feed.state.lock();
            if message.offset < 0 {
                message.offset = state.next_offset;
            }
            message.topic = self.feed.topic.clone();
            message.partition = self.feed.partition;
            let offset = message.offset;
            state.next_offset = offset.saturating_add(1);
            state.queue.push_back(Ok(message));
            offset
        };
        self.feed.changed.notify_waiters();
        offset
    }

    /// Lets an error come after what was pushed before; the consumer stays usable.
    pub fn push_error(&self, error: Error) {
        self.feed.state.lock().queue.push_back(Err(error));
        self.feed.changed.notify_waiters();
    }

    /// From now on [`ErrorKind::NoData`] comes where `consume` would wait: each time, until more is pushed and
    /// after that is read. It ends an application that reads until there is no more.
    pub fn end(&self) {
        self.feed.state.lock().ended = true;
        self.feed.changed.notify_waiters();
    }

    /// Ends it: every later call fails with [`ErrorKind::Closed`].
    pub fn close(&self) {
        self.feed.state.lock().closed = true;
        self.feed.changed.notify_waiters();
    }

    /// How many messages and errors were pushed and not read yet.
    pub fn unread(&self) -> usize {
        self.feed.state.lock().queue.len()
    }

    /// The offset that the next message will get.
    pub fn next_offset(&self) -> i64 {
        self.feed.state.lock().next_offset
    }

    /// With which configurations the application opened it so far. What is pushed arrives whatever
    /// `start_offset` is: whether the application asks for the right one is seen here.
    pub fn confs(&self) -> Vec<ConsumerConf> {
        self.feed.state.lock().confs.clone()
    }

    /// Waits until `take` finds something.
    async fn wait<T>(&self, take: fn(&mut State) -> Option<Result<T>>) -> Result<T> {
        // An application that tries again on every error lets the test go on.
        consume_budget().await;
        let arrival = async {
            loop {
                let changed = self.feed.changed.notified();
                let taken = take(&mut self.feed.state.lock());
                match taken {
                    Some(taken) => return taken,
                    None => changed.await,
                }
            }
        };
        match self.patience {
            None => arrival.await,
            Some(patience) => within(patience, arrival).await.unwrap_or_else(|| Err(no_data())),
        }
    }
}

impl State {
    /// What `consume` returns now, if anything.
    fn next(&mut self) -> Option<Result<Message>> {
        if self.closed {
            return Some(Err(closed()));
        }
        self.arrived().or_else(|| self.ended.then(|| Err(no_data())))
    }

    /// All that has arrived before an error, or the error.
    fn next_batch(&mut self) -> Option<Result<MessageBatch>> {
        let mut messages = match self.next()? {
            Ok(first) => vec![first],
            Err(error) => return Some(Err(error)),
        };
        while let Some(Ok(_)) = self.queue.front() {
            messages.extend(self.arrived().into_iter().flatten());
        }
        Some(Ok(MessageBatch::from_messages(messages)))
    }

    fn arrived(&mut self) -> Option<Result<Message>> {
        let mut next = self.queue.pop_front()?;
        if let Ok(message) = &mut next
            && message.high_watermark < 0
        {
            message.high_watermark = self.next_offset;
        }
        Some(next)
    }
}

fn no_data() -> Error {
    Error::new(ErrorKind::NoData, "nothing more was pushed to the mock")
}

#[async_trait]
impl Consumer for MockConsumer {
    async fn consume(&mut self) -> Result<Message> {
        self.wait(State::next).await
    }

    fn try_consume(&mut self) -> Result<Option<Message>> {
        let mut state = self.feed.state.lock();
        if state.closed {
            return Err(closed());
        }
        state.arrived().transpose()
    }
}

#[async_trait]
impl BatchConsumer for MockConsumer {
    async fn consume_batch(&mut self) -> Result<MessageBatch> {
        self.wait(State::next_batch).await
    }
}

impl fmt::Debug for MockConsumer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = self.feed.state.lock();
        f.debug_struct("MockConsumer")
            .field("topic", &self.feed.topic)
            .field("partition", &self.feed.partition)
            .field("unread", &state.queue.len())
            .field("ended", &state.ended)
            .field("closed", &state.closed)
            .finish_non_exhaustive()
    }
}
