//! Produce.

use bytes::Bytes;

use crate::wire::{Message, StrBytes, UnknownTaggedFields, Uuid};

/// ProduceRequest.
#[derive(Clone, Debug, PartialEq, Message)]
#[message(request, key = 0, versions = "0-13", flexible = "9+")]
pub struct ProduceRequest {
    /// The transactional id.
    #[field(versions = "3+", nullable = "3+", default = null)]
    pub transactional_id: Option<StrBytes>,
    /// The acks.
    #[field(versions = "0+")]
    pub acks: i16,
    /// The timeout ms.
    #[field(versions = "0+")]
    pub timeout_ms: i32,
    /// The topic data.
    #[field(versions = "0+")]
    pub topic_data: Vec<TopicProduceData>,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// The topic produce data.
#[derive(Clone, Debug, PartialEq, Message)]
pub struct TopicProduceData {
    /// The name.
    #[field(versions = "0-12", ignorable)]
    pub name: StrBytes,
    /// The topic id.
    #[field(versions = "13+", ignorable)]
    pub topic_id: Uuid,
    /// The partition data.
    #[field(versions = "0+")]
    pub partition_data: Vec<PartitionProduceData>,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// The partition produce data.
#[derive(Clone, Debug, PartialEq, Message)]
pub struct PartitionProduceData {
    /// The index.
    #[field(versions = "0+")]
    pub index: i32,
    /// The records.
    #[field(versions = "0+", nullable = "0+", records)]
    pub records: Option<Bytes>,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// ProduceResponse.
#[derive(Clone, Debug, PartialEq, Message)]
#[message(response, key = 0, versions = "0-13", flexible = "9+")]
pub struct ProduceResponse {
    /// The responses.
    #[field(versions = "0+")]
    pub responses: Vec<TopicProduceResponse>,
    /// The throttle time ms.
    #[field(versions = "1+", ignorable)]
    pub throttle_time_ms: i32,
    /// The node endpoints.
    #[field(versions = "10+", tag = 0)]
    pub node_endpoints: Vec<ProduceResponseNodeEndpoint>,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// The topic produce response.
#[derive(Clone, Debug, PartialEq, Message)]
pub struct TopicProduceResponse {
    /// The name.
    #[field(versions = "0-12", ignorable)]
    pub name: StrBytes,
    /// The topic id.
    #[field(versions = "13+", ignorable)]
    pub topic_id: Uuid,
    /// The partition responses.
    #[field(versions = "0+")]
    pub partition_responses: Vec<PartitionProduceResponse>,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// The partition produce response.
#[derive(Clone, Debug, PartialEq, Message)]
pub struct PartitionProduceResponse {
    /// The index.
    #[field(versions = "0+")]
    pub index: i32,
    /// The error code.
    #[field(versions = "0+")]
    pub error_code: i16,
    /// The base offset.
    #[field(versions = "0+")]
    pub base_offset: i64,
    /// The log append time ms.
    #[field(versions = "2+", default = -1, ignorable)]
    pub log_append_time_ms: i64,
    /// The log start offset.
    #[field(versions = "5+", default = -1, ignorable)]
    pub log_start_offset: i64,
    /// The record errors.
    #[field(versions = "8+", ignorable)]
    pub record_errors: Vec<BatchIndexAndErrorMessage>,
    /// The error message.
    #[field(versions = "8+", nullable = "8+", default = null, ignorable)]
    pub error_message: Option<StrBytes>,
    /// The current leader.
    #[field(versions = "10+", tag = 0)]
    pub current_leader: ProduceResponseLeaderIdAndEpoch,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// The batch index and error message.
#[derive(Clone, Debug, PartialEq, Message)]
pub struct BatchIndexAndErrorMessage {
    /// The batch index.
    #[field(versions = "8+")]
    pub batch_index: i32,
    /// The batch index error message.
    #[field(versions = "8+", nullable = "8+", default = null)]
    pub batch_index_error_message: Option<StrBytes>,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// The leader id and epoch.
#[derive(Clone, Debug, PartialEq, Message)]
pub struct ProduceResponseLeaderIdAndEpoch {
    /// The leader id.
    #[field(versions = "10+", default = -1)]
    pub leader_id: i32,
    /// The leader epoch.
    #[field(versions = "10+", default = -1)]
    pub leader_epoch: i32,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// The node endpoint.
#[derive(Clone, Debug, PartialEq, Message)]
pub struct ProduceResponseNodeEndpoint {
    /// The node id.
    #[field(versions = "10+")]
    pub node_id: i32,
    /// The host.
    #[field(versions = "10+")]
    pub host: StrBytes,
    /// The port.
    #[field(versions = "10+")]
    pub port: i32,
    /// The rack.
    #[field(versions = "10+", nullable = "10+", default = null)]
    pub rack: Option<StrBytes>,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}
