//! What administrators ask: `DescribeCluster`, `DescribeTopicPartitions`, `CreatePartitions`, `DescribeConfigs`,
//! `IncrementalAlterConfigs`, `ListPartitionReassignments`.

use kafka_proto::messages::*;

use crate::compare::compare;
use crate::talk::Talk;

/// Whose settings: a topic's or a node's.
const TOPIC: i8 = 2;
const NODE: i8 = 4;

#[tokio::test]
async fn both_describe_the_cluster_and_pages_of_topics() {
    compare(15, describing).await;
}

#[tokio::test]
async fn both_give_topics_more_partitions() {
    compare(40, growing).await;
}

#[tokio::test]
async fn both_show_the_settings_of_topics() {
    compare(25, showing).await;
}

#[tokio::test]
async fn both_change_the_settings_of_topics() {
    compare(30, changing).await;
}

async fn describing(talk: &mut Talk) {
    for version in talk.versions::<DescribeClusterRequest>() {
        let plain = DescribeClusterRequest { endpoint_type: 1, ..Default::default() };
        talk.ask("the cluster", version, &plain).await;
        let allowed = DescribeClusterRequest { include_cluster_authorized_operations: true, ..plain.clone() };
        talk.ask("the cluster and what is allowed", version, &allowed).await;
        if version >= 1 {
            for (what, endpoint_type) in [("controllers", 2), ("nobody", 3)] {
                talk.ask(what, version, &DescribeClusterRequest { endpoint_type, ..plain.clone() }).await;
            }
        }
    }
    talk.topic("described-a", 3).await;
    talk.topic("described-b", 2).await;
    let named = |names: &[&str]| -> Vec<_> {
        let named = |name: &&str| DescribeTopicPartitionsRequestTopicRequest {
            name: (*name).into(),
            ..Default::default()
        };
        names.iter().map(named).collect()
    };
    let cursor = |topic: &str, partition_index| {
        Some(DescribeTopicPartitionsRequestCursor {
            topic_name: topic.into(),
            partition_index,
            ..Default::default()
        })
    };
    let both = ["described-a", "described-b"];
    for (what, names, limit, from) in [
        ("a topic", &["described-a"][..], 2000, None),
        ("an unknown topic", &["described-unknown"], 2000, None),
        ("an illegal name", &["not legal"], 2000, None),
        ("a topic beside an unknown one", &["described-a", "described-unknown"], 2000, None),
        ("a topic twice", &["described-a", "described-a"], 2000, None),
        ("the first page", &both, 2, None),
        ("a page that ends with a topic", &both, 3, None),
        ("the second page", &both, 2, cursor("described-a", 2)),
        ("the last page", &both, 2, cursor("described-b", 1)),
        ("a page that begins behind the end", &both, 2, cursor("described-a", 7)),
        ("a page that begins at an unknown topic", &both, 9, cursor("described-aa", 0)),
    ] {
        let request = DescribeTopicPartitionsRequest {
            topics: named(names),
            response_partition_limit: limit,
            cursor: from,
            ..Default::default()
        };
        talk.ask(what, 0, &request).await;
    }
    let nobody = ListPartitionReassignmentsRequest { timeout_ms: 10_000, ..Default::default() };
    talk.ask("what is on its way", 0, &nobody).await;
}

async fn growing(talk: &mut Talk) {
    for version in talk.versions::<CreatePartitionsRequest>() {
        let name = format!("grown-{version}");
        talk.topic(&name, 2).await;
        let more =
            |name: &str, count| CreatePartitionsTopic { name: name.into(), count, ..Default::default() };
        let assigned = |count, nodes: &[&[i32]]| {
            let one = |nodes: &&[i32]| CreatePartitionsAssignment {
                broker_ids: nodes.to_vec(),
                ..Default::default()
            };
            let assignments = Some(nodes.iter().map(one).collect());
            CreatePartitionsTopic { assignments, ..more(&name, count) }
        };
        for (what, topics, validate_only) in [
            ("nothing", vec![], false),
            ("a check", vec![more(&name, 3)], true),
            ("one more", vec![more(&name, 3)], false),
            ("as many", vec![more(&name, 3)], false),
            ("fewer", vec![more(&name, 1)], false),
            ("none", vec![more(&name, 0)], false),
            ("below none", vec![more(&name, -1)], false),
            ("of an unknown topic", vec![more("grown-unknown", 3)], false),
            ("of a topic twice", vec![more(&name, 4), more(&name, 5)], false),
            ("on a node by hand", vec![assigned(4, &[&[1]])], false),
            ("on two nodes by hand", vec![assigned(5, &[&[1, 2]])], false),
            ("on an unknown node", vec![assigned(5, &[&[7]])], false),
            ("by hand, too few", vec![assigned(6, &[&[1]])], false),
            ("by hand, too many", vec![assigned(5, &[&[1], &[1]])], false),
            ("a good one beside a bad one", vec![more(&name, 6), more("grown-unknown", 3)], false),
        ] {
            let request =
                CreatePartitionsRequest { topics, timeout_ms: 10_000, validate_only, ..Default::default() };
            talk.ask(what, version, &request).await;
        }
    }
}

