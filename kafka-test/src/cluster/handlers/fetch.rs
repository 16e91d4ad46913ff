//! `Fetch`, versions 0 to 18.
//!
//! - 3: a limit for the whole answer; the first batch is whole even if it is larger than the limits.
//! - 4: read committed, with the aborted transactions; 5: the log start offset.
//! - 7: incremental sessions (KIP-227). 9: leader epochs (KIP-320). 10: zstd. 11: racks, and followers answer (KIP-392).
//! - 12: the epoch fetched last, to find where logs diverge. 13: topics have ids instead of names (KIP-516).
//! - 15, 17, 18: for followers. 16: the answer names the new leader when it moved (KIP-951).
//!
//! It answers as soon as `min_bytes` can be read or anything is wrong, at the latest after `max_wait_ms`.

use std::collections::BTreeMap;

use bytes::Bytes;
use kafka_proto::ErrorCode;
use kafka_proto::messages::{
    AbortedTransaction, FetchRequest, FetchResponse, FetchResponseNodeEndpoint, FetchResponsePartitionData,
    FetchableTopicResponse,
};
use kafka_proto::wire::{StrBytes, Uuid};

use super::{Call, Handle, Outcome, Wait};
use crate::cluster::state::State;
use crate::cluster::state::log::Log;
use crate::cluster::state::partition::Partition;
use crate::cluster::state::quotas::{Resource, Usage};
use crate::cluster::state::sessions::{Kind, Told, Wanted};
use crate::cluster::state::topic::Topic;
use crate::cluster::state::waits::Key;

impl Handle for FetchRequest {
    fn handle(self, state: &mut State, call: &Call) -> Outcome<FetchResponse> {
        if !matches!(self.isolation_level, 0 | 1) {
            return Outcome::Answer(self.refuse(call.version, ErrorCode::UNKNOWN_SERVER_ERROR));
        }
        let wanted = self.wanted(state, call.version);
        let forgotten = self.forgotten(call.version);
        let slots = state.conf.fetch_sessions;
        let session = (self.session_id, if call.version >= 7 { self.session_epoch } else { -1 });
        let kind = match state.sessions.begin(call.node, session, &wanted, &forgotten, slots) {
            Ok(kind) => kind,
            Err(code) => {
                return Outcome::Answer(FetchResponse { error_code: code.0, ..Default::default() });
            }
        };
        let wanted = match kind {
            Kind::Incremental(id) => {
                state.sessions.members(id).iter().map(|member| member.wanted.clone()).collect()
            }
            Kind::Sessionless | Kind::Full(_) => wanted,
        };
        let most = i64::try_from(state.conf.fetch_max_bytes).unwrap_or(i64::MAX);
        let fetch = Fetch {
            node: call.node,
            version: call.version,
            kind,
            wanted,
            min_bytes: u64::try_from(self.min_bytes).unwrap_or(0),
            max_bytes: i64::from(self.max_bytes).min(most),
            committed: self.isolation_level == 1,
            rack: self.rack_id.clone(),
            client: call.client.clone(),
        };
        let until = call.now.saturating_add(i64::from(self.max_wait_ms.max(0)));
        if until == call.now || fetch.is_ready(state) {
            return Outcome::Answer(fetch.answer(state));
        }
        Outcome::Wait(Wait {
            keys: fetch.keys(state),
            until,
            again: Box::new(move |state, now| {
                (now >= until || fetch.is_ready(state)).then(|| fetch.answer(state))
            }),
        })
    }

    /// From version 7 on there is one code for the whole answer, and up to version 12 one for each partition.
    fn refuse(self, version: i16, code: ErrorCode) -> FetchResponse {
        if version >= 13 {
            return FetchResponse { error_code: code.0, ..Default::default() };
        }
        let topics = self.topics.into_iter().map(|topic| {
            let partitions = topic.partitions.iter().map(|asked| FetchResponsePartitionData {
                aborted_transactions: Some(Vec::new()),
                ..Read::Failed(code, None).told(asked.partition, version)
            });
            FetchableTopicResponse {
                partitions: partitions.collect(),
                topic: topic.topic,
                topic_id: topic.topic_id,
                ..Default::default()
            }
        });
        FetchResponse { responses: topics.collect(), error_code: code.0, ..Default::default() }
    }
}

