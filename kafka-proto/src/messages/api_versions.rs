//! ApiVersions.

use crate::{
    ErrorCode,
    wire::{Message, Reader, StrBytes, UnknownTaggedFields},
};

/// ApiVersionsRequest.
#[derive(Clone, Debug, PartialEq, Message)]
#[message(request, key = 18, versions = "0-5", flexible = "3+")]
pub struct ApiVersionsRequest {
    /// The client software name.
    #[field(versions = "3+", ignorable)]
    pub client_software_name: StrBytes,
    /// The client software version.
    #[field(versions = "3+", ignorable)]
    pub client_software_version: StrBytes,
    /// The cluster id.
    #[field(versions = "5+", nullable = "5+", default = null, ignorable)]
    pub cluster_id: Option<StrBytes>,
    /// The node id.
    #[field(versions = "5+", default = -1, ignorable)]
    pub node_id: i32,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// ApiVersionsResponse.
#[derive(Clone, Debug, PartialEq, Message)]
#[message(response, key = 18, versions = "0-5", flexible = "3+")]
pub struct ApiVersionsResponse {
    /// The error code.
    #[field(versions = "0+")]
    pub error_code: i16,
    /// The api keys.
    #[field(versions = "0+")]
    pub api_keys: Vec<ApiVersion>,
    /// The throttle time ms.
    #[field(versions = "1+", ignorable)]
    pub throttle_time_ms: i32,
    /// The supported features.
    #[field(versions = "3+", tag = 0, ignorable)]
    pub supported_features: Vec<SupportedFeatureKey>,
    /// The finalized features epoch.
    #[field(versions = "3+", tag = 1, default = -1, ignorable)]
    pub finalized_features_epoch: i64,
    /// The finalized features.
    #[field(versions = "3+", tag = 2, ignorable)]
    pub finalized_features: Vec<FinalizedFeatureKey>,
    /// The zk migration ready.
    #[field(versions = "3+", tag = 3, ignorable)]
    pub zk_migration_ready: bool,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// The api version.
#[derive(Clone, Debug, PartialEq, Message)]
pub struct ApiVersion {
    /// The api key.
    #[field(versions = "0+")]
    pub api_key: i16,
    /// The min version.
    #[field(versions = "0+")]
    pub min_version: i16,
    /// The max version.
    #[field(versions = "0+")]
    pub max_version: i16,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// The supported feature key.
#[derive(Clone, Debug, PartialEq, Message)]
pub struct SupportedFeatureKey {
    /// The name.
    #[field(versions = "3+")]
    pub name: StrBytes,
    /// The min version.
    #[field(versions = "3+")]
    pub min_version: i16,
    /// The max version.
    #[field(versions = "3+")]
    pub max_version: i16,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// The finalized feature key.
#[derive(Clone, Debug, PartialEq, Message)]
pub struct FinalizedFeatureKey {
    /// The name.
    #[field(versions = "3+")]
    pub name: StrBytes,
    /// The max version level.
    #[field(versions = "3+")]
    pub max_version_level: i16,
    /// The min version level.
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
