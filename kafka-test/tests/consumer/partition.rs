//! One partition.

use std::pin::pin;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use bytes::Bytes;
use futures_util::StreamExt;
use kafka_client::{
    Broker, BrokerConf, ConsumerConf, ErrorCode, ErrorKind, Isolation, OffsetReset, StartOffset,
};
use kafka_proto::compression::{Compression, Compressor};
use kafka_proto::messages::{ApiKey, FetchRequest, FetchResponse};
use kafka_proto::records::{BatchBuilder, ControlType, SealOptions};
use kafka_test::cluster::{Action, Cluster, TopicConf};
use tokio::time::Instant;

use crate::{
    Setup, TOPIC, fails, marker, numbers, plain, sealed, speaking, take, text, transactional, within,
};

#[tokio::test(start_paused = true)]
async fn begins_at_the_oldest_the_newest_or_an_exact_offset() {
    let setup = Setup::new().await;
    setup.write(0, numbers(0..10));
    setup.cluster.delete_records(TOPIC, 0, 2);
    let mut oldest = setup.from(StartOffset::Oldest).await;
    let mut exact = setup.from(StartOffset::At(7)).await;
    let mut newest = setup.from(StartOffset::Newest).await;
    assert_eq!((oldest.position(), exact.position(), newest.position()), (2, 7, 10));
    setup.write(0, numbers(10..11));
    assert_eq!(take(&mut oldest, 9).await, numbers(2..11));
    assert_eq!(take(&mut exact, 4).await, numbers(7..11));
    assert_eq!(take(&mut newest, 1).await, ["10"]);
    assert_eq!(setup.broker.offset_earliest(TOPIC, 0).await.unwrap(), 2);
    assert_eq!(setup.broker.offset_latest(TOPIC, 0).await.unwrap(), 11);
}

#[tokio::test(start_paused = true)]
async fn every_version_of_fetch_since_kafka_1_0_is_spoken() {
    for version in 4..=18 {
        let setup = Setup::of(speaking(version)).await;
        setup.write(0, numbers(0..50));
        setup.write(1, numbers(50..60));
        let mut first = setup.consumer(0).await;
        let mut second = setup.consumer(1).await;
        assert_eq!(take(&mut first, 50).await, numbers(0..50), "version {version}");
        assert_eq!(take(&mut second, 10).await, numbers(50..60), "version {version}");
        setup.write(0, numbers(50..51));
        assert_eq!(take(&mut first, 1).await, ["50"], "version {version}");
    }
}

#[tokio::test(start_paused = true)]
async fn messages_say_where_they_are_and_how_many_are_behind_them() {
    let setup = Setup::new().await;
    setup.write(3, numbers(0..10));
    let mut consumer = setup.consumer(3).await;
    for at in 0..10 {
        let message = within(consumer.consume()).await.unwrap();
        assert_eq!((message.offset, message.high_watermark, message.lag()), (at, 10, Some(9 - at)));
        assert_eq!((&*message.topic, message.partition), (TOPIC, 3));
        assert_eq!((message.timestamp, message.key.as_deref()), (Some(1_000), Some(&b"k"[..])));
        assert_eq!(message.header("h"), Some(&b"1"[..]));
        assert_eq!(message.leader_epoch, setup.cluster.leader_epoch(TOPIC, 3));
        assert_eq!(consumer.position(), at + 1);
    }
}

#[tokio::test(start_paused = true)]
async fn single_messages_and_batches_share_one_position() {
    let setup = Setup::new().await;
    setup.append(plain(&["0", "1", "2", "3"]), 0);
    let mut consumer = setup.consumer(0).await;
    assert_eq!(take(&mut consumer, 2).await, ["0", "1"]);
    let batch = within(consumer.consume_batch()).await.unwrap();
    let values: Vec<_> = batch.iter().map(|record| record.value().unwrap().to_vec()).collect();
    assert_eq!(values, [b"2", b"3"]);
    assert_eq!((batch.len(), batch.next_offset(), batch.high_watermark()), (2, 4, 4));
    assert_eq!(batch.messages().map(|message| message.offset).collect::<Vec<_>>(), [2, 3]);
    assert_eq!(consumer.position(), 4);
}

#[tokio::test(start_paused = true)]
async fn a_message_larger_than_the_fetch_size_is_read() {
    let setup = Setup::new().await;
    let large = "x".repeat(200_000);
    setup.append(plain(&["small"]), 0);
    setup.append(plain(&[&large]), 0);
    setup.append(plain(&["last"]), 0);
    let mut consumer = setup.with_conf(|conf| conf.max_fetch_size = 1_000).await;
    assert_eq!(take(&mut consumer, 3).await, ["small", &large, "last"]);
}

