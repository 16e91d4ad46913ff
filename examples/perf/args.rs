//! The command line of the programs that measure.

use std::fmt::Display;
use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

use kafka_client::{Compression, RequiredAcks};

/// What is measured, and how. Each field is an option of the command line: see [`HELP`].
#[derive(Clone, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "each is an option of its own")]
pub struct Args {
    /// The first word: what is measured.
    pub mode: String,
    /// `None`: a cluster inside this process.
    pub brokers: Option<Vec<String>>,
    /// The topic.
    pub topic: String,
    /// How many partitions the topic has.
    pub partitions: i32,
    /// How many records are measured.
    pub records: u64,
    /// Bytes of a record's value.
    pub size: usize,
    /// How batches are compressed.
    pub compression: Compression,
    /// Whose acknowledgement is waited for.
    pub acks: RequiredAcks,
    /// `None`: the client's own rule.
    pub linger: Option<Duration>,
    /// Bytes of a full batch.
    pub batch_bytes: usize,
    /// Bytes that may wait for their acknowledgement.
    pub buffer_bytes: usize,
    /// Whether retries are kept from writing twice.
    pub idempotence: bool,
    /// Record `i` goes to partition `i % partitions`; otherwise the client chooses.
    pub explicit: bool,
    /// Records before the measuring begins.
    pub warmup: u64,
    /// Records a second where latency is measured.
    pub rate: u64,
    /// For how long latency and idling are measured.
    pub seconds: u64,
    /// After how many records a soak ends.
    pub soak_records: Option<u64>,
    /// After how many seconds a soak ends.
    pub soak_seconds: Option<u64>,
    /// Which of several ways to use the client.
    pub idiom: String,
    /// One thread for everything, rather than one for each core as `#[tokio::main]` has it.
    pub one_thread: bool,
    /// How many tasks produce side by side.
    pub tasks: u64,
    /// Whether allocations are counted, which costs a little.
    pub count_allocs: bool,
    /// TLS: the file with the certificates to trust.
    pub tls: Option<PathBuf>,
    /// When the process was started, in nanoseconds since 1970: for `cold`.
    pub t0_ns: Option<u128>,
}

/// The options, as `--help` shows them.
pub const HELP: &str = "\
  --brokers A,B       host:port of some nodes; without it, a cluster inside this process
  --topic T           default perf; made if there is none
  --partitions P      default 4
  --records N         default 1000000; soak: it ends after so many
  --size B            bytes of each record's value, default 100
  --compression C     none, gzip, snappy, lz4 or zstd; default none
  --acks A            all, one or none; default all
  --linger-ms L       auto, or milliseconds; default auto
  --batch-bytes B     default 16384
  --buffer-bytes B    default 16777216
  --idempotence B     true or false; default true with acks all
  --spread S          auto: the client chooses partitions; explicit: in turn. Default auto
  --warmup N          records before the measuring begins, default 2000
  --rate R            latency, e2e: records a second, default 1000
  --seconds S         latency, e2e, idle, soak: for how long, default 10; of a soak with --records, none
  --idiom I           another way of using the client, see above
  --runtime R         multi: a thread for each core, as #[tokio::main] has it; current: one. Default multi
  --tasks T           produce: tasks that share the producer, default 1
  --count-allocs      tell allocations a record, which takes no value and costs a little
  --group G           for the sake of one command line with other clients: nothing here has a group
  --tls CA            speak TLS, and trust the certificates in this file (PEM)
  --t0-ns T           cold: when the process was started, nanoseconds since 1970; default: when main began";

impl Args {
    /// Reads the command line of a program that knows these modes and idioms. The error says what is wrong with it.
    pub fn parse(
        words: impl IntoIterator<Item = String>,
        modes: &[&str],
        idioms: &[&str],
    ) -> Result<Self, String> {
        let mut words = words.into_iter();
        let mode = words.next().unwrap_or_default();
        let mut args = Self::with_defaults(one_of("the first word", &mode, modes)?);
        let mut idempotence = None;
        let mut seconds = None;
        while let Some(option) = words.next() {
            if option == "--count-allocs" {
                args.count_allocs = true;
                continue;
            }
            let value = words.next().ok_or_else(|| format!("{option} needs a value"))?;
            match option.as_str() {
                "--brokers" => args.brokers = Some(value.split(',').map(str::to_owned).collect()),
                "--topic" => args.topic = value,
                "--partitions" => args.partitions = number(&option, &value)?,
                "--records" => args.soak_records = Some(number(&option, &value)?),
                "--size" => args.size = number(&option, &value)?,
                "--compression" => args.compression = compression(&value)?,
                "--acks" => args.acks = acks(&value)?,
                "--linger-ms" if value == "auto" => args.linger = None,
                "--linger-ms" => args.linger = Some(Duration::from_millis(number(&option, &value)?)),
                "--batch-bytes" => args.batch_bytes = number(&option, &value)?,
                "--buffer-bytes" => args.buffer_bytes = number(&option, &value)?,
                "--idempotence" => idempotence = Some(number(&option, &value)?),
                "--spread" => args.explicit = one_of(&option, &value, &["auto", "explicit"])? == "explicit",
                "--warmup" => args.warmup = number(&option, &value)?,
                "--rate" => args.rate = number(&option, &value)?,
                "--seconds" => seconds = Some(number(&option, &value)?),
                "--idiom" => args.idiom = one_of(&option, &value, idioms)?,
                "--runtime" => args.one_thread = one_of(&option, &value, &["multi", "current"])? == "current",
                "--tasks" => args.tasks = number(&option, &value)?,
                // Partitions are assigned by hand.
                "--group" => {}
                "--tls" => args.tls = Some(value.into()),
                "--t0-ns" => args.t0_ns = Some(number(&option, &value)?),
                _ => return Err(format!("there is no option {option}")),
            }
        }
        args.records = args.soak_records.unwrap_or(args.records);
        args.seconds = seconds.unwrap_or(args.seconds);
        args.soak_seconds = seconds.or_else(|| args.soak_records.is_none().then_some(args.seconds));
        args.idempotence = idempotence.unwrap_or(args.acks == RequiredAcks::All);
        args.check()?;
        Ok(args)
    }

