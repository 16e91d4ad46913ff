//! FindCoordinator.

use crate::wire::{Message, StrBytes, UnknownTaggedFields};

/// FindCoordinatorRequest.
#[derive(Clone, Debug, PartialEq, Message)]
#[message(request, key = 10, versions = "0-6", flexible = "3+")]
pub struct FindCoordinatorRequest {
    /// The key.
    #[field(versions = "0-3")]
    pub key: StrBytes,
    /// The key type.
    #[field(versions = "1+")]
    pub key_type: i8,
    /// The coordinator keys.
    #[field(versions = "4+")]
    pub coordinator_keys: Vec<StrBytes>,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// FindCoordinatorResponse.
#[derive(Clone, Debug, PartialEq, Message)]
#[message(response, key = 10, versions = "0-6", flexible = "3+")]
pub struct FindCoordinatorResponse {
    /// The throttle time ms.
    #[field(versions = "1+", ignorable)]
    pub throttle_time_ms: i32,
    /// The error code.
    #[field(versions = "0-3")]
    pub error_code: i16,
    /// The error message.
    #[field(versions = "1-3", nullable = "1-3", ignorable)]
    pub error_message: Option<StrBytes>,
    /// The node id.
    #[field(versions = "0-3")]
    pub node_id: i32,
    /// The host.
    #[field(versions = "0-3")]
    pub host: StrBytes,
    /// The port.
    #[field(versions = "0-3")]
    pub port: i32,
    /// The coordinators.
    #[field(versions = "4+")]
    pub coordinators: Vec<Coordinator>,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// The coordinator.
#[derive(Clone, Debug, PartialEq, Message)]
pub struct Coordinator {
    /// The key.
    #[field(versions = "4+")]
    pub key: StrBytes,
    /// The node id.
    #[field(versions = "4+")]
    pub node_id: i32,
    /// The host.
    #[field(versions = "4+")]
    pub host: StrBytes,
    /// The port.
    #[field(versions = "4+")]
    pub port: i32,
    /// The error code.
    #[field(versions = "4+")]
    pub error_code: i16,
    /// The error message.
    #[field(versions = "4+", nullable = "4+", ignorable)]
    pub error_message: Option<StrBytes>,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}
