#![cfg(all(feature = "gzip", feature = "snappy", feature = "lz4", feature = "zstd"))]

use std::sync::Arc;

use proptest::prelude::*;

use super::*;

const CODECS: [Compression; 4] =
    [Compression::Gzip, Compression::Snappy, Compression::Lz4, Compression::Zstd];
const LIMIT: usize = 64 << 20;

fn compress(codec: Compression, input: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    Compressor::new(codec).unwrap().compress(input, &mut out).unwrap();
    out
}

fn unpack(codec: Compression, input: &[u8]) -> Result<Vec<u8>, CompressionError> {
    let mut out = Vec::new();
    decompress(codec, input, &mut out, LIMIT).map(|()| out)
}

/// Text that compresses by about half, different in each block.
fn text(size: usize) -> Vec<u8> {
    let mut state = 88_172_645_463_325_252_u64;
    let mut next = move || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        b"kafka topics and partitions"[(state % 27) as usize]
    };
    (0..size).map(|_| next()).collect()
}

fn is_corrupt(result: &Result<Vec<u8>, CompressionError>) -> bool {
    matches!(result, Err(CompressionError::Corrupt { .. }))
}

#[test]
fn every_codec_gives_back_what_it_was_given_batch_after_batch() {
    let mut decompressor = Decompressor::new();
    for codec in Compression::ALL {
        let mut compressor = Compressor::new(codec).unwrap();
        for size in [1, 0, 100, 12, 32 << 10, (32 << 10) + 1, 64 << 10, (64 << 10) + 1, 700_000, 3] {
            for input in [text(size), vec![b'x'; size]] {
                let (mut packed, mut unpacked) = (b"before".to_vec(), b"before".to_vec());
                compressor.compress(&input, &mut packed).unwrap();
                decompressor.decompress(codec, &packed[6..], &mut unpacked, size).unwrap();
                assert_eq!(&packed[..6], b"before", "{codec} {size}");
                assert!(unpacked[..6] == *b"before" && unpacked[6..] == input, "{codec} {size}");
            }
        }
    }
}

#[test]
fn data_larger_than_the_limit_is_an_error_that_names_it() {
    for codec in Compression::ALL {
        let packed = compress(codec, &text(100_000));
        let mut out = b"kept".to_vec();
        let error = decompress(codec, &packed, &mut out, 99_999).unwrap_err();
        assert_eq!(error, CompressionError::LimitExceeded { compression: codec, limit: 99_999 });
        assert!(error.to_string().contains("99999 bytes"), "{error}");
        assert_eq!(out, b"kept", "{codec}");
    }
}

#[test]
fn bombs_end_at_the_limit_without_taking_more_memory() {
    const LIMIT: usize = 1 << 20;
    for codec in CODECS {
        let bomb = compress(codec, &vec![0; 64 << 20]);
        let mut out = Vec::new();
        let error = decompress(codec, &bomb, &mut out, LIMIT).unwrap_err();
        assert_eq!(error, CompressionError::LimitExceeded { compression: codec, limit: LIMIT });
        assert!(out.capacity() <= 2 * LIMIT + 64, "{codec} took {}", out.capacity());
    }
}

#[test]
fn sizes_that_data_declares_are_not_believed() {
    // A raw snappy block of 4 GiB, of which one byte follows.
    let snappy = [0xff, 0xff, 0xff, 0xff, 0x0f, 0, b'x'];
    // A zstd frame of 3 GiB with a window of 2 GiB, whose only block is one byte.
    let mut zstd = vec![0x28, 0xb5, 0x2f, 0xfd, 0x80, 0xa8];
    zstd.extend_from_slice(&(3_u32 << 30).to_le_bytes());
    zstd.extend_from_slice(&[0x09, 0, 0, b'x']);
    for (codec, input) in [(Compression::Snappy, &snappy[..]), (Compression::Zstd, &zstd)] {
        let mut out = Vec::new();
        let error = decompress(codec, input, &mut out, LIMIT).unwrap_err();
        assert!(matches!(error, CompressionError::Corrupt { .. }), "{codec} {error}");
        assert!(out.capacity() <= 1024, "{codec} took {}", out.capacity());
    }
}

#[test]
fn lz4_blocks_of_4_mib_take_memory_for_their_content() {
    let packed = lz4_frame(0x60, 0x70, &[b"a small block in a frame for large ones, small block in a frame"]);
    let mut out = Vec::new();
    decompress(Compression::Lz4, &packed, &mut out, LIMIT).unwrap();
    assert_eq!(out, b"a small block in a frame for large ones, small block in a frame");
    assert!(out.capacity() <= 64 << 10, "took {}", out.capacity());
}

