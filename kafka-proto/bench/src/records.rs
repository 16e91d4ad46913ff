//! Writing and reading record batches.

use std::hint::black_box;
use std::mem;

use bytes::{Bytes, BytesMut};
use kafka_proto::compression::{Compression, Compressor, Decompressor};
use kafka_proto::records::{BatchBuilder, Batches, RecordBatch, Records, SealOptions};

use crate::samples::{self, BATCH_SIZES, Sample};
use crate::{Case, KAFKA_PROTOCOL, OURS, Prepared, RSKAFKA, peers};

/// No batch here is larger when decompressed.
const LIMIT: usize = 16 << 20;
const RECORD: &str = "record";

type Headers<'a> = &'a [(&'a str, Option<&'a [u8]>)];

pub(crate) fn cases() -> Vec<Case> {
    let mut cases = Vec::new();
    for (name, size) in BATCH_SIZES {
        cases.push(append(&format!("append 100 bytes, batches of {name}"), size, None, &[]));
        cases.push(append(&format!("append with key and header, batches of {name}"), size, KEY, HEADERS));
        cases.extend(write(&format!("write a batch of {name}"), size));
        cases.extend(read_steps(name, size));
        cases.extend(read(&format!("read a batch of {name}"), size));
    }
    for compression in [Compression::Gzip, Compression::Snappy, Compression::Lz4, Compression::Zstd] {
        let (name, size) = BATCH_SIZES[0];
        cases.extend(write_compressed(
            &format!("write a batch of {name} of JSON, {compression}"),
            size,
            compression,
        ));
        cases.extend(read_compressed(
            &format!("read a batch of {name} of JSON, {compression}"),
            size,
            compression,
        ));
    }
    cases
}

const KEY: Option<&[u8]> = Some(b"key-1234");
const HEADERS: Headers<'static> = &[("trace", Some(b"0123456789abcdef"))];

/// Appending alone, to a buffer that has room: what a producer does for each record.
fn append(name: &str, size: usize, key: Option<&'static [u8]>, headers: Headers<'static>) -> Case {
    Case::new(name, OURS, RECORD, move || {
        let samples = samples::of_100_bytes(size);
        let mut buffer = Vec::new();
        Prepared::new(samples.len(), move || {
            let mut builder = BatchBuilder::new(mem::take(&mut buffer));
            // Hidden from the compiler once: hiding them for each record costs what it is to measure.
            let (key, headers) = black_box((key, headers));
            for sample in &samples {
                let appended = builder.append(sample.timestamp, key, Some(&sample.value), headers);
                appended.expect("the batch is small");
            }
            buffer = builder.into_buffer();
        })
    })
}

/// From records to the bytes of a batch with its checksum.
fn write(name: &str, size: usize) -> [Case; 3] {
    let ours = Case::new(name, OURS, RECORD, move || {
        let samples = samples::of_100_bytes(size);
        let mut buffer = Vec::new();
        Prepared::new(samples.len(), move || {
            buffer = fill(mem::take(&mut buffer), &samples).seal(&SealOptions::new());
        })
    });
    let [kafka_protocol, rskafka] = peers_write(name, Compression::None, move || samples::of_100_bytes(size));
    [ours, kafka_protocol, rskafka]
}

fn write_compressed(name: &str, size: usize, compression: Compression) -> [Case; 3] {
    let ours = Case::new(name, OURS, RECORD, move || {
        let samples = samples::of_json(size);
        let mut compressor = Compressor::new(compression).expect("all codecs are built in");
        let (mut buffer, mut sealed) = (Vec::new(), Vec::new());
        Prepared::new(samples.len(), move || {
            let builder = fill(mem::take(&mut buffer), &samples);
            let written = builder.seal_compressed(&SealOptions::new(), &mut compressor, &mut sealed);
            written.expect("the records can be compressed");
            buffer = builder.into_buffer();
        })
    });
    let [kafka_protocol, rskafka] = peers_write(name, compression, move || samples::of_json(size));
    [ours, kafka_protocol, rskafka]
}

/// The others start from records in the form that they want: making that is not measured.
fn peers_write(
    name: &str,
    compression: Compression,
    samples: impl Fn() -> Vec<Sample> + Copy + 'static,
) -> [Case; 2] {
    let kafka_protocol = Case::new(name, KAFKA_PROTOCOL, RECORD, move || {
        let records = peers::kafka_protocol_records(&samples());
        let mut buffer = BytesMut::new();
        Prepared::new(records.len(), move || {
            peers::kafka_protocol_write(&records, compression, &mut buffer);
        })
    });
    let rskafka = Case::new(name, RSKAFKA, RECORD, move || {
        let samples = samples();
        let batch = peers::rskafka_batch(&samples, compression);
        let mut buffer = Vec::new();
        Prepared::new(samples.len(), move || peers::rskafka_write(&batch, &mut buffer))
    });
    [kafka_protocol, rskafka]
}

