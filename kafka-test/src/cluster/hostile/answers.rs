//! Lies about the cluster: well-formed answers that cannot be true.

use std::collections::BTreeMap;

use bytes::Bytes;
use kafka_proto::ErrorCode;
use kafka_proto::messages::{
    AbortedTransaction, ApiKey, FetchResponse, FetchResponseNodeEndpoint, MetadataResponse,
    MetadataResponseBroker, ProduceResponse, ProduceResponseNodeEndpoint,
};
use kafka_proto::wire::{Message, Reader, StrBytes, Writer};

use super::{Lie, Truth, with_tree};

/// A node that no cluster has.
const NOBODY: i32 = 424_242;

/// Tells a lie about the cluster; `None`: this answer has no place for it. `number` counts the answers.
pub(super) fn lie(
    lie: Lie,
    truth: &Truth,
    number: u64,
    nodes: &BTreeMap<i32, (String, u16)>,
) -> Option<Bytes> {
    let set = |name: &str, to: i64| Some(with_tree(truth, |tree| tree.set(name, to)));
    let wild = [-1, i64::MAX, i64::MIN, 0][number as usize % 4];
    let other = next_node(nodes, number as i32);
    match lie {
        Lie::NoNodes => metadata(truth, |answer| answer.brokers.clear()),
        Lie::ManyNodes => metadata(truth, |answer| answer.brokers.extend((10..100_010).map(made_up_node))),
        Lie::TwinNodes => metadata(truth, |answer| {
            answer.brokers.iter_mut().for_each(|node| node.node_id = 1);
        }),
        Lie::AbsurdPorts => set("port", [0, -1, 65_536, i32::MAX.into()][number as usize % 4]),
        Lie::AbsurdHosts => {
            let long = "a".repeat(20_000);
            let hosts = ["", "not a host", "\0", "..", "[::1", long.as_str()];
            let host = hosts[number as usize % hosts.len()];
            Some(with_tree(truth, |tree| tree.set_text("host", host)))
        }
        Lie::UnknownControllers => set("controller_id", NOBODY.into()),
        Lie::ForeignTopics => Some(with_tree(truth, |tree| {
            tree.set_text("name", "elsewhere");
            tree.set_text("topic", "elsewhere");
        })),
        Lie::ForeignPartitions => Some(with_tree(truth, |tree| {
            for field in ["partition_index", "index"] {
                tree.set(field, wild.min(77));
            }
        })),
        Lie::ForeignTopicIds => set("topic_id", number as i64),
        Lie::ShrinkingTopics => metadata(truth, |answer| {
            for topic in &mut answer.topics {
                let left = topic.partitions.len().saturating_sub(number as usize);
                topic.partitions.truncate(left);
            }
        }),
        Lie::UnknownLeaders => set("leader_id", NOBODY.into()),
        Lie::MovingLeaders => metadata(truth, |answer| {
            for partition in answer.topics.iter_mut().flat_map(|topic| &mut topic.partitions) {
                partition.leader_id = other;
                partition.leader_epoch = number as i32;
            }
        }),
        Lie::LeaderEpochsGoBack => set("leader_epoch", -(number as i64)),
        Lie::LeaderPingPong => ping_pong(truth, number, nodes),
        Lie::BouncingCoordinators => match truth.api {
            ApiKey::FindCoordinator => set("node_id", other.into()),
            ApiKey::OffsetCommit | ApiKey::OffsetFetch => {
                set("error_code", ErrorCode::NOT_COORDINATOR.0.into())
            }
            _ => None,
        },
        Lie::UnknownCoordinators if truth.api == ApiKey::FindCoordinator => set("node_id", NOBODY.into()),
        Lie::OddProducerIds if truth.api == ApiKey::InitProducerId => Some(with_tree(truth, |tree| {
            tree.set("producer_id", wild);
            tree.set("producer_epoch", [-1, i16::MAX.into(), 0][number as usize % 3]);
        })),
        Lie::OffsetsGoBack | Lie::OffsetsAtTheEnd => {
            let to = if lie == Lie::OffsetsGoBack { -(number as i64) } else { i64::MAX - number as i64 % 3 };
            Some(with_tree(truth, |tree| {
                for field in ["base_offset", "offset", "committed_offset"] {
                    tree.set(field, to);
                }
            }))
        }
        _ if truth.api == ApiKey::Fetch => fetched(lie, truth, number),
        _ => None,
    }
}

