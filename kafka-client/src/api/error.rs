//! The one error type: what went wrong, where, who is to blame, and what a caller may do about it.

use std::borrow::Cow;
use std::error::Error as StdError;
use std::fmt;
use std::sync::Arc;

use kafka_proto::ErrorCode;

use super::record::OwnedRecord;
use super::topic::TopicName;

/// What every fallible call of this crate returns.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// What kind of thing went wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The handle, or the broker it came from, was closed.
    Closed,
    /// The merge multiplexer was closed, or its last consumer ended.
    MxClosed,
    /// Nothing arrived within the waiting that the configuration allows.
    NoData,
    /// The producer's buffer has no room at this moment.
    QueueFull,
    /// The time that the configuration or the call allows ran out.
    TimedOut,
    /// A configuration that cannot work; the text names the field.
    InvalidConfig,
    /// A record or message that cannot be sent as it is.
    InvalidRecord,
    /// A batch for a partition that the batch producer was not given.
    NoProducerForPartition,
    /// The broker answered without the partition that was asked about.
    NoResponse,
    /// The offset to read from is not in the partition's log.
    OffsetOutOfRange,
    /// A record batch fails its checksum or does not decode; see [`Error::resume_at`].
    CorruptBatch,
    /// Messages that were read are not in the partition's log any more: it was truncated after an unclean election of
    /// a leader (KIP-320); see [`Error::resume_at`].
    LogTruncated,
    /// A connection could not be made, or broke.
    Connect,
    /// TLS could not be agreed on.
    Tls,
    /// The broker does not accept who we say we are.
    Authentication,
    /// The broker knows who we are and does not allow it.
    Authorization,
    /// The other side does not follow the Kafka protocol.
    Protocol,
    /// Broker and client have no common version, or the broker lacks what was asked for.
    Unsupported,
    /// The broker answered with an error code; see [`Error::code`].
    Broker,
}

/// Who can mend it.
///
/// ```
/// use kafka_client::{Blame, Error, ErrorCode, ErrorKind};
///
/// fn advice(error: &Error) -> &'static str {
///     match error.blame() {
///         Blame::Caller => "mend the application or its configuration",
///         Blame::Network => "look at the network, and whether the nodes are up",
///         _ => "look at the cluster's logs",
///     }
/// }
/// assert_eq!(advice(&Error::new(ErrorKind::InvalidConfig, "batch_size is 0")), "mend the application or its configuration");
/// assert_eq!(advice(&Error::from_code(ErrorCode::KAFKA_STORAGE_ERROR)), "look at the cluster's logs");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Blame {
    /// The application: its configuration, its arguments, or a handle used after its end.
    Caller,
    /// The network or an unreachable node.
    Network,
    /// The Kafka cluster.
    Broker,
}

/// An error of this crate. One word wide and cheap to clone: one failed batch answers many deliveries.
///
/// The text says what was wrong, where (topic, partition, node, API), and what to do about it where that
/// is known. [`Error::kind`] and [`Error::code`] are for programs.
///
/// ```
/// use kafka_client::{Error, ErrorCode, ErrorKind};
///
/// let error = Error::from_code(ErrorCode::NOT_LEADER_OR_FOLLOWER).at("fruits", 3);
/// assert_eq!(error.kind(), ErrorKind::Broker);
/// assert!(error.is_retriable());
/// assert!(error.to_string().contains("fruits-3"));
/// ```
#[derive(Clone)]
pub struct Error(Arc<Inner>);

#[derive(Clone)]
struct Inner {
    kind: ErrorKind,
    what: Cow<'static, str>,
    code: Option<ErrorCode>,
    topic: Option<TopicName>,
    partition: Option<i32>,
    node: Option<Arc<str>>,
    api: Option<&'static str>,
    retriable: Option<bool>,
    terminal: Option<bool>,
    may_be_written: bool,
    resume_at: Option<i64>,
    record: Option<LazyRecord>,
    source: Option<Arc<dyn StdError + Send + Sync>>,
}

/// Decodes the failed record out of its batch when somebody asks.
type LazyRecord = Arc<dyn Fn() -> Option<OwnedRecord> + Send + Sync>;

impl Error {
    /// An error of `kind`, with a text that says what was wrong and what to do.
    pub fn new(kind: ErrorKind, what: impl Into<String>) -> Self {
        Self::of(kind, Cow::Owned(what.into()))
    }

    /// The error that a broker's error code stands for.
    pub fn from_code(code: ErrorCode) -> Self {
        let mut error = Self::of(kind_of(code), Cow::Borrowed(code.message()));
        error.inner().code = Some(code);
        error
    }

    fn of(kind: ErrorKind, what: Cow<'static, str>) -> Self {
        Self(Arc::new(Inner {
            kind,
            what,
            code: None,
            topic: None,
            partition: None,
            node: None,
            api: None,
            retriable: None,
            terminal: None,
            may_be_written: false,
            resume_at: None,
            record: None,
            source: None,
        }))
    }

