//! What the programs that measure have in common: `perf_producer`, `perf_consumer` and `perf_sink`.

mod args;
pub mod heap;
mod measure;
mod pace;
mod payloads;
mod reading;
mod stamp;

use std::error::Error;
use std::future::Future;
use std::io::Write;
use std::path::Path;
use std::process::ExitCode;
use std::time::Duration;

use kafka_client::{Broker, BrokerConf, NewTopic, ProducerConf};
use kafka_client::{Idempotence, KafkaProducer, Linger, TlsConf};
use kafka_test::cluster::Cluster;

pub use args::{Args, HELP};
pub use measure::{Meter, Progress, Report, percentiles, report_cold, resident_mb, wall_clock_ns};
pub use pace::Pace;
pub use payloads::Payloads;
pub use reading::{IDIOMS, Reading, Seen};
pub use stamp::Stamp;

/// Whatever goes wrong in a program.
pub type Outcome<T = ()> = Result<T, Box<dyn Error + Send + Sync>>;

/// The thread that the cluster inside this process runs on: its work is not the client's.
const CLUSTER_THREAD: &str = "kafka-cluster";

/// Runs a program: reads the command line, and tells on standard error what is wrong.
pub fn main<F: Future<Output = Outcome> + Send + 'static>(
    about: &str,
    modes: &[&str],
    idioms: &[&str],
    run: impl FnOnce(Args) -> F,
) -> ExitCode {
    let words: Vec<_> = std::env::args().skip(1).collect();
    if words.iter().any(|word| word == "--help" || word == "-h") {
        let _ = writeln!(std::io::stdout(), "{about}\n\n{HELP}");
        return ExitCode::SUCCESS;
    }
    let outcome = match Args::parse(words, modes, idioms) {
        Ok(args) => {
            if args.count_allocs || args.mode == "soak" {
                heap::count();
            }
            on_a_runtime(args.one_thread, run(args))
        }
        Err(wrong) => Err(format!("{wrong}; --help shows all options").into()),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let _ = writeln!(std::io::stderr(), "error: {error}");
            ExitCode::FAILURE
        }
    }
}

/// In a task, as most of an application's code is: what a runtime blocks on is woken by a system call each time.
fn on_a_runtime(one_thread: bool, work: impl Future<Output = Outcome> + Send + 'static) -> Outcome {
    let mut builder = if one_thread {
        tokio::runtime::Builder::new_current_thread()
    } else {
        tokio::runtime::Builder::new_multi_thread()
    };
    // The processor time of threads that have ended is not seen any more.
    builder
        .enable_all()
        .thread_keep_alive(Duration::from_hours(1))
        .build()?
        .block_on(async { tokio::spawn(work).await? })
}

/// What is measured against: the brokers of the command line, or a cluster inside this process.
#[derive(Debug)]
pub struct Target {
    /// Dialled.
    pub broker: Broker,
    /// Whether the topic is new and empty.
    pub is_new: bool,
}

impl Target {
    /// Dials, and makes the topic if it is not there.
    pub async fn reach(args: &Args) -> Outcome<Self> {
        let Some(brokers) = &args.brokers else {
            let _ = writeln!(
                std::io::stderr(),
                "no --brokers: a cluster inside this process is measured against"
            );
            let address = cluster_inside(args.topic.clone(), args.partitions)?;
            return Ok(Self { broker: dial(&[address], None).await?, is_new: true });
        };
        let broker = dial(brokers, args.tls.as_deref()).await?;
        let known = broker.metadata().await?.topics.iter().any(|topic| *topic.name == *args.topic);
        if !known {
            let topic = NewTopic::new(args.topic.as_str(), args.partitions);
            for made in broker.create_topics(&[topic], Duration::from_secs(30), false).await? {
                made?;
            }
        }
        Ok(Self { broker, is_new: !known })
    }
}

/// Dials without looking at topics.
pub async fn dial(brokers: &[String], tls: Option<&Path>) -> Outcome<Broker> {
    let mut conf = BrokerConf::new("perf");
    conf.tls = tls.map(TlsConf::pem);
    Ok(Broker::dial(brokers.iter().cloned(), conf).await?)
}

/// A producer as the command line describes it.
pub fn producer(broker: &Broker, args: &Args) -> Outcome<KafkaProducer> {
    let mut conf = ProducerConf::new();
    conf.required_acks = args.acks;
    conf.compression = args.compression;
    conf.linger = args.linger.map_or(Linger::Auto, Linger::Fixed);
    conf.batch_size = args.batch_bytes;
    conf.max_request_size = conf.max_request_size.max(args.batch_bytes);
    conf.buffer_memory = args.buffer_bytes;
    conf.idempotence = if args.idempotence { Idempotence::On } else { Idempotence::Off };
    Ok(broker.producer(conf)?)
}

/// Starts a cluster on a thread of its own; returns its address. It lives as long as the process.
fn cluster_inside(topic: String, partitions: i32) -> Outcome<String> {
    let (tell, told) = std::sync::mpsc::channel();
    let serve = move || {
        heap::leave_out();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        let started = runtime.and_then(|runtime| {
            let cluster = runtime.block_on(Cluster::builder().topic(topic, partitions).start())?;
            Ok((runtime, cluster))
        });
        match started {
            Ok((runtime, cluster)) => {
                let _ = tell.send(Ok(cluster.bootstrap().join(",")));
                runtime.block_on(std::future::pending::<()>());
            }
            Err(error) => {
                let _ = tell.send(Err(error));
            }
        }
    };
    std::thread::Builder::new().name(CLUSTER_THREAD.into()).spawn(serve)?;
    Ok(told.recv()??)
}
