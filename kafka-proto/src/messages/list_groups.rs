//! `ListGroups`: the groups that a broker coordinates.
//!
//! Version 3 is flexible. Version 4 filters by state, version 5 by type.

use crate::wire::{Message, StrBytes, UnknownTaggedFields};

/// Asks for the groups of a broker.
#[derive(Clone, Debug, PartialEq, Message)]
#[message(request, key = 16, versions = "0-5", flexible = "3+")]
pub struct ListGroupsRequest {
    /// The states of interest; empty for all.
    #[field(versions = "4+")]
    pub states_filter: Vec<StrBytes>,
    /// The types of interest; empty for all.
    #[field(versions = "5+")]
    pub types_filter: Vec<StrBytes>,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// The groups.
#[derive(Clone, Debug, PartialEq, Message)]
#[message(response, key = 16, versions = "0-5", flexible = "3+")]
pub struct ListGroupsResponse {
    /// How long the client was, or is to be, held back for exceeding a quota, in milliseconds.
    #[field(versions = "1+", ignorable)]
    pub throttle_time_ms: i32,
    /// What went wrong, or 0.
    #[field(versions = "0+")]
    pub error_code: i16,
    /// The groups.
    #[field(versions = "0+")]
    pub groups: Vec<ListedGroup>,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// A group.
#[derive(Clone, Debug, PartialEq, Message)]
pub struct ListedGroup {
    /// The group.
    #[field(versions = "0+")]
    pub group_id: StrBytes,
    /// The kind of protocol: `consumer` for consumers.
    #[field(versions = "0+")]
    pub protocol_type: StrBytes,
    /// The state of the group, as in `Stable` or `Empty`.
    #[field(versions = "4+", ignorable)]
    pub group_state: StrBytes,
    /// The type of the group, as in `classic` or `consumer`.
    #[field(versions = "5+", ignorable)]
    pub group_type: StrBytes,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}
