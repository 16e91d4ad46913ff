//! The producer's ways in beside `produce` and `enqueue`: many records at once, reports on a channel, a leader of one's
//! own, and the end without waiting. In memory, under a paused clock.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::time::Duration;

use futures_util::{FutureExt, StreamExt};
use kafka_client::{
    Broker, BrokerConf, DeliveryReports, Error, ErrorCode, ErrorKind, KafkaProducer, Message,
    PartitionProducer, Producer, ProducerConf, Record, ReportConf, ReportingProducer, WhenFull,
};
use kafka_proto::messages::ApiKey;
use kafka_test::cluster::{Action, Cluster, Network};
use kafka_test::mock::{Acknowledge, MockProducer};
use tokio::time::Instant;

async fn cluster() -> Cluster {
    Cluster::builder().nodes(3).topic("t", 4).network(Network::Memory).start().await.unwrap()
}

fn conf(cluster: &Cluster) -> BrokerConf {
    let mut conf = BrokerConf::new("ways-in");
    conf.environment = Some(cluster.environment());
    conf
}

async fn producer(cluster: &Cluster, producer: ProducerConf) -> KafkaProducer {
    Broker::dial(cluster.bootstrap(), conf(cluster)).await.unwrap().producer(producer).unwrap()
}

fn stall(cluster: &Cluster) -> kafka_test::cluster::ControlId {
    cluster.control(|request| (request.api() == ApiKey::Produce).then(Action::stall))
}

fn values(cluster: &Cluster, partition: i32) -> Vec<String> {
    let records = cluster.records("t", partition).into_iter();
    records.map(|record| String::from_utf8(record.value.unwrap().to_vec()).unwrap()).collect()
}

fn numbers(range: std::ops::Range<usize>) -> Vec<String> {
    range.map(|n| n.to_string()).collect()
}

#[test]
fn the_defaults_of_reports_are_those_of_the_documentation() {
    for conf in [ReportConf::new(), ReportConf::default()] {
        assert_eq!((conf.capacity, conf.when_full), (100_000, WhenFull::Wait));
        assert_eq!((conf.max_block, conf.only_failures), (Duration::from_secs(60), false));
    }
}

#[test]
fn reports_that_cannot_work_are_refused() {
    type Change = fn(&mut ReportConf);
    let wrong: [(&str, Change); 3] = [
        ("capacity is 0", |conf| conf.capacity = 0),
        ("capacity is", |conf| conf.capacity = usize::MAX),
        ("max_block is", |conf| conf.max_block = Duration::MAX),
    ];
    for (says, change) in wrong {
        let mut conf = ReportConf::new();
        change(&mut conf);
        let error = ReportingProducer::<_, ()>::new(MockProducer::new(), conf).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidConfig);
        assert!(error.to_string().starts_with(says), "{error}");
    }
}

/// What dropping a future means, as the docs of each method say.
mod dropped {
    use super::*;

    /// A producer that has room for a few records, all of it taken, and nobody answers.
    async fn full(cluster: &Cluster) -> (KafkaProducer, usize, kafka_test::cluster::ControlId) {
        let mut conf = ProducerConf::new();
        (conf.batch_size, conf.max_request_size, conf.buffer_memory) = (1 << 10, 4 << 10, 4 << 10);
        let producer = producer(cluster, conf).await;
        producer.send(Record::to("t").partition(0).value("first")).await.unwrap();
        let stalled = stall(cluster);
        let mut taken = 1;
        while producer.try_enqueue(Record::to("t").partition(0).value(&[b'x'; 500])).is_ok() {
            taken += 1;
        }
        (producer, taken, stalled)
    }

    fn heal(cluster: &Cluster, stalled: kafka_test::cluster::ControlId) {
        cluster.release(stalled);
        (1..=3).for_each(|node| cluster.disconnect(node));
    }

    #[tokio::test(start_paused = true)]
    async fn a_record_is_taken_by_the_call_and_not_when_somebody_polls() {
        let cluster = cluster().await;
        let producer = producer(&cluster, ProducerConf::new()).await;
        producer.send(Record::to("t").partition(0).value("0")).await.unwrap();
        drop(producer.enqueue(Record::to("t").partition(0).value("1")));
        drop(producer.send(Record::to("t").partition(0).value("2")));
        let last = producer.send(Record::to("t").partition(0).value("3"));
        drop(producer.enqueue(Record::to("t").partition(0).value("4")));
        last.await.unwrap();
        assert_eq!(producer.flush(Duration::from_secs(5)).await, 0);
        assert_eq!(values(&cluster, 0), numbers(0..5), "in the order of the calls");
    }

