use std::fmt;
use std::sync::Arc;

use super::Address;
use crate::api::{Environment, Error, ErrorKind, Result, Transport};
use crate::config::BrokerConf;

/// Opens byte streams as the configuration says: through its environment, with TLS if it asks for it.
#[derive(Clone)]
pub(crate) struct Dialer {
    environment: Arc<dyn Environment>,
    #[cfg(feature = "tls")]
    tls: Option<tokio_rustls::TlsConnector>,
}

impl Dialer {
    /// Reads the files that the configuration names.
    pub(crate) fn new(conf: &BrokerConf) -> Result<Self> {
        Ok(Self {
            environment: conf.environment.clone().unwrap_or_else(|| Arc::new(super::System)),
            #[cfg(feature = "tls")]
            tls: conf.tls.as_ref().map(|tls| tls.load().map(Into::into)).transpose()?,
        })
    }

    pub(crate) fn environment(&self) -> &Arc<dyn Environment> {
        &self.environment
    }

    /// Opens a byte stream. The caller bounds the time.
    pub(crate) async fn open(&self, address: &Address) -> Result<Box<dyn Transport>> {
        let stream = self.environment.connect(address.host(), address.port()).await.map_err(|error| {
            Error::new(ErrorKind::Connect, "no connection").at_node(address).with_source(error)
        })?;
        self.secure(stream, address).await
    }

    /// Whether this side speaks TLS.
    pub(crate) fn speaks_tls(&self) -> bool {
        #[cfg(feature = "tls")]
        return self.tls.is_some();
        #[cfg(not(feature = "tls"))]
        false
    }

    #[cfg(feature = "tls")]
    async fn secure(&self, stream: Box<dyn Transport>, address: &Address) -> Result<Box<dyn Transport>> {
        let Some(tls) = &self.tls else { return Ok(stream) };
        let name = rustls::pki_types::ServerName::try_from(address.host().to_owned()).map_err(|error| {
            Error::new(ErrorKind::Tls, "the host name cannot be in a certificate")
                .at_node(address)
                .with_source(error)
        })?;
        match tls.connect(name, stream).await {
            Ok(stream) => Ok(Box::new(stream)),
            Err(error) => Err(refused(error).at_node(address)),
        }
    }

    #[cfg(not(feature = "tls"))]
    #[expect(clippy::unused_async, reason = "the twin of the one above")]
    async fn secure(&self, stream: Box<dyn Transport>, _address: &Address) -> Result<Box<dyn Transport>> {
        Ok(stream)
    }
}

/// What a failed TLS handshake means: rustls reports its own errors inside the io error; anything else is
/// the connection breaking, which is what a plaintext Kafka listener does on reading TLS.
#[cfg(feature = "tls")]
fn refused(error: std::io::Error) -> Error {
    let inner = error.get_ref().and_then(|inner| inner.downcast_ref::<rustls::Error>());
    let what = match inner {
        Some(rustls::Error::InvalidMessage(_)) => {
            "the node does not answer in TLS: is this a plaintext listener?"
        }
        Some(rustls::Error::InvalidCertificate(_)) => "the node's certificate is not accepted",
        Some(_) => "TLS could not be agreed on",
        None => {
            let what = "the connection broke in the TLS handshake: is this a plaintext listener?";
            return Error::new(ErrorKind::Connect, what).with_source(error);
        }
    };
    Error::new(ErrorKind::Tls, what).with_source(error)
}

impl fmt::Debug for Dialer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Dialer").field("tls", &self.speaks_tls()).finish_non_exhaustive()
    }
}
