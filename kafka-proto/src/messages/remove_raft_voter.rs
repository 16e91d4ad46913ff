//! `RemoveRaftVoter`: a controller stops being a voter (KIP-853).

use crate::wire::{Message, StrBytes, UnknownTaggedFields, Uuid};

/// Removes a voter.
#[derive(Clone, Debug, PartialEq, Message)]
#[message(request, key = 81, versions = "0", flexible = "0+")]
pub struct RemoveRaftVoterRequest {
    /// The id of the cluster, or null if it is not known.
    #[field(versions = "0+", nullable = "0+")]
    pub cluster_id: Option<StrBytes>,
    /// The id of the voter.
    #[field(versions = "0+")]
    pub voter_id: i32,
    /// The directory of the voter.
    #[field(versions = "0+")]
    pub voter_directory_id: Uuid,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// Whether the voter was removed.
#[derive(Clone, Debug, PartialEq, Message)]
#[message(response, key = 81, versions = "0", flexible = "0+")]
pub struct RemoveRaftVoterResponse {
    /// How long the client was, or is to be, held back for exceeding a quota, in milliseconds.
    #[field(versions = "0+")]
    pub throttle_time_ms: i32,
    /// What went wrong, or 0.
    #[field(versions = "0+")]
    pub error_code: i16,
    /// What went wrong in words, or null.
    #[field(versions = "0+", nullable = "0+", ignorable)]
    pub error_message: Option<StrBytes>,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}
