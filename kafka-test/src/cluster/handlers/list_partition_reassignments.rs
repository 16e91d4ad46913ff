//! `ListPartitionReassignments`, version 0. Replicas stay where they are: nothing is ever on its way.

use kafka_proto::ErrorCode;
use kafka_proto::messages::{ListPartitionReassignmentsRequest, ListPartitionReassignmentsResponse};

use super::{Call, Handle, Outcome};
use crate::cluster::state::State;

impl Handle for ListPartitionReassignmentsRequest {
    fn handle(self, _state: &mut State, _call: &Call) -> Outcome<ListPartitionReassignmentsResponse> {
        Outcome::Answer(ListPartitionReassignmentsResponse { error_message: None, ..Default::default() })
    }

    fn refuse(self, _version: i16, code: ErrorCode) -> ListPartitionReassignmentsResponse {
        ListPartitionReassignmentsResponse { error_code: code.0, ..Default::default() }
    }
}
