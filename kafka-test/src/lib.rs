//! Test doubles for Kafka clients.
#![forbid(unsafe_code)]

#[cfg(feature = "cluster")]
pub mod cluster;
