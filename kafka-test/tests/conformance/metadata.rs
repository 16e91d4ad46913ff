//! `Metadata`.

use kafka_proto::messages::*;
use kafka_proto::wire::Uuid;

use crate::compare::compare;
use crate::talk::Talk;

#[tokio::test]
async fn both_describe_topics_alike() {
    compare(150, conversation).await;
}

fn named(name: &str) -> MetadataRequestTopic {
    MetadataRequestTopic { name: Some(name.into()), ..Default::default() }
}

fn identified(id: Uuid) -> MetadataRequestTopic {
    MetadataRequestTopic { name: None, topic_id: id, ..Default::default() }
}

/// Auto-creation is off: a test that asks for an unknown topic is not to leave one behind.
fn about(topics: Option<Vec<MetadataRequestTopic>>, version: i16) -> MetadataRequest {
    MetadataRequest { topics, allow_auto_topic_creation: version < 4, ..Default::default() }
}

async fn conversation(talk: &mut Talk) {
    let one = talk.topic("metadata-one", 1).await;
    talk.topic("metadata-two", 3).await;
    let unknown_id = Uuid::from(0x1234_5678_9abc_def0_1234_5678_9abc_def0);
    let long = "x".repeat(250);
    for version in talk.versions::<MetadataRequest>() {
        let all = if version == 0 { Some(Vec::new()) } else { None };
        talk.ask("all topics", version, &about(all, version)).await;
    }
    for version in talk.versions::<MetadataRequest>() {
        let mut ask = async |what: &str, request: &MetadataRequest| {
            talk.ask(what, version, request).await;
        };
        if version > 0 {
            ask("no topics", &about(Some(Vec::new()), version)).await;
        }
        for (what, topics) in [
            ("a topic", vec![named("metadata-one")]),
            ("two topics", vec![named("metadata-two"), named("metadata-one")]),
            ("a topic twice", vec![named("metadata-one"), named("metadata-one")]),
            ("a name with a space", vec![named("not legal")]),
            ("a long name", vec![named(&long)]),
            ("a dot", vec![named(".")]),
            ("an empty name", vec![named("")]),
        ] {
            ask(what, &about(Some(topics), version)).await;
        }
        if version >= 4 {
            ask("an unknown topic", &about(Some(vec![named("unknown")]), version)).await;
            let both = vec![named("unknown"), named("metadata-two")];
            ask("an unknown topic beside another", &about(Some(both), version)).await;
        }
        let creating = MetadataRequest {
            topics: Some(vec![named(&format!("metadata-created-{version}"))]),
            ..Default::default()
        };
        ask("a topic that comes into being", &creating).await;
        if version >= 8 {
            let operations = MetadataRequest {
                include_topic_authorized_operations: true,
                include_cluster_authorized_operations: version <= 10,
                ..about(Some(vec![named("metadata-one"), named("unknown")]), version)
            };
            ask("what is allowed", &operations).await;
        }
        if version >= 10 {
            for (what, topic) in [
                ("an id", identified(one.id)),
                ("an unknown id", identified(unknown_id)),
                ("neither an id nor a name", identified(Uuid::ZERO)),
                ("an id and its name", MetadataRequestTopic { topic_id: one.id, ..named("metadata-one") }),
                (
                    "an id and another name",
                    MetadataRequestTopic { topic_id: one.id, ..named("metadata-two") },
                ),
                (
                    "an unknown id and a name",
                    MetadataRequestTopic { topic_id: unknown_id, ..named("metadata-one") },
                ),
            ] {
                ask(what, &about(Some(vec![topic]), version)).await;
            }
            let mixed = vec![identified(one.id), named("metadata-two")];
            ask("an id beside a name", &about(Some(mixed), version)).await;
        }
    }
}
