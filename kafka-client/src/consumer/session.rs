//! The incremental fetch session with one node (KIP-227). Pure.
//!
//! The node remembers what it is asked for, so that a request names only what has changed since the last
//! one: a thousand idle partitions cost an empty request and an empty answer.

use std::collections::{BTreeMap, BTreeSet};

use kafka_proto::ErrorCode;

use super::cursor::Want;

/// A partition of a fetch loop, by the number that the loop gave it.
pub(super) type Slot = u32;

/// What the node is asked for of one partition.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Ask {
    pub(super) offset: i64,
    pub(super) max_bytes: i32,
    pub(super) leader_epoch: i32,
    /// The epoch of the message before `offset`.
    pub(super) last_epoch: i32,
}

impl Ask {
    pub(super) fn of(want: Want, leader_epoch: i32) -> Self {
        let Want { offset, max_bytes, last_epoch } = want;
        Self { offset, max_bytes, leader_epoch, last_epoch }
    }
}

/// What one request says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Plan {
    pub(super) session_id: i32,
    pub(super) session_epoch: i32,
    pub(super) asked: Vec<(Slot, Ask)>,
    pub(super) forgotten: Vec<Slot>,
}

/// What to do after an answer's error code for the session as a whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum SessionVerdict {
    /// The answer's partitions are good.
    Good,
    /// The session is gone or out of step: the next request is a full one. Nothing is lost.
    Again,
    /// The node refuses the request for another reason.
    Refused,
}

/// The epoch of a request that begins a session, and of one that wants none.
const FIRST: i32 = 0;
const SESSIONLESS: i32 = -1;

/// What one node is asked for, and what it remembers of that.
///
/// [`FetchSession::want`] and [`FetchSession::leave`] may be called at any time. [`FetchSession::plan`] makes
/// the next request; then exactly one of [`FetchSession::answered`] and [`FetchSession::reset`] follows
/// before the next plan.
#[derive(Debug)]
pub(super) struct FetchSession {
    id: i32,
    epoch: i32,
    wanted: BTreeMap<Slot, Ask>,
    /// What the node was told last.
    told: BTreeMap<Slot, Ask>,
    /// Where the two above may differ.
    changed: BTreeSet<Slot>,
    /// Where the next full request begins, so that no partition is always the last.
    rotation: Slot,
}

impl FetchSession {
    pub(super) fn new() -> Self {
        Self {
            id: 0,
            epoch: FIRST,
            wanted: BTreeMap::new(),
            told: BTreeMap::new(),
            changed: BTreeSet::new(),
            rotation: 0,
        }
    }

    /// This partition is to be fetched like this from the next request on.
    pub(super) fn want(&mut self, slot: Slot, ask: Ask) {
        if self.wanted.insert(slot, ask) != Some(ask) {
            self.changed.insert(slot);
        }
    }

    /// This partition is not to be fetched any more, for good or for a while.
    pub(super) fn leave(&mut self, slot: Slot) {
        if self.wanted.remove(&slot).is_some() {
            self.changed.insert(slot);
        }
    }

