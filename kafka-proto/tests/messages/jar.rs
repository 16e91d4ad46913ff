//! The message definitions in a jar, which is a zip archive.

use std::io::Read;

use flate2::read::DeflateDecoder;

/// Name and content of each entry.
pub(crate) fn entries(archive: &[u8]) -> Vec<(String, String)> {
    let end = archive.windows(4).rposition(|window| window == b"PK\x05\x06").unwrap();
    let count = number(archive, end + 10, 2);
    let mut at = number(archive, end + 16, 4);
    let mut entries = Vec::with_capacity(count);
    for _ in 0..count {
        let [name, extra, comment] = [28, 30, 32].map(|field| number(archive, at + field, 2));
        let title = String::from_utf8_lossy(&archive[at + 46..at + 46 + name]).into_owned();
        if title.starts_with("common/message/") {
            entries.push((title, content(archive, at)));
        }
        at += 46 + name + extra + comment;
    }
    entries
}

/// The content of the entry whose place in the directory is `at`.
fn content(archive: &[u8], at: usize) -> String {
    let (method, packed) = (number(archive, at + 10, 2), number(archive, at + 20, 4));
    let local = number(archive, at + 42, 4);
    let start = local + 30 + number(archive, local + 26, 2) + number(archive, local + 28, 2);
    let packed = &archive[start..start + packed];
    let mut text = String::new();
    match method {
        0 => text.push_str(&String::from_utf8_lossy(packed)),
        _ => drop(DeflateDecoder::new(packed).read_to_string(&mut text).unwrap()),
    }
    text
}

/// An unsigned number, the least significant byte first.
fn number(archive: &[u8], at: usize, width: usize) -> usize {
    archive[at..at + width].iter().rev().fold(0, |number, &byte| number << 8 | usize::from(byte))
}
