//! The task that sends to one node: gathers what is ready, writes, reads answers, and starts over when the
//! connection is lost. A thin driver: what goes when is decided by [`Lists`](super::lists::Lists), what an answer
//! means by [`Verdict`](super::verdict::Verdict) and the partitions' queues.

use std::future::poll_fn;
use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use super::engine::{Engine, Phase, each_once};
use super::lane::Lane;
use super::request::Part;
use super::session::Session;
use crate::api::{Error, ErrorKind};
use crate::config::backoff;
use crate::connection::Wire;

/// The longest wait before another attempt to connect.
const LONGEST_BACKOFF: Duration = Duration::from_secs(1);

/// What came of an attempt to connect.
enum Opened {
    Wire(Box<Wire<Vec<Part>>>),
    Failed(Error),
    /// Nothing is to be sent to this node any more.
    NotNeeded,
}

pub(super) async fn run(engine: Arc<Engine>, lane: Arc<Lane>) {
    if engine.conf.is_idempotent() {
        super::identity::want(&engine, None);
    }
    let mut failures = 0;
    let mut throttled = None;
    while has_work(&engine, &lane).await {
        match open(&engine, &lane).await {
            Opened::Wire(wire) => {
                if Session::new(engine.clone(), lane.clone(), *wire).run(&mut throttled).await {
                    failures = 0;
                } else {
                    hold_back(&engine, &lane, &mut failures).await;
                }
            }
            Opened::NotNeeded => {}
            Opened::Failed(error) => {
                tracing::debug!(node = lane.node, %error, "no connection to produce to");
                give_up_or_refresh(&engine, &lane, &error);
                hold_back(&engine, &lane, &mut failures).await;
            }
        }
    }
}

/// Waits for something to send; `false` when the producer has ended.
async fn has_work(engine: &Engine, lane: &Lane) -> bool {
    poll_fn(|cx| {
        // First of all: the nudge that comes with the end is not to be taken for old news.
        lane.lists.lock().awake();
        if engine.phase() == Phase::Ended {
            return Poll::Ready(false);
        }
        let mut lists = lane.lists.lock();
        if !lists.is_empty() || !lists.sleep(super::lists::Wants::Open, cx.waker()) {
            return Poll::Ready(true);
        }
        Poll::Pending
    })
    .await
}

/// Connects, for as long as there is something to send to this node.
async fn open(engine: &Arc<Engine>, lane: &Lane) -> Opened {
    let mut phases = engine.phases();
    let mut generation = engine.cluster.subscribe();
    let mut opening = pin!(engine.cluster.open(lane.node));
    loop {
        forward(engine, lane);
        if lane.lists.lock().is_empty() {
            return Opened::NotNeeded;
        }
        tokio::select! {
            biased;
            _ = phases.wait_for(|phase| *phase == Phase::Ended) => return Opened::NotNeeded,
            opened = &mut opening => return opened.map_or_else(Opened::Failed, |wire| Opened::Wire(Box::new(wire))),
            changed = generation.changed() => {
                if changed.is_err() {
                    return Opened::NotNeeded;
                }
            }
        }
    }
}

/// Hands partitions that have moved to their new node's sender.
fn forward(engine: &Arc<Engine>, lane: &Lane) {
    let (full, open) = lane.lists.lock().drain();
    let mut moved = Vec::new();
    for slot in full {
        if engine.leader_of(&slot) == Some(lane.node) {
            let _awake = lane.lists.lock().push_full(slot);
        } else {
            moved.push(slot);
        }
    }
    for (slot, since) in open {
        if engine.leader_of(&slot) == Some(lane.node) {
            let _awake = lane.lists.lock().push_open(slot, since);
        } else {
            moved.push(slot);
        }
    }
    for slot in each_once(moved) {
        engine.put_down_again(&slot);
    }
}

/// A node that will not have us fails what waits for it; one that cannot be reached may have been replaced.
fn give_up_or_refresh(engine: &Arc<Engine>, lane: &Lane, error: &Error) {
    let refuses = matches!(error.kind(), ErrorKind::Authentication | ErrorKind::Tls | ErrorKind::Unsupported);
    if refuses {
        engine.fail_waiting(error, |slot| engine.leader_of(slot) == Some(lane.node));
    }
    let (full, open) = lane.lists.lock().drain();
    let slots = each_once(full.into_iter().chain(open.into_iter().map(|(slot, _)| slot)).collect());
    if let Some(slot) = slots.first() {
        engine.cluster.stale(&slot.topic);
    }
    for slot in &slots {
        engine.unreached(slot, error);
        engine.put_down_again(slot);
    }
}

/// Waits before the next connection, longer with each that came to nothing, unless the node has another address or the
/// producer ends. Partitions that move meanwhile are handed on.
async fn hold_back(engine: &Arc<Engine>, lane: &Lane, failures: &mut u32) {
    let wait = backoff(engine.conf.retry_wait, LONGEST_BACKOFF, *failures, engine.cluster.random());
    *failures = failures.saturating_add(1);
    let address = || engine.cluster.snapshot().nodes.get(&lane.node).cloned();
    let before = address();
    let mut phases = engine.phases();
    let mut generation = engine.cluster.subscribe();
    let mut over = pin!(tokio::time::sleep(wait));
    while address() == before {
        tokio::select! {
            biased;
            _ = phases.wait_for(|phase| *phase == Phase::Ended) => return,
            changed = generation.changed() => {
                if changed.is_err() {
                    return;
                }
                forward(engine, lane);
            }
            () = &mut over => return,
        }
    }
}
