//! The files that servers are configured with.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;

use super::conf::ApacheConf;
use super::versions::{Era, Logging, Version};

/// The ports of one node.
#[derive(Debug, Clone)]
pub(super) struct NodePorts {
    /// The plaintext listener, for clients and between brokers.
    pub(super) plaintext: u16,
    /// The other listeners, in the order of the configuration.
    pub(super) listeners: Vec<u16>,
    /// The controller's, with KRaft.
    pub(super) controller: u16,
}

/// The whole cluster, as every node's file describes it.
#[derive(Debug)]
pub(super) struct Plan<'a> {
    pub(super) conf: &'a ApacheConf,
    pub(super) version: Version,
    pub(super) era: &'static Era,
    /// Of node 1, 2 …
    pub(super) nodes: &'a [NodePorts],
    pub(super) zookeeper: u16,
    /// Where the files of all nodes are.
    pub(super) home: &'a Path,
}

/// Clients see a node that was killed leave within four seconds instead of eight.
const KRAFT_FAIL_OVER: &[(&str, &str)] = &[
    ("broker.session.timeout.ms", "2000"),
    ("broker.heartbeat.interval.ms", "300"),
    ("controller.quorum.fetch.timeout.ms", "1000"),
    ("controller.quorum.election.timeout.ms", "500"),
    ("controller.quorum.election.backoff.max.ms", "300"),
    ("controller.quorum.request.timeout.ms", "1000"),
];

/// The session also bounds how soon a killed node may come back under its id.
const ZOOKEEPER_FAIL_OVER: &[(&str, &str)] =
    &[("zookeeper.session.timeout.ms", "2000"), ("zookeeper.connection.timeout.ms", "15000")];

impl Plan<'_> {
    /// `server.properties` of node `id`, whose files are in `directory`.
    pub(super) fn server(&self, id: u16, ports: &NodePorts, directory: &Path) -> String {
        let mut lines = BTreeMap::new();
        let mut set = |key: &str, value: String| {
            lines.insert(key.to_owned(), value);
        };
        let mut listeners = vec![format!("PLAINTEXT://127.0.0.1:{}", ports.plaintext)];
        let mut protocols = vec!["PLAINTEXT:PLAINTEXT".to_owned()];
        for (listener, port) in self.conf.listeners.iter().zip(&ports.listeners) {
            listeners.push(format!("{}://127.0.0.1:{port}", listener.name));
            protocols.push(format!("{}:{}", listener.name, listener.protocol));
        }
        set("advertised.listeners", listeners.join(","));
        if self.era.kraft {
            listeners.push(format!("CONTROLLER://127.0.0.1:{}", ports.controller));
            protocols.push("CONTROLLER:PLAINTEXT".to_owned());
            set("process.roles", "broker,controller".to_owned());
            set("node.id", id.to_string());
            set("controller.quorum.voters", self.voters());
            set("controller.listener.names", "CONTROLLER".to_owned());
        } else {
            set("broker.id", id.to_string());
            set("zookeeper.connect", format!("127.0.0.1:{}", self.zookeeper));
        }
        set("listeners", listeners.join(","));
        set("listener.security.protocol.map", protocols.join(","));
        set("inter.broker.listener.name", "PLAINTEXT".to_owned());
        set("log.dirs", directory.join("data").display().to_string());
        for (key, value) in self.defaults() {
            set(key, value);
        }
        for (key, value) in self.conf.security(self.version, self.home) {
            set(&key, value);
        }
        for (key, value) in &self.conf.properties {
            set(key, value.clone());
        }
        text(&lines)
    }

    fn voters(&self) -> String {
        let voter = |(i, ports): (usize, &NodePorts)| format!("{}@127.0.0.1:{}", i + 1, ports.controller);
        let voters: Vec<String> = self.nodes.iter().enumerate().map(voter).collect();
        voters.join(",")
    }

    /// What suits tests, and what a test may override.
    fn defaults(&self) -> Vec<(&'static str, String)> {
        let replicas = self.nodes.len().min(3).to_string();
        let in_sync = if self.nodes.len() >= 3 { "2" } else { "1" };
        let mut defaults: Vec<(&str, String)> = vec![
            ("default.replication.factor", replicas.clone()),
            ("min.insync.replicas", in_sync.to_owned()),
            ("offsets.topic.replication.factor", replicas.clone()),
            ("offsets.topic.num.partitions", "5".to_owned()),
            ("transaction.state.log.replication.factor", replicas.clone()),
            ("transaction.state.log.min.isr", in_sync.to_owned()),
            ("transaction.state.log.num.partitions", "5".to_owned()),
            ("group.initial.rebalance.delay.ms", "0".to_owned()),
            ("delete.topic.enable", "true".to_owned()),
            // 128 MiB of memory by default, in every broker.
            ("log.cleaner.dedupe.buffer.size", (4 << 20).to_string()),
        ];
        if self.version.at_least([4, 0, 0, 0]) {
            defaults.push(("share.coordinator.state.topic.replication.factor", replicas));
            defaults.push(("share.coordinator.state.topic.min.isr", in_sync.to_owned()));
            defaults.push(("share.coordinator.state.topic.num.partitions", "5".to_owned()));
        }
        let fail_over = if self.era.kraft { KRAFT_FAIL_OVER } else { ZOOKEEPER_FAIL_OVER };
        defaults.extend(fail_over.iter().map(|(key, value)| (*key, (*value).to_owned())));
        defaults
    }

    /// The configuration of the `ZooKeeper` server, whose files are in `directory`.
    pub(super) fn zookeeper(&self, directory: &Path) -> String {
        text(&BTreeMap::from([
            ("dataDir".to_owned(), directory.join("data").display().to_string()),
            ("clientPort".to_owned(), self.zookeeper.to_string()),
            ("clientPortAddress".to_owned(), "127.0.0.1".to_owned()),
            ("maxClientCnxns".to_owned(), "0".to_owned()),
            ("admin.enableServer".to_owned(), "false".to_owned()),
            // Half of the shortest session it grants.
            ("tickTime".to_owned(), "500".to_owned()),
        ]))
    }
}

