//! Partitions that come and go while another task reads.

use std::collections::BTreeMap;
use std::time::Duration;

use futures_util::StreamExt;
use kafka_client::{
    AssignedConsumer, AssignedConsumerConf, Assignment, ErrorKind, Message, Result, StartOffset,
    TopicPartition,
};
use kafka_proto::messages::ApiKey;
use kafka_test::cluster::Cluster;
use tokio::sync::mpsc;

use crate::{Setup, TOPIC, numbers, plain, text, within};

fn consumer(setup: &Setup) -> AssignedConsumer {
    setup.broker.assigned_consumer(AssignedConsumerConf::new()).unwrap()
}

/// A task that reads all the time, and what it reads, up to and with the first error.
fn reading(mut consumer: AssignedConsumer) -> (Assignment, mpsc::UnboundedReceiver<Result<Message>>) {
    let assignment = consumer.assignment();
    let (sender, messages) = mpsc::unbounded_channel();
    tokio::spawn(async move {
        loop {
            let message = consumer.consume().await;
            let last = message.is_err();
            if sender.send(message).is_err() || last {
                return;
            }
        }
    });
    (assignment, messages)
}

async fn next(messages: &mut mpsc::UnboundedReceiver<Result<Message>>) -> (i32, String) {
    let message = within(messages.recv()).await.unwrap().unwrap();
    (message.partition, text(&message))
}

async fn quiet(messages: &mut mpsc::UnboundedReceiver<Result<Message>>) {
    let more = tokio::time::timeout(Duration::from_secs(5), messages.recv()).await;
    assert!(more.is_err(), "{more:?}");
}

#[tokio::test(start_paused = true)]
async fn another_task_changes_what_a_waiting_one_reads() {
    let setup = Setup::new().await;
    let (assignment, mut messages) = reading(consumer(&setup));
    quiet(&mut messages).await;

    assignment.add((TOPIC, 0)).unwrap();
    assignment.add_at((TOPIC, 1), StartOffset::At(0)).unwrap();
    assert_eq!(assignment.add((TOPIC, 0)).unwrap_err().kind(), ErrorKind::InvalidConfig);
    setup.write(0, numbers(0..1));
    assert_eq!(next(&mut messages).await, (0, "0".into()));
    setup.write(1, numbers(0..1));
    assert_eq!(next(&mut messages).await, (1, "0".into()));
    assert_eq!(assignment.position((TOPIC, 0)), Some(1));

    assignment.pause((TOPIC, 0)).unwrap();
    assert_eq!(assignment.paused(), [TopicPartition::new(TOPIC, 0)]);
    setup.write(0, numbers(1..2));
    quiet(&mut messages).await;
    assignment.clone().resume((TOPIC, 0)).unwrap();
    assert_eq!(next(&mut messages).await, (0, "1".into()));

    assignment.seek((TOPIC, 0), StartOffset::Oldest).unwrap();
    assert_eq!(next(&mut messages).await, (0, "0".into()));
    assert_eq!(next(&mut messages).await, (0, "1".into()));
    assert_eq!((assignment.position((TOPIC, 0)), assignment.lag((TOPIC, 0))), (Some(2), Some(0)));

    assert_eq!(assignment.remove((TOPIC, 0)), Some(2));
    assert_eq!(assignment.remove((TOPIC, 0)), None);
    assert_eq!(assignment.partitions(), [TopicPartition::new(TOPIC, 1)]);
    setup.write(0, numbers(2..3));
    quiet(&mut messages).await;
    assert_eq!(
        assignment.seek((TOPIC, 0), StartOffset::Oldest).unwrap_err().kind(),
        ErrorKind::InvalidConfig
    );
}

#[tokio::test(start_paused = true)]
async fn without_a_partition_it_is_waited_for_one_as_long_as_one_may_come() {
    let setup = Setup::new().await;
    let (assignment, mut messages) = reading(consumer(&setup));
    assignment.add((TOPIC, 0)).unwrap();
    assignment.remove((TOPIC, 0));
    quiet(&mut messages).await;
    drop(assignment);
    let error = within(messages.recv()).await.unwrap().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NoData, "nobody can add one any more");
}

#[tokio::test(start_paused = true)]
async fn a_closed_broker_ends_the_wait_for_a_partition() {
    let setup = Setup::new().await;
    let (assignment, mut messages) = reading(consumer(&setup));
    quiet(&mut messages).await;
    setup.broker.close().await;
    assert_eq!(within(messages.recv()).await.unwrap().unwrap_err().kind(), ErrorKind::Closed);
    assert_eq!(assignment.add((TOPIC, 0)).unwrap_err().kind(), ErrorKind::Closed);
}

#[tokio::test(start_paused = true)]
async fn a_handle_that_outlives_its_consumer_says_so() {
    let setup = Setup::new().await;
    let consumer = consumer(&setup);
    let assignment = consumer.assignment();
    assignment.add((TOPIC, 0)).unwrap();
    drop(consumer);
    assert_eq!(assignment.partitions(), []);
    assert_eq!(assignment.add((TOPIC, 1)).unwrap_err().kind(), ErrorKind::Closed);
}

