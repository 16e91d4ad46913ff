//! What a message that the application keeps holds in memory: the part of the answer that brought it, or nothing but
//! itself once it is detached. Counted on the one thread that all of it runs on.
#![expect(clippy::unwrap_used, reason = "a test says what it expects by failing")]

#[path = "../../kafka-proto/tests/support/allocator.rs"]
mod allocator;

use std::cell::Cell;
use std::time::Duration;

use allocator::{Watch, Watched};
use kafka_client::{AssignedConsumerConf, Broker, BrokerConf, ConsumerConf, Message};
use kafka_proto::compression::{Compression, Compressor};
use kafka_proto::records::{BatchBuilder, SealOptions};
use kafka_test::cluster::{Cluster, Network};

const TOPIC: &str = "fruits";
const VALUE: usize = 1_000;

thread_local! {
    static HELD: Cell<isize> = const { Cell::new(0) };
}

struct Counting;

impl Watch for Counting {
    fn took(bytes: usize) {
        // A thread that ends still allocates, without its count.
        let _gone = HELD.try_with(|held| held.set(held.get() + bytes as isize));
    }

    fn gave(bytes: usize) {
        let _gone = HELD.try_with(|held| held.set(held.get() - bytes as isize));
    }
}

#[global_allocator]
static ALLOCATOR: Watched<Counting> = Watched(Counting);

/// How many bytes fewer are held after `work`.
fn freed<T>(work: impl FnOnce() -> T) -> (T, usize) {
    let before = HELD.get();
    let result = work();
    (result, usize::try_from(before - HELD.get()).unwrap_or(0))
}

/// A cluster of one node, whose partition has these batches: so many messages of a thousand bytes each.
async fn cluster(batches: &[(i32, usize, Compression)]) -> (Cluster, Broker) {
    let cluster = Cluster::builder().nodes(1).topic(TOPIC, 2).network(Network::Memory).start().await.unwrap();
    for &(partition, count, compression) in batches {
        let mut builder = BatchBuilder::new(Vec::new());
        for n in 0..count {
            builder.append(1, None, Some(&[n as u8; VALUE]), &[("h", Some(b"1"))]).unwrap();
        }
        let mut batch = Vec::new();
        let mut compressor = Compressor::new(compression).unwrap();
        builder.seal_compressed(&SealOptions::new(), &mut compressor, &mut batch).unwrap();
        cluster.append_raw(TOPIC, partition, batch).unwrap();
    }
    let mut conf = BrokerConf::new("pinned");
    conf.environment = Some(cluster.environment());
    let broker = Broker::dial(cluster.bootstrap(), conf).await.unwrap();
    (cluster, broker)
}

/// The first message, of which nobody else holds anything: the consumer is gone.
async fn first(broker: &Broker) -> Message {
    let mut consumer = broker.consumer(ConsumerConf::new(TOPIC, 0)).await.unwrap();
    let message = consumer.consume().await.unwrap();
    drop(consumer);
    tokio::time::sleep(Duration::from_mins(1)).await;
    message
}

#[tokio::test(start_paused = true)]
async fn a_message_keeps_what_brought_it_and_a_detached_one_nothing_but_itself() {
    let (_cluster, broker) = cluster(&[(0, 1_000, Compression::None)]).await;
    let kept = first(&broker).await;
    let clone = kept.clone();
    let ((), one) = freed(|| drop(kept));
    assert!(one < VALUE, "{one} bytes: the clone holds them");
    let ((), all) = freed(|| drop(clone));
    assert!((VALUE * 1_000..VALUE * 1_200).contains(&all), "{all} bytes: the answer, once, and no other");

    let kept = first(&broker).await;
    let (detached, let_go) = freed(|| kept.detach());
    assert!(let_go > VALUE * 900, "{let_go} bytes were let go");
    assert_eq!(detached.value.as_deref().map(<[u8]>::len), Some(VALUE));
    let ((), itself) = freed(|| drop(detached));
    assert!((VALUE..VALUE + 500).contains(&itself), "{itself} bytes");
}

#[tokio::test(start_paused = true)]
async fn a_message_of_a_compressed_batch_keeps_that_batch_alone() {
    let (_cluster, broker) = cluster(&[(0, 200, Compression::Gzip), (0, 3_000, Compression::Gzip)]).await;
    let kept = first(&broker).await;
    let ((), all) = freed(|| drop(kept));
    assert!((VALUE * 200..VALUE * 500).contains(&all), "{all} bytes: its own batch has 200 messages");
    let kept = first(&broker).await;
    let (_detached, let_go) = freed(|| kept.detach());
    assert!(let_go > VALUE * 190, "{let_go} bytes were let go");
}

#[tokio::test(start_paused = true)]
async fn a_message_of_a_small_part_of_an_answer_keeps_that_part_alone() {
    let (_cluster, broker) = cluster(&[(0, 1_000, Compression::None), (1, 3, Compression::None)]).await;
    let mut consumer = broker.assigned_consumer(AssignedConsumerConf::new()).unwrap();
    for partition in 0..2 {
        consumer.add((TOPIC, partition)).unwrap();
    }
    let mut kept = None;
    for _ in 0..1_003 {
        let message = consumer.consume().await.unwrap();
        if message.partition == 1 {
            kept = Some(message);
        }
    }
    drop(consumer);
    tokio::time::sleep(Duration::from_mins(1)).await;
    let ((), all) = freed(|| drop(kept));
    assert!(
        (VALUE * 3..VALUE * 5).contains(&all),
        "{all} bytes of an answer with a thousand messages of others"
    );
}

#[tokio::test(start_paused = true)]
async fn a_batch_that_was_dropped_keeps_nothing() {
    let (_cluster, broker) = cluster(&[(0, 1_000, Compression::None)]).await;
    let mut consumer = broker.consumer(ConsumerConf::new(TOPIC, 0)).await.unwrap();
    let batch = consumer.consume_batch().await.unwrap();
    drop(consumer);
    tokio::time::sleep(Duration::from_mins(1)).await;
    let detached: Vec<_> = batch.messages().step_by(100).map(Message::detach).collect();
    let ((), all) = freed(|| drop(batch));
    assert!(all > VALUE * 900, "{all} bytes were let go, and ten messages stay");
    assert_eq!(detached.len(), 10);
}
