use bytes::Bytes;
use proptest::prelude::*;

use super::*;
use crate::compression::{Compression, Compressor, Decompressor};
use crate::wire::varint::put_varlong;

const LIMIT: usize = 1 << 20;

type OwnedHeader = (String, Option<Vec<u8>>);

#[derive(Clone, Debug, PartialEq)]
struct Owned {
    timestamp: i64,
    key: Option<Vec<u8>>,
    value: Option<Vec<u8>>,
    headers: Vec<OwnedHeader>,
}

impl Owned {
    fn value(value: &str) -> Self {
        Self { timestamp: 1000, key: None, value: Some(value.into()), headers: Vec::new() }
    }

    fn of(record: &RecordView<'_>) -> Self {
        let owned = |bytes: Option<&[u8]>| bytes.map(<[u8]>::to_vec);
        let header = |header: Header<'_>| (header.name().into_owned(), owned(header.value));
        Self {
            timestamp: record.timestamp,
            key: owned(record.key),
            value: owned(record.value),
            headers: record.headers.iter().map(header).collect(),
        }
    }
}

fn build(records: &[Owned]) -> BatchBuilder {
    let (mut builder, mut size) = (BatchBuilder::new(Vec::new()), BatchSize::new());
    for (index, record) in records.iter().enumerate() {
        let headers: Vec<_> =
            record.headers.iter().map(|(key, value)| (key.as_str(), value.as_deref())).collect();
        let (key, value) = (record.key.as_deref(), record.value.as_deref());
        let grows = builder.size_of(record.timestamp, key, value, &headers);
        let before = builder.len();
        assert_eq!(builder.append(record.timestamp, key, value, &headers), Ok(index as i32));
        assert_eq!(builder.len() - before, grows);
        size.add(record.timestamp, key, value, &headers);
        assert_eq!(size.bytes(), builder.len());
    }
    assert_eq!(builder.count() as usize, records.len());
    builder
}

fn sealed_at(base_offset: i64, values: &[&str]) -> Vec<u8> {
    let records: Vec<_> = values.iter().map(|value| Owned::value(value)).collect();
    let mut options = SealOptions::new();
    options.base_offset = base_offset;
    build(&records).seal(&options)
}

fn only(bytes: impl Into<Bytes>) -> Result<RecordBatch, BatchError> {
    let mut batches = Batches::new(bytes.into());
    let batch = batches.next().unwrap();
    assert!(batches.next().is_none());
    batch
}

fn read(batch: &RecordBatch) -> Result<Records, BatchError> {
    batch.records(&mut Decompressor::new(), LIMIT)
}

fn values(records: &Records) -> Vec<(i64, String)> {
    records
        .iter()
        .map(|record| (record.offset, String::from_utf8_lossy(record.value.unwrap()).into_owned()))
        .collect()
}

/// Computes the checksum of a batch anew after its bytes were changed.
fn with_crc(mut batch: Vec<u8>) -> Vec<u8> {
    let crc = crc32c(&batch[21..]);
    batch[17..21].copy_from_slice(&crc.to_be_bytes());
    batch
}

#[test]
fn builder_tracks_the_latest_timestamp_and_counts_from_the_first() {
    let mut builder = BatchBuilder::new(vec![1, 2, 3]);
    assert_eq!((builder.len(), builder.is_empty(), builder.max_timestamp()), (HEADER_SIZE, true, -1));
    for timestamp in [500, 900, i64::MIN, i64::MAX, -1, 0] {
        builder.append(timestamp, None, None, &[]).unwrap();
    }
    let batch = only(builder.seal(&SealOptions::new())).unwrap();
    assert_eq!((batch.base_timestamp(), batch.max_timestamp()), (500, i64::MAX));
    let timestamps: Vec<_> = read(&batch).unwrap().iter().map(|record| record.timestamp).collect();
    assert_eq!(timestamps, [500, 900, i64::MIN, i64::MAX, -1, 0]);
}

