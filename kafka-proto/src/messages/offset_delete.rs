//! `OffsetDelete`: forget the committed offsets of a group.

use crate::wire::{Message, StrBytes};

/// Deletes committed offsets.
#[derive(Clone, Debug, PartialEq, Message)]
#[message(request, key = 47, versions = "0")]
pub struct OffsetDeleteRequest {
    /// The group.
    #[field(versions = "0+")]
    pub group_id: StrBytes,
    /// The topics.
    #[field(versions = "0+")]
    pub topics: Vec<OffsetDeleteRequestTopic>,
}

/// The partitions of a topic.
#[derive(Clone, Debug, PartialEq, Message)]
pub struct OffsetDeleteRequestTopic {
    /// The name of the topic.
    #[field(versions = "0+")]
    pub name: StrBytes,
    /// The partitions.
    #[field(versions = "0+")]
    pub partitions: Vec<OffsetDeleteRequestPartition>,
}

/// A partition.
#[derive(Clone, Debug, PartialEq, Message)]
pub struct OffsetDeleteRequestPartition {
    /// The number of the partition.
    #[field(versions = "0+")]
    pub partition_index: i32,
}

/// Whether each offset was deleted.
#[derive(Clone, Debug, PartialEq, Message)]
#[message(response, key = 47, versions = "0")]
pub struct OffsetDeleteResponse {
    /// What went wrong, or 0.
    #[field(versions = "0+")]
    pub error_code: i16,
    /// How long the client was, or is to be, held back for exceeding a quota, in milliseconds.
    #[field(versions = "0+", ignorable)]
    pub throttle_time_ms: i32,
    /// The topics.
    #[field(versions = "0+")]
    pub topics: Vec<OffsetDeleteResponseTopic>,
}

/// What became of the offsets of a topic.
#[derive(Clone, Debug, PartialEq, Message)]
pub struct OffsetDeleteResponseTopic {
    /// The name of the topic.
    #[field(versions = "0+")]
    pub name: StrBytes,
    /// The partitions.
    #[field(versions = "0+")]
    pub partitions: Vec<OffsetDeleteResponsePartition>,
}

/// What became of the offset of a partition.
#[derive(Clone, Debug, PartialEq, Message)]
pub struct OffsetDeleteResponsePartition {
    /// The number of the partition.
    #[field(versions = "0+")]
    pub partition_index: i32,
    /// What went wrong, or 0.
    #[field(versions = "0+")]
    pub error_code: i16,
}
