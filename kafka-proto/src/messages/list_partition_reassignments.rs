//! `ListPartitionReassignments`: which replicas are being moved.

use crate::wire::{Message, StrBytes, UnknownTaggedFields};

/// Asks for the moves under way.
#[derive(Clone, Debug, PartialEq, Message)]
#[message(request, key = 46, versions = "0", flexible = "0+")]
pub struct ListPartitionReassignmentsRequest {
    /// How long the broker may take, in milliseconds.
    #[field(versions = "0+", default = 60_000)]
    pub timeout_ms: i32,
    /// The topics, or null for all.
    #[field(versions = "0+", nullable = "0+", default = null)]
    pub topics: Option<Vec<ListPartitionReassignmentsTopics>>,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// A topic asked for.
#[derive(Clone, Debug, PartialEq, Message)]
pub struct ListPartitionReassignmentsTopics {
    /// The name of the topic.
    #[field(versions = "0+")]
    pub name: StrBytes,
    /// The numbers of the partitions.
    #[field(versions = "0+")]
    pub partition_indexes: Vec<i32>,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// The moves under way.
#[derive(Clone, Debug, PartialEq, Message)]
#[message(response, key = 46, versions = "0", flexible = "0+")]
pub struct ListPartitionReassignmentsResponse {
    /// How long the client was, or is to be, held back for exceeding a quota, in milliseconds.
    #[field(versions = "0+")]
    pub throttle_time_ms: i32,
    /// What went wrong, or 0.
    #[field(versions = "0+")]
    pub error_code: i16,
    /// What went wrong in words, or null.
    #[field(versions = "0+", nullable = "0+")]
    pub error_message: Option<StrBytes>,
    /// The topics.
    #[field(versions = "0+")]
    pub topics: Vec<OngoingTopicReassignment>,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// The moves of a topic.
#[derive(Clone, Debug, PartialEq, Message)]
pub struct OngoingTopicReassignment {
    /// The name of the topic.
    #[field(versions = "0+")]
    pub name: StrBytes,
    /// The partitions.
    #[field(versions = "0+")]
    pub partitions: Vec<OngoingPartitionReassignment>,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// The move of a partition.
#[derive(Clone, Debug, PartialEq, Message)]
pub struct OngoingPartitionReassignment {
    /// The number of the partition.
    #[field(versions = "0+")]
    pub partition_index: i32,
    /// The brokers that have a replica.
    #[field(versions = "0+")]
    pub replicas: Vec<i32>,
    /// The brokers that get a replica.
    #[field(versions = "0+")]
    pub adding_replicas: Vec<i32>,
    /// The brokers that lose their replica.
    #[field(versions = "0+")]
    pub removing_replicas: Vec<i32>,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}
