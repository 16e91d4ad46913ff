//! `ShareAcknowledge`: acknowledge records of a share group (KIP-932).
//!
//! Version 2 can renew the hold on a record (KIP-1222).

use crate::wire::{Message, StrBytes, UnknownTaggedFields, Uuid};

/// Acknowledges records.
#[derive(Clone, Debug, PartialEq, Message)]
#[message(request, key = 79, versions = "1-2", flexible = "0+")]
pub struct ShareAcknowledgeRequest {
    /// The group.
    #[field(versions = "0+", nullable = "0+", default = null)]
    pub group_id: Option<StrBytes>,
    /// The id of the member.
    #[field(versions = "0+", nullable = "0+")]
    pub member_id: Option<StrBytes>,
    /// Which request of the session this is: 0 opens one, -1 closes it.
    #[field(versions = "0+")]
    pub share_session_epoch: i32,
    /// Whether some acknowledgements renew the hold on a record.
    #[field(versions = "2+")]
    pub is_renew_ack: bool,
    /// The topics.
    #[field(versions = "0+")]
    pub topics: Vec<AcknowledgeTopic>,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// The acknowledgements of a topic.
#[derive(Clone, Debug, PartialEq, Message)]
pub struct AcknowledgeTopic {
    /// The id of the topic.
    #[field(versions = "0+")]
    pub topic_id: Uuid,
    /// The partitions.
    #[field(versions = "0+")]
    pub partitions: Vec<AcknowledgePartition>,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// The acknowledgements of a partition.
#[derive(Clone, Debug, PartialEq, Message)]
pub struct AcknowledgePartition {
    /// The number of the partition.
    #[field(versions = "0+")]
    pub partition_index: i32,
    /// The acknowledgements.
    #[field(versions = "0+")]
    pub acknowledgement_batches: Vec<ShareAcknowledgeRequestAcknowledgementBatch>,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// Consecutive records to acknowledge.
#[derive(Clone, Debug, PartialEq, Message)]
pub struct ShareAcknowledgeRequestAcknowledgementBatch {
    /// The first offset.
    #[field(versions = "0+")]
    pub first_offset: i64,
    /// The last offset, included.
    #[field(versions = "0+")]
    pub last_offset: i64,
    /// One for each offset, or one for all: 0 there is no record, 1 accept, 2 release, 3 reject, 4 renew.
    #[field(versions = "0+")]
    pub acknowledge_types: Vec<i8>,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// Whether each acknowledgement was taken.
#[derive(Clone, Debug, PartialEq, Message)]
#[message(response, key = 79, versions = "1-2", flexible = "0+")]
pub struct ShareAcknowledgeResponse {
    /// How long the client was, or is to be, held back for exceeding a quota, in milliseconds.
    #[field(versions = "0+")]
    pub throttle_time_ms: i32,
    /// What went wrong, or 0.
    #[field(versions = "0+")]
    pub error_code: i16,
    /// What went wrong in words, or null.
    #[field(versions = "0+", nullable = "0+", default = null)]
    pub error_message: Option<StrBytes>,
    /// How long this member holds the records, in milliseconds.
    #[field(versions = "2+", ignorable)]
    pub acquisition_lock_timeout_ms: i32,
    /// The results.
    #[field(versions = "0+")]
    pub responses: Vec<ShareAcknowledgeTopicResponse>,
    /// Where the leaders listen that `current_leader` names.
    #[field(versions = "0+")]
    pub node_endpoints: Vec<ShareAcknowledgeResponseNodeEndpoint>,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// What became of the acknowledgements of a topic.
#[derive(Clone, Debug, PartialEq, Message)]
pub struct ShareAcknowledgeTopicResponse {
    /// The id of the topic.
    #[field(versions = "0+")]
    pub topic_id: Uuid,
    /// The partitions.
    #[field(versions = "0+")]
    pub partitions: Vec<ShareAcknowledgeResponsePartitionData>,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// What became of the acknowledgements of a partition.
#[derive(Clone, Debug, PartialEq, Message)]
pub struct ShareAcknowledgeResponsePartitionData {
    /// The number of the partition.
    #[field(versions = "0+")]
    pub partition_index: i32,
    /// What went wrong, or 0.
    #[field(versions = "0+")]
    pub error_code: i16,
    /// What went wrong in words, or null.
    #[field(versions = "0+", nullable = "0+", default = null)]
    pub error_message: Option<StrBytes>,
    /// The leader to turn to, if it is not this broker.
    #[field(versions = "0+")]
    pub current_leader: ShareAcknowledgeResponseLeaderIdAndEpoch,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// Who leads a partition, as far as the broker knows.
#[derive(Clone, Debug, PartialEq, Message)]
pub struct ShareAcknowledgeResponseLeaderIdAndEpoch {
    /// The broker that leads the partition, or -1.
    #[field(versions = "0+")]
    pub leader_id: i32,
    /// The leader epoch, or -1 if it is not known.
    #[field(versions = "0+")]
    pub leader_epoch: i32,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// Where a node listens.
#[derive(Clone, Debug, PartialEq, Message)]
pub struct ShareAcknowledgeResponseNodeEndpoint {
    /// The id of the node.
    #[field(versions = "0+")]
    pub node_id: i32,
    /// The host name or address.
    #[field(versions = "0+")]
    pub host: StrBytes,
    /// The port.
    #[field(versions = "0+")]
    pub port: i32,
    /// The rack, or null.
    #[field(versions = "0+", nullable = "0+", default = null)]
    pub rack: Option<StrBytes>,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}
