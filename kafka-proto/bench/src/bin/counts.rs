//! Prints what hardly depends on how busy the machine is: the allocations of each case, the time of its fastest run
//! and, with `--instructions`, the instructions that it takes, under valgrind.

#[path = "../../../tests/support/allocator.rs"]
mod allocator;

use std::process::{Command, ExitCode};
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::time::{Duration, Instant};
use std::{env, io};

use allocator::{Watch, Watched};
use kafka_proto_bench::{Prepared, cases};

static ALLOCATIONS: AtomicUsize = AtomicUsize::new(0);
static ALLOCATED_BYTES: AtomicUsize = AtomicUsize::new(0);

struct Counting;

impl Watch for Counting {
    fn took(bytes: usize) {
        ALLOCATIONS.fetch_add(1, Relaxed);
        ALLOCATED_BYTES.fetch_add(bytes, Relaxed);
    }
}

#[global_allocator]
static ALLOCATOR: Watched<Counting> = Watched(Counting);

/// The argument that stands before the number of the case which valgrind is to watch.
const ONE_CASE: &str = "--case";

fn main() -> ExitCode {
    let arguments: Vec<String> = env::args().skip(1).collect();
    if let [flag, case] = &arguments[..]
        && flag == ONE_CASE
    {
        let cases = cases();
        let case = case.parse().ok().and_then(|case: usize| cases.get(case));
        counted(&mut case.expect("a case of that number").prepare());
        return ExitCode::SUCCESS;
    }
    let instructions = arguments.iter().any(|argument| argument == "--instructions");
    let filter = arguments.iter().find(|argument| !argument.starts_with("--"));
    match print_table(filter.map_or("", String::as_str), instructions) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn print_table(filter: &str, instructions: bool) -> io::Result<()> {
    println!(
        "| operation | library | for one | ns, fastest run | allocations | bytes allocated | instructions |"
    );
    println!("|---|---|---|---|---|---|---|");
    for (index, case) in cases().iter().enumerate().filter(|(_, case)| case.name.contains(filter)) {
        let mut prepared = case.prepare();
        let before = (ALLOCATIONS.load(Relaxed), ALLOCATED_BYTES.load(Relaxed));
        counted(&mut prepared);
        let allocations = ALLOCATIONS.load(Relaxed) - before.0;
        let bytes = ALLOCATED_BYTES.load(Relaxed) - before.1;

        let units = prepared.units as f64;
        let for_one = |count: usize| count as f64 / units;
        let instructions = if instructions {
            format!("{:.1}", for_one(count_instructions(index)?))
        } else {
            "–".to_owned()
        };
        println!(
            "| {} | {} | {} | {:.1} | {:.4} | {:.1} | {instructions} |",
            case.name,
            case.library,
            case.unit,
            fastest(&mut prepared).as_nanos() as f64 / units,
            for_one(allocations),
            for_one(bytes),
        );
    }
    Ok(())
}

/// What is counted. A function of its own, for valgrind to find it by its name.
#[inline(never)]
fn counted(prepared: &mut Prepared) {
    prepared.run();
}

/// The time of the run that was disturbed least.
fn fastest(prepared: &mut Prepared) -> Duration {
    const TRY_FOR: Duration = Duration::from_millis(200);
    let (begin, mut fastest) = (Instant::now(), Duration::MAX);
    while begin.elapsed() < TRY_FOR {
        let start = Instant::now();
        prepared.run();
        fastest = fastest.min(start.elapsed());
    }
    fastest
}

/// Runs one case in a process of its own, under valgrind.
fn count_instructions(case: usize) -> io::Result<usize> {
    let output = Command::new("valgrind")
        .args(["--tool=callgrind", "--callgrind-out-file=/dev/null", "--toggle-collect=counts::counted*"])
        .arg(env::current_exe()?)
        .args([ONE_CASE, &case.to_string()])
        .output()
        .map_err(|error| io::Error::new(error.kind(), format!("valgrind does not run: {error}")))?;
    let report = String::from_utf8_lossy(&output.stderr);
    // "==1234== Collected : 5678"
    let collected = report.lines().find_map(|line| line.split_once("Collected :")?.1.trim().parse().ok());
    collected.ok_or_else(|| io::Error::other(format!("valgrind counted nothing:\n{report}")))
}
