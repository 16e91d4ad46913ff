use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustls::ClientConfig;
use rustls::RootCertStore;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};

use crate::api::{Error, ErrorKind, Result};

/// How to speak TLS to the nodes.
///
/// ```no_run
/// use kafka_client::{BrokerConf, TlsConf};
///
/// let mut conf = BrokerConf::new("my-app");
/// conf.tls = Some(TlsConf::pem("ca.pem").with_identity("client.pem", "client.key"));
/// ```
#[derive(Clone)]
pub struct TlsConf(Source);

#[derive(Clone)]
enum Source {
    Pem { ca: PathBuf, identity: Option<(PathBuf, PathBuf)> },
    Rustls(Arc<ClientConfig>),
}

impl TlsConf {
    /// Trusts the certificate authorities in a PEM file, which is read when the broker is dialled.
    pub fn pem(ca: impl Into<PathBuf>) -> Self {
        Self(Source::Pem { ca: ca.into(), identity: None })
    }

    /// The same, and shows the brokers a certificate of our own (mutual TLS): a PEM file with the certificate
    /// and its chain, and one with its private key. Without effect on [`TlsConf::rustls`].
    #[must_use]
    pub fn with_identity(mut self, certificate: impl Into<PathBuf>, key: impl Into<PathBuf>) -> Self {
        if let Source::Pem { identity, .. } = &mut self.0 {
            *identity = Some((certificate.into(), key.into()));
        }
        self
    }

    /// Uses a configuration of rustls as it is: any crypto provider, verifier or key store.
    pub fn rustls(config: Arc<ClientConfig>) -> Self {
        Self(Source::Rustls(config))
    }

    /// Reads the files. The error names the file that cannot be used.
    pub(crate) fn load(&self) -> Result<Arc<ClientConfig>> {
        match &self.0 {
            Source::Rustls(config) => Ok(config.clone()),
            Source::Pem { ca, identity } => load_pem(ca, identity.as_ref()),
        }
    }
}

fn load_pem(ca: &Path, identity: Option<&(PathBuf, PathBuf)>) -> Result<Arc<ClientConfig>> {
    let mut roots = RootCertStore::empty();
    for certificate in certificates(ca)? {
        roots
            .add(certificate)
            .map_err(|error| unusable(ca, "holds a certificate that cannot be trusted").with_source(error))?;
    }
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| Error::new(ErrorKind::InvalidConfig, "tls: no protocol version").with_source(error))?
        .with_root_certificates(roots);
    let config = match identity {
        None => builder.with_no_client_auth(),
        Some((certificate, key)) => {
            let private = PrivateKeyDer::from_pem_file(key)
                .map_err(|error| unusable(key, "holds no private key in PEM").with_source(error))?;
            builder
                .with_client_auth_cert(certificates(certificate)?, private)
                .map_err(|error| unusable(key, "does not belong to the certificate").with_source(error))?
        }
    };
    Ok(Arc::new(config))
}

fn certificates(file: &Path) -> Result<Vec<CertificateDer<'static>>> {
    let all = CertificateDer::pem_file_iter(file)
        .and_then(Iterator::collect::<std::result::Result<Vec<_>, _>>)
        .map_err(|error| unusable(file, "cannot be read as certificates in PEM").with_source(error))?;
    if all.is_empty() {
        return Err(unusable(file, "holds no certificate in PEM"));
    }
    Ok(all)
}

fn unusable(file: &Path, why: &str) -> Error {
    Error::new(ErrorKind::InvalidConfig, format!("tls: {} {why}", file.display()))
}

impl fmt::Debug for TlsConf {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Source::Pem { ca, identity } => {
                f.debug_struct("TlsConf").field("ca", ca).field("identity", identity).finish()
            }
            Source::Rustls(_) => f.write_str("TlsConf(rustls::ClientConfig)"),
        }
    }
}
