//! The readers of the workload: each reads to the end, which is told when everything is written, and commits now and then.

use std::sync::Arc;
use std::time::Duration;

use kafka_client::{
    AssignedConsumerConf, Broker, ConsumerConf, Error, ErrorKind, GroupOffsets, Message,
    OffsetCoordinatorConf, Result,
};
use tokio::sync::oneshot;
use tokio::time;

use super::history::History;
use super::run::{BOUND, TOPIC};

const GROUP: &str = "chaos";

/// How long a node may wait for something to answer with.
const POLL: Duration = Duration::from_millis(500);

/// Reads one partition.
pub(super) async fn read_one(
    broker: Broker,
    partition: i32,
    end: oneshot::Receiver<i64>,
    history: Arc<History>,
) {
    if let Err(error) = try_read_one(&broker, partition, end, &history).await {
        history.complain(format_args!("the reader of partition {partition} failed: {error}"));
    }
}

async fn try_read_one(
    broker: &Broker,
    partition: i32,
    mut end: oneshot::Receiver<i64>,
    history: &History,
) -> Result<()> {
    let mut conf = ConsumerConf::new(TOPIC, partition);
    conf.request_timeout = POLL;
    let mut reading = Reading::new(broker, history, partition as u64).await?;
    let mut consumer = broker.consumer(conf).await?;
    let mut last = None;
    while last.is_none_or(|last| consumer.position() < last) {
        tokio::select! {
            biased;
            message = consumer.consume() => reading.took(message).await?,
            end = &mut end, if last.is_none() => last = Some(end.unwrap_or_default()),
        }
    }
    let committed = consumer.position();
    drop(consumer);
    reading.commit_at_last(&[(partition, committed)]).await
}

/// Reads all partitions with one consumer.
pub(super) async fn read_all(broker: Broker, ends: Vec<oneshot::Receiver<i64>>, history: Arc<History>) {
    if let Err(error) = try_read_all(&broker, ends, &history).await {
        history.complain(format_args!("the reader of all partitions failed: {error}"));
    }
}

async fn try_read_all(broker: &Broker, ends: Vec<oneshot::Receiver<i64>>, history: &History) -> Result<()> {
    let mut conf = AssignedConsumerConf::new();
    conf.request_timeout = POLL;
    let mut reading = Reading::new(broker, history, 0).await?;
    let mut consumer = broker.assigned_consumer(conf)?;
    let partitions = 0..ends.len() as i32;
    for partition in partitions.clone() {
        consumer.add((TOPIC, partition))?;
    }
    let mut ended = std::pin::pin!(async {
        let mut all = Vec::new();
        for end in ends {
            all.push(end.await.unwrap_or_default());
        }
        all
    });
    let assignment = consumer.assignment();
    let position = |partition| assignment.position((TOPIC, partition)).unwrap_or_default();
    let mut last: Option<Vec<i64>> = None;
    while last
        .as_ref()
        .is_none_or(|last| (0..).zip(last).any(|(partition, last)| position(partition) < *last))
    {
        tokio::select! {
            biased;
            message = consumer.consume() => reading.took(message).await?,
            all = &mut ended, if last.is_none() => last = Some(all),
        }
    }
    let committed: Vec<_> = partitions.map(|partition| (partition, position(partition))).collect();
    drop(consumer);
    reading.commit_at_last(&committed).await
}

/// What a reader does with what it gets.
struct Reading<'a> {
    offsets: GroupOffsets,
    history: &'a History,
    reader: u64,
    damaged: usize,
}

impl<'a> Reading<'a> {
    async fn new(broker: &Broker, history: &'a History, reader: u64) -> Result<Self> {
        let offsets = broker.offset_coordinator(OffsetCoordinatorConf::new(GROUP)).await?;
        Ok(Self { offsets, history, reader, damaged: 0 })
    }

    async fn took(&mut self, message: Result<Message, Error>) -> Result<()> {
        let message = match message {
            // What was damaged on its way is whole when it is fetched again.
            Err(error) if error.kind() == ErrorKind::CorruptBatch && self.damaged < 5 => {
                self.damaged += 1;
                return Ok(());
            }
            message => message?,
        };
        self.history.reads(self.reader, &message);
        if message.offset % 8 == 7 {
            self.offsets.commit(TOPIC, message.partition, message.offset + 1).await?;
        }
        Ok(())
    }

    async fn commit_at_last(&self, committed: &[(i32, i64)]) -> Result<()> {
        // A node may still be busy with a commit that was given up and repeated: what it stores then would stand.
        time::sleep(BOUND / 4).await;
        for &(partition, committed) in committed {
            self.offsets.commit(TOPIC, partition, committed).await?;
            let stored = self.offsets.offset(TOPIC, partition).await?.map(|stored| stored.offset);
            if stored != Some(committed) {
                self.history.complain(format_args!(
                    "the group committed {committed} of partition {partition}, and {stored:?} is stored"
                ));
            }
        }
        Ok(())
    }
}
