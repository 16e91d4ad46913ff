//! `ConsumerGroupHeartbeat`: membership in the consumer protocol (KIP-848). One request joins, keeps alive,
//! changes the subscription, acknowledges an assignment and leaves.
//!
//! Fields that have not changed since the last heartbeat are sent as null or -1. In version 1 the member
//! chooses its id.

use crate::wire::{Message, StrBytes, UnknownTaggedFields, Uuid};

/// A member's state, as far as it has changed.
#[derive(Clone, Debug, PartialEq, Message)]
#[message(request, key = 68, versions = "0-1", flexible = "0+")]
pub struct ConsumerGroupHeartbeatRequest {
    /// The group.
    #[field(versions = "0+")]
    pub group_id: StrBytes,
    /// The id of the member. In version 0 it is empty at first, and the coordinator gives one.
    #[field(versions = "0+")]
    pub member_id: StrBytes,
    /// The epoch of the member.
    #[field(versions = "0+")]
    pub member_epoch: i32,
    /// The `group.instance.id` of a static member, or null.
    #[field(versions = "0+", nullable = "0+", default = null)]
    pub instance_id: Option<StrBytes>,
    /// The rack of the client; empty or null if it has none to name.
    #[field(versions = "0+", nullable = "0+", default = null)]
    pub rack_id: Option<StrBytes>,
    /// How long the member may take to give up partitions, in milliseconds; -1 if unchanged.
    #[field(versions = "0+", default = -1)]
    pub rebalance_timeout_ms: i32,
    /// The names of the topics that the member reads; null if unchanged.
    #[field(versions = "0+", nullable = "0+", default = null)]
    pub subscribed_topic_names: Option<Vec<StrBytes>>,
    /// The regular expression of the topics that the member reads; null if unchanged.
    #[field(versions = "1+", nullable = "1+", default = null)]
    pub subscribed_topic_regex: Option<StrBytes>,
    /// The assignor that the coordinator shall use; null if unchanged, or for the default.
    #[field(versions = "0+", nullable = "0+", default = null)]
    pub server_assignor: Option<StrBytes>,
    /// The partitions that the member has, or null if unchanged.
    #[field(versions = "0+", nullable = "0+", default = null)]
    pub topic_partitions: Option<Vec<ConsumerGroupHeartbeatRequestTopicPartitions>>,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// Partitions of a topic.
#[derive(Clone, Debug, PartialEq, Message)]
pub struct ConsumerGroupHeartbeatRequestTopicPartitions {
    /// The id of the topic.
    #[field(versions = "0+")]
    pub topic_id: Uuid,
    /// The partitions.
    #[field(versions = "0+")]
    pub partitions: Vec<i32>,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// The member's epoch, and its assignment if that has changed.
#[derive(Clone, Debug, PartialEq, Message)]
#[message(response, key = 68, versions = "0-1", flexible = "0+")]
pub struct ConsumerGroupHeartbeatResponse {
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
    pub assignment: Option<ConsumerGroupHeartbeatResponseAssignment>,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// An assignment.
#[derive(Clone, Debug, PartialEq, Message)]
pub struct ConsumerGroupHeartbeatResponseAssignment {
    /// The partitions, by topic.
    #[field(versions = "0+")]
    pub topic_partitions: Vec<ConsumerGroupHeartbeatResponseTopicPartitions>,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// Partitions of a topic.
#[derive(Clone, Debug, PartialEq, Message)]
pub struct ConsumerGroupHeartbeatResponseTopicPartitions {
    /// The id of the topic.
    #[field(versions = "0+")]
    pub topic_id: Uuid,
    /// The partitions.
    #[field(versions = "0+")]
    pub partitions: Vec<i32>,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}