    #[tokio::test(start_paused = true)]
    async fn a_record_that_waits_for_room_is_not_taken_when_it_waits_no_longer() {
        let cluster = cluster().await;
        let (producer, taken, stalled) = full(&cluster).await;
        let record = Record::to("t").partition(0).value("given up");
        drop(producer.enqueue(record));
        let mut polled = producer.enqueue(record);
        assert!((&mut polled).now_or_never().is_none());
        let kept = producer.enqueue(Record::to("t").partition(0).value("kept"));
        let kept = tokio::spawn(kept);
        tokio::task::yield_now().await;
        drop(polled);
        heal(&cluster, stalled);
        kept.await.unwrap().unwrap().await.unwrap();
        let values = values(&cluster, 0);
        assert_eq!((values.len(), values.last().unwrap().as_str()), (taken + 1, "kept"));
    }

    #[tokio::test(start_paused = true)]
    async fn those_who_wait_for_room_get_it_in_the_order_in_which_they_came() {
        let cluster = cluster().await;
        let (producer, taken, stalled) = full(&cluster).await;
        let mut waiting = Vec::new();
        for n in 0..50 {
            let value = n.to_string();
            waiting.push(tokio::spawn(producer.send(Record::to("t").partition(0).value(&value))));
            tokio::task::yield_now().await;
        }
        heal(&cluster, stalled);
        for sent in waiting {
            sent.await.unwrap().unwrap();
        }
        assert_eq!(values(&cluster, 0)[taken..], numbers(0..50));
    }

    #[tokio::test(start_paused = true)]
    async fn a_produce_that_nobody_waits_for_may_be_written_and_harms_nobody() {
        let cluster = cluster().await;
        let producer = producer(&cluster, ProducerConf::new()).await;
        producer.produce("t", 0, &mut [Message::value("0")]).await.unwrap();
        let mut messages = [Message::value("1")];
        assert!(producer.produce("t", 0, &mut messages).now_or_never().is_none());
        assert_eq!(messages[0].offset, -1);
        producer.produce("t", 0, &mut [Message::value("2")]).await.unwrap();
        assert_eq!(values(&cluster, 0), numbers(0..3));
    }

    #[tokio::test(start_paused = true)]
    async fn a_flush_or_close_that_nobody_waits_for_can_be_called_again() {
        let cluster = cluster().await;
        let mut conf = ProducerConf::new();
        conf.linger = kafka_client::Linger::Fixed(Duration::from_secs(30));
        let producer = producer(&cluster, conf).await;
        let delivery = producer.enqueue(Record::to("t").partition(0).value("0")).await.unwrap();
        assert!(producer.flush(Duration::from_secs(5)).now_or_never().is_none());
        delivery.await.unwrap();
        let delivery = producer.enqueue(Record::to("t").partition(0).value("1")).await.unwrap();
        assert!(producer.close(Duration::from_secs(5)).now_or_never().is_none());
        assert_eq!(producer.send(Record::to("t").value("late")).await.unwrap_err().kind(), ErrorKind::Closed);
        producer.close(Duration::from_secs(5)).await.unwrap();
        delivery.await.unwrap();
        assert_eq!(values(&cluster, 0), numbers(0..2));
    }
}

mod send_all {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn results_come_in_the_order_of_the_records_and_each_fails_alone() {
        let cluster = cluster().await;
        let producer = producer(&cluster, ProducerConf::new()).await;
        let values = numbers(0..1_000);
        let mut records: Vec<_> =
            values.iter().map(|value| Record::to("t").partition(1).value(value)).collect();
        records[500] = Record::to("t").partition(-5).value("wrong");
        let results = producer.send_all(&records).await;
        assert_eq!(results.len(), 1_000);
        assert_eq!(results[500].as_ref().unwrap_err().kind(), ErrorKind::InvalidRecord);
        let offsets: Vec<_> = results.iter().flatten().map(|receipt| receipt.offset.unwrap()).collect();
        assert_eq!(offsets, (0..999).collect::<Vec<_>>());
        assert_eq!(producer.send_all(&[]).await.len(), 0);
    }

