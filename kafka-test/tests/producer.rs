//! The producer against a cluster in the process: what reaches the log, in which order, how often.
#![expect(clippy::unwrap_used, reason = "a test says what it expects by failing")]

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst};
use std::task::{Context, Poll};
use std::time::Duration;

use async_trait::async_trait;
use futures_util::future::join_all;
use kafka_client::{
    Broker, BrokerConf, Compression, Environment, ErrorCode, ErrorKind, Linger, Message, ProducerConf,
    Record, RequiredAcks, Transport,
};
use kafka_proto::messages::{
    ApiKey, InitProducerIdResponse, MetadataRequest, ProduceRequest, ProduceResponse,
};
use kafka_test::cluster::{Action, Cluster, ClusterConf, Network, TopicConf};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::Instant;

/// The cluster's environment, but for compression: that runs on other threads, as it does outside of tests.
struct Threaded(Arc<dyn Environment>);

#[async_trait]
impl Environment for Threaded {
    async fn connect(&self, host: &str, port: u16) -> io::Result<Box<dyn Transport>> {
        self.0.connect(host, port).await
    }

    fn wall_clock_ms(&self) -> i64 {
        self.0.wall_clock_ms()
    }

    fn random_seed(&self) -> u64 {
        self.0.random_seed()
    }
}

struct Bench {
    cluster: Cluster,
    broker: Broker,
}

/// The cluster is in memory: with a paused clock nothing in a test depends on the machine.
async fn bench(conf: ClusterConf) -> Bench {
    let cluster = conf.network(Network::Memory).start().await.unwrap();
    let mut conf = BrokerConf::new("producer-test");
    conf.environment = Some(Arc::new(Threaded(cluster.environment())));
    let broker = Broker::dial(cluster.bootstrap(), conf).await.unwrap();
    Bench { cluster, broker }
}

async fn three_nodes() -> Bench {
    bench(Cluster::builder().nodes(3).topic("t", 4)).await
}

impl Bench {
    fn values(&self, partition: i32) -> Vec<String> {
        let records = self.cluster.records("t", partition).into_iter();
        records.map(|record| String::from_utf8(record.value.unwrap_or_default().to_vec()).unwrap()).collect()
    }

    fn fail_produce(&self, code: ErrorCode, times: usize) {
        self.cluster.fail(ApiKey::Produce, code, times);
    }
}

fn numbers(range: std::ops::Range<usize>) -> Vec<String> {
    range.map(|n| n.to_string()).collect()
}

#[tokio::test(start_paused = true)]
async fn a_batch_is_written_as_one_and_its_messages_learn_where_they_are() {
    let bench = three_nodes().await;
    let producer = bench.broker.producer(ProducerConf::new()).unwrap();
    let mut messages =
        [Message::key_value("k", "apple").with_header("h", "1"), Message::tombstone("k"), Message::value("")];
    assert_eq!(producer.produce("t", 2, &mut messages).await.unwrap(), Some(0));
    assert_eq!(producer.produce("t", 2, &mut messages).await.unwrap(), Some(3));
    for (nth, message) in messages.iter().enumerate() {
        assert_eq!((&*message.topic, message.partition, message.offset), ("t", 2, 3 + nth as i64));
    }
    assert_eq!(bench.cluster.batches("t", 2).len(), 2);
    let stored = &bench.cluster.records("t", 2)[0..3];
    assert_eq!(messages[0].timestamp, Some(stored[0].timestamp));
    assert_eq!(stored[0].headers, [("h".to_owned(), Some("1".into()))]);
    assert_eq!((&stored[1].value, stored[2].value.as_deref()), (&None, Some(&b""[..])));
    assert_eq!(producer.produce("t", 2, &mut []).await.unwrap(), None);
}

#[tokio::test(start_paused = true)]
async fn records_go_where_they_say_whatever_the_thread_wrote_before() {
    // Topics of one name in two clusters, a name that begins with another's, and a topic that is made anew, larger.
    let benches = [bench(Cluster::builder().topic("t", 1)).await, three_nodes().await];
    benches[1].cluster.create_topic(TopicConf::new("t2", 1)).unwrap();
    let producers = benches.each_ref().map(|bench| bench.broker.producer(ProducerConf::new()).unwrap());
    let send = async |at: usize, topic: &str, partition: i32, value: &str| {
        producers[at].send(Record::to(topic).partition(partition).value(value)).await.map(drop)
    };
    for value in ["a", "b"] {
        send(0, "t", 0, value).await.unwrap();
        send(1, "t", 3, value).await.unwrap();
        send(1, "t2", 0, value).await.unwrap();
        assert_eq!(
            send(0, "t", 3, "lost").await.unwrap_err().code(),
            Some(ErrorCode::UNKNOWN_TOPIC_OR_PARTITION)
        );
    }
    assert_eq!(benches[0].values(0), ["a", "b"]);
    assert_eq!(benches[1].values(3), ["a", "b"]);
    assert_eq!(benches[1].cluster.records("t2", 0).len(), 2);

    benches[0].cluster.delete_topic("t");
    benches[0].cluster.create_topic(TopicConf::new("t", 4)).unwrap();
    while send(0, "t", 3, "c").await.is_err() {
        // Until the producer has heard of it.
        send(0, "t", 0, "d").await.unwrap();
    }
    assert_eq!(benches[0].values(3), ["c"]);
}

