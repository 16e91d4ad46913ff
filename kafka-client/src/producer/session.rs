//! One connection's life in a sender: requests out, answers in.

mod gathering;

use std::collections::VecDeque;
use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use kafka_proto::ErrorCode;
use kafka_proto::messages::{
    PartitionProduceResponse, ProduceRequest, ProduceResponse, ProduceResponseNodeEndpoint,
};
use tokio::task::JoinHandle;
use tokio::time::{Instant, Sleep};

use super::engine::{Engine, Phase};
use super::lane::Lane;
use super::life::{answer_for, sent};
use super::lists::{SMALL, Wants};
use super::queue::Settled;
use super::request::{FIRST_WITH_ZSTD, Part, answer_of, build, release};
use super::sealing::{at_hand, seal, share};
use super::verdict::Verdict;
use crate::api::{Error, ErrorKind, ProduceAnswer, Result};
use crate::config::{Compression, RequiredAcks};
use crate::connection::{Answer, Wire, throttle_time};
use crate::net::Address;

/// How much longer than `request_timeout`, which the broker may use up waiting for replicas, its answer may take.
const ANSWER_MARGIN: Duration = Duration::from_secs(5);

/// Up to so many bytes are compressed on the spot: handing them to another thread would take longer.
const COMPRESSED_INLINE: usize = 4 << 10;

/// A connection and all that is on its way over it. Its sender drives it; whoever begins a batch while nothing is on
/// its way may send it on the spot.
pub(super) struct Session {
    engine: Arc<Engine>,
    lane: Arc<Lane>,
    wire: Wire<Vec<Part>>,
    /// Requests that are not sealed yet, or wait behind one that is not.
    preparing: VecDeque<Preparing>,
    /// Requests that get no answer and are not written yet.
    unanswered: VecDeque<Vec<Part>>,
    /// The request in flight was sent by [`Session::send_now`]: it may be the first of many records.
    lone: bool,
    /// Outcomes that are not told yet.
    settled: Vec<Settled>,
    /// Bytes that are free and not given back yet.
    freed: usize,
    /// A request was answered, or written where none is.
    useful: bool,
    timer: Pin<Box<Sleep>>,
    /// Memory of earlier requests, for the next ones.
    request: ProduceRequest,
    spare: Vec<Vec<Part>>,
}

enum Preparing {
    Sealed(Vec<Part>),
    Job(JoinHandle<Vec<Part>>),
}

impl Session {
    pub(super) fn new(engine: Arc<Engine>, lane: Arc<Lane>, wire: Wire<Vec<Part>>) -> Self {
        let timer = Box::pin(tokio::time::sleep_until(Instant::now()));
        Self {
            engine,
            lane,
            wire,
            preparing: VecDeque::new(),
            unanswered: VecDeque::new(),
            lone: false,
            settled: Vec::new(),
            freed: 0,
            useful: false,
            timer,
            request: ProduceRequest::default(),
            spare: Vec::new(),
        }
    }

    /// Sends until the connection is over or the producer has ended, and puts back what has no answer. Returns
    /// whether anything came of it. `throttled`: until when the node asked to be left alone, on whichever connection.
    #[must_use = "a connection that came to nothing is not followed by another at once"]
    pub(super) async fn run(mut self, throttled: &mut Option<Instant>) -> bool {
        self.wire.throttle_until(*throttled);
        let lane = self.lane.clone();
        let place = lane.connect(self);
        let ended = poll_fn(|cx| place.poll(cx)).await;
        let Some(mut session) = place.leave() else { return false };
        let error = ended.err().unwrap_or_else(super::engine::closed);
        session.put_back(&error).await;
        session.release();
        *throttled = session.wire.throttled_until();
        session.useful
    }

