//! The quickstart says what README promises, the examples what they are for, and the programs that measure
//! what they measured: on the cluster in their process and on real Apache Kafka.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

use kafka_test::apache::{self, ApacheCluster};

/// Beside this test's own program, where cargo puts the examples that it builds with the tests.
fn program(example: &str) -> Command {
    let tests: PathBuf = std::env::current_exe().unwrap();
    let folder = tests.parent().and_then(|deps| deps.parent()).expect("a target folder").join("examples");
    Command::new(folder.join(example))
}

fn run(example: &str, arguments: &[&str], brokers: Option<&str>) -> String {
    let mut command = program(example);
    command.args(arguments);
    match brokers {
        Some(brokers) => command.env("KAFKA_BROKERS", brokers),
        None => command.env_remove("KAFKA_BROKERS"),
    };
    said(example, &mut command)
}

/// What a program says that ends well.
fn said(example: &str, command: &mut Command) -> String {
    let output = command.output().unwrap();
    let said = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success(), "{example}: {said}\n{}", String::from_utf8_lossy(&output.stderr));
    said
}

fn quickstart(brokers: Option<&str>) -> String {
    run("quickstart", &[], brokers)
}

/// Each with a part of what it says.
const PRODUCING: [(&str, &[&str], &str); 9] = [
    ("produce", &[], "1,000 records went"),
    ("full_speed", &["20000"], "0 failed"),
    ("sync_like", &[], "cherry 5 failed, and it alone"),
    ("delivery_reports", &[], "996 orders are written, 4 failed"),
    ("batches", &[], "20000 records are written, 0 are not"),
    ("audit", &[], "200 records are written, 0 are not, 200 were read"),
    ("partitioner", &[], "one of our own: acme → 3"),
    ("dial_leader", &[], "may be written: false"),
    ("access_log", &[], "the log is written"),
];

/// Each with what it says once it has read what it is about.
const CONSUMING: [(&str, &str); 10] = [
    ("consume", "back at 0"),
    ("offsets", "metadata: \"run 2\""),
    ("merge", "all 4 consumers have left"),
    ("distributing", "at random: grace to partition"),
    ("tail", " messages\n"),
    ("replay", "the last half hour has Some(b\"0 h ago\")"),
    ("parallel", "partition 3 was read to Some("),
    ("rebalance", "2000 of 2000 messages were handled"),
    ("recover", "read to the end"),
    ("merge_clusters", " messages, 0 errors"),
];

/// What the consumers' examples say, by their names.
fn consumes(brokers: Option<&str>) -> Vec<(&'static str, String)> {
    let said = |(example, part): (&'static str, &str)| {
        let said = run(example, &[], brokers);
        assert!(said.contains(part), "{example}: {said}");
        (example, said)
    };
    CONSUMING.into_iter().map(said).collect()
}

fn produces(brokers: Option<&str>) {
    for (example, arguments, part) in PRODUCING {
        let said = run(example, arguments, brokers);
        assert!(said.contains(part), "{example}: {said}");
        assert!(!said.contains("is not in the log"), "{example}: {said}");
    }
}

fn tells_the_whole_story(said: &str) {
    for step in
        ["Dialled", "Produced apple", "Sent cherry", "Consumed apple", "Committed", "Merged: plum", "Closed"]
    {
        assert!(said.contains(step), "{step} is missing in:\n{said}");
    }
}

#[test]
fn runs_with_nothing_but_itself() {
    let said = quickstart(None);
    assert!(said.contains("No KAFKA_BROKERS given"), "{said}");
    tells_the_whole_story(&said);
}

#[tokio::test]
async fn does_the_same_on_a_real_cluster_again_and_again() {
    let Some(conf) = apache::require_or_skip(apache::NEWEST_VERSION).await else { return };
    let cluster = apache::shared(conf).await.unwrap();
    for _ in 0..2 {
        let said = quickstart(Some(&cluster.bootstrap()));
        assert!(said.contains(&cluster.bootstrap().replace(',', ", ")), "{said}");
        tells_the_whole_story(&said);
    }
}

/// A number of the report of a program that measures.
fn number(report: &str, name: &str) -> f64 {
    let after = report.split_once(&format!("\"{name}\":")).unwrap_or_else(|| panic!("no {name}: {report}")).1;
    after.split([',', '}']).next().unwrap().parse().unwrap()
}

