//! Every field of a producer's configuration has the effect that its documentation promises, and a value that cannot
//! work is an error that names it. In memory, under a paused clock: time passes only where something waits for it.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicI32, AtomicUsize, Ordering::SeqCst};
use std::task::{Context, Poll};
use std::time::Duration;

use async_trait::async_trait;
use bytes::BytesMut;
use futures_util::future::join_all;
use kafka_client::{
    Broker, BrokerConf, Compression, Environment, ErrorCode, ErrorKind, Idempotence, KafkaProducer, Linger,
    Message, Partitioner, ProducerConf, Record, RequiredAcks, Result, TopicPartitions, Transport,
};
use kafka_proto::messages::{ApiKey, ProduceRequest};
use kafka_proto::records::Batches;
use kafka_test::cluster::{Action, Cluster, ControlId, Network};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::Instant;

async fn cluster() -> Cluster {
    Cluster::builder().nodes(3).topic("t", 3).network(Network::Memory).start().await.unwrap()
}

async fn broker(cluster: &Cluster) -> Broker {
    let mut conf = BrokerConf::new("conf-test");
    conf.environment = Some(cluster.environment());
    Broker::dial(cluster.bootstrap(), conf).await.unwrap()
}

async fn producer(cluster: &Cluster, conf: ProducerConf) -> KafkaProducer {
    broker(cluster).await.producer(conf).unwrap()
}

fn with(change: impl FnOnce(&mut ProducerConf)) -> ProducerConf {
    let mut conf = ProducerConf::new();
    change(&mut conf);
    conf
}

fn stall(cluster: &Cluster) -> ControlId {
    cluster.control(|request| (request.api() == ApiKey::Produce).then(Action::stall))
}

async fn send(producer: &KafkaProducer) -> Result<()> {
    producer.send(Record::to("t").partition(0).value("x")).await.map(drop)
}

#[test]
fn the_defaults_are_those_of_the_documentation() {
    for conf in [ProducerConf::new(), ProducerConf::default()] {
        conf.validate().unwrap();
        assert_eq!((conf.required_acks, conf.compression), (RequiredAcks::All, Compression::None));
        assert_eq!(conf.request_timeout, Duration::from_secs(30));
        assert_eq!((conf.retry_limit, conf.retry_wait), (None, Duration::from_millis(100)));
        assert_eq!(conf.delivery_timeout, Duration::from_secs(120));
        assert_eq!(conf.max_block, Duration::from_secs(60));
        assert_eq!((conf.idempotence, conf.max_in_flight), (Idempotence::Auto, 5));
        assert_eq!((conf.batch_size, conf.linger), (16 << 10, Linger::Auto));
        assert_eq!((conf.buffer_memory, conf.max_request_size), (16 << 20, 1 << 20));
        assert!(conf.partitioner.is_none() && conf.interceptor.is_none());
    }
}

