//! StreamsGroupTopologyDescriptionUpdate.

use crate::wire::{Message, StrBytes, UnknownTaggedFields};

/// StreamsGroupTopologyDescriptionUpdateRequest.
#[derive(Clone, Debug, PartialEq, Message)]
#[message(request, key = 93, versions = "0", flexible = "0+")]
pub struct StreamsGroupTopologyDescriptionUpdateRequest {
    /// The group id.
    #[field(versions = "0+")]
    pub group_id: StrBytes,
    /// The member id.
    #[field(versions = "0+")]
    pub member_id: StrBytes,
    /// The topology epoch.
    #[field(versions = "0+")]
    pub topology_epoch: i32,
    /// The topology description.
    #[field(versions = "0+")]
    pub topology_description: StreamsGroupTopologyDescriptionUpdateRequestTopologyDescription,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// The topology description.
#[derive(Clone, Debug, PartialEq, Message)]
pub struct StreamsGroupTopologyDescriptionUpdateRequestTopologyDescription {
    /// The subtopologies.
    #[field(versions = "0+")]
    pub subtopologies: Vec<StreamsGroupTopologyDescriptionUpdateRequestTopologyDescriptionSubtopology>,
    /// The global stores.
    #[field(versions = "0+")]
    pub global_stores: Vec<StreamsGroupTopologyDescriptionUpdateRequestTopologyDescriptionGlobalStore>,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// The topology description subtopology.
#[derive(Clone, Debug, PartialEq, Message)]
pub struct StreamsGroupTopologyDescriptionUpdateRequestTopologyDescriptionSubtopology {
    /// The subtopology id.
    #[field(versions = "0+")]
    pub subtopology_id: StrBytes,
    /// The nodes.
    #[field(versions = "0+")]
    pub nodes: Vec<StreamsGroupTopologyDescriptionUpdateRequestTopologyDescriptionNode>,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// The topology description node.
#[derive(Clone, Debug, PartialEq, Message)]
pub struct StreamsGroupTopologyDescriptionUpdateRequestTopologyDescriptionNode {
    /// The name.
    #[field(versions = "0+")]
    pub name: StrBytes,
    /// The node type.
    #[field(versions = "0+")]
    pub node_type: i8,
    /// The source topics.
    #[field(versions = "0+")]
    pub source_topics: Vec<StrBytes>,
    /// The sink topic.
    #[field(versions = "0+", nullable = "0+", default = null)]
    pub sink_topic: Option<StrBytes>,
    /// The stores.
    #[field(versions = "0+")]
    pub stores: Vec<StrBytes>,
    /// The successors.
    #[field(versions = "0+")]
    pub successors: Vec<StrBytes>,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// The topology description global store.
#[derive(Clone, Debug, PartialEq, Message)]
pub struct StreamsGroupTopologyDescriptionUpdateRequestTopologyDescriptionGlobalStore {
    /// The source.
    #[field(versions = "0+")]
    pub source: StreamsGroupTopologyDescriptionUpdateRequestTopologyDescriptionNode,
    /// The processor.
    #[field(versions = "0+")]
    pub processor: StreamsGroupTopologyDescriptionUpdateRequestTopologyDescriptionNode,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// StreamsGroupTopologyDescriptionUpdateResponse.
#[derive(Clone, Debug, PartialEq, Message)]
#[message(response, key = 93, versions = "0", flexible = "0+")]
pub struct StreamsGroupTopologyDescriptionUpdateResponse {
    /// The throttle time ms.
    #[field(versions = "0+")]
    pub throttle_time_ms: i32,
    /// The error code.
    #[field(versions = "0+")]
    pub error_code: i16,
    /// The error message.
    #[field(versions = "0+", nullable = "0+", default = null)]
    pub error_message: Option<StrBytes>,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}
