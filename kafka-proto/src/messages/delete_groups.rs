//! DeleteGroups.

use crate::wire::{Message, StrBytes, UnknownTaggedFields};

/// DeleteGroupsRequest.
#[derive(Clone, Debug, PartialEq, Message)]
#[message(request, key = 42, versions = "0-3", flexible = "2+")]
pub struct DeleteGroupsRequest {
    /// The groups names.
    #[field(versions = "0+")]
    pub groups_names: Vec<StrBytes>,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// DeleteGroupsResponse.
#[derive(Clone, Debug, PartialEq, Message)]
#[message(response, key = 42, versions = "0-3", flexible = "2+")]
pub struct DeleteGroupsResponse {
    /// The throttle time ms.
    #[field(versions = "0+")]
    pub throttle_time_ms: i32,
    /// The results.
    #[field(versions = "0+")]
    pub results: Vec<DeletableGroupResult>,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// The deletable group result.
#[derive(Clone, Debug, PartialEq, Message)]
pub struct DeletableGroupResult {
    /// The group id.
    #[field(versions = "0+")]
    pub group_id: StrBytes,
    /// The error code.
    #[field(versions = "0+")]
    pub error_code: i16,
    /// The error message.
    #[field(versions = "3+", nullable = "3+", default = null, ignorable)]
    pub error_message: Option<StrBytes>,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}
