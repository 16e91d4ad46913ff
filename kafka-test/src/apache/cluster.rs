//! The cluster itself: its files, its processes, and when it is ready. Everything here blocks, for a bounded time.

use std::collections::BTreeSet;
use std::fs;
use std::hash::{BuildHasher, RandomState};
use std::net::{Ipv4Addr, TcpStream};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::AtomicU32;
use std::time::{Duration, Instant};

use parking_lot::Mutex;

use super::conf::ApacheConf;
use super::error::{Error, ErrorKind};
use super::jars::Distribution;
use super::java::Role;
use super::ports;
use super::process::{self, Home, Process, Program};
use super::properties::{self, NodePorts, Plan};
use super::ready;
use super::security::{self, PLAIN};

/// How often a start is tried again with other ports, when another process took one meanwhile.
const PORT_TRIES: u32 = 5;

/// What a server has to end after SIGTERM, before it is killed.
pub(super) const STOP: Duration = Duration::from_secs(30);

/// The signs, in a server's log, that it would start a little later: a port not yet free, or a session of the id's
/// former holder that `ZooKeeper` has not ended yet (as newer and older versions put it).
const TRANSIENT: &[&str] = &["Address already in use", "NodeExists", "is already registered"];

/// A running cluster. The processes end before their home, which is the last field.
#[derive(Debug)]
pub(super) struct Cluster {
    pub(super) conf: ApacheConf,
    pub(super) distribution: Arc<Distribution>,
    pub(super) nodes: Vec<Node>,
    pub(super) zookeeper_port: u16,
    zookeeper: Mutex<Option<Process>>,
    /// Chosen by us with KRaft. `ZooKeeper` brokers choose it at their first start.
    id: String,
    pub(super) tools: AtomicU32,
    pub(super) home: Home,
}

#[derive(Debug)]
pub(super) struct Node {
    pub(super) id: i32,
    pub(super) ports: NodePorts,
    directory: PathBuf,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    process: Option<Process>,
    /// Stopped by a signal, to be continued.
    paused: bool,
    /// Where the log of this process begins.
    log_from: usize,
}

impl Cluster {
    pub(super) fn start(conf: &ApacheConf, distribution: &Arc<Distribution>) -> Result<Self, Error> {
        conf.check()?;
        let deadline = Instant::now() + conf.start_timeout;
        let mut tries = 1;
        loop {
            let cluster = Self::prepare(conf.clone(), Arc::clone(distribution))?;
            let Err(error) = cluster.launch(deadline) else {
                return Ok(cluster);
            };
            if tries < PORT_TRIES && cluster.lost_a_port() {
                tries += 1;
                continue;
            }
            cluster.home.keep();
            return Err(error.context(&format!(
                "Apache Kafka {} with {} node(s) did not start; everything it wrote is in {}",
                conf.version,
                conf.nodes,
                cluster.home.path().display()
            )));
        }
    }

    /// Chooses ports and writes every file; nothing runs yet.
    pub(super) fn prepare(conf: ApacheConf, distribution: Arc<Distribution>) -> Result<Self, Error> {
        let home = Home::new()?;
        let mut ports = Vec::new();
        for _ in 0..conf.nodes {
            ports.push(NodePorts {
                plaintext: ports::free()?,
                listeners: conf.listeners.iter().map(|_| ports::free()).collect::<Result<_, _>>()?,
                controller: ports::free()?,
            });
        }
        let plan = Plan {
            conf: &conf,
            version: distribution.version,
            era: distribution.era,
            nodes: &ports,
            zookeeper: ports::free()?,
            home: home.path(),
        };
        for role in [Role::Broker, Role::Tool] {
            let path = home.path().join(role.logging_file());
            process::write(
                &path,
                &properties::logging(distribution.era, role.log_level(), role == Role::Tool),
            )?;
        }
        if conf.needs_certificates() {
            security::make_certificates(home.path())?;
        }
        let mut nodes = Vec::new();
        for (id, ports) in (1..).zip(&ports) {
            let directory = home.path().join(format!("node{id}"));
            fs::create_dir(&directory).map_err(Error::io("cannot create", &directory))?;
            process::write(&directory.join("server.properties"), &plan.server(id, ports, &directory))?;
            nodes.push(Node { id: i32::from(id), ports: ports.clone(), directory, state: Mutex::default() });
        }
        let zookeeper_port = plan.zookeeper;
        if !distribution.era.kraft {
            let directory = home.path().join("zookeeper");
            fs::create_dir(&directory).map_err(Error::io("cannot create", &directory))?;
            process::write(&directory.join("zookeeper.properties"), &plan.zookeeper(&directory))?;
        }
        Ok(Self {
            conf,
            distribution,
            nodes,
            zookeeper_port,
            zookeeper: Mutex::default(),
            id: new_cluster_id(),
            tools: AtomicU32::new(0),
            home,
        })
    }

