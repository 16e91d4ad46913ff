//! DescribeQuorum.

use crate::wire::{Message, StrBytes, UnknownTaggedFields, Uuid};

/// DescribeQuorumRequest.
#[derive(Clone, Debug, PartialEq, Message)]
#[message(request, key = 55, versions = "0-2", flexible = "0+")]
pub struct DescribeQuorumRequest {
    /// The topics.
    #[field(versions = "0+")]
    pub topics: Vec<DescribeQuorumRequestTopicData>,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// The topic data.
#[derive(Clone, Debug, PartialEq, Message)]
pub struct DescribeQuorumRequestTopicData {
    /// The topic name.
    #[field(versions = "0+")]
    pub topic_name: StrBytes,
    /// The partitions.
    #[field(versions = "0+")]
    pub partitions: Vec<DescribeQuorumRequestPartitionData>,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// The partition data.
#[derive(Clone, Debug, PartialEq, Message)]
pub struct DescribeQuorumRequestPartitionData {
    /// The partition index.
    #[field(versions = "0+")]
    pub partition_index: i32,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// DescribeQuorumResponse.
#[derive(Clone, Debug, PartialEq, Message)]
#[message(response, key = 55, versions = "0-2", flexible = "0+")]
pub struct DescribeQuorumResponse {
    /// The error code.
    #[field(versions = "0+")]
    pub error_code: i16,
    /// The error message.
    #[field(versions = "2+", nullable = "2+", ignorable)]
    pub error_message: Option<StrBytes>,
    /// The topics.
    #[field(versions = "0+")]
    pub topics: Vec<DescribeQuorumResponseTopicData>,
    /// The nodes.
    #[field(versions = "2+")]
    pub nodes: Vec<Node>,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// The topic data.
#[derive(Clone, Debug, PartialEq, Message)]
pub struct DescribeQuorumResponseTopicData {
    /// The topic name.
    #[field(versions = "0+")]
    pub topic_name: StrBytes,
    /// The partitions.
    #[field(versions = "0+")]
    pub partitions: Vec<DescribeQuorumResponsePartitionData>,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// The partition data.
#[derive(Clone, Debug, PartialEq, Message)]
pub struct DescribeQuorumResponsePartitionData {
    /// The partition index.
    #[field(versions = "0+")]
    pub partition_index: i32,
    /// The error code.
    #[field(versions = "0+")]
    pub error_code: i16,
    /// The error message.
    #[field(versions = "2+", nullable = "2+", ignorable)]
    pub error_message: Option<StrBytes>,
    /// The leader id.
    #[field(versions = "0+")]
    pub leader_id: i32,
    /// The leader epoch.
    #[field(versions = "0+")]
    pub leader_epoch: i32,
    /// The high watermark.
    #[field(versions = "0+")]
    pub high_watermark: i64,
    /// The current voters.
    #[field(versions = "0+")]
    pub current_voters: Vec<DescribeQuorumResponseReplicaState>,
    /// The observers.
    #[field(versions = "0+")]
    pub observers: Vec<DescribeQuorumResponseReplicaState>,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// The replica state.
#[derive(Clone, Debug, PartialEq, Message)]
pub struct DescribeQuorumResponseReplicaState {
    /// The replica id.
    #[field(versions = "0+")]
    pub replica_id: i32,
    /// The replica directory id.
    #[field(versions = "2+")]
    pub replica_directory_id: Uuid,
    /// The log end offset.
    #[field(versions = "0+")]
    pub log_end_offset: i64,
    /// The last fetch timestamp.
    #[field(versions = "1+", default = -1, ignorable)]
    pub last_fetch_timestamp: i64,
    /// The last caught up timestamp.
    #[field(versions = "1+", default = -1, ignorable)]
    pub last_caught_up_timestamp: i64,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// The node.
#[derive(Clone, Debug, PartialEq, Message)]
pub struct Node {
    /// The node id.
    #[field(versions = "2+")]
    pub node_id: i32,
    /// The listeners.
    #[field(versions = "2+")]
    pub listeners: Vec<DescribeQuorumResponseListener>,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// The listener.
#[derive(Clone, Debug, PartialEq, Message)]
pub struct DescribeQuorumResponseListener {
    /// The name.
    #[field(versions = "2+")]
    pub name: StrBytes,
    /// The host.
    #[field(versions = "2+")]
    pub host: StrBytes,
    /// The port.
    #[field(versions = "2+")]
    pub port: u16,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}
