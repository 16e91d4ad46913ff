//! `DescribeTopicPartitions`: topics and their partitions, in pages (KIP-966).

use crate::wire::{Message, StrBytes, UnknownTaggedFields, Uuid};

/// Asks for the partitions of topics.
#[derive(Clone, Debug, PartialEq, Message)]
#[message(request, key = 75, versions = "0", flexible = "0+")]
pub struct DescribeTopicPartitionsRequest {
    /// The topics.
    #[field(versions = "0+")]
    pub topics: Vec<DescribeTopicPartitionsRequestTopicRequest>,
    /// How many partitions the answer may have.
    #[field(versions = "0+", default = 2000)]
    pub response_partition_limit: i32,
    /// Where to begin, or null for the start.
    #[field(versions = "0+", nullable = "0+", default = null)]
    pub cursor: Option<DescribeTopicPartitionsRequestCursor>,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// A topic asked for.
#[derive(Clone, Debug, PartialEq, Message)]
pub struct DescribeTopicPartitionsRequestTopicRequest {
    /// The name of the topic.
    #[field(versions = "0+")]
    pub name: StrBytes,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// A place in the list of all partitions.
#[derive(Clone, Debug, PartialEq, Message)]
pub struct DescribeTopicPartitionsRequestCursor {
    /// The name of the topic.
    #[field(versions = "0+")]
    pub topic_name: StrBytes,
    /// The number of the partition.
    #[field(versions = "0+")]
    pub partition_index: i32,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// A page of topics and partitions.
#[derive(Clone, Debug, PartialEq, Message)]
#[message(response, key = 75, versions = "0", flexible = "0+")]
pub struct DescribeTopicPartitionsResponse {
    /// How long the client was, or is to be, held back for exceeding a quota, in milliseconds.
    #[field(versions = "0+", ignorable)]
    pub throttle_time_ms: i32,
    /// The topics.
    #[field(versions = "0+")]
    pub topics: Vec<DescribeTopicPartitionsResponseTopic>,
    /// Where the next page begins; null if there is none.
    #[field(versions = "0+", nullable = "0+", default = null)]
    pub next_cursor: Option<DescribeTopicPartitionsResponseCursor>,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// A topic.
#[derive(Clone, Debug, PartialEq, Message)]
pub struct DescribeTopicPartitionsResponseTopic {
    /// What went wrong, or 0.
    #[field(versions = "0+")]
    pub error_code: i16,
    /// The name of the topic.
    #[field(versions = "0+", nullable = "0+")]
    pub name: Option<StrBytes>,
    /// The id of the topic.
    #[field(versions = "0+", ignorable)]
    pub topic_id: Uuid,
    /// Whether it is a topic of Kafka itself.
    #[field(versions = "0+", ignorable)]
    pub is_internal: bool,
    /// The partitions.
    #[field(versions = "0+")]
    pub partitions: Vec<DescribeTopicPartitionsResponsePartition>,
    /// What this client may do to the topic, a bit for each operation; the smallest number if it was not
    /// asked for.
    #[field(versions = "0+", default = -2_147_483_648)]
    pub topic_authorized_operations: i32,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// A partition.
#[derive(Clone, Debug, PartialEq, Message)]
pub struct DescribeTopicPartitionsResponsePartition {
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
    #[field(versions = "0+", default = -1, ignorable)]
    pub leader_epoch: i32,
    /// The brokers that have a replica.
    #[field(versions = "0+")]
    pub replica_nodes: Vec<i32>,
    /// The brokers whose replica is in sync.
    #[field(versions = "0+")]
    pub isr_nodes: Vec<i32>,
    /// The replicas that may lead though they are not in sync (KIP-966), or null.
    #[field(versions = "0+", nullable = "0+", default = null)]
    pub eligible_leader_replicas: Option<Vec<i32>>,
    /// The last such replicas before they became too few, or null.
    #[field(versions = "0+", nullable = "0+", default = null)]
    pub last_known_elr: Option<Vec<i32>>,
    /// The brokers whose replica is offline.
    #[field(versions = "0+", ignorable)]
    pub offline_replicas: Vec<i32>,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// A place in the list of all partitions.
#[derive(Clone, Debug, PartialEq, Message)]
pub struct DescribeTopicPartitionsResponseCursor {
    /// The name of the topic.
    #[field(versions = "0+")]
    pub topic_name: StrBytes,
    /// The number of the partition.
    #[field(versions = "0+")]
    pub partition_index: i32,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}
