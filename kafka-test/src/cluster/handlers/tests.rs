//! Handlers on the bare state: every answer fits every version that the nodes speak.

use std::collections::BTreeMap;

use bytes::Bytes;
use kafka_proto::messages::*;
use kafka_proto::records::{BatchBuilder, SealOptions};
use kafka_proto::wire::{StrBytes, Uuid};

use super::*;
use crate::cluster::conf::ClusterConf;
use crate::cluster::state::Node;
use crate::cluster::versions::Release;

const NODES: i32 = 3;
const NOW: i64 = 1_700_000_000_000;

fn state(release: &str) -> State {
    let conf = ClusterConf::default().nodes(NODES).topic("fruits", 3).like_kafka(release);
    let node = |id| Node::new(StrBytes::from(format!("node-{id}")), 9092, None);
    let nodes: BTreeMap<i32, Node> = (1..=NODES).map(|id| (id, node(id))).collect();
    let mut state = State::new(conf, nodes).unwrap();
    for partition in 0..3 {
        state.append_raw("fruits", partition, batch());
    }
    let group = StrBytes::from("readers");
    let committed = crate::cluster::state::groups::Committed {
        offset: 1,
        leader_epoch: 0,
        metadata: StrBytes::from("note"),
    };
    state.groups.entry(&group).offsets.entry("fruits".into()).or_default().insert(0, committed);
    // What is led by node 2 and dead makes errors with hints.
    state.kill(2);
    state
}

fn batch() -> Bytes {
    let mut builder = BatchBuilder::new(Vec::new());
    builder.append(NOW, Some(b"key"), Some(b"value"), &[]).unwrap();
    Bytes::from(builder.seal(&SealOptions::new()))
}

/// Asks every node in every version, and has every version refused: the answers can be written and read again.
fn answers_fit<R>(make: impl Fn(&State) -> R)
where
    R: Handle + Clone,
    R::Response: 'static,
{
    for release in Release::ALL {
        let probe = state(release.name());
        let versions = probe.conf.versions_of(R::API_KEY).unwrap();
        for (version, node) in versions.flat_map(|version| (1..=NODES).map(move |node| (version, node))) {
            let mut state = state(release.name());
            let request = make(&state);
            let call = Call { node, version, now: NOW, client: StrBytes::default() };
            let what = format!("{} {version} at node {node}, Kafka {}", R::API_KEY, release.name());
            fits(&request.clone().refuse(version, ErrorCode::CLUSTER_AUTHORIZATION_FAILED), version, &what);
            match request.handle(&mut state, &call) {
                Outcome::Answer(response) => fits(&response, version, &what),
                Outcome::Wait(Wait { until, mut again, .. }) => {
                    assert!(until > NOW, "{what}");
                    let response = again(&mut state, until).expect("an answer when the time is up");
                    fits(&response, version, &what);
                }
                Outcome::Silent | Outcome::Close => panic!("no answer: {what}"),
            }
        }
    }
}

fn fits<M: Message>(response: &M, version: i16, what: &str) {
    let mut writer = Writer::new();
    if let Err(error) = response.encode(&mut writer, version) {
        panic!("{what}: {error}");
    }
    let mut reader = Reader::new(writer.into_bytes());
    M::decode(&mut reader, version).unwrap();
    reader.finish().unwrap();
}

#[test]
fn produce_answers_fit_their_versions() {
    for (index, records) in [(0, batch()), (1, batch()), (9, batch()), (0, Bytes::from_static(b"no batch"))] {
        answers_fit(|state| ProduceRequest {
            acks: -1,
            topic_data: ["fruits", "vegetables"]
                .map(|name| TopicProduceData {
                    name: name.into(),
                    topic_id: state.topics.get(name).map_or(Uuid::from(7), |topic| topic.id),
                    partition_data: vec![PartitionProduceData {
                        index,
                        records: Some(records.clone()),
                        ..Default::default()
                    }],
                    ..Default::default()
                })
                .into(),
            ..Default::default()
        });
    }
}

#[test]
fn fetch_answers_fit_their_versions() {
    for (offset, epoch, session_epoch, isolation_level) in
        [(0, -1, -1, 0), (1, 0, 0, 1), (5, -1, 0, 1), (0, 9, -1, 0), (0, -1, 3, 0)]
    {
        answers_fit(|state| FetchRequest {
            max_wait_ms: 100,
            min_bytes: 1,
            session_epoch,
            isolation_level,
            topics: ["fruits", "vegetables"]
                .map(|name| FetchRequestFetchTopic {
                    topic: name.into(),
                    topic_id: state.topics.get(name).map_or(Uuid::from(7), |topic| topic.id),
                    partitions: (0..3)
                        .map(|partition| FetchRequestFetchPartition {
                            partition,
                            fetch_offset: offset,
                            current_leader_epoch: epoch,
                            last_fetched_epoch: 0,
                            partition_max_bytes: 1_000,
                            ..Default::default()
                        })
                        .collect(),
                    ..Default::default()
                })
                .into(),
            ..Default::default()
        });
    }
}

#[test]
fn list_offsets_answers_fit_their_versions() {
    for timestamp in [-7, -6, -5, -4, -3, -2, -1, 0, NOW, i64::MAX] {
        answers_fit(|_| ListOffsetsRequest {
            topics: vec![ListOffsetsTopic {
                name: "fruits".into(),
                partitions: (0..4)
                    .map(|partition_index| ListOffsetsPartition {
                        partition_index,
                        timestamp,
                        ..Default::default()
                    })
                    .collect(),
                ..Default::default()
            }],
            ..Default::default()
        });
    }
}