#[tokio::test(start_paused = true)]
async fn acks_none_writes_and_knows_no_offset() {
    let bench = three_nodes().await;
    for (acks, base) in [(RequiredAcks::None, None), (RequiredAcks::One, Some(1))] {
        let mut conf = ProducerConf::new();
        conf.required_acks = acks;
        let producer = bench.broker.producer(conf).unwrap();
        let mut message = [Message::value("x")];
        assert_eq!(producer.produce("t", 0, &mut message).await.unwrap(), base);
        assert_eq!(message[0].offset, base.unwrap_or(-1));
        producer.close(Duration::from_secs(1)).await.unwrap();
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    assert_eq!(bench.values(0), ["x", "x"]);
    assert_eq!(bench.cluster.records("t", 0)[1].producer_id, -1);
}

#[tokio::test(start_paused = true)]
async fn every_codec_arrives_whole_and_in_order() {
    let bench = bench(Cluster::builder().topic("t", 1)).await;
    let mut expected = Vec::new();
    for compression in Compression::ALL {
        let mut conf = ProducerConf::new();
        conf.compression = compression;
        let producer = bench.broker.producer(conf).unwrap();
        let values = numbers(expected.len()..expected.len() + 5_000);
        let sends = values.iter().map(|value| producer.enqueue(Record::to("t").value(value)));
        let deliveries = join_all(sends).await;
        for delivery in deliveries {
            delivery.unwrap().await.unwrap();
        }
        expected.extend(values);
    }
    assert!(bench.values(0) == expected);
}

#[tokio::test(start_paused = true)]
async fn keys_choose_partitions_and_receipts_tell_the_truth() {
    let bench = three_nodes().await;
    let producer = bench.broker.producer(ProducerConf::new()).unwrap();
    let keys = numbers(0..200);
    let sends = keys.iter().map(|key| producer.send(Record::to("t").key(key).value(key)));
    for (key, receipt) in keys.iter().zip(join_all(sends).await) {
        let receipt = receipt.unwrap();
        let at = usize::try_from(receipt.offset.unwrap()).unwrap();
        assert_eq!(&bench.values(receipt.partition)[at], key);
    }
    assert!((0..4).all(|partition| !bench.values(partition).is_empty()));
}

#[tokio::test(start_paused = true)]
async fn an_unknown_partition_or_topic_is_an_error_that_says_so() {
    let bench = three_nodes().await;
    let producer = bench.broker.producer(ProducerConf::new()).unwrap();
    let error = producer.produce("t", 4, &mut [Message::value("x")]).await.unwrap_err();
    assert_eq!(error.code(), Some(ErrorCode::UNKNOWN_TOPIC_OR_PARTITION), "{error}");
    let error = producer.send(Record::to("t").partition(9).value("x")).await.unwrap_err();
    assert!(error.to_string().contains("4 partitions"), "{error}");
    let error = producer.send(Record::to("nowhere").value("x")).await.unwrap_err();
    assert_eq!(error.topic(), Some("nowhere"), "{error}");
}

#[tokio::test(start_paused = true)]
async fn a_moved_leader_is_followed_without_loss_or_disorder() {
    let bench = three_nodes().await;
    let producer = bench.broker.producer(ProducerConf::new()).unwrap();
    let mut deliveries = Vec::new();
    for n in 0..2_000 {
        if n % 500 == 250 {
            let next = bench.cluster.leader("t", 1).unwrap() % 3 + 1;
            assert!(bench.cluster.move_leader("t", 1, next));
        }
        let value = n.to_string();
        deliveries.push(producer.enqueue(Record::to("t").partition(1).value(&value)).await.unwrap());
        tokio::time::sleep(Duration::from_micros(200)).await;
    }
    for delivery in deliveries {
        delivery.await.unwrap();
    }
    assert_eq!(bench.values(1), numbers(0..2_000));
}

#[tokio::test(start_paused = true)]
async fn refusals_that_pass_are_outlasted() {
    let bench = three_nodes().await;
    let producer = bench.broker.producer(ProducerConf::new()).unwrap();
    for code in
        [ErrorCode::NOT_ENOUGH_REPLICAS, ErrorCode::NOT_LEADER_OR_FOLLOWER, ErrorCode::CORRUPT_MESSAGE]
    {
        bench.fail_produce(code, 3);
        producer.produce("t", 0, &mut [Message::value("x")]).await.unwrap();
    }
    assert_eq!(bench.values(0).len(), 3);
}

#[tokio::test(start_paused = true)]
async fn a_refusal_for_good_fails_once_with_the_record_and_leaves_the_producer_usable() {
    let bench = three_nodes().await;
    let producer = bench.broker.producer(ProducerConf::new()).unwrap();
    bench.fail_produce(ErrorCode::TOPIC_AUTHORIZATION_FAILED, 1);
    let error = producer.send(Record::to("t").partition(0).key("k").value("v")).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Authorization);
    assert!(!error.may_be_written());
    let record = error.record().unwrap();
    assert_eq!(record.message.key.as_deref(), Some(&b"k"[..]));
    producer.send(Record::to("t").partition(0).value("again")).await.unwrap();
    assert_eq!(bench.values(0), ["again"]);
}

