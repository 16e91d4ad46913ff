//! What a producer writes in the caller's own turn, and what it leaves to its sender. Nothing here yields between a call
//! and the look at the connection, so that no other task can have written.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::task::{Context, Poll};
use std::time::Duration;

use async_trait::async_trait;
use kafka_client::{
    Broker, BrokerConf, Compression, Environment, KafkaProducer, Linger, Message, ProducerConf,
    ProducerInterceptor, Record, RequiredAcks, Transport,
};
use kafka_test::cluster::{Cluster, Network};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::Instant;

/// The cluster's environment, and how many writes its connections have seen.
struct Counting {
    inner: Arc<dyn Environment>,
    writes: Arc<AtomicUsize>,
}

struct Counted {
    inner: Box<dyn Transport>,
    writes: Arc<AtomicUsize>,
}

#[async_trait]
impl Environment for Counting {
    async fn connect(&self, host: &str, port: u16) -> io::Result<Box<dyn Transport>> {
        let inner = self.inner.connect(host, port).await?;
        Ok(Box::new(Counted { inner, writes: self.writes.clone() }))
    }

    fn wall_clock_ms(&self) -> i64 {
        self.inner.wall_clock_ms()
    }

    fn random_seed(&self) -> u64 {
        self.inner.random_seed()
    }
}

impl AsyncRead for Counted {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut *self.inner).poll_read(cx, buf)
    }
}

impl AsyncWrite for Counted {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        self.writes.fetch_add(1, SeqCst);
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
    writes: Arc<AtomicUsize>,
}

async fn bench() -> Bench {
    let cluster = Cluster::builder().topic("t", 1).network(Network::Memory).start().await.unwrap();
    let writes = Arc::new(AtomicUsize::new(0));
    let mut conf = BrokerConf::new("at-once");
    conf.environment = Some(Arc::new(Counting { inner: cluster.environment(), writes: writes.clone() }));
    let broker = Broker::dial(cluster.bootstrap(), conf).await.unwrap();
    Bench { cluster, broker, writes }
}

impl Bench {
    /// A producer whose connection is there and idle.
    async fn producer(&self, conf: ProducerConf) -> KafkaProducer {
        let producer = self.broker.producer(conf).unwrap();
        producer.send(Record::to("t").value("first")).await.unwrap();
        tokio::time::sleep(Duration::from_millis(1)).await;
        producer
    }

    /// How many writes the call made before it returned.
    fn writes<R>(&self, call: impl FnOnce() -> R) -> (usize, R) {
        let before = self.writes.load(SeqCst);
        let result = call();
        (self.writes.load(SeqCst) - before, result)
    }
}

fn record() -> Record<'static> {
    Record::to("t").value("x")
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
    let (writes, deliveries) =
        bench.writes(|| (0..50).map(|_| producer.try_enqueue(record()).unwrap()).collect::<Vec<_>>());
    assert_eq!(writes, 1);
    for delivery in deliveries {
        delivery.await.unwrap();
    }
    assert_eq!(bench.cluster.batches("t", 0).len(), 3, "the first of all, one alone, and the others");
}

#[tokio::test(start_paused = true)]
async fn a_batch_of_ones_own_goes_at_once_too() {
    let bench = bench().await;
    let producer = bench.producer(ProducerConf::new()).await;
    let mut messages = [Message::value("x"), Message::value("y")];
    let mut producing = Box::pin(producer.produce("t", 0, &mut messages));
    let (writes, polled) =
        bench.writes(|| producing.as_mut().poll(&mut Context::from_waker(std::task::Waker::noop())));
    assert!(polled.is_pending());
    assert_eq!(writes, 1);
    assert_eq!(producing.await.unwrap(), Some(1));
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
async fn a_connection_that_is_lost_meanwhile_is_replaced_by_the_sender() {
    let bench = bench().await;
    let producer = bench.producer(ProducerConf::new()).await;
    for nth in 2..10 {
        bench.cluster.disconnect(1);
        let (writes, delivery) = bench.writes(|| producer.try_enqueue(record()));
        assert_eq!(writes, 1, "nobody has noticed yet");
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
