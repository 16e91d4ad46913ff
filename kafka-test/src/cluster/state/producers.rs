//! What a partition leader remembers of idempotent producers, and which batches it therefore takes (KIP-98, KIP-360).

use std::collections::{BTreeMap, VecDeque};

use kafka_proto::ErrorCode;
use kafka_proto::records::{Batches, RecordBatch};

use super::log::Log;

/// How many batches of a producer are remembered to recognise a repeated one.
const REMEMBERED: usize = 5;

#[derive(Clone, Copy, Debug)]
struct Appended {
    first_sequence: i32,
    last_sequence: i32,
    base_offset: i64,
    timestamp: i64,
}

#[derive(Clone, Debug)]
struct Producer {
    epoch: i16,
    batches: VecDeque<Appended>,
    /// The first offset of its newest batch.
    newest: i64,
    /// When it wrote last.
    wrote_at: i64,
}

/// What to do with a batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    Append,
    /// It is there already: answer success with where it was written then.
    Duplicate {
        base_offset: i64,
        timestamp: i64,
    },
    Refuse(ErrorCode),
}

/// The idempotent producers of one partition.
#[derive(Debug, Default)]
pub(crate) struct Producers(BTreeMap<i64, Producer>);

impl Producers {
    /// The producers of a log that is read anew, as after a truncation.
    pub(crate) fn of(log: &Log, now: i64) -> Self {
        let mut producers = Self::default();
        for stored in log.batches() {
            if let Some(Ok(batch)) = Batches::new(stored.bytes.clone()).next() {
                producers.appended(&batch, stored.base_offset, stored.max_timestamp, now);
            }
        }
        producers
    }

    /// Takes over what the leader knows of those who wrote at `offset` or later.
    pub(crate) fn learn(&mut self, leader: &Self, offset: i64) {
        for (id, producer) in leader.0.iter().filter(|(_, producer)| producer.newest >= offset) {
            self.0.insert(*id, producer.clone());
        }
    }

    /// Judges a batch before it is appended. `strict_unknown`: brokers before 2.5 refuse a producer they do not know
    /// unless it begins at sequence 0; later ones take any first sequence.
    pub(crate) fn judge(&self, batch: &RecordBatch, strict_unknown: bool) -> Verdict {
        if batch.producer_id() < 0 {
            return Verdict::Append;
        }
        let first = batch.base_sequence();
        let Some(producer) = self.0.get(&batch.producer_id()) else {
            return if strict_unknown && first != 0 {
                Verdict::Refuse(ErrorCode::UNKNOWN_PRODUCER_ID)
            } else {
                Verdict::Append
            };
        };
        if batch.producer_epoch() < producer.epoch {
            return Verdict::Refuse(ErrorCode::INVALID_PRODUCER_EPOCH);
        }
        if batch.producer_epoch() > producer.epoch {
            return if first == 0 {
                Verdict::Append
            } else {
                Verdict::Refuse(ErrorCode::OUT_OF_ORDER_SEQUENCE_NUMBER)
            };
        }
        let same =
            |known: &&Appended| known.first_sequence == first && known.last_sequence == batch.last_sequence();
        if let Some(known) = producer.batches.iter().find(same) {
            return Verdict::Duplicate { base_offset: known.base_offset, timestamp: known.timestamp };
        }
        let expected = producer.batches.back().map_or(0, |last| next_sequence(last.last_sequence, 1));
        if first == expected {
            Verdict::Append
        } else {
            Verdict::Refuse(ErrorCode::OUT_OF_ORDER_SEQUENCE_NUMBER)
        }
    }

    /// Remembers a batch that was appended.
    pub(crate) fn appended(&mut self, batch: &RecordBatch, base_offset: i64, timestamp: i64, now: i64) {
        if batch.producer_id() < 0 {
            return;
        }
        let producer = self.0.entry(batch.producer_id()).or_insert_with(|| Producer {
            epoch: batch.producer_epoch(),
            batches: VecDeque::new(),
            newest: base_offset,
            wrote_at: now,
        });
        (producer.newest, producer.wrote_at) = (base_offset, now);
        if producer.epoch != batch.producer_epoch() {
            producer.epoch = batch.producer_epoch();
            producer.batches.clear();
        }
        if batch.is_control() {
            return;
        }
        if producer.batches.len() == REMEMBERED {
            producer.batches.pop_front();
        }
        producer.batches.push_back(Appended {
            first_sequence: batch.base_sequence(),
            last_sequence: batch.last_sequence(),
            base_offset,
            timestamp,
        });
    }

    /// Forgets every producer, as happens a day after its last write or when its records are deleted.
    pub(crate) fn expire(&mut self) {
        self.0.clear();
    }

    /// Forgets a producer that wrote last at this time or before.
    pub(crate) fn expire_if_idle(&mut self, id: i64, since: i64) {
        if self.0.get(&id).is_some_and(|producer| producer.wrote_at <= since) {
            self.0.remove(&id);
        }
    }
}

/// Sequences count from 0 to 2³¹ − 1 and begin again at 0.
pub(crate) fn next_sequence(sequence: i32, by: i32) -> i32 {
    sequence.wrapping_add(by) & i32::MAX
}
