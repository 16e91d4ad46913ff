//! Batches and the requests that carry them.

use bytes::Bytes;
use kafka_proto::messages::*;
use kafka_proto::records::crc32c;

pub(crate) use crate::batches::{batch, idempotent, sealed};
use crate::talk::{Talk, Topic};

pub(crate) fn produce(topic: &Topic, partition: i32, acks: i16, records: Option<Bytes>) -> ProduceRequest {
    let data = PartitionProduceData { index: partition, records, ..Default::default() };
    let topic = TopicProduceData {
        name: topic.name.clone(),
        topic_id: topic.id,
        partition_data: vec![data],
        ..Default::default()
    };
    ProduceRequest { acks, timeout_ms: 1000, topic_data: vec![topic], ..Default::default() }
}

/// A batch with other bytes at `at`; `mend`: its CRC is that of the other bytes.
pub(crate) fn altered(batch: &Bytes, at: usize, bytes: &[u8], mend: bool) -> Bytes {
    let mut altered = batch.to_vec();
    altered[at..at + bytes.len()].copy_from_slice(bytes);
    if mend {
        let crc = crc32c(&altered[21..]);
        altered[17..21].copy_from_slice(&crc.to_be_bytes());
    }
    Bytes::from(altered)
}

/// Writes batches that a case is to find.
pub(crate) async fn fill(talk: &mut Talk, topic: &Topic, partition: i32, batches: &[Bytes]) {
    for batch in batches {
        let answer = talk.quietly(9, &produce(topic, partition, -1, Some(batch.clone()))).await;
        assert_eq!(answer.responses[0].partition_responses[0].error_code, 0, "filling {}", topic.name);
    }
}
