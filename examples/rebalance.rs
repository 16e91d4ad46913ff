//! Partitions move between two workers while both of them read: who decides that changes what other tasks read, and
//! commits how far they have got.
//!
//!     cargo run --example rebalance
#![expect(clippy::print_stdout, reason = "an example shows what it does")]

use std::collections::BTreeMap;
use std::time::Duration;

use futures_util::StreamExt;
use kafka_client::{
    AssignedConsumer, AssignedConsumerConf, Assignment, Broker, OffsetCoordinator, OffsetCoordinatorConf,
    ProducerConf, Record, StartOffset, TopicPartition,
};
use kafka_examples::{Outcome, Playground};
use tokio::sync::mpsc;

const TOPIC: &str = "example-rebalance";
const PARTITIONS: i32 = 4;
const MESSAGES: usize = 2_000;

/// What a worker has handled: its name, the partition and the offset.
type Handled = (&'static str, i32, i64);

#[tokio::main]
async fn main() -> Outcome {
    let playground = Playground::open().await?;
    let broker = playground.with_topic(TOPIC, PARTITIONS).await?;
    let offsets = broker.offset_coordinator(OffsetCoordinatorConf::new("example-rebalance")).await?;
    let (tell, handled) = mpsc::unbounded_channel();
    let ada = worker(&broker, "Ada", tell.clone())?;
    let ben = worker(&broker, "Ben", tell)?;

    // Ada has all of them, from here on.
    let partitions = (0..PARTITIONS).map(|partition| (TOPIC, partition));
    for (place, end) in broker.end_offsets(partitions).await? {
        ada.add_at(place, StartOffset::At(end))?;
    }
    let writing = tokio::spawn(write(broker.clone()));
    tokio::time::sleep(Duration::from_millis(100)).await;

    // Ben takes half of them over, each where Ada has got to.
    for partition in PARTITIONS / 2..PARTITIONS {
        hand_over(&ada, &ben, partition, &offsets).await?;
    }
    // One rests for a while, and what was fetched of it is kept; the others flow.
    ada.pause((TOPIC, 0))?;
    tokio::time::sleep(Duration::from_millis(100)).await;
    println!("{:?} rest at {:?}", names(&ada.paused()), ada.position((TOPIC, 0)));
    ada.resume((TOPIC, 0))?;

    writing.await??;
    count(handled, [ada, ben]).await;
    broker.close().await;
    Ok(())
}

/// A task that reads whatever it is assigned, and the handle to assign it by.
fn worker(
    broker: &Broker,
    name: &'static str,
    handled: mpsc::UnboundedSender<Handled>,
) -> kafka_client::Result<Assignment> {
    let consumer = broker.assigned_consumer(AssignedConsumerConf::new())?;
    let assignment = consumer.assignment();
    tokio::spawn(work(consumer, name, handled));
    Ok(assignment)
}

/// It ends when the broker handle is closed.
async fn work(consumer: AssignedConsumer, name: &'static str, handled: mpsc::UnboundedSender<Handled>) {
    let mut messages = consumer.into_stream();
    while let Some(message) = messages.next().await {
        match message {
            // Nobody listens once all were handled.
            Ok(message) => drop(handled.send((name, message.partition, message.offset))),
            Err(error) => println!("{name}: {error}"),
        }
    }
}

/// A message that is taken in the same moment may come twice, and none is left out.
async fn hand_over(
    from: &Assignment,
    to: &Assignment,
    partition: i32,
    offsets: &impl OffsetCoordinator,
) -> Outcome {
    let Some(next) = from.remove((TOPIC, partition)) else {
        return Err("its position is not known yet".into());
    };
    offsets.commit(TOPIC, partition, next).await?;
    to.add_at((TOPIC, partition), StartOffset::At(next))?;
    println!("partition {partition} moves at {next}");
    Ok(())
}

async fn write(broker: Broker) -> kafka_client::Result<()> {
    let producer = broker.producer(ProducerConf::new())?;
    for n in 0..MESSAGES {
        let record = Record::to(TOPIC).partition(n as i32 % PARTITIONS);
        drop(producer.enqueue(record.value(&n.to_string())).await?);
        if n % 100 == 0 {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }
    producer.close(Duration::from_secs(10)).await
}

/// Waits until every message was handled.
async fn count(mut handled: mpsc::UnboundedReceiver<Handled>, workers: [Assignment; 2]) {
    let mut messages: BTreeMap<(i32, i64), usize> = BTreeMap::new();
    let mut by_worker: BTreeMap<&str, usize> = BTreeMap::new();
    while messages.len() < MESSAGES
        && let Some((name, partition, offset)) = handled.recv().await
    {
        *messages.entry((partition, offset)).or_default() += 1;
        *by_worker.entry(name).or_default() += 1;
    }
    let twice = messages.values().filter(|times| **times > 1).count();
    println!("{} of {MESSAGES} messages were handled, {twice} of them twice: {by_worker:?}", messages.len());
    for worker in workers {
        println!("ends with {:?}", names(&worker.partitions()));
    }
}

fn names(partitions: &[TopicPartition]) -> Vec<String> {
    partitions.iter().map(ToString::to_string).collect()
}
