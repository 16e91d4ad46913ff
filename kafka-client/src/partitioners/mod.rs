//! Ways to choose a record's partition, for [`ProducerConf::partitioner`](crate::ProducerConf::partitioner).

mod hash;
mod keyed;
mod spread;

pub use hash::{KeyHash, partition_of_key};
pub use keyed::{DefaultPartitioner, HashPartitioner, Keyless};
pub use spread::{ExplicitPartitioner, RandomPartitioner, RoundRobinPartitioner, StickyPartitioner};
