//! Processes and files that do not outlive the test, however it ends.
//!
//! Each cluster has a [`Home`]: a directory and a watchdog, a shell that waits for the end of its standard input. The
//! other end of that pipe is ours, so it closes when we say so and also when this process dies of anything, `SIGKILL`
//! included. The watchdog then kills what is left and removes the directory.
//!
//! A process is started by a shell that writes its own id into the directory `pids`, checks that the cluster is still
//! open, and becomes the program: same id, a direct child of ours. The watchdog first closes the cluster and then reads
//! the ids, so whichever comes first, no process is missed.

use std::fs::{self, File};
use std::io;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, ExitStatus, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use parking_lot::Mutex;

use super::error::{Error, ErrorKind};

const WATCHDOG: &str = r#"
trap '' HUP INT TERM
read -r _
rm -f "$1/open"
for file in "$1"/pids/*; do
  [ -e "$file" ] && kill -9 "${file##*/}" 2>/dev/null
done
[ -e "$1/keep" ] && exit 0
tries=0
until rm -rf "$1" 2>/dev/null || [ "$tries" -ge 50 ]; do
  tries=$((tries + 1))
  sleep 0.1
done
"#;

const LAUNCH: &str = r#"
: > "$1/pids/$$"
[ -e "$1/open" ] || exit 125
shift
exec "$@"
"#;

/// How often the state of a process is looked at.
const POLL: Duration = Duration::from_millis(10);

/// What a killed process or the watchdog has to be gone. Both are matters of milliseconds.
const END: Duration = Duration::from_secs(10);

/// A directory that goes away, with the processes started in it, when this value or this process does.
#[derive(Debug)]
pub(super) struct Home {
    path: PathBuf,
    /// The watchdog and our end of its pipe, until the home is closed.
    watchdog: Mutex<Option<(Child, Option<ChildStdin>)>>,
}

impl Home {
    pub(super) fn new() -> Result<Self, Error> {
        let path = fresh_directory()?;
        for name in ["pids", "tmp"] {
            let sub = path.join(name);
            fs::create_dir(&sub).map_err(Error::io("cannot create", &sub))?;
        }
        write(&path.join("open"), "")?;
        let mut watchdog = Command::new("sh")
            .args(["-c", WATCHDOG, "kafka-test-watchdog"])
            .arg(&path)
            .current_dir("/")
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .process_group(0)
            .spawn()
            .map_err(Error::io("cannot start the shell that watches over", &path))?;
        let pipe = watchdog.stdin.take();
        Ok(Self { path, watchdog: Mutex::new(Some((watchdog, pipe))) })
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Leaves the directory behind for a person to read.
    pub(super) fn keep(&self) {
        if let Err(error) = File::create(self.path.join("keep")) {
            tracing::warn!(path = %self.path.display(), %error, "cannot keep the directory");
        }
    }

    /// Ends every process that is left, and the directory unless it is kept.
    pub(super) fn close(&self) {
        let Some((mut watchdog, pipe)) = self.watchdog.lock().take() else {
            return;
        };
        drop(pipe);
        if let Ok(None) = wait_until(&mut watchdog, Instant::now() + END) {
            tracing::warn!(path = %self.path.display(), "the directory is not removed yet");
        }
    }

    /// Starts a program under the watchdog.
    pub(super) fn spawn(&self, program: &Program<'_>) -> Result<Process, Error> {
        if self.watchdog.lock().is_none() {
            return Err(Error::configuration("the cluster is shut down: start a new one"));
        }
        let log = File::options()
            .create(true)
            .append(true)
            .open(program.output)
            .map_err(Error::io("cannot write", program.output))?;
        let errors = match program.errors {
            Some(path) => File::create(path).map_err(Error::io("cannot write", path))?,
            None => log.try_clone().map_err(Error::io("cannot write", program.output))?,
        };
        let input = match program.input {
            Some(path) => Stdio::from(File::open(path).map_err(Error::io("cannot read", path))?),
            None => Stdio::null(),
        };
        let child = Command::new("sh")
            .args(["-c", LAUNCH, "kafka-test"])
            .arg(&self.path)
            .args(program.words)
            .current_dir(program.directory)
            .stdin(input)
            .stdout(log)
            .stderr(errors)
            .process_group(0)
            .spawn()
            .map_err(Error::io("cannot start a process in", program.directory))?;
        let pid_file = self.path.join("pids").join(child.id().to_string());
        Ok(Process { child, pid_file })
    }
}

impl Drop for Home {
    fn drop(&mut self) {
        self.close();
    }
}

/// What to run, and where its output goes.
#[derive(Debug)]
pub(super) struct Program<'a> {
    /// The program and its arguments.
    pub(super) words: &'a [String],
    pub(super) directory: &'a Path,
    /// The file that is its standard input; empty without.
    pub(super) input: Option<&'a Path>,
    /// Output is added to this file.
    pub(super) output: &'a Path,
    /// Where standard error goes if not to `output`.
    pub(super) errors: Option<&'a Path>,
}