    pub(super) fn poll(&mut self, cx: &mut Context<'_>) -> Poll<Result<()>> {
        loop {
            // First of all: the nudge that comes with the end is not to be taken for old news.
            self.lane.lists.lock().awake();
            if self.engine.phase() == Phase::Ended {
                return Poll::Ready(Ok(()));
            }
            while let Poll::Ready(answer) = self.wire.poll_answer(cx)? {
                self.accept(answer)?;
            }
            self.complete_written();
            let (sent, wake_at) = self.send_ready(cx);
            self.tell();
            let wanted = self.freed >= self.engine.budget.lump() || self.engine.budget.is_short();
            if wanted || self.in_flight() == 0 {
                self.release();
            }
            if !sent && !self.is_due(wake_at, cx) && self.sleep(wake_at, cx) {
                return Poll::Pending;
            }
        }
    }

    /// Sends a small batch that was just put down, if nothing is on its way: what the sender would do, without waiting for
    /// it to be scheduled. `cx` is the sender's, whose turn it is with whatever comes next. `false`: it is to be woken.
    pub(super) fn send_now(&mut self, cx: &mut Context<'_>) -> bool {
        let engine = self.engine.clone();
        // The connection may need it, and the caller have none.
        let _within = engine.cluster.runtime().enter();
        // An interceptor is not called in the middle of somebody's enqueue.
        let may = self.in_flight() == 0
            && engine.conf.required_acks != RequiredAcks::None
            && !engine.lives.are_watched()
            && self.is_lone()
            && self.wire.is_quiet(cx);
        if !may {
            return false;
        }
        self.lane.lists.lock().awake();
        if engine.phase() == Phase::Ended {
            return false;
        }
        let (sent, wake_at) = self.send_ready(cx);
        self.lone = sent;
        sent && wake_at.is_none()
            && self.settled.is_empty()
            && self.wire.poll_sent(cx)
            && !self.is_due(None, cx)
            && self.sleep(None, cx)
    }

    /// Whether a single small batch is all there is to send, and not held back by anything that is known of its partition.
    fn is_lone(&self) -> bool {
        let lone = self.lane.lists.lock().lone().cloned();
        lone.is_some_and(|slot| {
            slot.with(|queue| queue.is_proven(Instant::now()) && queue.waiting_len() <= SMALL)
        })
    }

    /// Sends what may go now; returns whether anything was handed to the connection, and when to look again.
    fn send_ready(&mut self, cx: &mut Context<'_>) -> (bool, Option<Instant>) {
        let now = Instant::now();
        let mut sent = self.send_prepared(cx);
        let mut wake_at = None;
        while self.in_flight() < self.engine.conf.max_in_flight {
            let (parts, until) = self.gather(now);
            wake_at = until;
            if parts.is_empty() {
                self.spare.push(parts);
                break;
            }
            self.lone = false;
            sent |= self.dispatch(parts);
            // Polls a job that was just begun, so that it wakes this task.
            sent |= self.send_prepared(cx);
        }
        (sent, wake_at)
    }

    fn in_flight(&self) -> usize {
        self.wire.in_flight() + self.preparing.len() + self.unanswered.len()
    }

    /// Sets the timer; `true` if it is over already.
    fn is_due(&mut self, wake_at: Option<Instant>, cx: &mut Context<'_>) -> bool {
        let later = self.lane.lists.lock().next_later();
        // Without room for a request, or an id to write under, time changes nothing.
        let anonymous = self.engine.conf.is_idempotent() && self.engine.identities.get().is_none();
        let may_send = self.in_flight() < self.engine.conf.max_in_flight && !anonymous;
        let Some(when) = wake_at.into_iter().chain(later).min().filter(|_| may_send) else { return false };
        // One that goes off too early is cheaper than setting it anew with each batch.
        if self.timer.deadline() > when || self.timer.is_elapsed() {
            self.timer.as_mut().reset(when);
        }
        self.timer.as_mut().poll(cx).is_ready()
    }

