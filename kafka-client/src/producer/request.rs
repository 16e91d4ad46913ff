//! Batches as one Produce request, and its answer as one answer each.

use std::sync::Arc;

use kafka_proto::messages::{
    PartitionProduceData, PartitionProduceResponse, ProduceRequest, ProduceResponse, TopicProduceData,
};
use kafka_proto::wire::{StrBytes, Uuid};

use super::batch::Batch;
use super::topics::Slot;
use crate::config::ProducerConf;
use crate::metadata::Snapshot;

/// The last version that names topics; later ones have their ids.
pub(super) const LAST_WITH_NAMES: i16 = 12;

/// The first version in which brokers take zstd (KIP-110).
pub(super) const FIRST_WITH_ZSTD: i16 = 7;

/// What a partition takes in a request beside its batch: its number, a length, tags, and a share of its topic's
/// name.
pub(super) const PART_OVERHEAD: usize = 64;

/// A batch on its way.
#[derive(Debug)]
pub(super) struct Part {
    pub(super) slot: Arc<Slot>,
    pub(super) batch: Batch,
    topic_id: Uuid,
}

impl Part {
    pub(super) fn new(slot: Arc<Slot>, batch: Batch) -> Self {
        Self { slot, batch, topic_id: Uuid::ZERO }
    }
}

/// The request of sealed `parts`, and the newest version that it may be said in. Sorts the parts by topic.
pub(super) fn build(parts: &mut [Part], conf: &ProducerConf, snapshot: &Snapshot) -> (ProduceRequest, i16) {
    parts.sort_by(|a, b| a.slot.topic.cmp(&b.slot.topic));
    let mut newest = i16::MAX;
    let mut topics = Vec::new();
    for of_topic in parts.chunk_by_mut(|a, b| a.slot.topic == b.slot.topic) {
        let Some(name) = of_topic.first().map(|part| part.slot.topic.clone()) else { continue };
        let topic_id = snapshot.topic(&name).and_then(|topic| topic.id);
        if topic_id.is_none() {
            newest = LAST_WITH_NAMES;
        }
        let topic_id = topic_id.unwrap_or(Uuid::ZERO);
        let partition_data = of_topic.iter_mut().map(|part| {
            part.topic_id = topic_id;
            PartitionProduceData {
                index: part.slot.partition,
                records: part.batch.sealed().cloned(),
                ..PartitionProduceData::default()
            }
        });
        topics.push(TopicProduceData {
            partition_data: partition_data.collect(),
            name: StrBytes::from(&*name),
            topic_id,
            ..TopicProduceData::default()
        });
    }
    let request = ProduceRequest {
        transactional_id: None,
        acks: conf.required_acks.wire(),
        timeout_ms: i32::try_from(conf.request_timeout.as_millis()).unwrap_or(i32::MAX),
        topic_data: topics,
        ..ProduceRequest::default()
    };
    (request, newest)
}

/// Each part with its answer; `None` where the broker gave none.
pub(super) fn pair(
    parts: Vec<Part>,
    response: &mut ProduceResponse,
) -> impl Iterator<Item = (Part, Option<PartitionProduceResponse>)> {
    let topics = std::mem::take(&mut response.responses).into_iter();
    let mut answers: Vec<_> = topics
        .flat_map(|topic| {
            let (name, id) = (topic.name, topic.topic_id);
            topic.partition_responses.into_iter().map(move |answer| Some((name.clone(), id, answer)))
        })
        .collect();
    parts.into_iter().enumerate().map(move |(nth, part)| {
        let is_its = |answer: &Option<(StrBytes, Uuid, PartitionProduceResponse)>| {
            answer.as_ref().is_some_and(|(name, id, answer)| {
                let topic = if name.is_empty() { *id == part.topic_id } else { **name == *part.slot.topic };
                topic && answer.index == part.slot.partition
            })
        };
        // Brokers answer in the order of the request, or in any other.
        let at =
            if answers.get(nth).is_some_and(is_its) { Some(nth) } else { answers.iter().position(is_its) };
        let answer = at.and_then(|at| answers[at].take()).map(|(_, _, answer)| answer);
        (part, answer)
    })
}
