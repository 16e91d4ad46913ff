//! What the second connection was asked for in vain, and what it is asked for first. Pure.

use std::collections::BTreeMap;

use tokio::time::Instant;

use super::session::{Ask, Slot};

/// What was asked for and is not there: it is not asked for again at once, for the next long poll brings it.
///
/// A long poll may be held for longer than a consumer wants to wait, and this one does not bring it. So it is asked
/// for again after a while.
#[derive(Debug, Default)]
pub(super) struct InVain {
    asked: BTreeMap<Slot, (Ask, Instant)>,
    /// Where the next request begins: after those that an answer had room for.
    begin: Slot,
}

impl InVain {
    pub(super) fn has(&self, slot: Slot, ask: Ask) -> bool {
        self.asked.get(&slot).is_some_and(|(asked, _)| *asked == ask)
    }

    /// When the next of them is to be asked for again.
    pub(super) fn until(&self) -> Option<Instant> {
        self.asked.values().map(|(_, until)| *until).min()
    }

    pub(super) fn expire(&mut self, now: Instant) {
        self.asked.retain(|_, (_, until)| now < *until);
    }

    /// The next long poll asks for everything.
    pub(super) fn clear(&mut self) {
        self.asked.clear();
    }

    /// What is asked for in the order in which the node is to fill its answer.
    pub(super) fn in_turn(&self, asked: &BTreeMap<Slot, Ask>) -> Vec<(Slot, Ask)> {
        let (before, after) = (asked.range(..self.begin), asked.range(self.begin..));
        after.chain(before).map(|(slot, ask)| (*slot, *ask)).collect()
    }

    /// The answer to a request for `asked` is here. `served`: whether there was something for it. Of a `full` answer
    /// nothing can be told of those behind the last that was served: there was no room for them.
    pub(super) fn answered(
        &mut self,
        asked: &BTreeMap<Slot, Ask>,
        full: bool,
        served: impl Fn(Slot, Ask) -> bool,
        until: Instant,
    ) {
        let order = self.in_turn(asked);
        let last = order.iter().rposition(|(slot, ask)| served(*slot, *ask)).filter(|_| full);
        let (told, left) = order.split_at(last.map_or(order.len(), |last| last + 1));
        self.asked.extend(told.iter().map(|(slot, ask)| (*slot, (*ask, until))));
        self.begin = left.first().map_or(0, |(slot, _)| *slot);
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn ask(offset: i64) -> Ask {
        Ask { offset, max_bytes: 100, leader_epoch: 0, last_epoch: -1 }
    }

    fn slots(asked: &[(Slot, Ask)]) -> Vec<Slot> {
        asked.iter().map(|(slot, _)| *slot).collect()
    }

    #[test]
    fn what_a_full_answer_had_no_room_for_is_asked_for_first_by_the_next_request() {
        let (mut in_vain, until) = (InVain::default(), Instant::now() + Duration::from_secs(1));
        let asked: BTreeMap<_, _> = (1..=6).map(|slot| (slot, ask(0))).collect();
        in_vain.answered(&asked, true, |slot, _| slot == 1 || slot == 3, until);
        assert!(in_vain.has(2, ask(0)), "it was asked about, and has nothing");
        assert!(!in_vain.has(4, ask(0)) && !in_vain.has(2, ask(1)));
        assert_eq!(slots(&in_vain.in_turn(&asked)), [4, 5, 6, 1, 2, 3]);
        in_vain.answered(&asked, true, |slot, _| slot == 6, until);
        assert_eq!(slots(&in_vain.in_turn(&asked)), [1, 2, 3, 4, 5, 6]);
    }

    #[test]
    fn an_answer_with_room_left_tells_of_all() {
        let (mut in_vain, until) = (InVain::default(), Instant::now());
        let asked: BTreeMap<_, _> = (1..=3).map(|slot| (slot, ask(0))).collect();
        in_vain.answered(&asked, false, |slot, _| slot == 1, until);
        assert!((1..=3).all(|slot| in_vain.has(slot, ask(0))));
    }

    #[test]
    fn it_is_asked_for_again_after_a_while() {
        let (mut in_vain, until) = (InVain::default(), Instant::now());
        in_vain.answered(&BTreeMap::from([(1, ask(0))]), false, |_, _| false, until);
        assert_eq!(in_vain.until(), Some(until));
        in_vain.expire(until);
        assert!(!in_vain.has(1, ask(0)));
        assert_eq!(in_vain.until(), None);
    }
}