#[tokio::test(start_paused = true)]
async fn a_batch_that_a_broker_cuts_short_is_asked_for_whole() {
    let setup = Setup::new().await;
    let large = "x".repeat(50_000);
    setup.append(plain(&[&large]), 0);
    setup.append(plain(&["last"]), 0);
    setup.cluster.control(|request| {
        let fetch: FetchRequest = request.decode()?;
        let most = fetch.topics.first()?.partitions.first()?.partition_max_bytes as usize;
        Some(Action::edit(move |answer: &mut FetchResponse| {
            for partition in answer.responses.iter_mut().flat_map(|topic| &mut topic.partitions) {
                if let Some(records) = &mut partition.records {
                    records.truncate(most);
                }
            }
        }))
    });
    let mut consumer = setup.with_conf(|conf| conf.max_fetch_size = 1_000).await;
    assert_eq!(take(&mut consumer, 2).await, [&large, "last"]);
}

#[tokio::test(start_paused = true)]
async fn a_node_that_always_cuts_a_batch_short_is_not_asked_in_a_storm() {
    const STORM: u64 = 1_000;
    let setup = Setup::new().await;
    setup.write(0, numbers(0..1));
    let asked = AtomicU64::new(0);
    setup.cluster.control(move |request| {
        let cut = |answer: &mut FetchResponse| {
            for partition in answer.responses.iter_mut().flat_map(|topic| &mut topic.partitions) {
                partition.records.iter_mut().for_each(|records| records.truncate(40));
            }
        };
        match request.api() {
            // Without a pause between requests the clock would stand still.
            ApiKey::Fetch if asked.fetch_add(1, Relaxed) > STORM => Some(Action::stall()),
            ApiKey::Fetch => Some(Action::edit(cut)),
            _ => None,
        }
    });
    let mut consumer = setup.consumer(0).await;
    let error = tokio::time::timeout(Duration::from_mins(3), consumer.consume()).await.unwrap().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Protocol, "{error}");
    assert!(setup.cluster.requests(ApiKey::Fetch) < STORM);
}

#[tokio::test(start_paused = true)]
async fn offsets_that_compaction_removed_are_passed_over() {
    let setup = Setup::new().await;
    for offset in [3, 10, 40] {
        setup.append(sealed(&["kept"], |options| options.base_offset = offset), 0);
    }
    let mut consumer = setup.consumer(0).await;
    let mut offsets = Vec::new();
    for _ in 0..3 {
        offsets.push(within(consumer.consume()).await.unwrap().offset);
    }
    assert_eq!(offsets, [3, 10, 40]);
}

#[tokio::test(start_paused = true)]
async fn compressed_batches_of_every_codec_are_read() {
    let setup = Setup::new().await;
    for compression in Compression::ALL {
        let mut builder = BatchBuilder::new(Vec::new());
        builder.append(1, None, Some(compression.name().as_bytes()), &[]).unwrap();
        builder.append(1, None, Some(&[b'x'; 10_000]), &[]).unwrap();
        let mut batch = Vec::new();
        let mut compressor = Compressor::new(compression).unwrap();
        builder.seal_compressed(&SealOptions::new(), &mut compressor, &mut batch).unwrap();
        setup.append(batch, 0);
    }
    let mut consumer = setup.consumer(0).await;
    for compression in Compression::ALL {
        assert_eq!(take(&mut consumer, 2).await, [compression.name(), &"x".repeat(10_000)]);
    }
}

#[tokio::test(start_paused = true)]
async fn aborted_transactions_are_left_out_when_only_committed_ones_are_read() {
    let setup = Setup::new().await;
    for batch in [
        transactional(1, &["committed"]),
        transactional(2, &["aborted"]),
        plain(&["plain"]),
        marker(2, ControlType::Abort),
        transactional(2, &["aborted too"]),
        marker(1, ControlType::Commit),
        marker(2, ControlType::Abort),
        plain(&["last"]),
        transactional(3, &["open"]),
        plain(&["after open"]),
    ] {
        setup.append(batch, 0);
    }
    let mut committed = setup
        .with_conf(|conf| {
            conf.isolation = Isolation::ReadCommitted;
            conf.retry_limit = Some(3);
        })
        .await;
    assert_eq!(take(&mut committed, 3).await, ["committed", "plain", "last"]);
    assert_eq!(fails(&mut committed).await.kind(), ErrorKind::NoData, "a transaction is open");
    let mut all = setup.consumer(0).await;
    let everything = ["committed", "aborted", "plain", "aborted too", "last", "open", "after open"];
    assert_eq!(take(&mut all, 7).await, everything, "control records are no messages");
}

#[tokio::test(start_paused = true)]
async fn no_data_comes_after_the_limit_and_the_consumer_stays_usable() {
    let setup = Setup::new().await;
    let mut consumer = setup
        .with_conf(|conf| {
            conf.retry_limit = Some(4);
            conf.request_timeout = Duration::from_millis(300);
            conf.retry_wait = Duration::from_millis(200);
        })
        .await;
    for _ in 0..2 {
        let begin = Instant::now();
        assert_eq!(fails(&mut consumer).await.kind(), ErrorKind::NoData);
        assert_eq!(begin.elapsed().as_millis() / 10, 200);
    }
    setup.write(0, numbers(0..1));
    assert_eq!(take(&mut consumer, 1).await, ["0"]);
}