/// The logging configuration: one line per event at `level` and above, on standard output or error.
pub(super) fn logging(era: &Era, level: &str, errors: bool) -> String {
    let pattern = "[%d] %p %m (%c)%n";
    match era.logging {
        Logging::Log4j2 => {
            let target = if errors { "SYSTEM_ERR" } else { "SYSTEM_OUT" };
            format!(
                "rootLogger.level = {level}\n\
                 rootLogger.appenderRefs = out\n\
                 rootLogger.appenderRef.out.ref = OUT\n\
                 appenders = out\n\
                 appender.out.type = Console\n\
                 appender.out.name = OUT\n\
                 appender.out.target = {target}\n\
                 appender.out.layout.type = PatternLayout\n\
                 appender.out.layout.pattern = {pattern}\n"
            )
        }
        Logging::Log4j1 => {
            let target = if errors { "System.err" } else { "System.out" };
            format!(
                "log4j.rootLogger={level}, out\n\
                 log4j.appender.out=org.apache.log4j.ConsoleAppender\n\
                 log4j.appender.out.Target={target}\n\
                 log4j.appender.out.layout=org.apache.log4j.PatternLayout\n\
                 log4j.appender.out.layout.ConversionPattern={pattern}\n"
            )
        }
    }
}

/// The option that makes Java use a logging configuration.
pub(super) fn logging_option(era: &Era, file: &Path) -> String {
    match era.logging {
        Logging::Log4j2 => format!("-Dlog4j2.configurationFile={}", file.display()),
        Logging::Log4j1 => format!("-Dlog4j.configuration=file:{}", file.display()),
    }
}

