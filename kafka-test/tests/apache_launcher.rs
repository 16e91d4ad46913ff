//! The launcher of real Apache Kafka brokers. Without Java or the jars each test says so in one line and passes.
#![cfg(all(feature = "apache", unix))]

use std::error::Error;
use std::fs;
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use kafka_test::apache::{self, ApacheCluster, ErrorKind, NEWEST_VERSION};

type TestResult = Result<(), Box<dyn Error>>;

const BOUND: Duration = Duration::from_secs(40);

/// The environment variable by which a test asks the process it starts to hold a cluster until it is killed.
const HOLD: &str = "KAFKA_TEST_LAUNCHER_HOLD";

#[tokio::test]
async fn records_survive_the_kill_of_their_only_broker() -> TestResult {
    let Some(mut conf) = apache::require_or_skip(NEWEST_VERSION).await else {
        return Ok(());
    };
    conf.properties.insert("num.partitions".into(), "1".into());
    let cluster = ApacheCluster::start(conf).await?;
    let bootstrap = cluster.bootstrap();
    let produce = ["--bootstrap-server", &bootstrap, "--topic", "fruits"];
    let produced = cluster.tool("ConsoleProducer", &produce, b"apple\npear\n", BOUND).await?;
    assert!(produced.status.success(), "{produced:?}");

    cluster.kill(1).await?;
    assert!(TcpStream::connect(&bootstrap).is_err(), "the broker still listens");
    let again = cluster.kill(1).await.err().map(|error| error.to_string());
    assert!(again.is_some_and(|text| text.contains("node 1 is not running")));
    cluster.start_node(1).await?;

    let consume = [&produce[..], &["--from-beginning", "--max-messages", "2"]].concat();
    let consumed = cluster.tool("ConsoleConsumer", &consume, b"", BOUND).await?;
    assert_eq!(consumed.stdout, "apple\npear\n", "{}", consumed.stderr);
    ends_without_a_trace(&cluster).await
}

#[tokio::test]
async fn a_java_program_of_the_test_runs_with_the_clients_jar() -> TestResult {
    let Some(conf) = apache::require_or_skip(NEWEST_VERSION).await else {
        return Ok(());
    };
    let cluster = apache::shared(conf.clone()).await?;
    assert_eq!(apache::shared(conf).await?.bootstrap(), cluster.bootstrap(), "shared");
    let source = cluster.directory().join("Describe.java");
    fs::write(
        &source,
        r#"
        import org.apache.kafka.clients.admin.Admin;
        import java.util.Map;
        class Describe {
            public static void main(String[] args) throws Exception {
                try (Admin admin = Admin.create(Map.of("bootstrap.servers", args[0]))) {
                    System.out.print(admin.describeCluster().nodes().get().size());
                    System.out.print(" of " + new String(System.in.readAllBytes()));
                }
            }
        }"#,
    )?;
    let output = cluster.java_source(&source, &[&cluster.bootstrap()], b"one", BOUND).await?;
    assert_eq!(output.stdout, "1 of one", "{}", output.stderr);

    let endless = source.with_file_name("Endless.java");
    fs::write(
        &endless,
        "class Endless { public static void main(String[] a) throws Exception { Thread.sleep(100000); } }",
    )?;
    let bounded = cluster.java_source(&endless, &[], b"", Duration::from_millis(500)).await;
    assert_eq!(bounded.err().map(|error| error.kind()), Some(ErrorKind::Timeout));
    let unknown = cluster.tool("NoSuchTool", &[], b"", BOUND).await;
    assert_eq!(unknown.err().map(|error| error.kind()), Some(ErrorKind::Tool));
    Ok(())
}

#[tokio::test]
async fn three_nodes_do_without_one_and_take_it_back() -> TestResult {
    let Some(mut conf) = apache::require_or_skip(NEWEST_VERSION).await else {
        return Ok(());
    };
    conf.nodes = 3;
    let cluster = ApacheCluster::start(conf).await?;
    assert_eq!(cluster.nodes().len(), 3);
    cluster.kill(2).await?;
    cluster.wait_ready(BOUND).await?;
    cluster.start_node(2).await?;
    cluster.pause(3).await?;
    cluster.wait_ready(BOUND).await?;
    cluster.resume(3).await?;
    cluster.wait_ready(BOUND).await?;
    cluster.stop(1).await?;
    cluster.wait_ready(BOUND).await?;
    ends_without_a_trace(&cluster).await
}

#[tokio::test]
async fn an_old_version_runs_on_its_zookeeper() -> TestResult {
    let Some(conf) = apache::require_or_skip("1.0.2").await else {
        return Ok(());
    };
    let cluster = ApacheCluster::start(conf).await?;
    let bootstrap = cluster.bootstrap();
    let produce = ["--broker-list", &bootstrap, "--topic", "fruits"];
    let produced = cluster.tool("ConsoleProducer", &produce, b"plum\n", BOUND).await?;
    assert!(produced.status.success(), "{produced:?}");
    // Its session outlives the killed broker, whose id is free only then.
    cluster.kill(1).await?;
    cluster.start_node(1).await?;
    let consume = [
        &["--bootstrap-server", &bootstrap, "--topic", "fruits"][..],
        &["--from-beginning", "--max-messages", "1"],
    ]
    .concat();
    let consumed = cluster.tool("ConsoleConsumer", &consume, b"", BOUND).await?;
    assert_eq!(consumed.stdout, "plum\n", "{}", consumed.stderr);
    ends_without_a_trace(&cluster).await
}

