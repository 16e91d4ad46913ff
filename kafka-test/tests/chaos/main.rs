//! The client under a thousand random schedules of faults.
//!
//! `KAFKA_TEST_SEED=42 cargo test -p kafka-test --test chaos` runs one seed again, and prints what happened.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::thread;

use kafka_test::cluster::chaos::{Chaos, Failure, Report};

const SEEDS: u64 = 1_000;

/// One run, on a thread and under a clock of its own.
fn run(seed: u64) -> Result<Report, Failure> {
    let runtime =
        tokio::runtime::Builder::new_current_thread().enable_all().start_paused(true).build().unwrap();
    runtime.block_on(Chaos::new(seed).run())
}

fn seed_to_replay() -> Option<u64> {
    let seed = std::env::var("KAFKA_TEST_SEED").ok()?;
    Some(seed.parse().expect("KAFKA_TEST_SEED is a number"))
}

#[test]
fn a_thousand_schedules_lose_repeat_and_reorder_nothing() {
    if let Some(seed) = seed_to_replay() {
        match run(seed) {
            Ok(report) => println!("{report:#?}\n{}", report.schedule),
            Err(failure) => panic!("{failure}"),
        }
        return;
    }
    let next = AtomicU64::new(0);
    let workers = thread::available_parallelism().map_or(2, usize::from);
    let failures: Vec<Failure> = thread::scope(|scope| {
        let work = || {
            let seeds = std::iter::from_fn(|| Some(next.fetch_add(1, Relaxed)).filter(|seed| *seed < SEEDS));
            seeds.filter_map(|seed| run(seed).err()).collect::<Vec<_>>()
        };
        let threads: Vec<_> = (0..workers).map(|_| scope.spawn(work)).collect();
        threads.into_iter().flat_map(|thread| thread.join().unwrap()).collect()
    });
    for failure in failures.iter().take(5) {
        println!(
            "{failure}\nrun it again: KAFKA_TEST_SEED={} cargo test -p kafka-test --test chaos\n",
            failure.seed
        );
    }
    let seeds: Vec<u64> = failures.iter().map(|failure| failure.seed).collect();
    assert!(seeds.is_empty(), "{} of {SEEDS} seeds fail: {seeds:?}", seeds.len());
}

#[test]
fn a_seed_runs_the_same_each_time() {
    for seed in [1, 7, 42] {
        let runs =
            [run(seed), run(seed)].map(|run| run.map(|report| (report.trace, report.took, report.requests)));
        let [first, second] = runs.map(Result::unwrap);
        assert_eq!(first, second, "seed {seed}");
    }
}
