//! Free loopback ports for servers.

use std::hash::{BuildHasher, RandomState};
use std::net::{Ipv4Addr, TcpListener};
use std::sync::atomic::{AtomicU32, Ordering};

use super::error::{Error, ErrorKind};

/// Below what Linux (32768) and others (49152) hand out to connections: neither takes a stopped broker's port, nor does a
/// client that dials a stopped broker connect to itself.
const FIRST: u32 = 15_000;
const COUNT: u32 = 17_000;

/// A port that nothing on this machine listens on, and that this process did not get before.
///
/// Another process may still be faster: whoever starts a server on it must be ready to try again with another.
pub(super) fn free() -> Result<u16, Error> {
    static NEXT: AtomicU32 = AtomicU32::new(u32::MAX);
    // Processes begin at different places, so that they rarely meet.
    _ = NEXT.compare_exchange(u32::MAX, anywhere(), Ordering::Relaxed, Ordering::Relaxed);
    for _ in 0..COUNT {
        let offset = NEXT.update(Ordering::Relaxed, Ordering::Relaxed, |next| (next + 1) % COUNT);
        let port = (FIRST + offset) as u16;
        if TcpListener::bind((Ipv4Addr::LOCALHOST, port)).is_ok() {
            return Ok(port);
        }
    }
    Err(Error::new(
        ErrorKind::Start,
        format!("no free port on 127.0.0.1 from {FIRST} to {}", FIRST + COUNT - 1),
    ))
}

/// The standard library's own seed, which differs from process to process.
fn anywhere() -> u32 {
    (RandomState::new().hash_one(std::process::id()) % u64::from(COUNT)) as u32
}
