//! Batches with a life: built, produced and given back; and the same life of an ordinary producer's batches. In memory,
//! under a paused clock.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

use std::sync::Arc;
use std::time::Duration;

use futures_util::StreamExt;
use kafka_client::{
    Batch, BatchBuilder, BatchBuilderConf, BatchLife, BatchProducer, BatchProducerConf, Batches, Broker,
    BrokerConf, Compression, Error, ErrorCode, ErrorKind, Exchange, Linger, Partitioner, ProducerConf,
    ProducerInterceptor, Receipt, Record, RequiredAcks, Result, TopicPartitions,
};
use kafka_proto::messages::{ApiKey, ProduceRequest};
use kafka_test::cluster::{Action, Cluster, Network};
use tokio::time::{Instant, timeout};

async fn cluster() -> Cluster {
    Cluster::builder().nodes(3).topic("t", 4).network(Network::Memory).start().await.unwrap()
}

async fn broker(cluster: &Cluster) -> Broker {
    let mut conf = BrokerConf::new("batches");
    conf.environment = Some(cluster.environment());
    Broker::dial(cluster.bootstrap(), conf).await.unwrap()
}

fn builder_conf(cluster: &Cluster) -> BatchBuilderConf {
    let mut conf = BatchBuilderConf::new("t", 4);
    (conf.min_uncompressed_bytes, conf.linger) = (0, None);
    conf.environment = Some(cluster.environment());
    conf
}

fn values(cluster: &Cluster, partition: i32) -> Vec<String> {
    cluster.records("t", partition).into_iter().map(|record| text(&record.value.unwrap())).collect()
}

fn text(value: &[u8]) -> String {
    String::from_utf8(value.to_vec()).unwrap()
}

async fn next(batches: &mut Batches) -> Batch {
    timeout(Duration::from_secs(600), batches.recv()).await.expect("a batch in time").expect("a batch")
}

async fn rest(batches: Batches) -> Vec<Batch> {
    timeout(Duration::from_secs(600), batches.collect()).await.expect("an end in time")
}

/// One batch of each of these, for the partition.
async fn built(cluster: &Cluster, batches: &[(Option<i32>, &[&str])]) -> Batches {
    let mut conf = builder_conf(cluster);
    (conf.min_records, conf.capacity) = (1_000, 1_000);
    let (builder, built) = BatchBuilder::start(conf).unwrap();
    for (partition, values) in batches {
        for value in *values {
            let mut record = Record::to("t").value(*value);
            record.partition = *partition;
            builder.add(record).await.unwrap();
        }
        builder.flush(Duration::ZERO);
    }
    built
}

/// Ends when the returned sender is dropped.
fn never_ending(batches: Vec<Batch>) -> (kafka_client::BatchSender, Batches) {
    let (sender, input) = Batches::channel(batches.len() + 1);
    let feeding = sender.clone();
    tokio::spawn(async move {
        for batch in batches {
            feeding.send(batch).await.unwrap();
        }
    });
    (sender, input)
}

fn errors(batch: &Batch) -> Vec<Option<ErrorCode>> {
    let codes = batch.life().exchanges.iter().map(|exchange| exchange.error.as_ref().map(Error::code));
    codes.map(Option::flatten).collect()
}

#[test]
fn the_defaults_are_those_of_the_documentation() {
    let conf = BatchBuilderConf::new("t", 4);
    conf.validate().unwrap();
    assert_eq!((&*conf.topic, conf.partitions, conf.compression), ("t", 4, Compression::None));
    assert_eq!((conf.num_workers, conf.capacity, conf.min_records), (2, 16, 1));
    assert_eq!((conf.min_uncompressed_bytes, conf.max_uncompressed_bytes), (64 << 10, 1 << 20));
    assert_eq!(conf.linger, Some(Duration::from_millis(100)));
    assert!(conf.partitioner.is_none() && conf.environment.is_none());

    let conf = BatchProducerConf::new("t", 2..4);
    conf.validate().unwrap();
    assert_eq!((&*conf.topic, &conf.partitions[..]), ("t", &[2, 3][..]));
    assert_eq!((conf.num_workers, conf.num_attempts, conf.capacity), (5, 10, 16));
    assert_eq!(conf.sleep_between_attempts, Duration::from_millis(500));
    assert!(conf.strict_partitioning);
    assert_eq!(format!("{:?}", conf.producer), format!("{:?}", ProducerConf::new()));
}

mod building {
    use super::*;

    /// How many records and bytes before compression each batch has, without the last one, which ends with the input.
    async fn sizes(change: impl FnOnce(&mut BatchBuilderConf)) -> Vec<(usize, usize)> {
        let cluster = cluster().await;
        let mut conf = builder_conf(&cluster);
        (conf.compression, conf.capacity) = (Compression::Zstd, 1_000);
        change(&mut conf);
        let (builder, batches) = BatchBuilder::start(conf).unwrap();
        for _ in 0..500 {
            builder.add(Record::to("t").partition(0).value(&[7; 100])).await.unwrap();
        }
        builder.close();
        let batches = rest(batches).await;
        let size = |batch: &Batch| (batch.len(), batch.life().uncompressed_bytes);
        let mut sizes: Vec<_> = batches.iter().map(size).collect();
        assert_eq!(sizes.iter().map(|(records, _)| records).sum::<usize>(), 500);
        sizes.pop();
        sizes
    }

