//! Versions, metadata, topics, coordinators, offsets.

use kafka_proto::ErrorCode;
use kafka_proto::messages::*;
use kafka_proto::wire::StrBytes;
use kafka_test::cluster::{Cluster, ClusterConf, Network};

use crate::client::Client;

fn memory() -> ClusterConf {
    Cluster::builder().network(Network::Memory)
}

fn code(code: i16) -> ErrorCode {
    ErrorCode(code)
}

fn creatable(name: &str, partitions: i32, replication_factor: i16) -> CreatableTopic {
    CreatableTopic { name: name.into(), num_partitions: partitions, replication_factor, ..Default::default() }
}

async fn create(client: &mut Client, topic: CreatableTopic) -> ErrorCode {
    let request = CreateTopicsRequest { topics: vec![topic], timeout_ms: 1000, ..Default::default() };
    code(client.ask(&request, 5).await.topics[0].error_code)
}

fn api_versions() -> ApiVersionsRequest {
    ApiVersionsRequest {
        client_software_name: "raw".into(),
        client_software_version: "1".into(),
        ..Default::default()
    }
}

fn range(response: &ApiVersionsResponse, api: ApiKey) -> Option<(i16, i16)> {
    let found = response.api_keys.iter().find(|listed| listed.api_key == api as i16)?;
    Some((found.min_version, found.max_version))
}

#[tokio::test]
async fn a_client_on_tcp_creates_a_topic_and_sees_it() {
    let cluster = Cluster::builder().nodes(3).start().await.unwrap();
    let mut client = Client::connect(&cluster, 1).await;
    assert_eq!(create(&mut client, creatable("fruits", 4, 3)).await, ErrorCode::NONE);
    let metadata = client.ask(&MetadataRequest { topics: None, ..Default::default() }, 12).await;
    assert_eq!(metadata.brokers.len(), 3);
    let [topic] = &metadata.topics[..] else { panic!("{metadata:?}") };
    assert_eq!(topic.name.as_deref(), Some("fruits"));
    assert!(!topic.topic_id.is_zero());
    let leaders: Vec<i32> = topic.partitions.iter().map(|partition| partition.leader_id).collect();
    assert_eq!(leaders, [1, 2, 3, 1]);
    assert!(topic.partitions.iter().all(|partition| partition.isr_nodes.len() == 3));
    let addresses: Vec<String> =
        metadata.brokers.iter().map(|node| format!("{}:{}", node.host, node.port)).collect();
    assert_eq!(addresses, cluster.bootstrap());
}

#[tokio::test(start_paused = true)]
async fn an_old_release_lists_its_own_versions() {
    let cluster = memory().like_kafka("1.0").start().await.unwrap();
    let mut client = Client::connect(&cluster, 1).await;
    // It does not know version 3, says so in version 0, and takes version 0.
    client.tell(&api_versions(), 3).await.unwrap();
    let (_, refused) = client.hear::<ApiVersionsResponse>(3).await.unwrap();
    assert_eq!(code(refused.error_code), ErrorCode::UNSUPPORTED_VERSION);
    assert!(refused.api_keys.is_empty());
    let listed = client.ask(&api_versions(), 0).await;
    assert_eq!(range(&listed, ApiKey::Produce), Some((0, 5)));
    assert_eq!(range(&listed, ApiKey::Fetch), Some((0, 6)));
    assert_eq!(range(&listed, ApiKey::Metadata), Some((0, 5)));
    // What it does not have ends the connection.
    client.tell(&MetadataRequest::default(), 9).await.unwrap();
    assert!(client.is_closed().await);
}

#[tokio::test(start_paused = true)]
async fn a_new_release_names_its_versions_when_it_refuses_one() {
    let cluster = memory().versions(ApiKey::ApiVersions, 0, 3).start().await.unwrap();
    let mut client = Client::connect(&cluster, 1).await;
    client.tell(&api_versions(), 4).await.unwrap();
    let (_, refused) = client.hear::<ApiVersionsResponse>(4).await.unwrap();
    assert_eq!(range(&refused, ApiKey::ApiVersions), Some((0, 3)));
    let nameless = client.ask(&ApiVersionsRequest::default(), 3).await;
    assert_eq!(code(nameless.error_code), ErrorCode::INVALID_REQUEST);
}

#[tokio::test(start_paused = true)]
async fn single_apis_can_be_narrowed_or_taken_away() {
    let conf = memory().versions(ApiKey::Metadata, 2, 7).without(ApiKey::InitProducerId);
    let cluster = conf.start().await.unwrap();
    let mut client = Client::connect(&cluster, 1).await;
    let listed = client.ask(&api_versions(), 3).await;
    assert_eq!(range(&listed, ApiKey::Metadata), Some((2, 7)));
    assert_eq!(range(&listed, ApiKey::InitProducerId), None);
}

#[tokio::test]
async fn an_unknown_release_is_an_error_that_names_the_known_ones() {
    let error = memory().like_kafka("0.8").start().await.unwrap_err();
    assert!(error.to_string().contains("0.8") && error.to_string().contains("1.0"), "{error}");
}

