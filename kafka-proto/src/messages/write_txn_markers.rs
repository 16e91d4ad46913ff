//! `WriteTxnMarkers`: a coordinator ends a transaction in its partitions. An administrator sends it to end a
//! transaction that hangs.
//!
//! Version 1 is flexible. Version 2 says which version of transactions the marker belongs to.

use crate::wire::{Message, StrBytes, UnknownTaggedFields};

/// Writes the markers that end transactions.
#[derive(Clone, Debug, PartialEq, Message)]
#[message(request, key = 27, versions = "0-2", flexible = "1+")]
pub struct WriteTxnMarkersRequest {
    /// The markers.
    #[field(versions = "0+")]
    pub markers: Vec<WritableTxnMarker>,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// The markers that end a transaction.
#[derive(Clone, Debug, PartialEq, Message)]
pub struct WritableTxnMarker {
    /// The producer id.
    #[field(versions = "0+")]
    pub producer_id: i64,
    /// The epoch of the producer.
    #[field(versions = "0+")]
    pub producer_epoch: i16,
    /// Whether the transaction is committed; else it is aborted.
    #[field(versions = "0+")]
    pub transaction_result: bool,
    /// The topics.
    #[field(versions = "0+")]
    pub topics: Vec<WritableTxnMarkerTopic>,
    /// The epoch of the coordinator.
    #[field(versions = "0+")]
    pub coordinator_epoch: i32,
    /// The version of transactions that the marker belongs to.
    #[field(versions = "2+", ignorable)]
    pub transaction_version: i8,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// The partitions of a topic.
#[derive(Clone, Debug, PartialEq, Message)]
pub struct WritableTxnMarkerTopic {
    /// The name of the topic.
    #[field(versions = "0+")]
    pub name: StrBytes,
    /// The numbers of the partitions.
    #[field(versions = "0+")]
    pub partition_indexes: Vec<i32>,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// Whether each marker was written.
#[derive(Clone, Debug, PartialEq, Message)]
#[message(response, key = 27, versions = "0-2", flexible = "1+")]
pub struct WriteTxnMarkersResponse {
    /// The markers.
    #[field(versions = "0+")]
    pub markers: Vec<WritableTxnMarkerResult>,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// What became of the markers of a producer.
#[derive(Clone, Debug, PartialEq, Message)]
pub struct WritableTxnMarkerResult {
    /// The producer id.
    #[field(versions = "0+")]
    pub producer_id: i64,
    /// The topics.
    #[field(versions = "0+")]
    pub topics: Vec<WritableTxnMarkerTopicResult>,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// What became of the markers in a topic.
#[derive(Clone, Debug, PartialEq, Message)]
pub struct WritableTxnMarkerTopicResult {
    /// The name of the topic.
    #[field(versions = "0+")]
    pub name: StrBytes,
    /// The partitions.
    #[field(versions = "0+")]
    pub partitions: Vec<WritableTxnMarkerPartitionResult>,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// What became of the marker in a partition.
#[derive(Clone, Debug, PartialEq, Message)]
pub struct WritableTxnMarkerPartitionResult {
    /// The number of the partition.
    #[field(versions = "0+")]
    pub partition_index: i32,
    /// What went wrong, or 0.
    #[field(versions = "0+")]
    pub error_code: i16,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}
