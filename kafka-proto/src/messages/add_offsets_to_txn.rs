//! `AddOffsetsToTxn`: a transaction will commit the offsets of a group.
//!
//! Version 3 is flexible. With transactions of version 2 (KIP-890) it is not needed.

use crate::wire::{Message, StrBytes, UnknownTaggedFields};

/// Adds the offsets of a group to a transaction.
#[derive(Clone, Debug, PartialEq, Message)]
#[message(request, key = 25, versions = "0-4", flexible = "3+")]
pub struct AddOffsetsToTxnRequest {
    /// The transactional id.
    #[field(versions = "0+")]
    pub transactional_id: StrBytes,
    /// The producer id.
    #[field(versions = "0+")]
    pub producer_id: i64,
    /// The epoch of the producer.
    #[field(versions = "0+")]
    pub producer_epoch: i16,
    /// The group.
    #[field(versions = "0+")]
    pub group_id: StrBytes,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// Whether the group was added.
#[derive(Clone, Debug, PartialEq, Message)]
#[message(response, key = 25, versions = "0-4", flexible = "3+")]
pub struct AddOffsetsToTxnResponse {
    /// How long the client was, or is to be, held back for exceeding a quota, in milliseconds.
    #[field(versions = "0+")]
    pub throttle_time_ms: i32,
    /// What went wrong, or 0.
    #[field(versions = "0+")]
    pub error_code: i16,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}
