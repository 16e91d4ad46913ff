//! Which versions of which API the nodes speak.

use std::ops::RangeInclusive;

use kafka_proto::messages::ApiKey;

use super::conf::ClusterConf;
use super::handlers;
use super::releases::{self, COLUMNS};

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
    /// Which column of the table; `None`: every version that this crate can decode.
    column: Option<usize>,
    number: (u8, u8),
}

impl Release {
    /// The newest versions of everything.
    pub const NEWEST: Self = Self { column: None, number: (u8::MAX, 0) };

    /// All releases that are known, oldest first.
    pub const ALL: &'static [Self] = &[
        Self { column: Some(0), number: (1, 0) },
        Self { column: Some(1), number: (2, 0) },
        Self { column: Some(2), number: (2, 4) },
        Self { column: Some(3), number: (2, 8) },
        Self { column: Some(4), number: (3, 9) },
        Self { column: Some(5), number: (4, 3) },
        Self::NEWEST,
    ];

    /// The release of this name, such as `"1.0"`.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.iter().find(|release| release.name() == name).copied()
    }

    /// Its name.
    pub fn name(&self) -> &'static str {
        self.column.and_then(|column| COLUMNS.get(column)).map_or("newest", |(name, _)| name)
    }

    /// The exact version of Apache Kafka that this crate is compared with; `None` for the newest versions of
    /// everything, which no release has.
    pub fn compared_with(&self) -> Option<&'static str> {
        self.column.and_then(|column| COLUMNS.get(column)).map(|(_, exact)| *exact)
    }

    fn range(&self, api: ApiKey) -> Option<RangeInclusive<i16>> {
        match self.column {
            None => Some(decodable(api)),
            Some(column) => releases::range(column, api).map(|(min, max)| min..=max),
        }
    }

    /// Admin requests have to reach the controller; later nodes forward them (KIP-590).
    pub(crate) fn admin_at_controller(&self) -> bool {
        self.number < (3, 0)
    }

    /// A throttled client is answered at once and not listened to afterwards; before, the answer waits (KIP-219).
    pub(crate) fn mutes_after_answering(&self) -> bool {
        self.number >= (2, 0)
    }

    /// A producer that the partition does not know has to begin at sequence 0; later brokers take any (KIP-360).
    pub(crate) fn refuses_unknown_producers(&self) -> bool {
        self.number < (2, 5)
    }

    /// A version of `ApiVersions` that a node does not have is answered with those that it has (KIP-511).
    pub(crate) fn names_versions_when_refusing(&self) -> bool {
        self.number >= (2, 4)
    }

    /// Produce 0 to 2 are listed for old clients that would not speak to the node otherwise, and then refused (KIP-896).
    pub(crate) fn refuses_listed_produce(&self) -> bool {
        self.number >= (4, 0)
    }
}

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

    /// Whether a node takes this version of an API.
    pub(crate) fn accepts(&self, api: ApiKey, version: i16) -> bool {
        let listed = self.versions_of(api).is_some_and(|versions| versions.contains(&version));
        let refused = api == ApiKey::Produce && version < 3 && self.release().refuses_listed_produce();
        listed && !refused && handlers::find(api).is_some()
    }
}

fn decodable(api: ApiKey) -> RangeInclusive<i16> {
    let versions = api.valid_versions();
    versions.oldest()..=versions.newest()
}
