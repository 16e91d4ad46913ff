//! What is in a log, for a test to look at.

use bytes::Bytes;
use kafka_proto::compression::Decompressor;
use kafka_proto::records::{Batches, RecordBatch, RecordView};

use super::state::batch::MAX_DECOMPRESSED_BYTES;
use super::state::log::Log;

/// A record as it stands in a partition, with what its batch says about it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct StoredRecord {
    /// Where it stands.
    pub offset: i64,
    /// Milliseconds since 1970.
    pub timestamp: i64,
    /// Its key.
    pub key: Option<Bytes>,
    /// Its value; `None` is a tombstone.
    pub value: Option<Bytes>,
    /// Its headers in their order.
    pub headers: Vec<(String, Option<Bytes>)>,
    /// The epoch of the leader that took it.
    pub leader_epoch: i32,
    /// The first offset of its batch.
    pub batch_offset: i64,
    /// The idempotent producer that wrote it, or -1.
    pub producer_id: i64,
    /// That producer's epoch, or -1.
    pub producer_epoch: i16,
    /// Its own number among the producer's records in this partition, or -1.
    pub sequence: i32,
    /// Whether it belongs to a transaction.
    pub transactional: bool,
    /// Whether it is a transaction's marker or another control record.
    pub control: bool,
}

/// The stored batches of a log.
pub(crate) fn batches(log: &Log) -> Vec<Bytes> {
    log.batches().iter().map(|batch| batch.bytes.clone()).collect()
}

/// The records of a stored batch; none if it cannot be read.
pub(crate) fn records(batch: Bytes) -> Vec<StoredRecord> {
    let Some(Ok(batch)) = Batches::new(batch).next() else { return Vec::new() };
    let Ok(records) = batch.records(&mut Decompressor::new(), MAX_DECOMPRESSED_BYTES) else {
        return Vec::new();
    };
    records.iter().map(|record| stored(&batch, &record)).collect()
}

fn stored(batch: &RecordBatch, record: &RecordView<'_>) -> StoredRecord {
    let in_batch = (record.offset - batch.base_offset()) as i32;
    let header = |header: kafka_proto::records::Header<'_>| {
        (header.name().into_owned(), header.value.map(Bytes::copy_from_slice))
    };
    StoredRecord {
        offset: record.offset,
        timestamp: record.timestamp,
        key: record.key_bytes(),
        value: record.value_bytes(),
        headers: record.headers.into_iter().map(header).collect(),
        leader_epoch: batch.partition_leader_epoch(),
        batch_offset: batch.base_offset(),
        producer_id: batch.producer_id(),
        producer_epoch: batch.producer_epoch(),
        sequence: match batch.base_sequence() {
            ..0 => -1,
            first => first.wrapping_add(in_batch) & i32::MAX,
        },
        transactional: batch.is_transactional(),
        control: batch.is_control(),
    }
}
