//! Java, and the jars of a version: from an unpacked distribution or from Maven, fetched once per machine.
//!
//! The cache is `~/.cache/kafka-jars/VERSION` (or below `KAFKA_JARS`): the jars in `lib`, and a file `ok` once they are
//! complete. A lock file keeps processes from fetching the same version at once; the lock goes with its process.

use std::collections::BTreeMap;
use std::env;
use std::ffi::OsStr;
use std::fmt::Write as _;
use std::fs::{self, File, TryLockError};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use parking_lot::Mutex;

use super::archive;
use super::error::{Error, ErrorKind};
use super::process;
use super::versions::{Era, Version};

/// Fetching takes 15 s on a good line; a slow one gets more, a dead one does not hold up a test run for ever.
const FETCH: Duration = Duration::from_secs(300);

/// Long enough for the process that holds the lock to fetch.
const LOCK: Duration = Duration::from_secs(330);

/// A version of Apache Kafka that can be run on this machine.
#[derive(Debug, Clone)]
pub(super) struct Distribution {
    pub(super) version: Version,
    pub(super) era: &'static Era,
    pub(super) java: Java,
    /// Sorted, so that it is the same each time: a class archive asks for that.
    pub(super) jars: Vec<PathBuf>,
    /// Where this version's files are cached, if it came from Maven.
    pub(super) cache: Option<PathBuf>,
    /// The Java class data archive that halves the start of a JVM.
    pub(super) archive: Option<PathBuf>,
}

impl Distribution {
    /// Finds or fetches a version; what comes of it, good or bad, holds for the whole process.
    pub(super) fn resolve(version: &str) -> Result<Arc<Self>, Error> {
        static RESOLVED: Mutex<BTreeMap<String, Result<Arc<Distribution>, Error>>> =
            Mutex::new(BTreeMap::new());
        RESOLVED.lock().entry(version.to_owned()).or_insert_with(|| find(version).map(Arc::new)).clone()
    }

    pub(super) fn class_path(&self) -> String {
        let paths: Vec<_> = self.jars.iter().map(|jar| jar.to_string_lossy()).collect();
        paths.join(":")
    }
}

/// The Java of this machine.
#[derive(Debug, Clone)]
pub(super) struct Java {
    pub(super) program: PathBuf,
    /// 8, 11, 17, 21 …
    pub(super) major: u32,
    /// As it says itself, such as `17.0.15`.
    pub(super) version: String,
}

fn find(text: &str) -> Result<Distribution, Error> {
    let version = Version::parse(text)?;
    let era = version.era()?;
    let java = find_java()?;
    if java.major < era.java {
        return Err(Error::unavailable(format!(
            "Apache Kafka {version} needs Java {} or newer, and {} is Java {}: install one and set JAVA_HOME",
            era.java,
            java.program.display(),
            java.major
        )));
    }
    if let Some(jars) = home_jars(version)? {
        return Ok(Distribution { version, era, java, jars, cache: None, archive: None });
    }
    let root = cache_root()?;
    let cache = root.join(version.to_string());
    if !cache.join("ok").exists() {
        let _lock = lock(&root, version)?;
        // Unless another process did it while we waited.
        if !cache.join("ok").exists() {
            fetch(&root, &cache, version, era)?;
        }
    }
    let mut distribution = Distribution {
        version,
        era,
        java,
        jars: jars_of(&cache.join("lib"))?,
        cache: Some(cache),
        archive: None,
    };
    distribution.archive = archive::of(&distribution, || lock(&root, version));
    Ok(distribution)
}

fn find_java() -> Result<Java, Error> {
    let program = match env::var_os("JAVA_HOME") {
        Some(home) => Path::new(&home).join("bin/java"),
        None => PathBuf::from("java"),
    };
    let output = Command::new(&program).arg("-version").stdin(Stdio::null()).output().map_err(|error| {
        Error::unavailable(format!(
            "no Java at `{}` ({error}): install Java 17 or newer, or set JAVA_HOME",
            program.display()
        ))
    })?;
    // `openjdk version "17.0.15" 2025-04-15`; before 9 the version was `1.8.0_392`.
    let text = String::from_utf8_lossy(&output.stderr);
    let version = text.split('"').nth(1).unwrap_or_default().to_owned();
    let mut numbers = version.split(|c: char| !c.is_ascii_digit()).map(str::parse::<u32>);
    let major = match (numbers.next(), numbers.next()) {
        (Some(Ok(1)), Some(Ok(old))) => old,
        (Some(Ok(major)), _) => major,
        _ => {
            return Err(Error::unavailable(format!(
                "`{} -version` does not name a version: `{}`; set JAVA_HOME to Java 17 or newer",
                program.display(),
                text.trim()
            )));
        }
    };
    Ok(Java { program, major, version })
}

/// The jars of `KAFKA_HOME`, if it is set and of this version.
fn home_jars(version: Version) -> Result<Option<Vec<PathBuf>>, Error> {
    let Some(home) = env::var_os("KAFKA_HOME") else {
        return Ok(None);
    };
    let libs = Path::new(&home).join("libs");
    let jars = jars_of(&libs).map_err(|error| error.context("KAFKA_HOME is not an unpacked Apache Kafka"))?;
    let clients = format!("kafka-clients-{version}.jar");
    let same = jars.iter().any(|jar| jar.file_name() == Some(OsStr::new(&clients)));
    Ok(same.then_some(jars))
}

