//! The tools of Apache Kafka, which are its Java clients.

use std::time::Duration;

use kafka_test::apache::{self, ApacheTools, ToolOutput};

use crate::program::Program;

const BOUND: Duration = Duration::from_secs(120);

/// The tools of a version, at the program.
struct Java {
    program: Program,
    tools: ApacheTools,
    /// Before 2.5 the producer's tool calls the bootstrap servers otherwise.
    broker_list: bool,
}

impl Java {
    async fn of(version: &str, options: &[&str]) -> Option<Self> {
        let conf = apache::require_or_skip(version).await?;
        let tools = ApacheTools::new(conf).await.unwrap();
        Some(Self { program: Program::start(options), tools, broker_list: version.starts_with("1.") })
    }

    async fn try_run(&self, tool: &str, arguments: &[&str], stdin: &str) -> ToolOutput {
        let bootstrap = match tool {
            "ConsoleProducer" | "GetOffsetShell" | "ConsumerPerformance" if self.broker_list => {
                "--broker-list"
            }
            "ProducerPerformance" => "--producer-props",
            _ => "--bootstrap-server",
        };
        let place = match tool {
            "ProducerPerformance" => format!("bootstrap.servers={}", self.program.bootstrap),
            _ => self.program.bootstrap.clone(),
        };
        let mut words = vec![bootstrap, &place];
        words.extend(arguments);
        self.tools.tool(tool, &words, stdin.as_bytes(), BOUND).await.unwrap()
    }

    /// Runs a tool that has to succeed, and returns what it printed.
    async fn run(&self, tool: &str, arguments: &[&str], stdin: &str) -> String {
        let output = self.try_run(tool, arguments, stdin).await;
        assert!(output.status.success(), "{tool} {arguments:?}: {output:?}");
        output.stdout
    }

    async fn produce_and_consume(&self, codecs: &[&str]) {
        for codec in codecs {
            let topic = format!("console-{codec}");
            let lines: Vec<_> = (0..200).map(|n| format!("key {n}\tvalue {n} in {codec}\n")).collect();
            let written = lines.concat();
            let property = if self.broker_list { "--property" } else { "--reader-property" };
            let mut arguments = vec!["--topic", &topic, "--compression-codec", codec];
            arguments.extend([property, "parse.key=true"]);
            let said = self.try_run("ConsoleProducer", &arguments, &written).await;
            assert!(said.status.success() && !said.stderr.contains("ERROR"), "{said:?}");
            let property = if self.broker_list { "--property" } else { "--formatter-property" };
            let arguments =
                ["--topic", &topic, "--partition", "0", "--offset", "earliest", "--max-messages", "200"];
            let arguments = [&arguments[..], &[property, "print.key=true"]].concat();
            assert_eq!(self.run("ConsoleConsumer", &arguments, "").await, written, "{codec}");
        }
    }

    async fn perf(&self) {
        let arguments =
            ["--topic", "perf", "--num-records", "20000", "--record-size", "100", "--throughput", "-1"];
        let words = self.run("ProducerPerformance", &arguments, "");
        let report = words.await;
        assert!(report.contains("20000 records sent"), "{report}");
    }
}

#[tokio::test]
async fn console_tools_of_the_newest_version_write_and_read_every_codec() {
    let Some(java) = Java::of("4.3.1", &["--nodes", "3"]).await else { return };
    java.produce_and_consume(&["none", "gzip", "snappy", "lz4", "zstd"]).await;
}

#[tokio::test]
async fn console_tools_of_the_oldest_version_write_and_read() {
    let Some(java) = Java::of("1.0.2", &["--nodes", "2"]).await else { return };
    java.produce_and_consume(&["none", "gzip", "lz4"]).await;
}

#[tokio::test]
async fn console_tools_of_the_oldest_version_speak_to_a_cluster_as_old_as_they_are() {
    let Some(java) = Java::of("1.0.2", &["--like-kafka", "1.0"]).await else { return };
    java.produce_and_consume(&["snappy"]).await;
}

#[tokio::test]
async fn performance_tools_run() {
    let Some(java) = Java::of("4.3.1", &["--topic", "perf:4"]).await else { return };
    java.perf().await;
}