#[test]
fn metadata_answers_fit_their_versions() {
    answers_fit(|_| MetadataRequest { topics: None, ..Default::default() });
    answers_fit(|_| MetadataRequest {
        topics: Some(
            ["fruits", "new", "not legal"]
                .map(|name| MetadataRequestTopic { name: Some(name.into()), ..Default::default() })
                .into(),
        ),
        allow_auto_topic_creation: true,
        ..Default::default()
    });
}

#[test]
fn topics_by_id_are_answered_where_ids_exist() {
    for id in [None, Some(Uuid::from(7))] {
        let mut state = state("newest");
        let id = id.unwrap_or(state.topics["fruits"].id);
        let topic = MetadataRequestTopic { topic_id: id, name: None, ..Default::default() };
        let request = MetadataRequest { topics: Some(vec![topic]), ..Default::default() };
        for version in 12..=13 {
            let Outcome::Answer(response) = request
                .clone()
                .handle(&mut state, &Call { node: 1, version, now: NOW, client: StrBytes::default() })
            else {
                panic!("no answer")
            };
            fits(&response, version, "metadata by id");
        }
    }
}

#[test]
fn offset_answers_fit_their_versions() {
    answers_fit(|state| OffsetCommitRequest {
        group_id: "readers".into(),
        generation_id_or_member_epoch: -1,
        topics: ["fruits", "vegetables"]
            .map(|name| OffsetCommitRequestTopic {
                name: name.into(),
                topic_id: state.topics.get(name).map_or(Uuid::from(7), |topic| topic.id),
                partitions: vec![OffsetCommitRequestPartition::default()],
                ..Default::default()
            })
            .into(),
        ..Default::default()
    });
    for everything in [false, true] {
        answers_fit(|state| {
            let topics =
                ["fruits", "vegetables"].map(|name| (name, state.topics.get(name).map(|topic| topic.id)));
            let old = topics.map(|(name, _)| OffsetFetchRequestTopic {
                name: name.into(),
                partition_indexes: vec![0, 9],
                ..Default::default()
            });
            let new = topics.map(|(name, id)| OffsetFetchRequestTopics {
                name: name.into(),
                topic_id: id.unwrap_or(Uuid::from(7)),
                partition_indexes: vec![0, 9],
                ..Default::default()
            });
            let group = OffsetFetchRequestGroup {
                group_id: "readers".into(),
                topics: (!everything).then(|| new.into()),
                ..Default::default()
            };
            OffsetFetchRequest {
                group_id: "readers".into(),
                topics: (!everything).then(|| old.into()),
                groups: vec![group],
                ..Default::default()
            }
        });
    }
}

#[test]
fn topic_answers_fit_their_versions() {
    answers_fit(|_| CreateTopicsRequest {
        topics: ["new", "fruits", "not legal"]
            .map(|name| CreatableTopic {
                name: name.into(),
                num_partitions: 1,
                replication_factor: 1,
                configs: vec![CreatableTopicConfig {
                    name: "retention.ms".into(),
                    value: Some("1".into()),
                    ..Default::default()
                }],
                ..Default::default()
            })
            .into(),
        ..Default::default()
    });
    answers_fit(|state| DeleteTopicsRequest {
        topic_names: ["fruits".into(), "vegetables".into()].into(),
        topics: vec![
            DeleteTopicState { name: Some("vegetables".into()), ..Default::default() },
            DeleteTopicState { topic_id: state.topics["fruits"].id, ..Default::default() },
            DeleteTopicState { topic_id: Uuid::from(7), ..Default::default() },
        ],
        ..Default::default()
    });
    answers_fit(|_| DeleteRecordsRequest {
        topics: vec![DeleteRecordsTopic {
            name: "fruits".into(),
            partitions: (0..4)
                .map(|partition_index| DeleteRecordsPartition {
                    partition_index,
                    offset: -1,
                    ..Default::default()
                })
                .collect(),
            ..Default::default()
        }],
        ..Default::default()
    });
}

#[test]
fn the_other_answers_fit_their_versions() {
    for key_type in 0..3 {
        answers_fit(|_| FindCoordinatorRequest {
            key: "readers".into(),
            key_type,
            coordinator_keys: vec!["readers".into(), "writers".into()],
            ..Default::default()
        });
    }
    for name in [None, Some(""), Some("tx")] {
        answers_fit(|_| InitProducerIdRequest {
            transactional_id: name.map(Into::into),
            ..Default::default()
        });
    }
    for name in ["", "raw"] {
        answers_fit(|_| ApiVersionsRequest {
            client_software_name: name.into(),
            client_software_version: "1".into(),
            ..Default::default()
        });
    }
    for current_leader_epoch in [-1, 0, 9] {
        answers_fit(|_| OffsetForLeaderEpochRequest {
            topics: vec![OffsetForLeaderTopic {
                topic: "fruits".into(),
                partitions: (0..4)
                    .map(|partition| OffsetForLeaderPartition {
                        partition,
                        current_leader_epoch,
                        leader_epoch: 0,
                        ..Default::default()
                    })
                    .collect(),
                ..Default::default()
            }],
            ..Default::default()
        });
    }
}
