//! `UpdateFeatures`: raise or lower the cluster's feature levels.
//!
//! Version 1 says how much a downgrade may lose, and can only check. From version 2 on the results stand in
//! one error code.

use crate::wire::{Message, StrBytes, UnknownTaggedFields};

/// Changes the levels of features.
#[derive(Clone, Debug, PartialEq, Message)]
#[message(request, key = 57, versions = "0-2", flexible = "0+")]
pub struct UpdateFeaturesRequest {
    /// How long the broker may take, in milliseconds.
    #[field(versions = "0+", default = 60_000, name = "timeoutMs")]
    pub timeout_ms: i32,
    /// The features and their new levels.
    #[field(versions = "0+")]
    pub feature_updates: Vec<FeatureUpdateKey>,
    /// Whether to check only, and change nothing.
    #[field(versions = "1+")]
    pub validate_only: bool,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// A feature and its new level.
#[derive(Clone, Debug, PartialEq, Message)]
pub struct FeatureUpdateKey {
    /// The name of the feature.
    #[field(versions = "0+")]
    pub feature: StrBytes,
    /// The new level; below 1 to remove the feature.
    #[field(versions = "0+")]
    pub max_version_level: i16,
    /// Whether the level may become lower.
    #[field(versions = "0")]
    pub allow_downgrade: bool,
    /// Which way the level may go: 1 up, 2 down without loss, 3 down.
    #[field(versions = "1+", default = 1)]
    pub upgrade_type: i8,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// Whether the features were changed.
#[derive(Clone, Debug, PartialEq, Message)]
#[message(response, key = 57, versions = "0-2", flexible = "0+")]
pub struct UpdateFeaturesResponse {
    /// How long the client was, or is to be, held back for exceeding a quota, in milliseconds.
    #[field(versions = "0+")]
    pub throttle_time_ms: i32,
    /// What went wrong, or 0.
    #[field(versions = "0+")]
    pub error_code: i16,
    /// What went wrong in words, or null.
    #[field(versions = "0+", nullable = "0+")]
    pub error_message: Option<StrBytes>,
    /// The results.
    #[field(versions = "0-1", ignorable)]
    pub results: Vec<UpdatableFeatureResult>,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// What became of a feature.
#[derive(Clone, Debug, PartialEq, Message)]
pub struct UpdatableFeatureResult {
    /// The name of the feature.
    #[field(versions = "0+")]
    pub feature: StrBytes,
    /// What went wrong, or 0.
    #[field(versions = "0+")]
    pub error_code: i16,
    /// What went wrong in words, or null.
    #[field(versions = "0+", nullable = "0+")]
    pub error_message: Option<StrBytes>,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}
