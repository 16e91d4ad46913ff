//! DescribeConfigs.

use crate::wire::{Message, StrBytes, UnknownTaggedFields};

/// DescribeConfigsRequest.
#[derive(Clone, Debug, PartialEq, Message)]
#[message(request, key = 32, versions = "0-4", flexible = "4+")]
pub struct DescribeConfigsRequest {
    /// The resources.
    #[field(versions = "0+")]
    pub resources: Vec<DescribeConfigsResource>,
    /// The include synonyms.
    #[field(versions = "1+")]
    pub include_synonyms: bool,
    /// The include documentation.
    #[field(versions = "3+")]
    pub include_documentation: bool,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// The describe configs resource.
#[derive(Clone, Debug, PartialEq, Message)]
pub struct DescribeConfigsResource {
    /// The resource type.
    #[field(versions = "0+")]
    pub resource_type: i8,
    /// The resource name.
    #[field(versions = "0+")]
    pub resource_name: StrBytes,
    /// The configuration keys.
    #[field(versions = "0+", nullable = "0+")]
    pub configuration_keys: Option<Vec<StrBytes>>,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// DescribeConfigsResponse.
#[derive(Clone, Debug, PartialEq, Message)]
#[message(response, key = 32, versions = "0-4", flexible = "4+")]
pub struct DescribeConfigsResponse {
    /// The throttle time ms.
    #[field(versions = "0+")]
    pub throttle_time_ms: i32,
    /// The results.
    #[field(versions = "0+")]
    pub results: Vec<DescribeConfigsResult>,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// The describe configs result.
#[derive(Clone, Debug, PartialEq, Message)]
pub struct DescribeConfigsResult {
    /// The error code.
    #[field(versions = "0+")]
    pub error_code: i16,
    /// The error message.
    #[field(versions = "0+", nullable = "0+")]
    pub error_message: Option<StrBytes>,
    /// The resource type.
    #[field(versions = "0+")]
    pub resource_type: i8,
    /// The resource name.
    #[field(versions = "0+")]
    pub resource_name: StrBytes,
    /// The configs.
    #[field(versions = "0+")]
    pub configs: Vec<DescribeConfigsResourceResult>,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// The describe configs resource result.
#[derive(Clone, Debug, PartialEq, Message)]
pub struct DescribeConfigsResourceResult {
    /// The name.
    #[field(versions = "0+")]
    pub name: StrBytes,
    /// The value.
    #[field(versions = "0+", nullable = "0+")]
    pub value: Option<StrBytes>,
    /// The read only.
    #[field(versions = "0+")]
    pub read_only: bool,
    /// The is default.
    #[field(versions = "0")]
    pub is_default: bool,
    /// The config source.
    #[field(versions = "1+", default = -1, ignorable)]
    pub config_source: i8,
    /// The is sensitive.
    #[field(versions = "0+")]
    pub is_sensitive: bool,
    /// The synonyms.
    #[field(versions = "1+", ignorable)]
    pub synonyms: Vec<DescribeConfigsSynonym>,
    /// The config type.
    #[field(versions = "3+", ignorable)]
    pub config_type: i8,
    /// The documentation.
    #[field(versions = "3+", nullable = "0+", ignorable)]
    pub documentation: Option<StrBytes>,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// The describe configs synonym.
#[derive(Clone, Debug, PartialEq, Message)]
pub struct DescribeConfigsSynonym {
    /// The name.
    #[field(versions = "1+")]
    pub name: StrBytes,
    /// The value.
    #[field(versions = "1+", nullable = "0+")]
    pub value: Option<StrBytes>,
    /// The source.
    #[field(versions = "1+")]
    pub source: i8,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}
