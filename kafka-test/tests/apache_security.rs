//! TLS, SASL and ACLs of real Apache Kafka by short calls, proved with Kafka's own tools.
#![cfg(all(feature = "apache", unix))]
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::time::Duration;

use kafka_client::{Broker, BrokerConf, Message, NewTopic, ProducerConf, TlsConf};
use kafka_test::apache::{self, ApacheCluster, NEWEST_VERSION, SaslUser, ToolOutput};

const BOUND: Duration = Duration::from_secs(60);

/// Writes a record with Java's console producer; a refusal is over within seconds.
async fn produce(cluster: &ApacheCluster, listener: &str, login: Option<&SaslUser>) -> ToolOutput {
    let place = cluster.bootstrap_of(listener).unwrap();
    let file = cluster.client_properties(listener, login).await.unwrap();
    let file = file.to_str().unwrap();
    let arguments = ["--bootstrap-server", &place, "--topic", "fruits", "--command-config", file];
    let hurry = ["--command-property", "max.block.ms=5000", "--command-property", "delivery.timeout.ms=6000"];
    let more = ["--command-property", "request.timeout.ms=5000", "--command-property", "linger.ms=0"];
    let arguments = [&arguments[..], &hurry, &more].concat();
    cluster.tool("ConsoleProducer", &arguments, b"apple\n", BOUND).await.unwrap()
}

fn failed(output: &ToolOutput, why: &str) -> bool {
    (output.stderr.clone() + &output.stdout).contains(why)
}

/// How many records the topic has.
async fn count(cluster: &ApacheCluster) -> i64 {
    let broker = Broker::dial([cluster.bootstrap()], BrokerConf::new("count")).await.unwrap();
    broker.offset_latest("fruits", 0).await.unwrap()
}

async fn make_topic(cluster: &ApacheCluster) {
    let broker = Broker::dial([cluster.bootstrap()], BrokerConf::new("topics")).await.unwrap();
    broker.create_topics(&[NewTopic::new("fruits", 1)], BOUND, false).await.unwrap().remove(0).unwrap();
}

#[tokio::test]
async fn a_listener_speaks_tls_with_certificates_made_on_the_fly() {
    let Some(conf) = apache::require_or_skip(NEWEST_VERSION).await else { return };
    let cluster = ApacheCluster::start(conf.with_tls()).await.unwrap();
    make_topic(&cluster).await;
    let said = produce(&cluster, "TLS", None).await;
    assert!(said.status.success(), "{said:?}");
    assert_eq!(count(&cluster).await, 1, "{said:?}");

    let mut conf = BrokerConf::new("tls");
    conf.tls = Some(TlsConf::pem(cluster.authority().unwrap()));
    let broker = Broker::dial([cluster.bootstrap_of("TLS").unwrap()], conf).await.unwrap();
    let producer = broker.producer(ProducerConf::new()).unwrap();
    producer.produce("fruits", 0, &mut [Message::value("pear")]).await.unwrap();
    broker.close().await;
    assert_eq!(count(&cluster).await, 2);
    cluster.shutdown().await.unwrap();
}

#[tokio::test]
async fn users_log_in_by_their_password_and_do_what_acls_allow() {
    let Some(conf) = apache::require_or_skip(NEWEST_VERSION).await else { return };
    let users =
        ["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"].map(|how| SaslUser::new(how, "alice", "alice-pw"));
    let mut conf = conf.with_acls().with_user("PLAIN", "bob", "bob-pw");
    conf.sasl_users.extend(users.clone());
    let cluster = ApacheCluster::start(conf).await.unwrap();
    make_topic(&cluster).await;

    let nobody = SaslUser::new("PLAIN", "alice", "wrong");
    let said = produce(&cluster, "SASL", Some(&nobody)).await;
    assert!(failed(&said, "Authentication failed"), "{said:?}");
    let said = produce(&cluster, "SASL", Some(&users[0])).await;
    assert!(failed(&said, "Not authorized"), "{said:?}");
    assert_eq!(count(&cluster).await, 0);

    let place = cluster.bootstrap();
    let allow = ["--bootstrap-server", &place, "--add", "--allow-principal", "User:alice", "--producer"];
    let allow = [&allow[..], &["--topic", "fruits"]].concat();
    let said = cluster.tool("AclCommand", &allow, b"", BOUND).await.unwrap();
    assert!(said.status.success(), "{said:?}");
    for (written, user) in (1..).zip(&users) {
        let said = produce(&cluster, "SASL", Some(user)).await;
        assert!(said.status.success(), "{said:?}");
        assert_eq!(count(&cluster).await, written, "{}: {said:?}", user.mechanism);
    }
    let bob = SaslUser::new("PLAIN", "bob", "bob-pw");
    let said = produce(&cluster, "SASL", Some(&bob)).await;
    assert!(failed(&said, "Not authorized"), "{said:?}");
    cluster.shutdown().await.unwrap();
}