#[test]
fn a_batch_of_negative_timestamps_has_a_negative_latest_one() {
    let mut builder = BatchBuilder::new(Vec::new());
    builder.append(-500, None, None, &[]).unwrap();
    assert_eq!(builder.max_timestamp(), -500);
}

#[test]
fn a_full_batch_refuses_the_record_and_stays_as_it_was() {
    let mut builder = build(&[Owned::value("one")]);
    builder.set_count(i32::MAX);
    let before = builder.len();
    let error = builder.append(0, None, None, &[]).unwrap_err();
    assert!(error.to_string().contains("2147483647 records"), "{error}");
    assert_eq!((builder.len(), builder.count()), (before, i32::MAX));
}

#[test]
fn buffers_are_used_again_without_growing() {
    let mut buffer = Vec::with_capacity(16 << 10);
    let memory = buffer.as_ptr();
    for _ in 0..3 {
        let mut builder = BatchBuilder::new(buffer);
        while builder.len() + builder.size_of(0, None, Some(&[7; 100]), &[]) <= 16 << 10 {
            builder.append(0, None, Some(&[7; 100]), &[]).unwrap();
        }
        assert!(builder.len() > (16 << 10) - 110);
        buffer = builder.seal(&SealOptions::new());
        assert_eq!((buffer.as_ptr(), buffer.capacity()), (memory, 16 << 10));
    }
}

#[test]
fn stamping_a_sealed_batch_equals_sealing_it_with_that_stamp() {
    let records = [Owned::value("one"), Owned::value("two")];
    let stamp_of = |epoch, base_sequence, transactional| ProducerStamp {
        producer_id: 4000,
        producer_epoch: epoch,
        base_sequence,
        transactional,
    };
    for codec in Compression::ALL.into_iter().filter(|codec| codec.is_available()) {
        let mut compressor = Compressor::new(codec).unwrap();
        let mut seal = |producer| {
            let (mut options, mut out) = (SealOptions::new(), Vec::new());
            options.producer = producer;
            build(&records).seal_compressed(&options, &mut compressor, &mut out).unwrap();
            out
        };
        let mut batch = seal(None);
        for producer in [stamp_of(1, 17, true), stamp_of(2, 0, false), ProducerStamp::NONE] {
            stamp(&mut batch, producer).unwrap();
            assert_eq!(batch, seal(Some(producer)), "{codec}");
            only(batch.clone()).unwrap().verify_crc().unwrap();
        }
    }
}

#[test]
fn a_broker_assigns_offset_and_epoch_without_touching_the_checksum() {
    let mut batch = sealed_at(0, &["one", "two"]);
    assign(&mut batch, 4000, 9).unwrap();
    let batch = only(batch).unwrap();
    batch.verify_crc().unwrap();
    assert_eq!((batch.base_offset(), batch.last_offset(), batch.partition_leader_epoch()), (4000, 4001, 9));
    assert_eq!(values(&read(&batch).unwrap()), [(4000, "one".to_owned()), (4001, "two".to_owned())]);
}

#[test]
fn what_is_no_batch_is_not_stamped() {
    let whole = sealed_at(0, &["one"]);
    let mut old = whole.clone();
    old[16] = 1;
    for mut bytes in [Vec::new(), whole[..40].to_vec(), whole[..whole.len() - 1].to_vec(), old] {
        let before = bytes.clone();
        stamp(&mut bytes, ProducerStamp::NONE).unwrap_err();
        assign(&mut bytes, 1, 1).unwrap_err();
        assert_eq!(bytes, before);
    }
}

#[test]
fn sequences_go_on_from_zero() {
    let mut options = SealOptions::new();
    options.producer = Some(ProducerStamp {
        producer_id: 1,
        producer_epoch: 0,
        base_sequence: i32::MAX,
        transactional: false,
    });
    let batch = only(build(&[Owned::value("a"), Owned::value("b")]).seal(&options)).unwrap();
    assert_eq!(batch.last_sequence(), 0);
}

