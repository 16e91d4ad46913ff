//! What applications and their tests see of the mocks.

use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt as _;
use kafka_client::{
    BatchConsumer as _, Client, CommittedOffset, Consumer as _, ConsumerConf, Error, ErrorCode, ErrorKind,
    HashProducer, Message, OffsetCoordinator as _, OffsetCoordinatorConf, Partitioner, Producer,
    ProducerConf, Record, RequiredAcks, Result, TopicPartitions, merge, partition_of_key,
};
use kafka_test::mock::{Acknowledge, MockBroker, MockConsumer, MockOffsetCoordinator, MockProducer};

const SECOND: Duration = Duration::from_secs(1);
const HOUR: Duration = Duration::from_secs(3600);

fn value(message: &Message) -> &str {
    std::str::from_utf8(message.value.as_deref().unwrap_or_default()).unwrap_or("not UTF-8")
}

/// Polls once, as an executor that knows nothing of tokio.
#[expect(clippy::expect_used, reason = "what is not ready fails the test")]
fn now<T>(future: impl Future<Output = T>) -> T {
    future.now_or_never().expect("ready at once")
}

mod producer {
    use super::*;

    #[test]
    fn fills_in_where_an_atomic_batch_went() {
        let producer = MockProducer::new();
        let mut messages = [Message::value("apple"), Message::value("pear")];
        assert_eq!(now(producer.produce("fruits", 2, &mut messages)).unwrap(), Some(0));
        assert_eq!(now(producer.produce("fruits", 2, &mut [Message::value("plum")])).unwrap(), Some(2));
        assert_eq!(now(producer.produce("fruits", 1, &mut [Message::value("fig")])).unwrap(), Some(0));
        assert_eq!(
            messages.each_ref().map(|m| (&*m.topic, m.partition, m.offset)),
            [("fruits", 2, 0), ("fruits", 2, 1)]
        );
        let read: Vec<_> = std::iter::from_fn(|| producer.try_read_produced()).collect();
        let places: Vec<_> =
            read.iter().map(|p| (p.partition, p.messages.len(), p.messages[0].offset)).collect();
        assert_eq!(places, [(2, 2, 0), (2, 1, 2), (1, 1, 0)]);
        assert_eq!(read[0].messages, messages);
    }

    #[test]
    fn an_empty_batch_is_nothing() {
        let producer = MockProducer::new();
        assert_eq!(now(producer.produce("fruits", 0, &mut [])).unwrap(), None);
        assert!(producer.try_read_produced().is_none());
    }

    #[test]
    fn offsets_begin_where_the_test_says() {
        let broker = MockBroker::new().with_topic("fruits", 1).with_first_offset(100);
        let producer = broker.producer(ProducerConf::new()).unwrap();
        assert_eq!(now(broker.offset_latest("fruits", 0)).unwrap(), 100);
        assert_eq!(now(producer.produce("fruits", 0, &mut [Message::value("fig")])).unwrap(), Some(100));
        assert_eq!(now(broker.offset_earliest("fruits", 0)).unwrap(), 100);
        assert_eq!(now(broker.offset_latest("fruits", 0)).unwrap(), 101);
        assert_eq!(broker.mock_consumer("fruits", 0).push(Message::value("fig")), 100);
    }

    #[test]
    fn with_acks_none_no_offset_comes_back() {
        let broker = MockBroker::new();
        broker.mock_producer().set_acknowledge(Acknowledge::WhenRead);
        let mut conf = ProducerConf::new();
        conf.required_acks = RequiredAcks::None;
        let producer = broker.producer(conf).unwrap();
        let mut messages = [Message::value("fig")];
        assert_eq!(now(producer.produce("fruits", 0, &mut messages)).unwrap(), None);
        assert_eq!(messages[0].offset, -1);
        assert_eq!(now(producer.send(Record::to("fruits").value("fig"))).unwrap().offset, None);
        assert_eq!(broker.try_read_producers().unwrap().messages[0].offset, 0);
    }

