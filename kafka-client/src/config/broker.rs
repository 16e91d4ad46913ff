use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use super::{RetryLimits, check_duration, check_limit, check_wait, invalid};
use crate::api::{Environment, Result};

/// How a [`Broker`](crate::Broker) reaches its cluster. Every limit counts attempts in all, the first one
/// included; `None` means no limit.
///
/// ```
/// use kafka_client::BrokerConf;
/// use std::time::Duration;
///
/// let mut conf = BrokerConf::new("my-app");
/// conf.dial_timeout = Duration::from_secs(3);
/// conf.retry_err_limit = Some(20);
/// ```
#[derive(Clone)]
#[non_exhaustive]
pub struct BrokerConf {
    /// The name this client goes by in the broker's logs, metrics and quotas.
    pub client_id: String,
    /// How long one connection may take to be ready for requests: TCP, TLS and handshake. Default: 10 s.
    pub dial_timeout: Duration,
    /// How many rounds over the seed addresses `dial` makes. Default: 10.
    pub dial_retry_limit: Option<u32>,
    /// How long to wait between two such rounds, or between two connection attempts to a node. Default: 500 ms.
    pub dial_retry_wait: Duration,
    /// How often the leader of a partition is looked for before an operation that needs it gives up on this
    /// account. Default: 10.
    pub leader_retry_limit: Option<u32>,
    /// How long to wait between two such attempts. Default: 500 ms.
    pub leader_retry_wait: Duration,
    /// How many attempts a query makes (offsets, metadata, topics) against errors that a retry may mend.
    /// Default: `None`, because time decides.
    pub retry_err_limit: Option<u32>,
    /// How long such a query goes on trying. Default: 60 s; a fail-over takes 7.5 s.
    pub retry_err_for: Option<Duration>,
    /// How long to wait between two such attempts. Default: 500 ms.
    pub retry_err_wait: Duration,
    /// How long a broker may take to answer one request, beyond any waiting that the request itself asks for.
    /// Then the connection is closed. Default: 30 s.
    pub read_timeout: Duration,
    /// After how much idling a connection is closed on our side; brokers close theirs after 10 min.
    /// Default: 9 min. `None` leaves it to the broker.
    pub conn_max_idle: Option<Duration>,
    /// How old the picture of the cluster may become before it is refreshed in the background. Default: 5 min.
    pub metadata_max_age: Duration,
    /// How long `close` gives producers to deliver what they took. Default: 30 s.
    pub close_timeout: Duration,
    /// How many bytes fetched ahead of their consumers a broker handle may hold. On top may come the answers that are on
    /// their way when it is reached: one on each of the two connections to each node, of an eighth of this, or 1 MiB if
    /// that is more. Default: 64 MiB.
    pub fetch_memory: usize,
    /// The largest answer that is taken from a node, in bytes; a larger one closes the connection. It bounds what
    /// a server that is not Kafka can make this client hold. No batch may decompress to more either.
    /// Default: 128 MiB.
    pub max_response_size: usize,
    /// Whether asking for an unknown topic lets the cluster create it, if the cluster allows. Default: false.
    pub allow_topic_creation: bool,
    /// Where this client runs, as `broker.rack` says it of the nodes: consumers then read from the nearest replica, if
    /// the cluster has a replica selector that knows racks (KIP-392). What Java calls `client.rack`. Default: `None`,
    /// the leader.
    pub rack: Option<String>,
    /// TLS; `None` for plaintext. Default: `None`.
    #[cfg(feature = "tls")]
    pub tls: Option<super::TlsConf>,
    /// Network, wall clock and randomness; `None` for the machine's own. Default: `None`.
    pub environment: Option<Arc<dyn Environment>>,
}

impl BrokerConf {
    /// The defaults, under a client id.
    pub fn new(client_id: impl Into<String>) -> Self {
        Self {
            client_id: client_id.into(),
            dial_timeout: Duration::from_secs(10),
            dial_retry_limit: Some(10),
            dial_retry_wait: Duration::from_millis(500),
            leader_retry_limit: Some(10),
            leader_retry_wait: Duration::from_millis(500),
            retry_err_limit: None,
            retry_err_for: Some(Duration::from_secs(60)),
            retry_err_wait: Duration::from_millis(500),
            read_timeout: Duration::from_secs(30),
            conn_max_idle: Some(Duration::from_secs(9 * 60)),
            metadata_max_age: Duration::from_secs(5 * 60),
            close_timeout: Duration::from_secs(30),
            fetch_memory: 64 << 20,
            max_response_size: 128 << 20,
            allow_topic_creation: false,
            rack: None,
            #[cfg(feature = "tls")]
            tls: None,
            environment: None,
        }
    }

    /// Checks every field; the error names the one that cannot work.
    pub fn validate(&self) -> Result<()> {
        if self.client_id.len() > i16::MAX as usize {
            return Err(invalid("client_id", "is longer than 32,767 bytes"));
        }
        if self.rack.as_ref().is_some_and(|rack| rack.len() > i16::MAX as usize) {
            return Err(invalid("rack", "is longer than 32,767 bytes"));
        }
        check_wait("dial_timeout", self.dial_timeout)?;
        check_limit("dial_retry_limit", self.dial_retry_limit)?;
        check_duration("dial_retry_wait", self.dial_retry_wait)?;
        check_limit("leader_retry_limit", self.leader_retry_limit)?;
        check_duration("leader_retry_wait", self.leader_retry_wait)?;
        check_limit("retry_err_limit", self.retry_err_limit)?;
        if let Some(time) = self.retry_err_for {
            check_wait("retry_err_for", time)?;
        }
        check_duration("retry_err_wait", self.retry_err_wait)?;
        check_wait("read_timeout", self.read_timeout)?;
        if let Some(idle) = self.conn_max_idle {
            check_wait("conn_max_idle", idle)?;
        }
        check_wait("metadata_max_age", self.metadata_max_age)?;
        check_duration("close_timeout", self.close_timeout)?;
        if self.fetch_memory == 0 {
            return Err(invalid("fetch_memory", "is zero: nothing could be fetched"));
        }
        if self.max_response_size < 64 << 10 || self.max_response_size > i32::MAX as usize {
            return Err(invalid("max_response_size", "is not between 64 KiB and 2 GiB"));
        }
        Ok(())
    }

    pub(crate) fn query_limits(&self) -> RetryLimits {
        RetryLimits { attempts: self.retry_err_limit, total: self.retry_err_for, wait: self.retry_err_wait }
    }
}

impl fmt::Debug for BrokerConf {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BrokerConf").field("client_id", &self.client_id).finish_non_exhaustive()
    }
}
