//! What every other module, every mock and every application shares: traits, messages, records and
//! errors. Nothing here imports from the rest of the crate.

mod batch;
mod batch_life;
mod delivery;
mod environment;
mod error;
mod fetch_observer;
mod message;
mod partitioner;
mod record;
mod send_all;
mod topic;
mod traits;

pub(crate) use batch::Part;
#[cfg(test)]
pub(crate) use batch::Taken;
pub use batch::{MessageBatch, RecordRef};
pub use batch_life::{BatchLife, Exchange, ProduceAnswer, ProducerInterceptor};
pub(crate) use delivery::{Completion, DecodeRecord, Done, Dones, Outcome};
pub use delivery::{Delivery, DeliverySender, Enqueue, Sending};
pub use environment::{Environment, Transport};
pub use error::{Blame, Error, ErrorKind, Result};
pub use fetch_observer::{FetchExchange, FetchObserver};
pub use message::{Header, Headers, Message};
pub use partitioner::{Partitioner, TopicPartitions};
pub(crate) use partitioner::{StickyChoice, ask_partitioner};
pub use record::{OwnedRecord, Receipt, Record};
pub use topic::{TopicName, TopicPartition};
pub use traits::{
    BatchConsumer, CommittedOffset, Consumer, DistributingProducer, OffsetCoordinator, Producer,
};
