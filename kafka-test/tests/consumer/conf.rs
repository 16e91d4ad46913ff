//! Every field of a consumer's configuration: its default, and what it does.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use kafka_client::{
    AssignedConsumer, AssignedConsumerConf, BrokerConf, Consumer, ConsumerConf, Error, ErrorCode, ErrorKind,
    FetchExchange, Isolation, OffsetReset, StartOffset,
};
use kafka_proto::messages::{ApiKey, FetchRequest, FetchResponse};
use kafka_proto::records::ControlType;
use kafka_test::cluster::{Action, Cluster};
use tokio::time::Instant;

use crate::{Setup, TOPIC, fails, marker, numbers, plain, speaking, take, text, transactional, within};

/// The readers that a configuration is for.
#[derive(Clone, Copy, Debug)]
enum Kind {
    /// A consumer of one partition.
    One,
    /// A consumer of any partitions, here of one.
    Any,
    /// The stream of one of its partitions.
    Stream,
}

const EVERY: [Kind; 3] = [Kind::One, Kind::Any, Kind::Stream];

struct Reader {
    consumer: Box<dyn Consumer>,
    _parent: Option<AssignedConsumer>,
}

impl Setup {
    /// A reader of partition 0 with this configuration.
    async fn reader(&self, kind: Kind, change: impl FnOnce(&mut ConsumerConf)) -> Reader {
        let mut conf = ConsumerConf::new(TOPIC, 0);
        change(&mut conf);
        if let Kind::One = kind {
            return Reader { consumer: Box::new(self.broker.consumer(conf).await.unwrap()), _parent: None };
        }
        let mut any = self.broker.assigned_consumer(for_any(&conf)).unwrap();
        any.add((TOPIC, 0)).unwrap();
        if let Kind::Any = kind {
            return Reader { consumer: Box::new(any), _parent: None };
        }
        let stream = any.partition_stream((TOPIC, 0)).unwrap();
        Reader { consumer: Box::new(stream), _parent: Some(any) }
    }
}

impl Reader {
    async fn take(&mut self, count: usize) -> Vec<String> {
        let mut taken = Vec::new();
        for _ in 0..count {
            taken.push(text(&within(self.consumer.consume()).await.unwrap()));
        }
        taken
    }

    async fn fails(&mut self) -> Error {
        within(self.consumer.consume()).await.unwrap_err()
    }

    /// Reads for a while in vain.
    async fn idle(&mut self, time: Duration) {
        let message = tokio::time::timeout(time, self.consumer.consume()).await;
        assert!(message.is_err(), "{message:?}");
    }
}

/// The same configuration for any partitions.
fn for_any(conf: &ConsumerConf) -> AssignedConsumerConf {
    let mut any = AssignedConsumerConf::new();
    macro_rules! copy {
        ($($field:ident)+) => { $(any.$field.clone_from(&conf.$field);)+ };
    }
    copy!(request_timeout retry_limit retry_wait retry_err_limit retry_err_for retry_err_wait min_fetch_size);
    copy!(max_fetch_size start_offset reset isolation check_crcs observer);
    any
}

/// What is said in the fetches that a consumer of this configuration sends at first.
async fn said<T: Send + 'static>(
    kind: Kind,
    change: impl FnOnce(&mut ConsumerConf),
    what: impl Fn(&FetchRequest) -> T + Send + Sync + 'static,
) -> Vec<T> {
    let setup = Setup::new().await;
    let seen = Arc::new(Mutex::new(Vec::new()));
    let list = seen.clone();
    setup.cluster.control(move |request| {
        list.lock().ok()?.push(what(&request.decode::<FetchRequest>()?));
        None
    });
    setup.write(0, numbers(0..1));
    let mut consumer = setup.reader(kind, change).await;
    consumer.take(1).await;
    consumer.idle(Duration::from_millis(10)).await;
    std::mem::take(&mut *seen.lock().unwrap())
}

#[test]
fn the_defaults_are_the_seeds_where_nothing_speaks_against_them() {
    let conf = ConsumerConf::new(TOPIC, 3);
    assert_eq!((&*conf.topic, conf.partition), (TOPIC, 3));
    assert_eq!(conf.request_timeout, Duration::from_millis(50));
    assert_eq!((conf.retry_limit, conf.retry_wait), (None, Duration::from_millis(50)));
    assert_eq!((conf.retry_err_limit, conf.retry_err_for), (None, Some(Duration::from_secs(60))));
    assert_eq!(conf.retry_err_wait, Duration::from_millis(500));
    assert_eq!((conf.min_fetch_size, conf.max_fetch_size), (1, 2_000_000));
    assert_eq!((conf.start_offset, conf.reset), (StartOffset::Oldest, OffsetReset::Error));
    assert_eq!((conf.isolation, conf.check_crcs), (Isolation::ReadUncommitted, true));
    assert!(conf.observer.is_none());
    let mut assigned = format!("{:?}", AssignedConsumerConf::new());
    assigned = assigned.replace("AssignedConsumerConf { ", "");
    assert!(format!("{conf:?}").ends_with(&assigned), "the same for many partitions: {assigned}");
}

