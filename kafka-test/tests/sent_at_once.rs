//! What a producer writes in the caller's own turn, and what it leaves to its sender. The callers are threads beside the
//! runtime's only one, which waits for them: nobody else can have written meanwhile.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering::SeqCst};
use std::task::{Context, Poll, Waker};
use std::thread::{self, ThreadId};
use std::time::Duration;

use async_trait::async_trait;
use kafka_client::{
    Broker, BrokerConf, Compression, Delivery, Environment, KafkaProducer, Linger, Message, ProducerConf,
    ProducerInterceptor, Record, RequiredAcks, Transport,
};
use kafka_test::cluster::{Cluster, Network};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::Instant;

/// What the connections of a test have seen.
#[derive(Default)]
struct Seen {
    /// Which threads wrote, one entry for each write.
    writers: Mutex<Vec<ThreadId>>,
    /// The next write panics.
    panics: AtomicBool,
    /// The connection that reads next has ended.
    ends: AtomicBool,
}

/// The cluster's environment, looked at.
struct Watched {
    inner: Arc<dyn Environment>,
    seen: Arc<Seen>,
}

struct Connection {
    inner: Box<dyn Transport>,
    seen: Arc<Seen>,
    ended: bool,
}

#[async_trait]
impl Environment for Watched {
    async fn connect(&self, host: &str, port: u16) -> io::Result<Box<dyn Transport>> {
        let inner = self.inner.connect(host, port).await?;
        Ok(Box::new(Connection { inner, seen: self.seen.clone(), ended: false }))
    }

    fn wall_clock_ms(&self) -> i64 {
        self.inner.wall_clock_ms()
    }

    fn random_seed(&self) -> u64 {
        self.inner.random_seed()
    }
}

impl AsyncRead for Connection {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        self.ended |= self.seen.ends.swap(false, SeqCst);
        if self.ended {
            return Poll::Ready(Ok(()));
        }
        Pin::new(&mut *self.inner).poll_read(cx, buf)
    }
}

impl AsyncWrite for Connection {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        assert!(!self.seen.panics.swap(false, SeqCst), "as the test wants it");
        // A simulated network may need the runtime.
        drop(tokio::time::sleep(Duration::ZERO));
        self.seen.writers.lock().unwrap().push(thread::current().id());
        Pin::new(&mut *self.inner).poll_write(cx, buf)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut *self.inner).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut *self.inner).poll_shutdown(cx)
    }
}

struct Bench {
    cluster: Cluster,
    broker: Broker,
    seen: Arc<Seen>,
}

async fn bench() -> Bench {
    let cluster = Cluster::builder().topic("t", 1).network(Network::Memory).start().await.unwrap();
    let seen = Arc::new(Seen::default());
    let mut conf = BrokerConf::new("at-once");
    conf.environment = Some(Arc::new(Watched { inner: cluster.environment(), seen: seen.clone() }));
    let broker = Broker::dial(cluster.bootstrap(), conf).await.unwrap();
    Bench { cluster, broker, seen }
}

impl Bench {
    /// A producer whose connection is there and idle.
    async fn producer(&self, conf: ProducerConf) -> KafkaProducer {
        let producer = self.broker.producer(conf).unwrap();
        producer.send(Record::to("t").value("first")).await.unwrap();
        tokio::time::sleep(Duration::from_millis(1)).await;
        producer
    }

    fn count(&self) -> usize {
        self.seen.writers.lock().unwrap().len()
    }

    /// How many writes the call made before it returned, on a thread of its own.
    fn writes<R: Send>(&self, call: impl FnOnce() -> R + Send) -> (usize, R) {
        let before = self.count();
        let result = thread::scope(|scope| scope.spawn(call).join().unwrap());
        (self.count() - before, result)
    }
}

fn record() -> Record<'static> {
    Record::to("t").value("x")
}

/// Fifty records, one right behind the other.
fn burst(producer: &KafkaProducer) -> Vec<Delivery> {
    (0..50).map(|_| producer.try_enqueue(record()).unwrap()).collect()
}

async fn all_delivered(deliveries: Vec<Delivery>) {
    for delivery in deliveries {
        delivery.await.unwrap();
    }
}

#[tokio::test(start_paused = true)]
async fn a_record_for_an_idle_node_is_on_its_way_when_enqueue_returns() {
    let bench = bench().await;
    for compression in [Compression::None, Compression::Lz4] {
        let mut conf = ProducerConf::new();
        conf.compression = compression;
        let producer = bench.producer(conf).await;
        for _ in 0..10 {
            let (writes, delivery) = bench.writes(|| producer.try_enqueue(record()));
            assert_eq!(writes, 1);
            delivery.unwrap().await.unwrap();
        }
    }
    assert_eq!(bench.cluster.records("t", 0).len(), 22);
}

#[tokio::test(start_paused = true)]
async fn records_gather_while_a_request_is_in_flight() {
    let bench = bench().await;
    let producer = bench.producer(ProducerConf::new()).await;
    let (writes, deliveries) = bench.writes(|| burst(&producer));
    assert_eq!(writes, 1);
    all_delivered(deliveries).await;
    assert_eq!(bench.cluster.batches("t", 0).len(), 3, "the first of all, one alone, and the others");
}

