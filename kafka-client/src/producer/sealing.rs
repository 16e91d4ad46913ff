//! Checksums and compression, on whichever thread has time for them.

use std::panic::{AssertUnwindSafe, catch_unwind};

use bytes::Bytes;

use super::batch::Batch;
use super::engine::Engine;
use super::life::sealing;
use super::queue::Source;
use super::request::Part;
use crate::api::{Error, ErrorKind, Result};

/// Seals each batch; one that cannot be sealed keeps its error. `shared`: after [`share`].
pub(super) fn seal(engine: &Engine, mut parts: Vec<Part>, shared: bool) -> Vec<Part> {
    let mut codec = engine.codec();
    let mut panicked = false;
    for part in &mut parts {
        let is_first = part.batch.sealed().is_none();
        sealing(&part.batch);
        let (slot, key) = (&part.slot, part.batch.key);
        let unshare = || {
            if shared {
                drop(slot.with(|queue| queue.unshare(key)));
            }
        };
        panicked |= seal_one(&mut part.batch, |batch| match &mut codec {
            Ok(codec) => batch.seal_shared(codec.as_mut(), unshare),
            Err(error) => Err(error.clone()),
        });
        if shared {
            at_hand(engine, part);
        }
        if is_first {
            engine.lives.sealed(&part.batch, engine.conf.compression);
        }
    }
    // After a panic nobody knows what state it is in.
    if let Ok(codec) = codec
        && !panicked
    {
        engine.return_codec(codec);
    }
    parts
}

/// Nobody knows when these are sealed: should their deliveries fail before, their records are at hand.
pub(super) fn share(engine: &Engine, parts: &mut [Part]) {
    for part in parts {
        match part.batch.share() {
            Some(builder) => holds(engine, part, Source::Unsealed(builder)),
            None => at_hand(engine, part),
        }
    }
}

/// The batch is sealed, and does not go out at once.
pub(super) fn at_hand(engine: &Engine, part: &Part) {
    if let Some(bytes) = part.batch.sealed() {
        holds(engine, part, Source::Sealed(bytes.clone()));
    }
}

fn holds(engine: &Engine, part: &Part, source: Source) {
    let settled = part.slot.with(|queue| queue.held(part.batch.key, source));
    engine.tell(settled);
}

/// Whatever `sealing` does, the batch is still there afterwards: its records are told of it. Returns whether it
/// panicked.
pub(crate) fn seal_one(batch: &mut Batch, sealing: impl FnOnce(&mut Batch) -> Result<Bytes>) -> bool {
    match catch_unwind(AssertUnwindSafe(|| sealing(batch))) {
        Ok(sealed) => {
            if let Err(error) = sealed {
                batch.last_error = Some(error);
            }
            false
        }
        Err(_) => {
            let what = "the batch cannot be sealed: its compression panicked";
            batch.last_error = Some(Error::new(ErrorKind::InvalidRecord, what));
            true
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::{Done, Record};
    use crate::producer::queue::Beginning;
    use tokio::time::Instant;

    #[test]
    fn a_batch_whose_compression_panics_fails_with_its_records() {
        let beginning =
            Beginning { opened: Instant::now(), timestamp: 0, buffer: Vec::new(), done: Done::default() };
        let mut batch = Batch::new(0, 0, beginning);
        batch.append(&Record::to("t").value("plum")).unwrap();
        assert!(seal_one(&mut batch, |_| panic!("a broken codec")));
        assert!(batch.sealed().is_none());
        let error = batch.last_error.clone().unwrap();
        assert!(error.to_string().contains("panicked"), "{error}");
        let decode = batch.into_decoder("t".into(), 0).unwrap();
        assert_eq!(decode(0).unwrap().message.value.as_deref(), Some(&b"plum"[..]));
    }
}
