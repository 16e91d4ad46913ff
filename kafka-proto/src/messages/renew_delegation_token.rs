//! `RenewDelegationToken`.
//!
//! Version 2 is flexible.

use bytes::Bytes;

use crate::wire::{Message, UnknownTaggedFields};

/// Makes a delegation token last longer.
#[derive(Clone, Debug, PartialEq, Message)]
#[message(request, key = 39, versions = "0-2", flexible = "2+")]
pub struct RenewDelegationTokenRequest {
    /// The secret of the token.
    #[field(versions = "0+")]
    pub hmac: Bytes,
    /// For how long to renew, in milliseconds; -1 for the default of the broker.
    #[field(versions = "0+")]
    pub renew_period_ms: i64,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// When the token expires now.
#[derive(Clone, Debug, PartialEq, Message)]
#[message(response, key = 39, versions = "0-2", flexible = "2+")]
pub struct RenewDelegationTokenResponse {
    /// What went wrong, or 0.
    #[field(versions = "0+")]
    pub error_code: i16,
    /// When the token expires, in milliseconds since 1970.
    #[field(versions = "0+")]
    pub expiry_timestamp_ms: i64,
    /// How long the client was, or is to be, held back for exceeding a quota, in milliseconds.
    #[field(versions = "0+")]
    pub throttle_time_ms: i32,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}
