use std::io;

use async_trait::async_trait;
use tokio::io::{AsyncRead, AsyncWrite};

/// A byte stream to a node.
///
/// It is polled by the client's own tasks, and while a producer has nothing on its way to the node by whoever enqueues
/// the next record, within the client's runtime: a write must not take a lock that the application holds while it
/// enqueues.
pub trait Transport: AsyncRead + AsyncWrite + Send + Unpin {}

impl<T: AsyncRead + AsyncWrite + Send + Unpin> Transport for T {}

/// What a client takes from outside: the network, the wall clock and randomness. Replacing it puts a client
/// behind a proxy, onto an in-memory network, or under a seeded test that replays exactly.
///
/// All waiting goes through tokio's clock, so that a paused clock stops everything.
///
/// ```
/// use kafka_client::{BrokerConf, Environment, Transport};
/// use std::{io, sync::Arc};
///
/// /// Reaches every node through one forwarded port.
/// struct Tunnel;
///
/// #[async_trait::async_trait]
/// impl Environment for Tunnel {
///     async fn connect(&self, _host: &str, _port: u16) -> io::Result<Box<dyn Transport>> {
///         Ok(Box::new(tokio::net::TcpStream::connect("127.0.0.1:19092").await?))
///     }
///     fn wall_clock_ms(&self) -> i64 {
///         std::time::UNIX_EPOCH.elapsed().map_or(0, |since| since.as_millis() as i64)
///     }
///     fn random_seed(&self) -> u64 {
///         42
///     }
/// }
///
/// let mut conf = BrokerConf::new("my-app");
/// conf.environment = Some(Arc::new(Tunnel));
/// ```
#[async_trait]
pub trait Environment: Send + Sync {
    /// Opens a byte stream to a node. The caller bounds the time; dropping the future gives up.
    async fn connect(&self, host: &str, port: u16) -> io::Result<Box<dyn Transport>>;

    /// Milliseconds since 1970, for the timestamps of records.
    fn wall_clock_ms(&self) -> i64;

    /// A new seed at each call, for all choices that are made at random.
    fn random_seed(&self) -> u64;

    /// Whether compression runs where the batch is, not on other threads: what it costs then is the same
    /// in every run. False unless replaced.
    fn compress_inline(&self) -> bool {
        false
    }
}
