//! The cluster's network with a valve on what a client writes to produce.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::task::{Context, Poll, Waker};

use async_trait::async_trait;
use kafka_client::{Environment, Transport};
use parking_lot::Mutex;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// Open at first. The connection that was opened first, which metadata goes over, has none. Compression runs on other
/// threads.
pub(crate) struct Valve {
    network: Arc<dyn Environment>,
    connections: AtomicUsize,
    state: Arc<Mutex<State>>,
}

#[derive(Default)]
struct State {
    /// How many bytes more are let through; `None`: all.
    room: Option<usize>,
    /// With no room left the connection breaks, instead of waiting for more.
    breaks: bool,
    /// What the client is given to read once it has written something.
    said: Vec<u8>,
    written: usize,
    wakers: Vec<Waker>,
}

impl Valve {
    pub(crate) fn on(network: Arc<dyn Environment>) -> Arc<Self> {
        Arc::new(Self { network, connections: AtomicUsize::new(0), state: Arc::default() })
    }

    fn turn(&self, change: impl FnOnce(&mut State)) {
        let wakers = {
            let mut state = self.state.lock();
            change(&mut state);
            std::mem::take(&mut state.wakers)
        };
        wakers.into_iter().for_each(Waker::wake);
    }

    pub(crate) fn open(&self) {
        self.turn(|state| (state.room, state.breaks) = (None, false));
    }

    pub(crate) fn close(&self) {
        self.turn(|state| state.room = Some(0));
    }

    /// Lets so many bytes more through.
    pub(crate) fn let_through(&self, bytes: usize) {
        self.turn(|state| state.room = Some(state.room.unwrap_or(0) + bytes));
    }

    /// The connection breaks after so many bytes; the next one is whole.
    pub(crate) fn break_after(&self, bytes: usize) {
        self.turn(|state| (state.room, state.breaks) = (Some(bytes), true));
    }

    /// The client is to read this once it has written something.
    pub(crate) fn say(&self, bytes: Vec<u8>) {
        self.turn(|state| (state.said, state.written) = (bytes, 0));
    }

    pub(crate) fn written(&self) -> usize {
        self.state.lock().written
    }
}

#[async_trait]
impl Environment for Valve {
    async fn connect(&self, host: &str, port: u16) -> io::Result<Box<dyn Transport>> {
        let stream = self.network.connect(host, port).await?;
        if self.connections.fetch_add(1, SeqCst) == 0 {
            return Ok(stream);
        }
        Ok(Box::new(Valved { stream, state: self.state.clone(), broken: false }))
    }

    fn wall_clock_ms(&self) -> i64 {
        self.network.wall_clock_ms()
    }

    fn random_seed(&self) -> u64 {
        self.network.random_seed()
    }
}

struct Valved {
    stream: Box<dyn Transport>,
    state: Arc<Mutex<State>>,
    broken: bool,
}

impl AsyncRead for Valved {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        {
            let mut state = self.state.lock();
            state.wakers.push(cx.waker().clone());
            if state.written > 0 && !state.said.is_empty() {
                buf.put_slice(&std::mem::take(&mut state.said));
                return Poll::Ready(Ok(()));
            }
        }
        Pin::new(&mut *self.stream).poll_read(cx, buf)
    }
}

impl AsyncWrite for Valved {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        let this = &mut *self;
        let mut state = this.state.lock();
        let most = state.room.unwrap_or(usize::MAX).min(buf.len());
        if most == 0 && state.breaks {
            (this.broken, state.room, state.breaks) = (true, None, false);
        }
        if this.broken {
            return Poll::Ready(Err(io::ErrorKind::BrokenPipe.into()));
        }
        if most == 0 {
            state.wakers.push(cx.waker().clone());
            return Poll::Pending;
        }
        let polled = Pin::new(&mut *this.stream).poll_write(cx, &buf[..most]);
        if let Poll::Ready(Ok(written)) = polled {
            state.written += written;
            state.room = state.room.map(|room| room - written);
            let wakers = std::mem::take(&mut state.wakers);
            drop(state);
            wakers.into_iter().for_each(Waker::wake);
        }
        polled
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut *self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut *self.stream).poll_shutdown(cx)
    }
}
