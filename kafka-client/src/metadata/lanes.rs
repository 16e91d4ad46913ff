//! The shared connections for coordination and metadata, one to each address at the most: dialled on demand, by
//! one task at a time, never under a lock that others need.

use std::collections::BTreeMap;
use std::sync::Arc;

use parking_lot::Mutex;
use tokio::runtime::Handle;

use crate::api::{Error, ErrorKind, Result};
use crate::config::BrokerConf;
use crate::connection::{Connection, Link, Wire};
use crate::net::{Address, Dialer};
use crate::watch;

/// `None` while it is being dialled.
type Dialled = Option<Result<Connection>>;

/// What is known of a way to a node. The better ones are tried first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Health {
    Connected,
    Unknown,
    Failed,
}

#[derive(Debug)]
pub(crate) struct Lanes {
    dialer: Dialer,
    conf: Arc<BrokerConf>,
    runtime: Handle,
    slots: Mutex<BTreeMap<Address, watch::Receiver<Dialled>>>,
}

impl Lanes {
    pub(crate) fn new(dialer: Dialer, conf: Arc<BrokerConf>, runtime: Handle) -> Self {
        Self { dialer, conf, runtime, slots: Mutex::default() }
    }

    /// The connection to a node: the one there is, the one that is being made, or a new one. Dropping the future
    /// does not stop the dialling, which others may wait for; it ends by itself within `dial_timeout`.
    pub(crate) async fn connection(&self, link: &Link) -> Result<Connection> {
        let mut dialled = self.slot(link);
        match dialled.wait_for(Option::is_some).await {
            Ok(state) => state.clone().unwrap_or_else(|| Err(given_up())),
            Err(_) => Err(given_up().at_node(link)),
        }
    }

    fn slot(&self, link: &Link) -> watch::Receiver<Dialled> {
        let mut slots = self.slots.lock();
        let mut throttled = None;
        if let Some(slot) = slots.get(&link.address) {
            let usable = match &*slot.borrow() {
                None => slot.has_changed().is_ok(),
                Some(Ok(connection)) => {
                    throttled = connection.throttled_until();
                    !connection.is_over()
                }
                Some(Err(_)) => false,
            };
            if usable {
                return slot.clone();
            }
        }
        let (done, dialled) = watch::channel(None);
        slots.insert(link.address.clone(), dialled.clone());
        drop(slots);
        let (dialer, conf, link, runtime) =
            (self.dialer.clone(), self.conf.clone(), link.clone(), self.runtime.clone());
        self.runtime.spawn(async move {
            let opened = Wire::open(&dialer, &conf, link).await.map(|mut wire| {
                wire.throttle_until(throttled);
                Connection::share(wire, &runtime)
            });
            done.send_replace(Some(opened));
        });
        dialled
    }

    pub(crate) fn health(&self, address: &Address) -> Health {
        let slots = self.slots.lock();
        let Some(slot) = slots.get(address) else { return Health::Unknown };
        match &*slot.borrow() {
            Some(Ok(connection)) if !connection.is_over() => Health::Connected,
            Some(Err(_)) => Health::Failed,
            _ => Health::Unknown,
        }
    }

    /// Forgets the connections to addresses that `keep` does not want; they end once their calls are answered.
    pub(crate) fn retain(&self, keep: impl Fn(&Address) -> bool) {
        self.slots.lock().retain(|address, _| keep(address));
    }

    pub(crate) fn dialer(&self) -> &Dialer {
        &self.dialer
    }
}

fn given_up() -> Error {
    Error::new(ErrorKind::Connect, "dialling was given up")
}
