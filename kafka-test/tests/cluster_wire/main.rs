//! The in-process cluster, spoken to in raw frames.
#![expect(clippy::unwrap_used, clippy::expect_used, reason = "what cannot go on fails the test")]

#[path = "../support/batches.rs"]
mod batches;
mod client;
mod faults;
mod fetching;
mod hostile;
mod like_apache;
mod producing;
mod replicas;
mod secured;
mod topics;