    /// What to be woken for depends on whether a timer runs, not on what the lists have by now: an open batch may have
    /// come since the sender looked at them.
    fn sleep(&self, wake_at: Option<Instant>, cx: &Context<'_>) -> bool {
        let full = self.in_flight() >= self.engine.conf.max_in_flight;
        let wants = match wake_at {
            _ if full => Wants::Nothing,
            Some(_) => Wants::Full,
            None => Wants::Open,
        };
        self.lane.lists.lock().sleep(wants, cx.waker())
    }

    /// Seals the batches, here or (compression takes time) on another thread, and sends them in order. `true` if
    /// something was handed to the connection.
    fn dispatch(&mut self, mut parts: Vec<Part>) -> bool {
        self.engine.lives.gathered(&mut parts);
        let raw: usize =
            parts.iter().filter(|part| part.batch.sealed().is_none()).map(|part| part.batch.len()).sum();
        let compress = self.engine.conf.compression != Compression::None;
        let inline = self.engine.cluster.environment().compress_inline();
        if compress && !inline && raw > COMPRESSED_INLINE {
            share(&self.engine, &mut parts);
            let engine = self.engine.clone();
            let job = self.engine.cluster.runtime().spawn_blocking(move || seal(&engine, parts, true));
            self.preparing.push_back(Preparing::Job(job));
            return false;
        }
        parts = seal(&self.engine, parts, false);
        if self.preparing.is_empty() {
            self.send(parts);
            return true;
        }
        for part in &parts {
            at_hand(&self.engine, part);
        }
        self.preparing.push_back(Preparing::Sealed(parts));
        false
    }

    /// Sends what is sealed, in order.
    fn send_prepared(&mut self, cx: &mut Context<'_>) -> bool {
        let mut sent = false;
        while let Some(first) = self.preparing.front_mut() {
            let parts = match first {
                Preparing::Sealed(parts) => std::mem::take(parts),
                Preparing::Job(job) => match Pin::new(job).poll(cx) {
                    Poll::Pending => break,
                    // The job is lost with its runtime, and the producer with it.
                    Poll::Ready(parts) => parts.unwrap_or_default(),
                },
            };
            self.preparing.pop_front();
            if !parts.is_empty() {
                self.send(parts);
                sent = true;
            }
        }
        sent
    }

    /// Hands the request of sealed parts to the connection, without those that have failed meanwhile.
    fn send(&mut self, mut parts: Vec<Part>) {
        let goes = |part: &Part| {
            let bytes = part.batch.sealed().filter(|_| part.batch.is_final());
            bytes.is_some_and(|bytes| part.slot.with(|queue| queue.hand_over(part.batch.key, bytes)))
        };
        while let Some(at) = parts.iter().position(|part| !goes(part)) {
            let part = parts.remove(at);
            if part.batch.is_final() {
                self.returned(part);
                continue;
            }
            let error = part.batch.last_error.clone();
            let error =
                error.unwrap_or_else(|| Error::new(ErrorKind::InvalidRecord, "the batch cannot be sealed"));
            self.answered(part, Verdict::Failed(error), None);
        }
        if parts.is_empty() {
            return;
        }
        let mut request = std::mem::take(&mut self.request);
        let snapshot = self.engine.cluster.snapshot();
        let newest = build(&mut request, &mut parts, &self.engine.conf, &snapshot);
        sent(&parts);
        let handed_over = self.hand_over(&request, newest, parts);
        release(&mut request);
        self.request = request;
        if let Err((error, parts)) = handed_over {
            for part in parts {
                self.answered(part, Verdict::Failed(error.clone()), None);
            }
        }
    }

