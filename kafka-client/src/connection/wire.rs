//! A connection that one task owns and drives: it writes what is queued and reads answers in the same poll, so
//! that neither waits for the other.

use std::collections::VecDeque;
use std::fmt;
use std::future::{Future, poll_fn};
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::Bytes;
use kafka_proto::messages::{Request, RequestHeader, Response, ResponseHeader};
use kafka_proto::wire::{Message, Reader, StrBytes};
use tokio::io::AsyncReadExt;
use tokio::time::{Instant, Sleep};

use super::frame::Frames;
use super::handshake::{self, ExpectApiVersions, Step};
use super::in_flight::{Expected, InFlight};
use super::outgoing::Outgoing;
use super::throttle;
use super::versions::Versions;
use crate::api::{Error, ErrorKind, Result, Transport};
use crate::config::BrokerConf;
use crate::net::{Address, Dialer};

/// The two ends of a connection, for errors and logs: the node's id, where it is known, and address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Link {
    pub(crate) node: Option<i32>,
    pub(crate) address: Address,
}

impl fmt::Display for Link {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.node {
            Some(node) => write!(f, "{node} at {}", self.address),
            None => write!(f, "{}", self.address),
        }
    }
}

/// An answer with what its request was tagged with.
#[derive(Debug)]
pub(crate) struct Answer<T> {
    pub(crate) tag: T,
    pub(crate) version: i16,
    pub(crate) body: Bytes,
    pub(super) api: &'static str,
}

impl<T> Answer<T> {
    /// Reads the answer. What does not decode is an error of the connection: the two sides do not agree on what
    /// they say.
    pub(crate) fn decode<R: Response>(&self) -> Result<R> {
        R::decode(&mut Reader::new(self.body.clone()), self.version).map_err(|error| {
            Error::new(ErrorKind::Protocol, format!("an answer in version {} does not decode", self.version))
                .in_api(self.api)
                .with_source(error)
        })
    }
}

/// How long answers are read for that arrived before writing failed: the end of the connection comes after them, but
/// whoever reads may be told of it later.
const READ_ON: Duration = Duration::from_millis(500);

/// A connection past its handshake. `T` is what the owner wants back with each answer.
///
/// The owner queues requests with [`Wire::send`] and polls [`Wire::poll_answer`], which does all the I/O. After
/// an error from it the connection is over: [`Wire::abandon`] gives back what was not answered.
pub(crate) struct Wire<T> {
    transport: Box<dyn Transport>,
    link: Arc<Link>,
    client_id: StrBytes,
    versions: Versions,
    frames: Frames,
    outgoing: Outgoing,
    in_flight: InFlight<T>,
    throttled_until: Option<Instant>,
    max_idle: Option<Duration>,
    last_used: Instant,
    timer: Pin<Box<Sleep>>,
    flushed: bool,
    answered: bool,
    /// Why nothing can be written any more, and until when answers are still read.
    lost: Option<(Error, Instant)>,
    /// How many bytes have left this side.
    gone: u64,
    /// Where requests end that get no answer and have not left this side, and when they are to.
    unanswered: VecDeque<(u64, Instant)>,
}

impl<T> Wire<T> {
    /// Connects and shakes hands, within the configuration's `dial_timeout`.
    pub(crate) async fn open(dialer: &Dialer, conf: &BrokerConf, link: Link) -> Result<Self> {
        let address = link.address.clone();
        let opening = async {
            let transport = dialer.open(&link.address).await?;
            let handshaking: Wire<()> = Wire::over(transport, conf, link);
            // The bound around all of it comes first.
            handshaking.shake_hands(conf.dial_timeout * 2).await
        };
        let Ok(opened) = tokio::time::timeout(conf.dial_timeout, opening).await else {
            let what =
                format!("not ready within dial_timeout ({:?}): is this a Kafka listener?", conf.dial_timeout);
            return Err(Error::new(ErrorKind::Connect, what).at_node(address));
        };
        opened.map(Wire::retagged)
    }

    fn over(transport: Box<dyn Transport>, conf: &BrokerConf, link: Link) -> Self {
        let now = Instant::now();
        Self {
            transport,
            link: Arc::new(link),
            client_id: StrBytes::from(conf.client_id.as_str()),
            versions: Versions::default(),
            frames: Frames::new(conf.max_response_size),
            outgoing: Outgoing::default(),
            in_flight: InFlight::new(),
            throttled_until: None,
            max_idle: conf.conn_max_idle,
            last_used: now,
            timer: Box::pin(tokio::time::sleep_until(now)),
            flushed: true,
            answered: false,
            lost: None,
            gone: 0,
            unanswered: VecDeque::new(),
        }
    }