/// What reading consists of, one by one. The steps of `read` without the checksum are the check and iterating.
fn read_steps(name: &str, size: usize) -> [Case; 5] {
    let checksum = Case::new(format!("verify the checksum, batches of {name}"), OURS, RECORD, move || {
        let (count, batch) = first_batch(size);
        Prepared::new(count, move || black_box(&batch).verify_crc().expect("the checksum is right"))
    });
    let check = Case::new(format!("check the framing, batches of {name}"), OURS, RECORD, move || {
        let (count, batch) = first_batch(size);
        let mut decompressor = Decompressor::new();
        Prepared::new(count, move || {
            black_box(decode(black_box(&batch), &mut decompressor));
        })
    });
    let iterate = Case::new(format!("iterate, batches of {name}"), OURS, RECORD, move || {
        let (count, batch) = first_batch(size);
        let records = decode(&batch, &mut Decompressor::new());
        Prepared::new(count, move || {
            black_box(touch(black_box(&records)));
        })
    });
    let both =
        Case::new(format!("check the framing and iterate, batches of {name}"), OURS, RECORD, move || {
            let (count, batch) = first_batch(size);
            let mut decompressor = Decompressor::new();
            Prepared::new(count, move || {
                let records = decode(black_box(&batch), &mut decompressor);
                black_box(touch(&records));
            })
        });
    let shared =
        Case::new(format!("iterate and share the value, batches of {name}"), OURS, RECORD, move || {
            let (count, batch) = first_batch(size);
            let records = decode(&batch, &mut Decompressor::new());
            Prepared::new(count, move || {
                for record in black_box(&records) {
                    black_box(record.value_bytes());
                }
            })
        });
    [checksum, check, iterate, both, shared]
}

/// From the bytes of a response to records: checksum, framing, values.
fn read(name: &str, size: usize) -> [Case; 3] {
    read_cases(name, Compression::None, move || samples::of_100_bytes(size))
}

fn read_compressed(name: &str, size: usize, compression: Compression) -> [Case; 3] {
    read_cases(name, compression, move || samples::of_json(size))
}

fn read_cases(
    name: &str,
    compression: Compression,
    samples: impl Fn() -> Vec<Sample> + Copy + 'static,
) -> [Case; 3] {
    let ours = Case::new(name, OURS, RECORD, move || {
        let samples = samples();
        let sealed = seal(&samples, compression);
        let mut decompressor = Decompressor::new();
        Prepared::new(samples.len(), move || {
            for batch in Batches::new(sealed.clone()) {
                let batch = batch.expect("the header is fine");
                batch.verify_crc().expect("the checksum is right");
                let records = decode(&batch, &mut decompressor);
                black_box(touch(&records));
            }
        })
    });
    let kafka_protocol = Case::new(name, KAFKA_PROTOCOL, RECORD, move || {
        let samples = samples();
        let sealed = seal(&samples, compression);
        Prepared::new(samples.len(), move || {
            black_box(peers::kafka_protocol_read(sealed.clone()));
        })
    });
    let rskafka = Case::new(name, RSKAFKA, RECORD, move || {
        let samples = samples();
        let sealed = seal(&samples, compression);
        Prepared::new(samples.len(), move || {
            black_box(peers::rskafka_read(&sealed));
        })
    });
    [ours, kafka_protocol, rskafka]
}

fn fill(buffer: Vec<u8>, samples: &[Sample]) -> BatchBuilder {
    let mut builder = BatchBuilder::new(buffer);
    for sample in samples {
        builder.append(sample.timestamp, None, Some(&sample.value), &[]).expect("the batch is small");
    }
    builder
}

fn seal(samples: &[Sample], compression: Compression) -> Bytes {
    let mut compressor = Compressor::new(compression).expect("all codecs are built in");
    let mut sealed = Vec::new();
    fill(Vec::new(), samples)
        .seal_compressed(&SealOptions::new(), &mut compressor, &mut sealed)
        .expect("the records can be compressed");
    Bytes::from(sealed)
}

fn first_batch(size: usize) -> (usize, RecordBatch) {
    let samples = samples::of_100_bytes(size);
    let mut batches = Batches::new(seal(&samples, Compression::None));
    let batch = batches.next().expect("there is a batch").expect("the header is fine");
    (samples.len(), batch)
}

fn decode(batch: &RecordBatch, decompressor: &mut Decompressor) -> Records {
    batch.records(decompressor, LIMIT).expect("the records are fine")
}

/// Needs all that was decoded of each record.
fn touch(records: &Records) -> usize {
    let length = |bytes: Option<&[u8]>| bytes.map_or(0, <[u8]>::len);
    let mut sum = 0_usize;
    for record in records {
        let numbers = record.offset.wrapping_add(record.timestamp) as usize;
        sum = sum.wrapping_add(numbers);
        sum = sum.wrapping_add(length(record.key) + length(record.value) + record.headers.len());
    }
    sum
}
