//! Compaction: a batch written anew without some of its records.

use bytes::Bytes;
use kafka_proto::compression::Decompressor;
use kafka_proto::records::{RecordBatch, RecordView, crc32c};
use kafka_proto::wire::Writer;

use super::batch::MAX_DECOMPRESSED_BYTES;

const HEADER: usize = 61;
const LENGTH: std::ops::Range<usize> = 8..12;
const CRC: std::ops::Range<usize> = 17..21;
const ATTRIBUTES: usize = 22;
const COUNT: std::ops::Range<usize> = 57..61;
const CODEC: u8 = 0b111;

/// The batch with those records only that are to be kept; their offsets, the batch's first and last one, and its
/// sequence stay as they were. It is not compressed any more. `None`: nothing is left of it, or it is as it was.
pub(super) fn rewrite(batch: &RecordBatch, keep: impl Fn(&RecordView<'_>) -> bool) -> Option<Rewritten> {
    let records = batch.records(&mut Decompressor::new(), MAX_DECOMPRESSED_BYTES).ok()?;
    let kept: Vec<RecordView<'_>> = records.iter().filter(|record| keep(record)).collect();
    if kept.len() == records.len() {
        return None;
    }
    if kept.is_empty() {
        return Some(Rewritten::Nothing);
    }
    let mut out = batch.as_bytes()[..HEADER].to_vec();
    for record in &kept {
        let body = encode(batch, record);
        let mut writer = Writer::new();
        writer.put_varint(body.len() as i32);
        out.extend_from_slice(&writer.into_bytes());
        out.extend_from_slice(&body);
    }
    let length = out.len() as i32 - LENGTH.end as i32;
    out[LENGTH].copy_from_slice(&length.to_be_bytes());
    out[ATTRIBUTES] &= !CODEC;
    out[COUNT].copy_from_slice(&(kept.len() as i32).to_be_bytes());
    let crc = crc32c(&out[CRC.end..]);
    out[CRC].copy_from_slice(&crc.to_be_bytes());
    Some(Rewritten::Batch(Bytes::from(out)))
}

/// What is left of a batch.
pub(super) enum Rewritten {
    Nothing,
    Batch(Bytes),
}

/// A record of format 2, after its length.
fn encode(batch: &RecordBatch, record: &RecordView<'_>) -> Bytes {
    let mut writer = Writer::new();
    let put_bytes = |writer: &mut Writer, bytes: Option<&[u8]>| {
        writer.put_varint(bytes.map_or(-1, |bytes| bytes.len() as i32));
        writer.put_slice(bytes.unwrap_or_default());
    };
    writer.put_i8(0);
    writer.put_varlong(record.timestamp.wrapping_sub(batch.base_timestamp()));
    writer.put_varint((record.offset - batch.base_offset()) as i32);
    put_bytes(&mut writer, record.key);
    put_bytes(&mut writer, record.value);
    writer.put_varint(record.headers.len() as i32);
    for header in record.headers {
        put_bytes(&mut writer, Some(header.key));
        put_bytes(&mut writer, header.value);
    }
    writer.into_bytes()
}
