use std::fmt;
use std::sync::Arc;

use crate::api::{Error, ErrorKind, Result};

/// Where a node listens.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Address {
    host: Arc<str>,
    port: u16,
}

impl Address {
    pub(crate) fn new(host: &str, port: u16) -> Self {
        Self { host: Arc::from(host), port }
    }

    /// Reads `host:port`, `1.2.3.4:port` or `[v6]:port`, with an optional listener name before it
    /// (`PLAINTEXT://host:port`), as brokers print them.
    pub(crate) fn parse(text: &str) -> Result<Self> {
        let trimmed = text.trim();
        let place = match trimmed.split_once("://") {
            Some((scheme, _)) if scheme.eq_ignore_ascii_case("srv") => {
                return Err(invalid(text, "srv:// needs the feature \"srv\""));
            }
            Some((_, place)) => place,
            None => trimmed,
        };
        let (host, port) = place.rsplit_once(':').ok_or_else(|| invalid(text, "has no port"))?;
        let host = match host.strip_prefix('[') {
            Some(v6) => v6.strip_suffix(']').ok_or_else(|| invalid(text, "lacks the closing bracket"))?,
            None if host.contains(':') => {
                return Err(invalid(text, "an IPv6 address goes in brackets, as in [::1]:9092"));
            }
            None => host,
        };
        if host.is_empty() {
            return Err(invalid(text, "has no host"));
        }
        match port.parse::<u16>() {
            Ok(port) if port != 0 => Ok(Self::new(host, port)),
            _ => Err(invalid(text, "has a port that is not a number from 1 to 65,535")),
        }
    }

    pub(crate) fn host(&self) -> &str {
        &self.host
    }

    pub(crate) fn port(&self) -> u16 {
        self.port
    }
}

fn invalid(text: &str, why: &str) -> Error {
    Error::new(ErrorKind::InvalidConfig, format!("address {text:?}: {why}; write it as host:port"))
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.host.contains(':') {
            write!(f, "[{}]:{}", self.host, self.port)
        } else {
            write!(f, "{}:{}", self.host, self.port)
        }
    }
}

impl fmt::Debug for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_the_forms_that_people_and_brokers_write() {
        for (text, host, port) in [
            ("localhost:9092", "localhost", 9092),
            (" 10.0.0.1:1 ", "10.0.0.1", 1),
            ("[::1]:9092", "::1", 9092),
            ("PLAINTEXT://kafka:65535", "kafka", 65535),
        ] {
            assert_eq!(Address::parse(text).unwrap(), Address::new(host, port));
        }
    }

    #[test]
    fn refuses_what_is_no_address_and_says_why() {
        for (text, why) in [
            ("localhost", "no port"),
            ("", "no port"),
            (":9092", "no host"),
            ("h:0", "port"),
            ("h:99999", "port"),
            ("h:x", "port"),
            ("::1:9092", "brackets"),
            ("[::1:9092", "bracket"),
            ("srv://kafka.local", "srv"),
        ] {
            let error = Address::parse(text).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::InvalidConfig);
            assert!(error.to_string().contains(why), "{error} lacks {why}");
        }
    }

    #[test]
    fn prints_as_it_is_written() {
        assert_eq!(Address::new("::1", 9).to_string(), "[::1]:9");
        assert_eq!(Address::new("a", 9).to_string(), "a:9");
    }
}
