//! What consumers put into the metadata and the assignments of the classic group protocol. On the wire its
//! version stands before it, as an `int16`.

use bytes::Bytes;

use crate::wire::{Message, StrBytes};

/// What a consumer tells the leader of its group: the metadata in a `JoinGroup` request.
#[derive(Clone, Debug, PartialEq, Message)]
#[message(data, versions = "0-3")]
pub struct ConsumerProtocolSubscription {
    /// The names of the topics that the consumer reads.
    #[field(versions = "0+")]
    pub topics: Vec<StrBytes>,
    /// Bytes of the assignor.
    #[field(versions = "0+", nullable = "0+", default = null)]
    pub user_data: Option<Bytes>,
    /// The partitions that the member has.
    #[field(versions = "1+", ignorable)]
    pub owned_partitions: Vec<ConsumerProtocolSubscriptionTopicPartition>,
    /// The generation of the group.
    #[field(versions = "2+", default = -1, ignorable)]
    pub generation_id: i32,
    /// The rack of the client; empty or null if it has none to name.
    #[field(versions = "3+", nullable = "3+", default = null, ignorable)]
    pub rack_id: Option<StrBytes>,
}

/// Partitions of a topic.
#[derive(Clone, Debug, PartialEq, Message)]
pub struct ConsumerProtocolSubscriptionTopicPartition {
    /// The name of the topic.
    #[field(versions = "1+")]
    pub topic: StrBytes,
    /// The partitions.
    #[field(versions = "1+")]
    pub partitions: Vec<i32>,
}

/// What the leader of a group assigns to a consumer: the assignment in a `SyncGroup` response.
#[derive(Clone, Debug, PartialEq, Message)]
#[message(data, versions = "0-3")]
pub struct ConsumerProtocolAssignment {
    /// The partitions that the member shall have.
    #[field(versions = "0+")]
    pub assigned_partitions: Vec<ConsumerProtocolAssignmentTopicPartition>,
    /// Bytes of the assignor.
    #[field(versions = "0+", nullable = "0+", default = null)]
    pub user_data: Option<Bytes>,
}

/// Partitions of a topic.
#[derive(Clone, Debug, PartialEq, Message)]
pub struct ConsumerProtocolAssignmentTopicPartition {
    /// The name of the topic.
    #[field(versions = "0+")]
    pub topic: StrBytes,
    /// The partitions.
    #[field(versions = "0+")]
    pub partitions: Vec<i32>,
}