#[tokio::test(start_paused = true)]
async fn topics_are_refused_for_the_reasons_that_kafka_has() {
    let cluster = memory().topic("there", 1).start().await.unwrap();
    let mut client = Client::connect(&cluster, 1).await;
    let config = |name: &str| CreatableTopicConfig {
        name: name.into(),
        value: Some("1".into()),
        ..Default::default()
    };
    for (topic, expected) in [
        (creatable("there", 1, 1), ErrorCode::TOPIC_ALREADY_EXISTS),
        (creatable("no spaces", 1, 1), ErrorCode::INVALID_TOPIC_EXCEPTION),
        (creatable("none", 0, 1), ErrorCode::INVALID_PARTITIONS),
        (creatable("many", 1, 2), ErrorCode::INVALID_REPLICATION_FACTOR),
        (
            CreatableTopic { configs: vec![config("what")], ..creatable("odd", 1, 1) },
            ErrorCode::INVALID_CONFIG,
        ),
        (
            CreatableTopic { configs: vec![config("retention.ms")], ..creatable("good", -1, -1) },
            ErrorCode::NONE,
        ),
    ] {
        let name = topic.name.clone();
        assert_eq!(create(&mut client, topic).await, expected, "{name}");
    }
    let twice = CreateTopicsRequest {
        topics: vec![creatable("twice", 1, 1), creatable("twice", 1, 1)],
        ..Default::default()
    };
    let told = client.ask(&twice, 5).await;
    assert!(told.topics.iter().all(|topic| code(topic.error_code) == ErrorCode::INVALID_REQUEST));
    let check_only = CreateTopicsRequest {
        topics: vec![creatable("later", 2, 1)],
        validate_only: true,
        ..Default::default()
    };
    assert_eq!(client.ask(&check_only, 7).await.topics[0].num_partitions, 2);
    assert_eq!(cluster.leader("later", 0), None);
}

#[tokio::test(start_paused = true)]
async fn before_kraft_only_the_controller_changes_topics() {
    let cluster = memory().nodes(2).like_kafka("1.0").start().await.unwrap();
    let mut other = Client::connect(&cluster, 2).await;
    let request = CreateTopicsRequest { topics: vec![creatable("fruits", 1, 1)], ..Default::default() };
    assert_eq!(code(other.ask(&request, 2).await.topics[0].error_code), ErrorCode::NOT_CONTROLLER);
    let mut controller = Client::connect(&cluster, 1).await;
    assert_eq!(code(controller.ask(&request, 2).await.topics[0].error_code), ErrorCode::NONE);
}

#[tokio::test(start_paused = true)]
async fn topics_are_deleted_by_name_or_id() {
    let cluster = memory().topic("a", 1).topic("b", 1).start().await.unwrap();
    let mut client = Client::connect(&cluster, 1).await;
    let all = client.ask(&MetadataRequest { topics: None, ..Default::default() }, 12).await;
    let by_id = DeleteTopicState { topic_id: all.topics[0].topic_id, ..Default::default() };
    let by_name = DeleteTopicState { name: Some("b".into()), ..Default::default() };
    for (topics, expected) in [
        (vec![by_id.clone(), by_name, by_id.clone()], vec![ErrorCode::INVALID_REQUEST, ErrorCode::NONE]),
        (vec![by_id.clone()], vec![ErrorCode::NONE]),
        (vec![by_id], vec![ErrorCode::UNKNOWN_TOPIC_ID]),
    ] {
        let request = DeleteTopicsRequest { topics, ..Default::default() };
        let told = client.ask(&request, 6).await;
        let codes: Vec<ErrorCode> = told.responses.iter().map(|topic| code(topic.error_code)).collect();
        assert_eq!(codes, expected);
    }
    let old = DeleteTopicsRequest { topic_names: vec!["b".into()], ..Default::default() };
    assert_eq!(
        code(client.ask(&old, 1).await.responses[0].error_code),
        ErrorCode::UNKNOWN_TOPIC_OR_PARTITION
    );
}

#[tokio::test(start_paused = true)]
async fn asking_for_a_topic_creates_it_only_where_both_sides_allow_it() {
    let ask = |name: &str, allow| MetadataRequest {
        topics: Some(vec![MetadataRequestTopic { name: Some(name.into()), ..Default::default() }]),
        allow_auto_topic_creation: allow,
        ..Default::default()
    };
    let cluster = memory().start().await.unwrap();
    let mut client = Client::connect(&cluster, 1).await;
    for allow in [false, true] {
        let told = client.ask(&ask("new", allow), 9).await;
        assert_eq!(code(told.topics[0].error_code), ErrorCode::UNKNOWN_TOPIC_OR_PARTITION);
        assert_eq!(cluster.leader("new", 0).is_some(), allow);
    }
    assert_eq!(code(client.ask(&ask("new", true), 9).await.topics[0].error_code), ErrorCode::NONE);
    let told = client.ask(&ask("not legal", true), 9).await;
    assert_eq!(code(told.topics[0].error_code), ErrorCode::INVALID_TOPIC_EXCEPTION);

    let mut conf = memory();
    conf.auto_create_topics = false;
    let cluster = conf.start().await.unwrap();
    let mut client = Client::connect(&cluster, 1).await;
    client.ask(&ask("new", true), 9).await;
    assert_eq!(cluster.leader("new", 0), None);
}

