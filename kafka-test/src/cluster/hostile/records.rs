//! Lies in record batches. Unless the checksum is the lie, it is right.

use bytes::Bytes;
use kafka_proto::records::{HEADER_SIZE, crc32c};

use super::Lie;
use super::random::Random;

/// Where the fields of a batch of magic 2 begin.
const BATCH_LENGTH: usize = 8;
const MAGIC: usize = 16;
const CRC: usize = 17;
const ATTRIBUTES: usize = 21;
const LAST_OFFSET_DELTA: usize = 23;
const MAX_TIMESTAMP: usize = 35;
const PRODUCER_ID: usize = 43;
const COUNT: usize = 57;

/// The attribute of control batches and transactional ones.
const CONTROL: i16 = 0x30;
const ZSTD: i16 = 4;

/// How much a compression bomb becomes.
const BOMB_BYTES: usize = 1 << 30;

/// Tells a lie in every batch of a record set. `number` counts the answers, for lies that vary.
pub(super) fn lie(records: &Bytes, lie: Lie, number: u64) -> Bytes {
    let mut told = Vec::with_capacity(records.len());
    for mut batch in batches(records) {
        twist(&mut batch, lie, number);
        told.append(&mut batch);
    }
    told.into()
}

/// Changes one field or byte of one batch.
pub(super) fn mutate(records: &Bytes, random: &mut Random) -> Bytes {
    let mut batches = batches(records);
    if batches.is_empty() {
        return records.clone();
    }
    let at = random.below(batches.len());
    let batch = &mut batches[at];
    if random.one_in(3) {
        let lies: Vec<Lie> = Lie::ALL.iter().copied().filter(|lie| lie.is_about_records()).collect();
        twist(batch, lies[random.below(lies.len())], random.next());
    } else {
        let at = random.below(batch.len());
        batch[at] = random.next() as u8;
        if !random.one_in(4) {
            seal(batch);
        }
    }
    batches.concat().into()
}

/// Cuts a set of batches of magic 2, the last of which may be a part.
fn batches(records: &Bytes) -> Vec<Vec<u8>> {
    let mut rest = &records[..];
    let mut batches = Vec::new();
    while rest.len() > HEADER_SIZE {
        let length =
            rest[BATCH_LENGTH..].first_chunk().map_or(0, |length| u32::from_be_bytes(*length) as usize);
        let (batch, left) = rest.split_at((length + 12).min(rest.len()));
        batches.push(batch.to_vec());
        rest = left;
    }
    batches
}

fn twist(batch: &mut Vec<u8>, lie: Lie, number: u64) {
    if batch.len() <= HEADER_SIZE {
        return;
    }
    let choose = |choices: &[i64]| choices[number as usize % choices.len()];
    let count = i64::from(i32::from_be_bytes(batch[COUNT..].first_chunk().copied().unwrap_or_default()));
    match lie {
        Lie::RecordCounts => {
            put32(batch, COUNT, choose(&[i32::MAX.into(), -1, count + 1, count - 1, 1 << 20]));
        }
        Lie::RecordOffsetDeltas => {
            put32(batch, LAST_OFFSET_DELTA, choose(&[i32::MAX.into(), -1, i32::MIN.into(), count, 0]));
            // Each record's own: after its length, its attributes and the difference of its timestamp.
            batch[HEADER_SIZE + 3] = choose(&[0x7f, 0x7e, 0x01, 0x03]) as u8;
        }
        Lie::RecordLengths => batch[HEADER_SIZE] = choose(&[0x7f, 0x7e, 0x01, 0xff, 0x00]) as u8,
        Lie::RecordTimestamps => {
            batch[MAX_TIMESTAMP - 8..MAX_TIMESTAMP].copy_from_slice(&i64::MAX.to_be_bytes());
            batch[MAX_TIMESTAMP..MAX_TIMESTAMP + 8].copy_from_slice(&i64::MIN.to_be_bytes());
        }
        Lie::OffsetsAtTheEnd => batch[..8].copy_from_slice(&(i64::MAX - choose(&[0, 1, 2, 9])).to_be_bytes()),
        Lie::OffsetsGoBack => batch[..8].copy_from_slice(&choose(&[0, -1, i64::MIN, -1000]).to_be_bytes()),
        Lie::UnknownCodecs => set_attributes(batch, choose(&[5, 6, 7]) as i16),
        Lie::WrongCodecs => set_attributes(batch, choose(&[1, 2, 3, 4]) as i16),
        Lie::ControlBatches => {
            set_attributes(batch, CONTROL);
            batch[PRODUCER_ID..PRODUCER_ID + 8].copy_from_slice(&7_i64.to_be_bytes());
        }
        Lie::CompressionBombs => {
            batch.truncate(HEADER_SIZE);
            batch.append(&mut zstd_bomb());
            set_attributes(batch, ZSTD);
            put_length(batch);
        }
        Lie::EmptyBatches => {
            batch.truncate(HEADER_SIZE);
            put32(batch, COUNT, 0);
            put_length(batch);
        }
        Lie::RepeatedBatches => {
            let again = batch.clone();
            for _ in 0..3 {
                batch.extend_from_slice(&again);
            }
            return;
        }
        Lie::WrongMagic => {
            batch[MAGIC] = choose(&[0, 1, 3, 127, 255]) as u8;
            return;
        }
        Lie::BatchLengths => {
            put32(batch, BATCH_LENGTH, choose(&[-1, i32::MAX.into(), 0, 48, i32::MIN.into(), 1 << 20]));
            return;
        }
        Lie::PartialBatches => {
            batch.truncate(batch.len() / 2);
            return;
        }
        Lie::WrongChecksums => {
            batch[CRC] ^= 0xff;
            return;
        }
        _ => return,
    }
    seal(batch);
}

