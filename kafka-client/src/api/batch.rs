//! What has arrived of a partition, handed out as one piece.

use std::borrow::Cow;
use std::fmt;
use std::slice;

use kafka_proto::records::{Cursor, Iter, RecordView, Records};
use kafka_proto::wire::StrBytes;

use super::message::{Headers, Message};
use super::topic::TopicName;

/// Messages of one partition that arrived together, in the order of their offsets.
///
/// Everything was checked before the batch is handed out, so that iterating cannot fail. Records are decoded as
/// they are iterated over, borrowed from the buffer they arrived in: a batch keeps that buffer, and so does every
/// [`Message`] made from it (see [`Message::detach`]).
///
/// ```
/// use kafka_client::{Message, MessageBatch};
///
/// fn total(batch: &MessageBatch) -> usize {
///     batch.iter().map(|record| record.value().map_or(0, <[u8]>::len)).sum()
/// }
///
/// let batch = MessageBatch::from_messages(vec![Message::value("apple"), Message::value("pear")]);
/// assert_eq!((batch.len(), total(&batch)), (2, 9));
/// ```
#[derive(Clone)]
pub struct MessageBatch {
    topic: TopicName,
    partition: i32,
    next_offset: i64,
    high_watermark: i64,
    len: usize,
    content: Content,
}

#[derive(Clone)]
enum Content {
    /// As fetched; what has been taken out already is behind `at`.
    Fetched { parts: Vec<Part>, at: usize },
    /// Given by a mock.
    Given(std::vec::IntoIter<Message>),
}

/// The records of one record batch from a place on.
#[derive(Clone)]
pub(crate) struct Part {
    records: Records,
    from: Cursor,
    leader_epoch: Option<i32>,
}

impl Part {
    /// The records at `position` and after it.
    pub(crate) fn new(records: Records, position: i64, leader_epoch: i32) -> Self {
        let mut from = Cursor::default();
        let mut ahead = from;
        while records.read(&mut ahead).is_some_and(|record| record.offset < position) {
            from = ahead;
        }
        Self { records, from, leader_epoch: (leader_epoch >= 0).then_some(leader_epoch) }
    }

    pub(crate) fn len(&self) -> usize {
        self.records.len() - self.from.index()
    }

    pub(crate) fn size_in_bytes(&self) -> usize {
        self.records.size_in_bytes()
    }
}

impl MessageBatch {
    /// What was fetched, up to `next_offset`.
    pub(crate) fn fetched(
        topic: TopicName,
        partition: i32,
        next_offset: i64,
        high_watermark: i64,
        parts: Vec<Part>,
    ) -> Self {
        let len = parts.iter().map(Part::len).sum();
        Self {
            topic,
            partition,
            next_offset,
            high_watermark,
            len,
            content: Content::Fetched { parts, at: 0 },
        }
    }

    /// A batch of these messages, for mocks. Topic, partition and high watermark are the last message's, and the
    /// next offset is the one after its.
    pub fn from_messages(messages: Vec<Message>) -> Self {
        let last = messages.last().cloned().unwrap_or_default();
        Self {
            topic: last.topic,
            partition: last.partition,
            next_offset: last.offset.saturating_add(1),
            high_watermark: last.high_watermark,
            len: messages.len(),
            content: Content::Given(messages.into_iter()),
        }
    }

    /// The topic.
    pub fn topic(&self) -> &str {
        &self.topic
    }

    /// The partition.
    pub fn partition(&self) -> i32 {
        self.partition
    }

    /// The offset to go on from after this batch, and the one to commit when all of it is processed. It may be
    /// more than one past the last message: offsets of control records and of compacted messages are behind it.
    pub fn next_offset(&self) -> i64 {
        self.next_offset
    }

    /// The partition's high watermark when the batch was fetched: `high_watermark - next_offset` messages are
    /// behind it. -1 while unknown.
    pub fn high_watermark(&self) -> i64 {
        self.high_watermark
    }

