//! What each version of Apache Kafka needs to run: all of it is in the table [`ERAS`].

use std::fmt;

use super::error::Error;

/// `major.minor.patch`, or the four numbers of the versions before 1.0.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Version {
    numbers: [u16; 4],
    length: usize,
}

impl Version {
    pub(super) fn parse(text: &str) -> Result<Self, Error> {
        let wrong = || {
            Error::configuration(format!(
                "`{text}` is not a version of Apache Kafka: expected numbers such as 4.3.1 or 0.11.0.3"
            ))
        };
        let mut numbers = [0; 4];
        let mut length = 0;
        for part in text.split('.') {
            let slot = numbers.get_mut(length).ok_or_else(wrong)?;
            *slot = part.parse().map_err(|_| wrong())?;
            length += 1;
        }
        if length < 3 {
            return Err(wrong());
        }
        Ok(Self { numbers, length })
    }

    pub(super) fn at_least(&self, numbers: [u16; 4]) -> bool {
        self.numbers >= numbers
    }

    pub(super) fn era(&self) -> Result<&'static Era, Error> {
        ERAS.iter().find(|era| self.at_least(era.since)).ok_or_else(|| {
            Error::configuration(format!(
                "Apache Kafka {self} is too old: the launcher knows 0.10.2.2 and newer"
            ))
        })
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, number) in self.numbers.iter().take(self.length).enumerate() {
            let dot = if i == 0 { "" } else { "." };
            write!(f, "{dot}{number}")?;
        }
        Ok(())
    }
}

/// A Maven artifact.
#[derive(Debug)]
pub(super) struct Artifact {
    pub(super) group: &'static str,
    pub(super) name: &'static str,
    pub(super) version: &'static str,
}

/// Which logging library the servers of an era use.
#[derive(Debug)]
pub(super) enum Logging {
    /// log4j 2, configured by properties.
    Log4j2,
    /// log4j 1 or its successor reload4j, whose configuration is the same.
    Log4j1,
}

/// A range of versions that are run the same way.
#[derive(Debug)]
pub(super) struct Era {
    /// The first version of the range, which goes on to the next newer row.
    pub(super) since: [u16; 4],
    /// KRaft, or `ZooKeeper` (whose server is in the jars).
    pub(super) kraft: bool,
    /// The suffix of the `kafka_` artifact.
    pub(super) scala: &'static str,
    pub(super) logging: Logging,
    /// Whether `kafka-tools` exists beside the broker. Before, the tools are in the broker's jar.
    pub(super) tools: bool,
    /// The oldest Java that runs it.
    pub(super) java: u32,
    /// Artifacts beyond Kafka's own.
    pub(super) extra: &'static [Artifact],
    /// An artifact that Kafka's own description names but that was never published.
    pub(super) missing: Option<&'static str>,
}

const LOG4J2: Artifact =
    Artifact { group: "org.apache.logging.log4j", name: "log4j-slf4j-impl", version: "2.24.3" };
const RELOAD4J: Artifact = Artifact { group: "org.slf4j", name: "slf4j-reload4j", version: "1.7.36" };
const LOG4J12: Artifact = Artifact { group: "org.slf4j", name: "slf4j-log4j12", version: "1.7.25" };
/// 3.4.13 and 3.4.14, which these versions name, do not connect on Java 14 and newer.
const ZOOKEEPER: Artifact = Artifact { group: "org.apache.zookeeper", name: "zookeeper", version: "3.4.10" };
/// Left the JDK with Java 11.
const JAXB: Artifact = Artifact { group: "javax.xml.bind", name: "jaxb-api", version: "2.3.1" };
/// 4.4.0 was published without its own.
const TOOLS_API: Artifact = Artifact { group: "org.apache.kafka", name: "kafka-tools-api", version: "4.3.1" };

const NEWEST: Era = Era {
    since: [4, 4, 1, 0],
    kraft: true,
    scala: "2.13",
    logging: Logging::Log4j2,
    tools: true,
    java: 17,
    extra: &[LOG4J2],
    missing: None,
};

/// Newest first.
const ERAS: &[Era] = &[
    NEWEST,
    Era {
        since: [4, 4, 0, 0],
        tools: false,
        extra: &[LOG4J2, TOOLS_API],
        missing: Some("kafka-tools-api"),
        ..NEWEST
    },
    Era { since: [4, 0, 0, 0], ..NEWEST },
    Era { since: [3, 3, 0, 0], logging: Logging::Log4j1, java: 8, extra: &[RELOAD4J], ..NEWEST },
    Era {
        since: [3, 0, 0, 0],
        logging: Logging::Log4j1,
        tools: false,
        java: 8,
        extra: &[RELOAD4J],
        ..NEWEST
    },
    Era {
        since: [2, 4, 0, 0],
        kraft: false,
        logging: Logging::Log4j1,
        tools: false,
        java: 8,
        extra: &[LOG4J12],
        ..NEWEST
    },
    Era {
        since: [2, 0, 0, 0],
        kraft: false,
        scala: "2.11",
        logging: Logging::Log4j1,
        tools: false,
        java: 8,
        extra: &[LOG4J12, ZOOKEEPER],
        ..NEWEST
    },
    Era {
        since: [1, 0, 0, 0],
        kraft: false,
        scala: "2.11",
        logging: Logging::Log4j1,
        tools: false,
        java: 8,
        extra: &[LOG4J12],
        ..NEWEST
    },
    Era {
        since: [0, 10, 2, 2],
        kraft: false,
        scala: "2.11",
        logging: Logging::Log4j1,
        tools: false,
        java: 8,
        extra: &[LOG4J12, JAXB],
        ..NEWEST
    },
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_version_prints_as_it_was_written() -> Result<(), Error> {
        for text in ["4.3.1", "0.11.0.3", "10.0.12"] {
            assert_eq!(Version::parse(text)?.to_string(), text);
        }
        Ok(())
    }

    #[test]
    fn text_that_is_no_version_is_refused() {
        for text in ["", "4", "4.3", "4.3.x", "4.3.1-rc0", "1.2.3.4.5", "4..1", "-1.0.0"] {
            assert!(Version::parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn eras_are_newest_first_and_each_version_finds_its_own() -> Result<(), Error> {
        assert!(ERAS.is_sorted_by(|newer, older| newer.since > older.since));
        assert!(Version::parse("4.3.1")?.era()?.tools);
        assert!(!Version::parse("4.4.0")?.era()?.tools);
        assert!(Version::parse("3.0.2")?.era()?.kraft);
        assert!(!Version::parse("2.8.2")?.era()?.kraft);
        assert_eq!(Version::parse("2.3.1")?.era()?.scala, "2.11");
        assert!(Version::parse("0.9.0.1")?.era().is_err());
        Ok(())
    }
}
