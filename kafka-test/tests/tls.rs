//! TLS from PEM files and from a configuration of rustls: what is accepted, what is refused, and why.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use kafka_client::{
    Broker, BrokerConf, ConsumerConf, Environment, Error, ErrorKind, Message, ProducerConf, TlsConf,
    Transport,
};
use kafka_test::cluster::Cluster;
use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::WebPkiClientVerifier;
use rustls::{ClientConfig, RootCertStore, ServerConfig};
use tempfile::TempDir;
use tokio::net::TcpStream;
use tokio_rustls::TlsAcceptor;

/// An authority, and what it has signed: a server's certificate for 127.0.0.1 and a client's.
struct Authority {
    directory: TempDir,
}

impl Authority {
    fn new() -> Self {
        let directory = TempDir::new().unwrap();
        let key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::new(Vec::<String>::new()).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let ca = params.self_signed(&key).unwrap();
        std::fs::write(directory.path().join("ca.pem"), ca.pem()).unwrap();
        let issuer = Issuer::new(params, key);
        for (name, subject) in [("server", "127.0.0.1"), ("client", "client"), ("elsewhere", "kafka.example")]
        {
            let key = KeyPair::generate().unwrap();
            let signed =
                CertificateParams::new([subject.to_owned()]).unwrap().signed_by(&key, &issuer).unwrap();
            std::fs::write(directory.path().join(format!("{name}.pem")), signed.pem()).unwrap();
            std::fs::write(directory.path().join(format!("{name}.key")), key.serialize_pem()).unwrap();
        }
        Self { directory }
    }

    fn file(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    fn roots(&self) -> RootCertStore {
        let mut roots = RootCertStore::empty();
        roots.add(CertificateDer::from_pem_file(self.file("ca.pem")).unwrap()).unwrap();
        roots
    }

    fn certificate(&self, name: &str) -> (Vec<CertificateDer<'static>>, PrivateKeyDer<'static>) {
        let certificate = CertificateDer::from_pem_file(self.file(&format!("{name}.pem"))).unwrap();
        (vec![certificate], PrivateKeyDer::from_pem_file(self.file(&format!("{name}.key"))).unwrap())
    }

    /// Ends TLS in front of every node, with the certificate `name`; asks for the client's if `mutual`.
    fn edge(&self, name: &str, mutual: bool) -> Arc<TlsEdge> {
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let builder = ServerConfig::builder_with_provider(provider.clone())
            .with_safe_default_protocol_versions()
            .unwrap();
        let builder = if mutual {
            let roots = Arc::new(self.roots());
            let verifier = WebPkiClientVerifier::builder_with_provider(roots, provider).build().unwrap();
            builder.with_client_cert_verifier(verifier)
        } else {
            builder.with_no_client_auth()
        };
        let (chain, key) = self.certificate(name);
        Arc::new(TlsEdge(TlsAcceptor::from(Arc::new(builder.with_single_cert(chain, key).unwrap()))))
    }
}

/// The network, with a TLS server in front of every plaintext node.
struct TlsEdge(TlsAcceptor);

#[async_trait]
impl Environment for TlsEdge {
    async fn connect(&self, host: &str, port: u16) -> io::Result<Box<dyn Transport>> {
        let mut node = TcpStream::connect((host, port)).await?;
        let (near, far) = tokio::io::duplex(64 << 10);
        let acceptor = self.0.clone();
        tokio::spawn(async move {
            if let Ok(mut stream) = acceptor.accept(far).await {
                let _ = tokio::io::copy_bidirectional(&mut stream, &mut node).await;
            }
        });
        Ok(Box::new(near))
    }

    fn wall_clock_ms(&self) -> i64 {
        1_700_000_000_000
    }

    fn random_seed(&self) -> u64 {
        7
    }
}

async fn dial(cluster: &Cluster, edge: Arc<TlsEdge>, tls: TlsConf) -> Result<Broker, Error> {
    let mut conf = BrokerConf::new("tls");
    conf.tls = Some(tls);
    conf.environment = Some(edge);
    conf.dial_retry_limit = Some(1);
    conf.dial_timeout = Duration::from_secs(5);
    Broker::dial(cluster.bootstrap(), conf).await
}

async fn round_trip(broker: &Broker) {
    let producer = broker.producer(ProducerConf::new()).unwrap();
    let large = vec![7; 300_000];
    producer.produce("t", 0, &mut [Message::value(large.clone())]).await.unwrap();
    let mut consumer = broker.consumer(ConsumerConf::new("t", 0)).await.unwrap();
    assert_eq!(consumer.consume().await.unwrap().value.as_deref(), Some(&large[..]));
    broker.close().await;
}

#[tokio::test]
async fn a_certificate_of_the_authority_in_the_pem_file_is_trusted() {
    let (authority, cluster) = (Authority::new(), Cluster::builder().topic("t", 1).start().await.unwrap());
    let tls = TlsConf::pem(authority.file("ca.pem"));
    round_trip(&dial(&cluster, authority.edge("server", false), tls).await.unwrap()).await;
}

#[tokio::test]
async fn a_configuration_of_rustls_is_used_as_it_is() {
    let (authority, cluster) = (Authority::new(), Cluster::builder().topic("t", 1).start().await.unwrap());
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(authority.roots())
        .with_no_client_auth();
    let tls = TlsConf::rustls(Arc::new(config));
    round_trip(&dial(&cluster, authority.edge("server", false), tls).await.unwrap()).await;
}

#[tokio::test]
async fn a_node_that_asks_who_we_are_gets_our_certificate() {
    let (authority, cluster) = (Authority::new(), Cluster::builder().topic("t", 1).start().await.unwrap());
    let edge = authority.edge("server", true);
    let tls = TlsConf::pem(authority.file("ca.pem"));
    let named = tls.clone().with_identity(authority.file("client.pem"), authority.file("client.key"));
    round_trip(&dial(&cluster, edge.clone(), named).await.unwrap()).await;
    let error = dial(&cluster, edge, tls).await.unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::Tls | ErrorKind::Connect), "{error}");
}

#[tokio::test]
async fn a_certificate_of_another_authority_is_refused() {
    let (authority, stranger) = (Authority::new(), Authority::new());
    let cluster = Cluster::builder().start().await.unwrap();
    let tls = TlsConf::pem(authority.file("ca.pem"));
    let error = dial(&cluster, stranger.edge("server", false), tls).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Tls, "{error}");
    assert!(error.is_terminal());
    assert!(error.to_string().contains("certificate is not accepted"), "{error}");
}

#[tokio::test]
async fn a_certificate_for_another_host_is_refused() {
    let authority = Authority::new();
    let cluster = Cluster::builder().start().await.unwrap();
    let tls = TlsConf::pem(authority.file("ca.pem"));
    let error = dial(&cluster, authority.edge("elsewhere", false), tls).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Tls, "{error}");
    assert!(error.to_string().contains("127.0.0.1"), "{error}");
}

#[tokio::test]
async fn files_that_hold_something_else_are_named() {
    let authority = Authority::new();
    let cluster = Cluster::builder().start().await.unwrap();
    let ca = TlsConf::pem(authority.file("ca.pem"));
    for (tls, file) in [
        (TlsConf::pem(authority.file("server.key")), "server.key"),
        (ca.clone().with_identity(authority.file("client.pem"), authority.file("ca.pem")), "ca.pem"),
        (ca.with_identity(authority.file("client.pem"), authority.file("server.key")), "server.key"),
    ] {
        let error = dial(&cluster, authority.edge("server", false), tls).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidConfig, "{error}");
        assert!(error.to_string().contains(file), "{error}");
    }
}
