//! `Produce`, versions 0 to 13.
//!
//! - 3: batches of format 2 and a transactional id; one batch for each partition.
//! - 5: the log start offset is answered.
//! - 7: zstd is allowed.
//! - 8: the answer says which records of a batch were refused, and why.
//! - 10: the answer names the new leader when it moved (KIP-951).
//! - 13: topics have ids instead of names (KIP-516).
//!
//! Acks all waits until all replicas in sync have the records, at most for as long as the request says. Acks none has
//! no answer; if something is refused, the node closes the connection, so that the client notices.

use bytes::Bytes;
use kafka_proto::ErrorCode;
use kafka_proto::messages::{
    BatchIndexAndErrorMessage, PartitionProduceResponse, ProduceResponseLeaderIdAndEpoch,
    ProduceResponseNodeEndpoint, TopicProduceResponse,
};
use kafka_proto::messages::{ProduceRequest, ProduceResponse};
use kafka_proto::wire::{StrBytes, Uuid};

use super::{Call, Handle, Outcome, Wait};
use crate::cluster::conf::ClusterConf;
use crate::cluster::state::State;
use crate::cluster::state::batch::{self, Refusal, Rules};
use crate::cluster::state::producers::Verdict;
use crate::cluster::state::quotas::Resource;
use crate::cluster::state::topic::Topic;
use crate::cluster::state::waits::Key;

impl Handle for ProduceRequest {
    fn handle(self, state: &mut State, call: &Call) -> Outcome<ProduceResponse> {
        let acks = self.acks;
        let mut response = ProduceResponse::default();
        let data = self.topic_data.iter().flat_map(|topic| &topic.partition_data);
        let bytes = data.filter_map(|data| data.records.as_ref()).map(Bytes::len).sum();
        let quotas = &mut state.quotas;
        response.throttle_time_ms = quotas.charge(call.uses(Resource::ProducedBytes, bytes), call.now);
        let transactional = self.transactional_id.is_some();
        let mut waits = Vec::new();
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
                        let index = partition.index;
                        let told = append(state, call, acks, name, index, &records, transactional);
                        if acks == -1 && told.error_code == 0 {
                            let place = (response.responses.len(), answer.partition_responses.len());
                            waits.extend(Replicating::of(state, call.node, name, index, &told, place));
                        }
                        told
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
        let until = call.now.saturating_add(i64::from(self.timeout_ms.max(0)));
        waits.retain_mut(|wait| !wait.is_over(state, &mut response));
        if waits.is_empty() {
            return Outcome::Answer(response);
        }
        Outcome::Wait(Wait {
            keys: waits.iter().map(Replicating::key).collect(),
            until,
            again: Box::new(move |state, now| {
                waits.retain_mut(|wait| !wait.is_over(state, &mut response));
                if now >= until {
                    for wait in waits.drain(..) {
                        wait.tell(&mut response, ErrorCode::REQUEST_TIMED_OUT);
                    }
                }
                waits.is_empty().then(|| std::mem::take(&mut response))
            }),
        })
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

/// A batch that is written and waits for its replicas.
struct Replicating {
    topic: StrBytes,
    id: Uuid,
    index: i32,
    node: i32,
    epoch: i32,
    /// The offset after its last record.
    end: i64,
    min_in_sync: usize,
    /// Where in the response its partition is.
    place: (usize, usize),
}

impl Replicating {
    /// The wait for what was just written, and so is at the end of the log unless it is a duplicate.
    fn of(
        state: &State,
        node: i32,
        name: &StrBytes,
        index: i32,
        told: &PartitionProduceResponse,
        place: (usize, usize),
    ) -> Option<Self> {
        let topic = state.topics.get(name)?;
        let partition = topic.partition(index)?;
        let end = partition.log().batch_end(told.base_offset);
        let epoch = partition.leader_epoch;
        let min_in_sync = Settings::of(topic, &state.conf, 0).min_in_sync;
        Some(Self { topic: name.clone(), id: topic.id, index, node, epoch, end, min_in_sync, place })
    }

    fn key(&self) -> Key {
        Key::Partition(self.id, self.index)
    }

    /// Whether the wait is over; then the response says how it ended.
    fn is_over(&self, state: &State, response: &mut ProduceResponse) -> bool {
        let partition = state.partition(&self.topic, self.index);
        let Some(partition) = partition
            .filter(|partition| partition.leader == Some(self.node) && partition.leader_epoch == self.epoch)
        else {
            self.tell(response, ErrorCode::NOT_LEADER_OR_FOLLOWER);
            return true;
        };
        if partition.log().high_watermark() < self.end {
            return false;
        }
        if partition.in_sync.len() < self.min_in_sync.min(partition.replicas.len()) {
            self.tell(response, ErrorCode::NOT_ENOUGH_REPLICAS_AFTER_APPEND);
        }
        true
    }

    fn tell(&self, response: &mut ProduceResponse, code: ErrorCode) {
        let (topic, partition) = self.place;
        let topic = response.responses.get_mut(topic);
        if let Some(told) = topic.and_then(|topic| topic.partition_responses.get_mut(partition)) {
            *told = PartitionProduceResponse { index: self.index, ..refused(code) };
        }
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
    let expired = call.now.saturating_sub_unsigned(state.conf.producer_id_expiration.as_millis() as u64);
    let (disk_failed, skew) = state
        .nodes
        .get(&call.node)
        .map_or((false, 0), |node| (node.faults.disk_failed, node.faults.clock_skew));
    let clock = call.now.saturating_add(skew);
    let Some(topic) = state.topics.get_mut(name) else {
        return refused(ErrorCode::UNKNOWN_TOPIC_OR_PARTITION);
    };
    let settings = Settings::of(topic, &state.conf, clock);
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
    if disk_failed && partition.copy(call.node).is_some() {
        return refused(ErrorCode::KAFKA_STORAGE_ERROR);
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
    let log_start_offset = partition.log().start_offset();
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
    partition.main_mut().producers.expire_if_idle(batch.producer_id(), expired);
    match partition.producers().judge(&batch, refuses_unknown_producers) {
        Verdict::Refuse(code) => {
            return PartitionProduceResponse { log_start_offset, ..refused(code) };
        }
        Verdict::Duplicate { base_offset, timestamp } => {
            told.base_offset = base_offset;
            told.log_append_time_ms = timestamp;
        }
        Verdict::Append => {
            let append_time = settings.log_append_time.then_some(clock);
            told.base_offset = partition.append(&batch, append_time, call.now);
            told.log_append_time_ms = append_time.unwrap_or(-1);
        }
    }
    told.log_start_offset = partition.log().start_offset();
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
    fn of(topic: &Topic, conf: &ClusterConf, now: i64) -> Self {
        let says = |name: &str, value: &str| topic.settings.get(name).is_some_and(|set| set.contains(value));
        let min_in_sync = topic.setting("min.insync.replicas").unwrap_or(conf.min_insync_replicas);
        let max_bytes = topic.setting("max.message.bytes").unwrap_or(conf.max_message_bytes);
        let log_append_time = match topic.settings.get("message.timestamp.type") {
            Some(set) => set == "LogAppendTime",
            None => conf.log_append_time,
        };
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
    let alive = state.nodes.iter().filter(|(_, node)| !node.fenced);
    let endpoint = |(&id, node): (&i32, &crate::cluster::state::Node)| ProduceResponseNodeEndpoint {
        node_id: id,
        host: node.host.clone(),
        port: i32::from(node.port),
        rack: node.rack.clone(),
        ..Default::default()
    };
    alive.map(endpoint).collect()
}
