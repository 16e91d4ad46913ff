//! `FindCoordinator`, `OffsetCommit` and `OffsetFetch`.

use std::time::Duration;

use kafka_proto::messages::*;
use kafka_proto::wire::{StrBytes, Uuid};
use tokio::time;

use crate::compare::compare;
use crate::talk::{Talk, Topic};

#[tokio::test]
async fn both_find_the_same_coordinators() {
    compare(50, finding).await;
}

#[tokio::test]
async fn both_take_and_refuse_the_same_offsets() {
    compare(150, committing).await;
}

#[tokio::test]
async fn both_give_the_same_offsets_back() {
    compare(100, looking_up).await;
}

fn find(keys: &[&str], key_type: i8, version: i16) -> FindCoordinatorRequest {
    let key_type = if version > 0 { key_type } else { 0 };
    if version >= 4 {
        let coordinator_keys = keys.iter().map(|&key| key.into()).collect();
        return FindCoordinatorRequest { key_type, coordinator_keys, ..Default::default() };
    }
    FindCoordinatorRequest { key_type, key: keys[0].into(), ..Default::default() }
}

/// A real broker makes the topics of its coordinators when they are first asked for.
async fn wait_for_coordinator(talk: &mut Talk, key_type: i8) {
    for _ in 0..200 {
        let answer = talk.quietly(4, &find(&["any"], key_type, 4)).await;
        if answer.coordinators[0].error_code == 0 {
            if key_type == 1 {
                return;
            }
            let answer = talk.quietly(2, &fetch("any", Some(vec![]), 2)).await;
            if answer.error_code == 0 {
                return;
            }
        }
        time::sleep(Duration::from_millis(50)).await;
    }
    panic!("no coordinator");
}

async fn finding(talk: &mut Talk) {
    wait_for_coordinator(talk, 0).await;
    wait_for_coordinator(talk, 1).await;
    for version in talk.versions::<FindCoordinatorRequest>() {
        talk.ask("of a group", version, &find(&["group"], 0, version)).await;
        talk.ask("of a group without a name", version, &find(&[""], 0, version)).await;
        if version >= 1 {
            talk.ask("of a transactional id", version, &find(&["id"], 1, version)).await;
            talk.ask("of an empty transactional id", version, &find(&[""], 1, version)).await;
            talk.ask("of an unknown kind", version, &find(&["group"], 9, version)).await;
            talk.ask("of a negative kind", version, &find(&["group"], -1, version)).await;
            talk.ask("of a share group's key that is none", version, &find(&["group"], 2, version)).await;
        }
        if version >= 4 {
            talk.ask("of two groups", version, &find(&["one", "two"], 0, version)).await;
            talk.ask("of a group twice", version, &find(&["one", "one"], 0, version)).await;
            talk.ask("of a group and no name", version, &find(&["one", ""], 0, version)).await;
            talk.ask("of nobody", version, &find(&[], 0, version)).await;
            talk.ask("of two of an unknown kind", version, &find(&["one", "two"], 9, version)).await;
        }
    }
}

fn at(partition_index: i32, offset: i64, metadata: Option<&str>) -> OffsetCommitRequestPartition {
    OffsetCommitRequestPartition {
        partition_index,
        committed_offset: offset,
        committed_metadata: metadata.map(Into::into),
        ..Default::default()
    }
}

fn commit(group: &str, topic: &Topic, partitions: Vec<OffsetCommitRequestPartition>) -> OffsetCommitRequest {
    let topic = OffsetCommitRequestTopic {
        name: topic.name.clone(),
        topic_id: topic.id,
        partitions,
        ..Default::default()
    };
    OffsetCommitRequest { group_id: group.into(), topics: vec![topic], ..Default::default() }
}

async fn committing(talk: &mut Talk) {
    wait_for_coordinator(talk, 0).await;
    let topic = talk.topic("commit", 2).await;
    let unknown = Topic { name: "unknown".into(), id: Uuid::from(77) };
    for version in talk.versions::<OffsetCommitRequest>() {
        let group = format!("commit-{version}");
        let one = || commit(&group, &topic, vec![at(0, 1, None)]);
        let of_member = |generation, member: &str| OffsetCommitRequest {
            generation_id_or_member_epoch: generation,
            member_id: member.into(),
            ..one()
        };
        for (what, request) in [
            ("of a generation of no group", of_member(3, "member")),
            ("of a member of no group", of_member(-1, "member")),
            ("of an offset", one()),
            ("of a generation", of_member(3, "member")),
            ("of a generation without a member", of_member(0, "")),
            ("of a member without a generation", of_member(-1, "member")),
            ("of an illegal generation", of_member(-2, "")),
            ("of metadata", commit(&group, &topic, vec![at(1, 2, Some("mine"))])),
            ("of empty metadata", commit(&group, &topic, vec![at(1, 2, Some(""))])),
            ("of 4096 bytes of metadata", commit(&group, &topic, vec![at(1, 2, Some(&"x".repeat(4096)))])),
            ("of 4097 bytes of metadata", commit(&group, &topic, vec![at(1, 2, Some(&"x".repeat(4097)))])),
            ("of an unknown topic", commit(&group, &unknown, vec![at(0, 2, None)])),
            ("of an unknown partition", commit(&group, &topic, vec![at(7, 2, None)])),
            ("of a negative partition", commit(&group, &topic, vec![at(-1, 2, None)])),
            (
                "of a known partition and another",
                commit(&group, &topic, vec![at(0, 2, None), at(7, 2, None)]),
            ),
            ("of a negative offset", commit(&group, &topic, vec![at(0, -1, None)])),
            ("of an offset far below nothing", commit(&group, &topic, vec![at(0, -9, None)])),
            ("without a group", commit("", &topic, vec![at(0, 1, None)])),
            ("of no partitions", commit(&group, &topic, vec![])),
            ("of no topics", OffsetCommitRequest { topics: vec![], ..one() }),
        ] {
            talk.ask(what, version, &request).await;
        }
        if version >= 7 {
            let instance = OffsetCommitRequest { group_instance_id: Some("here".into()), ..one() };
            talk.ask("of an instance", version, &instance).await;
        }
        if version >= 6 {
            let epoch = OffsetCommitRequestPartition { committed_leader_epoch: 4, ..at(0, 5, None) };
            talk.ask("of a leader epoch", version, &commit(&group, &topic, vec![epoch])).await;
        }
        let all = vec![(&topic, vec![0, 1])];
        let found = &fetch(&group, Some(all), 5);
        talk.ask(&format!("what was committed in version {version}"), 5, found).await;
    }
}