#[test]
fn a_split_batch_holds_the_same_records() {
    let records: Vec<_> = ["a", "b", "c", "d"].map(Owned::value).into();
    let all = read(&only(build(&records).seal(&SealOptions::new())).unwrap()).unwrap();
    for at in 0..=5 {
        let [front, back] = split(&all, at).unwrap();
        assert_eq!(front.count() as usize, at.min(4));
        let mut parts = Vec::new();
        for part in [front, back].into_iter().filter(|part| !part.is_empty()) {
            let part = read(&only(part.seal(&SealOptions::new())).unwrap()).unwrap();
            parts.extend(part.iter().map(|record| Owned::of(&record)));
        }
        assert_eq!(parts, records, "split at {at}");
    }
}

#[test]
fn uncompressed_records_are_slices_of_the_response() {
    let bytes = Bytes::from(sealed_at(0, &["value"]));
    let records = read(&only(bytes.clone()).unwrap()).unwrap();
    let record = records.iter().next().unwrap();
    let value = record.value_bytes().unwrap();
    let range = bytes.as_ptr_range();
    assert!(range.contains(&value.as_ptr()));
    assert_eq!((value, record.key_bytes()), (Bytes::from_static(b"value"), None));
    assert_eq!(record.share(b"from elsewhere"), "from elsewhere");
}

#[test]
fn a_cursor_reads_on_where_it_stopped() {
    let records = read(&only(sealed_at(7, &["a", "b"])).unwrap()).unwrap();
    let mut cursor = Cursor::default();
    assert_eq!(records.read(&mut cursor).unwrap().offset, 7);
    assert_eq!(cursor.index(), 1);
    assert_eq!(records.read(&mut cursor).unwrap().offset, 8);
    assert!(records.read(&mut cursor).is_none() && records.read(&mut cursor).is_none());
}

#[test]
fn records_are_iterated_over_from_a_cursor_on() {
    let records = read(&only(sealed_at(5, &["a", "b", "c"])).unwrap()).unwrap();
    let mut cursor = Cursor::default();
    for left in (0..=3).rev() {
        let rest = records.iter_from(cursor);
        assert_eq!(rest.len(), left);
        assert!(rest.map(|record| record.offset).eq(8 - left as i64..8));
        assert_eq!(records.read(&mut cursor).is_some(), left > 0);
    }
}

#[test]
fn a_damaged_batch_in_the_middle_is_told_and_passed() {
    let batches = [sealed_at(10, &["a", "b"]), sealed_at(12, &["c", "d"]), sealed_at(20, &["e"])];
    for at in 21..batches[1].len() {
        let mut damaged = batches.clone();
        damaged[1][at] ^= 0x40;
        let read: Vec<_> = Batches::new(damaged.concat().into()).collect();
        let [Ok(_), second, Ok(third)] = &read[..] else { panic!("byte {at}: {read:?}") };
        let error = match second {
            Ok(second) => second.verify_crc().unwrap_err(),
            Err(error) => error.clone(),
        };
        assert!(matches!(error.kind(), BatchErrorKind::Crc { .. }), "byte {at}: {error}");
        assert_eq!((error.base_offset(), third.base_offset()), (12, 20));
        let next = error.next_offset().unwrap();
        assert!((13..=20).contains(&next), "byte {at}: goes on at {next}");
    }
}

#[test]
fn errors_say_which_batch_and_what() {
    let mut batch = sealed_at(42, &["value"]);
    let last = batch.len() - 1;
    batch[last] = 2; // one header, of which there is nothing
    let error = read(&only(with_crc(batch)).unwrap()).unwrap_err();
    assert_eq!(
        error.to_string(),
        "the record batch at offset 42 is corrupt: record 0 (byte 0 of the records): its number of headers is \
         negative, or more than its bytes can hold (the next batch begins at offset 43 or later)"
    );
}

