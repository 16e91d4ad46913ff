//! Asks partitions' leaders for offsets: the first one, the one after the last, or that of a point in time.

use std::time::Duration;

use kafka_proto::ErrorCode;
use kafka_proto::messages::{
    ListOffsetsPartition, ListOffsetsPartitionResponse, ListOffsetsRequest, ListOffsetsTopic,
};
use kafka_proto::wire::StrBytes;
use tokio::task::{JoinError, JoinSet};
use tokio::time::Instant;

use crate::api::{Error, ErrorKind, Result, TopicPartition};
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
    /// That of the first message with this timestamp, in milliseconds since 1970, or a later one.
    Since(i64),
}

impl Which {
    /// As the protocol has it: special ones are negative.
    const fn timestamp(self) -> i64 {
        match self {
            Self::Earliest => -2,
            Self::Latest | Self::LastStable => -1,
            Self::Since(timestamp) => timestamp,
        }
    }
}

/// What is asked of a partition's leader.
#[derive(Clone, Debug)]
pub(crate) struct Question {
    pub(crate) of: TopicPartition,
    /// The leader's epoch, as far as it is known.
    pub(crate) epoch: i32,
    pub(crate) which: Which,
}

/// What it answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Listed {
    pub(crate) offset: i64,
    /// Of the message there; -1 where that is not asked for.
    pub(crate) timestamp: i64,
    pub(crate) leader_epoch: i32,
}

/// Asks the leader, and whoever leads after it, within `BrokerConf`'s limits for queries. `None`: the log has no
/// message that late.
pub(crate) async fn list_offset(
    cluster: &Cluster,
    of: &TopicPartition,
    which: Which,
) -> Result<Option<Listed>> {
    let asking = async {
        let mut retry = Retry::new(cluster.conf().query_limits(), Instant::now());
        loop {
            let error = match ask_leader(cluster, of, which, &retry).await {
                Ok(listed) => return Ok(listed),
                Err(error) => error,
            };
            let wait = retry.after(error.at(&of.topic, of.partition), Instant::now())?;
            cluster.stale(&of.topic);
            tokio::time::sleep(wait).await;
        }
    };
    cluster.unless_closed(asking).await
}

/// The same for many partitions, in their order: all that a node leads are asked for in one request.
pub(crate) async fn list_offsets(
    cluster: &Cluster,
    asked: Vec<(TopicPartition, Which)>,
) -> Result<Vec<Option<Listed>>> {
    cluster.check_open()?;
    let mut asking = JoinSet::new();
    for (node, part) in by_leader(cluster, &asked) {
        let cluster = cluster.clone();
        asking.spawn_on(answer_part(cluster.clone(), node, part), cluster.runtime());
    }
    let mut listed = vec![None; asked.len()];
    while let Some(done) = asking.join_next().await {
        let answers = done.map_err(given_up)??;
        for (index, answer) in answers {
            if let Some(slot) = listed.get_mut(index) {
                *slot = answer;
            }
        }
    }
    Ok(listed)
}

/// The error of a part whose task ended without an answer: it panicked, or the runtime is shut down.
fn given_up(ended: JoinError) -> Error {
    Error::new(ErrorKind::TimedOut, "the query was given up").with_source(ended)
}

/// Some of the questions, each with its place among all.
type Numbered = Vec<(usize, Question)>;

/// The questions by leader; `None` where the leader is not known yet, each of those by itself.
fn by_leader(cluster: &Cluster, asked: &[(TopicPartition, Which)]) -> Vec<(Option<i32>, Numbered)> {
    let mut known: std::collections::BTreeMap<_, Numbered> = std::collections::BTreeMap::new();
    let mut unknown = Vec::new();
    let snapshot = cluster.snapshot();
    for (index, (of, which)) in asked.iter().enumerate() {
        cluster.used(&of.topic);
        let partition = snapshot.topic(&of.topic).and_then(|topic| topic.partition(of.partition));
        let leader = partition.and_then(|partition| Some((partition.leader?, partition.leader_epoch)));
        let epoch = leader.map_or(-1, |(_, epoch)| epoch);
        let question = Question { of: of.clone(), epoch, which: *which };
        match leader {
            Some((node, _)) => {
                let committed = *which == Which::LastStable;
                known.entry((node, committed)).or_default().push((index, question));
            }
            None => unknown.push((None, vec![(index, question)])),
        }
    }
    known.into_iter().map(|((node, _), part)| (Some(node), part)).chain(unknown).collect()
}

/// The answers of one node. What it does not answer well is asked for again, one by one.
async fn answer_part(
    cluster: Cluster,
    node: Option<i32>,
    part: Numbered,
) -> Result<Vec<(usize, Option<Listed>)>> {
    let (places, questions): (Vec<_>, Vec<_>) = part.into_iter().unzip();
    let answers = match node {
        Some(node) => {
            let timeout = cluster.conf().read_timeout;
            cluster.unless_closed(ask_node(&cluster, node, &questions, timeout)).await
        }
        None => Err(Error::new(ErrorKind::Connect, "the leader is not known yet")),
    };
    let answers = answers.unwrap_or_else(|error| vec![Err(error); questions.len()]);
    let mut listed = Vec::with_capacity(places.len());
    let mut again = JoinSet::new();
    for ((place, question), answer) in places.into_iter().zip(questions).zip(answers) {
        match answer {
            Ok(answer) => listed.push((place, answer)),
            Err(error) if !error.is_retriable() => {
                return Err(error.at(&question.of.topic, question.of.partition));
            }
            Err(_) => {
                let cluster = cluster.clone();
                let one =
                    async move { Ok((place, list_offset(&cluster, &question.of, question.which).await?)) };
                again.spawn(one);
            }
        }
    }
    while let Some(done) = again.join_next().await {
        listed.push(done.map_err(given_up)??);
    }
    Ok(listed)
}