trait Asked {
    fn wanted(&self, state: &State, version: i16) -> Vec<Wanted>;
    fn forgotten(&self, version: i16) -> Vec<(StrBytes, Uuid, i32)>;
}

impl Asked for FetchRequest {
    fn wanted(&self, state: &State, version: i16) -> Vec<Wanted> {
        // A partition that is named twice counts once, as it is named last.
        let mut places = BTreeMap::new();
        let mut wanted: Vec<Wanted> = Vec::new();
        for topic in &self.topics {
            // A session remembers the name that the id had when it came in.
            let named = if version >= 13 {
                state.name_of(topic.topic_id).cloned().unwrap_or_default()
            } else {
                topic.topic.detach()
            };
            for asked in &topic.partitions {
                let one = Wanted {
                    topic: named.clone(),
                    topic_id: topic.topic_id,
                    partition: asked.partition,
                    offset: asked.fetch_offset,
                    max_bytes: asked.partition_max_bytes,
                    leader_epoch: asked.current_leader_epoch,
                    last_fetched_epoch: asked.last_fetched_epoch,
                };
                let place = *places
                    .entry((topic.topic.clone(), topic.topic_id, asked.partition))
                    .or_insert(wanted.len());
                match wanted.get_mut(place) {
                    Some(known) => *known = one,
                    None => wanted.push(one),
                }
            }
        }
        wanted
    }

    fn forgotten(&self, version: i16) -> Vec<(StrBytes, Uuid, i32)> {
        let topics = self.forgotten_topics_data.iter().filter(|_| version >= 7);
        let each = topics.flat_map(|topic| {
            topic.partitions.iter().map(|&partition| (topic.topic.clone(), topic.topic_id, partition))
        });
        each.collect()
    }
}

/// A fetch whose session, if any, has been found.
struct Fetch {
    node: i32,
    version: i16,
    kind: Kind,
    wanted: Vec<Wanted>,
    min_bytes: u64,
    max_bytes: i64,
    committed: bool,
    /// Where the reader is; empty if it does not say.
    rack: StrBytes,
    client: StrBytes,
}

impl Fetch {
    fn keys(&self, state: &State) -> Vec<Key> {
        let key = |wanted: &Wanted| {
            let topic = state.topics.get(&wanted.topic)?;
            Some(Key::Partition(topic.id, wanted.partition))
        };
        self.wanted.iter().filter_map(key).collect()
    }

    /// Whether there is enough to answer, or something that must not wait.
    fn is_ready(&self, state: &State) -> bool {
        let mut bytes = 0u64;
        if self.wanted.is_empty() {
            return true;
        }
        for wanted in &self.wanted {
            let Ok((partition, log)) = self.check(state, wanted) else { return true };
            if self.diverged(partition, log, wanted).is_some()
                || self.closer(state, partition, wanted).is_some()
            {
                return true;
            }
            let end = self.end(log);
            let readable = log.readable_bytes(wanted.offset, end);
            bytes += readable.min(u64::try_from(wanted.max_bytes).unwrap_or(0));
            if bytes >= self.min_bytes {
                return true;
            }
        }
        bytes >= self.min_bytes
    }

