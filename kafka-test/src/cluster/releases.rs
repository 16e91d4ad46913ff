//! What brokers of each release answer to `ApiVersions`, read off running ones.

use kafka_proto::messages::ApiKey;

/// The releases of the columns below, each with the exact version that was asked.
pub(crate) const COLUMNS: [(&str, &str); 6] = [
    ("1.0", "1.0.2"),
    ("2.0", "2.0.1"),
    ("2.4", "2.4.1"),
    ("2.8", "2.8.2"),
    ("3.9", "3.9.2"),
    ("4.3", "4.3.1"),
];

type Range = Option<(i16, i16)>;

/// From the first version to the second.
#[expect(clippy::unnecessary_wraps, reason = "the table below reads better without `Some`")]
const fn v(min: i16, max: i16) -> Range {
    Some((min, max))
}

/// The release does not have the API.
const NO: Range = None;

/// The versions of an API in the release of a column.
pub(crate) fn range(column: usize, api: ApiKey) -> Range {
    let row = VERSIONS.iter().find(|(key, _)| *key == api)?;
    row.1.get(column).copied().flatten()
}

#[rustfmt::skip]
const VERSIONS: &[(ApiKey, [Range; COLUMNS.len()])] = &[
    //                                           1.0       2.0       2.4       2.8       3.9       4.3
    (ApiKey::Produce,                      [v(0, 5),  v(0, 6),  v(0, 8),  v(0, 9),  v(0, 11), v(0, 13)]),
    (ApiKey::Fetch,                        [v(0, 6),  v(0, 8),  v(0, 11), v(0, 12), v(0, 17), v(4, 18)]),
    (ApiKey::ListOffsets,                  [v(0, 2),  v(0, 3),  v(0, 5),  v(0, 6),  v(0, 9),  v(1, 11)]),
    (ApiKey::Metadata,                     [v(0, 5),  v(0, 6),  v(0, 9),  v(0, 11), v(0, 12), v(0, 13)]),
    (ApiKey::OffsetCommit,                 [v(0, 3),  v(0, 4),  v(0, 8),  v(0, 8),  v(0, 9),  v(2, 10)]),
    (ApiKey::OffsetFetch,                  [v(0, 3),  v(0, 4),  v(0, 6),  v(0, 7),  v(0, 9),  v(1, 10)]),
    (ApiKey::FindCoordinator,              [v(0, 1),  v(0, 2),  v(0, 3),  v(0, 3),  v(0, 6),  v(0, 6)]),
    (ApiKey::JoinGroup,                    [v(0, 2),  v(0, 3),  v(0, 6),  v(0, 7),  v(0, 9),  v(0, 9)]),
    (ApiKey::Heartbeat,                    [v(0, 1),  v(0, 2),  v(0, 4),  v(0, 4),  v(0, 4),  v(0, 4)]),
    (ApiKey::LeaveGroup,                   [v(0, 1),  v(0, 2),  v(0, 4),  v(0, 4),  v(0, 5),  v(0, 5)]),
    (ApiKey::SyncGroup,                    [v(0, 1),  v(0, 2),  v(0, 4),  v(0, 5),  v(0, 5),  v(0, 5)]),
    (ApiKey::DescribeGroups,               [v(0, 1),  v(0, 2),  v(0, 5),  v(0, 5),  v(0, 5),  v(0, 6)]),
    (ApiKey::ListGroups,                   [v(0, 1),  v(0, 2),  v(0, 3),  v(0, 4),  v(0, 5),  v(0, 5)]),
    (ApiKey::SaslHandshake,                [v(0, 1),  v(0, 1),  v(0, 1),  v(0, 1),  v(0, 1),  v(0, 1)]),
    (ApiKey::ApiVersions,                  [v(0, 1),  v(0, 2),  v(0, 3),  v(0, 3),  v(0, 4),  v(0, 4)]),
    (ApiKey::CreateTopics,                 [v(0, 2),  v(0, 3),  v(0, 5),  v(0, 7),  v(0, 7),  v(2, 7)]),
    (ApiKey::DeleteTopics,                 [v(0, 1),  v(0, 2),  v(0, 4),  v(0, 6),  v(0, 6),  v(1, 6)]),
    (ApiKey::DeleteRecords,                [v(0, 0),  v(0, 1),  v(0, 1),  v(0, 2),  v(0, 2),  v(0, 2)]),
    (ApiKey::InitProducerId,               [v(0, 0),  v(0, 1),  v(0, 2),  v(0, 4),  v(0, 5),  v(0, 5)]),
    (ApiKey::OffsetForLeaderEpoch,         [v(0, 0),  v(0, 1),  v(0, 3),  v(0, 4),  v(0, 4),  v(2, 4)]),
    (ApiKey::AddPartitionsToTxn,           [v(0, 0),  v(0, 1),  v(0, 1),  v(0, 3),  v(0, 5),  v(0, 5)]),
    (ApiKey::AddOffsetsToTxn,              [v(0, 0),  v(0, 1),  v(0, 1),  v(0, 3),  v(0, 4),  v(0, 4)]),
    (ApiKey::EndTxn,                       [v(0, 0),  v(0, 1),  v(0, 1),  v(0, 3),  v(0, 4),  v(0, 5)]),
    (ApiKey::WriteTxnMarkers,              [v(0, 0),  v(0, 0),  v(0, 0),  v(0, 1),  v(0, 1),  v(1, 2)]),
    (ApiKey::TxnOffsetCommit,              [v(0, 0),  v(0, 1),  v(0, 2),  v(0, 3),  v(0, 4),  v(0, 5)]),
    (ApiKey::DescribeAcls,                 [v(0, 0),  v(0, 1),  v(0, 1),  v(0, 2),  v(0, 3),  v(1, 3)]),
    (ApiKey::CreateAcls,                   [v(0, 0),  v(0, 1),  v(0, 1),  v(0, 2),  v(0, 3),  v(1, 3)]),
    (ApiKey::DeleteAcls,                   [v(0, 0),  v(0, 1),  v(0, 1),  v(0, 2),  v(0, 3),  v(1, 3)]),
    (ApiKey::DescribeConfigs,              [v(0, 0),  v(0, 2),  v(0, 2),  v(0, 4),  v(0, 4),  v(1, 4)]),
    (ApiKey::AlterConfigs,                 [v(0, 0),  v(0, 1),  v(0, 1),  v(0, 2),  v(0, 2),  v(0, 2)]),
    (ApiKey::AlterReplicaLogDirs,          [v(0, 0),  v(0, 1),  v(0, 1),  v(0, 2),  v(0, 2),  v(1, 2)]),
    (ApiKey::DescribeLogDirs,              [v(0, 0),  v(0, 1),  v(0, 1),  v(0, 2),  v(0, 4),  v(1, 5)]),
    (ApiKey::SaslAuthenticate,             [v(0, 0),  v(0, 0),  v(0, 1),  v(0, 2),  v(0, 2),  v(0, 2)]),
    (ApiKey::CreatePartitions,             [v(0, 0),  v(0, 1),  v(0, 1),  v(0, 3),  v(0, 3),  v(0, 3)]),
    (ApiKey::CreateDelegationToken,        [NO,       v(0, 1),  v(0, 2),  v(0, 2),  v(0, 3),  v(1, 3)]),
    (ApiKey::RenewDelegationToken,         [NO,       v(0, 1),  v(0, 1),  v(0, 2),  v(0, 2),  v(1, 2)]),
    (ApiKey::ExpireDelegationToken,        [NO,       v(0, 1),  v(0, 1),  v(0, 2),  v(0, 2),  v(1, 2)]),
    (ApiKey::DescribeDelegationToken,      [NO,       v(0, 1),  v(0, 1),  v(0, 2),  v(0, 3),  v(1, 3)]),
    (ApiKey::DeleteGroups,                 [NO,       v(0, 1),  v(0, 2),  v(0, 2),  v(0, 2),  v(0, 2)]),
    (ApiKey::ElectLeaders,                 [NO,       NO,       v(0, 2),  v(0, 2),  v(0, 2),  v(0, 2)]),
    (ApiKey::IncrementalAlterConfigs,      [NO,       NO,       v(0, 1),  v(0, 1),  v(0, 1),  v(0, 1)]),
    (ApiKey::AlterPartitionReassignments,  [NO,       NO,       v(0, 0),  v(0, 0),  v(0, 0),  v(0, 1)]),
    (ApiKey::ListPartitionReassignments,   [NO,       NO,       v(0, 0),  v(0, 0),  v(0, 0),  v(0, 0)]),
    (ApiKey::OffsetDelete,                 [NO,       NO,       v(0, 0),  v(0, 0),  v(0, 0),  v(0, 0)]),
    (ApiKey::DescribeClientQuotas,         [NO,       NO,       NO,       v(0, 1),  v(0, 1),  v(0, 1)]),
    (ApiKey::AlterClientQuotas,            [NO,       NO,       NO,       v(0, 1),  v(0, 1),  v(0, 1)]),
    (ApiKey::DescribeUserScramCredentials, [NO,       NO,       NO,       v(0, 0),  v(0, 0),  v(0, 0)]),
    (ApiKey::AlterUserScramCredentials,    [NO,       NO,       NO,       v(0, 0),  v(0, 0),  v(0, 0)]),
    (ApiKey::DescribeQuorum,               [NO,       NO,       NO,       NO,       v(0, 2),  v(0, 2)]),
    (ApiKey::UpdateFeatures,               [NO,       NO,       NO,       v(0, 0),  v(0, 1),  v(0, 2)]),
    (ApiKey::DescribeCluster,              [NO,       NO,       NO,       v(0, 0),  v(0, 1),  v(0, 2)]),
    (ApiKey::DescribeProducers,            [NO,       NO,       NO,       v(0, 0),  v(0, 0),  v(0, 0)]),
    (ApiKey::UnregisterBroker,             [NO,       NO,       NO,       NO,       v(0, 0),  v(0, 0)]),
    (ApiKey::DescribeTransactions,         [NO,       NO,       NO,       NO,       v(0, 0),  v(0, 0)]),
    (ApiKey::ListTransactions,             [NO,       NO,       NO,       NO,       v(0, 1),  v(0, 2)]),
    (ApiKey::ConsumerGroupHeartbeat,       [NO,       NO,       NO,       NO,       v(0, 0),  v(0, 1)]),
    (ApiKey::ConsumerGroupDescribe,        [NO,       NO,       NO,       NO,       v(0, 0),  v(0, 1)]),
    (ApiKey::ListConfigResources,          [NO,       NO,       NO,       NO,       v(0, 0),  v(0, 1)]),
    (ApiKey::DescribeTopicPartitions,      [NO,       NO,       NO,       NO,       v(0, 0),  v(0, 0)]),
    (ApiKey::ShareGroupHeartbeat,          [NO,       NO,       NO,       NO,       NO,       v(1, 1)]),
    (ApiKey::ShareGroupDescribe,           [NO,       NO,       NO,       NO,       NO,       v(1, 1)]),
    (ApiKey::ShareFetch,                   [NO,       NO,       NO,       NO,       NO,       v(1, 2)]),
    (ApiKey::ShareAcknowledge,             [NO,       NO,       NO,       NO,       NO,       v(1, 2)]),
    (ApiKey::AddRaftVoter,                 [NO,       NO,       NO,       NO,       v(0, 0),  v(0, 1)]),
    (ApiKey::RemoveRaftVoter,              [NO,       NO,       NO,       NO,       v(0, 0),  v(0, 0)]),
    (ApiKey::StreamsGroupHeartbeat,        [NO,       NO,       NO,       NO,       NO,       v(0, 0)]),
    (ApiKey::StreamsGroupDescribe,         [NO,       NO,       NO,       NO,       NO,       v(0, 0)]),
    (ApiKey::DescribeShareGroupOffsets,    [NO,       NO,       NO,       NO,       NO,       v(0, 1)]),
    (ApiKey::AlterShareGroupOffsets,       [NO,       NO,       NO,       NO,       NO,       v(0, 0)]),
    (ApiKey::DeleteShareGroupOffsets,      [NO,       NO,       NO,       NO,       NO,       v(0, 0)]),
];
