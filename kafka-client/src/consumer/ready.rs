//! Which of many sources are worth looking at, in turn: nobody looks at a thousand to find the one that has something.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Wake, Waker};

use parking_lot::Mutex;

/// The sources that may have something, first come first served, and who waits for one.
#[derive(Debug, Default)]
pub(crate) struct ReadyList {
    queue: Mutex<VecDeque<usize>>,
    waiting: Mutex<Waiting>,
}

/// Who waits, each under a number of its own.
#[derive(Debug, Default)]
struct Waiting {
    wakers: BTreeMap<u64, Waker>,
    last: u64,
}

/// Somebody who may wait, and gives up waiting by [`ReadyList::forget`].
#[derive(Debug, Default)]
pub(crate) struct Listener(Option<u64>);

impl Listener {
    #[inline]
    pub(crate) fn has_listened(&self) -> bool {
        self.0.is_some()
    }
}

impl ReadyList {
    /// A source's flag. It is in line from the beginning: nobody knows yet what it has.
    pub(crate) fn flag(self: &Arc<Self>, index: usize) -> Arc<Flag> {
        self.queue.lock().push_back(index);
        Arc::new(Flag { index, queued: AtomicBool::new(true), list: self.clone() })
    }

    /// The next source to look at; its flag has to be lowered before that.
    pub(crate) fn next(&self) -> Option<usize> {
        self.queue.lock().pop_front()
    }

    /// How many are in line.
    pub(crate) fn len(&self) -> usize {
        self.queue.lock().len()
    }

    /// This task is woken, once, when a source has come in line.
    pub(crate) fn listen(&self, listener: &mut Listener, waker: &Waker) {
        let Waiting { wakers, last } = &mut *self.waiting.lock();
        let number = *listener.0.get_or_insert_with(|| {
            *last += 1;
            *last
        });
        wakers.entry(number).and_modify(|known| known.clone_from(waker)).or_insert_with(|| waker.clone());
    }

    /// Nobody waits here any more.
    pub(crate) fn forget(&self, listener: &mut Listener) {
        if let Some(number) = listener.0.take() {
            let waker = self.waiting.lock().wakers.remove(&number);
            drop(waker);
        }
    }

    /// Wakes all who wait.
    pub(crate) fn wake(&self) {
        let waiting = std::mem::take(&mut self.waiting.lock().wakers);
        waiting.into_values().for_each(Waker::wake);
    }
}

/// One source's place in line, and its waker.
#[derive(Debug)]
pub(crate) struct Flag {
    index: usize,
    queued: AtomicBool,
    list: Arc<ReadyList>,
}

impl Flag {
    /// Puts the source in line, unless it is there.
    pub(crate) fn raise(&self) {
        if self.queued.load(Ordering::Acquire) {
            return;
        }
        let mut queue = self.list.queue.lock();
        if !self.queued.swap(true, Ordering::AcqRel) {
            queue.push_back(self.index);
        }
    }

    /// The source is gone for good, from the line too.
    pub(crate) fn leave(&self) {
        let mut queue = self.list.queue.lock();
        if self.queued.swap(true, Ordering::AcqRel) {
            queue.retain(|index| *index != self.index);
        }
    }

    /// The source is being looked at: whatever happens to it from now on puts it in line again.
    pub(crate) fn lower(&self) {
        self.queued.store(false, Ordering::Release);
    }
}

impl Wake for Flag {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        self.raise();
        self.list.wake();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_source_stands_in_line_once_however_often_it_is_woken() {
        let list = Arc::new(ReadyList::default());
        let flags = [list.flag(0), list.flag(1)];
        assert_eq!((list.next(), list.next(), list.next()), (Some(0), Some(1), None));
        for flag in &flags {
            flag.lower();
        }
        let waker = Waker::from(flags[1].clone());
        waker.wake_by_ref();
        waker.wake_by_ref();
        flags[0].raise();
        assert_eq!((list.next(), list.next(), list.next()), (Some(1), Some(0), None));
    }

    #[test]
    fn sources_that_come_and_go_leave_nothing_in_line() {
        let list = Arc::new(ReadyList::default());
        for _ in 0..3 {
            let flag = list.flag(7);
            flag.leave();
            flag.wake_by_ref();
        }
        let flag = list.flag(7);
        assert_eq!((list.next(), list.len()), (Some(7), 0));
        flag.lower();
        flag.leave();
        flag.wake_by_ref();
        assert_eq!(list.len(), 0);
    }
}
