//! `DescribeClientQuotas`.
//!
//! Version 1 is flexible.

use crate::wire::{Message, StrBytes, UnknownTaggedFields};

/// Asks for the quotas that match a filter.
#[derive(Clone, Debug, PartialEq, Message)]
#[message(request, key = 48, versions = "0-1", flexible = "1+")]
pub struct DescribeClientQuotasRequest {
    /// The parts of the filter.
    #[field(versions = "0+")]
    pub components: Vec<DescribeClientQuotasRequestComponentData>,
    /// Whether entities with other parts than these do not match.
    #[field(versions = "0+")]
    pub strict: bool,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// A part of the filter.
#[derive(Clone, Debug, PartialEq, Message)]
pub struct DescribeClientQuotasRequestComponentData {
    /// The type: `user`, `client-id` or `ip`.
    #[field(versions = "0+")]
    pub entity_type: StrBytes,
    /// What matches: 0 this name, 1 the default, 2 any name.
    #[field(versions = "0+")]
    pub match_type: i8,
    /// The name, or null if `match_type` needs none.
    #[field(versions = "0+", nullable = "0+")]
    pub r#match: Option<StrBytes>,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// The quotas.
#[derive(Clone, Debug, PartialEq, Message)]
#[message(response, key = 48, versions = "0-1", flexible = "1+")]
pub struct DescribeClientQuotasResponse {
    /// How long the client was, or is to be, held back for exceeding a quota, in milliseconds.
    #[field(versions = "0+")]
    pub throttle_time_ms: i32,
    /// What went wrong, or 0.
    #[field(versions = "0+")]
    pub error_code: i16,
    /// What went wrong in words, or null.
    #[field(versions = "0+", nullable = "0+")]
    pub error_message: Option<StrBytes>,
    /// The quotas, by entity.
    #[field(versions = "0+", nullable = "0+")]
    pub entries: Option<Vec<DescribeClientQuotasResponseEntryData>>,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// An entity and its quotas.
#[derive(Clone, Debug, PartialEq, Message)]
pub struct DescribeClientQuotasResponseEntryData {
    /// The entity: one or two parts.
    #[field(versions = "0+")]
    pub entity: Vec<DescribeClientQuotasResponseEntityData>,
    /// The quotas.
    #[field(versions = "0+")]
    pub values: Vec<DescribeClientQuotasResponseValueData>,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// A part of the entity.
#[derive(Clone, Debug, PartialEq, Message)]
pub struct DescribeClientQuotasResponseEntityData {
    /// The type: `user`, `client-id` or `ip`.
    #[field(versions = "0+")]
    pub entity_type: StrBytes,
    /// The name, or null for the default.
    #[field(versions = "0+", nullable = "0+")]
    pub entity_name: Option<StrBytes>,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// A quota.
#[derive(Clone, Debug, PartialEq, Message)]
pub struct DescribeClientQuotasResponseValueData {
    /// The name of the quota.
    #[field(versions = "0+")]
    pub key: StrBytes,
    /// The quota.
    #[field(versions = "0+")]
    pub value: f64,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}