/// What was decided amid a batch that is being handed out counts from the next message on.
#[tokio::test(start_paused = true)]
async fn what_is_decided_within_a_turn_is_heeded_at_once() {
    let setup = Setup::new().await;
    setup.append(plain(&["0", "1", "2", "3", "4", "5"]), 0);
    let mut consumer = consumer(&setup);
    let assignment = consumer.assignment();
    assignment.add((TOPIC, 0)).unwrap();
    assert_eq!(text(&within(consumer.consume()).await.unwrap()), "0");
    assignment.seek((TOPIC, 0), StartOffset::At(4)).unwrap();
    assert_eq!(assignment.position((TOPIC, 0)), Some(4));
    assert_eq!(text(&within(consumer.consume()).await.unwrap()), "4");
    assignment.pause((TOPIC, 0)).unwrap();
    assert!(consumer.try_consume().unwrap().is_none());
    assert!(tokio::time::timeout(Duration::from_secs(5), consumer.consume_batch()).await.is_err());
    assignment.resume((TOPIC, 0)).unwrap();
    assert_eq!(text(&within(consumer.consume()).await.unwrap()), "5");
    assignment.seek((TOPIC, 0), StartOffset::At(0)).unwrap();
    assert_eq!(text(&within(consumer.consume()).await.unwrap()), "0");
    assert_eq!(assignment.remove((TOPIC, 0)), Some(1));
    assert!(consumer.try_consume().unwrap().is_none());
}

/// It is fetched where it went from then on, though the one who reads does nothing.
#[tokio::test(start_paused = true)]
async fn a_seek_in_a_partition_that_is_being_read_takes_effect_at_the_call() {
    let setup = Setup::new().await;
    let mut consumer = consumer(&setup);
    let assignment = consumer.assignment();
    for partition in 0..2 {
        setup.append(plain(&["0", "1", "2"]), partition);
        assignment.add((TOPIC, partition)).unwrap();
    }
    let mut stream = consumer.partition_stream((TOPIC, 1)).unwrap();
    within(stream.consume()).await.unwrap();
    within(consumer.consume()).await.unwrap();
    for partition in 0..2 {
        assert_eq!(assignment.position((TOPIC, partition)), Some(1));
        assignment.seek((TOPIC, partition), StartOffset::Newest).unwrap();
        assert_eq!(assignment.position((TOPIC, partition)), None);
    }
    tokio::time::sleep(Duration::from_secs(1)).await;
    for partition in 0..2 {
        assert_eq!(assignment.position((TOPIC, partition)), Some(3));
        setup.write(partition, numbers(3..5));
    }
    tokio::time::sleep(Duration::from_secs(1)).await;
    assert_eq!(assignment.position((TOPIC, 1)), Some(3), "what is fetched was not handed out");
    assert_eq!(text(&within(consumer.consume()).await.unwrap()), "3");
    assert_eq!(text(&within(stream.consume()).await.unwrap()), "3");
    for partition in 0..2 {
        assignment.seek((TOPIC, partition), StartOffset::At(1)).unwrap();
        assert_eq!(assignment.remove((TOPIC, partition)), Some(1));
    }
}

/// Nothing of it is fetched that could tell of the end.
#[tokio::test(start_paused = true)]
async fn a_closed_broker_ends_the_wait_for_paused_partitions_and_for_those_with_streams() {
    let setup = Setup::new().await;
    let mut of_paused = consumer(&setup);
    of_paused.add((TOPIC, 0)).unwrap();
    of_paused.add((TOPIC, 1)).unwrap();
    let mut paused_stream = of_paused.partition_stream((TOPIC, 1)).unwrap();
    of_paused.pause((TOPIC, 0)).unwrap();
    of_paused.pause((TOPIC, 1)).unwrap();
    let mut of_none = consumer(&setup);
    of_none.add((TOPIC, 2)).unwrap();
    let stream = of_none.partition_stream((TOPIC, 2)).unwrap();
    let waiting = async {
        tokio::join!(within(of_paused.consume()), within(of_none.consume()), within(paused_stream.consume()))
    };
    let close = async {
        tokio::time::sleep(Duration::from_secs(5)).await;
        setup.broker.close().await;
    };
    let ((first, second, third), ()) = tokio::join!(waiting, close);
    for ended in [first, second, third] {
        assert_eq!(ended.unwrap_err().kind(), ErrorKind::Closed);
    }
    assert_eq!(of_paused.try_consume().unwrap_err().kind(), ErrorKind::Closed);
    assert_eq!(of_none.try_consume().unwrap_err().kind(), ErrorKind::Closed);
    assert_eq!(paused_stream.try_consume().unwrap_err().kind(), ErrorKind::Closed);
    drop(stream);
}

