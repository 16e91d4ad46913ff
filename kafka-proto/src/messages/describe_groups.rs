//! DescribeGroups.

use bytes::Bytes;

use crate::wire::{Message, StrBytes, UnknownTaggedFields};

/// DescribeGroupsRequest.
#[derive(Clone, Debug, PartialEq, Message)]
#[message(request, key = 15, versions = "0-6", flexible = "5+")]
pub struct DescribeGroupsRequest {
    /// The groups.
    #[field(versions = "0+")]
    pub groups: Vec<StrBytes>,
    /// The include authorized operations.
    #[field(versions = "3+")]
    pub include_authorized_operations: bool,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// DescribeGroupsResponse.
#[derive(Clone, Debug, PartialEq, Message)]
#[message(response, key = 15, versions = "0-6", flexible = "5+")]
pub struct DescribeGroupsResponse {
    /// The throttle time ms.
    #[field(versions = "1+", ignorable)]
    pub throttle_time_ms: i32,
    /// The groups.
    #[field(versions = "0+")]
    pub groups: Vec<DescribeGroupsResponseDescribedGroup>,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// The described group.
#[derive(Clone, Debug, PartialEq, Message)]
pub struct DescribeGroupsResponseDescribedGroup {
    /// The error code.
    #[field(versions = "0+")]
    pub error_code: i16,
    /// The error message.
    #[field(versions = "6+", nullable = "6+", default = null)]
    pub error_message: Option<StrBytes>,
    /// The group id.
    #[field(versions = "0+")]
    pub group_id: StrBytes,
    /// The group state.
    #[field(versions = "0+")]
    pub group_state: StrBytes,
    /// The protocol type.
    #[field(versions = "0+")]
    pub protocol_type: StrBytes,
    /// The protocol data.
    #[field(versions = "0+")]
    pub protocol_data: StrBytes,
    /// The members.
    #[field(versions = "0+")]
    pub members: Vec<DescribedGroupMember>,
    /// The authorized operations.
    #[field(versions = "3+", default = -2_147_483_648)]
    pub authorized_operations: i32,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// The described group member.
#[derive(Clone, Debug, PartialEq, Message)]
pub struct DescribedGroupMember {
    /// The member id.
    #[field(versions = "0+")]
    pub member_id: StrBytes,
    /// The group instance id.
    #[field(versions = "4+", nullable = "4+", default = null, ignorable)]
    pub group_instance_id: Option<StrBytes>,
    /// The client id.
    #[field(versions = "0+")]
    pub client_id: StrBytes,
    /// The client host.
    #[field(versions = "0+")]
    pub client_host: StrBytes,
    /// The member metadata.
    #[field(versions = "0+")]
    pub member_metadata: Bytes,
    /// The member assignment.
    #[field(versions = "0+")]
    pub member_assignment: Bytes,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}
