//! The lives of batches, for whoever asked for them: an interceptor, or a producer of whole batches. A batch that nobody
//! asked about has none, and pays nothing.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::Duration;

use kafka_proto::ErrorCode;
use kafka_proto::messages::PartitionProduceResponse;
use parking_lot::Mutex;
use tokio::time::Instant;

use super::batch::{Batch, Patience};
use super::engine::Engine;
use super::request::Part;
use super::topics::Slot;
use super::verdict::Verdict;
use crate::api::{BatchLife, Error, ProduceAnswer, ProducerInterceptor, Receipt, Result, TopicName};
use crate::config::Compression;

/// A batch's life, shared by the batch and by whoever looks at it. The lock is taken alone.
pub(crate) type SharedLife = Arc<Mutex<BatchLife>>;

/// Who is told of lives.
#[derive(Debug, Default)]
pub(crate) struct Lives {
    interceptor: Option<Arc<dyn ProducerInterceptor>>,
}

impl Lives {
    pub(super) fn new(interceptor: Option<Arc<dyn ProducerInterceptor>>) -> Self {
        Self { interceptor }
    }

    /// Whether there is an interceptor.
    pub(super) fn are_watched(&self) -> bool {
        self.interceptor.is_some()
    }

    /// Calls the interceptor, if there is one; whatever it does.
    fn tell(&self, what: impl FnOnce(&dyn ProducerInterceptor)) {
        if let Some(interceptor) = self.interceptor.as_deref()
            && catch_unwind(AssertUnwindSafe(|| what(interceptor))).is_err()
        {
            tracing::warn!("the producer's interceptor panicked");
        }
    }

    /// Closed batches are about to be sealed: those that are to have a life get one.
    pub(super) fn gathered(&self, parts: &mut [Part]) {
        if self.interceptor.is_none() {
            return;
        }
        for part in parts.iter_mut().filter(|part| part.batch.sealed().is_none()) {
            closed(&mut part.batch, &part.slot.topic, part.slot.partition);
        }
    }

    /// The batch was sealed for the first time, or could not be.
    pub(super) fn sealed(&self, batch: &Batch, compression: Compression) {
        let Some(life) = &batch.life else { return };
        let result = match (batch.sealed(), &batch.last_error) {
            (None, Some(error)) => Err(error.clone()),
            (sealed, _) => Ok(sealed.map_or(0, bytes::Bytes::len)),
        };
        let sealed = {
            let mut life = life.lock();
            life.built(&result, compression != Compression::None);
            life.enqueued();
            self.copy(&life).filter(|_| result.is_ok())
        };
        if let Some(life) = sealed {
            self.tell(|interceptor| interceptor.sealed(&life));
        }
    }

    /// A batch that was built elsewhere is to be produced.
    pub(crate) fn built(&self, life: &BatchLife) {
        self.tell(|interceptor| interceptor.sealed(life));
    }

    /// An attempt is over. One that never began is none: the batch could not be sealed.
    pub(super) fn answered(&self, part: &Part, answer: Option<ProduceAnswer>, verdict: &Verdict) {
        let Some(life) = &part.batch.life else { return };
        if life.lock().has_begun() {
            self.exchanged(life, part.slot.partition, answer, verdict.error().cloned());
        }
    }

    fn exchanged(
        &self,
        life: &SharedLife,
        partition: i32,
        answer: Option<ProduceAnswer>,
        error: Option<Error>,
    ) {
        let life = {
            let mut life = life.lock();
            life.exchanged(partition, answer, error);
            self.copy(&life)
        };
        if let Some(life) = life
            && let Some(exchange) = life.exchanges.last()
        {
            self.tell(|interceptor| interceptor.exchanged(&life, exchange));
        }
    }

    /// What the interceptor is shown, if there is one: no lock is held while it runs.
    fn copy(&self, life: &BatchLife) -> Option<BatchLife> {
        self.interceptor.as_ref().map(|_| life.clone())
    }

    /// An ordinary batch has its outcome. Those of a producer of batches may have more attempts before them.
    pub(super) fn settled(
        &self,
        batch: &mut Batch,
        topic: &TopicName,
        partition: i32,
        result: &Result<(Option<i64>, Option<i64>)>,
    ) {
        if self.interceptor.is_none() || batch.patience != Patience::Delivery {
            return;
        }
        if batch.life.is_none() {
            closed(batch, topic, partition);
        }
        let result = result.clone().map(|(offset, timestamp)| Receipt { partition, offset, timestamp });
        if let Some(life) = &batch.life {
            let mut life = life.lock().clone();
            self.ended(&mut life, &result);
        }
    }

    /// There are no more attempts.
    pub(crate) fn ended(&self, life: &mut BatchLife, result: &Result<Receipt>) {
        life.producer_error = result.as_ref().err().cloned();
        self.tell(|interceptor| interceptor.settled(life, result));
    }
}

/// A batch takes no more records. The half of a split one had a life before.
fn closed(batch: &mut Batch, topic: &TopicName, partition: i32) {
    let (records, bytes) = (batch.records, batch.len());
    let life = batch.life.get_or_insert_with(|| {
        let life = BatchLife::opened(topic.clone(), Some(partition), batch.timestamp, batch.opened);
        Arc::new(Mutex::new(life))
    });
    life.lock().build_enqueued(records, bytes);
}

/// The batch is about to be sealed, unless it was before.
pub(super) fn sealing(batch: &Batch) {
    if let Some(life) = batch.life.as_ref().filter(|_| batch.sealed().is_none()) {
        life.lock().build_begun();
    }
}

/// The batches are handed to a connection.
pub(super) fn sent(parts: &[Part]) {
    for life in parts.iter().filter_map(|part| part.batch.life.as_ref()) {
        life.lock().begun();
    }
}

/// What the broker said, as a life has it; nothing is made of it if nobody wants it.
pub(super) fn answer_for(
    part: &Part,
    node: i32,
    throttle: Duration,
    answer: Option<&PartitionProduceResponse>,
) -> Option<ProduceAnswer> {
    part.batch.life.as_ref()?;
    let answer = answer?;
    Some(ProduceAnswer {
        node,
        topic: part.slot.topic.clone(),
        partition: part.slot.partition,
        throttle,
        error_code: ErrorCode(answer.error_code),
        base_offset: answer.base_offset,
        log_append_time: answer.log_append_time_ms,
        log_start_offset: answer.log_start_offset,
    })
}

impl Engine {
    /// The partition has no leader: what may go elsewhere does not wait for one.
    pub(super) fn leaderless(&self, slot: &Slot) {
        let error = Error::from_code(ErrorCode::LEADER_NOT_AVAILABLE).at(&slot.topic, slot.partition);
        self.attempted(slot, &error, true);
    }

    /// The partition's leader cannot be reached: that is an attempt for batches that count them.
    pub(super) fn unreached(&self, slot: &Slot, error: &Error) {
        self.attempted(slot, error, false);
    }

    fn attempted(&self, slot: &Slot, error: &Error, roaming: bool) {
        let now = Instant::now();
        let (lives, settled) = slot.with(|queue| queue.unreached(error, roaming, now));
        for life in &lives {
            self.lives.exchanged(life, slot.partition, None, Some(error.clone()));
        }
        self.tell(settled);
    }
}
