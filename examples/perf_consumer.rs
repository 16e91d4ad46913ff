//! Measures consuming: records a second, processor time a record, and what idle consumers cost.

use std::process::ExitCode;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use kafka_client::{Broker, ConsumerConf, Message, PartitionConsumer, Record, merge};
use kafka_examples::perf::{self, Args, Meter, Outcome, Payloads, Progress, Target};
use tokio::sync::mpsc;

const ABOUT: &str = "\
perf_consumer consume|idle [options]

  consume: reads the topic from its beginning, a task for each partition; from the first record to the last of --records
  idle:    waits for records that do not come

Idioms of consume: without one, whole batches are taken; single: one message after the other; try: single, but what has
arrived is taken without awaiting it; merge: single, of all partitions merged.
A topic that this program makes, as it does without --brokers, is filled first.";

/// Consumers settle down before idling is measured.
const SETTLE: Duration = Duration::from_secs(3);

/// How many records a task reads before it says so.
const TOLD: u64 = 1_000;

fn main() -> ExitCode {
    perf::main(ABOUT, &["consume", "idle"], &["single", "try", "merge"], |args| async move {
        let target = Target::reach(&args).await?;
        if args.mode == "idle" {
            return idle(&args, &target.broker).await;
        }
        if target.is_new {
            fill(&args, &target.broker).await?;
        }
        consume(&args, &target.broker).await
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

async fn consumers(args: &Args, broker: &Broker) -> Outcome<Vec<PartitionConsumer>> {
    let mut consumers = Vec::new();
    for partition in 0..args.partitions {
        consumers.push(broker.consumer(ConsumerConf::new(args.topic.as_str(), partition)).await?);
    }
    Ok(consumers)
}

/// What one task has read and not told yet.
struct Reader {
    /// Begins with the first record of all.
    meter: Arc<OnceLock<Meter>>,
    counts: mpsc::UnboundedSender<Outcome<Count>>,
    count: Count,
}

#[derive(Clone, Copy, Default)]
struct Count {
    records: u64,
    bytes: u64,
}

impl Reader {
    fn add(&mut self, value: Option<&[u8]>) {
        self.meter.get_or_init(Meter::start);
        self.count.records += 1;
        self.count.bytes += value.map_or(0, <[u8]>::len) as u64;
    }

    fn tell(&mut self) {
        // Nobody listens once all are read.
        let _ = self.counts.send(Ok(std::mem::take(&mut self.count)));
    }

    /// Tells now and then, and when there is nothing more to read.
    fn add_message(&mut self, message: &Message) {
        self.add(message.value.as_deref());
        if self.count.records >= TOLD || message.lag() == Some(0) {
            self.tell();
        }
    }

    async fn batches(&mut self, mut consumer: PartitionConsumer) -> Outcome {
        loop {
            for record in consumer.consume_batch().await?.iter() {
                self.add(record.value());
            }
            self.tell();
        }
    }

    async fn single(&mut self, mut consumer: PartitionConsumer) -> Outcome {
        loop {
            self.add_message(&consumer.consume().await?);
        }
    }

    async fn trying(&mut self, mut consumer: PartitionConsumer) -> Outcome {
        loop {
            self.add_message(&consumer.consume().await?);
            while let Some(message) = consumer.try_consume()? {
                self.add_message(&message);
            }
        }
    }

    async fn merged(&mut self, consumers: Vec<PartitionConsumer>) -> Outcome {
        let merged = merge(consumers);
        loop {
            self.add_message(&merged.consume().await?);
        }
    }
}

async fn consume(args: &Args, broker: &Broker) -> Outcome {
    let consumers = consumers(args, broker).await?;
    let (sender, mut counts) = mpsc::unbounded_channel();
    let meter = Arc::new(OnceLock::new());
    let progress = Progress::start(args.records);
    let shares = if args.idiom == "merge" {
        vec![consumers]
    } else {
        consumers.into_iter().map(|one| vec![one]).collect()
    };
    for mut share in shares {
        let idiom = args.idiom.clone();
        let mut reader = Reader { meter: meter.clone(), counts: sender.clone(), count: Count::default() };
        tokio::spawn(async move {
            let ended = match (idiom.as_str(), share.pop()) {
                ("merge", last) => reader.merged(share.into_iter().chain(last).collect()).await,
                ("single", Some(one)) => reader.single(one).await,
                ("try", Some(one)) => reader.trying(one).await,
                (_, Some(one)) => reader.batches(one).await,
                (_, None) => Ok(()),
            };
            if let Err(error) = ended {
                let _ = reader.counts.send(Err(error));
            }
        });
    }
    let mut all = Count::default();
    while all.records < args.records {
        let Some(count) = counts.recv().await else { break };
        let count = count?;
        all.records += count.records;
        all.bytes += count.bytes;
        progress.at(all.records);
    }
    let mut report = meter.get_or_init(Meter::start).stop(args, all.records);
    report.whole("bytes", all.bytes);
    report.print()?;
    Ok(())
}

async fn idle(args: &Args, broker: &Broker) -> Outcome {
    for mut consumer in consumers(args, broker).await? {
        tokio::spawn(async move { while consumer.consume().await.is_ok() {} });
    }
    tokio::time::sleep(SETTLE).await;
    let meter = Meter::start();
    tokio::time::sleep(Duration::from_secs(args.seconds)).await;
    meter.stop(args, 0).print()?;
    Ok(())
}
