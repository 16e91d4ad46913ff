//! Connections that break or are refused, and slow nodes.

use kafka_test::cluster::chaos::{Fault, Schedule};

use crate::{ms, under};

#[tokio::test(start_paused = true)]
async fn connections_that_drop() {
    let drops = |schedule: Schedule, at: u64| schedule.at(ms(at), Fault::Disconnect(1 + at as i32 % 3));
    let report = under((0..60).map(|nth| 100 + nth * 100).fold(Schedule::new(), drops)).await;
    assert!(report.requests > 300, "{report:?}");
}

#[tokio::test(start_paused = true)]
async fn refused_connections() {
    for node in 1..=3 {
        let refuse = |refuse| Fault::RefuseConnections { node, refuse };
        under(
            Schedule::new()
                .at(ms(500), refuse(true))
                .at(ms(600), Fault::Disconnect(node))
                .at(ms(4_000), refuse(false)),
        )
        .await;
    }
}

#[tokio::test(start_paused = true)]
async fn every_connection_refused_for_a_while() {
    let all = |schedule: Schedule, node| {
        schedule
            .at(ms(500), Fault::RefuseConnections { node, refuse: true })
            .at(ms(501), Fault::Disconnect(node))
            .at(ms(8_000), Fault::RefuseConnections { node, refuse: false })
    };
    under((1..=3).fold(Schedule::new(), all)).await;
}

#[tokio::test(start_paused = true)]
async fn a_slow_node() {
    for bytes_per_second in [None, Some(1_000)] {
        let slow = |delay, bytes_per_second| Fault::SlowDown { node: 2, delay, bytes_per_second };
        let schedule =
            Schedule::new().at(ms(500), slow(ms(300), bytes_per_second)).at(ms(5_000), slow(ms(0), None));
        under(schedule).await;
    }
}
