//! Batches as one Produce request, and its answer as one answer each.

use std::sync::Arc;

use kafka_proto::messages::{
    PartitionProduceData, PartitionProduceResponse, ProduceRequest, ProduceResponse, TopicProduceData,
    TopicProduceResponse,
};
use kafka_proto::wire::Uuid;

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

/// Makes `request` the one of sealed `parts`, in the memory of the one before; returns the newest version that it may
/// be said in. Sorts the parts by topic.
pub(super) fn build(
    request: &mut ProduceRequest,
    parts: &mut [Part],
    conf: &ProducerConf,
    snapshot: &Snapshot,
) -> i16 {
    parts.sort_by(|a, b| a.slot.topic.cmp(&b.slot.topic));
    request.acks = conf.required_acks.wire();
    request.timeout_ms = i32::try_from(conf.request_timeout.as_millis()).unwrap_or(i32::MAX);
    let mut newest = i16::MAX;
    let mut count = 0;
    for of_topic in parts.chunk_by_mut(|a, b| a.slot.topic == b.slot.topic) {
        let Some(slot) = of_topic.first().map(|part| &part.slot) else { continue };
        let topic_id = snapshot.topic(&slot.topic).and_then(|topic| topic.id);
        if topic_id.is_none() {
            newest = LAST_WITH_NAMES;
        }
        if count == request.topic_data.len() {
            request.topic_data.push(TopicProduceData::default());
        }
        let topic = &mut request.topic_data[count];
        count += 1;
        topic.name = slot.name_on_wire.clone();
        topic.topic_id = topic_id.unwrap_or(Uuid::ZERO);
        topic.partition_data.clear();
        topic.partition_data.extend(of_topic.iter_mut().map(|part| {
            part.topic_id = topic.topic_id;
            PartitionProduceData {
                index: part.slot.partition,
                records: part.batch.sealed().cloned(),
                ..PartitionProduceData::default()
            }
        }));
    }
    request.topic_data.truncate(count);
    newest
}

/// Lets go of the batches; the memory around them stays for the next request.
pub(super) fn release(request: &mut ProduceRequest) {
    request.topic_data.iter_mut().for_each(|topic| topic.partition_data.clear());
}

/// A partition's answer; `None` if the broker gave none. `at`: where it is looked for first, as brokers answer in the
/// order of the request, or in any other; moves on to the next one's.
pub(super) fn answer_of<'a>(
    part: &Part,
    response: &'a ProduceResponse,
    at: &mut (usize, usize),
) -> Option<&'a PartitionProduceResponse> {
    let of_its_topic = |topic: &TopicProduceResponse| {
        if topic.name.is_empty() { topic.topic_id == part.topic_id } else { *topic.name == *part.slot.topic }
    };
    let its = |answer: &PartitionProduceResponse| answer.index == part.slot.partition;
    let topics = &response.responses;
    if topics.get(at.0).is_some_and(|topic| at.1 >= topic.partition_responses.len()) {
        *at = (at.0 + 1, 0);
    }
    let next = topics.get(at.0).filter(|topic| of_its_topic(topic));
    let next = next.and_then(|topic| topic.partition_responses.get(at.1)).filter(|answer| its(answer));
    at.1 += 1;
    next.or_else(|| {
        let topics = topics.iter().filter(|topic| of_its_topic(topic));
        topics.flat_map(|topic| &topic.partition_responses).find(|answer| its(answer))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::Done;
    use crate::producer::batch::Batch;
    use crate::producer::queue::{Beginning, Rules};
    use std::time::Duration;
    use tokio::time::Instant;

    fn part(topic: &str, partition: i32) -> Part {
        let rules = Rules {
            batch_size: 100,
            max_in_flight: 5,
            idempotent: true,
            delivery_timeout: Duration::from_mins(2),
            retry_limit: None,
            retry_wait: Duration::from_millis(100),
        };
        let beginning =
            Beginning { opened: Instant::now(), timestamp: 0, buffer: Vec::new(), done: Done::default() };
        let slot = Slot::new(&topic.into(), &topic.into(), partition, rules);
        Part::new(Arc::new(slot), Batch::new(0, 0, beginning))
    }

    fn response(answers: &[(&str, &[i32])]) -> ProduceResponse {
        let topic = |(name, partitions): &(&str, &[i32])| TopicProduceResponse {
            name: (*name).into(),
            partition_responses: partitions
                .iter()
                .map(|index| PartitionProduceResponse { index: *index, ..Default::default() })
                .collect(),
            ..Default::default()
        };
        ProduceResponse { responses: answers.iter().map(topic).collect(), ..Default::default() }
    }

    #[test]
    fn each_partition_finds_its_answer_in_whatever_order_they_come() {
        let parts = [part("a", 0), part("a", 3), part("b", 0)];
        for answers in [
            response(&[("a", &[0, 3]), ("b", &[0])]),
            response(&[("b", &[0]), ("a", &[3, 0])]),
            response(&[("a", &[3]), ("b", &[0]), ("c", &[0]), ("a", &[0])]),
            response(&[("x", &[]), ("a", &[7, 0, 3, 3]), ("b", &[1, 0])]),
        ] {
            let mut at = (0, 0);
            for part in &parts {
                let answer = answer_of(part, &answers, &mut at).unwrap();
                assert_eq!(answer.index, part.slot.partition);
            }
        }
    }

    #[test]
    fn a_partition_without_an_answer_gets_none_of_another() {
        let answers = response(&[("a", &[1]), ("b", &[0])]);
        let mut at = (0, 0);
        assert!(answer_of(&part("a", 0), &answers, &mut at).is_none());
        assert!(answer_of(&part("c", 0), &answers, &mut at).is_none());
        assert!(answer_of(&part("b", 0), &answers, &mut at).is_some());
    }
}
