//! The rules of the protocol that a vector does not show: what may be written in which version, and what errors say.

use bytes::Bytes;
use kafka_proto::{
    ErrorCode,
    messages::{
        AnyResponse, ApiKey, ApiVersionsRequest, ApiVersionsResponse, FetchRequest, FetchRequestFetchTopic,
        JoinGroupRequest, MetadataRequest, MetadataResponse, PartitionProduceData, ProduceRequest,
        ProduceResponse, RequestHeader, TopicProduceData, read_request, read_response, write_request,
        write_response,
    },
    wire::{DecodeErrorKind, EncodeErrorKind, Message, Reader, Writer},
};

fn encode<M: Message>(message: &M, version: i16) -> Bytes {
    let mut writer = Writer::new();
    message.encode(&mut writer, version).unwrap();
    writer.into_bytes()
}

fn refusal<M: Message>(message: &M, version: i16) -> (EncodeErrorKind, String) {
    let error = message.encode(&mut Writer::new(), version).unwrap_err();
    (error.kind(), error.to_string())
}

#[test]
fn a_value_that_the_version_cannot_carry_is_an_error() {
    let request = ProduceRequest { transactional_id: Some("t".into()), ..Default::default() };
    let (kind, text) = refusal(&request, 2);
    assert_eq!(kind, EncodeErrorKind::NotInVersion);
    assert_eq!(
        text,
        "ProduceRequest v2, field transactional_id: has a value, which this version cannot carry"
    );
}

#[test]
fn an_ignorable_value_is_left_out_silently() {
    let request = ApiVersionsRequest { client_software_name: "ours".into(), ..Default::default() };
    assert_eq!(encode(&request, 0), encode(&ApiVersionsRequest::default(), 0));
    assert_ne!(encode(&request, 3), encode(&ApiVersionsRequest::default(), 3));
}

#[test]
fn null_is_an_error_where_the_version_has_none() {
    let everything = MetadataRequest { topics: None, ..Default::default() };
    let (kind, text) = refusal(&everything, 0);
    assert_eq!(kind, EncodeErrorKind::UnexpectedNull);
    assert_eq!(text, "MetadataRequest v0, field topics: null is not allowed in this version");
    assert!(everything.encode(&mut Writer::new(), 1).is_ok());

    let error = MetadataRequest::decode(&mut Reader::new(Bytes::from_static(&[0xff; 4])), 0).unwrap_err();
    assert_eq!(error.kind(), DecodeErrorKind::UnexpectedNull);
    assert_eq!(error.field(), "topics");
}

#[test]
fn a_string_longer_than_its_length_field_is_an_error() {
    let request = JoinGroupRequest { group_id: "g".repeat(40_000).into(), ..Default::default() };
    assert_eq!(refusal(&request, 5).0, EncodeErrorKind::TooLong(40_000));
    assert!(request.encode(&mut Writer::new(), 6).is_ok());
}

#[test]
fn a_version_that_does_not_exist_is_an_error() {
    let (kind, _) = refusal(&JoinGroupRequest::default(), 10);
    assert_eq!(kind, EncodeErrorKind::UnsupportedVersion { version: 10, oldest: 0, newest: 9 });
    let error = JoinGroupRequest::decode(&mut Reader::new(Bytes::new()), -1).unwrap_err();
    assert_eq!(error.kind(), DecodeErrorKind::UnsupportedVersion { version: -1, oldest: 0, newest: 9 });
}

#[test]
fn unknown_tagged_fields_stand_between_known_ones_by_tag() {
    let mut request = FetchRequest { cluster_id: Some("c".into()), ..Default::default() };
    request.unknown_tagged_fields.insert(77, Bytes::from_static(b"x"));
    let bytes = encode(&request, 12);
    assert_eq!(bytes[bytes.len() - 8..], [2, 0, 2, 2, b'c', 77, 1, b'x']);
    assert_eq!(FetchRequest::decode(&mut Reader::new(bytes), 12).unwrap(), request);
}

#[test]
fn an_unknown_tagged_field_cannot_take_a_known_tag() {
    let mut request = FetchRequest { cluster_id: Some("c".into()), ..Default::default() };
    request.unknown_tagged_fields.insert(0, Bytes::new());
    assert_eq!(refusal(&request, 12).0, EncodeErrorKind::ConflictingTag(0));
}

#[test]
fn tagged_fields_do_not_fit_a_version_without_them() {
    let mut request = FetchRequest::default();
    request.unknown_tagged_fields.insert(77, Bytes::new());
    assert_eq!(refusal(&request, 11).0, EncodeErrorKind::TagsNotInVersion);
}

