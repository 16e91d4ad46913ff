//! `DescribeLogDirs`: what is on the disks of a broker.
//!
//! Version 2 is flexible. Version 4 gives the size of the disks. Version 5 says which are closed to new
//! replicas.

use crate::wire::{Message, StrBytes, UnknownTaggedFields};

/// Asks for the log directories.
#[derive(Clone, Debug, PartialEq, Message)]
#[message(request, key = 35, versions = "0-5", flexible = "2+")]
pub struct DescribeLogDirsRequest {
    /// The topics, or null for all.
    #[field(versions = "0+", nullable = "0+")]
    pub topics: Option<Vec<DescribableLogDirTopic>>,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// A topic asked for.
#[derive(Clone, Debug, PartialEq, Message)]
pub struct DescribableLogDirTopic {
    /// The name of the topic.
    #[field(versions = "0+")]
    pub topic: StrBytes,
    /// The numbers of the partitions.
    #[field(versions = "0+")]
    pub partitions: Vec<i32>,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// The log directories and what is in them.
#[derive(Clone, Debug, PartialEq, Message)]
#[message(response, key = 35, versions = "0-5", flexible = "2+")]
pub struct DescribeLogDirsResponse {
    /// How long the client was, or is to be, held back for exceeding a quota, in milliseconds.
    #[field(versions = "0+")]
    pub throttle_time_ms: i32,
    /// What went wrong, or 0.
    #[field(versions = "3+", ignorable)]
    pub error_code: i16,
    /// The results.
    #[field(versions = "0+")]
    pub results: Vec<DescribeLogDirsResult>,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// A log directory.
#[derive(Clone, Debug, PartialEq, Message)]
pub struct DescribeLogDirsResult {
    /// What went wrong, or 0.
    #[field(versions = "0+")]
    pub error_code: i16,
    /// The absolute path of the directory.
    #[field(versions = "0+")]
    pub log_dir: StrBytes,
    /// The topics.
    #[field(versions = "0+")]
    pub topics: Vec<DescribeLogDirsTopic>,
    /// The size of the disk, or -1.
    #[field(versions = "4+", default = -1, ignorable)]
    pub total_bytes: i64,
    /// What is free on the disk, or -1.
    #[field(versions = "4+", default = -1, ignorable)]
    pub usable_bytes: i64,
    /// Whether the directory takes no new replicas.
    #[field(versions = "5+", ignorable)]
    pub is_cordoned: bool,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// The replicas of a topic in the directory.
#[derive(Clone, Debug, PartialEq, Message)]
pub struct DescribeLogDirsTopic {
    /// The name of the topic.
    #[field(versions = "0+")]
    pub name: StrBytes,
    /// The replicas.
    #[field(versions = "0+")]
    pub partitions: Vec<DescribeLogDirsPartition>,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// A replica in the directory.
#[derive(Clone, Debug, PartialEq, Message)]
pub struct DescribeLogDirsPartition {
    /// The number of the partition.
    #[field(versions = "0+")]
    pub partition_index: i32,
    /// The size of the replica, in bytes.
    #[field(versions = "0+")]
    pub partition_size: i64,
    /// How many offsets the replica is behind.
    #[field(versions = "0+")]
    pub offset_lag: i64,
    /// Whether the replica is a copy that will take the place of the current one.
    #[field(versions = "0+")]
    pub is_future_key: bool,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}
