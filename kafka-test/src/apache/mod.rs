//! Real Apache Kafka brokers, started and stopped by a test.
//!
//! They run on this machine's Java, on loopback, from the jars of Maven's central repository or from an unpacked
//! distribution (`KAFKA_HOME`). A start takes two to four seconds once the jars are there; they are fetched once into
//! `~/.cache/kafka-jars` (or `KAFKA_JARS`). However the test process ends, its brokers and their files go with it.
//!
//! Versions from 0.10.2.2 to the newest are known, those before 3.0 with the `ZooKeeper` in their jars.
//!
//! ```no_run
//! use std::time::Duration;
//!
//! use kafka_test::apache::{self, ApacheCluster, Error};
//!
//! # async fn test() -> Result<(), Error> {
//! // Without Java or the jars the test says so and passes, unless KAFKA_TESTS_REQUIRE_APACHE=1.
//! let Some(mut conf) = apache::require_or_skip("4.3.1").await else {
//!     return Ok(());
//! };
//! conf.nodes = 3;
//! let cluster = ApacheCluster::start(conf).await?;
//! println!("listening on {}", cluster.bootstrap());
//!
//! cluster.kill(2).await?;
//! cluster.wait_ready(Duration::from_secs(30)).await?; // the others know
//! cluster.start_node(2).await?;
//! cluster.shutdown().await
//! # }
//! ```
//!
//! Tests that leave the nodes alone share a cluster: [`shared()`]. Dropping the future of any call lets what it began go on
//! in the background, within its bound; a cluster that nobody holds any more is stopped.

mod archive;
mod cluster;
mod conf;
mod error;
mod jars;
mod java;
mod ports;
mod process;
mod properties;
mod ready;
mod security;
mod shared;
mod versions;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::thread;
use std::time::{Duration, Instant};

use tokio::runtime::Handle;

use cluster::Cluster;
use jars::Distribution;

pub use conf::{ApacheConf, Listener, NEWEST_VERSION, SaslUser};
pub use error::{Error, ErrorKind};
pub use java::ToolOutput;
pub use shared::{SharedCluster, shared};

/// Whether this version can run here: finds Java, and finds or fetches the jars.
///
/// The first call on a machine may take a minute (up to 5 min on a slow line); later ones answer at once.
pub async fn available(version: &str) -> Result<(), Error> {
    let version = version.to_owned();
    blocking(move || Distribution::resolve(&version).map(drop)).await
}

/// The configuration for a test that needs this version, or `None` where it cannot run: then the test ends and
/// passes, and one line on standard error says why.
///
/// # Panics
///
/// With `KAFKA_TESTS_REQUIRE_APACHE=1` in the environment, as in continuous integration, the test fails instead. So it
/// always does for what is no version at all, or one older than 0.10.2.2.
pub async fn require_or_skip(version: &str) -> Option<ApacheConf> {
    let Err(error) = available(version).await else {
        return Some(ApacheConf::of_version(version));
    };
    let required = std::env::var_os("KAFKA_TESTS_REQUIRE_APACHE").is_some_and(|value| value == "1");
    assert!(error.kind() != ErrorKind::Configuration, "{error}");
    assert!(!required, "KAFKA_TESTS_REQUIRE_APACHE=1, and Apache Kafka {version} cannot run here: {error}");
    #[expect(clippy::print_stderr, reason = "the harness shows it to whoever runs the test")]
    {
        let error = error.to_string();
        eprintln!("skipped, no Apache Kafka {version}: {}", error.lines().next().unwrap_or_default());
    }
    None
}

/// A cluster of Apache Kafka brokers.
///
/// Nodes are named by Kafka's ids, from 1 on. Dropping the cluster kills the brokers and removes their files; in a
/// panicking thread, or with `KAFKA_TESTS_KEEP=1` in the environment, the files stay, and a line on standard error says where.
#[derive(Debug)]
pub struct ApacheCluster(Arc<Cluster>);

impl ApacheCluster {
    /// Starts a cluster and waits until every node lists all nodes. Fetches the jars when they are not there yet.
    ///
    /// A failed start leaves its files behind; the error says where, and has the end of the log.
    pub async fn start(conf: ApacheConf) -> Result<Self, Error> {
        blocking(move || Self::start_now(&conf)).await
    }

    fn start_now(conf: &ApacheConf) -> Result<Self, Error> {
        conf.check()?;
        let distribution = Distribution::resolve(&conf.version)?;
        Ok(Self(Arc::new(Cluster::start(conf, &distribution)?)))
    }

    /// The plaintext addresses of all nodes, `127.0.0.1:15001,127.0.0.1:15003`, as clients take them.
    pub fn bootstrap(&self) -> String {
        let addresses: Vec<String> = self.nodes().into_iter().map(|(_, address)| address).collect();
        addresses.join(",")
    }

