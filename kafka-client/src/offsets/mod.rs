//! Offsets that a group keeps in the cluster, for consumers that are assigned their partitions by the application.

mod coordinator;

use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;
use kafka_proto::ErrorCode;
use kafka_proto::messages::{
    OffsetCommitRequest, OffsetCommitRequestPartition, OffsetCommitRequestTopic, OffsetFetchRequest,
    OffsetFetchRequestGroup, OffsetFetchRequestTopic, OffsetFetchRequestTopics, OffsetFetchResponse, Request,
};
use kafka_proto::wire::StrBytes;
use tokio::time::{Instant, timeout_at};

use crate::api::{CommittedOffset, Error, ErrorKind, OffsetCoordinator, Result};
use crate::config::{OffsetCoordinatorConf, Retry};
use crate::connection::{Say, Versions};
use crate::metadata::Cluster;
use coordinator::Coordinator;

/// The newest versions that name topics: the next ones want topic ids.
const BY_NAME: i16 = 9;

/// The first version of OffsetFetch that asks for several groups, and answers by group.
const BY_GROUP: i16 = 8;

/// The offsets of a group, as a simple consumer commits them: without membership. Cheap to clone.
///
/// Errors that a retry may mend (a coordinator that moves or loads, a lost connection) are outlasted within the
/// configuration's limits.
///
/// ```no_run
/// # async fn keep(broker: kafka_client::Broker, message: kafka_client::Message) -> kafka_client::Result<()> {
/// use kafka_client::OffsetCoordinatorConf;
///
/// let offsets = broker.offset_coordinator(OffsetCoordinatorConf::new("my-group")).await?;
/// offsets.commit("fruits", 0, message.offset + 1).await?;
/// let next = offsets.offset("fruits", 0).await?.map(|committed| committed.offset);
/// assert_eq!(next, Some(message.offset + 1));
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct GroupOffsets(Arc<Inner>);

struct Inner {
    cluster: Cluster,
    conf: OffsetCoordinatorConf,
    coordinator: Coordinator,
}

impl GroupOffsets {
    /// Finds the group's coordinator, so that a group we may not use is an error here.
    pub(crate) async fn start(cluster: Cluster, conf: OffsetCoordinatorConf) -> Result<Self> {
        conf.validate()?;
        let coordinator = Coordinator::new(&conf.group);
        let offsets = Self(Arc::new(Inner { cluster, conf, coordinator }));
        offsets.retrying(|node| async move { Ok(node) }).await?;
        Ok(offsets)
    }

    /// The group.
    pub fn group(&self) -> &str {
        &self.0.conf.group
    }

    /// Stores `offset` verbatim: the next offset to read, one after the last message processed.
    pub async fn commit(&self, topic: &str, partition: i32, offset: i64) -> Result<()> {
        self.commit_full(topic, partition, CommittedOffset::new(offset)).await
    }

    /// Stores an offset with its metadata and leader epoch. Dropping the future gives up waiting; the offset may be
    /// stored all the same.
    pub async fn commit_full(&self, topic: &str, partition: i32, committed: CommittedOffset) -> Result<()> {
        if committed.offset < 0 {
            let what = format!("offset {} cannot be committed: it is negative", committed.offset);
            return Err(Error::new(ErrorKind::InvalidRecord, what).at(topic, partition));
        }
        let request = self.commit_request(topic, partition, &committed);
        let committing = |node| {
            let request = request.clone();
            let say = move |versions: &Versions| {
                Ok((request, versions.choose_up_to::<OffsetCommitRequest>(BY_NAME)?))
            };
            async move {
                let response = self.call(node, say).await?;
                let code = response
                    .topics
                    .iter()
                    .flat_map(|topic| &topic.partitions)
                    .find(|answered| answered.partition_index == partition)
                    .map(|answered| ErrorCode(answered.error_code));
                checked(code)
            }
        };
        self.retrying(committing).await.map_err(|error| error.in_api("OffsetCommit").at(topic, partition))
    }

    fn commit_request(
        &self,
        topic: &str,
        partition: i32,
        committed: &CommittedOffset,
    ) -> OffsetCommitRequest {
        OffsetCommitRequest {
            group_id: StrBytes::from(self.group()),
            // A simple consumer is no member: generation -1.
            generation_id_or_member_epoch: -1,
            topics: vec![OffsetCommitRequestTopic {
                name: StrBytes::from(topic),
                partitions: vec![OffsetCommitRequestPartition {
                    partition_index: partition,
                    committed_offset: committed.offset,
                    committed_leader_epoch: committed.leader_epoch.unwrap_or(-1),
                    committed_metadata: Some(StrBytes::from(committed.metadata.as_str())),
                    ..Default::default()
                }],
                ..Default::default()
            }],
            ..Default::default()
        }
    }

