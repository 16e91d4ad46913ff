//! Batches that were built elsewhere, on the same way as all others.

use bytes::Bytes;
use tokio::time::Instant;

use super::batch::{Batch, Patience};
use super::handle::{KafkaProducer, take_whole};
use super::life::{Lives, SharedLife};
use crate::api::{Delivery, Result};
use crate::config;

/// A built batch on its way to one partition.
#[derive(Debug)]
pub(crate) struct Whole {
    /// As it was sealed, under no producer's name yet.
    pub(crate) bytes: Bytes,
    pub(crate) records: u32,
    pub(crate) opened: Instant,
    /// Attempts that were made before.
    pub(crate) attempts: u32,
    /// Whether it comes back after an error that proves that nothing was appended, to be sent elsewhere.
    pub(crate) roams: bool,
    pub(crate) life: SharedLife,
}

impl KafkaProducer {
    /// Takes a built batch, as [`KafkaProducer::produce`] takes messages.
    pub(crate) async fn push(&self, topic: &str, partition: i32, whole: Whole) -> Result<Delivery> {
        let engine = self.engine();
        engine.check_open()?;
        let bytes = whole.bytes.len();
        let (_, delivery) = take_whole(engine, topic, partition, bytes, || {
            whole.life.lock().enqueued();
            let mut batch = Batch::sealed_before(whole.bytes, whole.records, bytes, whole.opened);
            batch.attempts = whole.attempts;
            batch.patience = if whole.roams { Patience::Roaming } else { Patience::Attempts };
            batch.life = Some(whole.life);
            Ok(batch)
        })
        .await?;
        Ok(delivery)
    }

    /// The topic's partitions that have a leader now, ascending.
    pub(crate) async fn led(&self, topic: &str) -> Result<Vec<i32>> {
        let engine = self.engine();
        let deadline = config::deadline(engine.conf.max_block);
        let topic = engine.cluster.topic_until(topic, deadline, false).await?;
        let leads = |id: &i32| topic.partition(*id).is_some_and(|partition| partition.leader.is_some());
        Ok((0..topic.count()).filter(leads).collect())
    }

    /// Who is told of batches.
    pub(crate) fn lives(&self) -> &Lives {
        &self.engine().lives
    }
}
