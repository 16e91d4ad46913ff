//! The quickstart says what README promises, and the producer's examples what they are for: on the cluster in their
//! process and on real Apache Kafka.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

use std::path::PathBuf;
use std::process::Command;

use kafka_test::apache;

fn run(example: &str, arguments: &[&str], brokers: Option<&str>) -> String {
    // Beside this test's own program, where cargo puts the examples that it builds with the tests.
    let tests: PathBuf = std::env::current_exe().unwrap();
    let folder = tests.parent().and_then(|deps| deps.parent()).expect("a target folder").join("examples");
    let mut command = Command::new(folder.join(example));
    command.args(arguments);
    match brokers {
        Some(brokers) => command.env("KAFKA_BROKERS", brokers),
        None => command.env_remove("KAFKA_BROKERS"),
    };
    let output = command.output().unwrap();
    let said = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success(), "{example}: {said}\n{}", String::from_utf8_lossy(&output.stderr));
    said
}

fn quickstart(brokers: Option<&str>) -> String {
    run("quickstart", &[], brokers)
}

/// Each with a part of what it says.
const PRODUCING: [(&str, &[&str], &str); 8] = [
    ("produce", &[], "1,000 records went"),
    ("full_speed", &["20000"], "0 failed"),
    ("sync_like", &[], "cherry 5 failed, and it alone"),
    ("delivery_reports", &[], "996 orders are written, 4 failed"),
    ("batches", &[], "20000 records are written, 0 are not"),
    ("partitioner", &[], "one of our own: acme → 3"),
    ("dial_leader", &[], "may be written: false"),
    ("access_log", &[], "the log is written"),
];

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
    for idiom in ["batch", "consume", "try", "stream", "assigned", "mx"] {
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

#[test]
fn memory_while_producing_is_told() {
    let report = measure("perf_producer soak --seconds 1 --warmup 0");
    assert!(number(&report, "rss_mb_early") > 0.0 && number(&report, "rss_mb_late") > 0.0, "{report}");
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