    fn launch(&self, deadline: Instant) -> Result<(), Error> {
        if self.distribution.era.kraft {
            self.format(deadline)?;
        } else {
            self.start_zookeeper(deadline)?;
        }
        for node in &self.nodes {
            self.spawn(node)?;
        }
        self.wait_ready(deadline)
    }

    /// Formats the data directory of every node, all at once.
    fn format(&self, deadline: Instant) -> Result<(), Error> {
        let mut formats = Vec::new();
        for node in &self.nodes {
            let mut words = self.java(Role::Tool);
            words.extend(["kafka.tools.StorageTool", "format", "-t", &self.id, "-c"].map(str::to_owned));
            words.push(node.directory.join("server.properties").display().to_string());
            for (name, level) in &self.conf.features {
                words.extend(["--feature".to_owned(), format!("{name}={level}")]);
            }
            for user in self.conf.sasl_users.iter().filter(|user| user.mechanism != PLAIN) {
                let user = format!("{}=[name={},password={}]", user.mechanism, user.name, user.password);
                words.extend(["--add-scram".to_owned(), user]);
            }
            let output = node.directory.join("format.log");
            let process = self.home.spawn(&Program {
                words: &words,
                directory: &node.directory,
                input: None,
                output: &output,
                errors: None,
            })?;
            formats.push((process, output));
        }
        for (mut process, output) in formats {
            let what = match process.wait_until(deadline)? {
                Some(status) if status.success() => continue,
                Some(status) => format!("failed ({status})"),
                None => "did not end in time".to_owned(),
            };
            let said = process::tail(&output, 0);
            return Err(Error::new(
                ErrorKind::Start,
                format!("formatting the data directory {what}:\n{said}"),
            ));
        }
        Ok(())
    }

    fn start_zookeeper(&self, deadline: Instant) -> Result<(), Error> {
        let directory = self.home.path().join("zookeeper");
        let log = directory.join("server.log");
        let mut words = self.java(Role::ZooKeeper);
        words.push("org.apache.zookeeper.server.quorum.QuorumPeerMain".to_owned());
        words.push(directory.join("zookeeper.properties").display().to_string());
        let mut process = self.home.spawn(&Program {
            words: &words,
            directory: &directory,
            input: None,
            output: &log,
            errors: None,
        })?;
        while TcpStream::connect((Ipv4Addr::LOCALHOST, self.zookeeper_port)).is_err() {
            let trouble = match process.ended()? {
                Some(status) => format!("ended ({status})"),
                None if Instant::now() >= deadline => "does not listen in time".to_owned(),
                None => {
                    process::pause();
                    continue;
                }
            };
            return Err(Error::new(
                ErrorKind::Start,
                format!("ZooKeeper {trouble}; its log ends with:\n{}", process::tail(&log, 0)),
            ));
        }
        *self.zookeeper.lock() = Some(process);
        Ok(())
    }

