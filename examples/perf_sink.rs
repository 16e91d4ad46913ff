//! A cluster in a process of its own, to measure clients against. It prints its address and runs until it is killed.
//! With `--discard`, what is produced is acknowledged and forgotten: then the client is all that is measured. With
//! `--delay-ms`, each request takes so long; with `--tls`, its nodes speak TLS, and whom to trust is written to that file.

use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use kafka_examples::perf::Outcome;
use kafka_proto::messages::{
    ApiKey, PartitionProduceResponse, ProduceRequest, ProduceResponse, TopicProduceResponse,
};
use kafka_test::certificates::Authority;
use kafka_test::cluster::{Action, Cluster};

const USAGE: &str = "usage: perf_sink [--topic T] [--partitions P] [--discard] [--delay-ms D] [--tls CA]";

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    match run().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let _ = writeln!(std::io::stderr(), "error: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn run() -> Outcome {
    let (mut topic, mut partitions, mut discard, mut delay) = ("perf".to_owned(), 4, false, 0);
    let mut tls: Option<PathBuf> = None;
    let mut words = std::env::args().skip(1);
    while let Some(word) = words.next() {
        match word.as_str() {
            "--topic" => topic = words.next().ok_or(USAGE)?,
            "--partitions" => partitions = words.next().ok_or(USAGE)?.parse()?,
            "--discard" => discard = true,
            "--delay-ms" => delay = words.next().ok_or(USAGE)?.parse()?,
            "--tls" => tls = Some(words.next().ok_or(USAGE)?.into()),
            _ => return Err(USAGE.into()),
        }
    }
    let mut conf = Cluster::builder().topic(topic, partitions);
    if let Some(file) = tls {
        let authority = Arc::new(Authority::new()?);
        std::fs::write(file, authority.pem())?;
        conf = conf.secured_by(&authority);
    }
    let cluster = conf.start().await?;
    if delay > 0 {
        cluster.slow_down(cluster.nodes()[0], Duration::from_millis(delay), None);
    }
    if discard {
        cluster.control(|request| match request.api() {
            ApiKey::Produce => request.decode().map(|request| Action::answer(acknowledge(request))),
            _ => None,
        });
    }
    writeln!(std::io::stdout(), "{}", cluster.bootstrap().join(","))?;
    std::future::pending().await
}

fn acknowledge(request: ProduceRequest) -> ProduceResponse {
    let mut response = ProduceResponse::default();
    for topic in request.topic_data {
        let written =
            |index| PartitionProduceResponse { index, log_append_time_ms: -1, ..Default::default() };
        response.responses.push(TopicProduceResponse {
            name: topic.name,
            topic_id: topic.topic_id,
            partition_responses: topic.partition_data.iter().map(|data| written(data.index)).collect(),
            ..Default::default()
        });
    }
    response
}
