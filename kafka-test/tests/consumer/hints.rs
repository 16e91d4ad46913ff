//! Leaders that have moved, as the answers of their predecessors say (KIP-951).

use std::time::Duration;

use kafka_client::{AssignedConsumerConf, Consumer};
use kafka_proto::messages::ApiKey;
use kafka_test::cluster::Action;

use crate::{Setup, TOPIC, numbers, speaking, text, within};

/// The first version of Fetch whose answers say who leads instead.
const SAYS: i16 = 16;

#[tokio::test(start_paused = true)]
async fn a_leader_that_has_moved_is_followed_by_what_the_old_one_says_without_asking_for_metadata() {
    for version in [SAYS, 18] {
        let setup = Setup::of(speaking(version)).await;
        let any = setup.broker.assigned_consumer(AssignedConsumerConf::new()).unwrap();
        any.add((TOPIC, 0)).unwrap();
        let consumers: [Box<dyn Consumer>; 2] = [Box::new(setup.consumer(0).await), Box::new(any)];
        setup.write(0, numbers(0..1));
        for mut consumer in consumers {
            let mut next = 1;
            assert_eq!(text(&within(consumer.consume()).await.unwrap()), "0");
            while next as i64 != setup.cluster.high_watermark(TOPIC, 0).unwrap() {
                within(consumer.consume()).await.unwrap();
                next += 1;
            }
            let rule =
                setup.cluster.control(|request| (request.api() == ApiKey::Metadata).then(Action::stall));
            // To nodes that have led it before and to one that has not.
            for _ in 0..4 {
                let leader = setup.cluster.leader(TOPIC, 0).unwrap();
                assert!(setup.cluster.move_leader(TOPIC, 0, leader % 3 + 1));
                setup.write(0, numbers(next..next + 1));
                let message = tokio::time::timeout(Duration::from_secs(1), consumer.consume()).await;
                let message = message.expect("it waits for metadata").unwrap();
                assert_eq!(text(&message), next.to_string(), "version {version}");
                assert_eq!(message.leader_epoch, setup.cluster.leader_epoch(TOPIC, 0));
                next += 1;
            }
            setup.cluster.release(rule);
        }
    }
}

/// The other way round: without such answers metadata is what is waited for, so the test above can fail.
#[tokio::test(start_paused = true)]
async fn nodes_that_do_not_say_who_leads_leave_it_to_metadata() {
    let setup = Setup::of(speaking(SAYS - 1)).await;
    let mut consumer = setup.consumer(0).await;
    setup.write(0, numbers(0..1));
    assert_eq!(text(&within(consumer.consume()).await.unwrap()), "0");
    let rule = setup.cluster.control(|request| (request.api() == ApiKey::Metadata).then(Action::stall));
    let leader = setup.cluster.leader(TOPIC, 0).unwrap();
    assert!(setup.cluster.move_leader(TOPIC, 0, leader % 3 + 1));
    setup.write(0, numbers(1..2));
    assert!(tokio::time::timeout(Duration::from_secs(5), consumer.consume()).await.is_err());
    setup.cluster.release(rule);
    assert_eq!(text(&within(consumer.consume()).await.unwrap()), "1");
}
