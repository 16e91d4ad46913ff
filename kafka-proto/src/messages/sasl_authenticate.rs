//! SaslAuthenticate.

use bytes::Bytes;

use crate::wire::{Message, StrBytes, UnknownTaggedFields};

/// SaslAuthenticateRequest.
#[derive(Clone, Debug, PartialEq, Message)]
#[message(request, key = 36, versions = "0-2", flexible = "2+")]
pub struct SaslAuthenticateRequest {
    /// The auth bytes.
    #[field(versions = "0+")]
    pub auth_bytes: Bytes,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// SaslAuthenticateResponse.
#[derive(Clone, Debug, PartialEq, Message)]
#[message(response, key = 36, versions = "0-2", flexible = "2+")]
pub struct SaslAuthenticateResponse {
    /// The error code.
    #[field(versions = "0+")]
    pub error_code: i16,
    /// The error message.
    #[field(versions = "0+", nullable = "0+")]
    pub error_message: Option<StrBytes>,
    /// The auth bytes.
    #[field(versions = "0+")]
    pub auth_bytes: Bytes,
    /// The session lifetime ms.
    #[field(versions = "1+", ignorable)]
    pub session_lifetime_ms: i64,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}
