//! Nothing acknowledged is lost, nothing is written twice, order holds: through every error that an idempotent producer
//! meets. And what producers without these guarantees say honestly. In memory, under a paused clock.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::time::Duration;

use futures_util::future::join_all;
use kafka_client::{
    Broker, BrokerConf, Compression, Delivery, ErrorCode, ErrorKind, KafkaProducer, Linger, Message,
    ProducerConf, Record, RequiredAcks,
};
use kafka_proto::messages::{ApiKey, ProduceResponse};
use kafka_test::cluster::{Action, Cluster, ClusterConf, Network, TopicConf};
use tokio::time::Instant;

struct Bench {
    cluster: Cluster,
    producer: KafkaProducer,
}

async fn bench_of(cluster: ClusterConf, conf: ProducerConf) -> Bench {
    let cluster = cluster.network(Network::Memory).start().await.unwrap();
    let mut broker = BrokerConf::new("safety");
    broker.environment = Some(cluster.environment());
    let broker = Broker::dial(cluster.bootstrap(), broker).await.unwrap();
    Bench { producer: broker.producer(conf).unwrap(), cluster }
}

/// Three nodes, one partition, a batch for each record.
async fn bench() -> Bench {
    bench_of(Cluster::builder().nodes(3).topic("t", 1), small_batches()).await
}

fn small_batches() -> ProducerConf {
    let mut conf = ProducerConf::new();
    conf.batch_size = 1;
    conf
}

impl Bench {
    async fn send(&self, n: usize) -> kafka_client::Result<kafka_client::Receipt> {
        self.producer.send(Record::to("t").partition(0).value(&n.to_string())).await
    }

    async fn enqueue(&self, range: std::ops::Range<usize>) -> Vec<Delivery> {
        let mut deliveries = Vec::new();
        for n in range {
            let value = n.to_string();
            deliveries.push(self.producer.enqueue(Record::to("t").partition(0).value(&value)).await.unwrap());
        }
        deliveries
    }

    async fn send_all(&self, range: std::ops::Range<usize>) {
        for delivery in self.enqueue(range).await {
            delivery.await.unwrap();
        }
    }

    /// What is in the log.
    fn log(&self) -> Vec<usize> {
        let records = self.cluster.records("t", 0).into_iter();
        records.map(|record| std::str::from_utf8(&record.value.unwrap()).unwrap().parse().unwrap()).collect()
    }

    /// Epoch and sequence of each record in the log.
    fn stamps(&self) -> Vec<(i16, i32)> {
        let records = self.cluster.records("t", 0).into_iter();
        records.map(|record| (record.producer_epoch, record.sequence)).collect()
    }

    /// So that several requests are in flight.
    fn answers_late(&self) {
        for node in self.cluster.nodes() {
            self.cluster.slow_down(node, Duration::from_millis(10), None);
        }
    }

    /// The `nth` Produce request from now is treated like this.
    fn treat(&self, nth: usize, action: impl Fn() -> Action + Send + Sync + 'static) {
        let count = AtomicUsize::new(0);
        self.cluster.control(move |request| {
            let is_it = request.api() == ApiKey::Produce && count.fetch_add(1, SeqCst) == nth;
            is_it.then(&action)
        });
    }
}

fn numbers(range: std::ops::Range<usize>) -> Vec<usize> {
    range.collect()
}

#[tokio::test(start_paused = true)]
async fn a_duplicate_sequence_is_a_success_whose_offset_nobody_knows() {
    let bench = bench().await;
    bench.send(0).await.unwrap();
    bench.treat(0, || {
        Action::edit(|answer: &mut ProduceResponse| {
            let answer = &mut answer.responses[0].partition_responses[0];
            (answer.error_code, answer.base_offset) = (ErrorCode::DUPLICATE_SEQUENCE_NUMBER.0, -1);
        })
    });
    let receipt = bench.send(1).await.unwrap();
    assert_eq!((receipt.partition, receipt.offset), (0, None));
    assert_eq!(bench.send(2).await.unwrap().offset, Some(2));
    assert_eq!(bench.log(), [0, 1, 2]);
}

#[tokio::test(start_paused = true)]
async fn after_the_log_has_lost_its_end_numbering_begins_anew() {
    let bench = bench().await;
    bench.send_all(0..10).await;
    bench.cluster.truncate("t", 0, 5);
    bench.send_all(10..20).await;
    assert_eq!(bench.log(), [numbers(0..5), numbers(10..20)].concat());
    assert_eq!(bench.stamps()[5..], (0..10).map(|n| (1, n)).collect::<Vec<_>>());
}

