//! OffsetFetch.

use crate::wire::{Message, StrBytes, UnknownTaggedFields, Uuid};

/// OffsetFetchRequest.
#[derive(Clone, Debug, PartialEq, Message)]
#[message(request, key = 9, versions = "0-10", flexible = "6+")]
pub struct OffsetFetchRequest {
    /// The group id.
    #[field(versions = "0-7")]
    pub group_id: StrBytes,
    /// The topics.
    #[field(versions = "0-7", nullable = "2-7")]
    pub topics: Option<Vec<OffsetFetchRequestTopic>>,
    /// The groups.
    #[field(versions = "8+")]
    pub groups: Vec<OffsetFetchRequestGroup>,
    /// The require stable.
    #[field(versions = "7+")]
    pub require_stable: bool,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// The offset fetch request topic.
#[derive(Clone, Debug, PartialEq, Message)]
pub struct OffsetFetchRequestTopic {
    /// The name.
    #[field(versions = "0-7")]
    pub name: StrBytes,
    /// The partition indexes.
    #[field(versions = "0-7")]
    pub partition_indexes: Vec<i32>,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// The offset fetch request group.
#[derive(Clone, Debug, PartialEq, Message)]
pub struct OffsetFetchRequestGroup {
    /// The group id.
    #[field(versions = "8+")]
    pub group_id: StrBytes,
    /// The member id.
    #[field(versions = "9+", nullable = "9+", default = null, ignorable)]
    pub member_id: Option<StrBytes>,
    /// The member epoch.
    #[field(versions = "9+", default = -1, ignorable)]
    pub member_epoch: i32,
    /// The topics.
    #[field(versions = "8+", nullable = "8+")]
    pub topics: Option<Vec<OffsetFetchRequestTopics>>,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// The offset fetch request topics.
#[derive(Clone, Debug, PartialEq, Message)]
pub struct OffsetFetchRequestTopics {
    /// The name.
    #[field(versions = "8-9", ignorable)]
    pub name: StrBytes,
    /// The topic id.
    #[field(versions = "10+", ignorable)]
    pub topic_id: Uuid,
    /// The partition indexes.
    #[field(versions = "8+")]
    pub partition_indexes: Vec<i32>,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// OffsetFetchResponse.
#[derive(Clone, Debug, PartialEq, Message)]
#[message(response, key = 9, versions = "0-10", flexible = "6+")]
pub struct OffsetFetchResponse {
    /// The throttle time ms.
    #[field(versions = "3+", ignorable)]
    pub throttle_time_ms: i32,
    /// The topics.
    #[field(versions = "0-7")]
    pub topics: Vec<OffsetFetchResponseTopic>,
    /// The error code.
    #[field(versions = "2-7", ignorable)]
    pub error_code: i16,
    /// The groups.
    #[field(versions = "8+")]
    pub groups: Vec<OffsetFetchResponseGroup>,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// The offset fetch response topic.
#[derive(Clone, Debug, PartialEq, Message)]
pub struct OffsetFetchResponseTopic {
    /// The name.
    #[field(versions = "0-7")]
    pub name: StrBytes,
    /// The partitions.
    #[field(versions = "0-7")]
    pub partitions: Vec<OffsetFetchResponsePartition>,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// The offset fetch response partition.
#[derive(Clone, Debug, PartialEq, Message)]
pub struct OffsetFetchResponsePartition {
    /// The partition index.
    #[field(versions = "0-7")]
    pub partition_index: i32,
    /// The committed offset.
    #[field(versions = "0-7")]
    pub committed_offset: i64,
    /// The committed leader epoch.
    #[field(versions = "5-7", default = -1, ignorable)]
    pub committed_leader_epoch: i32,
    /// The metadata.
    #[field(versions = "0-7", nullable = "0-7")]
    pub metadata: Option<StrBytes>,
    /// The error code.
    #[field(versions = "0-7")]
    pub error_code: i16,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// The offset fetch response group.
#[derive(Clone, Debug, PartialEq, Message)]
pub struct OffsetFetchResponseGroup {
    /// The group id.
    #[field(versions = "8+")]
    pub group_id: StrBytes,
    /// The topics.
    #[field(versions = "8+")]
    pub topics: Vec<OffsetFetchResponseTopics>,
    /// The error code.
    #[field(versions = "8+")]
    pub error_code: i16,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// The offset fetch response topics.
#[derive(Clone, Debug, PartialEq, Message)]
pub struct OffsetFetchResponseTopics {
    /// The name.
    #[field(versions = "8-9", ignorable)]
    pub name: StrBytes,
    /// The topic id.
    #[field(versions = "10+", ignorable)]
    pub topic_id: Uuid,
    /// The partitions.
    #[field(versions = "8+")]
    pub partitions: Vec<OffsetFetchResponsePartitions>,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// The offset fetch response partitions.
#[derive(Clone, Debug, PartialEq, Message)]
pub struct OffsetFetchResponsePartitions {
    /// The partition index.
    #[field(versions = "8+")]
    pub partition_index: i32,
    /// The committed offset.
    #[field(versions = "8+")]
    pub committed_offset: i64,
    /// The committed leader epoch.
    #[field(versions = "8+", default = -1, ignorable)]
    pub committed_leader_epoch: i32,
    /// The metadata.
    #[field(versions = "8+", nullable = "8+")]
    pub metadata: Option<StrBytes>,
    /// The error code.
    #[field(versions = "8+")]
    pub error_code: i16,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}
