//! RenewDelegationToken.

use bytes::Bytes;

use crate::wire::{Message, UnknownTaggedFields};

/// RenewDelegationTokenRequest.
#[derive(Clone, Debug, PartialEq, Message)]
#[message(request, key = 39, versions = "0-2", flexible = "2+")]
pub struct RenewDelegationTokenRequest {
    /// The hmac.
    #[field(versions = "0+")]
    pub hmac: Bytes,
    /// The renew period ms.
    #[field(versions = "0+")]
    pub renew_period_ms: i64,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// RenewDelegationTokenResponse.
#[derive(Clone, Debug, PartialEq, Message)]
#[message(response, key = 39, versions = "0-2", flexible = "2+")]
pub struct RenewDelegationTokenResponse {
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
