use std::fmt;

use bytes::Bytes;
use kafka_proto::wire::StrBytes;

use super::record::Record;
use super::topic::TopicName;

/// A message: what is read from a partition, and what [`Producer::produce`](crate::Producer::produce) writes.
///
/// Key, value and header values are slices of the buffer that they arrived in: cloning a message copies
/// no bytes, and keeping one keeps that buffer. A null key or value (`None`) is not an empty one.
///
/// What keeps what: a message of an uncompressed batch keeps its partition's part of the answer that brought it (up to
/// `max_fetch_size`, or one batch if that is larger), and with it the whole answer if that part is an eighth of it or
/// more; smaller parts are copied out on arrival. A message of a compressed batch keeps that batch, decompressed. An
/// application that keeps a few messages out of many keeps [`detached`](Message::detach) ones, which keep nothing else.
///
/// ```
/// use kafka_client::Message;
///
/// let message = Message::key_value("user-7", "signed in").with_header("trace", "1f3a");
/// assert_eq!(message.key.as_deref(), Some(&b"user-7"[..]));
/// assert_eq!(message.header("trace"), Some(&b"1f3a"[..]));
/// assert_eq!(message.offset, -1, "not written yet");
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Message {
    /// The key, which decides the partition of partitioned records and what compaction keeps.
    pub key: Option<Bytes>,
    /// The value; `None` is a tombstone, which deletes the key from a compacted topic.
    pub value: Option<Bytes>,
    /// Headers in the order they were written.
    pub headers: Headers,
    /// Milliseconds since 1970. `None` on a message to be written: the time of writing.
    pub timestamp: Option<i64>,
    /// The offset in the partition's log; -1 while unknown.
    pub offset: i64,
    /// The topic it was read from or written to; empty before.
    pub topic: TopicName,
    /// The partition it was read from or written to; -1 before.
    pub partition: i32,
    /// The epoch of the leader that wrote the message's batch, to commit beside its offset (KIP-320).
    pub leader_epoch: Option<i32>,
    /// The partition's high watermark when the message was fetched: `high_watermark - offset - 1` messages
    /// are behind it. -1 while unknown.
    pub high_watermark: i64,
}

impl Default for Message {
    fn default() -> Self {
        Self {
            key: None,
            value: None,
            headers: Headers::new(),
            timestamp: None,
            offset: -1,
            topic: TopicName::default(),
            partition: -1,
            leader_epoch: None,
            high_watermark: -1,
        }
    }
}

impl Message {
    /// A message without a key.
    pub fn value(value: impl Into<Bytes>) -> Self {
        Self { value: Some(value.into()), ..Self::default() }
    }

    /// A message with a key.
    pub fn key_value(key: impl Into<Bytes>, value: impl Into<Bytes>) -> Self {
        Self { key: Some(key.into()), ..Self::value(value) }
    }

    /// A null value under a key: it deletes the key from a compacted topic.
    pub fn tombstone(key: impl Into<Bytes>) -> Self {
        Self { key: Some(key.into()), ..Self::default() }
    }

    /// The same message with one more header.
    #[must_use]
    pub fn with_header(mut self, name: &str, value: impl Into<Bytes>) -> Self {
        self.headers.push(name, Some(value.into()));
        self
    }

    /// The same message with a timestamp, in milliseconds since 1970.
    #[must_use]
    pub fn with_timestamp(mut self, timestamp: i64) -> Self {
        self.timestamp = Some(timestamp);
        self
    }

    /// The value of the last header of that name; `None` when there is none or its value is null.
    pub fn header(&self, name: &str) -> Option<&[u8]> {
        self.headers.last(name).and_then(|header| header.value.as_deref())
    }

    /// How many messages of the partition are behind this one, as of when it was fetched.
    pub fn lag(&self) -> Option<i64> {
        (self.high_watermark >= 0 && self.offset >= 0).then(|| (self.high_watermark - self.offset - 1).max(0))
    }

