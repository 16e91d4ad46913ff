//! What must hold for any bytes. The fuzz targets call these, and so does the test that replays the corpus.
#![allow(dead_code, reason = "each target calls one of them")]

use bytes::Bytes;
use kafka_proto::{
    compression::Decompressor,
    messages::{AnyRequest, AnyResponse, ApiKey, read_request},
    records::Batches,
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
        let Ok(batch) = batch else { return };
        let _ = batch.verify_crc();
        let Ok(records) = batch.records(&mut decompressor, LIMIT) else { continue };
        for record in &records {
            let _ = record;
        }
    }
}

/// Equal, or both print the same: a float that is not a number does not equal itself.
fn assert_same<T: PartialEq + std::fmt::Debug>(one: &T, other: &T) {
    assert!(one == other || format!("{one:?}") == format!("{other:?}"), "{one:?} is not {other:?}");
}
