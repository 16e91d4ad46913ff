//! ListGroups.

use crate::wire::{Message, StrBytes, UnknownTaggedFields};

/// ListGroupsRequest.
#[derive(Clone, Debug, PartialEq, Message)]
#[message(request, key = 16, versions = "0-5", flexible = "3+")]
pub struct ListGroupsRequest {
    /// The states filter.
    #[field(versions = "4+")]
    pub states_filter: Vec<StrBytes>,
    /// The types filter.
    #[field(versions = "5+")]
    pub types_filter: Vec<StrBytes>,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// ListGroupsResponse.
#[derive(Clone, Debug, PartialEq, Message)]
#[message(response, key = 16, versions = "0-5", flexible = "3+")]
pub struct ListGroupsResponse {
    /// The throttle time ms.
    #[field(versions = "1+", ignorable)]
    pub throttle_time_ms: i32,
    /// The error code.
    #[field(versions = "0+")]
    pub error_code: i16,
    /// The groups.
    #[field(versions = "0+")]
    pub groups: Vec<ListedGroup>,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// The listed group.
#[derive(Clone, Debug, PartialEq, Message)]
pub struct ListedGroup {
    /// The group id.
    #[field(versions = "0+")]
    pub group_id: StrBytes,
    /// The protocol type.
    #[field(versions = "0+")]
    pub protocol_type: StrBytes,
    /// The group state.
    #[field(versions = "4+", ignorable)]
    pub group_state: StrBytes,
    /// The group type.
    #[field(versions = "5+", ignorable)]
    pub group_type: StrBytes,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}
