//! Heartbeat.

use crate::wire::{Message, StrBytes, UnknownTaggedFields};

/// HeartbeatRequest.
#[derive(Clone, Debug, PartialEq, Message)]
#[message(request, key = 12, versions = "0-4", flexible = "4+")]
pub struct HeartbeatRequest {
    /// The group id.
    #[field(versions = "0+")]
    pub group_id: StrBytes,
    /// The generation id.
    #[field(versions = "0+")]
    pub generation_id: i32,
    /// The member id.
    #[field(versions = "0+")]
    pub member_id: StrBytes,
    /// The group instance id.
    #[field(versions = "3+", nullable = "3+", default = null)]
    pub group_instance_id: Option<StrBytes>,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// HeartbeatResponse.
#[derive(Clone, Debug, PartialEq, Message)]
#[message(response, key = 12, versions = "0-4", flexible = "4+")]
pub struct HeartbeatResponse {
    /// The throttle time ms.
    #[field(versions = "1+", ignorable)]
    pub throttle_time_ms: i32,
    /// The error code.
    #[field(versions = "0+")]
    pub error_code: i16,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}
