//! Topics made and deleted. These requests go to the controller; with KRaft any node passes them on.

use std::time::Duration;

use kafka_proto::ErrorCode;
use kafka_proto::messages::{
    CreatableReplicaAssignment, CreatableTopic, CreatableTopicConfig, CreateTopicsRequest,
    CreateTopicsResponse, DeleteTopicState, DeleteTopicsRequest, DeleteTopicsResponse, Request,
};
use kafka_proto::wire::StrBytes;
use tokio::time::Instant;

use crate::api::{Error, ErrorKind, Result, TopicName};
use crate::config::{Retry, invalid_argument};
use crate::connection::{Say, Versions};
use crate::metadata::Cluster;

/// How much longer than the cluster may take over a request its answer may take to arrive.
const GRACE: Duration = Duration::from_secs(5);

/// The first version of DeleteTopics that names topics one by one, by name or id.
const BY_STATE: i16 = 6;

/// A topic to be made.
///
/// ```
/// use kafka_client::NewTopic;
///
/// let mut topic = NewTopic::new("fruits", 12);
/// topic.replication_factor = Some(3);
/// topic.configs.push(("cleanup.policy".into(), "compact".into()));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct NewTopic {
    /// The topic's name.
    pub name: TopicName,
    /// How many partitions; `None` for the cluster's default (from Kafka 2.4 on).
    pub partitions: Option<i32>,
    /// How many nodes hold each partition; `None` for the cluster's default (from Kafka 2.4 on).
    pub replication_factor: Option<i16>,
    /// For each partition in turn the nodes that hold it, the preferred leader first. Not empty, it takes the place
    /// of the two above. Default: empty, the cluster decides.
    pub assignments: Vec<Vec<i32>>,
    /// The topic's own configuration: names and values.
    pub configs: Vec<(String, String)>,
}

impl NewTopic {
    /// A topic of so many partitions, replicated as the cluster's default says.
    pub fn new(name: impl Into<TopicName>, partitions: i32) -> Self {
        Self {
            name: name.into(),
            partitions: Some(partitions),
            replication_factor: None,
            assignments: Vec::new(),
            configs: Vec::new(),
        }
    }

    fn to_wire(&self) -> CreatableTopic {
        let by_hand = !self.assignments.is_empty();
        let assignments = self.assignments.iter().zip(0..).map(|(nodes, partition_index)| {
            CreatableReplicaAssignment { partition_index, broker_ids: nodes.clone(), ..Default::default() }
        });
        let configs = self.configs.iter().map(|(name, value)| CreatableTopicConfig {
            name: StrBytes::from(name.as_str()),
            value: Some(StrBytes::from(value.as_str())),
            ..Default::default()
        });
        CreatableTopic {
            name: StrBytes::from(self.name.as_str()),
            num_partitions: self.partitions.filter(|_| !by_hand).unwrap_or(-1),
            replication_factor: self.replication_factor.filter(|_| !by_hand).unwrap_or(-1),
            assignments: assignments.collect(),
            configs: configs.collect(),
            ..Default::default()
        }
    }

    /// Whether the topic leaves to the cluster what only Kafka 2.4 and newer decide.
    fn relies_on_defaults(&self) -> bool {
        self.assignments.is_empty() && (self.partitions.is_none() || self.replication_factor.is_none())
    }
}

/// A topic that was made, or that would have been.
///
/// ```no_run
/// use kafka_client::{Broker, CreatedTopic, NewTopic, Result};
/// use std::time::Duration;
///
/// # async fn example(broker: Broker) -> Result<()> {
/// for made in broker.create_topics(&[NewTopic::new("fruits", 12)], Duration::from_secs(30), false).await? {
///     let CreatedTopic { name, partitions, replication_factor, .. } = made?;
///     println!("{name}: {partitions:?} partitions on {replication_factor:?} nodes each");
/// }
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct CreatedTopic {
    /// The topic's name.
    pub name: TopicName,
    /// The topic's id (16 bytes); `None` from brokers before 2.8 and where nothing was made.
    pub id: Option<[u8; 16]>,
    /// How many partitions it has; `None` from brokers before 2.4.
    pub partitions: Option<i32>,
    /// How many nodes hold each; `None` from brokers before 2.4.
    pub replication_factor: Option<i16>,
}

/// The first version of CreateTopics that lets the cluster decide on partitions and replicas (KIP-464).
const DEFAULTS: i16 = 4;

