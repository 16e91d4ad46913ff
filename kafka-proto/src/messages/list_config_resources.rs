//! `ListConfigResources`: what has a configuration. Version 0 lists the resources of client metrics only.

use crate::wire::{Message, StrBytes, UnknownTaggedFields};

/// Asks for the resources that have a configuration.
#[derive(Clone, Debug, PartialEq, Message)]
#[message(request, key = 74, versions = "0-1", flexible = "0+")]
pub struct ListConfigResourcesRequest {
    /// The types of interest; empty for all.
    #[field(versions = "1+")]
    pub resource_types: Vec<i8>,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// The resources.
#[derive(Clone, Debug, PartialEq, Message)]
#[message(response, key = 74, versions = "0-1", flexible = "0+")]
pub struct ListConfigResourcesResponse {
    /// How long the client was, or is to be, held back for exceeding a quota, in milliseconds.
    #[field(versions = "0+")]
    pub throttle_time_ms: i32,
    /// What went wrong, or 0.
    #[field(versions = "0+")]
    pub error_code: i16,
    /// The resources.
    #[field(versions = "0+")]
    pub config_resources: Vec<ConfigResource>,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// A resource that has a configuration.
#[derive(Clone, Debug, PartialEq, Message)]
pub struct ConfigResource {
    /// The name of the resource.
    #[field(versions = "0+")]
    pub resource_name: StrBytes,
    /// The type of resource: 2 topic, 4 broker, 8 logger of a broker, 16 client metrics, 32 group.
    #[field(versions = "1+", default = 16, ignorable)]
    pub resource_type: i8,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}
