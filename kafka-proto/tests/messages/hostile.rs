//! Bytes that nobody should send: no panic, and no more memory than they are worth.

use std::{cell::Cell, hint::black_box};

use bytes::Bytes;
use kafka_proto::messages::{AnyRequest, AnyResponse, ApiKey, read_request};
use proptest::prelude::*;

use crate::{
    allocator::{Watch, Watched},
    generate::Random,
    vectors::Vector,
};

/// Counts the bytes that each thread asks for.
struct Counting;

thread_local! {
    static ALLOCATED: Cell<usize> = const { Cell::new(0) };
}

#[global_allocator]
static COUNTING: Watched<Counting> = Watched(Counting);

impl Watch for Counting {
    fn took(bytes: usize) {
        let _gone = ALLOCATED.try_with(|allocated| allocated.set(allocated.get() + bytes));
    }
}

/// Runs `work`; it must not ask for more than a small multiple of the frame's size. An empty string is one byte of a
/// frame and 32 of memory, and a vector doubles as it grows.
fn within_bounds(title: &str, frame: usize, work: impl FnOnce()) {
    let before = ALLOCATED.get();
    work();
    let allocated = ALLOCATED.get() - before;
    assert!(allocated <= 100 * frame + 4096, "{title}: {allocated} bytes for a frame of {frame}");
}

fn decode_as_everything(bytes: &Bytes) {
    for &key in ApiKey::ALL {
        let versions = key.request_schema().versions;
        for version in versions.oldest()..=versions.newest() {
            within_bounds(key.name(), bytes.len(), || {
                let _ = black_box(AnyRequest::decode(key, version, bytes.clone()));
            });
            within_bounds(key.name(), bytes.len(), || {
                let _ = black_box(AnyResponse::decode(key, version, bytes.clone()));
            });
        }
    }
    let _ = black_box(read_request(bytes.clone()));
}

#[test]
fn counts_that_promise_too_much_are_refused_before_memory_is_reserved() {
    for filler in [0x00, 0x01, 0x7f, 0x80, 0xfe, 0xff] {
        for length in [1, 4, 16, 64, 4096] {
            decode_as_everything(&Bytes::from(vec![filler; length]));
        }
        let mut huge = vec![0x7f, 0xff, 0xff, 0xff, 0x07];
        huge.extend([filler; 2000]);
        decode_as_everything(&Bytes::from(huge));
    }
}

#[test]
fn damaged_messages_are_errors_and_cost_little_memory() {
    let (vectors, _) = Vector::all();
    let mut random = Random::new(42);
    let mut refused = 0;
    for vector in &vectors {
        for _ in 0..6 {
            let damaged = damage(&vector.body, &mut random);
            let key = ApiKey::try_from(vector.api_key);
            let title = vector.title();
            within_bounds(&title, damaged.len(), || match (key, vector.kind.as_str()) {
                (Ok(key), "request") => {
                    refused += usize::from(AnyRequest::decode(key, vector.version, damaged).is_err());
                }
                (Ok(key), "response") => {
                    refused += usize::from(AnyResponse::decode(key, vector.version, damaged).is_err());
                }
                _ => {}
            });
        }
    }
    assert!(refused > vectors.len(), "only {refused} were refused: the damage does not reach the decoder");
}

#[test]
fn a_cut_message_is_an_error_at_every_length() {
    let (vectors, _) = Vector::all();
    for vector in vectors.iter().filter(|vector| vector.body.len() < 200).step_by(7) {
        for length in 0..vector.body.len() {
            assert!(
                vector.decode(vector.body.slice(..length)).is_err(),
                "{} cut at {length}",
                vector.title()
            );
        }
    }
}

/// Cuts the message, or changes, adds or removes some bytes.
fn damage(body: &Bytes, random: &mut Random) -> Bytes {
    let mut bytes = body.to_vec();
    if bytes.is_empty() {
        return body.clone();
    }
    let at = random.below(bytes.len());
    match random.below(6) {
        0 => bytes.truncate(at),
        1 => bytes[at] ^= 1 << random.below(8),
        2 => bytes[at..].iter_mut().take(4).zip([0x7f, 0xff, 0xff, 0xff]).for_each(|(byte, new)| *byte = new),
        3 => bytes[at..].iter_mut().take(5).for_each(|byte| *byte = 0xff),
        4 => bytes.insert(at, random.next() as u8),
        _ => drop(bytes.remove(at)),
    }
    Bytes::from(bytes)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(100))]

    #[test]
    fn any_bytes_are_a_message_or_an_error(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        decode_as_everything(&Bytes::from(bytes));
    }
}