    #[test]
    fn the_next_calls_fail_and_then_all_until_the_error_is_taken_back() {
        let producer = MockProducer::new();
        producer.fail_next(1, Error::from_code(ErrorCode::NOT_ENOUGH_REPLICAS));
        producer.fail_next(0, Error::from_code(ErrorCode::UNKNOWN_SERVER_ERROR));
        producer.fail_next(1, Error::from_code(ErrorCode::MESSAGE_TOO_LARGE));
        producer.set_response_error(Some(Error::new(ErrorKind::TimedOut, "slow")));
        let produce = || now(producer.produce("fruits", 3, &mut [Message::value("fig")]));
        let first = produce().unwrap_err();
        assert_eq!(first.code(), Some(ErrorCode::NOT_ENOUGH_REPLICAS));
        assert_eq!((first.topic(), first.partition()), (Some("fruits"), Some(3)));
        assert_eq!(produce().unwrap_err().code(), Some(ErrorCode::MESSAGE_TOO_LARGE));
        assert_eq!(produce().unwrap_err().kind(), ErrorKind::TimedOut);
        assert_eq!(produce().unwrap_err().kind(), ErrorKind::TimedOut);
        producer.set_response_error(None);
        assert_eq!(produce().unwrap(), Some(0), "what failed used no offset");
        assert!(producer.try_read_produced().is_some());
        assert!(producer.try_read_produced().is_none(), "what failed is not handed out");
    }

    #[test]
    fn a_failed_record_is_given_back() {
        let producer = MockProducer::new();
        producer.fail_next(1, Error::from_code(ErrorCode::MESSAGE_TOO_LARGE));
        let headers = [("trace", Some(&b"1"[..]))];
        let delivery =
            producer.try_enqueue(Record::to("fruits").key("k").value("fig").headers(&headers)).unwrap();
        let record = now(delivery).unwrap_err().record().unwrap().message;
        assert_eq!((value(&record), record.header("trace")), ("fig", Some(&b"1"[..])));
    }

    #[tokio::test(start_paused = true)]
    async fn produce_waits_until_the_test_has_read() {
        let broker = MockBroker::new();
        broker.mock_producer().set_acknowledge(Acknowledge::WhenRead);
        let producer = broker.producer(ProducerConf::new()).unwrap();
        let writing = tokio::spawn(async move {
            let mut messages = [Message::value("apple")];
            producer.produce("fruits", 0, &mut messages).await.map(|_| messages)
        });
        tokio::task::yield_now().await;
        assert!(!writing.is_finished());
        let written = broker.read_producers(SECOND).await.unwrap();
        assert_eq!(value(&written.messages[0]), "apple");
        assert_eq!(writing.await.unwrap().unwrap()[0].offset, 0);
    }

    #[test]
    fn a_dropped_produce_was_written_all_the_same() {
        let producer = MockProducer::new();
        producer.set_acknowledge(Acknowledge::WhenRead);
        let mut messages = [Message::value("apple")];
        assert!(producer.produce("fruits", 0, &mut messages).now_or_never().is_none());
        assert_eq!(messages[0].offset, -1);
        assert_eq!(value(&producer.try_read_produced().unwrap().messages[0]), "apple");
        assert_eq!(now(producer.flush(HOUR)), 0);
    }

    #[test]
    fn what_the_test_drops_without_an_answer_may_be_written() {
        let producer = MockProducer::new();
        producer.set_acknowledge(Acknowledge::ByTest);
        let delivery = producer.try_enqueue(Record::to("fruits").value("fig")).unwrap();
        drop(producer.try_read_produced());
        let error = now(delivery).unwrap_err();
        assert_eq!((error.kind(), error.may_be_written()), (ErrorKind::TimedOut, true));
    }

    #[test]
    fn the_first_answer_is_the_last() {
        let producer = MockProducer::new();
        let _at_once = producer.try_enqueue(Record::to("fruits").value("fig")).unwrap();
        assert!(!producer.try_read_produced().unwrap().acknowledge());
        producer.set_acknowledge(Acknowledge::ByTest);
        let delivery = producer.try_enqueue(Record::to("fruits").value("fig")).unwrap();
        let mut written = producer.try_read_produced().unwrap();
        assert!(written.acknowledge());
        assert!(!written.fail(Error::new(ErrorKind::TimedOut, "late")));
        assert_eq!(now(delivery).unwrap().offset, Some(1));
    }

