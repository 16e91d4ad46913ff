//! Where partitions begin and end, and what they had when.

use std::collections::BTreeMap;

use super::Broker;
use crate::api::{Error, ErrorKind, Result, TopicPartition};
use crate::config::{check_partition, invalid_argument};
use crate::consumer::{Listed, Which, list_offset, list_offsets};
use crate::net::runtime;

/// A message, as [`Broker::offsets_for_times`] finds it.
///
/// ```no_run
/// # async fn replay(broker: kafka_client::Broker) -> kafka_client::Result<()> {
/// use kafka_client::{ConsumerConf, StartOffset, TopicPartition};
///
/// let fruits = TopicPartition::new("fruits", 0);
/// let found = broker.offsets_for_times([(fruits.clone(), 1_700_000_000_000)]).await?;
/// if let Some(first) = found[&fruits] {
///     println!("offset {} was written at {}", first.offset, first.timestamp);
/// }
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct TimedOffset {
    /// Its offset.
    pub offset: i64,
    /// Its timestamp, in milliseconds since 1970.
    pub timestamp: i64,
    /// The epoch of the leader that wrote it; `None` from nodes that do not say.
    pub leader_epoch: Option<i32>,
}

/// Errors that a retry may mend are retried within `retry_err_limit` and `retry_err_for`. The first other error fails
/// the call, and says at which partition. All partitions of a node are asked for in one request. Dropping a future
/// gives the question up.
impl Broker {
    /// The first offset that the partition still has.
    pub async fn offset_earliest(&self, topic: &str, partition: i32) -> Result<i64> {
        self.offset(topic, partition, Which::Earliest).await
    }

    /// The offset of the next message that will be written to the partition.
    pub async fn offset_latest(&self, topic: &str, partition: i32) -> Result<i64> {
        self.offset(topic, partition, Which::Latest).await
    }

    /// The first offset that each of these partitions still has.
    pub async fn beginning_offsets<P: Into<TopicPartition>>(
        &self,
        partitions: impl IntoIterator<Item = P>,
    ) -> Result<BTreeMap<TopicPartition, i64>> {
        self.offsets(partitions, Which::Earliest).await
    }

    /// The offset of the next message that will be written to each of these partitions: its high watermark.
    pub async fn end_offsets<P: Into<TopicPartition>>(
        &self,
        partitions: impl IntoIterator<Item = P>,
    ) -> Result<BTreeMap<TopicPartition, i64>> {
        self.offsets(partitions, Which::Latest).await
    }

    /// The first message of each of these partitions with the timestamp beside it, in milliseconds since 1970, or a
    /// later one. `None`: the partition has no message that late.
    pub async fn offsets_for_times<P: Into<TopicPartition>>(
        &self,
        times: impl IntoIterator<Item = (P, i64)>,
    ) -> Result<BTreeMap<TopicPartition, Option<TimedOffset>>> {
        let mut asked = BTreeMap::new();
        for (partition, timestamp) in times {
            let of = partition.into();
            if timestamp < 0 {
                let error = invalid_argument("a timestamp", "is before 1970: use beginning_offsets");
                return Err(error.at(&of.topic, of.partition));
            }
            asked.insert(of, Which::Since(timestamp));
        }
        let found = |listed: Listed| TimedOffset {
            offset: listed.offset,
            timestamp: listed.timestamp,
            leader_epoch: (listed.leader_epoch >= 0).then_some(listed.leader_epoch),
        };
        Ok(self.listed(asked).await?.map(|(of, listed)| (of, listed.map(found))).collect())
    }

    async fn offset(&self, topic: &str, partition: i32, which: Which) -> Result<i64> {
        runtime()?;
        let listed = list_offset(&self.0.cluster, &TopicPartition::new(topic, partition), which).await?;
        listed.map(|listed| listed.offset).ok_or_else(|| nothing(topic, partition))
    }

    async fn offsets<P: Into<TopicPartition>>(
        &self,
        partitions: impl IntoIterator<Item = P>,
        which: Which,
    ) -> Result<BTreeMap<TopicPartition, i64>> {
        let asked = partitions.into_iter().map(|partition| (partition.into(), which)).collect();
        let listed = self.listed(asked).await?;
        listed
            .map(|(of, listed)| match listed {
                Some(listed) => Ok((of, listed.offset)),
                None => Err(nothing(&of.topic, of.partition)),
            })
            .collect()
    }

    async fn listed(
        &self,
        asked: BTreeMap<TopicPartition, Which>,
    ) -> Result<impl Iterator<Item = (TopicPartition, Option<Listed>)>> {
        runtime()?;
        for of in asked.keys() {
            check_partition(&of.topic, of.partition)?;
        }
        let names: Vec<_> = asked.keys().cloned().collect();
        let listed = list_offsets(&self.0.cluster, asked.into_iter().collect()).await?;
        Ok(names.into_iter().zip(listed))
    }
}

fn nothing(topic: &str, partition: i32) -> Error {
    Error::new(ErrorKind::NoResponse, "no node answered with the partition's offset").at(topic, partition)
}