    /// Queues a request whose answer is due within `timeout`. Record batches in it are written from where they
    /// are. An error is the request's (it cannot be encoded in this version), not the connection's, and gives the
    /// tag back.
    pub(crate) fn send<R: Request>(
        &mut self,
        request: &R,
        version: i16,
        timeout: Duration,
        tag: T,
    ) -> Result<(), (Error, T)> {
        let id = self.in_flight.take_id();
        let starts_at = self.outgoing.end();
        if let Err(error) = self.queue(request, version, id) {
            return Err((error, tag));
        }
        // What waits until the node may be asked again is due later.
        let begins = self.throttled_until.map_or(self.last_used, |until| until.max(self.last_used));
        self.in_flight.push(Expected {
            id,
            deadline: begins + timeout,
            starts_at,
            throttles: throttle::stands_first::<R>(version),
            api: R::API_KEY.name(),
            response_header: R::API_KEY.response_header_version(version),
            version,
            tag,
        });
        Ok(())
    }

    /// Queues a request that gets no answer, Produce with acks none: it is to be written within `timeout`.
    pub(crate) fn send_unanswered<R: Request>(
        &mut self,
        request: &R,
        version: i16,
        timeout: Duration,
    ) -> Result<()> {
        let id = self.in_flight.take_id();
        self.queue(request, version, id)?;
        let begins = self.throttled_until.map_or(self.last_used, |until| until.max(self.last_used));
        self.unanswered.push_back((self.outgoing.end(), begins + timeout));
        Ok(())
    }

    fn queue<R: Request>(&mut self, request: &R, version: i16, id: i32) -> Result<()> {
        let header = RequestHeader {
            request_api_key: R::API_KEY as i16,
            request_api_version: version,
            correlation_id: id,
            client_id: Some(self.client_id.clone()),
            ..RequestHeader::default()
        };
        let encoded = self.outgoing.put(|writer| {
            writer.put_frame(|writer| {
                header.encode(writer, R::API_KEY.request_header_version(version))?;
                request.encode(writer, version)
            })
        });
        encoded.map_err(|error| {
            Error::new(ErrorKind::Unsupported, format!("the request cannot be said in version {version}"))
                .in_api(R::API_KEY.name())
                .at_node(&self.link)
                .with_source(error)
        })?;
        self.last_used = Instant::now();
        Ok(())
    }

    /// Writes what is queued and reads until an answer is there. An error means that the connection is over;
    /// with nothing in flight that includes an orderly end after idling.
    pub(crate) fn poll_answer(&mut self, cx: &mut Context<'_>) -> Poll<Result<Answer<T>>> {
        let polled = self.poll_io(cx);
        polled.map_err(|error| error.at_node(&self.link))
    }

    /// [`Wire::poll_answer`] as a future; dropping it loses nothing.
    pub(crate) async fn answer(&mut self) -> Result<Answer<T>> {
        poll_fn(|cx| self.poll_answer(cx)).await
    }

    /// Whether all is written, and nothing has come that its owner does not know of yet, such as the end.
    pub(crate) fn is_quiet(&mut self, cx: &mut Context<'_>) -> bool {
        self.lost.is_none() && self.is_written() && !self.frames.is_amid() && self.poll_read(cx).is_pending()
    }

    /// Writes what is queued; `true` if all is written and nothing else is to be done until the owner's waker is called.
    pub(crate) fn poll_sent(&mut self, cx: &mut Context<'_>) -> bool {
        self.poll_write(cx);
        self.lost.is_none() && self.is_written() && self.poll_timer(cx).is_pending()
    }

    fn poll_io(&mut self, cx: &mut Context<'_>) -> Poll<Result<Answer<T>>> {
        self.poll_write(cx);
        loop {
            if let Some(frame) = self.frames.next()? {
                return Poll::Ready(self.accept(&frame));
            }
            self.check_lost(Instant::now)?;
            match self.poll_read(cx) {
                Poll::Ready(Err(error)) => return Poll::Ready(Err(self.why_lost().unwrap_or(error))),
                Poll::Ready(Ok(())) => {}
                Poll::Pending => break,
            }
        }
        self.poll_timer(cx)
    }

    /// Once nothing can be written any more: an error unless answers may still be read.
    fn check_lost(&self, now: impl FnOnce() -> Instant) -> Result<()> {
        match &self.lost {
            Some((error, until)) if *until <= now() => Err(error.clone()),
            Some((error, _)) if !self.in_flight.may_be_answered(self.outgoing.written()) => {
                Err(error.clone())
            }
            _ => Ok(()),
        }
    }

    fn why_lost(&self) -> Option<Error> {
        self.lost.as_ref().map(|(error, _)| error.clone())
    }

