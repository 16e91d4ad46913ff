//! `StreamsGroupDescribe`: the members and the topology of Kafka Streams groups (KIP-1071).

use crate::wire::{Message, StrBytes, UnknownTaggedFields};

/// Asks for streams groups.
#[derive(Clone, Debug, PartialEq, Message)]
#[message(request, key = 89, versions = "0-1", flexible = "0+")]
pub struct StreamsGroupDescribeRequest {
    /// The groups.
    #[field(versions = "0+")]
    pub group_ids: Vec<StrBytes>,
    /// Whether to say what this client may do to each group.
    #[field(versions = "0+")]
    pub include_authorized_operations: bool,
    /// Whether to describe the topologies in full.
    #[field(versions = "1+")]
    pub include_topology_description: bool,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// The groups, their members and topologies.
#[derive(Clone, Debug, PartialEq, Message)]
#[message(response, key = 89, versions = "0-1", flexible = "0+")]
pub struct StreamsGroupDescribeResponse {
    /// How long the client was, or is to be, held back for exceeding a quota, in milliseconds.
    #[field(versions = "0+")]
    pub throttle_time_ms: i32,
    /// The groups.
    #[field(versions = "0+")]
    pub groups: Vec<StreamsGroupDescribeResponseDescribedGroup>,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// A group.
#[derive(Clone, Debug, PartialEq, Message)]
pub struct StreamsGroupDescribeResponseDescribedGroup {
    /// What went wrong, or 0.
    #[field(versions = "0+")]
    pub error_code: i16,
    /// What went wrong in words, or null.
    #[field(versions = "0+", nullable = "0+", default = null)]
    pub error_message: Option<StrBytes>,
    /// The group.
    #[field(versions = "0+")]
    pub group_id: StrBytes,
    /// The state of the group, as in `Stable` or `Empty`.
    #[field(versions = "0+")]
    pub group_state: StrBytes,
    /// The epoch of the group.
    #[field(versions = "0+")]
    pub group_epoch: i32,
    /// The epoch of the assignment.
    #[field(versions = "0+")]
    pub assignment_epoch: i32,
    /// The topology, or null.
    #[field(versions = "0+", nullable = "0+", default = null)]
    pub topology: Option<StreamsGroupDescribeResponseTopology>,
    /// The members.
    #[field(versions = "0+")]
    pub members: Vec<StreamsGroupDescribeResponseMember>,
    /// What this client may do to the group, a bit for each operation; the smallest number if it was not
    /// asked for.
    #[field(versions = "0+", default = -2_147_483_648)]
    pub authorized_operations: i32,
    /// The topology in full, or null.
    #[field(versions = "1+", nullable = "1+", default = null)]
    pub topology_description: Option<StreamsGroupDescribeResponseTopologyDescription>,
    /// Whether `topology_description` is there: 0 not asked for, 1 none is stored, 2 it could not be read, 3
    /// it is.
    #[field(versions = "1+")]
    pub topology_description_status: i8,
    /// The assignor in use.
    #[field(versions = "1+", nullable = "1+", default = null, ignorable)]
    pub assignor_name: Option<StrBytes>,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// The topology of a streams application.
#[derive(Clone, Debug, PartialEq, Message)]
pub struct StreamsGroupDescribeResponseTopology {
    /// The epoch of the topology.
    #[field(versions = "0+")]
    pub epoch: i32,
    /// The subtopologies.
    #[field(versions = "0+", nullable = "0+", default = null)]
    pub subtopologies: Option<Vec<StreamsGroupDescribeResponseSubtopology>>,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// A part of the topology that runs as one task for each partition.
#[derive(Clone, Debug, PartialEq, Message)]
pub struct StreamsGroupDescribeResponseSubtopology {
    /// The id of the subtopology.
    #[field(versions = "0+")]
    pub subtopology_id: StrBytes,
    /// The topics that it reads.
    #[field(versions = "0+")]
    pub source_topics: Vec<StrBytes>,
    /// The repartition topics that it writes to.
    #[field(versions = "0+")]
    pub repartition_sink_topics: Vec<StrBytes>,
    /// The changelogs of its stores.
    #[field(versions = "0+")]
    pub state_changelog_topics: Vec<StreamsGroupDescribeResponseTopicInfo>,
    /// The repartition topics that it reads.
    #[field(versions = "0+")]
    pub repartition_source_topics: Vec<StreamsGroupDescribeResponseTopicInfo>,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// A topic that the application creates.
#[derive(Clone, Debug, PartialEq, Message)]
pub struct StreamsGroupDescribeResponseTopicInfo {
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
    pub topic_configs: Vec<StreamsGroupDescribeResponseKeyValue>,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// A key and its value.
#[derive(Clone, Debug, PartialEq, Message)]
pub struct StreamsGroupDescribeResponseKeyValue {
    /// The key.
    #[field(versions = "0+")]
    pub key: StrBytes,
    /// The value, or null.
    #[field(versions = "0+")]
    pub value: StrBytes,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// A member of the group.
#[derive(Clone, Debug, PartialEq, Message)]
pub struct StreamsGroupDescribeResponseMember {
    /// The id of the member.
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
    /// The client id.
    #[field(versions = "0+")]
    pub client_id: StrBytes,
    /// The host of the client.
    #[field(versions = "0+")]
    pub client_host: StrBytes,
    /// The epoch of the topology.
    #[field(versions = "0+")]
    pub topology_epoch: i32,
    /// The instance of the application.
    #[field(versions = "0+")]
    pub process_id: StrBytes,
    /// Where the instance listens for interactive queries, or null.
    #[field(versions = "0+", nullable = "0+", default = null)]
    pub user_endpoint: Option<StreamsGroupDescribeResponseEndpoint>,
    /// Tags of the instance, for assignments that spread over racks.
    #[field(versions = "0+")]
    pub client_tags: Vec<StreamsGroupDescribeResponseKeyValue>,
    /// How far the changelogs of tasks have been read.
    #[field(versions = "0+")]
    pub task_offsets: Vec<StreamsGroupDescribeResponseTaskOffset>,
    /// Where the changelogs of tasks end.
    #[field(versions = "0+")]
    pub task_end_offsets: Vec<StreamsGroupDescribeResponseTaskOffset>,
    /// What the member has.
    #[field(versions = "0+")]
    pub assignment: StreamsGroupDescribeResponseAssignment,
    /// What the member shall have.
    #[field(versions = "0+")]
    pub target_assignment: StreamsGroupDescribeResponseAssignment,
    /// Whether the member still speaks the classic protocol.
    #[field(versions = "0+")]
    pub is_classic: bool,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// Where an instance listens for interactive queries.
#[derive(Clone, Debug, PartialEq, Message)]
pub struct StreamsGroupDescribeResponseEndpoint {
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
pub struct StreamsGroupDescribeResponseTaskOffset {
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

/// An assignment.
#[derive(Clone, Debug, PartialEq, Message)]
pub struct StreamsGroupDescribeResponseAssignment {
    /// The active tasks.
    #[field(versions = "0+")]
    pub active_tasks: Vec<StreamsGroupDescribeResponseTaskIds>,
    /// The standby tasks.
    #[field(versions = "0+")]
    pub standby_tasks: Vec<StreamsGroupDescribeResponseTaskIds>,
    /// The tasks that warm up.
    #[field(versions = "0+")]
    pub warmup_tasks: Vec<StreamsGroupDescribeResponseTaskIds>,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// Tasks of a subtopology: one for each partition.
#[derive(Clone, Debug, PartialEq, Message)]
pub struct StreamsGroupDescribeResponseTaskIds {
    /// The id of the subtopology.
    #[field(versions = "0+")]
    pub subtopology_id: StrBytes,
    /// The partitions.
    #[field(versions = "0+")]
    pub partitions: Vec<i32>,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// A topology, in full.
#[derive(Clone, Debug, PartialEq, Message)]
pub struct StreamsGroupDescribeResponseTopologyDescription {
    /// The subtopologies.
    #[field(versions = "1+")]
    pub subtopologies: Vec<StreamsGroupDescribeResponseTopologyDescriptionSubtopology>,
    /// The stores that every instance holds in full.
    #[field(versions = "1+")]
    pub global_stores: Vec<StreamsGroupDescribeResponseTopologyDescriptionGlobalStore>,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// A subtopology, in full.
#[derive(Clone, Debug, PartialEq, Message)]
pub struct StreamsGroupDescribeResponseTopologyDescriptionSubtopology {
    /// The id of the subtopology.
    #[field(versions = "1+")]
    pub subtopology_id: StrBytes,
    /// The nodes.
    #[field(versions = "1+")]
    pub nodes: Vec<StreamsGroupDescribeResponseTopologyDescriptionNode>,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// A node of the topology.
#[derive(Clone, Debug, PartialEq, Message)]
pub struct StreamsGroupDescribeResponseTopologyDescriptionNode {
    /// The name of the node.
    #[field(versions = "1+")]
    pub name: StrBytes,
    /// 1 source, 2 processor, 3 sink.
    #[field(versions = "1+")]
    pub node_type: i8,
    /// The topics that it reads.
    #[field(versions = "1+")]
    pub source_topics: Vec<StrBytes>,
    /// The topic that a sink writes to, or null.
    #[field(versions = "1+", nullable = "1+", default = null)]
    pub sink_topic: Option<StrBytes>,
    /// The stores that a processor uses.
    #[field(versions = "1+")]
    pub stores: Vec<StrBytes>,
    /// The names of the nodes that follow.
    #[field(versions = "1+")]
    pub successors: Vec<StrBytes>,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// A store that every instance holds in full.
#[derive(Clone, Debug, PartialEq, Message)]
pub struct StreamsGroupDescribeResponseTopologyDescriptionGlobalStore {
    /// The node that reads the topic of the store.
    #[field(versions = "1+")]
    pub source: StreamsGroupDescribeResponseTopologyDescriptionNode,
    /// The node that fills the store.
    #[field(versions = "1+")]
    pub processor: StreamsGroupDescribeResponseTopologyDescriptionNode,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}
