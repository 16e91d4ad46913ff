//! Time, processor time and memory of this process, from the outside.

use std::fs;
use std::io::{self, IsTerminal, Write};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use super::{Args, CLUSTER_THREAD, heap};

/// What a span of time cost this process.
#[derive(Debug)]
pub struct Meter {
    since: Instant,
    cpu: Option<Duration>,
    /// Blocks and bytes that were allocated before.
    taken: (u64, u64),
}

impl Meter {
    /// The span begins.
    pub fn start() -> Self {
        Self { cpu: cpu(), taken: heap::taken(), since: Instant::now() }
    }

    /// The span ends; `records` were handled in it.
    pub fn stop(&self, args: &Args, records: u64) -> Report {
        let seconds = self.since.elapsed().as_secs_f64();
        let taken = heap::taken();
        let spent = cpu().zip(self.cpu).map(|(now, before)| now.saturating_sub(before).as_secs_f64());
        let mut report = Report::default();
        report.text("peer", "kafka-client");
        report.text("mode", &args.mode);
        report.text("idiom", &args.idiom);
        report.text("runtime", if args.one_thread { "current" } else { "multi" });
        report.whole("records", records);
        report.whole("sent", records + args.warmup);
        report.add("seconds", Some(seconds), 4);
        report.add("rec_per_s", Some(records as f64 / seconds), 0);
        let each = records.max(1) as f64;
        report.add("client_cpu_us_per_rec", spent.map(|spent| spent * 1e6 / each), 4);
        report.add("cpu_ms_per_s", spent.map(|spent| spent * 1e3 / seconds), 3);
        report.add("max_rss_mb", status("VmHWM:").map(|kb| kb / 1024.0), 1);
        report.add("threads", status("Threads:"), 0);
        if args.count_allocs {
            let each_of = |now: u64, before: u64| Some((now - before) as f64 / each);
            report.add("allocs_per_rec", each_of(taken.0, self.taken.0), 4);
            report.add("alloc_bytes_per_rec", each_of(taken.1, self.taken.1), 1);
        }
        report
    }
}

/// Prints how long it took from `began`, or from `--t0-ns`, until now, and what it cost since the process began.
pub fn report_cold(args: &Args, began: u128) -> io::Result<()> {
    let took = wall_clock_ns().saturating_sub(args.t0_ns.unwrap_or(began));
    let spent = cpu();
    let mut report = Meter::start().stop(args, 1);
    report.add("cold_ms", Some(took as f64 / 1e6), 1);
    report.add("cold_cpu_ms", spent.map(|spent| spent.as_secs_f64() * 1e3), 1);
    report.print()
}

/// Nanoseconds since 1970.
pub fn wall_clock_ns() -> u128 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_nanos()
}

/// Processor time, user and system, of all threads that are the client's; `None` where the system does not tell.
/// Threads that have ended do not count.
fn cpu() -> Option<Duration> {
    let mut nanos = 0;
    for task in fs::read_dir("/proc/self/task").ok()? {
        let task = task.ok()?.path();
        if !is_the_clusters(&task) {
            // A thread may end while it is looked at.
            nanos +=
                fs::read_to_string(task.join("schedstat")).map_or(Some(0), |line| first_number(&line))?;
        }
    }
    Some(Duration::from_nanos(nanos))
}

fn is_the_clusters(task: &Path) -> bool {
    fs::read_to_string(task.join("comm")).is_ok_and(|name| name.trim_end() == CLUSTER_THREAD)
}

fn first_number(line: &str) -> Option<u64> {
    line.split_whitespace().next()?.parse().ok()
}

/// Memory that this process has now, in MB.
pub fn resident_mb() -> Option<f64> {
    status("VmRSS:").map(|kb| kb / 1024.0)
}

fn status(key: &str) -> Option<f64> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    status.lines().find_map(|line| line.strip_prefix(key))?.split_whitespace().next()?.parse().ok()
}

/// What was measured, by name: a line of JSON, or a table for people.
#[derive(Debug, Default)]
pub struct Report(Vec<(&'static str, String)>);

impl Report {
    /// Adds a number with so many decimals.
    pub fn add(&mut self, name: &'static str, value: Option<f64>, decimals: usize) {
        self.0.push((name, value.map_or("null".into(), |value| format!("{value:.decimals$}"))));
    }

    /// Adds a whole number.
    pub fn whole(&mut self, name: &'static str, value: u64) {
        self.0.push((name, value.to_string()));
    }

    fn text(&mut self, name: &'static str, value: &str) {
        self.0.push((name, format!("{value:?}")));
    }

    /// A table on a terminal, JSON anywhere else.
    pub fn print(&self) -> io::Result<()> {
        let mut out = io::stdout();
        if out.is_terminal() {
            for (name, value) in &self.0 {
                writeln!(out, "{name:>22}  {value}")?;
            }
            return Ok(());
        }
        let fields: Vec<_> = self.0.iter().map(|(name, value)| format!("\"{name}\":{value}")).collect();
        writeln!(out, "{{{}}}", fields.join(","))
    }
}

/// Adds the percentiles of latencies in microseconds.
pub fn percentiles(report: &mut Report, mut latencies: Vec<u64>) {
    latencies.sort_unstable();
    for (name, share) in [("p50_us", 0.5), ("p99_us", 0.99), ("p999_us", 0.999), ("max_us", 1.0)] {
        let at = ((latencies.len() as f64 * share).ceil() as usize).saturating_sub(1);
        if let Some(value) = latencies.get(at) {
            report.whole(name, *value);
        }
    }
}

/// A line on the terminal that says how far the work is, once a second, whoever does it. It ends with this.
#[derive(Debug)]
pub struct Progress {
    done: Arc<AtomicU64>,
    task: Option<tokio::task::JoinHandle<()>>,
}

impl Progress {
    /// `total` records are to be handled, or nobody knows how many. Nothing is shown unless standard error is a
    /// terminal.
    pub fn start(total: impl Into<Option<u64>>) -> Self {
        let done = Arc::new(AtomicU64::new(0));
        let (shown, total) = (done.clone(), total.into());
        let show = async move {
            let mut ticks = tokio::time::interval(Duration::from_secs(1));
            let mut before = 0;
            loop {
                ticks.tick().await;
                let now = shown.load(Relaxed);
                let _ = write!(io::stderr(), "\r{}   ", line(now, before, total));
                before = now;
            }
        };
        let task = io::stderr().is_terminal().then(|| tokio::spawn(show));
        Self { done, task }
    }

    /// So many more were handled, by this task.
    pub fn add(&self, records: u64) {
        self.done.fetch_add(records, Relaxed);
    }

    /// So many were handled so far, by the only task.
    pub fn at(&self, records: u64) {
        self.done.store(records, Relaxed);
    }
}

fn line(now: u64, before: u64, total: Option<u64>) -> String {
    let of = total.map_or_else(String::new, |total| format!(" of {total}"));
    format!("{now}{of} records, {} a second", now.saturating_sub(before))
}

impl Drop for Progress {
    fn drop(&mut self) {
        if let Some(task) = &self.task {
            task.abort();
            let _ = writeln!(io::stderr());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn tasks_side_by_side_add_up_to_one_line() {
        let progress = Progress::start(1_000);
        std::thread::scope(|threads| {
            for _ in 0..8 {
                threads.spawn(|| (0..10).for_each(|_| progress.add(10)));
            }
        });
        assert_eq!(line(progress.done.load(Relaxed), 300, Some(1_000)), "800 of 1000 records, 500 a second");
        assert_eq!(line(5, 2, None), "5 records, 3 a second");
    }
}
