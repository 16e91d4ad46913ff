//! `UnregisterBroker`: forget a broker that will not come back.

use crate::wire::{Message, StrBytes, UnknownTaggedFields};

/// Removes a broker from the cluster.
#[derive(Clone, Debug, PartialEq, Message)]
#[message(request, key = 64, versions = "0", flexible = "0+")]
pub struct UnregisterBrokerRequest {
    /// The id of the broker.
    #[field(versions = "0+")]
    pub broker_id: i32,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// Whether the broker was removed.
#[derive(Clone, Debug, PartialEq, Message)]
#[message(response, key = 64, versions = "0", flexible = "0+")]
pub struct UnregisterBrokerResponse {
    /// How long the client was, or is to be, held back for exceeding a quota, in milliseconds.
    #[field(versions = "0+")]
    pub throttle_time_ms: i32,
    /// What went wrong, or 0.
    #[field(versions = "0+")]
    pub error_code: i16,
    /// What went wrong in words, or null.
    #[field(versions = "0+", nullable = "0+")]
    pub error_message: Option<StrBytes>,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}
