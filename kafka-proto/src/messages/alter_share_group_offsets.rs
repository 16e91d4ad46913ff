//! `AlterShareGroupOffsets`: move a share group to other offsets.

use crate::wire::{Message, StrBytes, UnknownTaggedFields, Uuid};

/// Moves a share group.
#[derive(Clone, Debug, PartialEq, Message)]
#[message(request, key = 91, versions = "0", flexible = "0+")]
pub struct AlterShareGroupOffsetsRequest {
    /// The group.
    #[field(versions = "0+")]
    pub group_id: StrBytes,
    /// The topics.
    #[field(versions = "0+")]
    pub topics: Vec<AlterShareGroupOffsetsRequestTopic>,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// The partitions of a topic.
#[derive(Clone, Debug, PartialEq, Message)]
pub struct AlterShareGroupOffsetsRequestTopic {
    /// The name of the topic.
    #[field(versions = "0+")]
    pub topic_name: StrBytes,
    /// The partitions.
    #[field(versions = "0+")]
    pub partitions: Vec<AlterShareGroupOffsetsRequestPartition>,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// A partition, and where to move to.
#[derive(Clone, Debug, PartialEq, Message)]
pub struct AlterShareGroupOffsetsRequestPartition {
    /// The number of the partition.
    #[field(versions = "0+")]
    pub partition_index: i32,
    /// The first offset to hand out.
    #[field(versions = "0+")]
    pub start_offset: i64,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// Whether each partition was moved.
#[derive(Clone, Debug, PartialEq, Message)]
#[message(response, key = 91, versions = "0", flexible = "0+")]
pub struct AlterShareGroupOffsetsResponse {
    /// How long the client was, or is to be, held back for exceeding a quota, in milliseconds.
    #[field(versions = "0+")]
    pub throttle_time_ms: i32,
    /// What went wrong, or 0.
    #[field(versions = "0+")]
    pub error_code: i16,
    /// What went wrong in words, or null.
    #[field(versions = "0+", nullable = "0+", default = null)]
    pub error_message: Option<StrBytes>,
    /// The results.
    #[field(versions = "0+")]
    pub responses: Vec<AlterShareGroupOffsetsResponseTopic>,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// What became of the partitions of a topic.
#[derive(Clone, Debug, PartialEq, Message)]
pub struct AlterShareGroupOffsetsResponseTopic {
    /// The name of the topic.
    #[field(versions = "0+")]
    pub topic_name: StrBytes,
    /// The id of the topic.
    #[field(versions = "0+")]
    pub topic_id: Uuid,
    /// The partitions.
    #[field(versions = "0+")]
    pub partitions: Vec<AlterShareGroupOffsetsResponsePartition>,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// What became of a partition.
#[derive(Clone, Debug, PartialEq, Message)]
pub struct AlterShareGroupOffsetsResponsePartition {
    /// The number of the partition.
    #[field(versions = "0+")]
    pub partition_index: i32,
    /// What went wrong, or 0.
    #[field(versions = "0+")]
    pub error_code: i16,
    /// What went wrong in words, or null.
    #[field(versions = "0+", nullable = "0+", default = null)]
    pub error_message: Option<StrBytes>,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}
