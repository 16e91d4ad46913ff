//! `InitProducerId`: an id for an idempotent or transactional producer.
//!
//! With a transactional id it also fences the producer that had it before, and ends its transaction. Version
//! 2 is flexible. From version 3 on a producer can raise its own epoch after an error (KIP-360). Version 6,
//! with two-phase commit (KIP-939), is unstable.

use crate::wire::{Message, StrBytes, UnknownTaggedFields};

/// Asks for a producer id and an epoch.
#[derive(Clone, Debug, PartialEq, Message)]
#[message(request, key = 22, versions = "0-6", flexible = "2+", unstable)]
pub struct InitProducerIdRequest {
    /// The transactional id, or null if the producer is only idempotent.
    #[field(versions = "0+", nullable = "0+")]
    pub transactional_id: Option<StrBytes>,
    /// How long a transaction may stay open before the coordinator aborts it, in milliseconds.
    #[field(versions = "0+")]
    pub transaction_timeout_ms: i32,
    /// The producer id whose epoch is to be raised, or -1.
    #[field(versions = "3+", default = -1)]
    pub producer_id: i64,
    /// The present epoch of the producer, or -1.
    #[field(versions = "3+", default = -1)]
    pub producer_epoch: i16,
    /// Whether the transaction is a part of a two-phase commit.
    #[field(versions = "6+", name = "Enable2Pc")]
    pub enable_2pc: bool,
    /// Whether to keep the open transaction rather than abort it.
    #[field(versions = "6+")]
    pub keep_prepared_txn: bool,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// The producer id and the epoch.
#[derive(Clone, Debug, PartialEq, Message)]
#[message(response, key = 22, versions = "0-6", flexible = "2+")]
pub struct InitProducerIdResponse {
    /// How long the client was, or is to be, held back for exceeding a quota, in milliseconds.
    #[field(versions = "0+", ignorable)]
    pub throttle_time_ms: i32,
    /// What went wrong, or 0.
    #[field(versions = "0+")]
    pub error_code: i16,
    /// The producer id.
    #[field(versions = "0+", default = -1)]
    pub producer_id: i64,
    /// The epoch of the producer.
    #[field(versions = "0+")]
    pub producer_epoch: i16,
    /// The producer id of the open transaction, or -1.
    #[field(versions = "6+", default = -1)]
    pub ongoing_txn_producer_id: i64,
    /// The epoch of the open transaction, or -1.
    #[field(versions = "6+", default = -1)]
    pub ongoing_txn_producer_epoch: i16,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}
