//! `ShareGroupHeartbeat`: membership in a share group (KIP-932).

use crate::wire::{Message, StrBytes, UnknownTaggedFields, Uuid};

/// A member's state, as far as it has changed.
#[derive(Clone, Debug, PartialEq, Message)]
#[message(request, key = 76, versions = "1", flexible = "0+")]
pub struct ShareGroupHeartbeatRequest {
    /// The group.
    #[field(versions = "0+")]
    pub group_id: StrBytes,
    /// The id of the member.
    #[field(versions = "0+")]
    pub member_id: StrBytes,
    /// The epoch of the member.
    #[field(versions = "0+")]
    pub member_epoch: i32,
    /// The rack of the client; empty or null if it has none to name.
    #[field(versions = "0+", nullable = "0+", default = null)]
    pub rack_id: Option<StrBytes>,
    /// The names of the topics that the member reads; null if unchanged.
    #[field(versions = "0+", nullable = "0+", default = null)]
    pub subscribed_topic_names: Option<Vec<StrBytes>>,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// The member's epoch, and its assignment if that has changed.
#[derive(Clone, Debug, PartialEq, Message)]
#[message(response, key = 76, versions = "1", flexible = "0+")]
pub struct ShareGroupHeartbeatResponse {
    /// How long the client was, or is to be, held back for exceeding a quota, in milliseconds.
    #[field(versions = "0+")]
    pub throttle_time_ms: i32,
    /// What went wrong, or 0.
    #[field(versions = "0+")]
    pub error_code: i16,
    /// What went wrong in words, or null.
    #[field(versions = "0+", nullable = "0+", default = null)]
    pub error_message: Option<StrBytes>,
    /// The id of the member.
    #[field(versions = "0+", nullable = "0+", default = null)]
    pub member_id: Option<StrBytes>,
    /// The epoch of the member.
    #[field(versions = "0+")]
    pub member_epoch: i32,
    /// How often to send a heartbeat, in milliseconds.
    #[field(versions = "0+")]
    pub heartbeat_interval_ms: i32,
    /// The partitions that the member shall have, or null if unchanged.
    #[field(versions = "0+", nullable = "0+", default = null)]
    pub assignment: Option<ShareGroupHeartbeatResponseAssignment>,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// An assignment.
#[derive(Clone, Debug, PartialEq, Message)]
pub struct ShareGroupHeartbeatResponseAssignment {
    /// The partitions, by topic.
    #[field(versions = "0+")]
    pub topic_partitions: Vec<ShareGroupHeartbeatResponseTopicPartitions>,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// Partitions of a topic.
#[derive(Clone, Debug, PartialEq, Message)]
pub struct ShareGroupHeartbeatResponseTopicPartitions {
    /// The id of the topic.
    #[field(versions = "0+")]
    pub topic_id: Uuid,
    /// The partitions.
    #[field(versions = "0+")]
    pub partitions: Vec<i32>,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}
