//! Where the examples find their cluster: the one that `KAFKA_BROKERS` names, or one in this process.
#![forbid(unsafe_code)]

pub mod perf;

use std::time::Duration;

use kafka_client::{Broker, BrokerConf, ErrorCode, NewTopic};
use kafka_test::cluster::Cluster;

/// What the examples return from `main`.
pub type Outcome = Result<(), Box<dyn std::error::Error + Send + Sync>>;

/// A cluster to try things on. The one in this process ends with it.
#[derive(Debug)]
pub struct Playground {
    brokers: Vec<String>,
    in_process: Option<Cluster>,
}

impl Playground {
    /// The cluster at `KAFKA_BROKERS` (`host:port`, several with commas between), or three nodes in this process.
    pub async fn open() -> Result<Self, Box<dyn std::error::Error + Send + Sync>> {
        if let Ok(brokers) = std::env::var("KAFKA_BROKERS") {
            let brokers = brokers.split(',').map(|broker| broker.trim().to_owned()).collect();
            return Ok(Self { brokers, in_process: None });
        }
        let cluster = Cluster::builder().nodes(3).start().await?;
        Ok(Self { brokers: cluster.bootstrap(), in_process: Some(cluster) })
    }

    /// Where the cluster listens, for `Broker::dial`.
    pub fn brokers(&self) -> &[String] {
        &self.brokers
    }

    /// Whether the cluster runs in this process.
    pub fn is_in_process(&self) -> bool {
        self.in_process.is_some()
    }

    /// Dials the cluster and makes sure that the topic is there.
    pub async fn with_topic(&self, topic: &str, partitions: i32) -> kafka_client::Result<Broker> {
        let broker = Broker::dial(self.brokers.clone(), BrokerConf::new("kafka-examples")).await?;
        let made =
            broker.create_topics(&[NewTopic::new(topic, partitions)], Duration::from_secs(10), false).await?;
        match made.into_iter().next() {
            Some(Err(error)) if error.code() != Some(ErrorCode::TOPIC_ALREADY_EXISTS) => Err(error),
            _ => Ok(broker),
        }
    }
}

/// README's examples, compiled.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
pub struct Readme;