#[tokio::test]
async fn a_failed_start_says_why_and_keeps_the_log() -> TestResult {
    let Some(mut conf) = apache::require_or_skip(NEWEST_VERSION).await else {
        return Ok(());
    };
    conf.properties.insert("num.network.threads".into(), "many".into());
    let error = ApacheCluster::start(conf).await.err().ok_or("it started")?;
    assert_eq!(error.kind(), ErrorKind::Start);
    let text = error.to_string();
    assert!(text.contains("num.network.threads"), "{text}");
    let kept = text.split_once("everything it wrote is in ").map_or("", |(_, rest)| rest);
    let kept = Path::new(kept.split(':').next().unwrap_or_default());
    assert!(kept.join("node1/server.properties").exists(), "{text}");
    fs::remove_dir_all(kept)?;
    Ok(())
}

#[tokio::test]
#[should_panic(expected = "`4.x` is not a version")]
async fn a_mistyped_version_is_no_reason_to_skip() {
    assert!(apache::require_or_skip("4.x").await.is_none());
}

#[tokio::test]
async fn a_dropped_cluster_leaves_nothing() -> TestResult {
    let Some(conf) = apache::require_or_skip(NEWEST_VERSION).await else {
        return Ok(());
    };
    let cluster = ApacheCluster::start(conf).await?;
    let (directory, processes) = traces(&cluster)?;
    drop(cluster);
    wait_until_gone(&directory, &processes);
    Ok(())
}

#[tokio::test]
async fn brokers_end_with_a_killed_test_process() -> TestResult {
    if apache::require_or_skip(NEWEST_VERSION).await.is_none() {
        return Ok(());
    }
    let note = std::env::temp_dir().join(format!("kafka-test-hold-{}", std::process::id()));
    let mut child = Command::new(std::env::current_exe()?)
        .args(["--ignored", "--exact", "holds_a_cluster_until_it_is_killed"])
        .env(HOLD, &note)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .spawn()?;
    let deadline = Instant::now() + BOUND;
    while !note.exists() {
        assert!(child.try_wait()?.is_none(), "the process ended by itself");
        assert!(Instant::now() < deadline, "the process has no cluster yet");
        thread::sleep(Duration::from_millis(20));
    }
    let text = fs::read_to_string(&note)?;
    fs::remove_file(&note)?;
    let mut lines = text.lines();
    let directory = PathBuf::from(lines.next().unwrap_or_default());
    let processes: Vec<String> = lines.map(str::to_owned).collect();
    assert!(directory.exists() && processes.iter().all(|id| is_alive(id)), "{text}");

    child.kill()?;
    child.wait()?;
    wait_until_gone(&directory, &processes);
    Ok(())
}

#[tokio::test]
#[ignore = "started by brokers_end_with_a_killed_test_process"]
async fn holds_a_cluster_until_it_is_killed() -> TestResult {
    let Some(note) = std::env::var_os(HOLD).map(PathBuf::from) else {
        return Ok(());
    };
    let Some(conf) = apache::require_or_skip(NEWEST_VERSION).await else {
        return Ok(());
    };
    let cluster = ApacheCluster::start(conf).await?;
    let (directory, processes) = traces(&cluster)?;
    let draft = note.with_extension("draft");
    fs::write(&draft, format!("{}\n{}\n", directory.display(), processes.join("\n")))?;
    fs::rename(&draft, &note)?;
    tokio::time::sleep(BOUND * 2).await;
    Err("nobody killed this process".into())
}

async fn ends_without_a_trace(cluster: &ApacheCluster) -> TestResult {
    let (directory, processes) = traces(cluster)?;
    cluster.shutdown().await?;
    assert!(!directory.exists(), "{} is still there", directory.display());
    assert!(!processes.iter().any(|id| is_alive(id)), "one of {processes:?} is still there");
    let after = cluster.start_node(1).await;
    assert_eq!(after.err().map(|error| error.kind()), Some(ErrorKind::Configuration));
    Ok(())
}

/// The directory of a cluster and the ids of its processes.
fn traces(cluster: &ApacheCluster) -> Result<(PathBuf, Vec<String>), Box<dyn Error>> {
    let directory = cluster.directory().to_owned();
    let mut processes = Vec::new();
    for entry in fs::read_dir(directory.join("pids"))? {
        processes.push(entry?.file_name().to_string_lossy().into_owned());
    }
    assert!(!processes.is_empty(), "a cluster has processes");
    Ok((directory, processes))
}

fn wait_until_gone(directory: &Path, processes: &[String]) {
    let deadline = Instant::now() + BOUND;
    while directory.exists() || processes.iter().any(|id| is_alive(id)) {
        assert!(Instant::now() < deadline, "{} or one of {processes:?} is still there", directory.display());
        thread::sleep(Duration::from_millis(20));
    }
}

fn is_alive(process: &str) -> bool {
    // An ended process whose parent was killed keeps its id for as long as nobody asks for its status.
    let state = fs::read_to_string(format!("/proc/{process}/stat")).unwrap_or_default();
    let status =
        Command::new("sh").args(["-c", r#"kill -0 "$1""#, "test", process]).stderr(Stdio::null()).status();
    status.is_ok_and(|status| status.success()) && !state.contains(") Z ")
}