#[tokio::test(start_paused = true)]
async fn required_acks_go_with_every_request_and_wait_for_whom_they_say() {
    for (acks, wire) in [(RequiredAcks::None, 0), (RequiredAcks::One, 1), (RequiredAcks::All, -1)] {
        let mut conf = Cluster::builder().nodes(3).topic("t", 3).network(Network::Memory);
        conf.min_insync_replicas = 2;
        let cluster = conf.start().await.unwrap();
        let seen = Arc::new(AtomicI32::new(99));
        let said = seen.clone();
        cluster.control(move |request| {
            said.store(
                request.decode::<ProduceRequest>().map_or(said.load(SeqCst), |produce| produce.acks.into()),
                SeqCst,
            );
            None
        });
        let producer = producer(&cluster, with(|conf| conf.required_acks = acks)).await;
        send(&producer).await.unwrap();
        assert_eq!(seen.load(SeqCst), wire);

        // With one node left there are not enough replicas for all, and enough for the leader.
        let leader = cluster.leader("t", 0).unwrap();
        (1..=3).filter(|node| *node != leader).for_each(|node| cluster.kill(node));
        let sent = tokio::time::timeout(Duration::from_secs(5), send(&producer)).await;
        assert_eq!(sent.is_ok(), acks != RequiredAcks::All, "{acks:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn compression_is_that_of_the_stored_batches() {
    for compression in Compression::ALL {
        let cluster = cluster().await;
        let producer = producer(&cluster, with(|conf| conf.compression = compression)).await;
        producer.produce("t", 0, &mut [Message::value("apple"), Message::value("pear")]).await.unwrap();
        let batch = Batches::new(cluster.batches("t", 0)[0].clone()).next().unwrap().unwrap();
        assert_eq!(batch.compression().unwrap(), compression);
        assert_eq!(cluster.records("t", 0)[1].value.as_deref(), Some(&b"pear"[..]));
    }
}

#[tokio::test(start_paused = true)]
async fn the_broker_is_told_the_request_timeout_and_a_silent_one_is_left_after_it() {
    let cluster = cluster().await;
    let (told, asked) = (Arc::new(AtomicI32::new(0)), AtomicUsize::new(0));
    let seen = told.clone();
    cluster.control(move |request| {
        seen.store(request.decode::<ProduceRequest>()?.timeout_ms, SeqCst);
        (asked.fetch_add(1, SeqCst) == 0).then(Action::stall)
    });
    let producer = producer(&cluster, with(|conf| conf.request_timeout = Duration::from_secs(7))).await;
    let began = Instant::now();
    send(&producer).await.unwrap();
    assert_eq!(told.load(SeqCst), 7_000);
    assert_eq!(began.elapsed().as_secs(), 12, "the answer may take 5 s longer");
    assert_eq!(cluster.records("t", 0).len(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_batch_is_sent_as_often_as_the_retry_limit_says() {
    for limit in [1, 4] {
        let cluster = cluster().await;
        let producer = producer(&cluster, with(|conf| conf.retry_limit = Some(limit))).await;
        let rule = cluster.fail(ApiKey::Produce, ErrorCode::NOT_ENOUGH_REPLICAS, usize::MAX);
        let error = send(&producer).await.unwrap_err();
        assert_eq!(error.code(), Some(ErrorCode::NOT_ENOUGH_REPLICAS), "{error}");
        assert_eq!(cluster.requests(ApiKey::Produce), u64::from(limit));
        cluster.release(rule);
        send(&producer).await.unwrap();
    }
}

#[tokio::test(start_paused = true)]
async fn retries_wait_as_long_as_it_says_doubling_up_to_a_second_or_itself() {
    for (wait, range) in [(20, 100..240), (100, 560..1_100), (5_000, 12_000..18_100)] {
        let cluster = cluster().await;
        let producer = producer(&cluster, with(|conf| conf.retry_wait = Duration::from_millis(wait))).await;
        send(&producer).await.unwrap();
        cluster.fail(ApiKey::Produce, ErrorCode::NOT_ENOUGH_REPLICAS, 3);
        let began = Instant::now();
        send(&producer).await.unwrap();
        let took = began.elapsed().as_millis();
        assert!(range.contains(&took), "retry_wait {wait} ms: {took} ms");
    }
}

#[tokio::test(start_paused = true)]
async fn a_record_fails_when_its_delivery_timeout_is_over() {
    for seconds in [31, 75] {
        let cluster = cluster().await;
        stall(&cluster);
        let timeout = Duration::from_secs(seconds);
        let producer = producer(&cluster, with(|conf| conf.delivery_timeout = timeout)).await;
        let began = Instant::now();
        let error = send(&producer).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::TimedOut);
        assert!(error.to_string().contains("delivery_timeout"), "{error}");
        assert_eq!(began.elapsed().as_secs(), seconds);
    }
}

#[tokio::test(start_paused = true)]
async fn enqueue_waits_for_room_and_for_metadata_up_to_max_block() {
    let cluster = cluster().await;
    let conf = with(|conf| {
        (conf.batch_size, conf.max_request_size, conf.buffer_memory) = (1 << 10, 4 << 10, 4 << 10);
        conf.max_block = Duration::from_secs(9);
    });
    let broker = broker(&cluster).await;
    let producer = broker.producer(conf).unwrap();
    stall(&cluster);
    let value = "x".repeat(900);
    let record = Record::to("t").partition(0).value(&value);
    let mut taken = vec![producer.enqueue(record).await.unwrap()];
    while let Ok(delivery) = producer.try_enqueue(record) {
        taken.push(delivery);
    }
    let began = Instant::now();
    let error = producer.enqueue(record).await.unwrap_err();
    assert_eq!((error.kind(), began.elapsed().as_secs()), (ErrorKind::QueueFull, 9));
    assert!(error.to_string().contains("max_block (9s)"), "{error}");

    cluster.control(|request| (request.api() == ApiKey::Metadata).then(Action::stall));
    let began = Instant::now();
    let other = broker.producer(with(|conf| conf.max_block = Duration::from_secs(3))).unwrap();
    let error = other.enqueue(Record::to("never seen").value("x")).await.unwrap_err();
    assert_eq!(began.elapsed().as_secs(), 3, "{error}");
    assert!(error.to_string().contains("where the partitions are"), "{error}");
}

#[tokio::test(start_paused = true)]
async fn idempotence_follows_the_acks_unless_it_is_told_otherwise() {
    for (idempotence, acks, is_idempotent) in [
        (Idempotence::Auto, RequiredAcks::All, true),
        (Idempotence::Auto, RequiredAcks::One, false),
        (Idempotence::On, RequiredAcks::All, true),
        (Idempotence::Off, RequiredAcks::All, false),
    ] {
        let cluster = cluster().await;
        let conf = with(|conf| (conf.idempotence, conf.required_acks) = (idempotence, acks));
        send(&producer(&cluster, conf).await).await.unwrap();
        let stored = &cluster.records("t", 0)[0];
        assert_eq!((stored.producer_id >= 0, stored.sequence >= 0), (is_idempotent, is_idempotent));
        assert_eq!(cluster.requests(ApiKey::InitProducerId) > 0, is_idempotent);
    }
}

/// The cluster's network, which counts the Produce requests that are written to it.
struct Counting {
    inner: Arc<dyn Environment>,
    written: Arc<AtomicUsize>,
}

#[async_trait]
impl Environment for Counting {
    async fn connect(&self, host: &str, port: u16) -> io::Result<Box<dyn Transport>> {
        let stream = self.inner.connect(host, port).await?;
        Ok(Box::new(CountingStream { stream, written: self.written.clone(), frames: BytesMut::new() }))
    }

    fn wall_clock_ms(&self) -> i64 {
        self.inner.wall_clock_ms()
    }

    fn random_seed(&self) -> u64 {
        self.inner.random_seed()
    }
}

struct CountingStream {
    stream: Box<dyn Transport>,
    written: Arc<AtomicUsize>,
    /// What was written of frames that are not complete.
    frames: BytesMut,
}

impl AsyncRead for CountingStream {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut *self.stream).poll_read(cx, buf)
    }
}

impl AsyncWrite for CountingStream {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        let polled = Pin::new(&mut *self.stream).poll_write(cx, buf);
        if let Poll::Ready(Ok(written)) = polled {
            self.frames.extend_from_slice(&buf[..written]);
            while let Some((length, rest)) = self.frames.split_first_chunk::<4>() {
                let length = u32::from_be_bytes(*length) as usize;
                if rest.len() < length {
                    break;
                }
                if rest[..2] == [0, 0] {
                    self.written.fetch_add(1, SeqCst);
                }
                let _frame = self.frames.split_to(4 + length);
            }
        }
        polled
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut *self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut *self.stream).poll_shutdown(cx)
    }
}

