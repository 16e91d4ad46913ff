use std::time::Duration;

use super::{RetryLimits, check_duration, check_limit, check_wait, invalid};
use crate::api::Result;

/// For which group offsets are kept, and how long errors are outlasted.
///
/// ```
/// use kafka_client::OffsetCoordinatorConf;
///
/// let mut conf = OffsetCoordinatorConf::new("my-group");
/// conf.retry_err_limit = Some(10);
/// ```
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct OffsetCoordinatorConf {
    /// The group.
    pub group: String,
    /// How many attempts a call makes against errors that a retry may mend. Default: `None`, because time
    /// decides.
    pub retry_err_limit: Option<u32>,
    /// How long a call goes on trying. Default: 60 s.
    pub retry_err_for: Option<Duration>,
    /// How long to wait between two attempts. Default: 500 ms.
    pub retry_err_wait: Duration,
}

impl OffsetCoordinatorConf {
    /// The defaults, for a group.
    pub fn new(group: impl Into<String>) -> Self {
        Self {
            group: group.into(),
            retry_err_limit: None,
            retry_err_for: Some(Duration::from_secs(60)),
            retry_err_wait: Duration::from_millis(500),
        }
    }

    /// Checks every field; the error names the one that cannot work.
    pub fn validate(&self) -> Result<()> {
        if self.group.is_empty() {
            return Err(invalid("group", "is empty: offsets are kept for a named group"));
        }
        if self.group.len() > i16::MAX as usize {
            return Err(invalid("group", "is longer than 32,767 bytes"));
        }
        check_limit("retry_err_limit", self.retry_err_limit)?;
        if let Some(time) = self.retry_err_for {
            check_wait("retry_err_for", time)?;
        }
        check_duration("retry_err_wait", self.retry_err_wait)
    }

    pub(crate) fn error_limits(&self) -> RetryLimits {
        RetryLimits { attempts: self.retry_err_limit, total: self.retry_err_for, wait: self.retry_err_wait }
    }
}