pub(crate) async fn create_topics(
    cluster: &Cluster,
    topics: &[NewTopic],
    timeout: Duration,
    validate_only: bool,
) -> Result<Vec<Result<CreatedTopic>>> {
    let timeout_ms = millis(timeout)?;
    let mut results: Vec<Option<Result<CreatedTopic>>> = vec![None; topics.len()];
    each_settled(
        cluster,
        &mut results,
        |open| {
            let asked: Vec<NewTopic> = open.iter().map(|at| topics[*at].clone()).collect();
            let say = move |versions: &Versions| {
                let version = versions.choose::<CreateTopicsRequest>()?;
                // Before defaults existed, one replica is what a topic without a wish gets.
                let fill = |mut topic: NewTopic| {
                    if version < DEFAULTS && topic.relies_on_defaults() {
                        topic.partitions = topic.partitions.or(Some(1));
                        topic.replication_factor = topic.replication_factor.or(Some(1));
                    }
                    topic.to_wire()
                };
                let request = CreateTopicsRequest {
                    topics: asked.into_iter().map(fill).collect(),
                    timeout_ms,
                    validate_only,
                    ..Default::default()
                };
                Ok((request, version))
            };
            call_controller(cluster, say, timeout)
        },
        |response: &CreateTopicsResponse, at| {
            let answered = response.topics.iter().find(|answered| *answered.name == *topics[at].name)?;
            Some(outcome(answered.error_code, answered.error_message.as_deref(), &topics[at].name).map(
                |()| CreatedTopic {
                    name: topics[at].name.clone(),
                    id: (!answered.topic_id.is_zero()).then_some(answered.topic_id.0),
                    partitions: (answered.num_partitions >= 0).then_some(answered.num_partitions),
                    replication_factor:
                        (answered.replication_factor >= 0).then_some(answered.replication_factor),
                },
            ))
        },
    )
    .await?;
    Ok(settled(results))
}

pub(crate) async fn delete_topics(
    cluster: &Cluster,
    topics: &[&str],
    timeout: Duration,
) -> Result<Vec<Result<()>>> {
    let timeout_ms = millis(timeout)?;
    let mut results: Vec<Option<Result<()>>> = vec![None; topics.len()];
    each_settled(
        cluster,
        &mut results,
        |open| {
            let names: Vec<StrBytes> = open.iter().map(|at| StrBytes::from(topics[*at])).collect();
            let say = move |versions: &Versions| {
                let version = versions.choose::<DeleteTopicsRequest>()?;
                let mut request = DeleteTopicsRequest { timeout_ms, ..Default::default() };
                if version < BY_STATE {
                    request.topic_names = names;
                } else {
                    let state = |name| DeleteTopicState { name: Some(name), ..Default::default() };
                    request.topics = names.into_iter().map(state).collect();
                }
                Ok((request, version))
            };
            call_controller(cluster, say, timeout)
        },
        |response: &DeleteTopicsResponse, at| {
            let answered =
                response.responses.iter().find(|answered| answered.name.as_deref() == Some(topics[at]))?;
            Some(outcome(answered.error_code, answered.error_message.as_deref(), topics[at]))
        },
    )
    .await?;
    Ok(settled(results))
}

/// Calls until every topic has an outcome that is not the controller having moved, within the query limits.
async fn each_settled<T, R, F: Future<Output = Result<R>>>(
    cluster: &Cluster,
    results: &mut [Option<Result<T>>],
    call: impl Fn(&[usize]) -> F,
    read: impl Fn(&R, usize) -> Option<Result<T>>,
) -> Result<()> {
    let mut retry = Retry::new(cluster.conf().query_limits(), Instant::now());
    cluster
        .unless_closed(async {
            loop {
                let open: Vec<usize> = (0..results.len()).filter(|at| results[*at].is_none()).collect();
                if open.is_empty() {
                    return Ok(());
                }
                let error = match call(&open).await {
                    Err(error) => error,
                    Ok(response) => {
                        let mut moved = None;
                        for at in open {
                            match read(&response, at) {
                                Some(Err(error)) if error.code() == Some(ErrorCode::NOT_CONTROLLER) => {
                                    moved = Some(error);
                                }
                                outcome => results[at] = Some(outcome.unwrap_or_else(|| Err(no_response()))),
                            }
                        }
                        match moved {
                            None => return Ok(()),
                            Some(error) => error,
                        }
                    }
                };
                let wait = retry.after(error, Instant::now())?;
                tokio::time::sleep(wait).await;
                // The controller may have moved; a failure to learn where is met by the next attempt.
                let _ = cluster.refreshed(retry.deadline()).await;
            }
        })
        .await
}

async fn call_controller<R>(cluster: &Cluster, say: impl Say<R>, timeout: Duration) -> Result<R::Response>
where
    R: Request + Send + 'static,
{
    let snapshot = cluster.snapshot();
    let controller = snapshot.controller.filter(|node| snapshot.nodes.contains_key(node));
    let answer = match controller {
        Some(node) => cluster.call(node, say, timeout + GRACE).await,
        // Not whichever node answers first: two that are asked would both make the topic, and one say that it exists.
        None => Err(Error::from_code(ErrorCode::NOT_CONTROLLER)),
    };
    answer.map_err(|error| error.in_api(R::API_KEY.name()))
}

fn settled<T>(results: Vec<Option<Result<T>>>) -> Vec<Result<T>> {
    results.into_iter().map(|result| result.unwrap_or_else(|| Err(no_response()))).collect()
}

fn outcome(code: i16, message: Option<&str>, topic: &str) -> Result<()> {
    let code = ErrorCode(code);
    if code.is_ok() {
        return Ok(());
    }
    let error = Error::from_code(code).at_topic(topic);
    Err(match message {
        Some(message) => error.explained(message.to_owned()),
        None => error,
    })
}

fn no_response() -> Error {
    Error::new(ErrorKind::NoResponse, "the broker answered without this topic")
}

fn millis(timeout: Duration) -> Result<i32> {
    i32::try_from(timeout.as_millis())
        .map_err(|_| invalid_argument("timeout", "is longer than 2,147,483,647 ms"))
}
