//! Any set of partitions.

use std::collections::{BTreeMap, BTreeSet};
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use futures_util::StreamExt;
use kafka_client::{
    AssignedConsumer, AssignedConsumerConf, BatchConsumer, Consumer, ErrorCode, ErrorKind, Message,
    OffsetReset, PartitionStream, StartOffset, TopicPartition, merge,
};
use kafka_proto::messages::{ApiKey, FetchRequest, FetchResponse};
use kafka_test::cluster::{Action, Cluster};

use crate::{Setup, TOPIC, numbers, text, within};

impl Setup {
    fn assigned(&self) -> AssignedConsumer {
        self.assigned_as(|_| {})
    }

    fn assigned_as(&self, change: impl FnOnce(&mut AssignedConsumerConf)) -> AssignedConsumer {
        let mut conf = AssignedConsumerConf::new();
        change(&mut conf);
        self.broker.assigned_consumer(conf).unwrap()
    }
}

/// A consumer of these partitions of the topic.
fn of(setup: &Setup, partitions: impl IntoIterator<Item = i32>) -> AssignedConsumer {
    let consumer = setup.assigned();
    for partition in partitions {
        consumer.add((TOPIC, partition)).unwrap();
    }
    consumer
}

/// What comes next, by partition.
async fn take(consumer: &mut AssignedConsumer, count: usize) -> BTreeMap<i32, Vec<String>> {
    let mut taken: BTreeMap<_, Vec<_>> = BTreeMap::new();
    for _ in 0..count {
        let message = within(consumer.consume()).await.unwrap();
        taken.entry(message.partition).or_default().push(text(&message));
    }
    taken
}

async fn quiet(consumer: &mut AssignedConsumer) {
    let more = tokio::time::timeout(Duration::from_secs(5), consumer.consume()).await;
    assert!(more.is_err(), "{more:?}");
}

#[tokio::test(start_paused = true)]
async fn reads_all_partitions_each_in_order() {
    let setup = Setup::new().await;
    for partition in 0..8 {
        setup.write(partition, numbers(0..20));
    }
    let mut consumer = of(&setup, 0..8);
    let taken = take(&mut consumer, 160).await;
    assert_eq!(taken.len(), 8);
    assert!(taken.values().all(|values| *values == numbers(0..20)));
    for partition in 0..8 {
        assert_eq!(
            (consumer.position((TOPIC, partition)), consumer.lag((TOPIC, partition))),
            (Some(20), Some(0))
        );
    }
    setup.write(5, numbers(20..21));
    assert_eq!(take(&mut consumer, 1).await[&5], ["20"]);
}

#[tokio::test(start_paused = true)]
async fn partitions_of_several_topics_come_and_go_at_any_time() {
    let setup = Setup::of(Cluster::builder().nodes(3).topic(TOPIC, 4).topic("vegetables", 2)).await;
    let mut consumer = setup.assigned();
    setup.write(0, numbers(0..3));
    setup.write(1, numbers(0..3));
    consumer.add((TOPIC, 0)).unwrap();
    assert_eq!(take(&mut consumer, 3).await[&0], numbers(0..3));
    consumer.add_at((TOPIC, 1), StartOffset::At(2)).unwrap();
    consumer.add(("vegetables", 0)).unwrap();
    assert_eq!(take(&mut consumer, 1).await[&1], ["2"]);
    assert_eq!(consumer.remove((TOPIC, 0)), Some(3));
    assert_eq!(consumer.remove((TOPIC, 0)), None);
    setup.write(0, numbers(3..5));
    quiet(&mut consumer).await;
    let names: Vec<_> = consumer.partitions().iter().map(ToString::to_string).collect();
    assert_eq!(names, ["fruits-1", "vegetables-0"]);
    consumer.add_at((TOPIC, 0), StartOffset::At(3)).unwrap();
    assert_eq!(take(&mut consumer, 2).await[&0], ["3", "4"]);
}

