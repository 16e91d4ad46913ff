//! `CreateTopics`.
//!
//! From version 4 on the cluster's default number of partitions and replicas can be asked for, with -1.
//! Version 5 is flexible and describes the new topics. Version 7 gives their ids.

use crate::wire::{Message, StrBytes, UnknownTaggedFields, Uuid};

/// Creates topics.
#[derive(Clone, Debug, PartialEq, Message)]
#[message(request, key = 19, versions = "0-7", flexible = "5+")]
pub struct CreateTopicsRequest {
    /// The topics.
    #[field(versions = "0+")]
    pub topics: Vec<CreatableTopic>,
    /// How long the broker may take, in milliseconds.
    #[field(versions = "0+", default = 60_000, name = "timeoutMs")]
    pub timeout_ms: i32,
    /// Whether to check only, and change nothing.
    #[field(versions = "1+", name = "validateOnly")]
    pub validate_only: bool,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// A topic to create.
#[derive(Clone, Debug, PartialEq, Message)]
pub struct CreatableTopic {
    /// The name of the topic.
    #[field(versions = "0+")]
    pub name: StrBytes,
    /// How many partitions; -1 for the default of the cluster, or if `assignments` says it.
    #[field(versions = "0+")]
    pub num_partitions: i32,
    /// How many replicas; -1 for the default of the cluster, or if `assignments` says it.
    #[field(versions = "0+")]
    pub replication_factor: i16,
    /// The replicas of each partition; empty to let the cluster choose.
    #[field(versions = "0+")]
    pub assignments: Vec<CreatableReplicaAssignment>,
    /// The configuration.
    #[field(versions = "0+")]
    pub configs: Vec<CreatableTopicConfig>,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// The replicas of a partition.
#[derive(Clone, Debug, PartialEq, Message)]
pub struct CreatableReplicaAssignment {
    /// The number of the partition.
    #[field(versions = "0+")]
    pub partition_index: i32,
    /// The brokers, the preferred leader first.
    #[field(versions = "0+")]
    pub broker_ids: Vec<i32>,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// A configuration of the topic.
#[derive(Clone, Debug, PartialEq, Message)]
pub struct CreatableTopicConfig {
    /// The name of the configuration.
    #[field(versions = "0+")]
    pub name: StrBytes,
    /// The value, or null.
    #[field(versions = "0+", nullable = "0+")]
    pub value: Option<StrBytes>,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// What became of each topic.
#[derive(Clone, Debug, PartialEq, Message)]
#[message(response, key = 19, versions = "0-7", flexible = "5+")]
pub struct CreateTopicsResponse {
    /// How long the client was, or is to be, held back for exceeding a quota, in milliseconds.
    #[field(versions = "2+", ignorable)]
    pub throttle_time_ms: i32,
    /// The topics.
    #[field(versions = "0+")]
    pub topics: Vec<CreatableTopicResult>,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// What became of a topic.
#[derive(Clone, Debug, PartialEq, Message)]
pub struct CreatableTopicResult {
    /// The name of the topic.
    #[field(versions = "0+")]
    pub name: StrBytes,
    /// The id of the topic.
    #[field(versions = "7+", ignorable)]
    pub topic_id: Uuid,
    /// What went wrong, or 0.
    #[field(versions = "0+")]
    pub error_code: i16,
    /// What went wrong in words, or null.
    #[field(versions = "1+", nullable = "0+", ignorable)]
    pub error_message: Option<StrBytes>,
    /// Why `configs` is null, or 0.
    #[field(versions = "5+", tag = 0, ignorable)]
    pub topic_config_error_code: i16,
    /// How many partitions the topic has, or -1.
    #[field(versions = "5+", default = -1, ignorable)]
    pub num_partitions: i32,
    /// How many replicas each partition has, or -1.
    #[field(versions = "5+", default = -1, ignorable)]
    pub replication_factor: i16,
    /// The configuration of the topic; null if this client may not see it.
    #[field(versions = "5+", nullable = "5+", ignorable)]
    pub configs: Option<Vec<CreatableTopicConfigs>>,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// A configuration of the topic, as it was created.
#[derive(Clone, Debug, PartialEq, Message)]
pub struct CreatableTopicConfigs {
    /// The name of the configuration.
    #[field(versions = "5+")]
    pub name: StrBytes,
    /// The value, or null.
    #[field(versions = "5+", nullable = "5+")]
    pub value: Option<StrBytes>,
    /// Whether the value cannot be changed.
    #[field(versions = "5+")]
    pub read_only: bool,
    /// Where the value comes from: 1 the topic, 2 the broker, 3 all brokers, 4 the file of the broker, 5 the
    /// default, and more.
    #[field(versions = "5+", default = -1, ignorable)]
    pub config_source: i8,
    /// Whether it is a secret; then the value is null.
    #[field(versions = "5+")]
    pub is_sensitive: bool,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}
