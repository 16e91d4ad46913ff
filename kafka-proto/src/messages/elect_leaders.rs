//! `ElectLeaders`: let another replica lead.
//!
//! Version 1 brings unclean elections. Version 2 is flexible.

use crate::wire::{Message, StrBytes, UnknownTaggedFields};

/// Elects the leaders of partitions.
#[derive(Clone, Debug, PartialEq, Message)]
#[message(request, key = 43, versions = "0-2", flexible = "2+")]
pub struct ElectLeadersRequest {
    /// 0 to elect the preferred leader, 1 to elect any replica if none is in sync.
    #[field(versions = "1+")]
    pub election_type: i8,
    /// The partitions, by topic; null for all.
    #[field(versions = "0+", nullable = "0+")]
    pub topic_partitions: Option<Vec<ElectLeadersRequestTopicPartitions>>,
    /// How long the broker may take, in milliseconds.
    #[field(versions = "0+", default = 60_000)]
    pub timeout_ms: i32,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// Partitions of a topic.
#[derive(Clone, Debug, PartialEq, Message)]
pub struct ElectLeadersRequestTopicPartitions {
    /// The name of the topic.
    #[field(versions = "0+")]
    pub topic: StrBytes,
    /// The partitions.
    #[field(versions = "0+")]
    pub partitions: Vec<i32>,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// What became of each election.
#[derive(Clone, Debug, PartialEq, Message)]
#[message(response, key = 43, versions = "0-2", flexible = "2+")]
pub struct ElectLeadersResponse {
    /// How long the client was, or is to be, held back for exceeding a quota, in milliseconds.
    #[field(versions = "0+")]
    pub throttle_time_ms: i32,
    /// What went wrong, or 0.
    #[field(versions = "1+")]
    pub error_code: i16,
    /// The results, by topic.
    #[field(versions = "0+")]
    pub replica_election_results: Vec<ReplicaElectionResult>,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// The elections of a topic.
#[derive(Clone, Debug, PartialEq, Message)]
pub struct ReplicaElectionResult {
    /// The name of the topic.
    #[field(versions = "0+")]
    pub topic: StrBytes,
    /// The results, by partition.
    #[field(versions = "0+")]
    pub partition_result: Vec<ElectLeadersResponsePartitionResult>,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// The election of a partition.
#[derive(Clone, Debug, PartialEq, Message)]
pub struct ElectLeadersResponsePartitionResult {
    /// The number of the partition.
    #[field(versions = "0+")]
    pub partition_id: i32,
    /// What went wrong, or 0.
    #[field(versions = "0+")]
    pub error_code: i16,
    /// What went wrong in words, or null.
    #[field(versions = "0+", nullable = "0+")]
    pub error_message: Option<StrBytes>,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}
