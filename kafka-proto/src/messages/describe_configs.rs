//! `DescribeConfigs`: the configuration of topics, brokers, groups and more.
//!
//! Version 1 says where a value comes from, version 3 what it is for. Version 4 is flexible.

use crate::wire::{Message, StrBytes, UnknownTaggedFields};

/// Asks for configurations.
#[derive(Clone, Debug, PartialEq, Message)]
#[message(request, key = 32, versions = "0-4", flexible = "4+")]
pub struct DescribeConfigsRequest {
    /// The resources.
    #[field(versions = "0+")]
    pub resources: Vec<DescribeConfigsResource>,
    /// Whether to list the values that would apply if the first were not set.
    #[field(versions = "1+")]
    pub include_synonyms: bool,
    /// Whether to say what each configuration is for.
    #[field(versions = "3+")]
    pub include_documentation: bool,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// A resource asked for.
#[derive(Clone, Debug, PartialEq, Message)]
pub struct DescribeConfigsResource {
    /// The type of resource: 2 topic, 4 broker, 8 logger of a broker, 16 client metrics, 32 group.
    #[field(versions = "0+")]
    pub resource_type: i8,
    /// The name of the resource.
    #[field(versions = "0+")]
    pub resource_name: StrBytes,
    /// The names of the configurations, or null for all.
    #[field(versions = "0+", nullable = "0+")]
    pub configuration_keys: Option<Vec<StrBytes>>,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// The configurations.
#[derive(Clone, Debug, PartialEq, Message)]
#[message(response, key = 32, versions = "0-4", flexible = "4+")]
pub struct DescribeConfigsResponse {
    /// How long the client was, or is to be, held back for exceeding a quota, in milliseconds.
    #[field(versions = "0+")]
    pub throttle_time_ms: i32,
    /// The results.
    #[field(versions = "0+")]
    pub results: Vec<DescribeConfigsResult>,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// The configuration of a resource.
#[derive(Clone, Debug, PartialEq, Message)]
pub struct DescribeConfigsResult {
    /// What went wrong, or 0.
    #[field(versions = "0+")]
    pub error_code: i16,
    /// What went wrong in words, or null.
    #[field(versions = "0+", nullable = "0+")]
    pub error_message: Option<StrBytes>,
    /// The type of resource: 2 topic, 4 broker, 8 logger of a broker, 16 client metrics, 32 group.
    #[field(versions = "0+")]
    pub resource_type: i8,
    /// The name of the resource.
    #[field(versions = "0+")]
    pub resource_name: StrBytes,
    /// The configuration.
    #[field(versions = "0+")]
    pub configs: Vec<DescribeConfigsResourceResult>,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// A value of the configuration.
#[derive(Clone, Debug, PartialEq, Message)]
pub struct DescribeConfigsResourceResult {
    /// The name of the configuration.
    #[field(versions = "0+")]
    pub name: StrBytes,
    /// The value, or null.
    #[field(versions = "0+", nullable = "0+")]
    pub value: Option<StrBytes>,
    /// Whether the value cannot be changed.
    #[field(versions = "0+")]
    pub read_only: bool,
    /// Whether the value is the default.
    #[field(versions = "0")]
    pub is_default: bool,
    /// Where the value comes from: 1 the topic, 2 the broker, 3 all brokers, 4 the file of the broker, 5 the
    /// default, and more.
    #[field(versions = "1+", default = -1, ignorable)]
    pub config_source: i8,
    /// Whether it is a secret; then the value is null.
    #[field(versions = "0+")]
    pub is_sensitive: bool,
    /// The values that would apply if the ones before were not set.
    #[field(versions = "1+", ignorable)]
    pub synonyms: Vec<DescribeConfigsSynonym>,
    /// The type of the value: 1 flag, 2 string, 3 int, 4 short, 5 long, 6 double, 7 list, 8 class, 9
    /// password.
    #[field(versions = "3+", ignorable)]
    pub config_type: i8,
    /// What the configuration is for, or null.
    #[field(versions = "3+", nullable = "0+", ignorable)]
    pub documentation: Option<StrBytes>,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// A value that would apply if the ones before it were not set.
#[derive(Clone, Debug, PartialEq, Message)]
pub struct DescribeConfigsSynonym {
    /// The name of the configuration.
    #[field(versions = "1+")]
    pub name: StrBytes,
    /// The value, or null.
    #[field(versions = "1+", nullable = "0+")]
    pub value: Option<StrBytes>,
    /// Where the value comes from, in the numbers of `config_source`.
    #[field(versions = "1+")]
    pub source: i8,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}
