//! Produce: append record batches to partitions.
//!
//! A leader appends one batch for each partition and answers once as many replicas have it as `acks` asks
//! for. With acks 0 there is no answer at all.
//!
//! - Version 3 brings record batches of magic 2, with headers, and transactions; older versions carry message
//!   sets.
//! - Version 7 allows zstd. Version 8 names the records that a batch was refused for (KIP-467).
//! - Version 9 is flexible. Version 10 brings hints to new leaders (KIP-951).
//! - Version 12 lets a producer write to a transaction without adding its partitions before (KIP-890).
//! - Version 13 names topics by id (KIP-516).
//!
//! Brokers of Kafka 4 list versions 0 to 2 but refuse them.

use bytes::Bytes;

use crate::wire::{Message, StrBytes, UnknownTaggedFields, Uuid};

/// Appends record batches to partitions.
#[derive(Clone, Debug, PartialEq, Message)]
#[message(request, key = 0, versions = "0-13", flexible = "9+")]
pub struct ProduceRequest {
    /// The transactional id, or null if the records belong to no transaction.
    #[field(versions = "3+", nullable = "3+", default = null)]
    pub transactional_id: Option<StrBytes>,
    /// How many replicas must have the records before the broker answers: 0 none, and no answer either; 1 the
    /// leader; -1 all in-sync ones.
    #[field(versions = "0+")]
    pub acks: i16,
    /// How long the broker may take, in milliseconds.
    #[field(versions = "0+")]
    pub timeout_ms: i32,
    /// The batches, by topic.
    #[field(versions = "0+")]
    pub topic_data: Vec<TopicProduceData>,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// The batches for a topic.
#[derive(Clone, Debug, PartialEq, Message)]
pub struct TopicProduceData {
    /// The name of the topic.
    #[field(versions = "0-12", ignorable)]
    pub name: StrBytes,
    /// The id of the topic.
    #[field(versions = "13+", ignorable)]
    pub topic_id: Uuid,
    /// The batches, by partition.
    #[field(versions = "0+")]
    pub partition_data: Vec<PartitionProduceData>,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// The batch for a partition.
#[derive(Clone, Debug, PartialEq, Message)]
pub struct PartitionProduceData {
    /// The number of the partition.
    #[field(versions = "0+")]
    pub index: i32,
    /// The record batch.
    #[field(versions = "0+", nullable = "0+", records)]
    pub records: Option<Bytes>,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// What became of each batch.
#[derive(Clone, Debug, PartialEq, Message)]
#[message(response, key = 0, versions = "0-13", flexible = "9+")]
pub struct ProduceResponse {
    /// The results, by topic.
    #[field(versions = "0+")]
    pub responses: Vec<TopicProduceResponse>,
    /// How long the client was, or is to be, held back for exceeding a quota, in milliseconds.
    #[field(versions = "1+", ignorable)]
    pub throttle_time_ms: i32,
    /// Where the leaders listen that `current_leader` names.
    #[field(versions = "10+", tag = 0)]
    pub node_endpoints: Vec<ProduceResponseNodeEndpoint>,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// What became of the batches for a topic.
#[derive(Clone, Debug, PartialEq, Message)]
pub struct TopicProduceResponse {
    /// The name of the topic.
    #[field(versions = "0-12", ignorable)]
    pub name: StrBytes,
    /// The id of the topic.
    #[field(versions = "13+", ignorable)]
    pub topic_id: Uuid,
    /// The results, by partition.
    #[field(versions = "0+")]
    pub partition_responses: Vec<PartitionProduceResponse>,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// What became of the batch for a partition.
#[derive(Clone, Debug, PartialEq, Message)]
pub struct PartitionProduceResponse {
    /// The number of the partition.
    #[field(versions = "0+")]
    pub index: i32,
    /// What went wrong, or 0.
    #[field(versions = "0+")]
    pub error_code: i16,
    /// The offset of the first record, or -1 if it is not known.
    #[field(versions = "0+")]
    pub base_offset: i64,
    /// The timestamp that the broker gave the records; -1 if they keep their own.
    #[field(versions = "2+", default = -1, ignorable)]
    pub log_append_time_ms: i64,
    /// The first offset that the log still has; -1 if it is not known.
    #[field(versions = "5+", default = -1, ignorable)]
    pub log_start_offset: i64,
    /// The records that the batch was refused for.
    #[field(versions = "8+", ignorable)]
    pub record_errors: Vec<BatchIndexAndErrorMessage>,
    /// What went wrong in words, or null.
    #[field(versions = "8+", nullable = "8+", default = null, ignorable)]
    pub error_message: Option<StrBytes>,
    /// The leader to turn to, if it is not this broker.
    #[field(versions = "10+", tag = 0)]
    pub current_leader: ProduceResponseLeaderIdAndEpoch,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// A record that its batch was refused for.
#[derive(Clone, Debug, PartialEq, Message)]
pub struct BatchIndexAndErrorMessage {
    /// The record's index in its batch.
    #[field(versions = "8+")]
    pub batch_index: i32,
    /// What is wrong with the record, or null.
    #[field(versions = "8+", nullable = "8+", default = null)]
    pub batch_index_error_message: Option<StrBytes>,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// Who leads a partition, as far as the broker knows.
#[derive(Clone, Debug, PartialEq, Message)]
pub struct ProduceResponseLeaderIdAndEpoch {
    /// The broker that leads the partition, or -1.
    #[field(versions = "10+", default = -1)]
    pub leader_id: i32,
    /// The leader epoch, or -1 if it is not known.
    #[field(versions = "10+", default = -1)]
    pub leader_epoch: i32,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// Where a node listens.
#[derive(Clone, Debug, PartialEq, Message)]
pub struct ProduceResponseNodeEndpoint {
    /// The id of the node.
    #[field(versions = "10+")]
    pub node_id: i32,
    /// The host name or address.
    #[field(versions = "10+")]
    pub host: StrBytes,
    /// The port.
    #[field(versions = "10+")]
    pub port: i32,
    /// The rack, or null.
    #[field(versions = "10+", nullable = "10+", default = null)]
    pub rack: Option<StrBytes>,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}
