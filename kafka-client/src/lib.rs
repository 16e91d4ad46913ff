//! The Kafka client SDK for Rust.
#![forbid(unsafe_code)]

mod admin;
mod api;
mod batches;
mod broker;
mod client;
mod config;
mod connection;
mod consumer;
mod distributing;
mod metadata;
mod mx;
mod net;
mod offsets;
mod partitioners;
mod producer;
mod reports;
mod watch;

pub use admin::{CreatedTopic, NewTopic};
pub use api::{
    BatchConsumer, BatchLife, Blame, CommittedOffset, Consumer, Delivery, DeliverySender,
    DistributingProducer, Enqueue, Environment, Error, ErrorKind, Exchange, FetchExchange, FetchObserver,
    Header, Headers, Message, MessageBatch, OffsetCoordinator, OwnedRecord, Partitioner, ProduceAnswer,
    Producer, ProducerInterceptor, Receipt, Record, RecordRef, Result, Sending, TopicName, TopicPartition,
    TopicPartitions, Transport,
};
pub use batches::{Batch, BatchBuilder, BatchProducer, BatchSender, Batches};
pub use broker::{Broker, PartitionProducer, TimedOffset};
pub use client::Client;
#[cfg(feature = "tls")]
pub use config::TlsConf;
pub use config::{
    AssignedConsumerConf, BatchBuilderConf, BatchProducerConf, BrokerConf, Compression, ConsumerConf,
    Idempotence, Isolation, Linger, OffsetCoordinatorConf, OffsetReset, ProducerConf, RequiredAcks,
    StartOffset,
};
pub use consumer::{AssignedConsumer, Assignment, PartitionConsumer, PartitionStream};
pub use distributing::{HashProducer, RandomProducer, RoundRobinProducer};
pub use kafka_proto::ErrorCode;
pub use metadata::{ClusterMetadata, NodeMetadata, PartitionMetadata, TopicMetadata};
pub use mx::{Mx, merge};
pub use offsets::GroupOffsets;
pub use partitioners::{
    DefaultPartitioner, ExplicitPartitioner, HashPartitioner, KeyHash, Keyless, RandomPartitioner,
    RoundRobinPartitioner, StickyPartitioner, partition_of_key,
};
pub use producer::KafkaProducer;
pub use reports::{DeliveryReport, DeliveryReports, ReportConf, ReportingProducer, WhenFull};
