//! `DescribeShareGroupOffsets`: how far share groups have come.
//!
//! Version 1 gives the lag.

use crate::wire::{Message, StrBytes, UnknownTaggedFields, Uuid};

/// Asks for the offsets of share groups.
#[derive(Clone, Debug, PartialEq, Message)]
#[message(request, key = 90, versions = "0-1", flexible = "0+")]
pub struct DescribeShareGroupOffsetsRequest {
    /// The groups.
    #[field(versions = "0+")]
    pub groups: Vec<DescribeShareGroupOffsetsRequestGroup>,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// A group asked for.
#[derive(Clone, Debug, PartialEq, Message)]
pub struct DescribeShareGroupOffsetsRequestGroup {
    /// The group.
    #[field(versions = "0+")]
    pub group_id: StrBytes,
    /// The topics, or null for all that have offsets.
    #[field(versions = "0+", nullable = "0+")]
    pub topics: Option<Vec<DescribeShareGroupOffsetsRequestTopic>>,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// A topic asked for.
#[derive(Clone, Debug, PartialEq, Message)]
pub struct DescribeShareGroupOffsetsRequestTopic {
    /// The name of the topic.
    #[field(versions = "0+")]
    pub topic_name: StrBytes,
    /// The partitions.
    #[field(versions = "0+")]
    pub partitions: Vec<i32>,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// The offsets.
#[derive(Clone, Debug, PartialEq, Message)]
#[message(response, key = 90, versions = "0-1", flexible = "0+")]
pub struct DescribeShareGroupOffsetsResponse {
    /// How long the client was, or is to be, held back for exceeding a quota, in milliseconds.
    #[field(versions = "0+")]
    pub throttle_time_ms: i32,
    /// The groups.
    #[field(versions = "0+")]
    pub groups: Vec<DescribeShareGroupOffsetsResponseGroup>,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// The offsets of a group.
#[derive(Clone, Debug, PartialEq, Message)]
pub struct DescribeShareGroupOffsetsResponseGroup {
    /// The group.
    #[field(versions = "0+")]
    pub group_id: StrBytes,
    /// The topics.
    #[field(versions = "0+")]
    pub topics: Vec<DescribeShareGroupOffsetsResponseTopic>,
    /// What went wrong, or 0.
    #[field(versions = "0+")]
    pub error_code: i16,
    /// What went wrong in words, or null.
    #[field(versions = "0+", nullable = "0+", default = null)]
    pub error_message: Option<StrBytes>,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// The offsets of a topic.
#[derive(Clone, Debug, PartialEq, Message)]
pub struct DescribeShareGroupOffsetsResponseTopic {
    /// The name of the topic.
    #[field(versions = "0+")]
    pub topic_name: StrBytes,
    /// The id of the topic.
    #[field(versions = "0+")]
    pub topic_id: Uuid,
    /// The partitions.
    #[field(versions = "0+")]
    pub partitions: Vec<DescribeShareGroupOffsetsResponsePartition>,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// The offset of a partition.
#[derive(Clone, Debug, PartialEq, Message)]
pub struct DescribeShareGroupOffsetsResponsePartition {
    /// The number of the partition.
    #[field(versions = "0+")]
    pub partition_index: i32,
    /// The first offset that is not yet acknowledged, or -1.
    #[field(versions = "0+")]
    pub start_offset: i64,
    /// The leader epoch, or -1 if it is not known.
    #[field(versions = "0+")]
    pub leader_epoch: i32,
    /// How many records remain, or -1.
    #[field(versions = "1+", default = -1, ignorable)]
    pub lag: i64,
    /// What went wrong, or 0.
    #[field(versions = "0+")]
    pub error_code: i16,
    /// What went wrong in words, or null.
    #[field(versions = "0+", nullable = "0+", default = null)]
    pub error_message: Option<StrBytes>,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}
