//! `CreatePartitions`, versions 0 to 3. They differ in their encoding only.

use std::collections::BTreeSet;

use kafka_proto::ErrorCode;
use kafka_proto::messages::{
    CreatePartitionsRequest, CreatePartitionsResponse, CreatePartitionsTopic, CreatePartitionsTopicResult,
};
use kafka_proto::wire::StrBytes;

use super::{Call, Handle, Outcome, check_controller};
use crate::cluster::state::State;

type Refusal = (ErrorCode, &'static str);

impl Handle for CreatePartitionsRequest {
    fn handle(self, state: &mut State, call: &Call) -> Outcome<CreatePartitionsResponse> {
        if let Err(code) = check_controller(state, call) {
            return Outcome::Answer(self.refuse(call.version, code));
        }
        let mut seen = BTreeSet::new();
        let twice: BTreeSet<StrBytes> =
            self.topics.iter().map(|topic| &topic.name).filter(|name| !seen.insert(*name)).cloned().collect();
        let mut results: Vec<_> = twice
            .iter()
            .map(|name| told(name.clone(), Err((ErrorCode::INVALID_REQUEST, "the topic is named twice"))))
            .collect();
        for topic in self.topics {
            if !twice.contains(&topic.name) {
                let grown = grow(state, &topic, self.validate_only);
                results.push(told(topic.name, grown));
            }
        }
        Outcome::Answer(CreatePartitionsResponse { results, ..Default::default() })
    }

    fn refuse(self, _version: i16, code: ErrorCode) -> CreatePartitionsResponse {
        let refused = |topic: CreatePartitionsTopic| CreatePartitionsTopicResult {
            error_message: None,
            ..told(topic.name, Err((code, "")))
        };
        let results = self.topics.into_iter().map(refused).collect();
        CreatePartitionsResponse { results, ..Default::default() }
    }
}

fn grow(state: &mut State, asked: &CreatePartitionsTopic, validate_only: bool) -> Result<(), Refusal> {
    let topic = state.topics.get(&asked.name);
    let topic = topic.ok_or((ErrorCode::UNKNOWN_TOPIC_OR_PARTITION, ""))?;
    let now = topic.partitions.len();
    let factor = topic.partitions.first().map_or(1, |partition| partition.replicas.len());
    let wanted = usize::try_from(asked.count).unwrap_or(0);
    if wanted <= now {
        let why = "a topic can only get more partitions than it has";
        return Err((ErrorCode::INVALID_PARTITIONS, why));
    }
    let more = wanted - now;
    let assignment = match &asked.assignments {
        None => {
            // As if all of them were new, so that the new ones stand where they would have stood.
            let spread = state.spread(asked.count, factor as i16);
            let why = "there are not enough nodes for as many replicas, or too many partitions";
            spread.map_err(|code| (code, why))?.split_off(now)
        }
        Some(assignments) => {
            let assignment: Vec<_> = assignments.iter().map(|one| one.broker_ids.clone()).collect();
            let known = |replicas: &Vec<i32>| {
                let distinct: BTreeSet<_> = replicas.iter().collect();
                replicas.len() == factor
                    && distinct.len() == factor
                    && replicas.iter().all(|id| state.nodes.contains_key(id))
            };
            if assignment.len() != more || !assignment.iter().all(known) {
                let why = "each new partition needs as many different nodes as the others have";
                return Err((ErrorCode::INVALID_REPLICA_ASSIGNMENT, why));
            }
            assignment
        }
    };
    if !validate_only {
        state.add_partitions(&asked.name, assignment);
    }
    Ok(())
}

fn told(name: StrBytes, grown: Result<(), Refusal>) -> CreatePartitionsTopicResult {
    let (code, why) = match grown {
        Ok(()) => (ErrorCode::NONE, None),
        Err((code, why)) => (code, Some(StrBytes::from_static(why)).filter(|why| !why.is_empty())),
    };
    CreatePartitionsTopicResult { name, error_code: code.0, error_message: why, ..Default::default() }
}
