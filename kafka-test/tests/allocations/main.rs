//! How often the client allocates for each record, counted on the thread on which all of it runs; the cluster runs on
//! another one.
#![expect(clippy::unwrap_used, reason = "a test says what went wrong by failing")]

#[path = "../../../kafka-proto/tests/support/allocator.rs"]
mod allocator;
mod consuming;
mod counting;
mod producing;

use std::sync::mpsc;

use kafka_test::cluster::Cluster;

const TOPIC: &str = "records";

/// Runs `work` on this thread alone, with the address of a cluster that has [`TOPIC`] in four partitions.
fn beside_a_cluster<T>(work: impl AsyncFnOnce(String) -> T) -> T {
    let runtime = || tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let (address, started) = mpsc::channel();
    let (end, ended) = tokio::sync::oneshot::channel::<()>();
    let cluster = std::thread::spawn(move || {
        runtime().block_on(async {
            let cluster = Cluster::builder().topic(TOPIC, 4).start().await.unwrap();
            address.send(cluster.bootstrap().join(",")).unwrap();
            let _dropped = ended.await;
        });
    });
    let result = runtime().block_on(work(started.recv().unwrap()));
    drop(end);
    cluster.join().unwrap();
    result
}
