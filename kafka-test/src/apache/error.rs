//! What went wrong with a real cluster, and what to do about it.

use std::fmt;
use std::io;
use std::path::Path;
use std::sync::Arc;

/// What kind of trouble an [`Error`] is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// Java or the jars of this version are not on the machine and cannot be fetched.
    Unavailable,
    /// The [`ApacheConf`](super::ApacheConf) or an argument makes no sense.
    Configuration,
    /// A server process ended, or reported an error, while it was starting.
    Start,
    /// Something did not happen within its bound.
    Timeout,
    /// A tool could not be run or reported failure.
    Tool,
    /// The operating system refused a file or a process.
    Io,
}

/// An error of the launcher. Its text says what was wrong, where, and what to do.
///
/// It is cheap to clone: every test that shares a cluster gets the error of its one start.
#[derive(Debug, Clone)]
pub struct Error {
    kind: ErrorKind,
    message: String,
    source: Option<Arc<io::Error>>,
}

impl Error {
    /// What kind of trouble this is.
    pub fn kind(&self) -> ErrorKind {
        self.kind
    }

    pub(super) fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        Self { kind, message: message.into(), source: None }
    }

    pub(super) fn unavailable(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::Unavailable, message)
    }

    pub(super) fn configuration(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::Configuration, message)
    }

    pub(super) fn timeout(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::Timeout, message)
    }

    /// For `map_err`: what was done to which path when the system refused.
    pub(super) fn io(doing: &str, path: &Path) -> impl FnOnce(io::Error) -> Self {
        let message = format!("{doing} {}", path.display());
        move |source| Self { kind: ErrorKind::Io, message, source: Some(Arc::new(source)) }
    }

    /// The same error with a line in front of it.
    pub(super) fn context(mut self, what: &str) -> Self {
        self.message = format!("{what}: {}", self.message);
        self
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)?;
        match &self.source {
            Some(source) => write!(f, ": {source}"),
            None => Ok(()),
        }
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.source.as_deref().map(|source| source as &(dyn std::error::Error + 'static))
    }
}
