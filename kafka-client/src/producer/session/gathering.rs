//! What goes into the next request.

use std::sync::Arc;

use tokio::time::Instant;

use super::{Part, Session};
use crate::producer::identity;
use crate::producer::lists::{Opening, Traffic};
use crate::producer::queue::{Listing, OpenTurn, Take};
use crate::producer::request::PART_OVERHEAD;
use crate::producer::sequencer::Identity;
use crate::producer::topics::Slot;

/// A request in the making.
struct Gathering {
    given: Option<Identity>,
    now: Instant,
    /// Bytes that the request may still take.
    left: usize,
    parts: Vec<Part>,
}

impl Session {
    /// The next request: full batches, one of each partition, and open ones if they may go. Empty: there is nothing to
    /// send before the time returned.
    pub(super) fn gather(&mut self, now: Instant) -> (Vec<Part>, Option<Instant>) {
        let given = self.engine.identities.get();
        if self.engine.conf.is_idempotent() && given.is_none() {
            // Not for nothing: a cluster that refused would be asked without end.
            if !self.lane.lists.lock().is_empty() {
                identity::want(&self.engine, None);
            }
            return (self.spare.pop().unwrap_or_default(), None);
        }
        let parts = self.spare.pop().unwrap_or_default();
        let mut gathering = Gathering { given, now, left: self.engine.conf.max_request_size, parts };
        let wake_at = if self.add_full(&mut gathering) { self.add_due(&mut gathering) } else { None };
        for part in &gathering.parts {
            let listing = part.slot.with(|queue| queue.list_for_the_next(now));
            self.engine.put_down(&part.slot, listing);
        }
        if !gathering.parts.is_empty() {
            self.lane.lists.lock().sent();
        }
        (gathering.parts, wake_at)
    }

    /// Adds full batches; `false` if one did not fit.
    fn add_full(&self, gathering: &mut Gathering) -> bool {
        loop {
            let Some(slot) = self.lane.lists.lock().next_full(gathering.now) else { return true };
            if !self.add(gathering, slot) {
                return false;
            }
        }
    }

    /// Adds open batches whose time has come, also beside full ones: those may never end. Returns when to look again if
    /// there were none.
    fn add_due(&self, gathering: &mut Gathering) -> Option<Instant> {
        let before = gathering.parts.len();
        loop {
            let traffic = match self.in_flight() + usize::from(before > 0) {
                0 => Traffic::None,
                1 if self.lone => Traffic::Lone,
                _ => Traffic::Some,
            };
            let short = self.engine.budget.is_short();
            let opening =
                self.lane.lists.lock().opening(traffic, short, gathering.now, |slot| slot.open_len());
            match opening {
                Opening::Wait(until) => return until,
                // Entries may be out of date, so that there are others after them whose time has come.
                Opening::Until(until) => self.add_open(gathering, until),
            }
            if gathering.parts.len() > before {
                return None;
            }
        }
    }

    fn add_open(&self, gathering: &mut Gathering, until: Instant) {
        loop {
            let Some(slot) = self.lane.lists.lock().next_open(until) else { return };
            let (turn, listing) = slot.with(|queue| {
                let turn = queue.open_turn(until);
                (turn, if turn == OpenTurn::Held { Listing::default() } else { queue.list(gathering.now) })
            });
            match turn {
                OpenTurn::Held => {}
                OpenTurn::Younger => self.engine.put_down(&slot, listing),
                OpenTurn::Goes => {
                    if !self.add(gathering, slot) {
                        return;
                    }
                }
            }
        }
    }

    /// Adds the partition's next batch; `false` if no more fits.
    fn add(&self, gathering: &mut Gathering, slot: Arc<Slot>) -> bool {
        if self.engine.leader_of(&slot) != Some(self.lane.node) {
            self.engine.put_down_again(&slot);
            return true;
        }
        let fits = if gathering.parts.is_empty() { usize::MAX } else { gathering.left };
        let taken =
            slot.with(|queue| queue.take_listed(self.lane.node, gathering.given, fits, gathering.now));
        match taken {
            Take::Batch(batch) => {
                gathering.left = gathering.left.saturating_sub(batch.len() + PART_OVERHEAD);
                gathering.parts.push(Part::new(slot, batch));
            }
            Take::NoFit => {
                self.lane.lists.lock().put_back(slot);
                return false;
            }
            Take::Later(when) => {
                let _awake = self.lane.lists.lock().push_later(slot, when);
            }
            Take::NoIdentity { refused } => {
                identity::want(&self.engine, refused);
                let when = gathering.now + self.engine.conf.retry_wait;
                let _awake = self.lane.lists.lock().push_later(slot, when);
            }
            Take::Nothing => {}
        }
        true
    }
}
