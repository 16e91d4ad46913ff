//! `ExpireDelegationToken`.
//!
//! Version 2 is flexible.

use bytes::Bytes;

use crate::wire::{Message, UnknownTaggedFields};

/// Makes a delegation token expire.
#[derive(Clone, Debug, PartialEq, Message)]
#[message(request, key = 40, versions = "0-2", flexible = "2+")]
pub struct ExpireDelegationTokenRequest {
    /// The secret of the token.
    #[field(versions = "0+")]
    pub hmac: Bytes,
    /// When it shall expire, in milliseconds from now; negative for at once.
    #[field(versions = "0+")]
    pub expiry_time_period_ms: i64,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// When the token expires now.
#[derive(Clone, Debug, PartialEq, Message)]
#[message(response, key = 40, versions = "0-2", flexible = "2+")]
pub struct ExpireDelegationTokenResponse {
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
