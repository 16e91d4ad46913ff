//! A connection to one node: frames, handshake, versions, answers in order.
//!
//! [`Wire`] is a connection that one task owns and drives: producers and fetch loops have their own, so that
//! no record crosses a task to reach the socket. [`Connection`] is one that many share: a task of its own
//! drives it, for coordination and metadata.

mod frame;
mod handshake;
mod in_flight;
mod outgoing;
mod shared;
mod throttle;
mod versions;
mod wire;

pub(crate) use shared::{Connection, Say, newest};
pub(crate) use throttle::of as throttle_time;
pub(crate) use versions::Versions;
pub(crate) use wire::{Answer, Link, Wire};
