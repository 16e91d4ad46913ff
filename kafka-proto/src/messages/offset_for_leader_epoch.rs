//! `OffsetForLeaderEpoch`: where a leader epoch ends.
//!
//! A consumer asks after a change of leaders, to see whether the log was truncated below its position
//! (KIP-320). Version 4 is flexible.

use crate::wire::{Message, StrBytes, UnknownTaggedFields};

/// Asks where leader epochs end.
#[derive(Clone, Debug, PartialEq, Message)]
#[message(request, key = 23, versions = "0-4", flexible = "4+")]
pub struct OffsetForLeaderEpochRequest {
    /// The broker that asks; -1 for consumers.
    #[field(versions = "3+", default = -2, ignorable)]
    pub replica_id: i32,
    /// The topics.
    #[field(versions = "0+")]
    pub topics: Vec<OffsetForLeaderTopic>,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// The partitions of a topic.
#[derive(Clone, Debug, PartialEq, Message)]
pub struct OffsetForLeaderTopic {
    /// The name of the topic.
    #[field(versions = "0+")]
    pub topic: StrBytes,
    /// The partitions.
    #[field(versions = "0+")]
    pub partitions: Vec<OffsetForLeaderPartition>,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// A partition, and the epoch whose end is asked for.
#[derive(Clone, Debug, PartialEq, Message)]
pub struct OffsetForLeaderPartition {
    /// The number of the partition.
    #[field(versions = "0+")]
    pub partition: i32,
    /// The leader epoch that the client knows, or -1; the broker refuses if it is not the leader's.
    #[field(versions = "2+", default = -1, ignorable)]
    pub current_leader_epoch: i32,
    /// The epoch whose end is asked for.
    #[field(versions = "0+")]
    pub leader_epoch: i32,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// The end of each epoch.
#[derive(Clone, Debug, PartialEq, Message)]
#[message(response, key = 23, versions = "0-4", flexible = "4+")]
pub struct OffsetForLeaderEpochResponse {
    /// How long the client was, or is to be, held back for exceeding a quota, in milliseconds.
    #[field(versions = "2+", ignorable)]
    pub throttle_time_ms: i32,
    /// The topics.
    #[field(versions = "0+")]
    pub topics: Vec<OffsetForLeaderTopicResult>,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// The epochs of a topic.
#[derive(Clone, Debug, PartialEq, Message)]
pub struct OffsetForLeaderTopicResult {
    /// The name of the topic.
    #[field(versions = "0+")]
    pub topic: StrBytes,
    /// The partitions.
    #[field(versions = "0+")]
    pub partitions: Vec<OffsetForLeaderEpochResponseEpochEndOffset>,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// Where a leader epoch ends.
#[derive(Clone, Debug, PartialEq, Message)]
pub struct OffsetForLeaderEpochResponseEpochEndOffset {
    /// What went wrong, or 0.
    #[field(versions = "0+")]
    pub error_code: i16,
    /// The number of the partition.
    #[field(versions = "0+")]
    pub partition: i32,
    /// The newest epoch of the log that is not newer than the one asked for.
    #[field(versions = "1+", default = -1, ignorable)]
    pub leader_epoch: i32,
    /// The offset after the last record of the epoch, or -1.
    #[field(versions = "0+", default = -1)]
    pub end_offset: i64,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}
