//! GetTelemetrySubscriptions.

use crate::wire::{Message, StrBytes, UnknownTaggedFields, Uuid};

/// GetTelemetrySubscriptionsRequest.
#[derive(Clone, Debug, PartialEq, Message)]
#[message(request, key = 71, versions = "0", flexible = "0+")]
pub struct GetTelemetrySubscriptionsRequest {
    /// The client instance id.
    #[field(versions = "0+")]
    pub client_instance_id: Uuid,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// GetTelemetrySubscriptionsResponse.
#[derive(Clone, Debug, PartialEq, Message)]
#[message(response, key = 71, versions = "0", flexible = "0+")]
pub struct GetTelemetrySubscriptionsResponse {
    /// The throttle time ms.
    #[field(versions = "0+")]
    pub throttle_time_ms: i32,
    /// The error code.
    #[field(versions = "0+")]
    pub error_code: i16,
    /// The client instance id.
    #[field(versions = "0+")]
    pub client_instance_id: Uuid,
    /// The subscription id.
    #[field(versions = "0+")]
    pub subscription_id: i32,
    /// The accepted compression types.
    #[field(versions = "0+")]
    pub accepted_compression_types: Vec<i8>,
    /// The push interval ms.
    #[field(versions = "0+")]
    pub push_interval_ms: i32,
    /// The telemetry max bytes.
    #[field(versions = "0+")]
    pub telemetry_max_bytes: i32,
    /// The delta temporality.
    #[field(versions = "0+")]
    pub delta_temporality: bool,
    /// The requested metrics.
    #[field(versions = "0+")]
    pub requested_metrics: Vec<StrBytes>,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}