    /// What the node does not know yet of what is wanted.
    pub(super) fn news(&self) -> impl Iterator<Item = (Slot, Ask)> + '_ {
        let wanted = self.changed.iter().filter_map(|slot| Some((*slot, *self.wanted.get(slot)?)));
        wanted.filter(|(slot, ask)| self.told.get(slot) != Some(ask))
    }

    /// Whether there is anything to fetch.
    pub(super) fn is_idle(&self) -> bool {
        self.wanted.is_empty()
    }

    /// What is wanted of this partition now.
    pub(super) fn wanted(&self, slot: Slot) -> Option<Ask> {
        self.wanted.get(&slot).copied()
    }

    /// What the node was last asked for of this partition: an answer for it is an answer to that.
    pub(super) fn told(&self, slot: Slot) -> Option<Ask> {
        self.told.get(&slot).copied()
    }

    /// The next request. `sessions`: whether the version spoken has them (7 and later).
    pub(super) fn plan(&mut self, sessions: bool) -> Plan {
        if !sessions || self.epoch == FIRST {
            self.told.clone_from(&self.wanted);
            self.changed.clear();
            let asked = rotated(&self.wanted, &mut self.rotation);
            let (session_id, session_epoch) = if sessions { (self.id, FIRST) } else { (0, SESSIONLESS) };
            return Plan { session_id, session_epoch, asked, forgotten: Vec::new() };
        }
        let mut plan = Plan { session_id: self.id, session_epoch: self.epoch, ..Plan::default() };
        for slot in std::mem::take(&mut self.changed) {
            match (self.wanted.get(&slot), self.told.get(&slot)) {
                (Some(wanted), told) if told != Some(wanted) => {
                    plan.asked.push((slot, *wanted));
                    self.told.insert(slot, *wanted);
                }
                (None, Some(_)) => {
                    plan.forgotten.push(slot);
                    self.told.remove(&slot);
                }
                _ => {}
            }
        }
        plan
    }

    /// The node answered the last plan, with this code and session id.
    pub(super) fn answered(&mut self, code: ErrorCode, id: i32) -> SessionVerdict {
        match code {
            ErrorCode::NONE => {
                if id == 0 {
                    // It keeps no session for us now: every request is a full one until it does.
                    self.id = 0;
                    self.epoch = FIRST;
                } else {
                    self.id = id;
                    self.epoch = self.epoch.checked_add(1).unwrap_or(1);
                }
                SessionVerdict::Good
            }
            ErrorCode::FETCH_SESSION_ID_NOT_FOUND => {
                self.id = 0;
                self.epoch = FIRST;
                SessionVerdict::Again
            }
            ErrorCode::INVALID_FETCH_SESSION_EPOCH
            | ErrorCode::FETCH_SESSION_TOPIC_ID_ERROR
            | ErrorCode::INCONSISTENT_TOPIC_ID => {
                // The id stays, so that the full request ends the old session as it begins the new one.
                self.epoch = FIRST;
                SessionVerdict::Again
            }
            _ => {
                self.reset();
                SessionVerdict::Refused
            }
        }
    }

    /// Nothing is left of what was asked for. Between two plans only: the next one is a full request, which ends the
    /// session that the node still remembers, so that an error that it has told of is told again.
    pub(super) fn begin_anew(&mut self) {
        self.epoch = FIRST;
    }

    /// The connection is new, or names things in another way: the next request is a full one.
    pub(super) fn reset(&mut self) {
        self.id = 0;
        self.epoch = FIRST;
    }
}

