//! Requests that wait for something to happen.

use std::collections::{BTreeMap, BTreeSet};

use kafka_proto::wire::Uuid;

/// What a request can wait for.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Key {
    /// Anything that changes what a fetch from this partition of the topic gives.
    Partition(Uuid, i32),
}

/// Names one waiting request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct WaitId(u64);

/// Who waits for what. [`Waits::wake`] only notes who is to be looked at again: whoever owns the connections takes the
/// list after each step with [`Waits::take_woken`].
#[derive(Debug, Default)]
pub(crate) struct Waits {
    next: u64,
    by_key: BTreeMap<Key, BTreeSet<WaitId>>,
    woken: BTreeSet<WaitId>,
}

impl Waits {
    pub(crate) fn add(&mut self, keys: &[Key]) -> WaitId {
        let id = WaitId(self.next);
        self.next += 1;
        for key in keys {
            self.by_key.entry(key.clone()).or_default().insert(id);
        }
        id
    }

    pub(crate) fn remove(&mut self, id: WaitId, keys: &[Key]) {
        for key in keys {
            if let Some(waiting) = self.by_key.get_mut(key) {
                waiting.remove(&id);
                if waiting.is_empty() {
                    self.by_key.remove(key);
                }
            }
        }
        self.woken.remove(&id);
    }

    pub(crate) fn wake(&mut self, key: &Key) {
        if let Some(waiting) = self.by_key.get(key) {
            self.woken.extend(waiting);
        }
    }

    pub(crate) fn take_woken(&mut self) -> BTreeSet<WaitId> {
        std::mem::take(&mut self.woken)
    }
}
