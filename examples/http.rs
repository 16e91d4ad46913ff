//! As much of an HTTP server as two examples need, and a client to try it with.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// A request's head may be no longer.
const LONGEST_HEAD: usize = 8 << 10;

/// How long a client may take to say what it wants.
const PATIENCE: Duration = Duration::from_secs(5);

/// What a client asks for.
#[derive(Clone, Debug)]
pub struct Request {
    /// `GET`, `POST` and so on.
    pub method: String,
    /// Path and query.
    pub target: String,
    /// Where it came from.
    pub peer: SocketAddr,
}

/// Answers requests on a free port of 127.0.0.1 until the runtime ends; returns the port's address.
pub async fn serve<H, F>(handler: H) -> io::Result<SocketAddr>
where
    H: Fn(Request) -> F + Send + Sync + 'static,
    F: Future<Output = (u16, String)> + Send,
{
    let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
    let address = listener.local_addr()?;
    let handler = Arc::new(handler);
    tokio::spawn(async move {
        while let Ok((stream, peer)) = listener.accept().await {
            let handler = handler.clone();
            tokio::spawn(async move {
                let _gone = answer(stream, peer, &*handler).await;
            });
        }
    });
    Ok(address)
}

async fn answer<H, F>(mut stream: TcpStream, peer: SocketAddr, handler: &H) -> io::Result<()>
where
    H: Fn(Request) -> F,
    F: Future<Output = (u16, String)>,
{
    let head = tokio::time::timeout(PATIENCE, read_head(&mut stream)).await??;
    let mut words = head.split_whitespace();
    let (status, body) = match (words.next(), words.next()) {
        (Some(method), Some(target)) => {
            handler(Request { method: method.to_owned(), target: target.to_owned(), peer }).await
        }
        _ => (400, "this is no request".to_owned()),
    };
    let head = format!("HTTP/1.1 {status} -\r\ncontent-length: {}\r\nconnection: close\r\n\r\n", body.len());
    stream.write_all(head.as_bytes()).await?;
    stream.write_all(body.as_bytes()).await?;
    stream.shutdown().await
}

async fn read_head(stream: &mut TcpStream) -> io::Result<String> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        if head.len() == LONGEST_HEAD {
            return Err(io::Error::new(io::ErrorKind::InvalidData, "the request's head is too long"));
        }
        head.push(stream.read_u8().await?);
    }
    Ok(String::from_utf8_lossy(&head).into_owned())
}

/// Asks a server for `target`; returns what it says.
pub async fn get(server: SocketAddr, target: &str) -> io::Result<String> {
    let mut stream = TcpStream::connect(server).await?;
    stream.write_all(format!("GET {target} HTTP/1.1\r\nhost: {server}\r\n\r\n").as_bytes()).await?;
    let mut answer = String::new();
    tokio::time::timeout(PATIENCE, stream.read_to_string(&mut answer)).await??;
    Ok(answer.split_once("\r\n\r\n").map(|(_, body)| body.to_owned()).unwrap_or_default())
}