    #[tokio::test(start_paused = true)]
    async fn a_full_queue_takes_more_when_the_test_has_read() {
        let producer = MockProducer::new();
        producer.set_acknowledge(Acknowledge::WhenRead);
        producer.set_capacity(Some(1));
        let first = producer.try_enqueue(Record::to("fruits").value("apple")).unwrap();
        let refused = producer.try_enqueue(Record::to("fruits").value("pear")).unwrap_err();
        assert_eq!(refused.kind(), ErrorKind::QueueFull);
        let mut dropped = Box::pin(producer.enqueue(Record::to("fruits").value("dropped")));
        assert!((&mut dropped).now_or_never().is_none());
        let waiting = tokio::spawn(producer.enqueue(Record::to("fruits").value("plum")));
        tokio::task::yield_now().await;
        assert!(!waiting.is_finished());
        drop(dropped);
        let read = producer.try_read_produced().unwrap();
        assert_eq!(value(&read.messages[0]), "apple");
        assert_eq!(first.await.unwrap().offset, Some(0));
        let second = waiting.await.unwrap().unwrap();
        assert_eq!(value(&producer.read_produced(SECOND).await.unwrap().messages[0]), "plum");
        assert_eq!(second.await.unwrap().offset, Some(1));
    }

    #[tokio::test(start_paused = true)]
    async fn waiting_for_room_ends_with_max_block() {
        let broker = MockBroker::new();
        broker.mock_producer().set_capacity(Some(0));
        let mut conf = ProducerConf::new();
        conf.max_block = SECOND;
        let producer = broker.producer(conf).unwrap();
        let began = tokio::time::Instant::now();
        let error = producer.enqueue(Record::to("fruits").value("fig")).await.unwrap_err();
        assert_eq!((error.kind(), began.elapsed()), (ErrorKind::QueueFull, SECOND));
        let error = producer.produce("fruits", 0, &mut [Message::value("fig")]).await.unwrap_err();
        assert_eq!((error.kind(), began.elapsed()), (ErrorKind::QueueFull, 2 * SECOND));
    }

    #[tokio::test(start_paused = true)]
    async fn flush_counts_what_its_own_producer_has_left() {
        let broker = MockBroker::new();
        broker.mock_producer().set_acknowledge(Acknowledge::WhenRead);
        let one = broker.producer(ProducerConf::new()).unwrap();
        let other = broker.producer(ProducerConf::new()).unwrap();
        let _fig = one.try_enqueue(Record::to("fruits").value("fig")).unwrap();
        assert_eq!(other.flush(HOUR).await, 0);
        assert_eq!(one.flush(SECOND).await, 1);
        let flushing = tokio::spawn({
            let one = one.clone();
            async move { one.flush(HOUR).await }
        });
        tokio::task::yield_now().await;
        let _later = one.try_enqueue(Record::to("fruits").value("later")).unwrap();
        broker.read_producers(SECOND).await.unwrap();
        assert_eq!(flushing.await.unwrap(), 0, "what came after the call is not waited for");
    }

