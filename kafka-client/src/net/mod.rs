//! Byte streams to nodes: addresses, the machine's own network, TLS.

mod address;
mod dialer;
mod runtime;
mod system;

pub(crate) use address::Address;
pub(crate) use dialer::Dialer;
pub(crate) use runtime::runtime;
pub(crate) use system::System;
