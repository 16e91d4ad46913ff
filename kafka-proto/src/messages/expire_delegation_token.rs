//! ExpireDelegationToken.

use bytes::Bytes;

use crate::wire::{Message, UnknownTaggedFields};

/// ExpireDelegationTokenRequest.
#[derive(Clone, Debug, PartialEq, Message)]
#[message(request, key = 40, versions = "0-2", flexible = "2+")]
pub struct ExpireDelegationTokenRequest {
    /// The hmac.
    #[field(versions = "0+")]
    pub hmac: Bytes,
    /// The expiry time period ms.
    #[field(versions = "0+")]
    pub expiry_time_period_ms: i64,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// ExpireDelegationTokenResponse.
#[derive(Clone, Debug, PartialEq, Message)]
#[message(response, key = 40, versions = "0-2", flexible = "2+")]
pub struct ExpireDelegationTokenResponse {
    /// The error code.
    #[field(versions = "0+")]
    pub error_code: i16,
    /// The expiry timestamp ms.
    #[field(versions = "0+")]
    pub expiry_timestamp_ms: i64,
    /// The throttle time ms.
    #[field(versions = "0+")]
    pub throttle_time_ms: i32,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}