#[tokio::test(start_paused = true)]
async fn as_many_requests_are_in_flight_as_it_says() {
    for (most, idempotence) in
        [(1, Idempotence::Auto), (3, Idempotence::Auto), (5, Idempotence::On), (8, Idempotence::Off)]
    {
        let cluster = cluster().await;
        let written = Arc::new(AtomicUsize::new(0));
        let mut conf = BrokerConf::new("conf-test");
        conf.environment =
            Some(Arc::new(Counting { inner: cluster.environment(), written: written.clone() }));
        let broker = Broker::dial(cluster.bootstrap(), conf).await.unwrap();
        let conf = with(|conf| (conf.max_in_flight, conf.idempotence) = (most, idempotence));
        let producer = broker.producer(conf).unwrap();
        send(&producer).await.unwrap();
        stall(&cluster);
        let before = written.load(SeqCst);
        let writing = (0..12).map(|_| {
            let producer = producer.clone();
            tokio::spawn(async move { producer.produce("t", 0, &mut [Message::value("x")]).await })
        });
        let writing: Vec<_> = writing.collect();
        tokio::time::sleep(Duration::from_secs(5)).await;
        assert_eq!(written.load(SeqCst) - before, most, "{idempotence:?}");
        producer.abort();
        assert!(join_all(writing).await.into_iter().all(|written| written.unwrap().is_err()));
    }
}

