//! The APIs and their versions, compared with the list that Apache Kafka's own code gives.

use std::collections::{BTreeMap, BTreeSet};

use kafka_proto::messages::ApiKey;
use serde_json::Value;

/// APIs that brokers use among themselves.
pub(crate) const BETWEEN_BROKERS: [i64; 21] =
    [4, 5, 6, 7, 52, 53, 54, 56, 58, 59, 62, 63, 67, 70, 73, 82, 83, 84, 85, 86, 87];

#[test]
fn every_version_of_every_api_is_there_with_its_headers() {
    let rows: Vec<Value> = serde_json::from_str(include_str!("../vectors/apis.json")).unwrap();
    let mut versions: BTreeMap<i16, BTreeSet<i16>> = BTreeMap::new();
    for row in &rows {
        let number = |name: &str| row[name].as_i64().unwrap();
        let key = number("api_key");
        // Version 0 of the share group APIs was an early access of Kafka 3.9, which no release keeps.
        let early_access = (76..=79).contains(&key) && number("version") == 0;
        if BETWEEN_BROKERS.contains(&key) {
            assert!(ApiKey::try_from(key as i16).is_err());
            continue;
        }
        if early_access {
            continue;
        }
        let api = ApiKey::try_from(key as i16).unwrap();
        let version = number("version") as i16;
        assert_eq!(api.name(), row["name"].as_str().unwrap());
        assert_eq!(api.flexible(version), row["flexible"].as_bool().unwrap(), "{api} {version}");
        assert_eq!(i64::from(api.request_header_version(version)), number("request_header_version"));
        assert_eq!(i64::from(api.response_header_version(version)), number("response_header_version"));
        assert_eq!(api.request_schema().versions, api.response_schema().versions);
        assert_eq!(api.request_schema().flexible, api.response_schema().flexible);
        assert!(api.request_schema().versions.contains(version), "{api} {version}");
        let offered = api.valid_versions().contains(version);
        assert_eq!(offered, !row["unstable"].as_bool().unwrap(), "{api} {version}");
        versions.entry(key as i16).or_default().insert(version);
    }
    for &api in ApiKey::ALL {
        let known = api.request_schema().versions;
        let listed: Vec<i16> = versions[&api.key()].iter().copied().collect();
        assert_eq!(listed, (known.oldest()..=known.newest()).collect::<Vec<_>>(), "{api}");
    }
}
