use std::fmt;
use std::sync::Arc;
use std::time::Duration;

pub use kafka_proto::compression::Compression;

use super::{check_duration, check_limit, check_wait, invalid};
use crate::api::{Partitioner, ProducerInterceptor, Result};

/// How many batches of an idempotent producer a broker remembers for each partition.
const MOST_IN_FLIGHT: usize = 5;

/// What a request may be at most: its length is a signed number of 32 bits, with room to spare.
const LARGEST_REQUEST: usize = i32::MAX as usize / 2;

/// Whose acknowledgement a write waits for. The protocol has these three: brokers refuse any other number.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum RequiredAcks {
    /// Nobody's: the broker sends no answer. No offsets, no errors, no idempotence: a record counts as delivered when its
    /// request has left this side, and whether it was written nobody knows.
    None,
    /// The leader's alone: a record is lost when that node is lost before others copied it.
    One,
    /// All in-sync replicas'. The default.
    #[default]
    All,
}

impl RequiredAcks {
    /// [`RequiredAcks::One`] by its other name.
    pub const LOCAL: Self = Self::One;

    pub(crate) const fn wire(self) -> i16 {
        match self {
            Self::None => 0,
            Self::One => 1,
            Self::All => -1,
        }
    }
}

/// Whether retries are kept from writing a record twice (KIP-98).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Idempotence {
    /// On with [`RequiredAcks::All`], off with other acks. The default.
    #[default]
    Auto,
    /// On; an error with other acks than all.
    On,
    /// Off: a retry after a lost answer may write a batch twice.
    Off,
}

/// How long a batch waits for more records.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Linger {
    /// Self-clocking: with nothing in flight to a node a small backlog (2 KiB) goes at once and a larger one
    /// waits for a full batch or 1 ms; with something in flight only full batches go; 5 ms is the ceiling.
    /// The default: lowest latency at low rates, full batches at high ones.
    #[default]
    Auto,
    /// Java's `linger.ms` exactly: a batch goes when it is full or this old.
    Fixed(Duration),
}

/// How a producer batches, sends and retries.
///
/// ```
/// use kafka_client::{Compression, Linger, ProducerConf};
/// use std::time::Duration;
///
/// let mut conf = ProducerConf::new();
/// conf.compression = Compression::Lz4;
/// conf.linger = Linger::Fixed(Duration::from_millis(20));
/// conf.batch_size = 256 << 10;
/// ```
#[derive(Clone)]
#[non_exhaustive]
pub struct ProducerConf {
    /// Whose acknowledgement a write waits for. Default: all in-sync replicas'.
    pub required_acks: RequiredAcks,
    /// How batches are compressed. Default: not.
    pub compression: Compression,
    /// How long the broker may wait for the replicas it needs. Its answer may take 5 s more; then the connection
    /// is closed and the batch sent again. Default: 30 s.
    pub request_timeout: Duration,
    /// How often a batch is sent before its records fail, the first time included. Default: `None`:
    /// `delivery_timeout` decides, so that a fail-over is outlasted.
    pub retry_limit: Option<u32>,
    /// The wait before the second attempt; it doubles with each up to 1 s (a longer one stays as it is), give or take a
    /// fifth. Default: 100 ms.
    pub retry_wait: Duration,
    /// How long after it was taken a record is delivered or fails. Default: 120 s.
    pub delivery_timeout: Duration,
    /// How long `enqueue` and `produce` may wait for room in the buffer and for the topic's metadata: until then for
    /// nodes that cannot be reached and for a topic without leaders, but for a topic that the cluster does not have no
    /// longer than [`BrokerConf::leader_retry_limit`](crate::BrokerConf::leader_retry_limit) says. Default: 60 s.
    pub max_block: Duration,
    /// Whether retries are kept from writing twice. Default: [`Idempotence::Auto`].
    pub idempotence: Idempotence,
    /// How many requests may be unanswered per node, 1 to 5 with idempotence. Default: 5.
    pub max_in_flight: usize,
    /// How many bytes of records a batch takes before it goes; a larger record gets a batch of its own.
    /// Default: 16 KiB.
    pub batch_size: usize,
    /// How long a batch waits for more. Default: [`Linger::Auto`].
    pub linger: Linger,
    /// How many bytes of records may wait for their acknowledgement, each batch counted with all that its buffer can
    /// hold; beyond, `enqueue` waits. Beside them a producer holds at most an eighth of this in empty buffers, 1 MiB
    /// for its connections, and 2 KiB for each partition; not counting compressors, and deliveries that the
    /// application keeps. Default: 16 MiB.
    pub buffer_memory: usize,
    /// How many bytes of batches a request has at the most, and with it how large a record or an atomic batch may be, in
    /// its batch and before compression. The broker's `max.message.bytes` may be lower. Default: 1 MiB.
    pub max_request_size: usize,
    /// Who chooses the partition of records that name none; `None` is Kafka's own way
    /// ([`DefaultPartitioner`](crate::DefaultPartitioner)): murmur2 of the key, and for records without a key
    /// KIP-794's sticky choice. Other clients' ways: [`HashPartitioner`](crate::HashPartitioner). Default: `None`.
    pub partitioner: Option<Arc<dyn Partitioner>>,
    /// Who is told of each batch: when it is sealed, after each attempt, and at its end. Default: `None`, which costs
    /// nothing.
    pub interceptor: Option<Arc<dyn ProducerInterceptor>>,
}