#[tokio::test(start_paused = true)]
async fn batches_hold_no_more_than_their_size_unless_one_record_does() {
    for size in [500, 4_000] {
        let cluster = cluster().await;
        let conf = with(|conf| {
            conf.batch_size = size;
            conf.linger = Linger::Fixed(Duration::from_millis(50));
        });
        let producer = producer(&cluster, conf).await;
        for _ in 0..200 {
            let _forgotten = producer.enqueue(Record::to("t").partition(0).value(&[7; 100])).await.unwrap();
        }
        let large = producer.send(Record::to("t").partition(0).value(&[7; 5_000])).await.unwrap();
        assert_eq!(large.offset, Some(200));
        let batches = cluster.batches("t", 0);
        let (last, full) = batches.split_last().unwrap();
        assert!(last.len() > 5_000);
        assert!(full.iter().all(|batch| batch.len() <= size), "{size}");
        assert!(full[1].len() > size - 300, "{size}: {}", full[1].len());
    }
}

#[tokio::test(start_paused = true)]
async fn a_batch_that_is_not_full_waits_as_long_as_linger_says() {
    for (linger, expected) in [
        (Linger::Auto, Duration::ZERO),
        (Linger::Fixed(Duration::ZERO), Duration::ZERO),
        (Linger::Fixed(Duration::from_millis(300)), Duration::from_millis(300)),
    ] {
        let cluster = cluster().await;
        let producer = producer(&cluster, with(|conf| conf.linger = linger)).await;
        send(&producer).await.unwrap();
        let began = Instant::now();
        send(&producer).await.unwrap();
        assert_eq!(began.elapsed(), expected, "{linger:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn as_many_bytes_wait_for_acknowledgement_as_buffer_memory_says() {
    for memory in [8 << 10, 64 << 10] {
        let cluster = cluster().await;
        let conf = with(|conf| {
            (conf.batch_size, conf.max_request_size, conf.buffer_memory) = (1 << 10, 8 << 10, memory);
        });
        let producer = producer(&cluster, conf).await;
        send(&producer).await.unwrap();
        stall(&cluster);
        let mut bytes = 0;
        while producer.try_enqueue(Record::to("t").partition(0).value(&[7; 100])).is_ok() {
            bytes += 100;
        }
        assert!((memory / 2..memory).contains(&bytes), "{bytes} of {memory}");
    }
}

#[tokio::test(start_paused = true)]
async fn neither_a_record_nor_a_request_exceeds_max_request_size() {
    let cluster = Cluster::builder().topic("t", 64).network(Network::Memory).start().await.unwrap();
    let largest = Arc::new(AtomicUsize::new(0));
    let seen = largest.clone();
    cluster.control(move |request| {
        let produce = request.decode::<ProduceRequest>()?;
        let partitions = produce.topic_data.iter().flat_map(|topic| &topic.partition_data);
        let bytes = partitions.map(|partition| partition.records.as_ref().map_or(0, bytes::Bytes::len)).sum();
        seen.fetch_max(bytes, SeqCst);
        None
    });
    let conf = with(|conf| {
        (conf.batch_size, conf.max_request_size) = (1 << 10, 5 << 10);
        conf.linger = Linger::Fixed(Duration::from_millis(100));
    });
    let producer = producer(&cluster, conf).await;
    for n in 0..64 {
        for _ in 0..7 {
            let _forgotten = producer.enqueue(Record::to("t").partition(n).value(&[7; 100])).await.unwrap();
        }
    }
    assert_eq!(producer.flush(Duration::from_secs(10)).await, 0);
    let largest = largest.load(SeqCst);
    assert!((3 << 10..=5 << 10).contains(&largest), "{largest}");

    let error = producer.send(Record::to("t").value(&[7; 5 << 10])).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidRecord);
    assert!(error.to_string().contains("max_request_size is 5120"), "{error}");
    let error = producer.produce("t", 0, &mut [Message::value(vec![7; 5 << 10])]).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidRecord);
    producer.send(Record::to("t").value(&[7; 4 << 10])).await.unwrap();
}

