//! EndTxn.

use crate::wire::{Message, StrBytes, UnknownTaggedFields};

/// EndTxnRequest.
#[derive(Clone, Debug, PartialEq, Message)]
#[message(request, key = 26, versions = "0-5", flexible = "3+")]
pub struct EndTxnRequest {
    /// The transactional id.
    #[field(versions = "0+")]
    pub transactional_id: StrBytes,
    /// The producer id.
    #[field(versions = "0+")]
    pub producer_id: i64,
    /// The producer epoch.
    #[field(versions = "0+")]
    pub producer_epoch: i16,
    /// The committed.
    #[field(versions = "0+")]
    pub committed: bool,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// EndTxnResponse.
#[derive(Clone, Debug, PartialEq, Message)]
#[message(response, key = 26, versions = "0-5", flexible = "3+")]
pub struct EndTxnResponse {
    /// The throttle time ms.
    #[field(versions = "0+")]
    pub throttle_time_ms: i32,
    /// The error code.
    #[field(versions = "0+")]
    pub error_code: i16,
    /// The producer id.
    #[field(versions = "5+", default = -1, ignorable)]
    pub producer_id: i64,
    /// The producer epoch.
    #[field(versions = "5+", default = -1, ignorable)]
    pub producer_epoch: i16,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}
