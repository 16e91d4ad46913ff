//! `CreateTopics`, versions 0 to 7.
//!
//! - 1: check only. 4: -1 partitions or replicas means the cluster's default (KIP-464).
//! - 5: the answer has the topic's settings (KIP-525). 7: and its id (KIP-516).

use std::collections::{BTreeMap, BTreeSet};

use kafka_proto::ErrorCode;
use kafka_proto::messages::CreatableTopic;
use kafka_proto::messages::{CreatableTopicConfigs, CreatableTopicResult};
use kafka_proto::messages::{CreateTopicsRequest, CreateTopicsResponse};
use kafka_proto::wire::StrBytes;

use super::settings::{self, SETTINGS};
use super::{Call, Handle, Outcome, check_controller};
use crate::cluster::state::State;

type Refusal = (ErrorCode, &'static str);

impl Handle for CreateTopicsRequest {
    fn handle(self, state: &mut State, call: &Call) -> Outcome<CreateTopicsResponse> {
        if let Err(code) = check_controller(state, call) {
            return Outcome::Answer(self.refuse(call.version, code));
        }
        let mut seen = BTreeSet::new();
        let twice: BTreeSet<StrBytes> =
            self.topics.iter().map(|topic| &topic.name).filter(|name| !seen.insert(*name)).cloned().collect();
        let mut response = CreateTopicsResponse::default();
        let refuse = |name: StrBytes, (code, why): Refusal| CreatableTopicResult {
            error_message: Some(StrBytes::from_static(why)),
            ..told(name, code)
        };
        for topic in self.topics.iter().filter(|topic| !twice.contains(&topic.name)) {
            let created = create(state, topic, call.version, self.validate_only);
            response.topics.push(created.unwrap_or_else(|refusal| refuse(topic.name.clone(), refusal)));
        }
        let named_twice = (ErrorCode::INVALID_REQUEST, "the topic is named twice");
        response.topics.extend(twice.into_iter().map(|name| refuse(name, named_twice)));
        Outcome::Answer(response)
    }

    fn refuse(self, _version: i16, code: ErrorCode) -> CreateTopicsResponse {
        let topics = self.topics.into_iter().map(|topic| told(topic.name, code)).collect();
        CreateTopicsResponse { topics, ..Default::default() }
    }
}

fn create(
    state: &mut State,
    topic: &CreatableTopic,
    version: i16,
    validate_only: bool,
) -> Result<CreatableTopicResult, Refusal> {
    let settings = own_settings(topic)?;
    let assignment = assignment(state, topic, version)?;
    let (partitions, factor) = (assignment.len(), assignment.first().map_or(0, Vec::len));
    let name = topic.name.detach();
    let collides = |other: &&StrBytes| other.as_str() != name.as_str() && metric(other) == metric(&name);
    if state.topics.keys().any(|other| collides(&other)) {
        return Err((
            ErrorCode::INVALID_TOPIC_EXCEPTION,
            "the name differs from a topic's in `.` and `_` only",
        ));
    }
    let mut answer = told(name.clone(), ErrorCode::NONE);
    let created = state.create_assigned_topic(&name, assignment, settings).map_err(|code| match code {
        ErrorCode::TOPIC_ALREADY_EXISTS => (code, "the topic exists"),
        ErrorCode::INVALID_TOPIC_EXCEPTION => {
            (code, "the name is empty, too long, or has illegal characters")
        }
        _ => (code, "the number of partitions is out of range"),
    })?;
    answer.topic_id = created.id;
    answer.num_partitions = partitions as i32;
    answer.replication_factor = factor as i16;
    answer.configs = Some(described(&created.settings));
    if validate_only {
        state.delete_topic(&name);
    }
    Ok(answer)
}

/// The name as it stands in the names of metrics, which have to differ.
fn metric(name: &str) -> String {
    name.replace('.', "_")
}

fn own_settings(topic: &CreatableTopic) -> Result<BTreeMap<String, String>, Refusal> {
    let mut settings = BTreeMap::new();
    for config in &topic.configs {
        let known = SETTINGS.iter().find(|(name, ..)| config.name == *name);
        let Some((_, kind, _)) = known else {
            return Err((ErrorCode::INVALID_CONFIG, "one of the settings is unknown"));
        };
        let Some(value) = &config.value else {
            return Err((ErrorCode::INVALID_CONFIG, "one of the settings is null"));
        };
        if !kind.takes(value) {
            return Err((ErrorCode::INVALID_CONFIG, "one of the settings is not what it may be"));
        }
        settings.insert(config.name.to_string(), value.to_string());
    }
    Ok(settings)
}

/// Which replicas each partition is to have.
fn assignment(state: &State, topic: &CreatableTopic, version: i16) -> Result<Vec<Vec<i32>>, Refusal> {
    if !topic.assignments.is_empty() {
        return by_hand(state, topic);
    }
    let counted = |asked: i32, default: i32| match asked {
        -1 if version >= 4 || !state.conf.release().admin_at_controller() => default,
        asked => asked,
    };
    let partitions = counted(topic.num_partitions, state.conf.default_partitions);
    let factor = counted(i32::from(topic.replication_factor), i32::from(state.default_replication()));
    if partitions < 1 {
        return Err((ErrorCode::INVALID_PARTITIONS, "the number of partitions has to be at least 1"));
    }
    state
        .spread(partitions, i16::try_from(factor).unwrap_or(-1))
        .map_err(|code| (code, "the replication factor has to be between 1 and the number of nodes"))
}

fn by_hand(state: &State, topic: &CreatableTopic) -> Result<Vec<Vec<i32>>, Refusal> {
    if topic.num_partitions != -1 || topic.replication_factor != -1 {
        return Err((ErrorCode::INVALID_REQUEST, "counts and an assignment exclude each other"));
    }
    let mut by_partition = BTreeMap::new();
    for assignment in &topic.assignments {
        let replicas = &assignment.broker_ids;
        let distinct: BTreeSet<&i32> = replicas.iter().collect();
        if replicas.is_empty() || distinct.len() != replicas.len() {
            return Err((
                ErrorCode::INVALID_REPLICA_ASSIGNMENT,
                "replicas have to be named, each of them once",
            ));
        }
        if replicas.iter().any(|id| !state.nodes.contains_key(id)) {
            return Err((ErrorCode::INVALID_REPLICA_ASSIGNMENT, "there is no such node"));
        }
        if by_partition.insert(assignment.partition_index, replicas.clone()).is_some() {
            return Err((ErrorCode::INVALID_REPLICA_ASSIGNMENT, "a partition is assigned twice"));
        }
    }
    let consecutive = by_partition.keys().copied().eq(0..by_partition.len() as i32);
    if !consecutive {
        return Err((ErrorCode::INVALID_REPLICA_ASSIGNMENT, "partitions have to count up from 0"));
    }
    Ok(by_partition.into_values().collect())
}

/// All settings, those that nobody has set too.
fn described(own: &BTreeMap<String, String>) -> Vec<CreatableTopicConfigs> {
    let each = SETTINGS.iter().filter_map(|&(name, ..)| {
        let (value, config_source) = settings::value_of(own, name)?;
        Some(CreatableTopicConfigs {
            name: StrBytes::from_static(name),
            value: Some(StrBytes::from(value)),
            config_source,
            ..Default::default()
        })
    });
    each.collect()
}

fn told(name: StrBytes, code: ErrorCode) -> CreatableTopicResult {
    CreatableTopicResult {
        name,
        error_code: code.0,
        error_message: None,
        num_partitions: -1,
        replication_factor: -1,
        ..Default::default()
    }
}