#[tokio::test(start_paused = true)]
async fn retries_end_with_their_limit() {
    let bench = three_nodes().await;
    let mut conf = ProducerConf::new();
    conf.retry_limit = Some(3);
    let producer = bench.broker.producer(conf).unwrap();
    bench.fail_produce(ErrorCode::NOT_ENOUGH_REPLICAS, 100);
    let error = producer.produce("t", 0, &mut [Message::value("x")]).await.unwrap_err();
    assert_eq!(error.code(), Some(ErrorCode::NOT_ENOUGH_REPLICAS), "{error}");
    assert_eq!(bench.cluster.requests(ApiKey::Produce), 3);
}

/// Answers are lost, requests are not: the worst for duplicates.
#[tokio::test(start_paused = true)]
async fn lost_connections_write_nothing_twice_and_nothing_out_of_order() {
    let bench = three_nodes().await;
    let count = Arc::new(AtomicUsize::new(0));
    let seen = count.clone();
    bench.cluster.control(move |request| {
        if request.api() != ApiKey::Produce {
            return None;
        }
        match seen.fetch_add(1, SeqCst) % 7 {
            3 => Some(Action::close_after()),
            5 => Some(Action::close()),
            _ => None,
        }
    });
    let mut conf = ProducerConf::new();
    conf.batch_size = 300;
    let producer = bench.broker.producer(conf).unwrap();
    let mut deliveries = Vec::new();
    for n in 0..3_000 {
        let value = n.to_string();
        deliveries.push(producer.enqueue(Record::to("t").partition(3).value(&value)).await.unwrap());
        if n % 20 == 0 {
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    }
    for (n, delivery) in deliveries.into_iter().enumerate() {
        let receipt = delivery.await.unwrap();
        assert!(receipt.offset.is_none_or(|offset| offset == n as i64));
    }
    assert!(bench.values(3) == numbers(0..3_000));
    assert!(count.load(SeqCst) > 20, "connections were lost");
}

#[tokio::test(start_paused = true)]
async fn a_dead_leader_is_replaced_and_nothing_is_lost() {
    let bench = three_nodes().await;
    let producer = bench.broker.producer(ProducerConf::new()).unwrap();
    producer.send(Record::to("t").partition(0).value("0")).await.unwrap();
    bench.cluster.kill(bench.cluster.leader("t", 0).unwrap());
    for n in 1..50 {
        let value = n.to_string();
        producer.send(Record::to("t").partition(0).value(&value)).await.unwrap();
    }
    assert_eq!(bench.values(0), numbers(0..50));
}

#[tokio::test(start_paused = true)]
async fn a_node_that_hangs_up_on_every_request_is_not_dialled_in_a_storm() {
    let bench = three_nodes().await;
    let rule = bench.cluster.control(|request| (request.api() == ApiKey::Produce).then(Action::close));
    let producer = bench.broker.producer(ProducerConf::new()).unwrap();
    let delivery = producer.enqueue(Record::to("t").partition(0).value("x")).await.unwrap();
    let before = bench.cluster.accepted();
    tokio::time::sleep(Duration::from_secs(20)).await;
    assert!((5..60).contains(&(bench.cluster.accepted() - before)), "{}", bench.cluster.accepted() - before);
    bench.cluster.release(rule);
    delivery.await.unwrap();
    assert_eq!(bench.values(0), ["x"]);
}

/// A network whose nodes hang up once they have answered the first request of a connection.
struct HangingUp {
    inner: Arc<dyn Environment>,
    on: Arc<AtomicBool>,
    dialled: Arc<AtomicUsize>,
}

#[async_trait]
impl Environment for HangingUp {
    async fn connect(&self, host: &str, port: u16) -> io::Result<Box<dyn Transport>> {
        let dialled = self.dialled.fetch_add(1, SeqCst);
        // Real connections take their time, too.
        tokio::time::sleep(Duration::from_millis(1)).await;
        let stream = self.inner.connect(host, port).await?;
        let hangs_up = self.on.load(SeqCst) && dialled > 0;
        Ok(if hangs_up { Box::new(OneAnswer { stream, answered: false }) } else { stream })
    }

    fn wall_clock_ms(&self) -> i64 {
        self.inner.wall_clock_ms()
    }

    fn random_seed(&self) -> u64 {
        self.inner.random_seed()
    }
}

struct OneAnswer {
    stream: Box<dyn Transport>,
    answered: bool,
}

impl AsyncRead for OneAnswer {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if self.answered {
            return Poll::Ready(Ok(()));
        }
        let polled = Pin::new(&mut *self.stream).poll_read(cx, buf);
        self.answered = buf.filled().len() > 4;
        polled
    }
}

