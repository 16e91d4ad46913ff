//! WriteTxnMarkers.

use crate::wire::{Message, StrBytes, UnknownTaggedFields};

/// WriteTxnMarkersRequest.
#[derive(Clone, Debug, PartialEq, Message)]
#[message(request, key = 27, versions = "0-2", flexible = "1+")]
pub struct WriteTxnMarkersRequest {
    /// The markers.
    #[field(versions = "0+")]
    pub markers: Vec<WritableTxnMarker>,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// The writable txn marker.
#[derive(Clone, Debug, PartialEq, Message)]
pub struct WritableTxnMarker {
    /// The producer id.
    #[field(versions = "0+")]
    pub producer_id: i64,
    /// The producer epoch.
    #[field(versions = "0+")]
    pub producer_epoch: i16,
    /// The transaction result.
    #[field(versions = "0+")]
    pub transaction_result: bool,
    /// The topics.
    #[field(versions = "0+")]
    pub topics: Vec<WritableTxnMarkerTopic>,
    /// The coordinator epoch.
    #[field(versions = "0+")]
    pub coordinator_epoch: i32,
    /// The transaction version.
    #[field(versions = "2+", ignorable)]
    pub transaction_version: i8,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// The writable txn marker topic.
#[derive(Clone, Debug, PartialEq, Message)]
pub struct WritableTxnMarkerTopic {
    /// The name.
    #[field(versions = "0+")]
    pub name: StrBytes,
    /// The partition indexes.
    #[field(versions = "0+")]
    pub partition_indexes: Vec<i32>,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// WriteTxnMarkersResponse.
#[derive(Clone, Debug, PartialEq, Message)]
#[message(response, key = 27, versions = "0-2", flexible = "1+")]
pub struct WriteTxnMarkersResponse {
    /// The markers.
    #[field(versions = "0+")]
    pub markers: Vec<WritableTxnMarkerResult>,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// The writable txn marker result.
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

/// The writable txn marker topic result.
#[derive(Clone, Debug, PartialEq, Message)]
pub struct WritableTxnMarkerTopicResult {
    /// The name.
    #[field(versions = "0+")]
    pub name: StrBytes,
    /// The partitions.
    #[field(versions = "0+")]
    pub partitions: Vec<WritableTxnMarkerPartitionResult>,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// The writable txn marker partition result.
#[derive(Clone, Debug, PartialEq, Message)]
pub struct WritableTxnMarkerPartitionResult {
    /// The partition index.
    #[field(versions = "0+")]
    pub partition_index: i32,
    /// The error code.
    #[field(versions = "0+")]
    pub error_code: i16,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}
