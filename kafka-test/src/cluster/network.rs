//! How clients reach the nodes: sockets on loopback, or pipes in memory.

use std::collections::BTreeMap;
use std::fmt;
use std::io;
use std::sync::{Arc, Weak};

use async_trait::async_trait;
use kafka_client::{Environment, Transport};
use parking_lot::Mutex;
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::Handle;
use tokio::sync::oneshot;

use super::conf::Network;
use super::server::serve;
use super::shared::Shared;
use super::state::{Node, State};

/// How many bytes a pipe in memory holds before the writer waits, as a socket's buffers do.
const PIPE_BYTES: usize = 256 * 1024;

/// The nodes' ends of the network. What is dropped here ends the connections that hang on it.
pub(crate) struct Listeners {
    network: Network,
    shared: Arc<Shared>,
    runtime: Handle,
    up: Mutex<BTreeMap<i32, Up>>,
}

/// A node that takes connections. When this goes, it takes no more of them, and those that it has end.
struct Up {
    stops: Arc<Stops>,
    /// Ends the task that accepts connections from a socket.
    _accepting: oneshot::Sender<()>,
}

/// What ends each connection of a node when it goes, oldest first: an order that is the same in every run.
#[derive(Default)]
struct Stops(Mutex<Vec<oneshot::Sender<()>>>);

impl Stops {
    /// Ends when the connection is to end.
    fn add(&self) -> oneshot::Receiver<()> {
        let (stop, stopped) = oneshot::channel();
        let mut stops = self.0.lock();
        stops.retain(|stop| !stop.is_closed());
        stops.push(stop);
        stopped
    }
}

impl Listeners {
    pub(crate) fn new(network: Network, shared: Arc<Shared>, runtime: Handle) -> Self {
        Self { network, shared, runtime, up: Mutex::default() }
    }

    /// Lets a node take connections. `socket`: where it listens; without one it listens in memory.
    pub(crate) fn open(&self, node: i32, socket: Option<TcpListener>) {
        let stops = Arc::new(Stops::default());
        let (accepting, stopped) = oneshot::channel();
        if let Some(socket) = socket {
            let shared = Arc::clone(&self.shared);
            self.runtime.spawn(accept(shared, node, socket, Arc::downgrade(&stops), stopped));
        }
        self.up.lock().insert(node, Up { stops, _accepting: accepting });
    }

    /// Ends a node's connections and takes no new ones.
    pub(crate) fn close(&self, node: i32) {
        self.up.lock().remove(&node);
    }

    /// Ends a node's connections; new ones may come.
    pub(crate) fn disconnect(&self, node: i32) {
        if let Some(up) = self.up.lock().get(&node) {
            up.stops.0.lock().clear();
        }
    }

    pub(crate) fn close_all(&self) {
        self.up.lock().clear();
    }

    pub(crate) fn is_open(&self, node: i32) -> bool {
        self.up.lock().contains_key(&node)
    }

    /// Opens a node's port again.
    pub(crate) fn reopen(&self, node: i32, port: u16) -> io::Result<()> {
        let socket = match self.network {
            Network::Memory => None,
            Network::Loopback => {
                let listen = self.shared.step(|state| state.conf.listen);
                let socket = std::net::TcpListener::bind((listen, port))?;
                socket.set_nonblocking(true)?;
                let _entered = self.runtime.enter();
                Some(TcpListener::from_std(socket)?)
            }
        };
        self.open(node, socket);
        Ok(())
    }

    /// Opens a connection as a client does.
    pub(crate) async fn connect(&self, host: &str, port: u16) -> io::Result<Box<dyn Transport>> {
        if self.network == Network::Loopback {
            let stream = TcpStream::connect((host, port)).await?;
            stream.set_nodelay(true)?;
            return Ok(Box::new(stream));
        }
        let node = self.shared.step(|state| {
            let at = |(_, node): &(&i32, &Node)| node.host == *host && node.port == port;
            state.nodes.iter().find(at).map(|(&id, node)| (id, node.faults.refuses))
        });
        let (node, refuses) = node.ok_or_else(|| {
            io::Error::new(io::ErrorKind::NotFound, format!("no node of the cluster is called {host}:{port}"))
        })?;
        let stopped = self.up.lock().get(&node).map(|up| up.stops.add());
        let stopped = stopped
            .filter(|_| !refuses)
            .ok_or_else(|| io::Error::new(io::ErrorKind::ConnectionRefused, "the node is down"))?;
        let (client, server) = tokio::io::duplex(PIPE_BYTES);
        self.runtime.spawn(serve(Arc::clone(&self.shared), node, server, stopped));
        Ok(Box::new(client))
    }
}

impl fmt::Debug for Listeners {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Listeners").field("network", &self.network).finish_non_exhaustive()
    }
}

async fn accept(
    shared: Arc<Shared>,
    node: i32,
    socket: TcpListener,
    stops: Weak<Stops>,
    mut stopped: oneshot::Receiver<()>,
) {
    loop {
        tokio::select! {
            biased;
            _ = &mut stopped => return,
            accepted = socket.accept() => match accepted {
                Ok((stream, _)) => {
                    // Answers are written whole, so waiting for more to send only costs time.
                    let refuses = shared.step(|state| state.nodes.get(&node).is_some_and(|node| node.faults.refuses));
                    if refuses {
                        continue;
                    }
                    if let (Ok(()), Some(stops)) = (stream.set_nodelay(true), stops.upgrade()) {
                        tokio::spawn(serve(Arc::clone(&shared), node, stream, stops.add()));
                    }
                }
                // The client hung up before it was accepted, or this process has too many files open: in both cases
                // the next one may do better.
                Err(error) => {
                    tracing::warn!(node, %error, "a connection could not be accepted");
                    tokio::task::yield_now().await;
                }
            },
        }
    }
}

/// The cluster as a client's surroundings: its network, its clock, its randomness.
#[derive(Debug)]
pub(crate) struct ClusterEnvironment(pub(crate) Arc<Listeners>);

#[async_trait]
impl Environment for ClusterEnvironment {
    async fn connect(&self, host: &str, port: u16) -> io::Result<Box<dyn Transport>> {
        self.0.connect(host, port).await
    }

    fn wall_clock_ms(&self) -> i64 {
        self.0.shared.clock.now_ms()
    }

    fn random_seed(&self) -> u64 {
        self.0.shared.step(State::random)
    }

    /// On the in-memory network every run is to be the same.
    fn compress_inline(&self) -> bool {
        self.0.network == Network::Memory
    }
}
