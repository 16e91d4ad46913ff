//! `LeaveGroup`: stop being a member of a group, in the classic protocol.
//!
//! From version 3 on, one request removes several members. Version 4 is flexible. Version 5 takes a reason.

use crate::wire::{Message, StrBytes, UnknownTaggedFields};

/// Removes members from a group.
#[derive(Clone, Debug, PartialEq, Message)]
#[message(request, key = 13, versions = "0-5", flexible = "4+")]
pub struct LeaveGroupRequest {
    /// The group.
    #[field(versions = "0+")]
    pub group_id: StrBytes,
    /// The id of the member.
    #[field(versions = "0-2")]
    pub member_id: StrBytes,
    /// The members that leave.
    #[field(versions = "3+")]
    pub members: Vec<MemberIdentity>,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// A member that leaves.
#[derive(Clone, Debug, PartialEq, Message)]
pub struct MemberIdentity {
    /// The id of the member.
    #[field(versions = "3+")]
    pub member_id: StrBytes,
    /// The `group.instance.id` of a static member, or null.
    #[field(versions = "3+", nullable = "3+", default = null)]
    pub group_instance_id: Option<StrBytes>,
    /// Why, for the log of the broker; or null.
    #[field(versions = "5+", nullable = "5+", default = null, ignorable)]
    pub reason: Option<StrBytes>,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// Whether each member was removed.
#[derive(Clone, Debug, PartialEq, Message)]
#[message(response, key = 13, versions = "0-5", flexible = "4+")]
pub struct LeaveGroupResponse {
    /// How long the client was, or is to be, held back for exceeding a quota, in milliseconds.
    #[field(versions = "1+", ignorable)]
    pub throttle_time_ms: i32,
    /// What went wrong, or 0.
    #[field(versions = "0+")]
    pub error_code: i16,
    /// The members.
    #[field(versions = "3+")]
    pub members: Vec<MemberResponse>,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// Whether a member was removed.
#[derive(Clone, Debug, PartialEq, Message)]
pub struct MemberResponse {
    /// The id of the member.
    #[field(versions = "3+")]
    pub member_id: StrBytes,
    /// The `group.instance.id` of a static member, or null.
    #[field(versions = "3+", nullable = "3+")]
    pub group_instance_id: Option<StrBytes>,
    /// What went wrong, or 0.
    #[field(versions = "3+")]
    pub error_code: i16,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}
