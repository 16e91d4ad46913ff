//! `ApiVersions`.

use kafka_proto::messages::*;
use kafka_proto::wire::Writer;

use crate::compare::compare;
use crate::talk::Talk;

#[tokio::test]
async fn both_name_the_same_versions_and_refuse_the_same_clients() {
    compare(15, conversation).await;
}

async fn conversation(talk: &mut Talk) {
    let named = |name: &str, version: &str| ApiVersionsRequest {
        client_software_name: name.into(),
        client_software_version: version.into(),
        ..Default::default()
    };
    for version in talk.versions::<ApiVersionsRequest>() {
        talk.ask("of a client with a name", version, &named("kafka-client", "1.0.0")).await;
        talk.ask("of a client without a name", version, &named("", "1.0.0")).await;
        talk.ask("of a client without a version", version, &named("kafka-client", "")).await;
        talk.ask("of an illegal name", version, &named("kafka client", "1.0.0")).await;
        talk.ask("of a name that ends with a dash", version, &named("kafka-", "1.0.0")).await;
        talk.ask("of an illegal version", version, &named("kafka-client", "1.0/0")).await;
    }
    for version in [-1, 20, i16::MAX] {
        let mut frame = Writer::new();
        // The front of the header, which every version has.
        frame.put_i32(10);
        frame.put_i16(ApiKey::ApiVersions.key());
        frame.put_i16(version);
        frame.put_i32(1);
        frame.put_i16(-1);
        talk.ask_bytes::<ApiVersionsRequest>("in an unknown version", version, &frame.into_bytes()).await;
    }
}
