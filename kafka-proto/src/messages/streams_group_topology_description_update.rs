//! `StreamsGroupTopologyDescriptionUpdate`: a streams client describes its topology to the broker.

use crate::wire::{Message, StrBytes, UnknownTaggedFields};

/// The topology of a streams application.
#[derive(Clone, Debug, PartialEq, Message)]
#[message(request, key = 93, versions = "0", flexible = "0+")]
pub struct StreamsGroupTopologyDescriptionUpdateRequest {
    /// The group.
    #[field(versions = "0+")]
    pub group_id: StrBytes,
    /// The id of the member.
    #[field(versions = "0+")]
    pub member_id: StrBytes,
    /// The epoch of the topology.
    #[field(versions = "0+")]
    pub topology_epoch: i32,
    /// The topology in full.
    #[field(versions = "0+")]
    pub topology_description: StreamsGroupTopologyDescriptionUpdateRequestTopologyDescription,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// A topology, in full.
#[derive(Clone, Debug, PartialEq, Message)]
pub struct StreamsGroupTopologyDescriptionUpdateRequestTopologyDescription {
    /// The subtopologies.
    #[field(versions = "0+")]
    pub subtopologies: Vec<StreamsGroupTopologyDescriptionUpdateRequestTopologyDescriptionSubtopology>,
    /// The stores that every instance holds in full.
    #[field(versions = "0+")]
    pub global_stores: Vec<StreamsGroupTopologyDescriptionUpdateRequestTopologyDescriptionGlobalStore>,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// A subtopology, in full.
#[derive(Clone, Debug, PartialEq, Message)]
pub struct StreamsGroupTopologyDescriptionUpdateRequestTopologyDescriptionSubtopology {
    /// The id of the subtopology.
    #[field(versions = "0+")]
    pub subtopology_id: StrBytes,
    /// The nodes.
    #[field(versions = "0+")]
    pub nodes: Vec<StreamsGroupTopologyDescriptionUpdateRequestTopologyDescriptionNode>,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// A node of the topology.
#[derive(Clone, Debug, PartialEq, Message)]
pub struct StreamsGroupTopologyDescriptionUpdateRequestTopologyDescriptionNode {
    /// The name of the node.
    #[field(versions = "0+")]
    pub name: StrBytes,
    /// 1 source, 2 processor, 3 sink.
    #[field(versions = "0+")]
    pub node_type: i8,
    /// The topics that it reads.
    #[field(versions = "0+")]
    pub source_topics: Vec<StrBytes>,
    /// The topic that a sink writes to, or null.
    #[field(versions = "0+", nullable = "0+", default = null)]
    pub sink_topic: Option<StrBytes>,
    /// The stores that a processor uses.
    #[field(versions = "0+")]
    pub stores: Vec<StrBytes>,
    /// The names of the nodes that follow.
    #[field(versions = "0+")]
    pub successors: Vec<StrBytes>,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// A store that every instance holds in full.
#[derive(Clone, Debug, PartialEq, Message)]
pub struct StreamsGroupTopologyDescriptionUpdateRequestTopologyDescriptionGlobalStore {
    /// The node that reads the topic of the store.
    #[field(versions = "0+")]
    pub source: StreamsGroupTopologyDescriptionUpdateRequestTopologyDescriptionNode,
    /// The node that fills the store.
    #[field(versions = "0+")]
    pub processor: StreamsGroupTopologyDescriptionUpdateRequestTopologyDescriptionNode,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// Whether the broker took the description.
#[derive(Clone, Debug, PartialEq, Message)]
#[message(response, key = 93, versions = "0", flexible = "0+")]
pub struct StreamsGroupTopologyDescriptionUpdateResponse {
    /// How long the client was, or is to be, held back for exceeding a quota, in milliseconds.
    #[field(versions = "0+")]
    pub throttle_time_ms: i32,
    /// What went wrong, or 0.
    #[field(versions = "0+")]
    pub error_code: i16,
    /// What went wrong in words, or null.
    #[field(versions = "0+", nullable = "0+", default = null)]
    pub error_message: Option<StrBytes>,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}
