//! `Fetch`, within sessions and without.

use kafka_proto::messages::*;
use kafka_proto::wire::Uuid;

use crate::compare::compare;
use crate::produced::{batch, fill};
use crate::talk::{Talk, Topic};

#[tokio::test]
async fn both_give_the_same_records_and_errors() {
    compare(350, fetching).await;
}

#[tokio::test]
async fn both_keep_the_same_sessions() {
    compare(150, sessions).await;
}

fn from(partition: i32, offset: i64) -> FetchRequestFetchPartition {
    FetchRequestFetchPartition {
        partition,
        fetch_offset: offset,
        partition_max_bytes: 1 << 20,
        ..Default::default()
    }
}

fn of(topic: &Topic, partitions: Vec<FetchRequestFetchPartition>) -> FetchRequestFetchTopic {
    FetchRequestFetchTopic { topic: topic.name.clone(), topic_id: topic.id, partitions, ..Default::default() }
}

fn fetch(topics: Vec<FetchRequestFetchTopic>) -> FetchRequest {
    FetchRequest { max_wait_ms: 0, min_bytes: 0, topics, ..Default::default() }
}

async fn fetching(talk: &mut Talk) {
    let topic = talk.topic("fetch", 3).await;
    fill(talk, &topic, 0, &[batch(&["a", "b"]), batch(&["c"]), batch(&["d", "e", "f"])]).await;
    fill(talk, &topic, 1, &[batch(&["x"])]).await;
    let unknown = Topic { name: "unknown".into(), id: Uuid::from(77) };
    for version in talk.versions::<FetchRequest>() {
        partitions(talk, version, &topic, &unknown).await;
        limits(talk, version, &topic).await;
        epochs(talk, version, &topic).await;
    }
}

async fn partitions(talk: &mut Talk, version: i16, topic: &Topic, unknown: &Topic) {
    for (what, topics) in [
        ("all", vec![of(topic, vec![from(0, 0)])]),
        ("from the middle of a batch", vec![of(topic, vec![from(0, 1)])]),
        ("from the second batch", vec![of(topic, vec![from(0, 2)])]),
        ("at the end", vec![of(topic, vec![from(0, 6)])]),
        ("above the end", vec![of(topic, vec![from(0, 7)])]),
        ("below the start", vec![of(topic, vec![from(0, -1)])]),
        ("far below the start", vec![of(topic, vec![from(0, -5)])]),
        ("what is empty", vec![of(topic, vec![from(2, 0)])]),
        ("an unknown partition", vec![of(topic, vec![from(9, 0)])]),
        ("a negative partition", vec![of(topic, vec![from(-1, 0)])]),
        ("an unknown topic", vec![of(unknown, vec![from(0, 0)])]),
        ("an unknown topic beside another", vec![of(unknown, vec![from(0, 0)]), of(topic, vec![from(1, 0)])]),
        ("two partitions", vec![of(topic, vec![from(0, 0), from(1, 0)])]),
        ("two partitions, one out of range", vec![of(topic, vec![from(0, 100), from(1, 0)])]),
        ("nothing", vec![]),
        ("a topic without partitions", vec![of(topic, vec![])]),
    ] {
        talk.ask(what, version, &fetch(topics)).await;
    }
    for isolation_level in [0, 1, 2, -1] {
        let request = FetchRequest { isolation_level, ..fetch(vec![of(topic, vec![from(0, 2)])]) };
        talk.ask(&format!("isolation level {isolation_level}"), version, &request).await;
        let request = FetchRequest { isolation_level, ..fetch(vec![of(topic, vec![from(0, 9)])]) };
        talk.ask(&format!("above the end with isolation level {isolation_level}"), version, &request).await;
    }
}

async fn limits(talk: &mut Talk, version: i16, topic: &Topic) {
    let limited = |bytes| FetchRequestFetchPartition { partition_max_bytes: bytes, ..from(0, 0) };
    for (what, bytes) in [
        ("no bytes", 0),
        ("fewer than no bytes", -1),
        ("one byte", 1),
        ("a batch", 77),
        ("a batch and a half", 100),
        ("two batches", 150),
    ] {
        talk.ask(&format!("{what} of a partition"), version, &fetch(vec![of(topic, vec![limited(bytes)])]))
            .await;
        let both = vec![of(topic, vec![from(0, 0), from(1, 0)])];
        talk.ask(&format!("{what} at most"), version, &FetchRequest { max_bytes: bytes, ..fetch(both) })
            .await;
        let both = vec![of(topic, vec![from(0, 6), limited(bytes)])];
        talk.ask(&format!("{what} of a partition named twice"), version, &fetch(both)).await;
    }
    let waiting =
        FetchRequest { max_wait_ms: 1, min_bytes: 1_000_000, ..fetch(vec![of(topic, vec![from(0, 0)])]) };
    talk.ask("more bytes than there are", version, &waiting).await;
    let waiting = FetchRequest { max_wait_ms: 1, min_bytes: 1, ..fetch(vec![of(topic, vec![from(2, 0)])]) };
    talk.ask("a byte of what is empty", version, &waiting).await;
    let waiting = FetchRequest { max_wait_ms: -1, min_bytes: 1, ..fetch(vec![of(topic, vec![from(2, 0)])]) };
    talk.ask("a negative wait", version, &waiting).await;
}

