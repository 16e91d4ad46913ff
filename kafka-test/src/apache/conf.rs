//! What a test says about the cluster it wants.

use std::collections::BTreeMap;
use std::time::Duration;

use super::error::Error;
use super::versions::Version;

/// The newest version of Apache Kafka that is published whole.
pub const NEWEST_VERSION: &str = "4.3.1";

/// What to start. Every field has a default that suits tests; change what matters.
///
/// Two tests whose configurations are equal may share one cluster: [`shared`](super::shared).
///
/// ```
/// use kafka_test::apache::ApacheConf;
///
/// let mut conf = ApacheConf::new();
/// conf.nodes = 3;
/// conf.properties.insert("auto.create.topics.enable".into(), "false".into());
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct ApacheConf {
    /// The version of Apache Kafka, 0.10.2.2 or newer. Default: [`NEWEST_VERSION`].
    pub version: String,
    /// How many brokers, 1 to 9, with ids from 1 on; from 3.0 on each is a controller too. Default 1.
    ///
    /// Topics have three replicas, two of them in sync, where there are that many nodes.
    pub nodes: u16,
    /// Lines of `server.properties`, added to the launcher's own or put in their place. Default none.
    ///
    /// The launcher keeps for itself what names ids, ports and directories.
    pub properties: BTreeMap<String, String>,
    /// Feature levels to format with, such as `transaction.version` 0 (from 3.3 on). Default: those of the version.
    pub features: BTreeMap<String, u16>,
    /// SCRAM users to format with (KRaft, from 3.5 on). Default none.
    pub scram_users: Vec<ScramUser>,
    /// Listeners for clients beside the plaintext one that every cluster has. Default none.
    ///
    /// What they need (key stores, JAAS lines, an authorizer) goes into [`properties`](Self::properties).
    pub listeners: Vec<Listener>,
    /// The Java heap of each broker in MiB. Default 512.
    pub heap_mib: u32,
    /// More options for the Java of each broker. Default none.
    pub jvm_options: Vec<String>,
    /// Whether the brokers run as in production: G1, all compiler tiers. Default `false`, which starts in half the
    /// time and suits every test that does not measure.
    pub production_jvm: bool,
    /// How long [`start`](super::ApacheCluster::start) waits for the cluster once the jars are there. Default 90 s.
    pub start_timeout: Duration,
}

impl ApacheConf {
    /// One node of the newest version.
    pub fn new() -> Self {
        Self::of_version(NEWEST_VERSION)
    }

    /// One node of another version.
    pub fn of_version(version: &str) -> Self {
        Self {
            version: version.to_owned(),
            nodes: 1,
            properties: BTreeMap::new(),
            features: BTreeMap::new(),
            scram_users: Vec::new(),
            listeners: Vec::new(),
            heap_mib: 512,
            jvm_options: Vec::new(),
            production_jvm: false,
            start_timeout: Duration::from_secs(90),
        }
    }

    pub(super) fn check(&self) -> Result<Version, Error> {
        let version = Version::parse(&self.version)?;
        let era = version.era()?;
        if !(1..=9).contains(&self.nodes) {
            return Err(Error::configuration(format!("nodes is {}: it must be 1 to 9", self.nodes)));
        }
        let formatted = !self.features.is_empty() || !self.scram_users.is_empty();
        if formatted && !era.kraft {
            return Err(Error::configuration(format!(
                "Apache Kafka {version} runs on ZooKeeper and is not formatted: leave features and scram_users empty"
            )));
        }
        for (key, value) in &self.properties {
            if key.is_empty() || key.contains(['\n', '=', ' ']) || value.contains('\n') {
                return Err(Error::configuration(format!(
                    "property `{key}`: a name has no space or `=`, and neither part a line break"
                )));
            }
            if RESERVED.contains(&key.as_str()) {
                return Err(Error::configuration(format!(
                    "property `{key}` is the launcher's own; listeners are set by ApacheConf::listeners"
                )));
            }
        }
        for listener in &self.listeners {
            listener.check()?;
        }
        Ok(version)
    }
}

