//! UpdateFeatures.

use crate::wire::{Message, StrBytes, UnknownTaggedFields};

/// UpdateFeaturesRequest.
#[derive(Clone, Debug, PartialEq, Message)]
#[message(request, key = 57, versions = "0-2", flexible = "0+")]
pub struct UpdateFeaturesRequest {
    /// The timeout ms.
    #[field(versions = "0+", default = 60_000, name = "timeoutMs")]
    pub timeout_ms: i32,
    /// The feature updates.
    #[field(versions = "0+")]
    pub feature_updates: Vec<FeatureUpdateKey>,
    /// The validate only.
    #[field(versions = "1+")]
    pub validate_only: bool,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// The feature update key.
#[derive(Clone, Debug, PartialEq, Message)]
pub struct FeatureUpdateKey {
    /// The feature.
    #[field(versions = "0+")]
    pub feature: StrBytes,
    /// The max version level.
    #[field(versions = "0+")]
    pub max_version_level: i16,
    /// The allow downgrade.
    #[field(versions = "0")]
    pub allow_downgrade: bool,
    /// The upgrade type.
    #[field(versions = "1+", default = 1)]
    pub upgrade_type: i8,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// UpdateFeaturesResponse.
#[derive(Clone, Debug, PartialEq, Message)]
#[message(response, key = 57, versions = "0-2", flexible = "0+")]
pub struct UpdateFeaturesResponse {
    /// The throttle time ms.
    #[field(versions = "0+")]
    pub throttle_time_ms: i32,
    /// The error code.
    #[field(versions = "0+")]
    pub error_code: i16,
    /// The error message.
    #[field(versions = "0+", nullable = "0+")]
    pub error_message: Option<StrBytes>,
    /// The results.
    #[field(versions = "0-1", ignorable)]
    pub results: Vec<UpdatableFeatureResult>,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// The updatable feature result.
#[derive(Clone, Debug, PartialEq, Message)]
pub struct UpdatableFeatureResult {
    /// The feature.
    #[field(versions = "0+")]
    pub feature: StrBytes,
    /// The error code.
    #[field(versions = "0+")]
    pub error_code: i16,
    /// The error message.
    #[field(versions = "0+", nullable = "0+")]
    pub error_message: Option<StrBytes>,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}
