//! Record batches as a broker judges them.

use bytes::Bytes;
use kafka_proto::ErrorCode;
use kafka_proto::compression::{Compression, Decompressor};
use kafka_proto::records::{BatchError, BatchErrorKind, Batches, ControlRecord, ControlType, RecordBatch};

/// The most that a batch may decompress to. A batch is at most `max.message.bytes` on the wire, but zeros shrink well.
pub(crate) const MAX_DECOMPRESSED_BYTES: usize = 256 * 1024 * 1024;

/// Why a batch is not taken.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Refusal {
    pub(crate) code: ErrorCode,
    pub(crate) why: &'static str,
    /// Which record of the batch is to blame.
    pub(crate) record: Option<i32>,
}

impl Refusal {
    fn new(code: ErrorCode, why: &'static str) -> Self {
        Self { code, why, record: None }
    }

    fn invalid(why: &'static str) -> Self {
        Self::new(ErrorCode::INVALID_RECORD, why)
    }
}

/// What a topic asks of the batches that are written to it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Rules {
    pub(crate) max_bytes: usize,
    /// Every record needs a key.
    pub(crate) compacted: bool,
}

/// The one batch of a partition in a Produce request of this version, before anything inside it is looked at.
pub(crate) fn produced(records: &Bytes, version: i16) -> Result<RecordBatch, Refusal> {
    let mut batches = Batches::new(records.clone());
    let batch = match batches.next() {
        Some(Ok(batch)) => batch,
        Some(Err(error)) => return Err(corrupt(&error)),
        None => {
            return Err(Refusal::invalid(
                "a produce request has to have one record batch for each partition",
            ));
        }
    };
    if batch.magic() != 2 {
        return Err(Refusal::invalid("record batches have to be of format 2"));
    }
    if batches.remaining() > 0 {
        return Err(Refusal::invalid("a produce request has at most one record batch for each partition"));
    }
    if version < 7 && batch.compression().is_ok_and(|codec| codec == Compression::Zstd) {
        return Err(Refusal::new(
            ErrorCode::UNSUPPORTED_COMPRESSION_TYPE,
            "zstd needs version 7 of Produce or a newer one",
        ));
    }
    Ok(batch)
}

/// Everything that a leader checks before it appends a client's batch.
pub(crate) fn check(batch: &RecordBatch, rules: Rules) -> Result<(), Refusal> {
    if batch.base_offset() != 0 {
        return Err(Refusal::invalid("the base offset of a batch from a client has to be 0"));
    }
    if batch.size_in_bytes() > rules.max_bytes {
        return Err(Refusal::new(ErrorCode::MESSAGE_TOO_LARGE, "the batch is larger than max.message.bytes"));
    }
    batch.verify_crc().map_err(|error| corrupt(&error))?;
    if batch.is_control() {
        return Err(Refusal::invalid("clients are not allowed to write control records"));
    }
    if batch.producer_id() >= 0 && batch.base_sequence() < 0 {
        return Err(Refusal::invalid("a batch of an idempotent producer has to have a sequence"));
    }
    if batch.is_transactional() && batch.producer_id() < 0 {
        return Err(Refusal::invalid("a batch of a transaction has to have a producer id"));
    }
    let records =
        batch.records(&mut Decompressor::new(), MAX_DECOMPRESSED_BYTES).map_err(|error| corrupt(&error))?;
    let offsets = batch.next_offset() - batch.base_offset();
    if records.is_empty() || i64::try_from(records.len()) != Ok(offsets) {
        return Err(Refusal::invalid("the number of records is not what the offsets of the batch say"));
    }
    for (index, record) in (0..).zip(&records) {
        let refuse = |why| Err(Refusal { record: Some(index), ..Refusal::invalid(why) });
        if record.offset != i64::from(index) {
            return refuse("the offsets of the records do not count up from 0");
        }
        if rules.compacted && record.key.is_none() {
            return refuse("a record of a compacted topic has to have a key");
        }
    }
    Ok(())
}

/// A batch that cannot be read: damaged on its way if the CRC says so, written wrongly otherwise.
fn corrupt(error: &BatchError) -> Refusal {
    match error.kind() {
        BatchErrorKind::Crc { .. } => {
            Refusal::new(ErrorCode::CORRUPT_MESSAGE, "the CRC of the batch is wrong")
        }
        BatchErrorKind::Size { .. } => {
            Refusal::new(ErrorCode::CORRUPT_MESSAGE, "the size of the batch is wrong")
        }
        BatchErrorKind::Record { index, reason, .. } => {
            Refusal { record: i32::try_from(*index).ok(), ..Refusal::invalid(reason) }
        }
        BatchErrorKind::Header { reason } => Refusal::invalid(reason),
        BatchErrorKind::Magic { .. } => Refusal::invalid("the format of the batch is unknown"),
        _ => Refusal::invalid("the batch cannot be decompressed"),
    }
}

/// The transaction marker in a control batch, if it is one.
pub(crate) fn marker(batch: &RecordBatch) -> Option<ControlType> {
    if !batch.is_control() {
        return None;
    }
    let records = batch.records(&mut Decompressor::new(), MAX_DECOMPRESSED_BYTES).ok()?;
    let first = records.iter().next()?;
    ControlRecord::read(&first).map(|record| record.kind)
}

/// Takes the next batch off, going by the size that it declares, or everything if that cannot be right.
pub(crate) fn split_frame(bytes: &mut Bytes) -> Bytes {
    let declared = bytes.get(8..12).and_then(|size| size.first_chunk()).copied().map(i32::from_be_bytes);
    let length =
        declared.and_then(|size| usize::try_from(size).ok()).map_or(0, |size| size.saturating_add(12));
    if length > 12 && length <= bytes.len() { bytes.split_to(length) } else { std::mem::take(bytes) }
}
