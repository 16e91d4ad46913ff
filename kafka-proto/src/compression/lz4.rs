//! LZ4 frames: independent blocks of 64 KiB written, as Java does; all block sizes, linked blocks, and both header
//! checksums read.
//!
//! Java's client computed the header checksum over the wrong bytes until Kafka 0.10 (KAFKA-3160): it included the
//! frame's magic. Messages of magic 0 still carry it. The content checksum is not looked at, as in Java: the batch has its own.

use lz4_flex::block::{self, CompressTable, DecompressError};
use twox_hash::XxHash32;

use super::compressor::Encode;
use super::error::Fault;

pub(super) const LEVELS: Option<(i32, i32)> = None;

const MAGIC: [u8; 4] = 0x184D_2204_u32.to_le_bytes();
/// Version 1, independent blocks.
const FLAGS: u8 = 0x60;
/// Blocks of at most 64 KiB.
const BLOCK_64K: u8 = 4;
const BLOCK: usize = 64 * 1024;
/// How far back a linked block can refer.
const WINDOW: usize = 64 * 1024;
/// Set in the length of a block that is stored as it is.
const STORED: u32 = 1 << 31;
/// The densest that LZ4 has: 255 more bytes of a match in each byte of its length.
const MAX_RATIO: usize = 255;

pub(super) struct Encoder {
    table: CompressTable,
}

impl Encoder {
    pub(super) fn new(_level: Option<i32>) -> Self {
        Self { table: CompressTable::small() }
    }
}

impl Encode for Encoder {
    fn encode(&mut self, input: &[u8], out: &mut Vec<u8>) -> Result<(), String> {
        let descriptor = [FLAGS, BLOCK_64K << 4];
        out.extend_from_slice(&MAGIC);
        out.extend_from_slice(&descriptor);
        out.push(header_checksum(&descriptor));
        for block in input.chunks(BLOCK) {
            let length_at = out.len();
            let start = length_at + 4;
            out.resize(start + block::get_maximum_output_size(block.len()), 0);
            let packed = block::compress_into_with_table(block, &mut out[start..], &mut self.table);
            let mut length = packed.map_err(|error| error.to_string())?;
            let mut stored = 0;
            if length >= block.len() {
                length = block.len();
                stored = STORED;
                out[start..start + length].copy_from_slice(block);
            }
            out[length_at..start].copy_from_slice(&(length as u32 | stored).to_le_bytes());
            out.truncate(start + length);
        }
        out.extend_from_slice(&[0; 4]);
        Ok(())
    }
}

#[derive(Default)]
pub(super) struct Decoder;

impl Decoder {
    /// Reads the first frame. What follows its end mark is ignored, as Java does.
    #[expect(clippy::unused_self, reason = "the decoders of all codecs are called alike")]
    pub(super) fn decode(&mut self, input: &[u8], out: &mut Vec<u8>, limit: usize) -> Result<(), Fault> {
        let start = out.len();
        let (header, mut rest) = Header::read(input)?;
        loop {
            let length = u32::from_le_bytes(take(&mut rest)?);
            if length == 0 {
                return Ok(());
            }
            let size = (length & !STORED) as usize;
            if size > header.max_block {
                return Fault::corrupt("a block is larger than the frame allows");
            }
            let Some((block, next)) = rest.split_at_checked(size) else {
                return Fault::corrupt("a block is cut short");
            };
            rest = next;
            if header.block_checksums && XxHash32::oneshot(0, block).to_le_bytes() != take(&mut rest)? {
                return Fault::corrupt("the checksum of a block does not match");
            }
            let room = limit - (out.len() - start);
            if length & STORED == 0 {
                header.unpack(block, out, start, room)?;
            } else if size > room {
                return Err(Fault::Limit);
            } else {
                out.extend_from_slice(block);
            }
        }
    }
}

struct Header {
    linked: bool,
    block_checksums: bool,
    max_block: usize,
}