    fn answer(&self, state: &mut State) -> FetchResponse {
        let mut left = self.max_bytes;
        // Up to version 2 the limits are hard, and a consumer with too small ones never goes on.
        let mut at_least_one = self.version >= 3;
        let mut reads = Vec::with_capacity(self.wanted.len());
        for wanted in &self.wanted {
            let read = self.read(state, wanted, left, at_least_one);
            if let Read::Data { records, .. } = &read
                && !records.is_empty()
            {
                at_least_one = false;
                left -= records.len() as i64;
            }
            left = left.max(0);
            reads.push(read);
        }
        let mut response = FetchResponse::default();
        // Who has read enough gets nothing now, and the session stays as it is.
        let bytes = reads.iter().map(Read::bytes).sum();
        let (node, client) = (self.node, &self.client);
        let usage = Usage { node, client, resource: Resource::FetchedBytes, amount: bytes };
        let wait = state.quotas.charge_or_refuse(usage, state.now);
        if wait > 0 {
            response.throttle_time_ms = wait;
            response.session_id = self.kind.id();
            return response;
        }
        let moved = reads.iter().any(|read| matches!(read, Read::Failed(_, Some(_))));
        if moved && self.version >= 16 {
            response.node_endpoints = endpoints(state);
        }
        let incremental = match self.kind {
            Kind::Sessionless => None,
            Kind::Full(id) | Kind::Incremental(id) => {
                response.session_id = id;
                Some(note(state, id, &reads))
            }
        };
        let only_changed = matches!(self.kind, Kind::Incremental(_));
        let told = self.wanted.iter().zip(reads).enumerate().filter(|(index, _)| {
            !only_changed || incremental.as_ref().is_none_or(|noted| noted[*index].is_some())
        });
        // What is not known comes last.
        let (unknown, known): (Vec<_>, Vec<_>) = told.partition(|(_, (_, read))| read.is_of_unknown());
        for (_, (wanted, read)) in known.into_iter().chain(unknown) {
            add(&mut response.responses, wanted, read.told(wanted.partition, self.version));
        }
        response
    }

    fn read(&self, state: &State, wanted: &Wanted, left: i64, at_least_one: bool) -> Read {
        let (partition, log) = match self.check(state, wanted) {
            Ok(found) => found,
            Err((code, leader)) => return Read::Failed(code, leader),
        };
        let (high_watermark, log_start_offset) = (log.high_watermark(), log.start_offset());
        let last_stable_offset = log.last_stable_offset();
        if let Some((epoch, end_offset)) = self.diverged(partition, log, wanted) {
            return Read::Diverged {
                epoch,
                end_offset,
                high_watermark,
                last_stable_offset,
                log_start_offset,
            };
        }
        if let Some(node) = self.closer(state, partition, wanted) {
            return Read::Elsewhere { node, high_watermark, last_stable_offset, log_start_offset };
        }
        let end = self.end(log);
        let Ok(limit) = usize::try_from(left.min(i64::from(wanted.max_bytes))) else {
            return Read::Failed(ErrorCode::UNKNOWN_SERVER_ERROR, None);
        };
        let mut records = log.read(wanted.offset, end, limit, at_least_one);
        // From version 3 on a piece of a first batch is of no use and is left out.
        if self.version >= 3 && log.first_batch_len(wanted.offset) > records.len() {
            records = Bytes::new();
        }
        if self.version < 10 && log.has_zstd(wanted.offset, end) {
            return Read::Failed(ErrorCode::UNSUPPORTED_COMPRESSION_TYPE, None);
        }
        let aborted = self.committed.then(|| {
            let read_end = log.read_end(wanted.offset, end, records.len());
            let aborted = log.aborted_between(wanted.offset, read_end).into_iter();
            aborted.map(|aborted| (aborted.producer_id, aborted.first_offset)).collect()
        });
        Read::Data { records, high_watermark, last_stable_offset, log_start_offset, aborted }
    }

