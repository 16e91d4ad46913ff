//! `FindCoordinator`: which broker serves a group or a transactional id.
//!
//! Version 1 adds transactions. Version 3 is flexible. From version 4 on, one request asks for several keys.
//! Version 6 adds share groups (KIP-932).

use crate::wire::{Message, StrBytes, UnknownTaggedFields};

/// Asks which brokers coordinate some groups or transactional ids.
#[derive(Clone, Debug, PartialEq, Message)]
#[message(request, key = 10, versions = "0-6", flexible = "3+")]
pub struct FindCoordinatorRequest {
    /// The group or transactional id.
    #[field(versions = "0-3")]
    pub key: StrBytes,
    /// What the keys are: 0 groups, 1 transactional ids, 2 partitions of share groups.
    #[field(versions = "1+")]
    pub key_type: i8,
    /// The groups or transactional ids.
    #[field(versions = "4+")]
    pub coordinator_keys: Vec<StrBytes>,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// The coordinators.
#[derive(Clone, Debug, PartialEq, Message)]
#[message(response, key = 10, versions = "0-6", flexible = "3+")]
pub struct FindCoordinatorResponse {
    /// How long the client was, or is to be, held back for exceeding a quota, in milliseconds.
    #[field(versions = "1+", ignorable)]
    pub throttle_time_ms: i32,
    /// What went wrong, or 0.
    #[field(versions = "0-3")]
    pub error_code: i16,
    /// What went wrong in words, or null.
    #[field(versions = "1-3", nullable = "1-3", ignorable)]
    pub error_message: Option<StrBytes>,
    /// The broker that is the coordinator.
    #[field(versions = "0-3")]
    pub node_id: i32,
    /// The host name or address.
    #[field(versions = "0-3")]
    pub host: StrBytes,
    /// The port.
    #[field(versions = "0-3")]
    pub port: i32,
    /// The coordinators, by key.
    #[field(versions = "4+")]
    pub coordinators: Vec<Coordinator>,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// The coordinator of a key.
#[derive(Clone, Debug, PartialEq, Message)]
pub struct Coordinator {
    /// The group or transactional id.
    #[field(versions = "4+")]
    pub key: StrBytes,
    /// The broker that is the coordinator.
    #[field(versions = "4+")]
    pub node_id: i32,
    /// The host name or address.
    #[field(versions = "4+")]
    pub host: StrBytes,
    /// The port.
    #[field(versions = "4+")]
    pub port: i32,
    /// What went wrong, or 0.
    #[field(versions = "4+")]
    pub error_code: i16,
    /// What went wrong in words, or null.
    #[field(versions = "4+", nullable = "4+", ignorable)]
    pub error_message: Option<StrBytes>,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}
