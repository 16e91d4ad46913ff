//! Batches made by hand, as a client would send them.

use bytes::Bytes;
use kafka_proto::records::{BatchBuilder, ProducerStamp, SealOptions};

/// When the first record of most was made.
const TIME: i64 = 1_000;

/// A batch of these values, from no producer in particular.
pub(crate) fn batch(values: &[&str]) -> Bytes {
    sealed(TIME, values, &SealOptions::new())
}

/// A batch of an idempotent producer.
pub(crate) fn idempotent(id: i64, epoch: i16, sequence: i32, values: &[&str]) -> Bytes {
    let mut options = SealOptions::new();
    options.producer = Some(ProducerStamp {
        producer_id: id,
        producer_epoch: epoch,
        base_sequence: sequence,
        transactional: false,
    });
    sealed(TIME, values, &options)
}

/// A batch whose records have consecutive timestamps.
pub(crate) fn sealed(timestamp: i64, values: &[&str], options: &SealOptions) -> Bytes {
    let mut builder = BatchBuilder::new(Vec::new());
    for (index, value) in (0..).zip(values) {
        builder.append(timestamp + index, None, Some(value.as_bytes()), &[]).unwrap();
    }
    Bytes::from(builder.seal(options))
}
