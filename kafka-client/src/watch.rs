//! A value that many tasks watch. Those who wait are woken in the order in which they began to, so that a run under a
//! paused clock is the same each time; tokio's channel of this name wakes them in a random one.

use std::ops::Deref;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use parking_lot::{RwLock, RwLockReadGuard};
use tokio::sync::Notify;

#[derive(Debug)]
struct Shared<T> {
    value: RwLock<T>,
    /// Counts the changes.
    version: AtomicU64,
    /// The sender is gone: nothing changes any more.
    over: AtomicBool,
    news: Notify,
}

/// Sets the value. When it goes, those who wait for a change are told so.
#[derive(Debug)]
pub(crate) struct Sender<T>(Arc<Shared<T>>);

/// Sees the value, and which changes of it are new.
#[derive(Debug)]
pub(crate) struct Receiver<T> {
    shared: Arc<Shared<T>>,
    seen: u64,
}

/// The sender is gone, so what was waited for does not come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Over;

pub(crate) fn channel<T>(value: T) -> (Sender<T>, Receiver<T>) {
    let sender = Sender::new(value);
    let receiver = sender.subscribe();
    (sender, receiver)
}

impl<T> Sender<T> {
    pub(crate) fn new(value: T) -> Self {
        Self(Arc::new(Shared {
            value: RwLock::new(value),
            version: AtomicU64::new(0),
            over: AtomicBool::new(false),
            news: Notify::new(),
        }))
    }

    /// A receiver for which nothing is new yet.
    pub(crate) fn subscribe(&self) -> Receiver<T> {
        Receiver { shared: Arc::clone(&self.0), seen: self.0.version.load(Ordering::Acquire) }
    }

    pub(crate) fn borrow(&self) -> impl Deref<Target = T> + '_ {
        self.0.value.read()
    }

    /// Sets the value; it counts as a change even if it is the same.
    pub(crate) fn send_replace(&self, value: T) -> T {
        let mut new = value;
        self.send_if_modified(|held| {
            std::mem::swap(held, &mut new);
            true
        });
        new
    }

    /// Changes the value; `modify` says whether that is worth telling. Returns what it said.
    pub(crate) fn send_if_modified(&self, modify: impl FnOnce(&mut T) -> bool) -> bool {
        let modified = {
            let mut value = self.0.value.write();
            let modified = modify(&mut value);
            if modified {
                self.0.version.fetch_add(1, Ordering::Release);
            }
            modified
        };
        if modified {
            self.0.news.notify_waiters();
        }
        modified
    }
}

impl<T: Default> Default for Sender<T> {
    fn default() -> Self {
        Self::new(T::default())
    }
}

impl<T> Drop for Sender<T> {
    fn drop(&mut self) {
        self.0.over.store(true, Ordering::Release);
        self.0.news.notify_waiters();
    }
}

impl<T> Receiver<T> {
    /// The value as it is. It cannot change while it is borrowed: do not hold it over an await.
    pub(crate) fn borrow(&self) -> RwLockReadGuard<'_, T> {
        self.shared.value.read()
    }

    /// Takes what changed so far as seen.
    pub(crate) fn mark_unchanged(&mut self) {
        self.seen = self.shared.version.load(Ordering::Acquire);
    }

    /// Whether there is a change that was not seen.
    pub(crate) fn has_changed(&self) -> Result<bool, Over> {
        let over = self.shared.over.load(Ordering::Acquire);
        if over { Err(Over) } else { Ok(self.shared.version.load(Ordering::Acquire) != self.seen) }
    }

    /// Ends at the next change that was not seen, at once if there is one.
    pub(crate) async fn changed(&mut self) -> Result<(), Over> {
        let shared = Arc::clone(&self.shared);
        loop {
            // It is woken by what happens from here on, so nothing falls between the look and the wait.
            let news = shared.news.notified();
            let over = shared.over.load(Ordering::Acquire);
            let version = shared.version.load(Ordering::Acquire);
            if version != self.seen {
                self.seen = version;
                return Ok(());
            }
            if over {
                return Err(Over);
            }
            news.await;
        }
    }

    /// Ends when the value is as `wanted`, at once if it is.
    pub(crate) async fn wait_for(
        &mut self,
        mut wanted: impl FnMut(&T) -> bool,
    ) -> Result<RwLockReadGuard<'_, T>, Over> {
        loop {
            {
                let value = self.shared.value.read();
                self.seen = self.shared.version.load(Ordering::Acquire);
                if wanted(&value) {
                    break;
                }
            }
            self.changed().await?;
        }
        Ok(self.shared.value.read())
    }
}

impl<T> Clone for Receiver<T> {
    fn clone(&self) -> Self {
        Self { shared: Arc::clone(&self.shared), seen: self.seen }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use parking_lot::Mutex;

    use super::*;

    #[tokio::test]
    async fn those_who_wait_are_woken_in_their_order() {
        let sender = Sender::new(0);
        let woken = Arc::new(Mutex::new(Vec::new()));
        let mut tasks = Vec::new();
        for number in 0..20 {
            let (mut receiver, woken) = (sender.subscribe(), Arc::clone(&woken));
            tasks.push(tokio::spawn(async move {
                receiver.changed().await.unwrap();
                woken.lock().push(number);
            }));
        }
        tokio::task::yield_now().await;
        sender.send_replace(1);
        for task in tasks {
            task.await.unwrap();
        }
        assert_eq!(*woken.lock(), (0..20).collect::<Vec<_>>());
    }

    #[tokio::test]
    async fn a_change_is_told_once_and_the_end_after_it() {
        let (sender, mut receiver) = channel(1);
        assert_eq!(receiver.has_changed(), Ok(false));
        sender.send_replace(2);
        assert!(!sender.send_if_modified(|_| false));
        assert_eq!(receiver.has_changed(), Ok(true));
        assert_eq!((receiver.changed().await, *receiver.borrow()), (Ok(()), 2));
        sender.send_replace(3);
        drop(sender);
        assert_eq!(receiver.changed().await, Ok(()), "what changed before the end is told");
        assert_eq!(receiver.changed().await, Err(Over));
        assert_eq!(receiver.wait_for(|value| *value == 3).await.map(|value| *value), Ok(3));
        assert!(receiver.wait_for(|value| *value == 4).await.is_err());
        assert_eq!(receiver.has_changed(), Err(Over));
    }
}
