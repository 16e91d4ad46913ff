//! What [`Broker::metadata`](crate::Broker::metadata) shows.

use kafka_proto::ErrorCode;
use kafka_proto::messages::MetadataResponse;
use kafka_proto::wire::Uuid;

use crate::api::TopicName;

/// A cluster as one of its nodes describes it.
///
/// ```no_run
/// # async fn show(broker: kafka_client::Broker) -> kafka_client::Result<()> {
/// let cluster = broker.metadata().await?;
/// for topic in &cluster.topics {
///     println!("{} has {} partitions", topic.name, topic.partitions.len());
/// }
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct ClusterMetadata {
    /// The cluster's id, where it has one.
    pub cluster_id: Option<String>,
    /// The node to which changes of topics go; `None` while there is none.
    pub controller_id: Option<i32>,
    /// The nodes that are alive.
    pub nodes: Vec<NodeMetadata>,
    /// All topics that we may see, internal ones included, by name.
    pub topics: Vec<TopicMetadata>,
}

/// A node of a cluster.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct NodeMetadata {
    /// The node's id.
    pub id: i32,
    /// The host at which it says it listens.
    pub host: String,
    /// The port at which it says it listens.
    pub port: i32,
    /// Where it stands, if it says so.
    pub rack: Option<String>,
}

/// A topic of a cluster.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct TopicMetadata {
    /// The topic's name.
    pub name: TopicName,
    /// The id that a topic has for its life: one of the same name made anew has another (KIP-516). 16 bytes; `None`
    /// from brokers before 2.8.
    pub id: Option<[u8; 16]>,
    /// Whether the cluster keeps it for itself.
    pub is_internal: bool,
    /// Why the node knows nothing more of it.
    pub error: Option<ErrorCode>,
    /// Its partitions, by id.
    pub partitions: Vec<PartitionMetadata>,
}

/// A partition of a topic.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct PartitionMetadata {
    /// The partition's id.
    pub id: i32,
    /// The node that leads it; `None` while none does.
    pub leader: Option<i32>,
    /// How often the leader changed, as the cluster counts; -1 from brokers before 2.1.
    pub leader_epoch: i32,
    /// The nodes that hold it.
    pub replicas: Vec<i32>,
    /// Those of them that are in sync with the leader.
    pub in_sync_replicas: Vec<i32>,
    /// Those of them that are not alive.
    pub offline_replicas: Vec<i32>,
    /// What is wrong with it.
    pub error: Option<ErrorCode>,
}

impl ClusterMetadata {
    pub(crate) fn from_response(response: MetadataResponse) -> Self {
        let mut topics: Vec<_> = response
            .topics
            .into_iter()
            .map(|topic| {
                let mut partitions: Vec<_> = topic
                    .partitions
                    .into_iter()
                    .map(|partition| PartitionMetadata {
                        id: partition.partition_index,
                        leader: (partition.leader_id >= 0).then_some(partition.leader_id),
                        leader_epoch: partition.leader_epoch,
                        replicas: partition.replica_nodes,
                        in_sync_replicas: partition.isr_nodes,
                        offline_replicas: partition.offline_replicas,
                        error: error(partition.error_code),
                    })
                    .collect();
                partitions.sort_by_key(|partition| partition.id);
                TopicMetadata {
                    name: TopicName::from(topic.name.as_deref().unwrap_or_default()),
                    id: (topic.topic_id != Uuid::ZERO).then_some(topic.topic_id.0),
                    is_internal: topic.is_internal,
                    error: error(topic.error_code),
                    partitions,
                }
            })
            .collect();
        topics.sort_by(|a, b| a.name.cmp(&b.name));
        let nodes = response.brokers.into_iter().map(|node| NodeMetadata {
            id: node.node_id,
            host: node.host.to_string(),
            port: node.port,
            rack: node.rack.map(|rack| rack.to_string()),
        });
        Self {
            cluster_id: response.cluster_id.map(|id| id.to_string()),
            controller_id: (response.controller_id >= 0).then_some(response.controller_id),
            nodes: nodes.collect(),
            topics,
        }
    }
}

fn error(code: i16) -> Option<ErrorCode> {
    Some(ErrorCode(code)).filter(|code| !code.is_ok())
}