    #[tokio::test(start_paused = true)]
    async fn close_reports_what_was_not_acknowledged() {
        let broker = MockBroker::new();
        broker.mock_producer().set_acknowledge(Acknowledge::WhenRead);
        let producer = broker.producer(ProducerConf::new()).unwrap();
        let delivery = producer.try_enqueue(Record::to("fruits").value("fig")).unwrap();
        let error = producer.close(SECOND).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::TimedOut);
        assert!(error.to_string().contains("1 records"), "{error}");
        assert_eq!(delivery.await.unwrap_err().kind(), ErrorKind::Closed);
        assert!(producer.close(SECOND).await.is_ok(), "closing again changes nothing");
        assert_eq!(producer.try_enqueue(Record::to("a")).unwrap_err().kind(), ErrorKind::Closed);
        assert_eq!(producer.produce("a", 0, &mut []).await.unwrap_err().kind(), ErrorKind::Closed);
        let other = broker.producer(ProducerConf::new()).unwrap();
        assert!(other.try_enqueue(Record::to("fruits").value("fig")).is_ok(), "others go on");
    }

    struct Last;

    impl Partitioner for Last {
        fn partition(&self, _record: &Record<'_>, topic: &TopicPartitions<'_>) -> Result<i32> {
            Ok(topic.count() - 1)
        }
    }

    #[test]
    fn partitions_are_chosen_as_by_the_real_producer() {
        let broker = MockBroker::new().with_topic("fruits", 10);
        let producer = broker.producer(ProducerConf::new()).unwrap();
        let sent = |record: Record<'_>| now(producer.send(record)).map(|receipt| receipt.partition);
        assert_eq!(sent(Record::to("fruits").key("foobar")).unwrap(), partition_of_key(b"foobar", 10));
        assert_eq!(sent(Record::to("fruits").key("foobar").partition(7)).unwrap(), 7);
        assert_eq!([(); 11].map(|()| sent(Record::to("fruits")).unwrap()), [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 0]);
        assert_eq!(sent(Record::to("undeclared").key("foobar")).unwrap(), 0);
        let mut conf = ProducerConf::new();
        conf.partitioner = Some(Arc::new(Last));
        let custom = broker.producer(conf).unwrap();
        assert_eq!(now(custom.send(Record::to("fruits").key("foobar"))).unwrap().partition, 9);
    }

    #[test]
    fn what_cannot_be_written_is_refused() {
        let broker = MockBroker::new().with_topic("fruits", 2);
        let producer = broker.producer(ProducerConf::new()).unwrap();
        let unknown = Some(ErrorCode::UNKNOWN_TOPIC_OR_PARTITION);
        let mut fig = [Message::value("fig")];
        assert_eq!(now(producer.produce("fruits", 2, &mut fig)).unwrap_err().code(), unknown);
        assert_eq!(now(producer.produce("fruits", -1, &mut fig)).unwrap_err().code(), unknown);
        let error = now(producer.produce("", 0, &mut fig)).unwrap_err();
        assert_eq!(error.code(), Some(ErrorCode::INVALID_TOPIC_EXCEPTION));
        let error = producer.try_enqueue(Record::to("fruits").partition(-1)).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidRecord);
        let mut conf = ProducerConf::new();
        conf.batch_size = 0;
        assert_eq!(broker.producer(conf).err().unwrap().kind(), ErrorKind::InvalidConfig);
    }

    #[test]
    fn batches_are_distributed_over_it() {
        let broker = MockBroker::new().with_topic("fruits", 10);
        let producer = HashProducer::new(broker.producer(ProducerConf::new()).unwrap(), 10).unwrap();
        let distributed = kafka_client::DistributingProducer::distribute;
        now(distributed(&producer, "fruits", &mut [Message::key_value("k", "v")])).unwrap();
        assert_eq!(broker.try_read_producers().unwrap().messages.len(), 1);
    }
}

mod reading_what_was_produced {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn times_out_when_nothing_is() {
        let broker = MockBroker::new();
        let began = tokio::time::Instant::now();
        let error = broker.read_producers(HOUR).await.unwrap_err();
        assert_eq!((error.kind(), began.elapsed()), (ErrorKind::TimedOut, HOUR));
        assert!(broker.try_read_producers().is_none());
    }

    #[tokio::test(start_paused = true)]
    async fn dropped_early_it_reads_nothing() {
        let broker = MockBroker::new();
        let mut reading = Box::pin(broker.read_producers(HOUR));
        assert!((&mut reading).now_or_never().is_none());
        now(broker.mock_producer().produce("fruits", 0, &mut [Message::value("fig")])).unwrap();
        drop(reading);
        assert!(broker.try_read_producers().is_some());
    }

