//! Stands in for a codec that the build left out. Nothing reaches it: `Compression::require` refuses first, with an
//! error that names the feature.
#![expect(clippy::unused_self, reason = "called like the codecs that it stands in for")]

use super::compressor::Encode;
use super::error::Fault;

pub(super) const LEVELS: Option<(i32, i32)> = None;

pub(super) struct Encoder;

impl Encoder {
    pub(super) fn new(_level: Option<i32>) -> Self {
        Self
    }
}

impl Encode for Encoder {
    fn encode(&mut self, _input: &[u8], _out: &mut Vec<u8>) -> Result<(), String> {
        Err("it was left out of this build".to_owned())
    }
}

#[derive(Default)]
pub(super) struct Decoder;

impl Decoder {
    pub(super) fn decode(&mut self, _input: &[u8], _out: &mut Vec<u8>, _limit: usize) -> Result<(), Fault> {
        Fault::corrupt("its codec was left out of this build")
    }
}