#[test]
fn data_cut_short_anywhere_is_an_error() {
    for codec in CODECS {
        let packed = compress(codec, &text(1000));
        for end in 0..packed.len() {
            // Without a block a snappy stream and a sequence of no zstd frames are empty, but whole.
            let whole = matches!((codec, end), (Compression::Snappy, 16) | (Compression::Zstd, 0));
            assert_eq!(unpack(codec, &packed[..end]).is_ok(), whole, "{codec} cut at {end}");
        }
    }
}

#[test]
fn gzip_members_are_read_to_the_last_and_what_follows_is_ignored() {
    let mut two = compress(Compression::Gzip, b"one ");
    two.extend(compress(Compression::Gzip, b"two"));
    assert_eq!(unpack(Compression::Gzip, &two).unwrap(), b"one two");
    two.extend(b"no header");
    assert_eq!(unpack(Compression::Gzip, &two).unwrap(), b"one two");
}

#[test]
fn gzip_headers_may_have_every_optional_field() {
    let plain = compress(Compression::Gzip, b"content");
    let mut packed = plain[..10].to_vec();
    packed[3] = 2 | 4 | 8 | 16;
    packed.extend(b"\x03\x00abcname\0comment\0CR");
    packed.extend(&plain[10..]);
    assert_eq!(unpack(Compression::Gzip, &packed).unwrap(), b"content");
}

#[test]
fn gzip_checksums_are_verified() {
    let mut packed = compress(Compression::Gzip, b"content");
    let at = packed.len() - 8;
    packed[at] ^= 1;
    assert!(is_corrupt(&unpack(Compression::Gzip, &packed)));
}

#[test]
fn snappy_is_written_in_the_framing_of_java_and_read_in_all() {
    let packed = compress(Compression::Snappy, &text(70_000));
    assert!(packed.starts_with(b"\x82SNAPPY\0\0\0\0\x01\0\0\0\x01"));
    let twice = [&packed[..], &packed].concat();
    assert_eq!(unpack(Compression::Snappy, &twice).unwrap(), [text(70_000), text(70_000)].concat());
    let raw = snap::raw::Encoder::new().compress_vec(b"without framing").unwrap();
    assert_eq!(unpack(Compression::Snappy, &raw).unwrap(), b"without framing");
}

#[test]
fn zstd_frames_are_read_one_after_the_other() {
    let two = [compress(Compression::Zstd, b"one "), compress(Compression::Zstd, b"two")].concat();
    assert_eq!(unpack(Compression::Zstd, &two).unwrap(), b"one two");
}

#[test]
fn zstd_that_compresses_far_better_than_usual_is_read() {
    let input = vec![7; 5_000_000];
    assert!(unpack(Compression::Zstd, &compress(Compression::Zstd, &input)).unwrap() == input);
}

/// A frame with these flags and block sizes.
fn lz4_frame(flags: u8, sizes: u8, blocks: &[&[u8]]) -> Vec<u8> {
    let mut frame = 0x184D_2204_u32.to_le_bytes().to_vec();
    frame.extend([flags, sizes]);
    if flags & 8 != 0 {
        frame.extend(u64::MAX.to_le_bytes());
    }
    frame.push((twox_hash::XxHash32::oneshot(0, &frame[4..]) >> 8) as u8);
    let mut before = Vec::new();
    for block in blocks {
        let linked = flags & 0x20 == 0;
        let dictionary: &[u8] = if linked { &before } else { b"" };
        let packed = lz4_flex::block::compress_with_dict(block, dictionary);
        frame.extend((packed.len() as u32).to_le_bytes());
        frame.extend(&packed);
        if flags & 0x10 != 0 {
            frame.extend(twox_hash::XxHash32::oneshot(0, &packed).to_le_bytes());
        }
        before.extend_from_slice(block);
    }
    frame.extend([0; 4]);
    frame
}

#[test]
fn lz4_is_written_in_independent_blocks_of_64_kib() {
    let packed = compress(Compression::Lz4, &text(100));
    assert_eq!(packed[..7], [0x04, 0x22, 0x4d, 0x18, 0x60, 0x40, 0x82]);
    assert_eq!(packed[packed.len() - 4..], [0; 4]);
}

#[test]
fn lz4_frames_with_every_flag_are_read() {
    let blocks: [&[u8]; 2] = [b"the first block of the frame", b"the second block of the frame"];
    let expected = blocks.concat();
    for flags in [0x60, 0x40, 0x70, 0x68, 0x64, 0x78] {
        let mut packed = lz4_frame(flags, 0x40, &blocks);
        packed.extend(b"what follows the frame is ignored");
        assert_eq!(unpack(Compression::Lz4, &packed).unwrap(), expected, "flags {flags:02x}");
    }
    for flags in [0x20, 0x61, 0x62, 0xa0] {
        assert!(is_corrupt(&unpack(Compression::Lz4, &lz4_frame(flags, 0x40, &blocks))), "flags {flags:02x}");
    }
    for sizes in [0, 0x30, 0x41, 0xc0] {
        assert!(is_corrupt(&unpack(Compression::Lz4, &lz4_frame(0x60, sizes, &blocks))), "sizes {sizes:02x}");
    }
}

