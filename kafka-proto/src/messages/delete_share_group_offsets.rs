//! `DeleteShareGroupOffsets`: make a share group forget topics.

use crate::wire::{Message, StrBytes, UnknownTaggedFields, Uuid};

/// Deletes the offsets of a share group.
#[derive(Clone, Debug, PartialEq, Message)]
#[message(request, key = 92, versions = "0", flexible = "0+")]
pub struct DeleteShareGroupOffsetsRequest {
    /// The group.
    #[field(versions = "0+")]
    pub group_id: StrBytes,
    /// The topics.
    #[field(versions = "0+")]
    pub topics: Vec<DeleteShareGroupOffsetsRequestTopic>,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// A topic to forget.
#[derive(Clone, Debug, PartialEq, Message)]
pub struct DeleteShareGroupOffsetsRequestTopic {
    /// The name of the topic.
    #[field(versions = "0+")]
    pub topic_name: StrBytes,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// Whether each topic was forgotten.
#[derive(Clone, Debug, PartialEq, Message)]
#[message(response, key = 92, versions = "0", flexible = "0+")]
pub struct DeleteShareGroupOffsetsResponse {
    /// How long the client was, or is to be, held back for exceeding a quota, in milliseconds.
    #[field(versions = "0+")]
    pub throttle_time_ms: i32,
    /// What went wrong, or 0.
    #[field(versions = "0+")]
    pub error_code: i16,
    /// What went wrong in words, or null.
    #[field(versions = "0+", nullable = "0+", default = null)]
    pub error_message: Option<StrBytes>,
    /// The results.
    #[field(versions = "0+")]
    pub responses: Vec<DeleteShareGroupOffsetsResponseTopic>,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// What became of a topic.
#[derive(Clone, Debug, PartialEq, Message)]
pub struct DeleteShareGroupOffsetsResponseTopic {
    /// The name of the topic.
    #[field(versions = "0+")]
    pub topic_name: StrBytes,
    /// The id of the topic.
    #[field(versions = "0+")]
    pub topic_id: Uuid,
    /// What went wrong, or 0.
    #[field(versions = "0+")]
    pub error_code: i16,
    /// What went wrong in words, or null.
    #[field(versions = "0+", nullable = "0+", default = null)]
    pub error_message: Option<StrBytes>,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}
