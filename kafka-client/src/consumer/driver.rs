//! The fetch loop of one node: it owns the connections, and carries what [`FetchSession`] and the partitions' cursors
//! decide to the node and back.
//!
//! There is one long poll at a time, on the main connection. What becomes wanted while it is under way (a partition
//! that has just joined, one whose reader went elsewhere or made room) does not wait for it: a second connection, opened
//! when that first happens, brings it by requests that are answered at once. Brokers answer the requests of one
//! connection in order, so the first one could not.

use std::collections::BTreeMap;
use std::time::Duration;

use kafka_proto::ErrorCode;
use kafka_proto::messages::{FetchRequest, FetchResponse, FetchResponsePartitionData};
use tokio::sync::mpsc;
use tokio::time::{Instant, sleep_until};

use super::answer::{self, Asked, Meaning};
use super::cursor::Next;
use super::feed::{Event, Joining};
use super::fetchers::{Fetchers, LoopKey};
use super::lane::{Lane, LaneEvent};
use super::session::{Ask, FetchSession, Plan, SessionVerdict, Slot};
use super::slots::{BY_ID, Slots};
use crate::api::{Error, ErrorKind, Result};
use crate::config::Isolation;
use crate::connection::{Answer, Wire};
use crate::metadata::Leader;
use crate::net::Address;

/// The oldest version whose answers have batches of magic 2, and list aborted transactions.
const OLDEST: i16 = 4;

/// The first version with sessions.
const WITH_SESSIONS: i16 = 7;

/// How often in a row a node may call its session into question before that counts as a failure.
const DOUBTS: u32 = 3;

/// The least time between two answers without data, whatever the node does.
const PACE: Duration = Duration::from_millis(5);

/// How long an answer may take that nothing holds up; the long poll waits for it.
const AT_ONCE: Duration = Duration::from_secs(5);

/// How often topics that are read are said to be in use, so that the metadata keeps their leaders up to date.
const KEEP: Duration = Duration::from_mins(1);

/// What was asked of each partition by the request that an answer belongs to.
#[derive(Debug)]
enum Sent {
    /// What the session says it was.
    LongPoll,
    /// These, on the second connection.
    AtOnce(BTreeMap<Slot, Ask>),
}

/// One node's loop. It ends when it has no partitions left, or with the broker handle.
pub(super) struct FetchLoop {
    fetchers: Fetchers,
    key: LoopKey,
    sender: mpsc::UnboundedSender<Event>,
    events: mpsc::UnboundedReceiver<Event>,
    slots: Slots,
    session: FetchSession,
    /// Whether the last request named topics by id.
    by_id: bool,
    main: Lane<Sent>,
    second: Lane<Sent>,
    /// What the second connection was asked for in vain: the long poll will bring it.
    in_vain: BTreeMap<Slot, Ask>,
    /// The second connection has failed; the first one does alone.
    alone: bool,
    doubts: u32,
    sent_at: Instant,
    /// When the topics were last said to be in use.
    kept_at: Instant,
    /// Not before this, unless something new is wanted.
    not_before: Option<Instant>,
}

impl FetchLoop {
    pub(super) fn new(
        fetchers: Fetchers,
        key: LoopKey,
        sender: mpsc::UnboundedSender<Event>,
        events: mpsc::UnboundedReceiver<Event>,
    ) -> Self {
        Self {
            fetchers,
            key,
            sender,
            events,
            slots: Slots::default(),
            session: FetchSession::new(),
            by_id: false,
            main: Lane::Down,
            second: Lane::Down,
            in_vain: BTreeMap::new(),
            alone: false,
            doubts: 0,
            sent_at: Instant::now(),
            kept_at: Instant::now(),
            not_before: None,
        }
    }

    pub(super) async fn run(mut self) {
        let cluster = self.fetchers.cluster().clone();
        let (mut closed, mut news) = (cluster.closed(), cluster.subscribe());
        let mut memory = self.fetchers.budget().subscribe();
        loop {
            while let Ok(event) = self.events.try_recv() {
                self.on_event(event);
            }
            if self.slots.is_empty() && self.retire() {
                return;
            }
            self.send();
            let pause = self.not_before;
            tokio::select! {
                biased;
                _ = closed.wait_for(|closed| *closed) => return self.close(),
                event = self.main.next() => self.on_main(event),
                event = self.second.next() => self.on_second(event),
                event = self.events.recv() => event.into_iter().for_each(|event| self.on_event(event)),
                Ok(()) = news.changed() => self.on_news(),
                Ok(()) = memory.changed() => self.look_at_all(),
                () = sleep_until(pause.unwrap_or(self.sent_at)), if pause.is_some() => self.not_before = None,
            }
        }
    }

