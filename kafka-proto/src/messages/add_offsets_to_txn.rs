//! AddOffsetsToTxn.

use crate::wire::{Message, StrBytes, UnknownTaggedFields};

/// AddOffsetsToTxnRequest.
#[derive(Clone, Debug, PartialEq, Message)]
#[message(request, key = 25, versions = "0-4", flexible = "3+")]
pub struct AddOffsetsToTxnRequest {
    /// The transactional id.
    #[field(versions = "0+")]
    pub transactional_id: StrBytes,
    /// The producer id.
    #[field(versions = "0+")]
    pub producer_id: i64,
    /// The producer epoch.
    #[field(versions = "0+")]
    pub producer_epoch: i16,
    /// The group id.
    #[field(versions = "0+")]
    pub group_id: StrBytes,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// AddOffsetsToTxnResponse.
#[derive(Clone, Debug, PartialEq, Message)]
#[message(response, key = 25, versions = "0-4", flexible = "3+")]
pub struct AddOffsetsToTxnResponse {
    /// The throttle time ms.
    #[field(versions = "0+")]
    pub throttle_time_ms: i32,
    /// The error code.
    #[field(versions = "0+")]
    pub error_code: i16,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}