#[tokio::test]
async fn topics_are_made_described_grown_and_deleted() {
    let Some(java) = Java::of("4.3.1", &["--nodes", "3"]).await else { return };
    let made = ["--create", "--topic", "fruits", "--partitions", "3", "--replication-factor", "2"];
    let made = [&made[..], &["--config", "retention.ms=1000"]].concat();
    java.run("TopicCommand", &made, "").await;
    assert_eq!(java.run("TopicCommand", &["--list"], "").await, "fruits\n");
    let described = java.run("TopicCommand", &["--describe", "--topic", "fruits"], "").await;
    for words in ["PartitionCount: 3", "ReplicationFactor: 2", "retention.ms=1000", "Partition: 2"] {
        assert!(described.contains(words), "{words} is not in\n{described}");
    }
    java.run("TopicCommand", &["--alter", "--topic", "fruits", "--partitions", "5"], "").await;
    let described = java.run("TopicCommand", &["--describe", "--topic", "fruits"], "").await;
    assert!(described.contains("PartitionCount: 5"), "{described}");
    java.run("TopicCommand", &["--delete", "--topic", "fruits"], "").await;
    assert_eq!(java.run("TopicCommand", &["--list"], "").await.trim(), "");
}

#[tokio::test]
async fn settings_of_topics_are_changed_and_shown() {
    let Some(java) = Java::of("4.3.1", &["--topic", "fruits:1"]).await else { return };
    let fruits = ["--entity-type", "topics", "--entity-name", "fruits"];
    let change = ["--alter", "--add-config", "max.message.bytes=2000,cleanup.policy=compact"];
    java.run("ConfigCommand", &[&fruits[..], &change].concat(), "").await;
    let shown = java.run("ConfigCommand", &[&fruits[..], &["--describe"]].concat(), "").await;
    for words in ["max.message.bytes=2000", "cleanup.policy=compact"] {
        assert!(shown.contains(words), "{words} is not in\n{shown}");
    }
    java.run("ConfigCommand", &[&fruits[..], &["--alter", "--delete-config", "cleanup.policy"]].concat(), "")
        .await;
    let shown = java.run("ConfigCommand", &[&fruits[..], &["--describe"]].concat(), "").await;
    assert!(!shown.contains("cleanup.policy"), "{shown}");
}

#[tokio::test]
async fn offsets_are_told_and_records_deleted() {
    let Some(java) = Java::of("4.3.1", &["--topic", "fruits:1"]).await else { return };
    java.run("ConsoleProducer", &["--topic", "fruits"], "apple\npear\nplum\n").await;
    for (time, offset) in [("-1", "3"), ("-2", "0"), ("latest", "3"), ("earliest", "0")] {
        let told = java.run("GetOffsetShell", &["--topic", "fruits", "--time", time], "").await;
        assert_eq!(told.trim(), format!("fruits:0:{offset}"), "{time}");
    }
    let file = java.tools.directory().join("delete.json");
    let until = r#"{"version":1,"partitions":[{"topic":"fruits","partition":0,"offset":2}]}"#;
    std::fs::write(&file, until).unwrap();
    let file = file.to_str().unwrap();
    java.run("DeleteRecordsCommand", &["--offset-json-file", file], "").await;
    let told = java.run("GetOffsetShell", &["--topic", "fruits", "--time", "earliest"], "").await;
    assert_eq!(told.trim(), "fruits:0:2");
}

#[tokio::test]
async fn the_cluster_names_itself_and_what_it_speaks() {
    let Some(java) = Java::of("4.3.1", &["--nodes", "2"]).await else { return };
    let arguments = ["cluster-id", "--bootstrap-server", &java.program.bootstrap];
    let output = java.tools.tool("ClusterTool", &arguments, b"", BOUND).await.unwrap();
    assert!(output.stdout.contains("Cluster ID: "), "{output:?}");
    let spoken = java.run("BrokerApiVersionsCommand", &[], "").await;
    assert!(spoken.contains("Produce(0)"), "{spoken}");
}
