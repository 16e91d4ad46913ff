//! ListPartitionReassignments.

use crate::wire::{Message, StrBytes, UnknownTaggedFields};

/// ListPartitionReassignmentsRequest.
#[derive(Clone, Debug, PartialEq, Message)]
#[message(request, key = 46, versions = "0", flexible = "0+")]
pub struct ListPartitionReassignmentsRequest {
    /// The timeout ms.
    #[field(versions = "0+", default = 60_000)]
    pub timeout_ms: i32,
    /// The topics.
    #[field(versions = "0+", nullable = "0+", default = null)]
    pub topics: Option<Vec<ListPartitionReassignmentsTopics>>,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// The list partition reassignments topics.
#[derive(Clone, Debug, PartialEq, Message)]
pub struct ListPartitionReassignmentsTopics {
    /// The name.
    #[field(versions = "0+")]
    pub name: StrBytes,
    /// The partition indexes.
    #[field(versions = "0+")]
    pub partition_indexes: Vec<i32>,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// ListPartitionReassignmentsResponse.
#[derive(Clone, Debug, PartialEq, Message)]
#[message(response, key = 46, versions = "0", flexible = "0+")]
pub struct ListPartitionReassignmentsResponse {
    /// The throttle time ms.
    #[field(versions = "0+")]
    pub throttle_time_ms: i32,
    /// The error code.
    #[field(versions = "0+")]
    pub error_code: i16,
    /// The error message.
    #[field(versions = "0+", nullable = "0+")]
    pub error_message: Option<StrBytes>,
    /// The topics.
    #[field(versions = "0+")]
    pub topics: Vec<OngoingTopicReassignment>,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// The ongoing topic reassignment.
#[derive(Clone, Debug, PartialEq, Message)]
pub struct OngoingTopicReassignment {
    /// The name.
    #[field(versions = "0+")]
    pub name: StrBytes,
    /// The partitions.
    #[field(versions = "0+")]
    pub partitions: Vec<OngoingPartitionReassignment>,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// The ongoing partition reassignment.
#[derive(Clone, Debug, PartialEq, Message)]
pub struct OngoingPartitionReassignment {
    /// The partition index.
    #[field(versions = "0+")]
    pub partition_index: i32,
    /// The replicas.
    #[field(versions = "0+")]
    pub replicas: Vec<i32>,
    /// The adding replicas.
    #[field(versions = "0+")]
    pub adding_replicas: Vec<i32>,
    /// The removing replicas.
    #[field(versions = "0+")]
    pub removing_replicas: Vec<i32>,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}