fn cache_root() -> Result<PathBuf, Error> {
    let root = match (env::var_os("KAFKA_JARS"), env::var_os("HOME")) {
        (Some(root), _) => PathBuf::from(root),
        (None, Some(home)) => Path::new(&home).join(".cache/kafka-jars"),
        (None, None) => {
            return Err(Error::unavailable("no place for the jars of Apache Kafka: set KAFKA_JARS or HOME"));
        }
    };
    fs::create_dir_all(&root).map_err(Error::io("cannot create", &root))?;
    Ok(root)
}

/// Waits for the right to change the cache of a version. Dropping the file gives it back, and so does dying.
fn lock(root: &Path, version: Version) -> Result<File, Error> {
    let path = root.join(format!(".{version}.lock"));
    let file = File::options()
        .create(true)
        .truncate(false)
        .write(true)
        .open(&path)
        .map_err(Error::io("cannot open the lock file", &path))?;
    let deadline = Instant::now() + LOCK;
    loop {
        match file.try_lock() {
            Ok(()) => return Ok(file),
            Err(TryLockError::WouldBlock) if Instant::now() < deadline => process::pause(),
            Err(TryLockError::WouldBlock) => {
                return Err(Error::timeout(format!(
                    "another process holds {} for over {} s: it may be fetching jars; end it or try again",
                    path.display(),
                    LOCK.as_secs()
                )));
            }
            Err(TryLockError::Error(error)) => return Err(Error::io("cannot lock", &path)(error)),
        }
    }
}

/// Lets Maven copy the jars into a directory beside the cache, which then takes its place whole.
fn fetch(root: &Path, cache: &Path, version: Version, era: &Era) -> Result<(), Error> {
    let partial = root.join(format!(".{version}.partial"));
    for stale in [partial.as_path(), cache] {
        if stale.exists() {
            fs::remove_dir_all(stale).map_err(Error::io("cannot remove", stale))?;
        }
    }
    fs::create_dir(&partial).map_err(Error::io("cannot create", &partial))?;
    process::write(&partial.join("pom.xml"), &pom(version, era))?;
    let log = partial.join("mvn.log");
    let mut maven = Command::new("mvn");
    maven
        .args(["-B", "-q", "dependency:copy-dependencies", "-DincludeScope=runtime"])
        .arg("-DoutputDirectory=lib")
        .current_dir(&partial);
    tracing::info!(%version, "fetching the jars of Apache Kafka");
    let status = process::run(&mut maven, &log, FETCH).map_err(|error| {
        if error.kind() != ErrorKind::Io {
            return error;
        }
        Error::unavailable(format!(
            "the jars of Apache Kafka {version} are not in {}, and Maven does not run ({error}): install Maven, or \
             set KAFKA_HOME to an unpacked distribution of that version",
            root.display()
        ))
    })?;
    if !status.success() {
        return Err(Error::unavailable(format!(
            "Maven could not fetch the jars of Apache Kafka {version} ({status}): check the version and the network, or set \
             KAFKA_HOME to an unpacked distribution. Maven said:\n{}",
            process::tail(&log, 0)
        )));
    }
    process::write(&partial.join("ok"), "")?;
    fs::rename(&partial, cache).map_err(Error::io("cannot put the jars into", cache))
}

fn pom(version: Version, era: &Era) -> String {
    let mut dependencies = String::new();
    let mut add = |group: &str, name: &str, version: &str, exclusion: &str| {
        // Writing to a string cannot fail.
        _ = write!(
            dependencies,
            "<dependency><groupId>{group}</groupId><artifactId>{name}</artifactId><version>{version}</version>{exclusion}</dependency>"
        );
    };
    let kafka = "org.apache.kafka";
    let version = version.to_string();
    let exclusion = era.missing.map_or_else(String::new, |name| {
        format!("<exclusions><exclusion><groupId>{kafka}</groupId><artifactId>{name}</artifactId></exclusion></exclusions>")
    });
    add(kafka, &format!("kafka_{}", era.scala), &version, &exclusion);
    if era.tools {
        add(kafka, "kafka-tools", &version, "");
    }
    for extra in era.extra {
        add(extra.group, extra.name, extra.version, "");
    }
    format!(
        "<project xmlns=\"http://maven.apache.org/POM/4.0.0\"><modelVersion>4.0.0</modelVersion><groupId>local</groupId>\
         <artifactId>kafka-class-path</artifactId><version>1</version><dependencies>{dependencies}</dependencies></project>\n"
    )
}

fn jars_of(directory: &Path) -> Result<Vec<PathBuf>, Error> {
    let mut jars = Vec::new();
    for entry in fs::read_dir(directory).map_err(Error::io("cannot read", directory))? {
        let path = entry.map_err(Error::io("cannot read", directory))?.path();
        if path.extension() == Some(OsStr::new("jar")) {
            jars.push(path);
        }
    }
    if jars.is_empty() {
        return Err(Error::unavailable(format!(
            "no jars in {}: remove it to have them fetched again",
            directory.display()
        )));
    }
    jars.sort();
    Ok(jars)
}
