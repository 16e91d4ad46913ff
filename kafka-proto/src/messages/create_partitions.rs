//! CreatePartitions.

use crate::wire::{Message, StrBytes, UnknownTaggedFields};

/// CreatePartitionsRequest.
#[derive(Clone, Debug, PartialEq, Message)]
#[message(request, key = 37, versions = "0-3", flexible = "2+")]
pub struct CreatePartitionsRequest {
    /// The topics.
    #[field(versions = "0+")]
    pub topics: Vec<CreatePartitionsTopic>,
    /// The timeout ms.
    #[field(versions = "0+")]
    pub timeout_ms: i32,
    /// The validate only.
    #[field(versions = "0+")]
    pub validate_only: bool,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// The create partitions topic.
#[derive(Clone, Debug, PartialEq, Message)]
pub struct CreatePartitionsTopic {
    /// The name.
    #[field(versions = "0+")]
    pub name: StrBytes,
    /// The count.
    #[field(versions = "0+")]
    pub count: i32,
    /// The assignments.
    #[field(versions = "0+", nullable = "0+")]
    pub assignments: Option<Vec<CreatePartitionsAssignment>>,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// The create partitions assignment.
#[derive(Clone, Debug, PartialEq, Message)]
pub struct CreatePartitionsAssignment {
    /// The broker ids.
    #[field(versions = "0+")]
    pub broker_ids: Vec<i32>,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// CreatePartitionsResponse.
#[derive(Clone, Debug, PartialEq, Message)]
#[message(response, key = 37, versions = "0-3", flexible = "2+")]
pub struct CreatePartitionsResponse {
    /// The throttle time ms.
    #[field(versions = "0+")]
    pub throttle_time_ms: i32,
    /// The results.
    #[field(versions = "0+")]
    pub results: Vec<CreatePartitionsTopicResult>,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// The create partitions topic result.
#[derive(Clone, Debug, PartialEq, Message)]
pub struct CreatePartitionsTopicResult {
    /// The name.
    #[field(versions = "0+")]
    pub name: StrBytes,
    /// The error code.
    #[field(versions = "0+")]
    pub error_code: i16,
    /// The error message.
    #[field(versions = "0+", nullable = "0+", default = null)]
    pub error_message: Option<StrBytes>,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}
