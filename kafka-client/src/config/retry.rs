//! Retrying within limits: pure, stepped by the caller's clock.

use std::time::Duration;

use tokio::time::Instant;

use crate::api::Error;

/// How often and how long errors that a retry may mend are retried: whichever limit comes first.
#[derive(Clone, Copy, Debug)]
pub(crate) struct RetryLimits {
    pub(crate) attempts: Option<u32>,
    pub(crate) total: Option<Duration>,
    pub(crate) wait: Duration,
}

/// One operation's attempts. It begins with the operation; each failure is given to [`Retry::after`].
#[derive(Clone, Debug)]
pub(crate) struct Retry {
    limits: RetryLimits,
    began: Instant,
    failed: u32,
}

impl Retry {
    pub(crate) fn new(limits: RetryLimits, now: Instant) -> Self {
        Self { limits, began: now, failed: 0 }
    }

    /// When the operation's time ends, if it has an end.
    pub(crate) fn deadline(&self) -> Option<Instant> {
        self.limits.total.map(|total| self.began + total)
    }

    /// How much time is left, at most `most`: the bound of the next step.
    pub(crate) fn left(&self, now: Instant, most: Duration) -> Duration {
        self.deadline().map_or(most, |end| end.saturating_duration_since(now).min(most))
    }

    /// An attempt failed with `error`: how long to wait before the next one, or the error to give up with.
    pub(crate) fn after(&mut self, error: Error, now: Instant) -> Result<Duration, Error> {
        self.failed += 1;
        if !error.is_retriable() {
            return Err(error);
        }
        let spent = now - self.began;
        let no_attempt_left = self.limits.attempts.is_some_and(|most| self.failed >= most);
        let no_time_left = self.limits.total.is_some_and(|total| spent + self.limits.wait >= total);
        if no_attempt_left || no_time_left {
            return Err(gave_up(error, self.failed, spent));
        }
        Ok(self.limits.wait)
    }
}

/// The last error, as the cause of giving up; kind and code stay the last error's.
fn gave_up(last: Error, attempts: u32, spent: Duration) -> Error {
    if attempts < 2 {
        return last;
    }
    let what = format!("gave up after {attempts} attempts in {:.1} s", spent.as_secs_f64());
    let error = match last.code() {
        Some(code) => Error::from_code(code),
        None => Error::new(last.kind(), what.clone()),
    };
    error.explained(what).located_as(&last).with_source(last)
}

/// The wait before attempt `attempt` (0 for the first retry): doubling from `first` up to `most`, give or take
/// a fifth. `random` is uniform in 0..1.
pub(crate) fn backoff(first: Duration, most: Duration, attempt: u32, random: f64) -> Duration {
    let doubled = first.saturating_mul(1_u32.checked_shl(attempt.min(20)).unwrap_or(u32::MAX));
    doubled.min(most.max(first)).mul_f64(0.8 + 0.4 * random)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::ErrorKind;
    use kafka_proto::ErrorCode;

    fn attempts(most: u32) -> RetryLimits {
        RetryLimits { attempts: Some(most), total: None, wait: Duration::from_millis(500) }
    }

    fn moved() -> Error {
        Error::from_code(ErrorCode::NOT_LEADER_OR_FOLLOWER).at("t", 0)
    }

    #[test]
    fn a_limit_counts_attempts_in_all() {
        let now = Instant::now();
        let mut retry = Retry::new(attempts(2), now);
        assert!(retry.after(moved(), now).is_ok());
        let error = retry.after(moved(), now).unwrap_err();
        assert_eq!(error.code(), Some(ErrorCode::NOT_LEADER_OR_FOLLOWER));
        assert!(error.to_string().contains("gave up after 2 attempts"), "{error}");
        assert_eq!(error.topic(), Some("t"));
    }

    #[test]
    fn time_ends_retrying_when_no_limit_does() {
        let start = Instant::now();
        let limits = RetryLimits {
            attempts: None,
            total: Some(Duration::from_secs(2)),
            wait: Duration::from_millis(500),
        };
        let mut retry = Retry::new(limits, start);
        let mut now = start;
        let mut attempts = 0;
        while let Ok(wait) = retry.after(moved(), now) {
            now += wait;
            attempts += 1;
        }
        assert_eq!(attempts, 3, "0, 0.5, 1.0; another at 1.5 would end at the limit");
    }

    #[test]
    fn an_error_that_no_retry_mends_ends_at_once_as_it_is() {
        let mut retry = Retry::new(attempts(10), Instant::now());
        let denied = Error::from_code(ErrorCode::TOPIC_AUTHORIZATION_FAILED);
        let error = retry.after(denied, Instant::now()).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Authorization);
    }

    #[test]
    fn backoff_doubles_up_to_its_most() {
        let (first, most) = (Duration::from_millis(100), Duration::from_secs(1));
        let steps: Vec<_> = (0..6).map(|n| backoff(first, most, n, 0.5).as_millis()).collect();
        assert_eq!(steps, [100, 200, 400, 800, 1000, 1000]);
        assert_eq!(backoff(first, most, 40, 0.0).as_millis(), 800);
    }
}
