//! `AddRaftVoter`: a controller becomes a voter (KIP-853).
//!
//! Version 1 can answer before the change is committed.

use crate::wire::{Message, StrBytes, UnknownTaggedFields, Uuid};

/// Adds a voter.
#[derive(Clone, Debug, PartialEq, Message)]
#[message(request, key = 80, versions = "0-1", flexible = "0+")]
pub struct AddRaftVoterRequest {
    /// The id of the cluster, or null if it is not known.
    #[field(versions = "0+", nullable = "0+")]
    pub cluster_id: Option<StrBytes>,
    /// How long the broker may take, in milliseconds.
    #[field(versions = "0+")]
    pub timeout_ms: i32,
    /// The id of the voter.
    #[field(versions = "0+")]
    pub voter_id: i32,
    /// The directory of the voter.
    #[field(versions = "0+")]
    pub voter_directory_id: Uuid,
    /// Where it listens.
    #[field(versions = "0+")]
    pub listeners: Vec<AddRaftVoterRequestListener>,
    /// Whether to answer only when the change is committed.
    #[field(versions = "1+", default = true)]
    pub ack_when_committed: bool,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// Where a controller listens.
#[derive(Clone, Debug, PartialEq, Message)]
pub struct AddRaftVoterRequestListener {
    /// The name of the listener.
    #[field(versions = "0+")]
    pub name: StrBytes,
    /// The host name or address.
    #[field(versions = "0+")]
    pub host: StrBytes,
    /// The port.
    #[field(versions = "0+")]
    pub port: u16,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// Whether the voter was added.
#[derive(Clone, Debug, PartialEq, Message)]
#[message(response, key = 80, versions = "0-1", flexible = "0+")]
pub struct AddRaftVoterResponse {
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