    /// How many messages there are.
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// The messages, borrowed.
    pub fn iter(&self) -> impl Iterator<Item = RecordRef<'_>> {
        let (parts, given): (&[Part], &[Message]) = match &self.content {
            Content::Fetched { parts, at } => (parts.get(*at..).unwrap_or_default(), &[]),
            Content::Given(messages) => (&[], messages.as_slice()),
        };
        Refs { batch: self, views: None, parts: parts.iter(), given: given.iter() }
    }

    /// The messages, each a value of its own that shares the batch's buffer.
    pub fn messages(&self) -> impl Iterator<Item = Message> + '_ {
        self.iter().map(|record| record.to_message())
    }

    /// Lends the first message of what was fetched, and takes it out.
    ///
    /// It is made where its reader wants it ([`Taken::into_message`]), after all else was done: a message that is
    /// handed through calls would be copied by each.
    #[expect(clippy::inline_always, reason = "a message would be copied from call to call")]
    #[inline(always)]
    pub(crate) fn take(&mut self) -> Option<Taken<'_>> {
        let Content::Fetched { parts, at } = &mut self.content else { return None };
        let part = parts.get_mut(*at)?;
        let Some(record) = part.records.read(&mut part.from) else {
            // It was checked: what cannot be must not be met for ever either.
            self.len = 0;
            return None;
        };
        self.len -= 1;
        if part.from.index() == part.records.len() {
            *at += 1;
        }
        let is_last = self.len == 0;
        let next_offset = if is_last { self.next_offset } else { record.offset.saturating_add(1) };
        Some(Taken {
            leader_epoch: part.leader_epoch,
            topic: &self.topic,
            partition: self.partition,
            high_watermark: self.high_watermark,
            record,
            next_offset,
            is_last,
        })
    }
}

/// What [`MessageBatch::iter`] returns.
struct Refs<'a> {
    batch: &'a MessageBatch,
    /// Of the part that is being read, and its leader epoch.
    views: Option<(Iter<'a>, Option<i32>)>,
    parts: slice::Iter<'a, Part>,
    given: slice::Iter<'a, Message>,
}

impl<'a> Iterator for Refs<'a> {
    type Item = RecordRef<'a>;

    #[inline]
    fn next(&mut self) -> Option<RecordRef<'a>> {
        loop {
            if let Some((views, leader_epoch)) = &mut self.views
                && let Some(view) = views.next()
            {
                return Some(RecordRef { source: Source::Fetched(view, *leader_epoch), batch: self.batch });
            }
            let Some(part) = self.parts.next() else { break };
            self.views = Some((part.records.iter_from(part.from), part.leader_epoch));
        }
        let message = self.given.next()?;
        Some(RecordRef { source: Source::Given(message), batch: self.batch })
    }
}

/// A message that was taken out of its batch, before it is made.
pub(crate) struct Taken<'a> {
    record: RecordView<'a>,
    leader_epoch: Option<i32>,
    topic: &'a TopicName,
    partition: i32,
    high_watermark: i64,
    /// Where reading goes on after it.
    pub(crate) next_offset: i64,
    /// Nothing is left in the batch.
    pub(crate) is_last: bool,
}

impl Taken<'_> {
    #[expect(clippy::inline_always, reason = "a message would be copied from call to call")]
    #[inline(always)]
    pub(crate) fn into_message(self) -> Message {
        message(&self.record, self.leader_epoch, self.topic, self.partition, self.high_watermark)
    }
}

impl Default for MessageBatch {
    /// No messages, of no topic.
    fn default() -> Self {
        Self::from_messages(Vec::new())
    }
}

impl fmt::Debug for MessageBatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MessageBatch")
            .field("topic", &self.topic)
            .field("partition", &self.partition)
            .field("len", &self.len)
            .field("next_offset", &self.next_offset)
            .field("high_watermark", &self.high_watermark)
            .finish_non_exhaustive()
    }
}

