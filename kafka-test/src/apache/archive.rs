//! The class data archive of a version: it halves the start of each JVM.
//!
//! A cluster of one node is started once per machine, version and Java, and writes the archive when it ends. Java itself checks
//! that an archive fits the jars, and starts without it where it does not.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use super::cluster::Cluster;
use super::conf::ApacheConf;
use super::error::{Error, ErrorKind};
use super::jars::Distribution;

/// The first Java that writes archives of an application's classes at its exit.
const FIRST_JAVA: u32 = 13;

/// Writing 50 MB of classes takes 3 s on a quiet machine.
const WRITE: Duration = Duration::from_secs(60);

/// The archive of this distribution, made if there is none yet, while no other process does.
///
/// It only saves time, so what goes wrong here is logged and the cluster starts without.
pub(super) fn of(distribution: &Distribution, lock: impl FnOnce() -> Result<File, Error>) -> Option<PathBuf> {
    if distribution.java.major < FIRST_JAVA {
        return None;
    }
    let cache = distribution.cache.as_ref()?;
    let archive = cache.join(format!("classes-{}.jsa", distribution.java.version));
    if archive.exists() {
        return Some(archive);
    }
    let made = lock().and_then(|_lock| {
        if archive.exists() {
            return Ok(());
        }
        tracing::info!(version = %distribution.version, "writing a class data archive, once for this machine");
        train(distribution, &archive)
    });
    match made {
        Ok(()) => Some(archive),
        Err(error) => {
            tracing::warn!(%error, "no class data archive: brokers will start more slowly");
            None
        }
    }
}

fn train(distribution: &Distribution, archive: &Path) -> Result<(), Error> {
    let partial = archive.with_extension("partial");
    let mut conf = ApacheConf::of_version(&distribution.version.to_string());
    conf.jvm_options.push(format!("-XX:ArchiveClassesAtExit={}", partial.display()));
    let cluster = Cluster::start(&conf, &Arc::new(distribution.clone()))?;
    cluster.shutdown(WRITE)?;
    drop(cluster);
    if !partial.exists() {
        return Err(Error::new(ErrorKind::Start, format!("Java wrote no archive to {}", partial.display())));
    }
    fs::rename(&partial, archive).map_err(Error::io("cannot put in place", archive))
}
