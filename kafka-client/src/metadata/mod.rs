//! The cluster as this client sees it: an immutable snapshot, swapped atomically, and the task that keeps it
//! fresh; connections for coordination; the way to a partition's leader.

mod cluster;
mod lanes;
mod plan;
mod refresh;
mod snapshot;
mod view;

pub(crate) use cluster::{Cluster, Leader};
pub(crate) use snapshot::{Snapshot, Topic};
pub use view::{ClusterMetadata, NodeMetadata, PartitionMetadata, TopicMetadata};