    #[tokio::test(start_paused = true)]
    async fn what_cannot_be_taken_is_waited_for_once_and_not_once_a_record() {
        let cluster = cluster().await;
        stall(&cluster);
        let mut conf = ProducerConf::new();
        (conf.batch_size, conf.max_request_size, conf.buffer_memory) = (1 << 10, 8 << 10, 8 << 10);
        conf.max_block = Duration::from_secs(3);
        conf.request_timeout = Duration::from_secs(20);
        conf.delivery_timeout = Duration::from_secs(40);
        let producer = producer(&cluster, conf).await;
        let value = "x".repeat(500);
        let began = Instant::now();
        let records = vec![Record::to("t").partition(0).value(&value); 100];
        let results = producer.send_all(&records).await;
        let full = results
            .iter()
            .filter(|result| result.as_ref().is_err_and(|error| error.kind() == ErrorKind::QueueFull));
        assert!(full.count() > 80);
        assert!(began.elapsed() <= Duration::from_secs(44), "{:?}", began.elapsed());

        let began = Instant::now();
        let results = producer.send_all(&[Record::to("nowhere").value("x"); 50]).await;
        assert!(began.elapsed() < Duration::from_secs(10), "{:?}", began.elapsed());
        for result in results {
            assert_eq!(result.unwrap_err().topic(), Some("nowhere"));
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_mock_and_a_boxed_producer_have_it_too() {
        let boxed: Box<dyn Producer> = Box::new(MockProducer::new());
        let results = boxed.send_all(&[Record::to("t").value("a"), Record::to("t").value("b")]).await;
        let offsets: Vec<_> = results.into_iter().map(|result| result.unwrap().offset).collect();
        assert_eq!(offsets, [Some(0), Some(1)]);
    }
}

mod abort {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn each_record_is_told_at_once_whether_it_may_be_written() {
        let cluster = cluster().await;
        let producer = producer(&cluster, ProducerConf::new()).await;
        let written = producer.enqueue(Record::to("t").partition(0).value("written")).await.unwrap();
        producer.flush(Duration::from_secs(5)).await;
        stall(&cluster);
        let sent = producer.enqueue(Record::to("t").partition(0).value("sent")).await.unwrap();
        tokio::time::sleep(Duration::from_millis(10)).await;
        let waiting = producer.enqueue(Record::to("t").partition(0).value("waiting")).await.unwrap();

        let began = Instant::now();
        assert_eq!(producer.abort(), 2);
        written.await.unwrap();
        let (sent, waiting) = (sent.await.unwrap_err(), waiting.await.unwrap_err());
        assert_eq!((sent.kind(), waiting.kind()), (ErrorKind::Closed, ErrorKind::Closed));
        assert!(sent.may_be_written() && !waiting.may_be_written());
        assert_eq!(waiting.record().unwrap().message.value.as_deref(), Some(&b"waiting"[..]));
        assert!(sent.to_string().contains("aborted"), "{sent}");

        assert_eq!(producer.abort(), 0);
        producer.close(Duration::from_secs(5)).await.unwrap();
        assert_eq!(producer.send(Record::to("t").value("late")).await.unwrap_err().kind(), ErrorKind::Closed);
        assert_eq!(began.elapsed(), Duration::ZERO);
    }
}

mod reports {
    use super::*;

    /// So many records through a producer that reports.
    async fn enqueue<P: Producer>(producer: &ReportingProducer<P, usize>, range: std::ops::Range<usize>) {
        for n in range {
            producer.enqueue(Record::to("t").partition(0).value(&n.to_string()), n).await.unwrap();
        }
    }

    fn read(reports: &mut DeliveryReports<usize>) -> Vec<usize> {
        std::iter::from_fn(|| reports.try_recv()).map(|report| report.tag).collect()
    }

    #[tokio::test(start_paused = true)]
    async fn every_record_is_reported_once_with_its_tag_and_then_the_channel_ends() {
        let cluster = cluster().await;
        let producer = producer(&cluster, ProducerConf::new()).await;
        let (producer, reports) = ReportingProducer::new(producer, ReportConf::new()).unwrap();
        let reading = tokio::spawn(reports.collect::<Vec<_>>());
        enqueue(&producer.clone(), 0..3_000).await;
        drop(producer);
        let reports = reading.await.unwrap();
        for (nth, report) in reports.iter().enumerate() {
            assert_eq!((report.tag, report.result.as_ref().unwrap().offset), (nth, Some(nth as i64)));
        }
        assert_eq!(reports.len(), 3_000);
    }

    #[tokio::test(start_paused = true)]
    async fn a_failed_record_comes_back_with_its_error() {
        let cluster = cluster().await;
        let producer = producer(&cluster, ProducerConf::new()).await;
        let mut conf = ReportConf::new();
        conf.only_failures = true;
        let (producer, mut reports) = ReportingProducer::new(producer, conf).unwrap();
        enqueue(&producer, 0..1).await;
        producer.producer().flush(Duration::from_secs(5)).await;
        cluster.fail(ApiKey::Produce, ErrorCode::TOPIC_AUTHORIZATION_FAILED, 2);
        enqueue(&producer, 1..3).await;
        producer.producer().flush(Duration::from_secs(5)).await;
        for tag in 1..3 {
            let report = reports.recv().await.unwrap();
            let error = report.result.unwrap_err();
            assert_eq!((report.tag, error.kind()), (tag, ErrorKind::Authorization));
            assert_eq!(error.record().unwrap().message.value, Some(tag.to_string().into()));
        }
        drop(producer);
        assert!(reports.recv().await.is_none(), "the success is not reported");
    }

    #[tokio::test(start_paused = true)]
    async fn nobody_reads_and_nothing_but_enqueue_waits() {
        let cluster = cluster().await;
        let producer = producer(&cluster, ProducerConf::new()).await;
        let mut conf = ReportConf::new();
        (conf.capacity, conf.max_block) = (100, Duration::from_secs(2));
        let (producer, mut reports) = ReportingProducer::new(producer, conf).unwrap();
        enqueue(&producer, 0..100).await;
        let began = Instant::now();
        let error = producer.enqueue(Record::to("t").partition(0).value("x"), 100).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::QueueFull);
        assert!(error.to_string().contains("DeliveryReports"), "{error}");
        assert_eq!(began.elapsed().as_secs(), 2);
        assert!(producer.try_enqueue(Record::to("t").partition(0).value("x"), 100).is_err());
        assert_eq!(producer.producer().flush(Duration::from_secs(5)).await, 0, "what was taken is sent");
        assert_eq!(cluster.records("t", 0).len(), 100);

        assert_eq!(reports.recv().await.unwrap().tag, 0);
        enqueue(&producer, 100..101).await;
        let waiting = tokio::spawn(async move { enqueue(&producer, 101..151).await });
        tokio::task::yield_now().await;
        for tag in 1..151 {
            assert_eq!(reports.recv().await.unwrap().tag, tag);
        }
        waiting.await.unwrap();
        assert!(reports.recv().await.is_none());
        assert_eq!(reports.missed(), 0);
    }

    #[tokio::test(start_paused = true)]
    async fn a_reader_that_falls_behind_misses_the_oldest_or_the_newest_and_knows_how_many() {
        for (when_full, kept) in [(WhenFull::DropOldest, 90..100), (WhenFull::DropNewest, 0..10)] {
            let mut conf = ReportConf::new();
            (conf.capacity, conf.when_full) = (10, when_full);
            let (producer, mut reports) = ReportingProducer::new(MockProducer::new(), conf).unwrap();
            enqueue(&producer, 0..100).await;
            assert_eq!(reports.missed(), 90, "{when_full:?}");
            assert_eq!(read(&mut reports), kept.collect::<Vec<_>>(), "{when_full:?}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn successes_that_are_not_reported_make_room_without_a_reader() {
        let mock = MockProducer::new();
        mock.set_acknowledge(Acknowledge::ByTest);
        let mut conf = ReportConf::new();
        (conf.capacity, conf.only_failures) = (2, true);
        let (producer, mut reports) = ReportingProducer::new(mock.clone(), conf).unwrap();
        enqueue(&producer, 0..2).await;
        let mut third = Box::pin(producer.enqueue(Record::to("t").value("x"), 2));
        assert!(third.as_mut().now_or_never().is_none());
        mock.try_read_produced().unwrap().acknowledge();
        third.await.unwrap();
        mock.try_read_produced().unwrap().fail(Error::new(ErrorKind::TimedOut, "late"));
        assert_eq!(read(&mut reports), [1]);
    }

    #[tokio::test(start_paused = true)]
    async fn without_a_reader_records_are_sent_and_nobody_waits() {
        let mut conf = ReportConf::new();
        conf.capacity = 5;
        let (producer, mut reports) = ReportingProducer::new(MockProducer::new(), conf).unwrap();
        enqueue(&producer, 0..5).await;
        let mut sixth = Box::pin(producer.enqueue(Record::to("t").value("x"), 5));
        assert!(sixth.as_mut().now_or_never().is_none());
        assert_eq!(reports.try_recv().unwrap().tag, 0);
        drop(reports);
        sixth.await.unwrap();
        enqueue(&producer, 6..100).await;
        assert_eq!(std::iter::from_fn(|| producer.producer().try_read_produced()).count(), 100);
    }

    #[tokio::test(start_paused = true)]
    async fn a_reader_that_waits_is_woken_by_the_outcome_and_by_the_end() {
        let mock = MockProducer::new();
        mock.set_acknowledge(Acknowledge::ByTest);
        let (producer, mut reports) = ReportingProducer::new(mock.clone(), ReportConf::new()).unwrap();
        enqueue(&producer, 0..2).await;
        let reading = tokio::spawn(async move {
            (
                reports.recv().await.unwrap().tag,
                reports.recv().await.unwrap().tag,
                reports.recv().await.is_none(),
            )
        });
        tokio::task::yield_now().await;
        let (mut first, mut second) = (mock.try_read_produced().unwrap(), mock.try_read_produced().unwrap());
        second.acknowledge();
        tokio::task::yield_now().await;
        first.acknowledge();
        tokio::time::sleep(Duration::from_secs(1)).await;
        assert!(!reading.is_finished());
        drop(producer);
        assert_eq!(reading.await.unwrap(), (1, 0, true));
    }

    #[test]
    fn without_a_runtime_waiting_is_an_error_and_no_panic() {
        let mut conf = ReportConf::new();
        conf.capacity = 1;
        let (producer, _reports) = ReportingProducer::new(MockProducer::new(), conf).unwrap();
        producer.try_enqueue(Record::to("t").value("x"), 0).unwrap();
        let waiting = producer.enqueue(Record::to("t").value("x"), 1).now_or_never().unwrap();
        let error = waiting.unwrap_err();
        assert!(error.to_string().contains("runtime"), "{error}");
    }

    #[test]
    fn a_capacity_of_nothing_is_refused() {
        let mut conf = ReportConf::new();
        conf.capacity = 0;
        let error = ReportingProducer::<_, ()>::new(MockProducer::new(), conf).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidConfig);
        assert!(error.to_string().contains("capacity is 0"), "{error}");
    }
}

mod dial_leader {
    use super::*;

    async fn dial(cluster: &Cluster, partition: i32) -> kafka_client::Result<PartitionProducer> {
        Broker::dial_leader(cluster.bootstrap(), conf(cluster), ProducerConf::new(), "t", partition).await
    }

    /// In so many seconds of the paused clock.
    fn after(seconds: u64) -> std::time::Instant {
        (Instant::now() + Duration::from_secs(seconds)).into_std()
    }

    #[tokio::test(start_paused = true)]
    async fn writes_are_atomic_batches_with_offsets() {
        let cluster = cluster().await;
        let leader = dial(&cluster, 2).await.unwrap();
        assert_eq!((leader.topic(), leader.partition(), leader.leader()), ("t", 2, cluster.leader("t", 2)));
        for n in 0..3 {
            let mut messages = [Message::value("a"), Message::key_value("k", "b")];
            assert_eq!(leader.write(&mut messages).await.unwrap(), Some(2 * n));
            assert_eq!(messages[1].offset, 2 * n + 1);
        }
        assert_eq!(cluster.batches("t", 2).len(), 3);
        assert_eq!(leader.write(&mut []).await.unwrap(), None);
        leader.close().await.unwrap();
        leader.close().await.unwrap();
        let error = leader.write(&mut [Message::value("late")]).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Closed);
        // The tasks that own them end in their own time.
        tokio::time::sleep(Duration::from_secs(1)).await;
        let open: usize = (1..=3).map(|node| cluster.connections(node)).sum();
        assert_eq!(open, 0, "its connections are closed");
    }

    #[tokio::test(start_paused = true)]
    async fn an_unknown_partition_or_topic_is_an_error_in_bounded_time() {
        let cluster = cluster().await;
        for partition in [4, -1, i32::MAX] {
            let began = Instant::now();
            let error = dial(&cluster, partition).await.unwrap_err();
            assert_eq!(error.code(), Some(ErrorCode::UNKNOWN_TOPIC_OR_PARTITION), "{error}");
            assert!(error.to_string().contains("4 partitions"), "{error}");
            assert_eq!((error.topic(), error.partition()), (Some("t"), Some(partition)));
            assert!(began.elapsed() < Duration::from_secs(1), "{:?}", began.elapsed());
        }
        let dialling = Broker::dial_leader(cluster.bootstrap(), conf(&cluster), ProducerConf::new(), "no", 0);
        let error = tokio::time::timeout(Duration::from_secs(10), dialling).await.unwrap().unwrap_err();
        assert_eq!(error.topic(), Some("no"), "{error}");
        let mut wrong = ProducerConf::new();
        wrong.batch_size = 0;
        let error =
            Broker::dial_leader(cluster.bootstrap(), conf(&cluster), wrong, "t", 0).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidConfig);
    }

