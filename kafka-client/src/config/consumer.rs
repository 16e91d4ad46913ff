use std::sync::Arc;
use std::time::Duration;

use super::{RetryLimits, check_duration, check_limit, check_wait, invalid};
use crate::api::{FetchObserver, Result, TopicName};

/// Where in a partition to begin.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum StartOffset {
    /// The first offset that the log still has. The default.
    #[default]
    Oldest,
    /// The offset of the next message to be written.
    Newest,
    /// This offset, 0 or more.
    At(i64),
    /// This offset, where the message before it was written under this leader epoch: [`CommittedOffset`] has both.
    /// That the log has been truncated since then is noticed (KIP-320).
    ///
    /// [`CommittedOffset`]: crate::CommittedOffset
    AtEpoch(i64, i32),
    /// The first message with this timestamp or a later one, in milliseconds since 1970; [`StartOffset::Newest`] if
    /// there is none.
    Since(i64),
    /// The same, for the time that is this long ago when the partition is begun (KIP-1106).
    Ago(Duration),
    /// Wherever [`OffsetReset`] says; an error where it says [`OffsetReset::Error`]. For who has no position.
    Reset,
}

/// Where to go on when there is no position, or none that the log still has: what Java calls `auto.offset.reset`.
///
/// ```
/// use kafka_client::{ConsumerConf, OffsetReset};
/// use std::time::Duration;
///
/// let mut conf = ConsumerConf::new("fruits", 0);
/// // Who was away for longer than the log keeps its messages goes on with those of the last hour.
/// conf.reset = OffsetReset::Ago(Duration::from_secs(3600));
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum OffsetReset {
    /// Nowhere by itself: the application is told, and seeks. The default, for every other way skips messages or
    /// repeats them.
    #[default]
    Error,
    /// The first offset that the log still has.
    Oldest,
    /// The offset of the next message to be written: what is between is never read.
    Newest,
    /// The first message with this timestamp or a later one, in milliseconds since 1970; `Newest` if there is none.
    Since(i64),
    /// The same, for the time that is this long ago (KIP-1106).
    Ago(Duration),
}

impl OffsetReset {
    /// Where that is; `None` for [`OffsetReset::Error`].
    pub(crate) fn start(self) -> Option<StartOffset> {
        match self {
            Self::Error => None,
            Self::Oldest => Some(StartOffset::Oldest),
            Self::Newest => Some(StartOffset::Newest),
            Self::Since(timestamp) => Some(StartOffset::Since(timestamp)),
            Self::Ago(time) => Some(StartOffset::Ago(time)),
        }
    }
}

impl StartOffset {
    /// Checks the number in it; `field` is where it stands.
    pub(crate) fn check(self, field: &str) -> Result<()> {
        match self {
            Self::At(offset) | Self::AtEpoch(offset, _) if offset < 0 => {
                Err(invalid(field, "is negative: use Oldest or Newest"))
            }
            Self::AtEpoch(_, epoch) if epoch < 0 => {
                Err(invalid(field, "has a negative leader epoch: use At"))
            }
            Self::Since(timestamp) if timestamp < 0 => Err(invalid(field, "is before 1970: use Oldest")),
            _ => Ok(()),
        }
    }
}

impl From<&crate::api::CommittedOffset> for StartOffset {
    fn from(committed: &crate::api::CommittedOffset) -> Self {
        match committed.leader_epoch {
            Some(epoch) => Self::AtEpoch(committed.offset, epoch),
            None => Self::At(committed.offset),
        }
    }
}

/// Which messages of transactions are read. The protocol has these two levels.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Isolation {
    /// All, as soon as they are replicated. The default.
    #[default]
    ReadUncommitted,
    /// Those of committed transactions alone, up to the first transaction still open.
    ReadCommitted,
}