impl AsyncWrite for OneAnswer {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut *self.stream).poll_write(cx, buf)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut *self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut *self.stream).poll_shutdown(cx)
    }
}

#[tokio::test(start_paused = true)]
async fn a_node_that_hangs_up_after_the_handshake_is_not_dialled_in_a_storm() {
    let cluster = Cluster::builder().topic("t", 1).network(Network::Memory).start().await.unwrap();
    let (on, dialled) = (Arc::new(AtomicBool::new(true)), Arc::new(AtomicUsize::new(0)));
    let mut conf = BrokerConf::new("producer-test");
    let inner = cluster.environment();
    conf.environment = Some(Arc::new(HangingUp { inner, on: on.clone(), dialled: dialled.clone() }));
    let broker = Broker::dial(cluster.bootstrap(), conf).await.unwrap();
    let producer = broker.producer(ProducerConf::new()).unwrap();
    let delivery = producer.enqueue(Record::to("t").partition(0).value("x")).await.unwrap();
    tokio::time::sleep(Duration::from_secs(20)).await;
    assert!((5..400).contains(&dialled.load(SeqCst)), "{dialled:?}");
    on.store(false, SeqCst);
    delivery.await.unwrap();
}

/// Without an id no record can go; each is told why, not only those that were there when the cluster refused.
#[tokio::test(start_paused = true)]
async fn every_record_of_a_producer_that_gets_no_id_is_told_why() {
    let bench = three_nodes().await;
    bench.cluster.fail(ApiKey::InitProducerId, ErrorCode::CLUSTER_AUTHORIZATION_FAILED, usize::MAX);
    let producer = bench.broker.producer(ProducerConf::new()).unwrap();
    for _ in 0..3 {
        let began = Instant::now();
        let error = producer.send(Record::to("t").partition(0).value("x")).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Authorization, "{error}");
        assert!(began.elapsed() < Duration::from_secs(2), "{:?}", began.elapsed());
    }
    let asked = bench.cluster.requests(ApiKey::InitProducerId);
    tokio::time::sleep(Duration::from_secs(60)).await;
    assert_eq!(bench.cluster.requests(ApiKey::InitProducerId), asked, "nobody asks for nothing");
}

/// Written under no id, retries could be written twice, and nobody would know.
#[tokio::test(start_paused = true)]
async fn an_id_that_is_none_is_refused() {
    for (id, epoch) in [(-1, 0), (i64::MIN, 0), (7, -1)] {
        let bench = three_nodes().await;
        bench.cluster.control(move |request| {
            let edit = move |answer: &mut InitProducerIdResponse| {
                (answer.producer_id, answer.producer_epoch) = (id, epoch);
            };
            (request.api() == ApiKey::InitProducerId).then(|| Action::edit(edit))
        });
        let producer = bench.broker.producer(ProducerConf::new()).unwrap();
        let error = producer.send(Record::to("t").partition(0).value("x")).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Protocol, "{error}");
        assert!(error.to_string().contains(&format!("producer id {id} with epoch {epoch}")), "{error}");
        assert!(bench.cluster.records("t", 0).is_empty() && !error.may_be_written());
    }
}

