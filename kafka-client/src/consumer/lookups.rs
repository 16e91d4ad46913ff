//! Runs the errands of partitions that cannot be fetched yet: all of a node's that come at once go in one request.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use kafka_proto::ErrorCode;
use kafka_proto::messages::{
    OffsetForLeaderEpochRequest, OffsetForLeaderEpochResponse, OffsetForLeaderPartition, OffsetForLeaderTopic,
};
use kafka_proto::wire::StrBytes;
use parking_lot::Mutex;
use tokio::time::Instant;

use super::cursor::{Errand, Next};
use super::feed::Feed;
use super::fetchers::Fetchers;
use super::offsets_query::{Question, Which, ask_node};
use crate::api::{Error, ErrorKind, Result};
use crate::config::{Isolation, StartOffset};
use crate::connection::Versions;
use crate::metadata::Leader;

/// The first version of OffsetForLeaderEpoch that consumers may use.
const FOR_CONSUMERS: i16 = 3;

/// One partition's errand.
#[derive(Clone, Debug)]
struct Lookup {
    feed: Arc<Feed>,
    leader: Leader,
    turn: u64,
    ask: Ask,
}

#[derive(Clone, Copy, Debug)]
enum Ask {
    Offset(Which),
    /// Where this epoch ends in the leader's log.
    Epoch(i32),
}

/// What can be said in one request: to this node, of this kind.
type Kind = (i32, u8);

/// The errands that nobody has taken up yet.
#[derive(Debug, Default)]
pub(super) struct Lookups {
    waiting: Mutex<BTreeMap<Kind, Vec<Lookup>>>,
}

impl Fetchers {
    /// Runs a partition's errand, with those of others that come in this moment.
    pub(super) fn look_up(&self, feed: Arc<Feed>, leader: Leader, turn: u64, errand: Errand) {
        let ask = match errand {
            Errand::Compare(epoch) => Ask::Epoch(epoch),
            Errand::Find(start) => Ask::Offset(self.which(start, feed.settings.isolation)),
        };
        self.line_up(Lookup { feed, leader, turn, ask });
    }

    /// Which offset `start` stands for now.
    pub(super) fn which(&self, start: StartOffset, isolation: Isolation) -> Which {
        match start {
            StartOffset::Since(timestamp) => Which::Since(timestamp),
            StartOffset::Ago(time) => {
                let ago = i64::try_from(time.as_millis()).unwrap_or(i64::MAX);
                Which::Since(self.cluster().environment().wall_clock_ms().saturating_sub(ago).max(0))
            }
            StartOffset::Newest if isolation == Isolation::ReadCommitted => Which::LastStable,
            StartOffset::Newest => Which::Latest,
            // The others are never asked for: they are offsets already, or were replaced by what the policy says.
            StartOffset::Oldest | StartOffset::Reset | StartOffset::At(_) | StartOffset::AtEpoch(..) => {
                Which::Earliest
            }
        }
    }

    fn line_up(&self, lookup: Lookup) {
        let kind = match lookup.ask {
            Ask::Offset(Which::LastStable) => 0,
            Ask::Offset(_) => 1,
            Ask::Epoch(_) => 2,
        };
        let key = (lookup.leader.node, kind);
        let mut waiting = self.lookups().waiting.lock();
        let list = waiting.entry(key).or_default();
        list.push(lookup);
        if list.len() == 1 {
            let fetchers = self.clone();
            self.spawn(async move {
                // Whoever is about to come is let in first.
                tokio::task::yield_now().await;
                fetchers.run(key).await;
            });
        }
    }

    async fn run(&self, key: Kind) {
        let lookups = self.lookups().waiting.lock().remove(&key).unwrap_or_default();
        let (lookups, others) = each_partition_once(lookups);
        for lookup in others {
            self.line_up(lookup);
        }
        let node = key.0;
        if matches!(lookups.first(), Some(Lookup { ask: Ask::Epoch(_), .. })) {
            let answers = self.cluster().unless_closed(self.ask_epochs(node, &lookups)).await;
            self.deliver(lookups, answers, Self::compared);
        } else {
            let answers = self.cluster().unless_closed(self.ask_offsets(node, &lookups)).await;
            self.deliver(lookups, answers, |fetchers, lookup, answer| match (answer, lookup.ask) {
                (Some(offset), _) => {
                    lookup.feed.found(lookup.turn, offset);
                    fetchers.place(lookup.feed);
                }
                (None, _) => {
                    // No message is that late: the next one is.
                    let newest = fetchers.which(StartOffset::Newest, lookup.feed.settings.isolation);
                    fetchers.line_up(Lookup { ask: Ask::Offset(newest), ..lookup });
                }
            });
        }
    }

