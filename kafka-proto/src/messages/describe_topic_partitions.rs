//! DescribeTopicPartitions.

use crate::wire::{Message, StrBytes, UnknownTaggedFields, Uuid};

/// DescribeTopicPartitionsRequest.
#[derive(Clone, Debug, PartialEq, Message)]
#[message(request, key = 75, versions = "0", flexible = "0+")]
pub struct DescribeTopicPartitionsRequest {
    /// The topics.
    #[field(versions = "0+")]
    pub topics: Vec<DescribeTopicPartitionsRequestTopicRequest>,
    /// The response partition limit.
    #[field(versions = "0+", default = 2000)]
    pub response_partition_limit: i32,
    /// The cursor.
    #[field(versions = "0+", nullable = "0+", default = null)]
    pub cursor: Option<DescribeTopicPartitionsRequestCursor>,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// The topic request.
#[derive(Clone, Debug, PartialEq, Message)]
pub struct DescribeTopicPartitionsRequestTopicRequest {
    /// The name.
    #[field(versions = "0+")]
    pub name: StrBytes,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// The cursor.
#[derive(Clone, Debug, PartialEq, Message)]
pub struct DescribeTopicPartitionsRequestCursor {
    /// The topic name.
    #[field(versions = "0+")]
    pub topic_name: StrBytes,
    /// The partition index.
    #[field(versions = "0+")]
    pub partition_index: i32,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// DescribeTopicPartitionsResponse.
#[derive(Clone, Debug, PartialEq, Message)]
#[message(response, key = 75, versions = "0", flexible = "0+")]
pub struct DescribeTopicPartitionsResponse {
    /// The throttle time ms.
    #[field(versions = "0+", ignorable)]
    pub throttle_time_ms: i32,
    /// The topics.
    #[field(versions = "0+")]
    pub topics: Vec<DescribeTopicPartitionsResponseTopic>,
    /// The next cursor.
    #[field(versions = "0+", nullable = "0+", default = null)]
    pub next_cursor: Option<DescribeTopicPartitionsResponseCursor>,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// The describe topic partitions response topic.
#[derive(Clone, Debug, PartialEq, Message)]
pub struct DescribeTopicPartitionsResponseTopic {
    /// The error code.
    #[field(versions = "0+")]
    pub error_code: i16,
    /// The name.
    #[field(versions = "0+", nullable = "0+")]
    pub name: Option<StrBytes>,
    /// The topic id.
    #[field(versions = "0+", ignorable)]
    pub topic_id: Uuid,
    /// The is internal.
    #[field(versions = "0+", ignorable)]
    pub is_internal: bool,
    /// The partitions.
    #[field(versions = "0+")]
    pub partitions: Vec<DescribeTopicPartitionsResponsePartition>,
    /// The topic authorized operations.
    #[field(versions = "0+", default = -2_147_483_648)]
    pub topic_authorized_operations: i32,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// The describe topic partitions response partition.
#[derive(Clone, Debug, PartialEq, Message)]
pub struct DescribeTopicPartitionsResponsePartition {
    /// The error code.
    #[field(versions = "0+")]
    pub error_code: i16,
    /// The partition index.
    #[field(versions = "0+")]
    pub partition_index: i32,
    /// The leader id.
    #[field(versions = "0+")]
    pub leader_id: i32,
    /// The leader epoch.
    #[field(versions = "0+", default = -1, ignorable)]
    pub leader_epoch: i32,
    /// The replica nodes.
    #[field(versions = "0+")]
    pub replica_nodes: Vec<i32>,
    /// The isr nodes.
    #[field(versions = "0+")]
    pub isr_nodes: Vec<i32>,
    /// The eligible leader replicas.
    #[field(versions = "0+", nullable = "0+", default = null)]
    pub eligible_leader_replicas: Option<Vec<i32>>,
    /// The last known elr.
    #[field(versions = "0+", nullable = "0+", default = null)]
    pub last_known_elr: Option<Vec<i32>>,
    /// The offline replicas.
    #[field(versions = "0+", ignorable)]
    pub offline_replicas: Vec<i32>,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// The cursor.
#[derive(Clone, Debug, PartialEq, Message)]
pub struct DescribeTopicPartitionsResponseCursor {
    /// The topic name.
    #[field(versions = "0+")]
    pub topic_name: StrBytes,
    /// The partition index.
    #[field(versions = "0+")]
    pub partition_index: i32,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}
