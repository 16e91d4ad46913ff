//! The time of each case, for one record or one message.

use std::time::{Duration, Instant};

use criterion::{Criterion, criterion_group, criterion_main};
use kafka_proto_bench::{Case, cases};

criterion_group! {
    name = operations;
    config = Criterion::default()
        .sample_size(30)
        .warm_up_time(Duration::from_millis(300))
        .measurement_time(Duration::from_secs(1));
    targets = bench
}
criterion_main!(operations);

fn bench(criterion: &mut Criterion) {
    for same in cases().chunk_by(|one, other| one.name == other.name) {
        let mut group = criterion.benchmark_group(&same[0].name);
        for case in same {
            bench_case(&mut group, case);
        }
        group.finish();
    }
}

fn bench_case(group: &mut criterion::BenchmarkGroup<'_, criterion::measurement::WallTime>, case: &Case) {
    let mut prepared = None;
    group.bench_function(format!("{} (per {})", case.library, case.unit), |bencher| {
        let prepared = prepared.get_or_insert_with(|| case.prepare());
        // An iteration is a unit: whole runs are timed, and their time is divided.
        bencher.iter_custom(|iterations| {
            let runs = iterations.div_ceil(prepared.units as u64);
            let start = Instant::now();
            for _ in 0..runs {
                prepared.run();
            }
            start.elapsed().mul_f64(iterations as f64 / (runs * prepared.units as u64) as f64)
        });
    });
}
