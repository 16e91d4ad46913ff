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
        let mut writer = Writer::new();
        let header = RequestHeader {
            request_api_key: ApiKey::ApiVersions.key(),
            request_api_version: version,
            correlation_id: talk.next_correlation_id(),
            client_id: Some("raw".into()),
            ..Default::default()
        };
        writer.put_frame(|writer| {
            kafka_proto::wire::Message::encode(&header, writer, if version < 0 { 1 } else { 2 })?;
            Ok::<(), kafka_proto::wire::EncodeError>(())
        })
        .unwrap();
        talk.ask_bytes::<ApiVersionsRequest>("in an unknown version", version, &writer.into_bytes()).await;
    }
}