fn measure(line: &str) -> String {
    let words: Vec<_> = line.split(' ').collect();
    run(words[0], &words[1..], None)
}

#[test]
fn whatever_way_is_measured_every_record_is_read() {
    for idiom in ["batch", "consume", "try", "stream", "assigned", "any", "any-stream", "partitions", "mx"] {
        let report = measure(&format!("perf_consumer consume --records 5000 --size 50 --idiom {idiom}"));
        assert!(report.contains(&format!("\"idiom\":\"{idiom}\"")), "{report}");
        assert!(number(&report, "records") >= 5000.0, "{report}");
        assert!((number(&report, "bytes") - number(&report, "records") * 50.0).abs() < 0.5, "{report}");
    }
}

#[test]
fn latencies_are_told_by_percentiles_at_any_rate_and_on_either_runtime() {
    for line in [
        "perf_consumer e2e --rate 300 --seconds 1 --runtime current",
        "perf_consumer e2e --rate 3000 --seconds 1 --idiom assigned",
        "perf_producer latency --rate 100 --seconds 1 --warmup 10 --runtime multi",
        "perf_producer latency --rate 3000 --seconds 1 --warmup 10 --runtime current",
    ] {
        let report = measure(line);
        let all = ["p50_us", "p99_us", "p999_us", "max_us"].map(|name| number(&report, name));
        assert!(all[0] > 0.0 && all.is_sorted(), "{line}: {report}");
        let runtime = if line.ends_with("current") { "current" } else { "multi" };
        assert!(report.contains(&format!("\"runtime\":\"{runtime}\"")), "{report}");
    }
}

#[test]
fn the_time_to_the_first_record_is_told() {
    for line in [
        "perf_producer cold",
        "perf_consumer cold --records 10",
        "perf_consumer cold --records 10 --idiom mx",
    ] {
        let report = measure(line);
        assert!(number(&report, "cold_ms") > 0.0, "{line}: {report}");
    }
}

/// A cluster in a process of its own, until this is dropped.
struct Sink {
    process: Child,
    address: String,
}

impl Sink {
    fn start(options: &str) -> Self {
        let mut command = program("perf_sink");
        let mut process = command.args(options.split(' ')).stdout(Stdio::piped()).spawn().unwrap();
        let mut address = String::new();
        BufReader::new(process.stdout.take().unwrap()).read_line(&mut address).unwrap();
        assert!(!address.is_empty(), "{options}: it has ended");
        Self { process, address: address.trim_end().to_owned() }
    }

    fn measure(&self, line: &str) -> String {
        measure(&format!("{line} --brokers {}", self.address))
    }
}

impl Drop for Sink {
    fn drop(&mut self) {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
    }
}

#[test]
fn a_producer_stays_within_its_memory_however_slow_the_cluster_is() {
    for (partitions, records, delay) in [(4, 60_000, 10), (1_000, 100_000, 150)] {
        let sink = Sink::start(&format!("--discard --delay-ms {delay} --partitions {partitions}"));
        let report = sink.measure(&format!(
            "perf_producer soak --partitions {partitions} --records {records} --buffer-bytes 4194304"
        ));
        let (peak, bound) = (number(&report, "heap_mb_peak"), number(&report, "heap_mb_bound"));
        assert!(peak <= bound, "{report}");
        assert!(peak > 3.5, "the cluster was not slow: {report}");
        assert!(bound < 4.5 + 1.0 + 2.1, "{report}");
        assert!(number(&report, "rss_mb_early") > 0.0 && number(&report, "rss_mb_late") > 0.0, "{report}");
        assert!((number(&report, "records") - f64::from(records)).abs() < 0.5, "{report}");
    }
}

#[test]
fn memory_is_told_after_so_many_seconds_too() {
    let report = measure("perf_producer soak --seconds 1");
    assert!(number(&report, "rss_mb_early") > 0.0 && number(&report, "seconds") >= 1.0, "{report}");
}