    // What is wanted.

    fn on_event(&mut self, event: Event) {
        match event {
            Event::Joined(joining) => self.take_in(joining),
            Event::Touched(slot) => self.look_at(slot),
            Event::Left(slot) => {
                self.slots.remove(slot);
                self.session.leave(slot);
            }
        }
    }

    fn take_in(&mut self, joining: Joining) {
        let feed = joining.feed.clone();
        let leader = Leader { node: self.key.node, epoch: joining.leader_epoch };
        match self.slots.insert(joining) {
            Ok(slot) if feed.settle(slot, &self.sender) => self.look_at(slot),
            Ok(slot) => drop(self.slots.remove(slot)),
            Err(joining) => self.fetchers.join(joining.feed, leader, self.key.copy.saturating_add(1)),
        }
    }

    fn look_at(&mut self, slot: Slot) {
        let Some(entry) = self.slots.get(slot) else { return };
        match entry.feed.wants() {
            Some((offset, max_bytes)) => {
                self.session.want(slot, Ask { offset, max_bytes, leader_epoch: entry.leader_epoch });
            }
            None => self.session.leave(slot),
        }
    }

    fn look_at_all(&mut self) {
        for slot in self.slots.all() {
            self.look_at(slot);
        }
    }

    /// A new picture of the cluster: partitions that have moved move at once, before a request fails.
    fn on_news(&mut self) {
        let snapshot = self.fetchers.cluster().snapshot();
        for slot in self.slots.all() {
            let Some(entry) = self.slots.get_mut(slot) else { continue };
            let topic = snapshot.topic(&entry.feed.topic);
            let Some(partition) = topic.and_then(|topic| topic.partition(entry.feed.partition)) else {
                continue;
            };
            if partition.leader_epoch < entry.leader_epoch {
                continue;
            }
            match partition.leader {
                Some(node) if node == self.key.node => {
                    entry.leader_epoch = partition.leader_epoch;
                    self.look_at(slot);
                }
                Some(_) => self.move_on(slot),
                None => {}
            }
        }
    }

    // Sending.

    fn send(&mut self) {
        if self.session.is_idle() {
            return;
        }
        if self.main.is_busy() {
            if let Err(error) = self.send_at_once() {
                self.on_second(LaneEvent::Lost { error, idle: false });
            }
            return;
        }
        self.main.open(self.fetchers.cluster(), self.key.node);
        // The second connection's answer is due at once, and decides what to ask for next.
        let waits = self.not_before.is_some() && self.session.news().next().is_none();
        if waits || self.second.is_busy() {
            return;
        }
        if let Err(error) = self.send_long_poll() {
            self.main = Lane::Down;
            self.lost(&error);
        }
    }

    fn send_long_poll(&mut self) -> Result<()> {
        let Some(wire) = self.main.ready() else { return Ok(()) };
        let version = choose(wire, &self.slots)?;
        if self.by_id != (version >= BY_ID) {
            self.by_id = version >= BY_ID;
            self.session.reset();
        }
        let plan = self.session.plan(version >= WITH_SESSIONS);
        let request = request(&self.fetchers, &self.key, &mut self.slots, &plan, true);
        let timeout = self.fetchers.cluster().conf().read_timeout + self.key.settings.max_wait;
        self.not_before = None;
        self.in_vain.clear();
        self.sent_at = Instant::now();
        if self.sent_at - self.kept_at >= KEEP {
            self.kept_at = self.sent_at;
            self.slots.topics().for_each(|topic| self.fetchers.cluster().used(topic));
        }
        wire.send(&request, version, timeout, Sent::LongPoll).map_err(|(error, _)| error)
    }

    /// Asks for what the long poll that is under way does not.
    fn send_at_once(&mut self) -> Result<()> {
        let urgent: BTreeMap<_, _> =
            self.session.news().filter(|(slot, ask)| self.in_vain.get(slot) != Some(ask)).collect();
        if urgent.is_empty() || self.alone {
            return Ok(());
        }
        self.second.open(self.fetchers.cluster(), self.key.node);
        let Some(wire) = self.second.ready() else { return Ok(()) };
        let version = choose(wire, &self.slots)?;
        let asked = urgent.iter().map(|(slot, ask)| (*slot, *ask)).collect();
        let plan = Plan { session_id: 0, session_epoch: -1, asked, forgotten: Vec::new() };
        let request = request(&self.fetchers, &self.key, &mut self.slots, &plan, false);
        let timeout = self.fetchers.cluster().conf().read_timeout.min(AT_ONCE);
        wire.send(&request, version, timeout, Sent::AtOnce(urgent)).map_err(|(error, _)| error)
    }

