//! LeaveGroup.

use crate::wire::{Message, StrBytes, UnknownTaggedFields};

/// LeaveGroupRequest.
#[derive(Clone, Debug, PartialEq, Message)]
#[message(request, key = 13, versions = "0-5", flexible = "4+")]
pub struct LeaveGroupRequest {
    /// The group id.
    #[field(versions = "0+")]
    pub group_id: StrBytes,
    /// The member id.
    #[field(versions = "0-2")]
    pub member_id: StrBytes,
    /// The members.
    #[field(versions = "3+")]
    pub members: Vec<MemberIdentity>,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// The member identity.
#[derive(Clone, Debug, PartialEq, Message)]
pub struct MemberIdentity {
    /// The member id.
    #[field(versions = "3+")]
    pub member_id: StrBytes,
    /// The group instance id.
    #[field(versions = "3+", nullable = "3+", default = null)]
    pub group_instance_id: Option<StrBytes>,
    /// The reason.
    #[field(versions = "5+", nullable = "5+", default = null, ignorable)]
    pub reason: Option<StrBytes>,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// LeaveGroupResponse.
#[derive(Clone, Debug, PartialEq, Message)]
#[message(response, key = 13, versions = "0-5", flexible = "4+")]
pub struct LeaveGroupResponse {
    /// The throttle time ms.
    #[field(versions = "1+", ignorable)]
    pub throttle_time_ms: i32,
    /// The error code.
    #[field(versions = "0+")]
    pub error_code: i16,
    /// The members.
    #[field(versions = "3+")]
    pub members: Vec<MemberResponse>,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// The member response.
#[derive(Clone, Debug, PartialEq, Message)]
pub struct MemberResponse {
    /// The member id.
    #[field(versions = "3+")]
    pub member_id: StrBytes,
    /// The group instance id.
    #[field(versions = "3+", nullable = "3+")]
    pub group_instance_id: Option<StrBytes>,
    /// The error code.
    #[field(versions = "3+")]
    pub error_code: i16,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}