#[test]
fn offsets_outside_the_batch_are_refused() {
    let two = sealed_at(0, &["a", "b"]);
    let mut shorter = two.clone();
    shorter[23..27].copy_from_slice(&0_i32.to_be_bytes());
    let error = read(&only(with_crc(shorter)).unwrap()).unwrap_err();
    assert!(matches!(error.kind(), BatchErrorKind::Record { index: 1, .. }), "{error}");

    for (base_offset, delta) in [(i64::MAX, 1_i32), (-1, 1), (0, -1)] {
        let mut beyond = two.clone();
        beyond[..8].copy_from_slice(&base_offset.to_be_bytes());
        beyond[23..27].copy_from_slice(&delta.to_be_bytes());
        let error = only(with_crc(beyond)).unwrap_err();
        assert!(matches!(error.kind(), BatchErrorKind::Header { .. }), "{error}");
    }
}

#[test]
fn a_count_beyond_the_bytes_is_refused_without_taking_memory_for_it() {
    for codec in Compression::ALL.into_iter().filter(|codec| codec.is_available()) {
        let mut batch = Vec::new();
        let builder = build(&[Owned::value("a")]);
        builder
            .seal_compressed(&SealOptions::new(), &mut Compressor::new(codec).unwrap(), &mut batch)
            .unwrap();
        batch[57..61].copy_from_slice(&i32::MAX.to_be_bytes());
        assert!(only(with_crc(batch)).and_then(|batch| read(&batch)).is_err(), "{codec}");
    }
}

#[cfg(feature = "zstd")]
#[test]
fn a_bomb_is_an_error_that_names_the_limit() {
    let mut sealed = Vec::new();
    let mut builder = BatchBuilder::new(Vec::new());
    builder.append(0, None, Some(&vec![0; 8 << 20]), &[]).unwrap();
    let mut compressor = Compressor::new(Compression::Zstd).unwrap();
    builder.seal_compressed(&SealOptions::new(), &mut compressor, &mut sealed).unwrap();
    let error = read(&only(sealed).unwrap()).unwrap_err();
    let expected =
        crate::compression::CompressionError::LimitExceeded { compression: Compression::Zstd, limit: LIMIT };
    assert_eq!(*error.kind(), BatchErrorKind::Compression(expected));
}

#[test]
fn control_records_tell_the_end_of_a_transaction() {
    for kind in [ControlType::Abort, ControlType::Commit, ControlType::Other(2)] {
        let marker = ControlRecord::new(kind, 7);
        let mut builder = BatchBuilder::new(Vec::new());
        builder.append(0, Some(&marker.key()), Some(&marker.value()), &[]).unwrap();
        builder.append(0, Some(&[0, 0, 0]), None, &[]).unwrap();
        builder.append(0, Some(&[0xff, 0xff, 0, 0]), None, &[]).unwrap();
        builder.append(0, None, None, &[]).unwrap();
        let mut options = SealOptions::new();
        options.control = true;
        let batch = only(builder.seal(&options)).unwrap();
        assert!(batch.is_control());
        let records = read(&batch).unwrap();
        let read: Vec<_> = records.iter().map(|record| ControlRecord::read(&record)).collect();
        let coordinator_epoch = (!matches!(kind, ControlType::Other(_))).then_some(7);
        assert_eq!(read, [Some(ControlRecord { kind, coordinator_epoch }), None, None, None]);
    }
}

#[test]
fn header_keys_that_are_no_text_are_read_like_java_does() {
    let mut batch = sealed_at(0, &["v"]);
    let records = batch.split_off(HEADER_SIZE);
    batch.extend([records[0] + 6]);
    batch.extend(&records[1..records.len() - 1]);
    batch.extend([2, 2, 0xff, 1]); // one header, its key the byte ff, its value null
    let size = (batch.len() - 12) as i32;
    batch[8..12].copy_from_slice(&size.to_be_bytes());
    let records = read(&only(with_crc(batch)).unwrap()).unwrap();
    let header = records.iter().next().unwrap().headers.iter().next().unwrap();
    assert_eq!((header.name().as_ref(), header.key, header.value), ("\u{fffd}", &[0xff][..], None));
}