#[tokio::test(start_paused = true)]
async fn flush_and_close_take_any_timeout() {
    let bench = three_nodes().await;
    let producer = bench.broker.producer(ProducerConf::new()).unwrap();
    let delivery = producer.enqueue(Record::to("t").partition(0).value("x")).await.unwrap();
    assert_eq!(producer.flush(Duration::MAX).await, 0);
    delivery.await.unwrap();
    producer.close(Duration::MAX).await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn an_offset_that_no_log_reaches_is_not_believed() {
    let bench = three_nodes().await;
    bench.cluster.control(|request| {
        let edit = |answer: &mut ProduceResponse| {
            answer.responses[0].partition_responses[0].base_offset = i64::MAX;
        };
        (request.api() == ApiKey::Produce).then(|| Action::edit(edit))
    });
    let producer = bench.broker.producer(ProducerConf::new()).unwrap();
    let mut messages = [Message::value("a"), Message::value("b")];
    assert_eq!(producer.produce("t", 0, &mut messages).await.unwrap(), None);
    assert_eq!(messages[1].offset, -1);
}

/// Topics that nobody asks about are forgotten after five minutes; those that are written to are not.
#[tokio::test(start_paused = true)]
async fn a_topic_that_is_written_to_stays_known_for_hours() {
    let bench = three_nodes().await;
    let producer = bench.broker.producer(ProducerConf::new()).unwrap();
    for _ in 0..30 {
        producer.send(Record::to("t").partition(0).value("x")).await.unwrap();
        tokio::time::sleep(Duration::from_mins(4)).await;
        let began = Instant::now();
        producer.try_enqueue(Record::to("t").partition(0).value("x")).unwrap().await.unwrap();
        assert!(began.elapsed() < Duration::from_millis(20), "{:?}", began.elapsed());
    }
}

/// And those that nobody writes to any more are forgotten, like everywhere else; writing to them again works.
#[tokio::test(start_paused = true)]
async fn a_topic_that_is_no_longer_written_to_is_no_longer_asked_about() {
    let cluster =
        Cluster::builder().topic("t", 4).topic("once", 1).network(Network::Memory).start().await.unwrap();
    let mut conf = BrokerConf::new("producer-test");
    conf.environment = Some(cluster.environment());
    conf.metadata_max_age = Duration::from_mins(1);
    let broker = Broker::dial(cluster.bootstrap(), conf).await.unwrap();
    let asked = Arc::new(AtomicBool::new(false));
    let seen = asked.clone();
    cluster.control(move |request| {
        let topics =
            request.decode::<MetadataRequest>().and_then(|metadata| metadata.topics).unwrap_or_default();
        if topics.iter().any(|topic| topic.name.as_deref() == Some("once")) {
            seen.store(true, SeqCst);
        }
        None
    });
    let producer = broker.producer(ProducerConf::new()).unwrap();
    let mut linger = ProducerConf::new();
    linger.linger = Linger::Fixed(Duration::from_mins(20));
    linger.delivery_timeout = Duration::from_mins(30);
    let patient = broker.producer(linger).unwrap();
    producer.send(Record::to("once").value("0")).await.unwrap();
    for minute in 0..12 {
        assert!(minute > 3 || asked.swap(false, SeqCst), "it is kept for some minutes");
        producer.send(Record::to("t").value("x")).await.unwrap();
        tokio::time::sleep(Duration::from_mins(1)).await;
    }
    asked.store(false, SeqCst);
    tokio::time::sleep(Duration::from_mins(3)).await;
    assert!(!asked.load(SeqCst), "nobody writes to it");

    // Its numbering goes on: nothing of the past is taken for a duplicate of this.
    for n in 1..3 {
        producer.send(Record::to("once").value(&n.to_string())).await.unwrap();
    }
    let records = cluster.records("once", 0);
    assert_eq!(records.iter().map(|record| record.sequence).collect::<Vec<_>>(), [0, 1, 2]);

    // What waits to be sent keeps its topic.
    let delivery = patient.enqueue(Record::to("once").value("3")).await.unwrap();
    tokio::time::sleep(Duration::from_mins(15)).await;
    assert!(asked.load(SeqCst));
    delivery.await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_silent_node_ends_in_the_delivery_timeout() {
    let bench = three_nodes().await;
    bench.cluster.control(|request| (request.api() == ApiKey::Produce).then(Action::stall));
    let mut conf = ProducerConf::new();
    conf.request_timeout = Duration::from_secs(5);
    conf.delivery_timeout = Duration::from_secs(8);
    let producer = bench.broker.producer(conf).unwrap();
    let began = Instant::now();
    let error = producer.send(Record::to("t").partition(0).value("x")).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::TimedOut, "{error}");
    assert!(error.may_be_written());
    assert_eq!(began.elapsed().as_secs(), 8);
    assert_eq!(error.record().unwrap().message.value.as_deref(), Some(&b"x"[..]));
}

#[tokio::test(start_paused = true)]
async fn without_room_enqueue_waits_up_to_max_block_and_try_enqueue_not_at_all() {
    let bench = three_nodes().await;
    let stalled = bench.cluster.control(|request| (request.api() == ApiKey::Produce).then(Action::stall));
    let mut conf = ProducerConf::new();
    (conf.batch_size, conf.max_request_size, conf.buffer_memory) = (1 << 10, 8 << 10, 8 << 10);
    conf.max_block = Duration::from_secs(3);
    let producer = bench.broker.producer(conf).unwrap();
    let value = "x".repeat(500);
    let record = Record::to("t").partition(0).value(&value);
    let mut deliveries = vec![producer.enqueue(record).await.unwrap()];
    let full = loop {
        match producer.try_enqueue(record) {
            Ok(delivery) => deliveries.push(delivery),
            Err(error) => break error,
        }
    };
    assert_eq!(full.kind(), ErrorKind::QueueFull);
    let began = Instant::now();
    let error = producer.enqueue(record).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::QueueFull);
    assert_eq!(began.elapsed().as_secs(), 3);
    assert!(producer.try_enqueue(record).is_err());

    bench.cluster.release(stalled);
    bench.cluster.disconnect(bench.cluster.leader("t", 0).unwrap());
    deliveries.push(producer.enqueue(record).await.unwrap());
    let all = deliveries.len();
    for delivery in deliveries {
        delivery.await.unwrap();
    }
    assert_eq!(bench.values(0).len(), all);
}

