//! `Produce`, versions 0 to 13.
//!
//! - 3: batches of format 2 and a transactional id; one batch for each partition.
//! - 5: the log start offset is answered.
//! - 7: zstd is allowed.
//! - 8: the answer says which records of a batch were refused, and why.
//! - 10: the answer names the new leader when it moved (KIP-951).
//! - 13: topics have ids instead of names (KIP-516).
//!
//! Acks none has no answer; if something is refused, the node closes the connection, so that the client notices.

use bytes::Bytes;
use kafka_proto::ErrorCode;
use kafka_proto::messages::{
    BatchIndexAndErrorMessage, PartitionProduceResponse, ProduceResponseLeaderIdAndEpoch,
    ProduceResponseNodeEndpoint, TopicProduceResponse,
};
use kafka_proto::messages::{ProduceRequest, ProduceResponse};
use kafka_proto::wire::StrBytes;

use super::{Call, Handle, Outcome};
use crate::cluster::state::State;
use crate::cluster::state::batch::{self, Refusal, Rules};
use crate::cluster::state::producers::Verdict;
use crate::cluster::state::topic::Topic;

impl Handle for ProduceRequest {
    fn handle(self, state: &mut State, call: &Call) -> Outcome<ProduceResponse> {
        let acks = self.acks;
        let mut response = ProduceResponse::default();
        let transactional = self.transactional_id.is_some();
        let mut moved = false;
        let mut failed = false;
        for topic in self.topic_data.into_iter().filter(|topic| !topic.partition_data.is_empty()) {
            let name = if call.version >= 13 {
                state.name_of(topic.topic_id).cloned()
            } else {
                Some(topic.name.clone())
            };
            let mut answer =
                TopicProduceResponse { name: topic.name, topic_id: topic.topic_id, ..Default::default() };
            for partition in topic.partition_data {
                let mut told = match &name {
                    _ if !(-1..=1).contains(&acks) => refused(ErrorCode::INVALID_REQUIRED_ACKS),
                    None => refused(ErrorCode::UNKNOWN_TOPIC_ID),
                    Some(name) => {
                        let records = partition.records.unwrap_or_default();
                        append(state, call, acks, name, partition.index, &records, transactional)
                    }
                };
                told.index = partition.index;
                moved |= told.current_leader != ProduceResponseLeaderIdAndEpoch::default();
                failed |= told.error_code != 0;
                answer.partition_responses.push(told);
            }
            response.responses.push(answer);
        }
        if acks == 0 {
            return if failed { Outcome::Close } else { Outcome::Silent };
        }
        if moved && call.version >= 10 {
            response.node_endpoints = endpoints(state);
        }
        Outcome::Answer(response)
    }

    fn refuse(self, _version: i16, code: ErrorCode) -> ProduceResponse {
        let mut response = ProduceResponse::default();
        for topic in self.topic_data {
            let refused = |index| PartitionProduceResponse { index, ..refused(code) };
            response.responses.push(TopicProduceResponse {
                name: topic.name,
                topic_id: topic.topic_id,
                partition_responses: topic.partition_data.iter().map(|data| refused(data.index)).collect(),
                ..Default::default()
            });
        }
        response
    }
}