    // Receiving.

    fn on_main(&mut self, event: LaneEvent<Sent>) {
        match event {
            LaneEvent::Opened => self.session.reset(),
            LaneEvent::Answer(answer) => {
                if let Err(error) = self.answered(&answer) {
                    self.main = Lane::Down;
                    self.lost(&error);
                }
            }
            LaneEvent::Lost { error, idle: true } => {
                tracing::debug!(node = self.key.node, %error, "fetch connection ended");
            }
            LaneEvent::Lost { error, idle: false } => self.lost(&error),
        }
    }

    fn on_second(&mut self, event: LaneEvent<Sent>) {
        match event {
            LaneEvent::Opened | LaneEvent::Lost { idle: true, .. } => {}
            LaneEvent::Answer(answer) => {
                if let Err(error) = self.answered(&answer) {
                    self.on_second(LaneEvent::Lost { error, idle: false });
                }
            }
            LaneEvent::Lost { error, idle: false } => {
                tracing::debug!(node = self.key.node, %error, "second fetch connection failed");
                self.second = Lane::Down;
                self.alone = true;
            }
        }
    }

    fn answered(&mut self, answer: &Answer<Sent>) -> Result<()> {
        let response: FetchResponse = answer.decode()?;
        let throttle = Duration::from_millis(u64::try_from(response.throttle_time_ms).unwrap_or(0));
        for lane in [&mut self.main, &mut self.second] {
            if let Lane::Up(wire) = lane {
                wire.throttle(throttle);
            }
        }
        let code = ErrorCode(response.error_code);
        match &answer.tag {
            Sent::AtOnce(asked) => {
                if !code.is_ok() {
                    return Err(answer::refusal(code));
                }
                self.in_vain.extend(asked);
            }
            Sent::LongPoll => match self.session.answered(code, response.session_id) {
                SessionVerdict::Good => self.doubts = 0,
                SessionVerdict::Again if self.doubts < DOUBTS => {
                    tracing::debug!(node = self.key.node, code = %code, "fetch session begins anew");
                    self.doubts += 1;
                    return Ok(());
                }
                SessionVerdict::Again | SessionVerdict::Refused => {
                    self.doubts = 0;
                    return Err(answer::refusal(code));
                }
            },
        }
        let brought = self.deliver(response, answer);
        if !brought && matches!(answer.tag, Sent::LongPoll) {
            // A node that waits as it is asked to has done so by now.
            let due = self.sent_at + self.key.settings.max_wait.max(PACE);
            self.not_before = Some(due).filter(|due| *due > Instant::now());
        }
        Ok(())
    }

    /// Gives each partition its part. Returns whether there was anything for anybody.
    fn deliver(&mut self, response: FetchResponse, answer: &Answer<Sent>) -> bool {
        let mut brought = false;
        let endpoints: BTreeMap<i32, Address> = response
            .node_endpoints
            .iter()
            .filter_map(|node| Some((node.node_id, Address::new(&node.host, u16::try_from(node.port).ok()?))))
            .collect();
        for topic in response.responses {
            let Some(partitions) = self.slots.answered(&topic, answer.version) else { continue };
            let found: Vec<_> = topic
                .partitions
                .into_iter()
                .filter_map(|partition| Some((*partitions.get(&partition.partition_index)?, partition)))
                .collect();
            for (slot, partition) in found {
                let asked = match &answer.tag {
                    Sent::LongPoll => self.session.told(slot),
                    Sent::AtOnce(asked) => asked.get(&slot).copied(),
                };
                let Some(asked) = asked else { continue };
                brought |= self.on_partition(slot, asked, partition, answer.body.len(), &endpoints);
            }
        }
        brought
    }

