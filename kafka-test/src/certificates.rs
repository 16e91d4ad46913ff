//! Certificates made on the fly, for clusters that speak TLS.
//!
//! ```
//! use std::sync::Arc;
//!
//! use kafka_test::certificates::Authority;
//! # #[cfg(feature = "cluster")]
//! use kafka_test::cluster::Cluster;
//!
//! # #[cfg(feature = "cluster")]
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> std::io::Result<()> {
//! let authority = Arc::new(Authority::new()?);
//! let cluster = Cluster::builder().secured_by(&authority).start().await?;
//!
//! // A client trusts the cluster when it trusts the authority: `TlsConf::pem(file)`.
//! let file = std::env::temp_dir().join(format!("authority-{}.pem", std::process::id()));
//! std::fs::write(&file, authority.pem())?;
//! # std::fs::remove_file(&file)?;
//! # drop(cluster);
//! # Ok(())
//! # }
//! # #[cfg(not(feature = "cluster"))]
//! # fn main() {}
//! ```

use std::{fmt, io};

use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair};

/// An authority that lives as long as its test, and signs certificates for it.
pub struct Authority {
    pem: String,
    issuer: Issuer<'static, KeyPair>,
}

/// A certificate with its key, both in PEM.
///
/// ```
/// let authority = kafka_test::certificates::Authority::new()?;
/// let certificate = authority.sign(&["localhost", "127.0.0.1"])?;
/// assert!(certificate.chain.contains("BEGIN CERTIFICATE"));
/// assert!(certificate.key.contains("BEGIN PRIVATE KEY"));
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Certificate {
    /// The certificate.
    pub chain: String,
    /// Its key, PKCS#8.
    pub key: String,
}

impl Authority {
    /// A new one, whom nobody trusts yet.
    ///
    /// # Errors
    /// The system has no randomness to give.
    pub fn new() -> io::Result<Self> {
        let key = KeyPair::generate().map_err(io::Error::other)?;
        let mut params = CertificateParams::new(Vec::new()).map_err(io::Error::other)?;
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.distinguished_name.push(DnType::CommonName, "kafka-test");
        let certificate = params.self_signed(&key).map_err(io::Error::other)?;
        Ok(Self { pem: certificate.pem(), issuer: Issuer::new(params, key) })
    }

    /// The authority's own certificate in PEM, which a client has to trust.
    pub fn pem(&self) -> &str {
        &self.pem
    }

    /// A certificate for these host names and IP addresses. The first is its common name: with it a client says who it
    /// is, `User:CN=alice` in Apache Kafka's words.
    ///
    /// # Errors
    /// One of the names cannot stand in a certificate.
    pub fn sign(&self, names: &[&str]) -> io::Result<Certificate> {
        let key = KeyPair::generate().map_err(io::Error::other)?;
        let all = names.iter().map(|&name| name.to_owned()).collect::<Vec<_>>();
        let mut params = CertificateParams::new(all).map_err(io::Error::other)?;
        params.distinguished_name.push(DnType::CommonName, names.first().copied().unwrap_or("nobody"));
        let signed = params.signed_by(&key, &self.issuer).map_err(io::Error::other)?;
        Ok(Certificate { chain: signed.pem(), key: key.serialize_pem() })
    }
}

impl fmt::Debug for Authority {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Authority").finish_non_exhaustive()
    }
}

impl fmt::Debug for Certificate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Certificate").field("chain", &self.chain).finish_non_exhaustive()
    }
}

#[cfg(feature = "cluster")]
impl Certificate {
    /// What a server needs to show it.
    pub(crate) fn server(&self) -> io::Result<rustls::ServerConfig> {
        use rustls::pki_types::pem::PemObject;
        use rustls::pki_types::{CertificateDer, PrivateKeyDer};

        let chain: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(self.chain.as_bytes()).collect();
        let key = PrivateKeyDer::from_pem_slice(self.key.as_bytes()).map_err(io::Error::other)?;
        let provider = std::sync::Arc::new(rustls::crypto::ring::default_provider());
        rustls::ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(io::Error::other)?
            .with_no_client_auth()
            .with_single_cert(chain.map_err(io::Error::other)?, key)
            .map_err(io::Error::other)
    }
}
