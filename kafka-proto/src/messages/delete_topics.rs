//! `DeleteTopics`.
//!
//! Version 4 is flexible. Version 5 says in words what went wrong. Version 6 deletes by id, too.

use crate::wire::{Message, StrBytes, UnknownTaggedFields, Uuid};

/// Deletes topics.
#[derive(Clone, Debug, PartialEq, Message)]
#[message(request, key = 20, versions = "0-6", flexible = "4+")]
pub struct DeleteTopicsRequest {
    /// The topics.
    #[field(versions = "6+")]
    pub topics: Vec<DeleteTopicState>,
    /// The names of the topics.
    #[field(versions = "0-5", ignorable)]
    pub topic_names: Vec<StrBytes>,
    /// How long the broker may take, in milliseconds.
    #[field(versions = "0+")]
    pub timeout_ms: i32,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// A topic to delete, by name or by id.
#[derive(Clone, Debug, PartialEq, Message)]
pub struct DeleteTopicState {
    /// The name of the topic, or null if its id is given.
    #[field(versions = "6+", nullable = "6+", default = null)]
    pub name: Option<StrBytes>,
    /// The id of the topic, or zero if its name is given.
    #[field(versions = "6+")]
    pub topic_id: Uuid,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// What became of each topic.
#[derive(Clone, Debug, PartialEq, Message)]
#[message(response, key = 20, versions = "0-6", flexible = "4+")]
pub struct DeleteTopicsResponse {
    /// How long the client was, or is to be, held back for exceeding a quota, in milliseconds.
    #[field(versions = "1+", ignorable)]
    pub throttle_time_ms: i32,
    /// The results.
    #[field(versions = "0+")]
    pub responses: Vec<DeletableTopicResult>,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// What became of a topic.
#[derive(Clone, Debug, PartialEq, Message)]
pub struct DeletableTopicResult {
    /// The name of the topic; null if it was deleted by id and may not be described.
    #[field(versions = "0+", nullable = "6+")]
    pub name: Option<StrBytes>,
    /// The id of the topic.
    #[field(versions = "6+", ignorable)]
    pub topic_id: Uuid,
    /// What went wrong, or 0.
    #[field(versions = "0+")]
    pub error_code: i16,
    /// What went wrong in words, or null.
    #[field(versions = "5+", nullable = "5+", default = null, ignorable)]
    pub error_message: Option<StrBytes>,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}