    fn spawn(&self, node: &Node) -> Result<(), Error> {
        let mut state = node.state.lock();
        if state.is_running()? {
            return Err(Error::configuration(format!("node {} is running already", node.id)));
        }
        let log = node.log();
        state.log_from = fs::metadata(&log).map_or(0, |meta| meta.len() as usize);
        let mut words = self.java(Role::Broker);
        words.push("kafka.Kafka".to_owned());
        words.push(node.directory.join("server.properties").display().to_string());
        state.paused = false;
        state.process = Some(self.home.spawn(&Program {
            words: &words,
            directory: &node.directory,
            input: None,
            output: &log,
            errors: None,
        })?);
        Ok(())
    }

    /// Waits until every running node lists the running nodes and no other.
    pub(super) fn wait_ready(&self, deadline: Instant) -> Result<(), Error> {
        loop {
            let running = self.running()?;
            let waiting = self.nodes.iter().find_map(|node| {
                let said = running.contains(&node.id).then(|| self.unready(node, &running))??;
                Some(format!("node {} {said}", node.id))
            });
            let Some(waiting) = waiting else {
                return Ok(());
            };
            if Instant::now() >= deadline {
                let logs: Vec<String> = self.nodes.iter().map(Node::recent_log).collect();
                return Err(Error::timeout(format!(
                    "{waiting}, and not what makes the cluster ready. The logs end with:\n{}",
                    logs.join("\n")
                )));
            }
            process::pause();
        }
    }

    /// What a node says instead of what it would say when ready.
    fn unready(&self, node: &Node, running: &BTreeSet<i32>) -> Option<String> {
        match ready::ask(node.ports.plaintext) {
            // On a port that was taken meanwhile, another cluster may answer.
            Ok(view) if !self.is_ours(node, &view.cluster_id) => {
                Some(format!("is of another cluster, `{}`", view.cluster_id))
            }
            Ok(view) if view.brokers != *running => {
                Some(format!("lists the brokers {:?} instead of {running:?}", view.brokers))
            }
            // A broker on ZooKeeper answers before it is registered, and ends if its id is still taken.
            Ok(_)
                if !self.distribution.era.kraft && !node.logged(&["started (kafka.server.KafkaServer)"]) =>
            {
                Some("has not finished its start".to_owned())
            }
            Ok(_) => None,
            Err(error) => Some(format!("says: {error}")),
        }
    }

    fn is_ours(&self, node: &Node, cluster_id: &str) -> bool {
        if self.distribution.era.kraft {
            return cluster_id == self.id;
        }
        let log = fs::read(node.log()).unwrap_or_default();
        String::from_utf8_lossy(&log).contains(&format!("Cluster ID = {cluster_id}"))
    }

    /// The ids of the nodes that run and are not paused; an error if one ended by itself.
    fn running(&self) -> Result<BTreeSet<i32>, Error> {
        let mut running = BTreeSet::new();
        for node in &self.nodes {
            node.check_alive()?;
            let state = node.state.lock();
            if state.process.is_some() && !state.paused {
                running.insert(node.id);
            }
        }
        Ok(running)
    }

    pub(super) fn node(&self, id: i32) -> Result<&Node, Error> {
        self.nodes.iter().find(|node| node.id == id).ok_or_else(|| {
            Error::configuration(format!("there is no node {id}: the cluster has 1 to {}", self.nodes.len()))
        })
    }

    pub(super) fn start_node(&self, id: i32) -> Result<(), Error> {
        let node = self.node(id)?;
        let deadline = Instant::now() + self.conf.start_timeout;
        loop {
            self.spawn(node)?;
            let Err(error) = self.wait_ready_with_majority(deadline) else {
                return Ok(());
            };
            if node.is_running()? || Instant::now() >= deadline || !node.logged(TRANSIENT) {
                return Err(error);
            }
        }
    }

    /// Without a majority of controllers nothing can become ready; the node that makes one waits for all.
    fn wait_ready_with_majority(&self, deadline: Instant) -> Result<(), Error> {
        if self.distribution.era.kraft && self.running()?.len() * 2 <= self.nodes.len() {
            return Ok(());
        }
        self.wait_ready(deadline)
    }

    pub(super) fn kill(&self, id: i32) -> Result<(), Error> {
        let node = self.node(id)?;
        node.take()?.kill()
    }

