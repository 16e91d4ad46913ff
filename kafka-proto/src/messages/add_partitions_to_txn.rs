//! AddPartitionsToTxn.

use crate::wire::{Message, StrBytes, UnknownTaggedFields};

/// AddPartitionsToTxnRequest.
#[derive(Clone, Debug, PartialEq, Message)]
#[message(request, key = 24, versions = "0-5", flexible = "3+")]
pub struct AddPartitionsToTxnRequest {
    /// The transactions.
    #[field(versions = "4+")]
    pub transactions: Vec<AddPartitionsToTxnTransaction>,
    /// The v3 and below transactional id.
    #[field(versions = "0-3")]
    pub v3_and_below_transactional_id: StrBytes,
    /// The v3 and below producer id.
    #[field(versions = "0-3")]
    pub v3_and_below_producer_id: i64,
    /// The v3 and below producer epoch.
    #[field(versions = "0-3")]
    pub v3_and_below_producer_epoch: i16,
    /// The v3 and below topics.
    #[field(versions = "0-3")]
    pub v3_and_below_topics: Vec<AddPartitionsToTxnTopic>,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// The add partitions to txn transaction.
#[derive(Clone, Debug, PartialEq, Message)]
pub struct AddPartitionsToTxnTransaction {
    /// The transactional id.
    #[field(versions = "4+")]
    pub transactional_id: StrBytes,
    /// The producer id.
    #[field(versions = "4+")]
    pub producer_id: i64,
    /// The producer epoch.
    #[field(versions = "4+")]
    pub producer_epoch: i16,
    /// The verify only.
    #[field(versions = "4+")]
    pub verify_only: bool,
    /// The topics.
    #[field(versions = "4+")]
    pub topics: Vec<AddPartitionsToTxnTopic>,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// The add partitions to txn topic.
#[derive(Clone, Debug, PartialEq, Message)]
pub struct AddPartitionsToTxnTopic {
    /// The name.
    #[field(versions = "0+")]
    pub name: StrBytes,
    /// The partitions.
    #[field(versions = "0+")]
    pub partitions: Vec<i32>,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// AddPartitionsToTxnResponse.
#[derive(Clone, Debug, PartialEq, Message)]
#[message(response, key = 24, versions = "0-5", flexible = "3+")]
pub struct AddPartitionsToTxnResponse {
    /// The throttle time ms.
    #[field(versions = "0+")]
    pub throttle_time_ms: i32,
    /// The error code.
    #[field(versions = "4+", ignorable)]
    pub error_code: i16,
    /// The results by transaction.
    #[field(versions = "4+")]
    pub results_by_transaction: Vec<AddPartitionsToTxnResult>,
    /// The results by topic v3 and below.
    #[field(versions = "0-3")]
    pub results_by_topic_v3_and_below: Vec<AddPartitionsToTxnTopicResult>,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// The add partitions to txn result.
#[derive(Clone, Debug, PartialEq, Message)]
pub struct AddPartitionsToTxnResult {
    /// The transactional id.
    #[field(versions = "4+")]
    pub transactional_id: StrBytes,
    /// The topic results.
    #[field(versions = "4+")]
    pub topic_results: Vec<AddPartitionsToTxnTopicResult>,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// The add partitions to txn topic result.
#[derive(Clone, Debug, PartialEq, Message)]
pub struct AddPartitionsToTxnTopicResult {
    /// The name.
    #[field(versions = "0+")]
    pub name: StrBytes,
    /// The results by partition.
    #[field(versions = "0+")]
    pub results_by_partition: Vec<AddPartitionsToTxnPartitionResult>,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// The add partitions to txn partition result.
#[derive(Clone, Debug, PartialEq, Message)]
pub struct AddPartitionsToTxnPartitionResult {
    /// The partition index.
    #[field(versions = "0+")]
    pub partition_index: i32,
    /// The partition error code.
    #[field(versions = "0+")]
    pub partition_error_code: i16,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}
