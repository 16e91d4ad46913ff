//! What a broker says about its cluster, asked as plainly as can be.

use std::collections::BTreeSet;
use std::io::{self, Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::time::Duration;

use bytes::Bytes;
use kafka_proto::messages::{MetadataRequest, MetadataResponse, read_response, write_request};
use kafka_proto::wire::Writer;

/// A broker that takes longer for a request this small is not ready.
const ANSWER: Duration = Duration::from_secs(3);

/// The answer for nine nodes has some 500 bytes.
const MAX_FRAME: usize = 1 << 16;

/// The first version with a cluster id; everything from 0.10.1 to 4.x serves it.
const VERSION: i16 = 2;

/// A cluster as one of its brokers sees it.
#[derive(Debug)]
pub(super) struct View {
    pub(super) cluster_id: String,
    pub(super) brokers: BTreeSet<i32>,
}

/// Asks the broker on a loopback port for metadata of no topic.
pub(super) fn ask(port: u16) -> io::Result<View> {
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
    let mut stream = TcpStream::connect_timeout(&address, ANSWER)?;
    stream.set_read_timeout(Some(ANSWER))?;
    stream.set_write_timeout(Some(ANSWER))?;
    let request = MetadataRequest { topics: Some(Vec::new()), ..MetadataRequest::default() };
    let mut writer = Writer::new();
    write_request(&mut writer, VERSION, 1, None, &request).map_err(io::Error::other)?;
    stream.write_all(&writer.into_bytes())?;
    let mut length = [0; 4];
    stream.read_exact(&mut length)?;
    let length = u32::from_be_bytes(length) as usize;
    if length > MAX_FRAME {
        return Err(io::Error::other(format!("its answer has {length} bytes")));
    }
    let mut frame = vec![0; length];
    stream.read_exact(&mut frame)?;
    let (_, response) =
        read_response::<MetadataResponse>(Bytes::from(frame), VERSION).map_err(io::Error::other)?;
    Ok(View {
        cluster_id: response.cluster_id.map(String::from).unwrap_or_default(),
        brokers: response.brokers.iter().map(|broker| broker.node_id).collect(),
    })
}