    pub(super) fn stop(&self, id: i32, bound: Duration) -> Result<(), Error> {
        let node = self.node(id)?;
        let mut process = node.take()?;
        process.signal("TERM")?;
        if process.wait_until(Instant::now() + bound)?.is_none() {
            tracing::warn!(node = id, ?bound, "the broker did not stop in time and is killed");
        }
        Ok(()) // dropping a process kills it
    }

    pub(super) fn pause(&self, id: i32, paused: bool) -> Result<(), Error> {
        let mut state = self.node(id)?.state.lock();
        if !state.is_running()? {
            return Err(not_running(id));
        }
        if let Some(process) = &mut state.process {
            process.signal(if paused { "STOP" } else { "CONT" })?;
        }
        state.paused = paused;
        Ok(())
    }

    /// Stops everything, all brokers at once, and removes the directory.
    pub(super) fn shutdown(&self, bound: Duration) -> Result<(), Error> {
        let deadline = Instant::now() + bound;
        let mut brokers = Vec::new();
        for node in &self.nodes {
            let mut state = node.state.lock();
            if let Some(mut process) = state.process.take() {
                process.signal("TERM")?;
                brokers.push(process);
            }
        }
        for process in &mut brokers {
            process.wait_until(deadline)?;
        }
        drop(brokers);
        drop(self.zookeeper.lock().take());
        self.home.close();
        Ok(())
    }

    fn lost_a_port(&self) -> bool {
        let zookeeper = self.home.path().join("zookeeper/server.log");
        let taken = &TRANSIENT[..1];
        contains(&zookeeper, 0, taken) || self.nodes.iter().any(|node| node.logged(taken))
    }
}

impl Node {
    pub(super) fn log(&self) -> PathBuf {
        self.directory.join("server.log")
    }

    fn is_running(&self) -> Result<bool, Error> {
        self.state.lock().is_running()
    }

    /// Its process, which is no longer the node's.
    fn take(&self) -> Result<Process, Error> {
        let mut state = self.state.lock();
        if !state.is_running()? {
            return Err(not_running(self.id));
        }
        state.process.take().ok_or_else(|| not_running(self.id))
    }

    /// An error if its process ended without being asked to.
    fn check_alive(&self) -> Result<(), Error> {
        let ended = match &mut self.state.lock().process {
            Some(process) => process.ended()?,
            None => None,
        };
        match ended {
            None => Ok(()),
            Some(status) => Err(Error::new(
                ErrorKind::Start,
                format!("the broker ended ({status}); {}", self.recent_log()),
            )),
        }
    }

    fn recent_log(&self) -> String {
        let log = self.log();
        let from = self.state.lock().log_from;
        format!("{}:\n{}", log.display(), process::tail(&log, from))
    }

    fn logged(&self, signs: &[&str]) -> bool {
        contains(&self.log(), self.state.lock().log_from, signs)
    }
}

impl State {
    fn is_running(&mut self) -> Result<bool, Error> {
        match &mut self.process {
            Some(process) => Ok(process.ended()?.is_none()),
            None => Ok(false),
        }
    }
}

fn not_running(id: i32) -> Error {
    Error::configuration(format!("node {id} is not running: start_node starts it"))
}

fn contains(log: &std::path::Path, from: usize, signs: &[&str]) -> bool {
    let bytes = fs::read(log).unwrap_or_default();
    let text = String::from_utf8_lossy(bytes.get(from..).unwrap_or_default());
    signs.iter().any(|sign| text.contains(sign))
}

/// A random UUID as Kafka writes it: 128 bits in URL-safe base64, so that the last of 22 characters has two bits.
///
/// The first is no `-`, which would make it an option of the format command.
fn new_cluster_id() -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let seed = RandomState::new();
    (0..22_u32)
        .map(|place| {
            let random = seed.hash_one(place) as usize;
            let digit = match place {
                0 => random % 62,
                21 => random % 4 * 16,
                _ => random % 64,
            };
            char::from(DIGITS[digit])
        })
        .collect()
}
