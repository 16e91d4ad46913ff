//! `DescribeGroups`: the members of classic groups.
//!
//! Version 3 brings authorized operations, version 4 static members. Version 5 is flexible. Version 6 says in
//! words why a group cannot be described.

use bytes::Bytes;

use crate::wire::{Message, StrBytes, UnknownTaggedFields};

/// Asks for the members of groups.
#[derive(Clone, Debug, PartialEq, Message)]
#[message(request, key = 15, versions = "0-6", flexible = "5+")]
pub struct DescribeGroupsRequest {
    /// The groups.
    #[field(versions = "0+")]
    pub groups: Vec<StrBytes>,
    /// Whether to say what this client may do to each group.
    #[field(versions = "3+")]
    pub include_authorized_operations: bool,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// The groups and their members.
#[derive(Clone, Debug, PartialEq, Message)]
#[message(response, key = 15, versions = "0-6", flexible = "5+")]
pub struct DescribeGroupsResponse {
    /// How long the client was, or is to be, held back for exceeding a quota, in milliseconds.
    #[field(versions = "1+", ignorable)]
    pub throttle_time_ms: i32,
    /// The groups.
    #[field(versions = "0+")]
    pub groups: Vec<DescribeGroupsResponseDescribedGroup>,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// A group.
#[derive(Clone, Debug, PartialEq, Message)]
pub struct DescribeGroupsResponseDescribedGroup {
    /// What went wrong, or 0.
    #[field(versions = "0+")]
    pub error_code: i16,
    /// What went wrong in words, or null.
    #[field(versions = "6+", nullable = "6+", default = null)]
    pub error_message: Option<StrBytes>,
    /// The group.
    #[field(versions = "0+")]
    pub group_id: StrBytes,
    /// The state of the group, as in `Stable` or `Empty`.
    #[field(versions = "0+")]
    pub group_state: StrBytes,
    /// The kind of protocol: `consumer` for consumers.
    #[field(versions = "0+")]
    pub protocol_type: StrBytes,
    /// The protocol that the group uses, or empty.
    #[field(versions = "0+")]
    pub protocol_data: StrBytes,
    /// The members.
    #[field(versions = "0+")]
    pub members: Vec<DescribedGroupMember>,
    /// What this client may do to the group, a bit for each operation; the smallest number if it was not
    /// asked for.
    #[field(versions = "3+", default = -2_147_483_648)]
    pub authorized_operations: i32,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// A member of a group.
#[derive(Clone, Debug, PartialEq, Message)]
pub struct DescribedGroupMember {
    /// The id of the member.
    #[field(versions = "0+")]
    pub member_id: StrBytes,
    /// The `group.instance.id` of a static member, or null.
    #[field(versions = "4+", nullable = "4+", default = null, ignorable)]
    pub group_instance_id: Option<StrBytes>,
    /// The client id.
    #[field(versions = "0+")]
    pub client_id: StrBytes,
    /// The host of the client.
    #[field(versions = "0+")]
    pub client_host: StrBytes,
    /// What the protocol knows of the member; for consumers a
    /// [`ConsumerProtocolSubscription`](super::ConsumerProtocolSubscription).
    #[field(versions = "0+")]
    pub member_metadata: Bytes,
    /// What is assigned to the member; for consumers a
    /// [`ConsumerProtocolAssignment`](super::ConsumerProtocolAssignment).
    #[field(versions = "0+")]
    pub member_assignment: Bytes,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}
