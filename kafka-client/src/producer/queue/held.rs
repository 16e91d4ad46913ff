//! Batches that somebody else holds until their answer, and what is told of them.

use std::ops::Range;
use std::sync::Arc;

use bytes::Bytes;
use kafka_proto::records::BatchBuilder;
use tokio::time::Instant;

use super::PartitionQueue;
use crate::api::{DecodeRecord, Done, Error, Outcome, Result, TopicName};
use crate::producer::batch::{Batch, BatchKey, decoder, unsealed_decoder};
use crate::producer::buffers::Buffers;
use crate::producer::life::Lives;

/// A batch that somebody else holds until its answer.
#[derive(Debug)]
pub(super) struct Sent {
    pub(super) key: BatchKey,
    pub(super) run: Range<u32>,
    pub(super) done: Done,
    pub(super) opened: Instant,
    source: Source,
    pub(super) retried: bool,
    /// It was handed to a connection, now or earlier: it may be written.
    maybe_written: bool,
    /// Its deliveries have failed already; it is not sent again.
    pub(super) given_up: bool,
    /// Why, until they are told: once there is something to give their records back from.
    untold: Option<Error>,
}

/// What the records of a batch in flight can be given back from.
#[derive(Debug)]
pub(in crate::producer) enum Source {
    /// Nothing: it is being sealed this moment. Whoever does that gives it back, or says what there is.
    Nothing,
    /// What is compressed, whenever that may be.
    Unsealed(Arc<BatchBuilder>),
    Sealed(Bytes),
}

impl Sent {
    pub(super) fn new(batch: &Batch) -> Self {
        Self {
            key: batch.key,
            run: batch.run(),
            done: batch.done.clone(),
            opened: batch.opened,
            source: Source::Nothing,
            retried: batch.retried,
            maybe_written: batch.uncertain,
            given_up: false,
            untold: None,
        }
    }

    /// Whether its deliveries have been told, or are to be by now, that they failed.
    pub(super) fn is_told(&self) -> bool {
        self.given_up && self.untold.is_none()
    }

    /// What its deliveries are still to be told.
    pub(super) fn untold(&self) -> Option<Error> {
        self.untold.clone()
    }

    /// Its records, once there is something to read them from.
    fn records(&self, topic: &TopicName, partition: i32) -> Option<DecodeRecord> {
        match &self.source {
            Source::Nothing => None,
            Source::Unsealed(builder) => Some(unsealed_decoder(builder.clone(), topic.clone(), partition)),
            Source::Sealed(bytes) => Some(decoder(bytes.clone(), topic.clone(), partition)),
        }
    }
}

/// What has its outcome, to be told.
#[must_use]
pub(in crate::producer) enum Settled {
    /// A batch.
    Batch {
        batch: Batch,
        topic: TopicName,
        partition: i32,
        /// First offset and time in the log, as far as the broker told.
        result: Result<(Option<i64>, Option<i64>)>,
    },
    /// The deliveries of one that somebody else holds.
    Deliveries { done: Done, run: Range<u32>, error: Error, records: DecodeRecord },
}

impl Settled {
    /// Tells the deliveries; returns how many bytes are free. Not under a lock: it wakes.
    pub(in crate::producer) fn tell(self, buffers: &Buffers, lives: &Lives) -> usize {
        let (mut batch, topic, partition, result) = match self {
            Self::Batch { batch, topic, partition, result } => (batch, topic, partition, result),
            Self::Deliveries { done, run, error, records } => {
                done.settle(run, Outcome::Failed { error, records: Some(records) });
                return 0;
            }
        };
        lives.settled(&mut batch, &topic, partition, &result);
        let (done, run, charged) = (batch.done.clone(), batch.run(), batch.charged);
        let outcome = match result {
            Ok((base, timestamp)) => {
                buffers.put(batch.into_bytes());
                Outcome::Written { partition, base, timestamp }
            }
            Err(error) => Outcome::Failed { error, records: batch.into_decoder(topic, partition) },
        };
        done.settle(run, outcome);
        charged
    }
}

impl PartitionQueue {
    /// The records of a batch in flight are there now. Its deliveries are told should they have failed meanwhile.
    pub(in crate::producer) fn held(&mut self, key: BatchKey, source: Source) -> Option<Settled> {
        let sent = self.in_flight.iter_mut().find(|sent| sent.key == key)?;
        sent.source = source;
        let records = sent.records(&self.topic, self.partition)?;
        let error = sent.untold.take()?;
        Some(Settled::deliveries(sent, error, records))
    }

    /// A batch in flight is compressed. What is returned is not to be dropped under a lock.
    pub(in crate::producer) fn unshare(&mut self, key: BatchKey) -> Source {
        let sent = self.in_flight.iter_mut().find(|sent| sent.key == key);
        sent.map_or(Source::Nothing, |sent| std::mem::replace(&mut sent.source, Source::Nothing))
    }

    /// A batch in flight is about to be handed to a connection, with these bytes; `false`: it is not to be, as its
    /// deliveries have failed.
    #[must_use]
    pub(in crate::producer) fn hand_over(&mut self, key: BatchKey, bytes: &Bytes) -> bool {
        let Some(sent) = self.in_flight.iter_mut().find(|sent| sent.key == key) else { return true };
        if !sent.given_up {
            sent.source = Source::Sealed(bytes.clone());
            sent.maybe_written = true;
        }
        !sent.given_up
    }

    /// Whether a batch in flight may be split and sent again, in parts.
    pub(in crate::producer) fn may_split(&self, key: BatchKey) -> bool {
        let given_up = self.in_flight.iter().any(|sent| sent.key == key && sent.given_up);
        self.ended.is_none() && !given_up
    }

    pub(super) fn leave_flight(&mut self, key: BatchKey) -> Option<Sent> {
        let at = self.in_flight.iter().position(|sent| sent.key == key)?;
        self.in_flight.remove(at)
    }

    /// Fails the deliveries of batches in flight: those whose records are at hand now, the others as soon as they are.
    pub(super) fn give_up_in_flight(&mut self, error: &Error, which: impl Fn(&Sent) -> bool) -> Vec<Settled> {
        let mut settled = Vec::new();
        for sent in self.in_flight.iter_mut().filter(|sent| !sent.given_up && which(sent)) {
            sent.given_up = true;
            let error = error.clone().at(&self.topic, self.partition);
            match sent.records(&self.topic, self.partition) {
                Some(records) => settled.push(Settled::deliveries(sent, error, records)),
                None => sent.untold = Some(error),
            }
        }
        settled
    }
}

impl Settled {
    fn deliveries(sent: &Sent, error: Error, records: DecodeRecord) -> Self {
        let error = if sent.maybe_written { error.maybe_written() } else { error };
        Self::Deliveries { done: sent.done.clone(), run: sent.run.clone(), error, records }
    }
}
