//! Whole frames: length, header, message.

use bytes::Bytes;

use super::{AnyRequest, ApiKey, Request, RequestHeader, Response, ResponseHeader, any::answered_version};
use crate::wire::{DecodeError, EncodeError, Message, Reader, Writer};

/// Writes a request with the four bytes of its length and its header.
pub fn write_request<R: Request>(
    writer: &mut Writer,
    version: i16,
    correlation_id: i32,
    client_id: Option<&str>,
    request: &R,
) -> Result<(), EncodeError> {
    let header = RequestHeader {
        request_api_key: R::API_KEY.key(),
        request_api_version: version,
        correlation_id,
        client_id: client_id.map(Into::into),
        ..RequestHeader::default()
    };
    writer.put_frame(|writer| {
        header.encode(writer, R::API_KEY.request_header_version(version))?;
        request.encode(writer, version)
    })
}

/// Writes a response with the four bytes of its length and its header. An `ApiVersions` response to a version that the
/// server does not know has to be written as version 0.
pub fn write_response<R: Response>(
    writer: &mut Writer,
    version: i16,
    correlation_id: i32,
    response: &R,
) -> Result<(), EncodeError> {
    let header = ResponseHeader { correlation_id, ..ResponseHeader::default() };
    writer.put_frame(|writer| {
        header.encode(writer, R::API_KEY.response_header_version(version))?;
        response.encode(writer, version)
    })
}

/// Reads a request and its header from a frame, without the four bytes of its length.
pub fn read_request(frame: Bytes) -> Result<(RequestHeader, AnyRequest), DecodeError> {
    let mut reader = Reader::new(frame);
    let header = RequestHeader::read(&mut reader)?;
    let key = ApiKey::try_from(header.request_api_key)?;
    let request = AnyRequest::read(key, header.request_api_version, &mut reader)?;
    reader.finish()?;
    Ok((header, request))
}

/// Reads a response to a request of `version` from a frame, without the four bytes of its length: the correlation id
/// and the message.
///
/// A broker that does not know the version of an `ApiVersions` request answers in version 0: that is read too.
pub fn read_response<R: Response>(frame: Bytes, version: i16) -> Result<(i32, R), DecodeError> {
    let mut reader = Reader::new(frame);
    let header = ResponseHeader::decode(&mut reader, R::API_KEY.response_header_version(version))?;
    let version = answered_version(R::API_KEY, version, &reader);
    let response = R::decode(&mut reader, version)?;
    reader.finish()?;
    Ok((header.correlation_id, response))
}

impl RequestHeader {
    /// Reads the header at the start of a request: the API and the version in it say which version of the header it
    /// is. The request's version may be one that is not known here; an unknown API is an error.
    pub fn read(reader: &mut Reader) -> Result<Self, DecodeError> {
        let mut start = reader.clone();
        let key = ApiKey::try_from(start.i16()?)?;
        let version = start.i16()?;
        Self::decode(reader, key.request_header_version(version))
    }
}
