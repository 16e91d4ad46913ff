//! Reading partitions: one fetch engine, several ways out.
//!
//! A [`PartitionConsumer`] is the reader of one partition. What it reads comes from the fetch loop of the partition's
//! leader ([`driver`]), which serves all readers with equal settings through one fetch session ([`session`]). Between
//! the two stands the partition's [`feed`], whose [`cursor`] decides what to fetch and what an error means. The loop
//! only looks at where record batches begin and end ([`answer`]); checking, decompressing and filtering them is the
//! reader's own work ([`unpack`]), done when their turn comes. [`fetchers`] brings a partition to its leader's loop, and
//! again to another when the leader moves or the connection breaks.
//!
//! Pure, and tested by steps: session, cursor, answer, unpack, aborted. The rest carries between them.

mod aborted;
mod answer;
mod assigned;
mod assignment;
mod budget;
mod chunk;
mod cursor;
mod driver;
mod epochs;
mod feed;
mod fetchers;
mod in_vain;
mod lane;
mod lookups;
mod member;
#[cfg(test)]
mod model;
mod offsets_query;
mod partition;
mod partition_stream;
mod reader;
mod ready;
mod requests;
mod session;
mod slots;
mod unpack;

pub use assigned::AssignedConsumer;
pub use assignment::Assignment;
pub(crate) use budget::Table;
pub(crate) use fetchers::Fetchers;
pub(crate) use offsets_query::{Listed, Which, list_offset, list_offsets};
pub use partition::PartitionConsumer;
pub use partition_stream::PartitionStream;
pub(crate) use ready::{Flag, Listener, ReadyList};
