//! The client under each fault that the in-process cluster knows: it loses nothing, repeats nothing it promised not to,
//! and ends in bounded time. The log is compared with what the client said, record by record.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

mod lossy;
mod network;
mod nodes;
mod quotas;
mod replicas;
mod requests;

use std::time::Duration;

use kafka_proto::messages::ApiKey;
use kafka_test::cluster::chaos::{Chaos, Fault, Mischief, Report, Schedule};
use kafka_test::cluster::{Cluster, ClusterConf};

const TOPIC: &str = "chaos";
const PARTITIONS: i32 = 3;

fn ms(ms: u64) -> Duration {
    Duration::from_millis(ms)
}

/// The workload under these faults, which begin when it has begun.
async fn under(schedule: Schedule) -> Report {
    under_in(Cluster::builder().nodes(3), schedule).await
}

/// The same, in a cluster of this kind. A run checks that everything acknowledged is in the log once, in order and where the
/// client said, that it was read once and in order, and that nothing failed; here that it took no longer than the
/// faults and what the client may wait for.
async fn under_in(cluster: ClusterConf, schedule: Schedule) -> Report {
    let mut chaos = Chaos::new(1).with(schedule);
    chaos.cluster = cluster;
    let report = chaos.run().await.unwrap_or_else(|failure| panic!("{failure}"));
    assert_eq!(report.failed, 0);
    assert!(report.acknowledged >= 300 && report.consumed == report.acknowledged, "{report:?}");
    let calm = calm().await;
    assert_ne!(report.trace, calm.trace, "the fault shows in what the client does");
    assert!(
        report.took < calm.took + Duration::from_secs(60),
        "{:?}, {:?} without faults",
        report.took,
        calm.took
    );
    report
}

/// The workload without any fault.
async fn calm() -> Report {
    let mut chaos = Chaos::new(1).with(Schedule::new());
    chaos.cluster = Cluster::builder().nodes(3);
    chaos.run().await.unwrap()
}

/// The next `times` requests of an API, every second for six seconds from when the topic is known.
/// (Until then a client gives up after `leader_retry_limit` attempts.)
fn requests(api: ApiKey, times: usize, what: Mischief) -> Schedule {
    let again = |schedule: Schedule, second: u64| {
        schedule.at(ms(300 + second * 1_000), Fault::Requests { api, times, what })
    };
    (0..6).fold(Schedule::new(), again)
}
