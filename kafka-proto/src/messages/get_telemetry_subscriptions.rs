//! `GetTelemetrySubscriptions`: which metrics a broker wants from this client (KIP-714).

use crate::wire::{Message, StrBytes, UnknownTaggedFields, Uuid};

/// Asks which metrics to send.
#[derive(Clone, Debug, PartialEq, Message)]
#[message(request, key = 71, versions = "0", flexible = "0+")]
pub struct GetTelemetrySubscriptionsRequest {
    /// The id of this client; zero in its first request.
    #[field(versions = "0+")]
    pub client_instance_id: Uuid,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// The metrics to send, and how often.
#[derive(Clone, Debug, PartialEq, Message)]
#[message(response, key = 71, versions = "0", flexible = "0+")]
pub struct GetTelemetrySubscriptionsResponse {
    /// How long the client was, or is to be, held back for exceeding a quota, in milliseconds.
    #[field(versions = "0+")]
    pub throttle_time_ms: i32,
    /// What went wrong, or 0.
    #[field(versions = "0+")]
    pub error_code: i16,
    /// The id that the broker gives this client; zero if it has one.
    #[field(versions = "0+")]
    pub client_instance_id: Uuid,
    /// The list of metrics, as the broker numbers it.
    #[field(versions = "0+")]
    pub subscription_id: i32,
    /// The compressions that the broker takes, the preferred one first.
    #[field(versions = "0+")]
    pub accepted_compression_types: Vec<i8>,
    /// How often to send metrics, in milliseconds.
    #[field(versions = "0+")]
    pub push_interval_ms: i32,
    /// How many bytes of metrics the broker takes at once.
    #[field(versions = "0+")]
    pub telemetry_max_bytes: i32,
    /// Whether counters are sent as changes since the last time.
    #[field(versions = "0+")]
    pub delta_temporality: bool,
    /// The prefixes of the metrics of interest; empty for none, an empty prefix for all.
    #[field(versions = "0+")]
    pub requested_metrics: Vec<StrBytes>,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}