/// A message of magic 0 or 1.
fn message(magic: u8, attributes: u8, offset: i64, timestamp: i64, value: Option<&[u8]>) -> Vec<u8> {
    let mut content = vec![magic, attributes];
    if magic > 0 {
        content.extend(timestamp.to_be_bytes());
    }
    content.extend((-1_i32).to_be_bytes());
    content.extend(value.map_or(-1, |value| value.len() as i32).to_be_bytes());
    content.extend(value.unwrap_or_default());
    let mut message = offset.to_be_bytes().to_vec();
    message.extend((content.len() as i32 + 4).to_be_bytes());
    message.extend(crc::crc32(&content).to_be_bytes());
    message.extend(content);
    message
}

#[cfg(feature = "gzip")]
fn wrapper(magic: u8, attributes: u8, offset: i64, messages: &[Vec<u8>]) -> RecordBatch {
    let mut packed = Vec::new();
    Compressor::new(Compression::Gzip).unwrap().compress(&messages.concat(), &mut packed).unwrap();
    let batch = only(message(magic, attributes | 1, offset, 5000, Some(&packed))).unwrap();
    batch.verify_crc().unwrap();
    batch
}

#[cfg(feature = "gzip")]
#[test]
fn wrapped_messages_have_relative_offsets_in_magic_1_only() {
    let inside = |magic| [message(magic, 0, 3, 1, Some(b"a")), message(magic, 0, 5, 2, Some(b"b"))];
    for (magic, expected) in [(0, [(3, -1), (5, -1)]), (1, [(98, 1), (100, 2)])] {
        let batch = wrapper(magic, 0, 100, &inside(magic));
        assert_eq!((batch.last_offset(), batch.record_count()), (100, None));
        let records = read(&batch).unwrap();
        let read: Vec<_> = records.iter().map(|record| (record.offset, record.timestamp)).collect();
        assert_eq!(read, expected, "magic {magic}");
    }
    let stamped = read(&wrapper(1, 8, 100, &inside(1))).unwrap();
    assert!(stamped.iter().all(|record| record.timestamp == 5000));
}

#[cfg(feature = "gzip")]
#[test]
fn wrappers_that_java_refuses_are_refused() {
    let plain = |magic| message(magic, 0, 0, 1, Some(b"a"));
    let mut damaged = plain(1);
    *damaged.last_mut().unwrap() ^= 1;
    for (inside, reason) in [
        (vec![], "wraps no message"),
        (vec![plain(0)], "its format differs"),
        (vec![plain(1), message(1, 1, 1, 1, Some(b"b"))], "a compressed message is inside another"),
        (vec![plain(1), damaged], "its checksum does not match"),
        (vec![plain(1)[..20].to_vec()], "cut short"),
        (vec![message(1, 0, -1, 1, Some(b"a"))], "its offset is negative"),
        (vec![message(1, 0, 5, 1, None), message(1, 0, 4, 1, None)], "or below the one before"),
        (vec![message(1, 0, 101, 1, None)], "outside the batch"),
    ] {
        let error = read(&wrapper(1, 0, 100, &inside)).unwrap_err().to_string();
        assert!(error.contains(reason), "{error}");
    }
    let error = read(&only(message(1, 1, 0, 0, None)).unwrap()).unwrap_err();
    assert!(error.to_string().contains("has no value"), "{error}");
}

#[test]
fn a_codec_left_out_of_the_build_is_named_with_its_feature() {
    for codec in Compression::ALL.into_iter().filter(|codec| !codec.is_available()) {
        let mut batch = sealed_at(0, &["a"]);
        batch[22] = codec.id();
        let error = read(&only(with_crc(batch)).unwrap()).unwrap_err().to_string();
        assert!(error.contains(&format!("enable the cargo feature `{codec}`")), "{error}");
        assert!(Compressor::new(codec).is_err());
    }
}

