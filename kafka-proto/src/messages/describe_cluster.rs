//! DescribeCluster.

use crate::wire::{Message, StrBytes, UnknownTaggedFields};

/// DescribeClusterRequest.
#[derive(Clone, Debug, PartialEq, Message)]
#[message(request, key = 60, versions = "0-2", flexible = "0+")]
pub struct DescribeClusterRequest {
    /// The include cluster authorized operations.
    #[field(versions = "0+")]
    pub include_cluster_authorized_operations: bool,
    /// The endpoint type.
    #[field(versions = "1+", default = 1)]
    pub endpoint_type: i8,
    /// The include fenced brokers.
    #[field(versions = "2+")]
    pub include_fenced_brokers: bool,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// DescribeClusterResponse.
#[derive(Clone, Debug, PartialEq, Message)]
#[message(response, key = 60, versions = "0-2", flexible = "0+")]
pub struct DescribeClusterResponse {
    /// The throttle time ms.
    #[field(versions = "0+")]
    pub throttle_time_ms: i32,
    /// The error code.
    #[field(versions = "0+")]
    pub error_code: i16,
    /// The error message.
    #[field(versions = "0+", nullable = "0+", default = null)]
    pub error_message: Option<StrBytes>,
    /// The endpoint type.
    #[field(versions = "1+", default = 1)]
    pub endpoint_type: i8,
    /// The cluster id.
    #[field(versions = "0+")]
    pub cluster_id: StrBytes,
    /// The controller id.
    #[field(versions = "0+", default = -1)]
    pub controller_id: i32,
    /// The brokers.
    #[field(versions = "0+")]
    pub brokers: Vec<DescribeClusterBroker>,
    /// The cluster authorized operations.
    #[field(versions = "0+", default = -2_147_483_648)]
    pub cluster_authorized_operations: i32,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// The describe cluster broker.
#[derive(Clone, Debug, PartialEq, Message)]
pub struct DescribeClusterBroker {
    /// The broker id.
    #[field(versions = "0+")]
    pub broker_id: i32,
    /// The host.
    #[field(versions = "0+")]
    pub host: StrBytes,
    /// The port.
    #[field(versions = "0+")]
    pub port: i32,
    /// The rack.
    #[field(versions = "0+", nullable = "0+", default = null)]
    pub rack: Option<StrBytes>,
    /// The is fenced.
    #[field(versions = "2+")]
    pub is_fenced: bool,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}
