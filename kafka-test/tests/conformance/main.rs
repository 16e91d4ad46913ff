//! What the in-process cluster answers is what Apache Kafka answers: the same requests, valid and not, in all versions
//! that both speak, and the same answers field by field.
#![cfg(all(feature = "apache", feature = "cluster", unix))]
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "what cannot go on fails the test"
)]

#[path = "../support/batches.rs"]
mod batches;
mod compare;
mod known;
mod normal;
mod produced;
mod talk;

mod admin;
mod api_versions;
mod epochs;
mod fetch;
mod groups;
mod list_offsets;
mod malformed;
mod metadata;
mod produce;
mod topics;
