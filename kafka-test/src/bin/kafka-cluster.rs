//! The cluster of `kafka_test::cluster` as a program: for clients in any language, until Ctrl-C.

#![forbid(unsafe_code)]

use std::io::{self, Write};
use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::str::FromStr;
use std::sync::Arc;

use kafka_test::certificates::Authority;
use kafka_test::cluster::{Cluster, ClusterConf, Lie, Lies, Release, TopicConf};

const HELP: &str = "\
Runs a Kafka cluster in this process, until Ctrl-C. What is written to it is kept in memory.

usage: kafka-cluster [options]

  --port P                  port of node 1; node 2 has the next one, and so on. 0: free ports. Default 9092
  --nodes N                 default 1
  --topic NAME[:P[:R]]      a topic with P partitions and R replicas; may be repeated
  --partitions P            of topics that do not say how many, default 1
  --no-auto-create          topics are not created by asking for them
  --listen ADDRESS          default 127.0.0.1, which only this machine reaches; 0.0.0.0 for all
  --advertise HOST          what clients are told to connect to; default: the address listened at
  --tls FILE                speaks TLS only; whom clients have to trust is written to this file (PEM)
  --like-kafka RELEASE      speaks the versions of that release; --like-kafka list shows those that are known
  --lie KIND                answers with lies, of one kind or random:SEED; --lie list shows the kinds
  --help                    this text

The first line of output has the addresses of all nodes, as clients take them.";

/// What the command line asks for.
#[derive(Debug)]
enum Asked {
    Run { conf: Box<ClusterConf>, lies: Option<Lies>, tls: Option<PathBuf> },
    Show(String),
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    let asked = match parse(std::env::args().skip(1)) {
        Ok(asked) => asked,
        Err(wrong) => return fail(&format!("{wrong}; see --help")),
    };
    match asked {
        Asked::Show(text) => {
            let _ = writeln!(io::stdout(), "{text}");
            ExitCode::SUCCESS
        }
        Asked::Run { conf, lies, tls } => {
            let conf = match tls {
                Some(file) => match secured(*conf, &file) {
                    Ok(conf) => conf,
                    Err(error) => return fail(&format!("--tls {}: {error}", file.display())),
                },
                None => *conf,
            };
            match conf.start().await {
                Ok(cluster) => run(&cluster, lies).await,
                Err(error) => fail(&error.to_string()),
            }
        }
    }
}

/// With certificates of a new authority, whose own is in the file before the nodes listen.
fn secured(conf: ClusterConf, file: &Path) -> io::Result<ClusterConf> {
    let authority = Arc::new(Authority::new()?);
    std::fs::write(file, authority.pem())?;
    Ok(conf.secured_by(&authority))
}

/// Serves until the process is ended.
async fn run(cluster: &Cluster, lies: Option<Lies>) -> ExitCode {
    if let Some(lies) = lies {
        cluster.lie(lies);
    }
    let _ = writeln!(io::stdout(), "{}", cluster.bootstrap().join(","));
    let _ = writeln!(io::stderr(), "serving until Ctrl-C");
    std::future::pending().await
}

fn fail(why: &str) -> ExitCode {
    let _ = writeln!(io::stderr(), "kafka-cluster: {why}");
    ExitCode::FAILURE
}

fn parse(words: impl IntoIterator<Item = String>) -> Result<Asked, String> {
    let mut conf = Cluster::builder().first_port(9092);
    let (mut lies, mut tls) = (None, None);
    let mut words = words.into_iter();
    while let Some(option) = words.next() {
        match option.as_str() {
            "--help" | "-h" => return Ok(Asked::Show(HELP.to_owned())),
            "--no-auto-create" => {
                conf.auto_create_topics = false;
                continue;
            }
            _ => {}
        }
        let mut value = || words.next().ok_or_else(|| format!("{option} needs a value"));
        match option.as_str() {
            "--port" => conf.first_port = read(&option, &value()?, "a port from 0 to 65535")?,
            "--nodes" => conf.nodes = read(&option, &value()?, "a number of nodes")?,
            "--partitions" => conf.default_partitions = read(&option, &value()?, "a number of partitions")?,
            "--topic" => conf.topics.push(topic(&value()?)?),
            "--listen" => conf.listen = read::<IpAddr>(&option, &value()?, "an IP address")?,
            "--advertise" => conf.advertised_host = Some(value()?),
            "--tls" => tls = Some(value()?.into()),
            "--like-kafka" => match value()?.as_str() {
                "list" => return Ok(Asked::Show(list(Release::ALL.iter().map(Release::name)))),
                release => conf = conf.like_kafka(release),
            },
            "--lie" => match value()?.as_str() {
                "list" => return Ok(Asked::Show(list(Lie::ALL.iter().map(|lie| format!("{lie:?}"))))),
                kind => lies = Some(lie(kind)?),
            },
            _ => return Err(format!("there is no option {option}")),
        }
    }
    Ok(Asked::Run { conf: Box::new(conf), lies, tls })
}

fn list<S: AsRef<str>>(names: impl Iterator<Item = S>) -> String {
    names.map(|name| name.as_ref().to_owned()).collect::<Vec<_>>().join("\n")
}

fn read<T: FromStr>(option: &str, value: &str, what: &str) -> Result<T, String> {
    value.parse().map_err(|_| format!("{option} {value}: this is not {what}"))
}

/// `NAME`, `NAME:PARTITIONS` or `NAME:PARTITIONS:REPLICAS`.
fn topic(text: &str) -> Result<TopicConf, String> {
    let mut parts = text.split(':');
    let name = parts.next().unwrap_or_default();
    let mut topic = TopicConf::new(name, 1);
    if let Some(partitions) = parts.next() {
        topic.partitions = read("--topic", partitions, "a number of partitions")?;
    }
    if let Some(replicas) = parts.next() {
        topic.replication_factor = Some(read("--topic", replicas, "a number of replicas")?);
    }
    if parts.next().is_some() {
        return Err(format!("--topic {text}: write NAME, NAME:PARTITIONS or NAME:PARTITIONS:REPLICAS"));
    }
    Ok(topic)
}

/// The name of a lie, or `random:SEED`.
fn lie(text: &str) -> Result<Lies, String> {
    if let Some(seed) = text.strip_prefix("random:") {
        return Ok(Lies::random(read("--lie", seed, "a seed")?));
    }
    let known = Lie::ALL.iter().find(|lie| format!("{lie:?}") == text);
    known.map(|&lie| Lies::of(lie)).ok_or_else(|| format!("--lie {text}: there is no such kind"))
}
