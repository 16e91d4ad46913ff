//! `TxnOffsetCommit`: commit a group's offsets as part of a transaction.
//!
//! Version 3 is flexible and fences members that are not of the current generation. From version 5 on the
//! group need not be added to the transaction before (KIP-890). Version 6 names topics by id.

use crate::wire::{Message, StrBytes, UnknownTaggedFields, Uuid};

/// Stores the offsets of a group when a transaction commits.
#[derive(Clone, Debug, PartialEq, Message)]
#[message(request, key = 28, versions = "0-6", flexible = "3+")]
pub struct TxnOffsetCommitRequest {
    /// The transactional id.
    #[field(versions = "0+")]
    pub transactional_id: StrBytes,
    /// The group.
    #[field(versions = "0+")]
    pub group_id: StrBytes,
    /// The producer id.
    #[field(versions = "0+")]
    pub producer_id: i64,
    /// The epoch of the producer.
    #[field(versions = "0+")]
    pub producer_epoch: i16,
    /// The generation in the classic protocol, the member epoch in the consumer protocol; -1 for who is no
    /// member.
    #[field(versions = "3+", default = -1)]
    pub generation_id_or_member_epoch: i32,
    /// The id of the member; empty for who is no member.
    #[field(versions = "3+")]
    pub member_id: StrBytes,
    /// The `group.instance.id` of a static member, or null.
    #[field(versions = "3+", nullable = "3+", default = null)]
    pub group_instance_id: Option<StrBytes>,
    /// The topics.
    #[field(versions = "0+")]
    pub topics: Vec<TxnOffsetCommitRequestTopic>,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// The offsets of a topic.
#[derive(Clone, Debug, PartialEq, Message)]
pub struct TxnOffsetCommitRequestTopic {
    /// The name of the topic.
    #[field(versions = "0-5", ignorable)]
    pub name: StrBytes,
    /// The id of the topic.
    #[field(versions = "6+", ignorable)]
    pub topic_id: Uuid,
    /// The partitions.
    #[field(versions = "0+")]
    pub partitions: Vec<TxnOffsetCommitRequestPartition>,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// The offset of a partition.
#[derive(Clone, Debug, PartialEq, Message)]
pub struct TxnOffsetCommitRequestPartition {
    /// The number of the partition.
    #[field(versions = "0+")]
    pub partition_index: i32,
    /// The offset: of the next record to read, not of the last one read.
    #[field(versions = "0+")]
    pub committed_offset: i64,
    /// The leader epoch of the last record that was read, or -1.
    #[field(versions = "2+", default = -1, ignorable)]
    pub committed_leader_epoch: i32,
    /// Text of the client that is stored with the offset.
    #[field(versions = "0+", nullable = "0+")]
    pub committed_metadata: Option<StrBytes>,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// Whether each offset was accepted.
#[derive(Clone, Debug, PartialEq, Message)]
#[message(response, key = 28, versions = "0-6", flexible = "3+")]
pub struct TxnOffsetCommitResponse {
    /// How long the client was, or is to be, held back for exceeding a quota, in milliseconds.
    #[field(versions = "0+")]
    pub throttle_time_ms: i32,
    /// The topics.
    #[field(versions = "0+")]
    pub topics: Vec<TxnOffsetCommitResponseTopic>,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// What became of the offsets of a topic.
#[derive(Clone, Debug, PartialEq, Message)]
pub struct TxnOffsetCommitResponseTopic {
    /// The name of the topic.
    #[field(versions = "0-5", ignorable)]
    pub name: StrBytes,
    /// The id of the topic.
    #[field(versions = "6+", ignorable)]
    pub topic_id: Uuid,
    /// The partitions.
    #[field(versions = "0+")]
    pub partitions: Vec<TxnOffsetCommitResponsePartition>,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// What became of the offset of a partition.
#[derive(Clone, Debug, PartialEq, Message)]
pub struct TxnOffsetCommitResponsePartition {
    /// The number of the partition.
    #[field(versions = "0+")]
    pub partition_index: i32,
    /// What went wrong, or 0.
    #[field(versions = "0+")]
    pub error_code: i16,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}
