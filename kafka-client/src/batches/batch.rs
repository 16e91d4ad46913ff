use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use futures_core::Stream;
use tokio::sync::mpsc;

use crate::api::{BatchLife, Error, ErrorKind, Message, Result, TopicName};
use crate::producer::decoder;

/// Records of one topic, and of one partition or any, encoded and compressed: built by a
/// [`BatchBuilder`](crate::BatchBuilder), produced by a [`BatchProducer`](crate::BatchProducer).
///
/// It remembers its life: when and how it was built, and every attempt to produce it. One that was not produced can be
/// given to a producer again; if its error says [`Error::may_be_written`], that may write it twice. With the feature
/// `serde` it serializes as its life, without the records.
///
/// ```
/// use kafka_client::Batch;
///
/// fn log(batch: &Batch) {
///     let life = batch.life();
///     println!("{} records, {} bytes of {}", batch.len(), life.compressed_bytes, life.uncompressed_bytes);
///     match batch.error() {
///         None => println!("at offset {:?}, after {} attempts", life.base_offset(), life.exchanges.len()),
///         Some(error) => println!("not produced: {error}"),
///     }
/// }
/// ```
pub struct Batch {
    life: Box<BatchLife>,
    /// As it was sealed, under no producer's name.
    bytes: Bytes,
}

impl Batch {
    pub(super) fn new(life: Box<BatchLife>, bytes: Bytes) -> Self {
        Self { life, bytes }
    }

    pub(super) fn bytes(&self) -> &Bytes {
        &self.bytes
    }

    pub(super) fn life_mut(&mut self) -> &mut BatchLife {
        &mut self.life
    }

    /// What became of it so far.
    pub fn life(&self) -> &BatchLife {
        &self.life
    }

    /// The topic.
    pub fn topic(&self) -> &TopicName {
        &self.life.topic
    }

    /// The partition; `None`: any, and none was chosen yet.
    pub fn partition(&self) -> Option<i32> {
        self.life.partition
    }

    /// How many records there are.
    pub fn len(&self) -> usize {
        self.life.records as usize
    }

    /// Whether there are none. A builder makes no such batches.
    pub fn is_empty(&self) -> bool {
        self.life.records == 0
    }

    /// Whether it is written: [`BatchLife::produced`].
    pub fn produced(&self) -> bool {
        self.life.produced()
    }

    /// Why it could not be built, compressed, or produced: [`BatchLife::error`].
    pub fn error(&self) -> Option<&Error> {
        self.life.error()
    }

    /// The records, decoded out of the batch; with their offsets, where the broker told them.
    pub fn messages(&self) -> impl Iterator<Item = Message> + '_ {
        let decode = decoder(self.bytes.clone(), self.life.topic.clone(), self.life.partition.unwrap_or(-1));
        let base = self.life.base_offset();
        (0..self.life.records).map_while(move |nth| {
            let mut message = decode(nth)?.message;
            message.offset = base.map_or(-1, |base| base.saturating_add(i64::from(nth)));
            Some(message)
        })
    }
}

#[cfg(feature = "serde")]
impl serde::Serialize for Batch {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.life.serialize(serializer)
    }
}

impl fmt::Debug for Batch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Batch").field("life", &self.life).finish_non_exhaustive()
    }
}

/// Batches as they come, in a bounded channel: from a builder to a producer, and back from there. It ends when whoever
/// sends has ended and all are read.
///
/// ```
/// use kafka_client::{Batch, Batches};
///
/// /// Puts small batches aside.
/// fn large_ones(mut from: Batches) -> Batches {
///     let (to, large) = Batches::channel(16);
///     tokio::spawn(async move {
///         while let Some(batch) = from.recv().await {
///             if batch.len() > 100 && to.send(batch).await.is_err() {
///                 break;
///             }
///         }
///     });
///     large
/// }
/// ```
pub struct Batches(mpsc::Receiver<Batch>);

impl Batches {
    /// A channel that holds so many batches; at least one.
    pub fn channel(capacity: usize) -> (BatchSender, Self) {
        let (sender, receiver) = mpsc::channel(capacity.clamp(1, tokio::sync::Semaphore::MAX_PERMITS));
        (BatchSender(sender), Self(receiver))
    }

    /// The next batch; `None` at the end. Dropping the future loses nothing.
    pub async fn recv(&mut self) -> Option<Batch> {
        self.0.recv().await
    }

    /// The next batch if there is one already.
    pub fn try_recv(&mut self) -> Option<Batch> {
        self.0.try_recv().ok()
    }
}

impl Stream for Batches {
    type Item = Batch;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Batch>> {
        self.0.poll_recv(cx)
    }
}

impl fmt::Debug for Batches {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Batches").field("waiting", &self.0.len()).finish()
    }
}

/// The other end of [`Batches`]; cheap to clone. The channel ends when the last clone is dropped.
///
/// ```
/// use kafka_client::{Batch, BatchSender};
///
/// /// Gives what was not produced back to a producer that reads the other end.
/// async fn again(failed: Vec<Batch>, input: &BatchSender) {
///     for batch in failed {
///         // Another attempt at these could write their records twice.
///         if batch.error().is_some_and(|error| error.may_be_written()) {
///             continue;
///         }
///         if let Err((batch, error)) = input.send(batch).await {
///             println!("{} records are left: {error}", batch.len());
///         }
///     }
/// }
/// ```
#[derive(Clone)]
pub struct BatchSender(mpsc::Sender<Batch>);

impl BatchSender {
    /// Hands over a batch, and waits for room before. The error, [`ErrorKind::Closed`], says that nobody reads any
    /// more; the batch comes with it. Dropping the future drops the batch.
    pub async fn send(&self, batch: Batch) -> Result<(), (Batch, Error)> {
        self.0.send(batch).await.map_err(|unsent| {
            (unsent.0, Error::new(ErrorKind::Closed, "nobody reads these batches any more"))
        })
    }

    /// Ready when nobody reads any more.
    pub(super) async fn closed(&self) {
        self.0.closed().await;
    }
}

impl fmt::Debug for BatchSender {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BatchSender").field("room", &self.0.capacity()).finish()
    }
}
