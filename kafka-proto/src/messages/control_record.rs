//! What is in the records of control batches: the key says what kind of record it is. On the wire the version
//! stands before it, as an `int16`.

use crate::wire::Message;

/// The key of a control record.
#[derive(Clone, Debug, PartialEq, Message)]
#[message(data, versions = "0")]
pub struct ControlRecordTypeSchema {
    /// 0 to abort a transaction, 1 to commit one; larger numbers are for controllers.
    #[field(versions = "0+")]
    pub r#type: i16,
}

/// The value of a control record that commits or aborts a transaction.
#[derive(Clone, Debug, PartialEq, Message)]
#[message(data, versions = "0")]
pub struct EndTxnMarker {
    /// The epoch of the coordinator.
    #[field(versions = "0+")]
    pub coordinator_epoch: i32,
}
