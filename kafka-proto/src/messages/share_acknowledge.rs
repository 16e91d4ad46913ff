//! ShareAcknowledge.

use crate::wire::{Message, StrBytes, UnknownTaggedFields, Uuid};

/// ShareAcknowledgeRequest.
#[derive(Clone, Debug, PartialEq, Message)]
#[message(request, key = 79, versions = "1-2", flexible = "0+")]
pub struct ShareAcknowledgeRequest {
    /// The group id.
    #[field(versions = "0+", nullable = "0+", default = null)]
    pub group_id: Option<StrBytes>,
    /// The member id.
    #[field(versions = "0+", nullable = "0+")]
    pub member_id: Option<StrBytes>,
    /// The share session epoch.
    #[field(versions = "0+")]
    pub share_session_epoch: i32,
    /// The is renew ack.
    #[field(versions = "2+")]
    pub is_renew_ack: bool,
    /// The topics.
    #[field(versions = "0+")]
    pub topics: Vec<AcknowledgeTopic>,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// The acknowledge topic.
#[derive(Clone, Debug, PartialEq, Message)]
pub struct AcknowledgeTopic {
    /// The topic id.
    #[field(versions = "0+")]
    pub topic_id: Uuid,
    /// The partitions.
    #[field(versions = "0+")]
    pub partitions: Vec<AcknowledgePartition>,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// The acknowledge partition.
#[derive(Clone, Debug, PartialEq, Message)]
pub struct AcknowledgePartition {
    /// The partition index.
    #[field(versions = "0+")]
    pub partition_index: i32,
    /// The acknowledgement batches.
    #[field(versions = "0+")]
    pub acknowledgement_batches: Vec<ShareAcknowledgeRequestAcknowledgementBatch>,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// The acknowledgement batch.
#[derive(Clone, Debug, PartialEq, Message)]
pub struct ShareAcknowledgeRequestAcknowledgementBatch {
    /// The first offset.
    #[field(versions = "0+")]
    pub first_offset: i64,
    /// The last offset.
    #[field(versions = "0+")]
    pub last_offset: i64,
    /// The acknowledge types.
    #[field(versions = "0+")]
    pub acknowledge_types: Vec<i8>,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// ShareAcknowledgeResponse.
#[derive(Clone, Debug, PartialEq, Message)]
#[message(response, key = 79, versions = "1-2", flexible = "0+")]
pub struct ShareAcknowledgeResponse {
    /// The throttle time ms.
    #[field(versions = "0+")]
    pub throttle_time_ms: i32,
    /// The error code.
    #[field(versions = "0+")]
    pub error_code: i16,
    /// The error message.
    #[field(versions = "0+", nullable = "0+", default = null)]
    pub error_message: Option<StrBytes>,
    /// The acquisition lock timeout ms.
    #[field(versions = "2+", ignorable)]
    pub acquisition_lock_timeout_ms: i32,
    /// The responses.
    #[field(versions = "0+")]
    pub responses: Vec<ShareAcknowledgeTopicResponse>,
    /// The node endpoints.
    #[field(versions = "0+")]
    pub node_endpoints: Vec<ShareAcknowledgeResponseNodeEndpoint>,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// The share acknowledge topic response.
#[derive(Clone, Debug, PartialEq, Message)]
pub struct ShareAcknowledgeTopicResponse {
    /// The topic id.
    #[field(versions = "0+")]
    pub topic_id: Uuid,
    /// The partitions.
    #[field(versions = "0+")]
    pub partitions: Vec<ShareAcknowledgeResponsePartitionData>,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// The partition data.
#[derive(Clone, Debug, PartialEq, Message)]
pub struct ShareAcknowledgeResponsePartitionData {
    /// The partition index.
    #[field(versions = "0+")]
    pub partition_index: i32,
    /// The error code.
    #[field(versions = "0+")]
    pub error_code: i16,
    /// The error message.
    #[field(versions = "0+", nullable = "0+", default = null)]
    pub error_message: Option<StrBytes>,
    /// The current leader.
    #[field(versions = "0+")]
    pub current_leader: ShareAcknowledgeResponseLeaderIdAndEpoch,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// The leader id and epoch.
#[derive(Clone, Debug, PartialEq, Message)]
pub struct ShareAcknowledgeResponseLeaderIdAndEpoch {
    /// The leader id.
    #[field(versions = "0+")]
    pub leader_id: i32,
    /// The leader epoch.
    #[field(versions = "0+")]
    pub leader_epoch: i32,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// The node endpoint.
#[derive(Clone, Debug, PartialEq, Message)]
pub struct ShareAcknowledgeResponseNodeEndpoint {
    /// The node id.
    #[field(versions = "0+")]
    pub node_id: i32,
    /// The host.
    #[field(versions = "0+")]
    pub host: StrBytes,
    /// The port.
    #[field(versions = "0+")]
    pub port: i32,
    /// The rack.
    #[field(versions = "0+", nullable = "0+", default = null)]
    pub rack: Option<StrBytes>,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}
