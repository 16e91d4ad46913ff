//! Record batches of the other crates.

use std::io::Cursor;

use bytes::{Bytes, BytesMut};
use kafka_proto::compression::Compression;
use kafka_protocol::records as theirs;
use rskafka::protocol::record as rs;
use rskafka::protocol::traits::{ReadType, WriteType};

use crate::samples::Sample;

/// The records as kafka-protocol wants them.
pub(crate) fn kafka_protocol_records(samples: &[Sample]) -> Vec<theirs::Record> {
    let record = |(index, sample): (usize, &Sample)| theirs::Record {
        transactional: false,
        control: false,
        delete_horizon: false,
        partition_leader_epoch: theirs::NO_PARTITION_LEADER_EPOCH,
        producer_id: theirs::NO_PRODUCER_ID,
        producer_epoch: theirs::NO_PRODUCER_EPOCH,
        timestamp_type: theirs::TimestampType::Creation,
        offset: index as i64,
        // Unless numbers and offsets go up together, it makes a batch of each record.
        sequence: index as i32,
        timestamp: sample.timestamp,
        key: None,
        value: Some(sample.value.clone()),
        headers: Default::default(),
    };
    samples.iter().enumerate().map(record).collect()
}

pub(crate) fn kafka_protocol_write(
    records: &[theirs::Record],
    compression: Compression,
    buffer: &mut BytesMut,
) {
    let compression = match compression {
        Compression::Gzip => theirs::Compression::Gzip,
        Compression::Snappy => theirs::Compression::Snappy,
        Compression::Lz4 => theirs::Compression::Lz4,
        Compression::Zstd => theirs::Compression::Zstd,
        _ => theirs::Compression::None,
    };
    buffer.clear();
    let options = theirs::RecordEncodeOptions { version: 2, compression };
    theirs::RecordBatchEncoder::encode(buffer, records, &options).expect("the records are fine");
}

/// Verifies the checksum, decompresses and decodes.
pub(crate) fn kafka_protocol_read(mut batch: Bytes) -> Vec<theirs::Record> {
    theirs::RecordBatchDecoder::decode(&mut batch).expect("the batch is fine").records
}

/// The records as rskafka wants them: a batch.
pub(crate) fn rskafka_batch(samples: &[Sample], compression: Compression) -> rs::RecordBatch {
    let (first, last) = (samples[0].timestamp, samples[samples.len() - 1].timestamp);
    let record = |(index, sample): (usize, &Sample)| rs::Record {
        timestamp_delta: sample.timestamp - first,
        offset_delta: index as i32,
        key: None,
        value: Some(sample.value.to_vec()),
        headers: Vec::new(),
    };
    rs::RecordBatch {
        base_offset: 0,
        partition_leader_epoch: -1,
        last_offset_delta: samples.len() as i32 - 1,
        first_timestamp: first,
        max_timestamp: last,
        producer_id: -1,
        producer_epoch: -1,
        base_sequence: -1,
        records: rs::ControlBatchOrRecords::Records(samples.iter().enumerate().map(record).collect()),
        compression: match compression {
            Compression::Gzip => rs::RecordBatchCompression::Gzip,
            Compression::Snappy => rs::RecordBatchCompression::Snappy,
            Compression::Lz4 => rs::RecordBatchCompression::Lz4,
            Compression::Zstd => rs::RecordBatchCompression::Zstd,
            _ => rs::RecordBatchCompression::NoCompression,
        },
        is_transactional: false,
        timestamp_type: rs::RecordBatchTimestampType::CreateTime,
    }
}

pub(crate) fn rskafka_write(batch: &rs::RecordBatch, buffer: &mut Vec<u8>) {
    buffer.clear();
    batch.write(buffer).expect("the records are fine");
}

/// Verifies the checksum, decompresses and decodes.
pub(crate) fn rskafka_read(batch: &[u8]) -> rs::RecordBatch {
    rs::RecordBatch::read(&mut Cursor::new(batch)).expect("the batch is fine")
}
