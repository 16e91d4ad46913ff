#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

// The derived code names this crate by its name, here too.
extern crate self as kafka_proto;

pub mod compression;
mod error_code;
pub mod messages;
pub mod records;
pub mod wire;

pub use error_code::ErrorCode;