/// The timer of a call that was dropped is not that of the stream.
#[tokio::test(start_paused = true)]
async fn a_stream_waits_for_as_long_as_a_call_whatever_was_waited_for_before() {
    let setup = Setup::new().await;
    let mut conf = AssignedConsumerConf::new();
    conf.retry_limit = Some(10);
    let patience = (conf.request_timeout + conf.retry_wait) * 10;
    let mut consumer = setup.broker.assigned_consumer(conf).unwrap();
    consumer.add((TOPIC, 0)).unwrap();
    for n in 0..2 {
        assert!(tokio::time::timeout(patience / 2, consumer.consume()).await.is_err());
        tokio::time::sleep(patience).await;
        let write = async {
            tokio::time::sleep(patience / 2).await;
            setup.write(0, numbers(n..n + 1));
        };
        let message = if n == 0 {
            let mut stream = consumer.stream();
            tokio::join!(stream.next(), write).0
        } else {
            let mut stream = std::mem::replace(&mut consumer, self::consumer(&setup)).into_stream();
            tokio::join!(stream.next(), write).0
        };
        assert_eq!(text(&message.unwrap().unwrap()), n.to_string());
    }
}

/// It need not be polled for that: a group's next member may read the partition already.
#[tokio::test(start_paused = true)]
async fn what_was_removed_is_not_fetched_any_more_though_its_consumer_does_nothing() {
    let setup = Setup::of(Cluster::builder().nodes(1).topic(TOPIC, 1)).await;
    setup.append(plain(&["0", "1", "2"]), 0);
    let mut consumer = consumer(&setup);
    let assignment = consumer.assignment();
    assignment.add((TOPIC, 0)).unwrap();
    within(consumer.consume()).await.unwrap();
    assert_eq!(assignment.remove((TOPIC, 0)), Some(1));
    tokio::time::sleep(Duration::from_secs(1)).await;
    let before = setup.cluster.requests(ApiKey::Fetch);
    tokio::time::sleep(Duration::from_mins(1)).await;
    assert_eq!(setup.cluster.requests(ApiKey::Fetch), before);
}

/// Of a pause and a resume that race, the one that counts for `paused` counts for what is read.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_partition_that_does_not_count_as_paused_is_read_whoever_paused_and_resumed_it() {
    const ROUNDS: usize = 3_000;
    let setup = Setup::new().await;
    let mut consumer = consumer(&setup);
    let assignment = consumer.assignment();
    assignment.add_at((TOPIC, 0), StartOffset::At(0)).unwrap();
    let mut stream = consumer.partition_stream((TOPIC, 0)).unwrap();
    let (read, mut offsets) = mpsc::unbounded_channel();
    tokio::spawn(async move {
        while let Ok(message) = stream.consume().await {
            read.send(message.offset).unwrap();
        }
    });
    let mut written = 0;
    for round in 0..ROUNDS {
        std::thread::scope(|threads| {
            threads.spawn(|| assignment.pause((TOPIC, 0)).unwrap());
            for _ in 0..round % 100 * 50 {
                std::hint::spin_loop();
            }
            assignment.resume((TOPIC, 0)).unwrap();
        });
        if !assignment.paused().is_empty() {
            continue;
        }
        setup.append(plain(&["x"]), 0);
        let next = tokio::time::timeout(Duration::from_secs(20), offsets.recv()).await;
        assert_eq!(next.unwrap(), Some(written), "round {round}");
        written += 1;
    }
    assert!(written > 0);
}

/// A partition that goes on where it was removed misses nothing, whatever the reading task was doing at that moment.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn partitions_that_are_taken_and_given_back_all_the_time_lose_nothing() {
    const EACH: usize = 2_000;
    let setup = Setup::new().await;
    for partition in 0..4 {
        for from in (0..EACH).step_by(20) {
            let values = numbers(from..from + 20);
            setup.append(plain(&values.iter().map(String::as_str).collect::<Vec<_>>()), partition);
        }
    }
    let (assignment, mut messages) = reading(consumer(&setup));
    let mut next = BTreeMap::new();
    for partition in 0..4 {
        assignment.add_at((TOPIC, partition), StartOffset::At(0)).unwrap();
        next.insert(partition, 0);
    }
    let changes = tokio::spawn(async move {
        for round in 0_i32.. {
            let partition = round % 4;
            let position = assignment.remove((TOPIC, partition)).unwrap();
            assignment.add_at((TOPIC, partition), StartOffset::At(position)).unwrap();
            tokio::task::yield_now().await;
            assignment.pause((TOPIC, partition)).unwrap();
            let position = assignment.position((TOPIC, partition)).unwrap();
            assignment.seek((TOPIC, partition), StartOffset::At(position)).unwrap();
            assignment.resume((TOPIC, partition)).unwrap();
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    });
    let reading = async {
        while next.values().any(|next| *next < EACH) {
            let message = messages.recv().await.unwrap().unwrap();
            let next = next.get_mut(&message.partition).unwrap();
            let offset = message.offset as usize;
            assert!(offset <= *next, "{offset} of {} came when {next} was due", message.partition);
            *next = offset + 1;
        }
    };
    tokio::time::timeout(Duration::from_secs(60), reading).await.unwrap();
    changes.abort();
}
