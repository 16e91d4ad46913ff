//! What handles and futures promise to programs with several threads. It compiles, or the promise is broken.

use std::sync::Arc;
use std::time::Duration;

use kafka_client::{
    AssignedConsumer, Assignment, Batch, BatchBuilder, BatchBuilderConf, BatchConsumer, BatchProducer,
    BatchProducerConf, BatchSender, Batches, Broker, BrokerConf, Client, Consumer, ConsumerConf, Delivery,
    DeliveryReports, DistributingProducer, Enqueue, Error, GroupOffsets, HashProducer, KafkaProducer,
    Message, MessageBatch, Mx, NewTopic, OffsetCoordinator, OffsetCoordinatorConf, PartitionConsumer,
    PartitionProducer, PartitionStream, Producer, ProducerConf, RandomProducer, Record, ReportingProducer,
    RoundRobinProducer, Sending, StartOffset,
};

fn is_send<T: Send>() {}
fn is_shared<T: Send + Sync + 'static>() {}
fn is_cheap<T: Clone + Send + Sync + 'static>() {}
fn moves<T: Send>(_: T) {}

#[test]
fn handles_go_where_they_are_promised_to_go() {
    is_cheap::<Broker>();
    is_cheap::<KafkaProducer>();
    is_cheap::<GroupOffsets>();
    is_cheap::<Error>();
    is_cheap::<(BrokerConf, ProducerConf, ConsumerConf, OffsetCoordinatorConf)>();
    is_cheap::<(Message, MessageBatch)>();
    is_shared::<Mx>();
    is_shared::<(
        HashProducer<KafkaProducer>,
        RandomProducer<KafkaProducer>,
        RoundRobinProducer<KafkaProducer>,
    )>();
    is_shared::<(
        Arc<dyn Client>,
        Arc<dyn Producer>,
        Arc<dyn OffsetCoordinator>,
        Arc<dyn DistributingProducer>,
    )>();
    is_shared::<(PartitionProducer, ReportingProducer<KafkaProducer, u64>, DeliveryReports<u64>)>();
    is_cheap::<(BatchBuilder, BatchSender, BatchBuilderConf, BatchProducerConf)>();
    is_shared::<(Batch, BatchProducer)>();
    is_send::<Batches>();
    is_cheap::<Assignment>();
    is_shared::<(PartitionConsumer, AssignedConsumer, PartitionStream)>();
    is_send::<(Box<dyn Consumer>, Box<dyn BatchConsumer>)>();
    is_send::<(Enqueue, Delivery, Sending)>();
}

/// Never called: that its futures may be spawned is for the compiler to check.
#[expect(dead_code, reason = "it only has to compile")]
fn futures_may_be_spawned(
    broker: &Broker,
    producer: &KafkaProducer,
    consumer: &mut PartitionConsumer,
    offsets: &GroupOffsets,
    mx: &Mx,
    messages: &mut [Message],
) {
    moves(Broker::dial(["localhost:9092"], BrokerConf::new("app")));
    moves(broker.consumer(ConsumerConf::new("t", 0)));
    moves(broker.offset_coordinator(OffsetCoordinatorConf::new("g")));
    moves(broker.offset_latest("t", 0));
    moves(broker.partition_count("t"));
    moves(broker.metadata());
    moves(broker.create_topics(&[NewTopic::new("t", 1)], Duration::ZERO, true));
    moves(broker.delete_topics(&["t"], Duration::ZERO));
    moves(broker.close());
    moves(producer.produce("t", 0, messages));
    moves(producer.flush(Duration::ZERO));
    moves(producer.send_all(&[]));
    moves(producer.close(Duration::ZERO));
    moves(consumer.consume());
    moves(consumer.consume_batch());
    moves(consumer.seek(StartOffset::Oldest));
    moves(offsets.commit("t", 0, 0));
    moves(offsets.offset("t", 0));
    moves(mx.consume());
}

/// Never called, likewise.
#[expect(dead_code, reason = "it only has to compile")]
fn futures_of_other_ways_in_may_be_spawned(
    leader: &PartitionProducer,
    messages: &mut [Message],
    reporting: &ReportingProducer<KafkaProducer, u64>,
    reports: &mut DeliveryReports<u64>,
) {
    moves(Broker::dial_leader(["localhost:9092"], BrokerConf::new("app"), ProducerConf::new(), "t", 0));
    moves(leader.write(messages));
    moves(leader.close());
    moves(reporting.enqueue(Record::to("t"), 1));
    moves(reports.recv());
}