#[tokio::test(start_paused = true)]
async fn what_is_assigned_wrongly_is_an_error_that_names_it() {
    let setup = Setup::new().await;
    let mut consumer = of(&setup, 0..2);
    for error in [
        consumer.add((TOPIC, 1)).unwrap_err(),
        consumer.add((TOPIC, -1)).unwrap_err(),
        consumer.add(("", 1)).unwrap_err(),
        consumer.add_at((TOPIC, 3), StartOffset::At(-7)).unwrap_err(),
        consumer.seek((TOPIC, 7), StartOffset::Oldest).unwrap_err(),
        consumer.pause((TOPIC, 7)).unwrap_err(),
        consumer.partition_stream((TOPIC, 7)).unwrap_err(),
    ] {
        assert_eq!(error.kind(), ErrorKind::InvalidConfig, "{error}");
    }
    assert_eq!((consumer.position((TOPIC, 7)), consumer.lag((TOPIC, 7))), (None, None));
    let mut conf = AssignedConsumerConf::new();
    conf.max_fetch_size = 0;
    assert_eq!(setup.broker.assigned_consumer(conf).unwrap_err().kind(), ErrorKind::InvalidConfig);
}

#[tokio::test(start_paused = true)]
async fn nothing_assigned_is_nothing_to_wait_for() {
    let setup = Setup::new().await;
    let mut consumer = setup.assigned();
    assert_eq!(within(consumer.consume()).await.unwrap_err().kind(), ErrorKind::NoData);
    assert_eq!(consumer.stream().collect::<Vec<_>>().await.len(), 0);
}

#[tokio::test(start_paused = true)]
async fn a_thousand_partitions_begin_with_one_question_to_each_node() {
    let setup = Setup::of(Cluster::builder().nodes(3).topic(TOPIC, 1_000)).await;
    for partition in 0..1_000 {
        setup.write(partition, [partition.to_string()]);
    }
    let mut consumer = of(&setup, 0..1_000);
    let taken = take(&mut consumer, 1_000).await;
    assert!(taken.iter().all(|(partition, values)| *values == [partition.to_string()]));
    assert_eq!(taken.len(), 1_000);
    let asked = setup.cluster.requests(ApiKey::ListOffsets);
    assert!(asked <= 6, "{asked} questions to three nodes");
}

/// A node refuses a request that names a partition twice.
#[tokio::test(start_paused = true)]
async fn who_begins_in_the_same_partition_at_the_same_moment_finds_its_own_offset() {
    let setup = Setup::new().await;
    setup.write(0, numbers(0..10));
    setup.cluster.delete_records(TOPIC, 0, 2);
    let starts = [
        (StartOffset::Oldest, 2),
        (StartOffset::Newest, 10),
        (StartOffset::Since(1), 2),
        (StartOffset::Since(2_000), 10),
        (StartOffset::Oldest, 2),
    ];
    let mut consumers = starts.map(|(start, position)| {
        let consumer = setup.assigned();
        consumer.add_at((TOPIC, 0), start).unwrap();
        (consumer, position)
    });
    // Taken away and given back.
    consumers[0].0.remove((TOPIC, 0));
    consumers[0].0.add((TOPIC, 0)).unwrap();
    for (consumer, position) in &mut consumers {
        quiet_from(consumer, *position).await;
    }
}

/// Reads the rest of ten messages from this position on, and waits in vain for more.
async fn quiet_from(consumer: &mut AssignedConsumer, position: usize) {
    for n in numbers(position..10) {
        assert_eq!(text(&within(consumer.consume()).await.unwrap()), n);
    }
    quiet(consumer).await;
    assert_eq!(consumer.position((TOPIC, 0)), Some(10));
}

/// Whether partition 0 was asked for during `work`, at the latest by a session that begins anew.
async fn fetched(setup: &Setup, work: impl Future<Output = ()>) -> bool {
    let fetched = Arc::new(AtomicBool::new(false));
    let seen = fetched.clone();
    let watch = setup.cluster.control(move |request| {
        let fetch: FetchRequest = request.decode()?;
        let named = fetch.topics.iter().flat_map(|topic| &topic.partitions).any(|asked| asked.partition == 0);
        seen.fetch_or(named, Ordering::Relaxed);
        None
    });
    setup.cluster.evict_fetch_sessions();
    work.await;
    setup.cluster.release(watch);
    fetched.load(Ordering::Relaxed)
}

