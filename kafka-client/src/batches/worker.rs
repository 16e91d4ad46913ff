//! The task of a batch builder: has closed batches built, on as many cores as it may, and hands them on in the order in
//! which they were closed.

use std::collections::VecDeque;
use std::future::poll_fn;
use std::pin::Pin;
use std::sync::Arc;
use std::task::Poll;

use bytes::Bytes;
use parking_lot::Mutex;
use tokio::task::JoinHandle;
use tokio::time::Instant;

use super::batch::{Batch, BatchSender};
use super::builder::Shared;
use super::collector::{Closed, Collector};
use crate::api::{Error, ErrorKind, Result};
use crate::config::Compression;
use crate::producer::{Codec, RawBatch, seal_one};

/// Up to so many bytes are built on the spot: handing them to another thread would take longer.
const BUILT_INLINE: usize = 4 << 10;

/// A batch that is being built.
enum Building {
    Done(Box<Batch>),
    Job(JoinHandle<Batch>),
}

pub(super) async fn run(shared: Arc<Shared>, output: BatchSender) {
    tokio::select! {
        biased;
        () = output.closed() => {}
        () = build_all(&shared, &output) => {}
    }
    // Only if nobody reads any more is there anything left.
    shared.abandon();
}

async fn build_all(shared: &Arc<Shared>, output: &BatchSender) {
    let codecs = Arc::new(Mutex::new(Vec::new()));
    let mut building = VecDeque::new();
    loop {
        shared.with(|collector| collector.expire(Instant::now()));
        while building.len() < shared.num_workers {
            let Some(closed) = next_closed(shared) else { break };
            building.push_back(begin(shared, &codecs, closed));
        }
        if building.is_empty() && shared.with(|collector| Collector::is_done(collector)) {
            return;
        }
        let expiry = shared.with(Collector::next_expiry);
        tokio::select! {
            biased;
            built = first(&mut building) => {
                if let Some(batch) = built
                    && output.send(batch).await.is_err()
                {
                    return;
                }
            }
            () = shared.news() => {}
            () = tokio::time::sleep_until(expiry.unwrap_or_else(Instant::now)), if expiry.is_some() => {}
        }
    }
}

fn next_closed(shared: &Shared) -> Option<Closed> {
    let closed = shared.with(Collector::next_closed)?;
    shared.made_room();
    shared.was_as_large_as(closed.raw.len());
    Some(closed)
}

/// Waits for the batch that is to go next; `None`: it is lost with its runtime.
async fn first(building: &mut VecDeque<Building>) -> Option<Batch> {
    let batch = poll_fn(|cx| match building.front_mut() {
        None => Poll::Pending,
        Some(Building::Job(job)) => Pin::new(job).poll(cx).map(Result::ok),
        Some(Building::Done(_)) => Poll::Ready(None),
    })
    .await;
    match building.pop_front() {
        Some(Building::Done(done)) => Some(*done),
        _ => batch,
    }
}

fn begin(shared: &Arc<Shared>, codecs: &Arc<Mutex<Vec<Codec>>>, closed: Closed) -> Building {
    let compression = shared.compression;
    let is_quick = compression == Compression::None || closed.raw.len() <= BUILT_INLINE;
    if is_quick || shared.environment.compress_inline() {
        return Building::Done(Box::new(build(compression, codecs, closed)));
    }
    let codecs = codecs.clone();
    Building::Job(tokio::task::spawn_blocking(move || build(compression, &codecs, closed)))
}

fn build(compression: Compression, codecs: &Mutex<Vec<Codec>>, closed: Closed) -> Batch {
    let Closed { mut raw, mut life } = closed;
    life.build_begun();
    let compressing = compression != Compression::None;
    let result = seal(&mut raw, compressing.then_some(compression), codecs);
    life.built(&result, compressing);
    // What cannot be compressed still has its records, for whoever gets it back.
    let bytes = if result.is_ok() { raw.sealed().cloned() } else { raw.seal(None).ok() };
    Batch::new(life, bytes.unwrap_or_else(Bytes::new))
}

/// Seals the batch and returns its size.
fn seal(raw: &mut RawBatch, compression: Option<Compression>, codecs: &Mutex<Vec<Codec>>) -> Result<usize> {
    let mut codec = match compression {
        None => None,
        Some(compression) => {
            let used = codecs.lock().pop();
            Some(used.map_or_else(|| Codec::new(compression), Ok)?)
        }
    };
    let mut result = Ok(0);
    let panicked = seal_one(raw, |raw| {
        let sealed = raw.seal(codec.as_mut());
        result = sealed.as_ref().map(Bytes::len).map_err(Clone::clone);
        sealed
    });
    if panicked {
        return Err(raw
            .last_error
            .take()
            .unwrap_or_else(|| Error::new(ErrorKind::InvalidRecord, "the batch cannot be sealed")));
    }
    codecs.lock().extend(codec);
    result
}
