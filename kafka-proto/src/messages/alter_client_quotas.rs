//! `AlterClientQuotas`.
//!
//! Version 1 is flexible.

use crate::wire::{Message, StrBytes, UnknownTaggedFields};

/// Sets and removes quotas.
#[derive(Clone, Debug, PartialEq, Message)]
#[message(request, key = 49, versions = "0-1", flexible = "1+")]
pub struct AlterClientQuotasRequest {
    /// The quotas, by entity.
    #[field(versions = "0+")]
    pub entries: Vec<AlterClientQuotasRequestEntryData>,
    /// Whether to check only, and change nothing.
    #[field(versions = "0+")]
    pub validate_only: bool,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// An entity and the changes to its quotas.
#[derive(Clone, Debug, PartialEq, Message)]
pub struct AlterClientQuotasRequestEntryData {
    /// The entity: one or two parts.
    #[field(versions = "0+")]
    pub entity: Vec<AlterClientQuotasRequestEntityData>,
    /// The changes.
    #[field(versions = "0+")]
    pub ops: Vec<AlterClientQuotasRequestOpData>,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// A part of the entity.
#[derive(Clone, Debug, PartialEq, Message)]
pub struct AlterClientQuotasRequestEntityData {
    /// The type: `user`, `client-id` or `ip`.
    #[field(versions = "0+")]
    pub entity_type: StrBytes,
    /// The name, or null for the default.
    #[field(versions = "0+", nullable = "0+")]
    pub entity_name: Option<StrBytes>,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// A change to a quota.
#[derive(Clone, Debug, PartialEq, Message)]
pub struct AlterClientQuotasRequestOpData {
    /// The name of the quota.
    #[field(versions = "0+")]
    pub key: StrBytes,
    /// The quota.
    #[field(versions = "0+")]
    pub value: f64,
    /// Whether to remove the quota; else set it.
    #[field(versions = "0+")]
    pub remove: bool,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// Whether each quota was changed.
#[derive(Clone, Debug, PartialEq, Message)]
#[message(response, key = 49, versions = "0-1", flexible = "1+")]
pub struct AlterClientQuotasResponse {
    /// How long the client was, or is to be, held back for exceeding a quota, in milliseconds.
    #[field(versions = "0+")]
    pub throttle_time_ms: i32,
    /// The quotas, by entity.
    #[field(versions = "0+")]
    pub entries: Vec<AlterClientQuotasResponseEntryData>,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// What became of an entity.
#[derive(Clone, Debug, PartialEq, Message)]
pub struct AlterClientQuotasResponseEntryData {
    /// What went wrong, or 0.
    #[field(versions = "0+")]
    pub error_code: i16,
    /// What went wrong in words, or null.
    #[field(versions = "0+", nullable = "0+")]
    pub error_message: Option<StrBytes>,
    /// The entity: one or two parts.
    #[field(versions = "0+")]
    pub entity: Vec<AlterClientQuotasResponseEntityData>,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// A part of the entity.
#[derive(Clone, Debug, PartialEq, Message)]
pub struct AlterClientQuotasResponseEntityData {
    /// The type: `user`, `client-id` or `ip`.
    #[field(versions = "0+")]
    pub entity_type: StrBytes,
    /// The name, or null for the default.
    #[field(versions = "0+", nullable = "0+")]
    pub entity_name: Option<StrBytes>,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}
