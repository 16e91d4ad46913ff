//! JoinGroup.

use bytes::Bytes;

use crate::wire::{Message, StrBytes, UnknownTaggedFields};

/// JoinGroupRequest.
#[derive(Clone, Debug, PartialEq, Message)]
#[message(request, key = 11, versions = "0-9", flexible = "6+")]
pub struct JoinGroupRequest {
    /// The group id.
    #[field(versions = "0+")]
    pub group_id: StrBytes,
    /// The session timeout ms.
    #[field(versions = "0+")]
    pub session_timeout_ms: i32,
    /// The rebalance timeout ms.
    #[field(versions = "1+", default = -1, ignorable)]
    pub rebalance_timeout_ms: i32,
    /// The member id.
    #[field(versions = "0+")]
    pub member_id: StrBytes,
    /// The group instance id.
    #[field(versions = "5+", nullable = "5+", default = null)]
    pub group_instance_id: Option<StrBytes>,
    /// The protocol type.
    #[field(versions = "0+")]
    pub protocol_type: StrBytes,
    /// The protocols.
    #[field(versions = "0+")]
    pub protocols: Vec<JoinGroupRequestProtocol>,
    /// The reason.
    #[field(versions = "8+", nullable = "8+", default = null, ignorable)]
    pub reason: Option<StrBytes>,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// The join group request protocol.
#[derive(Clone, Debug, PartialEq, Message)]
pub struct JoinGroupRequestProtocol {
    /// The name.
    #[field(versions = "0+")]
    pub name: StrBytes,
    /// The metadata.
    #[field(versions = "0+")]
    pub metadata: Bytes,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// JoinGroupResponse.
#[derive(Clone, Debug, PartialEq, Message)]
#[message(response, key = 11, versions = "0-9", flexible = "6+")]
pub struct JoinGroupResponse {
    /// The throttle time ms.
    #[field(versions = "2+", ignorable)]
    pub throttle_time_ms: i32,
    /// The error code.
    #[field(versions = "0+")]
    pub error_code: i16,
    /// The generation id.
    #[field(versions = "0+", default = -1)]
    pub generation_id: i32,
    /// The protocol type.
    #[field(versions = "7+", nullable = "7+", default = null, ignorable)]
    pub protocol_type: Option<StrBytes>,
    /// The protocol name.
    #[field(versions = "0+", nullable = "7+")]
    pub protocol_name: Option<StrBytes>,
    /// The leader.
    #[field(versions = "0+")]
    pub leader: StrBytes,
    /// The skip assignment.
    #[field(versions = "9+")]
    pub skip_assignment: bool,
    /// The member id.
    #[field(versions = "0+")]
    pub member_id: StrBytes,
    /// The members.
    #[field(versions = "0+")]
    pub members: Vec<JoinGroupResponseMember>,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// The join group response member.
#[derive(Clone, Debug, PartialEq, Message)]
pub struct JoinGroupResponseMember {
    /// The member id.
    #[field(versions = "0+")]
    pub member_id: StrBytes,
    /// The group instance id.
    #[field(versions = "5+", nullable = "5+", default = null, ignorable)]
    pub group_instance_id: Option<StrBytes>,
    /// The metadata.
    #[field(versions = "0+")]
    pub metadata: Bytes,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}
