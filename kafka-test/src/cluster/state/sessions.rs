//! Incremental fetch sessions (KIP-227).

use std::collections::{BTreeMap, BTreeSet};

use kafka_proto::ErrorCode;
use kafka_proto::wire::{StrBytes, Uuid};

/// One partition that a fetch asks for.
#[derive(Clone, Debug)]
pub(crate) struct Wanted {
    /// What the client called the topic: by name up to version 12, by id from version 13 on.
    pub(crate) topic: StrBytes,
    pub(crate) topic_id: Uuid,
    pub(crate) partition: i32,
    pub(crate) offset: i64,
    pub(crate) max_bytes: i32,
    pub(crate) leader_epoch: i32,
    pub(crate) last_fetched_epoch: i32,
}

impl Wanted {
    fn key(&self) -> (&str, Uuid, i32) {
        key(&self.topic, self.topic_id, self.partition)
    }
}

/// What the client was told last about a partition of a session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Told {
    pub(crate) high_watermark: i64,
    pub(crate) log_start_offset: i64,
}

impl Told {
    /// Nothing, so that the next answer has the partition whatever it says.
    pub(crate) const NOTHING: Self = Self { high_watermark: -1, log_start_offset: -1 };
}

#[derive(Clone, Debug)]
pub(crate) struct Member {
    pub(crate) wanted: Wanted,
    pub(crate) told: Told,
}

#[derive(Debug)]
struct Session {
    node: i32,
    /// The epoch that the next request has to carry.
    epoch: i32,
    members: Vec<Member>,
}

/// What kind of fetch a request is.
#[derive(Debug)]
pub(crate) enum Kind {
    /// All partitions are named and all are answered; nothing is remembered.
    Sessionless,
    /// All partitions are named and answered, and remembered under this id.
    Full(i32),
    /// Only what changed is named, and only what changed is answered.
    Incremental(i32),
}

impl Kind {
    /// The session's id; 0 if there is none.
    pub(crate) fn id(&self) -> i32 {
        match self {
            Self::Sessionless => 0,
            Self::Full(id) | Self::Incremental(id) => *id,
        }
    }
}

/// The sessions of all nodes; ids are unique across the cluster.
#[derive(Debug, Default)]
pub(crate) struct Sessions {
    next: i32,
    by_id: BTreeMap<i32, Session>,
}

impl Sessions {
    /// Finds or makes the session that a request belongs to and applies what the request changes in it. `slots` is
    /// how many sessions a node keeps.
    pub(crate) fn begin(
        &mut self,
        node: i32,
        (id, epoch): (i32, i32),
        wanted: &[Wanted],
        forgotten: &[(StrBytes, Uuid, i32)],
        slots: usize,
    ) -> Result<Kind, ErrorCode> {
        if matches!(epoch, 0 | -1) {
            if self.by_id.get(&id).is_some_and(|session| session.node == node) {
                self.by_id.remove(&id);
            }
            return Ok(if epoch == 0 { self.create(node, wanted, slots) } else { Kind::Sessionless });
        }
        let session = self
            .by_id
            .get_mut(&id)
            .filter(|session| session.node == node)
            .ok_or(ErrorCode::FETCH_SESSION_ID_NOT_FOUND)?;
        if session.epoch != epoch {
            return Err(ErrorCode::INVALID_FETCH_SESSION_EPOCH);
        }
        session.update(wanted, forgotten);
        if session.members.is_empty() {
            self.by_id.remove(&id);
            return Ok(Kind::Sessionless);
        }
        session.epoch = if epoch == i32::MAX { 1 } else { epoch + 1 };
        Ok(Kind::Incremental(id))
    }

    fn create(&mut self, node: i32, wanted: &[Wanted], slots: usize) -> Kind {
        let kept = self.by_id.values().filter(|session| session.node == node).count();
        if kept >= slots {
            return Kind::Sessionless;
        }
        self.next = if self.next == i32::MAX { 1 } else { self.next + 1 };
        let members =
            wanted.iter().map(|wanted| Member { wanted: wanted.clone(), told: Told::NOTHING }).collect();
        self.by_id.insert(self.next, Session { node, epoch: 1, members });
        Kind::Full(self.next)
    }

    /// The partitions of a session in the order in which they are to be read.
    pub(crate) fn members(&self, id: i32) -> &[Member] {
        self.by_id.get(&id).map_or(&[], |session| &session.members)
    }

    /// Notes what an answer says about each member, in the order of [`Sessions::members`]; `None`: left out. Members
    /// that gave data go to the end, so that the next answer begins with the others.
    pub(crate) fn answered(&mut self, id: i32, told: &[Option<(Told, bool)>]) {
        let Some(session) = self.by_id.get_mut(&id) else { return };
        let mut first = Vec::with_capacity(session.members.len());
        let mut last = Vec::new();
        for (index, mut member) in session.members.drain(..).enumerate() {
            match told.get(index).copied().flatten() {
                Some((told, true)) => {
                    member.told = told;
                    last.push(member);
                }
                Some((told, false)) => {
                    member.told = told;
                    first.push(member);
                }
                None => first.push(member),
            }
        }
        first.append(&mut last);
        session.members = first;
    }

    /// Forgets the sessions of one node, or of all.
    pub(crate) fn evict(&mut self, node: Option<i32>) {
        self.by_id.retain(|_, session| node.is_some_and(|node| node != session.node));
    }

    pub(crate) fn count(&self, node: i32) -> usize {
        self.by_id.values().filter(|session| session.node == node).count()
    }
}

impl Session {
    fn update(&mut self, wanted: &[Wanted], forgotten: &[(StrBytes, Uuid, i32)]) {
        if !wanted.is_empty() {
            let members = self.members.iter().enumerate();
            let known: BTreeMap<_, usize> = members.map(|(at, member)| (member.wanted.key(), at)).collect();
            let places: Vec<Option<usize>> =
                wanted.iter().map(|wanted| known.get(&wanted.key()).copied()).collect();
            for (wanted, place) in wanted.iter().zip(places) {
                match place.and_then(|at| self.members.get_mut(at)) {
                    Some(member) => member.wanted = wanted.clone(),
                    None => self.members.push(Member { wanted: wanted.clone(), told: Told::NOTHING }),
                }
            }
        }
        if !forgotten.is_empty() {
            let gone: BTreeSet<_> =
                forgotten.iter().map(|(topic, id, partition)| key(topic, *id, *partition)).collect();
            self.members.retain(|member| !gone.contains(&member.wanted.key()));
        }
    }
}

/// What tells the partitions of a session apart: the topic's id, or its name where the client knows no id.
fn key(topic: &str, id: Uuid, partition: i32) -> (&str, Uuid, i32) {
    (if id.is_zero() { topic } else { "" }, id, partition)
}
