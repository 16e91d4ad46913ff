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
    let compressing = compression != Compression::None;
    finish(closed, compressing, |raw| seal(raw, compressing.then_some(compression), codecs))
}

fn finish(closed: Closed, compressing: bool, seal: impl FnOnce(&mut RawBatch) -> Result<usize>) -> Batch {
    let Closed { mut raw, mut life } = closed;
    life.build_begun();
    let result = seal(&mut raw);
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::{Done, Record};
    use crate::batches::collector::Rules;
    use crate::producer::Beginning;

    fn closed() -> Closed {
        let rules = Rules { min_records: 2, min_bytes: 0, max_bytes: 1_000, linger: None, most_waiting: 1 };
        let mut collector = Collector::new("t".into(), 1, rules);
        let begin =
            || Beginning { opened: Instant::now(), timestamp: 0, buffer: Vec::new(), done: Done::default() };
        for value in ["apple", "pear"] {
            collector.add(&Record::to("t").value(value), Some(0), begin).unwrap();
        }
        collector.next_closed().unwrap()
    }

    #[test]
    fn a_batch_that_cannot_be_compressed_says_so_and_still_has_its_records() {
        let fails = |_: &mut RawBatch| Err(Error::new(ErrorKind::InvalidRecord, "a broken codec"));
        let panics = |raw: &mut RawBatch| {
            seal_one(raw, |_| panic!("a broken codec"));
            Err(raw.last_error.take().unwrap())
        };
        for batch in [finish(closed(), true, fails), finish(closed(), true, panics)] {
            let error = batch.life().compress_error.clone().unwrap();
            assert_eq!(error.kind(), ErrorKind::InvalidRecord);
            assert_eq!(batch.life().error().map(ToString::to_string), Some(error.to_string()));
            assert!(batch.life().build_error.is_none() && batch.life().build_complete_us.is_none());
            let values: Vec<_> = batch.messages().filter_map(|message| message.value).collect();
            assert_eq!(values, ["apple", "pear"]);
        }
    }

    #[test]
    fn a_batch_that_cannot_be_sealed_without_compression_is_one_that_was_not_built() {
        let fails = |_: &mut RawBatch| Err(Error::new(ErrorKind::InvalidRecord, "no room"));
        let batch = finish(closed(), false, fails);
        assert!(batch.life().build_error.is_some() && batch.life().compress_error.is_none());
    }
}