#[tokio::test(start_paused = true)]
async fn memory_full_of_open_batches_is_no_deadlock() {
    let bench = bench(Cluster::builder().topic("t", 50)).await;
    let mut conf = ProducerConf::new();
    (conf.max_request_size, conf.buffer_memory, conf.batch_size) = (16 << 10, 16 << 10, 16 << 10);
    conf.linger = Linger::Fixed(Duration::from_secs(60));
    let producer = bench.broker.producer(conf).unwrap();
    let began = Instant::now();
    for n in 0..500 {
        let _forgotten =
            producer.enqueue(Record::to("t").partition(n % 50).value("some bytes")).await.unwrap();
    }
    assert!(began.elapsed() < Duration::from_secs(1), "{:?}", began.elapsed());
    producer.close(Duration::from_secs(5)).await.unwrap();
    assert_eq!((0..50).map(|partition| bench.values(partition).len()).sum::<usize>(), 500);
}

#[tokio::test(start_paused = true)]
async fn close_delivers_all_that_was_taken_and_takes_no_more() {
    let bench = three_nodes().await;
    let mut conf = ProducerConf::new();
    conf.linger = Linger::Fixed(Duration::from_secs(60));
    let producer = bench.broker.producer(conf).unwrap();
    for n in 0..100 {
        let _forgotten = producer.enqueue(Record::to("t").partition(n % 4).value("x")).await.unwrap();
    }
    producer.close(Duration::from_secs(5)).await.unwrap();
    assert_eq!((0..4).map(|partition| bench.values(partition).len()).sum::<usize>(), 100);
    let error = producer.send(Record::to("t").value("late")).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Closed);
    let error = producer.produce("t", 0, &mut [Message::value("late")]).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Closed);
    producer.close(Duration::from_secs(5)).await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn close_reports_each_record_that_it_could_not_deliver() {
    let bench = three_nodes().await;
    bench.cluster.control(|request| (request.api() == ApiKey::Produce).then(Action::stall));
    let producer = bench.broker.producer(ProducerConf::new()).unwrap();
    let sent = producer.enqueue(Record::to("t").partition(0).value("sent")).await.unwrap();
    tokio::time::sleep(Duration::from_millis(10)).await;
    let waiting = producer.enqueue(Record::to("t").partition(0).value("waiting")).await.unwrap();
    let error = producer.close(Duration::from_secs(2)).await.unwrap_err();
    assert!(error.to_string().contains("2 records"), "{error}");
    let (sent, waiting) = (sent.await.unwrap_err(), waiting.await.unwrap_err());
    assert_eq!((sent.kind(), waiting.kind()), (ErrorKind::Closed, ErrorKind::Closed));
    assert!(sent.may_be_written() && !waiting.may_be_written());
}

