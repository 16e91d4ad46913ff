//! Record batches that Apache Kafka's own code wrote, read as it reads them.
#![cfg(all(feature = "gzip", feature = "snappy", feature = "lz4", feature = "zstd"))]
#![expect(clippy::unwrap_used, clippy::panic, reason = "helpers of tests fail the test")]

use std::fmt::Write;
use std::io::Read;

use bytes::Bytes;
use flate2::read::GzDecoder;
use kafka_proto::compression::{Compression, CompressionError, Compressor, Decompressor};
use kafka_proto::records::{
    BatchBuilder, BatchError, BatchErrorKind, Batches, ProducerStamp, RecordBatch, RecordView, Records,
    SealOptions, TimestampType, crc32c,
};
use serde_json::{Value, json};

const LIMIT: usize = 64 << 20;

struct Vector {
    name: String,
    flags: String,
    bytes: Bytes,
    expected: Value,
}

impl Vector {
    fn has(&self, flag: &str) -> bool {
        self.flags.split(',').any(|given| given == flag)
    }
}

fn vectors() -> Vec<Vector> {
    let mut text = String::new();
    GzDecoder::new(&include_bytes!("vectors/records.tsv.gz")[..]).read_to_string(&mut text).unwrap();
    let vectors: Vec<_> = text.lines().map(vector).collect();
    assert!(vectors.len() > 400, "{} vectors", vectors.len());
    vectors
}

fn vector(line: &str) -> Vector {
    let fields: Vec<&str> = line.split('\t').collect();
    let [_, name, magic, codec, flags, hex, expected] = fields[..] else { panic!("{line}") };
    Vector {
        name: format!("{name} magic {magic} {codec}"),
        flags: flags.to_owned(),
        bytes: unhex(hex),
        expected: serde_json::from_str(expected).unwrap(),
    }
}

fn unhex(hex: &str) -> Bytes {
    let digit = |byte: u8| char::from(byte).to_digit(16).unwrap() as u8;
    hex.as_bytes().chunks(2).map(|pair| digit(pair[0]) << 4 | digit(pair[1])).collect()
}

fn hex(bytes: Option<&[u8]>) -> Value {
    bytes
        .map(|bytes| {
            bytes.iter().fold(String::new(), |mut text, byte| {
                write!(text, "{byte:02x}").unwrap();
                text
            })
        })
        .into()
}

fn read(bytes: &Bytes) -> Result<Vec<(RecordBatch, Records)>, BatchError> {
    let mut decompressor = Decompressor::new();
    let read_one = |batch: Result<RecordBatch, BatchError>| {
        let batch = batch?;
        batch.verify_crc()?;
        let records = batch.records(&mut decompressor, LIMIT)?;
        Ok((batch, records))
    };
    Batches::new(bytes.clone()).map(read_one).collect()
}

fn to_json(batch: &RecordBatch, records: &Records) -> Value {
    let record_json = |record: RecordView<'_>| {
        let headers: Vec<_> =
            record.headers.iter().map(|header| json!([header.name(), hex(header.value)])).collect();
        json!({
            "offset": record.offset,
            "timestamp": record.timestamp,
            "key": hex(record.key),
            "value": hex(record.value),
            "headers": headers,
        })
    };
    let first = records.iter().next().filter(|_| batch.magic() < 2);
    json!({
        "base_offset": first.map_or(batch.base_offset(), |record| record.offset),
        "last_offset": batch.last_offset(),
        "magic": batch.magic(),
        "codec": batch.compression().unwrap().name(),
        "partition_leader_epoch": batch.partition_leader_epoch(),
        "producer_id": batch.producer_id(),
        "producer_epoch": batch.producer_epoch(),
        "base_sequence": batch.base_sequence(),
        "last_sequence": batch.last_sequence(),
        "transactional": batch.is_transactional(),
        "control": batch.is_control(),
        "timestamp_type": match batch.timestamp_type() {
            TimestampType::Create => "create",
            TimestampType::Append => "append",
            _ => "none",
        },
        "max_timestamp": batch.max_timestamp(),
        "delete_horizon": batch.delete_horizon(),
        "records": records.iter().map(record_json).collect::<Vec<_>>(),
    })
}

#[test]
fn batches_read_as_apache_kafka_reads_them() {
    let mut read_count = 0;
    for vector in vectors().iter().filter(|vector| !vector.has("corrupt")) {
        let batches = read(&vector.bytes).unwrap_or_else(|error| panic!("{}: {error}", vector.name));
        let batches: Vec<_> = batches.iter().map(|(batch, records)| to_json(batch, records)).collect();
        assert_eq!(Value::from(batches), vector.expected, "{}", vector.name);
        read_count += 1;
    }
    assert!(read_count > 300, "{read_count} vectors");
}

#[test]
fn what_apache_kafka_refuses_is_refused() {
    for vector in vectors().iter().filter(|vector| vector.has("corrupt")) {
        let error = read(&vector.bytes).expect_err(&vector.name);
        let kind = error.kind();
        let fits = match vector.expected["error"].as_str().unwrap() {
            "CorruptRecordException" => {
                matches!(
                    kind,
                    BatchErrorKind::Crc { .. } | BatchErrorKind::Magic { .. } | BatchErrorKind::Size { .. }
                ) || vector.has("bad_size")
            }
            "KafkaException" => {
                matches!(kind, BatchErrorKind::Compression(CompressionError::Corrupt { .. }))
            }
            _ if vector.name.starts_with("codec-") => {
                matches!(kind, BatchErrorKind::Compression(CompressionError::UnknownCodec { .. }))
            }
            _ => matches!(kind, BatchErrorKind::Record { .. } | BatchErrorKind::Header { .. }),
        };
        assert!(fits, "{}: {error:?}", vector.name);
    }
}

