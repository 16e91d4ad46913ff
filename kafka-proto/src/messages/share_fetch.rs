//! ShareFetch.

use bytes::Bytes;

use crate::wire::{Message, StrBytes, UnknownTaggedFields, Uuid};

/// ShareFetchRequest.
#[derive(Clone, Debug, PartialEq, Message)]
#[message(request, key = 78, versions = "1-2", flexible = "0+")]
pub struct ShareFetchRequest {
    /// The group id.
    #[field(versions = "0+", nullable = "0+", default = null)]
    pub group_id: Option<StrBytes>,
    /// The member id.
    #[field(versions = "0+", nullable = "0+")]
    pub member_id: Option<StrBytes>,
    /// The share session epoch.
    #[field(versions = "0+")]
    pub share_session_epoch: i32,
    /// The max wait ms.
    #[field(versions = "0+")]
    pub max_wait_ms: i32,
    /// The min bytes.
    #[field(versions = "0+")]
    pub min_bytes: i32,
    /// The max bytes.
    #[field(versions = "0+", default = 0x7fff_ffff)]
    pub max_bytes: i32,
    /// The max records.
    #[field(versions = "1+")]
    pub max_records: i32,
    /// The batch size.
    #[field(versions = "1+")]
    pub batch_size: i32,
    /// The share acquire mode.
    #[field(versions = "2+", ignorable)]
    pub share_acquire_mode: i8,
    /// The is renew ack.
    #[field(versions = "2+")]
    pub is_renew_ack: bool,
    /// The topics.
    #[field(versions = "0+")]
    pub topics: Vec<ShareFetchRequestFetchTopic>,
    /// The forgotten topics data.
    #[field(versions = "0+")]
    pub forgotten_topics_data: Vec<ShareFetchRequestForgottenTopic>,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// The fetch topic.
#[derive(Clone, Debug, PartialEq, Message)]
pub struct ShareFetchRequestFetchTopic {
    /// The topic id.
    #[field(versions = "0+")]
    pub topic_id: Uuid,
    /// The partitions.
    #[field(versions = "0+")]
    pub partitions: Vec<ShareFetchRequestFetchPartition>,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// The fetch partition.
#[derive(Clone, Debug, PartialEq, Message)]
pub struct ShareFetchRequestFetchPartition {
    /// The partition index.
    #[field(versions = "0+")]
    pub partition_index: i32,
    /// The partition max bytes.
    #[field(versions = "0")]
    pub partition_max_bytes: i32,
    /// The acknowledgement batches.
    #[field(versions = "0+")]
    pub acknowledgement_batches: Vec<ShareFetchRequestAcknowledgementBatch>,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// The acknowledgement batch.
#[derive(Clone, Debug, PartialEq, Message)]
pub struct ShareFetchRequestAcknowledgementBatch {
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

/// The forgotten topic.
#[derive(Clone, Debug, PartialEq, Message)]
pub struct ShareFetchRequestForgottenTopic {
    /// The topic id.
    #[field(versions = "0+")]
    pub topic_id: Uuid,
    /// The partitions.
    #[field(versions = "0+")]
    pub partitions: Vec<i32>,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// ShareFetchResponse.
#[derive(Clone, Debug, PartialEq, Message)]
#[message(response, key = 78, versions = "1-2", flexible = "0+")]
pub struct ShareFetchResponse {
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
    #[field(versions = "1+")]
    pub acquisition_lock_timeout_ms: i32,
    /// The responses.
    #[field(versions = "0+")]
    pub responses: Vec<ShareFetchableTopicResponse>,
    /// The node endpoints.
    #[field(versions = "0+")]
    pub node_endpoints: Vec<ShareFetchResponseNodeEndpoint>,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// The share fetchable topic response.
#[derive(Clone, Debug, PartialEq, Message)]
pub struct ShareFetchableTopicResponse {
    /// The topic id.
    #[field(versions = "0+")]
    pub topic_id: Uuid,
    /// The partitions.
    #[field(versions = "0+")]
    pub partitions: Vec<ShareFetchResponsePartitionData>,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// The partition data.
#[derive(Clone, Debug, PartialEq, Message)]
pub struct ShareFetchResponsePartitionData {
    /// The partition index.
    #[field(versions = "0+")]
    pub partition_index: i32,
    /// The error code.
    #[field(versions = "0+")]
    pub error_code: i16,
    /// The error message.
    #[field(versions = "0+", nullable = "0+", default = null)]
    pub error_message: Option<StrBytes>,
    /// The acknowledge error code.
    #[field(versions = "0+")]
    pub acknowledge_error_code: i16,
    /// The acknowledge error message.
    #[field(versions = "0+", nullable = "0+", default = null)]
    pub acknowledge_error_message: Option<StrBytes>,
    /// The current leader.
    #[field(versions = "0+")]
    pub current_leader: ShareFetchResponseLeaderIdAndEpoch,
    /// The records.
    #[field(versions = "0+", nullable = "0", records)]
    pub records: Option<Bytes>,
    /// The acquired records.
    #[field(versions = "0+")]
    pub acquired_records: Vec<AcquiredRecords>,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// The leader id and epoch.
#[derive(Clone, Debug, PartialEq, Message)]
pub struct ShareFetchResponseLeaderIdAndEpoch {
    /// The leader id.
    #[field(versions = "0+")]
    pub leader_id: i32,
    /// The leader epoch.
    #[field(versions = "0+")]
    pub leader_epoch: i32,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// The acquired records.
#[derive(Clone, Debug, PartialEq, Message)]
pub struct AcquiredRecords {
    /// The first offset.
    #[field(versions = "0+")]
    pub first_offset: i64,
    /// The last offset.
    #[field(versions = "0+")]
    pub last_offset: i64,
    /// The delivery count.
    #[field(versions = "0+")]
    pub delivery_count: i16,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// The node endpoint.
#[derive(Clone, Debug, PartialEq, Message)]
pub struct ShareFetchResponseNodeEndpoint {
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
