//! Whatever a client may meet instead of the cluster it was promised: each is an error within its bound that says
//! what was wrong.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

use std::sync::Arc;
use std::time::{Duration, Instant};

use kafka_client::{
    Broker, BrokerConf, ConsumerConf, Error, ErrorKind, OffsetCoordinatorConf, ProducerConf, RequiredAcks,
    StartOffset, TlsConf,
};
use kafka_test::cluster::Cluster;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

/// One attempt of at most a second.
fn once() -> BrokerConf {
    let mut conf = BrokerConf::new("bad-input");
    conf.dial_retry_limit = Some(1);
    conf.dial_timeout = Duration::from_secs(1);
    conf.read_timeout = Duration::from_secs(1);
    conf
}

/// A server that reads what comes and answers each connection with `answer`, then keeps it open.
async fn server(answer: &'static [u8]) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap().to_string();
    tokio::spawn(async move {
        loop {
            let (mut stream, _) = listener.accept().await.unwrap();
            tokio::spawn(async move {
                let mut buffer = vec![0; 4096];
                let _ = stream.read(&mut buffer).await;
                let _ = stream.write_all(answer).await;
                while stream.read(&mut buffer).await.is_ok_and(|read| read > 0) {}
            });
        }
    });
    address
}

async fn refused(seeds: &[String], conf: BrokerConf) -> Error {
    let began = Instant::now();
    let error = Broker::dial(seeds.to_vec(), conf).await.unwrap_err();
    assert!(began.elapsed() < Duration::from_secs(5), "{:?} for: {error}", began.elapsed());
    error
}

fn says(error: &Error, kind: ErrorKind, words: &[&str]) {
    assert_eq!(error.kind(), kind, "{error}");
    for word in words {
        assert!(error.to_string().contains(word), "{error} lacks {word:?}");
    }
}

#[tokio::test]
async fn a_port_where_nobody_listens() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap().to_string();
    drop(listener);
    says(&refused(std::slice::from_ref(&address), once()).await, ErrorKind::Connect, &[&address, "refused"]);
}

#[tokio::test]
async fn a_web_server() {
    let address = server(b"HTTP/1.1 400 Bad Request\r\n\r\n").await;
    says(&refused(&[address], once()).await, ErrorKind::Protocol, &["HTTP", "not a Kafka listener"]);
}

#[tokio::test]
async fn a_server_that_says_nothing() {
    let address = server(b"").await;
    let error = refused(std::slice::from_ref(&address), once()).await;
    assert!(matches!(error.kind(), ErrorKind::Connect | ErrorKind::TimedOut), "{error}");
    assert!(error.to_string().contains(&address), "{error}");
}

#[tokio::test]
async fn a_server_that_closes_at_once() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap().to_string();
    tokio::spawn(async move {
        loop {
            drop(listener.accept().await.unwrap());
        }
    });
    says(&refused(&[address], once()).await, ErrorKind::Connect, &["TLS or SASL"]);
}

#[tokio::test]
async fn a_server_that_announces_a_huge_answer() {
    let address = server(&[0x7f, 0xff, 0xff, 0xff, 0, 0, 0, 0]).await;
    says(&refused(&[address], once()).await, ErrorKind::Protocol, &["max_response_size"]);
}

#[tokio::test]
async fn a_server_that_answers_garbage() {
    // A frame of the right form, with the right correlation id, that is no answer to ApiVersions.
    let address = server(&[0, 0, 0, 12, 0, 0, 0, 0, 0, 0, 0x7f, 0xff, 0xff, 0xff, 1, 2]).await;
    says(&refused(&[address], once()).await, ErrorKind::Protocol, &["ApiVersions", "not Kafka"]);
}

#[tokio::test]
async fn a_server_that_answers_another_request() {
    let address = server(&[0, 0, 0, 6, 0, 0, 0, 9, 0, 0]).await;
    says(&refused(&[address], once()).await, ErrorKind::Protocol, &["correlation id 9 where 0 was due"]);
}

#[tokio::test]
async fn one_good_address_among_bad_ones_is_enough() {
    let cluster = Cluster::builder().start().await.unwrap();
    let mut seeds = vec![server(b"HTTP/1.1 400").await, server(b"").await];
    seeds.extend(cluster.bootstrap());
    let began = Instant::now();
    Broker::dial(seeds, once()).await.unwrap();
    assert!(began.elapsed() < Duration::from_secs(5));
}

#[tokio::test]
async fn tls_to_a_plaintext_listener() {
    let cluster = Cluster::builder().start().await.unwrap();
    let mut conf = once();
    conf.tls = Some(TlsConf::rustls(Arc::new(anybody())));
    let error = refused(&cluster.bootstrap(), conf).await;
    assert!(error.to_string().contains("plaintext listener"), "{error}");
}

