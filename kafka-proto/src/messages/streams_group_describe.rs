//! StreamsGroupDescribe.

use crate::wire::{Message, StrBytes, UnknownTaggedFields};

/// StreamsGroupDescribeRequest.
#[derive(Clone, Debug, PartialEq, Message)]
#[message(request, key = 89, versions = "0-1", flexible = "0+")]
pub struct StreamsGroupDescribeRequest {
    /// The group ids.
    #[field(versions = "0+")]
    pub group_ids: Vec<StrBytes>,
    /// The include authorized operations.
    #[field(versions = "0+")]
    pub include_authorized_operations: bool,
    /// The include topology description.
    #[field(versions = "1+")]
    pub include_topology_description: bool,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// StreamsGroupDescribeResponse.
#[derive(Clone, Debug, PartialEq, Message)]
#[message(response, key = 89, versions = "0-1", flexible = "0+")]
pub struct StreamsGroupDescribeResponse {
    /// The throttle time ms.
    #[field(versions = "0+")]
    pub throttle_time_ms: i32,
    /// The groups.
    #[field(versions = "0+")]
    pub groups: Vec<StreamsGroupDescribeResponseDescribedGroup>,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// The described group.
#[derive(Clone, Debug, PartialEq, Message)]
pub struct StreamsGroupDescribeResponseDescribedGroup {
    /// The error code.
    #[field(versions = "0+")]
    pub error_code: i16,
    /// The error message.
    #[field(versions = "0+", nullable = "0+", default = null)]
    pub error_message: Option<StrBytes>,
    /// The group id.
    #[field(versions = "0+")]
    pub group_id: StrBytes,
    /// The group state.
    #[field(versions = "0+")]
    pub group_state: StrBytes,
    /// The group epoch.
    #[field(versions = "0+")]
    pub group_epoch: i32,
    /// The assignment epoch.
    #[field(versions = "0+")]
    pub assignment_epoch: i32,
    /// The topology.
    #[field(versions = "0+", nullable = "0+", default = null)]
    pub topology: Option<StreamsGroupDescribeResponseTopology>,
    /// The members.
    #[field(versions = "0+")]
    pub members: Vec<StreamsGroupDescribeResponseMember>,
    /// The authorized operations.
    #[field(versions = "0+", default = -2_147_483_648)]
    pub authorized_operations: i32,
    /// The topology description.
    #[field(versions = "1+", nullable = "1+", default = null)]
    pub topology_description: Option<StreamsGroupDescribeResponseTopologyDescription>,
    /// The topology description status.
    #[field(versions = "1+")]
    pub topology_description_status: i8,
    /// The assignor name.
    #[field(versions = "1+", nullable = "1+", default = null, ignorable)]
    pub assignor_name: Option<StrBytes>,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// The topology.
#[derive(Clone, Debug, PartialEq, Message)]
pub struct StreamsGroupDescribeResponseTopology {
    /// The epoch.
    #[field(versions = "0+")]
    pub epoch: i32,
    /// The subtopologies.
    #[field(versions = "0+", nullable = "0+", default = null)]
    pub subtopologies: Option<Vec<StreamsGroupDescribeResponseSubtopology>>,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// The subtopology.
#[derive(Clone, Debug, PartialEq, Message)]
pub struct StreamsGroupDescribeResponseSubtopology {
    /// The subtopology id.
    #[field(versions = "0+")]
    pub subtopology_id: StrBytes,
    /// The source topics.
    #[field(versions = "0+")]
    pub source_topics: Vec<StrBytes>,
    /// The repartition sink topics.
    #[field(versions = "0+")]
    pub repartition_sink_topics: Vec<StrBytes>,
    /// The state changelog topics.
    #[field(versions = "0+")]
    pub state_changelog_topics: Vec<StreamsGroupDescribeResponseTopicInfo>,
    /// The repartition source topics.
    #[field(versions = "0+")]
    pub repartition_source_topics: Vec<StreamsGroupDescribeResponseTopicInfo>,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// The topic info.
#[derive(Clone, Debug, PartialEq, Message)]
pub struct StreamsGroupDescribeResponseTopicInfo {
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
    pub topic_configs: Vec<StreamsGroupDescribeResponseKeyValue>,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// The key value.
#[derive(Clone, Debug, PartialEq, Message)]
pub struct StreamsGroupDescribeResponseKeyValue {
    /// The key.
    #[field(versions = "0+")]
    pub key: StrBytes,
    /// The value.
    #[field(versions = "0+")]
    pub value: StrBytes,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// The member.
#[derive(Clone, Debug, PartialEq, Message)]
pub struct StreamsGroupDescribeResponseMember {
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
    /// The client id.
    #[field(versions = "0+")]
    pub client_id: StrBytes,
    /// The client host.
    #[field(versions = "0+")]
    pub client_host: StrBytes,
    /// The topology epoch.
    #[field(versions = "0+")]
    pub topology_epoch: i32,
    /// The process id.
    #[field(versions = "0+")]
    pub process_id: StrBytes,
    /// The user endpoint.
    #[field(versions = "0+", nullable = "0+", default = null)]
    pub user_endpoint: Option<StreamsGroupDescribeResponseEndpoint>,
    /// The client tags.
    #[field(versions = "0+")]
    pub client_tags: Vec<StreamsGroupDescribeResponseKeyValue>,
    /// The task offsets.
    #[field(versions = "0+")]
    pub task_offsets: Vec<StreamsGroupDescribeResponseTaskOffset>,
    /// The task end offsets.
    #[field(versions = "0+")]
    pub task_end_offsets: Vec<StreamsGroupDescribeResponseTaskOffset>,
    /// The assignment.
    #[field(versions = "0+")]
    pub assignment: StreamsGroupDescribeResponseAssignment,
    /// The target assignment.
    #[field(versions = "0+")]
    pub target_assignment: StreamsGroupDescribeResponseAssignment,
    /// The is classic.
    #[field(versions = "0+")]
    pub is_classic: bool,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// The endpoint.
#[derive(Clone, Debug, PartialEq, Message)]
pub struct StreamsGroupDescribeResponseEndpoint {
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
pub struct StreamsGroupDescribeResponseTaskOffset {
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

/// The assignment.
#[derive(Clone, Debug, PartialEq, Message)]
pub struct StreamsGroupDescribeResponseAssignment {
    /// The active tasks.
    #[field(versions = "0+")]
    pub active_tasks: Vec<StreamsGroupDescribeResponseTaskIds>,
    /// The standby tasks.
    #[field(versions = "0+")]
    pub standby_tasks: Vec<StreamsGroupDescribeResponseTaskIds>,
    /// The warmup tasks.
    #[field(versions = "0+")]
    pub warmup_tasks: Vec<StreamsGroupDescribeResponseTaskIds>,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// The task ids.
#[derive(Clone, Debug, PartialEq, Message)]
pub struct StreamsGroupDescribeResponseTaskIds {
    /// The subtopology id.
    #[field(versions = "0+")]
    pub subtopology_id: StrBytes,
    /// The partitions.
    #[field(versions = "0+")]
    pub partitions: Vec<i32>,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// The topology description.
#[derive(Clone, Debug, PartialEq, Message)]
pub struct StreamsGroupDescribeResponseTopologyDescription {
    /// The subtopologies.
    #[field(versions = "1+")]
    pub subtopologies: Vec<StreamsGroupDescribeResponseTopologyDescriptionSubtopology>,
    /// The global stores.
    #[field(versions = "1+")]
    pub global_stores: Vec<StreamsGroupDescribeResponseTopologyDescriptionGlobalStore>,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// The topology description subtopology.
#[derive(Clone, Debug, PartialEq, Message)]
pub struct StreamsGroupDescribeResponseTopologyDescriptionSubtopology {
    /// The subtopology id.
    #[field(versions = "1+")]
    pub subtopology_id: StrBytes,
    /// The nodes.
    #[field(versions = "1+")]
    pub nodes: Vec<StreamsGroupDescribeResponseTopologyDescriptionNode>,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// The topology description node.
#[derive(Clone, Debug, PartialEq, Message)]
pub struct StreamsGroupDescribeResponseTopologyDescriptionNode {
    /// The name.
    #[field(versions = "1+")]
    pub name: StrBytes,
    /// The node type.
    #[field(versions = "1+")]
    pub node_type: i8,
    /// The source topics.
    #[field(versions = "1+")]
    pub source_topics: Vec<StrBytes>,
    /// The sink topic.
    #[field(versions = "1+", nullable = "1+", default = null)]
    pub sink_topic: Option<StrBytes>,
    /// The stores.
    #[field(versions = "1+")]
    pub stores: Vec<StrBytes>,
    /// The successors.
    #[field(versions = "1+")]
    pub successors: Vec<StrBytes>,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// The topology description global store.
#[derive(Clone, Debug, PartialEq, Message)]
pub struct StreamsGroupDescribeResponseTopologyDescriptionGlobalStore {
    /// The source.
    #[field(versions = "1+")]
    pub source: StreamsGroupDescribeResponseTopologyDescriptionNode,
    /// The processor.
    #[field(versions = "1+")]
    pub processor: StreamsGroupDescribeResponseTopologyDescriptionNode,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}
