//! Appending records to a buffer that has room, and reading records, allocate nothing.
#![expect(clippy::unwrap_used, reason = "the batches here are well formed")]

#[path = "support/allocator.rs"]
mod allocator;

use std::cell::Cell;
use std::hint::black_box;

use bytes::Bytes;
use kafka_proto::compression::Decompressor;
use kafka_proto::records::{BatchBuilder, Batches, Cursor, RecordBatch, SealOptions};

use allocator::{Watch, Watched};

thread_local! {
    /// Of this thread, as tests run side by side.
    static ALLOCATIONS: Cell<usize> = const { Cell::new(0) };
}

struct Counting;

impl Watch for Counting {
    fn took(_bytes: usize) {
        // A thread that ends still allocates, without its count.
        let _gone = ALLOCATIONS.try_with(|count| count.set(count.get() + 1));
    }
}

#[global_allocator]
static ALLOCATOR: Watched<Counting> = Watched(Counting);

/// How often `work` allocates, and what it returns.
fn allocations<T>(work: impl FnOnce() -> T) -> (usize, T) {
    let before = ALLOCATIONS.get();
    let result = work();
    (ALLOCATIONS.get() - before, result)
}

const RECORDS: usize = 1_000;
const VALUE: [u8; 100] = [7; 100];

/// With keys and headers, some null, and timestamps of several sizes.
fn fill(mut builder: BatchBuilder) -> BatchBuilder {
    let headers: [(&str, Option<&[u8]>); 2] = [("trace", Some(b"0123456789abcdef")), ("empty", None)];
    for index in 0..RECORDS {
        let timestamp = 1_700_000_000_000 + (index * index) as i64;
        let key = (index % 2 == 0).then_some(&b"key-1234"[..]);
        let value = (index % 3 != 0).then_some(&VALUE[..]);
        builder.append(timestamp, key, value, &headers[..index % 3]).unwrap();
    }
    builder
}

fn batch() -> RecordBatch {
    let sealed = fill(BatchBuilder::new(Vec::new())).seal(&SealOptions::new());
    Batches::new(Bytes::from(sealed)).next().unwrap().unwrap()
}

#[test]
fn the_counter_sees_allocations() {
    assert!(allocations(|| black_box(vec![1])).0 > 0);
}

#[test]
fn appending_and_sealing_in_a_buffer_with_room_allocates_nothing() {
    let buffer = Vec::with_capacity(RECORDS * 200);
    let (count, sealed) = allocations(|| fill(BatchBuilder::new(buffer)).seal(&SealOptions::new()));
    assert!(sealed.len() > RECORDS * 50);
    assert_eq!(count, 0);
}

#[test]
fn a_batch_in_a_used_buffer_allocates_nothing() {
    let buffer = fill(BatchBuilder::new(Vec::new())).into_buffer();
    let (count, builder) = allocations(|| fill(BatchBuilder::new(buffer)));
    assert_eq!(builder.count(), RECORDS as i32);
    assert_eq!(count, 0);
}

#[test]
fn verifying_checking_and_iterating_allocate_nothing() {
    let batch = batch();
    let mut decompressor = Decompressor::new();
    let (count, read) = allocations(|| {
        batch.verify_crc().unwrap();
        let records = batch.records(&mut decompressor, usize::MAX).unwrap();
        records
            .iter()
            .map(|record| 1 + record.headers.iter().filter(|header| header.value.is_some()).count())
            .sum::<usize>()
    });
    let headers_with_value = (0..RECORDS).filter(|index| index % 3 > 0).count();
    assert_eq!(read, RECORDS + headers_with_value);
    assert_eq!(count, 0);
}

#[test]
fn sharing_keys_and_values_by_a_cursor_allocates_nothing() {
    let records = batch().records(&mut Decompressor::new(), usize::MAX).unwrap();
    let mut cursor = Cursor::default();
    let (count, bytes) = allocations(|| {
        let mut bytes = 0;
        while let Some(record) = records.read(&mut cursor) {
            bytes += record.key_bytes().map_or(0, |key| key.len());
            bytes += record.value_bytes().map_or(0, |value| value.len());
        }
        bytes
    });
    assert_eq!(cursor.index(), RECORDS);
    assert!(bytes > RECORDS * 50);
    assert_eq!(count, 0);
}

#[test]
fn finding_the_batches_of_a_response_allocates_nothing() {
    let one = batch();
    let response = Bytes::from(one.as_bytes().repeat(10));
    let (count, found) = allocations(|| Batches::new(response).flatten().count());
    assert_eq!(found, 10);
    // `Bytes` counts its users from the first slice on: that takes one allocation for the whole response.
    assert!(count <= 1, "{count} allocations");
}
