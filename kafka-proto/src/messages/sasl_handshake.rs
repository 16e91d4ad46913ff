//! `SaslHandshake`: choose the mechanism of an authentication.
//!
//! After version 0 the SASL messages follow without any Kafka header; after version 1 they travel in
//! `SaslAuthenticate`.

use crate::wire::{Message, StrBytes};

/// Proposes a mechanism.
#[derive(Clone, Debug, PartialEq, Message)]
#[message(request, key = 17, versions = "0-1")]
pub struct SaslHandshakeRequest {
    /// The mechanism, as in `SCRAM-SHA-256`.
    #[field(versions = "0+")]
    pub mechanism: StrBytes,
}

/// The mechanisms that the broker has enabled.
#[derive(Clone, Debug, PartialEq, Message)]
#[message(response, key = 17, versions = "0-1")]
pub struct SaslHandshakeResponse {
    /// What went wrong, or 0.
    #[field(versions = "0+")]
    pub error_code: i16,
    /// The mechanisms that the broker has enabled.
    #[field(versions = "0+")]
    pub mechanisms: Vec<StrBytes>,
}
