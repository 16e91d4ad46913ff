//! `AlterPartitionReassignments`: move replicas to other brokers.

use crate::wire::{Message, StrBytes, UnknownTaggedFields};

/// Starts or cancels moves of replicas.
#[derive(Clone, Debug, PartialEq, Message)]
#[message(request, key = 45, versions = "0-1", flexible = "0+")]
pub struct AlterPartitionReassignmentsRequest {
    /// How long the broker may take, in milliseconds.
    #[field(versions = "0+", default = 60_000)]
    pub timeout_ms: i32,
    /// Whether the number of replicas may change.
    #[field(versions = "1+", default = true)]
    pub allow_replication_factor_change: bool,
    /// The topics.
    #[field(versions = "0+")]
    pub topics: Vec<ReassignableTopic>,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// The partitions of a topic.
#[derive(Clone, Debug, PartialEq, Message)]
pub struct ReassignableTopic {
    /// The name of the topic.
    #[field(versions = "0+")]
    pub name: StrBytes,
    /// The partitions.
    #[field(versions = "0+")]
    pub partitions: Vec<ReassignablePartition>,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// A partition, and the replicas that it shall have.
#[derive(Clone, Debug, PartialEq, Message)]
pub struct ReassignablePartition {
    /// The number of the partition.
    #[field(versions = "0+")]
    pub partition_index: i32,
    /// The brokers that shall have a replica, or null to cancel a move.
    #[field(versions = "0+", nullable = "0+", default = null)]
    pub replicas: Option<Vec<i32>>,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// Whether each move was started or cancelled.
#[derive(Clone, Debug, PartialEq, Message)]
#[message(response, key = 45, versions = "0-1", flexible = "0+")]
pub struct AlterPartitionReassignmentsResponse {
    /// How long the client was, or is to be, held back for exceeding a quota, in milliseconds.
    #[field(versions = "0+")]
    pub throttle_time_ms: i32,
    /// Whether the number of replicas may change.
    #[field(versions = "1+", default = true, ignorable)]
    pub allow_replication_factor_change: bool,
    /// What went wrong, or 0.
    #[field(versions = "0+")]
    pub error_code: i16,
    /// What went wrong in words, or null.
    #[field(versions = "0+", nullable = "0+")]
    pub error_message: Option<StrBytes>,
    /// The results.
    #[field(versions = "0+")]
    pub responses: Vec<ReassignableTopicResponse>,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// What became of the partitions of a topic.
#[derive(Clone, Debug, PartialEq, Message)]
pub struct ReassignableTopicResponse {
    /// The name of the topic.
    #[field(versions = "0+")]
    pub name: StrBytes,
    /// The partitions.
    #[field(versions = "0+")]
    pub partitions: Vec<ReassignablePartitionResponse>,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// What became of a partition.
#[derive(Clone, Debug, PartialEq, Message)]
pub struct ReassignablePartitionResponse {
    /// The number of the partition.
    #[field(versions = "0+")]
    pub partition_index: i32,
    /// What went wrong, or 0.
    #[field(versions = "0+")]
    pub error_code: i16,
    /// What went wrong in words, or null.
    #[field(versions = "0+", nullable = "0+")]
    pub error_message: Option<StrBytes>,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}
