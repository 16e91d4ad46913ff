//! A producer where things end: of memory, of time, of what fits, of what is known. In memory, under a paused clock.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod acks_none;
mod valve;

use std::pin::Pin;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst};
use std::sync::mpsc;
use std::sync::{Arc, OnceLock};
use std::task::{Context, Poll, Wake, Waker};
use std::time::Duration;

use kafka_client::{
    BatchLife, Broker, BrokerConf, Compression, Delivery, ErrorCode, ErrorKind, Exchange, KafkaProducer,
    Message, ProducerConf, ProducerInterceptor, Receipt, Record,
};
use kafka_proto::messages::{ApiKey, MetadataResponse};
use kafka_proto::records::BatchSize;
use kafka_test::cluster::{Action, Cluster, Network};
use parking_lot::Mutex;
use tokio::time::Instant;

use self::valve::Valve;

pub(crate) struct Bench {
    pub(crate) cluster: Cluster,
    pub(crate) valve: Arc<Valve>,
    pub(crate) producer: KafkaProducer,
}

pub(crate) async fn bench(conf: ProducerConf) -> Bench {
    let cluster = Cluster::builder().topic("t", 1).network(Network::Memory).start().await.unwrap();
    let valve = Valve::on(cluster.environment());
    let broker = Broker::dial(cluster.bootstrap(), broker_conf(&valve)).await.unwrap();
    let producer = broker.producer(conf).unwrap();
    Bench { cluster, valve, producer }
}

fn broker_conf(valve: &Arc<Valve>) -> BrokerConf {
    let mut conf = BrokerConf::new("edges");
    conf.environment = Some(valve.clone());
    conf
}

impl Bench {
    /// The numbers in the log.
    pub(crate) fn log(&self) -> Vec<usize> {
        let records = self.cluster.records("t", 0).into_iter();
        records.map(|record| std::str::from_utf8(&record.value.unwrap()).unwrap().parse().unwrap()).collect()
    }
}

/// Lets the cluster read what has reached it.
pub(crate) async fn settle() {
    tokio::time::sleep(Duration::from_secs(1)).await;
}

fn exactly(count: usize, value: &str) -> usize {
    let mut size = BatchSize::new();
    for _ in 0..count {
        size.add(0, None, Some(value.as_bytes()), &[]);
    }
    size.bytes()
}

#[tokio::test(start_paused = true)]
async fn an_atomic_batch_is_taken_up_to_the_last_byte_of_max_request_size() {
    let mut conf = ProducerConf::new();
    (conf.batch_size, conf.max_request_size) = (1, exactly(1_000, "x"));
    conf.buffer_memory = conf.max_request_size;
    let bench = bench(conf.clone()).await;
    let mut messages = vec![Message::value("x"); 1_000];
    bench.producer.produce("t", 0, &mut messages).await.unwrap();
    assert_eq!(messages[999].offset, 999);
    messages.push(Message::value("x"));
    let error = bench.producer.produce("t", 0, &mut messages).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidRecord, "{error}");
    assert!(error.to_string().contains(&format!("{} bytes", exactly(1_001, "x"))), "{error}");

    let broker = broker_conf(&bench.valve);
    let leader = Broker::dial_leader(bench.cluster.bootstrap(), broker, conf, "t", 0).await.unwrap();
    leader.write(&mut messages[..1_000]).await.unwrap();
    assert_eq!(leader.write(&mut messages).await.unwrap_err().kind(), ErrorKind::InvalidRecord);
}

#[tokio::test(start_paused = true)]
async fn a_record_is_taken_up_to_the_last_byte_of_max_request_size() {
    let value = "x".repeat(10_000);
    let mut conf = ProducerConf::new();
    (conf.batch_size, conf.max_request_size) = (1, exactly(1, &value));
    conf.buffer_memory = conf.max_request_size;
    let bench = bench(conf).await;
    for _ in 0..3 {
        bench.producer.send(Record::to("t").value(&value)).await.unwrap();
    }
    let results = bench.producer.send_all(&[Record::to("t").value(&value)]).await;
    assert!(results.iter().all(Result::is_ok));
    let larger = format!("{value}x");
    let error = bench.producer.send(Record::to("t").value(&larger)).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidRecord, "{error}");
}

/// Has the topic have no leader, as brokers say it of one that has just been made.
fn no_leader(cluster: &Cluster) -> Arc<AtomicBool> {
    let without = Arc::new(AtomicBool::new(true));
    let is_without = without.clone();
    cluster.control(move |request| {
        let hit = request.api() == ApiKey::Metadata && is_without.load(SeqCst);
        hit.then(|| {
            Action::edit(|answer: &mut MetadataResponse| {
                for topic in &mut answer.topics {
                    topic.error_code = ErrorCode::LEADER_NOT_AVAILABLE.0;
                    topic.partitions.clear();
                }
            })
        })
    });
    without
}

