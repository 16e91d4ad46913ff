//! What a broker says about its cluster, asked as plainly as can be.

use std::collections::BTreeSet;
use std::io::{self, Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::time::Duration;

/// A broker that takes longer for a request this small is not ready.
const ANSWER: Duration = Duration::from_secs(3);

/// The answer for ten nodes has some 500 bytes.
const MAX_FRAME: usize = 1 << 16;

/// A cluster as one of its brokers sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct View {
    pub(super) cluster_id: String,
    pub(super) brokers: BTreeSet<i32>,
}

/// Asks the broker on a loopback port for metadata of no topic.
///
/// Version 2 is the first with a cluster id, and is served by everything from 0.10.1 to 4.x.
pub(super) fn ask(port: u16) -> io::Result<View> {
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
    let mut stream = TcpStream::connect_timeout(&address, ANSWER)?;
    stream.set_read_timeout(Some(ANSWER))?;
    stream.set_write_timeout(Some(ANSWER))?;
    stream.write_all(&request())?;
    let mut length = [0; 4];
    stream.read_exact(&mut length)?;
    let length = u32::from_be_bytes(length) as usize;
    if length > MAX_FRAME {
        return Err(malformed("its length"));
    }
    let mut frame = vec![0; length];
    stream.read_exact(&mut frame)?;
    view(&frame)
}

fn request() -> [u8; 18] {
    let mut request = [0; 18];
    request[..4].copy_from_slice(&14_u32.to_be_bytes()); // what follows
    request[4..6].copy_from_slice(&3_i16.to_be_bytes()); // Metadata
    request[6..8].copy_from_slice(&2_i16.to_be_bytes()); // version 2
    request[8..12].copy_from_slice(&1_i32.to_be_bytes()); // correlation id
    request[12..14].copy_from_slice(&(-1_i16).to_be_bytes()); // no client id
    request // and no topics
}

fn view(frame: &[u8]) -> io::Result<View> {
    let mut rest = Fields(frame);
    let _correlation = rest.i32()?;
    let mut brokers = BTreeSet::new();
    for _ in 0..rest.i32()? {
        brokers.insert(rest.i32()?);
        let _host = rest.string()?;
        let _port = rest.i32()?;
        let _rack = rest.string()?;
    }
    let cluster_id = rest.string()?;
    Ok(View { cluster_id, brokers })
}

struct Fields<'a>(&'a [u8]);

impl Fields<'_> {
    fn i32(&mut self) -> io::Result<i32> {
        let (bytes, rest) = self.0.split_first_chunk().ok_or_else(|| malformed("a number"))?;
        self.0 = rest;
        Ok(i32::from_be_bytes(*bytes))
    }

    /// A string; null counts as empty.
    fn string(&mut self) -> io::Result<String> {
        let (bytes, rest) = self.0.split_first_chunk().ok_or_else(|| malformed("a length"))?;
        let length = usize::try_from(i16::from_be_bytes(*bytes)).unwrap_or(0);
        let (text, rest) = rest.split_at_checked(length).ok_or_else(|| malformed("a string"))?;
        self.0 = rest;
        Ok(String::from_utf8_lossy(text).into_owned())
    }
}

fn malformed(what: &str) -> io::Error {
    io::Error::new(
        io::ErrorKind::InvalidData,
        format!("the answer to the metadata request is malformed in {what}"),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer() -> Vec<u8> {
        let mut frame = vec![0, 0, 0, 1, 0, 0, 0, 2];
        for id in [1_u8, 3] {
            frame.extend([0, 0, 0, id, 0, 1, b'h', 0, 0, 35, 132, 255, 255]);
        }
        frame.extend([0, 2, b'i', b'd', 0, 0, 0, 1, 0, 0, 0, 0]);
        frame
    }

    #[test]
    fn an_answer_lists_the_brokers_and_names_the_cluster() -> io::Result<()> {
        let view = view(&answer())?;
        assert_eq!(view.brokers, BTreeSet::from([1, 3]));
        assert_eq!(view.cluster_id, "id");
        Ok(())
    }

    #[test]
    fn an_answer_cut_short_is_an_error() {
        let whole = answer();
        // The controller id and the topics, eight bytes, are not read.
        for length in 0..whole.len() - 8 {
            assert!(view(&whole[..length]).is_err(), "{length}");
        }
    }
}