#[test]
fn lz4_header_checksums_may_be_right_or_those_of_old_java_clients() {
    let packed = lz4_frame(0x60, 0x40, &[b"block"]);
    let old = (twox_hash::XxHash32::oneshot(0, &packed[..6]) >> 8) as u8;
    for checksum in 0..=u8::MAX {
        let right = packed[6];
        let frame = [&packed[..6], &[checksum], &packed[7..]].concat();
        let known = checksum == right || checksum == old;
        assert_eq!(unpack(Compression::Lz4, &frame).is_ok(), known, "checksum {checksum:02x}");
    }
}

#[test]
fn lz4_block_checksums_are_verified() {
    let mut packed = lz4_frame(0x70, 0x40, &[b"block"]);
    let at = packed.len() - 5;
    packed[at] ^= 1;
    assert!(is_corrupt(&unpack(Compression::Lz4, &packed)));
}

#[test]
fn lz4_blocks_may_not_exceed_what_the_frame_allows() {
    let block = vec![0; 65_537];
    assert!(is_corrupt(&unpack(Compression::Lz4, &lz4_frame(0x60, 0x40, &[&block]))));
    assert!(unpack(Compression::Lz4, &lz4_frame(0x60, 0x50, &[&block])).unwrap() == block);
}

#[test]
fn levels_change_the_output_and_unknown_ones_are_refused() {
    let size = |codec, level| {
        let mut out = Vec::new();
        Compressor::with_level(codec, level).unwrap().compress(&text(100_000), &mut out).unwrap();
        assert!(unpack(codec, &out).unwrap() == text(100_000));
        out.len()
    };
    assert!(size(Compression::Gzip, 9) < size(Compression::Gzip, 1));
    assert!(size(Compression::Zstd, 19) < size(Compression::Zstd, -5));
    for (codec, level) in [(Compression::Gzip, 0), (Compression::Gzip, 10), (Compression::Zstd, 23)] {
        let error = Compressor::with_level(codec, level).unwrap_err().to_string();
        assert!(error.contains(&format!("{codec} has no level {level}")), "{error}");
    }
    let error = Compressor::with_level(Compression::Lz4, 9).unwrap_err().to_string();
    assert_eq!(error, "lz4 takes no level, but 9 was set");
}

#[test]
fn names_and_ids_are_those_of_kafka() {
    for (id, name) in ["none", "gzip", "snappy", "lz4", "zstd"].into_iter().enumerate() {
        let codec = Compression::try_from(id as u8).unwrap();
        assert_eq!((codec.id(), codec.name()), (id as u8, name));
        assert_eq!(name.parse(), Ok(codec));
    }
    assert_eq!(Compression::try_from(5), Err(CompressionError::UnknownCodec { id: 5 }));
    assert!("brotli".parse::<Compression>().unwrap_err().to_string().contains("\"brotli\""));
}

struct Failing;

impl Codec for Failing {
    fn compression(&self) -> Compression {
        Compression::Zstd
    }

    fn compress(&self, _input: &[u8], out: &mut Vec<u8>) -> Result<(), CompressionError> {
        out.extend(b"half");
        Err(CompressionError::Failed { compression: Compression::Zstd, reason: "out of order".into() })
    }
}

#[test]
fn a_codec_of_the_user_that_fails_leaves_nothing_behind() {
    let mut out = b"kept".to_vec();
    let error = Compressor::custom(Arc::new(Failing)).compress(b"input", &mut out).unwrap_err();
    assert!(error.to_string().contains("out of order"));
    assert_eq!(out, b"kept");
}

proptest! {
    #[test]
    fn damaged_data_never_panics_nor_exceeds_the_limit(
        input in proptest::collection::vec(0_u8..8, 0..2000),
        damage in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..5),
        limit in 0_usize..5000,
    ) {
        for codec in CODECS {
            let mut packed = compress(codec, &input);
            for (at, byte) in &damage {
                let at = at.index(packed.len());
                packed[at] = *byte;
            }
            let mut out = Vec::new();
            let result = decompress(codec, &packed, &mut out, limit);
            prop_assert!(out.len() <= limit);
            prop_assert!(result.is_ok() || out.is_empty());
        }
    }

    #[test]
    fn noise_never_panics(noise in proptest::collection::vec(any::<u8>(), 0..500)) {
        for codec in CODECS {
            let _ = decompress(codec, &noise, &mut Vec::new(), 10_000);
        }
        let lz4 = [&[0x04, 0x22, 0x4d, 0x18, 0x60, 0x40, 0x82], &noise[..]].concat();
        let _ = decompress(Compression::Lz4, &lz4, &mut Vec::new(), 10_000);
    }
}
