//! gzip (RFC 1952): one member written; any number read, as Java's `GZIPInputStream` does.

use flate2::{Compress, Crc, Decompress, FlushCompress, FlushDecompress, Status};

use super::compressor::Encode;
use super::error::Fault;

pub(super) const LEVELS: Option<(i32, i32)> = Some((1, 9));
const DEFAULT_LEVEL: i32 = 6;
/// log2 of the largest window that deflate has.
const WINDOW_BITS: u8 = 15;

pub(super) struct Encoder {
    deflate: Compress,
}

impl Encoder {
    pub(super) fn new(level: Option<i32>) -> Self {
        let level = flate2::Compression::new(level.unwrap_or(DEFAULT_LEVEL).unsigned_abs());
        Self { deflate: Compress::new_gzip(level, WINDOW_BITS) }
    }
}

impl Encode for Encoder {
    fn encode(&mut self, input: &[u8], out: &mut Vec<u8>) -> Result<(), String> {
        self.deflate.reset();
        out.reserve(input.len() / 2 + 64);
        loop {
            let taken = self.deflate.total_in() as usize;
            let status = self.deflate.compress_vec(&input[taken..], out, FlushCompress::Finish);
            match status.map_err(|error| error.to_string())? {
                Status::StreamEnd => return Ok(()),
                Status::Ok | Status::BufError => out.reserve(out.len().max(64)),
            }
        }
    }
}

/// Raw inflate: the header and trailer of a member are read here, because the library's own reading of them cannot
/// be reset for the next batch.
pub(super) struct Decoder {
    inflate: Decompress,
}

impl Default for Decoder {
    fn default() -> Self {
        Self { inflate: Decompress::new(false) }
    }
}

impl Decoder {
    pub(super) fn decode(&mut self, mut input: &[u8], out: &mut Vec<u8>, limit: usize) -> Result<(), Fault> {
        let start = out.len();
        loop {
            let Some(body) = after_header(input) else { return Fault::corrupt("the gzip header is damaged") };
            let trailer = self.member(body, out, start, limit)?;
            // Bytes after the last member that are no header are ignored, as Java does.
            match trailer.get(8..) {
                Some(rest) if after_header(rest).is_some() => input = rest,
                _ => return Ok(()),
            }
        }
    }

    /// Inflates one member; returns what follows its compressed data, which begins with the trailer.
    fn member<'a>(
        &mut self,
        body: &'a [u8],
        out: &mut Vec<u8>,
        start: usize,
        limit: usize,
    ) -> Result<&'a [u8], Fault> {
        self.inflate.reset(false);
        let member_start = out.len();
        loop {
            let room = (out.len() - start).max(body.len().saturating_mul(4)).max(512);
            out.reserve(room.min(limit.saturating_add(1) - (out.len() - start)));
            let taken = self.inflate.total_in() as usize;
            let before = out.len();
            let status = self.inflate.decompress_vec(&body[taken..], out, FlushDecompress::None);
            if out.len() - start > limit {
                return Err(Fault::Limit);
            }
            let stalled = out.len() == before && self.inflate.total_in() as usize == taken;
            match status.or_else(Fault::corrupt)? {
                Status::StreamEnd => break,
                Status::Ok | Status::BufError if stalled => return Fault::corrupt("the data ends too early"),
                Status::Ok | Status::BufError => {}
            }
        }
        let rest = &body[self.inflate.total_in() as usize..];
        let Some((trailer, _)) = rest.split_first_chunk::<8>() else {
            return Fault::corrupt("the trailer is missing");
        };
        let mut crc = Crc::new();
        crc.update(&out[member_start..]);
        let expected = [crc.sum().to_le_bytes(), crc.amount().to_le_bytes()].concat();
        if *trailer == *expected { Ok(rest) } else { Fault::corrupt("the checksum or length does not match") }
    }
}

/// What follows the header of a member, if `input` begins with one.
fn after_header(input: &[u8]) -> Option<&[u8]> {
    const HEADER_CRC: u8 = 2;
    const EXTRA: u8 = 4;
    const NAME: u8 = 8;
    const COMMENT: u8 = 16;
    let (header, mut rest) = input.split_first_chunk::<10>()?;
    let [0x1f, 0x8b, 8, flags, ..] = *header else { return None };
    if flags & EXTRA != 0 {
        let (length, extra) = rest.split_first_chunk::<2>()?;
        rest = extra.get(usize::from(u16::from_le_bytes(*length))..)?;
    }
    for flag in [NAME, COMMENT] {
        if flags & flag != 0 {
            let end = rest.iter().position(|&byte| byte == 0)?;
            rest = &rest[end + 1..];
        }
    }
    if flags & HEADER_CRC != 0 { rest.get(2..) } else { Some(rest) }
}
