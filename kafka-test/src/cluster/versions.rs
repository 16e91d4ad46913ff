//! Which versions of which API the nodes speak.

use std::ops::RangeInclusive;

use kafka_proto::messages::ApiKey;

use super::conf::ClusterConf;
use super::handlers;

/// A release of Apache Kafka that a cluster can be like: its API versions, and what it answers differently.
///
/// ```
/// use kafka_test::cluster::Release;
///
/// let old = Release::named("1.0").expect("a known release");
/// assert_eq!(old.name(), "1.0");
/// assert!(Release::named("0.7").is_none());
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Release {
    name: &'static str,
    /// `None`: every version that this crate can decode.
    versions: Option<&'static [(ApiKey, i16, i16)]>,
    /// Admin requests have to reach the controller; later nodes forward them.
    pub(crate) admin_at_controller: bool,
    /// A producer that the partition does not know has to begin at sequence 0; later brokers take any.
    pub(crate) refuses_unknown_producers: bool,
    /// A version of `ApiVersions` that a node does not have is answered with those that it has (KIP-511).
    pub(crate) names_versions_when_refusing: bool,
}

impl Release {
    /// The newest versions of everything.
    pub const NEWEST: Self = Self {
        name: "newest",
        versions: None,
        admin_at_controller: false,
        refuses_unknown_producers: false,
        names_versions_when_refusing: true,
    };

    /// All releases that are known, oldest first.
    pub const ALL: &'static [Self] = &[KAFKA_1_0, Self::NEWEST];

    /// The release of this name, such as `"1.0"`.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.iter().find(|release| release.name == name).copied()
    }

    /// Its name.
    pub fn name(&self) -> &'static str {
        self.name
    }

    fn range(&self, api: ApiKey) -> Option<RangeInclusive<i16>> {
        match self.versions {
            None => Some(decodable(api)),
            Some(table) => table.iter().find(|(key, ..)| *key == api).map(|&(_, min, max)| min..=max),
        }
    }
}

const KAFKA_1_0: Release = Release {
    name: "1.0",
    versions: Some(&[
        (ApiKey::Produce, 0, 5),
        (ApiKey::Fetch, 0, 6),
        (ApiKey::ListOffsets, 0, 2),
        (ApiKey::Metadata, 0, 5),
        (ApiKey::OffsetCommit, 0, 3),
        (ApiKey::OffsetFetch, 0, 3),
        (ApiKey::FindCoordinator, 0, 1),
        (ApiKey::JoinGroup, 0, 2),
        (ApiKey::Heartbeat, 0, 1),
        (ApiKey::LeaveGroup, 0, 1),
        (ApiKey::SyncGroup, 0, 1),
        (ApiKey::DescribeGroups, 0, 1),
        (ApiKey::ListGroups, 0, 1),
        (ApiKey::SaslHandshake, 0, 1),
        (ApiKey::ApiVersions, 0, 1),
        (ApiKey::CreateTopics, 0, 2),
        (ApiKey::DeleteTopics, 0, 1),
        (ApiKey::DeleteRecords, 0, 0),
        (ApiKey::InitProducerId, 0, 0),
        (ApiKey::OffsetForLeaderEpoch, 0, 0),
        (ApiKey::AddPartitionsToTxn, 0, 0),
        (ApiKey::AddOffsetsToTxn, 0, 0),
        (ApiKey::EndTxn, 0, 0),
        (ApiKey::TxnOffsetCommit, 0, 0),
        (ApiKey::DescribeAcls, 0, 0),
        (ApiKey::CreateAcls, 0, 0),
        (ApiKey::DeleteAcls, 0, 0),
        (ApiKey::DescribeConfigs, 0, 0),
        (ApiKey::AlterConfigs, 0, 0),
        (ApiKey::SaslAuthenticate, 0, 0),
        (ApiKey::CreatePartitions, 0, 0),
    ]),
    admin_at_controller: true,
    refuses_unknown_producers: true,
    names_versions_when_refusing: false,
};

impl ClusterConf {
    pub(crate) fn release(&self) -> Release {
        self.release.clone().unwrap_or(Release::NEWEST)
    }

    /// The versions of an API that a node of this cluster answers; `None`: it does not have the API.
    pub(crate) fn versions_of(&self, api: ApiKey) -> Option<RangeInclusive<i16>> {
        let ours = decodable(api);
        let range = match self.versions.get(&(api as i16)) {
            Some(set) => set.map(|(min, max)| min..=max)?,
            None => self.release().range(api)?,
        };
        let range = *range.start().max(ours.start())..=*range.end().min(ours.end());
        (!range.is_empty()).then_some(range)
    }

    /// Whether a node takes this version of an API. Newer brokers list Produce 0 to 2 for old clients that would not
    /// speak to them otherwise, and then refuse them.
    pub(crate) fn accepts(&self, api: ApiKey, version: i16) -> bool {
        let listed = self.versions_of(api).is_some_and(|versions| versions.contains(&version));
        let refused = api == ApiKey::Produce && version < 3 && !self.release().admin_at_controller;
        listed && !refused && handlers::find(api).is_some()
    }
}

fn decodable(api: ApiKey) -> RangeInclusive<i16> {
    let versions = api.valid_versions();
    versions.oldest()..=versions.newest()
}
