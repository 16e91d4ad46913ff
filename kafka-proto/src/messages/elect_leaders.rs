//! ElectLeaders.

use crate::wire::{Message, StrBytes, UnknownTaggedFields};

/// ElectLeadersRequest.
#[derive(Clone, Debug, PartialEq, Message)]
#[message(request, key = 43, versions = "0-2", flexible = "2+")]
pub struct ElectLeadersRequest {
    /// The election type.
    #[field(versions = "1+")]
    pub election_type: i8,
    /// The topic partitions.
    #[field(versions = "0+", nullable = "0+")]
    pub topic_partitions: Option<Vec<ElectLeadersRequestTopicPartitions>>,
    /// The timeout ms.
    #[field(versions = "0+", default = 60_000)]
    pub timeout_ms: i32,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// The topic partitions.
#[derive(Clone, Debug, PartialEq, Message)]
pub struct ElectLeadersRequestTopicPartitions {
    /// The topic.
    #[field(versions = "0+")]
    pub topic: StrBytes,
    /// The partitions.
    #[field(versions = "0+")]
    pub partitions: Vec<i32>,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// ElectLeadersResponse.
#[derive(Clone, Debug, PartialEq, Message)]
#[message(response, key = 43, versions = "0-2", flexible = "2+")]
pub struct ElectLeadersResponse {
    /// The throttle time ms.
    #[field(versions = "0+")]
    pub throttle_time_ms: i32,
    /// The error code.
    #[field(versions = "1+")]
    pub error_code: i16,
    /// The replica election results.
    #[field(versions = "0+")]
    pub replica_election_results: Vec<ReplicaElectionResult>,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// The replica election result.
#[derive(Clone, Debug, PartialEq, Message)]
pub struct ReplicaElectionResult {
    /// The topic.
    #[field(versions = "0+")]
    pub topic: StrBytes,
    /// The partition result.
    #[field(versions = "0+")]
    pub partition_result: Vec<PartitionResult>,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// The partition result.
#[derive(Clone, Debug, PartialEq, Message)]
pub struct PartitionResult {
    /// The partition id.
    #[field(versions = "0+")]
    pub partition_id: i32,
    /// The error code.
    #[field(versions = "0+")]
    pub error_code: i16,
    /// The error message.
    #[field(versions = "0+", nullable = "0+")]
    pub error_message: Option<StrBytes>,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}