/// What is the same for one partition and for any set of them stands once: the fields of both configurations.
macro_rules! consumer_confs {
    ($($(#[$about:meta])* $field:ident: $type:ty = $default:expr,)*) => {
        /// How one partition is read.
        ///
        /// ```
        /// use kafka_client::{ConsumerConf, Isolation, StartOffset};
        ///
        /// let mut conf = ConsumerConf::new("fruits", 0);
        /// conf.start_offset = StartOffset::At(42);
        /// conf.isolation = Isolation::ReadCommitted;
        /// ```
        #[derive(Clone, Debug)]
        #[non_exhaustive]
        pub struct ConsumerConf {
            /// The topic to read.
            pub topic: TopicName,
            /// The partition to read.
            pub partition: i32,
            $($(#[$about])* pub $field: $type,)*
        }

        impl ConsumerConf {
            /// The defaults, for a partition of a topic.
            pub fn new(topic: impl Into<TopicName>, partition: i32) -> Self {
                Self { topic: topic.into(), partition, $($field: $default,)* }
            }

            /// What would be the same for other partitions.
            pub(crate) fn shared(&self) -> AssignedConsumerConf {
                let Self { topic: _, partition: _, $($field,)* } = self.clone();
                AssignedConsumerConf { $($field,)* }
            }
        }

        /// How the partitions of an [`AssignedConsumer`](crate::AssignedConsumer) are read. The fields are those of
        /// [`ConsumerConf`].
        ///
        /// ```
        /// use kafka_client::{AssignedConsumerConf, OffsetReset};
        ///
        /// let mut conf = AssignedConsumerConf::new();
        /// conf.reset = OffsetReset::Oldest;
        /// ```
        #[derive(Clone, Debug)]
        #[non_exhaustive]
        pub struct AssignedConsumerConf {
            $($(#[$about])* pub $field: $type,)*
        }

        impl AssignedConsumerConf {
            /// The defaults.
            pub const fn new() -> Self {
                Self { $($field: $default,)* }
            }
        }
    };
}

consumer_confs! {
    /// How long the broker may hold a fetch while there is less than `min_fetch_size` to send. While nothing comes it
    /// may be longer, up to 500 ms, if `min_fetch_size` is 1: the first byte ends the wait. Default: 50 ms.
    request_timeout: Duration = Duration::from_millis(50),
    /// After how many fetches' worth of waiting with nothing to read, `retry_limit × (request_timeout +
    /// retry_wait)` in one call, `consume` returns `NoData`. Default: `None`: it waits for ever.
    retry_limit: Option<u32> = None,
    /// The other part of that sum. Default: 50 ms.
    retry_wait: Duration = Duration::from_millis(50),
    /// How many errors in a row that a retry may mend are outlasted. Default: `None`, because time decides.
    retry_err_limit: Option<u32> = None,
    /// For how long they are. Default: 60 s; a fail-over takes 7.5 s.
    retry_err_for: Option<Duration> = Some(Duration::from_secs(60)),
    /// How long to wait between two such attempts. Default: 500 ms.
    retry_err_wait: Duration = Duration::from_millis(500),
    /// How many bytes the broker collects before it answers, unless `request_timeout` comes first. Default: 1.
    min_fetch_size: i32 = 1,
    /// How many bytes of a partition one fetch brings. A larger message is read all the same.
    /// Default: 2,000,000.
    max_fetch_size: i32 = 2_000_000,
    /// Where to begin; in an assigned consumer, where a partition begins that is added without an offset of its own.
    /// Default: [`StartOffset::Oldest`].
    start_offset: StartOffset = StartOffset::Oldest,
    /// Where to go on when the log does not have the position (any more), and where a truncated log is gone on with
    /// instead of an error. Default: [`OffsetReset::Error`].
    reset: OffsetReset = OffsetReset::Error,
    /// Which messages of transactions are read. Default: [`Isolation::ReadUncommitted`].
    isolation: Isolation = Isolation::ReadUncommitted,
    /// Whether checksums are verified. Default: true. Without, a damaged message may be handed out.
    check_crcs: bool = true,
    /// Who is told of the fetches. Default: nobody.
    observer: Option<Arc<dyn FetchObserver>> = None,
}

impl ConsumerConf {
    /// Checks every field; the error names the one that cannot work.
    pub fn validate(&self) -> Result<()> {
        check_partition(&self.topic, self.partition)?;
        self.shared().validate()
    }
}

impl AssignedConsumerConf {
    /// Checks every field; the error names the one that cannot work.
    pub fn validate(&self) -> Result<()> {
        check_duration("request_timeout", self.request_timeout)?;
        check_limit("retry_limit", self.retry_limit)?;
        check_duration("retry_wait", self.retry_wait)?;
        check_limit("retry_err_limit", self.retry_err_limit)?;
        if let Some(time) = self.retry_err_for {
            check_wait("retry_err_for", time)?;
        }
        check_duration("retry_err_wait", self.retry_err_wait)?;
        if self.request_timeout.as_millis() > i32::MAX as u128 {
            return Err(invalid("request_timeout", "is longer than 2,147,483,647 ms"));
        }
        if self.min_fetch_size < 0 {
            return Err(invalid("min_fetch_size", "is negative: use 0 for an answer at once"));
        }
        if self.max_fetch_size <= 0 {
            return Err(invalid("max_fetch_size", "is not above 0: nothing could be fetched"));
        }
        if self.min_fetch_size > self.max_fetch_size {
            return Err(invalid("min_fetch_size", "is above max_fetch_size"));
        }
        self.start_offset.check("start_offset")?;
        self.reset.start().map_or(Ok(()), |start| start.check("reset"))
    }

    pub(crate) fn error_limits(&self) -> RetryLimits {
        RetryLimits { attempts: self.retry_err_limit, total: self.retry_err_for, wait: self.retry_err_wait }
    }
}

impl Default for AssignedConsumerConf {
    fn default() -> Self {
        Self::new()
    }
}

/// Checks what names a partition.
pub(crate) fn check_partition(topic: &str, partition: i32) -> Result<()> {
    if topic.is_empty() {
        return Err(invalid("topic", "is empty"));
    }
    if partition < 0 {
        return Err(invalid("partition", "is negative"));
    }
    Ok(())
}
