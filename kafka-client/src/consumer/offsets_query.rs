//! Asks a partition's leader for an offset: the first one, or the one after the last.

use kafka_proto::ErrorCode;
use kafka_proto::messages::{
    ListOffsetsPartition, ListOffsetsPartitionResponse, ListOffsetsRequest, ListOffsetsTopic,
};
use kafka_proto::wire::StrBytes;
use tokio::time::Instant;

use crate::api::{Error, ErrorKind, Result};
use crate::config::Retry;
use crate::connection::Versions;
use crate::metadata::{Cluster, Leader};

/// The first version with an isolation level: Kafka 0.11's.
const OLDEST: i16 = 2;

/// Which offset.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Which {
    /// The first one that the log still has.
    Earliest,
    /// The high watermark: that of the next message.
    Latest,
    /// The last stable offset: that of the first message of the first open transaction, or the high watermark.
    LastStable,
}

impl Which {
    /// The special timestamps of the protocol.
    const fn timestamp(self) -> i64 {
        match self {
            Self::Earliest => -2,
            Self::Latest | Self::LastStable => -1,
        }
    }
}

/// Asks the leader, and whoever leads after it, within `BrokerConf`'s limits for queries.
pub(crate) async fn list_offset(cluster: &Cluster, topic: &str, partition: i32, which: Which) -> Result<i64> {
    let asking = async {
        let mut retry = Retry::new(cluster.conf().query_limits(), Instant::now());
        loop {
            let error = match ask_leader(cluster, topic, partition, which, &retry).await {
                Ok(offset) => return Ok(offset),
                Err(error) => error,
            };
            let wait = retry.after(error.at(topic, partition), Instant::now())?;
            cluster.stale(topic);
            tokio::time::sleep(wait).await;
        }
    };
    cluster.unless_closed(asking).await
}

async fn ask_leader(
    cluster: &Cluster,
    topic: &str,
    partition: i32,
    which: Which,
    retry: &Retry,
) -> Result<i64> {
    let Leader { node, epoch } = cluster.leader(topic, partition, retry.deadline()).await?;
    let conf = cluster.conf();
    let timeout = retry.left(Instant::now(), conf.read_timeout);
    let say = move |versions: &Versions| {
        let version = versions.choose::<ListOffsetsRequest>()?;
        if version < OLDEST {
            let what = "the node is older than Kafka 1.0, which is the oldest served";
            return Err(Error::new(ErrorKind::Unsupported, what).in_api("ListOffsets"));
        }
        Ok((request(topic, partition, epoch, which, timeout), version))
    };
    let response = cluster.call(node, say, timeout).await?;
    let mut answers =
        response.topics.iter().filter(|answer| answer.name == topic).flat_map(|topic| &topic.partitions);
    let answer = answers.find(|answer| answer.partition_index == partition).ok_or_else(|| {
        Error::new(ErrorKind::NoResponse, "the node answered without the partition that was asked about")
    });
    read(answer?).map_err(|error| error.at_node(node))
}

fn request(
    topic: &str,
    partition: i32,
    epoch: i32,
    which: Which,
    timeout: std::time::Duration,
) -> ListOffsetsRequest {
    let partition = ListOffsetsPartition {
        partition_index: partition,
        current_leader_epoch: epoch,
        timestamp: which.timestamp(),
        ..ListOffsetsPartition::default()
    };
    let topic = ListOffsetsTopic {
        name: StrBytes::from(topic),
        partitions: vec![partition],
        ..ListOffsetsTopic::default()
    };
    let isolation_level = i8::from(which == Which::LastStable);
    ListOffsetsRequest {
        replica_id: -1,
        isolation_level,
        topics: vec![topic],
        timeout_ms: timeout.as_millis().min(i32::MAX as u128) as i32,
        ..ListOffsetsRequest::default()
    }
}

fn read(answer: &ListOffsetsPartitionResponse) -> Result<i64> {
    let code = ErrorCode(answer.error_code);
    if !code.is_ok() {
        return Err(Error::from_code(code).in_api("ListOffsets"));
    }
    if answer.offset < 0 {
        let what = format!("the node answered with offset {}", answer.offset);
        return Err(Error::new(ErrorKind::Protocol, what).in_api("ListOffsets"));
    }
    Ok(answer.offset)
}