impl Default for ProducerConf {
    fn default() -> Self {
        Self::new()
    }
}

impl ProducerConf {
    /// The defaults.
    pub fn new() -> Self {
        Self {
            required_acks: RequiredAcks::All,
            compression: Compression::None,
            request_timeout: Duration::from_secs(30),
            retry_limit: None,
            retry_wait: Duration::from_millis(100),
            delivery_timeout: Duration::from_secs(120),
            max_block: Duration::from_secs(60),
            idempotence: Idempotence::Auto,
            max_in_flight: 5,
            batch_size: 16 << 10,
            linger: Linger::Auto,
            buffer_memory: 16 << 20,
            max_request_size: 1 << 20,
            partitioner: None,
            interceptor: None,
        }
    }

    /// Checks every field; the error names the one that cannot work, its value, and what to do.
    pub fn validate(&self) -> Result<()> {
        self.validate_times()?;
        self.validate_sizes()?;
        if !self.compression.is_available() {
            let why = format!("is {0}: build kafka-client with the feature {0}", self.compression);
            return Err(invalid("compression", &why));
        }
        check_limit("retry_limit", self.retry_limit)?;
        if self.idempotence == Idempotence::On && self.required_acks != RequiredAcks::All {
            let acks = self.required_acks;
            let why =
                format!("is On, but required_acks is {acks:?}: use All, or Auto to have it follow the acks");
            return Err(invalid("idempotence", &why));
        }
        if self.max_in_flight == 0 {
            return Err(invalid(
                "max_in_flight",
                "is 0: nothing could be sent; use 1 for one request at a time",
            ));
        }
        if self.is_idempotent() && self.max_in_flight > MOST_IN_FLIGHT {
            let why = format!(
                "is {}: use at most {MOST_IN_FLIGHT} (a broker remembers the last five batches of an idempotent \
                 producer, no more), or Idempotence::Off",
                self.max_in_flight
            );
            return Err(invalid("max_in_flight", &why));
        }
        Ok(())
    }

    fn validate_times(&self) -> Result<()> {
        check_wait("request_timeout", self.request_timeout)?;
        if self.request_timeout.as_millis() > i32::MAX as u128 {
            let why = format!("is {:?}: use at most 2,147,483,647 ms", self.request_timeout);
            return Err(invalid("request_timeout", &why));
        }
        check_duration("retry_wait", self.retry_wait)?;
        check_wait("delivery_timeout", self.delivery_timeout)?;
        check_duration("max_block", self.max_block)?;
        let (linger, least) = match self.linger {
            Linger::Auto => (Duration::ZERO, "request_timeout"),
            Linger::Fixed(linger) => (linger, "linger + request_timeout"),
        };
        check_duration("linger", linger)?;
        let needed = linger.saturating_add(self.request_timeout);
        if self.delivery_timeout < needed {
            let why = format!(
                "is {:?}, shorter than {least} ({needed:?}): a batch could fail before its first answer is due",
                self.delivery_timeout
            );
            return Err(invalid("delivery_timeout", &why));
        }
        Ok(())
    }

    fn validate_sizes(&self) -> Result<()> {
        let (batch, request, buffer) = (self.batch_size, self.max_request_size, self.buffer_memory);
        let wrong = |field: &str, why: String| Err(invalid(field, &why));
        if batch == 0 {
            return wrong("batch_size", "is 0: use 1 for a batch per record".to_owned());
        }
        if request > LARGEST_REQUEST {
            return wrong("max_request_size", format!("is {request} bytes: use at most 1 GiB"));
        }
        if batch > request {
            let why = format!(
                "is {batch} bytes, above max_request_size ({request}): a full batch could not be sent; lower the \
                 one or raise the other"
            );
            return wrong("batch_size", why);
        }
        if buffer < request {
            let why = format!(
                "is {buffer} bytes, below max_request_size ({request}): the largest record would never find room; \
                 raise the one or lower the other"
            );
            return wrong("buffer_memory", why);
        }
        Ok(())
    }

    pub(crate) fn is_idempotent(&self) -> bool {
        match self.idempotence {
            Idempotence::Auto => self.required_acks == RequiredAcks::All,
            Idempotence::On => true,
            Idempotence::Off => false,
        }
    }
}

impl fmt::Debug for ProducerConf {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ProducerConf")
            .field("required_acks", &self.required_acks)
            .field("compression", &self.compression)
            .field("idempotence", &self.idempotence)
            .field("batch_size", &self.batch_size)
            .field("linger", &self.linger)
            .finish_non_exhaustive()
    }
}
