//! IncrementalAlterConfigs.

use crate::wire::{Message, StrBytes, UnknownTaggedFields};

/// IncrementalAlterConfigsRequest.
#[derive(Clone, Debug, PartialEq, Message)]
#[message(request, key = 44, versions = "0-1", flexible = "1+")]
pub struct IncrementalAlterConfigsRequest {
    /// The resources.
    #[field(versions = "0+")]
    pub resources: Vec<IncrementalAlterConfigsRequestAlterConfigsResource>,
    /// The validate only.
    #[field(versions = "0+")]
    pub validate_only: bool,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// The alter configs resource.
#[derive(Clone, Debug, PartialEq, Message)]
pub struct IncrementalAlterConfigsRequestAlterConfigsResource {
    /// The resource type.
    #[field(versions = "0+")]
    pub resource_type: i8,
    /// The resource name.
    #[field(versions = "0+")]
    pub resource_name: StrBytes,
    /// The configs.
    #[field(versions = "0+")]
    pub configs: Vec<IncrementalAlterConfigsRequestAlterableConfig>,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// The alterable config.
#[derive(Clone, Debug, PartialEq, Message)]
pub struct IncrementalAlterConfigsRequestAlterableConfig {
    /// The name.
    #[field(versions = "0+")]
    pub name: StrBytes,
    /// The config operation.
    #[field(versions = "0+")]
    pub config_operation: i8,
    /// The value.
    #[field(versions = "0+", nullable = "0+")]
    pub value: Option<StrBytes>,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// IncrementalAlterConfigsResponse.
#[derive(Clone, Debug, PartialEq, Message)]
#[message(response, key = 44, versions = "0-1", flexible = "1+")]
pub struct IncrementalAlterConfigsResponse {
    /// The throttle time ms.
    #[field(versions = "0+")]
    pub throttle_time_ms: i32,
    /// The responses.
    #[field(versions = "0+")]
    pub responses: Vec<IncrementalAlterConfigsResponseAlterConfigsResourceResponse>,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// The alter configs resource response.
#[derive(Clone, Debug, PartialEq, Message)]
pub struct IncrementalAlterConfigsResponseAlterConfigsResourceResponse {
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
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}
