//! `DescribeDelegationToken`.
//!
//! Version 2 is flexible. Version 3 says who asked for a token.

use bytes::Bytes;

use crate::wire::{Message, StrBytes, UnknownTaggedFields};

/// Asks for delegation tokens.
#[derive(Clone, Debug, PartialEq, Message)]
#[message(request, key = 41, versions = "0-3", flexible = "2+")]
pub struct DescribeDelegationTokenRequest {
    /// The owners of interest, or null for all.
    #[field(versions = "0+", nullable = "0+")]
    pub owners: Option<Vec<DescribeDelegationTokenOwner>>,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// An owner of tokens.
#[derive(Clone, Debug, PartialEq, Message)]
pub struct DescribeDelegationTokenOwner {
    /// The type of principal, as in `User`.
    #[field(versions = "0+")]
    pub principal_type: StrBytes,
    /// The name of the principal.
    #[field(versions = "0+")]
    pub principal_name: StrBytes,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// The tokens.
#[derive(Clone, Debug, PartialEq, Message)]
#[message(response, key = 41, versions = "0-3", flexible = "2+")]
pub struct DescribeDelegationTokenResponse {
    /// What went wrong, or 0.
    #[field(versions = "0+")]
    pub error_code: i16,
    /// The tokens.
    #[field(versions = "0+")]
    pub tokens: Vec<DescribedDelegationToken>,
    /// How long the client was, or is to be, held back for exceeding a quota, in milliseconds.
    #[field(versions = "0+")]
    pub throttle_time_ms: i32,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// A delegation token.
#[derive(Clone, Debug, PartialEq, Message)]
pub struct DescribedDelegationToken {
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
    pub issue_timestamp: i64,
    /// When the token expires, in milliseconds since 1970.
    #[field(versions = "0+")]
    pub expiry_timestamp: i64,
    /// Up to when the token can be renewed, in milliseconds since 1970.
    #[field(versions = "0+")]
    pub max_timestamp: i64,
    /// The id of the token.
    #[field(versions = "0+")]
    pub token_id: StrBytes,
    /// The secret of the token.
    #[field(versions = "0+")]
    pub hmac: Bytes,
    /// Who may renew the token.
    #[field(versions = "0+")]
    pub renewers: Vec<DescribedDelegationTokenRenewer>,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// Who may renew the token.
#[derive(Clone, Debug, PartialEq, Message)]
pub struct DescribedDelegationTokenRenewer {
    /// The type of principal, as in `User`.
    #[field(versions = "0+")]
    pub principal_type: StrBytes,
    /// The name of the principal.
    #[field(versions = "0+")]
    pub principal_name: StrBytes,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}
