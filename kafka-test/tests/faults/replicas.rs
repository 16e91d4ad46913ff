//! Replicas that lag, leave those in sync, and come back.

use std::time::Duration;

use kafka_client::{Broker, BrokerConf, Message, ProducerConf};
use kafka_test::cluster::chaos::{Fault, Schedule};
use kafka_test::cluster::{Cluster, Network, Replication};
use tokio::time::Instant;

use crate::{ms, under, under_in};

fn follow(node: i32, how: Replication) -> Fault {
    Fault::Replicate { node, how }
}

#[tokio::test(start_paused = true)]
async fn replicas_that_take_their_time() {
    let schedule = Schedule::new()
        .at(ms(0), follow(1, Replication::Every(ms(30))))
        .at(ms(0), follow(2, Replication::Every(ms(80))))
        .at(ms(0), follow(3, Replication::Every(ms(200))));
    let leaders = |schedule: Schedule, at: i32| {
        let node = 1 + at % 3;
        schedule.at(ms(at as u64 * 500), Fault::MoveLeader { topic: "chaos".into(), partition: at % 3, node })
    };
    under((1..12).fold(schedule, leaders)).await;
}

#[tokio::test(start_paused = true)]
async fn replicas_that_stop_following() {
    let mut conf = Cluster::builder().nodes(3);
    conf.replica_lag = ms(400);
    let schedule = Schedule::new()
        .at(ms(500), follow(2, Replication::Stopped))
        .at(ms(4_000), follow(2, Replication::Instant))
        .at(ms(4_500), Fault::Kill(1))
        .at(ms(6_000), Fault::Revive(1));
    under_in(conf, schedule).await;
}

#[tokio::test(start_paused = true)]
async fn too_few_replicas_in_sync() {
    let mut conf = Cluster::builder().nodes(3);
    conf.replica_lag = ms(400);
    conf.min_insync_replicas = 2;
    let all = |how| {
        move |schedule: Schedule, node| {
            let at = if how == Replication::Stopped { 500 } else { 6_000 };
            schedule.at(ms(at), follow(node, how))
        }
    };
    let schedule = (1..=3).fold(Schedule::new(), all(Replication::Stopped));
    under_in(conf, (1..=3).fold(schedule, all(Replication::Instant))).await;
}

#[tokio::test(start_paused = true)]
async fn an_acknowledgement_waits_for_the_replicas_in_sync() {
    let mut conf = Cluster::builder().nodes(3).topic("t", 1).network(Network::Memory);
    conf.replica_lag = Duration::from_secs(1);
    let cluster = conf.start().await.unwrap();
    let mut conf = BrokerConf::new("test");
    conf.environment = Some(cluster.environment());
    let broker = Broker::dial(cluster.bootstrap(), conf).await.unwrap();
    let producer = broker.producer(ProducerConf::new()).unwrap();
    let write = async |value: &'static str| {
        let begin = Instant::now();
        producer.produce("t", 0, &mut [Message::value(value)]).await.unwrap();
        begin.elapsed()
    };
    assert_eq!(write("at once").await, Duration::ZERO);

    cluster.set_replication(2, Replication::Every(ms(40)));
    cluster.set_replication(3, Replication::Every(ms(90)));
    assert_eq!(write("when the slowest has it").await, ms(90));

    cluster.set_replication(3, Replication::Stopped);
    let waited = write("when the one that stopped is out").await;
    assert_eq!((waited, cluster.in_sync_replicas("t", 0)), (Duration::from_secs(1), vec![1, 2]));
    assert_eq!(write("when the others have it").await, ms(40));
    assert_eq!(cluster.records_at(3, "t", 0).len(), 2);

    cluster.heal();
    assert_eq!(cluster.in_sync_replicas("t", 0), [1, 2, 3]);
    for node in 1..=3 {
        assert_eq!(cluster.records_at(node, "t", 0), cluster.records("t", 0));
    }
    broker.close().await;
}
