//! DescribeDelegationToken.

use bytes::Bytes;

use crate::wire::{Message, StrBytes, UnknownTaggedFields};

/// DescribeDelegationTokenRequest.
#[derive(Clone, Debug, PartialEq, Message)]
#[message(request, key = 41, versions = "0-3", flexible = "2+")]
pub struct DescribeDelegationTokenRequest {
    /// The owners.
    #[field(versions = "0+", nullable = "0+")]
    pub owners: Option<Vec<DescribeDelegationTokenOwner>>,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// The describe delegation token owner.
#[derive(Clone, Debug, PartialEq, Message)]
pub struct DescribeDelegationTokenOwner {
    /// The principal type.
    #[field(versions = "0+")]
    pub principal_type: StrBytes,
    /// The principal name.
    #[field(versions = "0+")]
    pub principal_name: StrBytes,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// DescribeDelegationTokenResponse.
#[derive(Clone, Debug, PartialEq, Message)]
#[message(response, key = 41, versions = "0-3", flexible = "2+")]
pub struct DescribeDelegationTokenResponse {
    /// The error code.
    #[field(versions = "0+")]
    pub error_code: i16,
    /// The tokens.
    #[field(versions = "0+")]
    pub tokens: Vec<DescribedDelegationToken>,
    /// The throttle time ms.
    #[field(versions = "0+")]
    pub throttle_time_ms: i32,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// The described delegation token.
#[derive(Clone, Debug, PartialEq, Message)]
pub struct DescribedDelegationToken {
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
    /// The issue timestamp.
    #[field(versions = "0+")]
    pub issue_timestamp: i64,
    /// The expiry timestamp.
    #[field(versions = "0+")]
    pub expiry_timestamp: i64,
    /// The max timestamp.
    #[field(versions = "0+")]
    pub max_timestamp: i64,
    /// The token id.
    #[field(versions = "0+")]
    pub token_id: StrBytes,
    /// The hmac.
    #[field(versions = "0+")]
    pub hmac: Bytes,
    /// The renewers.
    #[field(versions = "0+")]
    pub renewers: Vec<DescribedDelegationTokenRenewer>,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// The described delegation token renewer.
#[derive(Clone, Debug, PartialEq, Message)]
pub struct DescribedDelegationTokenRenewer {
    /// The principal type.
    #[field(versions = "0+")]
    pub principal_type: StrBytes,
    /// The principal name.
    #[field(versions = "0+")]
    pub principal_name: StrBytes,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}
