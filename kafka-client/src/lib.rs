//! The Kafka client SDK for Rust.
#![forbid(unsafe_code)]
