//! ListTransactions.

use crate::wire::{Message, StrBytes, UnknownTaggedFields};

/// ListTransactionsRequest.
#[derive(Clone, Debug, PartialEq, Message)]
#[message(request, key = 66, versions = "0-2", flexible = "0+")]
pub struct ListTransactionsRequest {
    /// The state filters.
    #[field(versions = "0+")]
    pub state_filters: Vec<StrBytes>,
    /// The producer id filters.
    #[field(versions = "0+")]
    pub producer_id_filters: Vec<i64>,
    /// The duration filter.
    #[field(versions = "1+", default = -1)]
    pub duration_filter: i64,
    /// The transactional id pattern.
    #[field(versions = "2+", nullable = "2+", default = null)]
    pub transactional_id_pattern: Option<StrBytes>,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// ListTransactionsResponse.
#[derive(Clone, Debug, PartialEq, Message)]
#[message(response, key = 66, versions = "0-2", flexible = "0+")]
pub struct ListTransactionsResponse {
    /// The throttle time ms.
    #[field(versions = "0+")]
    pub throttle_time_ms: i32,
    /// The error code.
    #[field(versions = "0+")]
    pub error_code: i16,
    /// The unknown state filters.
    #[field(versions = "0+")]
    pub unknown_state_filters: Vec<StrBytes>,
    /// The transaction states.
    #[field(versions = "0+")]
    pub transaction_states: Vec<ListTransactionsResponseTransactionState>,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// The transaction state.
#[derive(Clone, Debug, PartialEq, Message)]
pub struct ListTransactionsResponseTransactionState {
    /// The transactional id.
    #[field(versions = "0+")]
    pub transactional_id: StrBytes,
    /// The producer id.
    #[field(versions = "0+")]
    pub producer_id: i64,
    /// The transaction state.
    #[field(versions = "0+")]
    pub transaction_state: StrBytes,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}
