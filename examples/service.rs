//! A service that reads, works, writes and commits, and ends cleanly on Ctrl-C: what it has taken is finished,
//! delivered and committed before it goes.
//!
//!     cargo run --example service
#![expect(clippy::print_stdout, reason = "an example shows what it does")]

use std::time::Duration;

use kafka_client::{
    Broker, ConsumerConf, GroupOffsets, KafkaProducer, Message, OffsetCoordinatorConf, PartitionConsumer,
    ProducerConf, Record, StartOffset,
};
use kafka_examples::{Outcome, Playground};
use tokio::sync::watch;

const ORDERS: &str = "service-orders";
const INVOICES: &str = "service-invoices";

#[tokio::main]
async fn main() -> Outcome {
    let playground = Playground::open().await?;
    let broker = playground.with_topic(ORDERS, 1).await?;
    playground.with_topic(INVOICES, 4).await?.close().await;

    let (stop, stopping) = watch::channel(false);
    let customers = tokio::spawn(place_orders(broker.producer(ProducerConf::new())?, stopping.clone()));
    let service = tokio::spawn(serve(broker.clone(), stopping));

    println!("Running; Ctrl-C ends it.");
    tokio::signal::ctrl_c().await?;
    println!("Ending ...");
    stop.send(true)?;
    customers.await??;
    println!("{} orders became invoices.", service.await??);

    // Delivers what is still on its way, within close_timeout, and closes all connections.
    broker.close().await;
    Ok(())
}

/// Turns orders into invoices until it is told to stop.
async fn serve(broker: Broker, mut stopping: watch::Receiver<bool>) -> kafka_client::Result<u64> {
    let offsets = broker.offset_coordinator(OffsetCoordinatorConf::new("invoicing")).await?;
    let producer = broker.producer(ProducerConf::new())?;
    let mut conf = ConsumerConf::new(ORDERS, 0);
    if let Some(committed) = offsets.offset(ORDERS, 0).await? {
        conf.start_offset = StartOffset::At(committed.offset);
    }
    let mut orders = broker.consumer(conf).await?;
    let mut done = 0;
    loop {
        // `consume` may be dropped at any time without losing a message, so it can stand in a select.
        let order = tokio::select! {
            biased;
            _ = stopping.wait_for(|stop| *stop) => break,
            order = orders.consume() => order?,
        };
        done += handle_with_all_arrived(order, &mut orders, &producer, &offsets).await?;
    }
    Ok(done)
}

/// Handles an order and those that have arrived with it, then commits once: after the invoices were acknowledged,
/// so that a crash repeats work but loses none.
async fn handle_with_all_arrived(
    first: Message,
    orders: &mut PartitionConsumer,
    producer: &KafkaProducer,
    offsets: &GroupOffsets,
) -> kafka_client::Result<u64> {
    let mut deliveries = Vec::new();
    let mut next = Some(first);
    let mut position = 0;
    while let Some(order) = next {
        let invoice =
            format!("invoice for {}", String::from_utf8_lossy(order.value.as_deref().unwrap_or_default()));
        let mut record = Record::to(INVOICES).value(&invoice);
        record.key = order.key.as_deref();
        deliveries.push(producer.enqueue(record).await?);
        position = order.offset + 1;
        next = orders.try_consume()?;
    }
    let done = deliveries.len() as u64;
    for delivery in deliveries {
        delivery.await?;
    }
    offsets.commit(ORDERS, 0, position).await?;
    Ok(done)
}

/// Stands in for the customers.
async fn place_orders(
    producer: KafkaProducer,
    mut stopping: watch::Receiver<bool>,
) -> kafka_client::Result<()> {
    for number in 0_u64.. {
        let tick = tokio::time::sleep(Duration::from_millis(100));
        tokio::select! {
            biased;
            _ = stopping.wait_for(|stop| *stop) => break,
            () = tick => {}
        }
        let order = format!("order {number}");
        producer.send(Record::to(ORDERS).partition(0).key("customer").value(&order)).await?;
    }
    Ok(())
}
