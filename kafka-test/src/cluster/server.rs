//! The connections: frames in, frames out, one request at a time, as Kafka's brokers do it.

use std::io::{self, IoSlice};
use std::sync::Arc;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use kafka_proto::ErrorCode;
use kafka_proto::messages::{ApiKey, RequestHeader};
use kafka_proto::wire::{Reader, Writer};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::sync::oneshot;
use tokio::time;
use tokio_rustls::TlsAcceptor;

use super::control::{Intercepted, Kind};
use super::handlers::{self, Body, Call, Outcome};
use super::hostile::{Then, Told, Truth};
use super::shared::{Connected, Shared};

/// How long a client may take for its part of a TLS handshake.
const HANDSHAKE: Duration = Duration::from_secs(10);

/// Serves one connection, through TLS if the cluster is configured so. It ends as [`serve_plain`] does.
pub(crate) async fn serve<S>(shared: Arc<Shared>, node: i32, stream: S, mut stop: oneshot::Receiver<()>)
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let Some(tls) = shared.step(|state| state.conf.tls.clone()) else {
        return serve_plain(shared, node, stream, stop).await;
    };
    let handshake = time::timeout(HANDSHAKE, TlsAcceptor::from(tls).accept(stream));
    let accepted = tokio::select! {
        biased;
        _ = &mut stop => return,
        accepted = handshake => accepted,
    };
    match accepted {
        Ok(Ok(stream)) => serve_plain(shared, node, stream, stop).await,
        Ok(Err(error)) => tracing::debug!(node, %error, "no TLS handshake"),
        Err(_) => tracing::debug!(node, "the client takes too long for its TLS handshake"),
    }
}

/// Serves one connection until the client hangs up or sends what no node takes, or until `stop` is told or dropped.
async fn serve_plain<S>(shared: Arc<Shared>, node: i32, stream: S, mut stop: oneshot::Receiver<()>)
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let guard = shared.connected(node);
    let max_request_bytes = shared.step(|state| state.conf.max_request_bytes);
    let mut connection = Connection { shared, guard, stream, unread: BytesMut::new(), max_request_bytes };
    tokio::select! {
        biased;
        _ = &mut stop => {}
        ended = connection.run() => {
            if let Err(error) = ended {
                tracing::debug!(node, %error, "connection closed");
            }
        }
    }
}

struct Connection<S> {
    shared: Arc<Shared>,
    guard: Connected,
    stream: S,
    unread: BytesMut,
    max_request_bytes: usize,
}

/// What goes back to the client.
enum Reply {
    Frame {
        correlation_id: i32,
        flexible: bool,
        body: Body,
    },
    /// The first half of such a frame, then the end.
    HalfFrame {
        correlation_id: i32,
        flexible: bool,
        body: Body,
    },
    Nothing,
    Close,
}

impl<S: AsyncRead + AsyncWrite + Unpin> Connection<S> {
    async fn run(&mut self) -> io::Result<()> {
        while let Some(request) = self.read_frame().await? {
            match self.answer(request.clone()).await? {
                Reply::Frame { correlation_id, flexible, body } => {
                    // Up to Kafka 1.1 the answer waits; later it says how long it is not listened to (KIP-219).
                    let (before, after) = self.silences(body.silence);
                    pause(before).await;
                    match self.lie(&request, flexible, &body)? {
                        None => self.write(&frame(correlation_id, flexible, &body)?).await?,
                        Some(told) => {
                            if self.write_lie(told).await? == Then::Close {
                                break;
                            }
                        }
                    }
                    pause(after).await;
                }
                Reply::HalfFrame { correlation_id, flexible, body } => {
                    let mut whole = frame(correlation_id, flexible, &body)?.concat();
                    whole.truncate(whole.len() / 2);
                    self.write(&[Bytes::from(whole)]).await?;
                    break;
                }
                Reply::Nothing => {}
                Reply::Close => break,
            }
        }
        self.stream.shutdown().await
    }