#[tokio::test(start_paused = true)]
async fn a_paused_partition_is_neither_handed_out_nor_fetched_until_it_is_resumed() {
    let setup = Setup::new().await;
    setup.write(0, numbers(0..10));
    let mut consumer = of(&setup, 0..2);
    assert_eq!(take(&mut consumer, 3).await[&0], numbers(0..3));
    consumer.pause((TOPIC, 0)).unwrap();
    assert_eq!(consumer.paused().iter().map(ToString::to_string).collect::<Vec<_>>(), ["fruits-0"]);
    setup.write(0, numbers(10..12));
    setup.write(1, numbers(0..1));
    assert_eq!(take(&mut consumer, 1).await[&1], ["0"]);
    quiet(&mut consumer).await;
    assert!(!fetched(&setup, quiet(&mut consumer)).await);
    consumer.resume((TOPIC, 0)).unwrap();
    assert_eq!(take(&mut consumer, 9).await[&0], numbers(3..12));
    assert_eq!(consumer.paused().len(), 0);
}

/// Connections come and go while a partition is paused: none of that is its own failure.
#[tokio::test(start_paused = true)]
async fn a_paused_partition_does_not_collect_the_failures_of_others() {
    let setup = Setup::of(Cluster::builder().nodes(1).topic(TOPIC, 2)).await;
    let mut consumer = of(&setup, 0..2);
    consumer.pause((TOPIC, 0)).unwrap();
    for n in 0..3 {
        setup.cluster.kill(1);
        quiet(&mut consumer).await;
        setup.cluster.revive(1).unwrap();
        setup.write(1, numbers(n..n + 1));
        assert_eq!(take(&mut consumer, 1).await[&1], numbers(n..n + 1));
        tokio::time::sleep(Duration::from_mins(2)).await;
    }
    setup.write(0, numbers(0..1));
    consumer.resume((TOPIC, 0)).unwrap();
    assert_eq!(take(&mut consumer, 1).await[&0], numbers(0..1));
}

#[tokio::test(start_paused = true)]
async fn seek_goes_anywhere_in_one_partition_and_leaves_the_others() {
    let setup = Setup::new().await;
    for partition in 0..2 {
        setup.write(partition, numbers(0..10));
    }
    let mut consumer = of(&setup, 0..2);
    take(&mut consumer, 20).await;
    for (to, first) in [(StartOffset::At(4), 4), (StartOffset::Oldest, 0), (StartOffset::At(9), 9)] {
        consumer.seek((TOPIC, 0), to).unwrap();
        assert_eq!(take(&mut consumer, 10 - first).await[&0], numbers(first..10));
        assert_eq!(consumer.position((TOPIC, 1)), Some(10));
    }
    consumer.seek((TOPIC, 0), StartOffset::Newest).unwrap();
    quiet(&mut consumer).await;
    assert_eq!(consumer.position((TOPIC, 0)), Some(10));
}

#[tokio::test(start_paused = true)]
async fn the_last_of_two_seeks_counts_though_the_first_is_still_being_looked_up() {
    let setup = Setup::new().await;
    setup.write(0, numbers(0..10));
    setup.cluster.control(|request| {
        (request.api() == ApiKey::ListOffsets).then(|| Action::delay(Duration::from_secs(3)))
    });
    let mut consumer = of(&setup, [0]);
    assert_eq!(consumer.position((TOPIC, 0)), None, "it is not known yet");
    consumer.seek((TOPIC, 0), StartOffset::At(7)).unwrap();
    assert_eq!(take(&mut consumer, 3).await[&0], numbers(7..10));
    consumer.seek((TOPIC, 0), StartOffset::Newest).unwrap();
    tokio::time::sleep(Duration::from_secs(1)).await;
    consumer.seek((TOPIC, 0), StartOffset::Oldest).unwrap();
    assert_eq!(take(&mut consumer, 10).await[&0], numbers(0..10));
}

