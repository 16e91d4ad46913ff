//! The records that are written and read.

use bytes::Bytes;
use kafka_proto::records::BatchBuilder;

/// The sizes of batches: the default of producers, and what they can be set to for throughput.
pub(crate) const BATCH_SIZES: [(&str, usize); 2] = [("16 KiB", 16 << 10), ("1 MiB", 1 << 20)];

const FIRST_TIMESTAMP: i64 = 1_700_000_000_000;
static VALUE: [u8; 100] = [7; 100];

pub(crate) struct Sample {
    pub(crate) timestamp: i64,
    pub(crate) value: Bytes,
}

/// Records with a value of 100 bytes and no key, as many as make a batch of `size` bytes.
pub(crate) fn of_100_bytes(size: usize) -> Vec<Sample> {
    fill(size, || Bytes::from_static(&VALUE))
}

/// Records with a JSON object of some 90 bytes for a value, as many as make a batch of `size` bytes.
pub(crate) fn of_json(size: usize) -> Vec<Sample> {
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let mut random = move |below: u64| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state % below
    };
    fill(size, || {
        let action = ["view", "click", "buy"][random(3) as usize];
        let (user, page, visit) = (random(100_000), random(5_000), random(1 << 24));
        let json = format!(
            r#"{{"user":{user},"action":"{action}","page":"/products/{page}","visit":"https://example.com/{visit:x}"}}"#
        );
        Bytes::from(json)
    })
}

fn fill(size: usize, mut value: impl FnMut() -> Bytes) -> Vec<Sample> {
    let mut builder = BatchBuilder::new(Vec::new());
    let mut samples = Vec::new();
    for timestamp in FIRST_TIMESTAMP.. {
        let sample = Sample { timestamp, value: value() };
        let grows = builder.size_of(timestamp, None, Some(&sample.value), &[]);
        if builder.len() + grows > size {
            break;
        }
        builder.append(timestamp, None, Some(&sample.value), &[]).expect("the batch is small");
        samples.push(sample);
    }
    samples
}