/// Lies about what is read.
fn fetched(lie: Lie, truth: &Truth, number: u64) -> Option<Bytes> {
    let wild = [i32::MIN, -1, 0, number as i32][number as usize % 4];
    edit(truth, |answer: &mut FetchResponse| match lie {
        Lie::OddSessions => answer.session_id = wild,
        _ => {
            for partition in answer.responses.iter_mut().flat_map(|topic| &mut topic.partitions) {
                match lie {
                    Lie::HighWatermarksGoBack => {
                        partition.high_watermark = 3 - number as i64;
                        partition.last_stable_offset = i64::MIN;
                        partition.log_start_offset = i64::MAX;
                    }
                    Lie::EndlessDivergence => {
                        partition.diverging_epoch.epoch = 0;
                        partition.diverging_epoch.end_offset = 0;
                    }
                    Lie::UnknownReplicas => {
                        partition.preferred_read_replica = NOBODY;
                        partition.records = None;
                    }
                    Lie::ManyAborted => {
                        let aborted = |id| AbortedTransaction {
                            producer_id: id,
                            first_offset: id - 50_000,
                            ..Default::default()
                        };
                        partition.aborted_transactions = Some((0..100_000).map(aborted).collect());
                    }
                    _ => {}
                }
            }
        }
    })
}

/// Nothing was written or read: the next node leads, and says the same of the one after it.
fn ping_pong(truth: &Truth, number: u64, nodes: &BTreeMap<i32, (String, u16)>) -> Option<Bytes> {
    let next = next_node(nodes, truth.node);
    let (host, port) = nodes.get(&next)?;
    let (host, port, epoch) = (StrBytes::from(host.as_str()), i32::from(*port), 1_000 + number as i32);
    let code = ErrorCode::NOT_LEADER_OR_FOLLOWER.0;
    match truth.api {
        ApiKey::Produce => edit(truth, |answer: &mut ProduceResponse| {
            for partition in answer.responses.iter_mut().flat_map(|topic| &mut topic.partition_responses) {
                partition.error_code = code;
                partition.current_leader.leader_id = next;
                partition.current_leader.leader_epoch = epoch;
            }
            let node = ProduceResponseNodeEndpoint { node_id: next, host, port, ..Default::default() };
            answer.node_endpoints = vec![node];
        }),
        ApiKey::Fetch => edit(truth, |answer: &mut FetchResponse| {
            for partition in answer.responses.iter_mut().flat_map(|topic| &mut topic.partitions) {
                partition.error_code = code;
                partition.records = None;
                partition.current_leader.leader_id = next;
                partition.current_leader.leader_epoch = epoch;
            }
            let node = FetchResponseNodeEndpoint { node_id: next, host, port, ..Default::default() };
            answer.node_endpoints = vec![node];
        }),
        _ => None,
    }
}

fn next_node(nodes: &BTreeMap<i32, (String, u16)>, after: i32) -> i32 {
    let ids: Vec<i32> = nodes.keys().copied().collect();
    let at = usize::try_from(after).unwrap_or(0) % ids.len().max(1);
    ids.get(at).copied().unwrap_or(1)
}

fn made_up_node(id: i32) -> MetadataResponseBroker {
    let host = StrBytes::from(format!("node-{id}.example"));
    MetadataResponseBroker { node_id: id, host, port: 9092, ..Default::default() }
}

fn metadata(truth: &Truth, with: impl FnOnce(&mut MetadataResponse)) -> Option<Bytes> {
    if truth.api == ApiKey::Metadata { edit(truth, with) } else { None }
}

/// The answer changed; what its version has no place for is left as it was.
fn edit<R: Message>(truth: &Truth, with: impl FnOnce(&mut R)) -> Option<Bytes> {
    let mut answer = R::decode(&mut Reader::new(truth.body.clone()), truth.version).ok()?;
    with(&mut answer);
    let mut writer = Writer::new();
    answer.encode(&mut writer, truth.version).ok()?;
    Some(writer.into_bytes())
}
