//! OffsetCommit.

use crate::wire::{Message, StrBytes, UnknownTaggedFields, Uuid};

/// OffsetCommitRequest.
#[derive(Clone, Debug, PartialEq, Message)]
#[message(request, key = 8, versions = "0-10", flexible = "8+")]
pub struct OffsetCommitRequest {
    /// The group id.
    #[field(versions = "0+")]
    pub group_id: StrBytes,
    /// The generation id or member epoch.
    #[field(versions = "1+", default = -1, ignorable)]
    pub generation_id_or_member_epoch: i32,
    /// The member id.
    #[field(versions = "1+", ignorable)]
    pub member_id: StrBytes,
    /// The group instance id.
    #[field(versions = "7+", nullable = "7+", default = null)]
    pub group_instance_id: Option<StrBytes>,
    /// The retention time ms.
    #[field(versions = "2-4", default = -1, ignorable)]
    pub retention_time_ms: i64,
    /// The topics.
    #[field(versions = "0+")]
    pub topics: Vec<OffsetCommitRequestTopic>,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// The offset commit request topic.
#[derive(Clone, Debug, PartialEq, Message)]
pub struct OffsetCommitRequestTopic {
    /// The name.
    #[field(versions = "0-9", ignorable)]
    pub name: StrBytes,
    /// The topic id.
    #[field(versions = "10+", ignorable)]
    pub topic_id: Uuid,
    /// The partitions.
    #[field(versions = "0+")]
    pub partitions: Vec<OffsetCommitRequestPartition>,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// The offset commit request partition.
#[derive(Clone, Debug, PartialEq, Message)]
pub struct OffsetCommitRequestPartition {
    /// The partition index.
    #[field(versions = "0+")]
    pub partition_index: i32,
    /// The committed offset.
    #[field(versions = "0+")]
    pub committed_offset: i64,
    /// The committed leader epoch.
    #[field(versions = "6+", default = -1, ignorable)]
    pub committed_leader_epoch: i32,
    /// The commit timestamp.
    #[field(versions = "1", default = -1)]
    pub commit_timestamp: i64,
    /// The committed metadata.
    #[field(versions = "0+", nullable = "0+")]
    pub committed_metadata: Option<StrBytes>,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// OffsetCommitResponse.
#[derive(Clone, Debug, PartialEq, Message)]
#[message(response, key = 8, versions = "0-10", flexible = "8+")]
pub struct OffsetCommitResponse {
    /// The throttle time ms.
    #[field(versions = "3+", ignorable)]
    pub throttle_time_ms: i32,
    /// The topics.
    #[field(versions = "0+")]
    pub topics: Vec<OffsetCommitResponseTopic>,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// The offset commit response topic.
#[derive(Clone, Debug, PartialEq, Message)]
pub struct OffsetCommitResponseTopic {
    /// The name.
    #[field(versions = "0-9", ignorable)]
    pub name: StrBytes,
    /// The topic id.
    #[field(versions = "10+", ignorable)]
    pub topic_id: Uuid,
    /// The partitions.
    #[field(versions = "0+")]
    pub partitions: Vec<OffsetCommitResponsePartition>,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// The offset commit response partition.
#[derive(Clone, Debug, PartialEq, Message)]
pub struct OffsetCommitResponsePartition {
    /// The partition index.
    #[field(versions = "0+")]
    pub partition_index: i32,
    /// The error code.
    #[field(versions = "0+")]
    pub error_code: i16,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}
