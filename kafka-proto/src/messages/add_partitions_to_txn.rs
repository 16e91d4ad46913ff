//! `AddPartitionsToTxn`: the partitions that a transaction will write to.
//!
//! Clients use versions up to 3, the last flexible. From version 4 on brokers send it to each other, several
//! transactions at once.

use crate::wire::{Message, StrBytes, UnknownTaggedFields};

/// Adds partitions to a transaction.
#[derive(Clone, Debug, PartialEq, Message)]
#[message(request, key = 24, versions = "0-5", flexible = "3+")]
pub struct AddPartitionsToTxnRequest {
    /// The transactions.
    #[field(versions = "4+")]
    pub transactions: Vec<AddPartitionsToTxnTransaction>,
    /// The transactional id.
    #[field(versions = "0-3")]
    pub v3_and_below_transactional_id: StrBytes,
    /// The producer id.
    #[field(versions = "0-3")]
    pub v3_and_below_producer_id: i64,
    /// The epoch of the producer.
    #[field(versions = "0-3")]
    pub v3_and_below_producer_epoch: i16,
    /// The partitions, by topic.
    #[field(versions = "0-3")]
    pub v3_and_below_topics: Vec<AddPartitionsToTxnTopic>,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// The partitions of a transaction.
#[derive(Clone, Debug, PartialEq, Message)]
pub struct AddPartitionsToTxnTransaction {
    /// The transactional id.
    #[field(versions = "4+")]
    pub transactional_id: StrBytes,
    /// The producer id.
    #[field(versions = "4+")]
    pub producer_id: i64,
    /// The epoch of the producer.
    #[field(versions = "4+")]
    pub producer_epoch: i16,
    /// Whether to check only that the partitions are in the transaction.
    #[field(versions = "4+")]
    pub verify_only: bool,
    /// The topics.
    #[field(versions = "4+")]
    pub topics: Vec<AddPartitionsToTxnTopic>,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// The partitions of a topic.
#[derive(Clone, Debug, PartialEq, Message)]
pub struct AddPartitionsToTxnTopic {
    /// The name of the topic.
    #[field(versions = "0+")]
    pub name: StrBytes,
    /// The partitions.
    #[field(versions = "0+")]
    pub partitions: Vec<i32>,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// Whether each partition was added.
#[derive(Clone, Debug, PartialEq, Message)]
#[message(response, key = 24, versions = "0-5", flexible = "3+")]
pub struct AddPartitionsToTxnResponse {
    /// How long the client was, or is to be, held back for exceeding a quota, in milliseconds.
    #[field(versions = "0+")]
    pub throttle_time_ms: i32,
    /// What went wrong, or 0.
    #[field(versions = "4+", ignorable)]
    pub error_code: i16,
    /// The results, by transactional id.
    #[field(versions = "4+")]
    pub results_by_transaction: Vec<AddPartitionsToTxnResult>,
    /// The results, by topic.
    #[field(versions = "0-3")]
    pub results_by_topic_v3_and_below: Vec<AddPartitionsToTxnTopicResult>,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// What became of a transaction.
#[derive(Clone, Debug, PartialEq, Message)]
pub struct AddPartitionsToTxnResult {
    /// The transactional id.
    #[field(versions = "4+")]
    pub transactional_id: StrBytes,
    /// The results, by topic.
    #[field(versions = "4+")]
    pub topic_results: Vec<AddPartitionsToTxnTopicResult>,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// What became of the partitions of a topic.
#[derive(Clone, Debug, PartialEq, Message)]
pub struct AddPartitionsToTxnTopicResult {
    /// The name of the topic.
    #[field(versions = "0+")]
    pub name: StrBytes,
    /// The results, by partition.
    #[field(versions = "0+")]
    pub results_by_partition: Vec<AddPartitionsToTxnPartitionResult>,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// What became of a partition.
#[derive(Clone, Debug, PartialEq, Message)]
pub struct AddPartitionsToTxnPartitionResult {
    /// The number of the partition.
    #[field(versions = "0+")]
    pub partition_index: i32,
    /// What went wrong, or 0.
    #[field(versions = "0+")]
    pub partition_error_code: i16,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}
