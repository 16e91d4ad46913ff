//! ListOffsets.

use crate::wire::{Message, StrBytes, UnknownTaggedFields};

/// ListOffsetsRequest.
#[derive(Clone, Debug, PartialEq, Message)]
#[message(request, key = 2, versions = "0-11", flexible = "6+")]
pub struct ListOffsetsRequest {
    /// The replica id.
    #[field(versions = "0+")]
    pub replica_id: i32,
    /// The isolation level.
    #[field(versions = "2+")]
    pub isolation_level: i8,
    /// The topics.
    #[field(versions = "0+")]
    pub topics: Vec<ListOffsetsTopic>,
    /// The timeout ms.
    #[field(versions = "10+", ignorable)]
    pub timeout_ms: i32,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// The list offsets topic.
#[derive(Clone, Debug, PartialEq, Message)]
pub struct ListOffsetsTopic {
    /// The name.
    #[field(versions = "0+")]
    pub name: StrBytes,
    /// The partitions.
    #[field(versions = "0+")]
    pub partitions: Vec<ListOffsetsPartition>,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// The list offsets partition.
#[derive(Clone, Debug, PartialEq, Message)]
pub struct ListOffsetsPartition {
    /// The partition index.
    #[field(versions = "0+")]
    pub partition_index: i32,
    /// The current leader epoch.
    #[field(versions = "4+", default = -1, ignorable)]
    pub current_leader_epoch: i32,
    /// The timestamp.
    #[field(versions = "0+")]
    pub timestamp: i64,
    /// The max num offsets.
    #[field(versions = "0", default = 1)]
    pub max_num_offsets: i32,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// ListOffsetsResponse.
#[derive(Clone, Debug, PartialEq, Message)]
#[message(response, key = 2, versions = "0-11", flexible = "6+")]
pub struct ListOffsetsResponse {
    /// The throttle time ms.
    #[field(versions = "2+", ignorable)]
    pub throttle_time_ms: i32,
    /// The topics.
    #[field(versions = "0+")]
    pub topics: Vec<ListOffsetsTopicResponse>,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// The list offsets topic response.
#[derive(Clone, Debug, PartialEq, Message)]
pub struct ListOffsetsTopicResponse {
    /// The name.
    #[field(versions = "0+")]
    pub name: StrBytes,
    /// The partitions.
    #[field(versions = "0+")]
    pub partitions: Vec<ListOffsetsPartitionResponse>,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// The list offsets partition response.
#[derive(Clone, Debug, PartialEq, Message)]
pub struct ListOffsetsPartitionResponse {
    /// The partition index.
    #[field(versions = "0+")]
    pub partition_index: i32,
    /// The error code.
    #[field(versions = "0+")]
    pub error_code: i16,
    /// The old style offsets.
    #[field(versions = "0")]
    pub old_style_offsets: Vec<i64>,
    /// The timestamp.
    #[field(versions = "1+", default = -1)]
    pub timestamp: i64,
    /// The offset.
    #[field(versions = "1+", default = -1)]
    pub offset: i64,
    /// The leader epoch.
    #[field(versions = "4+", default = -1)]
    pub leader_epoch: i32,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}
