//! consumer_protocol.

use bytes::Bytes;

use crate::wire::{Message, StrBytes};

/// ConsumerProtocolSubscription.
#[derive(Clone, Debug, PartialEq, Message)]
#[message(data, versions = "0-3")]
pub struct ConsumerProtocolSubscription {
    /// The topics.
    #[field(versions = "0+")]
    pub topics: Vec<StrBytes>,
    /// The user data.
    #[field(versions = "0+", nullable = "0+", default = null)]
    pub user_data: Option<Bytes>,
    /// The owned partitions.
    #[field(versions = "1+", ignorable)]
    pub owned_partitions: Vec<ConsumerProtocolSubscriptionTopicPartition>,
    /// The generation id.
    #[field(versions = "2+", default = -1, ignorable)]
    pub generation_id: i32,
    /// The rack id.
    #[field(versions = "3+", nullable = "3+", default = null, ignorable)]
    pub rack_id: Option<StrBytes>,
}

/// The topic partition.
#[derive(Clone, Debug, PartialEq, Message)]
pub struct ConsumerProtocolSubscriptionTopicPartition {
    /// The topic.
    #[field(versions = "1+")]
    pub topic: StrBytes,
    /// The partitions.
    #[field(versions = "1+")]
    pub partitions: Vec<i32>,
}

/// ConsumerProtocolAssignment.
#[derive(Clone, Debug, PartialEq, Message)]
#[message(data, versions = "0-3")]
pub struct ConsumerProtocolAssignment {
    /// The assigned partitions.
    #[field(versions = "0+")]
    pub assigned_partitions: Vec<ConsumerProtocolAssignmentTopicPartition>,
    /// The user data.
    #[field(versions = "0+", nullable = "0+", default = null)]
    pub user_data: Option<Bytes>,
}

/// The topic partition.
#[derive(Clone, Debug, PartialEq, Message)]
pub struct ConsumerProtocolAssignmentTopicPartition {
    /// The topic.
    #[field(versions = "0+")]
    pub topic: StrBytes,
    /// The partitions.
    #[field(versions = "0+")]
    pub partitions: Vec<i32>,
}
