//! `JoinGroup`: become a member of a group, in the classic protocol.
//!
//! The broker answers all members at once, when the rebalance is over; the leader gets the list of members.
//! From version 4 on, a member that comes without an id is sent back with one (KIP-394). Version 5 brings
//! static members (KIP-345), version 6 is flexible, version 8 takes a reason.

use bytes::Bytes;

use crate::wire::{Message, StrBytes, UnknownTaggedFields};

/// Joins a group.
#[derive(Clone, Debug, PartialEq, Message)]
#[message(request, key = 11, versions = "0-9", flexible = "6+")]
pub struct JoinGroupRequest {
    /// The group.
    #[field(versions = "0+")]
    pub group_id: StrBytes,
    /// How long the member may be silent before it is removed, in milliseconds.
    #[field(versions = "0+")]
    pub session_timeout_ms: i32,
    /// How long the member may take to join again in a rebalance, in milliseconds; -1 if the version does not
    /// say.
    #[field(versions = "1+", default = -1, ignorable)]
    pub rebalance_timeout_ms: i32,
    /// The id of the member; empty if it has none yet.
    #[field(versions = "0+")]
    pub member_id: StrBytes,
    /// The `group.instance.id` of a static member, or null.
    #[field(versions = "5+", nullable = "5+", default = null)]
    pub group_instance_id: Option<StrBytes>,
    /// The kind of protocol: `consumer` for consumers.
    #[field(versions = "0+")]
    pub protocol_type: StrBytes,
    /// The protocols that the member supports, the preferred one first.
    #[field(versions = "0+")]
    pub protocols: Vec<JoinGroupRequestProtocol>,
    /// Why, for the log of the broker; or null.
    #[field(versions = "8+", nullable = "8+", default = null, ignorable)]
    pub reason: Option<StrBytes>,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// A protocol that the member supports.
#[derive(Clone, Debug, PartialEq, Message)]
pub struct JoinGroupRequestProtocol {
    /// The name of the protocol; for consumers, of an assignor.
    #[field(versions = "0+")]
    pub name: StrBytes,
    /// What the protocol needs to know of the member; for consumers a
    /// [`ConsumerProtocolSubscription`](super::ConsumerProtocolSubscription).
    #[field(versions = "0+")]
    pub metadata: Bytes,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// The generation that the member is in, and who leads it.
#[derive(Clone, Debug, PartialEq, Message)]
#[message(response, key = 11, versions = "0-9", flexible = "6+")]
pub struct JoinGroupResponse {
    /// How long the client was, or is to be, held back for exceeding a quota, in milliseconds.
    #[field(versions = "2+", ignorable)]
    pub throttle_time_ms: i32,
    /// What went wrong, or 0.
    #[field(versions = "0+")]
    pub error_code: i16,
    /// The generation of the group.
    #[field(versions = "0+", default = -1)]
    pub generation_id: i32,
    /// The kind of protocol: `consumer` for consumers.
    #[field(versions = "7+", nullable = "7+", default = null, ignorable)]
    pub protocol_type: Option<StrBytes>,
    /// The protocol that the group uses.
    #[field(versions = "0+", nullable = "7+")]
    pub protocol_name: Option<StrBytes>,
    /// The member that leads the group.
    #[field(versions = "0+")]
    pub leader: StrBytes,
    /// Whether the leader must not assign anew.
    #[field(versions = "9+")]
    pub skip_assignment: bool,
    /// The id of the member.
    #[field(versions = "0+")]
    pub member_id: StrBytes,
    /// The members, for the leader; empty for all others.
    #[field(versions = "0+")]
    pub members: Vec<JoinGroupResponseMember>,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// A member, as the leader sees it.
#[derive(Clone, Debug, PartialEq, Message)]
pub struct JoinGroupResponseMember {
    /// The id of the member.
    #[field(versions = "0+")]
    pub member_id: StrBytes,
    /// The `group.instance.id` of a static member, or null.
    #[field(versions = "5+", nullable = "5+", default = null, ignorable)]
    pub group_instance_id: Option<StrBytes>,
    /// What the protocol needs to know of the member; for consumers a
    /// [`ConsumerProtocolSubscription`](super::ConsumerProtocolSubscription).
    #[field(versions = "0+")]
    pub metadata: Bytes,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}
