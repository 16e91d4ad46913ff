//! Every message, compared with what Apache Kafka's own code writes, and given bytes that nobody should send.
#![expect(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

#[path = "../support/allocator.rs"]
mod allocator;
mod apis;
mod corpus;
mod generate;
mod hostile;
mod jar;
mod parity;
mod rendering;
mod round_trip;
mod rules;
mod vectors;
