//! `EndTxn`: commit or abort a transaction.
//!
//! Version 3 is flexible. From version 5 on every end raises the producer's epoch (KIP-890).

use crate::wire::{Message, StrBytes, UnknownTaggedFields};

/// Ends a transaction.
#[derive(Clone, Debug, PartialEq, Message)]
#[message(request, key = 26, versions = "0-5", flexible = "3+")]
pub struct EndTxnRequest {
    /// The transactional id.
    #[field(versions = "0+")]
    pub transactional_id: StrBytes,
    /// The producer id.
    #[field(versions = "0+")]
    pub producer_id: i64,
    /// The epoch of the producer.
    #[field(versions = "0+")]
    pub producer_epoch: i16,
    /// Whether to commit; else abort.
    #[field(versions = "0+")]
    pub committed: bool,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// Whether it ended, and the producer's next epoch.
#[derive(Clone, Debug, PartialEq, Message)]
#[message(response, key = 26, versions = "0-5", flexible = "3+")]
pub struct EndTxnResponse {
    /// How long the client was, or is to be, held back for exceeding a quota, in milliseconds.
    #[field(versions = "0+")]
    pub throttle_time_ms: i32,
    /// What went wrong, or 0.
    #[field(versions = "0+")]
    pub error_code: i16,
    /// The producer id for the next transaction; -1 if the request failed.
    #[field(versions = "5+", default = -1, ignorable)]
    pub producer_id: i64,
    /// The epoch for the next transaction; -1 if the request failed.
    #[field(versions = "5+", default = -1, ignorable)]
    pub producer_epoch: i16,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}
