//! `OffsetCommit`: store how far a consumer group has read.
//!
//! Who is no member of the group commits with generation -1 and an empty member id.
//!
//! From version 1 on offsets are stored in Kafka rather than ZooKeeper; versions 2 to 4 can say how long they
//! last. Version 6 brings the leader epoch, version 7 static members. Version 8 is flexible. Version 9 serves
//! the consumer protocol (KIP-848). Version 10 names topics by id.

use crate::wire::{Message, StrBytes, UnknownTaggedFields, Uuid};

/// Stores the offsets of a group.
#[derive(Clone, Debug, PartialEq, Message)]
#[message(request, key = 8, versions = "0-10", flexible = "8+")]
pub struct OffsetCommitRequest {
    /// The group.
    #[field(versions = "0+")]
    pub group_id: StrBytes,
    /// The generation in the classic protocol, the member epoch in the consumer protocol; -1 for who is no
    /// member.
    #[field(versions = "1+", default = -1, ignorable)]
    pub generation_id_or_member_epoch: i32,
    /// The id of the member; empty for who is no member.
    #[field(versions = "1+", ignorable)]
    pub member_id: StrBytes,
    /// The `group.instance.id` of a static member, or null.
    #[field(versions = "7+", nullable = "7+", default = null)]
    pub group_instance_id: Option<StrBytes>,
    /// How long to keep the offsets, in milliseconds; -1 is the default of the broker.
    #[field(versions = "2-4", default = -1, ignorable)]
    pub retention_time_ms: i64,
    /// The topics.
    #[field(versions = "0+")]
    pub topics: Vec<OffsetCommitRequestTopic>,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// The offsets of a topic.
#[derive(Clone, Debug, PartialEq, Message)]
pub struct OffsetCommitRequestTopic {
    /// The name of the topic.
    #[field(versions = "0-9", ignorable)]
    pub name: StrBytes,
    /// The id of the topic.
    #[field(versions = "10+", ignorable)]
    pub topic_id: Uuid,
    /// The partitions.
    #[field(versions = "0+")]
    pub partitions: Vec<OffsetCommitRequestPartition>,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// The offset of a partition.
#[derive(Clone, Debug, PartialEq, Message)]
pub struct OffsetCommitRequestPartition {
    /// The number of the partition.
    #[field(versions = "0+")]
    pub partition_index: i32,
    /// The offset: of the next record to read, not of the last one read.
    #[field(versions = "0+")]
    pub committed_offset: i64,
    /// The leader epoch of the last record that was read, or -1.
    #[field(versions = "6+", default = -1, ignorable)]
    pub committed_leader_epoch: i32,
    /// When the offset was committed, in milliseconds; -1 is now.
    #[field(versions = "1", default = -1)]
    pub commit_timestamp: i64,
    /// Text of the client that is stored with the offset.
    #[field(versions = "0+", nullable = "0+")]
    pub committed_metadata: Option<StrBytes>,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// Whether each offset was stored.
#[derive(Clone, Debug, PartialEq, Message)]
#[message(response, key = 8, versions = "0-10", flexible = "8+")]
pub struct OffsetCommitResponse {
    /// How long the client was, or is to be, held back for exceeding a quota, in milliseconds.
    #[field(versions = "3+", ignorable)]
    pub throttle_time_ms: i32,
    /// The topics.
    #[field(versions = "0+")]
    pub topics: Vec<OffsetCommitResponseTopic>,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// What became of the offsets of a topic.
#[derive(Clone, Debug, PartialEq, Message)]
pub struct OffsetCommitResponseTopic {
    /// The name of the topic.
    #[field(versions = "0-9", ignorable)]
    pub name: StrBytes,
    /// The id of the topic.
    #[field(versions = "10+", ignorable)]
    pub topic_id: Uuid,
    /// The partitions.
    #[field(versions = "0+")]
    pub partitions: Vec<OffsetCommitResponsePartition>,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// What became of the offset of a partition.
#[derive(Clone, Debug, PartialEq, Message)]
pub struct OffsetCommitResponsePartition {
    /// The number of the partition.
    #[field(versions = "0+")]
    pub partition_index: i32,
    /// What went wrong, or 0.
    #[field(versions = "0+")]
    pub error_code: i16,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}
