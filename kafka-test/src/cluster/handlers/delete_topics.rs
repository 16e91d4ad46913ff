//! `DeleteTopics`, versions 0 to 6.
//!
//! - 5: error messages.
//! - 6: topics can be named by id (KIP-516).

use kafka_proto::ErrorCode;
use kafka_proto::messages::DeletableTopicResult;
use kafka_proto::messages::DeleteTopicState;
use kafka_proto::messages::{DeleteTopicsRequest, DeleteTopicsResponse};

use super::{Call, Handle, Outcome, check_controller};
use crate::cluster::state::State;

impl Handle for DeleteTopicsRequest {
    fn handle(self, state: &mut State, call: &Call) -> Outcome<DeleteTopicsResponse> {
        if let Err(code) = check_controller(state, call) {
            return Outcome::Answer(self.refuse(call.version, code));
        }
        let responses = asked(self, call.version).into_iter().map(|asked| delete(state, asked)).collect();
        Outcome::Answer(DeleteTopicsResponse { responses, ..Default::default() })
    }

    fn refuse(self, version: i16, code: ErrorCode) -> DeleteTopicsResponse {
        let responses = asked(self, version).into_iter().map(|asked| told(asked, code)).collect();
        DeleteTopicsResponse { responses, ..Default::default() }
    }
}

fn asked(request: DeleteTopicsRequest, version: i16) -> Vec<DeleteTopicState> {
    if version >= 6 {
        return request.topics;
    }
    let named = request.topic_names.into_iter();
    named.map(|name| DeleteTopicState { name: Some(name), ..Default::default() }).collect()
}

fn delete(state: &mut State, mut asked: DeleteTopicState) -> DeletableTopicResult {
    let name = match (&asked.name, asked.topic_id.is_zero()) {
        (Some(_), false) | (None, true) => return told(asked, ErrorCode::INVALID_REQUEST),
        (Some(name), true) => name.clone(),
        (None, false) => match state.name_of(asked.topic_id) {
            Some(name) => name.clone(),
            None => return told(asked, ErrorCode::UNKNOWN_TOPIC_ID),
        },
    };
    let Some(deleted) = state.delete_topic(&name) else {
        return told(asked, ErrorCode::UNKNOWN_TOPIC_OR_PARTITION);
    };
    asked.name = Some(deleted.name);
    asked.topic_id = deleted.id;
    told(asked, ErrorCode::NONE)
}

fn told(asked: DeleteTopicState, code: ErrorCode) -> DeletableTopicResult {
    DeletableTopicResult {
        name: asked.name,
        topic_id: asked.topic_id,
        error_code: code.0,
        ..Default::default()
    }
}