    fn accept(&mut self, frame: &Bytes) -> Result<Answer<T>> {
        // Every response header begins with the correlation id.
        let id = frame.first_chunk().map_or(-1, |id| i32::from_be_bytes(*id));
        let expected = self.in_flight.answered(id)?;
        let mut reader = Reader::new(frame.clone());
        ResponseHeader::decode(&mut reader, expected.response_header).map_err(|error| {
            Error::new(ErrorKind::Protocol, "a response header does not decode")
                .in_api(expected.api)
                .with_source(error)
        })?;
        self.last_used = Instant::now();
        self.answered = true;
        let body = frame.slice(reader.position()..);
        if expected.throttles {
            self.throttle(throttle::first(&body));
        }
        Ok(Answer { tag: expected.tag, version: expected.version, body, api: expected.api })
    }

    /// Writes as much as the transport takes now. Should it fail, what has arrived is still read.
    fn poll_write(&mut self, cx: &mut Context<'_>) {
        if self.lost.is_none()
            && let Err(error) = self.write_now(cx)
        {
            self.lost = Some((error, Instant::now() + READ_ON));
        }
    }

    /// While the node is to be left alone, only the rest of a request that it has in part: it could not answer earlier
    /// ones after that, nor know that the connection is not stuck.
    fn write_now(&mut self, cx: &mut Context<'_>) -> Result<()> {
        let throttled = self.throttled_until.is_some_and(|until| Instant::now() < until);
        if !throttled {
            self.throttled_until = None;
        }
        let mut result = Ok(());
        while result.is_ok() {
            let most = if throttled { self.outgoing.rest_of_begun() } else { self.outgoing.queued() };
            if most == 0 {
                break;
            }
            let transport = Pin::new(&mut *self.transport);
            match self.outgoing.with_slices(most, |slices| transport.poll_write_vectored(cx, slices)) {
                Poll::Ready(Ok(0)) => result = Err(broken("the node takes no more bytes")),
                Poll::Ready(Ok(written)) => {
                    self.outgoing.advance(written);
                    self.flushed = false;
                }
                Poll::Ready(Err(error)) => result = Err(broken("writing failed").with_source(error)),
                Poll::Pending => break,
            }
        }
        if !self.flushed {
            // Also after an error: to know what has left before it.
            match Pin::new(&mut *self.transport).poll_flush(cx) {
                Poll::Ready(Ok(())) => self.left(),
                Poll::Ready(Err(error)) => {
                    result = result.and_then(|()| Err(broken("writing failed").with_source(error)));
                }
                Poll::Pending => {}
            }
        }
        result
    }

    /// TLS holds back nothing of what was written.
    fn left(&mut self) {
        self.flushed = true;
        self.gone = self.outgoing.written();
        while self.unanswered.front().is_some_and(|(end, _)| *end <= self.gone) {
            self.unanswered.pop_front();
        }
    }

    fn poll_read(&mut self, cx: &mut Context<'_>) -> Poll<Result<()>> {
        // The future of `read_buf` holds nothing between polls: making it anew each time loses nothing.
        let reading = pin!(self.transport.read_buf(self.frames.buffer()));
        match ready!(reading.poll(cx)) {
            Ok(0) if self.in_flight.len() == 0 && !self.frames.is_amid() => {
                Poll::Ready(Err(broken("the node closed the connection")))
            }
            Ok(0) => Poll::Ready(Err(broken("the node closed the connection before its answer"))),
            Ok(_) => Poll::Ready(Ok(())),
            Err(error) => Poll::Ready(Err(broken("reading failed").with_source(error))),
        }
    }

    /// Whatever comes first: an overdue answer, the end of throttling, the end of idling.
    fn poll_timer(&mut self, cx: &mut Context<'_>) -> Poll<Result<Answer<T>>> {
        loop {
            let idle = self.max_idle.filter(|_| self.in_flight.len() == 0 && self.outgoing.queued() == 0);
            let idle_end = idle.map(|idle| self.last_used + idle);
            let to_write = self.unanswered.front().map(|(_, deadline)| *deadline);
            let read_until = self.lost.as_ref().map(|(_, until)| *until);
            let throttled = self.throttled_until.filter(|_| read_until.is_none());
            let times = [self.in_flight.deadline(), to_write, throttled, idle_end, read_until];
            let Some(next) = times.into_iter().flatten().min() else { return Poll::Pending };
            // One that goes off too early is cheaper than setting it anew with each request.
            if self.timer.deadline() > next || self.timer.is_elapsed() {
                self.timer.as_mut().reset(next);
            }
            ready!(self.timer.as_mut().poll(cx));
            let now = Instant::now();
            if let Some(late) = self.in_flight.overdue(now) {
                return Poll::Ready(Err(late));
            }
            if to_write.is_some_and(|deadline| deadline <= now) {
                let what = "the node takes no more bytes: a request was not written in time";
                return Poll::Ready(Err(Error::new(ErrorKind::TimedOut, what)));
            }
            if idle_end.is_some_and(|end| end <= now) {
                return Poll::Ready(Err(broken("closed after conn_max_idle without use")));
            }
            self.poll_write(cx);
            self.check_lost(|| now)?;
        }
    }

