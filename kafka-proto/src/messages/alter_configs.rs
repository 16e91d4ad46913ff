//! AlterConfigs.

use crate::wire::{Message, StrBytes, UnknownTaggedFields};

/// AlterConfigsRequest.
#[derive(Clone, Debug, PartialEq, Message)]
#[message(request, key = 33, versions = "0-2", flexible = "2+")]
pub struct AlterConfigsRequest {
    /// The resources.
    #[field(versions = "0+")]
    pub resources: Vec<AlterConfigsRequestAlterConfigsResource>,
    /// The validate only.
    #[field(versions = "0+")]
    pub validate_only: bool,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// The alter configs resource.
#[derive(Clone, Debug, PartialEq, Message)]
pub struct AlterConfigsRequestAlterConfigsResource {
    /// The resource type.
    #[field(versions = "0+")]
    pub resource_type: i8,
    /// The resource name.
    #[field(versions = "0+")]
    pub resource_name: StrBytes,
    /// The configs.
    #[field(versions = "0+")]
    pub configs: Vec<AlterConfigsRequestAlterableConfig>,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// The alterable config.
#[derive(Clone, Debug, PartialEq, Message)]
pub struct AlterConfigsRequestAlterableConfig {
    /// The name.
    #[field(versions = "0+")]
    pub name: StrBytes,
    /// The value.
    #[field(versions = "0+", nullable = "0+")]
    pub value: Option<StrBytes>,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// AlterConfigsResponse.
#[derive(Clone, Debug, PartialEq, Message)]
#[message(response, key = 33, versions = "0-2", flexible = "2+")]
pub struct AlterConfigsResponse {
    /// The throttle time ms.
    #[field(versions = "0+")]
    pub throttle_time_ms: i32,
    /// The responses.
    #[field(versions = "0+")]
    pub responses: Vec<AlterConfigsResponseAlterConfigsResourceResponse>,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// The alter configs resource response.
#[derive(Clone, Debug, PartialEq, Message)]
pub struct AlterConfigsResponseAlterConfigsResourceResponse {
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
