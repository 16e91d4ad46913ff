//! DescribeTransactions.

use crate::wire::{Message, StrBytes, UnknownTaggedFields};

/// DescribeTransactionsRequest.
#[derive(Clone, Debug, PartialEq, Message)]
#[message(request, key = 65, versions = "0", flexible = "0+")]
pub struct DescribeTransactionsRequest {
    /// The transactional ids.
    #[field(versions = "0+")]
    pub transactional_ids: Vec<StrBytes>,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// DescribeTransactionsResponse.
#[derive(Clone, Debug, PartialEq, Message)]
#[message(response, key = 65, versions = "0", flexible = "0+")]
pub struct DescribeTransactionsResponse {
    /// The throttle time ms.
    #[field(versions = "0+")]
    pub throttle_time_ms: i32,
    /// The transaction states.
    #[field(versions = "0+")]
    pub transaction_states: Vec<DescribeTransactionsResponseTransactionState>,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// The transaction state.
#[derive(Clone, Debug, PartialEq, Message)]
pub struct DescribeTransactionsResponseTransactionState {
    /// The error code.
    #[field(versions = "0+")]
    pub error_code: i16,
    /// The transactional id.
    #[field(versions = "0+")]
    pub transactional_id: StrBytes,
    /// The transaction state.
    #[field(versions = "0+")]
    pub transaction_state: StrBytes,
    /// The transaction timeout ms.
    #[field(versions = "0+")]
    pub transaction_timeout_ms: i32,
    /// The transaction start time ms.
    #[field(versions = "0+")]
    pub transaction_start_time_ms: i64,
    /// The producer id.
    #[field(versions = "0+")]
    pub producer_id: i64,
    /// The producer epoch.
    #[field(versions = "0+")]
    pub producer_epoch: i16,
    /// The topics.
    #[field(versions = "0+")]
    pub topics: Vec<DescribeTransactionsResponseTopicData>,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// The topic data.
#[derive(Clone, Debug, PartialEq, Message)]
pub struct DescribeTransactionsResponseTopicData {
    /// The topic.
    #[field(versions = "0+")]
    pub topic: StrBytes,
    /// The partitions.
    #[field(versions = "0+")]
    pub partitions: Vec<i32>,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}