    #[tokio::test(start_paused = true)]
    async fn a_batch_is_closed_before_it_would_have_more_bytes_than_it_may() {
        for most in [2_000, 8_000] {
            let sizes = sizes(|conf| {
                (conf.min_records, conf.max_uncompressed_bytes) = (1_000_000, most);
            })
            .await;
            assert!(sizes.len() > 4, "{sizes:?}");
            assert!(sizes.iter().all(|(_, bytes)| (most - 120..=most).contains(bytes)), "{sizes:?}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_batch_is_closed_as_soon_as_it_has_the_bytes_that_it_needs() {
        for least in [3_000, 9_000] {
            let sizes = sizes(|conf| conf.min_uncompressed_bytes = least).await;
            assert!(sizes.len() > 3, "{sizes:?}");
            // The header of the batch counts only here.
            let enough = least + 61..least + 61 + 120;
            assert!(sizes.iter().all(|(_, bytes)| enough.contains(bytes)), "{sizes:?}");
        }
        let both = sizes(|conf| (conf.min_records, conf.min_uncompressed_bytes) = (40, 3_000)).await;
        assert!(both.iter().all(|(records, _)| *records == 40), "{both:?}");
    }

    #[tokio::test(start_paused = true)]
    async fn records_of_a_key_come_in_order_and_all_come_before_the_end() {
        let cluster = cluster().await;
        for compression in [Compression::None, Compression::Lz4, Compression::Zstd] {
            let mut conf = builder_conf(&cluster);
            (conf.min_records, conf.compression, conf.capacity) = (7, compression, 2);
            let (builder, batches) = BatchBuilder::start(conf).unwrap();
            let feeding = tokio::spawn(async move {
                for n in 0..1_000 {
                    let (key, value) = ((n % 10).to_string(), format!("{n:100}"));
                    builder.add(Record::to("t").key(&key).value(&value)).await.unwrap();
                }
            });
            let mut by_key = vec![Vec::new(); 10];
            let mut batches_of_seven = 0;
            for batch in rest(batches).await {
                batches_of_seven += usize::from(batch.len() == 7);
                for message in batch.messages() {
                    let key: usize = text(&message.key.unwrap()).parse().unwrap();
                    let value = text(&message.value.unwrap());
                    by_key[key].push(value.trim().parse::<usize>().unwrap());
                    assert_eq!(batch.partition(), Some(message.partition));
                }
            }
            feeding.await.unwrap();
            assert!(batches_of_seven > 130, "{batches_of_seven}");
            for (key, numbers) in by_key.iter().enumerate() {
                assert_eq!(*numbers, (0..100).map(|n| n * 10 + key).collect::<Vec<_>>());
            }
        }
    }

    #[tokio::test(start_paused = true)]
    async fn what_is_built_tells_when_and_how_large() {
        let cluster = cluster().await;
        let mut conf = builder_conf(&cluster);
        (conf.min_records, conf.compression) = (100, Compression::Lz4);
        let (builder, mut batches) = BatchBuilder::start(conf).unwrap();
        let opened_ms = cluster.environment().wall_clock_ms();
        for n in 0..100 {
            builder.add(Record::to("t").value("the same again")).await.unwrap();
            if n == 50 {
                tokio::time::advance(Duration::from_millis(20)).await;
            }
        }
        let batch = next(&mut batches).await;
        let life = batch.life();
        assert_eq!((batch.topic().as_str(), batch.partition(), batch.len()), ("t", None, 100));
        assert!(life.compressed_bytes * 3 < life.uncompressed_bytes, "{life:?}");
        assert!((opened_ms * 1_000..opened_ms * 1_000 + 5_000).contains(&life.opened_us));
        let closed = life.build_enqueued_us.unwrap();
        assert!((20_000..30_000).contains(&(closed - life.opened_us)));
        assert!(life.build_begun_us >= Some(closed) && life.build_complete_us >= life.build_begun_us);
        assert_eq!(life.compress_complete_us, life.build_complete_us);
        assert!(life.exchanges.is_empty() && !batch.produced() && batch.error().is_none());
    }

    /// On threads of their own, by the clock on the wall: what each batch tells of its times.
    #[tokio::test]
    async fn as_many_batches_are_compressed_at_once_as_there_are_workers() {
        for workers in [1, 3] {
            let mut conf = BatchBuilderConf::new("t", 1);
            (conf.compression, conf.num_workers) = (Compression::Zstd, workers);
            (conf.min_uncompressed_bytes, conf.max_uncompressed_bytes) = (1 << 20, 8 << 20);
            let (builder, batches) = BatchBuilder::start(conf).unwrap();
            let value: Vec<u8> = (0..4_u32 << 20).map(|n| (n.wrapping_mul(n) >> 7) as u8).collect();
            let feeding = async {
                for _ in 0..9 {
                    builder.add(Record::to("t").value(&value)).await.unwrap();
                }
                builder.close();
            };
            let ((), batches) = tokio::join!(feeding, rest(batches));
            let times: Vec<_> = batches
                .iter()
                .map(|batch| (batch.life().build_begun_us.unwrap(), batch.life().build_complete_us.unwrap()))
                .collect();
            assert_eq!(times.len(), 9);
            // Batches begin in milliseconds of the wall clock: their times differ by one at the most.
            let is_on =
                |at: i64| move |(begun, done): &&(i64, i64)| (begun + 1_000..done - 1_000).contains(&at);
            let running = |at| times.iter().filter(is_on(at)).count();
            let most = times.iter().map(|(begun, done)| running(i64::midpoint(*begun, *done))).max().unwrap();
            assert!(
                most <= workers && (workers == 1 || most > 1),
                "{most} at once with {workers}: {times:?}"
            );
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_batch_lingers_no_longer_than_it_may() {
        let cluster = cluster().await;
        let mut conf = builder_conf(&cluster);
        (conf.min_records, conf.linger) = (100, Some(Duration::from_millis(50)));
        let (builder, mut batches) = BatchBuilder::start(conf).unwrap();
        let began = Instant::now();
        builder.add(Record::to("t").partition(1).value("a")).await.unwrap();
        tokio::time::sleep(Duration::from_millis(30)).await;
        builder.add(Record::to("t").partition(2).value("b")).await.unwrap();
        assert_eq!(next(&mut batches).await.partition(), Some(1));
        assert!((50..60).contains(&began.elapsed().as_millis()), "{:?}", began.elapsed());
        assert_eq!(next(&mut batches).await.partition(), Some(2));
        assert!((80..90).contains(&began.elapsed().as_millis()), "{:?}", began.elapsed());
    }

    #[tokio::test(start_paused = true)]
    async fn flush_closes_what_is_old_enough_and_nothing_else() {
        let cluster = cluster().await;
        let mut conf = builder_conf(&cluster);
        conf.min_records = 100;
        let (builder, mut batches) = BatchBuilder::start(conf).unwrap();
        builder.add(Record::to("t").partition(0).value("old")).await.unwrap();
        tokio::time::sleep(Duration::from_secs(10)).await;
        builder.add(Record::to("t").partition(1).value("new")).await.unwrap();
        assert!(batches.try_recv().is_none(), "without linger nothing goes by itself");
        builder.flush(Duration::from_secs(5));
        assert_eq!(next(&mut batches).await.partition(), Some(0));
        tokio::time::sleep(Duration::from_secs(1)).await;
        assert!(batches.try_recv().is_none());
        builder.flush(Duration::ZERO);
        assert_eq!(next(&mut batches).await.partition(), Some(1));
    }

    #[tokio::test(start_paused = true)]
    async fn nobody_reading_holds_up_the_input_alone_and_what_is_held_is_bounded() {
        let cluster = cluster().await;
        let mut conf = builder_conf(&cluster);
        (conf.capacity, conf.num_workers) = (3, 2);
        let (builder, mut batches) = BatchBuilder::start(conf).unwrap();
        let mut taken = 0;
        while timeout(Duration::from_secs(60), builder.add(Record::to("t").value("x"))).await.is_ok() {
            taken += 1;
        }
        // In the output, being built or waiting for it, and waiting to be built.
        assert!((3..=3 + 2 + 2).contains(&taken), "{taken}");
        assert_eq!(builder.try_add(Record::to("t").value("x")).unwrap_err().kind(), ErrorKind::QueueFull);
        let second = builder.clone();
        let waiting = tokio::spawn(async move { second.add(Record::to("t").value("last")).await });
        tokio::task::yield_now().await;
        next(&mut batches).await;
        timeout(Duration::from_secs(60), waiting).await.unwrap().unwrap().unwrap();
        builder.close();
        assert_eq!(
            rest(batches).await.len(),
            taken,
            "one was read, one was added; those given up are not there"
        );
    }

    #[tokio::test(start_paused = true)]
    async fn after_its_end_or_without_a_reader_it_takes_nothing() {
        let cluster = cluster().await;
        let (builder, batches) = BatchBuilder::start(builder_conf(&cluster)).unwrap();
        builder.close();
        let error = builder.add(Record::to("t").value("x")).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Closed);
        assert!(rest(batches).await.is_empty());

        let (builder, batches) = BatchBuilder::start(builder_conf(&cluster)).unwrap();
        drop(batches);
        let filling = async { while builder.add(Record::to("t").value("x")).await.is_ok() {} };
        timeout(Duration::from_secs(60), filling).await.expect("who waits for room is told");
    }

    #[tokio::test(start_paused = true)]
    async fn a_record_that_cannot_be_built_says_why_and_harms_no_other() {
        struct Panics;
        impl Partitioner for Panics {
            fn partition(&self, record: &Record<'_>, topic: &TopicPartitions<'_>) -> Result<i32> {
                match record.key {
                    Some(b"panic") => panic!("on purpose"),
                    Some(_) => Ok(99),
                    None => Ok(topic.sticky()),
                }
            }
        }
        let cluster = cluster().await;
        let mut conf = builder_conf(&cluster);
        conf.partitioner = Some(Arc::new(Panics));
        let (builder, batches) = BatchBuilder::start(conf).unwrap();
        for (record, says) in [
            (Record::to("u").value("x"), "topic t"),
            (Record::to("t").partition(4), "4 partitions"),
            (Record::to("t").partition(-1), "4 partitions"),
            (Record::to("t").key("panic"), "on purpose"),
            (Record::to("t").key("far"), "99"),
        ] {
            let error = builder.add(record).await.unwrap_err();
            assert_eq!(error.kind(), ErrorKind::InvalidRecord);
            assert!(error.to_string().contains(says), "{error}");
        }
        for _ in 0..8 {
            builder.add(Record::to("t").value("x")).await.unwrap();
        }
        builder.close();
        let partitions: Vec<_> = rest(batches).await.iter().map(|batch| batch.partition().unwrap()).collect();
        assert_eq!(partitions, [0, 1, 2, 3, 0, 1, 2, 3], "the sticky partition moves on with each batch");
    }
}

mod producing {
    use super::*;
    use std::collections::BTreeMap;
    use std::sync::Mutex;
    use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

    fn start(broker: &Broker, conf: BatchProducerConf, input: Batches) -> (BatchProducer, Batches) {
        let producer = broker.batch_producer(conf).unwrap();
        let output = producer.start(input).unwrap();
        (producer, output)
    }

    fn conf() -> BatchProducerConf {
        let mut conf = BatchProducerConf::new("t", 0..4);
        (conf.num_attempts, conf.sleep_between_attempts) = (3, Duration::from_millis(200));
        conf
    }

    #[tokio::test(start_paused = true)]
    async fn every_batch_comes_back_with_the_brokers_answer_and_then_all_ends() {
        let cluster = cluster().await;
        let broker = broker(&cluster).await;
        let mut from = builder_conf(&cluster);
        (from.min_records, from.compression) = (10, Compression::Lz4);
        let (builder, input) = BatchBuilder::start(from).unwrap();
        let (producer, mut output) = start(&broker, conf(), input);
        for n in 0..1_000 {
            let value = n.to_string();
            builder.add(Record::to("t").partition(n % 4).value(&value)).await.unwrap();
            while let Some(batch) = output.try_recv() {
                assert!(batch.produced());
            }
        }
        let error = producer.wait(Duration::from_secs(1)).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::TimedOut);
        builder.close();
        for batch in rest(output).await {
            let life = batch.life();
            let [exchange] = &life.exchanges[..] else { panic!("{life:?}") };
            let answer = exchange.answer.as_ref().unwrap();
            let partition = batch.partition().unwrap();
            assert_eq!((answer.topic.as_str(), answer.partition), ("t", partition));
            assert_eq!(Some(answer.node), cluster.leader("t", partition));
            assert_eq!((answer.error_code, answer.log_start_offset), (ErrorCode::NONE, 0));
            assert!(exchange.begun_us >= Some(exchange.enqueued_us));
            assert!(Some(exchange.complete_us) >= exchange.begun_us);
            for message in batch.messages() {
                let stored = &cluster.records("t", partition)[usize::try_from(message.offset).unwrap()];
                assert_eq!(stored.value, message.value);
            }
        }
        producer.wait(Duration::from_secs(1)).await.unwrap();
        for partition in 0..4 {
            let all: Vec<_> = (0..250).map(|n| (n * 4 + partition).to_string()).collect();
            assert_eq!(values(&cluster, partition), all);
        }
    }

    #[tokio::test(start_paused = true)]
    async fn what_cannot_be_its_to_produce_comes_back_unproduced() {
        let cluster = cluster().await;
        let broker = broker(&cluster).await;
        let input = built(&cluster, &[(Some(3), &["a"]), (Some(1), &["b"])]).await;
        let mut conf = conf();
        conf.partitions = vec![0, 1];
        let (_producer, output) = start(&broker, conf, input);
        let mut back = rest(output).await;
        back.sort_by_key(Batch::partition);
        assert!(back[0].produced());
        let error = back[1].error().unwrap();
        assert_eq!((error.kind(), error.partition()), (ErrorKind::NoProducerForPartition, Some(3)));
        assert!(!error.is_retriable() && back[1].life().exchanges.is_empty());
        assert_eq!(values(&cluster, 3).len(), 0);

        let mut elsewhere = BatchProducerConf::new("u", 0..4);
        elsewhere.num_workers = 1;
        let (_producer, output) = start(&broker, elsewhere, built(&cluster, &[(Some(0), &["a"])]).await);
        assert_eq!(rest(output).await[0].error().unwrap().kind(), ErrorKind::NoProducerForPartition);
    }

    #[tokio::test(start_paused = true)]
    async fn a_failed_attempt_is_an_exchange_and_the_last_one_is_not_slept_after() {
        let cluster = cluster().await;
        let broker = broker(&cluster).await;
        cluster.fail(ApiKey::Produce, ErrorCode::NOT_ENOUGH_REPLICAS, 2);
        let (_producer, output) = start(&broker, conf(), built(&cluster, &[(Some(0), &["a"])]).await);
        let began = Instant::now();
        let back = rest(output).await;
        let refused = Some(ErrorCode::NOT_ENOUGH_REPLICAS);
        assert_eq!(errors(&back[0]), [refused, refused, None]);
        assert!(back[0].produced() && back[0].error().is_none());
        assert!((400..450).contains(&began.elapsed().as_millis()), "two sleeps: {:?}", began.elapsed());
        let waits: Vec<_> = back[0]
            .life()
            .exchanges
            .windows(2)
            .map(|two| {
                assert_eq!(two[1].enqueued_us, two[0].complete_us);
                two[1].begun_us.unwrap() - two[0].complete_us
            })
            .collect();
        assert!(waits.iter().all(|wait| (200_000..220_000).contains(wait)), "{waits:?}");

        cluster.fail(ApiKey::Produce, ErrorCode::NOT_ENOUGH_REPLICAS, 100);
        let (_producer, output) = start(&broker, conf(), built(&cluster, &[(Some(0), &["b"])]).await);
        let began = Instant::now();
        let back = rest(output).await;
        assert_eq!(errors(&back[0]), [refused; 3]);
        assert_eq!(back[0].error().unwrap().code(), refused);
        assert!((400..450).contains(&began.elapsed().as_millis()), "{:?}", began.elapsed());
    }

    #[tokio::test(start_paused = true)]
    async fn an_error_that_no_retry_mends_is_the_last() {
        let cluster = cluster().await;
        let broker = broker(&cluster).await;
        cluster.fail(ApiKey::Produce, ErrorCode::TOPIC_AUTHORIZATION_FAILED, 1);
        let (_producer, output) = start(&broker, conf(), built(&cluster, &[(Some(0), &["a"])]).await);
        let back = rest(output).await;
        assert_eq!(errors(&back[0]), [Some(ErrorCode::TOPIC_AUTHORIZATION_FAILED)]);
        let values: Vec<_> = back[0].messages().map(|message| text(&message.value.unwrap())).collect();
        assert_eq!(values, ["a"], "its records are still there");
    }

    #[tokio::test(start_paused = true)]
    async fn a_lost_answer_is_asked_for_again_at_the_same_partition_and_written_once() {
        for strict in [true, false] {
            let cluster = cluster().await;
            let broker = broker(&cluster).await;
            cluster.on_next(ApiKey::Produce, 1, Action::close_after);
            let mut conf = conf();
            conf.strict_partitioning = strict;
            let (_producer, output) = start(&broker, conf, built(&cluster, &[(Some(2), &["a"])]).await);
            let back = rest(output).await;
            assert!(back[0].produced(), "{back:?}");
            assert_eq!((back[0].partition(), back[0].life().exchanges.len()), (Some(2), 2));
            let all: Vec<_> = (0..4).map(|partition| values(&cluster, partition).len()).collect();
            assert_eq!(all, [0, 0, 1, 0], "strict: {strict}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn without_strictness_a_batch_that_was_not_appended_goes_to_another_partition() {
        let cluster = cluster().await;
        let broker = broker(&cluster).await;
        cluster.control(|request| {
            let produce: ProduceRequest = request.decode()?;
            let refused = produce.topic_data[0].partition_data[0].index == 0;
            refused.then(|| Action::error(ErrorCode::NOT_ENOUGH_REPLICAS))
        });
        for strict in [false, true] {
            let mut conf = conf();
            conf.strict_partitioning = strict;
            let input = built(&cluster, &[(Some(0), &["a"])]).await;
            let (_producer, output) = start(&broker, conf, input);
            let back = rest(output).await;
            let exchanges = &back[0].life().exchanges;
            assert_eq!(exchanges[0].partition, 0);
            if strict {
                assert!(!back[0].produced() && exchanges.iter().all(|exchange| exchange.partition == 0));
            } else {
                assert!(back[0].produced(), "{back:?}");
                assert_eq!((exchanges.len(), back[0].partition()), (2, Some(exchanges[1].partition)));
                assert_eq!(values(&cluster, exchanges[1].partition), ["a"]);
            }
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_leader_that_cannot_be_reached_costs_attempts_and_is_left_if_that_is_allowed() {
        let cluster = cluster().await;
        let broker = broker(&cluster).await;
        let away = cluster.leader("t", 0).unwrap();
        cluster.refuse_connections(away, true);
        cluster.disconnect(away);
        let mut conf = conf();
        let input = built(&cluster, &[(Some(0), &["a"])]).await;
        let (_producer, output) = start(&broker, conf.clone(), input);
        let began = Instant::now();
        let back = rest(output).await;
        let life = back[0].life();
        assert_eq!(life.exchanges.len(), 3, "{life:?}");
        assert!(life.exchanges.iter().all(|exchange| exchange.begun_us.is_none()));
        for two in life.exchanges.windows(2) {
            assert!(two[1].complete_us - two[0].complete_us >= 200_000, "{life:?}");
        }
        assert_eq!(back[0].error().unwrap().kind(), ErrorKind::Connect);
        assert!(!back[0].error().unwrap().may_be_written());
        assert!(began.elapsed() < Duration::from_secs(5), "{:?}", began.elapsed());

        (conf.strict_partitioning, conf.num_attempts) = (false, 10);
        let (_producer, output) = start(&broker, conf, built(&cluster, &[(Some(0), &["a"])]).await);
        let back = rest(output).await;
        assert!(back[0].produced(), "{back:?}");
        assert_ne!(back[0].life().exchanges.last().unwrap().answer.as_ref().unwrap().node, away);
    }

    #[tokio::test(start_paused = true)]
    async fn a_partition_without_a_leader_is_waited_for_or_left() {
        let cluster = Cluster::builder().nodes(3).network(Network::Memory);
        let mut topic = kafka_test::cluster::TopicConf::new("t", 4);
        topic.replication_factor = Some(1);
        let cluster = cluster.with_topic(topic).start().await.unwrap();
        let broker = broker(&cluster).await;
        broker.partition_count("t").await.unwrap();
        let away = cluster.leader("t", 0).unwrap();
        let led_by_it: Vec<_> =
            (0..4).filter(|partition| cluster.leader("t", *partition) == Some(away)).collect();
        cluster.kill(away);
        let mut conf = conf();
        conf.strict_partitioning = false;
        conf.num_attempts = 10;
        let (_producer, output) = start(&broker, conf, built(&cluster, &[(Some(0), &["a"])]).await);
        let back = rest(output).await;
        assert!(back[0].produced(), "{back:?}");
        assert!(!led_by_it.contains(&back[0].partition().unwrap()));
    }

    #[tokio::test(start_paused = true)]
    async fn batches_for_any_partition_go_to_all_in_turn() {
        let cluster = cluster().await;
        let broker = broker(&cluster).await;
        let batches: Vec<(Option<i32>, &[&str])> = vec![(None, &["a", "b"]); 8];
        let (_producer, output) = start(&broker, conf(), built(&cluster, &batches).await);
        let mut partitions: Vec<_> =
            rest(output).await.iter().map(|batch| batch.partition().unwrap()).collect();
        partitions.sort_unstable();
        assert_eq!(partitions, [0, 0, 1, 1, 2, 2, 3, 3]);
    }

    #[tokio::test(start_paused = true)]
    async fn as_many_batches_are_on_their_way_as_there_are_workers() {
        let cluster = cluster().await;
        let broker = broker(&cluster).await;
        cluster.control(|request| {
            (request.api() == ApiKey::Produce).then(|| Action::delay(Duration::from_secs(1)))
        });
        for (workers, seconds) in [(1, 8), (4, 2)] {
            let batches: Vec<(Option<i32>, &[&str])> =
                (0..8).map(|n| (Some(n % 4), &["x"] as &[&str])).collect();
            let mut conf = conf();
            (conf.num_workers, conf.producer.idempotence) = (workers, kafka_client::Idempotence::Off);
            // One node serves a connection's requests one after the other: those of one leader share a request.
            let one_node =
                Cluster::builder().nodes(4).topic("t", 4).network(Network::Memory).start().await.unwrap();
            one_node.control(|request| {
                (request.api() == ApiKey::Produce).then(|| Action::delay(Duration::from_secs(1)))
            });
            let input = built(&cluster, &batches).await;
            let broker = super::broker(&one_node).await;
            let (_producer, output) = start(&broker, conf, input);
            let began = Instant::now();
            assert!(rest(output).await.iter().all(Batch::produced));
            let took = began.elapsed();
            assert!(
                (seconds * 1_000..seconds * 1_000 + 500).contains(&took.as_millis()),
                "{workers}: {took:?}"
            );
        }
        drop(broker);
    }

    #[tokio::test(start_paused = true)]
    async fn an_output_that_nobody_reads_holds_up_its_own_input_and_nobody_else() {
        let cluster = cluster().await;
        let broker = broker(&cluster).await;
        let batches: Vec<(Option<i32>, &[&str])> =
            (0..50).map(|n| (Some(n % 4), &["x"] as &[&str])).collect();
        let mut conf = conf();
        (conf.num_workers, conf.capacity) = (2, 3);
        let (_producer, mut output) = start(&broker, conf, built(&cluster, &batches).await);
        tokio::time::sleep(Duration::from_secs(600)).await;
        let written: usize = (0..4).map(|partition| values(&cluster, partition).len()).sum();
        assert_eq!(written, 3 + 2);
        // Another producer of the same broker goes on.
        let producer = broker.producer(ProducerConf::new()).unwrap();
        producer.send(Record::to("t").partition(0).value("y")).await.unwrap();
        let first = next(&mut output).await;
        assert!(first.produced());
        assert_eq!(rest(output).await.len(), 49);
    }

    #[tokio::test(start_paused = true)]
    async fn without_anybody_to_give_them_back_to_batches_are_produced_all_the_same() {
        let cluster = cluster().await;
        let broker = broker(&cluster).await;
        let batches: Vec<(Option<i32>, &[&str])> = vec![(Some(1), &["x"]); 40];
        let (producer, output) = start(&broker, conf(), built(&cluster, &batches).await);
        drop(output);
        producer.wait(Duration::from_secs(60)).await.unwrap();
        assert_eq!(values(&cluster, 1).len(), 40);
    }

    #[tokio::test(start_paused = true)]
    async fn it_starts_once_and_before_the_start_there_is_nothing_to_wait_for() {
        let cluster = cluster().await;
        let broker = broker(&cluster).await;
        let producer = broker.batch_producer(conf()).unwrap();
        producer.wait(Duration::ZERO).await.unwrap();
        let _output = producer.start(Batches::channel(1).1).unwrap();
        let error = producer.start(Batches::channel(1).1).unwrap_err();
        assert!(error.to_string().contains("already"), "{error}");
        producer.wait(Duration::from_secs(5)).await.unwrap();
    }

    #[tokio::test(start_paused = true)]
    async fn closing_the_broker_gives_back_what_is_left() {
        let cluster = cluster().await;
        let broker = broker(&cluster).await;
        cluster.control(|request| (request.api() == ApiKey::Produce).then(Action::stall));
        let batches = rest(built(&cluster, &[(Some(0), &["a"]), (Some(1), &["b"])]).await).await;
        let (sender, input) = never_ending(batches);
        let (_producer, mut output) = start(&broker, conf(), input);
        tokio::time::sleep(Duration::from_secs(1)).await;
        broker.close().await;
        for _ in 0..2 {
            let batch = next(&mut output).await;
            let error = batch.error().unwrap();
            assert!(error.kind() == ErrorKind::Closed && error.may_be_written(), "{error}");
        }
        let late = rest(built(&cluster, &[(Some(2), &["c"])]).await).await;
        sender.send(late.into_iter().next().unwrap()).await.unwrap();
        let error = next(&mut output).await.error().unwrap().clone();
        assert!(error.kind() == ErrorKind::Closed && !error.may_be_written(), "{error}");
    }

    #[tokio::test(start_paused = true)]
    async fn a_batch_that_failed_can_be_produced_again() {
        let cluster = cluster().await;
        let broker = broker(&cluster).await;
        let mut one = conf();
        one.num_attempts = 1;
        cluster.fail(ApiKey::Produce, ErrorCode::NOT_ENOUGH_REPLICAS, 1);
        let (_producer, output) = start(&broker, one, built(&cluster, &[(Some(0), &["a"])]).await);
        let failed = rest(output).await;
        assert!(!failed[0].produced());
        let (sender, input) = never_ending(failed);
        drop(sender);
        let (_producer, output) = start(&broker, conf(), input);
        let back = rest(output).await;
        assert!(back[0].produced() && back[0].error().is_none());
        assert_eq!(errors(&back[0]), [Some(ErrorCode::NOT_ENOUGH_REPLICAS), None]);
        assert_eq!(values(&cluster, 0), ["a"]);
    }

    #[tokio::test(start_paused = true)]
    async fn a_batch_in_flight_at_its_delivery_timeout_comes_back_as_maybe_written() {
        let cluster = cluster().await;
        let broker = broker(&cluster).await;
        cluster.control(|request| (request.api() == ApiKey::Produce).then(Action::stall));
        let mut conf = conf();
        conf.strict_partitioning = false;
        conf.producer.request_timeout = Duration::from_secs(10);
        conf.producer.delivery_timeout = Duration::from_secs(10);
        let (_producer, output) = start(&broker, conf, built(&cluster, &[(Some(0), &["a"])]).await);
        let began = Instant::now();
        let back = rest(output).await;
        let error = back[0].error().unwrap();
        assert!(error.kind() == ErrorKind::TimedOut && error.may_be_written(), "{error}");
        assert_eq!(back[0].partition(), Some(0), "it went nowhere else");
        assert!(began.elapsed() < Duration::from_secs(12), "{:?}", began.elapsed());
    }

    #[tokio::test(start_paused = true)]
    async fn a_batch_that_no_request_can_hold_comes_back_and_the_next_one_goes() {
        let cluster = cluster().await;
        let broker = broker(&cluster).await;
        let large = "x".repeat(2_000);
        let mut conf = conf();
        (conf.producer.max_request_size, conf.producer.batch_size) = (1_000, 1_000);
        let input = built(&cluster, &[(Some(0), &[&large]), (Some(0), &["small"])]).await;
        let (_producer, output) = start(&broker, conf, input);
        let mut back = rest(output).await;
        back.sort_by_key(Batch::produced);
        let error = back[0].error().unwrap();
        assert!(
            error.kind() == ErrorKind::InvalidRecord && error.to_string().contains("max_request_size"),
            "{error}"
        );
        assert!(back[1].produced());
        assert_eq!(values(&cluster, 0), ["small"]);
    }

    /// Refusals, lost answers, lost requests and moving leaders in a random order that each seed repeats: every batch
    /// comes back, and what it says of itself is what is in the log.
    #[tokio::test(start_paused = true)]
    async fn under_random_faults_no_batch_is_lost_or_written_twice_wherever_it_goes() {
        let (mut produced, mut moved, mut failed) = (0, 0, 0);
        for seed in 0..40_u64 {
            let cluster = cluster().await;
            let broker = broker(&cluster).await;
            let random = AtomicU64::new(seed);
            let next = move || {
                let step = |seed: u64| Some(seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1));
                random.fetch_update(Relaxed, Relaxed, step).unwrap_or_default() >> 33
            };
            let faults = Mutex::new(next());
            cluster.control(move |request| {
                let mut seed = faults.lock().unwrap();
                *seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                let api = request.api();
                (api == ApiKey::Produce).then_some(())?;
                match (*seed >> 33) % 12 {
                    0 | 1 => Some(Action::error(ErrorCode::NOT_ENOUGH_REPLICAS)),
                    2 => Some(Action::error(ErrorCode::NOT_LEADER_OR_FOLLOWER)),
                    3 => Some(Action::close()),
                    4 => Some(Action::close_after()),
                    5 => Some(Action::cut()),
                    6 => Some(Action::error(ErrorCode::TOPIC_AUTHORIZATION_FAILED)),
                    _ => None,
                }
            });
            let values: Vec<String> = (0..40).map(|n| n.to_string()).collect();
            let singles: Vec<[&str; 1]> = values.iter().map(|value| [value.as_str()]).collect();
            let batches: Vec<(Option<i32>, &[&str])> =
                singles.iter().map(|single| (Some((next() % 4) as i32), &single[..])).collect();
            let mut conf = conf();
            (conf.strict_partitioning, conf.num_attempts) = (seed % 4 == 0, 4);
            let (_producer, output) = start(&broker, conf, built(&cluster, &batches).await);
            let back = rest(output).await;
            assert_eq!(back.len(), 40, "seed {seed}");
            let mut written = BTreeMap::new();
            for partition in 0..4 {
                for value in super::values(&cluster, partition) {
                    assert!(written.insert(value, partition).is_none(), "seed {seed}: twice");
                }
            }
            for batch in back {
                let value = text(&batch.messages().next().unwrap().value.unwrap());
                let wanted = batch.life().exchanges.first().map(|first| first.partition);
                let at = written.get(&value).copied();
                match batch.error() {
                    None => assert_eq!(
                        (batch.produced(), at),
                        (true, batch.partition()),
                        "seed {seed}: {batch:?}"
                    ),
                    Some(error) => assert!(error.may_be_written() || at.is_none(), "seed {seed}: {batch:?}"),
                }
                produced += usize::from(batch.produced());
                moved += usize::from(batch.produced() && wanted != batch.partition());
                failed += usize::from(!batch.produced());
            }
        }
        assert!(produced > 500 && moved > 100 && failed > 100, "{produced}, {moved}, {failed}");
    }

    #[tokio::test(start_paused = true)]
    async fn acks_none_says_that_it_was_sent_and_no_more() {
        let cluster = cluster().await;
        let broker = broker(&cluster).await;
        let mut conf = conf();
        conf.producer.required_acks = RequiredAcks::None;
        let (_producer, output) = start(&broker, conf, built(&cluster, &[(Some(0), &["a"])]).await);
        let back = rest(output).await;
        assert!(back[0].produced() && back[0].life().base_offset().is_none());
        assert!(back[0].life().exchanges[0].answer.is_none());
    }

    #[tokio::test(start_paused = true)]
    async fn a_batch_is_json() {
        let cluster = cluster().await;
        let broker = broker(&cluster).await;
        cluster.fail(ApiKey::Produce, ErrorCode::NOT_ENOUGH_REPLICAS, 1);
        let (_producer, output) = start(&broker, conf(), built(&cluster, &[(Some(1), &["a", "b"])]).await);
        let back = rest(output).await;
        let json: serde_json::Value =
            serde_json::from_str(&serde_json::to_string(&back[0]).unwrap()).unwrap();
        assert_eq!(
            (&json["topic"], &json["partition"], &json["records"]),
            (&"t".into(), &1.into(), &2.into())
        );
        assert!(json["build_complete_us"].is_i64() && json["compress_complete_us"].is_null());
        let exchanges = json["exchanges"].as_array().unwrap();
        assert_eq!(exchanges[0]["error"]["code"], 19);
        assert_eq!(exchanges[0]["error"]["kind"], "Broker");
        let answer = &exchanges[1]["answer"];
        assert_eq!(
            (&answer["error_code"], &answer["base_offset"], &answer["throttle_ms"]),
            (&0.into(), &0.into(), &0.into())
        );
        assert!(json["producer_error"].is_null() && json.get("clock").is_none(), "{json}");
    }
}

mod intercepting {
    use super::*;
    use std::sync::Mutex;

    #[derive(Default)]
    struct Log(Mutex<Vec<String>>);

    impl Log {
        fn note(&self, what: String) {
            self.0.lock().unwrap().push(what);
        }

        fn take(&self) -> Vec<String> {
            std::mem::take(&mut self.0.lock().unwrap())
        }
    }

    impl ProducerInterceptor for Log {
        fn sealed(&self, batch: &BatchLife) {
            assert!(batch.compressed_bytes > 0 && batch.build_complete_us >= batch.build_begun_us);
            self.note(format!("sealed {} for {:?}", batch.records, batch.partition));
        }

        fn exchanged(&self, batch: &BatchLife, exchange: &Exchange) {
            assert_eq!(batch.exchanges.last().unwrap().complete_us, exchange.complete_us);
            self.note(format!("exchanged {:?}", exchange.error.as_ref().map(Error::code)));
        }

        fn settled(&self, batch: &BatchLife, result: &Result<Receipt>) {
            let told = result.as_ref().map(|receipt| receipt.offset).map_err(Error::kind);
            self.note(format!("settled {} of {:?}: {told:?}", batch.records, batch.partition));
        }
    }

    fn conf(interceptor: Arc<dyn ProducerInterceptor>) -> ProducerConf {
        let mut conf = ProducerConf::new();
        (conf.interceptor, conf.linger) = (Some(interceptor), Linger::Fixed(Duration::from_millis(5)));
        conf
    }

    #[tokio::test(start_paused = true)]
    async fn an_ordinary_producers_batches_have_the_same_life() {
        let cluster = cluster().await;
        let log = Arc::new(Log::default());
        let producer = broker(&cluster).await.producer(conf(log.clone())).unwrap();
        cluster.fail(ApiKey::Produce, ErrorCode::NOT_ENOUGH_REPLICAS, 1);
        let records = [Record::to("t").partition(1).value("a"); 3];
        assert!(producer.send_all(&records).await.iter().all(Result::is_ok));
        assert_eq!(
            log.take(),
            [
                "sealed 3 for Some(1)",
                "exchanged Some(Some(NOT_ENOUGH_REPLICAS (19)))",
                "exchanged None",
                "settled 3 of Some(1): Ok(Some(0))",
            ]
        );
    }

    #[tokio::test(start_paused = true)]
    async fn a_batch_that_never_goes_out_is_told_of_at_its_end() {
        let cluster = cluster().await;
        let log = Arc::new(Log::default());
        let producer = broker(&cluster).await.producer(conf(log.clone())).unwrap();
        let delivery = producer.enqueue(Record::to("t").partition(1).value("a")).await.unwrap();
        producer.abort();
        delivery.await.unwrap_err();
        assert_eq!(log.take(), ["settled 1 of Some(1): Err(Closed)"]);
    }

    #[tokio::test(start_paused = true)]
    async fn the_halves_of_a_split_batch_are_told_of_each() {
        let cluster = cluster().await;
        let log = Arc::new(Log::default());
        let producer = broker(&cluster).await.producer(conf(log.clone())).unwrap();
        cluster.fail(ApiKey::Produce, ErrorCode::MESSAGE_TOO_LARGE, 1);
        let records = [Record::to("t").partition(1).value("a"); 4];
        assert!(producer.send_all(&records).await.iter().all(Result::is_ok));
        let told = log.take();
        let settled: Vec<_> = told.iter().filter(|told| told.starts_with("settled")).collect();
        assert_eq!(settled, ["settled 2 of Some(1): Ok(Some(0))", "settled 2 of Some(1): Ok(Some(2))"]);
        assert_eq!(told[1], "exchanged Some(Some(MESSAGE_TOO_LARGE (10)))");
    }

    #[tokio::test(start_paused = true)]
    async fn whole_batches_are_told_of_once_each_whatever_partitions_they_see() {
        let cluster = cluster().await;
        let broker = broker(&cluster).await;
        let log = Arc::new(Log::default());
        cluster.fail(ApiKey::Produce, ErrorCode::NOT_ENOUGH_REPLICAS, 1);
        let mut conf = BatchProducerConf::new("t", 0..4);
        conf.strict_partitioning = false;
        conf.producer.interceptor = Some(log.clone());
        let producer = broker.batch_producer(conf).unwrap();
        let output = producer.start(built(&cluster, &[(Some(0), &["a"])]).await).unwrap();
        let partition = rest(output).await[0].partition();
        assert_eq!(
            log.take(),
            [
                "sealed 1 for Some(0)".to_owned(),
                "exchanged Some(Some(NOT_ENOUGH_REPLICAS (19)))".to_owned(),
                "exchanged None".to_owned(),
                format!("settled 1 of {partition:?}: Ok(Some(0))"),
            ]
        );
    }

    #[tokio::test(start_paused = true)]
    async fn a_panicking_interceptor_harms_nothing() {
        struct Panics;
        impl ProducerInterceptor for Panics {
            fn sealed(&self, _: &BatchLife) {
                panic!("sealed");
            }
            fn exchanged(&self, _: &BatchLife, _: &Exchange) {
                panic!("exchanged");
            }
            fn settled(&self, _: &BatchLife, _: &Result<Receipt>) {
                panic!("settled");
            }
        }
        let cluster = cluster().await;
        let broker = broker(&cluster).await;
        let producer = broker.producer(conf(Arc::new(Panics))).unwrap();
        for n in 0..10 {
            let receipt = producer.send(Record::to("t").partition(0).value("a")).await.unwrap();
            assert_eq!(receipt.offset, Some(n));
        }
        producer.close(Duration::from_secs(5)).await.unwrap();

        let mut conf = BatchProducerConf::new("t", 0..4);
        conf.producer.interceptor = Some(Arc::new(Panics));
        let producer = broker.batch_producer(conf).unwrap();
        let output = producer.start(built(&cluster, &[(Some(1), &["a"])]).await).unwrap();
        assert!(rest(output).await[0].produced());
    }
}