    /// The same error, at a topic and partition.
    #[must_use]
    pub fn at(mut self, topic: &str, partition: i32) -> Self {
        let inner = self.inner();
        inner.topic = Some(TopicName::from(topic));
        inner.partition = Some(partition);
        self
    }

    /// The same error, at a topic.
    #[must_use]
    pub fn at_topic(mut self, topic: &str) -> Self {
        self.inner().topic = Some(TopicName::from(topic));
        self
    }

    /// The same error, at a node: its id and address, or its address alone.
    #[must_use]
    pub fn at_node(mut self, node: impl fmt::Display) -> Self {
        self.inner().node = Some(Arc::from(node.to_string()));
        self
    }

    /// The same error, in a call of `api`, by the name the protocol guide has for it.
    #[must_use]
    pub fn in_api(mut self, api: &'static str) -> Self {
        self.inner().api = Some(api);
        self
    }

    /// The same error, with the one that caused it.
    #[must_use]
    pub fn with_source(mut self, source: impl StdError + Send + Sync + 'static) -> Self {
        self.inner().source = Some(Arc::new(source));
        self
    }

    /// The same error, marked as one after which the records may be in the log all the same.
    #[must_use]
    pub fn maybe_written(mut self) -> Self {
        self.inner().may_be_written = true;
        self
    }

    /// The same error, with the offset to seek to.
    #[must_use]
    pub fn resuming_at(mut self, offset: i64) -> Self {
        self.inner().resume_at = Some(offset);
        self
    }

    /// The same error, with what decodes the failed record when [`Error::record`] is called.
    #[must_use]
    pub fn with_record(mut self, record: impl Fn() -> Option<OwnedRecord> + Send + Sync + 'static) -> Self {
        self.inner().record = Some(Arc::new(record));
        self
    }

    /// The same error, said to be worth a retry (or not) whatever its kind and code suggest.
    #[must_use]
    pub(crate) fn retriable(mut self, retriable: bool) -> Self {
        self.inner().retriable = Some(retriable);
        self
    }

    /// The same error, said to end the handle that returns it (or not) whatever its kind suggests.
    #[must_use]
    pub(crate) fn terminal(mut self, terminal: bool) -> Self {
        self.inner().terminal = Some(terminal);
        self
    }

    /// The same error under another text.
    #[must_use]
    pub(crate) fn explained(mut self, what: String) -> Self {
        self.inner().what = Cow::Owned(what);
        self
    }

    /// The same error, where `other` happened; whether records may be written is `other`'s too.
    #[must_use]
    pub(crate) fn located_as(mut self, other: &Self) -> Self {
        let inner = self.inner();
        inner.topic.clone_from(&other.0.topic);
        inner.partition = other.0.partition;
        inner.may_be_written = other.0.may_be_written;
        self
    }

    fn inner(&mut self) -> &mut Inner {
        Arc::make_mut(&mut self.0)
    }

    /// What kind of thing went wrong.
    pub fn kind(&self) -> ErrorKind {
        self.0.kind
    }

    /// The broker's error code, when it was the broker that said so.
    pub fn code(&self) -> Option<ErrorCode> {
        self.0.code
    }

    /// The topic it happened at.
    pub fn topic(&self) -> Option<&str> {
        self.0.topic.as_deref()
    }

    /// The partition it happened at.
    pub fn partition(&self) -> Option<i32> {
        self.0.partition
    }

    /// Who can mend it.
    pub fn blame(&self) -> Blame {
        match self.0.kind {
            ErrorKind::Closed
            | ErrorKind::MxClosed
            | ErrorKind::InvalidConfig
            | ErrorKind::InvalidRecord
            | ErrorKind::NoProducerForPartition
            | ErrorKind::QueueFull
            | ErrorKind::OffsetOutOfRange
            | ErrorKind::Tls
            | ErrorKind::Authentication
            | ErrorKind::Authorization => Blame::Caller,
            ErrorKind::Connect | ErrorKind::TimedOut | ErrorKind::NoData => Blame::Network,
            ErrorKind::NoResponse
            | ErrorKind::CorruptBatch
            | ErrorKind::LogTruncated
            | ErrorKind::Protocol
            | ErrorKind::Unsupported
            | ErrorKind::Broker => Blame::Broker,
        }
    }

    /// Whether the same call may succeed when it is made again, as Java's client classifies it.
    pub fn is_retriable(&self) -> bool {
        self.0.retriable.unwrap_or_else(|| match self.0.kind {
            ErrorKind::Connect
            | ErrorKind::TimedOut
            | ErrorKind::NoData
            | ErrorKind::NoResponse
            | ErrorKind::QueueFull => true,
            _ => self.0.code.is_some_and(ErrorCode::is_retriable),
        })
    }

