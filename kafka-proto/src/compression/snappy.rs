//! Snappy. Kafka's clients write the framing of Java's snappy library (xerial): a header, then raw snappy blocks, each
//! behind its length. Some clients write one raw block without framing; both are read.

use snap::raw;

use super::compressor::Encode;
use super::error::Fault;

pub(super) const LEVELS: Option<(i32, i32)> = None;

const MAGIC: [u8; 8] = *b"\x82SNAPPY\0";
/// The magic, the version and the oldest compatible version.
const HEADER: [u8; 16] = *b"\x82SNAPPY\0\0\0\0\x01\0\0\0\x01";
/// The block size of Java's library.
const BLOCK: usize = 32 * 1024;
/// The densest that snappy has: a copy of 64 bytes in 3.
const MAX_RATIO: usize = 22;

pub(super) struct Encoder {
    raw: raw::Encoder,
}

impl Encoder {
    pub(super) fn new(_level: Option<i32>) -> Self {
        Self { raw: raw::Encoder::new() }
    }
}

impl Encode for Encoder {
    fn encode(&mut self, input: &[u8], out: &mut Vec<u8>) -> Result<(), String> {
        out.extend_from_slice(&HEADER);
        for block in input.chunks(BLOCK) {
            let length_at = out.len();
            let start = length_at + 4;
            out.resize(start + raw::max_compress_len(block.len()), 0);
            let length = self.raw.compress(block, &mut out[start..]).map_err(|error| error.to_string())?;
            out[length_at..start].copy_from_slice(&(length as u32).to_be_bytes());
            out.truncate(start + length);
        }
        Ok(())
    }
}

#[derive(Default)]
pub(super) struct Decoder {
    raw: raw::Decoder,
}

impl Decoder {
    pub(super) fn decode(&mut self, input: &[u8], out: &mut Vec<u8>, limit: usize) -> Result<(), Fault> {
        let end = out.len().saturating_add(limit);
        if !input.starts_with(&MAGIC) {
            return self.block(input, out, end);
        }
        let mut rest = input;
        while !rest.is_empty() {
            // Streams that were written one after the other each begin with a header.
            if rest.starts_with(&MAGIC) {
                let Some(blocks) = rest.get(HEADER.len()..) else {
                    return Fault::corrupt("the header is cut short");
                };
                rest = blocks;
                continue;
            }
            let Some((length, blocks)) = rest.split_first_chunk::<4>() else {
                return Fault::corrupt("a block length is cut short");
            };
            let Some((block, next)) = blocks.split_at_checked(u32::from_be_bytes(*length) as usize) else {
                return Fault::corrupt("a block is cut short");
            };
            self.block(block, out, end)?;
            rest = next;
        }
        Ok(())
    }

    fn block(&mut self, block: &[u8], out: &mut Vec<u8>, end: usize) -> Result<(), Fault> {
        let declared = raw::decompress_len(block).or_else(Fault::corrupt)?;
        if declared > block.len().saturating_mul(MAX_RATIO) {
            return Fault::corrupt("a block declares more than its bytes can hold");
        }
        let start = out.len();
        if declared > end - start {
            return Err(Fault::Limit);
        }
        out.resize(start + declared, 0);
        self.raw.decompress(block, &mut out[start..]).or_else(Fault::corrupt)?;
        Ok(())
    }
}