#[test]
fn a_damaged_batch_does_not_hide_the_one_before_it() {
    let second_damaged = |vector: &&Vector| vector.name.starts_with("crc-second-batch-byte");
    for vector in vectors().iter().filter(second_damaged) {
        let batches: Vec<_> = Batches::new(vector.bytes.clone()).collect();
        let [Ok(first), second] = &batches[..] else { panic!("{}: {batches:?}", vector.name) };
        first.verify_crc().unwrap();
        let error = match second {
            Ok(second) => second.verify_crc().unwrap_err(),
            Err(error) => error.clone(),
        };
        assert!(matches!(error.kind(), BatchErrorKind::Crc { .. }), "{}: {error}", vector.name);
        assert!(error.base_offset() > first.last_offset(), "{}", vector.name);
    }
}

#[test]
fn a_batch_cut_short_ends_the_iteration_and_tells_its_size() {
    for vector in vectors().iter().filter(|vector| vector.has("truncated")) {
        let mut batches = Batches::new(vector.bytes.clone());
        let whole = batches.by_ref().count();
        assert_eq!(whole, vector.expected.as_array().unwrap().len(), "{}", vector.name);
        let needed = batches.needed().unwrap_or_else(|| panic!("{}", vector.name));
        assert!(batches.remaining() > 0 && needed > batches.remaining(), "{}", vector.name);
        if batches.remaining() >= 12 {
            let tail = &vector.bytes[vector.bytes.len() - batches.remaining()..];
            let size = u32::from_be_bytes(*tail[8..].first_chunk().unwrap()) as usize;
            assert_eq!(needed, size + 12, "{}", vector.name);
        }
    }
}

/// Batches that a builder can make: no gaps in the offsets, no delete horizon.
#[test]
fn uncompressed_batches_are_built_to_the_same_bytes() {
    let mut same = 0;
    for vector in vectors().iter().filter(|vector| !vector.has("corrupt")) {
        for (batch, records) in &read(&vector.bytes).unwrap() {
            let offsets = batch.last_offset() - batch.base_offset() + 1;
            let own = ["overlong", "gaps"].into_iter().any(|flag| vector.has(flag))
                || ["record-attributes", "unused-attribute", "key-length-minus", "negative-timestamp"]
                    .into_iter()
                    .any(|name| vector.name.starts_with(name));
            if own
                || batch.magic() < 2
                || batch.compression() != Ok(Compression::None)
                || batch.delete_horizon().is_some()
                || batch.timestamp_type() == TimestampType::Append
                || offsets != records.len() as i64
            {
                continue;
            }
            let rebuilt = rebuild(batch, records);
            assert_eq!(Bytes::from(rebuilt), batch.as_bytes(), "{}", vector.name);
            same += 1;
        }
    }
    assert!(same > 30, "{same} batches");
}

fn rebuild(batch: &RecordBatch, records: &Records) -> Vec<u8> {
    let mut builder = BatchBuilder::new(Vec::new());
    for record in records {
        let headers: Vec<_> = record.headers.iter().map(|header| (header.name(), header.value)).collect();
        let headers: Vec<_> = headers.iter().map(|(name, value)| (name.as_ref(), *value)).collect();
        builder.append(record.timestamp, record.key, record.value, &headers).unwrap();
    }
    let mut options = SealOptions::new();
    options.base_offset = batch.base_offset();
    options.partition_leader_epoch = batch.partition_leader_epoch();
    options.control = batch.is_control();
    options.producer = Some(ProducerStamp {
        producer_id: batch.producer_id(),
        producer_epoch: batch.producer_epoch(),
        base_sequence: batch.base_sequence(),
        transactional: batch.is_transactional(),
    });
    builder.seal(&options)
}

type Content = (i64, Value, Value, Vec<(String, Value)>);

fn content(records: &Records) -> Vec<Content> {
    let headers = |record: &RecordView<'_>| {
        record.headers.iter().map(|header| (header.name().into_owned(), hex(header.value))).collect()
    };
    let content =
        |record: RecordView<'_>| (record.timestamp, hex(record.key), hex(record.value), headers(&record));
    records.iter().map(content).collect()
}

#[test]
fn records_compressed_by_every_codec_read_the_same() {
    let mut round_trips = 0;
    for codec in Compression::ALL {
        let mut compressor = Compressor::new(codec).unwrap();
        for vector in vectors().iter().filter(|vector| !vector.has("corrupt")) {
            for (_, records) in &read(&vector.bytes).unwrap() {
                let mut builder = BatchBuilder::new(Vec::new());
                for record in records {
                    builder.append_record(&record).unwrap();
                }
                let mut sealed = Vec::new();
                builder.seal_compressed(&SealOptions::new(), &mut compressor, &mut sealed).unwrap();
                let again = read(&Bytes::from(sealed)).unwrap();
                let [(batch, again)] = &again[..] else { panic!("{}", vector.name) };
                assert_eq!(batch.compression(), Ok(codec));
                assert_eq!(content(again), content(records), "{}", vector.name);
                round_trips += 1;
            }
        }
    }
    assert!(round_trips > 1000, "{round_trips} batches");
}

#[test]
fn checksums_match_those_of_apache_kafka() {
    let vectors: Value = serde_json::from_str(include_str!("vectors/crc32c.json")).unwrap();
    let vectors = vectors.as_array().unwrap();
    assert!(vectors.len() > 50);
    for vector in vectors {
        let data = unhex(vector["data"].as_str().unwrap());
        assert_eq!(u64::from(crc32c(&data)), vector["crc32c"].as_u64().unwrap(), "{vector}");
    }
}