/// A message borrowed from its [`MessageBatch`].
#[derive(Clone)]
pub struct RecordRef<'a> {
    source: Source<'a>,
    batch: &'a MessageBatch,
}

#[derive(Clone)]
enum Source<'a> {
    Fetched(RecordView<'a>, Option<i32>),
    Given(&'a Message),
}

impl<'a> RecordRef<'a> {
    /// The offset in the partition's log.
    pub fn offset(&self) -> i64 {
        match &self.source {
            Source::Fetched(view, _) => view.offset,
            Source::Given(message) => message.offset,
        }
    }

    /// Milliseconds since 1970; `None` in logs older than timestamps.
    pub fn timestamp(&self) -> Option<i64> {
        match &self.source {
            Source::Fetched(view, _) => known(view.timestamp),
            Source::Given(message) => message.timestamp,
        }
    }

    /// The key; null is not empty.
    pub fn key(&self) -> Option<&'a [u8]> {
        match &self.source {
            Source::Fetched(view, _) => view.key,
            Source::Given(message) => message.key.as_deref(),
        }
    }

    /// The value; `None` is a tombstone.
    pub fn value(&self) -> Option<&'a [u8]> {
        match &self.source {
            Source::Fetched(view, _) => view.value,
            Source::Given(message) => message.value.as_deref(),
        }
    }

    /// The headers, name and value, in order. Bytes of a name that are no UTF-8 become U+FFFD, as in Java.
    pub fn headers(&self) -> impl Iterator<Item = (Cow<'a, str>, Option<&'a [u8]>)> + use<'a> {
        let (view, given) = match &self.source {
            Source::Fetched(view, _) => (Some(view.headers), None),
            Source::Given(message) => (None, Some(message.headers.iter())),
        };
        let fetched = view.into_iter().flatten().map(|header| (header.name(), header.value));
        let given = given.into_iter().flatten();
        fetched.chain(given.map(|header| (Cow::Borrowed(header.name()), header.value.as_deref())))
    }

    /// The message as a value of its own, which shares (and keeps) the batch's buffer.
    pub fn to_message(&self) -> Message {
        match &self.source {
            Source::Given(message) => Message::clone(message),
            Source::Fetched(view, leader_epoch) => {
                let MessageBatch { topic, partition, high_watermark, .. } = self.batch;
                message(view, *leader_epoch, topic, *partition, *high_watermark)
            }
        }
    }
}

impl fmt::Debug for RecordRef<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RecordRef")
            .field("offset", &self.offset())
            .field("timestamp", &self.timestamp())
            .field("key", &self.key().map(<[u8]>::escape_ascii).map(|key| key.to_string()))
            .field("value", &self.value().map(<[u8]>::escape_ascii).map(|value| value.to_string()))
            .finish_non_exhaustive()
    }
}

#[expect(clippy::inline_always, reason = "a message would be copied from call to call")]
#[inline(always)]
fn message(
    view: &RecordView<'_>,
    leader_epoch: Option<i32>,
    topic: &TopicName,
    partition: i32,
    high_watermark: i64,
) -> Message {
    Message {
        key: view.key_bytes(),
        value: view.value_bytes(),
        headers: if view.headers.is_empty() { Headers::new() } else { headers(view) },
        timestamp: known(view.timestamp),
        offset: view.offset,
        topic: topic.clone(),
        partition,
        leader_epoch,
        high_watermark,
    }
}

/// Most messages have none.
#[inline(never)]
fn headers(view: &RecordView<'_>) -> Headers {
    let mut headers = Headers::with_capacity(view.headers.len());
    for header in view.headers {
        let name =
            StrBytes::try_from(view.share(header.key)).unwrap_or_else(|_| StrBytes::from(&*header.name()));
        headers.push_shared(name, header.value.map(|value| view.share(value)));
    }
    headers
}

fn known(timestamp: i64) -> Option<i64> {
    (timestamp >= 0).then_some(timestamp)
}