#[tokio::test(start_paused = true)]
async fn flush_says_how_many_remain() {
    let bench = three_nodes().await;
    let mut conf = ProducerConf::new();
    conf.linger = Linger::Fixed(Duration::from_secs(60));
    let producer = bench.broker.producer(conf).unwrap();
    let _forgotten = producer.enqueue(Record::to("t").value("x")).await.unwrap();
    assert_eq!(producer.flush(Duration::from_secs(5)).await, 0);
    let stalled = bench.cluster.control(|request| (request.api() == ApiKey::Produce).then(Action::stall));
    for _ in 0..3 {
        let _forgotten = producer.enqueue(Record::to("t").partition(1).value("x")).await.unwrap();
    }
    assert_eq!(producer.flush(Duration::from_secs(5)).await, 3);
    bench.cluster.release(stalled);
}

#[tokio::test(start_paused = true)]
async fn a_dropped_producer_sends_what_it_took() {
    let bench = three_nodes().await;
    let mut conf = ProducerConf::new();
    conf.linger = Linger::Fixed(Duration::from_secs(60));
    let producer = bench.broker.producer(conf).unwrap();
    let delivery = producer.enqueue(Record::to("t").partition(0).value("x")).await.unwrap();
    drop(producer);
    tokio::time::timeout(Duration::from_secs(1), delivery).await.unwrap().unwrap();
    assert_eq!(bench.values(0), ["x"]);
}

#[tokio::test(start_paused = true)]
async fn a_batch_larger_than_the_topic_takes_is_split_unless_it_is_atomic() {
    let topic = TopicConf::new("t", 1).setting("max.message.bytes", "1000");
    let bench = bench(Cluster::builder().with_topic(topic)).await;
    let producer = bench.broker.producer(ProducerConf::new()).unwrap();
    let values: Vec<_> = (0..100).map(|n| format!("{n:0100}")).collect();
    let mut sends = Vec::new();
    for value in &values {
        sends.push(producer.enqueue(Record::to("t").value(value)).await.unwrap());
    }
    for (n, sent) in sends.into_iter().enumerate() {
        assert_eq!(sent.await.unwrap().offset, Some(n as i64));
    }
    assert_eq!(bench.values(0), values);

    let mut messages: Vec<_> = values.iter().map(|value| Message::value(value.clone())).collect();
    let error = producer.produce("t", 0, &mut messages).await.unwrap_err();
    assert_eq!(error.code(), Some(ErrorCode::MESSAGE_TOO_LARGE), "{error}");
    assert!(error.to_string().contains("100 records"), "{error}");
    producer.produce("t", 0, &mut messages[..1]).await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_record_that_fits_into_no_request_is_refused_at_once() {
    let bench = three_nodes().await;
    let producer = bench.broker.producer(ProducerConf::new()).unwrap();
    let value = vec![0; 1 << 20];
    let error = producer.try_enqueue(Record::to("t").value(&value)).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidRecord);
    assert!(error.to_string().contains("max_request_size"), "{error}");
}

#[tokio::test(start_paused = true)]
async fn several_partitions_share_a_request() {
    let bench = bench(Cluster::builder().topic("t", 100)).await;
    let producer = bench.broker.producer(ProducerConf::new()).unwrap();
    producer.send(Record::to("t").partition(0).value("the id and the connection are there")).await.unwrap();
    let before = bench.cluster.requests(ApiKey::Produce);
    let sends = (0..100).map(|partition| producer.send(Record::to("t").partition(partition).value("x")));
    assert!(join_all(sends).await.iter().all(Result::is_ok));
    assert!(bench.cluster.requests(ApiKey::Produce) - before <= 3);
}

#[tokio::test(start_paused = true)]
async fn a_broker_that_forgot_the_producer_takes_it_again() {
    let bench = three_nodes().await;
    let producer = bench.broker.producer(ProducerConf::new()).unwrap();
    for n in 0..20 {
        let value = n.to_string();
        producer.send(Record::to("t").partition(0).value(&value)).await.unwrap();
        if n % 5 == 4 {
            bench.cluster.expire_producers("t", 0);
        }
    }
    bench.fail_produce(ErrorCode::UNKNOWN_PRODUCER_ID, 1);
    producer.send(Record::to("t").partition(0).value("20")).await.unwrap();
    bench.fail_produce(ErrorCode::OUT_OF_ORDER_SEQUENCE_NUMBER, 1);
    producer.send(Record::to("t").partition(0).value("21")).await.unwrap();
    assert_eq!(bench.values(0), numbers(0..22));
}

