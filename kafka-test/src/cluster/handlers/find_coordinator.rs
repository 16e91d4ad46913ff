//! `FindCoordinator`, versions 0 to 6.
//!
//! - 0: groups only.
//! - 1: the key may be a transactional id.
//! - 4: several keys at once (KIP-699).
//! - 6: share groups, which the nodes do not have.

use kafka_proto::ErrorCode;
use kafka_proto::messages::Coordinator;
use kafka_proto::messages::{FindCoordinatorRequest, FindCoordinatorResponse};
use kafka_proto::wire::StrBytes;

use super::{Call, Handle, Outcome};
use crate::cluster::state::State;

const GROUP: i8 = 0;
const TRANSACTION: i8 = 1;

impl Handle for FindCoordinatorRequest {
    fn handle(self, state: &mut State, call: &Call) -> Outcome<FindCoordinatorResponse> {
        let key_type = self.key_type;
        Outcome::Answer(self.answer(call.version, |key| find(state, key, key_type)))
    }

    fn refuse(self, version: i16, code: ErrorCode) -> FindCoordinatorResponse {
        self.answer(version, |_| nobody(code))
    }
}

trait AnswerEach {
    fn answer(self, version: i16, find: impl Fn(&str) -> Coordinator) -> FindCoordinatorResponse;
}

impl AnswerEach for FindCoordinatorRequest {
    /// One key stands in the answer itself up to version 3, any number of them in a list from 4 on.
    fn answer(self, version: i16, find: impl Fn(&str) -> Coordinator) -> FindCoordinatorResponse {
        let mut response = FindCoordinatorResponse::default();
        if version >= 4 {
            let each = |key: StrBytes| Coordinator { key: key.clone(), ..find(&key) };
            response.coordinators = self.coordinator_keys.into_iter().map(each).collect();
            return response;
        }
        let found = find(&self.key);
        response.error_code = found.error_code;
        response.error_message = found.error_message;
        response.node_id = found.node_id;
        response.host = found.host;
        response.port = found.port;
        response
    }
}

fn find(state: &State, key: &str, key_type: i8) -> Coordinator {
    if !matches!(key_type, GROUP | TRANSACTION) {
        return nobody(ErrorCode::INVALID_REQUEST);
    }
    let found = state.coordinator(key).and_then(|id| Some((id, state.nodes.get(&id)?)));
    found.map_or_else(
        || nobody(ErrorCode::COORDINATOR_NOT_AVAILABLE),
        |(id, node)| Coordinator {
            node_id: id,
            host: node.host.clone(),
            port: i32::from(node.port),
            ..Default::default()
        },
    )
}

fn nobody(code: ErrorCode) -> Coordinator {
    Coordinator { node_id: -1, port: -1, error_code: code.0, ..Default::default() }
}
