//! A client among liars: whatever the nodes say, each call ends with a result or an error, in bounded time and memory,
//! and the client does not ask without pause. `KAFKA_TEST_SEED=n` repeats one seed of random lies.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

#[path = "../../../kafka-proto/tests/support/allocator.rs"]
mod allocator;
mod memory;
mod tour;

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::mpsc;
use std::time::Duration;

use kafka_test::cluster::{Lie, Lies};
use parking_lot::Mutex;

use tour::{Begin, Report, tour};

/// Memory is counted for the whole process, so that only one tour runs at a time.
static ALONE: Mutex<()> = Mutex::new(());

/// What a tour may hold at the most, with answers of up to 4 MiB: a decoded one of tiny elements takes some twenty times
/// its bytes, and the liar needs room for its lies.
const MEMORY: usize = 160 << 20;

/// What a tour may take of real time, on a busy machine; a client that spins in virtual time would take for ever.
const WALL: Duration = Duration::from_secs(90);

/// How many requests of all kinds a client may send within a tour of some minutes.
const REQUESTS: u64 = 20_000;

/// Runs a tour under a clock of its own, and holds it to its bounds.
fn survive(name: &str, lies: &Lies, begin: Begin) -> Report {
    let _alone = ALONE.lock();
    let (done, waiting) = mpsc::channel::<()>();
    let watched = format!("{name}, {begin:?}");
    let watchdog = std::thread::spawn(move || {
        if waiting.recv_timeout(WALL) == Err(mpsc::RecvTimeoutError::Timeout) {
            say(&format!("{watched}: no end after {WALL:?}"));
            std::process::abort();
        }
    });
    let before = memory::watch();
    let report = {
        let mut runtime = tokio::runtime::Builder::new_current_thread();
        let runtime = runtime.enable_all().start_paused(true).build().unwrap();
        let tour = AssertUnwindSafe(|| runtime.block_on(tour(lies, begin)));
        catch_unwind(tour).unwrap_or_else(|panic| {
            say(&format!("{name}, {begin:?}: the panic above"));
            resume_unwind(panic)
        })
    };
    let held = memory::most() - before;
    drop(done);
    watchdog.join().unwrap();
    let steps = &report.steps;
    assert!(held <= MEMORY, "{name}, {begin:?}: {} MiB held; {steps:#?}", held >> 20);
    assert!(report.requests <= REQUESTS, "{name}, {begin:?}: {} requests; {steps:#?}", report.requests);
    report
}

#[expect(clippy::print_stderr, reason = "the harness shows it beside the failure")]
fn say(what: &str) {
    eprintln!("{what}");
}

/// Takes all these tours, and fails at the end with those that failed.
fn survive_all(tours: impl Iterator<Item = (String, Lies, Begin)>) {
    let failed: Vec<String> = tours
        .filter(|(name, lies, begin)| catch_unwind(|| survive(name, lies, *begin)).is_err())
        .map(|(name, ..)| name)
        .collect();
    assert!(failed.is_empty(), "{failed:?}");
}

#[test]
fn a_client_that_is_lied_to_from_the_first_byte_on_ends_in_bounds() {
    survive_all(Lie::ALL.iter().map(|&lie| (format!("{lie:?}"), Lies::of(lie), Begin::AtOnce)));
}

#[test]
fn a_client_that_is_lied_to_once_it_is_at_work_ends_in_bounds() {
    survive_all(Lie::ALL.iter().map(|&lie| (format!("{lie:?}"), Lies::of(lie), Begin::AtWork)));
}

#[test]
fn a_client_that_is_lied_to_at_random_ends_in_bounds() {
    let seeds = match std::env::var("KAFKA_TEST_SEED") {
        Ok(seed) => {
            let seed = seed.parse().expect("KAFKA_TEST_SEED is a number");
            seed..seed + 1
        }
        Err(_) => 0..300,
    };
    survive_all(seeds.map(|seed| {
        let begin = if seed % 4 == 0 { Begin::AtOnce } else { Begin::AtWork };
        (format!("KAFKA_TEST_SEED={seed}"), Lies::random(seed), begin)
    }));
}

#[test]
fn odd_answers_that_say_the_truth_harm_nobody() {
    for lie in
        [Lie::SingleBytes, Lie::UnknownTags, Lie::NegativeThrottling, Lie::AllVersions, Lie::OddSessions]
    {
        for begin in [Begin::AtOnce, Begin::AtWork] {
            let report = survive(&format!("{lie:?}"), &Lies::of(lie), begin);
            assert_eq!(report.errors, 0, "{lie:?}, {begin:?}: {:#?}", report.steps);
        }
    }
}

#[test]
fn the_same_seed_tells_the_same_lies() {
    let once = survive("seed 11", &Lies::random(11), Begin::AtWork);
    let again = survive("seed 11", &Lies::random(11), Begin::AtWork);
    assert_eq!(once.steps, again.steps);
    assert_eq!(once.requests, again.requests);
}
