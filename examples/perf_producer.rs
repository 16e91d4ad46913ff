//! Measures producing: records a second, processor time a record, latency, and the time to the first record.

use std::collections::VecDeque;
use std::future::Future;
use std::pin::Pin;
use std::process::ExitCode;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, Waker};
use std::time::{Duration, Instant};

use kafka_client::{Delivery, KafkaProducer, Record};
use kafka_examples::perf::{self, Args, Meter, Outcome, Pace, Payloads, Progress, Target, percentiles};

const ABOUT: &str = "\
perf_producer produce|latency|cold|soak [options]

  produce: as many records as will go; from the first enqueue to the last acknowledgement
  latency: single records at a fixed rate; from enqueue to acknowledgement
  cold:    from the start of the process to the first acknowledgement
  soak:    at full speed for --seconds: whether memory grows

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
    send_all(args, &producer, &payloads, args.warmup).await?;
    let meter = Meter::start();
    if args.tasks == 1 {
        send_all(args, &producer, &payloads, args.records).await?;
    } else {
        send_side_by_side(args, &producer, payloads).await?;
    }
    meter.stop(args, args.records).print()?;
    Ok(())
}

/// Each task sends its share.
async fn send_side_by_side(args: &Args, producer: &KafkaProducer, payloads: Payloads) -> Outcome {
    let payloads = Arc::new(payloads);
    let mut tasks = Vec::new();
    for nth in 0..args.tasks {
        let share = args.records / args.tasks + u64::from(nth < args.records % args.tasks);
        let (args, producer, payloads) = (args.clone(), producer.clone(), payloads.clone());
        tasks.push(tokio::spawn(async move { send_all(&args, &producer, &payloads, share).await }));
    }
    for task in tasks {
        task.await??;
    }
    Ok(())
}

/// At full speed for a while; the memory after a tenth of the time, at the end, and at the most.
async fn soak(args: &Args) -> Outcome {
    let target = Target::reach(args).await?;
    let producer = perf::producer(&target.broker, args)?;
    let payloads = Payloads::new(args.size);
    let meter = Meter::start();
    let (began, all) = (Instant::now(), Duration::from_secs(args.seconds));
    let (mut sent, mut early) = (0, None);
    while began.elapsed() < all {
        let _forgotten = producer.enqueue(record(args, &payloads, sent)).await?;
        sent += 1;
        if early.is_none() && sent % LOOK == 0 && began.elapsed() > all / 10 {
            early = perf::resident_mb();
        }
    }
    let late = perf::resident_mb();
    if producer.flush(AT_LAST).await > 0 {
        return Err(format!("not everything was delivered within {AT_LAST:?}").into());
    }
    let mut report = meter.stop(args, sent);
    report.add("rss_mb_early", early, 1);
    report.add("rss_mb_late", late, 1);
    report.print()?;
    Ok(())
}

/// Sends `count` records and waits for all of them.
async fn send_all(args: &Args, producer: &KafkaProducer, payloads: &Payloads, count: u64) -> Outcome {
    let forget = args.idiom == "forget";
    let progress = Progress::start(count);
    let mut deliveries = VecDeque::new();
    for nth in 0..count {
        let delivery = producer.enqueue(record(args, payloads, nth)).await?;
        if !forget {
            deliveries.push_back(delivery);
        }
        if nth % LOOK == 0 {
            progress.at(nth);
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
