//! `DescribeCluster`, versions 0 to 2.
//!
//! - 1: brokers or controllers may be asked about. 2: brokers that are fenced too, of which there are none here.

use kafka_proto::ErrorCode;
use kafka_proto::messages::{DescribeClusterBroker, DescribeClusterRequest, DescribeClusterResponse};
use kafka_proto::wire::StrBytes;

use super::metadata::CLUSTER_OPERATIONS;
use super::{Call, Handle, Outcome};
use crate::cluster::state::State;

/// What is asked about: the brokers.
const BROKERS: i8 = 1;

impl Handle for DescribeClusterRequest {
    fn handle(self, state: &mut State, call: &Call) -> Outcome<DescribeClusterResponse> {
        if call.version >= 1 && self.endpoint_type != BROKERS {
            let code = match self.endpoint_type {
                2 => ErrorCode::MISMATCHED_ENDPOINT_TYPE,
                _ => ErrorCode::UNSUPPORTED_ENDPOINT_TYPE,
            };
            let mut refused = self.refuse(call.version, code);
            refused.error_message = Some(StrBytes::from_static("a broker can only tell about brokers"));
            return Outcome::Answer(refused);
        }
        let alive = state.nodes.iter().filter(|(_, node)| !node.fenced);
        let mut response = DescribeClusterResponse {
            cluster_id: state.cluster_id.clone(),
            controller_id: state.controller(),
            brokers: alive
                .map(|(&id, node)| DescribeClusterBroker {
                    broker_id: id,
                    host: node.host.clone(),
                    port: i32::from(node.port),
                    rack: node.rack.clone(),
                    ..Default::default()
                })
                .collect(),
            ..Default::default()
        };
        if self.include_cluster_authorized_operations {
            response.cluster_authorized_operations = CLUSTER_OPERATIONS;
        }
        Outcome::Answer(response)
    }

    fn refuse(self, _version: i16, code: ErrorCode) -> DescribeClusterResponse {
        DescribeClusterResponse { error_code: code.0, controller_id: -1, ..Default::default() }
    }
}
