use std::fmt;
use std::time::Duration;

use super::error::Error;
use super::topic::TopicName;

/// One fetch of one partition: what was asked for, and what came.
///
/// Times are those of the whole request, which fetches other partitions too.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct FetchExchange {
    /// The topic.
    pub topic: TopicName,
    /// The partition.
    pub partition: i32,
    /// The node that was asked.
    pub node: i32,
    /// When the request was sent: milliseconds since 1970.
    pub began: i64,
    /// How long the answer took; a broker waits up to `request_timeout` for something to send.
    pub took: Duration,
    /// For how long the broker wants to be left alone because a quota is exceeded.
    pub throttle: Duration,
    /// The offset that was asked for.
    pub initial_offset: i64,
    /// The offset to go on from: after the last message that came, or the initial one.
    pub final_offset: i64,
    /// How many bytes came, as they were on the wire.
    pub bytes: usize,
    /// The offset of the next message to be written, as the answer has it; -1 if it does not say.
    pub high_watermark: i64,
    /// What went wrong; the consumer goes on by itself where a retry mends it.
    pub error: Option<Error>,
}

impl FetchExchange {
    /// An exchange with nothing in it but its place, for those who test an observer.
    pub fn new(topic: impl Into<TopicName>, partition: i32) -> Self {
        Self {
            topic: topic.into(),
            partition,
            node: -1,
            began: -1,
            took: Duration::ZERO,
            throttle: Duration::ZERO,
            initial_offset: -1,
            final_offset: -1,
            bytes: 0,
            high_watermark: -1,
            error: None,
        }
    }
}

/// Is told of the fetches of a consumer's partitions: for progress, measurements, audits. Any closure of this form is
/// one.
///
/// It is called from the task that fetches, and holds it up for as long as it takes: it must not wait. A partition
/// for which a long poll brought nothing new is not mentioned.
///
/// When a node cannot be reached, or is lost, each partition that was fetched from it before is mentioned with the
/// error, for each attempt, and `began` is when it was last asked. Not mentioned is a request lost on the second
/// connection to a node, on which is asked for what must not wait behind a long poll: its partitions are asked for
/// again on the first.
///
/// ```
/// use kafka_client::{AssignedConsumerConf, FetchExchange};
/// use std::sync::Arc;
///
/// let mut conf = AssignedConsumerConf::new();
/// conf.observer = Some(Arc::new(|fetch: &FetchExchange| {
///     println!("{}-{}: {} to {}", fetch.topic, fetch.partition, fetch.initial_offset, fetch.final_offset);
/// }));
/// ```
pub trait FetchObserver: Send + Sync {
    /// A fetch has been answered, or has failed.
    fn fetched(&self, exchange: &FetchExchange);
}

impl<F: Fn(&FetchExchange) + Send + Sync> FetchObserver for F {
    fn fetched(&self, exchange: &FetchExchange) {
        self(exchange);
    }
}

impl fmt::Debug for dyn FetchObserver {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("FetchObserver")
    }
}
