//! What one node is to be sent, and over what.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::SeqCst};
use std::task::{Context, Poll, Waker};

use parking_lot::Mutex;
use tokio::runtime::{Handle, RuntimeFlavor};

use super::lists::Lists;
use super::session::Session;
use super::topics::Slot;
use crate::api::Result;
use crate::config::Linger;

/// One node of the cluster, as the producer sees it.
pub(super) struct Lane {
    pub(super) node: i32,
    pub(super) lists: Mutex<Lists<Arc<Slot>>>,
    /// The sender's connection, while there is one. Taken before any other lock. Nobody waits for it, but to begin and
    /// to end.
    session: Mutex<Option<Box<Session>>>,
    /// The sender found its session taken: it is to be woken.
    wanted: AtomicBool,
}

/// A session's place in its lane. It does not outlive the sender that put it there.
pub(super) struct Place<'a>(&'a Lane);

impl Lane {
    pub(super) fn new(node: i32, linger: Linger) -> Self {
        Self {
            node,
            lists: Mutex::new(Lists::new(linger)),
            session: Mutex::default(),
            wanted: AtomicBool::new(false),
        }
    }

    pub(super) fn connect(&self, session: Session) -> Place<'_> {
        *self.session.lock() = Some(Box::new(session));
        Place(self)
    }

    /// Sends what was put down, if its connection is idle: a task on another thread would take longer to be scheduled
    /// than the write takes. Otherwise wakes the sender.
    pub(super) fn send_now_or_wake(&self, sender: Waker) {
        let mut sender = Wake(Some(sender));
        if is_on_a_single_thread() {
            return;
        }
        let sent = self.session.try_lock().is_some_and(|mut session| {
            let waker = sender.0.as_ref().unwrap_or(Waker::noop());
            session.as_mut().is_some_and(|session| session.send_now(&mut Context::from_waker(waker)))
        });
        // Only now that the session is let go can whoever found it taken look again.
        if sent && !self.wanted.swap(false, SeqCst) {
            sender.0 = None;
        }
    }
}

/// Where all tasks share a thread the sender runs as soon as the caller lets it, with all that was enqueued until then.
fn is_on_a_single_thread() -> bool {
    Handle::try_current().is_ok_and(|handle| handle.runtime_flavor() == RuntimeFlavor::CurrentThread)
}

/// Wakes the sender when dropped, also by a panic: it was asleep, and nobody else has its waker.
struct Wake(Option<Waker>);

impl Drop for Wake {
    fn drop(&mut self) {
        if let Some(sender) = self.0.take() {
            sender.wake();
        }
    }
}

impl Place<'_> {
    /// Polls the session. Somebody who is sending is not waited for, but wakes the sender afterwards.
    pub(super) fn poll(&self, cx: &mut Context<'_>) -> Poll<Result<()>> {
        let taken = || self.0.session.try_lock();
        let session = taken().or_else(|| {
            self.0.wanted.store(true, SeqCst);
            taken()
        });
        let Some(mut session) = session else { return Poll::Pending };
        session.as_mut().map_or(Poll::Ready(Ok(())), |session| session.poll(cx))
    }

    /// Takes the session back.
    pub(super) fn leave(self) -> Option<Box<Session>> {
        self.0.session.lock().take()
    }
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        // Dropped with its sender, in the middle of it: its runtime is gone.
        let left = self.0.session.lock().take();
        drop(left);
    }
}