#[tokio::test]
async fn plaintext_to_a_tls_listener() {
    // What a TLS server answers to bytes that are no TLS: a fatal alert, protocol_version.
    let address = server(&[0x15, 0x03, 0x03, 0, 2, 2, 70]).await;
    says(&refused(&[address], once()).await, ErrorKind::Protocol, &["TLS", "BrokerConf.tls"]);
}

/// A TLS configuration that would trust nobody: it does not come to that.
fn anybody() -> rustls::ClientConfig {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(rustls::RootCertStore::empty())
        .with_no_client_auth()
}

#[tokio::test]
async fn files_that_are_not_there_are_named() {
    let mut conf = once();
    conf.tls = Some(TlsConf::pem("/no/such/ca.pem"));
    says(&refused(&["localhost:1".to_owned()], conf).await, ErrorKind::InvalidConfig, &["/no/such/ca.pem"]);
}

#[tokio::test]
async fn addresses_that_are_none_are_named() {
    for (seeds, words) in [
        (vec![], &["no addresses"][..]),
        (vec!["localhost".to_owned()], &["localhost", "no port"]),
        (vec!["localhost:70000".to_owned()], &["70000"]),
    ] {
        says(&refused(&seeds, once()).await, ErrorKind::InvalidConfig, words);
    }
}

#[test]
fn outside_of_a_runtime_there_is_an_error_and_no_panic() {
    let dialling = Broker::dial(["localhost:9092"], once());
    let mut dialling = std::pin::pin!(dialling);
    let mut context = std::task::Context::from_waker(std::task::Waker::noop());
    match dialling.as_mut().poll(&mut context) {
        std::task::Poll::Ready(Err(error)) => says(&error, ErrorKind::InvalidConfig, &["tokio runtime"]),
        other => panic!("{other:?}"),
    }
}

/// Makes one field of a configuration wrong.
type Spoil<C> = fn(&mut C);

#[tokio::test]
async fn configurations_that_cannot_work_name_the_field() {
    let cluster = Cluster::builder().topic("t", 1).start().await.unwrap();
    let broker = Broker::dial(cluster.bootstrap(), once()).await.unwrap();

    let producers: [(&str, Spoil<ProducerConf>); 6] = [
        ("max_in_flight", |conf| conf.max_in_flight = 0),
        ("max_in_flight", |conf| conf.max_in_flight = 6),
        ("batch_size", |conf| conf.batch_size = 0),
        ("buffer_memory", |conf| conf.buffer_memory = 10),
        ("retry_limit", |conf| conf.retry_limit = Some(0)),
        ("idempotence", |conf| {
            conf.idempotence = kafka_client::Idempotence::On;
            conf.required_acks = RequiredAcks::One;
        }),
    ];
    for (field, spoil) in producers {
        let mut conf = ProducerConf::new();
        spoil(&mut conf);
        says(&broker.producer(conf).unwrap_err(), ErrorKind::InvalidConfig, &[field]);
    }

    let consumers: [(&str, Spoil<ConsumerConf>); 5] = [
        ("topic", |conf| conf.topic = "".into()),
        ("partition", |conf| conf.partition = -1),
        ("max_fetch_size", |conf| conf.max_fetch_size = 0),
        ("min_fetch_size", |conf| conf.min_fetch_size = i32::MAX),
        ("start_offset", |conf| conf.start_offset = StartOffset::At(-3)),
    ];
    for (field, spoil) in consumers {
        let mut conf = ConsumerConf::new("t", 0);
        spoil(&mut conf);
        says(&broker.consumer(conf).await.unwrap_err(), ErrorKind::InvalidConfig, &[field]);
    }

    let error = broker.offset_coordinator(OffsetCoordinatorConf::new("")).await.unwrap_err();
    says(&error, ErrorKind::InvalidConfig, &["group"]);

    let brokers: [(&str, Spoil<BrokerConf>); 4] = [
        ("dial_timeout", |conf| conf.dial_timeout = Duration::ZERO),
        ("dial_retry_limit", |conf| conf.dial_retry_limit = Some(0)),
        ("fetch_memory", |conf| conf.fetch_memory = 0),
        ("max_response_size", |conf| conf.max_response_size = 1),
    ];
    for (field, spoil) in brokers {
        let mut conf = once();
        spoil(&mut conf);
        says(&refused(&cluster.bootstrap(), conf).await, ErrorKind::InvalidConfig, &[field]);
    }
}
