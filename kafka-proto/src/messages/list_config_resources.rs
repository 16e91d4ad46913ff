//! ListConfigResources.

use crate::wire::{Message, StrBytes, UnknownTaggedFields};

/// ListConfigResourcesRequest.
#[derive(Clone, Debug, PartialEq, Message)]
#[message(request, key = 74, versions = "0-1", flexible = "0+")]
pub struct ListConfigResourcesRequest {
    /// The resource types.
    #[field(versions = "1+")]
    pub resource_types: Vec<i8>,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// ListConfigResourcesResponse.
#[derive(Clone, Debug, PartialEq, Message)]
#[message(response, key = 74, versions = "0-1", flexible = "0+")]
pub struct ListConfigResourcesResponse {
    /// The throttle time ms.
    #[field(versions = "0+")]
    pub throttle_time_ms: i32,
    /// The error code.
    #[field(versions = "0+")]
    pub error_code: i16,
    /// The config resources.
    #[field(versions = "0+")]
    pub config_resources: Vec<ConfigResource>,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// The config resource.
#[derive(Clone, Debug, PartialEq, Message)]
pub struct ConfigResource {
    /// The resource name.
    #[field(versions = "0+")]
    pub resource_name: StrBytes,
    /// The resource type.
    #[field(versions = "1+", default = 16, ignorable)]
    pub resource_type: i8,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}