    #[tokio::test(start_paused = true)]
    async fn a_leader_that_cannot_be_reached_is_an_error_of_the_dial() {
        let cluster = cluster().await;
        let leader = cluster.leader("t", 0).unwrap();
        cluster.control(move |request| (request.node() == leader).then(Action::close));
        let mut conf = conf(&cluster);
        conf.dial_retry_limit = Some(3);
        let dialling = Broker::dial_leader(cluster.bootstrap(), conf, ProducerConf::new(), "t", 0);
        let error = tokio::time::timeout(Duration::from_secs(30), dialling).await.unwrap().unwrap_err();
        assert!(error.to_string().contains("3 attempts"), "{error}");
        assert_eq!(error.partition(), Some(0), "{error}");
    }

    #[tokio::test(start_paused = true)]
    async fn a_leader_that_moves_or_dies_is_followed() {
        let cluster = cluster().await;
        let leader = dial(&cluster, 0).await.unwrap();
        for n in 0..30 {
            if n % 10 == 5 {
                let before = cluster.leader("t", 0).unwrap();
                if n < 20 {
                    assert!(cluster.move_leader("t", 0, before % 3 + 1));
                } else {
                    cluster.kill(before);
                }
            }
            leader.write(&mut [Message::value(n.to_string())]).await.unwrap();
            assert_eq!(leader.leader(), cluster.leader("t", 0));
        }
        assert_eq!(values(&cluster, 0), numbers(0..30));
    }