#[tokio::test(start_paused = true)]
async fn an_empty_list_of_topics_means_all_in_version_0_and_none_later() {
    let cluster = memory().topic("fruits", 1).start().await.unwrap();
    let mut client = Client::connect(&cluster, 1).await;
    let empty = MetadataRequest { topics: Some(Vec::new()), ..Default::default() };
    assert_eq!(client.ask(&empty, 0).await.topics.len(), 1);
    assert_eq!(client.ask(&empty, 1).await.topics.len(), 0);
    for version in 0..=13 {
        let answer = client.ask(&empty, version).await;
        assert_eq!(answer.brokers.len(), 1, "version {version}");
    }
}

#[tokio::test(start_paused = true)]
async fn offsets_are_kept_by_the_coordinator_alone() {
    let cluster = memory().nodes(3).topic("fruits", 2).start().await.unwrap();
    let find = FindCoordinatorRequest {
        key: "readers".into(),
        coordinator_keys: vec!["readers".into()],
        ..Default::default()
    };
    let mut any = Client::connect(&cluster, 1).await;
    let old =
        any.ask(&FindCoordinatorRequest { coordinator_keys: Vec::new(), ..find.clone() }, 2).await.node_id;
    let new = any.ask(&FindCoordinatorRequest { key: StrBytes::default(), ..find }, 4).await;
    assert_eq!((old, Some(old)), (new.coordinators[0].node_id, cluster.coordinator("readers")));

    let commit = |offset| OffsetCommitRequest {
        group_id: "readers".into(),
        generation_id_or_member_epoch: -1,
        topics: vec![OffsetCommitRequestTopic {
            name: "fruits".into(),
            partitions: [1, 7]
                .map(|index| OffsetCommitRequestPartition {
                    partition_index: index,
                    committed_offset: offset,
                    committed_metadata: Some("note".into()),
                    ..Default::default()
                })
                .into(),
            ..Default::default()
        }],
        ..Default::default()
    };
    let mut coordinator = Client::connect(&cluster, old).await;
    let told = coordinator.ask(&commit(42), 8).await;
    let codes: Vec<ErrorCode> = told.topics[0].partitions.iter().map(|told| code(told.error_code)).collect();
    assert_eq!(codes, [ErrorCode::NONE, ErrorCode::UNKNOWN_TOPIC_OR_PARTITION]);
    assert_eq!(cluster.committed("readers", "fruits", 1), Some(42));

    let fetch = OffsetFetchRequest {
        group_id: "readers".into(),
        topics: Some(vec![OffsetFetchRequestTopic {
            name: "fruits".into(),
            partition_indexes: vec![0, 1],
            ..Default::default()
        }]),
        ..Default::default()
    };
    for version in 1..=7 {
        let request = OffsetFetchRequest { require_stable: version >= 7, ..fetch.clone() };
        let told = coordinator.ask(&request, version).await;
        let offsets: Vec<i64> = told.topics[0].partitions.iter().map(|told| told.committed_offset).collect();
        assert_eq!(offsets, [-1, 42], "version {version}");
        assert_eq!(told.topics[0].partitions[1].metadata.as_deref(), Some("note"));
    }
    let everything = OffsetFetchRequest {
        groups: vec![OffsetFetchRequestGroup {
            group_id: "readers".into(),
            topics: None,
            ..Default::default()
        }],
        ..Default::default()
    };
    let told = coordinator.ask(&everything, 8).await;
    assert_eq!(told.groups[0].topics[0].partitions[0].committed_offset, 42);

    let other = old % 3 + 1;
    assert!(cluster.move_coordinator("readers", other));
    assert_eq!(
        code(coordinator.ask(&commit(43), 8).await.topics[0].partitions[0].error_code),
        ErrorCode::NOT_COORDINATOR
    );
    assert_eq!(code(coordinator.ask(&fetch, 5).await.error_code), ErrorCode::NOT_COORDINATOR);
    let mut moved = Client::connect(&cluster, other).await;
    assert_eq!(moved.ask(&fetch, 5).await.topics[0].partitions[1].committed_offset, 42);
}

#[tokio::test(start_paused = true)]
async fn producer_ids_are_given_once() {
    let cluster = memory().start().await.unwrap();
    let mut client = Client::connect(&cluster, 1).await;
    let plain = InitProducerIdRequest { transactional_id: None, ..Default::default() };
    let first = client.ask(&plain, 4).await;
    let second = client.ask(&plain, 4).await;
    assert_eq!((first.producer_epoch, second.producer_epoch), (0, 0));
    assert_ne!(first.producer_id, second.producer_id);
    let named = InitProducerIdRequest { transactional_id: Some("tx".into()), ..plain };
    let first = client.ask(&named, 4).await;
    let second = client.ask(&named, 4).await;
    assert_eq!((first.producer_id, first.producer_epoch + 1), (second.producer_id, second.producer_epoch));
}
