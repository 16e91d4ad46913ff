//! The Java client of each Kafka version reads what we write and writes what we read, in every codec.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use kafka_client::{
    Broker, BrokerConf, Compression, ConsumerConf, Isolation, Message, NewTopic, PartitionConsumer,
    ProducerConf,
};
use kafka_test::apache::{self, SharedCluster};

/// Records with each codec.
const COUNT: usize = 60;

const BOUND: Duration = Duration::from_secs(120);

macro_rules! with_java_of {
    ($($cluster:ident $version:literal)+) => {$(
        mod $cluster {
            use super::*;

            #[tokio::test]
            async fn we_read_what_java_writes_in_every_codec() {
                if let Some(java) = Java::of($version).await {
                    java.writes_and_we_read().await;
                }
            }

            #[tokio::test]
            async fn java_reads_what_we_write_in_every_codec() {
                if let Some(java) = Java::of($version).await {
                    java.reads_what_we_write().await;
                }
            }

            #[tokio::test]
            async fn of_transactions_only_the_committed_ones_are_read_on_request() {
                if let Some(java) = Java::of($version).await {
                    java.commits_and_aborts().await;
                }
            }
        }
    )+};
}

with_java_of! {
    apache_4_3 "4.3.1"
    apache_3_9 "3.9.2"
    apache_1_0 "1.0.2"
}

struct Java {
    cluster: SharedCluster,
    codecs: &'static [&'static str],
}

impl Java {
    async fn of(version: &str) -> Option<Self> {
        let cluster = apache::shared(apache::require_or_skip(version).await?).await.unwrap();
        let codecs: &[_] = if version.starts_with("1.") {
            &["none", "gzip", "snappy", "lz4"]
        } else {
            &["none", "gzip", "snappy", "lz4", "zstd"]
        };
        Some(Self { cluster, codecs })
    }

    async fn writes_and_we_read(&self) {
        let (broker, topic) = self.topic("from-java").await;
        let (bootstrap, count) = (self.cluster.bootstrap(), COUNT.to_string());
        let mut arguments = vec!["write", &bootstrap, &topic, &count];
        arguments.extend(self.codecs);
        self.run(&arguments).await;

        let mut reader = reader(&broker, &topic, Isolation::ReadUncommitted).await;
        for codec in self.codecs {
            for n in 0..COUNT {
                let message = next(&mut reader).await;
                let expected = pattern(n, codec);
                assert_eq!(
                    (&message.key, &message.value, &message.headers, message.timestamp),
                    (&expected.key, &expected.value, &expected.headers, expected.timestamp),
                    "record {n} in {codec}"
                );
            }
        }
    }

    async fn reads_what_we_write(&self) {
        let (broker, topic) = self.topic("for-java").await;
        let mut written = Vec::new();
        for codec in self.codecs {
            let mut conf = ProducerConf::new();
            conf.compression = compression(codec);
            let producer = broker.producer(conf).unwrap();
            let mut batch: Vec<_> = (0..COUNT).map(|n| pattern(n, codec)).collect();
            producer.produce(&topic, 0, &mut batch).await.unwrap();
            written.append(&mut batch);
        }
        let count = written.len().to_string();
        let read = self.run(&["read", &self.cluster.bootstrap(), &topic, &count]).await;
        let lines: Vec<_> = read.lines().collect();
        assert_eq!(lines.len(), written.len());
        for (line, message) in lines.into_iter().zip(&written) {
            assert_eq!(line, printed(message));
        }
    }

    async fn commits_and_aborts(&self) {
        let (broker, topic) = self.topic("transactions").await;
        self.run(&["transactions", &self.cluster.bootstrap(), &topic]).await;

        for (isolation, fates) in [
            (Isolation::ReadCommitted, &["committed 0", "committed 2"][..]),
            (Isolation::ReadUncommitted, &["committed 0", "aborted 1", "committed 2", "aborted 3"]),
        ] {
            let mut reader = reader(&broker, &topic, isolation).await;
            for fate in fates {
                for _ in 0..5 {
                    assert_eq!(
                        next(&mut reader).await.value.as_deref(),
                        Some(fate.as_bytes()),
                        "{isolation:?}"
                    );
                }
            }
            let end = reader.consume().await.unwrap_err();
            assert_eq!(end.kind(), kafka_client::ErrorKind::NoData, "{end}");
            // Past the last control record, which is never handed out.
            assert_eq!(reader.position(), broker.offset_latest(&topic, 0).await.unwrap(), "{isolation:?}");
        }
    }

    async fn topic(&self, what: &str) -> (Broker, String) {
        let seeds: Vec<String> = self.cluster.bootstrap().split(',').map(ToOwned::to_owned).collect();
        let broker = Broker::dial(seeds, BrokerConf::new("interop")).await.unwrap();
        let topic = format!("{what}-{}", std::process::id());
        let made = broker.create_topics(&[NewTopic::new(topic.as_str(), 1)], BOUND, false).await.unwrap();
        for made in made {
            made.unwrap();
        }
        (broker, topic)
    }

    async fn run(&self, arguments: &[&str]) -> String {
        let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/java/Interop.java");
        let output = self.cluster.java_source(&source, arguments, b"", BOUND).await.unwrap();
        assert!(output.status.success(), "{arguments:?}: {output:?}");
        output.stdout
    }
}

/// The pattern by which the Java half writes.
fn pattern(n: usize, codec: &str) -> Message {
    let mut message = Message::default().with_timestamp(1_700_000_000_000 + n as i64);
    if !n.is_multiple_of(3) {
        message.key = Some(format!("key-{n}").into());
    }
    if !n.is_multiple_of(7) {
        message.value = Some(format!("{codec} value {n} ").repeat(n % 20).into());
    }
    if n.is_multiple_of(5) {
        message.headers.push("number", Some(n.to_string().into()));
        message.headers.push("null", None);
    }
    message
}

/// A message as the Java half prints it.
fn printed(message: &Message) -> String {
    let headers: Vec<_> = message
        .headers
        .iter()
        .map(|header| format!("{}={}", header.name(), hex(header.value.as_deref())))
        .collect();
    format!(
        "{}\t{}\t{}\t{}\t{}",
        message.offset,
        message.timestamp.unwrap(),
        hex(message.key.as_deref()),
        hex(message.value.as_deref()),
        headers.join(",")
    )
}

fn hex(bytes: Option<&[u8]>) -> String {
    use std::fmt::Write;
    bytes.map_or_else(
        || "-".to_owned(),
        |bytes| {
            bytes.iter().fold(String::new(), |mut hex, byte| {
                write!(hex, "{byte:02x}").unwrap();
                hex
            })
        },
    )
}

fn compression(name: &str) -> Compression {
    BTreeMap::from([
        ("none", Compression::None),
        ("gzip", Compression::Gzip),
        ("snappy", Compression::Snappy),
        ("lz4", Compression::Lz4),
        ("zstd", Compression::Zstd),
    ])[name]
}

async fn reader(broker: &Broker, topic: &str, isolation: Isolation) -> PartitionConsumer {
    let mut conf = ConsumerConf::new(topic, 0);
    conf.isolation = isolation;
    conf.retry_limit = Some(20);
    broker.consumer(conf).await.unwrap()
}

async fn next(reader: &mut PartitionConsumer) -> Message {
    tokio::time::timeout(BOUND, reader.consume()).await.unwrap().unwrap()
}