#[test]
fn tasks_share_what_is_to_be_produced_and_allocations_are_counted_where_asked_for() {
    let report = measure("perf_producer produce --records 20001 --tasks 8 --warmup 0 --count-allocs");
    assert!((number(&report, "records") - 20_001.0).abs() < 0.5, "{report}");
    let (blocks, bytes) = (number(&report, "allocs_per_rec"), number(&report, "alloc_bytes_per_rec"));
    assert!(blocks > 0.0 && blocks < 1.0 && bytes > 0.0, "{report}");
    let report = measure("perf_consumer consume --records 5000 --count-allocs");
    assert!(number(&report, "allocs_per_rec") < 2.0, "{report}");
    assert!(!measure("perf_producer produce --records 100").contains("allocs_per_rec"));
}

#[test]
fn what_is_compressed_and_sent_over_tls_is_there_to_be_read() {
    let folder = tempfile::tempdir().unwrap();
    let trusted = folder.path().join("ca.pem");
    let trusted = trusted.to_str().unwrap();
    let sink = Sink::start(&format!("--tls {trusted}"));
    for codec in ["gzip", "snappy", "lz4", "zstd"] {
        let options =
            format!("--tls {trusted} --topic {codec} --size 40 --records 3000 --compression {codec}");
        sink.measure(&format!("perf_producer produce --warmup 0 {options}"));
        let report = sink.measure(&format!("perf_consumer consume {options}"));
        assert!((number(&report, "bytes") - 3_000.0 * 40.0).abs() < 0.5, "{codec}: {report}");
    }
    let refused = program("perf_producer").args(["produce", "--brokers", &sink.address]).output().unwrap();
    assert!(!refused.status.success(), "it speaks TLS alone");
}

#[test]
fn a_sink_that_discards_acknowledges_and_has_nothing_and_a_slow_one_takes_its_time() {
    let sink = Sink::start("--discard --delay-ms 30 --topic other --partitions 2");
    let options = "--topic other --partitions 2";
    let report = sink.measure(&format!("perf_producer latency --rate 20 --seconds 1 --warmup 0 {options}"));
    assert!(number(&report, "p50_us") >= 30_000.0, "{report}");
    // Nothing was written, so that nothing comes.
    let report = sink.measure(&format!("perf_consumer idle --seconds 1 {options}"));
    assert!(number(&report, "seconds") >= 1.0 && number(&report, "cpu_ms_per_s") >= 0.0, "{report}");
}

#[test]
fn the_producers_examples_do_what_they_say() {
    produces(None);
    let said = run("data_collector", &[], None);
    assert!(said.contains("your data is stored as example-important/"), "{said}");
}

#[tokio::test]
async fn the_producers_examples_do_it_on_a_real_cluster_too() {
    let Some(conf) = apache::require_or_skip(apache::NEWEST_VERSION).await else { return };
    let cluster = apache::shared(conf).await.unwrap();
    produces(Some(&cluster.bootstrap()));
}

#[tokio::test]
async fn data_is_collected_over_tls_on_a_real_cluster_too() {
    let Some(conf) = apache::require_or_skip(apache::NEWEST_VERSION).await else { return };
    let cluster = ApacheCluster::start(conf.with_tls()).await.unwrap();
    let mut command = program("data_collector");
    command.env("KAFKA_BROKERS", cluster.bootstrap_of("TLS").unwrap());
    command.env("KAFKA_CA", cluster.authority().unwrap());
    let said = said("data_collector", &mut command);
    assert_eq!(said.matches("your data is stored as example-important/").count(), 2, "{said}");
    cluster.shutdown().await.unwrap();
}

#[test]
fn the_consumers_examples_do_what_they_say() {
    let all = consumes(None);
    let said =
        |name| all.iter().find(|(example, _)| *example == name).map(|(_, said)| said.as_str()).unwrap();
    assert!(said("merge_clusters").contains("12 messages, 0 errors"), "{all:?}");
    // The cluster in the process does go wrong.
    for error in ["seeks to Oldest after: OFFSET_OUT_OF_RANGE", "log was truncated", "is corrupt"] {
        assert!(said("recover").contains(error), "{error}: {}", said("recover"));
    }
}

#[tokio::test]
async fn the_consumers_examples_do_it_on_a_real_cluster_too() {
    let Some(conf) = apache::require_or_skip(apache::NEWEST_VERSION).await else { return };
    let cluster = apache::shared(conf).await.unwrap();
    consumes(Some(&cluster.bootstrap()));
}
