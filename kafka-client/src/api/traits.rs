//! What applications call, and what they replace in their tests.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;

use super::batch::MessageBatch;
use super::delivery::{Delivery, Enqueue, Sending};
use super::error::Result;
use super::message::Message;
use super::record::{Receipt, Record};
use super::send_all;

/// Writes messages. Cheap to share: every method takes `&self`.
#[async_trait]
pub trait Producer: Send + Sync {
    /// Writes `messages` to one partition as one atomic batch: all of them or none, never split. On success
    /// each message's topic, partition, offset and (where the log sets it) timestamp are filled in, and the
    /// first offset is returned: `None` with acks none, which gets no answer, or for an empty batch.
    ///
    /// Retriable errors are retried within the producer's limits. Dropping the future gives up waiting: the
    /// batch may still be written, and the messages' offsets stay -1.
    async fn produce(&self, topic: &str, partition: i32, messages: &mut [Message]) -> Result<Option<i64>>;

    /// Takes a record if there is room at this moment, and never waits; else
    /// [`ErrorKind::QueueFull`](crate::ErrorKind::QueueFull).
    fn try_enqueue(&self, record: Record<'_>) -> Result<Delivery>;

    /// Takes a record, to be sent in a batch with others. With room, it is taken by the call; else the returned
    /// future waits for room and for the topic's metadata. Records of one partition are written in the order
    /// in which they were taken.
    fn enqueue(&self, record: Record<'_>) -> Enqueue;

    /// [`enqueue`](Producer::enqueue), and then the record's [`Delivery`].
    fn send(&self, record: Record<'_>) -> Sending {
        self.enqueue(record).into()
    }

    /// Takes many records, in their order, and waits until each is acknowledged or has failed: the results are in the
    /// order of the records. They are batched with each other and whatever else is enqueued; each fails alone.
    ///
    /// Where there is no room, or a topic is not known, it is waited for once, at most `max_block`; the rest is only tried.
    /// Dropping the future leaves what was taken on its way, and takes no more.
    async fn send_all(&self, records: &[Record<'_>]) -> Vec<Result<Receipt>> {
        send_all::send_all(self, records).await
    }

    /// Waits until all that was taken before the call is delivered or failed, or until `timeout`; returns how
    /// many records remain. Dropping the future stops the waiting, not the sending.
    async fn flush(&self, timeout: Duration) -> usize;

    /// Takes no more, delivers what was taken, and fails what is left at `timeout`: afterwards every record was
    /// delivered or its error reported. An error says how many failed for lack of time. Idempotent.
    async fn close(&self, timeout: Duration) -> Result<()>;
}

/// Reads messages one at a time.
#[async_trait]
pub trait Consumer: Send {
    /// The next message. Dropping the future consumes nothing.
    async fn consume(&mut self) -> Result<Message>;

    /// The next message if one has arrived already, without waiting.
    fn try_consume(&mut self) -> Result<Option<Message>>;
}

/// Reads what has arrived of a partition at once.
#[async_trait]
pub trait BatchConsumer: Send {
    /// What has arrived, at least one message. Dropping the future consumes nothing.
    async fn consume_batch(&mut self) -> Result<MessageBatch>;
}

/// Remembers how far a group has read.
#[async_trait]
pub trait OffsetCoordinator: Send + Sync {
    /// Stores `offset` verbatim: the next offset to read, one after the last message processed.
    /// Dropping the future gives up waiting; the offset may be stored all the same.
    async fn commit(&self, topic: &str, partition: i32, offset: i64) -> Result<()> {
        self.commit_full(topic, partition, CommittedOffset::new(offset)).await
    }

    /// Stores an offset with its metadata and leader epoch.
    async fn commit_full(&self, topic: &str, partition: i32, committed: CommittedOffset) -> Result<()>;

    /// What is stored; `None` where nothing is.
    async fn offset(&self, topic: &str, partition: i32) -> Result<Option<CommittedOffset>>;
}

/// A committed offset.
///
/// ```
/// use kafka_client::CommittedOffset;
///
/// let mut committed = CommittedOffset::new(42);
/// committed.metadata = "checkpoint 7".into();
/// assert_eq!(committed.leader_epoch, None);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct CommittedOffset {
    /// The next offset to read.
    pub offset: i64,
    /// The leader epoch of the message before it, which lets a reader detect a truncated log (KIP-320).
    pub leader_epoch: Option<i32>,
    /// Whatever the application wants to remember beside it; empty by default. The broker limits its length
    /// (`offset.metadata.max.bytes`, 4,096 by default).
    pub metadata: String,
}

impl CommittedOffset {
    /// An offset without metadata and leader epoch.
    pub const fn new(offset: i64) -> Self {
        Self { offset, leader_epoch: None, metadata: String::new() }
    }
}

/// Writes messages to whichever partition its rule chooses.
#[async_trait]
pub trait DistributingProducer: Send + Sync {
    /// Writes `messages` as one atomic batch to one partition, chosen by the producer's rule; see
    /// [`Producer::produce`] for what comes back and what a drop means.
    async fn distribute(&self, topic: &str, messages: &mut [Message]) -> Result<Option<i64>>;
}

macro_rules! through_pointer {
    ($($pointer:ty),*) => {$(
        #[async_trait]
        impl<T: Producer + ?Sized> Producer for $pointer {
            async fn produce(&self, topic: &str, partition: i32, messages: &mut [Message]) -> Result<Option<i64>> {
                (**self).produce(topic, partition, messages).await
            }
            fn try_enqueue(&self, record: Record<'_>) -> Result<Delivery> {
                (**self).try_enqueue(record)
            }
            fn enqueue(&self, record: Record<'_>) -> Enqueue {
                (**self).enqueue(record)
            }
            async fn send_all(&self, records: &[Record<'_>]) -> Vec<Result<Receipt>> {
                (**self).send_all(records).await
            }
            async fn flush(&self, timeout: Duration) -> usize {
                (**self).flush(timeout).await
            }
            async fn close(&self, timeout: Duration) -> Result<()> {
                (**self).close(timeout).await
            }
        }

        #[async_trait]
        impl<T: OffsetCoordinator + ?Sized> OffsetCoordinator for $pointer {
            async fn commit_full(&self, topic: &str, partition: i32, committed: CommittedOffset) -> Result<()> {
                (**self).commit_full(topic, partition, committed).await
            }
            async fn offset(&self, topic: &str, partition: i32) -> Result<Option<CommittedOffset>> {
                (**self).offset(topic, partition).await
            }
        }

        #[async_trait]
        impl<T: DistributingProducer + ?Sized> DistributingProducer for $pointer {
            async fn distribute(&self, topic: &str, messages: &mut [Message]) -> Result<Option<i64>> {
                (**self).distribute(topic, messages).await
            }
        }
    )*};
}

through_pointer!(Arc<T>, Box<T>, &T);

#[async_trait]
impl<T: Consumer + ?Sized> Consumer for Box<T> {
    async fn consume(&mut self) -> Result<Message> {
        (**self).consume().await
    }

    fn try_consume(&mut self) -> Result<Option<Message>> {
        (**self).try_consume()
    }
}

#[async_trait]
impl<T: BatchConsumer + ?Sized> BatchConsumer for Box<T> {
    async fn consume_batch(&mut self) -> Result<MessageBatch> {
        (**self).consume_batch().await
    }
}
