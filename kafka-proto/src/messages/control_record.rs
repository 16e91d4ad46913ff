//! control_record.

use crate::wire::Message;

/// ControlRecordTypeSchema.
#[derive(Clone, Debug, PartialEq, Message)]
#[message(data, versions = "0")]
pub struct ControlRecordTypeSchema {
    /// The type.
    #[field(versions = "0+")]
    pub r#type: i16,
}

/// EndTxnMarker.
#[derive(Clone, Debug, PartialEq, Message)]
#[message(data, versions = "0")]
pub struct EndTxnMarker {
    /// The coordinator epoch.
    #[field(versions = "0+")]
    pub coordinator_epoch: i32,
}
