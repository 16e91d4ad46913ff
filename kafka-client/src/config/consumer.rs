use std::time::Duration;

use super::{RetryLimits, check_duration, check_limit, check_wait, invalid};
use crate::api::{Result, TopicName};

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
}

/// Which messages of transactions are read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Isolation {
    /// All, as soon as they are replicated. The default.
    #[default]
    ReadUncommitted,
    /// Those of committed transactions alone, up to the first transaction still open.
    ReadCommitted,
}

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
    /// How long the broker may hold a fetch while there is less than `min_fetch_size` to send. Default: 50 ms.
    pub request_timeout: Duration,
    /// After how many fetches' worth of waiting with nothing to read, `retry_limit × (request_timeout +
    /// retry_wait)` in one call, `consume` returns `NoData`. Default: `None`: it waits for ever.
    pub retry_limit: Option<u32>,
    /// The other part of that sum. Default: 50 ms.
    pub retry_wait: Duration,
    /// How many errors in a row that a retry may mend are outlasted. Default: `None`, because time decides.
    pub retry_err_limit: Option<u32>,
    /// For how long they are. Default: 60 s; a fail-over takes 7.5 s.
    pub retry_err_for: Option<Duration>,
    /// How long to wait between two such attempts. Default: 500 ms.
    pub retry_err_wait: Duration,
    /// How many bytes the broker collects before it answers, unless `request_timeout` comes first. Default: 1.
    pub min_fetch_size: i32,
    /// How many bytes of this partition one fetch brings. A larger message is read all the same.
    /// Default: 2,000,000.
    pub max_fetch_size: i32,
    /// Where to begin. Default: [`StartOffset::Oldest`].
    pub start_offset: StartOffset,
    /// Which messages of transactions are read. Default: [`Isolation::ReadUncommitted`].
    pub isolation: Isolation,
    /// Whether checksums are verified. Default: true.
    pub check_crcs: bool,
}

impl ConsumerConf {
    /// The defaults, for a partition of a topic.
    pub fn new(topic: impl Into<TopicName>, partition: i32) -> Self {
        Self {
            topic: topic.into(),
            partition,
            request_timeout: Duration::from_millis(50),
            retry_limit: None,
            retry_wait: Duration::from_millis(50),
            retry_err_limit: None,
            retry_err_for: Some(Duration::from_secs(60)),
            retry_err_wait: Duration::from_millis(500),
            min_fetch_size: 1,
            max_fetch_size: 2_000_000,
            start_offset: StartOffset::Oldest,
            isolation: Isolation::ReadUncommitted,
            check_crcs: true,
        }
    }

    /// Checks every field; the error names the one that cannot work.
    pub fn validate(&self) -> Result<()> {
        if self.topic.is_empty() {
            return Err(invalid("topic", "is empty"));
        }
        if self.partition < 0 {
            return Err(invalid("partition", "is negative"));
        }
        check_duration("request_timeout", self.request_timeout)?;
        if self.request_timeout.as_millis() > i32::MAX as u128 {
            return Err(invalid("request_timeout", "is longer than 2,147,483,647 ms"));
        }
        check_limit("retry_limit", self.retry_limit)?;
        check_duration("retry_wait", self.retry_wait)?;
        check_limit("retry_err_limit", self.retry_err_limit)?;
        if let Some(time) = self.retry_err_for {
            check_wait("retry_err_for", time)?;
        }
        check_duration("retry_err_wait", self.retry_err_wait)?;
        if self.min_fetch_size < 0 {
            return Err(invalid("min_fetch_size", "is negative: use 0 for an answer at once"));
        }
        if self.max_fetch_size <= 0 {
            return Err(invalid("max_fetch_size", "is not above 0: nothing could be fetched"));
        }
        if self.min_fetch_size > self.max_fetch_size {
            return Err(invalid("min_fetch_size", "is above max_fetch_size"));
        }
        if let StartOffset::At(offset) = self.start_offset
            && offset < 0
        {
            return Err(invalid("start_offset", "is negative: use Oldest or Newest"));
        }
        Ok(())
    }

    pub(crate) fn error_limits(&self) -> RetryLimits {
        RetryLimits { attempts: self.retry_err_limit, total: self.retry_err_for, wait: self.retry_err_wait }
    }
}