    #[test]
    fn works_without_a_runtime_from_another_thread() {
        let broker = MockBroker::new();
        assert_eq!(now(broker.read_producers(HOUR)).unwrap_err().kind(), ErrorKind::TimedOut);
        let application = std::thread::spawn({
            let broker = broker.clone();
            move || {
                let producer = broker.producer(ProducerConf::new()).unwrap();
                for n in 0..100 {
                    now(producer.produce("n", 0, &mut [Message::value(n.to_string())])).unwrap();
                }
            }
        });
        for n in 0..100 {
            let written = broker.read_producers_blocking(60 * SECOND).unwrap();
            assert_eq!(value(&written.messages[0]), n.to_string());
        }
        application.join().unwrap();
        assert_eq!(broker.read_producers_blocking(Duration::ZERO).unwrap_err().kind(), ErrorKind::TimedOut);
        now(broker.close());
        assert_eq!(broker.read_producers_blocking(HOUR).unwrap_err().kind(), ErrorKind::Closed);
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 4)]
    async fn each_call_of_many_tasks_comes_out_once() {
        let broker = MockBroker::new();
        broker.mock_producer().set_acknowledge(Acknowledge::WhenRead);
        let tasks: Vec<_> = (0..8)
            .map(|partition| {
                let producer = broker.producer(ProducerConf::new()).unwrap();
                tokio::spawn(async move {
                    for n in 0..50 {
                        let mut message = [Message::value(n.to_string())];
                        assert_eq!(producer.produce("n", partition, &mut message).await.unwrap(), Some(n));
                    }
                })
            })
            .collect();
        let mut next = [0; 8];
        for _ in 0..400 {
            let written = broker.read_producers(60 * SECOND).await.unwrap();
            let next = &mut next[written.partition as usize];
            assert_eq!(written.messages[0].offset, *next);
            *next += 1;
        }
        for task in tasks {
            task.await.unwrap();
        }
        assert_eq!(next, [50; 8]);
    }
}

mod consumer {
    use super::*;

    #[test]
    fn hands_out_messages_and_errors_in_the_order_of_the_pushes() {
        let test = MockConsumer::new("fruits", 3);
        let mut application = test.clone();
        assert_eq!(test.push(Message::value("apple")), 0);
        test.push_error(Error::from_code(ErrorCode::OFFSET_OUT_OF_RANGE));
        let mut pear = Message::value("pear");
        pear.offset = 10;
        assert_eq!((test.push(pear), test.push(Message::value("plum"))), (10, 11));
        assert_eq!(test.unread(), 4);
        let apple = now(application.consume()).unwrap();
        assert_eq!((&*apple.topic, apple.partition, apple.offset), ("fruits", 3, 0));
        assert_eq!(apple.high_watermark, 12);
        assert_eq!(now(application.consume()).unwrap_err().kind(), ErrorKind::OffsetOutOfRange);
        assert_eq!(application.try_consume().unwrap().unwrap().offset, 10);
        assert_eq!(application.try_consume().unwrap().unwrap().lag(), Some(0));
        assert_eq!(application.try_consume().unwrap(), None);
        assert!(application.consume().now_or_never().is_none());
    }

    #[test]
    fn a_dropped_consume_consumes_nothing() {
        let test = MockConsumer::new("fruits", 0);
        let mut application = test.clone();
        let mut consuming = application.consume();
        assert!((&mut consuming).now_or_never().is_none());
        test.push(Message::value("apple"));
        drop(consuming);
        assert_eq!(value(&now(application.consume()).unwrap()), "apple");
    }

    #[tokio::test(start_paused = true)]
    async fn a_push_wakes_the_reader() {
        let test = MockConsumer::new("fruits", 0);
        let mut application = test.clone();
        let reading = tokio::spawn(async move { application.consume().await });
        tokio::task::yield_now().await;
        test.push(Message::value("apple"));
        assert_eq!(value(&reading.await.unwrap().unwrap()), "apple");
    }

    #[test]
    fn a_batch_is_what_arrived_before_an_error() {
        let test = MockConsumer::new("fruits", 0);
        let mut application = test.clone();
        for fruit in ["apple", "pear"] {
            test.push(Message::value(fruit));
        }
        test.push_error(Error::new(ErrorKind::CorruptBatch, "checksum").resuming_at(5));
        test.push(Message::value("plum"));
        let batch = now(application.consume_batch()).unwrap();
        assert_eq!((batch.len(), batch.next_offset(), batch.high_watermark()), (2, 2, 3));
        assert_eq!(now(application.consume_batch()).unwrap_err().resume_at(), Some(5));
        assert_eq!(
            now(application.consume_batch()).unwrap().messages().map(|m| m.offset).collect::<Vec<_>>(),
            [2]
        );
        assert!(application.consume_batch().now_or_never().is_none());
    }