/// Asks for some topics' partitions, or for all that there are.
fn fetch(group: &str, topics: Option<Vec<(&Topic, Vec<i32>)>>, version: i16) -> OffsetFetchRequest {
    if version >= 8 {
        return OffsetFetchRequest { groups: vec![of_group(group, topics)], ..Default::default() };
    }
    let topics = topics.map(|topics| {
        let topic = |(topic, partitions): (&Topic, Vec<i32>)| OffsetFetchRequestTopic {
            name: topic.name.clone(),
            partition_indexes: partitions,
            ..Default::default()
        };
        topics.into_iter().map(topic).collect()
    });
    OffsetFetchRequest { group_id: group.into(), topics, ..Default::default() }
}

fn of_group(group: &str, topics: Option<Vec<(&Topic, Vec<i32>)>>) -> OffsetFetchRequestGroup {
    let topics = topics.map(|topics| {
        let topic = |(topic, partitions): (&Topic, Vec<i32>)| OffsetFetchRequestTopics {
            name: topic.name.clone(),
            topic_id: topic.id,
            partition_indexes: partitions,
            ..Default::default()
        };
        topics.into_iter().map(topic).collect()
    });
    OffsetFetchRequestGroup { group_id: group.into(), topics, ..Default::default() }
}

async fn looking_up(talk: &mut Talk) {
    wait_for_coordinator(talk, 0).await;
    let one = talk.topic("offsets-one", 3).await;
    let two = talk.topic("offsets-two", 1).await;
    let unknown = Topic { name: "unknown".into(), id: Uuid::from(77) };
    let group = "offsets";
    let epoch = OffsetCommitRequestPartition { committed_leader_epoch: 4, ..at(1, 5, None) };
    talk.quietly(8, &commit(group, &one, vec![at(0, 10, Some("mine")), epoch])).await;
    talk.quietly(8, &commit(group, &two, vec![at(0, 20, Some(""))])).await;
    for version in talk.versions::<OffsetFetchRequest>() {
        for (what, group, topics) in [
            ("an offset", group, vec![(&one, vec![0])]),
            ("two offsets", group, vec![(&one, vec![0, 1])]),
            ("two topics", group, vec![(&two, vec![0]), (&one, vec![0])]),
            ("nothing committed", group, vec![(&one, vec![2])]),
            ("an unknown partition", group, vec![(&one, vec![7])]),
            ("a negative partition", group, vec![(&one, vec![-1])]),
            ("an unknown topic", group, vec![(&unknown, vec![0])]),
            ("an unknown topic beside another", group, vec![(&unknown, vec![0]), (&one, vec![1])]),
            ("no topics", group, vec![]),
            ("no partitions", group, vec![(&one, vec![])]),
            ("an unknown group", "nobody", vec![(&one, vec![0])]),
            ("a group without a name", "", vec![(&one, vec![0])]),
        ] {
            talk.ask(what, version, &fetch(group, Some(topics), version)).await;
        }
        if version >= 2 {
            talk.ask("everything", version, &fetch(group, None, version)).await;
            talk.ask("everything of an unknown group", version, &fetch("nobody", None, version)).await;
        }
        if version >= 7 {
            let stable = fetch(group, Some(vec![(&one, vec![0])]), version);
            talk.ask("a stable offset", version, &OffsetFetchRequest { require_stable: true, ..stable })
                .await;
        }
        if version >= 8 {
            let topics = || Some(vec![(&one, vec![0])]);
            for (what, groups) in [
                ("two groups", vec![of_group(group, topics()), of_group("nobody", topics())]),
                ("a group twice", vec![of_group(group, topics()), of_group(group, None)]),
                ("no groups", vec![]),
            ] {
                talk.ask(what, version, &OffsetFetchRequest { groups, ..Default::default() }).await;
            }
        }
        if version >= 9 {
            for (what, group, member, member_epoch) in [
                ("of a member", group, "member", 3),
                ("of a member of an unknown group", "nobody", "member", 3),
                ("of an epoch without a member", group, "", 3),
            ] {
                let asked = OffsetFetchRequestGroup {
                    member_id: Some(StrBytes::from(member)),
                    member_epoch,
                    ..of_group(group, Some(vec![(&one, vec![0])]))
                };
                let request = OffsetFetchRequest { groups: vec![asked], ..Default::default() };
                talk.ask(what, version, &request).await;
            }
        }
    }
}
