//! What the connections of a cluster share: the state and who waits in it, the rules, the counters, the clock.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, UNIX_EPOCH};

use kafka_proto::messages::ApiKey;
use kafka_proto::records::crc32c;
use parking_lot::Mutex;
use tokio::sync::Notify;
use tokio::time::{self, Instant};

use super::conf::{ClusterConf, Network};
use super::control::{Action, Controls, Intercepted};
use super::hostile::Liar;
use super::state::State;
use super::state::waits::{Key, WaitId};

/// The wall clock of the cluster: it advances with tokio's clock, so a paused one stops it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Clock {
    start: Instant,
    start_ms: i64,
}

impl Clock {
    pub(crate) fn new(conf: &ClusterConf) -> Self {
        let start_ms = conf.start_time_ms.unwrap_or_else(|| match conf.network {
            Network::Memory => 1_700_000_000_000,
            Network::Loopback => UNIX_EPOCH.elapsed().map_or(0, |since| since.as_millis() as i64),
        });
        Self { start: Instant::now(), start_ms }
    }

    pub(crate) fn now_ms(&self) -> i64 {
        let elapsed = i64::try_from(self.start.elapsed().as_millis()).unwrap_or(i64::MAX);
        self.start_ms.saturating_add(elapsed)
    }

    /// When [`Clock::now_ms`] will say `ms`.
    pub(crate) fn instant(&self, ms: i64) -> Instant {
        let ahead = u64::try_from(ms.saturating_sub(self.start_ms)).unwrap_or(0);
        self.start + Duration::from_millis(ahead)
    }
}

#[derive(Debug)]
struct Core {
    state: State,
    parked: BTreeMap<WaitId, Arc<Notify>>,
}

impl Core {
    fn rouse(&mut self) {
        for woken in self.state.waits.take_woken() {
            if let Some(notify) = self.parked.get(&woken) {
                notify.notify_one();
            }
        }
    }
}

/// The requests that were read.
#[derive(Debug, Default)]
struct Read {
    /// How many, by API and node.
    counts: BTreeMap<(i16, i32), u64>,
    trace: u64,
}

impl Read {
    fn add(&mut self, request: &Intercepted, now_ms: i64) {
        *self.counts.entry((request.api as i16, request.node)).or_default() += 1;
        let body = u64::from(crc32c(&request.body)) << 32 | request.body.len() as u64;
        let numbers = u64::from(request.api as u16) << 16 | u64::from(request.version as u16);
        let place = (request.node as u64) << 32 | u64::from(request.correlation_id as u32);
        for word in [now_ms as u64, request.connection, place, numbers, body] {
            // FNV-1a, a word at a time.
            self.trace = (self.trace ^ word).wrapping_mul(0x0000_0100_0000_01b3).rotate_left(17);
        }
    }
}

#[derive(Debug)]
pub(crate) struct Shared {
    core: Mutex<Core>,
    pub(crate) controls: Mutex<Controls>,
    read: Mutex<Read>,
    /// Tells the lies of a hostile cluster.
    pub(crate) liar: Mutex<Option<Liar>>,
    accepted: AtomicU64,
    open: Mutex<BTreeMap<i32, usize>>,
    pub(crate) clock: Clock,
    /// Told when the next thing to be done on time is another one.
    timer: Notify,
}

impl Shared {
    pub(crate) fn new(state: State, clock: Clock) -> Self {
        Self {
            core: Mutex::new(Core { state, parked: BTreeMap::new() }),
            controls: Mutex::default(),
            read: Mutex::default(),
            liar: Mutex::default(),
            accepted: AtomicU64::new(0),
            open: Mutex::default(),
            clock,
            timer: Notify::new(),
        }
    }

    /// Steps the state and rouses the requests that are to be looked at again.
    pub(crate) fn step<T>(&self, with: impl FnOnce(&mut State) -> T) -> T {
        let mut core = self.core.lock();
        let result = self.advance(&mut core, with);
        core.rouse();
        result
    }

