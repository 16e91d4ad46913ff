//! With acks none there is no answer to wait for: all that is known of a record is whether it has left this side. What
//! waits to leave is bounded in bytes and in time all the same.

use std::time::Duration;

use futures_util::future::join_all;
use kafka_client::{Delivery, ErrorKind, KafkaProducer, ProducerConf, Record, RequiredAcks};
use tokio::time::Instant;

use crate::{Bench, bench, settle};

/// A batch for each record, of which few fit into the buffer.
fn conf() -> ProducerConf {
    let mut conf = ProducerConf::new();
    conf.required_acks = RequiredAcks::None;
    (conf.batch_size, conf.max_request_size, conf.buffer_memory) = (1, 1_000, 2_000);
    (conf.request_timeout, conf.delivery_timeout) = (Duration::from_secs(2), Duration::from_secs(4));
    conf.max_block = Duration::from_secs(1);
    conf
}

async fn enqueue(producer: &KafkaProducer, n: usize) -> kafka_client::Result<Delivery> {
    let value = format!("{n:0100}");
    producer.enqueue(Record::to("t").partition(0).value(&value)).await
}

/// Enqueues from `first` on until there is no room any more.
async fn fill(bench: &Bench, first: usize) -> Vec<Delivery> {
    let mut taken = Vec::new();
    loop {
        match enqueue(&bench.producer, first + taken.len()).await {
            Ok(delivery) => taken.push(delivery),
            Err(error) => {
                assert_eq!(error.kind(), ErrorKind::QueueFull, "{error}");
                return taken;
            }
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_node_that_stops_reading_holds_up_nobody_longer_than_they_allow() {
    let bench = bench(conf()).await;
    enqueue(&bench.producer, 0).await.unwrap().await.unwrap();
    bench.valve.close();
    let began = Instant::now();
    let taken = fill(&bench, 1).await;
    assert!((5..=2_000 / 100).contains(&taken.len()), "{} records in 2,000 bytes", taken.len());
    let waited = began.elapsed();
    assert!(waited >= Duration::from_secs(1) && waited < Duration::from_millis(1_100), "{waited:?}");
    assert_eq!(bench.producer.flush(Duration::from_secs(1)).await, taken.len());

    let count = taken.len();
    let results = join_all(taken).await;
    let waited = began.elapsed();
    assert!(waited >= Duration::from_secs(4) && waited < Duration::from_millis(4_100), "{waited:?}");
    let errors: Vec<_> = results.into_iter().map(|result| result.unwrap_err()).collect();
    assert!(errors.iter().all(|error| error.kind() == ErrorKind::TimedOut));
    let maybe = errors.iter().filter(|error| error.may_be_written()).count();
    assert!((1..count).contains(&maybe), "what was never on its way is known not to be written: {maybe}");

    // Its connection is given up, and with it the memory of what waited there.
    tokio::time::sleep(Duration::from_secs(4)).await;
    assert_eq!(fill(&bench, 100).await.len(), count);
    bench.valve.open();
    assert_eq!(bench.producer.flush(Duration::from_secs(4)).await, 0);
    settle().await;
    assert_eq!(bench.log(), [vec![0], (100..100 + count).collect()].concat());
}

#[tokio::test(start_paused = true)]
async fn closing_and_aborting_do_not_wait_for_a_node_that_does_not_read() {
    for is_aborted in [false, true] {
        let bench = bench(conf()).await;
        enqueue(&bench.producer, 0).await.unwrap().await.unwrap();
        bench.valve.close();
        let taken = fill(&bench, 1).await;
        let began = Instant::now();
        if is_aborted {
            assert_eq!(bench.producer.abort(), taken.len());
        } else {
            assert!(bench.producer.close(Duration::from_secs(1)).await.is_err());
        }
        for result in join_all(taken).await {
            assert_eq!(result.unwrap_err().kind(), ErrorKind::Closed);
        }
        assert!(began.elapsed() <= Duration::from_millis(1_100), "{:?}", began.elapsed());
    }
}

#[tokio::test(start_paused = true)]
async fn a_node_that_reads_slowly_gets_everything_once_and_in_order() {
    let mut conf = conf();
    (conf.request_timeout, conf.delivery_timeout) = (Duration::from_secs(30), Duration::from_mins(2));
    conf.max_block = Duration::from_secs(30);
    let bench = bench(conf).await;
    enqueue(&bench.producer, 0).await.unwrap().await.unwrap();
    bench.valve.close();
    let valve = bench.valve.clone();
    let reading = tokio::spawn(async move {
        loop {
            tokio::time::sleep(Duration::from_millis(10)).await;
            valve.let_through(37);
        }
    });
    let mut deliveries = Vec::new();
    for n in 1..100 {
        deliveries.push(enqueue(&bench.producer, n).await.unwrap());
    }
    for delivery in deliveries {
        assert_eq!(delivery.await.unwrap().offset, None);
    }
    reading.abort();
    settle().await;
    assert_eq!(bench.log(), (0..100).collect::<Vec<_>>());
}

/// A request of which a part is missing was not read by anybody: only that one is sent again.
#[tokio::test(start_paused = true)]
async fn what_had_left_before_a_connection_broke_is_not_written_again() {
    for bytes in (0..1_300).step_by(61) {
        let mut conf = conf();
        conf.linger = kafka_client::Linger::Fixed(Duration::from_millis(100));
        // What was not sent whole was no attempt.
        conf.retry_limit = Some(1);
        let bench = bench(conf).await;
        enqueue(&bench.producer, 0).await.unwrap().await.unwrap();
        bench.valve.break_after(bytes);
        let mut deliveries = Vec::new();
        for n in 1..7 {
            deliveries.push(enqueue(&bench.producer, n).await.unwrap());
        }
        for delivery in deliveries {
            delivery.await.unwrap();
        }
        settle().await;
        assert_eq!(bench.log(), (0..7).collect::<Vec<_>>(), "broken after {bytes} bytes");
    }
}

#[tokio::test(start_paused = true)]
async fn a_node_that_answers_all_the_same_has_nothing_written_twice() {
    for answer in [vec![0, 0, 0, 4, 0, 0, 0, 9], vec![0xff; 64], b"HTTP/1.1 400 Bad Request\r\n".to_vec()] {
        let bench = bench(conf()).await;
        enqueue(&bench.producer, 0).await.unwrap().await.unwrap();
        bench.valve.say(answer);
        for n in 1..20 {
            assert_eq!(enqueue(&bench.producer, n).await.unwrap().await.unwrap().offset, None);
        }
        settle().await;
        assert!(bench.valve.written() > 0);
        assert_eq!(bench.log(), (0..20).collect::<Vec<_>>());
    }
}