#[test]
fn a_tagged_field_that_appears_twice_is_an_error() {
    // No error, no APIs, no throttling; then two tagged fields of the same tag.
    let bytes = Bytes::from_static(&[0, 0, 1, 0, 0, 0, 0, 2, 77, 0, 77, 0]);
    let error = ApiVersionsResponse::decode(&mut Reader::new(bytes), 3).unwrap_err();
    assert_eq!(error.kind(), DecodeErrorKind::RepeatedTag(77));
    assert_eq!(error.offset(), 10);
}

#[test]
fn an_error_names_the_element_and_the_byte() {
    // One topic, two partitions, the second of them cut.
    let mut writer = Writer::new();
    writer.put_i32(1);
    writer.put_i16(1);
    writer.put_slice(b"t");
    writer.put_i32(2);
    writer.put_i32(0);
    writer.put_i16(0);
    writer.put_i64(5);
    writer.put_slice(&[0; 14]);
    let whole = writer.into_bytes();
    let error = ProduceResponse::decode(&mut Reader::new(whole.slice(..whole.len() - 3)), 0).unwrap_err();
    assert_eq!(error.field(), "responses[0].partition_responses");
    assert_eq!(error.kind(), DecodeErrorKind::CountTooLarge { count: 2, left: 25 });

    let error = ProduceResponse::decode(&mut Reader::new(whole.slice(..whole.len() - 3)), 5).unwrap_err();
    assert_eq!(error.message(), Some("ProduceResponse"));
    assert_eq!(error.offset(), 11);
}

#[test]
fn record_batches_are_gathered_and_not_copied() {
    let batch = Bytes::from(vec![9; 100_000]);
    let partitions = vec![PartitionProduceData { records: Some(batch.clone()), ..Default::default() }; 3];
    let request = ProduceRequest {
        topic_data: vec![TopicProduceData { partition_data: partitions, ..Default::default() }],
        ..Default::default()
    };
    let mut writer = Writer::gathering(Vec::new());
    write_request(&mut writer, 9, 1, None, &request).unwrap();
    let length = writer.len();
    let chunks: Vec<Bytes> = writer.into_chunks().collect();
    let shared = chunks.iter().filter(|chunk| chunk.as_ptr() == batch.as_ptr()).count();
    assert_eq!(shared, 3);

    let whole = Bytes::from(chunks.concat());
    assert_eq!(whole.len(), length);
    assert_eq!(whole[..4], i32::try_from(length - 4).unwrap().to_be_bytes());
    let mut writer = Writer::new();
    write_request(&mut writer, 9, 1, None, &request).unwrap();
    assert_eq!(writer.into_bytes(), whole);
}

#[test]
fn strings_and_bytes_are_slices_of_the_frame() {
    let topic = FetchRequestFetchTopic { topic: "orders".into(), ..Default::default() };
    let bytes = encode(&FetchRequest { topics: vec![topic], ..Default::default() }, 4);
    let request = FetchRequest::decode(&mut Reader::new(bytes.clone()), 4).unwrap();
    assert!(bytes.as_ptr_range().contains(&request.topics[0].topic.as_ptr()));
}

#[test]
fn an_answer_in_version_0_to_an_unknown_version_is_read() {
    let answer = ApiVersionsResponse { error_code: ErrorCode::UNSUPPORTED_VERSION.0, ..Default::default() };
    let mut writer = Writer::new();
    write_response(&mut writer, 0, 7, &answer).unwrap();
    let frame = writer.into_bytes().slice(4..);
    assert_eq!(read_response::<ApiVersionsResponse>(frame.clone(), 4), Ok((7, answer.clone())));
    let body = frame.slice(4..);
    assert_eq!(AnyResponse::decode(ApiKey::ApiVersions, 4, body), Ok(AnyResponse::from(answer)));
}

#[test]
fn the_header_of_a_request_in_an_unknown_version_is_read() {
    let header = RequestHeader {
        request_api_key: ApiKey::ApiVersions.key(),
        request_api_version: 99,
        correlation_id: 5,
        client_id: Some("new".into()),
        ..Default::default()
    };
    let bytes = encode(&header, 2);
    assert_eq!(RequestHeader::read(&mut Reader::new(bytes.clone())), Ok(header));
    let error = read_request(bytes).unwrap_err();
    assert!(matches!(error.kind(), DecodeErrorKind::UnsupportedVersion { version: 99, .. }));
}

#[test]
fn bytes_after_the_end_are_an_error() {
    let mut writer = Writer::new();
    write_response(&mut writer, 9, 7, &MetadataResponse::default()).unwrap();
    writer.put_i8(0);
    let error = read_response::<MetadataResponse>(writer.into_bytes().slice(4..), 9).unwrap_err();
    assert_eq!(error.kind(), DecodeErrorKind::TrailingBytes(1));
}