/// A record written number by number, as the protocol guide has it.
fn guide(index: i64, first_timestamp: i64, record: &Owned) -> Vec<u8> {
    fn put(out: &mut Vec<u8>, bytes: Option<&[u8]>) {
        put_varlong(out, bytes.map_or(-1, |bytes| bytes.len() as i64));
        out.extend_from_slice(bytes.unwrap_or_default());
    }
    let mut body = vec![0];
    put_varlong(&mut body, record.timestamp - first_timestamp);
    put_varlong(&mut body, index);
    put(&mut body, record.key.as_deref());
    put(&mut body, record.value.as_deref());
    put_varlong(&mut body, record.headers.len() as i64);
    for (key, value) in &record.headers {
        put(&mut body, Some(key.as_bytes()));
        put(&mut body, value.as_deref());
    }
    let mut whole = Vec::new();
    put_varlong(&mut whole, body.len() as i64);
    whole.extend(body);
    whole
}

#[test]
fn records_of_every_size_are_as_the_guide_has_them() {
    let lengths = [None, Some(0), Some(1), Some(50), Some(63), Some(64), Some(100), Some(8170), Some(8192)];
    let deltas = [0, 1, 63, 64, -1, 8191, 8192, 1 << 20, i64::from(i32::MAX), -(1 << 40)];
    let bytes = |length: Option<usize>| length.map(|length| vec![7; length]);
    let mut records = vec![Owned::value("the first")];
    for (at, delta) in deltas.into_iter().enumerate() {
        for (key, value) in lengths.iter().flat_map(|key| lengths.map(|value| (*key, value))) {
            let headers = vec![("trace".to_owned(), Some(vec![7; at])); at % 3];
            records.push(Owned { timestamp: 1000 + delta, key: bytes(key), value: bytes(value), headers });
        }
    }
    // Offsets of three bytes.
    records.resize(20_000, Owned::value(""));
    let expected: Vec<u8> =
        (0..).zip(&records).flat_map(|(index, record)| guide(index, 1000, record)).collect();
    let sealed = build(&records).seal(&SealOptions::new());
    assert!(sealed[HEADER_SIZE..] == expected, "the records differ");
    let batch = only(sealed).unwrap();
    let read = read(&batch).unwrap();
    assert!(read.iter().map(|record| Owned::of(&record)).eq(records), "the records are not read as they are");
}

fn any_record() -> impl Strategy<Value = Owned> {
    let bytes = || proptest::option::of(proptest::collection::vec(any::<u8>(), 0..200));
    let timestamp = prop_oneof![any::<i64>(), 0_i64..2000, Just(-1)];
    let headers = proptest::collection::vec(("\\PC{0,20}", bytes()), 0..4);
    (timestamp, bytes(), bytes(), headers).prop_map(|(timestamp, key, value, headers)| Owned {
        timestamp,
        key,
        value,
        headers,
    })
}

fn any_records() -> impl Strategy<Value = Vec<Owned>> {
    proptest::collection::vec(any_record(), 1..20)
}

fn any_codec() -> impl Strategy<Value = Compression> {
    let available: Vec<_> = Compression::ALL.into_iter().filter(|codec| codec.is_available()).collect();
    prop::sample::select(available)
}

fn sealed(records: &[Owned], codec: Compression) -> Vec<u8> {
    let mut out = Vec::new();
    let mut compressor = Compressor::new(codec).unwrap();
    build(records).seal_compressed(&SealOptions::new(), &mut compressor, &mut out).unwrap();
    out
}

/// Reads everything there is, and checks what must hold of any input.
fn read_all(bytes: Vec<u8>) {
    let mut decompressor = Decompressor::new();
    for batch in Batches::new(bytes.into()).flatten() {
        let _ = (batch.verify_crc(), batch.last_sequence(), batch.delete_horizon(), batch.compression());
        let Ok(records) = batch.records(&mut decompressor, LIMIT) else { continue };
        assert_eq!(records.iter().count(), records.len());
        for record in &records {
            assert!(
                batch.magic() < 2 || (batch.base_offset()..=batch.last_offset()).contains(&record.offset)
            );
            assert_eq!(record.headers.iter().count(), record.headers.len());
            assert_eq!(record.value_bytes().as_deref(), record.value);
        }
    }
}

