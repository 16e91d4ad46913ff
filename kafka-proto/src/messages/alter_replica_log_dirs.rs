//! `AlterReplicaLogDirs`: move replicas between the disks of a broker.
//!
//! Version 2 is flexible.

use crate::wire::{Message, StrBytes, UnknownTaggedFields};

/// Moves replicas to other directories.
#[derive(Clone, Debug, PartialEq, Message)]
#[message(request, key = 34, versions = "0-2", flexible = "2+")]
pub struct AlterReplicaLogDirsRequest {
    /// The replicas to move, by directory.
    #[field(versions = "0+")]
    pub dirs: Vec<AlterReplicaLogDir>,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// A directory to move replicas to.
#[derive(Clone, Debug, PartialEq, Message)]
pub struct AlterReplicaLogDir {
    /// The absolute path of the directory.
    #[field(versions = "0+")]
    pub path: StrBytes,
    /// The topics.
    #[field(versions = "0+")]
    pub topics: Vec<AlterReplicaLogDirTopic>,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// The replicas of a topic.
#[derive(Clone, Debug, PartialEq, Message)]
pub struct AlterReplicaLogDirTopic {
    /// The name of the topic.
    #[field(versions = "0+")]
    pub name: StrBytes,
    /// The partitions.
    #[field(versions = "0+")]
    pub partitions: Vec<i32>,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// Whether each replica will be moved.
#[derive(Clone, Debug, PartialEq, Message)]
#[message(response, key = 34, versions = "0-2", flexible = "2+")]
pub struct AlterReplicaLogDirsResponse {
    /// How long the client was, or is to be, held back for exceeding a quota, in milliseconds.
    #[field(versions = "0+")]
    pub throttle_time_ms: i32,
    /// The results.
    #[field(versions = "0+")]
    pub results: Vec<AlterReplicaLogDirTopicResult>,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// What became of the replicas of a topic.
#[derive(Clone, Debug, PartialEq, Message)]
pub struct AlterReplicaLogDirTopicResult {
    /// The name of the topic.
    #[field(versions = "0+")]
    pub topic_name: StrBytes,
    /// The partitions.
    #[field(versions = "0+")]
    pub partitions: Vec<AlterReplicaLogDirPartitionResult>,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// What became of a replica.
#[derive(Clone, Debug, PartialEq, Message)]
pub struct AlterReplicaLogDirPartitionResult {
    /// The number of the partition.
    #[field(versions = "0+")]
    pub partition_index: i32,
    /// What went wrong, or 0.
    #[field(versions = "0+")]
    pub error_code: i16,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}