impl Header {
    fn read(input: &[u8]) -> Result<(Self, &[u8]), Fault> {
        const VERSION_1: u8 = 1;
        const INDEPENDENT: u8 = 1 << 5;
        const BLOCK_CHECKSUM: u8 = 1 << 4;
        const CONTENT_SIZE: u8 = 1 << 3;
        const RESERVED_OR_DICTIONARY: u8 = 3;
        let mut rest = input;
        if take::<4>(&mut rest)? != MAGIC {
            return Fault::corrupt("it does not begin with the magic of an LZ4 frame");
        }
        let [flags, sizes] = take(&mut rest)?;
        if flags >> 6 != VERSION_1 || flags & RESERVED_OR_DICTIONARY != 0 {
            return Fault::corrupt("the frame header has flags that Kafka does not allow");
        }
        if flags & CONTENT_SIZE != 0 {
            take::<8>(&mut rest)?;
        }
        let end = input.len() - rest.len();
        let [checksum] = take(&mut rest)?;
        if checksum != header_checksum(&input[MAGIC.len()..end]) && checksum != header_checksum(&input[..end])
        {
            return Fault::corrupt("the checksum of the frame header does not match");
        }
        let max_block = match sizes {
            0x40 => 64 * 1024,
            0x50 => 256 * 1024,
            0x60 => 1024 * 1024,
            0x70 => 4 * 1024 * 1024,
            _ => return Fault::corrupt("the frame header has no valid block size"),
        };
        let linked = flags & INDEPENDENT == 0;
        Ok((Self { linked, block_checksums: flags & BLOCK_CHECKSUM != 0, max_block }, rest))
    }

    /// Appends a block, decompressed: at most `room` bytes.
    fn unpack(&self, packed: &[u8], out: &mut Vec<u8>, start: usize, room: usize) -> Result<(), Fault> {
        let mut size = self.max_block.min(packed.len().saturating_mul(MAX_RATIO));
        if size > BLOCK {
            // Large blocks are declared by clients that hardly ever fill them: look before taking memory.
            size = size.min(unpacked_size(packed));
        }
        let filled = out.len();
        out.resize(filled + size.min(room), 0);
        let (before, target) = out.split_at_mut(filled);
        let unpacked = if self.linked {
            let dictionary = &before[start.max(filled.saturating_sub(WINDOW))..];
            block::decompress_into_with_dict(packed, target, dictionary)
        } else {
            block::decompress_into(packed, target)
        };
        match unpacked {
            Ok(length) => {
                out.truncate(filled + length);
                Ok(())
            }
            Err(DecompressError::OutputTooSmall { .. }) if room < size => Err(Fault::Limit),
            Err(DecompressError::OutputTooSmall { .. }) => {
                Fault::corrupt("a block holds more than the frame allows")
            }
            Err(error) => Fault::corrupt(error),
        }
    }
}

/// The size of a block when decompressed, from the lengths of its literals and matches alone. Of a damaged block: any
/// number, which decompressing then finds out.
fn unpacked_size(mut packed: &[u8]) -> usize {
    const MIN_MATCH: usize = 4;
    let mut size = 0_usize;
    while let Some((&token, rest)) = packed.split_first() {
        packed = rest;
        let literals = length(token >> 4, &mut packed);
        size = size.saturating_add(literals);
        // The last sequence has no match.
        let Some(offset) = packed.get(literals..).filter(|rest| rest.len() >= 2) else { return size };
        packed = &offset[2..];
        size = size.saturating_add(length(token & 15, &mut packed)).saturating_add(MIN_MATCH);
    }
    size
}

/// A length of which four bits stand in the token; 15 goes on in the bytes that follow, up to the first below 255.
fn length(in_token: u8, packed: &mut &[u8]) -> usize {
    let mut length = usize::from(in_token);
    if in_token == 15 {
        while let Some((&more, rest)) = packed.split_first() {
            *packed = rest;
            length = length.saturating_add(usize::from(more));
            if more < u8::MAX {
                break;
            }
        }
    }
    length
}

fn header_checksum(descriptor: &[u8]) -> u8 {
    (XxHash32::oneshot(0, descriptor) >> 8) as u8
}

fn take<const N: usize>(rest: &mut &[u8]) -> Result<[u8; N], Fault> {
    let Some((taken, after)) = rest.split_first_chunk::<N>() else {
        return Fault::corrupt("the frame is cut short");
    };
    *rest = after;
    Ok(*taken)
}
