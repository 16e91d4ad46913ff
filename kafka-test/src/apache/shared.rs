//! One cluster for all tests of a process.

use std::fmt;
use std::ops::Deref;
use std::sync::Arc;

use parking_lot::Mutex;

use super::conf::ApacheConf;
use super::error::Error;
use super::{ApacheCluster, blocking};

/// A cluster that other tests of this process use as well.
///
/// It runs until the process ends, and with the process its brokers and files go. Use topics and groups of your own, and
/// leave its nodes alone: a test that kills nodes starts its own cluster.
#[derive(Clone)]
pub struct SharedCluster(Arc<ApacheCluster>);

impl Deref for SharedCluster {
    type Target = ApacheCluster;

    fn deref(&self) -> &ApacheCluster {
        &self.0
    }
}

impl Drop for SharedCluster {
    fn drop(&mut self) {
        self.0.keep_if_panicking();
    }
}

impl fmt::Debug for SharedCluster {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("SharedCluster").field(&self.0).finish()
    }
}

/// The process's cluster of this configuration, started by the first test that asks. Later ones wait for it, or get the
/// error it failed with.
///
/// Dropping the future lets the start go on for the others.
pub async fn shared(conf: ApacheConf) -> Result<SharedCluster, Error> {
    type Slot = Arc<Mutex<Option<Result<SharedCluster, Error>>>>;
    static CLUSTERS: Mutex<Vec<(ApacheConf, Slot)>> = Mutex::new(Vec::new());

    blocking(move || {
        let slot = {
            let mut clusters = CLUSTERS.lock();
            let known = clusters.iter().find(|(other, _)| *other == conf);
            if let Some((_, slot)) = known {
                Arc::clone(slot)
            } else {
                let slot = Slot::default();
                clusters.push((conf.clone(), Arc::clone(&slot)));
                slot
            }
        };
        let mut slot = slot.lock();
        slot.get_or_insert_with(|| Ok(SharedCluster(Arc::new(ApacheCluster::start_now(&conf)?)))).clone()
    })
    .await
}