    /// Whether the handle that returned this never works again. It ends a stream and a member of an
    /// [`Mx`](crate::Mx).
    pub fn is_terminal(&self) -> bool {
        let by_kind = matches!(
            self.0.kind,
            ErrorKind::Closed
                | ErrorKind::MxClosed
                | ErrorKind::InvalidConfig
                | ErrorKind::Tls
                | ErrorKind::Authentication
                | ErrorKind::Authorization
                | ErrorKind::Unsupported
        );
        self.0.terminal.unwrap_or(by_kind)
    }

    /// Whether the records may be in the log all the same, so that sending them again could write them twice.
    pub fn may_be_written(&self) -> bool {
        self.0.may_be_written
    }

    /// Where to seek to go on. With [`ErrorKind::CorruptBatch`]: the first offset after the batch. With
    /// [`ErrorKind::LogTruncated`]: the first offset at which the log differs from what was read.
    pub fn resume_at(&self) -> Option<i64> {
        self.0.resume_at
    }

    /// The record that failed, decoded out of its batch.
    pub fn record(&self) -> Option<OwnedRecord> {
        self.0.record.as_ref().and_then(|decode| decode())
    }
}

fn kind_of(code: ErrorCode) -> ErrorKind {
    match code {
        ErrorCode::OFFSET_OUT_OF_RANGE => ErrorKind::OffsetOutOfRange,
        ErrorCode::SASL_AUTHENTICATION_FAILED
        | ErrorCode::ILLEGAL_SASL_STATE
        | ErrorCode::UNSUPPORTED_SASL_MECHANISM => ErrorKind::Authentication,
        ErrorCode::TOPIC_AUTHORIZATION_FAILED
        | ErrorCode::GROUP_AUTHORIZATION_FAILED
        | ErrorCode::CLUSTER_AUTHORIZATION_FAILED
        | ErrorCode::TRANSACTIONAL_ID_AUTHORIZATION_FAILED
        | ErrorCode::DELEGATION_TOKEN_AUTHORIZATION_FAILED => ErrorKind::Authorization,
        ErrorCode::UNSUPPORTED_VERSION => ErrorKind::Unsupported,
        _ => ErrorKind::Broker,
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let inner = &*self.0;
        if let Some(code) = inner.code {
            write!(f, "{code}: ")?;
        }
        f.write_str(&inner.what)?;
        match (&inner.topic, inner.partition) {
            (Some(topic), Some(partition)) => write!(f, ", at {topic}-{partition}")?,
            (Some(topic), None) => write!(f, ", at topic {topic}")?,
            _ => {}
        }
        if let Some(api) = inner.api {
            write!(f, ", in {api}")?;
        }
        if let Some(node) = &inner.node {
            write!(f, ", on node {node}")?;
        }
        if let Some(source) = &inner.source {
            write!(f, ": {source}")?;
        }
        Ok(())
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}({self})", self.0.kind)
    }
}

/// What a program that reads it needs, and the text: `{"kind":"Broker","code":3,"text":"…"}`.
#[cfg(feature = "serde")]
impl serde::Serialize for Error {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        use serde::ser::SerializeStruct;
        let mut fields = serializer.serialize_struct("Error", 4)?;
        fields.serialize_field("kind", &format!("{:?}", self.kind()))?;
        fields.serialize_field("code", &self.code().map(|code| code.0))?;
        fields.serialize_field("may_be_written", &self.may_be_written())?;
        fields.serialize_field("text", &self.to_string())?;
        fields.end()
    }
}

impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.0.source.as_ref().map(|source| &**source as &(dyn StdError + 'static))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn is_one_word_wide() {
        assert_eq!(size_of::<Result<(), Error>>(), size_of::<usize>());
    }

    #[test]
    fn text_names_code_place_and_cause() {
        let error = Error::from_code(ErrorCode::NOT_LEADER_OR_FOLLOWER)
            .at("fruits", 3)
            .in_api("Produce")
            .at_node("2 at localhost:9092")
            .with_source(std::io::Error::other("cable cut"));
        let text = error.to_string();
        for part in ["NOT_LEADER_OR_FOLLOWER", "fruits-3", "Produce", "2 at localhost:9092", "cable cut"] {
            assert!(text.contains(part), "{text} lacks {part}");
        }
    }

    #[test]
    fn authorization_codes_are_terminal_and_the_callers_to_mend() {
        let error = Error::from_code(ErrorCode::TOPIC_AUTHORIZATION_FAILED);
        assert_eq!(error.kind(), ErrorKind::Authorization);
        assert!(error.is_terminal());
        assert_eq!(error.blame(), Blame::Caller);
        assert!(!error.is_retriable());
    }

    #[test]
    fn a_clone_that_is_placed_leaves_the_first_where_it_was() {
        let first = Error::new(ErrorKind::TimedOut, "too slow");
        let placed = first.clone().at("a", 0);
        assert_eq!(first.topic(), None);
        assert_eq!(placed.topic(), Some("a"));
    }
}
