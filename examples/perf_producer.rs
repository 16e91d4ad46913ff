//! Measures producing: records a second, processor time a record, latency, and the time to the first record.

#[path = "perf/counted.rs"]
mod counted;

use std::collections::VecDeque;
use std::future::Future;
use std::pin::Pin;
use std::process::ExitCode;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, Waker};
use std::time::{Duration, Instant};

use kafka_client::{Delivery, KafkaProducer, Record};
use kafka_examples::perf::heap::Peak;
use kafka_examples::perf::{self, Args, Meter, Outcome, Pace, Payloads, Progress, Target, percentiles};

const ABOUT: &str = "\
perf_producer produce|latency|cold|soak [options]

  produce: as many records as will go; from the first enqueue to the last acknowledgement
  latency: single records at a fixed rate; from enqueue to acknowledgement
  cold:    from the start of the process to the first acknowledgement
  soak:    at full speed for --seconds or --records: whether memory grows, and stays within its bound

Idioms of produce: without one, each record's delivery is looked at; forget: they are dropped, then flush.";

/// How often deliveries are looked at, in records.
const LOOK: u64 = 1_000;

/// How long all that is left may take.
const AT_LAST: Duration = Duration::from_secs(120);

fn main() -> ExitCode {
    let began = perf::wall_clock_ns();
    perf::main(ABOUT, &["produce", "latency", "cold", "soak"], &["forget"], |args| async move {
        match args.mode.as_str() {
            "latency" => latency(&args).await,
            "cold" => cold(&args, began).await,
            "soak" => soak(&args).await,
            _ => produce(&args).await,
        }
    })
}

async fn produce(args: &Args) -> Outcome {
    let target = Target::reach(args).await?;
    let producer = perf::producer(&target.broker, args)?;
    let payloads = Payloads::new(args.size);
    send_all(args, &producer, &payloads, args.warmup, &Progress::start(args.warmup)).await?;
    let progress = Progress::start(args.records);
    let meter = Meter::start();
    if args.tasks == 1 {
        send_all(args, &producer, &payloads, args.records, &progress).await?;
    } else {
        send_side_by_side(args, &producer, payloads, progress).await?;
    }
    meter.stop(args, args.records).print()?;
    Ok(())
}

/// Each task sends its share.
async fn send_side_by_side(
    args: &Args,
    producer: &KafkaProducer,
    payloads: Payloads,
    progress: Progress,
) -> Outcome {
    let (payloads, progress) = (Arc::new(payloads), Arc::new(progress));
    let mut tasks = Vec::new();
    for nth in 0..args.tasks {
        let share = args.records / args.tasks + u64::from(nth < args.records % args.tasks);
        let (args, producer) = (args.clone(), producer.clone());
        let (payloads, progress) = (payloads.clone(), progress.clone());
        tasks
            .push(tokio::spawn(async move { send_all(&args, &producer, &payloads, share, &progress).await }));
    }
    for task in tasks {
        task.await??;
    }
    Ok(())
}

/// At full speed for a while: the memory after a tenth of it, at the end, and at the most. An error if the producer
/// held more than its documentation says.
async fn soak(args: &Args) -> Outcome {
    let target = Target::reach(args).await?;
    let payloads = Payloads::new(args.size);
    let progress = Progress::start(args.soak_records);
    let peak = Peak::watch();
    let producer = perf::producer(&target.broker, args)?;
    let meter = Meter::start();
    let began = Instant::now();
    let done = |sent: u64| {
        let of_time = args.soak_seconds.map_or(0.0, |seconds| began.elapsed().as_secs_f64() / seconds as f64);
        of_time.max(args.soak_records.map_or(0.0, |records| sent as f64 / records as f64))
    };
    let (mut sent, mut early) = (0, None);
    while args.soak_records.is_none_or(|records| sent < records) {
        let _forgotten = producer.enqueue(record(args, &payloads, sent)).await?;
        sent += 1;
        if sent % LOOK == 0 {
            progress.at(sent);
            let done = done(sent);
            if early.is_none() && done > 0.1 {
                early = perf::resident_mb();
            }
            if done >= 1.0 {
                break;
            }
        }
    }
    let late = perf::resident_mb();
    if producer.flush(AT_LAST).await > 0 {
        return Err(format!("not everything was delivered within {AT_LAST:?}").into());
    }
    drop(progress);
    let (peak, bound) = (peak.bytes(), memory_bound(args));
    let megabytes = |bytes: usize| Some(bytes as f64 / f64::from(1 << 20));
    let mut report = meter.stop(args, sent);
    report.add("rss_mb_early", early, 1);
    report.add("rss_mb_late", late, 1);
    report.add("heap_mb_peak", megabytes(peak), 1);
    report.add("heap_mb_bound", megabytes(bound), 1);
    report.print()?;
    if peak > bound {
        return Err(format!("the producer held {peak} bytes, above the {bound} that it may").into());
    }
    Ok(())
}

