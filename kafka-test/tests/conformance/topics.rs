//! `CreateTopics` and `DeleteTopics`.

use kafka_proto::messages::*;
use kafka_proto::wire::{StrBytes, Uuid};

use crate::compare::compare;
use crate::talk::Talk;

#[tokio::test]
async fn both_create_and_refuse_the_same_topics() {
    compare(140, creating).await;
}

#[tokio::test]
async fn both_delete_the_same_topics() {
    compare(30, deleting).await;
}

fn topic(name: &str, partitions: i32, replicas: i16) -> CreatableTopic {
    CreatableTopic {
        name: name.into(),
        num_partitions: partitions,
        replication_factor: replicas,
        ..Default::default()
    }
}

fn set(name: &str, setting: &str, value: Option<&str>) -> CreatableTopic {
    let setting =
        CreatableTopicConfig { name: setting.into(), value: value.map(Into::into), ..Default::default() };
    CreatableTopic { configs: vec![setting], ..topic(name, 1, 1) }
}

fn assigned(name: &str, assignments: &[(i32, &[i32])]) -> CreatableTopic {
    let assignment = |&(partition_index, nodes): &(i32, &[i32])| CreatableReplicaAssignment {
        partition_index,
        broker_ids: nodes.to_vec(),
        ..Default::default()
    };
    CreatableTopic { assignments: assignments.iter().map(assignment).collect(), ..topic(name, -1, -1) }
}

async fn creating(talk: &mut Talk) {
    for version in talk.versions::<CreateTopicsRequest>() {
        let name = |what: &str| format!("topics-{version}-{what}");
        let mut ask = async |what: &str, topics: Vec<CreatableTopic>, validate_only: bool| {
            let request =
                CreateTopicsRequest { topics, timeout_ms: 10_000, validate_only, ..Default::default() };
            talk.ask(what, version, &request).await;
        };
        ask("nothing", vec![], false).await;
        ask("a topic", vec![topic(&name("one"), 3, 1)], false).await;
        ask("it again", vec![topic(&name("one"), 1, 1)], false).await;
        ask("a check of it", vec![topic(&name("one"), 1, 1)], true).await;
        ask("a check", vec![topic(&name("checked"), 2, 1)], true).await;
        ask("a check of what is wrong", vec![topic(&name("checked"), 0, 1)], true).await;
        ask("what was checked", vec![topic(&name("checked"), 2, 1)], false).await;
        ask("one that collides", vec![topic(&name("one").replace('-', "_"), 1, 1)], false).await;
        let dotted = format!("topics.{version}.a");
        ask("a name with dots", vec![topic(&dotted, 1, 1)], false).await;
        ask("the same with underscores", vec![topic(&dotted.replace('.', "_"), 1, 1)], false).await;
        for (what, wrong) in [
            ("an empty name", topic("", 1, 1)),
            ("a name with a space", topic("not legal", 1, 1)),
            ("a dot", topic(".", 1, 1)),
            ("two dots", topic("..", 1, 1)),
            ("a long name", topic(&"x".repeat(250), 1, 1)),
            ("no partitions", topic(&name("none"), 0, 1)),
            ("fewer than no partitions", topic(&name("negative"), -2, 1)),
            ("no replicas", topic(&name("no-replicas"), 1, 0)),
            ("fewer than no replicas", topic(&name("negative-replicas"), 1, -2)),
            ("more replicas than nodes", topic(&name("many"), 1, 2)),
            ("default partitions", topic(&name("default-partitions"), -1, 1)),
            ("default replicas", topic(&name("default-replicas"), 1, -1)),
            ("an unknown setting", set(&name("odd"), "what", Some("1"))),
            ("a setting without a value", set(&name("null"), "retention.ms", None)),
            ("a setting that is no number", set(&name("text"), "retention.ms", Some("long"))),
            ("a setting out of range", set(&name("range"), "retention.ms", Some("-2"))),
            ("a setting that is no choice", set(&name("choice"), "cleanup.policy", Some("burn"))),
            ("a setting", set(&name("set"), "retention.ms", Some("1000"))),
            ("a compacted topic", set(&name("compacted"), "cleanup.policy", Some("compact"))),
            ("an assignment", assigned(&name("assigned"), &[(0, &[1]), (1, &[1])])),
            ("an assignment not from 0", assigned(&name("from1"), &[(1, &[1])])),
            ("an assignment with a gap", assigned(&name("gap"), &[(0, &[1]), (2, &[1])])),
            ("a partition assigned twice", assigned(&name("twice"), &[(0, &[1]), (0, &[1])])),
            ("an unknown node", assigned(&name("nobody"), &[(0, &[7])])),
            ("a node twice", assigned(&name("node-twice"), &[(0, &[1, 1])])),
            ("an assignment to nobody", assigned(&name("empty"), &[(0, &[])])),
            (
                "an assignment beside counts",
                CreatableTopic {
                    num_partitions: 1,
                    replication_factor: 1,
                    ..assigned(&name("both"), &[(0, &[1])])
                },
            ),
            (
                "an assignment beside a count of replicas",
                CreatableTopic { replication_factor: 1, ..assigned(&name("half"), &[(0, &[1])]) },
            ),
        ] {
            ask(what, vec![wrong], false).await;
        }
        ask("a topic twice", vec![topic(&name("2"), 1, 1), topic(&name("2"), 1, 1)], false).await;
        ask("a good one beside a bad one", vec![topic(&name("good"), 1, 1), topic("a b", 1, 1)], false).await;
    }
}

