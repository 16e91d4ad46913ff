//! What a broker's answer about one batch means for it. Pure.

use kafka_proto::ErrorCode;

use crate::api::Error;

/// What became of a batch that was sent.
#[derive(Clone, Debug)]
pub(super) enum Verdict {
    /// It is in the log; a duplicate is, too, though the broker no longer says where.
    Written { base: Option<i64>, timestamp: Option<i64> },
    /// It was not accepted, and another attempt may be.
    Retry {
        error: Error,
        /// It may be in the log all the same.
        uncertain: bool,
        /// Where to send it is known: without waiting.
        at_once: bool,
    },
    /// The broker waits for another number than the batch's: not written.
    OutOfOrder(Error),
    /// The broker does not know this producer id, or not any more: not written by this attempt.
    Fenced(Error),
    /// It is larger than the broker takes: not written.
    TooLarge(Error),
    /// No further attempt can help.
    Failed(Error),
}

impl Verdict {
    /// Why the attempt failed.
    pub(super) fn error(&self) -> Option<&Error> {
        match self {
            Self::Written { .. } => None,
            Self::Retry { error, .. }
            | Self::OutOfOrder(error)
            | Self::Fenced(error)
            | Self::TooLarge(error)
            | Self::Failed(error) => Some(error),
        }
    }

    /// The meaning of a code that is not success.
    pub(super) fn of(code: ErrorCode, error: Error) -> Self {
        match code {
            ErrorCode::DUPLICATE_SEQUENCE_NUMBER => Self::Written { base: None, timestamp: None },
            ErrorCode::OUT_OF_ORDER_SEQUENCE_NUMBER => Self::OutOfOrder(error),
            ErrorCode::UNKNOWN_PRODUCER_ID
            | ErrorCode::INVALID_PRODUCER_EPOCH
            | ErrorCode::PRODUCER_FENCED
            | ErrorCode::INVALID_PRODUCER_ID_MAPPING => Self::Fenced(error),
            ErrorCode::MESSAGE_TOO_LARGE | ErrorCode::RECORD_LIST_TOO_LARGE => Self::TooLarge(error),
            code if code.is_retriable() => {
                Self::Retry { error, uncertain: !is_refusal(code), at_once: false }
            }
            ErrorCode::UNKNOWN_SERVER_ERROR => Self::Failed(error.maybe_written()),
            _ => Self::Failed(error),
        }
    }
}

/// Retriable codes after which nothing of the attempt is in the log: a broker gives them before it appends anything, or
/// for a topic that was deleted with all that was in it. Others, `NOT_LEADER_OR_FOLLOWER` among them, also come to
/// batches that were appended and then waited for their replicas.
fn is_refusal(code: ErrorCode) -> bool {
    matches!(
        code,
        ErrorCode::CORRUPT_MESSAGE
            | ErrorCode::NOT_ENOUGH_REPLICAS
            | ErrorCode::UNKNOWN_TOPIC_OR_PARTITION
            | ErrorCode::UNKNOWN_TOPIC_ID
            | ErrorCode::INCONSISTENT_TOPIC_ID
            | ErrorCode::THROTTLING_QUOTA_EXCEEDED
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn verdict(code: ErrorCode) -> Verdict {
        Verdict::of(code, Error::from_code(code))
    }

    #[test]
    fn a_duplicate_is_a_success_without_an_offset() {
        assert!(matches!(verdict(ErrorCode::DUPLICATE_SEQUENCE_NUMBER), Verdict::Written { base: None, .. }));
    }

    #[test]
    fn a_lost_leader_or_late_replicas_leave_it_open_whether_the_batch_was_written() {
        for code in [
            ErrorCode::NOT_LEADER_OR_FOLLOWER,
            ErrorCode::NOT_ENOUGH_REPLICAS_AFTER_APPEND,
            ErrorCode::REQUEST_TIMED_OUT,
        ] {
            assert!(matches!(verdict(code), Verdict::Retry { uncertain: true, .. }), "{code}");
        }
        assert!(matches!(verdict(ErrorCode::NOT_ENOUGH_REPLICAS), Verdict::Retry { uncertain: false, .. }));
    }

    #[test]
    fn a_denied_topic_fails_without_another_attempt_and_certainly_unwritten() {
        let Verdict::Failed(error) = verdict(ErrorCode::TOPIC_AUTHORIZATION_FAILED) else {
            unreachable!("denied")
        };
        assert!(!error.may_be_written());
    }

    #[test]
    fn an_unknown_server_error_may_have_written() {
        let Verdict::Failed(error) = verdict(ErrorCode::UNKNOWN_SERVER_ERROR) else {
            unreachable!("unknown")
        };
        assert!(error.may_be_written());
    }
}
