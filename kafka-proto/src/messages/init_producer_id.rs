//! InitProducerId.

use crate::wire::{Message, StrBytes, UnknownTaggedFields};

/// InitProducerIdRequest.
#[derive(Clone, Debug, PartialEq, Message)]
#[message(request, key = 22, versions = "0-6", flexible = "2+", unstable)]
pub struct InitProducerIdRequest {
    /// The transactional id.
    #[field(versions = "0+", nullable = "0+")]
    pub transactional_id: Option<StrBytes>,
    /// The transaction timeout ms.
    #[field(versions = "0+")]
    pub transaction_timeout_ms: i32,
    /// The producer id.
    #[field(versions = "3+", default = -1)]
    pub producer_id: i64,
    /// The producer epoch.
    #[field(versions = "3+", default = -1)]
    pub producer_epoch: i16,
    /// The enable2 pc.
    #[field(versions = "6+")]
    pub enable2_pc: bool,
    /// The keep prepared txn.
    #[field(versions = "6+")]
    pub keep_prepared_txn: bool,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// InitProducerIdResponse.
#[derive(Clone, Debug, PartialEq, Message)]
#[message(response, key = 22, versions = "0-6", flexible = "2+")]
pub struct InitProducerIdResponse {
    /// The throttle time ms.
    #[field(versions = "0+", ignorable)]
    pub throttle_time_ms: i32,
    /// The error code.
    #[field(versions = "0+")]
    pub error_code: i16,
    /// The producer id.
    #[field(versions = "0+", default = -1)]
    pub producer_id: i64,
    /// The producer epoch.
    #[field(versions = "0+")]
    pub producer_epoch: i16,
    /// The ongoing txn producer id.
    #[field(versions = "6+", default = -1)]
    pub ongoing_txn_producer_id: i64,
    /// The ongoing txn producer epoch.
    #[field(versions = "6+", default = -1)]
    pub ongoing_txn_producer_epoch: i16,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}
