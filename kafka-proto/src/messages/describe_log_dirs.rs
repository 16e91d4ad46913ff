//! DescribeLogDirs.

use crate::wire::{Message, StrBytes, UnknownTaggedFields};

/// DescribeLogDirsRequest.
#[derive(Clone, Debug, PartialEq, Message)]
#[message(request, key = 35, versions = "0-5", flexible = "2+")]
pub struct DescribeLogDirsRequest {
    /// The topics.
    #[field(versions = "0+", nullable = "0+")]
    pub topics: Option<Vec<DescribableLogDirTopic>>,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// The describable log dir topic.
#[derive(Clone, Debug, PartialEq, Message)]
pub struct DescribableLogDirTopic {
    /// The topic.
    #[field(versions = "0+")]
    pub topic: StrBytes,
    /// The partitions.
    #[field(versions = "0+")]
    pub partitions: Vec<i32>,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// DescribeLogDirsResponse.
#[derive(Clone, Debug, PartialEq, Message)]
#[message(response, key = 35, versions = "0-5", flexible = "2+")]
pub struct DescribeLogDirsResponse {
    /// The throttle time ms.
    #[field(versions = "0+")]
    pub throttle_time_ms: i32,
    /// The error code.
    #[field(versions = "3+", ignorable)]
    pub error_code: i16,
    /// The results.
    #[field(versions = "0+")]
    pub results: Vec<DescribeLogDirsResult>,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// The describe log dirs result.
#[derive(Clone, Debug, PartialEq, Message)]
pub struct DescribeLogDirsResult {
    /// The error code.
    #[field(versions = "0+")]
    pub error_code: i16,
    /// The log dir.
    #[field(versions = "0+")]
    pub log_dir: StrBytes,
    /// The topics.
    #[field(versions = "0+")]
    pub topics: Vec<DescribeLogDirsTopic>,
    /// The total bytes.
    #[field(versions = "4+", default = -1, ignorable)]
    pub total_bytes: i64,
    /// The usable bytes.
    #[field(versions = "4+", default = -1, ignorable)]
    pub usable_bytes: i64,
    /// The is cordoned.
    #[field(versions = "5+", ignorable)]
    pub is_cordoned: bool,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// The describe log dirs topic.
#[derive(Clone, Debug, PartialEq, Message)]
pub struct DescribeLogDirsTopic {
    /// The name.
    #[field(versions = "0+")]
    pub name: StrBytes,
    /// The partitions.
    #[field(versions = "0+")]
    pub partitions: Vec<DescribeLogDirsPartition>,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// The describe log dirs partition.
#[derive(Clone, Debug, PartialEq, Message)]
pub struct DescribeLogDirsPartition {
    /// The partition index.
    #[field(versions = "0+")]
    pub partition_index: i32,
    /// The partition size.
    #[field(versions = "0+")]
    pub partition_size: i64,
    /// The offset lag.
    #[field(versions = "0+")]
    pub offset_lag: i64,
    /// The is future key.
    #[field(versions = "0+")]
    pub is_future_key: bool,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}