/// What a producer may hold, as `ProducerConf::buffer_memory` tells it.
fn memory_bound(args: &Args) -> usize {
    args.buffer_bytes + args.buffer_bytes / 8 + (1 << 20) + args.partitions as usize * (2 << 10)
}

/// Sends `count` records and waits for all of them.
async fn send_all(
    args: &Args,
    producer: &KafkaProducer,
    payloads: &Payloads,
    count: u64,
    progress: &Progress,
) -> Outcome {
    let forget = args.idiom == "forget";
    let mut deliveries = VecDeque::new();
    for nth in 0..count {
        let delivery = producer.enqueue(record(args, payloads, nth)).await?;
        if !forget {
            deliveries.push_back(delivery);
        }
        if (nth + 1) % LOOK == 0 {
            progress.add(LOOK);
            drop_delivered(&mut deliveries)?;
        }
    }
    for delivery in deliveries {
        delivery.await?;
    }
    match producer.flush(AT_LAST).await {
        0 => Ok(()),
        left => Err(format!("{left} records were not delivered within {AT_LAST:?}").into()),
    }
}

/// Takes the deliveries that are there from the front, without waiting.
fn drop_delivered(deliveries: &mut VecDeque<Delivery>) -> Outcome {
    let mut context = Context::from_waker(Waker::noop());
    while let Some(first) = deliveries.front_mut() {
        match Pin::new(first).poll(&mut context) {
            Poll::Ready(receipt) => drop(receipt?),
            Poll::Pending => break,
        }
        deliveries.pop_front();
    }
    Ok(())
}

fn record<'a>(args: &'a Args, payloads: &'a Payloads, nth: u64) -> Record<'a> {
    let mut record = Record::to(&args.topic).value(payloads.get(nth));
    record.partition = args.explicit.then(|| (nth % args.partitions as u64) as i32);
    record
}

async fn latency(args: &Args) -> Outcome {
    let target = Target::reach(args).await?;
    let producer = perf::producer(&target.broker, args)?;
    let payloads = Payloads::new(args.size);
    for nth in 0..args.warmup {
        producer.send(record(args, &payloads, nth)).await?;
    }
    let count = args.rate * args.seconds;
    let latencies = Arc::new(Mutex::new(Vec::with_capacity(count as usize)));
    let mut tasks = Vec::new();
    let progress = Progress::start(count);
    let meter = Meter::start();
    let mut pace = Pace::start(args.rate)?;
    for nth in 0..count {
        pace.tick().await;
        let since = Instant::now();
        let delivery = producer.enqueue(record(args, &payloads, nth)).await?;
        let latencies = latencies.clone();
        tasks.push(tokio::spawn(async move {
            let receipt = delivery.await;
            let micros = since.elapsed().as_micros() as u64;
            latencies.lock().unwrap_or_else(PoisonError::into_inner).push(micros);
            receipt
        }));
        progress.at(nth);
    }
    for task in tasks {
        task.await??;
    }
    let mut report = meter.stop(args, count);
    drop(progress);
    percentiles(&mut report, std::mem::take(&mut *latencies.lock().unwrap_or_else(PoisonError::into_inner)));
    report.print()?;
    Ok(())
}

async fn cold(args: &Args, began: u128) -> Outcome {
    let broker = match &args.brokers {
        Some(brokers) => perf::dial(brokers, args.tls.as_deref()).await?,
        None => Target::reach(args).await?.broker,
    };
    let producer = perf::producer(&broker, args)?;
    producer.send(Record::to(&args.topic).value("cold")).await?;
    perf::report_cold(args, began)?;
    Ok(())
}
