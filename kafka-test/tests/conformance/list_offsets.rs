//! `ListOffsets` and `DeleteRecords`.

use kafka_proto::messages::*;
use kafka_proto::records::SealOptions;

use crate::compare::compare;
use crate::produced::{batch, fill, sealed};
use crate::talk::{Talk, Topic};

#[tokio::test]
async fn both_find_the_same_offsets() {
    compare(180, listing).await;
}

#[tokio::test]
async fn both_delete_the_same_records() {
    compare(30, deleting).await;
}

fn list(topic: &Topic, partition_index: i32, timestamp: i64) -> ListOffsetsRequest {
    let partition = ListOffsetsPartition { partition_index, timestamp, ..Default::default() };
    let topic =
        ListOffsetsTopic { name: topic.name.clone(), partitions: vec![partition], ..Default::default() };
    ListOffsetsRequest { replica_id: -1, topics: vec![topic], ..Default::default() }
}

async fn listing(talk: &mut Talk) {
    let topic = talk.topic("list", 2).await;
    let times = |from, values: &[&str]| sealed(from, values, &SealOptions::new());
    let batches = [times(1_000, &["a", "b", "c"]), times(5_000, &["d", "e"]), times(3_000, &["f"])];
    fill(talk, &topic, 0, &batches).await;
    let unknown = Topic { name: "unknown".into(), ..topic.clone() };
    for version in talk.versions::<ListOffsetsRequest>() {
        for timestamp in [
            -1,
            -2,
            -3,
            -4,
            -5,
            -6,
            -7,
            i64::MIN,
            0,
            999,
            1_000,
            1_001,
            1_002,
            1_003,
            3_000,
            5_000,
            5_001,
            5_002,
            i64::MAX,
        ] {
            talk.ask(&format!("{timestamp}"), version, &list(&topic, 0, timestamp)).await;
            if version >= 2 && timestamp > -4 {
                let committed = ListOffsetsRequest { isolation_level: 1, ..list(&topic, 0, timestamp) };
                talk.ask(&format!("{timestamp}, committed"), version, &committed).await;
            }
        }
        for timestamp in [-1, -2, -3, -4, 0, 1_000] {
            talk.ask(&format!("{timestamp} of what is empty"), version, &list(&topic, 1, timestamp)).await;
        }
        for (what, request) in [
            ("an unknown topic", list(&unknown, 0, -1)),
            ("an unknown partition", list(&topic, 7, -1)),
            ("a negative partition", list(&topic, -1, -1)),
            ("nothing", ListOffsetsRequest { replica_id: -1, ..Default::default() }),
        ] {
            talk.ask(what, version, &request).await;
        }
        let mut twice = list(&topic, 0, -1);
        let again = ListOffsetsPartition { timestamp: -2, ..twice.topics[0].partitions[0].clone() };
        twice.topics[0].partitions.push(again);
        talk.ask("a partition twice", version, &twice).await;
        if version >= 4 {
            for epoch in [0, 1, -2] {
                let mut believing = list(&topic, 0, -1);
                believing.topics[0].partitions[0].current_leader_epoch = epoch;
                talk.ask(&format!("in epoch {epoch}"), version, &believing).await;
            }
        }
    }
}

async fn deleting(talk: &mut Talk) {
    for version in talk.versions::<DeleteRecordsRequest>() {
        let topic = talk.topic(&format!("delete-records-{version}"), 1).await;
        let unknown = Topic { name: "unknown".into(), ..topic.clone() };
        fill(talk, &topic, 0, &[batch(&["a", "b", "c"]), batch(&["d"])]).await;
        for (what, topic, partition, offset) in [
            ("an unknown topic", &unknown, 0, 1),
            ("an unknown partition", &topic, 7, 1),
            ("a negative partition", &topic, -1, 1),
            ("nothing", &topic, 0, 0),
            ("an offset below the high watermark's", &topic, 0, -2),
            ("above the end", &topic, 0, 5),
            ("the middle of a batch", &topic, 0, 2),
            ("below the start", &topic, 0, 1),
            ("up to the second batch", &topic, 0, 3),
            ("all", &topic, 0, -1),
            ("all again", &topic, 0, -1),
        ] {
            let partition =
                DeleteRecordsPartition { partition_index: partition, offset, ..Default::default() };
            let topics = vec![DeleteRecordsTopic {
                name: topic.name.clone(),
                partitions: vec![partition],
                ..Default::default()
            }];
            let request = DeleteRecordsRequest { topics, timeout_ms: 10_000, ..Default::default() };
            talk.ask(what, version, &request).await;
            let start = list(topic, 0, -2);
            talk.ask(&format!("the start after {what} in version {version}"), 7, &start).await;
        }
        let request = DeleteRecordsRequest { timeout_ms: 10_000, ..Default::default() };
        talk.ask("no topics", version, &request).await;
    }
}
