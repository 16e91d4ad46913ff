//! Metadata: the brokers, topics and partitions of a cluster.
//!
//! - In version 0 an empty list of topics means all of them; from version 1 on, null does, and an empty list
//!   means none.
//! - Version 9 is flexible. Version 10 brings topic ids, version 12 lets a request name topics by them.
//! - Version 13 can tell a client to bootstrap anew (KIP-1102).

use crate::wire::{Message, StrBytes, UnknownTaggedFields, Uuid};

/// Asks for the brokers, and for topics and their partitions.
#[derive(Clone, Debug, PartialEq, Message)]
#[message(request, key = 3, versions = "0-13", flexible = "9+")]
pub struct MetadataRequest {
    /// The topics. Null means all of them; in version 0 an empty list does.
    #[field(versions = "0+", nullable = "1+")]
    pub topics: Option<Vec<MetadataRequestTopic>>,
    /// Whether the broker may create topics that do not exist, if its configuration allows that.
    #[field(versions = "4+", default = true)]
    pub allow_auto_topic_creation: bool,
    /// Whether to say what this client may do to the cluster.
    #[field(versions = "8-10")]
    pub include_cluster_authorized_operations: bool,
    /// Whether to say what this client may do to each topic.
    #[field(versions = "8+")]
    pub include_topic_authorized_operations: bool,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// A topic asked for.
#[derive(Clone, Debug, PartialEq, Message)]
pub struct MetadataRequestTopic {
    /// The id of the topic, or zero if its name is given.
    #[field(versions = "10+", ignorable)]
    pub topic_id: Uuid,
    /// The name of the topic, or null if its id is given.
    #[field(versions = "0+", nullable = "10+")]
    pub name: Option<StrBytes>,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// The brokers, and the topics with their partitions.
#[derive(Clone, Debug, PartialEq, Message)]
#[message(response, key = 3, versions = "0-13", flexible = "9+")]
pub struct MetadataResponse {
    /// How long the client was, or is to be, held back for exceeding a quota, in milliseconds.
    #[field(versions = "3+", ignorable)]
    pub throttle_time_ms: i32,
    /// The brokers.
    #[field(versions = "0+")]
    pub brokers: Vec<MetadataResponseBroker>,
    /// The id of the cluster, or null if it is not known.
    #[field(versions = "2+", nullable = "2+", default = null, ignorable)]
    pub cluster_id: Option<StrBytes>,
    /// The controller, or -1.
    #[field(versions = "1+", default = -1, ignorable)]
    pub controller_id: i32,
    /// The topics.
    #[field(versions = "0+")]
    pub topics: Vec<MetadataResponseTopic>,
    /// What this client may do to the cluster, a bit for each operation; the smallest number if it was not
    /// asked for.
    #[field(versions = "8-10", default = -2_147_483_648)]
    pub cluster_authorized_operations: i32,
    /// What went wrong, or 0.
    #[field(versions = "13+", ignorable)]
    pub error_code: i16,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// A broker.
#[derive(Clone, Debug, PartialEq, Message)]
pub struct MetadataResponseBroker {
    /// The id of the node.
    #[field(versions = "0+")]
    pub node_id: i32,
    /// The host name or address.
    #[field(versions = "0+")]
    pub host: StrBytes,
    /// The port.
    #[field(versions = "0+")]
    pub port: i32,
    /// The rack, or null.
    #[field(versions = "1+", nullable = "1+", default = null, ignorable)]
    pub rack: Option<StrBytes>,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// A topic.
#[derive(Clone, Debug, PartialEq, Message)]
pub struct MetadataResponseTopic {
    /// What went wrong, or 0.
    #[field(versions = "0+")]
    pub error_code: i16,
    /// The name of the topic; null if it was asked for by an id that does not exist.
    #[field(versions = "0+", nullable = "12+")]
    pub name: Option<StrBytes>,
    /// The id of the topic.
    #[field(versions = "10+", ignorable)]
    pub topic_id: Uuid,
    /// Whether it is a topic of Kafka itself.
    #[field(versions = "1+", ignorable)]
    pub is_internal: bool,
    /// The partitions.
    #[field(versions = "0+")]
    pub partitions: Vec<MetadataResponsePartition>,
    /// What this client may do to the topic, a bit for each operation; the smallest number if it was not
    /// asked for.
    #[field(versions = "8+", default = -2_147_483_648)]
    pub topic_authorized_operations: i32,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// A partition.
#[derive(Clone, Debug, PartialEq, Message)]
pub struct MetadataResponsePartition {
    /// What went wrong, or 0.
    #[field(versions = "0+")]
    pub error_code: i16,
    /// The number of the partition.
    #[field(versions = "0+")]
    pub partition_index: i32,
    /// The broker that leads the partition, or -1.
    #[field(versions = "0+")]
    pub leader_id: i32,
    /// The leader epoch, or -1 if it is not known.
    #[field(versions = "7+", default = -1, ignorable)]
    pub leader_epoch: i32,
    /// The brokers that have a replica.
    #[field(versions = "0+")]
    pub replica_nodes: Vec<i32>,
    /// The brokers whose replica is in sync.
    #[field(versions = "0+")]
    pub isr_nodes: Vec<i32>,
    /// The brokers whose replica is offline.
    #[field(versions = "5+", ignorable)]
    pub offline_replicas: Vec<i32>,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}