#[tokio::test(start_paused = true)]
async fn an_offset_out_of_range_is_told_and_seek_mends_it() {
    let setup = Setup::new().await;
    setup.write(0, numbers(0..10));
    setup.cluster.delete_records(TOPIC, 0, 5);
    let mut consumer = setup.from(StartOffset::At(100)).await;
    for _ in 0..2 {
        let error = fails(&mut consumer).await;
        assert_eq!(error.kind(), ErrorKind::OffsetOutOfRange, "{error}");
        assert!(!error.is_terminal());
        assert_eq!((error.topic(), error.partition(), consumer.position()), (Some(TOPIC), Some(0), 100));
    }
    within(consumer.seek(StartOffset::Oldest)).await.unwrap();
    assert_eq!(take(&mut consumer, 5).await, numbers(5..10));
    within(consumer.seek(StartOffset::At(7))).await.unwrap();
    assert_eq!(take(&mut consumer, 1).await, ["7"]);
}

#[tokio::test(start_paused = true)]
async fn a_seek_drops_what_was_fetched_ahead() {
    let setup = Setup::new().await;
    setup.write(0, numbers(0..100));
    let mut consumer = setup.consumer(0).await;
    assert_eq!(take(&mut consumer, 10).await, numbers(0..10));
    for target in [90, 3, 99, 0] {
        within(consumer.seek(StartOffset::At(target as i64))).await.unwrap();
        assert_eq!(consumer.position(), target as i64);
        assert_eq!(take(&mut consumer, 1).await, numbers(target..target + 1));
    }
    within(consumer.seek(StartOffset::Newest)).await.unwrap();
    setup.write(0, numbers(100..101));
    assert_eq!(take(&mut consumer, 1).await, ["100"]);
}

#[tokio::test(start_paused = true)]
async fn a_dropped_future_consumes_nothing() {
    let setup = Setup::new().await;
    let mut consumer = setup.consumer(0).await;
    let mut taken = Vec::new();
    for n in 0..50 {
        for _ in 0..3 {
            // Polled once and dropped, whether or not something is there.
            let waiting = pin!(consumer.consume());
            if let Poll::Ready(message) = waiting.poll(&mut Context::from_waker(Waker::noop())) {
                taken.push(text(&message.unwrap()));
            }
            tokio::task::yield_now().await;
        }
        setup.write(0, numbers(n..n + 1));
        let _ = tokio::time::timeout(Duration::ZERO, consumer.consume_batch()).await.map(|batch| {
            taken.extend(batch.unwrap().messages().map(|message| text(&message)));
        });
    }
    taken.extend(take(&mut consumer, 50 - taken.len()).await);
    assert_eq!(taken, numbers(0..50));
}

#[tokio::test(start_paused = true)]
async fn what_has_arrived_is_there_without_waiting() {
    let setup = Setup::new().await;
    let mut consumer = setup.consumer(0).await;
    assert!(consumer.try_consume().unwrap().is_none());
    setup.write(0, numbers(0..3));
    tokio::time::sleep(Duration::from_secs(1)).await;
    for n in numbers(0..3) {
        assert_eq!(text(&consumer.try_consume().unwrap().unwrap()), n);
    }
    assert!(consumer.try_consume().unwrap().is_none());
}