    #[test]
    fn after_the_end_there_is_no_data_until_more_is_pushed() {
        let test = MockConsumer::new("fruits", 0);
        let mut application = test.clone();
        test.push(Message::value("apple"));
        test.end();
        assert!(now(application.consume()).is_ok());
        assert_eq!(now(application.consume()).unwrap_err().kind(), ErrorKind::NoData);
        assert_eq!(now(application.consume_batch()).unwrap_err().kind(), ErrorKind::NoData);
        assert_eq!(application.try_consume().unwrap(), None);
        test.push(Message::value("pear"));
        assert!(now(application.consume()).is_ok());
        assert_eq!(now(application.consume()).unwrap_err().kind(), ErrorKind::NoData);
    }

    #[tokio::test(start_paused = true)]
    async fn a_retry_limit_bounds_the_waiting_as_with_a_broker() {
        let broker = MockBroker::new();
        let mut conf = ConsumerConf::new("fruits", 0);
        conf.retry_limit = Some(10);
        let mut consumer = broker.consumer(conf).await.unwrap();
        let began = tokio::time::Instant::now();
        assert_eq!(consumer.consume().await.unwrap_err().kind(), ErrorKind::NoData);
        assert_eq!(began.elapsed(), SECOND);
        broker.mock_consumer("fruits", 0).push(Message::value("apple"));
        assert!(consumer.consume().await.is_ok());
    }

    #[test]
    fn a_retry_limit_without_a_runtime_waits_for_nothing() {
        let broker = MockBroker::new();
        let mut conf = ConsumerConf::new("fruits", 0);
        conf.retry_limit = Some(10);
        let mut consumer = now(broker.consumer(conf)).unwrap();
        assert_eq!(now(consumer.consume()).unwrap_err().kind(), ErrorKind::NoData);
    }

    #[tokio::test(start_paused = true)]
    async fn an_application_that_retries_for_ever_lets_the_test_go_on() {
        let test = MockConsumer::new("fruits", 0);
        test.end();
        let mut application = test.clone();
        let retrying = tokio::spawn(async move {
            loop {
                match application.consume().await {
                    Err(error) if error.is_retriable() => {}
                    other => return other,
                }
            }
        });
        tokio::task::yield_now().await;
        test.close();
        assert_eq!(retrying.await.unwrap().unwrap_err().kind(), ErrorKind::Closed);
    }

    #[tokio::test(start_paused = true)]
    async fn consumers_are_merged() {
        let consumers = [MockConsumer::new("fruits", 0), MockConsumer::new("fruits", 1)];
        let merged = merge(consumers.clone());
        consumers[1].push(Message::value("pear"));
        assert_eq!(merged.consume().await.unwrap().partition, 1);
        consumers[0].push(Message::value("apple"));
        assert_eq!(merged.consume().await.unwrap().partition, 0);
        consumers.iter().for_each(MockConsumer::end);
        assert_eq!(merged.consume().await.unwrap_err().kind(), ErrorKind::MxClosed);
    }
}

mod offsets {
    use super::*;

    #[test]
    fn are_remembered_by_group_topic_and_partition() {
        let broker = MockBroker::new();
        let group = |name: &str| now(broker.offset_coordinator(OffsetCoordinatorConf::new(name))).unwrap();
        let mut committed = CommittedOffset::new(7);
        committed.metadata = "checkpoint".into();
        now(group("a").commit_full("fruits", 0, committed.clone())).unwrap();
        now(group("a").commit("fruits", 1, 9)).unwrap();
        assert_eq!(now(group("a").offset("fruits", 0)).unwrap(), Some(committed.clone()));
        assert_eq!(now(group("a").offset("nuts", 0)).unwrap(), None);
        assert_eq!(now(group("b").offset("fruits", 0)).unwrap(), None);
        assert_eq!(broker.mock_offsets("a").committed("fruits", 0), Some(committed));
        broker.mock_offsets("b").set_committed("fruits", 0, CommittedOffset::new(1));
        assert_eq!(now(group("b").offset("fruits", 0)).unwrap(), Some(CommittedOffset::new(1)));
    }

