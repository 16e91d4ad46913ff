//! Configurations: structs of public fields with defaults, checked once where they are used.

mod batches;
mod broker;
mod consumer;
mod offsets;
mod producer;
mod retry;
#[cfg(feature = "tls")]
mod tls;

use std::time::Duration;

use tokio::time::Instant;

use crate::api::{Error, ErrorKind, Result};

pub use batches::{BatchBuilderConf, BatchProducerConf};
pub use broker::BrokerConf;
pub(crate) use consumer::check_partition;
pub use consumer::{AssignedConsumerConf, ConsumerConf, Isolation, OffsetReset, StartOffset};
pub use offsets::OffsetCoordinatorConf;
pub use producer::{Compression, Idempotence, Linger, ProducerConf, RequiredAcks};
pub(crate) use retry::{Retry, RetryLimits, backoff};
#[cfg(feature = "tls")]
pub use tls::TlsConf;

/// The longest duration that a configuration takes: a year. Longer ones are mistakes, and sums of them
/// could overflow a point in time.
const LONGEST: Duration = Duration::from_secs(365 * 24 * 3600);

/// When a call's `timeout` is over; a longer one than a configuration takes is as good as a year.
pub(crate) fn deadline(timeout: Duration) -> Instant {
    Instant::now() + timeout.min(LONGEST)
}

fn invalid(field: &str, why: &str) -> Error {
    Error::new(ErrorKind::InvalidConfig, format!("{field} {why}"))
}

/// An argument of a call that cannot work.
pub(crate) fn invalid_argument(name: &str, why: &str) -> Error {
    invalid(name, why)
}

pub(crate) fn check_duration(field: &str, value: Duration) -> Result<()> {
    if value > LONGEST {
        let why = format!(
            "is {value:?}, longer than a year: use None for no limit where the field takes it, or a shorter time"
        );
        Err(invalid(field, &why))
    } else {
        Ok(())
    }
}

fn check_wait(field: &str, value: Duration) -> Result<()> {
    if value.is_zero() {
        return Err(invalid(field, "is 0 s: it must leave some time"));
    }
    check_duration(field, value)
}

fn check_limit(field: &str, value: Option<u32>) -> Result<()> {
    if value == Some(0) {
        return Err(invalid(field, "is Some(0), which would not try even once: use None for no limit"));
    }
    Ok(())
}
