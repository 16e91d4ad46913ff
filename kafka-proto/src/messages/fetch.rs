//! Fetch.

use bytes::Bytes;

use crate::wire::{Message, StrBytes, UnknownTaggedFields, Uuid};

/// FetchRequest.
#[derive(Clone, Debug, PartialEq, Message)]
#[message(request, key = 1, versions = "0-18", flexible = "12+")]
pub struct FetchRequest {
    /// The cluster id.
    #[field(versions = "12+", nullable = "12+", tag = 0, default = null, ignorable)]
    pub cluster_id: Option<StrBytes>,
    /// The replica id.
    #[field(versions = "0-14", default = -1)]
    pub replica_id: i32,
    /// The replica state.
    #[field(versions = "15+", tag = 1)]
    pub replica_state: FetchRequestReplicaState,
    /// The max wait ms.
    #[field(versions = "0+")]
    pub max_wait_ms: i32,
    /// The min bytes.
    #[field(versions = "0+")]
    pub min_bytes: i32,
    /// The max bytes.
    #[field(versions = "3+", default = 0x7fff_ffff, ignorable)]
    pub max_bytes: i32,
    /// The isolation level.
    #[field(versions = "4+", ignorable)]
    pub isolation_level: i8,
    /// The session id.
    #[field(versions = "7+", ignorable)]
    pub session_id: i32,
    /// The session epoch.
    #[field(versions = "7+", default = -1, ignorable)]
    pub session_epoch: i32,
    /// The topics.
    #[field(versions = "0+")]
    pub topics: Vec<FetchRequestFetchTopic>,
    /// The forgotten topics data.
    #[field(versions = "7+")]
    pub forgotten_topics_data: Vec<FetchRequestForgottenTopic>,
    /// The rack id.
    #[field(versions = "11+", ignorable)]
    pub rack_id: StrBytes,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// The replica state.
#[derive(Clone, Debug, PartialEq, Message)]
pub struct FetchRequestReplicaState {
    /// The replica id.
    #[field(versions = "15+", default = -1)]
    pub replica_id: i32,
    /// The replica epoch.
    #[field(versions = "15+", default = -1)]
    pub replica_epoch: i64,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// The fetch topic.
#[derive(Clone, Debug, PartialEq, Message)]
pub struct FetchRequestFetchTopic {
    /// The topic.
    #[field(versions = "0-12", ignorable)]
    pub topic: StrBytes,
    /// The topic id.
    #[field(versions = "13+", ignorable)]
    pub topic_id: Uuid,
    /// The partitions.
    #[field(versions = "0+")]
    pub partitions: Vec<FetchRequestFetchPartition>,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// The fetch partition.
#[derive(Clone, Debug, PartialEq, Message)]
pub struct FetchRequestFetchPartition {
    /// The partition.
    #[field(versions = "0+")]
    pub partition: i32,
    /// The current leader epoch.
    #[field(versions = "9+", default = -1, ignorable)]
    pub current_leader_epoch: i32,
    /// The fetch offset.
    #[field(versions = "0+")]
    pub fetch_offset: i64,
    /// The last fetched epoch.
    #[field(versions = "12+", default = -1)]
    pub last_fetched_epoch: i32,
    /// The log start offset.
    #[field(versions = "5+", default = -1, ignorable)]
    pub log_start_offset: i64,
    /// The partition max bytes.
    #[field(versions = "0+")]
    pub partition_max_bytes: i32,
    /// The replica directory id.
    #[field(versions = "17+", tag = 0, ignorable)]
    pub replica_directory_id: Uuid,
    /// The high watermark.
    #[field(versions = "18+", tag = 1, default = 9_223_372_036_854_775_807, ignorable)]
    pub high_watermark: i64,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// The forgotten topic.
#[derive(Clone, Debug, PartialEq, Message)]
pub struct FetchRequestForgottenTopic {
    /// The topic.
    #[field(versions = "7-12", ignorable)]
    pub topic: StrBytes,
    /// The topic id.
    #[field(versions = "13+", ignorable)]
    pub topic_id: Uuid,
    /// The partitions.
    #[field(versions = "7+")]
    pub partitions: Vec<i32>,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// FetchResponse.
#[derive(Clone, Debug, PartialEq, Message)]
#[message(response, key = 1, versions = "0-18", flexible = "12+")]
pub struct FetchResponse {
    /// The throttle time ms.
    #[field(versions = "1+", ignorable)]
    pub throttle_time_ms: i32,
    /// The error code.
    #[field(versions = "7+", ignorable)]
    pub error_code: i16,
    /// The session id.
    #[field(versions = "7+")]
    pub session_id: i32,
    /// The responses.
    #[field(versions = "0+")]
    pub responses: Vec<FetchableTopicResponse>,
    /// The node endpoints.
    #[field(versions = "16+", tag = 0)]
    pub node_endpoints: Vec<FetchResponseNodeEndpoint>,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// The fetchable topic response.
#[derive(Clone, Debug, PartialEq, Message)]
pub struct FetchableTopicResponse {
    /// The topic.
    #[field(versions = "0-12", ignorable)]
    pub topic: StrBytes,
    /// The topic id.
    #[field(versions = "13+", ignorable)]
    pub topic_id: Uuid,
    /// The partitions.
    #[field(versions = "0+")]
    pub partitions: Vec<FetchResponsePartitionData>,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// The partition data.
#[derive(Clone, Debug, PartialEq, Message)]
pub struct FetchResponsePartitionData {
    /// The partition index.
    #[field(versions = "0+")]
    pub partition_index: i32,
    /// The error code.
    #[field(versions = "0+")]
    pub error_code: i16,
    /// The high watermark.
    #[field(versions = "0+")]
    pub high_watermark: i64,
    /// The last stable offset.
    #[field(versions = "4+", default = -1, ignorable)]
    pub last_stable_offset: i64,
    /// The log start offset.
    #[field(versions = "5+", default = -1, ignorable)]
    pub log_start_offset: i64,
    /// The diverging epoch.
    #[field(versions = "12+", tag = 0)]
    pub diverging_epoch: FetchResponseEpochEndOffset,
    /// The current leader.
    #[field(versions = "12+", tag = 1)]
    pub current_leader: FetchResponseLeaderIdAndEpoch,
    /// The snapshot id.
    #[field(versions = "12+", tag = 2)]
    pub snapshot_id: SnapshotId,
    /// The aborted transactions.
    #[field(versions = "4+", nullable = "4+", ignorable)]
    pub aborted_transactions: Option<Vec<AbortedTransaction>>,
    /// The preferred read replica.
    #[field(versions = "11+", default = -1)]
    pub preferred_read_replica: i32,
    /// The records.
    #[field(versions = "0+", nullable = "0+", records)]
    pub records: Option<Bytes>,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// The epoch end offset.
#[derive(Clone, Debug, PartialEq, Message)]
pub struct FetchResponseEpochEndOffset {
    /// The epoch.
    #[field(versions = "12+", default = -1)]
    pub epoch: i32,
    /// The end offset.
    #[field(versions = "12+", default = -1)]
    pub end_offset: i64,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// The leader id and epoch.
#[derive(Clone, Debug, PartialEq, Message)]
pub struct FetchResponseLeaderIdAndEpoch {
    /// The leader id.
    #[field(versions = "12+", default = -1)]
    pub leader_id: i32,
    /// The leader epoch.
    #[field(versions = "12+", default = -1)]
    pub leader_epoch: i32,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// The snapshot id.
#[derive(Clone, Debug, PartialEq, Message)]
pub struct SnapshotId {
    /// The end offset.
    #[field(versions = "0+", default = -1)]
    pub end_offset: i64,
    /// The epoch.
    #[field(versions = "0+", default = -1)]
    pub epoch: i32,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// The aborted transaction.
#[derive(Clone, Debug, PartialEq, Message)]
pub struct AbortedTransaction {
    /// The producer id.
    #[field(versions = "4+")]
    pub producer_id: i64,
    /// The first offset.
    #[field(versions = "4+")]
    pub first_offset: i64,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// The node endpoint.
#[derive(Clone, Debug, PartialEq, Message)]
pub struct FetchResponseNodeEndpoint {
    /// The node id.
    #[field(versions = "16+")]
    pub node_id: i32,
    /// The host.
    #[field(versions = "16+")]
    pub host: StrBytes,
    /// The port.
    #[field(versions = "16+")]
    pub port: i32,
    /// The rack.
    #[field(versions = "16+", nullable = "16+", default = null)]
    pub rack: Option<StrBytes>,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}