/// Java's properties format, in which a backslash escapes.
fn text(lines: &BTreeMap<String, String>) -> String {
    let mut text = String::new();
    for (key, value) in lines {
        // Writing to a string cannot fail.
        _ = writeln!(text, "{key}={}", value.replace('\\', r"\\"));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::apache::{Error, Listener};

    fn server(conf: &ApacheConf, id: u16) -> Result<String, Error> {
        let version = conf.check()?;
        let ports = |base| NodePorts { plaintext: base, listeners: vec![base + 1], controller: base + 9 };
        let nodes: Vec<_> = (0..conf.nodes).map(|i| ports(9000 + 10 * i)).collect();
        let plan = Plan {
            conf,
            version,
            era: version.era()?,
            nodes: &nodes,
            zookeeper: 2181,
            home: Path::new("/h"),
        };
        Ok(plan.server(id, &nodes[usize::from(id - 1)], Path::new("/x")))
    }

    #[test]
    fn three_kraft_nodes_know_each_other_and_replicate() -> Result<(), Error> {
        let mut conf = ApacheConf::new();
        conf.nodes = 3;
        let text = server(&conf, 2)?;
        for line in [
            "node.id=2",
            "controller.quorum.voters=1@127.0.0.1:9009,2@127.0.0.1:9019,3@127.0.0.1:9029",
            "listeners=PLAINTEXT://127.0.0.1:9010,CONTROLLER://127.0.0.1:9019",
            "advertised.listeners=PLAINTEXT://127.0.0.1:9010",
            "min.insync.replicas=2",
            "share.coordinator.state.topic.replication.factor=3",
        ] {
            assert!(text.lines().any(|l| l == line), "{line} is not in\n{text}");
        }
        Ok(())
    }

    #[test]
    fn a_node_on_zookeeper_has_no_line_of_kraft() -> Result<(), Error> {
        let text = server(&ApacheConf::of_version("1.0.2"), 1)?;
        assert!(text.contains("\nzookeeper.connect=127.0.0.1:2181\n"), "{text}");
        for word in ["CONTROLLER", "node.id", "quorum", "share."] {
            assert!(!text.contains(word), "{word} in\n{text}");
        }
        Ok(())
    }

    #[test]
    fn security_is_spelled_out_for_every_listener() -> Result<(), Error> {
        let conf = ApacheConf::new()
            .with_listener("SECURE", "SASL_SSL")
            .with_user("PLAIN", "alice", "pw")
            .with_user("SCRAM-SHA-512", "bob", "pw")
            .with_acls();
        let text = server(&conf, 1)?;
        for line in [
            "ssl.keystore.location=/h/server.pem",
            "sasl.enabled.mechanisms=PLAIN,SCRAM-SHA-512",
            r#"listener.name.secure.plain.sasl.jaas.config=org.apache.kafka.common.security.plain.PlainLoginModule required user_alice="pw";"#,
            "listener.name.secure.scram-sha-512.sasl.jaas.config=org.apache.kafka.common.security.scram.ScramLoginModule required;",
            "authorizer.class.name=org.apache.kafka.metadata.authorizer.StandardAuthorizer",
            "super.users=User:ANONYMOUS",
        ] {
            assert!(text.lines().any(|l| l == line), "{line} is not in\n{text}");
        }
        Ok(())
    }

    #[test]
    fn a_tests_own_properties_and_listeners_come_through() -> Result<(), Error> {
        let mut conf = ApacheConf::new();
        conf.listeners.push(Listener::new("TLS", "SSL"));
        conf.properties.insert("offsets.topic.num.partitions".into(), "7".into());
        conf.properties.insert("ssl.keystore.location".into(), r"C:\k".into());
        let text = server(&conf, 1)?;
        assert!(text.contains("PLAINTEXT://127.0.0.1:9000,TLS://127.0.0.1:9001,"), "{text}");
        assert!(
            text.contains(
                "listener.security.protocol.map=PLAINTEXT:PLAINTEXT,TLS:SSL,CONTROLLER:PLAINTEXT\n"
            )
        );
        assert!(text.contains("offsets.topic.num.partitions=7\n"));
        assert!(text.contains("ssl.keystore.location=C:\\\\k\n"), "{text}");
        Ok(())
    }
}