    fn hand_over(
        &mut self,
        request: &ProduceRequest,
        newest: i16,
        parts: Vec<Part>,
    ) -> Result<(), (Error, Vec<Part>)> {
        let version = match self.wire.versions().choose_up_to::<ProduceRequest>(newest) {
            Ok(version) => version,
            Err(error) => return Err((error.at_node(self.wire.link()), parts)),
        };
        let is_zstd = |part: &Part| part.batch.compression() == Some(Compression::Zstd);
        if version < FIRST_WITH_ZSTD && parts.iter().any(is_zstd) {
            let error = Error::from_code(ErrorCode::UNSUPPORTED_COMPRESSION_TYPE)
                .explained("the node is older than Kafka 2.1 and does not take zstd".to_owned())
                .at_node(self.wire.link());
            return Err((error, parts));
        }
        if self.engine.conf.required_acks == RequiredAcks::None {
            let timeout = self.engine.conf.request_timeout + ANSWER_MARGIN;
            match self.wire.send_unanswered(request, version, timeout) {
                Ok(()) => self.unanswered.push_back(parts),
                Err(error) => return Err((error, parts)),
            }
            return Ok(());
        }
        self.wire.send(request, version, self.engine.conf.request_timeout + ANSWER_MARGIN, parts)
    }

    /// With acks none a batch is done when its request has left this side.
    fn complete_written(&mut self) {
        while self.unanswered.len() > self.wire.unsent() {
            self.useful = true;
            for part in self.unanswered.pop_front().into_iter().flatten() {
                self.answered(part, Verdict::Written { base: None, timestamp: None }, None);
            }
        }
    }

    fn accept(&mut self, answer: Answer<Vec<Part>>) -> Result<()> {
        let response: ProduceResponse = match answer.decode() {
            Ok(response) => response,
            Err(error) => {
                answer.tag.into_iter().for_each(|part| self.lost(part, &error));
                return Err(error);
            }
        };
        self.useful = true;
        let throttle = throttle_time(response.throttle_time_ms);
        self.wire.throttle(throttle);
        let mut parts = answer.tag;
        let mut at = (0, 0);
        for part in parts.drain(..) {
            let answer = answer_of(&part, &response, &mut at);
            let verdict = self.judge(&part, answer, &response.node_endpoints);
            let answer = answer_for(&part, self.lane.node, throttle, answer);
            self.answered(part, verdict, answer);
        }
        self.spare.push(parts);
        Ok(())
    }

    fn judge(
        &self,
        part: &Part,
        answer: Option<&PartitionProduceResponse>,
        endpoints: &[ProduceResponseNodeEndpoint],
    ) -> Verdict {
        let Some(answer) = answer else {
            let error = Error::new(ErrorKind::NoResponse, "the broker answered without this partition");
            return Verdict::Retry { error: self.locate(error), uncertain: true, at_once: false };
        };
        let code = ErrorCode(answer.error_code);
        if code.is_ok() {
            let known = |number: i64| Some(number).filter(|number| *number >= 0);
            // Of an offset that no log reaches nothing is believed: those of its records would overflow.
            let reached = |base: &i64| base.checked_add(i64::from(part.batch.records)).is_some();
            return Verdict::Written {
                base: known(answer.base_offset).filter(reached),
                timestamp: known(answer.log_append_time_ms),
            };
        }
        let mut error = self.locate(Error::from_code(code));
        if let Some(message) = answer.error_message.as_ref().filter(|message| !message.is_empty()) {
            error = error.explained(message.to_string());
        }
        let mut verdict = Verdict::of(code, error);
        if code.needs_metadata_refresh() {
            let hint = &answer.current_leader;
            let endpoint = endpoints.iter().find(|endpoint| endpoint.node_id == hint.leader_id);
            let address = endpoint
                .and_then(|endpoint| Some(Address::new(&endpoint.host, u16::try_from(endpoint.port).ok()?)));
            let (topic, partition) = (&part.slot.topic, part.slot.partition);
            self.engine.cluster.learn_leader(topic, partition, hint.leader_id, hint.leader_epoch, address);
            let moved = self.engine.leader_of(&part.slot).is_some_and(|leader| leader != self.lane.node);
            if let Verdict::Retry { at_once, .. } = &mut verdict {
                *at_once = moved && part.batch.attempts == 0;
            }
            if !moved {
                self.engine.cluster.stale(topic);
            }
        }
        verdict
    }

