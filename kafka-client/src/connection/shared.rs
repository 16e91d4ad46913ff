//! A connection that many share: a task drives it, callers wait for their answers.

use std::fmt;
use std::future::poll_fn;
use std::ops::ControlFlow;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use kafka_proto::ErrorCode;
use kafka_proto::messages::Request;
use parking_lot::Mutex;
use tokio::runtime::Handle;
use tokio::sync::{mpsc, oneshot};
use tokio::time::Instant;

use super::versions::Versions;
use super::wire::{Answer, Link, Wire};
use crate::api::{Error, ErrorKind, Result};

/// How many calls may wait to be taken up by the task.
const QUEUE: usize = 64;

type Reply = oneshot::Sender<Result<Answer<()>>>;
type Call = Box<dyn FnOnce(&mut Wire<Reply>) + Send>;

/// What makes a request for the versions that a node speaks, and says in which of them it goes out.
pub(crate) trait Say<R>: FnOnce(&Versions) -> Result<(R, i16)> {}

impl<R, F: FnOnce(&Versions) -> Result<(R, i16)>> Say<R> for F {}

/// The request as it is, in the newest common version.
pub(crate) fn newest<R: Request>(request: R) -> impl Say<R> + Clone {
    move |versions: &Versions| Ok((request, versions.choose::<R>()?))
}

/// A handle on a shared connection. The connection ends with its last handle, or when the node ends it.
#[derive(Clone)]
pub(crate) struct Connection {
    calls: mpsc::Sender<Call>,
    versions: Arc<Versions>,
    link: Link,
    /// Until when the node asked to be left alone.
    throttled: Arc<Mutex<Option<Instant>>>,
}

impl Connection {
    /// Hands the connection to a task of its own.
    pub(crate) fn share(wire: Wire<Reply>, runtime: &Handle) -> Self {
        let (calls, receiver) = mpsc::channel(QUEUE);
        let (versions, link) = (Arc::new(wire.versions().clone()), wire.link().clone());
        let throttled = Arc::new(Mutex::new(wire.throttled_until()));
        runtime.spawn(Driver { wire, calls: receiver, throttled: throttled.clone(), closing: false }.run());
        Self { calls, versions, link, throttled }
    }

    /// Sends the request that `say` makes for the node's versions and waits for its answer, `timeout` at the most
    /// once it is sent. A node that asked to be left alone for longer than that is not asked: an error says so, which
    /// trying again later mends. Dropping the future gives up waiting; the request may take effect all the same.
    pub(crate) async fn call<R>(&self, say: impl Say<R>, timeout: Duration) -> Result<R::Response>
    where
        R: Request + Send + 'static,
    {
        let (request, version) = say(&self.versions).map_err(|error| error.at_node(&self.link))?;
        if let Some(left) = self.throttled_for().filter(|left| *left > timeout) {
            let what = format!("the node is left alone for another {:.1} s, as it asked", left.as_secs_f64());
            let error = Error::from_code(ErrorCode::THROTTLING_QUOTA_EXCEEDED).explained(what);
            return Err(error.in_api(R::API_KEY.name()).at_node(&self.link));
        }
        let (reply, answer) = oneshot::channel();
        let call: Call = Box::new(move |wire| {
            // A request that cannot be encoded fails alone: its caller gets the error, the connection goes on.
            if let Err((error, reply)) = wire.send(&request, version, timeout, reply) {
                let _ = reply.send(Err(error));
            }
        });
        self.calls.send(call).await.map_err(|_| self.over())?;
        let answer = answer.await.map_err(|_| self.over())??;
        answer.decode().map_err(|error| error.at_node(&self.link))
    }

    fn throttled_for(&self) -> Option<Duration> {
        self.throttled_until().map(|until| until.saturating_duration_since(Instant::now()))
    }

    /// Until when the node asked to be left alone.
    pub(crate) fn throttled_until(&self) -> Option<Instant> {
        *self.throttled.lock()
    }

    /// Whether the connection has ended, so that a call would fail.
    pub(crate) fn is_over(&self) -> bool {
        self.calls.is_closed()
    }

    fn over(&self) -> Error {
        Error::new(ErrorKind::Connect, "the connection ended before the request was sent").at_node(&self.link)
    }
}

impl fmt::Debug for Connection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Connection")
            .field("link", &self.link)
            .field("over", &self.is_over())
            .finish_non_exhaustive()
    }
}

struct Driver {
    wire: Wire<Reply>,
    calls: mpsc::Receiver<Call>,
    throttled: Arc<Mutex<Option<Instant>>>,
    closing: bool,
}

impl Driver {
    async fn run(mut self) {
        let ended = loop {
            match poll_fn(|cx| self.poll(cx)).await {
                ControlFlow::Continue(answer) => {
                    *self.throttled.lock() = self.wire.throttled_until();
                    let Answer { tag, version, body, api } = answer;
                    // The caller may have given up.
                    let _ = tag.send(Ok(Answer { tag: (), version, body, api }));
                }
                ControlFlow::Break(ended) => break ended,
            }
        };
        tracing::debug!(link = %self.wire.link(), error = %ended, "connection ended");
        self.calls.close();
        for (reply, _) in self.wire.abandon() {
            let _ = reply.send(Err(ended.clone()));
        }
    }

    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<ControlFlow<Error, Answer<Reply>>> {
        while !self.closing
            && let Poll::Ready(call) = self.calls.poll_recv(cx)
        {
            match call {
                Some(call) => call(&mut self.wire),
                None => self.closing = true,
            }
        }
        if self.closing && self.wire.in_flight() == 0 {
            return Poll::Ready(ControlFlow::Break(Error::new(ErrorKind::Closed, "no longer used")));
        }
        self.wire.poll_answer(cx).map(|answer| match answer {
            Ok(answer) => ControlFlow::Continue(answer),
            Err(error) => ControlFlow::Break(error),
        })
    }
}