impl Default for ApacheConf {
    fn default() -> Self {
        Self::new()
    }
}

/// The properties that tie the processes of a cluster together.
const RESERVED: &[&str] = &[
    "process.roles",
    "node.id",
    "broker.id",
    "controller.quorum.voters",
    "controller.listener.names",
    "listeners",
    "advertised.listeners",
    "listener.security.protocol.map",
    "log.dirs",
    "log.dir",
    "zookeeper.connect",
];

/// A listener for clients on every node.
///
/// ```
/// use kafka_test::apache::{ApacheConf, Listener};
///
/// let mut conf = ApacheConf::new();
/// conf.listeners.push(Listener::new("SASLPLAIN", "SASL_PLAINTEXT"));
/// conf.properties.insert("sasl.enabled.mechanisms".into(), "PLAIN".into());
/// conf.properties.insert(
///     "listener.name.saslplain.plain.sasl.jaas.config".into(),
///     r#"org.apache.kafka.common.security.plain.PlainLoginModule required user_alice="alice-pw";"#.into(),
/// );
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Listener {
    /// Its name, in capitals; lower case where it is part of a property's name.
    pub name: String,
    /// `PLAINTEXT`, `SSL`, `SASL_PLAINTEXT` or `SASL_SSL`.
    pub protocol: String,
}

impl Listener {
    /// A listener called `name` that speaks `protocol`.
    pub fn new(name: &str, protocol: &str) -> Self {
        Self { name: name.to_owned(), protocol: protocol.to_owned() }
    }

    fn check(&self) -> Result<(), Error> {
        let Self { name, protocol } = self;
        let allowed = |c: char| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_';
        if name.is_empty()
            || !name.chars().all(allowed)
            || ["PLAINTEXT", "CONTROLLER"].contains(&name.as_str())
        {
            return Err(Error::configuration(format!(
                "listener `{name}`: use capitals, digits and `_`, and neither PLAINTEXT nor CONTROLLER, which are taken"
            )));
        }
        if !["PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"].contains(&protocol.as_str()) {
            return Err(Error::configuration(format!(
                "listener {name}: protocol `{protocol}` is none of PLAINTEXT, SSL, SASL_PLAINTEXT, SASL_SSL"
            )));
        }
        Ok(())
    }
}

/// A SCRAM user that exists from the first start on.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct ScramUser {
    /// `SCRAM-SHA-256` or `SCRAM-SHA-512`.
    pub mechanism: String,
    /// The user's name.
    pub name: String,
    /// The password, which is a test's and no secret.
    pub password: String,
}

impl ScramUser {
    /// A user of one mechanism.
    pub fn new(mechanism: &str, name: &str, password: &str) -> Self {
        Self { mechanism: mechanism.to_owned(), name: name.to_owned(), password: password.to_owned() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(change: impl FnOnce(&mut ApacheConf)) -> String {
        let mut conf = ApacheConf::new();
        change(&mut conf);
        conf.check().err().map(|e| e.to_string()).unwrap_or_default()
    }

    #[test]
    fn a_configuration_that_cannot_work_is_refused_with_the_reason() {
        assert!(ApacheConf::new().check().is_ok());
        assert!(refused(|c| c.nodes = 0).contains("nodes is 0"));
        assert!(refused(|c| c.version = "banana".into()).contains("`banana`"));
        assert!(refused(|c| _ = c.properties.insert("node.id".into(), "3".into())).contains("`node.id`"));
        assert!(
            refused(|c| _ = c.properties.insert("a".into(), "b\nnode.id=3".into())).contains("line break")
        );
        assert!(refused(|c| c.listeners.push(Listener::new("tls", "SSL"))).contains("`tls`"));
        assert!(refused(|c| c.listeners.push(Listener::new("TLS", "QUIC"))).contains("`QUIC`"));
        let on_zookeeper = refused(|c| {
            c.version = "1.0.2".into();
            c.features.insert("transaction.version".into(), 0);
        });
        assert!(on_zookeeper.contains("not formatted"), "{on_zookeeper}");
    }
}