    /// The addresses of all nodes on one of the configuration's own listeners.
    pub fn bootstrap_of(&self, listener: &str) -> Result<String, Error> {
        let mut listeners = self.0.conf.listeners.iter();
        let index = listeners.position(|known| known.name == listener);
        let index = index.ok_or_else(|| no_listener(listener))?;
        let ports = self.0.nodes.iter().map(|node| node.ports.listeners[index]);
        let addresses: Vec<String> = ports.map(|port| format!("127.0.0.1:{port}")).collect();
        Ok(addresses.join(","))
    }

    /// The certificate that clients of the listeners with TLS have to trust, a PEM file.
    pub fn authority(&self) -> Result<PathBuf, Error> {
        if !self.0.conf.needs_certificates() {
            let why = "no certificates were made: add a listener with TLS (ApacheConf::with_tls) and name no key store";
            return Err(Error::configuration(why));
        }
        Ok(self.0.home.path().join(security::AUTHORITY))
    }

    /// Writes a file with what a client of a listener has to be told, for `--command-config` and the like of Kafka's
    /// tools; `login` for listeners with SASL.
    pub async fn client_properties(
        &self,
        listener: &str,
        login: Option<&SaslUser>,
    ) -> Result<PathBuf, Error> {
        let (listener, login) = (listener.to_owned(), login.cloned());
        self.run(move |cluster| {
            let mut listeners = cluster.conf.listeners.iter();
            let known = listeners.find(|known| known.name == listener);
            let known = known.ok_or_else(|| no_listener(&listener))?;
            let number = cluster.tools.fetch_add(1, Ordering::Relaxed);
            let path = cluster.home.path().join(format!("client{number}.properties"));
            process::write(&path, &security::client(known, login.as_ref(), cluster.home.path()))?;
            Ok(path)
        })
        .await
    }

    /// The id and the plaintext address of every node, running or not.
    pub fn nodes(&self) -> Vec<(i32, String)> {
        let nodes = self.0.nodes.iter();
        nodes.map(|node| (node.id, format!("127.0.0.1:{}", node.ports.plaintext))).collect()
    }

    /// The address of `ZooKeeper`, for the tools of old versions. `None` with KRaft.
    pub fn zookeeper(&self) -> Option<String> {
        let kraft = self.0.distribution.era.kraft;
        (!kraft).then(|| format!("127.0.0.1:{}", self.0.zookeeper_port))
    }

    /// Where the cluster's files are: `node1/server.log`, `node1/server.properties`, `node1/data` and so on.
    pub fn directory(&self) -> &Path {
        self.0.home.path()
    }

    /// The log of a node, of all its starts.
    pub fn log_path(&self, node: i32) -> Result<PathBuf, Error> {
        Ok(self.0.node(node)?.log())
    }

    /// Waits until every running node lists exactly the running nodes: after a kill, until the others have noticed.
    ///
    /// An error if that takes longer than `bound`, or if a broker ended by itself.
    pub async fn wait_ready(&self, bound: Duration) -> Result<(), Error> {
        self.run(move |cluster| cluster.wait_ready(Instant::now() + bound)).await
    }

    /// Kills a node with SIGKILL and returns when its process is gone. Its files stay.
    pub async fn kill(&self, node: i32) -> Result<(), Error> {
        self.run(move |cluster| cluster.kill(node)).await
    }

    /// Stops a node as an operator would, with SIGTERM; kills it after 30 s. Its files stay.
    pub async fn stop(&self, node: i32) -> Result<(), Error> {
        self.run(move |cluster| cluster.stop(node, cluster::STOP)).await
    }

    /// Starts a stopped or killed node again, on its ports and files, and waits until the cluster is ready.
    ///
    /// While fewer than half of the controllers run nothing can be ready; then it returns at once, and the call for
    /// the node that completes a majority waits for all. The bound is [`ApacheConf::start_timeout`].
    pub async fn start_node(&self, node: i32) -> Result<(), Error> {
        self.run(move |cluster| cluster.start_node(node)).await
    }

    /// Freezes a node: it keeps its connections and answers nothing (SIGSTOP).
    pub async fn pause(&self, node: i32) -> Result<(), Error> {
        self.run(move |cluster| cluster.pause(node, true)).await
    }

    /// Lets a frozen node go on.
    pub async fn resume(&self, node: i32) -> Result<(), Error> {
        self.run(move |cluster| cluster.pause(node, false)).await
    }

