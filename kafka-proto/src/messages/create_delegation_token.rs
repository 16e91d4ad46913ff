//! CreateDelegationToken.

use bytes::Bytes;

use crate::wire::{Message, StrBytes, UnknownTaggedFields};

/// CreateDelegationTokenRequest.
#[derive(Clone, Debug, PartialEq, Message)]
#[message(request, key = 38, versions = "0-3", flexible = "2+")]
pub struct CreateDelegationTokenRequest {
    /// The owner principal type.
    #[field(versions = "3+", nullable = "3+")]
    pub owner_principal_type: Option<StrBytes>,
    /// The owner principal name.
    #[field(versions = "3+", nullable = "3+")]
    pub owner_principal_name: Option<StrBytes>,
    /// The renewers.
    #[field(versions = "0+")]
    pub renewers: Vec<CreatableRenewers>,
    /// The max lifetime ms.
    #[field(versions = "0+")]
    pub max_lifetime_ms: i64,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// The creatable renewers.
#[derive(Clone, Debug, PartialEq, Message)]
pub struct CreatableRenewers {
    /// The principal type.
    #[field(versions = "0+")]
    pub principal_type: StrBytes,
    /// The principal name.
    #[field(versions = "0+")]
    pub principal_name: StrBytes,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// CreateDelegationTokenResponse.
#[derive(Clone, Debug, PartialEq, Message)]
#[message(response, key = 38, versions = "0-3", flexible = "2+")]
pub struct CreateDelegationTokenResponse {
    /// The error code.
    #[field(versions = "0+")]
    pub error_code: i16,
    /// The principal type.
    #[field(versions = "0+")]
    pub principal_type: StrBytes,
    /// The principal name.
    #[field(versions = "0+")]
    pub principal_name: StrBytes,
    /// The token requester principal type.
    #[field(versions = "3+")]
    pub token_requester_principal_type: StrBytes,
    /// The token requester principal name.
    #[field(versions = "3+")]
    pub token_requester_principal_name: StrBytes,
    /// The issue timestamp ms.
    #[field(versions = "0+")]
    pub issue_timestamp_ms: i64,
    /// The expiry timestamp ms.
    #[field(versions = "0+")]
    pub expiry_timestamp_ms: i64,
    /// The max timestamp ms.
    #[field(versions = "0+")]
    pub max_timestamp_ms: i64,
    /// The token id.
    #[field(versions = "0+")]
    pub token_id: StrBytes,
    /// The hmac.
    #[field(versions = "0+")]
    pub hmac: Bytes,
    /// The throttle time ms.
    #[field(versions = "0+")]
    pub throttle_time_ms: i32,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}
