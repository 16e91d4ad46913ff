//! Nodes that speak TLS.

use std::sync::Arc;

use kafka_proto::messages::MetadataRequest;
use kafka_test::certificates::Authority;
use kafka_test::cluster::{Cluster, Network};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use tokio_rustls::TlsConnector;

use crate::client::{Client, batch};

fn certified(names: &[&str]) -> (Arc<rustls::ServerConfig>, TlsConnector) {
    let names: Vec<String> = names.iter().map(|&name| name.to_owned()).collect();
    let made = rcgen::generate_simple_self_signed(names).unwrap();
    let certificate = made.cert.der().clone();
    let key = PrivateKeyDer::Pkcs8(made.signing_key.serialize_der().into());
    let provider = || Arc::new(rustls::crypto::ring::default_provider());
    let server = rustls::ServerConfig::builder_with_provider(provider())
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certificate.clone()], key)
        .unwrap();
    let mut roots = rustls::RootCertStore::empty();
    roots.add(certificate).unwrap();
    let client = rustls::ClientConfig::builder_with_provider(provider())
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    (Arc::new(server), TlsConnector::from(Arc::new(client)))
}

#[tokio::test]
async fn both_networks_speak_tls_and_only_tls() {
    for (network, host) in [(Network::Loopback, "127.0.0.1"), (Network::Memory, "node-1")] {
        let (server, connector) = certified(&[host]);
        let mut conf = Cluster::builder().network(network).topic("fruits", 1);
        conf.tls = Some(server);
        let cluster = conf.start().await.unwrap();
        let stream = cluster.connect(1).await.unwrap();
        let name = ServerName::try_from(host).unwrap();
        let mut client = Client::on(connector.connect(name, stream).await.unwrap());
        assert_eq!(client.ask(&MetadataRequest::default(), 9).await.brokers.len(), 1);
        let large = "x".repeat(500_000);
        assert_eq!(client.produce("fruits", 0, batch(&[&large])).await.error_code, 0);
        let mut plain = Client::connect(&cluster, 1).await;
        assert!(plain.try_ask(&MetadataRequest::default(), 9).await.is_err());
        cluster.kill(1);
        assert!(client.is_closed().await);
    }
}

#[tokio::test]
async fn an_authority_certifies_whatever_the_nodes_are_called() {
    let authority = Arc::new(Authority::new().unwrap());
    let mut roots = rustls::RootCertStore::empty();
    roots.add(CertificateDer::from_pem_slice(authority.pem().as_bytes()).unwrap()).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let client = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    let connector = TlsConnector::from(Arc::new(client));
    for (network, host) in [(Network::Loopback, "127.0.0.1"), (Network::Memory, "node-2")] {
        let conf = Cluster::builder().nodes(2).network(network).secured_by(&authority);
        let cluster = conf.start().await.unwrap();
        let stream = cluster.connect(2).await.unwrap();
        let mut client =
            Client::on(connector.connect(ServerName::try_from(host).unwrap(), stream).await.unwrap());
        assert_eq!(client.ask(&MetadataRequest::default(), 9).await.brokers.len(), 2);
    }
}
