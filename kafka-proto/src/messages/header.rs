//! header.

use crate::wire::{Message, StrBytes, UnknownTaggedFields};

/// RequestHeader.
#[derive(Clone, Debug, PartialEq, Message)]
#[message(header, versions = "0-2", flexible = "2+")]
pub struct RequestHeader {
    /// The request api key.
    #[field(versions = "0+")]
    pub request_api_key: i16,
    /// The request api version.
    #[field(versions = "0+")]
    pub request_api_version: i16,
    /// The correlation id.
    #[field(versions = "0+")]
    pub correlation_id: i32,
    /// The client id.
    #[field(versions = "1+", nullable = "1+", ignorable, classic_length)]
    pub client_id: Option<StrBytes>,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}

/// ResponseHeader.
#[derive(Clone, Debug, PartialEq, Message)]
#[message(header, versions = "0-1", flexible = "1+")]
pub struct ResponseHeader {
    /// The correlation id.
    #[field(versions = "0+")]
    pub correlation_id: i32,
    /// Tagged fields that this schema does not have.
    pub unknown_tagged_fields: UnknownTaggedFields,
}