async fn epochs(talk: &mut Talk, version: i16, topic: &Topic) {
    let leader = |epoch| FetchRequestFetchPartition { current_leader_epoch: epoch, ..from(0, 0) };
    let fetched = |epoch, offset| FetchRequestFetchPartition { last_fetched_epoch: epoch, ..from(0, offset) };
    let mut asked = vec![
        ("the leader's epoch", leader(0)),
        ("an epoch to come", leader(9)),
        ("an illegal epoch", leader(-2)),
    ];
    if version >= 12 {
        asked.extend([
            ("the epoch read last", fetched(0, 2)),
            ("a last epoch to come", fetched(5, 2)),
            ("the epoch read last, above the end", fetched(0, 9)),
            ("a last epoch to come, above the end", fetched(5, 9)),
        ]);
    }
    for (what, partition) in asked {
        talk.ask(what, version, &fetch(vec![of(topic, vec![partition])])).await;
    }
    let rack = FetchRequest { rack_id: "nowhere".into(), ..fetch(vec![of(topic, vec![from(0, 0)])]) };
    talk.ask("in an unknown rack", version, &rack).await;
}

async fn sessions(talk: &mut Talk) {
    let versions = talk.versions::<FetchRequest>();
    for version in versions.filter(|&version| version >= 7) {
        let topic = talk.topic(&format!("session-{version}"), 3).await;
        fill(talk, &topic, 0, &[batch(&["a", "b"])]).await;
        let asked = |session_id, session_epoch, partitions: Vec<_>| {
            let topics = if partitions.is_empty() { vec![] } else { vec![of(&topic, partitions)] };
            FetchRequest { session_id, session_epoch, ..fetch(topics) }
        };
        talk.ask("an unknown session", version, &asked(999_999, 3, vec![])).await;
        talk.ask("no session, but an epoch", version, &asked(0, 3, vec![])).await;
        talk.ask("a new session about nothing", version, &asked(0, 0, vec![])).await;
        let new = asked(0, 0, vec![from(0, 0), from(1, 0)]);
        let Some(opened) = talk.ask("a new session", version, &new).await else { return };
        let id = opened.session_id;
        talk.ask("a wrong epoch", version, &asked(id, 7, vec![])).await;
        talk.ask("records again", version, &asked(id, 1, vec![])).await;
        talk.ask("the epoch before again", version, &asked(id, 1, vec![])).await;
        talk.ask("on from there", version, &asked(id, 2, vec![from(0, 2)])).await;
        talk.ask("nothing new", version, &asked(id, 3, vec![])).await;
        fill(talk, &topic, 1, &[batch(&["c"])]).await;
        talk.ask("something new", version, &asked(id, 4, vec![])).await;
        talk.ask("another partition", version, &asked(id, 5, vec![from(1, 1), from(2, 0)])).await;
        talk.ask("an unknown partition", version, &asked(id, 6, vec![from(8, 0)])).await;
        talk.ask("the unknown partition still", version, &asked(id, 7, vec![])).await;
        let forgotten = FetchRequestForgottenTopic {
            topic: topic.name.clone(),
            topic_id: topic.id,
            partitions: vec![8, 2],
            ..Default::default()
        };
        let forgetting =
            FetchRequest { forgotten_topics_data: vec![forgotten], ..asked(id, 8, vec![from(0, 0)]) };
        talk.ask("partitions taken out", version, &forgetting).await;
        talk.ask("out of range", version, &asked(id, 9, vec![from(0, 50)])).await;
        talk.ask("still out of range", version, &asked(id, 10, vec![])).await;
        talk.ask("in range", version, &asked(id, 11, vec![from(0, 2)])).await;
        talk.ask("a negative epoch", version, &asked(id, -2, vec![from(0, 2)])).await;
        let again = asked(id, 0, vec![from(0, 0)]);
        let Some(opened) = talk.ask("a new session instead", version, &again).await else { return };
        talk.ask("the session before", version, &asked(id, 12, vec![])).await;
        let id = opened.session_id;
        let none = FetchRequestForgottenTopic {
            topic: topic.name.clone(),
            topic_id: topic.id,
            partitions: vec![0],
            ..Default::default()
        };
        let emptied = FetchRequest { forgotten_topics_data: vec![none], ..asked(id, 1, vec![]) };
        talk.ask("the last partition taken out", version, &emptied).await;
        talk.ask("after the last partition", version, &asked(id, 2, vec![])).await;
        let Some(opened) = talk.ask("a third session", version, &new).await else { return };
        let id = opened.session_id;
        talk.ask("the end of the session", version, &asked(id, -1, vec![from(0, 0)])).await;
        talk.ask("after the end", version, &asked(id, 1, vec![])).await;
    }
}
