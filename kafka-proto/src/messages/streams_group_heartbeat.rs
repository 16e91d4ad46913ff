//! StreamsGroupHeartbeat.

use crate::wire::{Message, StrBytes, UnknownTaggedFields};

/// StreamsGroupHeartbeatRequest.
#[derive(Clone, Debug, PartialEq, Message)]
#[message(request, key = 88, versions = "0-1", flexible = "0+")]
pub struct StreamsGroupHeartbeatRequest {
    /// The group id.
    #[field(versions = "0+")]
    pub group_id: StrBytes,
    /// The member id.
    #[field(versions = "0+")]
    pub member_id: StrBytes,
    /// The member epoch.
    #[field(versions = "0+")]
    pub member_epoch: i32,
    /// The endpoint information epoch.
    #[field(versions = "0+")]
    pub endpoint_information_epoch: i32,
    /// The instance id.
    #[field(versions = "0+", nullable = "0+", default = null)]
    pub instance_id: Option<StrBytes>,
    /// The rack id.
    #[field(versions = "0+", nullable = "0+", default = null)]
    pub rack_id: Option<StrBytes>,
    /// The rebalance timeout ms.
    #[field(versions = "0+", default = -1)]
    pub rebalance_timeout_ms: i32,
    /// The topology.
    #[field(versions = "0+", nullable = "0+", default = null)]
    pub topology: Option<StreamsGroupHeartbeatRequestTopology>,
    /// The active tasks.
    #[field(versions = "0+", nullable = "0+", default = null)]
    pub active_tasks: Option<Vec<StreamsGroupHeartbeatRequestTaskIds>>,
    /// The standby tasks.
    #[field(versions = "0+", nullable = "0+", default = null)]
    pub standby_tasks: Option<Vec<StreamsGroupHeartbeatRequestTaskIds>>,
    /// The warmup tasks.
    #[field(versions = "0+", nullable = "0+", default = null)]
    pub warmup_tasks: Option<Vec<StreamsGroupHeartbeatRequestTaskIds>>,
    /// The process id.
    #[field(versions = "0+", nullable = "0+", default = null)]
    pub process_id: Option<StrBytes>,
    /// The user endpoint.
    #[field(versions = "0+", nullable = "0+", default = null)]
    pub user_endpoint: Option<StreamsGroupHeartbeatRequestEndpoint>,
    /// The client tags.
    #[field(versions = "0+", nullable = "0+", default = null)]
    pub client_tags: Option<Vec<StreamsGroupHeartbeatRequestKeyValue>>,
    /// The task offsets.
    #[field(versions = "0+", nullable = "0+", default = null)]
    pub task_offsets: Option<Vec<StreamsGroupHeartbeatRequestTaskOffset>>,
    /// The task end offsets.
    #[field(versions = "0+", nullable = "0+", default = null)]
    pub task_end_offsets: Option<Vec<StreamsGroupHeartbeatRequestTaskOffset>>,
    /// The shutdown application.
    #[field(versions = "0+")]
    pub shutdown_application: bool,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// The topology.
#[derive(Clone, Debug, PartialEq, Message)]
pub struct StreamsGroupHeartbeatRequestTopology {
    /// The epoch.
    #[field(versions = "0+")]
    pub epoch: i32,
    /// The subtopologies.
    #[field(versions = "0+")]
    pub subtopologies: Vec<StreamsGroupHeartbeatRequestSubtopology>,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// The subtopology.
#[derive(Clone, Debug, PartialEq, Message)]
pub struct StreamsGroupHeartbeatRequestSubtopology {
    /// The subtopology id.
    #[field(versions = "0+")]
    pub subtopology_id: StrBytes,
    /// The source topics.
    #[field(versions = "0+")]
    pub source_topics: Vec<StrBytes>,
    /// The source topic regex.
    #[field(versions = "0+")]
    pub source_topic_regex: Vec<StrBytes>,
    /// The state changelog topics.
    #[field(versions = "0+")]
    pub state_changelog_topics: Vec<StreamsGroupHeartbeatRequestTopicInfo>,
    /// The repartition sink topics.
    #[field(versions = "0+")]
    pub repartition_sink_topics: Vec<StrBytes>,
    /// The repartition source topics.
    #[field(versions = "0+")]
    pub repartition_source_topics: Vec<StreamsGroupHeartbeatRequestTopicInfo>,
    /// The copartition groups.
    #[field(versions = "0+")]
    pub copartition_groups: Vec<CopartitionGroup>,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// The topic info.
#[derive(Clone, Debug, PartialEq, Message)]
pub struct StreamsGroupHeartbeatRequestTopicInfo {
    /// The name.
    #[field(versions = "0+")]
    pub name: StrBytes,
    /// The partitions.
    #[field(versions = "0+")]
    pub partitions: i32,
    /// The replication factor.
    #[field(versions = "0+")]
    pub replication_factor: i16,
    /// The topic configs.
    #[field(versions = "0+")]
    pub topic_configs: Vec<StreamsGroupHeartbeatRequestKeyValue>,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// The key value.
#[derive(Clone, Debug, PartialEq, Message)]
pub struct StreamsGroupHeartbeatRequestKeyValue {
    /// The key.
    #[field(versions = "0+")]
    pub key: StrBytes,
    /// The value.
    #[field(versions = "0+")]
    pub value: StrBytes,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// The copartition group.
#[derive(Clone, Debug, PartialEq, Message)]
pub struct CopartitionGroup {
    /// The source topics.
    #[field(versions = "0+")]
    pub source_topics: Vec<i16>,
    /// The source topic regex.
    #[field(versions = "0+")]
    pub source_topic_regex: Vec<i16>,
    /// The repartition source topics.
    #[field(versions = "0+")]
    pub repartition_source_topics: Vec<i16>,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// The task ids.
#[derive(Clone, Debug, PartialEq, Message)]
pub struct StreamsGroupHeartbeatRequestTaskIds {
    /// The subtopology id.
    #[field(versions = "0+")]
    pub subtopology_id: StrBytes,
    /// The partitions.
    #[field(versions = "0+")]
    pub partitions: Vec<i32>,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// The endpoint.
#[derive(Clone, Debug, PartialEq, Message)]
pub struct StreamsGroupHeartbeatRequestEndpoint {
    /// The host.
    #[field(versions = "0+")]
    pub host: StrBytes,
    /// The port.
    #[field(versions = "0+")]
    pub port: u16,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// The task offset.
#[derive(Clone, Debug, PartialEq, Message)]
pub struct StreamsGroupHeartbeatRequestTaskOffset {
    /// The subtopology id.
    #[field(versions = "0+")]
    pub subtopology_id: StrBytes,
    /// The partition.
    #[field(versions = "0+")]
    pub partition: i32,
    /// The offset.
    #[field(versions = "0+")]
    pub offset: i64,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// StreamsGroupHeartbeatResponse.
#[derive(Clone, Debug, PartialEq, Message)]
#[message(response, key = 88, versions = "0-1", flexible = "0+")]
pub struct StreamsGroupHeartbeatResponse {
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
    #[field(versions = "0+")]
    pub member_id: StrBytes,
    /// The member epoch.
    #[field(versions = "0+")]
    pub member_epoch: i32,
    /// The heartbeat interval ms.
    #[field(versions = "0+")]
    pub heartbeat_interval_ms: i32,
    /// The acceptable recovery lag legacy.
    #[field(versions = "0")]
    pub acceptable_recovery_lag_legacy: i32,
    /// The task offset interval ms.
    #[field(versions = "0+")]
    pub task_offset_interval_ms: i32,
    /// The acceptable recovery lag.
    #[field(versions = "1+", default = -1, ignorable)]
    pub acceptable_recovery_lag: i64,
    /// The status.
    #[field(versions = "0+", nullable = "0+")]
    pub status: Option<Vec<Status>>,
    /// The active tasks.
    #[field(versions = "0+", nullable = "0+", default = null)]
    pub active_tasks: Option<Vec<StreamsGroupHeartbeatResponseTaskIds>>,
    /// The standby tasks.
    #[field(versions = "0+", nullable = "0+", default = null)]
    pub standby_tasks: Option<Vec<StreamsGroupHeartbeatResponseTaskIds>>,
    /// The warmup tasks.
    #[field(versions = "0+", nullable = "0+", default = null)]
    pub warmup_tasks: Option<Vec<StreamsGroupHeartbeatResponseTaskIds>>,
    /// The topology description required.
    #[field(versions = "1+")]
    pub topology_description_required: bool,
    /// The endpoint information epoch.
    #[field(versions = "0+")]
    pub endpoint_information_epoch: i32,
    /// The partitions by user endpoint.
    #[field(versions = "0+", nullable = "0+", default = null)]
    pub partitions_by_user_endpoint: Option<Vec<EndpointToPartitions>>,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// The status.
#[derive(Clone, Debug, PartialEq, Message)]
pub struct Status {
    /// The status code.
    #[field(versions = "0+")]
    pub status_code: i8,
    /// The status detail.
    #[field(versions = "0+")]
    pub status_detail: StrBytes,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// The task ids.
#[derive(Clone, Debug, PartialEq, Message)]
pub struct StreamsGroupHeartbeatResponseTaskIds {
    /// The subtopology id.
    #[field(versions = "0+")]
    pub subtopology_id: StrBytes,
    /// The partitions.
    #[field(versions = "0+")]
    pub partitions: Vec<i32>,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// The endpoint to partitions.
#[derive(Clone, Debug, PartialEq, Message)]
pub struct EndpointToPartitions {
    /// The user endpoint.
    #[field(versions = "0+")]
    pub user_endpoint: StreamsGroupHeartbeatResponseEndpoint,
    /// The active partitions.
    #[field(versions = "0+")]
    pub active_partitions: Vec<StreamsGroupHeartbeatResponseTopicPartition>,
    /// The standby partitions.
    #[field(versions = "0+")]
    pub standby_partitions: Vec<StreamsGroupHeartbeatResponseTopicPartition>,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// The endpoint.
#[derive(Clone, Debug, PartialEq, Message)]
pub struct StreamsGroupHeartbeatResponseEndpoint {
    /// The host.
    #[field(versions = "0+")]
    pub host: StrBytes,
    /// The port.
    #[field(versions = "0+")]
    pub port: u16,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// The topic partition.
#[derive(Clone, Debug, PartialEq, Message)]
pub struct StreamsGroupHeartbeatResponseTopicPartition {
    /// The topic.
    #[field(versions = "0+")]
    pub topic: StrBytes,
    /// The partitions.
    #[field(versions = "0+")]
    pub partitions: Vec<i32>,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}
