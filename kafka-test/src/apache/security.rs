//! TLS, SASL and ACLs: what the configuration asks for, as lines of `server.properties` and of a client's file.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::Path;

use super::conf::{ApacheConf, Listener, SaslUser};
use super::error::Error;
use super::versions::Version;
use crate::certificates::Authority;

/// The name of the mechanism that sends the password as it is.
pub(super) const PLAIN: &str = "PLAIN";

/// Files of the cluster's directory: the authority's certificate, and the servers' certificate with their key.
pub(super) const AUTHORITY: &str = "authority.pem";
pub(super) const SERVER: &str = "server.pem";

impl Listener {
    pub(super) fn has_tls(&self) -> bool {
        self.protocol.ends_with("SSL")
    }

    pub(super) fn has_sasl(&self) -> bool {
        self.protocol.starts_with("SASL")
    }
}

impl ApacheConf {
    /// Whether the launcher makes certificates: a listener speaks TLS, and no key store is named.
    pub(super) fn needs_certificates(&self) -> bool {
        let named = self.properties.keys().any(|key| key.contains("ssl.keystore"));
        !named && self.listeners.iter().any(Listener::has_tls)
    }

    /// What is wrong with the users, or with what a version is asked to do with certificates.
    pub(super) fn check_security(&self, version: Version) -> Result<(), Error> {
        if self.needs_certificates() && !version.at_least([2, 7, 0, 0]) {
            return Err(Error::configuration(format!(
                "Apache Kafka {version} reads no PEM files: name a key store of your own in properties (ssl.keystore.location)"
            )));
        }
        for SaslUser { mechanism, name, password } in &self.sasl_users {
            if ![PLAIN, "SCRAM-SHA-256", "SCRAM-SHA-512"].contains(&mechanism.as_str()) {
                return Err(Error::configuration(format!(
                    "user {name}: mechanism `{mechanism}` is none of PLAIN, SCRAM-SHA-256, SCRAM-SHA-512"
                )));
            }
            let odd = |text: &str| text.is_empty() || text.contains(['"', '\\', '\n', ' ', ',', ']', ';']);
            if odd(name) || odd(password) {
                return Err(Error::configuration(format!(
                    "user `{name}`: neither the name nor the password may be empty or have blanks, quotes, `\\`, `,`, `;` or `]`"
                )));
            }
        }
        Ok(())
    }

    /// The lines of `server.properties`.
    pub(super) fn security(&self, version: Version, home: &Path) -> Vec<(String, String)> {
        let mut lines = Vec::new();
        let mut set = |key: &str, value: String| lines.push((key.to_owned(), value));
        if self.needs_certificates() {
            set("ssl.keystore.type", "PEM".to_owned());
            set("ssl.keystore.location", home.join(SERVER).display().to_string());
            set("ssl.truststore.type", "PEM".to_owned());
            set("ssl.truststore.location", home.join(AUTHORITY).display().to_string());
        }
        let mechanisms: BTreeSet<&str> = self.sasl_users.iter().map(|user| user.mechanism.as_str()).collect();
        if !mechanisms.is_empty() {
            set("sasl.enabled.mechanisms", mechanisms.iter().copied().collect::<Vec<_>>().join(","));
        }
        for listener in self.listeners.iter().filter(|listener| listener.has_sasl()) {
            for &mechanism in &mechanisms {
                let (listener, lower) = (listener.name.to_lowercase(), mechanism.to_lowercase());
                set(&format!("listener.name.{listener}.{lower}.sasl.jaas.config"), self.jaas(mechanism));
            }
        }
        if self.acls {
            let authorizer = if version.at_least([3, 0, 0, 0]) {
                "org.apache.kafka.metadata.authorizer.StandardAuthorizer"
            } else if version.at_least([2, 4, 0, 0]) {
                "kafka.security.authorizer.AclAuthorizer"
            } else {
                "kafka.security.auth.SimpleAclAuthorizer"
            };
            set("authorizer.class.name", authorizer.to_owned());
            set("super.users", "User:ANONYMOUS".to_owned());
            set("allow.everyone.if.no.acl.found", "false".to_owned());
        }
        lines
    }

    /// How brokers know the users of a mechanism. Those of SCRAM are in the cluster's metadata.
    fn jaas(&self, mechanism: &str) -> String {
        if mechanism != PLAIN {
            return "org.apache.kafka.common.security.scram.ScramLoginModule required;".to_owned();
        }
        let mut jaas = "org.apache.kafka.common.security.plain.PlainLoginModule required".to_owned();
        for user in self.sasl_users.iter().filter(|user| user.mechanism == PLAIN) {
            // Writing to a string cannot fail.
            _ = write!(jaas, r#" user_{}="{}""#, user.name, user.password);
        }
        jaas + ";"
    }
}

/// A client's settings for a listener, as Kafka's tools read them.
pub(super) fn client(listener: &Listener, login: Option<&SaslUser>, home: &Path) -> String {
    let mut text = format!("security.protocol={}\n", listener.protocol);
    if listener.has_tls() {
        let authority = home.join(AUTHORITY);
        _ = writeln!(text, "ssl.truststore.type=PEM\nssl.truststore.location={}", authority.display());
    }
    if let Some(SaslUser { mechanism, name, password }) = login {
        let module = if mechanism == PLAIN { "plain.PlainLoginModule" } else { "scram.ScramLoginModule" };
        _ = writeln!(text, "sasl.mechanism={mechanism}");
        _ = writeln!(
            text,
            "sasl.jaas.config=org.apache.kafka.common.security.{module} required username=\"{name}\" password=\"{password}\";"
        );
    }
    text
}

/// Makes the files that listeners with TLS need.
pub(super) fn make_certificates(home: &Path) -> Result<(), Error> {
    let failed = Error::io("cannot make certificates in", home);
    let made = || {
        let authority = Authority::new()?;
        let server = authority.sign(&["localhost", "127.0.0.1"])?;
        std::fs::write(home.join(AUTHORITY), authority.pem())?;
        std::fs::write(home.join(SERVER), server.key + &server.chain)
    };
    made().map_err(failed)
}
