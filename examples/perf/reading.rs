//! The ways of reading, side by side: whatever is read is told to one who counts.

use std::sync::{Arc, OnceLock};

use futures_util::future::try_join_all;
use futures_util::{Stream, StreamExt};
use kafka_client::{
    AssignedConsumer, AssignedConsumerConf, Broker, ConsumerConf, Message, PartitionConsumer, StartOffset,
    merge,
};
use tokio::sync::mpsc;

use super::{Args, Meter, Outcome, Stamp};

/// The ways, as `--idiom` names them; the first is taken without one.
pub const IDIOMS: [&str; 9] =
    ["batch", "consume", "try", "stream", "assigned", "any", "any-stream", "partitions", "mx"];

/// How many records a task reads before it says so, at full speed.
const TOLD: u64 = 1_000;

/// What was read since it was last told.
#[derive(Debug, Default)]
pub struct Seen {
    /// How many records.
    pub records: u64,
    /// Of their values.
    pub bytes: u64,
    /// Of stamped records: which, and how long after they were sent, in microseconds.
    pub delays: Vec<(u64, u64)>,
}

/// Tasks that read all partitions of the topic, until this is dropped.
#[derive(Debug)]
pub struct Reading {
    told: mpsc::UnboundedReceiver<Outcome<Seen>>,
    meter: Arc<OnceLock<Meter>>,
    tasks: tokio::task::JoinSet<()>,
    /// Whose partitions the tasks read.
    parent: Option<AssignedConsumer>,
}

impl Reading {
    /// Begins to read each partition where it says.
    pub async fn start(
        args: &Args,
        broker: &Broker,
        from: &[StartOffset],
        stamp: Option<Stamp>,
    ) -> Outcome<Self> {
        let (tell, told) = mpsc::unbounded_channel();
        let mut reading =
            Self { told, meter: Arc::default(), tasks: tokio::task::JoinSet::new(), parent: None };
        let at_once = stamp.is_some() || args.mode == "cold";
        let reader = Reader {
            meter: reading.meter.clone(),
            tell,
            seen: Seen::default(),
            often: if at_once { 1 } else { TOLD },
            stamp,
        };
        if ["assigned", "any", "any-stream", "partitions"].contains(&args.idiom.as_str()) {
            reading.spawn_of_one(&args.idiom, assigned(args, broker, from)?, reader);
            return Ok(reading);
        }
        let consumers = consumers(args, broker, from).await?;
        if args.idiom == "mx" {
            reading.spawn(reader, |mut reader| async move { reader.merged(consumers).await });
            return Ok(reading);
        }
        for consumer in consumers {
            let idiom = args.idiom.clone();
            reading.spawn(reader.another(), |mut reader| async move {
                match idiom.as_str() {
                    "consume" => reader.single(consumer).await,
                    "try" => reader.trying(consumer).await,
                    "stream" => reader.stream(consumer.into_stream()).await,
                    _ => reader.batches(consumer).await,
                }
            });
        }
        Ok(reading)
    }

    /// All partitions by one consumer.
    fn spawn_of_one(&mut self, idiom: &str, mut consumer: AssignedConsumer, reader: Reader) {
        match idiom {
            "any" => self.spawn(reader, |mut reader| async move { reader.any(consumer).await }),
            "any-stream" => {
                self.spawn(reader, |mut reader| async move { reader.stream(consumer.into_stream()).await });
            }
            "partitions" => {
                for partition in consumer.streams() {
                    let reader = reader.another();
                    self.spawn(reader, |mut reader| async move { reader.stream(partition).await });
                }
                self.parent = Some(consumer);
            }
            _ => self.spawn(reader, |mut reader| async move { reader.assigned(consumer).await }),
        }
    }

    fn spawn<F: Future<Output = Outcome> + Send>(
        &mut self,
        reader: Reader,
        read: impl FnOnce(Reader) -> F + Send + 'static,
    ) {
        let tell = reader.tell.clone();
        self.tasks.spawn(async move {
            if let Err(error) = read(reader).await {
                // Nobody listens once all are read.
                let _ = tell.send(Err(error));
            }
        });
    }

    /// What was read since. Waits for it.
    pub async fn seen(&mut self) -> Outcome<Seen> {
        self.told.recv().await.unwrap_or_else(|| Err("all readers have ended".into()))
    }

    /// What it cost since the first record.
    pub fn meter(&self) -> &Meter {
        self.meter.get_or_init(Meter::start)
    }
}

/// A consumer for each partition.
async fn consumers(args: &Args, broker: &Broker, from: &[StartOffset]) -> Outcome<Vec<PartitionConsumer>> {
    let all = (0..args.partitions).zip(from).map(|(partition, &from)| {
        let mut conf = ConsumerConf::new(args.topic.as_str(), partition);
        conf.start_offset = from;
        broker.consumer(conf)
    });
    Ok(try_join_all(all).await?)
}

/// One consumer of all partitions.
fn assigned(args: &Args, broker: &Broker, from: &[StartOffset]) -> Outcome<AssignedConsumer> {
    let consumer = broker.assigned_consumer(AssignedConsumerConf::new())?;
    for (partition, &from) in (0..args.partitions).zip(from) {
        consumer.add_at((args.topic.as_str(), partition), from)?;
    }
    Ok(consumer)
}

/// What one task reads.
struct Reader {
    /// Begins with the first record of all.
    meter: Arc<OnceLock<Meter>>,
    tell: mpsc::UnboundedSender<Outcome<Seen>>,
    seen: Seen,
    /// After so many records.
    often: u64,
    stamp: Option<Stamp>,
}

impl Reader {
    fn another(&self) -> Self {
        let (meter, tell, seen) = (self.meter.clone(), self.tell.clone(), Seen::default());
        Self { meter, tell, seen, ..*self }
    }

    fn add(&mut self, value: Option<&[u8]>) {
        self.meter.get_or_init(Meter::start);
        self.seen.records += 1;
        self.seen.bytes += value.map_or(0, <[u8]>::len) as u64;
        if let Some(stamp) = &self.stamp
            && let Some((nth, delay)) = value.and_then(|value| stamp.read(value))
        {
            self.seen.delays.push((nth, delay.as_micros() as u64));
        }
    }

    fn tell(&mut self) {
        // Nobody listens once all are read.
        let _ = self.tell.send(Ok(std::mem::take(&mut self.seen)));
    }

    /// Tells now and then, and when there is nothing more to read.
    fn add_message(&mut self, message: &Message) {
        self.add(message.value.as_deref());
        if self.seen.records >= self.often || message.lag() == Some(0) {
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

    async fn assigned(&mut self, mut consumer: AssignedConsumer) -> Outcome {
        loop {
            for record in consumer.consume_batch().await?.iter() {
                self.add(record.value());
            }
            self.tell();
        }
    }

    async fn any(&mut self, mut consumer: AssignedConsumer) -> Outcome {
        loop {
            self.add_message(&consumer.consume().await?);
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

    async fn stream(
        &mut self,
        mut stream: impl Stream<Item = kafka_client::Result<Message>> + Unpin,
    ) -> Outcome {
        while let Some(message) = stream.next().await {
            self.add_message(&message?);
        }
        Ok(())
    }

    async fn merged(&mut self, consumers: Vec<PartitionConsumer>) -> Outcome {
        let merged = merge(consumers);
        loop {
            self.add_message(&merged.consume().await?);
        }
    }
}
