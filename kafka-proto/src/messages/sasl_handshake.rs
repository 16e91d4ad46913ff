//! SaslHandshake.

use crate::wire::{Message, StrBytes};

/// SaslHandshakeRequest.
#[derive(Clone, Debug, PartialEq, Message)]
#[message(request, key = 17, versions = "0-1")]
pub struct SaslHandshakeRequest {
    /// The mechanism.
    #[field(versions = "0+")]
    pub mechanism: StrBytes,
}

/// SaslHandshakeResponse.
#[derive(Clone, Debug, PartialEq, Message)]
#[message(response, key = 17, versions = "0-1")]
pub struct SaslHandshakeResponse {
    /// The error code.
    #[field(versions = "0+")]
    pub error_code: i16,
    /// The mechanisms.
    #[field(versions = "0+")]
    pub mechanisms: Vec<StrBytes>,
}
