//! The quickstart says what README promises, on the cluster in its process and on real Apache Kafka.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by panicking")]

use std::path::PathBuf;
use std::process::Command;

use kafka_test::apache;

fn quickstart(brokers: Option<&str>) -> String {
    // Beside this test's own program, where cargo puts the examples that it builds with the tests.
    let tests: PathBuf = std::env::current_exe().unwrap();
    let program =
        tests.parent().and_then(|deps| deps.parent()).expect("a target folder").join("examples/quickstart");
    let mut command = Command::new(program);
    match brokers {
        Some(brokers) => command.env("KAFKA_BROKERS", brokers),
        None => command.env_remove("KAFKA_BROKERS"),
    };
    let output = command.output().unwrap();
    let said = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success(), "{said}\n{}", String::from_utf8_lossy(&output.stderr));
    said
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