    /// The partition, and this node's log of it.
    fn check<'a>(&self, state: &'a State, wanted: &Wanted) -> Result<(&'a Partition, &'a Log), Failure> {
        let unknown = if self.version >= 13 {
            (ErrorCode::UNKNOWN_TOPIC_ID, None)
        } else {
            (ErrorCode::UNKNOWN_TOPIC_OR_PARTITION, None)
        };
        let topic: &Topic = state.topics.get(&wanted.topic).ok_or(unknown)?;
        let partition =
            topic.partition(wanted.partition).ok_or((ErrorCode::UNKNOWN_TOPIC_OR_PARTITION, None))?;
        if self.version >= 13 && topic.id != wanted.topic_id {
            return Err((ErrorCode::INCONSISTENT_TOPIC_ID, None));
        }
        let copy = partition.copy(self.node);
        if copy.is_some() && state.nodes.get(&self.node).is_some_and(|node| node.faults.disk_failed) {
            return Err((ErrorCode::KAFKA_STORAGE_ERROR, None));
        }
        // Whoever may say where it is may be answered by a follower.
        let claimed = wanted.leader_epoch.max(-1);
        let may_answer = match copy {
            Some(_) if self.version >= 11 => partition.check_epoch(claimed),
            _ => partition.check_leader(self.node, claimed),
        };
        let not_here = |code| {
            let leader = (partition.leader.unwrap_or(-1), partition.leader_epoch);
            let helps = code != ErrorCode::UNKNOWN_LEADER_EPOCH;
            (code, helps.then_some(leader))
        };
        may_answer.map_err(not_here)?;
        let log = &copy.ok_or_else(|| not_here(ErrorCode::NOT_LEADER_OR_FOLLOWER))?.log;
        let no_such_epoch = self.version >= 12
            && wanted.last_fetched_epoch >= 0
            && log.epoch_end(wanted.last_fetched_epoch, partition.leader_epoch).is_none();
        let outside = wanted.offset < log.start_offset() || wanted.offset > log.end_offset();
        if no_such_epoch || outside && self.diverged(partition, log, wanted).is_none() {
            return Err((ErrorCode::OFFSET_OUT_OF_RANGE, None));
        }
        Ok((partition, log))
    }

    /// Where this log and the one that the client read from went apart, if they did.
    fn diverged(&self, partition: &Partition, log: &Log, wanted: &Wanted) -> Option<(i32, i64)> {
        if self.version < 12 || wanted.last_fetched_epoch < 0 {
            return None;
        }
        let (epoch, end) = log.epoch_end(wanted.last_fetched_epoch, partition.leader_epoch)?;
        (epoch < wanted.last_fetched_epoch || end < wanted.offset).then_some((epoch, end))
    }

    fn end(&self, log: &Log) -> i64 {
        if self.committed { log.last_stable_offset() } else { log.high_watermark() }
    }

    /// The replica that the reader does better to ask.
    fn closer(&self, state: &State, partition: &Partition, wanted: &Wanted) -> Option<i32> {
        let selects = state.conf.follower_reads && self.version >= 11 && !self.rack.is_empty();
        if !selects || partition.leader != Some(self.node) {
            return None;
        }
        partition.closer(&self.rack, wanted.offset, &state.nodes)
    }
}

/// Tells the session what this answer says; the partitions that are not in it are `None`.
fn note(state: &mut State, id: i32, reads: &[Read]) -> Vec<Option<(Told, bool)>> {
    let members = state.sessions.members(id).iter().map(|member| member.told);
    let known: Vec<Told> = members.chain(std::iter::repeat(Told::NOTHING)).take(reads.len()).collect();
    let noted = reads.iter().zip(known).map(|(read, known)| match read {
        // It has to be said again, until it is mended.
        Read::Failed(..) | Read::Diverged { .. } | Read::Elsewhere { .. } => Some((Told::NOTHING, false)),
        Read::Data { records, high_watermark, log_start_offset, .. } => {
            let told = Told { high_watermark: *high_watermark, log_start_offset: *log_start_offset };
            (told != known || !records.is_empty()).then_some((told, !records.is_empty()))
        }
    });
    let noted: Vec<_> = noted.collect();
    state.sessions.answered(id, &noted);
    noted
}

/// A code, and who leads instead if that is what is wrong.
type Failure = (ErrorCode, Option<(i32, i32)>);

/// What a partition gives.
enum Read {
    Data {
        records: Bytes,
        high_watermark: i64,
        last_stable_offset: i64,
        log_start_offset: i64,
        aborted: Option<Vec<(i64, i64)>>,
    },
    Diverged {
        epoch: i32,
        end_offset: i64,
        high_watermark: i64,
        last_stable_offset: i64,
        log_start_offset: i64,
    },
    /// Another replica is closer to the reader.
    Elsewhere {
        node: i32,
        high_watermark: i64,
        last_stable_offset: i64,
        log_start_offset: i64,
    },
    Failed(ErrorCode, Option<(i32, i32)>),
}