    #[test]
    fn handlers_decide_when_they_are_set() {
        let offsets = MockOffsetCoordinator::new("group");
        offsets.set_commit_handler(|topic, partition, committed| match committed.offset {
            13 => Err(Error::from_code(ErrorCode::REBALANCE_IN_PROGRESS).at(topic, partition)),
            _ => Ok(()),
        });
        now(offsets.commit("fruits", 0, 12)).unwrap();
        let error = now(offsets.commit("fruits", 0, 13)).unwrap_err();
        assert_eq!(error.code(), Some(ErrorCode::REBALANCE_IN_PROGRESS));
        assert_eq!(now(offsets.offset("fruits", 0)).unwrap(), Some(CommittedOffset::new(12)));
        offsets.set_offset_handler(|_, partition| Ok(Some(CommittedOffset::new(i64::from(partition)))));
        assert_eq!(now(offsets.offset("fruits", 3)).unwrap(), Some(CommittedOffset::new(3)));
        assert_eq!(offsets.committed("fruits", 0), Some(CommittedOffset::new(12)));
    }

    #[test]
    fn a_handler_may_use_the_mock() {
        let offsets = MockOffsetCoordinator::new("group");
        let seen = offsets.clone();
        offsets.set_commit_handler(move |topic, partition, committed| {
            let before = seen.committed(topic, partition).map_or(-1, |before| before.offset);
            assert!(before < committed.offset);
            Ok(())
        });
        now(offsets.commit("fruits", 0, 1)).unwrap();
        now(offsets.commit("fruits", 0, 2)).unwrap();
    }

    #[test]
    fn a_negative_offset_is_refused_as_by_the_real_one() {
        let offsets = MockOffsetCoordinator::new("group");
        assert_eq!(now(offsets.commit("fruits", 0, -1)).unwrap_err().kind(), ErrorKind::InvalidRecord);
        assert_eq!(offsets.committed("fruits", 0), None);
    }

    #[tokio::test(start_paused = true)]
    async fn a_commit_can_be_waited_for() {
        let offsets = MockOffsetCoordinator::new("group");
        let error = offsets.wait_for_commit("fruits", 0, 2, SECOND).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::TimedOut);
        let waiting = tokio::spawn({
            let offsets = offsets.clone();
            async move { offsets.wait_for_commit("fruits", 0, 2, HOUR).await }
        });
        offsets.commit("fruits", 0, 1).await.unwrap();
        tokio::task::yield_now().await;
        assert!(!waiting.is_finished());
        offsets.commit("fruits", 0, 3).await.unwrap();
        assert_eq!(waiting.await.unwrap().unwrap(), CommittedOffset::new(3));
    }
}

mod broker {
    use super::*;

    #[test]
    fn knows_the_topics_that_were_declared() {
        let broker = MockBroker::new().with_topic("fruits", 3);
        let unknown = Some(ErrorCode::UNKNOWN_TOPIC_OR_PARTITION);
        assert_eq!(now(broker.partition_count("fruits")).unwrap(), 3);
        assert_eq!(now(broker.partition_count("nuts")).unwrap_err().code(), unknown);
        assert_eq!(now(broker.offset_earliest("fruits", 2)).unwrap(), 0);
        assert_eq!(now(broker.offset_earliest("fruits", 3)).unwrap_err().code(), unknown);
        assert_eq!(now(broker.offset_latest("nuts", 0)).unwrap_err().code(), unknown);
        assert_eq!(now(broker.consumer(ConsumerConf::new("fruits", 3))).err().unwrap().code(), unknown);
        broker.mock_consumer("fruits", 1).push(Message::value("apple"));
        assert_eq!(now(broker.offset_latest("fruits", 1)).unwrap(), 1);
    }

    #[test]
    fn asks_the_handlers() {
        let broker = MockBroker::new().with_topic("fruits", 3);
        broker.set_offset_earliest_handler(|_, partition| Ok(i64::from(partition) + 5));
        broker.set_offset_latest_handler(|topic, partition| {
            Err(Error::from_code(ErrorCode::LEADER_NOT_AVAILABLE).at(topic, partition))
        });
        broker.set_partition_count_handler(|topic| Ok(topic.len() as i32));
        assert_eq!(now(broker.offset_earliest("nuts", 2)).unwrap(), 7);
        let error = now(broker.offset_latest("fruits", 0)).unwrap_err();
        assert_eq!(error.code(), Some(ErrorCode::LEADER_NOT_AVAILABLE));
        assert_eq!(now(broker.partition_count("nuts")).unwrap(), 4);
    }

