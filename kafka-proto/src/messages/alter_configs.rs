//! `AlterConfigs`: replace a resource's whole configuration.
//! [`IncrementalAlterConfigs`](super::IncrementalAlterConfigsRequest) changes single values and is the better
//! choice.
//!
//! Version 2 is flexible.

use crate::wire::{Message, StrBytes, UnknownTaggedFields};

/// Replaces the configurations of resources.
#[derive(Clone, Debug, PartialEq, Message)]
#[message(request, key = 33, versions = "0-2", flexible = "2+")]
pub struct AlterConfigsRequest {
    /// The resources.
    #[field(versions = "0+")]
    pub resources: Vec<AlterConfigsRequestAlterConfigsResource>,
    /// Whether to check only, and change nothing.
    #[field(versions = "0+")]
    pub validate_only: bool,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// A resource to change.
#[derive(Clone, Debug, PartialEq, Message)]
pub struct AlterConfigsRequestAlterConfigsResource {
    /// The type of resource: 2 topic, 4 broker, 8 logger of a broker, 16 client metrics, 32 group.
    #[field(versions = "0+")]
    pub resource_type: i8,
    /// The name of the resource.
    #[field(versions = "0+")]
    pub resource_name: StrBytes,
    /// The configuration.
    #[field(versions = "0+")]
    pub configs: Vec<AlterConfigsRequestAlterableConfig>,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// A value to change.
#[derive(Clone, Debug, PartialEq, Message)]
pub struct AlterConfigsRequestAlterableConfig {
    /// The name of the configuration.
    #[field(versions = "0+")]
    pub name: StrBytes,
    /// The value, or null.
    #[field(versions = "0+", nullable = "0+")]
    pub value: Option<StrBytes>,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// Whether each resource was changed.
#[derive(Clone, Debug, PartialEq, Message)]
#[message(response, key = 33, versions = "0-2", flexible = "2+")]
pub struct AlterConfigsResponse {
    /// How long the client was, or is to be, held back for exceeding a quota, in milliseconds.
    #[field(versions = "0+")]
    pub throttle_time_ms: i32,
    /// The results.
    #[field(versions = "0+")]
    pub responses: Vec<AlterConfigsResponseAlterConfigsResourceResponse>,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// What became of a resource.
#[derive(Clone, Debug, PartialEq, Message)]
pub struct AlterConfigsResponseAlterConfigsResourceResponse {
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
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}