fn set_attributes(batch: &mut [u8], attributes: i16) {
    batch[ATTRIBUTES..ATTRIBUTES + 2].copy_from_slice(&attributes.to_be_bytes());
}

fn put32(batch: &mut [u8], at: usize, number: i64) {
    batch[at..at + 4].copy_from_slice(&(number as i32).to_be_bytes());
}

fn put_length(batch: &mut [u8]) {
    put32(batch, BATCH_LENGTH, batch.len() as i64 - 12);
}

/// Makes the checksum right.
fn seal(batch: &mut [u8]) {
    if batch.len() >= HEADER_SIZE {
        let crc = crc32c(&batch[ATTRIBUTES..]);
        batch[CRC..CRC + 4].copy_from_slice(&crc.to_be_bytes());
    }
}

/// A zstd frame of blocks that each repeat one byte 128 Ki times: 32 KiB become a gibibyte.
fn zstd_bomb() -> Vec<u8> {
    const BLOCK: usize = 128 << 10;
    let blocks = BOMB_BYTES / BLOCK;
    // The magic number; no content size; a window of 128 KiB.
    let mut frame = vec![0x28, 0xb5, 0x2f, 0xfd, 0x00, 0x38];
    for block in 1..=blocks {
        let header = (BLOCK << 3) | 0b10 | usize::from(block == blocks);
        frame.extend_from_slice(&header.to_le_bytes()[..3]);
        frame.push(0);
    }
    frame
}

#[cfg(test)]
mod tests {
    use kafka_proto::compression::Decompressor;
    use kafka_proto::records::{BatchBuilder, Batches, SealOptions};

    use super::*;

    fn honest() -> Bytes {
        let mut builder = BatchBuilder::new(Vec::new());
        for value in [b"apple", b"plums"] {
            assert!(builder.append(0, None, Some(value), &[]).is_ok());
        }
        builder.seal(&SealOptions::new()).into()
    }

    #[test]
    fn every_lie_changes_the_batch() {
        for lie in Lie::ALL.iter().copied().filter(|lie| lie.is_about_records()) {
            let told = (0..4).filter(|&number| super::lie(&honest(), lie, number) != honest());
            assert!(told.count() >= 3, "{lie:?}");
        }
    }

    #[test]
    fn the_bomb_is_a_zstd_frame_of_a_gibibyte() {
        let told = lie(&honest(), Lie::CompressionBombs, 0);
        assert!(told.len() < 64 << 10);
        let Some(Ok(batch)) = Batches::new(told).next() else { unreachable!("a batch was made") };
        assert!(batch.verify_crc().is_ok());
        let refused = batch.records(&mut Decompressor::new(), 4 << 20).err().map(|error| error.to_string());
        assert!(refused.as_deref().is_some_and(|why| why.contains("4194304")), "{refused:?}");
    }
}
