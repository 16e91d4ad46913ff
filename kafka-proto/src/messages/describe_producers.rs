//! DescribeProducers.

use crate::wire::{Message, StrBytes, UnknownTaggedFields};

/// DescribeProducersRequest.
#[derive(Clone, Debug, PartialEq, Message)]
#[message(request, key = 61, versions = "0", flexible = "0+")]
pub struct DescribeProducersRequest {
    /// The topics.
    #[field(versions = "0+")]
    pub topics: Vec<DescribeProducersRequestTopicRequest>,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// The topic request.
#[derive(Clone, Debug, PartialEq, Message)]
pub struct DescribeProducersRequestTopicRequest {
    /// The name.
    #[field(versions = "0+")]
    pub name: StrBytes,
    /// The partition indexes.
    #[field(versions = "0+")]
    pub partition_indexes: Vec<i32>,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// DescribeProducersResponse.
#[derive(Clone, Debug, PartialEq, Message)]
#[message(response, key = 61, versions = "0", flexible = "0+")]
pub struct DescribeProducersResponse {
    /// The throttle time ms.
    #[field(versions = "0+")]
    pub throttle_time_ms: i32,
    /// The topics.
    #[field(versions = "0+")]
    pub topics: Vec<TopicResponse>,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// The topic response.
#[derive(Clone, Debug, PartialEq, Message)]
pub struct TopicResponse {
    /// The name.
    #[field(versions = "0+")]
    pub name: StrBytes,
    /// The partitions.
    #[field(versions = "0+")]
    pub partitions: Vec<PartitionResponse>,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// The partition response.
#[derive(Clone, Debug, PartialEq, Message)]
pub struct PartitionResponse {
    /// The partition index.
    #[field(versions = "0+")]
    pub partition_index: i32,
    /// The error code.
    #[field(versions = "0+")]
    pub error_code: i16,
    /// The error message.
    #[field(versions = "0+", nullable = "0+", default = null)]
    pub error_message: Option<StrBytes>,
    /// The active producers.
    #[field(versions = "0+")]
    pub active_producers: Vec<ProducerState>,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// The producer state.
#[derive(Clone, Debug, PartialEq, Message)]
pub struct ProducerState {
    /// The producer id.
    #[field(versions = "0+")]
    pub producer_id: i64,
    /// The producer epoch.
    #[field(versions = "0+")]
    pub producer_epoch: i32,
    /// The last sequence.
    #[field(versions = "0+", default = -1)]
    pub last_sequence: i32,
    /// The last timestamp.
    #[field(versions = "0+", default = -1)]
    pub last_timestamp: i64,
    /// The coordinator epoch.
    #[field(versions = "0+")]
    pub coordinator_epoch: i32,
    /// The current txn start offset.
    #[field(versions = "0+", default = -1)]
    pub current_txn_start_offset: i64,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}