fn resource(resource_type: i8, name: &str, keys: Option<&[&str]>) -> DescribeConfigsResource {
    DescribeConfigsResource {
        resource_type,
        resource_name: name.into(),
        configuration_keys: keys.map(|keys| keys.iter().map(|&key| key.into()).collect()),
        ..Default::default()
    }
}

async fn showing(talk: &mut Talk) {
    let settings = [("retention.ms", "1000"), ("cleanup.policy", "compact,delete")];
    talk.topic_with("shown", 1, &settings).await;
    for version in talk.versions::<DescribeConfigsRequest>() {
        for (what, resources) in [
            ("nobody's", vec![]),
            ("a topic's", vec![resource(TOPIC, "shown", None)]),
            ("some of a topic's", vec![resource(TOPIC, "shown", Some(&["retention.ms", "segment.ms"]))]),
            ("an unknown one of a topic's", vec![resource(TOPIC, "shown", Some(&["unknown"]))]),
            ("an unknown topic's", vec![resource(TOPIC, "shown-unknown", None)]),
            ("an illegal topic's", vec![resource(TOPIC, "not legal", None)]),
            ("no topic's", vec![resource(TOPIC, "", None)]),
            ("another node's", vec![resource(NODE, "7", None)]),
            ("that of a node without a number", vec![resource(NODE, "x", None)]),
        ] {
            let request = DescribeConfigsRequest { resources, ..Default::default() };
            talk.ask(what, version, &request).await;
        }
    }
}

async fn changing(talk: &mut Talk) {
    talk.topic("changed", 1).await;
    for version in talk.versions::<IncrementalAlterConfigsRequest>() {
        let change =
            |name: &str, operation, value: Option<&str>| IncrementalAlterConfigsRequestAlterableConfig {
                name: name.into(),
                config_operation: operation,
                value: value.map(Into::into),
                ..Default::default()
            };
        let (set, delete, append, subtract) = (0, 1, 2, 3);
        let policy = "cleanup.policy";
        for (what, topic, changes) in [
            ("nothing", "changed", vec![]),
            ("a number", "changed", vec![change("retention.ms", set, Some("2000"))]),
            ("no number", "changed", vec![change("retention.ms", set, Some("soon"))]),
            ("a number too small", "changed", vec![change("retention.ms", set, Some("-2"))]),
            ("no value", "changed", vec![change("retention.ms", set, None)]),
            ("it no more", "changed", vec![change("retention.ms", delete, None)]),
            ("what is not set", "changed", vec![change("retention.ms", delete, None)]),
            ("one more of a list", "changed", vec![change(policy, append, Some("compact"))]),
            ("one less of a list", "changed", vec![change(policy, subtract, Some("delete"))]),
            ("one more of what is no list", "changed", vec![change("retention.ms", append, Some("1"))]),
            ("an unknown setting", "changed", vec![change("unknown", set, Some("1"))]),
            ("an unknown setting no more", "changed", vec![change("unknown", delete, None)]),
            ("an unknown operation", "changed", vec![change("retention.ms", 9, Some("1"))]),
            (
                "a setting twice",
                "changed",
                vec![change("retention.ms", set, Some("1")), change("retention.ms", set, Some("2"))],
            ),
            ("that of an unknown topic", "changed-unknown", vec![change("retention.ms", set, Some("1"))]),
            ("that of no topic", "", vec![change("retention.ms", set, Some("1"))]),
        ] {
            let resource = IncrementalAlterConfigsRequestAlterConfigsResource {
                resource_type: TOPIC,
                resource_name: topic.into(),
                configs: changes,
                ..Default::default()
            };
            let request = IncrementalAlterConfigsRequest { resources: vec![resource], ..Default::default() };
            talk.ask(what, version, &request).await;
        }
        let keys = Some(&["retention.ms", "cleanup.policy"][..]);
        let shown = DescribeConfigsRequest {
            resources: vec![resource(TOPIC, "changed", keys)],
            ..Default::default()
        };
        talk.ask(&format!("after the changes of version {version}"), 4, &shown).await;
    }
}
