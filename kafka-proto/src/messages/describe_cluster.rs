//! `DescribeCluster`: the brokers or controllers of a cluster.
//!
//! Version 1 can ask for controllers. Version 2 can include fenced brokers.

use crate::wire::{Message, StrBytes, UnknownTaggedFields};

/// Asks for the nodes of the cluster.
#[derive(Clone, Debug, PartialEq, Message)]
#[message(request, key = 60, versions = "0-2", flexible = "0+")]
pub struct DescribeClusterRequest {
    /// Whether to say what this client may do to the cluster.
    #[field(versions = "0+")]
    pub include_cluster_authorized_operations: bool,
    /// 1 for brokers, 2 for controllers.
    #[field(versions = "1+", default = 1)]
    pub endpoint_type: i8,
    /// Whether to include brokers that are fenced.
    #[field(versions = "2+")]
    pub include_fenced_brokers: bool,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// The nodes of the cluster.
#[derive(Clone, Debug, PartialEq, Message)]
#[message(response, key = 60, versions = "0-2", flexible = "0+")]
pub struct DescribeClusterResponse {
    /// How long the client was, or is to be, held back for exceeding a quota, in milliseconds.
    #[field(versions = "0+")]
    pub throttle_time_ms: i32,
    /// What went wrong, or 0.
    #[field(versions = "0+")]
    pub error_code: i16,
    /// What went wrong in words, or null.
    #[field(versions = "0+", nullable = "0+", default = null)]
    pub error_message: Option<StrBytes>,
    /// 1 for brokers, 2 for controllers.
    #[field(versions = "1+", default = 1)]
    pub endpoint_type: i8,
    /// The id of the cluster, or null if it is not known.
    #[field(versions = "0+")]
    pub cluster_id: StrBytes,
    /// The controller, or -1.
    #[field(versions = "0+", default = -1)]
    pub controller_id: i32,
    /// The nodes.
    #[field(versions = "0+")]
    pub brokers: Vec<DescribeClusterBroker>,
    /// What this client may do to the cluster, a bit for each operation; the smallest number if it was not
    /// asked for.
    #[field(versions = "0+", default = -2_147_483_648)]
    pub cluster_authorized_operations: i32,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// A node.
#[derive(Clone, Debug, PartialEq, Message)]
pub struct DescribeClusterBroker {
    /// The id of the broker.
    #[field(versions = "0+")]
    pub broker_id: i32,
    /// The host name or address.
    #[field(versions = "0+")]
    pub host: StrBytes,
    /// The port.
    #[field(versions = "0+")]
    pub port: i32,
    /// The rack, or null.
    #[field(versions = "0+", nullable = "0+", default = null)]
    pub rack: Option<StrBytes>,
    /// Whether the broker is fenced.
    #[field(versions = "2+")]
    pub is_fenced: bool,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}