#[tokio::test(start_paused = true)]
async fn request_timeout_is_how_long_a_broker_may_hold_a_fetch() {
    for kind in EVERY {
        let waits = said(kind, |_| {}, |fetch| fetch.max_wait_ms).await;
        assert_eq!(waits.first(), Some(&50), "{kind:?}");
        let longer = |conf: &mut ConsumerConf| conf.request_timeout = Duration::from_millis(320);
        let waits = said(kind, longer, |fetch| fetch.max_wait_ms).await;
        assert_eq!(waits.first(), Some(&320), "{kind:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn min_fetch_size_is_waited_for_until_request_timeout() {
    for kind in EVERY {
        let sizes = said(kind, |_| {}, |fetch| fetch.min_bytes).await;
        assert_eq!(sizes.first(), Some(&1), "{kind:?}");
        let setup = Setup::new().await;
        let more = |conf: &mut ConsumerConf| {
            conf.min_fetch_size = 1_000;
            conf.request_timeout = Duration::from_secs(7);
        };
        let mut consumer = setup.reader(kind, more).await;
        tokio::time::sleep(Duration::from_secs(1)).await;
        let begin = Instant::now();
        setup.write(0, numbers(0..1));
        consumer.take(1).await;
        let took = begin.elapsed();
        assert!(took > Duration::from_secs(3), "{kind:?}: too little to answer with: {took:?}");
        let begin = Instant::now();
        setup.append(plain(&[&"x".repeat(1_000)]), 0);
        consumer.take(1).await;
        assert!(begin.elapsed() < Duration::from_secs(1), "{kind:?}: {:?}", begin.elapsed());
    }
}

#[tokio::test(start_paused = true)]
async fn max_fetch_size_is_what_a_fetch_asks_for() {
    let asked =
        |fetch: &FetchRequest| fetch.topics.first().map(|topic| topic.partitions[0].partition_max_bytes);
    for kind in EVERY {
        assert_eq!(said(kind, |_| {}, asked).await.first(), Some(&Some(2_000_000)), "{kind:?}");
        let less = |conf: &mut ConsumerConf| conf.max_fetch_size = 777;
        assert_eq!(said(kind, less, asked).await.first(), Some(&Some(777)), "{kind:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn retry_limit_and_retry_wait_say_when_there_is_no_data() {
    let setup = Setup::new().await;
    for kind in EVERY {
        for (limit, wait, timeout, sum) in [(3, 100, 50, 450), (10, 50, 50, 1_000), (1, 0, 250, 250)] {
            let limits = |conf: &mut ConsumerConf| {
                conf.retry_limit = Some(limit);
                conf.retry_wait = Duration::from_millis(wait);
                conf.request_timeout = Duration::from_millis(timeout);
            };
            let mut consumer = setup.reader(kind, limits).await;
            // As often as it is asked.
            for _ in 0..2 {
                let begin = Instant::now();
                assert_eq!(consumer.fails().await.kind(), ErrorKind::NoData, "{kind:?}");
                assert_eq!(begin.elapsed().as_millis() / 10, sum / 10, "{kind:?}");
            }
        }
        // No limit by default.
        setup.reader(kind, |_| {}).await.idle(Duration::from_hours(1)).await;
    }
}

#[tokio::test(start_paused = true)]
async fn errors_are_outlasted_by_number_and_by_time_with_a_pause_between() {
    for kind in EVERY {
        for (limit, time, wait, least, most) in [
            (Some(4), None, 1_000, 2_900, 4_000),
            (None, Some(10_000), 500, 9_000, 10_500),
            (Some(1_000), Some(3_000), 100, 2_500, 3_500),
        ] {
            let setup = Setup::new().await;
            setup.cluster.control(|request| {
                let refuse = |answer: &mut FetchResponse| {
                    for partition in answer.responses.iter_mut().flat_map(|topic| &mut topic.partitions) {
                        partition.error_code = ErrorCode::KAFKA_STORAGE_ERROR.0;
                    }
                };
                (request.api() == ApiKey::Fetch).then(|| Action::edit(refuse))
            });
            let limits = |conf: &mut ConsumerConf| {
                conf.retry_err_limit = limit;
                conf.retry_err_for = time.map(Duration::from_millis);
                conf.retry_err_wait = Duration::from_millis(wait);
            };
            let mut consumer = setup.reader(kind, limits).await;
            let begin = Instant::now();
            let error = consumer.fails().await;
            assert_eq!(error.code(), Some(ErrorCode::KAFKA_STORAGE_ERROR), "{kind:?}: {error}");
            let took = begin.elapsed().as_millis();
            assert!((least..most).contains(&took), "{kind:?}: {limit:?}, {time:?}, {wait}: {took} ms");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn start_offset_is_where_reading_begins() {
    let setup = Setup::new().await;
    setup.write(0, numbers(0..10));
    for (start, position) in [(StartOffset::Oldest, 0), (StartOffset::Newest, 10), (StartOffset::At(4), 4)] {
        assert_eq!(setup.from(start).await.position(), position, "{start:?}");
        // Added by the consumer itself, and by a handle to its partitions.
        for by_handle in [false, true] {
            let mut conf = AssignedConsumerConf::new();
            conf.start_offset = start;
            let consumer = setup.broker.assigned_consumer(conf).unwrap();
            if by_handle {
                consumer.assignment().add((TOPIC, 0)).unwrap();
            } else {
                consumer.add((TOPIC, 0)).unwrap();
            }
            tokio::time::sleep(Duration::from_secs(1)).await;
            assert_eq!(consumer.position((TOPIC, 0)), Some(position), "{start:?}");
        }
    }
    for wrong in [StartOffset::At(-3), StartOffset::AtEpoch(4, -1), StartOffset::Since(-5)] {
        let mut conf = ConsumerConf::new(TOPIC, 0);
        conf.start_offset = wrong;
        let any = setup.broker.assigned_consumer(for_any(&conf)).unwrap_err();
        for error in [setup.broker.consumer(conf).await.unwrap_err(), any] {
            assert_eq!(error.kind(), ErrorKind::InvalidConfig);
            assert!(error.to_string().contains("start_offset"), "{error}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn reset_is_for_offsets_out_of_range() {
    let setup = Setup::new().await;
    setup.write(0, numbers(0..3));
    for kind in EVERY {
        for (reset, expected) in
            [(OffsetReset::Oldest, numbers(0..3)), (OffsetReset::Since(1), numbers(0..3))]
        {
            let lost = |conf: &mut ConsumerConf| {
                conf.start_offset = StartOffset::At(99);
                conf.reset = reset;
            };
            assert_eq!(setup.reader(kind, lost).await.take(3).await, expected, "{kind:?}");
        }
        let lost = |conf: &mut ConsumerConf| conf.start_offset = StartOffset::At(99);
        let error = setup.reader(kind, lost).await.fails().await;
        assert_eq!(error.kind(), ErrorKind::OffsetOutOfRange, "{kind:?}: {error}");
    }
}

#[tokio::test(start_paused = true)]
async fn isolation_decides_about_open_and_aborted_transactions() {
    let setup = Setup::new().await;
    for batch in [
        transactional(1, &["aborted"]),
        marker(1, ControlType::Abort),
        plain(&["plain"]),
        transactional(2, &["open"]),
    ] {
        setup.append(batch, 0);
    }
    for kind in EVERY {
        let mut all = setup.reader(kind, |_| {}).await;
        assert_eq!(all.take(3).await, ["aborted", "plain", "open"], "{kind:?}");
        let mut committed = setup.reader(kind, |conf| conf.isolation = Isolation::ReadCommitted).await;
        assert_eq!(committed.take(1).await, ["plain"], "{kind:?}");
        committed.idle(Duration::from_secs(5)).await;
    }
    let mut committed = setup.with_conf(|conf| conf.isolation = Isolation::ReadCommitted).await;
    assert_eq!(take(&mut committed, 1).await, ["plain"]);
    assert_eq!((committed.lag(), within(committed.end_offset()).await.unwrap()), (Some(0), 3));
}

#[tokio::test(start_paused = true)]
async fn check_crcs_finds_damage_or_lets_it_pass() {
    let setup = Setup::new().await;
    let mut bad = plain(&["damaged"]);
    // The checksum itself: what it is of is whole.
    bad[17] ^= 1;
    setup.append(bad, 0);
    for kind in EVERY {
        let error = setup.reader(kind, |_| {}).await.fails().await;
        assert_eq!(
            (error.kind(), error.partition()),
            (ErrorKind::CorruptBatch, Some(0)),
            "{kind:?}: {error}"
        );
        let mut trusting = setup.reader(kind, |conf| conf.check_crcs = false).await;
        assert_eq!(trusting.take(1).await, ["damaged"], "{kind:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn the_observer_is_told_of_every_fetch_with_its_times_and_offsets() {
    for kind in EVERY {
        let setup = Setup::with(Cluster::builder().nodes(1).topic(TOPIC, 2), BrokerConf::new("test")).await;
        let told: Arc<Mutex<Vec<FetchExchange>>> = Arc::default();
        let list = told.clone();
        setup.append(plain(&["0", "1", "2"]), 0);
        let watched = |conf: &mut ConsumerConf| {
            conf.request_timeout = Duration::from_secs(10);
            conf.observer =
                Some(Arc::new(move |fetch: &FetchExchange| list.lock().unwrap().push(fetch.clone())));
        };
        let mut consumer = setup.reader(kind, watched).await;
        consumer.take(3).await;
        consumer.idle(Duration::from_secs(1)).await;
        setup.append(plain(&["3"]), 0);
        consumer.take(1).await;
        let fetches: Vec<_> = std::mem::take(&mut *told.lock().unwrap());
        let brought: Vec<_> = fetches.iter().filter(|fetch| fetch.bytes > 0).collect();
        let offsets: Vec<_> =
            brought.iter().map(|fetch| (fetch.initial_offset, fetch.final_offset)).collect();
        assert_eq!(offsets, [(0, 3), (3, 4)], "{kind:?}");
        let newest = brought[1];
        assert_eq!((&*newest.topic, newest.partition, newest.node, newest.high_watermark), (TOPIC, 0, 1, 4));
        assert!(newest.took >= Duration::from_millis(300) && newest.error.is_none(), "{fetches:?}");
        assert!(newest.began > 0);
        assert!(fetches.iter().all(|fetch| fetch.throttle.is_zero()), "{fetches:?}");

        let quota = setup.cluster.control(|request| {
            let exceeded = |answer: &mut FetchResponse| answer.throttle_time_ms = 70;
            (request.api() == ApiKey::Fetch).then(|| Action::edit(exceeded))
        });
        // The fetch under way is answered as before.
        consumer.idle(Duration::from_secs(30)).await;
        setup.append(plain(&["4"]), 0);
        assert_eq!(consumer.take(1).await, ["4"]);
        setup.cluster.release(quota);
        let throttled =
            told.lock().unwrap().iter().rfind(|fetch| fetch.bytes > 0).map(|fetch| fetch.throttle);
        assert_eq!(throttled, Some(Duration::from_millis(70)), "{kind:?}");

        consumer.idle(Duration::from_secs(30)).await;
        told.lock().unwrap().clear();
        setup.cluster.fail(ApiKey::Fetch, ErrorCode::UNKNOWN_SERVER_ERROR, 1);
        setup.append(plain(&["5"]), 0);
        assert_eq!(consumer.take(1).await, ["5"]);
        setup.append(plain(&["6"]), 0);
        assert_eq!(consumer.take(1).await, ["6"]);
        let failed = told.lock().unwrap().iter().any(|fetch| fetch.error.is_some());
        assert!(failed, "{kind:?}: a fetch that fails is told as well");
    }
}

#[tokio::test(start_paused = true)]
async fn an_observer_that_panics_stops_neither_its_consumer_nor_others() {
    let setup = Setup::with(Cluster::builder().nodes(1).topic(TOPIC, 2), BrokerConf::new("test")).await;
    setup.write(0, numbers(0..3));
    let panics = |_: &FetchExchange| panic!("the observer's own mistake");
    let mut consumer = setup.with_conf(|conf| conf.observer = Some(Arc::new(panics))).await;
    assert_eq!(take(&mut consumer, 3).await, numbers(0..3));
    assert_eq!(take(&mut setup.consumer(0).await, 3).await, numbers(0..3));
    setup.write(0, numbers(3..5));
    assert_eq!(take(&mut consumer, 2).await, numbers(3..5));
}

#[tokio::test(start_paused = true)]
async fn who_asks_again_and_again_after_an_error_causes_no_storm() {
    let setup = Setup::of(Cluster::builder().nodes(1).topic(TOPIC, 1)).await;
    let mut consumer = setup.from(StartOffset::At(1_000)).await;
    fails(&mut consumer).await;
    let (began, accepted) = (Instant::now(), setup.cluster.accepted());
    let requests = setup.cluster.requests(ApiKey::Fetch);
    for _ in 0..20 {
        assert_eq!(fails(&mut consumer).await.kind(), ErrorKind::OffsetOutOfRange);
    }
    assert!(
        began.elapsed() >= Duration::from_secs(9),
        "retry_err_wait is half a second: {:?}",
        began.elapsed()
    );
    assert_eq!(setup.cluster.accepted(), accepted, "the connection is kept");
    assert!(setup.cluster.requests(ApiKey::Fetch) - requests <= 20);
}

/// The rest after an error is not for who goes elsewhere, also if it has asked again meanwhile.
#[tokio::test(start_paused = true)]
async fn a_seek_during_the_rest_after_an_error_is_fetched_at_once() {
    let setup = Setup::of(Cluster::builder().nodes(1).topic(TOPIC, 1)).await;
    setup.write(0, numbers(0..1));
    let mut consumer = setup.from(StartOffset::At(1_000)).await;
    fails(&mut consumer).await;
    assert!(tokio::time::timeout(Duration::from_millis(100), consumer.consume()).await.is_err(), "it rests");
    let began = Instant::now();
    within(consumer.seek(StartOffset::Oldest)).await.unwrap();
    within(consumer.consume()).await.unwrap();
    assert!(began.elapsed() < Duration::from_millis(100), "{:?}", began.elapsed());
}

#[tokio::test(start_paused = true)]
async fn a_small_max_response_size_takes_more_answers() {
    let mut conf = BrokerConf::new("test");
    conf.max_response_size = 100_000;
    let setup = Setup::with(Cluster::builder().nodes(1).topic(TOPIC, 1), conf).await;
    let large = "x".repeat(10_000);
    (0..50).for_each(|_| setup.append(plain(&[&large]), 0));
    let mut consumer = setup.consumer(0).await;
    assert_eq!(take(&mut consumer, 50).await.len(), 50);
}

/// Before version 8 the node waits itself, and says for how long it has.
#[tokio::test(start_paused = true)]
async fn an_old_node_that_has_throttled_is_not_waited_for_again() {
    for (version, waits) in [(7, false), (8, true)] {
        let setup = Setup::of(speaking(version)).await;
        setup.cluster.control(|request| {
            let fetch = request.api() == ApiKey::Fetch;
            fetch.then(|| Action::edit(|answer: &mut FetchResponse| answer.throttle_time_ms = 20_000))
        });
        setup.write(0, numbers(0..1));
        let mut consumer = setup.consumer(0).await;
        take(&mut consumer, 1).await;
        let began = Instant::now();
        setup.write(0, numbers(1..2));
        take(&mut consumer, 1).await;
        assert_eq!(began.elapsed() > Duration::from_secs(15), waits, "{version}: {:?}", began.elapsed());
    }
}

#[tokio::test(start_paused = true)]
async fn what_cannot_work_is_an_error_that_names_the_field() {
    type Change = fn(&mut ConsumerConf);
    const TOO_LONG: Duration = Duration::from_secs(2 * 366 * 24 * 3600);
    let wrong: [(&str, Change); 13] = [
        ("topic", |conf| conf.topic = "".into()),
        ("partition", |conf| conf.partition = -1),
        ("retry_limit", |conf| conf.retry_limit = Some(0)),
        ("retry_err_limit", |conf| conf.retry_err_limit = Some(0)),
        ("retry_err_for", |conf| conf.retry_err_for = Some(Duration::ZERO)),
        ("retry_err_for", |conf| conf.retry_err_for = Some(TOO_LONG)),
        ("retry_wait", |conf| conf.retry_wait = TOO_LONG),
        ("retry_err_wait", |conf| conf.retry_err_wait = TOO_LONG),
        ("request_timeout", |conf| conf.request_timeout = Duration::from_secs(30 * 24 * 3600)),
        ("min_fetch_size", |conf| conf.min_fetch_size = -1),
        ("max_fetch_size", |conf| conf.max_fetch_size = 0),
        ("min_fetch_size", |conf| conf.min_fetch_size = 3_000_000),
        ("reset", |conf| conf.reset = OffsetReset::Since(-1)),
    ];
    for (field, change) in wrong {
        let mut conf = ConsumerConf::new(TOPIC, 0);
        change(&mut conf);
        let mut errors = vec![conf.validate().unwrap_err()];
        if !["topic", "partition"].contains(&field) {
            errors.push(for_any(&conf).validate().unwrap_err());
        }
        for error in errors {
            assert_eq!(error.kind(), ErrorKind::InvalidConfig);
            assert!(error.to_string().contains(&format!("{field} ")), "{field}: {error}");
        }
    }
}
