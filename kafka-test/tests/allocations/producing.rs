use std::collections::VecDeque;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use kafka_client::{Broker, BrokerConf, Delivery, KafkaProducer, ProducerConf, Record};

use crate::counting::allocations;
use crate::{TOPIC, beside_a_cluster};

const VALUE: [u8; 100] = [7; 100];

/// Enqueues so many records as fast as it goes and looks at what became of each.
async fn produce(producer: &KafkaProducer, deliveries: &mut VecDeque<Delivery>, records: usize) {
    for nth in 0..records {
        deliveries.push_back(producer.enqueue(Record::to(TOPIC).value(&VALUE)).await.unwrap());
        if nth % 1_000 == 0 {
            take_delivered(deliveries);
        }
    }
    assert_eq!(producer.flush(Duration::from_secs(60)).await, 0);
    take_delivered(deliveries);
    assert!(deliveries.is_empty());
}

fn take_delivered(deliveries: &mut VecDeque<Delivery>) {
    let mut context = Context::from_waker(Waker::noop());
    while let Some(Poll::Ready(receipt)) =
        deliveries.front_mut().map(|first| Pin::new(first).poll(&mut context))
    {
        assert!(receipt.unwrap().offset.is_some());
        deliveries.pop_front();
    }
}

/// How many allocations a record takes in batches of this size.
fn per_record(batch_size: usize, records: usize) -> f64 {
    beside_a_cluster(async |address| {
        let broker = Broker::dial([address], BrokerConf::new("allocations")).await.unwrap();
        let mut conf = ProducerConf::new();
        conf.batch_size = batch_size;
        let producer = broker.producer(conf).unwrap();
        let mut deliveries = VecDeque::new();
        produce(&producer, &mut deliveries, records).await;
        let before = allocations();
        produce(&producer, &mut deliveries, records).await;
        (allocations() - before) as f64 / records as f64
    })
}

#[test]
fn a_record_in_full_batches_of_16_kib_takes_a_fiftieth_of_an_allocation() {
    let taken = per_record(16 << 10, 100_000);
    assert!(taken <= 0.02, "{taken} allocations a record");
}

#[test]
fn a_record_in_full_batches_of_1_mib_takes_a_thousandth_of_an_allocation() {
    let taken = per_record(1 << 20, 200_000);
    assert!(taken <= 0.001, "{taken} allocations a record");
}
