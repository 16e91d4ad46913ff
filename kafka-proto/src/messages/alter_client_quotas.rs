//! AlterClientQuotas.

use crate::wire::{Message, StrBytes, UnknownTaggedFields};

/// AlterClientQuotasRequest.
#[derive(Clone, Debug, PartialEq, Message)]
#[message(request, key = 49, versions = "0-1", flexible = "1+")]
pub struct AlterClientQuotasRequest {
    /// The entries.
    #[field(versions = "0+")]
    pub entries: Vec<AlterClientQuotasRequestEntryData>,
    /// The validate only.
    #[field(versions = "0+")]
    pub validate_only: bool,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// The entry data.
#[derive(Clone, Debug, PartialEq, Message)]
pub struct AlterClientQuotasRequestEntryData {
    /// The entity.
    #[field(versions = "0+")]
    pub entity: Vec<AlterClientQuotasRequestEntityData>,
    /// The ops.
    #[field(versions = "0+")]
    pub ops: Vec<OpData>,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// The entity data.
#[derive(Clone, Debug, PartialEq, Message)]
pub struct AlterClientQuotasRequestEntityData {
    /// The entity type.
    #[field(versions = "0+")]
    pub entity_type: StrBytes,
    /// The entity name.
    #[field(versions = "0+", nullable = "0+")]
    pub entity_name: Option<StrBytes>,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// The op data.
#[derive(Clone, Debug, PartialEq, Message)]
pub struct OpData {
    /// The key.
    #[field(versions = "0+")]
    pub key: StrBytes,
    /// The value.
    #[field(versions = "0+")]
    pub value: f64,
    /// The remove.
    #[field(versions = "0+")]
    pub remove: bool,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// AlterClientQuotasResponse.
#[derive(Clone, Debug, PartialEq, Message)]
#[message(response, key = 49, versions = "0-1", flexible = "1+")]
pub struct AlterClientQuotasResponse {
    /// The throttle time ms.
    #[field(versions = "0+")]
    pub throttle_time_ms: i32,
    /// The entries.
    #[field(versions = "0+")]
    pub entries: Vec<AlterClientQuotasResponseEntryData>,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// The entry data.
#[derive(Clone, Debug, PartialEq, Message)]
pub struct AlterClientQuotasResponseEntryData {
    /// The error code.
    #[field(versions = "0+")]
    pub error_code: i16,
    /// The error message.
    #[field(versions = "0+", nullable = "0+")]
    pub error_message: Option<StrBytes>,
    /// The entity.
    #[field(versions = "0+")]
    pub entity: Vec<AlterClientQuotasResponseEntityData>,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// The entity data.
#[derive(Clone, Debug, PartialEq, Message)]
pub struct AlterClientQuotasResponseEntityData {
    /// The entity type.
    #[field(versions = "0+")]
    pub entity_type: StrBytes,
    /// The entity name.
    #[field(versions = "0+", nullable = "0+")]
    pub entity_name: Option<StrBytes>,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}