    /// Gives each partition its answer, or has it tried again.
    fn deliver<T>(
        &self,
        lookups: Vec<Lookup>,
        answers: Result<Vec<Result<T>>>,
        good: impl Fn(&Self, Lookup, T),
    ) {
        let mut answers = match answers {
            Ok(answers) => answers.into_iter().map(Some).collect(),
            Err(error) => lookups.iter().map(|_| Some(Err(error.clone()))).collect::<Vec<_>>(),
        };
        for (lookup, answer) in lookups.into_iter().zip(&mut answers) {
            match answer.take() {
                Some(Ok(answer)) => good(self, lookup, answer),
                Some(Err(error)) => self.try_again(lookup, error),
                None => {}
            }
        }
    }

    fn try_again(&self, lookup: Lookup, error: Error) {
        self.cluster().stale(&lookup.feed.of.topic);
        if let Next::After(wait) = lookup.feed.errand_failed(lookup.turn, error, Instant::now()) {
            self.search(lookup.feed, Some(lookup.leader), wait);
        }
    }

    fn compared(&self, lookup: Lookup, answer: Option<(i32, i64)>) {
        if let Next::After(_) = lookup.feed.compared(lookup.turn, lookup.leader.epoch, answer, Instant::now())
        {
            self.place(lookup.feed);
        }
    }

    async fn ask_offsets(&self, node: i32, lookups: &[Lookup]) -> Result<Vec<Result<Option<i64>>>> {
        let question = |lookup: &Lookup| Question {
            of: lookup.feed.of.clone(),
            epoch: lookup.leader.epoch,
            which: match lookup.ask {
                Ask::Offset(which) => which,
                Ask::Epoch(_) => Which::Latest,
            },
        };
        let questions: Vec<_> = lookups.iter().map(question).collect();
        let timeout = self.cluster().conf().read_timeout;
        let answers = ask_node(self.cluster(), node, &questions, timeout).await?;
        Ok(answers.into_iter().map(|answer| Ok(answer?.map(|listed| listed.offset))).collect())
    }

    /// Where epochs end; `None` from a node that does not tell consumers.
    async fn ask_epochs(&self, node: i32, lookups: &[Lookup]) -> Result<Vec<Result<Option<(i32, i64)>>>> {
        let timeout = self.cluster().conf().read_timeout;
        let request = epochs_request(lookups);
        let say = move |versions: &Versions| {
            let version = versions.choose::<OffsetForLeaderEpochRequest>()?;
            if version < FOR_CONSUMERS {
                let what = "the node does not tell consumers where epochs end";
                return Err(Error::new(ErrorKind::Unsupported, what).in_api("OffsetForLeaderEpoch"));
            }
            Ok((request, version))
        };
        match self.cluster().call(node, say, timeout).await {
            Ok(response) => Ok(lookups.iter().map(|lookup| epoch_end(&response, lookup, node)).collect()),
            Err(error) if error.kind() == ErrorKind::Unsupported => {
                Ok(lookups.iter().map(|_| Ok(None)).collect())
            }
            Err(error) => Err(error),
        }
    }
}

/// A request can name a partition once: nodes refuse a second time, and could not say which of two questions an answer
/// belongs to. Whoever asks about the same partition, another consumer or one that was assigned it anew, asks in the next
/// request.
fn each_partition_once(lookups: Vec<Lookup>) -> (Vec<Lookup>, Vec<Lookup>) {
    let mut named = BTreeSet::new();
    lookups.into_iter().partition(|lookup| named.insert(lookup.feed.of.clone()))
}

fn epochs_request(lookups: &[Lookup]) -> OffsetForLeaderEpochRequest {
    let mut topics: Vec<OffsetForLeaderTopic> = Vec::new();
    for Lookup { feed, leader, ask, .. } in lookups {
        let partition = OffsetForLeaderPartition {
            partition: feed.of.partition,
            current_leader_epoch: leader.epoch,
            leader_epoch: if let Ask::Epoch(epoch) = ask { *epoch } else { -1 },
            ..OffsetForLeaderPartition::default()
        };
        match topics.last_mut() {
            Some(last) if *last.topic == *feed.of.topic => last.partitions.push(partition),
            _ => topics.push(OffsetForLeaderTopic {
                topic: StrBytes::from(&*feed.of.topic),
                partitions: vec![partition],
                ..OffsetForLeaderTopic::default()
            }),
        }
    }
    OffsetForLeaderEpochRequest { replica_id: -1, topics, ..OffsetForLeaderEpochRequest::default() }
}

fn epoch_end(
    response: &OffsetForLeaderEpochResponse,
    lookup: &Lookup,
    node: i32,
) -> Result<Option<(i32, i64)>> {
    let of = &lookup.feed.of;
    let mut answers =
        response.topics.iter().filter(|topic| *topic.topic == *of.topic).flat_map(|topic| &topic.partitions);
    let answer = answers.find(|answer| answer.partition == of.partition).ok_or_else(|| {
        let what = "the node answered without the partition that was asked about";
        Error::new(ErrorKind::NoResponse, what).in_api("OffsetForLeaderEpoch").at_node(node)
    })?;
    let code = ErrorCode(answer.error_code);
    if !code.is_ok() {
        return Err(Error::from_code(code).in_api("OffsetForLeaderEpoch").at_node(node));
    }
    Ok(Some((answer.leader_epoch, answer.end_offset)))
}
