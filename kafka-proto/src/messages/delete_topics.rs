//! DeleteTopics.

use crate::wire::{Message, StrBytes, UnknownTaggedFields, Uuid};

/// DeleteTopicsRequest.
#[derive(Clone, Debug, PartialEq, Message)]
#[message(request, key = 20, versions = "0-6", flexible = "4+")]
pub struct DeleteTopicsRequest {
    /// The topics.
    #[field(versions = "6+")]
    pub topics: Vec<DeleteTopicState>,
    /// The topic names.
    #[field(versions = "0-5", ignorable)]
    pub topic_names: Vec<StrBytes>,
    /// The timeout ms.
    #[field(versions = "0+")]
    pub timeout_ms: i32,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// The delete topic state.
#[derive(Clone, Debug, PartialEq, Message)]
pub struct DeleteTopicState {
    /// The name.
    #[field(versions = "6+", nullable = "6+", default = null)]
    pub name: Option<StrBytes>,
    /// The topic id.
    #[field(versions = "6+")]
    pub topic_id: Uuid,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// DeleteTopicsResponse.
#[derive(Clone, Debug, PartialEq, Message)]
#[message(response, key = 20, versions = "0-6", flexible = "4+")]
pub struct DeleteTopicsResponse {
    /// The throttle time ms.
    #[field(versions = "1+", ignorable)]
    pub throttle_time_ms: i32,
    /// The responses.
    #[field(versions = "0+")]
    pub responses: Vec<DeletableTopicResult>,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// The deletable topic result.
#[derive(Clone, Debug, PartialEq, Message)]
pub struct DeletableTopicResult {
    /// The name.
    #[field(versions = "0+", nullable = "6+")]
    pub name: Option<StrBytes>,
    /// The topic id.
    #[field(versions = "6+", ignorable)]
    pub topic_id: Uuid,
    /// The error code.
    #[field(versions = "0+")]
    pub error_code: i16,
    /// The error message.
    #[field(versions = "5+", nullable = "5+", default = null, ignorable)]
    pub error_message: Option<StrBytes>,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}
