//! `CreatePartitions`: give topics more partitions.
//!
//! Version 2 is flexible.

use crate::wire::{Message, StrBytes, UnknownTaggedFields};

/// Adds partitions to topics.
#[derive(Clone, Debug, PartialEq, Message)]
#[message(request, key = 37, versions = "0-3", flexible = "2+")]
pub struct CreatePartitionsRequest {
    /// The topics.
    #[field(versions = "0+")]
    pub topics: Vec<CreatePartitionsTopic>,
    /// How long the broker may take, in milliseconds.
    #[field(versions = "0+")]
    pub timeout_ms: i32,
    /// Whether to check only, and change nothing.
    #[field(versions = "0+")]
    pub validate_only: bool,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// A topic, and how many partitions it shall have.
#[derive(Clone, Debug, PartialEq, Message)]
pub struct CreatePartitionsTopic {
    /// The name of the topic.
    #[field(versions = "0+")]
    pub name: StrBytes,
    /// How many partitions the topic shall have.
    #[field(versions = "0+")]
    pub count: i32,
    /// The replicas of each new partition, or null to let the cluster choose.
    #[field(versions = "0+", nullable = "0+")]
    pub assignments: Option<Vec<CreatePartitionsAssignment>>,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// The replicas of a new partition.
#[derive(Clone, Debug, PartialEq, Message)]
pub struct CreatePartitionsAssignment {
    /// The brokers, the preferred leader first.
    #[field(versions = "0+")]
    pub broker_ids: Vec<i32>,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// What became of each topic.
#[derive(Clone, Debug, PartialEq, Message)]
#[message(response, key = 37, versions = "0-3", flexible = "2+")]
pub struct CreatePartitionsResponse {
    /// How long the client was, or is to be, held back for exceeding a quota, in milliseconds.
    #[field(versions = "0+")]
    pub throttle_time_ms: i32,
    /// The results.
    #[field(versions = "0+")]
    pub results: Vec<CreatePartitionsTopicResult>,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// What became of a topic.
#[derive(Clone, Debug, PartialEq, Message)]
pub struct CreatePartitionsTopicResult {
    /// The name of the topic.
    #[field(versions = "0+")]
    pub name: StrBytes,
    /// What went wrong, or 0.
    #[field(versions = "0+")]
    pub error_code: i16,
    /// What went wrong in words, or null.
    #[field(versions = "0+", nullable = "0+", default = null)]
    pub error_message: Option<StrBytes>,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}
