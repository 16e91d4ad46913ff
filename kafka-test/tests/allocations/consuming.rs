use std::time::Duration;

use kafka_client::{AssignedConsumerConf, Broker, BrokerConf, ConsumerConf, ProducerConf, Record};

use crate::counting::allocations;
use crate::{TOPIC, beside_a_cluster};

const RECORDS: usize = 200_000;

/// How many allocations a record takes, read in this way.
fn per_record(read: impl AsyncFnOnce(&Broker, usize)) -> f64 {
    beside_a_cluster(async |address| {
        let broker = Broker::dial([address], BrokerConf::new("allocations")).await.unwrap();
        let producer = broker.producer(ProducerConf::new()).unwrap();
        for _ in 0..RECORDS {
            let record = Record::to(TOPIC).partition(0).value(&[7; 100]);
            drop(producer.enqueue(record).await.unwrap());
        }
        assert_eq!(producer.flush(Duration::from_secs(60)).await, 0);
        let before = allocations();
        read(&broker, RECORDS).await;
        (allocations() - before) as f64 / RECORDS as f64
    })
}

#[test]
fn a_record_in_a_batch_takes_a_hundredth_of_an_allocation() {
    let taken = per_record(async |broker, records| {
        let mut consumer = broker.consumer(ConsumerConf::new(TOPIC, 0)).await.unwrap();
        let (mut count, mut bytes) = (0, 0);
        while count < records {
            let batch = consumer.consume_batch().await.unwrap();
            count += batch.len();
            bytes += batch.iter().map(|record| record.value().map_or(0, <[u8]>::len)).sum::<usize>();
        }
        assert_eq!(bytes, records * 100);
    });
    assert!(taken <= 0.01, "{taken} allocations a record");
}

#[test]
fn a_single_message_takes_a_hundredth_of_an_allocation() {
    let taken = per_record(async |broker, records| {
        let mut consumer = broker.consumer(ConsumerConf::new(TOPIC, 0)).await.unwrap();
        for _ in 0..records {
            assert!(consumer.consume().await.unwrap().value.is_some());
        }
    });
    assert!(taken <= 0.01, "{taken} allocations a record");
}

#[test]
fn a_message_of_many_partitions_takes_a_hundredth_of_an_allocation() {
    let taken = per_record(async |broker, records| {
        let mut consumer = broker.assigned_consumer(AssignedConsumerConf::new()).unwrap();
        for partition in 0..4 {
            consumer.add((TOPIC, partition)).unwrap();
        }
        for _ in 0..records {
            assert!(consumer.consume().await.unwrap().value.is_some());
        }
    });
    assert!(taken <= 0.01, "{taken} allocations a record");
}
