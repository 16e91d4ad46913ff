//! ShareGroupHeartbeat.

use crate::wire::{Message, StrBytes, UnknownTaggedFields, Uuid};

/// ShareGroupHeartbeatRequest.
#[derive(Clone, Debug, PartialEq, Message)]
#[message(request, key = 76, versions = "1", flexible = "0+")]
pub struct ShareGroupHeartbeatRequest {
    /// The group id.
    #[field(versions = "0+")]
    pub group_id: StrBytes,
    /// The member id.
    #[field(versions = "0+")]
    pub member_id: StrBytes,
    /// The member epoch.
    #[field(versions = "0+")]
    pub member_epoch: i32,
    /// The rack id.
    #[field(versions = "0+", nullable = "0+", default = null)]
    pub rack_id: Option<StrBytes>,
    /// The subscribed topic names.
    #[field(versions = "0+", nullable = "0+", default = null)]
    pub subscribed_topic_names: Option<Vec<StrBytes>>,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// ShareGroupHeartbeatResponse.
#[derive(Clone, Debug, PartialEq, Message)]
#[message(response, key = 76, versions = "1", flexible = "0+")]
pub struct ShareGroupHeartbeatResponse {
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
    pub assignment: Option<ShareGroupHeartbeatResponseAssignment>,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// The assignment.
#[derive(Clone, Debug, PartialEq, Message)]
pub struct ShareGroupHeartbeatResponseAssignment {
    /// The topic partitions.
    #[field(versions = "0+")]
    pub topic_partitions: Vec<ShareGroupHeartbeatResponseTopicPartitions>,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// The topic partitions.
#[derive(Clone, Debug, PartialEq, Message)]
pub struct ShareGroupHeartbeatResponseTopicPartitions {
    /// The topic id.
    #[field(versions = "0+")]
    pub topic_id: Uuid,
    /// The partitions.
    #[field(versions = "0+")]
    pub partitions: Vec<i32>,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}