proptest! {
    #[test]
    fn what_is_built_is_read(records in any_records(), codec in any_codec()) {
        let batch = only(sealed(&records, codec)).unwrap();
        batch.verify_crc().unwrap();
        prop_assert_eq!(batch.max_timestamp(), records.iter().map(|record| record.timestamp).max().unwrap());
        let read = read(&batch).unwrap();
        let offsets: Vec<_> = read.iter().map(|record| record.offset).collect();
        prop_assert_eq!(offsets, (0..records.len() as i64).collect::<Vec<_>>());
        let read: Vec<_> = read.iter().map(|record| Owned::of(&record)).collect();
        prop_assert_eq!(read, records);
    }

    #[test]
    fn damaged_batches_never_panic(
        records in any_records(),
        codec in any_codec(),
        damage in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6),
    ) {
        let mut bytes = [sealed(&records, codec), sealed_at(1000, &["after"])].concat();
        for (at, byte) in damage {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        read_all(bytes);
    }

    #[test]
    fn damaged_messages_never_panic(
        magic in 0_u8..2,
        attributes in 0_u8..16,
        content in proptest::collection::vec(any::<u8>(), 0..100),
        damage in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..4),
    ) {
        let mut bytes = message(magic, attributes, 7, 1000, Some(&content));
        for (at, byte) in damage {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        read_all(bytes);
    }

    /// There are two ways to read a record: a short one for most, another for all.
    #[test]
    fn a_record_is_the_same_whichever_way_it_is_read(
        records in any_records(),
        cut in any::<u16>(),
        changes in proptest::collection::vec((any::<u16>(), any::<u8>()), 0..4),
    ) {
        let mut bytes = build(&records).seal(&SealOptions::new()).split_off(HEADER_SIZE);
        bytes.truncate(bytes.len() - usize::from(cut) % (bytes.len() / 2 + 1));
        for (at, byte) in changes {
            let at = usize::from(at) % (bytes.len() + 1);
            bytes.iter_mut().skip(at).take(1).for_each(|change| *change = byte);
        }
        let mut rest = &bytes[..];
        while !rest.is_empty() {
            let usual = record::split_usual(rest).map(|(parts, after)| (format!("{parts:?}"), after));
            let any = record::split_any(rest).map(|(parts, after)| (format!("{parts:?}"), after));
            if let Some(usual) = usual {
                prop_assert_eq!(Ok(usual), any.clone());
            }
            let Ok((_, after)) = any else { break };
            rest = after;
        }
    }

    #[test]
    fn noise_never_panics(noise in proptest::collection::vec(any::<u8>(), 0..300), magic in 0_u8..4) {
        let mut bytes = noise;
        if bytes.len() > 16 {
            bytes[8..12].copy_from_slice(&60_u32.to_be_bytes());
            bytes[16] = magic;
        }
        read_all(bytes);
    }

    #[test]
    fn a_response_cut_anywhere_has_its_whole_batches(
        records in proptest::collection::vec(any_records(), 1..4),
        cut in any::<prop::sample::Index>(),
    ) {
        let frames: Vec<_> = records.iter().map(|records| sealed(records, Compression::None)).collect();
        let mut bytes = frames.concat();
        bytes.truncate(cut.index(bytes.len() + 1));
        let mut ends = frames.iter().scan(0, |end, frame| { *end += frame.len(); Some(*end) });
        let whole = ends.clone().take_while(|&end| end <= bytes.len()).count();
        let start = ends.clone().take(whole).last().unwrap_or(0);
        let cut_frame = ends.find(|&end| end > bytes.len()).filter(|_| start < bytes.len());
        let arrived = bytes.len() - start;

        let mut batches = Batches::new(bytes.into());
        prop_assert_eq!(batches.by_ref().flatten().count(), whole);
        prop_assert_eq!(batches.remaining(), arrived);
        let needed = cut_frame.map(|end| if arrived < 12 { HEADER_SIZE } else { end - start });
        prop_assert_eq!(batches.needed(), needed);
    }
}
