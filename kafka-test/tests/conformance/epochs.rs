//! `OffsetForLeaderEpoch`.

use kafka_proto::messages::*;

use crate::compare::compare;
use crate::produced::{batch, fill};
use crate::talk::Talk;

#[tokio::test]
async fn both_say_where_the_same_epochs_end() {
    compare(35, conversation).await;
}

async fn conversation(talk: &mut Talk) {
    let topic = talk.topic("epochs", 2).await;
    fill(talk, &topic, 0, &[batch(&["a", "b"])]).await;
    for version in talk.versions::<OffsetForLeaderEpochRequest>() {
        for (what, name, partition, current_leader_epoch, leader_epoch) in [
            ("the epoch", "epochs", 0, -1, 0),
            ("the epoch of what is empty", "epochs", 1, -1, 0),
            ("an epoch to come", "epochs", 0, -1, 4),
            ("no epoch", "epochs", 0, -1, -1),
            ("an illegal epoch", "epochs", 0, -1, -2),
            ("in the leader's epoch", "epochs", 0, 0, 0),
            ("in an epoch to come", "epochs", 0, 3, 0),
            ("in an illegal epoch", "epochs", 0, -2, 0),
            ("an unknown topic", "unknown", 0, -1, 0),
            ("an unknown partition", "epochs", 7, -1, 0),
            ("a negative partition", "epochs", -1, -1, 0),
        ] {
            let partition = OffsetForLeaderPartition {
                partition,
                current_leader_epoch,
                leader_epoch,
                ..Default::default()
            };
            let topic = OffsetForLeaderTopic {
                topic: name.into(),
                partitions: vec![partition],
                ..Default::default()
            };
            let request =
                OffsetForLeaderEpochRequest { replica_id: -1, topics: vec![topic], ..Default::default() };
            talk.ask(what, version, &request).await;
        }
        let nothing = OffsetForLeaderEpochRequest { replica_id: -1, ..Default::default() };
        talk.ask("nothing", version, &nothing).await;
    }
}
