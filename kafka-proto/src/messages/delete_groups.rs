//! `DeleteGroups`.
//!
//! Version 2 is flexible. Version 3 says in words what went wrong.

use crate::wire::{Message, StrBytes, UnknownTaggedFields};

/// Deletes groups that have no members.
#[derive(Clone, Debug, PartialEq, Message)]
#[message(request, key = 42, versions = "0-3", flexible = "2+")]
pub struct DeleteGroupsRequest {
    /// The groups.
    #[field(versions = "0+")]
    pub groups_names: Vec<StrBytes>,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// Whether each group was deleted.
#[derive(Clone, Debug, PartialEq, Message)]
#[message(response, key = 42, versions = "0-3", flexible = "2+")]
pub struct DeleteGroupsResponse {
    /// How long the client was, or is to be, held back for exceeding a quota, in milliseconds.
    #[field(versions = "0+")]
    pub throttle_time_ms: i32,
    /// The results.
    #[field(versions = "0+")]
    pub results: Vec<DeletableGroupResult>,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// What became of a group.
#[derive(Clone, Debug, PartialEq, Message)]
pub struct DeletableGroupResult {
    /// The group.
    #[field(versions = "0+")]
    pub group_id: StrBytes,
    /// What went wrong, or 0.
    #[field(versions = "0+")]
    pub error_code: i16,
    /// What went wrong in words, or null.
    #[field(versions = "3+", nullable = "3+", default = null, ignorable)]
    pub error_message: Option<StrBytes>,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}
