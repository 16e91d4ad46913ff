//! ConsumerGroupHeartbeat.

use crate::wire::{Message, StrBytes, UnknownTaggedFields, Uuid};

/// ConsumerGroupHeartbeatRequest.
#[derive(Clone, Debug, PartialEq, Message)]
#[message(request, key = 68, versions = "0-1", flexible = "0+")]
pub struct ConsumerGroupHeartbeatRequest {
    /// The group id.
    #[field(versions = "0+")]
    pub group_id: StrBytes,
    /// The member id.
    #[field(versions = "0+")]
    pub member_id: StrBytes,
    /// The member epoch.
    #[field(versions = "0+")]
    pub member_epoch: i32,
    /// The instance id.
    #[field(versions = "0+", nullable = "0+", default = null)]
    pub instance_id: Option<StrBytes>,
    /// The rack id.
    #[field(versions = "0+", nullable = "0+", default = null)]
    pub rack_id: Option<StrBytes>,
    /// The rebalance timeout ms.
    #[field(versions = "0+", default = -1)]
    pub rebalance_timeout_ms: i32,
    /// The subscribed topic names.
    #[field(versions = "0+", nullable = "0+", default = null)]
    pub subscribed_topic_names: Option<Vec<StrBytes>>,
    /// The subscribed topic regex.
    #[field(versions = "1+", nullable = "1+", default = null)]
    pub subscribed_topic_regex: Option<StrBytes>,
    /// The server assignor.
    #[field(versions = "0+", nullable = "0+", default = null)]
    pub server_assignor: Option<StrBytes>,
    /// The topic partitions.
    #[field(versions = "0+", nullable = "0+", default = null)]
    pub topic_partitions: Option<Vec<ConsumerGroupHeartbeatRequestTopicPartitions>>,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// The topic partitions.
#[derive(Clone, Debug, PartialEq, Message)]
pub struct ConsumerGroupHeartbeatRequestTopicPartitions {
    /// The topic id.
    #[field(versions = "0+")]
    pub topic_id: Uuid,
    /// The partitions.
    #[field(versions = "0+")]
    pub partitions: Vec<i32>,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// ConsumerGroupHeartbeatResponse.
#[derive(Clone, Debug, PartialEq, Message)]
#[message(response, key = 68, versions = "0-1", flexible = "0+")]
pub struct ConsumerGroupHeartbeatResponse {
    /// The throttle time ms.
    #[field(versions = "0+")]
    pub throttle_time_ms: i32,
    /// The error code.
    #[field(versions = "0+")]
    pub error_code: i16,
    /// The error message.
    #[field(versions = "0+", nullable = "0+", default = null)]
    pub error_message: Option<StrBytes>,
    /// The member id.
    #[field(versions = "0+", nullable = "0+", default = null)]
    pub member_id: Option<StrBytes>,
    /// The member epoch.
    #[field(versions = "0+")]
    pub member_epoch: i32,
    /// The heartbeat interval ms.
    #[field(versions = "0+")]
    pub heartbeat_interval_ms: i32,
    /// The assignment.
    #[field(versions = "0+", nullable = "0+", default = null)]
    pub assignment: Option<ConsumerGroupHeartbeatResponseAssignment>,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// The assignment.
#[derive(Clone, Debug, PartialEq, Message)]
pub struct ConsumerGroupHeartbeatResponseAssignment {
    /// The topic partitions.
    #[field(versions = "0+")]
    pub topic_partitions: Vec<ConsumerGroupHeartbeatResponseTopicPartitions>,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// The topic partitions.
#[derive(Clone, Debug, PartialEq, Message)]
pub struct ConsumerGroupHeartbeatResponseTopicPartitions {
    /// The topic id.
    #[field(versions = "0+")]
    pub topic_id: Uuid,
    /// The partitions.
    #[field(versions = "0+")]
    pub partitions: Vec<i32>,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}
