//! Heartbeat: a member of a group is alive, in the classic protocol.
//!
//! Version 3 brings static members. Version 4 is flexible.

use crate::wire::{Message, StrBytes, UnknownTaggedFields};

/// Tells the coordinator that a member is alive.
#[derive(Clone, Debug, PartialEq, Message)]
#[message(request, key = 12, versions = "0-4", flexible = "4+")]
pub struct HeartbeatRequest {
    /// The group.
    #[field(versions = "0+")]
    pub group_id: StrBytes,
    /// The generation of the group.
    #[field(versions = "0+")]
    pub generation_id: i32,
    /// The id of the member.
    #[field(versions = "0+")]
    pub member_id: StrBytes,
    /// The `group.instance.id` of a static member, or null.
    #[field(versions = "3+", nullable = "3+", default = null)]
    pub group_instance_id: Option<StrBytes>,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// Whether the member still belongs to the group, or has to join again.
#[derive(Clone, Debug, PartialEq, Message)]
#[message(response, key = 12, versions = "0-4", flexible = "4+")]
pub struct HeartbeatResponse {
    /// How long the client was, or is to be, held back for exceeding a quota, in milliseconds.
    #[field(versions = "1+", ignorable)]
    pub throttle_time_ms: i32,
    /// What went wrong, or 0.
    #[field(versions = "0+")]
    pub error_code: i16,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}
