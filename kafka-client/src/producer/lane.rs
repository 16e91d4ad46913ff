//! What one node is to be sent, and over what.

use std::sync::Arc;
use std::task::{Context, Waker};

use parking_lot::Mutex;

use super::lists::Lists;
use super::session::Session;
use super::topics::Slot;
use crate::config::Linger;

/// One node of the cluster, as the producer sees it.
pub(super) struct Lane {
    pub(super) node: i32,
    pub(super) lists: Mutex<Lists<Arc<Slot>>>,
    /// The sender's connection, while there is one. Taken before any other lock, and never waited for but by the sender.
    session: Mutex<Option<Box<Session>>>,
}

/// A session's place in its lane. It does not outlive the sender that put it there.
pub(super) struct Place<'a>(&'a Lane);

impl Lane {
    pub(super) fn new(node: i32, linger: Linger) -> Self {
        Self { node, lists: Mutex::new(Lists::new(linger)), session: Mutex::default() }
    }

    pub(super) fn connect(&self, session: Session) -> Place<'_> {
        *self.session.lock() = Some(Box::new(session));
        Place(self)
    }

    /// Sends what was put down, if its connection is idle: a task on another thread would take longer to be scheduled
    /// than the write takes. Otherwise wakes the sender.
    pub(super) fn send_now_or_wake(&self, sender: Waker) {
        let sent = self.session.try_lock().is_some_and(|mut session| {
            session.as_mut().is_some_and(|session| session.send_now(&mut Context::from_waker(&sender)))
        });
        if !sent {
            sender.wake();
        }
    }
}

impl Place<'_> {
    /// Works on the session.
    pub(super) fn with<R>(&self, work: impl FnOnce(&mut Session) -> R) -> Option<R> {
        self.0.session.lock().as_deref_mut().map(work)
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
