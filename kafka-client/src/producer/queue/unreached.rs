//! Attempts that don't get as far as a connection.

use tokio::time::Instant;

use super::{PartitionQueue, Settled};
use crate::api::Error;
use crate::producer::batch::Patience;
use crate::producer::life::SharedLife;

impl PartitionQueue {
    /// The leader could not be reached. For ordinary batches that changes nothing: they wait until `delivery_timeout`.
    /// For those that count their attempts it is one, and what may go elsewhere comes back; with `roaming` only the
    /// latter. Attempts are `retry_wait` apart. Returns the lives of the batches concerned, and those that have their
    /// outcome.
    pub(in crate::producer) fn unreached(
        &mut self,
        error: &Error,
        roaming: bool,
        now: Instant,
    ) -> (Vec<SharedLife>, Vec<Settled>) {
        let (mut lives, mut settled) = (Vec::new(), Vec::new());
        if self.ready.iter().all(|batch| batch.patience == Patience::Delivery) {
            return (lives, settled);
        }
        let is_due = !roaming && self.resume_at.is_none_or(|at| at <= now);
        for mut batch in std::mem::take(&mut self.ready) {
            let roams = batch.roams();
            if batch.patience == Patience::Delivery || !(roams || is_due) {
                self.ready.push_back(batch);
                continue;
            }
            lives.extend(batch.life.clone());
            batch.attempts += 1;
            batch.last_error = Some(error.clone());
            if roams {
                settled.push(self.fail(batch, error.clone()));
            } else {
                settled.extend(self.queue_again(batch, false, now));
                self.resume_at = Some(now + self.rules.retry_wait);
            }
        }
        (lives, settled)
    }
}