fn names(names: &[&str], version: i16) -> DeleteTopicsRequest {
    let names = names.iter().map(|&name| StrBytes::from(name));
    let mut request = DeleteTopicsRequest { timeout_ms: 10_000, ..Default::default() };
    if version >= 6 {
        request.topics =
            names.map(|name| DeleteTopicState { name: Some(name), ..Default::default() }).collect();
    } else {
        request.topic_names = names.collect();
    }
    request
}

async fn deleting(talk: &mut Talk) {
    for version in talk.versions::<DeleteTopicsRequest>() {
        let name = |what: &str| format!("deleted-{version}-{what}");
        for what in ["a", "b", "c"] {
            talk.topic(&name(what), 1).await;
        }
        for (what, asked) in [
            ("nothing", vec![]),
            ("a topic", vec![name("a")]),
            ("it again", vec![name("a")]),
            ("an unknown topic", vec!["deleted-unknown".to_owned()]),
            ("an illegal name", vec!["not legal".to_owned()]),
            ("an empty name", vec![String::new()]),
            ("a topic twice", vec![name("b"), name("b")]),
            ("what was named twice", vec![name("b")]),
            ("a topic beside an unknown one", vec![name("c"), "deleted-unknown".to_owned()]),
        ] {
            let asked: Vec<&str> = asked.iter().map(String::as_str).collect();
            talk.ask(what, version, &names(&asked, version)).await;
        }
        if version < 6 {
            continue;
        }
        let (one, two) = (talk.topic("deleted-d", 1).await, talk.topic("deleted-e", 1).await);
        let state = |name: Option<&StrBytes>, topic_id| DeleteTopicState {
            name: name.cloned(),
            topic_id,
            ..Default::default()
        };
        for (what, topics) in [
            ("an unknown id", vec![state(None, Uuid::from(77))]),
            ("neither an id nor a name", vec![state(None, Uuid::ZERO)]),
            ("an id and its name", vec![state(Some(&one.name), one.id)]),
            ("an id twice", vec![state(None, one.id), state(None, one.id)]),
            ("an id beside its name", vec![state(None, one.id), state(Some(&one.name), Uuid::ZERO)]),
            ("an id", vec![state(None, two.id)]),
            ("that id again", vec![state(None, two.id)]),
        ] {
            let request = DeleteTopicsRequest { topics, timeout_ms: 10_000, ..Default::default() };
            talk.ask(what, version, &request).await;
        }
    }
}