#[tokio::test(start_paused = true)]
async fn the_oldest_brokers_are_served_in_their_versions() {
    for release in ["1.0", "newest"] {
        let bench = bench(Cluster::builder().topic("t", 1).like_kafka(release)).await;
        let producer = bench.broker.producer(ProducerConf::new()).unwrap();
        for n in 0..3 {
            let value = n.to_string();
            producer
                .send(Record::to("t").value(&value))
                .await
                .unwrap_or_else(|error| panic!("{release}: {error}"));
        }
        assert_eq!(bench.values(0), numbers(0..3), "{release}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_linger_gathers_what_comes_in_its_time() {
    let bench = bench(Cluster::builder().topic("t", 1)).await;
    let mut conf = ProducerConf::new();
    conf.linger = Linger::Fixed(Duration::from_millis(50));
    let producer = bench.broker.producer(conf).unwrap();
    let mut sends = Vec::new();
    for _ in 0..4 {
        sends.push(producer.enqueue(Record::to("t").value("x")).await.unwrap());
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    join_all(sends).await;
    assert_eq!(bench.cluster.batches("t", 0).len(), 1);
}

#[tokio::test(start_paused = true)]
async fn closing_the_broker_delivers_and_then_ends_its_producers() {
    let bench = three_nodes().await;
    let mut conf = ProducerConf::new();
    conf.linger = Linger::Fixed(Duration::from_secs(60));
    let producer = bench.broker.producer(conf).unwrap();
    let delivery = producer.enqueue(Record::to("t").partition(0).value("x")).await.unwrap();
    bench.broker.close().await;
    delivery.await.unwrap();
    let error = producer.send(Record::to("t").value("late")).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Closed);
}

#[tokio::test(start_paused = true)]
async fn requests_name_topics_by_id_where_the_node_knows_ids() {
    let bench = bench(Cluster::builder().topic("t", 1)).await;
    let versions = Arc::new(AtomicUsize::new(0));
    let seen = versions.clone();
    bench.cluster.control(move |request| {
        if let Some(produce) = request.decode::<ProduceRequest>() {
            seen.store(request.version() as usize, SeqCst);
            assert!(produce.topic_data[0].name.is_empty());
        }
        None
    });
    let producer = bench.broker.producer(ProducerConf::new()).unwrap();
    producer.send(Record::to("t").value("x")).await.unwrap();
    assert_eq!(versions.load(SeqCst), 13);
}

#[test]
fn outside_of_a_runtime_there_is_an_error_and_no_panic() {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().worker_threads(1).build().unwrap();
    let bench = runtime.block_on(three_nodes());
    let producer = bench.broker.producer(ProducerConf::new()).unwrap();
    let waiting = producer.send(Record::to("unknown").value("x"));
    let error = futures_util::FutureExt::now_or_never(waiting).unwrap().unwrap_err();
    assert!(error.to_string().contains("runtime"), "{error}");
    assert_eq!(futures_util::FutureExt::now_or_never(producer.flush(Duration::from_secs(1))), Some(0));
}

#[tokio::test(start_paused = true)]
async fn a_quiet_partition_is_not_starved_by_one_that_never_runs_out_of_full_batches() {
    let bench = bench(Cluster::builder().nodes(1).topic("t", 2)).await;
    let mut conf = ProducerConf::new();
    conf.batch_size = 400;
    conf.max_request_size = 4 << 10;
    conf.buffer_memory = 64 << 10;
    conf.max_in_flight = 1;
    let producer = bench.broker.producer(conf).unwrap();
    producer.send(Record::to("t").partition(0).value("first")).await.unwrap();
    bench.cluster.slow_down(bench.cluster.nodes()[0], Duration::from_millis(20), None);
    let busy = producer.clone();
    let busy = tokio::spawn(async move {
        let value = [7; 200];
        loop {
            let _forgotten = busy.enqueue(Record::to("t").partition(0).value(&value)).await.unwrap();
        }
    });
    // Until the memory is full of them.
    while producer.try_enqueue(Record::to("t").partition(0).value("x")).is_ok() {
        tokio::task::yield_now().await;
    }
    let quiet = producer.send(Record::to("t").partition(1).value("quiet"));
    tokio::time::timeout(Duration::from_secs(5), quiet).await.unwrap().unwrap();
    busy.abort();
}

#[tokio::test(start_paused = true)]
async fn without_any_wait_between_attempts_others_still_run() {
    let bench = three_nodes().await;
    let mut conf = ProducerConf::new();
    conf.retry_wait = Duration::ZERO;
    let producer = bench.broker.producer(conf).unwrap();
    producer.send(Record::to("t").partition(0).value("0")).await.unwrap();
    bench.fail_produce(ErrorCode::UNKNOWN_PRODUCER_ID, 2);
    producer.send(Record::to("t").partition(0).value("1")).await.unwrap();
    assert_eq!(bench.values(0), numbers(0..2));
}
