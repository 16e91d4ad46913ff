//! CreateTopics.

use crate::wire::{Message, StrBytes, UnknownTaggedFields, Uuid};

/// CreateTopicsRequest.
#[derive(Clone, Debug, PartialEq, Message)]
#[message(request, key = 19, versions = "0-7", flexible = "5+")]
pub struct CreateTopicsRequest {
    /// The topics.
    #[field(versions = "0+")]
    pub topics: Vec<CreatableTopic>,
    /// The timeout ms.
    #[field(versions = "0+", default = 60_000, name = "timeoutMs")]
    pub timeout_ms: i32,
    /// The validate only.
    #[field(versions = "1+", name = "validateOnly")]
    pub validate_only: bool,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// The creatable topic.
#[derive(Clone, Debug, PartialEq, Message)]
pub struct CreatableTopic {
    /// The name.
    #[field(versions = "0+")]
    pub name: StrBytes,
    /// The num partitions.
    #[field(versions = "0+")]
    pub num_partitions: i32,
    /// The replication factor.
    #[field(versions = "0+")]
    pub replication_factor: i16,
    /// The assignments.
    #[field(versions = "0+")]
    pub assignments: Vec<CreatableReplicaAssignment>,
    /// The configs.
    #[field(versions = "0+")]
    pub configs: Vec<CreatableTopicConfig>,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// The creatable replica assignment.
#[derive(Clone, Debug, PartialEq, Message)]
pub struct CreatableReplicaAssignment {
    /// The partition index.
    #[field(versions = "0+")]
    pub partition_index: i32,
    /// The broker ids.
    #[field(versions = "0+")]
    pub broker_ids: Vec<i32>,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// The creatable topic config.
#[derive(Clone, Debug, PartialEq, Message)]
pub struct CreatableTopicConfig {
    /// The name.
    #[field(versions = "0+")]
    pub name: StrBytes,
    /// The value.
    #[field(versions = "0+", nullable = "0+")]
    pub value: Option<StrBytes>,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// CreateTopicsResponse.
#[derive(Clone, Debug, PartialEq, Message)]
#[message(response, key = 19, versions = "0-7", flexible = "5+")]
pub struct CreateTopicsResponse {
    /// The throttle time ms.
    #[field(versions = "2+", ignorable)]
    pub throttle_time_ms: i32,
    /// The topics.
    #[field(versions = "0+")]
    pub topics: Vec<CreatableTopicResult>,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// The creatable topic result.
#[derive(Clone, Debug, PartialEq, Message)]
pub struct CreatableTopicResult {
    /// The name.
    #[field(versions = "0+")]
    pub name: StrBytes,
    /// The topic id.
    #[field(versions = "7+", ignorable)]
    pub topic_id: Uuid,
    /// The error code.
    #[field(versions = "0+")]
    pub error_code: i16,
    /// The error message.
    #[field(versions = "1+", nullable = "0+", ignorable)]
    pub error_message: Option<StrBytes>,
    /// The topic config error code.
    #[field(versions = "5+", tag = 0, ignorable)]
    pub topic_config_error_code: i16,
    /// The num partitions.
    #[field(versions = "5+", default = -1, ignorable)]
    pub num_partitions: i32,
    /// The replication factor.
    #[field(versions = "5+", default = -1, ignorable)]
    pub replication_factor: i16,
    /// The configs.
    #[field(versions = "5+", nullable = "5+", ignorable)]
    pub configs: Option<Vec<CreatableTopicConfigs>>,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// The creatable topic configs.
#[derive(Clone, Debug, PartialEq, Message)]
pub struct CreatableTopicConfigs {
    /// The name.
    #[field(versions = "5+")]
    pub name: StrBytes,
    /// The value.
    #[field(versions = "5+", nullable = "5+")]
    pub value: Option<StrBytes>,
    /// The read only.
    #[field(versions = "5+")]
    pub read_only: bool,
    /// The config source.
    #[field(versions = "5+", default = -1, ignorable)]
    pub config_source: i8,
    /// The is sensitive.
    #[field(versions = "5+")]
    pub is_sensitive: bool,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}
