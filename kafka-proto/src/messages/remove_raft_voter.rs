//! RemoveRaftVoter.

use crate::wire::{Message, StrBytes, UnknownTaggedFields, Uuid};

/// RemoveRaftVoterRequest.
#[derive(Clone, Debug, PartialEq, Message)]
#[message(request, key = 81, versions = "0", flexible = "0+")]
pub struct RemoveRaftVoterRequest {
    /// The cluster id.
    #[field(versions = "0+", nullable = "0+")]
    pub cluster_id: Option<StrBytes>,
    /// The voter id.
    #[field(versions = "0+")]
    pub voter_id: i32,
    /// The voter directory id.
    #[field(versions = "0+")]
    pub voter_directory_id: Uuid,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// RemoveRaftVoterResponse.
#[derive(Clone, Debug, PartialEq, Message)]
#[message(response, key = 81, versions = "0", flexible = "0+")]
pub struct RemoveRaftVoterResponse {
    /// The throttle time ms.
    #[field(versions = "0+")]
    pub throttle_time_ms: i32,
    /// The error code.
    #[field(versions = "0+")]
    pub error_code: i16,
    /// The error message.
    #[field(versions = "0+", nullable = "0+", ignorable)]
    pub error_message: Option<StrBytes>,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}