#[tokio::test(start_paused = true)]
async fn a_refused_batch_takes_none_with_it_and_the_rest_goes_under_the_next_epoch() {
    let bench = bench().await;
    bench.send(0).await.unwrap();
    bench.treat(1, || Action::error(ErrorCode::INVALID_RECORD));
    let deliveries = bench.enqueue(1..10).await;
    for (nth, delivery) in (1..).zip(deliveries) {
        let delivered = delivery.await;
        assert_eq!(delivered.is_err(), nth == 2, "{nth}: {delivered:?}");
    }
    assert_eq!(bench.log(), [vec![0, 1], numbers(3..10)].concat());
    assert_eq!(bench.stamps()[2..], (0..7).map(|n| (1, n)).collect::<Vec<_>>());
}

#[tokio::test(start_paused = true)]
async fn answers_that_are_lost_are_asked_for_under_the_same_numbers() {
    for lost in 0..5 {
        let bench = bench().await;
        bench.send(0).await.unwrap();
        bench.treat(lost, Action::close_after);
        bench.send_all(1..20).await;
        assert_eq!(bench.log(), numbers(0..20), "answer {lost} was lost");
        assert!(bench.stamps().iter().all(|(epoch, _)| *epoch == 0), "no number was given up");
    }
}

/// Written or not: nobody knows, and the records behind it are neither lost nor written twice.
#[tokio::test(start_paused = true)]
async fn a_batch_that_times_out_in_flight_keeps_its_number() {
    for is_written in [true, false] {
        let mut conf = small_batches();
        (conf.request_timeout, conf.delivery_timeout) = (Duration::from_secs(20), Duration::from_secs(21));
        let bench = bench_of(Cluster::builder().nodes(3).topic("t", 1), conf).await;
        bench.send(0).await.unwrap();
        // The answer comes after all, but too late; or the connection ends without one.
        bench.treat(
            0,
            move || if is_written { Action::delay(Duration::from_secs(22)) } else { Action::stall() },
        );
        let error = bench.send(1).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::TimedOut);
        assert!(error.may_be_written(), "{error}");
        bench.send_all(2..10).await;
        let first = if is_written { vec![0, 1] } else { vec![0] };
        assert_eq!(bench.log(), [first, numbers(2..10)].concat(), "written: {is_written}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_leader_that_is_lost_with_requests_in_flight_leaves_no_trace() {
    for treatment in [Action::stall as fn() -> Action, Action::close, Action::close_after] {
        let bench = bench().await;
        bench.send(0).await.unwrap();
        let leader = bench.cluster.leader("t", 0).unwrap();
        bench.treat(2, treatment);
        let deliveries = bench.enqueue(1..12).await;
        tokio::time::sleep(Duration::from_millis(20)).await;
        bench.cluster.kill(leader);
        for delivery in deliveries {
            delivery.await.unwrap();
        }
        assert_eq!(bench.log(), numbers(0..12));
    }
}

/// Brokers forget a producer that was silent for a day; old ones then refuse it, new ones take any first number, so
/// that of several requests in flight the second could be taken without the first.
#[tokio::test(start_paused = true)]
async fn a_producer_that_was_forgotten_loses_neither_records_nor_their_order() {
    for release in ["1.0", "2.4", "newest"] {
        let conf = Cluster::builder().topic("t", 1).like_kafka(release);
        let bench = bench_of(conf, small_batches()).await;
        bench.send_all(0..10).await;
        tokio::time::sleep(Duration::from_secs(24 * 3600)).await;
        bench.cluster.expire_producers("t", 0);
        bench.treat(0, || Action::error(ErrorCode::NOT_ENOUGH_REPLICAS));
        bench.send_all(10..20).await;
        assert_eq!(bench.log(), numbers(0..20), "{release}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_producer_that_is_fenced_goes_on_under_another_id() {
    for code in
        [ErrorCode::INVALID_PRODUCER_EPOCH, ErrorCode::UNKNOWN_PRODUCER_ID, ErrorCode::PRODUCER_FENCED]
    {
        let bench = bench().await;
        bench.send_all(0..3).await;
        bench.treat(0, move || Action::error(code));
        bench.send_all(3..10).await;
        assert_eq!(bench.log(), numbers(0..10), "{code}");
        let ids: Vec<_> = bench.cluster.records("t", 0).iter().map(|record| record.producer_id).collect();
        assert_ne!(ids[2], ids[3], "{code}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_topic_that_is_deleted_and_created_again_takes_what_was_enqueued_meanwhile() {
    for release in ["2.0", "newest"] {
        let conf = Cluster::builder().nodes(3).topic("t", 4).like_kafka(release);
        let bench = bench_of(conf, small_batches()).await;
        bench.send_all(0..20).await;
        assert!(bench.cluster.delete_topic("t"));
        let meanwhile = bench.enqueue(20..30).await;
        tokio::time::sleep(Duration::from_secs(3)).await;
        bench.cluster.create_topic(TopicConf::new("t", 2)).unwrap();
        for delivery in meanwhile {
            delivery.await.unwrap();
        }
        bench.send_all(30..40).await;
        assert_eq!(bench.log(), numbers(20..40), "{release}");
        let error = bench.producer.send(Record::to("t").partition(3).value("gone")).await.unwrap_err();
        assert!(error.to_string().contains("2 partitions"), "{release}: {error}");
    }
}

/// A broker that knows nothing of the producer takes any number: were several in flight, a later batch could be let in
/// before the first.
#[tokio::test(start_paused = true)]
async fn to_a_topic_that_was_created_again_the_first_batch_goes_alone() {
    let cluster = Cluster::builder().topic("t", 1).network(Network::Memory).start().await.unwrap();
    let mut conf = BrokerConf::new("safety");
    conf.environment = Some(cluster.environment());
    conf.metadata_max_age = Duration::from_secs(10);
    let broker = Broker::dial(cluster.bootstrap(), conf).await.unwrap();
    let bench = Bench { producer: broker.producer(small_batches()).unwrap(), cluster };
    bench.send_all(0..5).await;
    assert!(bench.cluster.delete_topic("t"));
    bench.cluster.create_topic(TopicConf::new("t", 1)).unwrap();
    tokio::time::sleep(Duration::from_secs(25)).await;
    bench.answers_late();
    bench.treat(0, || Action::error(ErrorCode::NOT_ENOUGH_REPLICAS));
    bench.send_all(5..15).await;
    assert_eq!(bench.log(), numbers(5..15));
    assert_eq!(bench.stamps()[0], (0, 5), "its numbers went on");
}

#[tokio::test(start_paused = true)]
async fn a_topic_that_stays_deleted_fails_its_records_with_the_delivery_timeout() {
    let mut conf = small_batches();
    conf.delivery_timeout = Duration::from_secs(40);
    let bench = bench_of(Cluster::builder().topic("t", 1).topic("other", 1), conf).await;
    bench.send(0).await.unwrap();
    bench.cluster.delete_topic("t");
    let began = Instant::now();
    let error = bench.send(1).await.unwrap_err();
    assert_eq!(began.elapsed().as_secs(), 40);
    assert_eq!((error.kind(), error.topic()), (ErrorKind::TimedOut, Some("t")), "{error}");
    bench.producer.send(Record::to("other").value("x")).await.unwrap();
}

/// Batches of many records, several in flight, all larger than the topic takes.
#[tokio::test(start_paused = true)]
async fn batches_that_are_too_large_are_split_without_loss_or_disorder() {
    for compression in [Compression::None, Compression::Lz4] {
        let topic = TopicConf::new("t", 1).setting("max.message.bytes", "700");
        let mut conf = ProducerConf::new();
        (conf.batch_size, conf.compression) = (8 << 10, compression);
        conf.linger = Linger::Fixed(Duration::from_millis(5));
        let bench = bench_of(Cluster::builder().with_topic(topic), conf).await;
        let deliveries = bench.enqueue(0..2_000).await;
        for (nth, delivery) in (0..).zip(deliveries) {
            assert_eq!(delivery.await.unwrap().offset, Some(nth));
        }
        assert_eq!(bench.log(), numbers(0..2_000));
        assert!(bench.cluster.batches("t", 0).iter().all(|batch| batch.len() <= 700));
    }
}

/// As on a topic that was just created, whose leader does not know yet that it is one.
#[tokio::test(start_paused = true)]
async fn a_batch_is_split_whatever_its_first_attempt_came_to() {
    for first in [|| Action::error(ErrorCode::NOT_LEADER_OR_FOLLOWER), Action::close as fn() -> Action] {
        let topic = TopicConf::new("t", 1).setting("max.message.bytes", "700");
        let mut conf = ProducerConf::new();
        conf.linger = Linger::Fixed(Duration::from_millis(5));
        let bench = bench_of(Cluster::builder().with_topic(topic), conf).await;
        bench.treat(0, first);
        bench.send_all(0..300).await;
        assert_eq!(bench.log(), numbers(0..300));
        assert!(bench.stamps().iter().all(|(epoch, _)| *epoch == 0), "its parts share its numbers");
    }
}

/// The whole was written, its answer lost, and then somebody lowered the limit: its parts are not written again.
#[tokio::test(start_paused = true)]
async fn a_batch_that_was_written_is_not_written_again_in_parts() {
    let mut conf = ProducerConf::new();
    conf.linger = Linger::Fixed(Duration::from_millis(5));
    let bench = bench_of(Cluster::builder().topic("t", 1), conf).await;
    bench.send(0).await.unwrap();
    // The rule added last takes the first request, this one the next.
    bench.treat(0, || Action::error(ErrorCode::MESSAGE_TOO_LARGE));
    bench.treat(0, Action::close_after);
    for delivered in join_all(bench.enqueue(1..10).await).await {
        assert!(delivered.unwrap_err().may_be_written());
    }
    bench.send_all(10..20).await;
    assert_eq!(bench.log(), numbers(0..20));
}

#[tokio::test(start_paused = true)]
async fn a_record_that_is_too_large_by_itself_fails_alone() {
    let topic = TopicConf::new("t", 1).setting("max.message.bytes", "700");
    let mut conf = ProducerConf::new();
    conf.linger = Linger::Fixed(Duration::from_millis(5));
    let bench = bench_of(Cluster::builder().with_topic(topic), conf).await;
    let large = "1".repeat(1_000);
    let mut deliveries = bench.enqueue(0..5).await;
    deliveries.push(bench.producer.enqueue(Record::to("t").partition(0).value(&large)).await.unwrap());
    deliveries.extend(bench.enqueue(5..10).await);
    for (nth, delivered) in join_all(deliveries).await.into_iter().enumerate() {
        match delivered {
            Ok(_) => assert_ne!(nth, 5),
            Err(error) => {
                assert_eq!((nth, error.code()), (5, Some(ErrorCode::MESSAGE_TOO_LARGE)), "{error}");
                assert!(!error.may_be_written());
                assert_eq!(error.record().unwrap().message.value.as_deref(), Some(large.as_bytes()));
            }
        }
    }
    assert_eq!(bench.log(), numbers(0..10));
}

#[tokio::test(start_paused = true)]
async fn acks_none_says_neither_where_a_record_is_nor_that_it_is_there() {
    let mut conf = small_batches();
    (conf.required_acks, conf.delivery_timeout) = (RequiredAcks::None, Duration::from_secs(35));
    let bench = bench_of(Cluster::builder().topic("t", 1), conf).await;
    bench.treat(1, || Action::error(ErrorCode::NOT_ENOUGH_REPLICAS));
    for n in 0..3 {
        assert_eq!(bench.send(n).await.unwrap().offset, None);
    }
    let mut message = [Message::value("3")];
    assert_eq!(bench.producer.produce("t", 0, &mut message).await.unwrap(), None);
    assert_eq!((message[0].offset, message[0].partition), (-1, 0));
    tokio::time::sleep(Duration::from_secs(1)).await;
    assert_eq!(bench.log(), [0, 2, 3], "a refusal is not heard");

    // What could not even be sent is known to have failed.
    bench.cluster.kill(1);
    let error = bench.send(4).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::TimedOut, "{error}");
}

/// Without sequence numbers a batch whose answer was lost is sent again: it is there at least once.
#[tokio::test(start_paused = true)]
async fn acks_one_knows_the_offset_and_may_write_twice_what_was_not_answered() {
    let mut conf = small_batches();
    (conf.required_acks, conf.max_in_flight) = (RequiredAcks::One, 1);
    let bench = bench_of(Cluster::builder().topic("t", 1), conf).await;
    bench.treat(1, Action::close_after);
    for n in 0..3 {
        bench.send(n).await.unwrap();
    }
    assert_eq!(bench.log(), [0, 1, 1, 2]);
    assert_eq!(bench.send(3).await.unwrap().offset, Some(4));
}

#[tokio::test(start_paused = true)]
async fn after_the_last_attempt_an_unanswered_batch_is_said_to_be_possibly_written() {
    for (treatment, is_open) in [
        (Action::close_after as fn() -> Action, true),
        (|| Action::error(ErrorCode::NOT_ENOUGH_REPLICAS), false),
    ] {
        let mut conf = small_batches();
        conf.retry_limit = Some(1);
        let bench = bench_of(Cluster::builder().topic("t", 1), conf).await;
        bench.send(0).await.unwrap();
        bench.treat(0, treatment);
        let error = bench.send(1).await.unwrap_err();
        assert_eq!(error.may_be_written(), is_open, "{error}");
        bench.send(2).await.unwrap();
        let expected = if is_open { vec![0, 1, 2] } else { vec![0, 2] };
        assert_eq!(bench.log(), expected);
    }
}

/// What several producers write to one partition at once does not mix up anybody's numbers.
#[tokio::test(start_paused = true)]
async fn producers_that_share_a_partition_each_keep_their_order_through_lost_answers() {
    let bench = bench().await;
    let mut conf = BrokerConf::new("safety");
    conf.environment = Some(bench.cluster.environment());
    let broker = Broker::dial(bench.cluster.bootstrap(), conf).await.unwrap();
    let count = Arc::new(AtomicUsize::new(0));
    let seen = count.clone();
    bench.cluster.control(move |request| {
        let lost = request.api() == ApiKey::Produce && seen.fetch_add(1, SeqCst) % 9 == 4;
        lost.then(Action::close_after)
    });
    let writing: Vec<_> = (0..4)
        .map(|task| {
            let producer = broker.producer(small_batches()).unwrap();
            tokio::spawn(async move {
                let mut deliveries = Vec::new();
                for n in 0..100 {
                    let value = (task * 1_000 + n).to_string();
                    let record = Record::to("t").partition(0).value(&value);
                    deliveries.push(producer.enqueue(record).await.unwrap());
                }
                for delivery in deliveries {
                    delivery.await.unwrap();
                }
            })
        })
        .collect();
    for task in writing {
        task.await.unwrap();
    }
    let log = bench.log();
    assert_eq!(log.len(), 400);
    for task in 0..4 {
        let own: Vec<_> = log.iter().copied().filter(|n| n / 1_000 == task).collect();
        assert_eq!(own, numbers(task * 1_000..task * 1_000 + 100));
    }
    assert!(count.load(SeqCst) > 400);
}

/// What a broker says that it has not appended.
const REFUSALS: [ErrorCode; 12] = [
    ErrorCode::CORRUPT_MESSAGE,
    ErrorCode::NOT_ENOUGH_REPLICAS,
    ErrorCode::THROTTLING_QUOTA_EXCEEDED,
    ErrorCode::UNKNOWN_TOPIC_OR_PARTITION,
    ErrorCode::UNKNOWN_TOPIC_ID,
    ErrorCode::INCONSISTENT_TOPIC_ID,
    ErrorCode::OUT_OF_ORDER_SEQUENCE_NUMBER,
    ErrorCode::UNKNOWN_PRODUCER_ID,
    ErrorCode::INVALID_PRODUCER_EPOCH,
    ErrorCode::PRODUCER_FENCED,
    ErrorCode::INVALID_PRODUCER_ID_MAPPING,
    ErrorCode::COORDINATOR_LOAD_IN_PROGRESS,
];

/// What it may say of a batch that it has not appended, and of one that it has.
const DOUBTS: [ErrorCode; 8] = [
    ErrorCode::LEADER_NOT_AVAILABLE,
    ErrorCode::NOT_LEADER_OR_FOLLOWER,
    ErrorCode::REQUEST_TIMED_OUT,
    ErrorCode::NETWORK_EXCEPTION,
    ErrorCode::NOT_ENOUGH_REPLICAS_AFTER_APPEND,
    ErrorCode::KAFKA_STORAGE_ERROR,
    ErrorCode::FENCED_LEADER_EPOCH,
    ErrorCode::UNKNOWN_LEADER_EPOCH,
];

/// The batch is appended, and the answer says otherwise.
fn append_and_say(code: ErrorCode) -> Action {
    Action::edit(move |answer: &mut ProduceResponse| {
        for partition in answer.responses.iter_mut().flat_map(|topic| &mut topic.partition_responses) {
            (partition.error_code, partition.base_offset) = (code.0, -1);
        }
    })
}

/// Five requests are in flight, and any of them meets the error, now and again.
#[tokio::test(start_paused = true)]
async fn order_is_kept_through_every_error_that_passes() {
    let refused = REFUSALS.iter().chain(&DOUBTS).map(|code| (*code, false));
    let appended = DOUBTS.iter().chain([&ErrorCode::DUPLICATE_SEQUENCE_NUMBER]).map(|code| (*code, true));
    for (code, is_appended) in refused.chain(appended) {
        for every in [2, 5] {
            let bench = bench().await;
            bench.send(0).await.unwrap();
            bench.answers_late();
            let count = AtomicUsize::new(0);
            bench.cluster.control(move |request| {
                let nth = if request.api() == ApiKey::Produce { count.fetch_add(1, SeqCst) } else { 0 };
                let hit = nth % every == 1 && nth < 8 * every;
                hit.then(|| if is_appended { append_and_say(code) } else { Action::error(code) })
            });
            bench.send_all(1..40).await;
            assert_eq!(bench.log(), numbers(0..40), "{code}, appended: {is_appended}, every {every}th");
        }
    }
}