    /// The next request without its length; `None` when the client has hung up between two of them.
    async fn read_frame(&mut self) -> io::Result<Option<Bytes>> {
        loop {
            if let Some(prefix) = self.unread.first_chunk::<4>() {
                let length = usize::try_from(i32::from_be_bytes(*prefix))
                    .ok()
                    .filter(|length| *length <= self.max_request_bytes)
                    .ok_or_else(|| invalid("the length of a request is negative or above the limit"))?;
                if self.unread.len() >= 4 + length {
                    let frame = self.unread.split_to(4 + length).freeze();
                    return Ok(Some(frame.slice(4..)));
                }
            }
            // The buffer grows with what arrives, not with what a length promises.
            self.unread.reserve(16 * 1024);
            if self.stream.read_buf(&mut self.unread).await? == 0 {
                return if self.unread.is_empty() {
                    Ok(None)
                } else {
                    Err(io::ErrorKind::UnexpectedEof.into())
                };
            }
        }
    }

    async fn answer(&mut self, frame: Bytes) -> io::Result<Reply> {
        let request = self.parse(&frame)?;
        let version = request.version;
        let flexible = request.api.response_header_version(version) > 0;
        let correlation_id = request.correlation_id;
        if !self.speaks(request.api, version) {
            if request.api != ApiKey::ApiVersions {
                return Err(invalid("the version or the API is not supported"));
            }
            let body = self.shared.step(|state| handlers::unsupported_version(state));
            return Ok(Reply::Frame { correlation_id, flexible: false, body });
        }
        let node = request.node;
        let delay =
            self.shared.step(|state| state.nodes.get(&node).map_or(Duration::ZERO, |node| node.faults.delay));
        pause(delay).await;
        let action = self.shared.intercept(&request);
        let mut reply = Reply::Frame { correlation_id, flexible, body: Body::default() };
        match action.map(|action| action.0) {
            None => return self.handle(request, flexible).await,
            Some(Kind::Delay(how_long)) => {
                pause(how_long).await;
                return self.handle(request, flexible).await;
            }
            Some(Kind::Close) => return Ok(Reply::Close),
            Some(Kind::CloseAfter) => {
                self.handle(request, flexible).await?;
                return Ok(Reply::Close);
            }
            Some(Kind::Cut) => {
                reply = self.handle(request, flexible).await?;
                if let Reply::Frame { correlation_id, flexible, body } = reply {
                    reply = Reply::HalfFrame { correlation_id, flexible, body };
                }
            }
            Some(Kind::Stall) => std::future::pending().await,
            Some(Kind::Error(code)) => {
                if let Reply::Frame { body, .. } = &mut reply {
                    *body = refuse(&request, code)?;
                }
            }
            Some(Kind::Answer(encode)) => {
                if let Reply::Frame { body, .. } = &mut reply {
                    *body = encode(version);
                }
            }
            Some(Kind::Edit(edit)) => {
                reply = self.handle(request, flexible).await?;
                if let Reply::Frame { body, .. } = &mut reply {
                    *body = edit(std::mem::take(body), version);
                }
            }
            Some(Kind::WrongCorrelationId) => {
                reply = self.handle(request, flexible).await?;
                if let Reply::Frame { correlation_id, .. } = &mut reply {
                    *correlation_id = correlation_id.wrapping_add(1_000_000);
                }
            }
        }
        Ok(reply)
    }

    fn parse(&self, frame: &Bytes) -> io::Result<Intercepted> {
        let mut reader = Reader::new(frame.clone());
        let header = RequestHeader::read(&mut reader).map_err(invalid)?;
        let api = ApiKey::try_from(header.request_api_key).map_err(invalid)?;
        Ok(Intercepted {
            node: self.guard.node,
            connection: self.guard.number,
            api,
            version: header.request_api_version,
            correlation_id: header.correlation_id,
            client_id: header.client_id,
            body: frame.slice(reader.position()..),
        })
    }

    fn speaks(&self, api: ApiKey, version: i16) -> bool {
        self.shared.step(|state| state.conf.accepts(api, version))
    }