#[tokio::test(start_paused = true)]
async fn those_behind_a_lone_record_wait_a_millisecond_not_for_its_answer() {
    let bench = bench().await;
    let producer = bench.producer(ProducerConf::new()).await;
    bench.cluster.slow_down(1, Duration::from_secs(1), None);
    let (_, deliveries) = bench.writes(|| burst(&producer));
    let before = bench.count();
    // Far less than the answer takes. The other thread does not see the paused clock.
    tokio::time::sleep(Duration::from_millis(500)).await;
    assert_eq!(bench.count() - before, 1);
    bench.cluster.heal();
    all_delivered(deliveries).await;
    assert_eq!(bench.cluster.batches("t", 0).len(), 3);
}

#[tokio::test(start_paused = true)]
async fn where_the_sender_shares_the_callers_thread_a_burst_is_one_batch() {
    let bench = bench().await;
    let producer = bench.producer(ProducerConf::new()).await;
    let before = bench.count();
    let deliveries = burst(&producer);
    assert_eq!(bench.count(), before, "the sender runs when it is let");
    all_delivered(deliveries).await;
    assert_eq!(bench.cluster.batches("t", 0).len(), 2);
}

#[tokio::test(start_paused = true)]
async fn a_burst_after_a_long_time_is_one_batch_for_the_next_would_have_to_wait_for_its_answer() {
    let bench = bench().await;
    let producer = bench.producer(ProducerConf::new()).await;
    tokio::time::sleep(Duration::from_secs(70)).await;
    let (writes, deliveries) = bench.writes(|| burst(&producer));
    assert_eq!(writes, 0);
    all_delivered(deliveries).await;
    assert_eq!(bench.cluster.batches("t", 0).len(), 2);
}

#[tokio::test(start_paused = true)]
async fn a_batch_of_ones_own_goes_at_once_too() {
    let bench = bench().await;
    let producer = bench.producer(ProducerConf::new()).await;
    // The caller's runtime, which has several threads as far as anybody can see; the client's is this one.
    let callers =
        tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_time().build().unwrap();
    let mut messages = [Message::value("x"), Message::value("y")];
    let mut producing = Box::pin(producer.produce("t", 0, &mut messages));
    let (writes, polled) = bench.writes(|| {
        let _on = callers.enter();
        producing.as_mut().poll(&mut Context::from_waker(Waker::noop()))
    });
    assert_eq!(writes, 1);
    assert!(polled.is_pending());
    assert_eq!(producing.await.unwrap(), Some(1));
    callers.shutdown_background();
}

#[tokio::test(start_paused = true)]
async fn a_connection_that_panics_in_the_callers_turn_leaves_the_rest_to_the_sender() {
    let bench = bench().await;
    let producer = bench.producer(ProducerConf::new()).await;
    bench.seen.panics.store(true, SeqCst);
    let (_, panicked) =
        bench.writes(|| catch_unwind(AssertUnwindSafe(|| producer.try_enqueue(record()))).is_err());
    assert!(panicked);
    assert_eq!(producer.flush(Duration::from_secs(10)).await, 0);
    assert_eq!(bench.cluster.records("t", 0).len(), 2);
}

#[derive(Debug)]
struct Watching;

impl ProducerInterceptor for Watching {}

#[tokio::test(start_paused = true)]
async fn what_is_to_gather_or_is_watched_is_left_to_the_sender() {
    type Change = fn(&mut ProducerConf);
    let changes: [Change; 3] = [
        |conf| conf.linger = Linger::Fixed(Duration::from_millis(5)),
        |conf| conf.required_acks = RequiredAcks::None,
        |conf| conf.interceptor = Some(Arc::new(Watching)),
    ];
    let bench = bench().await;
    for change in changes {
        let mut conf = ProducerConf::new();
        change(&mut conf);
        let producer = bench.producer(conf).await;
        let (writes, delivery) = bench.writes(|| producer.try_enqueue(record()));
        assert_eq!(writes, 0);
        delivery.unwrap().await.unwrap();
    }
}

#[tokio::test(start_paused = true)]
async fn a_connection_that_has_ended_is_replaced_by_the_sender_and_costs_no_attempt() {
    let bench = bench().await;
    let mut conf = ProducerConf::new();
    conf.retry_limit = Some(1);
    let producer = bench.producer(conf).await;
    for nth in 2..10 {
        bench.seen.ends.store(true, SeqCst);
        let (writes, delivery) = bench.writes(|| producer.try_enqueue(record()));
        assert_eq!(writes, 0, "its end is noticed");
        delivery.unwrap().await.unwrap();
        assert_eq!(bench.cluster.records("t", 0).len(), nth);
    }
}

#[tokio::test(start_paused = true)]
async fn an_answer_that_never_comes_is_given_up_in_time() {
    let bench = bench().await;
    let mut conf = ProducerConf::new();
    conf.request_timeout = Duration::from_secs(2);
    let producer = bench.producer(conf).await;
    bench.cluster.slow_down(1, Duration::from_hours(1), None);
    let began = Instant::now();
    let (writes, delivery) = bench.writes(|| producer.try_enqueue(record()));
    assert_eq!(writes, 1);
    let accepted = bench.cluster.accepted();
    while bench.cluster.accepted() == accepted {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    assert!(began.elapsed() < Duration::from_secs(9), "{:?}", began.elapsed());
    bench.cluster.heal();
    delivery.unwrap().await.unwrap();
}

/// A request takes no time that nobody asked for: the paused clock would go on with the shortest wait.
#[tokio::test(start_paused = true)]
async fn a_cluster_in_memory_answers_in_no_time() {
    let bench = bench().await;
    let producer = bench.producer(ProducerConf::new()).await;
    let began = Instant::now();
    for _ in 0..10 {
        producer.send(record()).await.unwrap();
    }
    assert_eq!(began.elapsed(), Duration::ZERO);
}