#[tokio::test(start_paused = true)]
async fn the_first_record_of_a_topic_waits_for_its_leader_up_to_max_block() {
    let bench = bench(ProducerConf::new()).await;
    let without = no_leader(&bench.cluster);
    let began = Instant::now();
    let sending = bench.producer.send(Record::to("t").value("0"));
    let mut message = [Message::value("1")];
    let producing = bench.producer.produce("t", 0, &mut message);
    let appearing = async {
        tokio::time::sleep(Duration::from_secs(50)).await;
        without.store(false, SeqCst);
    };
    let (sent, produced, ()) = tokio::join!(sending, producing, appearing);
    assert!(sent.is_ok() && produced.is_ok(), "{sent:?} {produced:?}");
    assert!(began.elapsed() >= Duration::from_secs(50) && began.elapsed() < Duration::from_secs(52));
    assert_eq!(bench.log(), [0, 1]);
}

#[tokio::test(start_paused = true)]
async fn the_first_record_of_a_topic_waits_for_a_cluster_that_cannot_be_reached() {
    let bench = bench(ProducerConf::new()).await;
    bench.cluster.kill(1);
    let sending = bench.producer.send(Record::to("t").value("0"));
    let coming_back = async {
        tokio::time::sleep(Duration::from_secs(40)).await;
        bench.cluster.revive(1).unwrap();
    };
    let (sent, ()) = tokio::join!(sending, coming_back);
    sent.unwrap();
    assert_eq!(bench.log(), [0]);
}

#[tokio::test(start_paused = true)]
async fn a_topic_that_gets_no_leader_is_an_error_after_max_block() {
    let mut conf = ProducerConf::new();
    conf.max_block = Duration::from_secs(20);
    let bench = bench(conf).await;
    let _without = no_leader(&bench.cluster);
    let began = Instant::now();
    let error = bench.producer.send(Record::to("t").value("0")).await.unwrap_err();
    assert_eq!(error.code(), Some(ErrorCode::LEADER_NOT_AVAILABLE), "{error}");
    let waited = began.elapsed();
    assert!(waited > Duration::from_secs(18) && waited <= Duration::from_secs(20), "{waited:?}");
}

#[tokio::test(start_paused = true)]
async fn a_topic_that_there_is_not_is_an_error_sooner() {
    let bench = bench(ProducerConf::new()).await;
    let began = Instant::now();
    let error = bench.producer.send(Record::to("nowhere").value("0")).await.unwrap_err();
    assert_eq!(error.code(), Some(ErrorCode::UNKNOWN_TOPIC_OR_PARTITION), "{error}");
    assert!(began.elapsed() < Duration::from_secs(6), "{:?}", began.elapsed());
}

#[tokio::test(start_paused = true)]
async fn trying_a_topic_that_there_is_not_says_so_once_the_cluster_was_asked() {
    let bench = bench(ProducerConf::new()).await;
    let try_enqueue = |topic| bench.producer.try_enqueue(Record::to(topic).value("0"));
    assert_eq!(try_enqueue("nowhere").unwrap_err().kind(), ErrorKind::QueueFull);
    assert_eq!(try_enqueue("t").unwrap_err().kind(), ErrorKind::QueueFull);
    settle().await;
    let error = try_enqueue("nowhere").unwrap_err();
    assert_eq!(error.code(), Some(ErrorCode::UNKNOWN_TOPIC_OR_PARTITION), "{error}");
    try_enqueue("t").unwrap().await.unwrap();

    let _without = no_leader(&bench.cluster);
    assert_eq!(try_enqueue("soon").unwrap_err().kind(), ErrorKind::QueueFull);
    settle().await;
    assert_eq!(try_enqueue("soon").unwrap_err().kind(), ErrorKind::QueueFull, "it may have a leader soon");
}

/// A task that has a record in line does not pass itself, whatever room there is by now.
#[tokio::test(start_paused = true)]
async fn records_of_one_task_stay_in_order_when_one_had_to_wait_for_room() {
    let mut conf = ProducerConf::new();
    (conf.batch_size, conf.max_request_size, conf.buffer_memory) = (1, 1_000, 1_000);
    let bench = bench(conf).await;
    bench.producer.send(Record::to("t").value("0")).await.unwrap();
    let stalled = bench.cluster.control(|request| (request.api() == ApiKey::Produce).then(Action::stall));
    let mut count = 1;
    let waiting = loop {
        let mut enqueue = bench.producer.enqueue(Record::to("t").value(&count.to_string()));
        match Pin::new(&mut enqueue).poll(&mut Context::from_waker(Waker::noop())) {
            Poll::Ready(taken) => drop(taken.unwrap()),
            Poll::Pending => break enqueue,
        }
        count += 1;
    };
    bench.cluster.release(stalled);
    bench.cluster.disconnect(1);
    settle().await;
    assert_eq!(bench.log().len(), count, "there is room again");
    let second = bench.producer.enqueue(Record::to("t").value(&(count + 1).to_string()));
    let (second, first) = tokio::join!(second, waiting);
    first.unwrap().await.unwrap();
    second.unwrap().await.unwrap();
    assert_eq!(bench.log(), (0..count + 2).collect::<Vec<_>>());
}

/// Writes to the partition of the delivery that it wakes for.
struct WritesAgain {
    producer: KafkaProducer,
    written: Mutex<Vec<Delivery>>,
}

