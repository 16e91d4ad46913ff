//! AddRaftVoter.

use crate::wire::{Message, StrBytes, UnknownTaggedFields, Uuid};

/// AddRaftVoterRequest.
#[derive(Clone, Debug, PartialEq, Message)]
#[message(request, key = 80, versions = "0-1", flexible = "0+")]
pub struct AddRaftVoterRequest {
    /// The cluster id.
    #[field(versions = "0+", nullable = "0+")]
    pub cluster_id: Option<StrBytes>,
    /// The timeout ms.
    #[field(versions = "0+")]
    pub timeout_ms: i32,
    /// The voter id.
    #[field(versions = "0+")]
    pub voter_id: i32,
    /// The voter directory id.
    #[field(versions = "0+")]
    pub voter_directory_id: Uuid,
    /// The listeners.
    #[field(versions = "0+")]
    pub listeners: Vec<AddRaftVoterRequestListener>,
    /// The ack when committed.
    #[field(versions = "1+", default = true)]
    pub ack_when_committed: bool,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// The listener.
#[derive(Clone, Debug, PartialEq, Message)]
pub struct AddRaftVoterRequestListener {
    /// The name.
    #[field(versions = "0+")]
    pub name: StrBytes,
    /// The host.
    #[field(versions = "0+")]
    pub host: StrBytes,
    /// The port.
    #[field(versions = "0+")]
    pub port: u16,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// AddRaftVoterResponse.
#[derive(Clone, Debug, PartialEq, Message)]
#[message(response, key = 80, versions = "0-1", flexible = "0+")]
pub struct AddRaftVoterResponse {
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
