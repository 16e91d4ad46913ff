use super::message::Message;
use super::topic::TopicName;

/// A record to be sent, borrowed from the application: the producer's batch holds the only copy.
///
/// ```
/// use kafka_client::Record;
///
/// let record = Record::to("fruits").key("k").value("plum").headers(&[("origin", Some(b"garden"))]);
/// assert_eq!(record.value, Some(&b"plum"[..]));
/// ```
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Record<'a> {
    /// The topic to write to.
    pub topic: &'a str,
    /// The partition; `None` lets the producer's partitioner choose.
    pub partition: Option<i32>,
    /// The key; null is not empty.
    pub key: Option<&'a [u8]>,
    /// The value; null is a tombstone.
    pub value: Option<&'a [u8]>,
    /// Headers: name and value.
    pub headers: &'a [(&'a str, Option<&'a [u8]>)],
    /// Milliseconds since 1970; `None` is the time at which the record's batch was begun.
    pub timestamp: Option<i64>,
}

impl<'a> Record<'a> {
    /// A record for a topic, with neither key nor value yet.
    pub const fn to(topic: &'a str) -> Self {
        Self { topic, partition: None, key: None, value: None, headers: &[], timestamp: None }
    }

    /// The same record for another topic.
    #[must_use]
    pub const fn topic(mut self, topic: &'a str) -> Self {
        self.topic = topic;
        self
    }

    /// The same record for one partition.
    #[must_use]
    pub const fn partition(mut self, partition: i32) -> Self {
        self.partition = Some(partition);
        self
    }

    /// The same record with a key.
    #[must_use]
    pub fn key<K: AsRef<[u8]> + ?Sized>(mut self, key: &'a K) -> Self {
        self.key = Some(key.as_ref());
        self
    }

    /// The same record with a value.
    #[must_use]
    pub fn value<V: AsRef<[u8]> + ?Sized>(mut self, value: &'a V) -> Self {
        self.value = Some(value.as_ref());
        self
    }

    /// The same record with these headers.
    #[must_use]
    pub const fn headers(mut self, headers: &'a [(&'a str, Option<&'a [u8]>)]) -> Self {
        self.headers = headers;
        self
    }

    /// The same record with a timestamp, in milliseconds since 1970.
    #[must_use]
    pub const fn timestamp(mut self, timestamp: i64) -> Self {
        self.timestamp = Some(timestamp);
        self
    }
}

/// A record that owns its bytes: what [`Error::record`](crate::Error::record) gives back.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct OwnedRecord {
    /// Key, value, headers and timestamp; topic and partition where they were to go.
    pub message: Message,
}

impl OwnedRecord {
    /// The record of a message for `topic` and, if it was chosen already, `partition`.
    pub fn new(topic: TopicName, partition: Option<i32>, mut message: Message) -> Self {
        message.topic = topic;
        message.partition = partition.unwrap_or(-1);
        Self { message }
    }

    /// Calls `send` with the record borrowed, headers included, to send it again.
    ///
    /// ```
    /// use kafka_client::{Message, OwnedRecord, TopicName};
    ///
    /// let record = OwnedRecord::new(TopicName::from("t"), Some(1), Message::value("v").with_header("h", "1"));
    /// record.with(|again| {
    ///     assert_eq!((again.topic, again.partition, again.headers.len()), ("t", Some(1), 1));
    /// });
    /// ```
    pub fn with<R>(&self, send: impl FnOnce(Record<'_>) -> R) -> R {
        let headers: Vec<_> =
            self.message.headers.iter().map(|header| (header.name(), header.value.as_deref())).collect();
        let mut record = self.message.as_record();
        record.headers = &headers;
        record.partition = (self.message.partition >= 0).then_some(self.message.partition);
        send(record)
    }
}

impl From<&Record<'_>> for OwnedRecord {
    /// Copies the record.
    fn from(record: &Record<'_>) -> Self {
        let copy = |bytes: Option<&[u8]>| bytes.map(bytes::Bytes::copy_from_slice);
        let mut message = Message {
            key: copy(record.key),
            value: copy(record.value),
            timestamp: record.timestamp,
            ..Message::default()
        };
        for (name, value) in record.headers {
            message.headers.push(name, copy(*value));
        }
        Self::new(TopicName::from(record.topic), record.partition, message)
    }
}

/// Where an acknowledged record went.
///
/// ```
/// # fn show(receipt: kafka_client::Receipt) {
/// match receipt.offset {
///     Some(offset) => println!("partition {}, offset {offset}", receipt.partition),
///     None => println!("partition {}, the broker gave no offset", receipt.partition),
/// }
/// # }
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Receipt {
    /// The partition it was written to.
    pub partition: i32,
    /// Its offset; `None` where the broker gave none: acks none, or a duplicate that was already written.
    pub offset: Option<i64>,
    /// Its timestamp in the log, in milliseconds since 1970; `None` where the broker gave none.
    pub timestamp: Option<i64>,
}

impl Receipt {
    /// A receipt, for mocks.
    pub const fn new(partition: i32, offset: Option<i64>, timestamp: Option<i64>) -> Self {
        Self { partition, offset, timestamp }
    }
}
