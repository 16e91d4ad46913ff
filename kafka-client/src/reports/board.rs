//! What waits for its outcome, and what waits to be read. Pure but for its wakers: it neither waits nor locks.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;
use std::task::{Context, Poll, Wake, Waker};

use parking_lot::Mutex;
use tokio::sync::Notify;

use super::channel::{DeliveryReport, WhenFull};
use crate::api::{Delivery, Done};

/// For so many records a batch has room from the beginning.
const FIRST_ROOM: usize = 32;

/// The reports of one channel.
#[derive(Debug)]
pub(super) struct Board<T> {
    capacity: usize,
    when_full: WhenFull,
    only_failures: bool,
    /// By the address of the batch's completion, which the group keeps in its place.
    groups: HashMap<usize, Group<T>, foldhash::fast::FixedState>,
    unread: VecDeque<DeliveryReport<T>>,
    /// Reports that were dropped for lack of room.
    missed: u64,
    settled: Arc<Settled>,
}

/// The records of one batch.
#[derive(Debug)]
pub(super) struct Group<T> {
    done: Done,
    pending: Vec<(u32, T)>,
    waker: Waker,
}

/// What a look at the settled batches brought.
#[derive(Debug)]
pub(super) struct Swept<T> {
    /// To be dropped without a lock: their tags are the application's.
    pub(super) dropped: Vec<DeliveryReport<T>>,
}

/// The batches that have an outcome since somebody looked, and who waits for that.
#[derive(Debug, Default)]
pub(super) struct Settled {
    state: Mutex<SettledState>,
    /// Told of each, for those that wait for room.
    pub(super) notify: Notify,
}

#[derive(Debug, Default)]
struct SettledState {
    groups: Vec<usize>,
    reader: Option<Waker>,
}

impl Settled {
    fn push(&self, group: usize) {
        let reader = {
            let mut state = self.state.lock();
            state.groups.push(group);
            state.reader.take()
        };
        self.notify.notify_waiters();
        if let Some(reader) = reader {
            reader.wake();
        }
    }

    /// Remembers who reads, unless there is something to look at; `false` then.
    pub(super) fn wait(&self, cx: &Context<'_>) -> bool {
        // A waker is made and dropped without the lock: it is whose who polls.
        let reader = cx.waker().clone();
        let before = {
            let mut state = self.state.lock();
            if !state.groups.is_empty() {
                return false;
            }
            state.reader.replace(reader)
        };
        drop(before);
        true
    }

    /// Whoever reads is to look again.
    pub(super) fn wake_reader(&self) {
        let reader = self.state.lock().reader.take();
        if let Some(reader) = reader {
            reader.wake();
        }
    }
}

/// The waker of a group: its batch is settled, at least in part.
struct GroupSettled {
    settled: Arc<Settled>,
    group: usize,
}

impl Wake for GroupSettled {
    fn wake(self: Arc<Self>) {
        self.settled.push(self.group);
    }
}

impl<T> Board<T> {
    pub(super) fn new(capacity: usize, when_full: WhenFull, only_failures: bool) -> Self {
        Self {
            capacity,
            when_full,
            only_failures,
            groups: HashMap::default(),
            unread: VecDeque::new(),
            missed: 0,
            settled: Arc::default(),
        }
    }

    pub(super) fn settled(&self) -> &Arc<Settled> {
        &self.settled
    }

    pub(super) fn missed(&self) -> u64 {
        self.missed
    }

    /// Whether no report is left, nor will come.
    pub(super) fn is_empty(&self) -> bool {
        self.groups.is_empty() && self.unread.is_empty()
    }

    /// A record was taken. Returns whether its batch has an outcome already: then it is to be looked at.
    #[must_use]
    pub(super) fn add(&mut self, delivery: Delivery, tag: T) -> bool {
        let (done, index) = delivery.into_parts();
        let key = done.address();
        if let Some(group) = self.groups.get_mut(&key) {
            group.pending.push((index, tag));
            return false;
        }
        let waker = Waker::from(Arc::new(GroupSettled { settled: self.settled.clone(), group: key }));
        let is_settled = done.poll_settled(index..index + 1, &Context::from_waker(&waker)).is_ready();
        let mut pending = Vec::with_capacity(FIRST_ROOM);
        pending.push((index, tag));
        self.groups.insert(key, Group { done, pending, waker });
        if is_settled {
            self.settled.state.lock().groups.push(key);
        }
        is_settled
    }

    /// Turns what has an outcome into reports, and makes room as the policy says.
    pub(super) fn sweep(&mut self) -> Swept<T> {
        let mut swept = Swept { dropped: Vec::new() };
        let keys = std::mem::take(&mut self.settled.state.lock().groups);
        for key in keys {
            let Some(mut group) = self.groups.remove(&key) else { continue };
            let cx = &mut Context::from_waker(&group.waker);
            let mut pending = Vec::new();
            // Several tasks may have enqueued: each has added its own after it was taken.
            group.pending.sort_by_key(|(index, _)| *index);
            for (index, tag) in std::mem::take(&mut group.pending) {
                match group.done.poll_record(index, cx) {
                    Poll::Pending => pending.push((index, tag)),
                    Poll::Ready(result) => self.report(DeliveryReport { tag, result }, &mut swept),
                }
            }
            if !pending.is_empty() {
                // The other half of a batch that was split.
                self.groups.insert(key, Group { pending, ..group });
            }
        }
        swept
    }

    fn report(&mut self, report: DeliveryReport<T>, swept: &mut Swept<T>) {
        if self.only_failures && report.result.is_ok() {
            swept.dropped.push(report);
            return;
        }
        if self.unread.len() < self.capacity || self.when_full == WhenFull::Wait {
            self.unread.push_back(report);
            return;
        }
        self.missed += 1;
        if self.when_full == WhenFull::DropOldest {
            swept.dropped.extend(self.unread.pop_front());
            self.unread.push_back(report);
        } else {
            swept.dropped.push(report);
        }
    }

    /// The next report that was made.
    pub(super) fn next(&mut self) -> Option<DeliveryReport<T>> {
        self.unread.pop_front()
    }

    /// Takes out everything: nobody will read it.
    pub(super) fn clear(&mut self) -> impl Sized + use<T> {
        (std::mem::take(&mut self.groups), std::mem::take(&mut self.unread))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::Outcome;

    #[test]
    fn reports_of_one_batch_come_in_the_order_of_its_records_whoever_enqueued_them_first() {
        let mut board = Board::new(10, WhenFull::Wait, false);
        let done = Done::default();
        for index in [2, 0, 3, 1] {
            assert!(!board.add(Delivery::new(done.clone(), index), index));
        }
        done.settle(0..4, Outcome::Written { partition: 0, base: Some(7), timestamp: None });
        assert!(board.sweep().dropped.is_empty());
        let tags: Vec<_> = std::iter::from_fn(|| board.next()).map(|report| report.tag).collect();
        assert_eq!(tags, [0, 1, 2, 3]);
    }
}
