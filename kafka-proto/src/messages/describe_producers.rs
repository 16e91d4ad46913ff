//! `DescribeProducers`: who writes to partitions, to find transactions that hang (KIP-664).

use crate::wire::{Message, StrBytes, UnknownTaggedFields};

/// Asks for the producers of partitions.
#[derive(Clone, Debug, PartialEq, Message)]
#[message(request, key = 61, versions = "0", flexible = "0+")]
pub struct DescribeProducersRequest {
    /// The topics.
    #[field(versions = "0+")]
    pub topics: Vec<DescribeProducersRequestTopicRequest>,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// The partitions of a topic.
#[derive(Clone, Debug, PartialEq, Message)]
pub struct DescribeProducersRequestTopicRequest {
    /// The name of the topic.
    #[field(versions = "0+")]
    pub name: StrBytes,
    /// The numbers of the partitions.
    #[field(versions = "0+")]
    pub partition_indexes: Vec<i32>,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// The producers of each partition.
#[derive(Clone, Debug, PartialEq, Message)]
#[message(response, key = 61, versions = "0", flexible = "0+")]
pub struct DescribeProducersResponse {
    /// How long the client was, or is to be, held back for exceeding a quota, in milliseconds.
    #[field(versions = "0+")]
    pub throttle_time_ms: i32,
    /// The topics.
    #[field(versions = "0+")]
    pub topics: Vec<DescribeProducersResponseTopicResponse>,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// The producers of a topic.
#[derive(Clone, Debug, PartialEq, Message)]
pub struct DescribeProducersResponseTopicResponse {
    /// The name of the topic.
    #[field(versions = "0+")]
    pub name: StrBytes,
    /// The partitions.
    #[field(versions = "0+")]
    pub partitions: Vec<DescribeProducersResponsePartitionResponse>,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// The producers of a partition.
#[derive(Clone, Debug, PartialEq, Message)]
pub struct DescribeProducersResponsePartitionResponse {
    /// The number of the partition.
    #[field(versions = "0+")]
    pub partition_index: i32,
    /// What went wrong, or 0.
    #[field(versions = "0+")]
    pub error_code: i16,
    /// What went wrong in words, or null.
    #[field(versions = "0+", nullable = "0+", default = null)]
    pub error_message: Option<StrBytes>,
    /// The producers.
    #[field(versions = "0+")]
    pub active_producers: Vec<ProducerState>,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// A producer that has written to the partition.
#[derive(Clone, Debug, PartialEq, Message)]
pub struct ProducerState {
    /// The producer id.
    #[field(versions = "0+")]
    pub producer_id: i64,
    /// The epoch of the producer.
    #[field(versions = "0+")]
    pub producer_epoch: i32,
    /// The last sequence number, or -1.
    #[field(versions = "0+", default = -1)]
    pub last_sequence: i32,
    /// The last timestamp, or -1.
    #[field(versions = "0+", default = -1)]
    pub last_timestamp: i64,
    /// The epoch of the coordinator.
    #[field(versions = "0+")]
    pub coordinator_epoch: i32,
    /// Where its open transaction begins, or -1.
    #[field(versions = "0+", default = -1)]
    pub current_txn_start_offset: i64,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}
