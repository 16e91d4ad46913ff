//! The Java command lines of a cluster, and what a test runs with its class path.

use std::ffi::OsStr;
use std::fs;
use std::path::Path;
use std::process::ExitStatus;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use super::cluster::Cluster;
use super::error::{Error, ErrorKind};
use super::process::{self, Program};
use super::properties;

/// What a Java process is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Role {
    Broker,
    ZooKeeper,
    Tool,
}

impl Role {
    pub(super) fn logging_file(self) -> &'static str {
        match self {
            Self::Broker | Self::ZooKeeper => "logging.properties",
            Self::Tool => "tool-logging.properties",
        }
    }

    pub(super) fn log_level(self) -> &'static str {
        match self {
            Self::Broker | Self::ZooKeeper => "INFO",
            Self::Tool => "WARN",
        }
    }
}

/// What a Java program said.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct ToolOutput {
    /// How it ended.
    pub status: ExitStatus,
    /// Its standard output.
    pub stdout: String,
    /// Its standard error, with what Kafka's client logged from `WARN` on.
    pub stderr: String,
}

impl Cluster {
    /// Java with its options, up to the name of the class.
    pub(super) fn java(&self, role: Role) -> Vec<String> {
        let distribution = &self.distribution;
        let home = self.home.path();
        let mut words = vec![distribution.java.program.display().to_string()];
        let mut add = |word: &str| words.push(word.to_owned());
        add(&match role {
            Role::Broker => format!("-Xmx{}m", self.conf.heap_mib),
            Role::ZooKeeper | Role::Tool => "-Xmx256m".to_owned(),
        });
        if role == Role::Broker && self.conf.production_jvm {
            add("-XX:+UseG1GC");
            add("-XX:MaxGCPauseMillis=20");
        } else {
            add("-XX:+UseSerialGC");
            add("-XX:TieredStopAtLevel=1");
        }
        add("-XX:+ExitOnOutOfMemoryError");
        // Neither leaves anything in the machine's temporary directory.
        add("-XX:-UsePerfData");
        add(&format!("-Djava.io.tmpdir={}", home.join("tmp").display()));
        add("-Djava.awt.headless=true");
        if distribution.java.major >= 9 {
            // What Java itself has to say must not mix with a tool's output.
            add("-Xlog:disable");
            add("-Xlog:all=warning:stderr");
        }
        if let Some(archive) = &distribution.archive {
            add(&format!("-XX:SharedArchiveFile={}", archive.display()));
        }
        add(&properties::logging_option(distribution.era, &home.join(role.logging_file())));
        if role == Role::Broker {
            words.extend(self.conf.jvm_options.iter().cloned());
        }
        words.push("-cp".to_owned());
        words.push(distribution.class_path());
        words
    }

    /// Runs a class of the distribution, by its full name or as `ConsoleConsumer`.
    pub(super) fn tool(
        &self,
        class: &str,
        args: &[String],
        stdin: &[u8],
        bound: Duration,
    ) -> Result<ToolOutput, Error> {
        let class = if class.contains('.') { class.to_owned() } else { self.find_class(class)? };
        self.run(&class, &class, args, stdin, bound)
    }

    /// Compiles and runs one Java file.
    pub(super) fn java_source(
        &self,
        path: &Path,
        args: &[String],
        stdin: &[u8],
        bound: Duration,
    ) -> Result<ToolOutput, Error> {
        let path = fs::canonicalize(path).map_err(Error::io("cannot find the Java file", path))?;
        if self.distribution.java.major < 11 {
            return Err(Error::unavailable(format!(
                "Java {} does not run source files: install Java 11 or newer, or set JAVA_HOME",
                self.distribution.java.major
            )));
        }
        let text = path.display().to_string();
        self.run(&text, &text, args, stdin, bound)
    }

    fn run(
        &self,
        name: &str,
        main: &str,
        args: &[String],
        stdin: &[u8],
        bound: Duration,
    ) -> Result<ToolOutput, Error> {
        let number = self.tools.fetch_add(1, Ordering::Relaxed);
        let file = |end: &str| self.home.path().join(format!("tool{number}.{end}"));
        let (input, output, errors) = (file("in"), file("out"), file("err"));
        fs::write(&input, stdin).map_err(Error::io("cannot write", &input))?;
        let mut words = self.java(Role::Tool);
        words.push(main.to_owned());
        words.extend_from_slice(args);
        let mut process = self.home.spawn(&Program {
            words: &words,
            directory: self.home.path(),
            input: Some(&input),
            output: &output,
            errors: Some(&errors),
        })?;
        let status = process.wait_until(Instant::now() + bound)?;
        drop(process);
        let read = |path: &Path| -> Result<String, Error> {
            let bytes = fs::read(path).map_err(Error::io("cannot read", path))?;
            Ok(String::from_utf8_lossy(&bytes).into_owned())
        };
        let (stdout, stderr) = (read(&output)?, read(&errors)?);
        match status {
            Some(status) => Ok(ToolOutput { status, stdout, stderr }),
            None => Err(Error::timeout(format!(
                "{name} did not end within {} s; its output ends with:\n{}\n{}",
                bound.as_secs_f32(),
                process::tail(&output, 0),
                process::tail(&errors, 0)
            ))),
        }
    }

    /// The full name of a tool in this version: most moved from `kafka.tools` and `kafka.admin` between 3.3 and 4.0.
    fn find_class(&self, name: &str) -> Result<String, Error> {
        const PACKAGES: [&str; 5] = [
            "org.apache.kafka.tools",
            "org.apache.kafka.tools.consumer",
            "org.apache.kafka.tools.consumer.group",
            "kafka.tools",
            "kafka.admin",
        ];
        let mut jars = Vec::new();
        for jar in &self.distribution.jars {
            let file = jar.file_name().map(OsStr::to_string_lossy).unwrap_or_default();
            if file.starts_with("kafka-tools-") || file.starts_with("kafka_2.") {
                jars.push(fs::read(jar).map_err(Error::io("cannot read", jar))?);
            }
        }
        for package in PACKAGES {
            let entry = format!("{}/{name}.class", package.replace('.', "/"));
            let mut directories = jars.iter().map(|jar| directory_of(jar));
            if directories.any(|jar| jar.windows(entry.len()).any(|text| text == entry.as_bytes())) {
                return Ok(format!("{package}.{name}"));
            }
        }
        Err(Error::new(
            ErrorKind::Tool,
            format!(
                "Apache Kafka {} has no tool {name} in {}: check the name, or give the full name of the class",
                self.distribution.version,
                PACKAGES.join(", ")
            ),
        ))
    }
}

/// The directory of a jar, which has the names of its files in plain text: from the offset in the jar's last bytes on.
fn directory_of(jar: &[u8]) -> &[u8] {
    let offset = jar.len().checked_sub(6).and_then(|at| jar[at..].first_chunk());
    let offset = offset.map_or(0, |bytes| u32::from_le_bytes(*bytes) as usize);
    jar.get(offset..).unwrap_or(jar)
}
