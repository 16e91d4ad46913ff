//! `ShareFetch`: acquire records of a share group, and acknowledge earlier ones (KIP-932).
//!
//! Version 2 can renew the hold on a record (KIP-1222) and limit how many are acquired (KIP-1206).

use bytes::Bytes;

use crate::wire::{Message, StrBytes, UnknownTaggedFields, Uuid};

/// Acquires records.
#[derive(Clone, Debug, PartialEq, Message)]
#[message(request, key = 78, versions = "1-2", flexible = "0+")]
pub struct ShareFetchRequest {
    /// The group.
    #[field(versions = "0+", nullable = "0+", default = null)]
    pub group_id: Option<StrBytes>,
    /// The id of the member.
    #[field(versions = "0+", nullable = "0+")]
    pub member_id: Option<StrBytes>,
    /// Which request of the session this is: 0 opens one, -1 closes it.
    #[field(versions = "0+")]
    pub share_session_epoch: i32,
    /// How long the broker may wait for `min_bytes`, in milliseconds.
    #[field(versions = "0+")]
    pub max_wait_ms: i32,
    /// How many bytes the broker waits for.
    #[field(versions = "0+")]
    pub min_bytes: i32,
    /// How many bytes the answer may have; a first batch that is larger is returned all the same (KIP-74).
    #[field(versions = "0+", default = 0x7fff_ffff)]
    pub max_bytes: i32,
    /// How many records to acquire; a whole batch may go beyond it.
    #[field(versions = "1+")]
    pub max_records: i32,
    /// How many records to acquire in one piece.
    #[field(versions = "1+")]
    pub batch_size: i32,
    /// 0 to acquire whole batches, 1 to keep to `max_records`.
    #[field(versions = "2+", ignorable)]
    pub share_acquire_mode: i8,
    /// Whether some acknowledgements renew the hold on a record.
    #[field(versions = "2+")]
    pub is_renew_ack: bool,
    /// The topics.
    #[field(versions = "0+")]
    pub topics: Vec<ShareFetchRequestFetchTopic>,
    /// The partitions to take out of the session.
    #[field(versions = "0+")]
    pub forgotten_topics_data: Vec<ShareFetchRequestForgottenTopic>,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// A topic to acquire records of.
#[derive(Clone, Debug, PartialEq, Message)]
pub struct ShareFetchRequestFetchTopic {
    /// The id of the topic.
    #[field(versions = "0+")]
    pub topic_id: Uuid,
    /// The partitions.
    #[field(versions = "0+")]
    pub partitions: Vec<ShareFetchRequestFetchPartition>,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// A partition to acquire records of.
#[derive(Clone, Debug, PartialEq, Message)]
pub struct ShareFetchRequestFetchPartition {
    /// The number of the partition.
    #[field(versions = "0+")]
    pub partition_index: i32,
    /// How many bytes to read from this partition; a first batch that is larger is returned all the same
    /// (KIP-74).
    #[field(versions = "0")]
    pub partition_max_bytes: i32,
    /// The acknowledgements.
    #[field(versions = "0+")]
    pub acknowledgement_batches: Vec<ShareFetchRequestAcknowledgementBatch>,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// Consecutive records to acknowledge.
#[derive(Clone, Debug, PartialEq, Message)]
pub struct ShareFetchRequestAcknowledgementBatch {
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

/// Partitions to take out of the session.
#[derive(Clone, Debug, PartialEq, Message)]
pub struct ShareFetchRequestForgottenTopic {
    /// The id of the topic.
    #[field(versions = "0+")]
    pub topic_id: Uuid,
    /// The partitions.
    #[field(versions = "0+")]
    pub partitions: Vec<i32>,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// The acquired records.
#[derive(Clone, Debug, PartialEq, Message)]
#[message(response, key = 78, versions = "1-2", flexible = "0+")]
pub struct ShareFetchResponse {
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
    #[field(versions = "1+")]
    pub acquisition_lock_timeout_ms: i32,
    /// The results.
    #[field(versions = "0+")]
    pub responses: Vec<ShareFetchableTopicResponse>,
    /// Where the leaders listen that `current_leader` names.
    #[field(versions = "0+")]
    pub node_endpoints: Vec<ShareFetchResponseNodeEndpoint>,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// The records of a topic.
#[derive(Clone, Debug, PartialEq, Message)]
pub struct ShareFetchableTopicResponse {
    /// The id of the topic.
    #[field(versions = "0+")]
    pub topic_id: Uuid,
    /// The partitions.
    #[field(versions = "0+")]
    pub partitions: Vec<ShareFetchResponsePartitionData>,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// The records of a partition.
#[derive(Clone, Debug, PartialEq, Message)]
pub struct ShareFetchResponsePartitionData {
    /// The number of the partition.
    #[field(versions = "0+")]
    pub partition_index: i32,
    /// What went wrong, or 0.
    #[field(versions = "0+")]
    pub error_code: i16,
    /// What went wrong in words, or null.
    #[field(versions = "0+", nullable = "0+", default = null)]
    pub error_message: Option<StrBytes>,
    /// What went wrong with the acknowledgements, or 0.
    #[field(versions = "0+")]
    pub acknowledge_error_code: i16,
    /// What went wrong with the acknowledgements in words, or null.
    #[field(versions = "0+", nullable = "0+", default = null)]
    pub acknowledge_error_message: Option<StrBytes>,
    /// The leader to turn to, if it is not this broker.
    #[field(versions = "0+")]
    pub current_leader: ShareFetchResponseLeaderIdAndEpoch,
    /// The record batches, one after the other.
    #[field(versions = "0+", nullable = "0", records)]
    pub records: Option<Bytes>,
    /// The records that this member now holds.
    #[field(versions = "0+")]
    pub acquired_records: Vec<AcquiredRecords>,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// Who leads a partition, as far as the broker knows.
#[derive(Clone, Debug, PartialEq, Message)]
pub struct ShareFetchResponseLeaderIdAndEpoch {
    /// The broker that leads the partition, or -1.
    #[field(versions = "0+")]
    pub leader_id: i32,
    /// The leader epoch, or -1 if it is not known.
    #[field(versions = "0+")]
    pub leader_epoch: i32,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// Consecutive records that this member now holds.
#[derive(Clone, Debug, PartialEq, Message)]
pub struct AcquiredRecords {
    /// The first offset.
    #[field(versions = "0+")]
    pub first_offset: i64,
    /// The last offset, included.
    #[field(versions = "0+")]
    pub last_offset: i64,
    /// How many times the records have been handed out.
    #[field(versions = "0+")]
    pub delivery_count: i16,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// Where a node listens.
#[derive(Clone, Debug, PartialEq, Message)]
pub struct ShareFetchResponseNodeEndpoint {
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
