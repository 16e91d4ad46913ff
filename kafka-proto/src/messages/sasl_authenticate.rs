//! `SaslAuthenticate`: one step of an authentication.
//!
//! Version 1 limits how long it holds (KIP-368). Version 2 is flexible.

use bytes::Bytes;

use crate::wire::{Message, StrBytes, UnknownTaggedFields};

/// A message of the SASL mechanism, to the broker.
#[derive(Clone, Debug, PartialEq, Message)]
#[message(request, key = 36, versions = "0-2", flexible = "2+")]
pub struct SaslAuthenticateRequest {
    /// The message, as the mechanism defines it.
    #[field(versions = "0+")]
    pub auth_bytes: Bytes,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// A message of the SASL mechanism, from the broker.
#[derive(Clone, Debug, PartialEq, Message)]
#[message(response, key = 36, versions = "0-2", flexible = "2+")]
pub struct SaslAuthenticateResponse {
    /// What went wrong, or 0.
    #[field(versions = "0+")]
    pub error_code: i16,
    /// What went wrong in words, or null.
    #[field(versions = "0+", nullable = "0+")]
    pub error_message: Option<StrBytes>,
    /// The message, as the mechanism defines it.
    #[field(versions = "0+")]
    pub auth_bytes: Bytes,
    /// After how many milliseconds the client has to authenticate anew; 0 for never.
    #[field(versions = "1+", ignorable)]
    pub session_lifetime_ms: i64,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}