    /// The message as a record without headers, to send it to another topic: set the topic with
    /// [`Record::topic`], and headers with [`Record::headers`].
    pub fn as_record(&self) -> Record<'_> {
        let mut record = Record::to(&self.topic);
        record.key = self.key.as_deref();
        record.value = self.value.as_deref();
        record.timestamp = self.timestamp;
        record
    }

    /// The same message in buffers of its own, so that keeping it keeps nothing else: a message as it was
    /// read keeps the whole fetched buffer that it lies in.
    #[must_use]
    pub fn detach(mut self) -> Self {
        let copy = |bytes: Bytes| Bytes::copy_from_slice(&bytes);
        self.key = self.key.map(copy);
        self.value = self.value.map(copy);
        for header in self.headers.0.iter_mut().flat_map(|list| &mut list.0) {
            header.name = StrBytes::from(header.name.to_string());
            header.value = header.value.take().map(copy);
        }
        self
    }
}

/// One header of a message.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Header {
    name: StrBytes,
    /// The value; null is not empty.
    pub value: Option<Bytes>,
}

impl Header {
    /// The header's name.
    pub fn name(&self) -> &str {
        &self.name
    }
}

/// The headers of a message, in order; a name may come more than once. Without headers it allocates nothing.
///
/// ```
/// use kafka_client::Headers;
///
/// let mut headers = Headers::new();
/// headers.push("retry", Some("1".into()));
/// headers.push("retry", Some("2".into()));
/// assert_eq!(headers.last("retry").unwrap().value.as_deref(), Some(&b"2"[..]));
/// assert_eq!(headers.iter().count(), 2);
/// ```
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Headers(Option<Box<List>>);

/// Behind one pointer, for most messages have none, and every one is moved.
#[derive(Clone, Default, PartialEq, Eq)]
struct List(Vec<Header>);

impl Headers {
    /// No headers.
    pub const fn new() -> Self {
        Self(None)
    }

    /// Adds a header at the end.
    pub fn push(&mut self, name: &str, value: Option<Bytes>) {
        self.push_shared(StrBytes::from(name), value);
    }

    pub(crate) fn with_capacity(count: usize) -> Self {
        Self((count > 0).then(|| Box::new(List(Vec::with_capacity(count)))))
    }

    pub(crate) fn push_shared(&mut self, name: StrBytes, value: Option<Bytes>) {
        self.0.get_or_insert_default().0.push(Header { name, value });
    }

    fn as_slice(&self) -> &[Header] {
        self.0.as_ref().map_or(&[], |list| &list.0)
    }

    /// The last header of that name: the one that counts where a name comes more than once.
    pub fn last(&self, name: &str) -> Option<&Header> {
        self.as_slice().iter().rev().find(|header| header.name() == name)
    }

    /// All headers in order.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = &Header> {
        self.as_slice().iter()
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.as_slice().len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.as_slice().is_empty()
    }
}

impl fmt::Debug for Headers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.iter()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Beyond that, moving one is a call, and it is moved a few times on its way to the application.
    #[test]
    fn a_message_is_moved_without_a_call() {
        assert!(size_of::<Message>() <= 128, "{}", size_of::<Message>());
        assert_eq!(size_of::<crate::Result<Option<Message>>>(), size_of::<Message>());
    }

    #[test]
    fn null_and_empty_stay_apart() {
        assert_ne!(Message::tombstone("k"), Message::key_value("k", ""));
    }

    #[test]
    fn lag_counts_the_messages_behind() {
        let mut message = Message::value("x");
        assert_eq!(message.lag(), None);
        message.offset = 4;
        message.high_watermark = 10;
        assert_eq!(message.lag(), Some(5));
    }

    #[test]
    fn a_detached_message_shares_no_buffer() {
        let buffer = Bytes::from(vec![7; 100]);
        let message = Message::value(buffer.slice(10..20)).detach();
        assert_eq!(message.value.as_deref(), Some(&[7; 10][..]));
        assert!(!buffer.as_ptr_range().contains(&message.value.unwrap().as_ptr()));
    }
}
