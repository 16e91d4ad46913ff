//! PushTelemetry.

use bytes::Bytes;

use crate::wire::{Message, UnknownTaggedFields, Uuid};

/// PushTelemetryRequest.
#[derive(Clone, Debug, PartialEq, Message)]
#[message(request, key = 72, versions = "0", flexible = "0+")]
pub struct PushTelemetryRequest {
    /// The client instance id.
    #[field(versions = "0+")]
    pub client_instance_id: Uuid,
    /// The subscription id.
    #[field(versions = "0+")]
    pub subscription_id: i32,
    /// The terminating.
    #[field(versions = "0+")]
    pub terminating: bool,
    /// The compression type.
    #[field(versions = "0+")]
    pub compression_type: i8,
    /// The metrics.
    #[field(versions = "0+")]
    pub metrics: Bytes,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// PushTelemetryResponse.
#[derive(Clone, Debug, PartialEq, Message)]
#[message(response, key = 72, versions = "0", flexible = "0+")]
pub struct PushTelemetryResponse {
    /// The throttle time ms.
    #[field(versions = "0+")]
    pub throttle_time_ms: i32,
    /// The error code.
    #[field(versions = "0+")]
    pub error_code: i16,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}
