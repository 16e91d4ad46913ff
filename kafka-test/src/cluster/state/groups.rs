//! Consumer groups: the offsets that they committed. (Membership stands beside this when it comes.)

use std::collections::BTreeMap;

use kafka_proto::wire::StrBytes;

/// An offset that a group committed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Committed {
    pub(crate) offset: i64,
    pub(crate) leader_epoch: i32,
    pub(crate) metadata: StrBytes,
}

/// One group.
#[derive(Debug, Default)]
pub(crate) struct Group {
    /// By topic and partition.
    pub(crate) offsets: BTreeMap<StrBytes, BTreeMap<i32, Committed>>,
}

/// All groups, and which coordinators were moved by hand.
#[derive(Debug, Default)]
pub(crate) struct Groups {
    by_id: BTreeMap<StrBytes, Group>,
    moved: BTreeMap<String, i32>,
}

impl Groups {
    pub(crate) fn get(&self, id: &str) -> Option<&Group> {
        self.by_id.get(id)
    }

    pub(crate) fn entry(&mut self, id: &StrBytes) -> &mut Group {
        self.by_id.entry(id.detach()).or_default()
    }

    pub(crate) fn move_coordinator(&mut self, key: &str, node: i32) {
        self.moved.insert(key.to_owned(), node);
    }

    pub(crate) fn moved_to(&self, key: &str) -> Option<i32> {
        self.moved.get(key).copied()
    }

    /// Drops what all groups committed for a topic that is deleted.
    pub(crate) fn forget_topic(&mut self, topic: &str) {
        for group in self.by_id.values_mut() {
            group.offsets.remove(topic);
        }
    }
}

/// Which of the 50 partitions of `__consumer_offsets` a group belongs to: Java's hash of the string, modulo 50.
pub(crate) fn coordinator_slot(key: &str) -> usize {
    let hash =
        key.encode_utf16().fold(0i32, |hash, unit| hash.wrapping_mul(31).wrapping_add(i32::from(unit)));
    // The absolute value of the smallest number is taken as 0.
    usize::try_from(hash.checked_abs().unwrap_or(0)).unwrap_or(0) % 50
}
