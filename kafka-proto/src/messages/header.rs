//! The headers before requests and responses.

use crate::wire::{Message, StrBytes, UnknownTaggedFields};

/// What stands before a request. Version 2 goes with flexible requests, version 1 with all others; version 0
/// is that of a request between brokers, which is gone.
#[derive(Clone, Debug, PartialEq, Message)]
#[message(header, versions = "0-2", flexible = "2+")]
pub struct RequestHeader {
    /// The number of the API.
    #[field(versions = "0+")]
    pub request_api_key: i16,
    /// The version of the request.
    #[field(versions = "0+")]
    pub request_api_version: i16,
    /// A number that the response repeats.
    #[field(versions = "0+")]
    pub correlation_id: i32,
    /// The client's name for itself. It is written the classic way even in flexible versions, so that any
    /// broker can read it.
    #[field(versions = "1+", nullable = "1+", ignorable, classic_length)]
    pub client_id: Option<StrBytes>,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// What stands before a response. Version 1 goes with flexible responses, except for `ApiVersions`.
#[derive(Clone, Debug, PartialEq, Message)]
#[message(header, versions = "0-1", flexible = "1+")]
pub struct ResponseHeader {
    /// The number of the request.
    #[field(versions = "0+")]
    pub correlation_id: i32,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}
