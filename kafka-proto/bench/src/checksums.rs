//! The checksum of record batches: with the crate that kafka-proto uses, and with another.

use std::hint::black_box;

use crate::{Case, OURS, Prepared};

pub(crate) fn cases() -> Vec<Case> {
    let mut cases = Vec::new();
    for (name, size) in [("100 bytes", 100), ("16 KiB", 16 << 10), ("1 MiB", 1 << 20)] {
        let name = format!("CRC-32C of {name}");
        cases.push(case(&name, OURS, size, kafka_proto::records::crc32c));
        cases.push(case(&name, "crc32c", size, crc32c::crc32c));
    }
    cases
}

fn case(name: &str, library: &'static str, size: usize, checksum: fn(&[u8]) -> u32) -> Case {
    Case::new(name, library, "call", move || {
        let data: Vec<u8> = (0..size).map(|at| (at * 31 / 8) as u8).collect();
        Prepared::new(1, move || {
            black_box(checksum(black_box(&data)));
        })
    })
}