/// A running program: killed when dropped.
#[derive(Debug)]
pub(super) struct Process {
    child: Child,
    pid_file: PathBuf,
}

impl Process {
    pub(super) fn id(&self) -> u32 {
        self.child.id()
    }

    /// How it ended, if it has.
    pub(super) fn ended(&mut self) -> Result<Option<ExitStatus>, Error> {
        self.child.try_wait().map_err(Error::io("cannot see the state of", &self.pid_file))
    }

    /// How it ended, or `None` when it still runs at `deadline`.
    pub(super) fn wait_until(&mut self, deadline: Instant) -> Result<Option<ExitStatus>, Error> {
        wait_until(&mut self.child, deadline).map_err(Error::io("cannot see the state of", &self.pid_file))
    }

    /// Sends a signal by its name (`TERM`, `STOP`, `CONT`).
    pub(super) fn signal(&mut self, name: &str) -> Result<(), Error> {
        if self.ended()?.is_some() {
            return Ok(());
        }
        // The child is not reaped yet, so the id is still its own.
        let status = Command::new("sh")
            .args(["-c", r#"kill -s "$1" "$2""#, "kafka-test", name, &self.id().to_string()])
            .stdin(Stdio::null())
            .stderr(Stdio::null())
            .status()
            .map_err(Error::io("cannot signal the process of", &self.pid_file))?;
        if status.success() || self.ended()?.is_some() {
            return Ok(());
        }
        let id = self.id();
        Err(Error::new(ErrorKind::Io, format!("cannot send {name} to process {id}")))
    }

    /// Kills it and waits until it is gone.
    pub(super) fn kill(&mut self) -> Result<(), Error> {
        self.child.kill().map_err(Error::io("cannot kill the process of", &self.pid_file))?;
        match self.wait_until(Instant::now() + END)? {
            Some(_) => Ok(()),
            None => Err(Error::timeout(format!(
                "process {} is still there {} s after SIGKILL",
                self.id(),
                END.as_secs()
            ))),
        }
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        if let Err(error) = self.kill() {
            tracing::warn!(%error, "a process may be left");
        }
        // Only now: until the child is reaped, its id names nothing else.
        _ = fs::remove_file(&self.pid_file);
    }
}

/// Runs a program of the machine to its end, its output in `output`.
pub(super) fn run(command: &mut Command, output: &Path, bound: Duration) -> Result<ExitStatus, Error> {
    let name = command.get_program().to_string_lossy().into_owned();
    let out = File::create(output).map_err(Error::io("cannot write", output))?;
    let errors = out.try_clone().map_err(Error::io("cannot write", output))?;
    let mut child = command
        .stdin(Stdio::null())
        .stdout(out)
        .stderr(errors)
        .spawn()
        .map_err(Error::io("cannot run", Path::new(&name)))?;
    match wait_until(&mut child, Instant::now() + bound)
        .map_err(Error::io("cannot wait for", Path::new(&name)))?
    {
        Some(status) => Ok(status),
        None => {
            _ = child.kill();
            _ = child.wait();
            Err(Error::timeout(format!(
                "{name} did not end within {} s; its output: {}",
                bound.as_secs(),
                tail(output, 0)
            )))
        }
    }
}

pub(super) fn write(path: &Path, text: &str) -> Result<(), Error> {
    fs::write(path, text).map_err(Error::io("cannot write", path))
}

/// The last lines of a log from byte `from` on, or what keeps it from being read.
pub(super) fn tail(path: &Path, from: usize) -> String {
    const LINES: usize = 30;
    match fs::read(path) {
        Ok(bytes) => {
            let text = String::from_utf8_lossy(bytes.get(from..).unwrap_or_default());
            let lines: Vec<&str> = text.lines().collect();
            lines[lines.len().saturating_sub(LINES)..].join("\n")
        }
        Err(error) => format!("({}: {error})", path.display()),
    }
}

/// Waits a moment before a state is looked at again.
pub(super) fn pause() {
    thread::sleep(POLL);
}

fn wait_until(child: &mut Child, deadline: Instant) -> io::Result<Option<ExitStatus>> {
    loop {
        let status = child.try_wait()?;
        if status.is_some() || Instant::now() >= deadline {
            return Ok(status);
        }
        pause();
    }
}

fn fresh_directory() -> Result<PathBuf, Error> {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let parent = std::env::temp_dir();
    loop {
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let path = parent.join(format!("kafka-test-{}-{number}", std::process::id()));
        match fs::create_dir(&path) {
            Ok(()) => return Ok(path),
            // Kept by an earlier process that had our id.
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            Err(error) => return Err(Error::io("cannot create", &path)(error)),
        }
    }
}
