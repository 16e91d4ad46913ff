//! DescribeClientQuotas.

use crate::wire::{Message, StrBytes, UnknownTaggedFields};

/// DescribeClientQuotasRequest.
#[derive(Clone, Debug, PartialEq, Message)]
#[message(request, key = 48, versions = "0-1", flexible = "1+")]
pub struct DescribeClientQuotasRequest {
    /// The components.
    #[field(versions = "0+")]
    pub components: Vec<ComponentData>,
    /// The strict.
    #[field(versions = "0+")]
    pub strict: bool,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// The component data.
#[derive(Clone, Debug, PartialEq, Message)]
pub struct ComponentData {
    /// The entity type.
    #[field(versions = "0+")]
    pub entity_type: StrBytes,
    /// The match type.
    #[field(versions = "0+")]
    pub match_type: i8,
    /// The match.
    #[field(versions = "0+", nullable = "0+")]
    pub r#match: Option<StrBytes>,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// DescribeClientQuotasResponse.
#[derive(Clone, Debug, PartialEq, Message)]
#[message(response, key = 48, versions = "0-1", flexible = "1+")]
pub struct DescribeClientQuotasResponse {
    /// The throttle time ms.
    #[field(versions = "0+")]
    pub throttle_time_ms: i32,
    /// The error code.
    #[field(versions = "0+")]
    pub error_code: i16,
    /// The error message.
    #[field(versions = "0+", nullable = "0+")]
    pub error_message: Option<StrBytes>,
    /// The entries.
    #[field(versions = "0+", nullable = "0+")]
    pub entries: Option<Vec<DescribeClientQuotasResponseEntryData>>,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// The entry data.
#[derive(Clone, Debug, PartialEq, Message)]
pub struct DescribeClientQuotasResponseEntryData {
    /// The entity.
    #[field(versions = "0+")]
    pub entity: Vec<DescribeClientQuotasResponseEntityData>,
    /// The values.
    #[field(versions = "0+")]
    pub values: Vec<ValueData>,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// The entity data.
#[derive(Clone, Debug, PartialEq, Message)]
pub struct DescribeClientQuotasResponseEntityData {
    /// The entity type.
    #[field(versions = "0+")]
    pub entity_type: StrBytes,
    /// The entity name.
    #[field(versions = "0+", nullable = "0+")]
    pub entity_name: Option<StrBytes>,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// The value data.
#[derive(Clone, Debug, PartialEq, Message)]
pub struct ValueData {
    /// The key.
    #[field(versions = "0+")]
    pub key: StrBytes,
    /// The value.
    #[field(versions = "0+")]
    pub value: f64,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}
