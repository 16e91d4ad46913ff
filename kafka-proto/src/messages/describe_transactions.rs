//! `DescribeTransactions`: the state of transactions.

use crate::wire::{Message, StrBytes, UnknownTaggedFields};

/// Asks for the state of transactional ids.
#[derive(Clone, Debug, PartialEq, Message)]
#[message(request, key = 65, versions = "0", flexible = "0+")]
pub struct DescribeTransactionsRequest {
    /// The transactional ids.
    #[field(versions = "0+")]
    pub transactional_ids: Vec<StrBytes>,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// The state of each transactional id.
#[derive(Clone, Debug, PartialEq, Message)]
#[message(response, key = 65, versions = "0", flexible = "0+")]
pub struct DescribeTransactionsResponse {
    /// How long the client was, or is to be, held back for exceeding a quota, in milliseconds.
    #[field(versions = "0+")]
    pub throttle_time_ms: i32,
    /// The transactions.
    #[field(versions = "0+")]
    pub transaction_states: Vec<DescribeTransactionsResponseTransactionState>,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// A transaction.
#[derive(Clone, Debug, PartialEq, Message)]
pub struct DescribeTransactionsResponseTransactionState {
    /// What went wrong, or 0.
    #[field(versions = "0+")]
    pub error_code: i16,
    /// The transactional id.
    #[field(versions = "0+")]
    pub transactional_id: StrBytes,
    /// The state, as in `Ongoing`.
    #[field(versions = "0+")]
    pub transaction_state: StrBytes,
    /// How long a transaction may stay open before the coordinator aborts it, in milliseconds.
    #[field(versions = "0+")]
    pub transaction_timeout_ms: i32,
    /// When it began, in milliseconds since 1970, or -1.
    #[field(versions = "0+")]
    pub transaction_start_time_ms: i64,
    /// The producer id.
    #[field(versions = "0+")]
    pub producer_id: i64,
    /// The epoch of the producer.
    #[field(versions = "0+")]
    pub producer_epoch: i16,
    /// The topics.
    #[field(versions = "0+")]
    pub topics: Vec<DescribeTransactionsResponseTopicData>,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// Partitions that the transaction writes to.
#[derive(Clone, Debug, PartialEq, Message)]
pub struct DescribeTransactionsResponseTopicData {
    /// The name of the topic.
    #[field(versions = "0+")]
    pub topic: StrBytes,
    /// The partitions.
    #[field(versions = "0+")]
    pub partitions: Vec<i32>,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}
