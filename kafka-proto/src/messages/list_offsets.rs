//! `ListOffsets`: offsets by time.
//!
//! Besides times, `timestamp` takes -1 for the end of the log, -2 for its start, -3 for the record with the
//! largest timestamp (version 7), -4 for the start of what is on the broker's own disk (version 8), -5 for
//! the last offset in tiered storage (version 9), and -6 for the first offset not yet uploaded to it (version
//! 11).
//!
//! Version 0 answers with a list of offsets, later ones with one. Version 6 is flexible.

use crate::wire::{Message, StrBytes, UnknownTaggedFields};

/// Asks for the offset of a point in time, for each partition.
#[derive(Clone, Debug, PartialEq, Message)]
#[message(request, key = 2, versions = "0-11", flexible = "6+")]
pub struct ListOffsetsRequest {
    /// The broker that asks; -1 for consumers.
    #[field(versions = "0+")]
    pub replica_id: i32,
    /// 0 to read everything, 1 to read only what is committed.
    #[field(versions = "2+")]
    pub isolation_level: i8,
    /// The topics.
    #[field(versions = "0+")]
    pub topics: Vec<ListOffsetsTopic>,
    /// How long the broker may take, in milliseconds.
    #[field(versions = "10+", ignorable)]
    pub timeout_ms: i32,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// A topic to look into.
#[derive(Clone, Debug, PartialEq, Message)]
pub struct ListOffsetsTopic {
    /// The name of the topic.
    #[field(versions = "0+")]
    pub name: StrBytes,
    /// The partitions.
    #[field(versions = "0+")]
    pub partitions: Vec<ListOffsetsPartition>,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// A partition to look into.
#[derive(Clone, Debug, PartialEq, Message)]
pub struct ListOffsetsPartition {
    /// The number of the partition.
    #[field(versions = "0+")]
    pub partition_index: i32,
    /// The leader epoch that the client knows, or -1; the broker refuses if it is not the leader's.
    #[field(versions = "4+", default = -1, ignorable)]
    pub current_leader_epoch: i32,
    /// The time to look for, in milliseconds since 1970; negative numbers have a meaning of their own, see
    /// above.
    #[field(versions = "0+")]
    pub timestamp: i64,
    /// How many offsets to list.
    #[field(versions = "0", default = 1)]
    pub max_num_offsets: i32,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// The offset of each partition.
#[derive(Clone, Debug, PartialEq, Message)]
#[message(response, key = 2, versions = "0-11", flexible = "6+")]
pub struct ListOffsetsResponse {
    /// How long the client was, or is to be, held back for exceeding a quota, in milliseconds.
    #[field(versions = "2+", ignorable)]
    pub throttle_time_ms: i32,
    /// The topics.
    #[field(versions = "0+")]
    pub topics: Vec<ListOffsetsTopicResponse>,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// The offsets of a topic.
#[derive(Clone, Debug, PartialEq, Message)]
pub struct ListOffsetsTopicResponse {
    /// The name of the topic.
    #[field(versions = "0+")]
    pub name: StrBytes,
    /// The partitions.
    #[field(versions = "0+")]
    pub partitions: Vec<ListOffsetsPartitionResponse>,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// The offset of a partition.
#[derive(Clone, Debug, PartialEq, Message)]
pub struct ListOffsetsPartitionResponse {
    /// The number of the partition.
    #[field(versions = "0+")]
    pub partition_index: i32,
    /// What went wrong, or 0.
    #[field(versions = "0+")]
    pub error_code: i16,
    /// The offsets, newest first.
    #[field(versions = "0")]
    pub old_style_offsets: Vec<i64>,
    /// The timestamp of the record at the offset, or -1.
    #[field(versions = "1+", default = -1)]
    pub timestamp: i64,
    /// The offset, or -1 if there is none.
    #[field(versions = "1+", default = -1)]
    pub offset: i64,
    /// The leader epoch of the record at the offset, or -1.
    #[field(versions = "4+", default = -1)]
    pub leader_epoch: i32,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}