    /// A step at the time that it is.
    fn advance<T>(&self, core: &mut Core, with: impl FnOnce(&mut State) -> T) -> T {
        core.state.tick(self.clock.now_ms());
        let before = core.state.next_timer();
        let result = with(&mut core.state);
        if core.state.next_timer() != before {
            self.timer.notify_one();
        }
        result
    }

    /// Steps the state whenever something is to be done that no request asks for.
    pub(crate) async fn keep_time(self: Arc<Self>) {
        loop {
            let due = self.step(|state| state.next_timer());
            tokio::select! {
                biased;
                () = self.timer.notified() => {}
                () = time::sleep_until(self.clock.instant(due.unwrap_or_default())), if due.is_some() => {}
            }
        }
    }

    /// Notes that a request waits for one of `keys`, in the same step in which `with` found that it has to.
    pub(crate) fn step_or_park<T>(
        self: &Arc<Self>,
        with: impl FnOnce(&mut State) -> T,
        keys: impl FnOnce(&mut T) -> Option<Vec<Key>>,
    ) -> (T, Option<Parked>) {
        let mut core = self.core.lock();
        let mut result = self.advance(&mut core, with);
        let parked = keys(&mut result).map(|keys| {
            let id = core.state.waits.add(&keys);
            let notify = Arc::new(Notify::new());
            core.parked.insert(id, Arc::clone(&notify));
            Parked { shared: Arc::clone(self), id, keys, notify }
        });
        core.rouse();
        (result, parked)
    }

    /// What the rules say about a request; it is counted.
    pub(crate) fn intercept(&self, request: &Intercepted) -> Option<Action> {
        self.read.lock().add(request, self.clock.now_ms());
        let rules = self.controls.lock().newest_first();
        rules.iter().find_map(|rule| rule(request))
    }

    pub(crate) fn requests(&self, api: ApiKey, node: Option<i32>) -> u64 {
        let read = self.read.lock();
        let counted = read
            .counts
            .iter()
            .filter(|((key, at), _)| *key == api as i16 && node.is_none_or(|node| node == *at));
        counted.map(|(_, count)| count).sum()
    }

    pub(crate) fn all_requests(&self) -> u64 {
        self.read.lock().counts.values().sum()
    }

    pub(crate) fn trace(&self) -> u64 {
        self.read.lock().trace
    }

    pub(crate) fn open_connections(&self, node: i32) -> usize {
        self.open.lock().get(&node).copied().unwrap_or(0)
    }

    pub(crate) fn accepted(&self) -> u64 {
        self.accepted.load(Ordering::Relaxed)
    }

    /// Counts a connection for as long as the guard lives.
    pub(crate) fn connected(self: &Arc<Self>, node: i32) -> Connected {
        *self.open.lock().entry(node).or_default() += 1;
        Connected { shared: Arc::clone(self), node, number: self.accepted.fetch_add(1, Ordering::Relaxed) }
    }
}

/// An open connection.
#[derive(Debug)]
pub(crate) struct Connected {
    shared: Arc<Shared>,
    pub(crate) node: i32,
    /// Which connection of the cluster this is, from 0.
    pub(crate) number: u64,
}

impl Drop for Connected {
    fn drop(&mut self) {
        if let Some(open) = self.shared.open.lock().get_mut(&self.node) {
            *open -= 1;
        }
    }
}

/// A waiting request; dropping it ends the wait.
#[derive(Debug)]
pub(crate) struct Parked {
    shared: Arc<Shared>,
    id: WaitId,
    keys: Vec<Key>,
    notify: Arc<Notify>,
}

impl Parked {
    /// Ends when the request is to be looked at again.
    pub(crate) async fn woken(&self) {
        self.notify.notified().await;
    }
}

impl Drop for Parked {
    fn drop(&mut self) {
        let mut core = self.shared.core.lock();
        core.state.waits.remove(self.id, &self.keys);
        core.parked.remove(&self.id);
    }
}
