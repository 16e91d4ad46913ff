//! What a test says about the cluster it wants.

use std::collections::BTreeMap;
use std::time::Duration;

use super::error::Error;
use super::security::PLAIN;
use super::versions::Version;

/// The newest version of Apache Kafka that is published whole.
pub const NEWEST_VERSION: &str = "4.3.1";

/// What to start. Every field has a default that suits tests; change what matters.
///
/// Two tests whose configurations are equal may share one cluster: [`shared`](fn@super::shared).
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
    /// Who may log in at listeners with SASL; SCRAM users need KRaft, from 3.5 on. Default none.
    pub sasl_users: Vec<SaslUser>,
    /// Whether clients may do only what ACLs allow them; those of the plaintext listener may do everything, so that ACLs
    /// can be set there. Default `false`.
    pub acls: bool,
    /// Listeners for clients beside the plaintext one that every cluster has. Default none.
    ///
    /// Those with TLS get certificates made on the fly, unless [`properties`](Self::properties) name a key store; those
    /// with SASL take the logins of [`sasl_users`](Self::sasl_users). What else they need goes into the properties.
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
            sasl_users: Vec::new(),
            acls: false,
            listeners: Vec::new(),
            heap_mib: 512,
            jvm_options: Vec::new(),
            production_jvm: false,
            start_timeout: Duration::from_secs(90),
        }
    }

    /// Adds a listener `TLS` with certificates made on the fly:
    /// [`ApacheCluster::authority`](super::ApacheCluster::authority) is what its clients have to trust.
    ///
    /// ```no_run
    /// use kafka_test::apache::{ApacheCluster, ApacheConf};
    ///
    /// # async fn start() -> Result<(), kafka_test::apache::Error> {
    /// let cluster = ApacheCluster::start(ApacheConf::new().with_tls()).await?;
    /// println!("{}", cluster.bootstrap_of("TLS")?);
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn with_tls(self) -> Self {
        self.with_listener("TLS", "SSL")
    }

    /// Adds a listener `SASL`, unless there is one, and a user who may log in there by `PLAIN`, `SCRAM-SHA-256` or
    /// `SCRAM-SHA-512`.
    ///
    /// ```
    /// use kafka_test::apache::ApacheConf;
    ///
    /// let conf = ApacheConf::new().with_user("PLAIN", "alice", "alice-pw").with_acls();
    /// assert_eq!(conf.listeners[0].name, "SASL");
    /// ```
    #[must_use]
    pub fn with_user(mut self, mechanism: &str, name: &str, password: &str) -> Self {
        self.sasl_users.push(SaslUser::new(mechanism, name, password));
        if self.listeners.iter().any(Listener::has_sasl) {
            return self;
        }
        self.with_listener("SASL", "SASL_PLAINTEXT")
    }

    /// Lets clients do only what ACLs allow them, but for those of the plaintext listener.
    #[must_use]
    pub fn with_acls(mut self) -> Self {
        self.acls = true;
        self
    }

    /// Adds a listener.
    #[must_use]
    pub fn with_listener(mut self, name: &str, protocol: &str) -> Self {
        self.listeners.push(Listener::new(name, protocol));
        self
    }

    pub(super) fn check(&self) -> Result<Version, Error> {
        let version = Version::parse(&self.version)?;
        let era = version.era()?;
        if !(1..=9).contains(&self.nodes) {
            return Err(Error::configuration(format!("nodes is {}: it must be 1 to 9", self.nodes)));
        }
        let scram = self.sasl_users.iter().any(|user| user.mechanism != PLAIN);
        let formatted = !self.features.is_empty() || scram;
        if formatted && !era.kraft {
            return Err(Error::configuration(format!(
                "Apache Kafka {version} runs on ZooKeeper and is not formatted: leave features empty, and let users log in by PLAIN"
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
        self.check_security(version)?;
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
/// let mut conf = ApacheConf::new().with_user("PLAIN", "alice", "alice-pw");
/// conf.listeners.push(Listener::new("SECURE", "SASL_SSL"));
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

/// Who may log in at listeners with SASL, from the first start on.
///
/// ```
/// use kafka_test::apache::SaslUser;
///
/// let alice = SaslUser::new("SCRAM-SHA-512", "alice", "alice-pw");
/// assert_eq!(alice.name, "alice");
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct SaslUser {
    /// `PLAIN`, `SCRAM-SHA-256` or `SCRAM-SHA-512`.
    pub mechanism: String,
    /// The user's name.
    pub name: String,
    /// The password, which is a test's and no secret.
    pub password: String,
}

impl SaslUser {
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
        assert!(refused(|c| *c = c.clone().with_user("GSSAPI", "a", "b")).contains("`GSSAPI`"));
        assert!(refused(|c| *c = c.clone().with_user("PLAIN", "a", "b\"")).contains("quotes"));
        assert!(refused(|c| *c = ApacheConf::of_version("2.4.1").with_tls()).contains("PEM"));
        let on_zookeeper = refused(|c| {
            c.version = "1.0.2".into();
            c.features.insert("transaction.version".into(), 0);
        });
        assert!(on_zookeeper.contains("not formatted"), "{on_zookeeper}");
    }
}
