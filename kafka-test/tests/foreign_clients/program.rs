//! The program `kafka-cluster`, running.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Output, Stdio};

use kafka_client::{Broker, BrokerConf, Message, ProducerConf, TlsConf};

pub(crate) struct Program {
    child: Child,
    pub(crate) bootstrap: String,
}

impl Program {
    /// Starts it on free ports, and waits until it listens.
    pub(crate) fn start(options: &[&str]) -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_kafka-cluster"))
            .args(["--port", "0"])
            .args(options)
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut bootstrap = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut bootstrap).unwrap();
        Self { child, bootstrap: bootstrap.trim().to_owned() }
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Runs it to its end.
fn run(options: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_kafka-cluster")).args(options).output().unwrap()
}

#[test]
fn help_and_lists_are_shown() {
    for (options, shown) in [
        (&["--help"][..], "--topic NAME"),
        (&["--like-kafka", "list"], "4.3"),
        (&["--lie", "list"], "CompressionBombs"),
    ] {
        let output = run(options);
        assert!(output.status.success(), "{options:?}");
        let text = String::from_utf8(output.stdout).unwrap();
        assert!(text.contains(shown), "{options:?}: {text}");
    }
}

#[test]
fn what_is_wrong_on_the_command_line_is_said() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let taken = taken.local_addr().unwrap().port().to_string();
    for (options, said) in [
        (&["--frobnicate", "3"][..], "no option --frobnicate"),
        (&["--port"], "--port needs a value"),
        (&["--port", "70000"], "--port 70000"),
        (&["--nodes", "0"], "not 0"),
        (&["--nodes", "9", "--port", "65530"], "above 65,535"),
        (&["--topic", "a b", "--port", "0"], "a b"),
        (&["--topic", "a:x"], "x: this is not a number of partitions"),
        (&["--topic", "a:1:9", "--port", "0"], "INVALID_REPLICATION_FACTOR"),
        (&["--like-kafka", "0.7"], "0.7"),
        (&["--lie", "Politely"], "no such kind"),
        (&["--listen", "here"], "not an IP address"),
        (&["--tls", "/no/such/folder/ca.pem"], "--tls /no/such/folder/ca.pem"),
        (&["--listen", "203.0.113.7", "--port", "0"], "203.0.113.7"),
    ] {
        let output = run(options);
        assert!(!output.status.success(), "{options:?}");
        let text = String::from_utf8(output.stderr).unwrap();
        assert!(text.contains(said), "{options:?}: {text}");
    }
    drop(taken);
}

#[test]
fn a_node_listens_where_it_is_told_and_says_what_it_is_told_to_say() {
    let program = Program::start(&["--nodes", "2", "--advertise", "localhost"]);
    let places: Vec<_> = program.bootstrap.split(',').collect();
    assert_eq!(places.len(), 2);
    for place in places {
        assert!(place.starts_with("localhost:"), "{place}");
        let port = place.rsplit(':').next().unwrap();
        std::net::TcpStream::connect(format!("127.0.0.1:{port}")).unwrap();
    }
}

#[tokio::test]
async fn a_client_that_trusts_the_file_it_writes_speaks_tls_with_it() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("ca.pem");
    let options =
        ["--tls", file.to_str().unwrap(), "--nodes", "2", "--topic", "orders:2", "--advertise", "localhost"];
    let program = Program::start(&options);
    let mut conf = BrokerConf::new("test");
    conf.tls = Some(TlsConf::pem(&file));
    let broker = Broker::dial(program.bootstrap.split(','), conf).await.unwrap();
    let producer = broker.producer(ProducerConf::new()).unwrap();
    for partition in 0..2 {
        producer.produce("orders", partition, &mut [Message::value("tea")]).await.unwrap();
    }

    let mut plain = BrokerConf::new("test");
    plain.dial_retry_limit = Some(1);
    plain.dial_timeout = std::time::Duration::from_secs(2);
    assert!(Broker::dial(program.bootstrap.split(','), plain).await.is_err(), "plaintext");
}