    fn with_defaults(mode: String) -> Self {
        Self {
            mode,
            brokers: None,
            topic: "perf".into(),
            partitions: 4,
            records: 1_000_000,
            size: 100,
            compression: Compression::None,
            acks: RequiredAcks::All,
            linger: None,
            batch_bytes: 16 << 10,
            buffer_bytes: 16 << 20,
            idempotence: true,
            explicit: false,
            warmup: 2_000,
            rate: 1_000,
            seconds: 10,
            soak_records: None,
            soak_seconds: None,
            count_allocs: false,
            idiom: String::new(),
            one_thread: false,
            tasks: 1,
            tls: None,
            t0_ns: None,
        }
    }

    fn check(&self) -> Result<(), String> {
        let most = super::payloads::MOST;
        let wrong = [
            (self.partitions < 1, "--partitions is below 1"),
            (self.records == 0, "--records is 0"),
            (self.rate == 0 || self.rate > 1_000_000, "--rate is not from 1 to 1000000"),
            (self.seconds == 0, "--seconds is 0"),
            (self.tasks == 0, "--tasks is 0"),
        ];
        if let Some((_, what)) = wrong.iter().find(|(wrong, _)| *wrong) {
            return Err((*what).into());
        }
        if self.size > most {
            return Err(format!("--size is above {most}"));
        }
        Ok(())
    }
}

fn number<T: FromStr<Err: Display>>(option: &str, value: &str) -> Result<T, String> {
    value.parse().map_err(|error| format!("{option} {value}: {error}"))
}

fn one_of(option: &str, value: &str, known: &[&str]) -> Result<String, String> {
    if known.contains(&value) {
        return Ok(value.to_owned());
    }
    Err(format!("{option} is {value:?}, not one of: {}", known.join(", ")))
}

fn compression(value: &str) -> Result<Compression, String> {
    Ok(match one_of("--compression", value, &["none", "gzip", "snappy", "lz4", "zstd"])?.as_str() {
        "gzip" => Compression::Gzip,
        "snappy" => Compression::Snappy,
        "lz4" => Compression::Lz4,
        "zstd" => Compression::Zstd,
        _ => Compression::None,
    })
}

fn acks(value: &str) -> Result<RequiredAcks, String> {
    Ok(match one_of("--acks", value, &["all", "-1", "one", "1", "none", "0"])?.as_str() {
        "one" | "1" => RequiredAcks::One,
        "none" | "0" => RequiredAcks::None,
        _ => RequiredAcks::All,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(line: &str) -> Result<Args, String> {
        Args::parse(line.split_whitespace().map(str::to_owned), &["produce", "cold"], &["forget"])
    }

    #[test]
    fn options_are_read_in_any_order() {
        let args = parse("produce --linger-ms 5 --acks one --brokers a:1,b:2 --spread explicit").unwrap();
        assert_eq!(args.brokers.as_deref(), Some(&["a:1".to_owned(), "b:2".to_owned()][..]));
        assert_eq!(args.linger, Some(Duration::from_millis(5)));
        assert!(args.explicit && !args.idempotence);
    }

    /// The options that programs with other clients know, so that one script measures all of them side by side.
    #[test]
    fn the_command_line_of_a_comparison_is_understood() {
        let args = parse(
            "produce --brokers a:1 --topic t --records 5 --size 7 --partitions 3 --compression lz4 --acks all \
             --linger-ms 5 --batch-bytes 16384 --buffer-bytes 67108864 --idempotence false --spread explicit \
             --warmup 9 --rate 11 --seconds 13 --idiom forget --group g --count-allocs --t0-ns 17",
        )
        .unwrap();
        assert_eq!((args.topic.as_str(), args.records, args.size, args.partitions), ("t", 5, 7, 3));
        assert_eq!((args.batch_bytes, args.buffer_bytes), (16_384, 64 << 20));
        assert_eq!((args.warmup, args.rate, args.seconds, args.t0_ns), (9, 11, 13, Some(17)));
        assert_eq!((args.compression, args.idiom.as_str()), (Compression::Lz4, "forget"));
        assert!(args.count_allocs && args.explicit && !args.idempotence);
        assert!(!parse("produce --group g").unwrap().count_allocs);
    }

    #[test]
    fn a_soak_ends_after_its_records_or_its_seconds() {
        let ends = |line| parse(line).map(|args| (args.soak_records, args.soak_seconds)).unwrap();
        assert_eq!(ends("produce"), (None, Some(10)));
        assert_eq!(ends("produce --seconds 4"), (None, Some(4)));
        assert_eq!(ends("produce --records 7"), (Some(7), None));
        assert_eq!(ends("produce --records 7 --seconds 4"), (Some(7), Some(4)));
    }

    #[test]
    fn what_is_wrong_is_said() {
        for (line, what) in [
            ("", "the first word is \"\", not one of: produce, cold"),
            ("produce --records", "--records needs a value"),
            ("produce --records many", "--records many: invalid digit found in string"),
            ("produce --speed 3", "there is no option --speed"),
            ("produce --idiom x", "--idiom is \"x\", not one of: forget"),
            ("produce --size 9999999", "--size is above 524288"),
        ] {
            assert_eq!(parse(line).unwrap_err(), what);
        }
    }
}
