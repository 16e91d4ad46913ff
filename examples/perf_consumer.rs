//! Measures consuming: records a second, processor time a record, latency from producer to consumer, time to the
//! first record, and what idle consumers cost.

#[path = "perf/counted.rs"]
mod counted;

use std::process::ExitCode;
use std::time::Duration;

use kafka_client::{Broker, KafkaProducer, Record, StartOffset};
use kafka_examples::perf::{
    self, Args, IDIOMS, Meter, Outcome, Pace, Payloads, Progress, Reading, Stamp, Target,
};
use tokio::time::timeout;

const ABOUT: &str = "\
perf_consumer consume|e2e|cold|idle [options]

  consume: reads the topic from its beginning; from the first record to the last of --records
  e2e:     writes --rate records a second and reads them, in one process; from enqueue until they are read
  cold:    from the start of the process to the first record that is read
  idle:    waits for records that do not come

Idioms: batch, whole batches by a consumer and a task for each partition; consume: the same, one message after the
other; try: consume, but what has arrived is taken without awaiting it; stream: as a Stream; mx: consume, of all
partitions merged. By one consumer of all partitions: assigned: whole batches; any: one message after the other;
any-stream: the same as a Stream; partitions: a Stream and a task for each of them. Default batch.
A topic that this program makes, as it does without --brokers, is filled first.";

/// Consumers settle down before idling is measured.
const SETTLE: Duration = Duration::from_secs(3);

/// How long records may take that are left.
const AT_LAST: Duration = Duration::from_secs(60);

fn main() -> ExitCode {
    let began = perf::wall_clock_ns();
    perf::main(ABOUT, &["consume", "e2e", "cold", "idle"], &IDIOMS, |args| async move {
        let target = match &args.brokers {
            // No look at the topic that others do not need.
            Some(brokers) if args.mode == "cold" => {
                Target { broker: perf::dial(brokers, args.tls.as_deref()).await?, is_new: false }
            }
            _ => Target::reach(&args).await?,
        };
        if target.is_new && matches!(args.mode.as_str(), "consume" | "cold") {
            fill(&args, &target.broker).await?;
        }
        match args.mode.as_str() {
            "e2e" => e2e(&args, &target.broker).await,
            "cold" => cold(&args, &target.broker, began).await,
            "idle" => idle(&args, &target.broker).await,
            _ => consume(&args, &target.broker).await,
        }
    })
}

async fn fill(args: &Args, broker: &Broker) -> Outcome {
    let producer = perf::producer(broker, args)?;
    let payloads = Payloads::new(args.size);
    let progress = Progress::start(args.records);
    let mut last = None;
    for nth in 0..args.records {
        last = Some(producer.enqueue(Record::to(&args.topic).value(payloads.get(nth))).await?);
        progress.at(nth);
    }
    if let Some(last) = last {
        last.await?;
    }
    producer.close(Duration::from_secs(120)).await?;
    Ok(())
}

/// All partitions, each from its beginning.
fn from_the_beginning(args: &Args) -> Vec<StartOffset> {
    vec![StartOffset::Oldest; args.partitions as usize]
}

async fn consume(args: &Args, broker: &Broker) -> Outcome {
    let progress = Progress::start(args.records);
    let mut reading = Reading::start(args, broker, &from_the_beginning(args), None).await?;
    let (mut records, mut bytes) = (0, 0);
    while records < args.records {
        let seen = reading.seen().await?;
        records += seen.records;
        bytes += seen.bytes;
        progress.at(records);
    }
    let mut report = reading.meter().stop(args, records);
    report.whole("bytes", bytes);
    report.print()?;
    Ok(())
}

/// The records of the first second are not counted.
async fn e2e(args: &Args, broker: &Broker) -> Outcome {
    if args.size < Stamp::SIZE {
        return Err(format!("--size is below {}: records carry when they were sent", Stamp::SIZE).into());
    }
    let producer = perf::producer(broker, args)?;
    let stamp = Stamp::new(perf::wall_clock_ns() as u64);
    let from = ends(args, broker).await?;
    let mut reading = Reading::start(args, broker, &from, Some(stamp)).await?;
    let count = args.rate * args.seconds;
    let writing = tokio::spawn(write(args.clone(), producer, stamp));
    let progress = Progress::start(count);
    let mut delays = Vec::with_capacity(count as usize);
    while (delays.len() as u64) < count {
        let wait = Duration::from_secs(args.seconds) + AT_LAST;
        let Ok(seen) = timeout(wait, reading.seen()).await else {
            return Err(format!(
                "{} of {count} records were not read within {wait:?}",
                count - delays.len() as u64
            )
            .into());
        };
        delays.extend(seen?.delays.iter().filter(|(nth, _)| *nth >= args.rate).map(|(_, delay)| *delay));
        progress.at(delays.len() as u64);
    }
    let mut report = writing.await??.stop(args, count);
    drop(progress);
    perf::percentiles(&mut report, delays);
    report.print()?;
    Ok(())
}

/// Where each partition ends now.
async fn ends(args: &Args, broker: &Broker) -> Outcome<Vec<StartOffset>> {
    let partitions = (0..args.partitions).map(|partition| (args.topic.as_str(), partition));
    // In the order of the partitions.
    let ends = broker.end_offsets(partitions).await?;
    Ok(ends.into_values().map(StartOffset::At).collect())
}

/// Writes stamped records; what it cost, without the first second.
async fn write(args: Args, producer: KafkaProducer, stamp: Stamp) -> Outcome<Meter> {
    let mut value = Payloads::new(args.size).get(0).to_vec();
    let mut pace = Pace::start(args.rate)?;
    let mut meter = Meter::start();
    for nth in 0..args.rate * (args.seconds + 1) {
        pace.tick().await;
        if nth == args.rate {
            meter = Meter::start();
        }
        stamp.put(nth, &mut value);
        // Whoever waits for the records notices one that is not written.
        drop(producer.enqueue(Record::to(&args.topic).value(&value)).await?);
    }
    match producer.flush(AT_LAST).await {
        0 => Ok(meter),
        left => Err(format!("{left} records were not delivered within {AT_LAST:?}").into()),
    }
}

async fn cold(args: &Args, broker: &Broker, began: u128) -> Outcome {
    let mut reading = Reading::start(args, broker, &from_the_beginning(args), None).await?;
    while reading.seen().await?.records == 0 {}
    perf::report_cold(args, began)?;
    Ok(())
}

async fn idle(args: &Args, broker: &Broker) -> Outcome {
    let _reading = Reading::start(args, broker, &from_the_beginning(args), None).await?;
    tokio::time::sleep(SETTLE).await;
    let meter = Meter::start();
    tokio::time::sleep(Duration::from_secs(args.seconds)).await;
    meter.stop(args, 0).print()?;
    Ok(())
}
