//! Test doubles for Kafka clients.
#![forbid(unsafe_code)]

#[cfg(all(feature = "apache", unix))]
pub mod apache;
#[cfg(feature = "cluster")]
pub mod cluster;
