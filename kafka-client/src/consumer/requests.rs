//! What a fetch loop sends, and what it does with the answers.

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Duration;

use kafka_proto::ErrorCode;
use kafka_proto::messages::{FetchRequest, FetchResponse, FetchResponsePartitionData};
use tokio::time::Instant;

use super::answer::{self, Asked, Meaning};
use super::cursor::Next;
use super::driver::{FetchLoop, Sent};
use super::lane::{Lane, LaneEvent};
use super::session::{Ask, Plan, SessionVerdict, Slot};
use super::slots::{BY_ID, COMPARES, Entry, Slots};
use crate::api::{Error, ErrorKind, FetchExchange, Result};
use crate::config::Isolation;
use crate::connection::{Answer, Wire, throttle_time};
use crate::net::Address;

/// The oldest version whose answers have batches of magic 2, and list aborted transactions.
const OLDEST: i16 = 4;

/// The first version with sessions.
const WITH_SESSIONS: i16 = 7;

/// The first version whose answers come at once and have the client wait (KIP-219). Before it the node has waited.
const THROTTLES_CLIENTS: i16 = 8;

/// How often in a row a node may call its session into question before that counts as a failure.
const DOUBTS: u32 = 3;

/// The least time between two answers without data, whatever the node does.
const PACE: Duration = Duration::from_millis(5);

/// How long an answer may take that nothing holds up; the long poll waits for it.
const AT_ONCE: Duration = Duration::from_secs(5);

/// How often topics that are read are said to be in use, so that the metadata keeps their leaders up to date.
const KEEP: Duration = Duration::from_mins(1);

/// How long the second connection is left alone after it has failed.
const ALONE: Duration = Duration::from_secs(1);

impl FetchLoop {
    // Sending.

    pub(super) fn send(&mut self) {
        if self.session.is_idle() {
            if self.slots.is_empty() && !self.main.is_busy() {
                self.session.begin_anew();
            }
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
        if self.main.ready().is_some() {
            self.heed_memory();
        }
        let Some(wire) = self.main.ready() else { return Ok(()) };
        let version = choose(wire, &self.slots)?;
        self.compare_first(version);
        if self.session.is_idle() {
            return Ok(());
        }
        if self.by_id != (version >= BY_ID) {
            self.by_id = version >= BY_ID;
            self.session.reset();
        }
        let plan = self.session.plan(version >= WITH_SESSIONS);
        let request = self.request(&plan, version, true);
        let timeout = self.fetchers.cluster().conf().read_timeout + self.wait;
        self.not_before = None;
        self.in_vain.clear();
        self.sent_at = Instant::now();
        if self.sent_at - self.kept_at >= KEEP {
            self.kept_at = self.sent_at;
            self.slots.topics().for_each(|topic| self.fetchers.cluster().used(topic));
            self.expire_nearer();
        }
        let sent = Sent { at: self.sent_at, at_once: None };
        let Some(wire) = self.main.ready() else { return Ok(()) };
        wire.send(&request, version, timeout, sent).map_err(|(error, _)| error)
    }

    /// While memory is tight, what a consumer waited for is not wanted any more once another partition has brought it
    /// something.
    fn heed_memory(&mut self) {
        if self.fetchers.budget().is_tight() {
            self.look_at_all();
        }
    }

    /// A node whose answers do not say that its log differs from what was read is asked for that first, where the
    /// leader is a new one.
    fn compare_first(&mut self, version: i16) {
        for slot in std::mem::take(&mut self.uncompared) {
            let Some(entry) = self.slots.get(slot) else { continue };
            if version >= COMPARES || entry.leader.node != self.key.node {
                continue;
            }
            if entry.feed.must_compare(entry.leader.epoch) {
                self.move_on(slot);
            }
        }
    }

    /// Asks for what the long poll that is under way does not.
    fn send_at_once(&mut self) -> Result<()> {
        if !self.has_urgent() || self.alone_until.is_some_and(|until| Instant::now() < until) {
            return Ok(());
        }
        self.second.open(self.fetchers.cluster(), self.key.node);
        if self.second.ready().is_some() {
            self.heed_memory();
        }
        let Some(wire) = self.second.ready() else { return Ok(()) };
        let version = choose(wire, &self.slots)?;
        self.compare_first(version);
        let urgent: BTreeMap<_, _> = self.urgent().collect();
        if urgent.is_empty() {
            return Ok(());
        }
        let asked = self.in_vain.in_turn(&urgent);
        let plan = Plan { session_id: 0, session_epoch: -1, asked, forgotten: Vec::new() };
        let request = self.request(&plan, version, false);
        let timeout = self.fetchers.cluster().conf().read_timeout.min(AT_ONCE);
        let sent = Sent { at: Instant::now(), at_once: Some(urgent) };
        let Some(wire) = self.second.ready() else { return Ok(()) };
        wire.send(&request, version, timeout, sent).map_err(|(error, _)| error)
    }

    /// What the long poll under way does not ask for, and the second connection has not been asked for in vain.
    fn urgent(&self) -> impl Iterator<Item = (Slot, Ask)> + '_ {
        self.session.news().filter(|(slot, ask)| !self.in_vain.has(*slot, *ask))
    }