    fn locate(&self, error: Error) -> Error {
        error.in_api("Produce").at_node(self.wire.link())
    }

    /// `answer`: the broker's, for those who want to know.
    fn answered(&mut self, part: Part, verdict: Verdict, answer: Option<ProduceAnswer>) {
        self.engine.lives.answered(&part, answer, &verdict);
        let Part { slot, batch, .. } = part;
        let now = Instant::now();
        let (batch, verdict) = match verdict {
            // Its deliveries have failed already: its records are not written after that.
            Verdict::TooLarge(error) if !slot.with(|queue| queue.may_split(batch.key)) => {
                (batch, Verdict::Failed(error))
            }
            Verdict::TooLarge(error) => {
                let (key, len, records) = (batch.key, batch.len(), batch.records);
                match batch.split() {
                    Ok(halves) => {
                        let listing = slot.with(|queue| {
                            queue.replaced(key, halves.into_iter());
                            queue.list(now)
                        });
                        return self.engine.put_down(&slot, listing);
                    }
                    Err(batch) => {
                        let what = format!(
                            "the batch has {records} records in {len} bytes, more than the topic's max.message.bytes"
                        );
                        (*batch, Verdict::Failed(error.explained(what)))
                    }
                }
            }
            verdict => (batch, verdict),
        };
        let random =
            if matches!(verdict, Verdict::Written { .. }) { 0.5 } else { self.engine.cluster.random() };
        let (settled, listing) =
            slot.with(|queue| (queue.answered(batch, verdict, now, random), queue.list(now)));
        self.settled.extend(settled);
        self.engine.put_down(&slot, listing);
    }

    /// The batch was written, at least in part, and the connection lost.
    fn lost(&mut self, part: Part, error: &Error) {
        self.answered(part, Verdict::Retry { error: error.clone(), uncertain: true, at_once: false }, None);
    }

    fn returned(&mut self, part: Part) {
        let Part { slot, batch, .. } = part;
        let now = Instant::now();
        let (settled, listing) = slot.with(|queue| (queue.returned(batch, now), queue.list(now)));
        self.settled.extend(settled);
        self.engine.put_down(&slot, listing);
    }

    /// Everything without an answer goes back to its queue.
    async fn put_back(&mut self, error: &Error) {
        let abandoned = self.wire.abandon();
        if let Some(part) = abandoned.iter().flat_map(|(parts, _)| parts).next() {
            tracing::debug!(node = self.lane.node, %error, "connection lost with batches in flight");
            self.engine.cluster.stale(&part.slot.topic);
        }
        for (parts, written) in abandoned {
            for part in parts {
                if written { self.lost(part, error) } else { self.returned(part) }
            }
        }
        self.complete_written();
        let unsent: Vec<_> = self.wire.abandon_unsent().collect();
        for (parts, may_have_left) in std::mem::take(&mut self.unanswered).into_iter().zip(unsent) {
            for part in parts {
                if may_have_left { self.lost(part, error) } else { self.returned(part) }
            }
        }
        for preparing in std::mem::take(&mut self.preparing) {
            let parts = match preparing {
                Preparing::Sealed(parts) => parts,
                Preparing::Job(job) => job.await.unwrap_or_default(),
            };
            for part in parts {
                self.returned(part);
            }
        }
    }

    /// Tells of the outcomes: only in the sender's own turn, as it wakes tasks and calls the interceptor.
    fn tell(&mut self) {
        for settled in self.settled.drain(..) {
            self.freed += settled.tell(&self.engine.buffers, &self.engine.lives);
        }
    }

    fn release(&mut self) {
        self.tell();
        if self.freed > 0 {
            self.engine.release(std::mem::take(&mut self.freed));
        }
    }
}
