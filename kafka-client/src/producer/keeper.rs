//! The task that looks after a producer as a whole: what is overdue, what has no leader, when it ends.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;

use super::engine::{Engine, Phase};
use crate::api::{Error, ErrorKind};
use crate::config::backoff;

/// The longest wait before a leaderless partition is asked about again.
const LONGEST_BACKOFF: Duration = Duration::from_secs(1);

/// How often topics that are written to are said to be in use, so that the metadata keeps their leaders up to date.
const IN_USE: Duration = Duration::from_mins(1);

/// The task. Dropped before it ever ran, it has ended too.
pub(super) fn run(engine: Arc<Engine>) -> impl Future<Output = ()> {
    let ending = EndWithTask(engine.clone());
    async move {
        look_after(&engine).await;
        drop(ending);
    }
}

async fn look_after(engine: &Arc<Engine>) {
    let mut generation = engine.cluster.subscribe();
    let mut broker_closed = engine.cluster.closed();
    let mut stray_attempts = 0;
    while engine.phase() != Phase::Ended {
        let mut wake_at = engine.expire().min(Instant::now() + IN_USE);
        engine.keep_topics();
        if engine.redirect_strays(true) {
            let wait =
                backoff(engine.conf.retry_wait, LONGEST_BACKOFF, stray_attempts, engine.cluster.random());
            stray_attempts += 1;
            wake_at = wake_at.min(Instant::now() + wait);
        } else {
            stray_attempts = 0;
        }
        if engine.is_forsaken() && engine.hurry().is_empty() {
            break;
        }
        tokio::select! {
            biased;
            _ = broker_closed.wait_for(|closed| *closed) => break,
            () = engine.keeper.notified() => {}
            changed = generation.changed() => {
                if changed.is_err() {
                    break;
                }
                engine.refreshed();
            }
            () = tokio::time::sleep_until(wake_at) => {}
        }
    }
}

/// When the task ends, whatever ends it (the runtime, for one), nobody is left waiting.
struct EndWithTask(Arc<Engine>);

impl Drop for EndWithTask {
    fn drop(&mut self) {
        let what = "the producer has ended: it was closed, its broker was, or their runtime shut down";
        let error = Error::new(ErrorKind::Closed, what);
        self.0.end(&error);
    }
}