    #[test]
    fn consumers_of_a_partition_share_its_queue() {
        let broker = MockBroker::new();
        let mut conf = ConsumerConf::new("fruits", 0);
        conf.start_offset = kafka_client::StartOffset::At(4);
        let mut one = now(broker.consumer(conf)).unwrap();
        let mut batches = now(broker.batch_consumer(ConsumerConf::new("fruits", 0))).unwrap();
        let mut other = now(broker.consumer(ConsumerConf::new("fruits", 1))).unwrap();
        let test = broker.mock_consumer("fruits", 0);
        test.push(Message::value("apple"));
        test.push(Message::value("pear"));
        assert_eq!(value(&now(one.consume()).unwrap()), "apple");
        assert_eq!(now(batches.consume_batch()).unwrap().len(), 1);
        assert_eq!(other.try_consume().unwrap(), None);
        assert_eq!(test.confs()[0].start_offset, kafka_client::StartOffset::At(4));
        assert_eq!(test.confs().len(), 2);
    }

    #[tokio::test(start_paused = true)]
    async fn closed_it_ends_all_that_came_from_it() {
        let broker = MockBroker::new().with_topic("fruits", 1);
        let producer = broker.producer(ProducerConf::new()).unwrap();
        broker.mock_producer().set_acknowledge(Acknowledge::WhenRead);
        let mut consumer = broker.consumer(ConsumerConf::new("fruits", 0)).await.unwrap();
        let offsets = broker.offset_coordinator(OffsetCoordinatorConf::new("group")).await.unwrap();
        let delivery = producer.try_enqueue(Record::to("fruits").value("fig")).unwrap();
        let reading = tokio::spawn(async move { (consumer.consume().await, consumer) });
        tokio::task::yield_now().await;

        broker.close().await;
        broker.close().await;

        let closed = ErrorKind::Closed;
        let (read, mut consumer) = reading.await.unwrap();
        assert_eq!(read.unwrap_err().kind(), closed);
        assert_eq!(consumer.try_consume().unwrap_err().kind(), closed);
        assert_eq!(delivery.await.unwrap_err().kind(), closed);
        assert_eq!(producer.send(Record::to("fruits")).await.unwrap_err().kind(), closed);
        assert_eq!(offsets.commit("fruits", 0, 1).await.unwrap_err().kind(), closed);
        assert_eq!(offsets.offset("fruits", 0).await.unwrap_err().kind(), closed);
        assert_eq!(broker.producer(ProducerConf::new()).err().unwrap().kind(), closed);
        assert_eq!(broker.consumer(ConsumerConf::new("nuts", 0)).await.err().unwrap().kind(), closed);
        let conf = OffsetCoordinatorConf::new("other");
        assert_eq!(broker.offset_coordinator(conf).await.err().unwrap().kind(), closed);
        assert_eq!(broker.partition_count("fruits").await.unwrap_err().kind(), closed);
        assert_eq!(broker.offset_earliest("fruits", 0).await.unwrap_err().kind(), closed);
        assert_eq!(broker.offset_latest("fruits", 0).await.unwrap_err().kind(), closed);
        let written = broker.read_producers(HOUR).await.unwrap();
        assert_eq!(value(&written.messages[0]), "fig", "what was written before can be read");
        assert_eq!(broker.read_producers(HOUR).await.unwrap_err().kind(), closed);
    }

    #[test]
    fn a_configuration_that_cannot_work_is_refused() {
        let broker = MockBroker::new();
        assert_eq!(
            now(broker.consumer(ConsumerConf::new("", 0))).err().unwrap().kind(),
            ErrorKind::InvalidConfig
        );
        let conf = OffsetCoordinatorConf::new("");
        assert_eq!(now(broker.offset_coordinator(conf)).err().unwrap().kind(), ErrorKind::InvalidConfig);
    }
}
