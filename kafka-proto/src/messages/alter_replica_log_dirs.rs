//! AlterReplicaLogDirs.

use crate::wire::{Message, StrBytes, UnknownTaggedFields};

/// AlterReplicaLogDirsRequest.
#[derive(Clone, Debug, PartialEq, Message)]
#[message(request, key = 34, versions = "0-2", flexible = "2+")]
pub struct AlterReplicaLogDirsRequest {
    /// The dirs.
    #[field(versions = "0+")]
    pub dirs: Vec<AlterReplicaLogDir>,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// The alter replica log dir.
#[derive(Clone, Debug, PartialEq, Message)]
pub struct AlterReplicaLogDir {
    /// The path.
    #[field(versions = "0+")]
    pub path: StrBytes,
    /// The topics.
    #[field(versions = "0+")]
    pub topics: Vec<AlterReplicaLogDirTopic>,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// The alter replica log dir topic.
#[derive(Clone, Debug, PartialEq, Message)]
pub struct AlterReplicaLogDirTopic {
    /// The name.
    #[field(versions = "0+")]
    pub name: StrBytes,
    /// The partitions.
    #[field(versions = "0+")]
    pub partitions: Vec<i32>,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// AlterReplicaLogDirsResponse.
#[derive(Clone, Debug, PartialEq, Message)]
#[message(response, key = 34, versions = "0-2", flexible = "2+")]
pub struct AlterReplicaLogDirsResponse {
    /// The throttle time ms.
    #[field(versions = "0+")]
    pub throttle_time_ms: i32,
    /// The results.
    #[field(versions = "0+")]
    pub results: Vec<AlterReplicaLogDirTopicResult>,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// The alter replica log dir topic result.
#[derive(Clone, Debug, PartialEq, Message)]
pub struct AlterReplicaLogDirTopicResult {
    /// The topic name.
    #[field(versions = "0+")]
    pub topic_name: StrBytes,
    /// The partitions.
    #[field(versions = "0+")]
    pub partitions: Vec<AlterReplicaLogDirPartitionResult>,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// The alter replica log dir partition result.
#[derive(Clone, Debug, PartialEq, Message)]
pub struct AlterReplicaLogDirPartitionResult {
    /// The partition index.
    #[field(versions = "0+")]
    pub partition_index: i32,
    /// The error code.
    #[field(versions = "0+")]
    pub error_code: i16,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}
