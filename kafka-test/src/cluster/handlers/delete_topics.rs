//! `DeleteTopics`, versions 0 to 6.
//!
//! - 5: error messages.
//! - 6: topics can be named by id (KIP-516).

use std::collections::BTreeSet;

use kafka_proto::ErrorCode;
use kafka_proto::messages::DeletableTopicResult;
use kafka_proto::messages::DeleteTopicState;
use kafka_proto::messages::{DeleteTopicsRequest, DeleteTopicsResponse};

use kafka_proto::wire::StrBytes;

use super::{Call, Handle, Outcome, check_controller};
use crate::cluster::state::State;

impl Handle for DeleteTopicsRequest {
    fn handle(self, state: &mut State, call: &Call) -> Outcome<DeleteTopicsResponse> {
        if let Err(code) = check_controller(state, call) {
            return Outcome::Answer(self.refuse(call.version, code));
        }
        let responses = delete_each(state, asked(self, call.version));
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

/// What is named twice stays, and is refused once.
fn delete_each(state: &mut State, asked: Vec<DeleteTopicState>) -> Vec<DeletableTopicResult> {
    let name_of = |state: &State, asked: &DeleteTopicState| match &asked.name {
        Some(name) => Some(name.clone()),
        None => state.name_of(asked.topic_id).cloned(),
    };
    let mut seen = BTreeSet::new();
    let mut twice = BTreeSet::new();
    for name in asked.iter().filter_map(|asked| name_of(state, asked)) {
        if !seen.insert(name.clone()) {
            twice.insert(name);
        }
    }
    let named: BTreeSet<StrBytes> = asked.iter().filter_map(|asked| asked.name.clone()).collect();
    let mut responses = Vec::new();
    let mut refused = BTreeSet::new();
    for asked in asked {
        match name_of(state, &asked) {
            Some(name) if twice.contains(&name) => {
                if refused.insert(name.clone()) {
                    let asked = DeleteTopicState { name: named.contains(&name).then_some(name), ..asked };
                    responses.push(told(asked, ErrorCode::INVALID_REQUEST));
                }
            }
            _ => responses.push(delete(state, asked)),
        }
    }
    responses
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
        error_message: why(code).map(StrBytes::from_static),
        ..Default::default()
    }
}

fn why(code: ErrorCode) -> Option<&'static str> {
    Some(match code {
        ErrorCode::NONE => return None,
        ErrorCode::INVALID_REQUEST => "a topic has to be named once, by its name or by its id",
        ErrorCode::UNKNOWN_TOPIC_ID => "there is no topic of this id",
        ErrorCode::UNKNOWN_TOPIC_OR_PARTITION => "there is no topic of this name",
        _ => "the topic is not deleted",
    })
}
