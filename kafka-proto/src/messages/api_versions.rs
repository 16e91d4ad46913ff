//! `ApiVersions`: which APIs and versions a broker speaks.
//!
//! A broker that does not know the version of the request answers in version 0 (KIP-511). Version 3 is
//! flexible and tells the broker what software the client is, and the client which features the cluster has.
//! From version 5 on a client can name the node that it means to talk to.

use crate::{
    ErrorCode,
    wire::{Message, Reader, StrBytes, UnknownTaggedFields},
};

/// Asks which APIs a broker speaks.
#[derive(Clone, Debug, PartialEq, Message)]
#[message(request, key = 18, versions = "0-5", flexible = "3+")]
pub struct ApiVersionsRequest {
    /// The name of the client library.
    #[field(versions = "3+", ignorable)]
    pub client_software_name: StrBytes,
    /// The version of the client library.
    #[field(versions = "3+", ignorable)]
    pub client_software_version: StrBytes,
    /// The cluster that the client means to talk to, or null.
    #[field(versions = "5+", nullable = "5+", default = null, ignorable)]
    pub cluster_id: Option<StrBytes>,
    /// The node that the client means to talk to, or -1.
    #[field(versions = "5+", default = -1, ignorable)]
    pub node_id: i32,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// The APIs, their versions, and the features of the cluster.
#[derive(Clone, Debug, PartialEq, Message)]
#[message(response, key = 18, versions = "0-5", flexible = "3+")]
pub struct ApiVersionsResponse {
    /// What went wrong, or 0.
    #[field(versions = "0+")]
    pub error_code: i16,
    /// The APIs that the broker has.
    #[field(versions = "0+")]
    pub api_keys: Vec<ApiVersion>,
    /// How long the client was, or is to be, held back for exceeding a quota, in milliseconds.
    #[field(versions = "1+", ignorable)]
    pub throttle_time_ms: i32,
    /// The features that the broker supports.
    #[field(versions = "3+", tag = 0, ignorable)]
    pub supported_features: Vec<SupportedFeatureKey>,
    /// The version of the list of feature levels, or -1.
    #[field(versions = "3+", tag = 1, default = -1, ignorable)]
    pub finalized_features_epoch: i64,
    /// The levels of the features in the cluster.
    #[field(versions = "3+", tag = 2, ignorable)]
    pub finalized_features: Vec<FinalizedFeatureKey>,
    /// Whether a controller is ready to migrate from ZooKeeper.
    #[field(versions = "3+", tag = 3, ignorable)]
    pub zk_migration_ready: bool,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// The versions of an API.
#[derive(Clone, Debug, PartialEq, Message)]
pub struct ApiVersion {
    /// The number of the API.
    #[field(versions = "0+")]
    pub api_key: i16,
    /// The oldest version.
    #[field(versions = "0+")]
    pub min_version: i16,
    /// The newest version.
    #[field(versions = "0+")]
    pub max_version: i16,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// A feature that the broker supports.
#[derive(Clone, Debug, PartialEq, Message)]
pub struct SupportedFeatureKey {
    /// The name of the feature.
    #[field(versions = "3+")]
    pub name: StrBytes,
    /// The oldest version.
    #[field(versions = "3+")]
    pub min_version: i16,
    /// The newest version.
    #[field(versions = "3+")]
    pub max_version: i16,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// The level of a feature in the cluster.
#[derive(Clone, Debug, PartialEq, Message)]
pub struct FinalizedFeatureKey {
    /// The name of the feature.
    #[field(versions = "3+")]
    pub name: StrBytes,
    /// The newest level in use.
    #[field(versions = "3+")]
    pub max_version_level: i16,
    /// The oldest level in use.
    #[field(versions = "3+")]
    pub min_version_level: i16,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

impl ApiVersionsResponse {
    /// The version that `body` is written in, which answers a request of `version`. A broker that does not know that
    /// version answers in version 0, with [`ErrorCode::UNSUPPORTED_VERSION`](crate::ErrorCode) and the versions that
    /// it does know (KIP-511). The error code comes first in every version.
    pub fn answered_version(body: &Reader, version: i16) -> i16 {
        match body.clone().i16() {
            Ok(code) if code == ErrorCode::UNSUPPORTED_VERSION.0 => 0,
            _ => version,
        }
    }
}
