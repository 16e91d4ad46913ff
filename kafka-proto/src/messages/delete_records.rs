//! `DeleteRecords`: forget the records before an offset.
//!
//! Version 2 is flexible.

use crate::wire::{Message, StrBytes, UnknownTaggedFields};

/// Deletes the records before an offset, for each partition.
#[derive(Clone, Debug, PartialEq, Message)]
#[message(request, key = 21, versions = "0-2", flexible = "2+")]
pub struct DeleteRecordsRequest {
    /// The topics.
    #[field(versions = "0+")]
    pub topics: Vec<DeleteRecordsTopic>,
    /// How long the broker may take, in milliseconds.
    #[field(versions = "0+")]
    pub timeout_ms: i32,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// The partitions of a topic.
#[derive(Clone, Debug, PartialEq, Message)]
pub struct DeleteRecordsTopic {
    /// The name of the topic.
    #[field(versions = "0+")]
    pub name: StrBytes,
    /// The partitions.
    #[field(versions = "0+")]
    pub partitions: Vec<DeleteRecordsPartition>,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// A partition, and how far to delete.
#[derive(Clone, Debug, PartialEq, Message)]
pub struct DeleteRecordsPartition {
    /// The number of the partition.
    #[field(versions = "0+")]
    pub partition_index: i32,
    /// The first offset to keep; -1 is the high watermark.
    #[field(versions = "0+")]
    pub offset: i64,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// The first offset that each partition still has.
#[derive(Clone, Debug, PartialEq, Message)]
#[message(response, key = 21, versions = "0-2", flexible = "2+")]
pub struct DeleteRecordsResponse {
    /// How long the client was, or is to be, held back for exceeding a quota, in milliseconds.
    #[field(versions = "0+")]
    pub throttle_time_ms: i32,
    /// The topics.
    #[field(versions = "0+")]
    pub topics: Vec<DeleteRecordsTopicResult>,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// What became of the partitions of a topic.
#[derive(Clone, Debug, PartialEq, Message)]
pub struct DeleteRecordsTopicResult {
    /// The name of the topic.
    #[field(versions = "0+")]
    pub name: StrBytes,
    /// The partitions.
    #[field(versions = "0+")]
    pub partitions: Vec<DeleteRecordsPartitionResult>,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// What became of a partition.
#[derive(Clone, Debug, PartialEq, Message)]
pub struct DeleteRecordsPartitionResult {
    /// The number of the partition.
    #[field(versions = "0+")]
    pub partition_index: i32,
    /// The first offset that the partition still has, or -1.
    #[field(versions = "0+")]
    pub low_watermark: i64,
    /// What went wrong, or 0.
    #[field(versions = "0+")]
    pub error_code: i16,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}
