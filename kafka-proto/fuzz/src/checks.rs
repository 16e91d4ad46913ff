//! What must hold for any bytes. The fuzz targets call these, and so does the test that replays the corpus.
#![allow(dead_code, reason = "each target calls one of them")]

use bytes::Bytes;
use kafka_proto::{
    compression::Decompressor,
    messages::{AnyRequest, AnyResponse, ApiKey, read_request},
    records::{Batches, SealOptions, split},
    wire::Writer,
};

/// A frame that a client might send to a server: header and request.
pub(crate) fn request(frame: &[u8]) {
    let Ok((header, request)) = read_request(Bytes::copy_from_slice(frame)) else { return };
    let version = header.request_api_version;
    let mut writer = Writer::new();
    request.encode(&mut writer, version).expect("what was read can be written");
    assert_eq!(Ok(writer.len()), request.encoded_size(version));
    let again = AnyRequest::decode(request.api_key(), version, writer.into_bytes());
    assert_same(&again.expect("what was written can be read"), &request);
}

/// The number of an API, a version, and a response that a broker might send.
pub(crate) fn response(bytes: &[u8]) {
    let Some((&[k0, k1, v0, v1], body)) = bytes.split_first_chunk::<4>() else { return };
    let Ok(key) = ApiKey::try_from(i16::from_be_bytes([k0, k1])) else { return };
    let version = i16::from_be_bytes([v0, v1]);
    let Ok(response) = AnyResponse::decode(key, version, Bytes::copy_from_slice(body)) else { return };
    let mut writer = Writer::new();
    // An answer of ApiVersions in version 0 may come to a request of any version.
    let version = match &response {
        AnyResponse::ApiVersions(answer) if answer.error_code == 35 => 0,
        _ => version,
    };
    response.encode(&mut writer, version).expect("what was read can be written");
    assert_eq!(Ok(writer.len()), response.encoded_size(version));
    let again = AnyResponse::decode(key, version, writer.into_bytes());
    assert_same(&again.expect("what was written can be read"), &response);
}

/// The record batches of a partition, as a broker might send them.
pub(crate) fn records(bytes: &[u8]) {
    const LIMIT: usize = 1 << 20;
    let mut decompressor = Decompressor::new();
    for batch in Batches::new(Bytes::copy_from_slice(bytes)) {
        let Ok(batch) = batch else { continue };
        let _ = batch.verify_crc();
        let Ok(records) = batch.records(&mut decompressor, LIMIT) else { continue };
        assert_eq!(records.iter().count(), records.len());
        assert!(records.size_in_bytes() <= bytes.len().max(LIMIT));
        // All that was read can be written: as two batches, which are one after the other what was read.
        let [front, back] = split(&records, records.len() / 2).expect("the records are small");
        let mut again = front.seal(&SealOptions::new());
        again.extend(back.seal(&SealOptions::new()));
        let mut expected = records.iter();
        for batch in Batches::new(Bytes::from(again)) {
            let batch = batch.expect("what was written has a header");
            batch.verify_crc().expect("what was written has a checksum");
            let written = batch.records(&mut decompressor, LIMIT).expect("what was written can be read");
            for (written, read) in written.iter().zip(expected.by_ref()) {
                assert_eq!((written.timestamp, written.key), (read.timestamp, read.key));
                assert_eq!(written.value, read.value);
                assert!(written.headers.iter().eq(read.headers.iter()));
            }
        }
        assert!(expected.next().is_none());
    }
}

/// Equal, or both print the same: a float that is not a number does not equal itself.
fn assert_same<T: PartialEq + std::fmt::Debug>(one: &T, other: &T) {
    assert!(one == other || format!("{one:?}") == format!("{other:?}"), "{one:?} is not {other:?}");
}
