//! SyncGroup.

use bytes::Bytes;

use crate::wire::{Message, StrBytes, UnknownTaggedFields};

/// SyncGroupRequest.
#[derive(Clone, Debug, PartialEq, Message)]
#[message(request, key = 14, versions = "0-5", flexible = "4+")]
pub struct SyncGroupRequest {
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
    /// The protocol type.
    #[field(versions = "5+", nullable = "5+", default = null, ignorable)]
    pub protocol_type: Option<StrBytes>,
    /// The protocol name.
    #[field(versions = "5+", nullable = "5+", default = null, ignorable)]
    pub protocol_name: Option<StrBytes>,
    /// The assignments.
    #[field(versions = "0+")]
    pub assignments: Vec<SyncGroupRequestAssignment>,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// The sync group request assignment.
#[derive(Clone, Debug, PartialEq, Message)]
pub struct SyncGroupRequestAssignment {
    /// The member id.
    #[field(versions = "0+")]
    pub member_id: StrBytes,
    /// The assignment.
    #[field(versions = "0+")]
    pub assignment: Bytes,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// SyncGroupResponse.
#[derive(Clone, Debug, PartialEq, Message)]
#[message(response, key = 14, versions = "0-5", flexible = "4+")]
pub struct SyncGroupResponse {
    /// The throttle time ms.
    #[field(versions = "1+", ignorable)]
    pub throttle_time_ms: i32,
    /// The error code.
    #[field(versions = "0+")]
    pub error_code: i16,
    /// The protocol type.
    #[field(versions = "5+", nullable = "5+", default = null, ignorable)]
    pub protocol_type: Option<StrBytes>,
    /// The protocol name.
    #[field(versions = "5+", nullable = "5+", default = null, ignorable)]
    pub protocol_name: Option<StrBytes>,
    /// The assignment.
    #[field(versions = "0+")]
    pub assignment: Bytes,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}
