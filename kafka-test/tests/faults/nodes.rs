//! Nodes that die, move what they lead and coordinate, or have full disks and wrong clocks.

use kafka_test::cluster::Cluster;
use kafka_test::cluster::chaos::{Fault, Schedule};

use crate::{PARTITIONS, TOPIC, ms, under, under_in};

/// Each node in turn, two seconds each.
fn each_node_in_turn(fault: impl Fn(i32) -> Fault, mend: impl Fn(i32) -> Fault) -> Schedule {
    (1..=3).fold(Schedule::new(), |schedule, node| {
        let begin = node as u64 * 2_000;
        schedule.at(ms(begin), fault(node)).at(ms(begin + 1_500), mend(node))
    })
}

#[tokio::test(start_paused = true)]
async fn nodes_that_die_and_come_back() {
    under(each_node_in_turn(Fault::Kill, Fault::Revive)).await;
}

#[tokio::test(start_paused = true)]
async fn nodes_whose_death_is_noticed_late() {
    let mut conf = Cluster::builder().nodes(3);
    conf.session_timeout = ms(900);
    under_in(conf, each_node_in_turn(Fault::Kill, Fault::Revive)).await;
}

#[tokio::test(start_paused = true)]
async fn a_cluster_that_is_gone_for_a_while() {
    let gone = |schedule: Schedule, node| {
        schedule.at(ms(1_000), Fault::Kill(node)).at(ms(9_000 + node as u64), Fault::Revive(node))
    };
    under((1..=3).fold(Schedule::new(), gone)).await;
}

#[tokio::test(start_paused = true)]
async fn full_disks() {
    under(each_node_in_turn(Fault::FailDisk, Fault::MendDisk)).await;
}

#[tokio::test(start_paused = true)]
async fn every_disk_full_for_a_while() {
    let full = |schedule: Schedule, node| {
        schedule.at(ms(1_000), Fault::FailDisk(node)).at(ms(5_000), Fault::MendDisk(node))
    };
    under((1..=3).fold(Schedule::new(), full)).await;
}

#[tokio::test(start_paused = true)]
async fn wrong_clocks() {
    // The times of the records are the nodes', and the leaders move between clocks that are an hour apart.
    let mut conf = Cluster::builder().nodes(3);
    conf.log_append_time = true;
    let skew = |by_ms| move |node| Fault::SkewClock { node, by_ms };
    let moves = |schedule: Schedule, at: i32| {
        let (partition, node) = (at % PARTITIONS, 1 + (at + 1) % 3);
        schedule.at(ms(at as u64 * 300), Fault::MoveLeader { topic: TOPIC.to_owned(), partition, node })
    };
    under_in(conf, (0..20).fold(each_node_in_turn(skew(-3_600_000), skew(0)), moves)).await;
}

#[tokio::test(start_paused = true)]
async fn leaders_that_move() {
    let moves = |schedule: Schedule, at: i32| {
        let (partition, node) = (at % PARTITIONS, 1 + (at * 7 / 3) % 3);
        let topic = TOPIC.to_owned();
        schedule.at(ms(at as u64 * 100), Fault::MoveLeader { topic, partition, node })
    };
    under((1..60).fold(Schedule::new(), moves)).await;
}

#[tokio::test(start_paused = true)]
async fn leaders_that_are_lost() {
    let lost = |schedule: Schedule, partition: i32| {
        let topic = || TOPIC.to_owned();
        schedule
            .at(ms(1_000), Fault::LoseLeader { topic: topic(), partition })
            .at(ms(5_000), Fault::ElectPreferredLeader { topic: topic(), partition })
    };
    under((0..PARTITIONS).fold(Schedule::new(), lost)).await;
}

#[tokio::test(start_paused = true)]
async fn a_coordinator_that_moves() {
    let moves = |schedule: Schedule, at: u64| {
        let group = TOPIC.to_owned();
        schedule.at(ms(at * 200), Fault::MoveCoordinator { group, node: 1 + at as i32 % 3 })
    };
    under((1..30).fold(Schedule::new(), moves)).await;
}

#[tokio::test(start_paused = true)]
async fn fetch_sessions_that_are_forgotten() {
    let forgets = |schedule: Schedule, at: u64| schedule.at(ms(at * 100), Fault::EvictFetchSessions);
    under((1..60).fold(Schedule::new(), forgets)).await;
}