    pub(super) fn has_urgent(&self) -> bool {
        self.urgent().next().is_some()
    }

    fn request(&mut self, plan: &Plan, version: i16, waits: bool) -> FetchRequest {
        let forgotten_topics_data = self.slots.forgotten(&plan.forgotten);
        if waits && plan.session_epoch <= 0 {
            self.slots.nothing_is_remembered();
        }
        let settings = &self.key.settings;
        FetchRequest {
            max_wait_ms: if waits { self.wait.as_millis() as i32 } else { 0 },
            min_bytes: if waits { settings.min_bytes } else { 0 },
            max_bytes: self.answer_size(),
            isolation_level: i8::from(settings.isolation == Isolation::ReadCommitted),
            session_id: plan.session_id,
            session_epoch: plan.session_epoch,
            topics: self.slots.asked(&plan.asked, version),
            forgotten_topics_data,
            rack_id: self.rack.clone(),
            ..FetchRequest::default()
        }
    }

    // Receiving.

    pub(super) fn on_main(&mut self, event: LaneEvent<Sent>) {
        match event {
            LaneEvent::Opened => {
                self.session.reset();
                self.leave_alone();
            }
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

    pub(super) fn on_second(&mut self, event: LaneEvent<Sent>) {
        match event {
            LaneEvent::Opened => self.leave_alone(),
            LaneEvent::Lost { idle: true, .. } => {}
            LaneEvent::Answer(answer) => {
                if let Err(error) = self.answered(&answer) {
                    self.on_second(LaneEvent::Lost { error, idle: false });
                }
            }
            LaneEvent::Lost { error, idle: false } => {
                tracing::debug!(node = self.key.node, %error, "second fetch connection failed");
                self.second = Lane::Down;
                self.alone_until = Some(Instant::now() + ALONE);
            }
        }
    }

    /// On neither connection anything is sent until the time that the node asked for is over.
    fn leave_alone(&mut self) {
        let until = self.fetchers.throttled_until(self.key.node);
        for lane in [&mut self.main, &mut self.second] {
            if let Lane::Up(wire) = lane {
                wire.throttle_until(until);
            }
        }
    }

    fn answered(&mut self, answer: &Answer<Sent>) -> Result<()> {
        let response: FetchResponse = answer.decode()?;
        let throttle = throttle_time(response.throttle_time_ms);
        if !throttle.is_zero() && answer.version >= THROTTLES_CLIENTS {
            self.fetchers.throttle(self.key.node, throttle);
            self.leave_alone();
        }
        let code = ErrorCode(response.error_code);
        match &answer.tag.at_once {
            Some(_) => {
                if !code.is_ok() {
                    return Err(answer::refusal(code));
                }
                self.alone_until = None;
            }
            None => match self.session.answered(code, response.session_id) {
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
        let brought = self.deliver(response, answer, throttle);
        let Some(asked) = &answer.tag.at_once else {
            self.pace(brought);
            return Ok(());
        };
        if brought {
            self.wait = self.key.settings.max_wait;
        }
        let full = answer.body.len() >= self.answer_size() as usize / 2;
        let until = Instant::now() + self.key.settings.max_wait.max(PACE);
        let session = &self.session;
        self.in_vain.answered(asked, full, |slot, ask| session.wanted(slot) != Some(ask), until);
        Ok(())
    }

    /// How many bytes of batches one answer may bring.
    fn answer_size(&self) -> i32 {
        self.fetchers.budget().answer_size(self.fetchers.cluster().conf().max_response_size)
    }

    /// When to send the next long poll, and how long it may be held.
    fn pace(&mut self, brought: bool) {
        let now = Instant::now();
        let asked = std::mem::replace(&mut self.wait, self.key.settings.max_wait);
        if brought {
            return;
        }
        if now >= self.sent_at + asked.max(PACE) {
            self.wait = self.key.settings.longer_wait(asked);
        } else {
            // A node that does not wait as it is asked to is left alone for as long as it should have.
            self.not_before = Some(self.sent_at + self.wait.max(PACE)).filter(|due| now < *due);
        }
    }

    /// Gives each partition its part. Returns whether there was anything for anybody.
    fn deliver(&mut self, response: FetchResponse, answer: &Answer<Sent>, throttle: Duration) -> bool {
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
                let asked = match &answer.tag.at_once {
                    None => self.session.told(slot),
                    Some(asked) => asked.get(&slot).copied(),
                };
                let Some(asked) = asked else { continue };
                let how = How { asked, frame: answer.body.len(), throttle, sent: answer.tag.at };
                brought |= self.on_partition(slot, &how, partition, &endpoints);
            }
        }
        brought
    }

    /// Whether there was anything for it.
    fn on_partition(
        &mut self,
        slot: Slot,
        how: &How,
        answered: FetchResponsePartitionData,
        endpoints: &BTreeMap<i32, Address>,
    ) -> bool {
        let Some(entry) = self.slots.get(slot) else { return false };
        if how.asked.leader_epoch != entry.leader.epoch {
            // What was asked for under another leader is not this one's answer: it is asked for anew.
            return true;
        }
        let limit = self.fetchers.cluster().conf().max_response_size;
        let isolation = self.key.settings.isolation;
        let asked = Asked { offset: how.asked.offset, isolation, frame: how.frame, limit };
        let (high_watermark, bytes) =
            (answered.high_watermark, answered.records.as_ref().map_or(0, bytes::Bytes::len));
        let meaning = answer::read(answered, asked);
        if entry.feed.observer.is_some() {
            let mut exchange = self.exchange(entry, how, &meaning);
            (exchange.high_watermark, exchange.bytes) = (high_watermark, bytes);
            report(entry, &exchange);
        }
        self.on_meaning(slot, how.asked, meaning, endpoints)
    }

    fn on_meaning(
        &mut self,
        slot: Slot,
        asked: Ask,
        meaning: Meaning,
        endpoints: &BTreeMap<i32, Address>,
    ) -> bool {
        let Some(entry) = self.slots.get(slot) else { return false };
        let feed = entry.feed.clone();
        match meaning {
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
            Meaning::Needs(bytes) if bytes > asked.max_bytes => {
                feed.needs(asked.offset, bytes);
                self.look_at(slot);
            }
            Meaning::Needs(bytes) => self.failed(slot, Some(asked.offset), answer::cut_short(bytes)),
            Meaning::Nearer(node) => self.on_nearer(slot, asked, node),
            Meaning::Diverged(..) if entry.leader.node != self.key.node => {
                // A follower may be behind: only the leader's log is the truth.
                self.failed(slot, Some(asked.offset), answer::follower_differs());
            }
            Meaning::Diverged(epoch, end) => {
                self.slots.remove(slot);
                self.session.leave(slot);
                if let Next::After(wait) = feed.diverged(asked.offset, epoch, end, Instant::now()) {
                    self.fetchers.search(feed, None, wait);
                }
            }
            Meaning::Elsewhere(error, hint) => {
                let cluster = self.fetchers.cluster();
                if let Some((node, epoch)) = hint {
                    let address = endpoints.get(&node).cloned();
                    cluster.learn_leader(&feed.of.topic, feed.of.partition, node, epoch, address);
                }
                cluster.stale(&feed.of.topic);
                self.failed(slot, Some(asked.offset), error);
            }
            Meaning::Failed(error) => self.failed(slot, Some(asked.offset), error),
        }
        true
    }

    /// The leader sends us to a follower that is nearer.
    fn on_nearer(&mut self, slot: Slot, asked: Ask, node: i32) {
        let Some(entry) = self.slots.get(slot) else { return };
        let cluster = self.fetchers.cluster();
        if node != self.key.node && cluster.snapshot().nodes.contains_key(&node) {
            // Java's client goes back to the leader as often.
            let until = Instant::now() + cluster.conf().metadata_max_age;
            entry.feed.set_nearer(Some((node, until)));
            self.move_on(slot);
        } else {
            cluster.stale_nodes();
            let what = format!("the leader names node {node} to fetch from, which is not known (yet)");
            let error = Error::new(ErrorKind::Protocol, what).in_api("Fetch").retriable(true);
            self.failed(slot, Some(asked.offset), error);
        }
    }

    // Who is told.

    fn exchange(&self, entry: &Entry, how: &How, meaning: &Meaning) -> FetchExchange {
        let now = Instant::now();
        let took = now.saturating_duration_since(how.sent);
        let mut exchange = FetchExchange::new(entry.feed.of.topic.clone(), entry.feed.of.partition);
        let clock = self.fetchers.cluster().environment().wall_clock_ms();
        exchange.node = self.key.node;
        exchange.took = took;
        exchange.began = clock.saturating_sub(i64::try_from(took.as_millis()).unwrap_or(i64::MAX));
        exchange.throttle = how.throttle;
        exchange.initial_offset = how.asked.offset;
        exchange.final_offset = how.asked.offset;
        match meaning {
            Meaning::Arrived(chunk, corrupt) => {
                exchange.final_offset = chunk.next;
                exchange.error.clone_from(corrupt);
            }
            Meaning::Elsewhere(error, _) | Meaning::Failed(error) => exchange.error = Some(error.clone()),
            Meaning::Needs(_) | Meaning::Nearer(_) | Meaning::Diverged(..) => {}
        }
        exchange
    }

    /// A fetch that was never answered.
    pub(super) fn report_lost(&self, entry: &Entry, slot: Slot, error: &Error) {
        let Some(asked) = self.session.told(slot).filter(|_| entry.feed.observer.is_some()) else { return };
        let how = How { asked, frame: 0, throttle: Duration::ZERO, sent: self.sent_at };
        report(entry, &self.exchange(entry, &how, &Meaning::Failed(error.clone())));
    }
}

/// How an answer's part was asked for, and in what it came.
struct How {
    asked: Ask,
    frame: usize,
    throttle: Duration,
    sent: Instant,
}

/// Whatever the application's observer does, fetching goes on.
fn report(entry: &Entry, exchange: &FetchExchange) {
    if let Some(observer) = &entry.feed.observer
        && catch_unwind(AssertUnwindSafe(|| observer.fetched(exchange))).is_err()
    {
        tracing::error!(partition = %entry.feed.of, "the FetchObserver panicked");
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
