//! `CreateDelegationToken`.
//!
//! Version 2 is flexible. Version 3 creates tokens for others.

use bytes::Bytes;

use crate::wire::{Message, StrBytes, UnknownTaggedFields};

/// Creates a delegation token.
#[derive(Clone, Debug, PartialEq, Message)]
#[message(request, key = 38, versions = "0-3", flexible = "2+")]
pub struct CreateDelegationTokenRequest {
    /// The type of principal of the owner; null for the one who asks.
    #[field(versions = "3+", nullable = "3+")]
    pub owner_principal_type: Option<StrBytes>,
    /// The name of the owner; null for the one who asks.
    #[field(versions = "3+", nullable = "3+")]
    pub owner_principal_name: Option<StrBytes>,
    /// Who may renew the token.
    #[field(versions = "0+")]
    pub renewers: Vec<CreatableRenewers>,
    /// How long the token may last, in milliseconds; -1 for the default of the broker.
    #[field(versions = "0+")]
    pub max_lifetime_ms: i64,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// Who may renew the token.
#[derive(Clone, Debug, PartialEq, Message)]
pub struct CreatableRenewers {
    /// The type of principal, as in `User`.
    #[field(versions = "0+")]
    pub principal_type: StrBytes,
    /// The name of the principal.
    #[field(versions = "0+")]
    pub principal_name: StrBytes,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// The token.
#[derive(Clone, Debug, PartialEq, Message)]
#[message(response, key = 38, versions = "0-3", flexible = "2+")]
pub struct CreateDelegationTokenResponse {
    /// What went wrong, or 0.
    #[field(versions = "0+")]
    pub error_code: i16,
    /// The type of principal, as in `User`.
    #[field(versions = "0+")]
    pub principal_type: StrBytes,
    /// The name of the principal.
    #[field(versions = "0+")]
    pub principal_name: StrBytes,
    /// The type of principal of who asked for the token.
    #[field(versions = "3+")]
    pub token_requester_principal_type: StrBytes,
    /// The name of who asked for the token.
    #[field(versions = "3+")]
    pub token_requester_principal_name: StrBytes,
    /// When the token was made, in milliseconds since 1970.
    #[field(versions = "0+")]
    pub issue_timestamp_ms: i64,
    /// When the token expires, in milliseconds since 1970.
    #[field(versions = "0+")]
    pub expiry_timestamp_ms: i64,
    /// Up to when the token can be renewed, in milliseconds since 1970.
    #[field(versions = "0+")]
    pub max_timestamp_ms: i64,
    /// The id of the token.
    #[field(versions = "0+")]
    pub token_id: StrBytes,
    /// The secret of the token.
    #[field(versions = "0+")]
    pub hmac: Bytes,
    /// How long the client was, or is to be, held back for exceeding a quota, in milliseconds.
    #[field(versions = "0+")]
    pub throttle_time_ms: i32,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}