    /// What is stored; `None` where nothing is.
    pub async fn offset(&self, topic: &str, partition: i32) -> Result<Option<CommittedOffset>> {
        let fetching = |node| async move {
            let say = |versions: &Versions| {
                let version = versions.choose_up_to::<OffsetFetchRequest>(BY_NAME)?;
                Ok((self.fetch_request(version, topic, partition), version))
            };
            stored(&self.call(node, say).await?, partition)
        };
        self.retrying(fetching).await.map_err(|error| error.in_api("OffsetFetch").at(topic, partition))
    }

    fn fetch_request(&self, version: i16, topic: &str, partition: i32) -> OffsetFetchRequest {
        let (name, partition_indexes) = (StrBytes::from(topic), vec![partition]);
        if version < BY_GROUP {
            return OffsetFetchRequest {
                group_id: StrBytes::from(self.group()),
                topics: Some(vec![OffsetFetchRequestTopic { name, partition_indexes, ..Default::default() }]),
                ..Default::default()
            };
        }
        OffsetFetchRequest {
            groups: vec![OffsetFetchRequestGroup {
                group_id: StrBytes::from(self.group()),
                topics: Some(vec![OffsetFetchRequestTopics {
                    name,
                    partition_indexes,
                    ..Default::default()
                }]),
                ..Default::default()
            }],
            ..Default::default()
        }
    }

    async fn call<R>(&self, node: i32, say: impl Say<R>) -> Result<R::Response>
    where
        R: Request + Send + 'static,
    {
        self.0.cluster.call(node, say, self.0.cluster.conf().read_timeout).await
    }

    /// Calls the coordinator until it answers well, within the limits. After an error the coordinator is looked
    /// for anew where it may have moved.
    async fn retrying<T, F: Future<Output = Result<T>>>(&self, attempt: impl Fn(i32) -> F) -> Result<T> {
        let Inner { cluster, conf, coordinator } = &*self.0;
        let mut retry = Retry::new(conf.error_limits(), Instant::now());
        let work = async {
            loop {
                let trying = async { attempt(coordinator.find(cluster).await?).await };
                let tried = match retry.deadline() {
                    None => trying.await,
                    Some(end) => timeout_at(end, trying).await.unwrap_or_else(|_| Err(late())),
                };
                let error = match tried {
                    Ok(done) => return Ok(done),
                    Err(error) => error,
                };
                coordinator.failed(&error);
                if error.kind() == ErrorKind::Connect {
                    cluster.stale_nodes();
                }
                let wait = retry.after(error, Instant::now())?;
                tokio::time::sleep(wait).await;
            }
        };
        cluster.unless_closed(work).await
    }
}

/// What the answer stores for the partition that was asked about. Since version 8 it stands under its group.
fn stored(response: &OffsetFetchResponse, partition: i32) -> Result<Option<CommittedOffset>> {
    let group = response.groups.first();
    checked(Some(ErrorCode(group.map_or(response.error_code, |group| group.error_code))))?;
    let by_group = group
        .iter()
        .flat_map(|group| &group.topics)
        .flat_map(|topic| &topic.partitions)
        .find(|found| found.partition_index == partition)
        .map(|found| {
            (found.error_code, found.committed_offset, found.committed_leader_epoch, &found.metadata)
        });
    let alone = response
        .topics
        .iter()
        .flat_map(|topic| &topic.partitions)
        .find(|found| found.partition_index == partition)
        .map(|found| {
            (found.error_code, found.committed_offset, found.committed_leader_epoch, &found.metadata)
        });
    let found = by_group.or(alone);
    checked(found.map(|(code, ..)| ErrorCode(code)))?;
    Ok(found.filter(|(_, offset, ..)| *offset >= 0).map(|(_, offset, epoch, metadata)| CommittedOffset {
        offset,
        leader_epoch: (epoch >= 0).then_some(epoch),
        metadata: metadata.as_deref().unwrap_or_default().to_owned(),
    }))
}

fn late() -> Error {
    Error::new(ErrorKind::TimedOut, "no answer of the coordinator within retry_err_for")
}

fn checked(code: Option<ErrorCode>) -> Result<()> {
    match code {
        Some(code) if code.is_ok() => Ok(()),
        Some(code) => Err(Error::from_code(code)),
        None => Err(Error::new(ErrorKind::NoResponse, "the coordinator answered without the partition")),
    }
}

#[async_trait]
impl OffsetCoordinator for GroupOffsets {
    async fn commit_full(&self, topic: &str, partition: i32, committed: CommittedOffset) -> Result<()> {
        Self::commit_full(self, topic, partition, committed).await
    }

    async fn offset(&self, topic: &str, partition: i32) -> Result<Option<CommittedOffset>> {
        Self::offset(self, topic, partition).await
    }
}

impl fmt::Debug for GroupOffsets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("GroupOffsets").field("group", &self.group()).finish_non_exhaustive()
    }
}
