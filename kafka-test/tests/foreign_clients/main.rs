//! Clients of others at the program `kafka-cluster`: what works with Apache Kafka works with it.
//!
//! Where a client's language is not on the machine the test says so and passes, unless `KAFKA_TESTS_REQUIRE_FOREIGN=1`.
#![cfg(all(feature = "apache", feature = "cluster", unix))]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

mod program;

mod java;
mod scripts;