    /// Runs a Java class of the distribution and waits for its end, for `bound` at most.
    ///
    /// A name without dots is a tool that is looked for in this version's jars, so that `ConsoleConsumer` finds
    /// `org.apache.kafka.tools.consumer.ConsoleConsumer` as well as the older `kafka.tools.ConsoleConsumer`. Arguments
    /// differ too: `ConsoleProducer` takes `--bootstrap-server` from 2.5 on, `--broker-list` before; `TopicCommand`
    /// takes `--zookeeper` before 2.2.
    ///
    /// A tool that reports failure is no error here: see [`ToolOutput::status`].
    pub async fn tool(
        &self,
        class: &str,
        args: &[&str],
        stdin: &[u8],
        bound: Duration,
    ) -> Result<ToolOutput, Error> {
        run_tool(&self.0, class, args, stdin, bound).await
    }

    /// Compiles and runs a Java source file against this version's jars (`kafka-clients` among them), as
    /// [`tool`](Self::tool) runs a class. Needs the JDK, 11 or newer.
    pub async fn java_source(
        &self,
        path: impl AsRef<Path>,
        args: &[&str],
        stdin: &[u8],
        bound: Duration,
    ) -> Result<ToolOutput, Error> {
        let path = path.as_ref().to_owned();
        let args: Vec<String> = args.iter().map(|arg| (*arg).to_owned()).collect();
        let stdin = stdin.to_vec();
        self.run(move |cluster| cluster.java_source(&path, &args, &stdin, bound)).await
    }

    /// Stops all brokers at once with SIGTERM, kills what is left after 10 s, and removes the files.
    ///
    /// Afterwards every call but the plain getters is an error. Calling it again does nothing.
    pub async fn shutdown(&self) -> Result<(), Error> {
        self.run(|cluster| cluster.shutdown(Duration::from_secs(10))).await
    }

    async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Cluster) -> Result<T, Error> + Send + 'static,
    ) -> Result<T, Error> {
        let cluster = Arc::clone(&self.0);
        blocking(move || work(&cluster)).await
    }

    #[expect(clippy::print_stderr, reason = "the harness shows it beside the failure")]
    fn keep_if_panicking(&self) {
        let wanted = std::env::var_os("KAFKA_TESTS_KEEP").is_some_and(|value| value == "1");
        if (wanted || thread::panicking()) && self.0.home.path().exists() {
            self.0.home.keep();
            eprintln!("the files of Apache Kafka are in {}", self.0.home.path().display());
        }
    }
}

impl Drop for ApacheCluster {
    fn drop(&mut self) {
        self.keep_if_panicking();
    }
}

fn no_listener(name: &str) -> Error {
    Error::configuration(format!("there is no listener {name}: add it to ApacheConf::listeners"))
}

/// Kafka's own tools of a version, without brokers: for clusters that something else runs, such as the one in the
/// process.
///
/// ```no_run
/// use std::time::Duration;
///
/// use kafka_test::apache::{ApacheConf, ApacheTools, Error};
///
/// # async fn test(bootstrap: &str) -> Result<(), Error> {
/// let tools = ApacheTools::new(ApacheConf::of_version("4.3.1")).await?;
/// let arguments = ["--bootstrap-server", bootstrap, "--list"];
/// let said = tools.tool("TopicCommand", &arguments, b"", Duration::from_secs(60)).await?;
/// assert!(said.status.success(), "{}", said.stderr);
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct ApacheTools(Arc<Cluster>);

impl ApacheTools {
    /// The tools of the configuration's version. Fetches the jars when they are not there yet.
    pub async fn new(conf: ApacheConf) -> Result<Self, Error> {
        blocking(move || {
            conf.check()?;
            let distribution = Distribution::resolve(&conf.version)?;
            Ok(Self(Arc::new(Cluster::prepare(conf, distribution)?)))
        })
        .await
    }

    /// Runs a Java class, as [`ApacheCluster::tool`] does.
    pub async fn tool(
        &self,
        class: &str,
        args: &[&str],
        stdin: &[u8],
        bound: Duration,
    ) -> Result<ToolOutput, Error> {
        run_tool(&self.0, class, args, stdin, bound).await
    }

    /// Where the tools may leave files, until this value is gone.
    pub fn directory(&self) -> &Path {
        self.0.home.path()
    }
}

async fn run_tool(
    cluster: &Arc<Cluster>,
    class: &str,
    args: &[&str],
    stdin: &[u8],
    bound: Duration,
) -> Result<ToolOutput, Error> {
    let cluster = Arc::clone(cluster);
    let class = class.to_owned();
    let args: Vec<String> = args.iter().map(|arg| (*arg).to_owned()).collect();
    let stdin = stdin.to_vec();
    blocking(move || cluster.tool(&class, &args, &stdin, bound)).await
}

/// Runs what waits for processes on a thread that may wait.
async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, Error> + Send + 'static,
) -> Result<T, Error> {
    let runtime = Handle::try_current()
        .map_err(|_| Error::configuration("call the launcher from within a tokio runtime"))?;
    let done = runtime.spawn_blocking(work).await;
    done.unwrap_or_else(|error| Err(Error::new(ErrorKind::Io, format!("the launcher was cut off: {error}"))))
}
