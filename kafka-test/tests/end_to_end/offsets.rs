use kafka_client::{CommittedOffset, ErrorKind, OffsetCoordinatorConf};

use crate::target::{Target, unique, within};

pub(crate) async fn nothing_is_stored_before_a_commit(target: &Target) {
    let (broker, topic) = target.with_topic(1).await;
    let offsets =
        within(broker.offset_coordinator(OffsetCoordinatorConf::new(unique("group")))).await.unwrap();
    assert_eq!(within(offsets.offset(&topic, 0)).await.unwrap(), None);
}

pub(crate) async fn what_is_committed_comes_back_verbatim(target: &Target) {
    let (broker, topic) = target.with_topic(2).await;
    let offsets =
        within(broker.offset_coordinator(OffsetCoordinatorConf::new(unique("group")))).await.unwrap();
    within(offsets.commit(&topic, 1, 0)).await.unwrap();
    assert_eq!(within(offsets.offset(&topic, 1)).await.unwrap(), Some(CommittedOffset::new(0)));

    let mut full = CommittedOffset::new(42);
    full.metadata = "checkpoint ü".into();
    full.leader_epoch = target.is_at_least(2, 1).then_some(0);
    within(offsets.commit_full(&topic, 1, full.clone())).await.unwrap();
    assert_eq!(within(offsets.offset(&topic, 1)).await.unwrap(), Some(full));
}

pub(crate) async fn groups_and_partitions_are_kept_apart(target: &Target) {
    let (broker, topic) = target.with_topic(2).await;
    let one = within(broker.offset_coordinator(OffsetCoordinatorConf::new(unique("group")))).await.unwrap();
    let other = within(broker.offset_coordinator(OffsetCoordinatorConf::new(unique("group")))).await.unwrap();
    within(one.commit(&topic, 0, 1)).await.unwrap();
    within(one.commit(&topic, 1, 2)).await.unwrap();
    within(other.commit(&topic, 0, 3)).await.unwrap();
    for (offsets, partition, expected) in
        [(&one, 0, Some(1)), (&one, 1, Some(2)), (&other, 0, Some(3)), (&other, 1, None)]
    {
        let stored = within(offsets.offset(&topic, partition)).await.unwrap();
        assert_eq!(stored.map(|stored| stored.offset), expected);
    }
}

pub(crate) async fn a_negative_offset_is_refused(target: &Target) {
    let (broker, topic) = target.with_topic(1).await;
    let offsets =
        within(broker.offset_coordinator(OffsetCoordinatorConf::new(unique("group")))).await.unwrap();
    let error = within(offsets.commit(&topic, 0, -1)).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidRecord, "{error}");
}