#[tokio::test(start_paused = true)]
async fn an_error_of_one_partition_names_it_and_stops_no_other() {
    let setup = Setup::new().await;
    setup.write(0, numbers(0..3));
    let mut consumer = of(&setup, [0]);
    consumer.add_at((TOPIC, 1), StartOffset::At(50)).unwrap();
    let (mut values, mut errors) = (Vec::new(), Vec::new());
    for _ in 0..5 {
        match tokio::time::timeout(Duration::from_secs(60), consumer.consume()).await {
            Ok(Ok(message)) => values.push(text(&message)),
            Ok(Err(error)) => errors.push(error),
            Err(_) => break,
        }
    }
    assert_eq!(values, numbers(0..3));
    assert!(!errors.is_empty());
    for error in errors {
        assert_eq!(
            (error.kind(), error.topic(), error.partition()),
            (ErrorKind::OffsetOutOfRange, Some(TOPIC), Some(1))
        );
        assert!(!error.is_terminal());
    }
    consumer.seek((TOPIC, 1), StartOffset::Oldest).unwrap();
    setup.write(1, numbers(0..1));
    assert_eq!(take(&mut consumer, 1).await[&1], ["0"]);
}

#[tokio::test(start_paused = true)]
async fn a_denied_partition_is_told_once_and_the_others_go_on() {
    let setup = Setup::new().await;
    let deny = |denied: &'static [i32]| {
        setup.cluster.control(move |request| {
            (request.api() == ApiKey::Fetch).then(|| {
                Action::edit(move |answer: &mut FetchResponse| {
                    for partition in answer.responses.iter_mut().flat_map(|topic| &mut topic.partitions) {
                        if denied.contains(&partition.partition_index) {
                            partition.error_code = ErrorCode::TOPIC_AUTHORIZATION_FAILED.0;
                            partition.records = None;
                        }
                    }
                })
            })
        })
    };
    let rule = deny(&[1]);
    setup.write(0, numbers(0..2));
    setup.write(1, numbers(0..2));
    let mut consumer = of(&setup, [1]);
    consumer.add((TOPIC, 0)).unwrap();
    let (mut values, mut told) = (Vec::new(), 0);
    while let Ok(next) = tokio::time::timeout(Duration::from_secs(60), consumer.consume()).await {
        match next {
            Ok(message) => values.push(text(&message)),
            Err(error) => {
                assert_eq!((error.kind(), error.is_terminal()), (ErrorKind::Authorization, false), "{error}");
                told += 1;
            }
        }
    }
    assert_eq!((values, told), (numbers(0..2), 1));
    // With nobody left it is the end.
    consumer.remove((TOPIC, 0));
    for _ in 0..2 {
        let error = within(consumer.consume()).await.unwrap_err();
        assert_eq!((error.kind(), error.is_terminal()), (ErrorKind::Authorization, true));
    }
    // Allowed by now: removed and added, it works.
    setup.cluster.release(rule);
    consumer.remove((TOPIC, 1));
    consumer.add((TOPIC, 1)).unwrap();
    assert_eq!(take(&mut consumer, 2).await[&1], numbers(0..2));
}

