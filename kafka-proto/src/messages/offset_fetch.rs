//! `OffsetFetch`: how far a consumer group has read.
//!
//! From version 2 on, null topics mean all of them. Version 6 is flexible. Version 7 can insist on offsets
//! that no open transaction may change. From version 8 on, one request asks for several groups. Version 9
//! serves the consumer protocol (KIP-848). Version 10 names topics by id.

use crate::wire::{Message, StrBytes, UnknownTaggedFields, Uuid};

/// Asks for the committed offsets of groups.
#[derive(Clone, Debug, PartialEq, Message)]
#[message(request, key = 9, versions = "0-10", flexible = "6+")]
pub struct OffsetFetchRequest {
    /// The group.
    #[field(versions = "0-7")]
    pub group_id: StrBytes,
    /// The topics, or null for all that have offsets.
    #[field(versions = "0-7", nullable = "2-7")]
    pub topics: Option<Vec<OffsetFetchRequestTopic>>,
    /// The groups.
    #[field(versions = "8+")]
    pub groups: Vec<OffsetFetchRequestGroup>,
    /// Whether to answer with an error while an open transaction may still change an offset.
    #[field(versions = "7+")]
    pub require_stable: bool,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// A topic asked for, up to version 7.
#[derive(Clone, Debug, PartialEq, Message)]
pub struct OffsetFetchRequestTopic {
    /// The name of the topic.
    #[field(versions = "0-7")]
    pub name: StrBytes,
    /// The numbers of the partitions.
    #[field(versions = "0-7")]
    pub partition_indexes: Vec<i32>,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// A group asked for, since version 8.
#[derive(Clone, Debug, PartialEq, Message)]
pub struct OffsetFetchRequestGroup {
    /// The group.
    #[field(versions = "8+")]
    pub group_id: StrBytes,
    /// The id of the member.
    #[field(versions = "9+", nullable = "9+", default = null, ignorable)]
    pub member_id: Option<StrBytes>,
    /// The epoch of the member, or -1.
    #[field(versions = "9+", default = -1, ignorable)]
    pub member_epoch: i32,
    /// The topics, or null for all that have offsets.
    #[field(versions = "8+", nullable = "8+")]
    pub topics: Option<Vec<OffsetFetchRequestTopics>>,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// A topic asked for, since version 8.
#[derive(Clone, Debug, PartialEq, Message)]
pub struct OffsetFetchRequestTopics {
    /// The name of the topic.
    #[field(versions = "8-9", ignorable)]
    pub name: StrBytes,
    /// The id of the topic.
    #[field(versions = "10+", ignorable)]
    pub topic_id: Uuid,
    /// The numbers of the partitions.
    #[field(versions = "8+")]
    pub partition_indexes: Vec<i32>,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// The committed offsets.
#[derive(Clone, Debug, PartialEq, Message)]
#[message(response, key = 9, versions = "0-10", flexible = "6+")]
pub struct OffsetFetchResponse {
    /// How long the client was, or is to be, held back for exceeding a quota, in milliseconds.
    #[field(versions = "3+", ignorable)]
    pub throttle_time_ms: i32,
    /// The topics.
    #[field(versions = "0-7")]
    pub topics: Vec<OffsetFetchResponseTopic>,
    /// What went wrong, or 0.
    #[field(versions = "2-7", ignorable)]
    pub error_code: i16,
    /// The groups.
    #[field(versions = "8+")]
    pub groups: Vec<OffsetFetchResponseGroup>,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// The offsets of a topic, up to version 7.
#[derive(Clone, Debug, PartialEq, Message)]
pub struct OffsetFetchResponseTopic {
    /// The name of the topic.
    #[field(versions = "0-7")]
    pub name: StrBytes,
    /// The partitions.
    #[field(versions = "0-7")]
    pub partitions: Vec<OffsetFetchResponsePartition>,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// The offset of a partition, up to version 7.
#[derive(Clone, Debug, PartialEq, Message)]
pub struct OffsetFetchResponsePartition {
    /// The number of the partition.
    #[field(versions = "0-7")]
    pub partition_index: i32,
    /// The offset of the next record to read, or -1 if none is committed.
    #[field(versions = "0-7")]
    pub committed_offset: i64,
    /// The leader epoch of the last record that was read, or -1.
    #[field(versions = "5-7", default = -1, ignorable)]
    pub committed_leader_epoch: i32,
    /// Text of the client that was stored with the offset.
    #[field(versions = "0-7", nullable = "0-7")]
    pub metadata: Option<StrBytes>,
    /// What went wrong, or 0.
    #[field(versions = "0-7")]
    pub error_code: i16,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// The offsets of a group, since version 8.
#[derive(Clone, Debug, PartialEq, Message)]
pub struct OffsetFetchResponseGroup {
    /// The group.
    #[field(versions = "8+")]
    pub group_id: StrBytes,
    /// The topics.
    #[field(versions = "8+")]
    pub topics: Vec<OffsetFetchResponseTopics>,
    /// What went wrong, or 0.
    #[field(versions = "8+")]
    pub error_code: i16,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// The offsets of a topic, since version 8.
#[derive(Clone, Debug, PartialEq, Message)]
pub struct OffsetFetchResponseTopics {
    /// The name of the topic.
    #[field(versions = "8-9", ignorable)]
    pub name: StrBytes,
    /// The id of the topic.
    #[field(versions = "10+", ignorable)]
    pub topic_id: Uuid,
    /// The partitions.
    #[field(versions = "8+")]
    pub partitions: Vec<OffsetFetchResponsePartitions>,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// The offset of a partition, since version 8.
#[derive(Clone, Debug, PartialEq, Message)]
pub struct OffsetFetchResponsePartitions {
    /// The number of the partition.
    #[field(versions = "8+")]
    pub partition_index: i32,
    /// The offset of the next record to read, or -1 if none is committed.
    #[field(versions = "8+")]
    pub committed_offset: i64,
    /// The leader epoch of the last record that was read, or -1.
    #[field(versions = "8+", default = -1, ignorable)]
    pub committed_leader_epoch: i32,
    /// Text of the client that was stored with the offset.
    #[field(versions = "8+", nullable = "8+")]
    pub metadata: Option<StrBytes>,
    /// What went wrong, or 0.
    #[field(versions = "8+")]
    pub error_code: i16,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}
