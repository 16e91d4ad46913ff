//! Test doubles for Kafka clients.
#![forbid(unsafe_code)]
