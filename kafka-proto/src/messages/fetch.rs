//! Fetch: read record batches from partitions.
//!
//! The broker waits up to `max_wait_ms` for `min_bytes` to arrive. A fetch session (KIP-227) lets later
//! requests name only what has changed: `session_epoch` 0 opens one, -1 does without.
//!
//! - Version 4 brings transactions and record batches of magic 2. Version 7 brings sessions. Version 9 checks
//!   leader epochs (KIP-320).
//! - Version 10 allows zstd. Version 11 lets consumers read from the nearest replica (KIP-392).
//! - Version 12 is flexible and reports where a log diverges (KIP-595). Version 13 names topics by id
//!   (KIP-516).
//! - Version 16 brings hints to new leaders (KIP-951).

use bytes::Bytes;

use crate::wire::{Message, StrBytes, UnknownTaggedFields, Uuid};

/// Reads record batches from partitions.
#[derive(Clone, Debug, PartialEq, Message)]
#[message(request, key = 1, versions = "0-18", flexible = "12+")]
pub struct FetchRequest {
    /// The id of the cluster, or null if it is not known.
    #[field(versions = "12+", nullable = "12+", tag = 0, default = null, ignorable)]
    pub cluster_id: Option<StrBytes>,
    /// The broker that asks; -1 for consumers.
    #[field(versions = "0-14", default = -1)]
    pub replica_id: i32,
    /// The follower that asks.
    #[field(versions = "15+", tag = 1)]
    pub replica_state: FetchRequestReplicaState,
    /// How long the broker may wait for `min_bytes`, in milliseconds.
    #[field(versions = "0+")]
    pub max_wait_ms: i32,
    /// How many bytes the broker waits for.
    #[field(versions = "0+")]
    pub min_bytes: i32,
    /// How many bytes the answer may have; a first batch that is larger is returned all the same (KIP-74).
    #[field(versions = "3+", default = 0x7fff_ffff, ignorable)]
    pub max_bytes: i32,
    /// 0 to read everything, 1 to read only what is committed.
    #[field(versions = "4+", ignorable)]
    pub isolation_level: i8,
    /// The fetch session; 0 for none.
    #[field(versions = "7+", ignorable)]
    pub session_id: i32,
    /// Which request of the session this is: 0 opens one, -1 does without or closes it.
    #[field(versions = "7+", default = -1, ignorable)]
    pub session_epoch: i32,
    /// The topics; within a session, those that are new or have changed.
    #[field(versions = "0+")]
    pub topics: Vec<FetchRequestFetchTopic>,
    /// The partitions to take out of the session.
    #[field(versions = "7+")]
    pub forgotten_topics_data: Vec<FetchRequestForgottenTopic>,
    /// The rack of the client; empty or null if it has none to name.
    #[field(versions = "11+", ignorable)]
    pub rack_id: StrBytes,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// A replica that fetches.
#[derive(Clone, Debug, PartialEq, Message)]
pub struct FetchRequestReplicaState {
    /// The broker that asks; -1 for consumers.
    #[field(versions = "15+", default = -1)]
    pub replica_id: i32,
    /// The epoch of the follower; -1 for consumers.
    #[field(versions = "15+", default = -1)]
    pub replica_epoch: i64,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// A topic to fetch from.
#[derive(Clone, Debug, PartialEq, Message)]
pub struct FetchRequestFetchTopic {
    /// The name of the topic.
    #[field(versions = "0-12", ignorable)]
    pub topic: StrBytes,
    /// The id of the topic.
    #[field(versions = "13+", ignorable)]
    pub topic_id: Uuid,
    /// The partitions.
    #[field(versions = "0+")]
    pub partitions: Vec<FetchRequestFetchPartition>,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// A partition to fetch from.
#[derive(Clone, Debug, PartialEq, Message)]
pub struct FetchRequestFetchPartition {
    /// The number of the partition.
    #[field(versions = "0+")]
    pub partition: i32,
    /// The leader epoch that the client knows, or -1; the broker refuses if it is not the leader's.
    #[field(versions = "9+", default = -1, ignorable)]
    pub current_leader_epoch: i32,
    /// The first offset to read.
    #[field(versions = "0+")]
    pub fetch_offset: i64,
    /// The leader epoch of the last record that was read, or -1; the broker reports if its log differs there.
    #[field(versions = "12+", default = -1)]
    pub last_fetched_epoch: i32,
    /// The first offset of a follower's log; -1 for consumers.
    #[field(versions = "5+", default = -1, ignorable)]
    pub log_start_offset: i64,
    /// How many bytes to read from this partition; a first batch that is larger is returned all the same
    /// (KIP-74).
    #[field(versions = "0+")]
    pub partition_max_bytes: i32,
    /// The directory of the replica; zero if there is none to name.
    #[field(versions = "17+", tag = 0, ignorable)]
    pub replica_directory_id: Uuid,
    /// The high watermark that a follower knows; the largest number if it does not tell.
    #[field(versions = "18+", tag = 1, default = 9_223_372_036_854_775_807, ignorable)]
    pub high_watermark: i64,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// Partitions to take out of the session.
#[derive(Clone, Debug, PartialEq, Message)]
pub struct FetchRequestForgottenTopic {
    /// The name of the topic.
    #[field(versions = "7-12", ignorable)]
    pub topic: StrBytes,
    /// The id of the topic.
    #[field(versions = "13+", ignorable)]
    pub topic_id: Uuid,
    /// The partitions.
    #[field(versions = "7+")]
    pub partitions: Vec<i32>,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// The record batches of each partition.
#[derive(Clone, Debug, PartialEq, Message)]
#[message(response, key = 1, versions = "0-18", flexible = "12+")]
pub struct FetchResponse {
    /// How long the client was, or is to be, held back for exceeding a quota, in milliseconds.
    #[field(versions = "1+", ignorable)]
    pub throttle_time_ms: i32,
    /// What went wrong, or 0.
    #[field(versions = "7+", ignorable)]
    pub error_code: i16,
    /// The fetch session; 0 for none.
    #[field(versions = "7+")]
    pub session_id: i32,
    /// The record batches, by topic.
    #[field(versions = "0+")]
    pub responses: Vec<FetchableTopicResponse>,
    /// Where the leaders listen that `current_leader` names.
    #[field(versions = "16+", tag = 0)]
    pub node_endpoints: Vec<FetchResponseNodeEndpoint>,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// The record batches of a topic.
#[derive(Clone, Debug, PartialEq, Message)]
pub struct FetchableTopicResponse {
    /// The name of the topic.
    #[field(versions = "0-12", ignorable)]
    pub topic: StrBytes,
    /// The id of the topic.
    #[field(versions = "13+", ignorable)]
    pub topic_id: Uuid,
    /// The partitions.
    #[field(versions = "0+")]
    pub partitions: Vec<FetchResponsePartitionData>,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// The record batches of a partition.
#[derive(Clone, Debug, PartialEq, Message)]
pub struct FetchResponsePartitionData {
    /// The number of the partition.
    #[field(versions = "0+")]
    pub partition_index: i32,
    /// What went wrong, or 0.
    #[field(versions = "0+")]
    pub error_code: i16,
    /// The offset after the last record that all in-sync replicas have.
    #[field(versions = "0+")]
    pub high_watermark: i64,
    /// The offset after the last record whose transaction has ended, or -1.
    #[field(versions = "4+", default = -1, ignorable)]
    pub last_stable_offset: i64,
    /// The first offset that the log still has; -1 if it is not known.
    #[field(versions = "5+", default = -1, ignorable)]
    pub log_start_offset: i64,
    /// Where the broker's log departs from what the client has read.
    #[field(versions = "12+", tag = 0)]
    pub diverging_epoch: FetchResponseEpochEndOffset,
    /// The leader to turn to, if it is not this broker.
    #[field(versions = "12+", tag = 1)]
    pub current_leader: FetchResponseLeaderIdAndEpoch,
    /// The snapshot to read instead, if the offset is before the start of the log.
    #[field(versions = "12+", tag = 2)]
    pub snapshot_id: SnapshotId,
    /// The transactions that were aborted in what was read; null for who reads everything.
    #[field(versions = "4+", nullable = "4+", ignorable)]
    pub aborted_transactions: Option<Vec<AbortedTransaction>>,
    /// The replica to read from instead, or -1.
    #[field(versions = "11+", default = -1)]
    pub preferred_read_replica: i32,
    /// The record batches, one after the other.
    #[field(versions = "0+", nullable = "0+", records)]
    pub records: Option<Bytes>,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// Where a leader epoch ends.
#[derive(Clone, Debug, PartialEq, Message)]
pub struct FetchResponseEpochEndOffset {
    /// The leader epoch, or -1.
    #[field(versions = "12+", default = -1)]
    pub epoch: i32,
    /// The offset after the last record of the epoch, or -1.
    #[field(versions = "12+", default = -1)]
    pub end_offset: i64,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// Who leads a partition, as far as the broker knows.
#[derive(Clone, Debug, PartialEq, Message)]
pub struct FetchResponseLeaderIdAndEpoch {
    /// The broker that leads the partition, or -1.
    #[field(versions = "12+", default = -1)]
    pub leader_id: i32,
    /// The leader epoch, or -1 if it is not known.
    #[field(versions = "12+", default = -1)]
    pub leader_epoch: i32,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// A snapshot of the log.
#[derive(Clone, Debug, PartialEq, Message)]
pub struct SnapshotId {
    /// The offset after the last record of the epoch, or -1.
    #[field(versions = "0+", default = -1)]
    pub end_offset: i64,
    /// The leader epoch, or -1.
    #[field(versions = "0+", default = -1)]
    pub epoch: i32,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// A transaction whose records a reader of committed data skips.
#[derive(Clone, Debug, PartialEq, Message)]
pub struct AbortedTransaction {
    /// The producer id.
    #[field(versions = "4+")]
    pub producer_id: i64,
    /// The offset of its first record.
    #[field(versions = "4+")]
    pub first_offset: i64,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// Where a node listens.
#[derive(Clone, Debug, PartialEq, Message)]
pub struct FetchResponseNodeEndpoint {
    /// The id of the node.
    #[field(versions = "16+")]
    pub node_id: i32,
    /// The host name or address.
    #[field(versions = "16+")]
    pub host: StrBytes,
    /// The port.
    #[field(versions = "16+")]
    pub port: i32,
    /// The rack, or null.
    #[field(versions = "16+", nullable = "16+", default = null)]
    pub rack: Option<StrBytes>,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}
