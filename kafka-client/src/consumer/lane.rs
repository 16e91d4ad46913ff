//! A connection that is opened when it is needed, driven by whoever polls it.

use std::fmt;
use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use crate::api::{Error, ErrorKind, Result};
use crate::connection::{Answer, Wire};
use crate::metadata::Cluster;

type Opening<T> = Pin<Box<dyn Future<Output = Result<Wire<T>>> + Send>>;

/// A connection to one node, or none.
pub(super) enum Lane<T> {
    Down,
    Opening(Opening<T>),
    Up(Box<Wire<T>>),
}

/// What happened on it.
pub(super) enum LaneEvent<T> {
    Opened,
    Answer(Answer<T>),
    /// It could not be opened, or is over. `idle`: it ended in order with nothing in flight after it had been of use,
    /// which is no failure.
    Lost {
        error: Error,
        idle: bool,
    },
}

impl<T: Unpin + Send + 'static> Lane<T> {
    /// Begins to open it, if it is down.
    pub(super) fn open(&mut self, cluster: &Cluster, node: i32) {
        if matches!(self, Self::Down) {
            let cluster = cluster.clone();
            *self = Self::Opening(Box::pin(async move { cluster.open(node).await }));
        }
    }

    /// The connection, if a request can be sent on it now: one at a time.
    pub(super) fn ready(&mut self) -> Option<&mut Wire<T>> {
        match self {
            Self::Up(wire) if wire.in_flight() == 0 => Some(wire),
            _ => None,
        }
    }

    /// Whether an answer is awaited.
    pub(super) fn is_busy(&self) -> bool {
        matches!(self, Self::Up(wire) if wire.in_flight() > 0)
    }

    /// The next event. A lane that is down has none. Dropping the future loses nothing.
    pub(super) async fn next(&mut self) -> LaneEvent<T> {
        poll_fn(|cx| self.poll_next(cx)).await
    }

    fn poll_next(&mut self, cx: &mut Context<'_>) -> Poll<LaneEvent<T>> {
        let (error, idle) = match self {
            Self::Down => return Poll::Pending,
            Self::Opening(opening) => match ready!(opening.as_mut().poll(cx)) {
                Ok(wire) => {
                    *self = Self::Up(Box::new(wire));
                    return Poll::Ready(LaneEvent::Opened);
                }
                Err(error) => (error, false),
            },
            Self::Up(wire) => match ready!(wire.poll_answer(cx)) {
                Ok(answer) => return Poll::Ready(LaneEvent::Answer(answer)),
                Err(error) => {
                    let in_order = wire.in_flight() == 0 && error.kind() == ErrorKind::Connect;
                    (error, in_order && wire.has_answered())
                }
            },
        };
        *self = Self::Down;
        Poll::Ready(LaneEvent::Lost { error, idle })
    }
}

impl<T> fmt::Debug for Lane<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Down => "Down",
            Self::Opening(_) => "Opening",
            Self::Up(_) => "Up",
        })
    }
}