/// Appends one batch if everything about it is right.
fn append(
    state: &mut State,
    call: &Call,
    acks: i16,
    name: &StrBytes,
    index: i32,
    records: &Bytes,
    transactional: bool,
) -> PartitionProduceResponse {
    let refuses_unknown_producers = state.conf.release().refuses_unknown_producers();
    let (max_bytes, min_in_sync) = (state.conf.max_message_bytes, state.conf.min_insync_replicas);
    let Some(topic) = state.topics.get_mut(name) else {
        return refused(ErrorCode::UNKNOWN_TOPIC_OR_PARTITION);
    };
    let settings = Settings::of(topic, max_bytes, min_in_sync, call.now);
    let id = topic.id;
    let Some(partition) = topic.partition_mut(index) else {
        return refused(ErrorCode::UNKNOWN_TOPIC_OR_PARTITION);
    };
    let batch = match batch::produced(records, call.version) {
        Ok(batch) => batch,
        Err(refusal) => return refusal.into(),
    };
    if batch.is_transactional() && !transactional {
        return refused(ErrorCode::TRANSACTIONAL_ID_AUTHORIZATION_FAILED);
    }
    if partition.leader != Some(call.node) {
        let mut told = refused(ErrorCode::NOT_LEADER_OR_FOLLOWER);
        if call.version >= 10 {
            told.current_leader.leader_id = partition.leader.unwrap_or(-1);
            told.current_leader.leader_epoch = partition.leader_epoch;
        }
        return told;
    }
    // More than there are replicas nobody has to wait for.
    if acks == -1 && partition.in_sync.len() < settings.min_in_sync.min(partition.replicas.len()) {
        return refused(ErrorCode::NOT_ENOUGH_REPLICAS);
    }
    let log_start_offset = partition.log.start_offset();
    if let Err(refusal) = batch::check(&batch, settings.rules) {
        let code = refusal.code;
        let mut told = PartitionProduceResponse::from(refusal);
        // Only what is too large or damaged is found before the log is looked at.
        if !matches!(code, ErrorCode::MESSAGE_TOO_LARGE | ErrorCode::CORRUPT_MESSAGE) {
            told.log_start_offset = log_start_offset;
        }
        return told;
    }
    let mut told = PartitionProduceResponse::default();
    match partition.producers.judge(&batch, refuses_unknown_producers) {
        Verdict::Refuse(code) => {
            return PartitionProduceResponse { log_start_offset, ..refused(code) };
        }
        Verdict::Duplicate { base_offset, timestamp } => {
            told.base_offset = base_offset;
            told.log_append_time_ms = timestamp;
        }
        Verdict::Append => {
            let append_time = settings.log_append_time.then_some(call.now);
            told.base_offset = partition.append(&batch, append_time);
            told.log_append_time_ms = append_time.unwrap_or(-1);
        }
    }
    told.log_start_offset = partition.log.start_offset();
    state.changed(id, index);
    told
}

/// The settings of a topic that a write has to heed.
struct Settings {
    rules: Rules,
    min_in_sync: usize,
    log_append_time: bool,
}

impl Settings {
    fn of(topic: &Topic, max_bytes: usize, min_in_sync: i32, now: i64) -> Self {
        let says = |name: &str, value: &str| topic.settings.get(name).is_some_and(|set| set.contains(value));
        let min_in_sync = topic.setting("min.insync.replicas").unwrap_or(min_in_sync);
        let max_bytes = topic.setting("max.message.bytes").unwrap_or(max_bytes);
        let log_append_time = says("message.timestamp.type", "LogAppendTime");
        // The limits that stand when a topic sets none are not kept: the cluster's clock may not be its clients'.
        let limit = |name| topic.setting::<i64>(name).filter(|_| !log_append_time);
        let rules = Rules {
            max_bytes,
            compacted: says("cleanup.policy", "compact"),
            oldest: limit("message.timestamp.before.max.ms").map_or(i64::MIN, |by| now.saturating_sub(by)),
            newest: limit("message.timestamp.after.max.ms").map_or(i64::MAX, |by| now.saturating_add(by)),
        };
        Self { rules, min_in_sync: usize::try_from(min_in_sync).unwrap_or(0), log_append_time }
    }
}

fn refused(code: ErrorCode) -> PartitionProduceResponse {
    PartitionProduceResponse {
        error_code: code.0,
        base_offset: -1,
        log_append_time_ms: -1,
        log_start_offset: -1,
        ..Default::default()
    }
}

impl From<Refusal> for PartitionProduceResponse {
    fn from(refusal: Refusal) -> Self {
        let Refusal { code, why, records } = refusal;
        tracing::debug!(%code, why, ?records, "a batch is refused");
        let record = |batch_index| BatchIndexAndErrorMessage {
            batch_index,
            batch_index_error_message: Some(StrBytes::from_static(why)),
            ..Default::default()
        };
        Self {
            error_message: (!records.is_empty()).then(|| StrBytes::from_static(why)),
            record_errors: records.into_iter().map(record).collect(),
            ..refused(code)
        }
    }
}

fn endpoints(state: &State) -> Vec<ProduceResponseNodeEndpoint> {
    let alive = state.nodes.iter().filter(|(_, node)| node.alive);
    let endpoint = |(&id, node): (&i32, &crate::cluster::state::Node)| ProduceResponseNodeEndpoint {
        node_id: id,
        host: node.host.clone(),
        port: i32::from(node.port),
        rack: node.rack.clone(),
        ..Default::default()
    };
    alive.map(endpoint).collect()
}