    /// Nothing is written for this long, as the node asked (KIP-219). What has begun to
    /// be written goes on, and answers to what was written are due all the same.
    pub(crate) fn throttle(&mut self, how_long: Duration) {
        if !how_long.is_zero() {
            self.throttle_until(Some(Instant::now() + how_long));
        }
    }

    /// Nothing is written until then: a node whose connection was lost is left alone for the rest of its time.
    pub(crate) fn throttle_until(&mut self, until: Option<Instant>) {
        let now = Instant::now();
        let before = self.throttled_until.map_or(now, |before| before.max(now));
        if let Some(until) = until.filter(|until| *until > before) {
            self.throttled_until = Some(until);
            self.in_flight.put_off(self.outgoing.written(), until - before);
        }
    }

    /// Until when nothing is written.
    pub(crate) fn throttled_until(&self) -> Option<Instant> {
        self.throttled_until
    }

    /// Gives back the tags of unanswered requests, oldest first, each with whether any byte of it was written:
    /// without one the request cannot have had any effect.
    pub(crate) fn abandon(&mut self) -> Vec<(T, bool)> {
        self.in_flight.abandon(self.outgoing.written()).collect()
    }

    pub(crate) fn in_flight(&self) -> usize {
        self.in_flight.len()
    }

    /// Whether anything came of it since its handshake.
    pub(crate) fn has_answered(&self) -> bool {
        self.answered
    }

    /// How many requests that get no answer have not left this side, the latest ones.
    pub(crate) fn unsent(&self) -> usize {
        self.unanswered.len()
    }

    /// Gives up requests that get no answer and have not left this side, oldest first: whether each may have all the
    /// same, in what TLS held back. One that was begun and not finished has no effect.
    pub(crate) fn abandon_unsent(&mut self) -> impl Iterator<Item = bool> + '_ {
        let written = self.outgoing.written();
        self.unanswered.drain(..).map(move |(end, _)| end <= written)
    }

    /// Whether everything has left this side: TLS may still hold what the transport took.
    pub(crate) fn is_written(&self) -> bool {
        self.outgoing.queued() == 0 && self.flushed
    }

    pub(crate) fn versions(&self) -> &Versions {
        &self.versions
    }

    pub(crate) fn link(&self) -> &Link {
        &self.link
    }
}

impl Wire<()> {
    async fn shake_hands(mut self, timeout: Duration) -> Result<Self> {
        let mut state = handshake::start();
        loop {
            let version = state.version();
            self.send(&ExpectApiVersions::request(), version, timeout, ()).map_err(|(error, ())| error)?;
            let answer = self.answer().await.map_err(unshaken)?;
            match state.answered(answer.body).map_err(|error| error.at_node(&self.link))? {
                Step::Ask(next) => state = next,
                Step::Ready(versions) => {
                    self.versions = versions;
                    return Ok(self);
                }
            }
        }
    }

    fn retagged<T>(self) -> Wire<T> {
        Wire {
            transport: self.transport,
            link: self.link,
            client_id: self.client_id,
            versions: self.versions,
            frames: self.frames,
            outgoing: self.outgoing,
            in_flight: InFlight::new(),
            throttled_until: self.throttled_until,
            max_idle: self.max_idle,
            last_used: self.last_used,
            timer: self.timer,
            flushed: self.flushed,
            answered: false,
            lost: None,
            gone: self.gone,
            unanswered: VecDeque::new(),
        }
    }
}

impl<T> fmt::Debug for Wire<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Wire")
            .field("link", &self.link)
            .field("in_flight", &self.in_flight.len())
            .finish_non_exhaustive()
    }
}

fn broken(what: &'static str) -> Error {
    Error::new(ErrorKind::Connect, what)
}

/// A connection that ends before its first answer most often is one to the wrong kind of listener.
fn unshaken(error: Error) -> Error {
    if error.kind() != ErrorKind::Connect {
        return error;
    }
    let what = "the node ended the connection at the first request: does this listener expect TLS or SASL, or is it no Kafka?";
    Error::new(ErrorKind::Connect, what).with_source(error)
}

#[cfg(test)]
mod tests;
