//! OffsetForLeaderEpoch.

use crate::wire::{Message, StrBytes, UnknownTaggedFields};

/// OffsetForLeaderEpochRequest.
#[derive(Clone, Debug, PartialEq, Message)]
#[message(request, key = 23, versions = "0-4", flexible = "4+")]
pub struct OffsetForLeaderEpochRequest {
    /// The replica id.
    #[field(versions = "3+", default = -2, ignorable)]
    pub replica_id: i32,
    /// The topics.
    #[field(versions = "0+")]
    pub topics: Vec<OffsetForLeaderTopic>,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// The offset for leader topic.
#[derive(Clone, Debug, PartialEq, Message)]
pub struct OffsetForLeaderTopic {
    /// The topic.
    #[field(versions = "0+")]
    pub topic: StrBytes,
    /// The partitions.
    #[field(versions = "0+")]
    pub partitions: Vec<OffsetForLeaderPartition>,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// The offset for leader partition.
#[derive(Clone, Debug, PartialEq, Message)]
pub struct OffsetForLeaderPartition {
    /// The partition.
    #[field(versions = "0+")]
    pub partition: i32,
    /// The current leader epoch.
    #[field(versions = "2+", default = -1, ignorable)]
    pub current_leader_epoch: i32,
    /// The leader epoch.
    #[field(versions = "0+")]
    pub leader_epoch: i32,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// OffsetForLeaderEpochResponse.
#[derive(Clone, Debug, PartialEq, Message)]
#[message(response, key = 23, versions = "0-4", flexible = "4+")]
pub struct OffsetForLeaderEpochResponse {
    /// The throttle time ms.
    #[field(versions = "2+", ignorable)]
    pub throttle_time_ms: i32,
    /// The topics.
    #[field(versions = "0+")]
    pub topics: Vec<OffsetForLeaderTopicResult>,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// The offset for leader topic result.
#[derive(Clone, Debug, PartialEq, Message)]
pub struct OffsetForLeaderTopicResult {
    /// The topic.
    #[field(versions = "0+")]
    pub topic: StrBytes,
    /// The partitions.
    #[field(versions = "0+")]
    pub partitions: Vec<OffsetForLeaderEpochResponseEpochEndOffset>,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// The epoch end offset.
#[derive(Clone, Debug, PartialEq, Message)]
pub struct OffsetForLeaderEpochResponseEpochEndOffset {
    /// The error code.
    #[field(versions = "0+")]
    pub error_code: i16,
    /// The partition.
    #[field(versions = "0+")]
    pub partition: i32,
    /// The leader epoch.
    #[field(versions = "1+", default = -1, ignorable)]
    pub leader_epoch: i32,
    /// The end offset.
    #[field(versions = "0+", default = -1)]
    pub end_offset: i64,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}