async fn ask_leader(
    cluster: &Cluster,
    of: &TopicPartition,
    which: Which,
    retry: &Retry,
) -> Result<Option<Listed>> {
    let Leader { node, epoch } = cluster.leader(&of.topic, of.partition, retry.deadline()).await?;
    let timeout = retry.left(Instant::now(), cluster.conf().read_timeout);
    let question = Question { of: of.clone(), epoch, which };
    ask_node(cluster, node, &[question], timeout).await?.pop().unwrap_or_else(|| Err(left_out()))
}

/// Asks one node, once. The outer error is that of the call, the inner ones are the partitions', in their order. All
/// questions are for `LastStable`, or none is.
pub(crate) async fn ask_node(
    cluster: &Cluster,
    node: i32,
    questions: &[Question],
    timeout: Duration,
) -> Result<Vec<Result<Option<Listed>>>> {
    let request = request(questions, timeout);
    let say = move |versions: &Versions| {
        let version = versions.choose::<ListOffsetsRequest>()?;
        if version < OLDEST {
            let what = "the node is older than Kafka 1.0, which is the oldest served";
            return Err(Error::new(ErrorKind::Unsupported, what).in_api("ListOffsets"));
        }
        Ok((request, version))
    };
    let response = cluster.call(node, say, timeout).await?;
    let mut answers = std::collections::BTreeMap::new();
    for topic in &response.topics {
        for partition in &topic.partitions {
            answers.insert((&*topic.name, partition.partition_index), partition);
        }
    }
    let answer = |question: &Question| {
        let answer = answers.get(&(&*question.of.topic, question.of.partition));
        answer
            .map_or_else(|| Err(left_out()), |answer| read(answer, question.which))
            .map_err(|error| error.at_node(node))
    };
    Ok(questions.iter().map(answer).collect())
}

fn left_out() -> Error {
    Error::new(ErrorKind::NoResponse, "the node answered without the partition that was asked about")
        .in_api("ListOffsets")
}

fn request(questions: &[Question], timeout: Duration) -> ListOffsetsRequest {
    let mut topics: Vec<ListOffsetsTopic> = Vec::new();
    for Question { of, epoch, which } in questions {
        let partition = ListOffsetsPartition {
            partition_index: of.partition,
            current_leader_epoch: *epoch,
            timestamp: which.timestamp(),
            ..ListOffsetsPartition::default()
        };
        match topics.last_mut() {
            Some(last) if *last.name == *of.topic => last.partitions.push(partition),
            _ => topics.push(ListOffsetsTopic {
                name: StrBytes::from(&*of.topic),
                partitions: vec![partition],
                ..ListOffsetsTopic::default()
            }),
        }
    }
    let committed = questions.iter().any(|question| question.which == Which::LastStable);
    ListOffsetsRequest {
        replica_id: -1,
        isolation_level: i8::from(committed),
        topics,
        timeout_ms: timeout.as_millis().min(i32::MAX as u128) as i32,
        ..ListOffsetsRequest::default()
    }
}

fn read(answer: &ListOffsetsPartitionResponse, which: Which) -> Result<Option<Listed>> {
    let code = ErrorCode(answer.error_code);
    if !code.is_ok() {
        return Err(Error::from_code(code).in_api("ListOffsets"));
    }
    if answer.offset < 0 {
        if matches!(which, Which::Since(_)) {
            return Ok(None);
        }
        let what = format!("the node answered with offset {}", answer.offset);
        return Err(Error::new(ErrorKind::Protocol, what).in_api("ListOffsets"));
    }
    let ListOffsetsPartitionResponse { offset, timestamp, leader_epoch, .. } = *answer;
    Ok(Some(Listed { offset, timestamp, leader_epoch }))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn question(topic: &str, partition: i32, which: Which) -> Question {
        Question { of: TopicPartition::new(topic, partition), epoch: 4, which }
    }

    #[test]
    fn partitions_of_one_topic_share_an_entry() {
        let asked = [
            question("a", 0, Which::Earliest),
            question("a", 2, Which::Since(7)),
            question("b", 0, Which::Latest),
        ];
        let request = request(&asked, Duration::from_secs(1));
        let shape: Vec<_> =
            request.topics.iter().map(|topic| (&*topic.name, topic.partitions.len())).collect();
        assert_eq!(shape, [("a", 2), ("b", 1)]);
        let times: Vec<_> =
            request.topics[0].partitions.iter().map(|partition| partition.timestamp).collect();
        assert_eq!((times, request.isolation_level), (vec![-2, 7], 0));
    }

    #[test]
    fn no_message_that_late_is_an_answer_but_no_offset_otherwise_is_none() {
        let nothing = ListOffsetsPartitionResponse { offset: -1, ..Default::default() };
        assert_eq!(read(&nothing, Which::Since(5)).unwrap(), None);
        assert_eq!(read(&nothing, Which::Latest).unwrap_err().kind(), ErrorKind::Protocol);
    }
}
