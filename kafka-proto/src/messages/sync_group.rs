//! `SyncGroup`: the leader hands out the assignments, in the classic protocol.
//!
//! Version 3 brings static members. Version 4 is flexible. Version 5 repeats the protocol, as a check.

use bytes::Bytes;

use crate::wire::{Message, StrBytes, UnknownTaggedFields};

/// Asks for the member's assignment; the leader's request has those of all members.
#[derive(Clone, Debug, PartialEq, Message)]
#[message(request, key = 14, versions = "0-5", flexible = "4+")]
pub struct SyncGroupRequest {
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
    /// The kind of protocol: `consumer` for consumers.
    #[field(versions = "5+", nullable = "5+", default = null, ignorable)]
    pub protocol_type: Option<StrBytes>,
    /// The protocol that the group uses.
    #[field(versions = "5+", nullable = "5+", default = null, ignorable)]
    pub protocol_name: Option<StrBytes>,
    /// The assignments of all members, from the leader; empty from all others.
    #[field(versions = "0+")]
    pub assignments: Vec<SyncGroupRequestAssignment>,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// The assignment of a member.
#[derive(Clone, Debug, PartialEq, Message)]
pub struct SyncGroupRequestAssignment {
    /// The id of the member.
    #[field(versions = "0+")]
    pub member_id: StrBytes,
    /// The assignment; for consumers a [`ConsumerProtocolAssignment`](super::ConsumerProtocolAssignment).
    #[field(versions = "0+")]
    pub assignment: Bytes,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// The member's assignment.
#[derive(Clone, Debug, PartialEq, Message)]
#[message(response, key = 14, versions = "0-5", flexible = "4+")]
pub struct SyncGroupResponse {
    /// How long the client was, or is to be, held back for exceeding a quota, in milliseconds.
    #[field(versions = "1+", ignorable)]
    pub throttle_time_ms: i32,
    /// What went wrong, or 0.
    #[field(versions = "0+")]
    pub error_code: i16,
    /// The kind of protocol: `consumer` for consumers.
    #[field(versions = "5+", nullable = "5+", default = null, ignorable)]
    pub protocol_type: Option<StrBytes>,
    /// The protocol that the group uses.
    #[field(versions = "5+", nullable = "5+", default = null, ignorable)]
    pub protocol_name: Option<StrBytes>,
    /// The assignment; for consumers a [`ConsumerProtocolAssignment`](super::ConsumerProtocolAssignment).
    #[field(versions = "0+")]
    pub assignment: Bytes,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}
