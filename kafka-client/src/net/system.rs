use std::io;
use std::time::{Duration, UNIX_EPOCH};

use async_trait::async_trait;
use rand::Rng;
use socket2::{SockRef, TcpKeepalive};
use tokio::net::{TcpStream, lookup_host};

use crate::api::{Environment, Transport};

/// The machine's own network, clock and randomness.
#[derive(Debug)]
pub(crate) struct System;

/// How long a silent connection is left alone before the system probes whether the node is still there.
const KEEPALIVE: Duration = Duration::from_secs(30);

/// How long one of several addresses of a host may keep the next one from being tried.
const PER_ADDRESS: Duration = Duration::from_secs(2);

#[async_trait]
impl Environment for System {
    async fn connect(&self, host: &str, port: u16) -> io::Result<Box<dyn Transport>> {
        let mut last = None;
        let addresses: Vec<_> = lookup_host((host, port)).await?.collect();
        for (at, address) in addresses.iter().enumerate() {
            let connecting = TcpStream::connect(address);
            let connected = if at + 1 < addresses.len() {
                tokio::time::timeout(PER_ADDRESS, connecting).await.unwrap_or_else(|_| {
                    Err(io::Error::new(io::ErrorKind::TimedOut, format!("{address} does not answer")))
                })
            } else {
                connecting.await
            };
            match connected {
                Ok(stream) => {
                    stream.set_nodelay(true)?;
                    SockRef::from(&stream).set_tcp_keepalive(&TcpKeepalive::new().with_time(KEEPALIVE))?;
                    return Ok(Box::new(stream));
                }
                Err(error) => last = Some(error),
            }
        }
        Err(last.unwrap_or_else(|| io::Error::new(io::ErrorKind::NotFound, "the host name has no address")))
    }

    fn wall_clock_ms(&self) -> i64 {
        UNIX_EPOCH.elapsed().map_or(0, |since| since.as_millis() as i64)
    }

    fn random_seed(&self) -> u64 {
        rand::rng().next_u64()
    }
}
