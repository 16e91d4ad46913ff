//! OffsetDelete.

use crate::wire::{Message, StrBytes};

/// OffsetDeleteRequest.
#[derive(Clone, Debug, PartialEq, Message)]
#[message(request, key = 47, versions = "0")]
pub struct OffsetDeleteRequest {
    /// The group id.
    #[field(versions = "0+")]
    pub group_id: StrBytes,
    /// The topics.
    #[field(versions = "0+")]
    pub topics: Vec<OffsetDeleteRequestTopic>,
}

/// The offset delete request topic.
#[derive(Clone, Debug, PartialEq, Message)]
pub struct OffsetDeleteRequestTopic {
    /// The name.
    #[field(versions = "0+")]
    pub name: StrBytes,
    /// The partitions.
    #[field(versions = "0+")]
    pub partitions: Vec<OffsetDeleteRequestPartition>,
}

/// The offset delete request partition.
#[derive(Clone, Debug, PartialEq, Message)]
pub struct OffsetDeleteRequestPartition {
    /// The partition index.
    #[field(versions = "0+")]
    pub partition_index: i32,
}

/// OffsetDeleteResponse.
#[derive(Clone, Debug, PartialEq, Message)]
#[message(response, key = 47, versions = "0")]
pub struct OffsetDeleteResponse {
    /// The error code.
    #[field(versions = "0+")]
    pub error_code: i16,
    /// The throttle time ms.
    #[field(versions = "0+", ignorable)]
    pub throttle_time_ms: i32,
    /// The topics.
    #[field(versions = "0+")]
    pub topics: Vec<OffsetDeleteResponseTopic>,
}

/// The offset delete response topic.
#[derive(Clone, Debug, PartialEq, Message)]
pub struct OffsetDeleteResponseTopic {
    /// The name.
    #[field(versions = "0+")]
    pub name: StrBytes,
    /// The partitions.
    #[field(versions = "0+")]
    pub partitions: Vec<OffsetDeleteResponsePartition>,
}

/// The offset delete response partition.
#[derive(Clone, Debug, PartialEq, Message)]
pub struct OffsetDeleteResponsePartition {
    /// The partition index.
    #[field(versions = "0+")]
    pub partition_index: i32,
    /// The error code.
    #[field(versions = "0+")]
    pub error_code: i16,
}