struct Last;

impl Partitioner for Last {
    fn partition(&self, _record: &Record<'_>, topic: &TopicPartitions<'_>) -> Result<i32> {
        Ok(topic.count() - 1)
    }
}

#[tokio::test(start_paused = true)]
async fn the_partitioner_chooses_for_records_that_name_no_partition() {
    let cluster = cluster().await;
    let producer = producer(&cluster, with(|conf| conf.partitioner = Some(Arc::new(Last)))).await;
    let record = Record::to("t").key("k").value("x");
    assert_eq!(producer.send(record).await.unwrap().partition, 2);
    assert_eq!(producer.send(record.partition(1)).await.unwrap().partition, 1);
}

#[tokio::test(start_paused = true)]
async fn a_value_that_cannot_work_is_an_error_that_names_field_value_and_remedy() {
    const DAY: Duration = Duration::from_secs(24 * 3600);
    let broker = broker(&cluster().await).await;
    let refused = |change: &dyn Fn(&mut ProducerConf), parts: &[&str]| {
        let error = broker.producer(with(change)).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidConfig, "{error}");
        for part in parts {
            assert!(error.to_string().contains(part), "{part:?} is missing: {error}");
        }
    };
    refused(&|conf| conf.request_timeout = Duration::ZERO, &["request_timeout is 0 s", "leave some time"]);
    refused(&|conf| conf.request_timeout = DAY * 30, &["request_timeout is 2592000s", "at most"]);
    refused(&|conf| conf.retry_limit = Some(0), &["retry_limit is Some(0)", "use None"]);
    refused(&|conf| conf.retry_wait = DAY * 400, &["retry_wait is 34560000s", "shorter"]);
    refused(&|conf| conf.delivery_timeout = Duration::ZERO, &["delivery_timeout is 0 s"]);
    refused(&|conf| conf.delivery_timeout = DAY / DAY.as_secs() as u32, &["delivery_timeout is 1s", "(30s)"]);
    let long = |conf: &mut ProducerConf| {
        (conf.linger, conf.delivery_timeout) = (Linger::Fixed(DAY), DAY);
    };
    refused(&long, &["delivery_timeout is 86400s", "linger + request_timeout (86430s)"]);
    refused(&|conf| conf.linger = Linger::Fixed(DAY * 400), &["linger is 34560000s"]);
    refused(&|conf| conf.max_block = Duration::MAX, &["max_block is 18446744073709551615"]);
    let acks = |conf: &mut ProducerConf| {
        (conf.idempotence, conf.required_acks) = (Idempotence::On, RequiredAcks::One);
    };
    refused(&acks, &["idempotence is On", "required_acks is One", "use All, or Auto"]);
    refused(&|conf| conf.max_in_flight = 0, &["max_in_flight is 0", "use 1"]);
    refused(&|conf| conf.max_in_flight = 6, &["max_in_flight is 6", "at most 5", "Idempotence::Off"]);
    refused(&|conf| conf.batch_size = 0, &["batch_size is 0", "use 1"]);
    refused(&|conf| conf.batch_size = 2 << 20, &["batch_size is 2097152", "max_request_size (1048576)"]);
    refused(&|conf| conf.max_request_size = 2 << 30, &["max_request_size is 2147483648", "1 GiB"]);
    refused(&|conf| conf.buffer_memory = 1 << 19, &["buffer_memory is 524288", "max_request_size (1048576)"]);
}
