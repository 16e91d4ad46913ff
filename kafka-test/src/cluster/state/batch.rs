//! Record batches as a broker judges them.

use bytes::Bytes;
use kafka_proto::ErrorCode;
use kafka_proto::compression::{Compression, Decompressor};
use kafka_proto::records::{
    BatchError, BatchErrorKind, Batches, ControlRecord, ControlType, RecordBatch, RecordView,
};

/// The most that a batch may decompress to. A batch is at most `max.message.bytes` on the wire, but zeros shrink well.
pub(crate) const MAX_DECOMPRESSED_BYTES: usize = 256 * 1024 * 1024;

/// Why a batch is not taken.
#[derive(Clone, Debug)]
pub(crate) struct Refusal {
    pub(crate) code: ErrorCode,
    pub(crate) why: &'static str,
    /// Which records of the batch are to blame. Only of these a broker tells the client more than the code.
    pub(crate) records: Vec<i32>,
}

impl Refusal {
    fn new(code: ErrorCode, why: &'static str) -> Self {
        Self { code, why, records: Vec::new() }
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
    /// The oldest and the newest timestamp that a record may have.
    pub(crate) oldest: i64,
    pub(crate) newest: i64,
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
    // What is no whole batch at the end is not looked at.
    if matches!(batches.next(), Some(Ok(_))) {
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
    let blame = |records: Vec<i32>, refusal: Refusal| {
        if records.is_empty() { Ok(()) } else { Err(Refusal { records, ..refusal }) }
    };
    let which = |is_wrong: &dyn Fn(i32, &RecordView<'_>) -> bool| {
        let wrong = (0..).zip(&records).filter(|(index, record)| is_wrong(*index, record));
        wrong.map(|(index, _)| index).collect::<Vec<i32>>()
    };
    blame(
        which(&|index, record| record.offset != i64::from(index)),
        Refusal::invalid("the offsets of the records do not count up from 0"),
    )?;
    blame(
        which(&|_, record| rules.compacted && record.key.is_none()),
        Refusal::invalid("a record of a compacted topic has to have a key"),
    )?;
    blame(
        which(&|_, record| !(rules.oldest..=rules.newest).contains(&record.timestamp)),
        Refusal::new(ErrorCode::INVALID_TIMESTAMP, "the timestamp is not one that the topic takes"),
    )
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
        BatchErrorKind::Record { reason, .. } | BatchErrorKind::Header { reason } => Refusal::invalid(reason),
        BatchErrorKind::Magic { .. } => {
            Refusal::new(ErrorCode::CORRUPT_MESSAGE, "the format of the batch is unknown")
        }
        _ => Refusal::new(ErrorCode::UNKNOWN_SERVER_ERROR, "the batch cannot be decompressed"),
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