impl Read {
    fn bytes(&self) -> usize {
        if let Self::Data { records, .. } = self { records.len() } else { 0 }
    }

    /// Whether there is no such topic or partition.
    fn is_of_unknown(&self) -> bool {
        matches!(self, Self::Failed(ErrorCode::UNKNOWN_TOPIC_OR_PARTITION | ErrorCode::UNKNOWN_TOPIC_ID, _))
    }

    fn told(self, partition: i32, version: i16) -> FetchResponsePartitionData {
        let mut told = FetchResponsePartitionData {
            partition_index: partition,
            high_watermark: -1,
            records: Some(Bytes::new()),
            aborted_transactions: None,
            ..Default::default()
        };
        if version < 4 {
            told.aborted_transactions = Some(Vec::new());
        }
        match self {
            Self::Failed(code, leader) => {
                told.error_code = code.0;
                // Found before any log was looked at, so not by the code that leaves the list out.
                if matches!(code, ErrorCode::UNKNOWN_TOPIC_OR_PARTITION | ErrorCode::UNKNOWN_TOPIC_ID) {
                    told.aborted_transactions = Some(Vec::new());
                }
                if let Some((leader_id, leader_epoch)) = leader
                    && version >= 16
                {
                    told.current_leader.leader_id = leader_id;
                    told.current_leader.leader_epoch = leader_epoch;
                }
            }
            Self::Diverged { epoch, end_offset, high_watermark, last_stable_offset, log_start_offset } => {
                told.diverging_epoch.epoch = epoch;
                told.diverging_epoch.end_offset = end_offset;
                told.high_watermark = high_watermark;
                told.last_stable_offset = last_stable_offset;
                told.log_start_offset = log_start_offset;
            }
            Self::Elsewhere { node, high_watermark, last_stable_offset, log_start_offset } => {
                told.preferred_read_replica = node;
                told.high_watermark = high_watermark;
                told.last_stable_offset = last_stable_offset;
                told.log_start_offset = log_start_offset;
            }
            Self::Data { records, high_watermark, last_stable_offset, log_start_offset, aborted } => {
                told.records = Some(records);
                told.high_watermark = high_watermark;
                told.last_stable_offset = last_stable_offset;
                told.log_start_offset = log_start_offset;
                if version >= 4 {
                    told.aborted_transactions =
                        aborted.map(|aborted| aborted.into_iter().map(transaction).collect());
                }
            }
        }
        told
    }
}

fn transaction((producer_id, first_offset): (i64, i64)) -> AbortedTransaction {
    AbortedTransaction { producer_id, first_offset, ..Default::default() }
}

/// Adds a partition to its topic, which is the last one in the answer or a new one.
fn add(topics: &mut Vec<FetchableTopicResponse>, wanted: &Wanted, told: FetchResponsePartitionData) {
    let same = |topic: &&mut FetchableTopicResponse| {
        topic.topic_id == wanted.topic_id && topic.topic == wanted.topic
    };
    if let Some(topic) = topics.last_mut().filter(|topic| same(topic)) {
        topic.partitions.push(told);
        return;
    }
    topics.push(FetchableTopicResponse {
        topic: wanted.topic.clone(),
        topic_id: wanted.topic_id,
        partitions: vec![told],
        ..Default::default()
    });
}

fn endpoints(state: &State) -> Vec<FetchResponseNodeEndpoint> {
    let endpoint = |(&id, node): (&i32, &crate::cluster::state::Node)| FetchResponseNodeEndpoint {
        node_id: id,
        host: node.host.clone(),
        port: i32::from(node.port),
        rack: node.rack.clone(),
        ..Default::default()
    };
    state.nodes.iter().filter(|(_, node)| !node.fenced).map(endpoint).collect()
}
