//! `ListTransactions`: the transactions that a broker coordinates.
//!
//! Version 1 filters by duration, version 2 by a pattern of the id.

use crate::wire::{Message, StrBytes, UnknownTaggedFields};

/// Asks for the transactions of a broker.
#[derive(Clone, Debug, PartialEq, Message)]
#[message(request, key = 66, versions = "0-2", flexible = "0+")]
pub struct ListTransactionsRequest {
    /// The states of interest; empty for all.
    #[field(versions = "0+")]
    pub state_filters: Vec<StrBytes>,
    /// The producer ids of interest; empty for all.
    #[field(versions = "0+")]
    pub producer_id_filters: Vec<i64>,
    /// Only transactions open for longer than this, in milliseconds; negative for all.
    #[field(versions = "1+", default = -1)]
    pub duration_filter: i64,
    /// Only transactional ids that match this regular expression; null or empty for all.
    #[field(versions = "2+", nullable = "2+", default = null)]
    pub transactional_id_pattern: Option<StrBytes>,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// The transactions.
#[derive(Clone, Debug, PartialEq, Message)]
#[message(response, key = 66, versions = "0-2", flexible = "0+")]
pub struct ListTransactionsResponse {
    /// How long the client was, or is to be, held back for exceeding a quota, in milliseconds.
    #[field(versions = "0+")]
    pub throttle_time_ms: i32,
    /// What went wrong, or 0.
    #[field(versions = "0+")]
    pub error_code: i16,
    /// Those of the states asked for that do not exist.
    #[field(versions = "0+")]
    pub unknown_state_filters: Vec<StrBytes>,
    /// The transactions.
    #[field(versions = "0+")]
    pub transaction_states: Vec<ListTransactionsResponseTransactionState>,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// A transaction.
#[derive(Clone, Debug, PartialEq, Message)]
pub struct ListTransactionsResponseTransactionState {
    /// The transactional id.
    #[field(versions = "0+")]
    pub transactional_id: StrBytes,
    /// The producer id.
    #[field(versions = "0+")]
    pub producer_id: i64,
    /// The state, as in `Ongoing`.
    #[field(versions = "0+")]
    pub transaction_state: StrBytes,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}