/// All of `wanted`, beginning at `rotation`, which moves on by one.
fn rotated(wanted: &BTreeMap<Slot, Ask>, rotation: &mut Slot) -> Vec<(Slot, Ask)> {
    let begin = *rotation;
    let asked: Vec<_> =
        wanted.range(begin..).chain(wanted.range(..begin)).map(|(slot, ask)| (*slot, *ask)).collect();
    *rotation = asked.get(1).map_or(0, |(slot, _)| *slot);
    asked
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn ask(offset: i64) -> Ask {
        Ask { offset, max_bytes: 100, leader_epoch: 0, last_epoch: -1 }
    }

    fn slots(plan: &Plan) -> Vec<Slot> {
        plan.asked.iter().map(|(slot, _)| *slot).collect()
    }

    /// A session that the node has taken up, with partitions 1 and 2.
    fn session() -> FetchSession {
        let mut session = FetchSession::new();
        session.want(1, ask(10));
        session.want(2, ask(20));
        let plan = session.plan(true);
        assert_eq!((plan.session_id, plan.session_epoch), (0, 0));
        assert_eq!(slots(&plan), [1, 2]);
        assert_eq!(session.answered(ErrorCode::NONE, 77), SessionVerdict::Good);
        session
    }

    #[test]
    fn an_incremental_request_names_only_what_changed() {
        let mut session = session();
        let plan = session.plan(true);
        assert_eq!(plan, Plan { session_id: 77, session_epoch: 1, ..Plan::default() });
        session.answered(ErrorCode::NONE, 77);

        session.want(1, ask(11));
        session.want(2, ask(20));
        session.want(3, ask(30));
        assert_eq!(session.news().collect::<Vec<_>>(), [(1, ask(11)), (3, ask(30))]);
        let plan = session.plan(true);
        assert_eq!((plan.session_epoch, slots(&plan)), (2, vec![1, 3]));
        assert_eq!(session.news().count(), 0);
        assert_eq!(session.told(1), Some(ask(11)));
    }

    #[test]
    fn a_partition_that_leaves_is_forgotten_once_and_asked_for_when_it_is_back() {
        let mut session = session();
        session.leave(1);
        let plan = session.plan(true);
        assert_eq!((plan.forgotten.clone(), slots(&plan)), (vec![1], vec![]));
        session.answered(ErrorCode::NONE, 77);
        assert!(session.plan(true).forgotten.is_empty());
        session.answered(ErrorCode::NONE, 77);
        session.want(1, ask(10));
        assert_eq!(slots(&session.plan(true)), [1]);
    }

    #[test]
    fn leaving_and_coming_back_between_two_requests_is_no_change() {
        let mut session = session();
        session.leave(1);
        session.want(1, ask(10));
        assert_eq!(session.plan(true), Plan { session_id: 77, session_epoch: 1, ..Plan::default() });
    }

    #[test]
    fn an_evicted_session_begins_anew_with_everything() {
        let mut session = session();
        session.want(1, ask(15));
        session.plan(true);
        assert_eq!(session.answered(ErrorCode::FETCH_SESSION_ID_NOT_FOUND, 0), SessionVerdict::Again);
        let plan = session.plan(true);
        assert_eq!((plan.session_id, plan.session_epoch), (0, 0));
        assert_eq!(plan.asked.len(), 2);
    }

    #[test]
    fn a_session_out_of_step_is_closed_by_the_full_request_that_follows() {
        let mut session = session();
        session.plan(true);
        assert_eq!(session.answered(ErrorCode::INVALID_FETCH_SESSION_EPOCH, 0), SessionVerdict::Again);
        let plan = session.plan(true);
        assert_eq!((plan.session_id, plan.session_epoch, plan.asked.len()), (77, 0, 2));
    }

    #[test]
    fn a_node_without_room_for_a_session_gets_full_requests_that_rotate() {
        let mut session = FetchSession::new();
        for slot in 1..=3 {
            session.want(slot, ask(0));
        }
        let mut firsts = Vec::new();
        for _ in 0..4 {
            let plan = session.plan(true);
            assert_eq!((plan.session_id, plan.session_epoch, plan.asked.len()), (0, 0, 3));
            firsts.push(plan.asked[0].0);
            session.answered(ErrorCode::NONE, 0);
        }
        assert_eq!(firsts, [1, 2, 3, 1]);
    }

    #[test]
    fn a_broker_before_sessions_is_asked_for_everything_each_time() {
        let mut session = FetchSession::new();
        session.want(1, ask(0));
        for _ in 0..2 {
            let plan = session.plan(false);
            assert_eq!((plan.session_id, plan.session_epoch, plan.asked.len()), (0, -1, 1));
            session.answered(ErrorCode::NONE, 0);
        }
    }

    #[test]
    fn epochs_wrap_to_one_never_to_zero() {
        let mut session = session();
        session.epoch = i32::MAX;
        session.plan(true);
        session.answered(ErrorCode::NONE, 77);
        assert_eq!(session.plan(true).session_epoch, 1);
    }

    #[test]
    fn any_other_code_is_refused_and_starts_over() {
        let mut session = session();
        session.plan(true);
        assert_eq!(session.answered(ErrorCode::UNKNOWN_SERVER_ERROR, 0), SessionVerdict::Refused);
        assert_eq!(session.plan(true).session_epoch, 0);
    }

    proptest! {
        /// Whatever happens, what the node remembers after a request is what was wanted when it was made.
        #[test]
        fn the_nodes_memory_follows_what_is_wanted(
            steps in prop::collection::vec((0..5_u8, 0..6_u32, 0..3_i64), 1..200),
        ) {
            let mut session = FetchSession::new();
            let mut wanted = BTreeMap::new();
            let mut node: BTreeMap<Slot, Ask> = BTreeMap::new();
            for (step, slot, offset) in steps {
                match step {
                    0 | 1 => {
                        session.want(slot, ask(offset));
                        wanted.insert(slot, ask(offset));
                    }
                    2 => {
                        session.leave(slot);
                        wanted.remove(&slot);
                    }
                    _ => {
                        let plan = session.plan(true);
                        if plan.session_epoch == 0 {
                            node.clear();
                        }
                        node.extend(plan.asked.iter().copied());
                        for gone in &plan.forgotten {
                            prop_assert!(node.remove(gone).is_some(), "forgot what it never knew");
                        }
                        prop_assert_eq!(&node, &wanted);
                        let code = match (step, offset) {
                            (3, 1) => ErrorCode::FETCH_SESSION_ID_NOT_FOUND,
                            (3, 2) => ErrorCode::INVALID_FETCH_SESSION_EPOCH,
                            _ => ErrorCode::NONE,
                        };
                        session.answered(code, 5);
                    }
                }
            }
        }
    }
}
