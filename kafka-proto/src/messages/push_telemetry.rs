//! `PushTelemetry`: the metrics of this client (KIP-714).

use bytes::Bytes;

use crate::wire::{Message, UnknownTaggedFields, Uuid};

/// Sends metrics.
#[derive(Clone, Debug, PartialEq, Message)]
#[message(request, key = 72, versions = "0", flexible = "0+")]
pub struct PushTelemetryRequest {
    /// The id of this client.
    #[field(versions = "0+")]
    pub client_instance_id: Uuid,
    /// The list of metrics, as the broker numbers it.
    #[field(versions = "0+")]
    pub subscription_id: i32,
    /// Whether this is the last time.
    #[field(versions = "0+")]
    pub terminating: bool,
    /// The compression of the metrics.
    #[field(versions = "0+")]
    pub compression_type: i8,
    /// The metrics, as OpenTelemetry encodes them.
    #[field(versions = "0+")]
    pub metrics: Bytes,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// Whether the metrics were taken.
#[derive(Clone, Debug, PartialEq, Message)]
#[message(response, key = 72, versions = "0", flexible = "0+")]
pub struct PushTelemetryResponse {
    /// How long the client was, or is to be, held back for exceeding a quota, in milliseconds.
    #[field(versions = "0+")]
    pub throttle_time_ms: i32,
    /// What went wrong, or 0.
    #[field(versions = "0+")]
    pub error_code: i16,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}
