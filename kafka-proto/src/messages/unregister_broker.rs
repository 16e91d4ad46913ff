//! UnregisterBroker.

use crate::wire::{Message, StrBytes, UnknownTaggedFields};

/// UnregisterBrokerRequest.
#[derive(Clone, Debug, PartialEq, Message)]
#[message(request, key = 64, versions = "0", flexible = "0+")]
pub struct UnregisterBrokerRequest {
    /// The broker id.
    #[field(versions = "0+")]
    pub broker_id: i32,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// UnregisterBrokerResponse.
#[derive(Clone, Debug, PartialEq, Message)]
#[message(response, key = 64, versions = "0", flexible = "0+")]
pub struct UnregisterBrokerResponse {
    /// The throttle time ms.
    #[field(versions = "0+")]
    pub throttle_time_ms: i32,
    /// The error code.
    #[field(versions = "0+")]
    pub error_code: i16,
    /// The error message.
    #[field(versions = "0+", nullable = "0+")]
    pub error_message: Option<StrBytes>,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}
