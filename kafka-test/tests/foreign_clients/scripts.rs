//! Clients in Python and in Go, by programs of ours that stand beside this file.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::LazyLock;

use crate::program::Program;

/// What has to be on the machine, or why it is not.
type Ready = Result<PathBuf, String>;

const REQUIRE: &str = "KAFKA_TESTS_REQUIRE_FOREIGN";

/// A Python with the clients of `python/requirements.txt`, made once in the user's cache.
static PYTHON: LazyLock<Ready> = LazyLock::new(|| {
    let wanted = here("python/requirements.txt");
    let name = fs::read_to_string(&wanted).unwrap().replace("==", "-").trim().replace('\n', "_");
    let home = cache()?.join(name);
    let python = home.join("bin/python");
    let _lock = lock(&home)?;
    if !home.join("ok").exists() {
        run(Command::new("python3").args(["-m", "venv", "--clear"]).arg(&home))?;
        run(Command::new(&python).args(["-m", "pip", "install", "--quiet", "--requirement"]).arg(&wanted))?;
        File::create(home.join("ok")).map_err(|error| error.to_string())?;
    }
    Ok(python)
});

/// The program of `go/`, built once in the user's cache.
static GO: LazyLock<Ready> = LazyLock::new(|| {
    let program = cache()?.join("go-clients");
    let _lock = lock(&program)?;
    run(Command::new("go").args(["build", "-o"]).arg(&program).arg(".").current_dir(here("go")))?;
    Ok(program)
});

fn here(file: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/foreign_clients").join(file)
}

fn cache() -> Result<PathBuf, String> {
    let home = std::env::var_os("HOME").ok_or("HOME is not set")?;
    let cache = PathBuf::from(home).join(".cache/kafka-foreign-clients");
    fs::create_dir_all(&cache).map_err(|error| format!("{}: {error}", cache.display()))?;
    Ok(cache)
}

/// One process at a time makes what others use.
fn lock(what: &Path) -> Result<File, String> {
    let file = File::create(what.with_extension("lock")).map_err(|error| error.to_string())?;
    file.lock().map_err(|error| error.to_string())?;
    Ok(file)
}

fn run(command: &mut Command) -> Result<(), String> {
    let output = command.output().map_err(|error| format!("{}: {error}", command.get_program().display()))?;
    if output.status.success() {
        return Ok(());
    }
    Err(format!("{command:?}: {}", String::from_utf8_lossy(&output.stderr)))
}

/// Has a client of a script go through its paces at a cluster of three nodes.
fn at_work(ready: &Ready, script: Option<&str>, client: &str, options: &[&str]) {
    let program = match ready {
        Ok(program) => program,
        Err(why) => {
            assert!(std::env::var_os(REQUIRE).is_none(), "{REQUIRE} is set, and {client} cannot run: {why}");
            return skipped(client, why);
        }
    };
    let cluster = Program::start(&[&["--nodes", "3", "--topic", "fruits:3"], options].concat());
    let output = Command::new(program)
        .args(script.map(here))
        .args([&cluster.bootstrap, client, "fruits"])
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && said.contains("done"), "{client}: {said}\n{errors}");
}

#[expect(clippy::print_stderr, reason = "the harness shows it to whoever runs the test")]
fn skipped(client: &str, why: &str) {
    eprintln!("skipped, no {client}: {}", why.lines().next().unwrap_or_default());
}

fn python(client: &str, options: &[&str]) {
    at_work(&PYTHON, Some("python/clients.py"), client, options);
}

fn go(client: &str, options: &[&str]) {
    at_work(&GO, None, client, options);
}

#[test]
fn librdkafka() {
    python("librdkafka", &[]);
}

#[test]
fn librdkafka_at_a_cluster_like_kafka_3_9() {
    python("librdkafka", &["--like-kafka", "3.9"]);
}

#[test]
fn kafka_python() {
    python("kafka-python", &[]);
}

#[test]
fn aiokafka() {
    python("aiokafka", &[]);
}

#[test]
fn franz_go() {
    go("franz-go", &[]);
}

#[test]
fn franz_go_at_a_cluster_like_kafka_2_4() {
    go("franz-go", &["--like-kafka", "2.4"]);
}

#[test]
fn sarama() {
    go("sarama", &[]);
}

#[test]
fn kafka_go() {
    go("kafka-go", &[]);
}