#[tokio::test(start_paused = true)]
async fn what_does_not_exist_is_an_error_and_works_once_it_does() {
    let setup = Setup::new().await;
    let mut consumer = setup.assigned_as(|conf| conf.retry_err_for = Some(Duration::from_secs(2)));
    consumer.add(("later", 0)).unwrap();
    consumer.add((TOPIC, 0)).unwrap();
    setup.write(0, numbers(0..1));
    assert_eq!(take(&mut consumer, 1).await[&0], ["0"]);
    let error = within(consumer.consume()).await.unwrap_err();
    assert_eq!(error.code(), Some(ErrorCode::UNKNOWN_TOPIC_OR_PARTITION), "{error}");
    setup.cluster.create_topic(kafka_test::cluster::TopicConf::new("later", 1)).unwrap();
    setup.cluster.append_raw("later", 0, crate::plain(&["made"])).unwrap();
    loop {
        if let Ok(message) = within(consumer.consume()).await {
            assert_eq!(text(&message), "made");
            break;
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_closed_broker_ends_it() {
    let setup = Setup::new().await;
    let mut consumer = of(&setup, 0..8);
    let broker = setup.broker.clone();
    let (error, ()) = tokio::join!(async { within(consumer.consume()).await.unwrap_err() }, async move {
        tokio::time::sleep(Duration::from_secs(1)).await;
        broker.close().await;
    });
    assert_eq!((error.kind(), error.is_terminal()), (ErrorKind::Closed, true));
    assert_eq!(within(consumer.consume()).await.unwrap_err().kind(), ErrorKind::Closed);
    assert_eq!(consumer.add((TOPIC, 9)).unwrap_err().kind(), ErrorKind::Closed);
}

#[tokio::test(start_paused = true)]
async fn no_partition_is_starved() {
    let setup = Setup::of(Cluster::builder().nodes(1).topic(TOPIC, 3)).await;
    for partition in 0..3 {
        let values = numbers(0..5_000);
        setup.append(crate::plain(&values.iter().map(String::as_str).collect::<Vec<_>>()), partition);
    }
    let mut consumer = of(&setup, 0..3);
    tokio::time::sleep(Duration::from_secs(1)).await;
    let first: BTreeSet<_> = take(&mut consumer, 1_600).await.into_keys().collect();
    assert_eq!(first, BTreeSet::from([0, 1, 2]));
}

#[tokio::test(start_paused = true)]
async fn batches_streams_and_single_messages_share_the_positions() {
    let setup = Setup::new().await;
    for partition in 0..3 {
        setup.append(crate::plain(&["0", "1", "2", "3", "4", "5"]), partition);
    }
    let mut consumer = of(&setup, 0..3);
    let mut seen: BTreeMap<i32, Vec<String>> = BTreeMap::new();
    let mut note = |message: &Message| seen.entry(message.partition).or_default().push(text(message));
    note(&within(consumer.consume()).await.unwrap());
    for _ in 0..2 {
        let batch = within(BatchConsumer::consume_batch(&mut consumer)).await.unwrap();
        assert_eq!(consumer.position((batch.topic(), batch.partition())), Some(batch.next_offset()));
        batch.messages().for_each(|message| note(&message));
    }
    let rest = 18 - 1 - 5 - 6;
    for message in consumer.stream().take(rest).collect::<Vec<_>>().await {
        note(&message.unwrap());
    }
    assert!(Consumer::try_consume(&mut consumer).unwrap().is_none());
    assert!(seen.values().all(|values| *values == numbers(0..6)), "{seen:?}");
}

#[tokio::test(start_paused = true)]
async fn a_partition_whose_batch_was_read_message_by_message_goes_on_with_batches() {
    let setup = Setup::new().await;
    setup.write(0, numbers(0..4));
    // One message comes at a time.
    let mut consumer = setup.assigned_as(|conf| conf.max_fetch_size = 1);
    consumer.add((TOPIC, 0)).unwrap();
    for n in 0..2 {
        assert_eq!(take(&mut consumer, 1).await[&0], [(2 * n).to_string()]);
        let batch = within(consumer.consume_batch()).await.unwrap();
        assert_eq!(
            batch.messages().map(|message| text(&message)).collect::<Vec<_>>(),
            [(2 * n + 1).to_string()]
        );
    }
}

#[tokio::test(start_paused = true)]
async fn a_dropped_future_consumes_nothing() {
    let setup = Setup::new().await;
    let mut consumer = of(&setup, 0..2);
    let mut taken: BTreeMap<i32, Vec<String>> = BTreeMap::new();
    for n in 0..50 {
        for _ in 0..3 {
            let waiting = pin!(consumer.consume());
            if let Poll::Ready(message) = waiting.poll(&mut Context::from_waker(Waker::noop())) {
                let message = message.unwrap();
                taken.entry(message.partition).or_default().push(text(&message));
            }
            tokio::task::yield_now().await;
        }
        setup.write(n % 2, numbers(n as usize / 2..n as usize / 2 + 1));
        if let Ok(batch) = tokio::time::timeout(Duration::ZERO, consumer.consume_batch()).await {
            for message in batch.unwrap().messages() {
                taken.entry(message.partition).or_default().push(text(&message));
            }
        }
    }
    let so_far = taken.values().map(Vec::len).sum::<usize>();
    for (partition, values) in take(&mut consumer, 50 - so_far).await {
        taken.entry(partition).or_default().extend(values);
    }
    assert!(taken.values().all(|values| *values == numbers(0..25)), "{taken:?}");
}

#[tokio::test(start_paused = true)]
async fn each_partition_has_a_stream_for_parallel_work_in_order() {
    let setup = Setup::new().await;
    for partition in 0..4 {
        setup.write(partition, numbers(0..50));
    }
    let mut consumer = of(&setup, 0..4);
    let tasks: Vec<_> = consumer
        .streams()
        .into_iter()
        .map(|stream| {
            tokio::spawn(async move {
                let values: Vec<_> = stream.take(50).map(|message| text(&message.unwrap())).collect().await;
                values
            })
        })
        .collect();
    for task in tasks {
        assert_eq!(task.await.unwrap(), numbers(0..50));
    }
    assert_eq!(consumer.position((TOPIC, 2)), Some(50));
    // The streams were dropped: their partitions are the consumer's again.
    setup.write(2, numbers(50..52));
    assert_eq!(take(&mut consumer, 2).await[&2], numbers(50..52));
}

async fn next(stream: &mut PartitionStream) -> String {
    text(&within(stream.consume()).await.unwrap())
}

#[tokio::test(start_paused = true)]
async fn a_stream_heeds_its_consumer() {
    let setup = Setup::new().await;
    setup.append(crate::plain(&["0", "1", "2", "3", "4", "5"]), 0);
    let mut consumer = of(&setup, 0..2);
    let mut stream = consumer.partition_stream((TOPIC, 0)).unwrap();
    assert_eq!(consumer.partition_stream((TOPIC, 0)).unwrap_err().kind(), ErrorKind::InvalidConfig);
    assert_eq!((next(&mut stream).await, next(&mut stream).await), ("0".into(), "1".into()));
    assert_eq!((consumer.position((TOPIC, 0)), stream.position()), (Some(2), Some(2)));

    consumer.pause((TOPIC, 0)).unwrap();
    let paused = tokio::time::timeout(Duration::from_secs(5), stream.consume()).await;
    assert!(paused.is_err(), "{paused:?}");
    let (message, ()) = tokio::join!(next(&mut stream), async {
        tokio::time::sleep(Duration::from_secs(1)).await;
        consumer.resume((TOPIC, 0)).unwrap();
    });
    assert_eq!(message, "2");

    consumer.seek((TOPIC, 0), StartOffset::At(5)).unwrap();
    assert_eq!((consumer.position((TOPIC, 0)), next(&mut stream).await), (Some(5), "5".into()));
    let (message, ()) = tokio::join!(next(&mut stream), async {
        tokio::time::sleep(Duration::from_secs(1)).await;
        consumer.seek((TOPIC, 0), StartOffset::Oldest).unwrap();
    });
    assert_eq!(message, "0", "a seek reaches a stream that waits");

    setup.write(1, numbers(0..1));
    assert_eq!(take(&mut consumer, 1).await[&1], ["0"], "the others are the consumer's");
    consumer.remove((TOPIC, 0));
    assert_eq!(within(stream.consume()).await.unwrap_err().kind(), ErrorKind::Closed);
    assert!(stream.next().await.is_none());
}

#[tokio::test(start_paused = true)]
async fn a_partition_is_paused_and_resumed_whoever_has_it() {
    let setup = Setup::new().await;
    let mut consumer = of(&setup, 0..2);
    setup.write(0, numbers(0..1));
    assert_eq!(take(&mut consumer, 1).await[&0], ["0"]);
    consumer.pause((TOPIC, 0)).unwrap();
    let mut stream = consumer.partition_stream((TOPIC, 0)).unwrap();
    assert!(tokio::time::timeout(Duration::from_secs(1), stream.consume()).await.is_err());
    consumer.resume((TOPIC, 0)).unwrap();
    setup.write(0, numbers(1..2));
    assert_eq!(next(&mut stream).await, "1");

    // Nobody polls the stream.
    consumer.pause((TOPIC, 0)).unwrap();
    quiet(&mut consumer).await;
    assert!(!fetched(&setup, quiet(&mut consumer)).await);
    drop(stream);
    let mut stream = consumer.partition_stream((TOPIC, 0)).unwrap();
    consumer.resume((TOPIC, 0)).unwrap();
    setup.write(0, numbers(2..3));
    assert_eq!(next(&mut stream).await, "2");
}

#[tokio::test(start_paused = true)]
async fn a_stream_ends_with_its_consumer_and_goes_back_when_it_is_dropped() {
    let setup = Setup::new().await;
    setup.append(crate::plain(&["0", "1", "2"]), 0);
    let mut consumer = of(&setup, [0]);
    let mut stream = consumer.partition_stream((TOPIC, 0)).unwrap();
    next(&mut stream).await;
    let (taken, ()) = tokio::join!(take(&mut consumer, 2), async {
        tokio::time::sleep(Duration::from_secs(1)).await;
        drop(stream);
    });
    assert_eq!(taken[&0], ["1", "2"]);
    let stream = consumer.partition_stream((TOPIC, 0)).unwrap();
    let (rest, ()) = tokio::join!(within(stream.collect::<Vec<_>>()), async {
        tokio::time::sleep(Duration::from_secs(1)).await;
        drop(consumer);
    });
    assert!(rest.is_empty(), "it ends without an error");
}

#[tokio::test(start_paused = true)]
async fn consumers_of_every_kind_are_merged() {
    let setup = Setup::new().await;
    for partition in 0..4 {
        setup.write(partition, numbers(0..10));
    }
    let mut parent = of(&setup, [3]);
    let members: Vec<Box<dyn Consumer>> = vec![
        Box::new(of(&setup, [0, 1])),
        Box::new(setup.consumer(2).await),
        Box::new(parent.partition_stream((TOPIC, 3)).unwrap()),
    ];
    let mx = merge(members);
    let mut seen: BTreeMap<i32, Vec<String>> = BTreeMap::new();
    for message in mx.stream().take(40).collect::<Vec<_>>().await {
        let message = message.unwrap();
        seen.entry(message.partition).or_default().push(text(&message));
    }
    assert_eq!(seen.len(), 4);
    assert!(seen.values().all(|values| *values == numbers(0..10)));
}

#[tokio::test(start_paused = true)]
async fn a_reset_begins_where_the_policy_says_for_who_has_no_position() {
    let setup = Setup::new().await;
    setup.write(0, numbers(0..5));
    let mut consumer = setup.assigned_as(|conf| conf.reset = OffsetReset::Oldest);
    consumer.add_at((TOPIC, 0), StartOffset::Reset).unwrap();
    assert_eq!(take(&mut consumer, 5).await[&0], numbers(0..5));
    let mut without = setup.assigned();
    without.add_at((TOPIC, 0), StartOffset::Reset).unwrap();
    let error = within(without.consume()).await.unwrap_err();
    assert_eq!((error.kind(), error.partition()), (ErrorKind::OffsetOutOfRange, Some(0)), "{error}");
    let again = within(without.consume()).await.unwrap_err();
    assert_eq!(again.kind(), ErrorKind::OffsetOutOfRange, "it must not read from anywhere: {again}");
    without.seek((TOPIC, 0), StartOffset::At(3)).unwrap();
    assert_eq!(take(&mut without, 2).await[&0], ["3", "4"]);
}

#[tokio::test(start_paused = true)]
async fn offsets_of_many_partitions_are_found_at_once() {
    let setup = Setup::new().await;
    for partition in 0..8 {
        setup.write(partition, numbers(0..10 + partition as usize));
    }
    setup.cluster.delete_records(TOPIC, 3, 4);
    let all: Vec<_> = (0..8).map(|partition| TopicPartition::new(TOPIC, partition)).collect();
    let before = setup.cluster.requests(ApiKey::ListOffsets);
    let begin = setup.broker.beginning_offsets(&all).await.unwrap();
    let end = setup.broker.end_offsets(&all).await.unwrap();
    assert_eq!((begin[&all[3]], begin[&all[2]], end[&all[7]], end.len()), (4, 0, 17, 8));
    // `plain` writes everything at 1,000.
    let times = all.iter().map(|of| (of, if of.partition == 0 { 1_001 } else { 999 }));
    let found = setup.broker.offsets_for_times(times).await.unwrap();
    assert_eq!(found[&all[0]], None);
    let third = found[&all[3]].unwrap();
    assert_eq!((third.offset, third.timestamp), (4, 1_000));
    let asked = setup.cluster.requests(ApiKey::ListOffsets) - before;
    assert!(asked <= 9 + 8, "{asked} requests to three nodes, once each when the leaders are known");
    let error = within(setup.broker.end_offsets([(TOPIC, 0), (TOPIC, 99)])).await.unwrap_err();
    assert!(error.to_string().contains("fruits-99"), "{error}");
    assert_eq!(setup.broker.end_offsets::<TopicPartition>([]).await.unwrap().len(), 0);
}
