//! What every other module, every mock and every application shares: traits, messages, records and
//! errors. Nothing here imports from the rest of the crate.

mod environment;
mod error;
mod message;
mod partitioner;
mod record;
mod topic;
mod traits;

pub use environment::{Environment, Transport};
pub use error::{Blame, Error, ErrorKind, Result};
pub use message::{Header, Headers, Message};
pub use partitioner::{Partitioner, TopicPartitions};
pub use record::{OwnedRecord, Receipt, Record};
pub use topic::TopicName;
pub use traits::{CommittedOffset, Consumer, DistributingProducer, OffsetCoordinator, Producer};
