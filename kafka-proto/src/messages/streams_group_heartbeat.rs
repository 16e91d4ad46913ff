//! `StreamsGroupHeartbeat`: membership in a Kafka Streams group (KIP-1071).

use crate::wire::{Message, StrBytes, UnknownTaggedFields};

/// A member's state, as far as it has changed.
#[derive(Clone, Debug, PartialEq, Message)]
#[message(request, key = 88, versions = "0-1", flexible = "0+")]
pub struct StreamsGroupHeartbeatRequest {
    /// The group.
    #[field(versions = "0+")]
    pub group_id: StrBytes,
    /// The id of the member.
    #[field(versions = "0+")]
    pub member_id: StrBytes,
    /// The epoch of the member.
    #[field(versions = "0+")]
    pub member_epoch: i32,
    /// The version of the list of endpoints.
    #[field(versions = "0+")]
    pub endpoint_information_epoch: i32,
    /// The `group.instance.id` of a static member, or null.
    #[field(versions = "0+", nullable = "0+", default = null)]
    pub instance_id: Option<StrBytes>,
    /// The rack of the client; empty or null if it has none to name.
    #[field(versions = "0+", nullable = "0+", default = null)]
    pub rack_id: Option<StrBytes>,
    /// How long the member may take to give up tasks, in milliseconds; -1 if unchanged.
    #[field(versions = "0+", default = -1)]
    pub rebalance_timeout_ms: i32,
    /// The topology, when the member joins; else null.
    #[field(versions = "0+", nullable = "0+", default = null)]
    pub topology: Option<StreamsGroupHeartbeatRequestTopology>,
    /// The active tasks; null if unchanged.
    #[field(versions = "0+", nullable = "0+", default = null)]
    pub active_tasks: Option<Vec<StreamsGroupHeartbeatRequestTaskIds>>,
    /// The standby tasks; null if unchanged.
    #[field(versions = "0+", nullable = "0+", default = null)]
    pub standby_tasks: Option<Vec<StreamsGroupHeartbeatRequestTaskIds>>,
    /// The tasks that warm up; null if unchanged.
    #[field(versions = "0+", nullable = "0+", default = null)]
    pub warmup_tasks: Option<Vec<StreamsGroupHeartbeatRequestTaskIds>>,
    /// The instance of the application; null if unchanged.
    #[field(versions = "0+", nullable = "0+", default = null)]
    pub process_id: Option<StrBytes>,
    /// Where the instance listens for interactive queries, or null.
    #[field(versions = "0+", nullable = "0+", default = null)]
    pub user_endpoint: Option<StreamsGroupHeartbeatRequestEndpoint>,
    /// Tags of the instance, for assignments that spread over racks; null if unchanged.
    #[field(versions = "0+", nullable = "0+", default = null)]
    pub client_tags: Option<Vec<StreamsGroupHeartbeatRequestKeyValue>>,
    /// How far the changelogs of tasks have been read; null if unchanged.
    #[field(versions = "0+", nullable = "0+", default = null)]
    pub task_offsets: Option<Vec<StreamsGroupHeartbeatRequestTaskOffset>>,
    /// Where the changelogs of tasks end; null if unchanged.
    #[field(versions = "0+", nullable = "0+", default = null)]
    pub task_end_offsets: Option<Vec<StreamsGroupHeartbeatRequestTaskOffset>>,
    /// Whether the whole application shall stop.
    #[field(versions = "0+")]
    pub shutdown_application: bool,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// The topology of a streams application.
#[derive(Clone, Debug, PartialEq, Message)]
pub struct StreamsGroupHeartbeatRequestTopology {
    /// The epoch of the topology.
    #[field(versions = "0+")]
    pub epoch: i32,
    /// The subtopologies.
    #[field(versions = "0+")]
    pub subtopologies: Vec<StreamsGroupHeartbeatRequestSubtopology>,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// A part of the topology that runs as one task for each partition.
#[derive(Clone, Debug, PartialEq, Message)]
pub struct StreamsGroupHeartbeatRequestSubtopology {
    /// The id of the subtopology.
    #[field(versions = "0+")]
    pub subtopology_id: StrBytes,
    /// The topics that it reads.
    #[field(versions = "0+")]
    pub source_topics: Vec<StrBytes>,
    /// Regular expressions of topics that it reads.
    #[field(versions = "0+")]
    pub source_topic_regex: Vec<StrBytes>,
    /// The changelogs of its stores.
    #[field(versions = "0+")]
    pub state_changelog_topics: Vec<StreamsGroupHeartbeatRequestTopicInfo>,
    /// The repartition topics that it writes to.
    #[field(versions = "0+")]
    pub repartition_sink_topics: Vec<StrBytes>,
    /// The repartition topics that it reads.
    #[field(versions = "0+")]
    pub repartition_source_topics: Vec<StreamsGroupHeartbeatRequestTopicInfo>,
    /// The topics that need the same number of partitions.
    #[field(versions = "0+")]
    pub copartition_groups: Vec<CopartitionGroup>,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// A topic that the application creates.
#[derive(Clone, Debug, PartialEq, Message)]
pub struct StreamsGroupHeartbeatRequestTopicInfo {
    /// The name of the topic.
    #[field(versions = "0+")]
    pub name: StrBytes,
    /// How many partitions the topic shall have; 0 to let the broker choose.
    #[field(versions = "0+")]
    pub partitions: i32,
    /// How many replicas each partition shall have; 0 for the default.
    #[field(versions = "0+")]
    pub replication_factor: i16,
    /// The configuration of the topic.
    #[field(versions = "0+")]
    pub topic_configs: Vec<StreamsGroupHeartbeatRequestKeyValue>,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// A key and its value.
#[derive(Clone, Debug, PartialEq, Message)]
pub struct StreamsGroupHeartbeatRequestKeyValue {
    /// The key.
    #[field(versions = "0+")]
    pub key: StrBytes,
    /// The value, or null.
    #[field(versions = "0+")]
    pub value: StrBytes,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// Topics that need the same number of partitions.
#[derive(Clone, Debug, PartialEq, Message)]
pub struct CopartitionGroup {
    /// Indexes into the subtopology's `source_topics`.
    #[field(versions = "0+")]
    pub source_topics: Vec<i16>,
    /// Indexes into the subtopology's `source_topic_regex`.
    #[field(versions = "0+")]
    pub source_topic_regex: Vec<i16>,
    /// Indexes into the subtopology's `repartition_source_topics`.
    #[field(versions = "0+")]
    pub repartition_source_topics: Vec<i16>,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// Tasks of a subtopology: one for each partition.
#[derive(Clone, Debug, PartialEq, Message)]
pub struct StreamsGroupHeartbeatRequestTaskIds {
    /// The id of the subtopology.
    #[field(versions = "0+")]
    pub subtopology_id: StrBytes,
    /// The partitions.
    #[field(versions = "0+")]
    pub partitions: Vec<i32>,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// Where an instance listens for interactive queries.
#[derive(Clone, Debug, PartialEq, Message)]
pub struct StreamsGroupHeartbeatRequestEndpoint {
    /// The host name or address.
    #[field(versions = "0+")]
    pub host: StrBytes,
    /// The port.
    #[field(versions = "0+")]
    pub port: u16,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// How far the changelog of a task has been read.
#[derive(Clone, Debug, PartialEq, Message)]
pub struct StreamsGroupHeartbeatRequestTaskOffset {
    /// The id of the subtopology.
    #[field(versions = "0+")]
    pub subtopology_id: StrBytes,
    /// The number of the partition.
    #[field(versions = "0+")]
    pub partition: i32,
    /// The offset.
    #[field(versions = "0+")]
    pub offset: i64,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// The member's epoch, and its tasks if they have changed.
#[derive(Clone, Debug, PartialEq, Message)]
#[message(response, key = 88, versions = "0-1", flexible = "0+")]
pub struct StreamsGroupHeartbeatResponse {
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
    #[field(versions = "0+")]
    pub member_id: StrBytes,
    /// The epoch of the member.
    #[field(versions = "0+")]
    pub member_epoch: i32,
    /// How often to send a heartbeat, in milliseconds.
    #[field(versions = "0+")]
    pub heartbeat_interval_ms: i32,
    /// How many offsets a task may lag behind and count as caught up; an int32 by mistake, since replaced.
    #[field(versions = "0")]
    pub acceptable_recovery_lag_legacy: i32,
    /// How often to send the offsets of tasks, in milliseconds.
    #[field(versions = "0+")]
    pub task_offset_interval_ms: i32,
    /// How many offsets a task may lag behind and count as caught up.
    #[field(versions = "1+", default = -1, ignorable)]
    pub acceptable_recovery_lag: i64,
    /// What the application should know, or null.
    #[field(versions = "0+", nullable = "0+")]
    pub status: Option<Vec<StreamsGroupHeartbeatResponseStatus>>,
    /// The active tasks; null if unchanged.
    #[field(versions = "0+", nullable = "0+", default = null)]
    pub active_tasks: Option<Vec<StreamsGroupHeartbeatResponseTaskIds>>,
    /// The standby tasks; null if unchanged.
    #[field(versions = "0+", nullable = "0+", default = null)]
    pub standby_tasks: Option<Vec<StreamsGroupHeartbeatResponseTaskIds>>,
    /// The tasks that warm up; null if unchanged.
    #[field(versions = "0+", nullable = "0+", default = null)]
    pub warmup_tasks: Option<Vec<StreamsGroupHeartbeatResponseTaskIds>>,
    /// Whether the client shall describe its topology.
    #[field(versions = "1+")]
    pub topology_description_required: bool,
    /// The version of the list of endpoints.
    #[field(versions = "0+")]
    pub endpoint_information_epoch: i32,
    /// Where each partition can be queried; null if unchanged.
    #[field(versions = "0+", nullable = "0+", default = null)]
    pub partitions_by_user_endpoint: Option<Vec<EndpointToPartitions>>,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// Something that the application should know.
#[derive(Clone, Debug, PartialEq, Message)]
pub struct StreamsGroupHeartbeatResponseStatus {
    /// What it is.
    #[field(versions = "0+")]
    pub status_code: i8,
    /// What it is, in words.
    #[field(versions = "0+")]
    pub status_detail: StrBytes,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// Tasks of a subtopology: one for each partition.
#[derive(Clone, Debug, PartialEq, Message)]
pub struct StreamsGroupHeartbeatResponseTaskIds {
    /// The id of the subtopology.
    #[field(versions = "0+")]
    pub subtopology_id: StrBytes,
    /// The partitions.
    #[field(versions = "0+")]
    pub partitions: Vec<i32>,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// The partitions that can be queried at an endpoint.
#[derive(Clone, Debug, PartialEq, Message)]
pub struct EndpointToPartitions {
    /// The endpoint.
    #[field(versions = "0+")]
    pub user_endpoint: StreamsGroupHeartbeatResponseEndpoint,
    /// The partitions of active tasks.
    #[field(versions = "0+")]
    pub active_partitions: Vec<StreamsGroupHeartbeatResponseTopicPartition>,
    /// The partitions of standby tasks.
    #[field(versions = "0+")]
    pub standby_partitions: Vec<StreamsGroupHeartbeatResponseTopicPartition>,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// Where an instance listens for interactive queries.
#[derive(Clone, Debug, PartialEq, Message)]
pub struct StreamsGroupHeartbeatResponseEndpoint {
    /// The host name or address.
    #[field(versions = "0+")]
    pub host: StrBytes,
    /// The port.
    #[field(versions = "0+")]
    pub port: u16,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// Partitions of a topic.
#[derive(Clone, Debug, PartialEq, Message)]
pub struct StreamsGroupHeartbeatResponseTopicPartition {
    /// The name of the topic.
    #[field(versions = "0+")]
    pub topic: StrBytes,
    /// The partitions.
    #[field(versions = "0+")]
    pub partitions: Vec<i32>,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}