    fn on_partition(
        &mut self,
        slot: Slot,
        asked: Ask,
        answered: FetchResponsePartitionData,
        frame: usize,
        endpoints: &BTreeMap<i32, Address>,
    ) -> bool {
        let Some(entry) = self.slots.get(slot) else { return false };
        let feed = entry.feed.clone();
        let cluster = self.fetchers.cluster();
        let limit = cluster.conf().max_response_size;
        let allowed = asked.max_bytes;
        let asked = Asked { offset: asked.offset, isolation: self.key.settings.isolation, frame, limit };
        match answer::read(answered, asked) {
            Meaning::Arrived(chunk, corrupt) => {
                let (next, brought) = (chunk.next, chunk.next > asked.offset);
                feed.arrived(chunk);
                match corrupt {
                    Some(error) => self.failed(slot, Some(next), error),
                    None if brought => self.look_at(slot),
                    None => {}
                }
                return brought;
            }
            Meaning::Needs(bytes) if bytes > allowed => {
                feed.needs(asked.offset, bytes);
                self.look_at(slot);
            }
            Meaning::Needs(bytes) => self.failed(slot, Some(asked.offset), answer::cut_short(bytes)),
            Meaning::Elsewhere(error, hint) => {
                if let Some((node, epoch)) = hint {
                    cluster.learn_leader(
                        &feed.topic,
                        feed.partition,
                        node,
                        epoch,
                        endpoints.get(&node).cloned(),
                    );
                }
                cluster.stale(&feed.topic);
                self.failed(slot, Some(asked.offset), error);
            }
            Meaning::Failed(error) => self.failed(slot, Some(asked.offset), error),
        }
        true
    }

    // Partitions that leave.

    /// A partition's fetch failed: it leaves, to be tried again where its leader is then.
    fn failed(&mut self, slot: Slot, asked: Option<i64>, error: Error) {
        let Some(entry) = self.slots.remove(slot) else { return };
        self.session.leave(slot);
        let error = error.at_node(self.key.node);
        tracing::debug!(topic = %entry.feed.topic, partition = entry.feed.partition, %error, "fetch failed");
        if let Next::After(wait) = entry.feed.failed(asked, error, Instant::now()) {
            let leader = Leader { node: self.key.node, epoch: entry.leader_epoch };
            self.fetchers.search(entry.feed, Some(leader), wait);
        }
    }

    /// A partition is led by another node now.
    fn move_on(&mut self, slot: Slot) {
        let Some(entry) = self.slots.remove(slot) else { return };
        self.session.leave(slot);
        entry.feed.moves();
        self.fetchers.place(entry.feed);
    }

    /// The node cannot be reached, or does not answer as it should.
    fn lost(&mut self, error: &Error) {
        self.session.reset();
        for slot in self.slots.all() {
            if let Some(entry) = self.slots.get(slot) {
                self.fetchers.cluster().stale(&entry.feed.topic);
            }
            self.failed(slot, None, error.clone());
        }
    }

    /// With nobody left the loop ends, unless somebody has just joined.
    fn retire(&mut self) -> bool {
        let fetchers = self.fetchers.clone();
        let mut last = None;
        let ends = fetchers.retire(self.key, || {
            last = self.events.try_recv().ok();
            last.is_some()
        });
        if let Some(event) = last {
            self.on_event(event);
        }
        ends
    }

    fn close(mut self) {
        let closed = Error::new(ErrorKind::Closed, "the broker handle was closed");
        self.fetchers.clone().retire(self.key, || false);
        while let Ok(event) = self.events.try_recv() {
            match event {
                Event::Joined(joining) => joining.feed.end(closed.clone()),
                other => self.on_event(other),
            }
        }
        for slot in self.slots.all() {
            if let Some(entry) = self.slots.remove(slot) {
                entry.feed.end(closed.clone());
            }
        }
    }
}

fn choose(wire: &Wire<Sent>, slots: &Slots) -> Result<i16> {
    let version = wire.versions().choose_up_to::<FetchRequest>(slots.newest_version())?;
    if version < OLDEST {
        let what = "the node is older than Kafka 1.0, which is the oldest served";
        return Err(Error::new(ErrorKind::Unsupported, what).in_api("Fetch"));
    }
    Ok(version)
}

fn request(fetchers: &Fetchers, key: &LoopKey, slots: &mut Slots, plan: &Plan, waits: bool) -> FetchRequest {
    let forgotten_topics_data = slots.forgotten(&plan.forgotten);
    if waits && plan.session_epoch <= 0 {
        slots.nothing_is_remembered();
    }
    FetchRequest {
        max_wait_ms: if waits { key.settings.max_wait.as_millis() as i32 } else { 0 },
        min_bytes: if waits { key.settings.min_bytes } else { 0 },
        max_bytes: fetchers.budget().answer_size(),
        isolation_level: i8::from(key.settings.isolation == Isolation::ReadCommitted),
        session_id: plan.session_id,
        session_epoch: plan.session_epoch,
        topics: slots.asked(&plan.asked),
        forgotten_topics_data,
        ..FetchRequest::default()
    }
}