#[tokio::test(start_paused = true)]
async fn a_leader_that_moves_is_followed_and_nothing_is_lost_or_read_twice() {
    for version in [4, 9, 12, 13, 18] {
        let setup = Setup::of(speaking(version)).await;
        let mut consumer = setup.consumer(0).await;
        for n in 0..20 {
            setup.write(0, numbers(n * 10..n * 10 + 10));
            assert_eq!(take(&mut consumer, 5).await, numbers(n * 10..n * 10 + 5), "version {version}");
            assert!(setup.cluster.move_leader(TOPIC, 0, (n % 3) as i32 + 1));
            assert_eq!(take(&mut consumer, 5).await, numbers(n * 10 + 5..n * 10 + 10), "version {version}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn lost_connections_and_nodes_that_die_are_outlasted() {
    let setup = Setup::new().await;
    let mut consumer = setup.consumer(0).await;
    for n in 0..6 {
        let leader = setup.cluster.leader(TOPIC, 0).unwrap();
        match n % 3 {
            0 => setup.cluster.disconnect(leader),
            1 => setup.cluster.kill(leader),
            _ => setup.cluster.evict_fetch_sessions(),
        }
        setup.write(0, numbers(n * 10..n * 10 + 10));
        assert_eq!(take(&mut consumer, 10).await, numbers(n * 10..n * 10 + 10));
        setup.cluster.revive(leader).unwrap();
    }
}

#[tokio::test(start_paused = true)]
async fn an_outage_is_told_after_its_limit_and_the_consumer_goes_on_after_it() {
    let setup = Setup::of(Cluster::builder().nodes(1).topic(TOPIC, 1)).await;
    let mut consumer = setup.consumer(0).await;
    setup.write(0, numbers(0..1));
    assert_eq!(take(&mut consumer, 1).await, ["0"]);
    setup.cluster.kill(1);
    let begin = Instant::now();
    let error = fails(&mut consumer).await;
    assert!(error.to_string().contains("gave up after"), "{error}");
    assert!(!error.is_terminal());
    let outage = begin.elapsed().as_secs();
    assert!((55..75).contains(&outage), "{outage} s");
    setup.cluster.revive(1).unwrap();
    setup.write(0, numbers(1..2));
    assert_eq!(take(&mut consumer, 1).await, ["1"]);
}

#[tokio::test(start_paused = true)]
async fn a_node_that_does_not_answer_is_left() {
    let setup = Setup::new().await;
    setup.write(0, numbers(0..10));
    let leader = setup.cluster.leader(TOPIC, 0).unwrap();
    let rule = setup.cluster.control(move |request| {
        (request.node() == leader && request.api() == ApiKey::Fetch).then(Action::stall)
    });
    let mut consumer = setup.consumer(0).await;
    let other = tokio::time::timeout(Duration::from_secs(5), consumer.consume()).await;
    assert!(other.is_err(), "it stalls");
    // Somebody else's request finds out that the leader has moved: the consumer follows without an error of its own.
    let elsewhere = leader % 3 + 1;
    assert!(setup.cluster.move_leader(TOPIC, 0, elsewhere));
    assert_eq!(take(&mut consumer, 10).await, numbers(0..10));
    setup.cluster.release(rule);
}

#[tokio::test(start_paused = true)]
async fn a_denied_partition_is_a_terminal_error_on_every_call_and_ends_a_stream() {
    let setup = Setup::new().await;
    setup.cluster.control(|request| {
        (request.api() == ApiKey::Fetch).then(|| {
            Action::edit(|answer: &mut FetchResponse| {
                for partition in answer.responses.iter_mut().flat_map(|topic| &mut topic.partitions) {
                    partition.error_code = ErrorCode::TOPIC_AUTHORIZATION_FAILED.0;
                    partition.records = None;
                }
            })
        })
    });
    let mut consumer = setup.consumer(0).await;
    setup.write(0, numbers(0..1));
    for _ in 0..3 {
        let error = fails(&mut consumer).await;
        assert_eq!((error.kind(), error.is_terminal()), (ErrorKind::Authorization, true));
    }
    let all: Vec<_> = within(consumer.into_stream().collect()).await;
    assert_eq!(all.len(), 1, "yielded once");
}

#[tokio::test(start_paused = true)]
async fn a_stream_yields_messages_and_ends_silently_for_lack_of_data() {
    let setup = Setup::new().await;
    setup.write(0, numbers(0..20));
    let consumer = setup.with_conf(|conf| conf.retry_limit = Some(3)).await;
    let all: Vec<_> = within(consumer.into_stream().collect()).await;
    let all: Vec<_> = all.into_iter().map(|message| text(&message.unwrap())).collect();
    assert_eq!(all, numbers(0..20));
}

#[tokio::test(start_paused = true)]
async fn a_corrupt_batch_says_where_to_go_on_and_what_is_before_it_is_read() {
    let setup = Setup::new().await;
    setup.write(0, numbers(0..2));
    let mut bad = plain(&["bad", "worse"]);
    let last = bad.len() - 1;
    bad[last] ^= 1;
    setup.append(bad, 0);
    setup.write(0, numbers(4..6));
    let mut consumer = setup.consumer(0).await;
    assert_eq!(take(&mut consumer, 2).await, numbers(0..2));
    for _ in 0..2 {
        let error = fails(&mut consumer).await;
        assert_eq!((error.kind(), error.resume_at()), (ErrorKind::CorruptBatch, Some(4)), "{error}");
        assert_eq!(consumer.position(), 2);
    }
    within(consumer.seek(StartOffset::At(4))).await.unwrap();
    assert_eq!(take(&mut consumer, 2).await, numbers(4..6));
}

#[tokio::test(start_paused = true)]
async fn damage_on_the_way_heals_with_the_next_fetch() {
    let setup = Setup::new().await;
    setup.write(0, numbers(0..3));
    let rule = setup.cluster.control(|request| {
        (request.api() == ApiKey::Fetch).then(|| {
            Action::edit(|answer: &mut FetchResponse| {
                for partition in answer.responses.iter_mut().flat_map(|topic| &mut topic.partitions) {
                    let mut records = partition.records.take().unwrap_or_default().to_vec();
                    if let Some(last) = records.last_mut() {
                        *last ^= 1;
                    }
                    partition.records = Some(Bytes::from(records));
                }
            })
        })
    });
    let mut consumer = setup.consumer(0).await;
    assert_eq!(take(&mut consumer, 2).await, numbers(0..2));
    assert_eq!(fails(&mut consumer).await.kind(), ErrorKind::CorruptBatch);
    setup.cluster.release(rule);
    assert_eq!(take(&mut consumer, 1).await, ["2"]);
}

#[tokio::test(start_paused = true)]
async fn consumers_of_one_node_share_one_long_poll() {
    let setup = Setup::of(Cluster::builder().nodes(1).topic(TOPIC, 100)).await;
    let mut consumers = Vec::new();
    for partition in 0..100 {
        consumers.push(
            setup
                .with_conf(|conf| {
                    conf.partition = partition;
                    conf.request_timeout = Duration::from_millis(500);
                })
                .await,
        );
    }
    tokio::time::sleep(Duration::from_secs(2)).await;
    let before = setup.cluster.requests(ApiKey::Fetch);
    tokio::time::sleep(Duration::from_secs(10)).await;
    let polls = setup.cluster.requests(ApiKey::Fetch) - before;
    assert!((19..=21).contains(&polls), "{polls} requests in 10 s of long polls of 0.5 s");
    for (partition, consumer) in consumers.iter_mut().enumerate() {
        setup.write(partition as i32, numbers(partition..partition + 1));
        assert_eq!(take(consumer, 1).await, numbers(partition..partition + 1));
    }
}

#[tokio::test(start_paused = true)]
async fn nothing_waits_behind_the_long_poll_of_others() {
    let setup = Setup::of(Cluster::builder().nodes(1).topic(TOPIC, 2)).await;
    setup.write(1, numbers(0..100));
    let long = |conf: &mut ConsumerConf| conf.request_timeout = Duration::from_secs(20);
    let _idle = setup.with_conf(long).await;
    tokio::time::sleep(Duration::from_secs(1)).await;
    let begin = Instant::now();
    let mut busy = setup
        .with_conf(|conf| {
            long(conf);
            conf.partition = 1;
            // Every few messages the buffer is full, and has room again.
            conf.max_fetch_size = 300;
        })
        .await;
    assert_eq!(take(&mut busy, 100).await, numbers(0..100));
    within(busy.seek(StartOffset::At(50))).await.unwrap();
    assert_eq!(take(&mut busy, 1).await, ["50"]);
    assert!(begin.elapsed() < Duration::from_secs(1), "{:?}", begin.elapsed());
}

#[tokio::test(start_paused = true)]
async fn a_partition_can_be_read_twice_at_once() {
    let setup = Setup::new().await;
    setup.write(0, numbers(0..20));
    let (mut a, mut b) = (setup.consumer(0).await, setup.from(StartOffset::At(10)).await);
    for n in 0..10 {
        assert_eq!(take(&mut a, 1).await, numbers(n..n + 1));
        assert_eq!(take(&mut b, 1).await, numbers(n + 10..n + 11));
    }
    drop(a);
    setup.write(0, numbers(20..21));
    assert_eq!(take(&mut b, 1).await, ["20"]);
}

#[tokio::test(start_paused = true)]
async fn readers_that_do_nothing_do_not_starve_one_that_waits() {
    let mut conf = BrokerConf::new("test");
    conf.fetch_memory = 1;
    let setup = Setup::with(Cluster::builder().nodes(1).topic(TOPIC, 8), conf).await;
    let mut idle = Vec::new();
    for partition in 0..7 {
        setup.write(partition, numbers(0..100));
        idle.push(setup.consumer(partition).await);
    }
    setup.write(7, numbers(0..100));
    let mut busy = setup.consumer(7).await;
    assert_eq!(take(&mut busy, 100).await, numbers(0..100));
    for mut consumer in idle {
        assert_eq!(take(&mut consumer, 100).await, numbers(0..100));
    }
}

#[tokio::test(start_paused = true)]
async fn what_is_fetched_ahead_of_a_reader_is_bounded() {
    let setup = Setup::of(Cluster::builder().nodes(1).topic(TOPIC, 1)).await;
    for n in 0..100 {
        setup.append(plain(&[&n.to_string().repeat(1_000)]), 0);
    }
    let mut consumer = setup.with_conf(|conf| conf.max_fetch_size = 5_000).await;
    tokio::time::sleep(Duration::from_secs(5)).await;
    let before = setup.cluster.requests(ApiKey::Fetch);
    assert!(before < 10, "{before} requests");
    tokio::time::sleep(Duration::from_secs(60)).await;
    assert_eq!(
        setup.cluster.requests(ApiKey::Fetch),
        before,
        "nothing is asked for while the buffer is full"
    );
    take(&mut consumer, 100).await;
}

#[tokio::test(start_paused = true)]
async fn dropped_consumers_leave_and_the_last_one_takes_the_connection_with_it() {
    let setup = Setup::of(Cluster::builder().nodes(1).topic(TOPIC, 2)).await;
    let idle = setup.cluster.connections(1);
    let mut a = setup.consumer(0).await;
    let mut b = setup.consumer(1).await;
    setup.write(0, numbers(0..1));
    setup.write(1, numbers(0..2));
    take(&mut a, 1).await;
    take(&mut b, 1).await;
    assert!(setup.cluster.connections(1) > idle);
    drop(a);
    take(&mut b, 1).await;
    drop(b);
    tokio::time::sleep(Duration::from_secs(1)).await;
    assert!(setup.cluster.connections(1) <= idle + 1, "one is for coordination");
    let before = setup.cluster.requests(ApiKey::Fetch);
    tokio::time::sleep(Duration::from_secs(5)).await;
    assert_eq!(setup.cluster.requests(ApiKey::Fetch), before);
}

#[tokio::test(start_paused = true)]
async fn a_closed_broker_ends_its_consumers() {
    let setup = Setup::new().await;
    let mut consumer = setup.consumer(0).await;
    let broker = setup.broker.clone();
    let (error, ()) = tokio::join!(fails(&mut consumer), async move {
        tokio::time::sleep(Duration::from_secs(1)).await;
        broker.close().await;
    });
    assert_eq!(error.kind(), ErrorKind::Closed);
    assert_eq!(fails(&mut consumer).await.kind(), ErrorKind::Closed);
    let error = setup.broker.consumer(ConsumerConf::new(TOPIC, 0)).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Closed);
}

#[tokio::test(start_paused = true)]
async fn what_does_not_exist_is_an_error_at_the_start() {
    let setup = Setup::new().await;
    for start in [StartOffset::Oldest, StartOffset::At(5)] {
        for (topic, partition) in [("nowhere", 0), (TOPIC, 8)] {
            let mut conf = ConsumerConf::new(topic, partition);
            conf.start_offset = start;
            let error = within(setup.broker.consumer(conf)).await.unwrap_err();
            assert!(error.to_string().contains(topic), "{error}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_topic_that_is_made_anew_is_told_instead_of_read_on() {
    let setup = Setup::new().await;
    setup.write(0, numbers(0..5));
    let mut consumer = setup.consumer(0).await;
    assert_eq!(take(&mut consumer, 5).await, numbers(0..5));
    assert!(setup.cluster.delete_topic(TOPIC));
    setup.cluster.create_topic(TopicConf::new(TOPIC, 8)).unwrap();
    setup.write(0, numbers(0..9));
    let error = fails(&mut consumer).await;
    assert_eq!(error.kind(), ErrorKind::OffsetOutOfRange, "{error}");
    assert!(error.to_string().contains("created again"), "{error}");
    within(consumer.seek(StartOffset::Oldest)).await.unwrap();
    assert_eq!(take(&mut consumer, 9).await, numbers(0..9));
}

#[tokio::test(start_paused = true)]
async fn a_node_without_fetch_sessions_is_read() {
    let mut conf = Cluster::builder().nodes(1).topic(TOPIC, 3);
    conf.fetch_sessions = 0;
    let setup = Setup::of(conf).await;
    let mut consumers = Vec::new();
    for partition in 0..3 {
        setup.write(partition, numbers(0..10));
        consumers.push(setup.consumer(partition).await);
    }
    for consumer in &mut consumers {
        assert_eq!(take(consumer, 10).await, numbers(0..10));
    }
}

/// Twenty seeds of disorder: leaders that move, connections that break, sessions that are evicted, answers that are
/// cut short or refused, batches of any size, readers that seek. Every message comes once and in order.
#[tokio::test(start_paused = true)]
async fn disorder_loses_nothing_and_repeats_nothing() {
    for seed in 0..20_u64 {
        let mut random = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
        let mut dice = move |sides: u64| {
            random ^= random << 13;
            random ^= random >> 7;
            random ^= random << 17;
            (random >> 11) % sides
        };
        let version = 4 + dice(15) as i16;
        let setup = Setup::of(speaking(version)).await;
        let mut consumer = setup
            .with_conf(|conf| {
                conf.max_fetch_size = 200 + dice(2_000) as i32;
                conf.request_timeout = Duration::from_millis(dice(400));
            })
            .await;
        let (mut written, mut next) = (0, 0);
        for _ in 0..300 {
            match dice(12) {
                0 => drop(setup.cluster.move_leader(TOPIC, 0, dice(3) as i32 + 1)),
                1 => setup.cluster.disconnect(dice(3) as i32 + 1),
                2 => setup.cluster.evict_fetch_sessions(),
                3 => drop(setup.cluster.fail(ApiKey::Fetch, ErrorCode::UNKNOWN_SERVER_ERROR, 1)),
                4 => drop(setup.cluster.fail(ApiKey::Fetch, ErrorCode::NOT_LEADER_OR_FOLLOWER, 1)),
                5 if written > 0 => {
                    next = dice(written as u64) as usize;
                    within(consumer.seek(StartOffset::At(next as i64))).await.unwrap();
                }
                6..=8 => {
                    let count = 1 + dice(30) as usize;
                    let values = numbers(written..written + count);
                    let values: Vec<&str> = values.iter().map(String::as_str).collect();
                    setup.append(plain(&values), 0);
                    written += count;
                }
                _ => {
                    for _ in 0..dice(20).min((written - next) as u64) {
                        let message = within(consumer.consume()).await.unwrap();
                        assert_eq!(
                            (message.offset, text(&message)),
                            (next as i64, next.to_string()),
                            "seed {seed}"
                        );
                        next += 1;
                    }
                }
            }
            tokio::time::sleep(Duration::from_millis(dice(30))).await;
        }
        assert_eq!(take(&mut consumer, written - next).await, numbers(next..written), "seed {seed}");
    }
}

#[tokio::test(start_paused = true)]
async fn begins_at_a_time_or_some_time_ago() {
    let setup = Setup::new().await;
    let now = setup.cluster.environment().wall_clock_ms();
    for (value, age) in [("0", 9_000_000), ("1", 5_000_000), ("2", 60_000)] {
        setup.append(at_time(value, now - age), 0);
    }
    let offset_of = async |start| setup.from(start).await.position();
    assert_eq!(offset_of(StartOffset::Since(now - 5_000_001)).await, 1);
    assert_eq!(offset_of(StartOffset::Since(0)).await, 0);
    assert_eq!(offset_of(StartOffset::Since(now + 1_000_000)).await, 3, "no message is that late");
    assert_eq!(offset_of(StartOffset::Ago(Duration::from_hours(1))).await, 2);
    assert_eq!(offset_of(StartOffset::Ago(Duration::from_hours(24 * 365 * 60))).await, 0, "before 1970");
    let mut consumer = setup.from(StartOffset::Oldest).await;
    within(consumer.seek(StartOffset::Ago(Duration::from_hours(2)))).await.unwrap();
    assert_eq!(take(&mut consumer, 2).await, ["1", "2"]);
}

fn at_time(value: &str, timestamp: i64) -> Vec<u8> {
    let mut builder = BatchBuilder::new(Vec::new());
    builder.append(timestamp, None, Some(value.as_bytes()), &[]).unwrap();
    builder.seal(&SealOptions::new())
}

#[tokio::test(start_paused = true)]
async fn an_offset_that_the_log_does_not_have_is_reset_as_the_policy_says() {
    let setup = Setup::new().await;
    let now = setup.cluster.environment().wall_clock_ms();
    for n in 0..10 {
        setup.append(at_time(&n.to_string(), now - 10_000 + n * 1_000), 0);
    }
    setup.cluster.delete_records(TOPIC, 0, 4);
    for (reset, first) in [
        (OffsetReset::Oldest, Some("4")),
        (OffsetReset::Since(now - 4_000), Some("6")),
        (OffsetReset::Ago(Duration::from_millis(1_500)), Some("9")),
        (OffsetReset::Newest, None),
    ] {
        for start in [0, 1_000] {
            let conf = |conf: &mut ConsumerConf| {
                conf.start_offset = StartOffset::At(start);
                conf.reset = reset;
                conf.retry_limit = Some(10);
            };
            let mut consumer = setup.with_conf(conf).await;
            match first {
                Some(first) => assert_eq!(take(&mut consumer, 1).await, [first], "{reset:?} at {start}"),
                None => {
                    assert_eq!(fails(&mut consumer).await.kind(), ErrorKind::NoData);
                    assert_eq!(consumer.position(), 10);
                }
            }
        }
    }
    let mut consumer = setup.with_conf(|conf| conf.start_offset = StartOffset::At(0)).await;
    assert_eq!(fails(&mut consumer).await.kind(), ErrorKind::OffsetOutOfRange, "Error is the default");
}

#[tokio::test(start_paused = true)]
async fn a_start_by_the_policy_needs_one() {
    let setup = Setup::new().await;
    setup.write(0, numbers(0..3));
    let mut conf = ConsumerConf::new(TOPIC, 0);
    conf.start_offset = StartOffset::Reset;
    let error = within(setup.broker.consumer(conf.clone())).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidConfig, "{error}");
    conf.reset = OffsetReset::Newest;
    assert_eq!(within(setup.broker.consumer(conf)).await.unwrap().position(), 3);
}

#[tokio::test(start_paused = true)]
async fn a_log_that_contradicts_itself_is_not_asked_in_a_storm() {
    let setup = Setup::new().await;
    setup.write(0, numbers(0..1));
    setup.cluster.control(|request| {
        (request.api() == ApiKey::Fetch).then(|| Action::error(ErrorCode::OFFSET_OUT_OF_RANGE))
    });
    setup.cluster.control(|request| {
        let out_of_range = |answer: &mut FetchResponse| {
            answer.error_code = 0;
            for partition in answer.responses.iter_mut().flat_map(|topic| &mut topic.partitions) {
                partition.error_code = ErrorCode::OFFSET_OUT_OF_RANGE.0;
            }
        };
        (request.api() == ApiKey::Fetch).then(|| Action::edit(out_of_range))
    });
    let mut consumer = setup.with_conf(|conf| conf.reset = OffsetReset::Oldest).await;
    assert_eq!(fails(&mut consumer).await.kind(), ErrorKind::OffsetOutOfRange);
    let asked = setup.cluster.requests(ApiKey::Fetch);
    assert!(asked < 300, "{asked} requests in the minute until it was told");
}

#[tokio::test(start_paused = true)]
async fn a_topic_that_is_made_anew_is_begun_as_the_policy_says() {
    let setup = Setup::new().await;
    setup.write(0, numbers(0..5));
    let mut consumer = setup.with_conf(|conf| conf.reset = OffsetReset::Oldest).await;
    assert_eq!(take(&mut consumer, 5).await, numbers(0..5));
    assert!(setup.cluster.delete_topic(TOPIC));
    setup.cluster.create_topic(TopicConf::new(TOPIC, 8)).unwrap();
    setup.write(0, numbers(100..109));
    assert_eq!(take(&mut consumer, 9).await, numbers(100..109));
}

#[tokio::test(start_paused = true)]
async fn lag_is_known_from_the_first_fetch_on_and_follows_what_is_written() {
    let setup = Setup::new().await;
    setup.write(0, numbers(0..5));
    let mut consumer = setup.consumer(0).await;
    assert_eq!(take(&mut consumer, 2).await, numbers(0..2));
    assert_eq!(consumer.lag(), Some(3));
    setup.write(0, numbers(5..9));
    tokio::time::sleep(Duration::from_secs(1)).await;
    assert_eq!((consumer.position(), consumer.lag()), (2, Some(7)));
    assert_eq!(take(&mut consumer, 7).await, numbers(2..9));
    assert_eq!(consumer.lag(), Some(0));
    assert_eq!(within(consumer.beginning_offset()).await.unwrap(), 0);
    assert_eq!(within(consumer.end_offset()).await.unwrap(), 9);
}

#[tokio::test(start_paused = true)]
async fn a_second_connection_that_failed_is_used_again() {
    let setup = Setup::of(Cluster::builder().nodes(1).topic(TOPIC, 4)).await;
    let long = |conf: &mut ConsumerConf| conf.request_timeout = Duration::from_secs(20);
    let _idle = setup.with_conf(long).await;
    tokio::time::sleep(Duration::from_secs(1)).await;
    // What does not wait is on the second connection.
    let refusing = setup.cluster.control(|request| {
        let fetch: FetchRequest = request.decode()?;
        (fetch.max_wait_ms == 0).then(Action::close)
    });
    let joined = async |partition: i32| {
        setup.write(partition, numbers(0..1));
        let mut consumer = setup
            .with_conf(|conf| {
                long(conf);
                conf.partition = partition;
            })
            .await;
        let begin = Instant::now();
        take(&mut consumer, 1).await;
        (begin.elapsed(), consumer)
    };
    let (slow, _first) = joined(1).await;
    assert!(slow > Duration::from_secs(5), "it waits behind the long poll: {slow:?}");
    setup.cluster.release(refusing);
    tokio::time::sleep(Duration::from_secs(2)).await;
    let (fast, _second) = joined(2).await;
    assert!(fast < Duration::from_secs(1), "{fast:?}");
}

#[tokio::test]
async fn a_consumer_that_outlives_its_runtime_says_so() {
    let setup = Setup::new().await;
    setup.write(0, numbers(0..1));
    let mut conf = BrokerConf::new("test");
    conf.environment = Some(setup.cluster.environment());
    let bootstrap = setup.cluster.bootstrap();
    let elsewhere = tokio::task::spawn_blocking(move || {
        let runtime =
            tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let (broker, consumer) = runtime.block_on(async {
            let broker = Broker::dial(bootstrap, conf).await.unwrap();
            let mut consumer = broker.consumer(ConsumerConf::new(TOPIC, 0)).await.unwrap();
            take(&mut consumer, 1).await;
            (broker, consumer)
        });
        runtime.shutdown_timeout(Duration::from_secs(10));
        (broker, consumer)
    });
    let (_broker, mut consumer) = within(elsewhere).await.unwrap();
    let ended = tokio::time::timeout(Duration::from_secs(30), consumer.consume()).await.expect("it hangs");
    assert_eq!(ended.unwrap_err().kind(), ErrorKind::Closed);
}