    #[tokio::test(start_paused = true)]
    async fn a_deadline_ends_a_write_that_was_sent_and_says_that_it_may_be_written() {
        let cluster = cluster().await;
        let leader = dial(&cluster, 0).await.unwrap();
        let stalled = stall(&cluster);
        leader.set_write_deadline(Some(after(4)));
        let began = Instant::now();
        let error = leader.write(&mut [Message::value("sent")]).await.unwrap_err();
        assert_eq!((error.kind(), began.elapsed().as_secs()), (ErrorKind::TimedOut, 4));
        assert!(error.may_be_written(), "{error}");
        assert!(error.to_string().contains("write deadline"), "{error}");

        let error = leader.write(&mut [Message::value("too late")]).await.unwrap_err();
        assert!(!error.may_be_written(), "it was not even taken");
        assert_eq!(began.elapsed().as_secs(), 4, "at once");

        // The next one waits behind the first, whose answer is outstanding, and is certainly not sent.
        leader.set_write_deadline(Some(after(1)));
        let error = leader.write(&mut [Message::value("behind")]).await.unwrap_err();
        assert!(!error.may_be_written(), "{error}");

        cluster.release(stalled);
        cluster.disconnect(cluster.leader("t", 0).unwrap());
        leader.set_write_deadline(None);
        leader.write(&mut [Message::value("after")]).await.unwrap();
        assert_eq!(values(&cluster, 0), ["after"], "what was given up is not sent again");
    }

    #[tokio::test(start_paused = true)]
    async fn several_tasks_write_at_once_and_close_waits_for_them() {
        let cluster = cluster().await;
        let leader = std::sync::Arc::new(dial(&cluster, 0).await.unwrap());
        let writing: Vec<_> = (0..20)
            .map(|n| {
                let leader = leader.clone();
                tokio::spawn(async move { leader.write(&mut [Message::value(n.to_string())]).await })
            })
            .collect();
        tokio::task::yield_now().await;
        leader.close().await.unwrap();
        for written in writing {
            written.await.unwrap().unwrap();
        }
        assert_eq!(cluster.records("t", 0).len(), 20);
    }
}
