//! Where the examples find their cluster: the one that `KAFKA_BROKERS` names, or one in this process.
#![forbid(unsafe_code)]

pub mod http;
pub mod perf;

use std::env;
use std::sync::Arc;
use std::time::Duration;

use kafka_client::{Broker, BrokerConf, ErrorCode, NewTopic, TlsConf};
use kafka_test::cluster::Cluster;
use rustls::pki_types::PrivateKeyDer;

/// What the examples return from `main`.
pub type Outcome<T = ()> = Result<T, Box<dyn std::error::Error + Send + Sync>>;

/// A cluster to try things on. The one in this process ends with it.
#[derive(Debug)]
pub struct Playground {
    brokers: Vec<String>,
    tls: Option<TlsConf>,
    in_process: Option<Cluster>,
}

impl Playground {
    /// The cluster at `KAFKA_BROKERS` (`host:port`, several with commas between), or three nodes in this process.
    pub async fn open() -> Outcome<Self> {
        if let Some(brokers) = named_brokers() {
            return Ok(Self { brokers, tls: None, in_process: None });
        }
        let cluster = Cluster::builder().nodes(3).start().await?;
        Ok(Self { brokers: cluster.bootstrap(), tls: None, in_process: Some(cluster) })
    }

    /// The same over TLS. At `KAFKA_BROKERS`, `KAFKA_CA` names the authorities that are trusted (PEM), `KAFKA_CERT` and
    /// `KAFKA_KEY` the certificate and key that are shown, if any are.
    pub async fn open_secured() -> Outcome<Self> {
        if let Some(brokers) = named_brokers() {
            let mut tls = TlsConf::pem(env::var("KAFKA_CA").map_err(|_| "KAFKA_CA names no PEM file")?);
            if let (Ok(certificate), Ok(key)) = (env::var("KAFKA_CERT"), env::var("KAFKA_KEY")) {
                tls = tls.with_identity(certificate, key);
            }
            return Ok(Self { brokers, tls: Some(tls), in_process: None });
        }
        let (server, client) = certified("127.0.0.1")?;
        let mut conf = Cluster::builder().nodes(3);
        conf.tls = Some(Arc::new(server));
        let cluster = conf.start().await?;
        let tls = Some(TlsConf::rustls(Arc::new(client)));
        Ok(Self { brokers: cluster.bootstrap(), tls, in_process: Some(cluster) })
    }

    /// Where the cluster listens, for `Broker::dial`.
    pub fn brokers(&self) -> &[String] {
        &self.brokers
    }

    /// Whether the cluster runs in this process.
    pub fn is_in_process(&self) -> bool {
        self.in_process.is_some()
    }

    /// The cluster that runs in this process, to make it go wrong.
    pub fn in_process(&self) -> Option<&Cluster> {
        self.in_process.as_ref()
    }

    /// Dials the cluster and makes sure that the topic is there.
    pub async fn with_topic(&self, topic: &str, partitions: i32) -> kafka_client::Result<Broker> {
        let mut conf = BrokerConf::new("kafka-examples");
        conf.tls.clone_from(&self.tls);
        let broker = Broker::dial(self.brokers.clone(), conf).await?;
        let made =
            broker.create_topics(&[NewTopic::new(topic, partitions)], Duration::from_secs(10), false).await?;
        match made.into_iter().next() {
            Some(Err(error)) if error.code() != Some(ErrorCode::TOPIC_ALREADY_EXISTS) => Err(error),
            _ => Ok(broker),
        }
    }
}

fn named_brokers() -> Option<Vec<String>> {
    let brokers = env::var("KAFKA_BROKERS").ok()?;
    Some(brokers.split(',').map(|broker| broker.trim().to_owned()).collect())
}

/// A server that shows a certificate which it has signed itself, and a client that trusts it.
fn certified(host: &str) -> Outcome<(rustls::ServerConfig, rustls::ClientConfig)> {
    let made = rcgen::generate_simple_self_signed([host.to_owned()])?;
    let certificate = made.cert.der().clone();
    let key = PrivateKeyDer::Pkcs8(made.signing_key.serialize_der().into());
    let provider = || Arc::new(rustls::crypto::ring::default_provider());
    let server = rustls::ServerConfig::builder_with_provider(provider())
        .with_safe_default_protocol_versions()?
        .with_no_client_auth()
        .with_single_cert(vec![certificate.clone()], key)?;
    let mut roots = rustls::RootCertStore::empty();
    roots.add(certificate)?;
    let client = rustls::ClientConfig::builder_with_provider(provider())
        .with_safe_default_protocol_versions()?
        .with_root_certificates(roots)
        .with_no_client_auth();
    Ok((server, client))
}

/// README's examples, compiled.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
pub struct Readme;
