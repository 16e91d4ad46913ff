use super::view::RecordView;

/// What a control record says. Only records of [control batches](super::RecordBatch::is_control) are control records.
///
/// ```
/// use bytes::Bytes;
/// use kafka_proto::compression::Decompressor;
/// use kafka_proto::records::{BatchBuilder, Batches, ControlRecord, ControlType, SealOptions};
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let mut builder = BatchBuilder::new(Vec::new());
/// let commit = ControlRecord::new(ControlType::Commit, 7);
/// builder.append(1_700_000_000_000, Some(&commit.key()), Some(&commit.value()), &[])?;
/// let mut options = SealOptions::new();
/// options.control = true;
/// let sealed = builder.seal(&options);
///
/// let Some(batch) = Batches::new(Bytes::from(sealed)).next() else { unreachable!() };
/// let batch = batch?;
/// assert!(batch.is_control());
/// let records = batch.records(&mut Decompressor::new(), 1024)?;
/// assert_eq!(records.iter().next().as_ref().and_then(ControlRecord::read), Some(commit));
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ControlRecord {
    /// What happened.
    pub kind: ControlType,
    /// Of [`Abort`](ControlType::Abort) and [`Commit`](ControlType::Commit): the epoch of the transaction coordinator.
    pub coordinator_epoch: Option<i32>,
}

/// What a control record is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ControlType {
    /// The producer's transaction was aborted.
    Abort,
    /// The producer's transaction was committed.
    Commit,
    /// Something else, which consumers skip: KRaft's own records.
    Other(i16),
}

impl ControlRecord {
    /// The marker that ends a transaction.
    pub fn new(kind: ControlType, coordinator_epoch: i32) -> Self {
        Self { kind, coordinator_epoch: Some(coordinator_epoch) }
    }

    /// What the record says. `None`: it has not the form of a control record.
    pub fn read(record: &RecordView<'_>) -> Option<Self> {
        let (&[v0, v1, t0, t1], _) = record.key?.split_first_chunk::<4>()?;
        if i16::from_be_bytes([v0, v1]) < 0 {
            return None;
        }
        let kind = match i16::from_be_bytes([t0, t1]) {
            0 => ControlType::Abort,
            1 => ControlType::Commit,
            other => ControlType::Other(other),
        };
        let coordinator_epoch = match kind {
            ControlType::Other(_) => None,
            ControlType::Abort | ControlType::Commit => {
                record.value.and_then(|value| value.get(2..)?.first_chunk().copied()).map(i32::from_be_bytes)
            }
        };
        Some(Self { kind, coordinator_epoch })
    }

    /// The key of such a record: version 0 and the type.
    pub fn key(&self) -> [u8; 4] {
        let kind = match self.kind {
            ControlType::Abort => 0,
            ControlType::Commit => 1,
            ControlType::Other(kind) => kind,
        };
        let [high, low] = kind.to_be_bytes();
        [0, 0, high, low]
    }

    /// The value of a marker that ends a transaction: version 0 and the coordinator's epoch.
    pub fn value(&self) -> [u8; 6] {
        let [a, b, c, d] = self.coordinator_epoch.unwrap_or(-1).to_be_bytes();
        [0, 0, a, b, c, d]
    }
}
