//! Zstandard: one frame with its content size written; any number of frames read.

use std::io::Cursor;

use zstd::zstd_safe::{self, CCtx, CParameter, DCtx};

use super::compressor::Encode;
use super::error::Fault;

pub(super) const LEVELS: Option<(i32, i32)> = Some((-131_072, 22));

/// `ZSTD_error_dstSize_tooSmall`; error codes are returned negated.
const OUTPUT_TOO_SMALL: usize = 0_usize.wrapping_sub(70);
/// What is first given to the output for each byte of input: more than most data needs.
const USUAL_RATIO: usize = 8;

pub(super) struct Encoder {
    context: CCtx<'static>,
    level: i32,
}

impl Encoder {
    pub(super) fn new(level: Option<i32>) -> Self {
        Self { context: CCtx::create(), level: level.unwrap_or(zstd_safe::CLEVEL_DEFAULT) }
    }
}

impl Encode for Encoder {
    fn encode(&mut self, input: &[u8], out: &mut Vec<u8>) -> Result<(), String> {
        let failed = |code| zstd_safe::get_error_name(code).to_owned();
        out.reserve(zstd_safe::compress_bound(input.len()));
        self.context.set_parameter(CParameter::CompressionLevel(self.level)).map_err(failed)?;
        self.context.compress2(&mut at_end(out), input).map_err(failed)?;
        Ok(())
    }
}

pub(super) struct Decoder {
    context: DCtx<'static>,
}

impl Default for Decoder {
    fn default() -> Self {
        Self { context: DCtx::create() }
    }
}

impl Decoder {
    /// Decompresses in one go, which needs no window beside the output, into room that grows until it suffices:
    /// neither the window nor the content size that a frame declares is ever allocated on its word.
    pub(super) fn decode(&mut self, input: &[u8], out: &mut Vec<u8>, limit: usize) -> Result<(), Fault> {
        let start = out.len();
        let usual = input.len().saturating_mul(USUAL_RATIO).max(1024);
        let declared = zstd_safe::get_frame_content_size(input).ok().flatten();
        let declared = declared.and_then(|size| usize::try_from(size).ok()).filter(|&size| size <= usual);
        let mut room = declared.unwrap_or(usual).min(limit);
        loop {
            out.reserve_exact(room);
            match self.context.decompress(&mut at_end(out), input) {
                Ok(size) if size > limit => return Err(Fault::Limit),
                Ok(_) => return Ok(()),
                Err(OUTPUT_TOO_SMALL) if out.capacity() - start >= limit => return Err(Fault::Limit),
                Err(OUTPUT_TOO_SMALL) => room = room.max(1024).saturating_mul(4).min(limit),
                Err(code) => return Fault::corrupt(zstd_safe::get_error_name(code)),
            }
        }
    }
}

/// Where the library appends: it takes the room that is reserved, without filling it with zeros first.
fn at_end(out: &mut Vec<u8>) -> Cursor<&mut Vec<u8>> {
    let end = out.len() as u64;
    let mut cursor = Cursor::new(out);
    cursor.set_position(end);
    cursor
}
