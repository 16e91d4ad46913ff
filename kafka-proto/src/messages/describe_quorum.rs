//! `DescribeQuorum`: the state of the KRaft controllers.
//!
//! Version 1 says when each replica last fetched. Version 2 brings directory ids and endpoints (KIP-853).

use crate::wire::{Message, StrBytes, UnknownTaggedFields, Uuid};

/// Asks for the state of the controllers' log.
#[derive(Clone, Debug, PartialEq, Message)]
#[message(request, key = 55, versions = "0-2", flexible = "0+")]
pub struct DescribeQuorumRequest {
    /// The topics; only `__cluster_metadata` has a quorum.
    #[field(versions = "0+")]
    pub topics: Vec<DescribeQuorumRequestTopicData>,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// A topic asked for.
#[derive(Clone, Debug, PartialEq, Message)]
pub struct DescribeQuorumRequestTopicData {
    /// The name of the topic.
    #[field(versions = "0+")]
    pub topic_name: StrBytes,
    /// The partitions.
    #[field(versions = "0+")]
    pub partitions: Vec<DescribeQuorumRequestPartitionData>,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// A partition asked for.
#[derive(Clone, Debug, PartialEq, Message)]
pub struct DescribeQuorumRequestPartitionData {
    /// The number of the partition.
    #[field(versions = "0+")]
    pub partition_index: i32,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// The leader, the voters and the observers.
#[derive(Clone, Debug, PartialEq, Message)]
#[message(response, key = 55, versions = "0-2", flexible = "0+")]
pub struct DescribeQuorumResponse {
    /// What went wrong, or 0.
    #[field(versions = "0+")]
    pub error_code: i16,
    /// What went wrong in words, or null.
    #[field(versions = "2+", nullable = "2+", ignorable)]
    pub error_message: Option<StrBytes>,
    /// The topics.
    #[field(versions = "0+")]
    pub topics: Vec<DescribeQuorumResponseTopicData>,
    /// The controllers.
    #[field(versions = "2+")]
    pub nodes: Vec<DescribeQuorumResponseNode>,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// The partitions of a topic.
#[derive(Clone, Debug, PartialEq, Message)]
pub struct DescribeQuorumResponseTopicData {
    /// The name of the topic.
    #[field(versions = "0+")]
    pub topic_name: StrBytes,
    /// The partitions.
    #[field(versions = "0+")]
    pub partitions: Vec<DescribeQuorumResponsePartitionData>,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// The state of the log.
#[derive(Clone, Debug, PartialEq, Message)]
pub struct DescribeQuorumResponsePartitionData {
    /// The number of the partition.
    #[field(versions = "0+")]
    pub partition_index: i32,
    /// What went wrong, or 0.
    #[field(versions = "0+")]
    pub error_code: i16,
    /// What went wrong in words, or null.
    #[field(versions = "2+", nullable = "2+", ignorable)]
    pub error_message: Option<StrBytes>,
    /// The broker that leads the partition, or -1.
    #[field(versions = "0+")]
    pub leader_id: i32,
    /// The leader epoch, or -1 if it is not known.
    #[field(versions = "0+")]
    pub leader_epoch: i32,
    /// The offset after the last record that all in-sync replicas have.
    #[field(versions = "0+")]
    pub high_watermark: i64,
    /// The voters.
    #[field(versions = "0+")]
    pub current_voters: Vec<DescribeQuorumResponseReplicaState>,
    /// The observers: brokers, and controllers that do not vote.
    #[field(versions = "0+")]
    pub observers: Vec<DescribeQuorumResponseReplicaState>,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// A voter or an observer.
#[derive(Clone, Debug, PartialEq, Message)]
pub struct DescribeQuorumResponseReplicaState {
    /// The id of the node.
    #[field(versions = "0+")]
    pub replica_id: i32,
    /// The directory of the replica; zero if there is none to name.
    #[field(versions = "2+")]
    pub replica_directory_id: Uuid,
    /// The end of its log, or -1.
    #[field(versions = "0+")]
    pub log_end_offset: i64,
    /// When it last fetched, in milliseconds since 1970, or -1.
    #[field(versions = "1+", default = -1, ignorable)]
    pub last_fetch_timestamp: i64,
    /// When it last had all that the leader had, in milliseconds since 1970, or -1.
    #[field(versions = "1+", default = -1, ignorable)]
    pub last_caught_up_timestamp: i64,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// A controller.
#[derive(Clone, Debug, PartialEq, Message)]
pub struct DescribeQuorumResponseNode {
    /// The id of the node.
    #[field(versions = "2+")]
    pub node_id: i32,
    /// Where it listens.
    #[field(versions = "2+")]
    pub listeners: Vec<DescribeQuorumResponseListener>,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// Where a controller listens.
#[derive(Clone, Debug, PartialEq, Message)]
pub struct DescribeQuorumResponseListener {
    /// The name of the listener.
    #[field(versions = "2+")]
    pub name: StrBytes,
    /// The host name or address.
    #[field(versions = "2+")]
    pub host: StrBytes,
    /// The port.
    #[field(versions = "2+")]
    pub port: u16,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}