    /// Steps the cluster by the request, and waits for the answer if it does not come at once.
    async fn handle(&mut self, request: Intercepted, flexible: bool) -> io::Result<Reply> {
        let api = handlers::find(request.api).ok_or_else(|| invalid("the API is not supported"))?;
        let Intercepted { node, version, correlation_id, client_id, body, .. } = request;
        let client = client_id.unwrap_or_default();
        let shared = Arc::clone(&self.shared);
        let (outcome, parked) = shared.step_or_park(
            |state| (api.run)(body, state, &Call { node, version, now: shared.clock.now_ms(), client }),
            |outcome| match outcome {
                Ok(Outcome::Wait(wait)) => Some(std::mem::take(&mut wait.keys)),
                _ => None,
            },
        );
        let outcome = outcome.map_err(invalid)?;
        let body = match (outcome, parked) {
            (Outcome::Answer(body), _) => body,
            (Outcome::Silent, _) => return Ok(Reply::Nothing),
            (Outcome::Wait(mut wait), Some(parked)) => {
                let deadline = shared.clock.instant(wait.until);
                loop {
                    tokio::select! {
                        biased;
                        () = parked.woken() => {}
                        () = time::sleep_until(deadline) => {}
                    }
                    let now = shared.clock.now_ms();
                    if let Some(body) = shared.step(|state| (wait.again)(state, now)) {
                        break body;
                    }
                    if now >= wait.until {
                        return Ok(Reply::Close);
                    }
                }
            }
            (Outcome::Close | Outcome::Wait(_), _) => return Ok(Reply::Close),
        };
        Ok(Reply::Frame { correlation_id, flexible, body })
    }

    /// How long to wait before a throttled answer, and after it.
    fn silences(&self, silence: Duration) -> (Duration, Duration) {
        let afterwards =
            silence.is_zero() || self.shared.step(|state| state.conf.release().mutes_after_answering());
        if afterwards { (Duration::ZERO, silence) } else { (silence, Duration::ZERO) }
    }

    /// What is said in place of an answer, if the cluster lies.
    fn lie(&self, frame: &Bytes, flexible: bool, body: &Body) -> io::Result<Option<Told>> {
        let mut liar = self.shared.liar.lock();
        let Some(liar) = &mut *liar else { return Ok(None) };
        let Intercepted { api, version, node, correlation_id, .. } = self.parse(frame)?;
        let body = body.clone().into_bytes();
        Ok(Some(liar.tell(&Truth { api, version, node, correlation_id, flexible, body })))
    }

    async fn write_lie(&mut self, told: Told) -> io::Result<Then> {
        let step = if told.slowly { 1 } else { told.bytes.len().max(1) };
        for piece in told.bytes.chunks(step) {
            self.stream.write_all(piece).await?;
            self.stream.flush().await?;
            tokio::task::yield_now().await;
        }
        if told.then == Then::FallSilent {
            std::future::pending::<()>().await;
        }
        Ok(told.then)
    }

    async fn write(&mut self, chunks: &[Bytes]) -> io::Result<()> {
        let node = self.guard.node;
        let limit =
            self.shared.step(|state| state.nodes.get(&node).and_then(|node| node.faults.bytes_per_second));
        if let Some(limit) = limit {
            let bytes: usize = chunks.iter().map(Bytes::len).sum();
            time::sleep(Duration::from_secs_f64(bytes as f64 / limit.max(1) as f64)).await;
        }
        let mut slices: Vec<IoSlice<'_>> = chunks.iter().map(|chunk| IoSlice::new(chunk)).collect();
        let mut left = &mut slices[..];
        while !left.is_empty() {
            match self.stream.write_vectored(left).await? {
                0 => return Err(io::ErrorKind::WriteZero.into()),
                written => IoSlice::advance_slices(&mut left, written),
            }
        }
        self.stream.flush().await
    }
}

/// Waits, if there is anything to wait for: a timer of no time at all goes off with the next millisecond.
async fn pause(how_long: Duration) {
    if !how_long.is_zero() {
        time::sleep(how_long).await;
    }
}

/// An answer with its length and header.
fn frame(correlation_id: i32, flexible: bool, body: &Body) -> io::Result<Vec<Bytes>> {
    let mut head = Writer::with_capacity(9);
    let length = 4 + usize::from(flexible) + body.len();
    head.put_i32(i32::try_from(length).map_err(|_| invalid("an answer is too large"))?);
    head.put_i32(correlation_id);
    if flexible {
        head.put_unsigned_varint(0);
    }
    let mut chunks = vec![head.into_bytes()];
    chunks.extend(body.chunks().iter().cloned());
    Ok(chunks)
}

/// The answer that says `code` everywhere.
fn refuse(request: &Intercepted, code: ErrorCode) -> io::Result<Body> {
    let api = handlers::find(request.api).ok_or_else(|| invalid("the API is not supported"))?;
    (api.refuse)(request.body.clone(), request.version, code).map_err(invalid)
}

/// What a node cannot read: it closes the connection.
fn invalid(why: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, why)
}