impl Wake for WritesAgain {
    fn wake(self: Arc<Self>) {
        let delivery = self.producer.try_enqueue(Record::to("t").partition(0).value("7")).unwrap();
        self.written.lock().push(delivery);
    }
}

/// Runs `test` on a thread of its own: one that locks itself up is an error.
fn within_a_minute(test: impl AsyncFnOnce() + Send + 'static) {
    let (done, over) = mpsc::channel();
    let thread = std::thread::spawn(move || {
        let mut runtime = tokio::runtime::Builder::new_current_thread();
        runtime.enable_all().start_paused(true).build().unwrap().block_on(test());
        done.send(()).unwrap();
    });
    let ended = over.recv_timeout(Duration::from_mins(1));
    assert_ne!(ended, Err(mpsc::RecvTimeoutError::Timeout), "it is locked up");
    thread.join().unwrap();
}

#[test]
fn whoever_is_woken_for_a_delivery_may_write_to_its_partition() {
    within_a_minute(async || {
        let mut conf = ProducerConf::new();
        (conf.request_timeout, conf.delivery_timeout) = (Duration::from_secs(30), Duration::from_secs(30));
        let bench = bench(conf).await;
        bench.producer.send(Record::to("t").value("0")).await.unwrap();
        let stalled = bench.cluster.control(|request| (request.api() == ApiKey::Produce).then(Action::stall));
        let again = Arc::new(WritesAgain { producer: bench.producer.clone(), written: Mutex::default() });
        let waker = again.clone().into();
        let mut delivery = bench.producer.enqueue(Record::to("t").value("1")).await.unwrap();
        assert!(Pin::new(&mut delivery).poll(&mut Context::from_waker(&waker)).is_pending());
        tokio::time::sleep(Duration::from_secs(31)).await;
        assert_eq!(delivery.await.unwrap_err().kind(), ErrorKind::TimedOut);
        assert_eq!(again.written.lock().len(), 1);
        bench.cluster.release(stalled);
        let written = again.written.lock().pop().unwrap();
        written.await.unwrap();
    });
}

/// Writes to the producer whose batches it is told of, once each time.
#[derive(Default)]
struct Chatty {
    producer: OnceLock<KafkaProducer>,
    said: AtomicUsize,
}

impl Chatty {
    fn say(&self, nth: usize) {
        if self.said.compare_exchange(nth, nth + 1, SeqCst, SeqCst).is_ok() {
            let value = (nth + 1).to_string();
            let record = Record::to("t").partition(0).value(&value);
            let _forgotten = self.producer.get().unwrap().try_enqueue(record).unwrap();
        }
    }
}

impl ProducerInterceptor for Chatty {
    fn sealed(&self, _: &BatchLife) {
        self.say(0);
    }

    fn exchanged(&self, _: &BatchLife, _: &Exchange) {
        self.say(1);
    }

    fn settled(&self, _: &BatchLife, _: &kafka_client::Result<Receipt>) {
        self.say(2);
    }
}

#[test]
fn an_interceptor_may_write_to_the_partition_that_it_is_told_of() {
    within_a_minute(async || {
        let interceptor = Arc::new(Chatty::default());
        let mut conf = ProducerConf::new();
        conf.interceptor = Some(interceptor.clone());
        let bench = bench(conf).await;
        let producer = interceptor.producer.get_or_init(|| bench.producer.clone());
        producer.send(Record::to("t").partition(0).value("0")).await.unwrap();
        settle().await;
        assert_eq!(producer.flush(Duration::from_secs(10)).await, 0);
        assert_eq!(bench.log(), [0, 1, 2, 3]);
    });
}

/// The only thread for compression is taken.
#[test]
fn a_record_whose_time_is_over_before_it_was_compressed_comes_back_and_is_not_written() {
    let mut runtime = tokio::runtime::Builder::new_current_thread();
    let runtime = runtime.enable_all().start_paused(true).max_blocking_threads(1).build().unwrap();
    runtime.block_on(async {
        let mut conf = ProducerConf::new();
        (conf.compression, conf.linger) = (Compression::Lz4, kafka_client::Linger::Fixed(Duration::ZERO));
        (conf.request_timeout, conf.delivery_timeout) = (Duration::from_secs(30), Duration::from_secs(30));
        let bench = bench(conf).await;
        bench.producer.send(Record::to("t").value("0")).await.unwrap();
        let (release, held) = mpsc::channel::<()>();
        let holding = tokio::task::spawn_blocking(move || held.recv());
        let value = format!("{:010000}", 1);
        let delivery = bench.producer.enqueue(Record::to("t").value(&value)).await.unwrap();
        for _ in 0..40 {
            tokio::time::advance(Duration::from_secs(1)).await;
        }
        let error = delivery.await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::TimedOut, "{error}");
        assert!(!error.may_be_written(), "{error}");
        assert_eq!(error.record().unwrap().message.value.as_deref(), Some(value.as_bytes()));
        release.send(()).unwrap();
        holding.await.unwrap().unwrap();
        bench.producer.send(Record::to("t").value("2")).await.unwrap();
        assert_eq!(bench.log(), [0, 2]);
    });
}
