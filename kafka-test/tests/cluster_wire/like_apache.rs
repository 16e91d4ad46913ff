//! The cluster beside real Apache Kafka: the versions that its releases name. (What they answer: `tests/conformance`.)
#![cfg(all(feature = "apache", unix))]

use std::collections::BTreeMap;

use kafka_proto::messages::*;
use kafka_test::apache::{self, ApacheCluster};
use kafka_test::cluster::{Cluster, Network, Release};

use crate::client::Client;

async fn versions(client: &mut Client) -> BTreeMap<&'static str, (i16, i16)> {
    let answer = client.ask(&ApiVersionsRequest::default(), 0).await;
    let named = answer.api_keys.iter().filter_map(|listed| {
        let api = ApiKey::try_from(listed.api_key).ok()?;
        Some((api.name(), (listed.min_version, listed.max_version)))
    });
    named.collect()
}

#[tokio::test]
async fn releases_list_the_versions_that_they_really_have() {
    for release in Release::ALL {
        let Some(exact) = release.compared_with() else { continue };
        let Some(conf) = apache::require_or_skip(exact).await else { return };
        let real = ApacheCluster::start(conf).await.unwrap();
        let theirs = versions(&mut Client::connect_to(&real.bootstrap()).await).await;
        let cluster =
            Cluster::builder().network(Network::Memory).like_kafka(release.name()).start().await.unwrap();
        let ours = versions(&mut Client::connect(&cluster, 1).await).await;
        for (api, range) in &ours {
            assert_eq!(theirs.get(api), Some(range), "{api} of Kafka {exact}");
        }
        real.shutdown().await.unwrap();
    }
}
