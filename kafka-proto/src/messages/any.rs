//! A request or a response of whichever API.

use bytes::Bytes;

use super::{ApiKey, ApiVersionsResponse, Response};
use crate::wire::{DecodeError, EncodeError, Message, Reader, Writer};

macro_rules! define {
    ($($name:ident = $key:literal, $request:ident, $response:ident;)*) => {
        /// A request of any API.
        ///
        /// ```
        /// use kafka_proto::{messages::{AnyRequest, ApiKey, HeartbeatRequest}, wire::Writer};
        ///
        /// let request = AnyRequest::from(HeartbeatRequest { generation_id: 3, ..Default::default() });
        /// let mut writer = Writer::new();
        /// request.encode(&mut writer, 4)?;
        /// assert_eq!(AnyRequest::decode(ApiKey::Heartbeat, 4, writer.into_bytes())?, request);
        /// # Ok::<(), Box<dyn std::error::Error>>(())
        /// ```
        #[derive(Clone, Debug, PartialEq)]
        #[non_exhaustive]
        #[expect(missing_docs, reason = "each variant is the message of its name")]
        pub enum AnyRequest {
            $($name(super::$request),)*
        }

        /// A response of any API.
        ///
        /// ```
        /// use kafka_proto::{messages::{AnyResponse, ApiKey, HeartbeatResponse}, wire::Writer};
        ///
        /// let response = AnyResponse::from(HeartbeatResponse { throttle_time_ms: 5, ..Default::default() });
        /// let mut writer = Writer::new();
        /// response.encode(&mut writer, 4)?;
        /// assert_eq!(AnyResponse::decode(ApiKey::Heartbeat, 4, writer.into_bytes())?, response);
        /// # Ok::<(), Box<dyn std::error::Error>>(())
        /// ```
        #[derive(Clone, Debug, PartialEq)]
        #[non_exhaustive]
        #[expect(missing_docs, reason = "each variant is the message of its name")]
        pub enum AnyResponse {
            $($name(super::$response),)*
        }

        impl AnyRequest {
            /// The API.
            pub const fn api_key(&self) -> ApiKey {
                match self { $(Self::$name(_) => ApiKey::$name,)* }
            }

            /// Writes the request, without a header.
            pub fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
                match self { $(Self::$name(request) => request.encode(writer, version),)* }
            }

            /// How many bytes [`AnyRequest::encode`] writes.
            pub fn encoded_size(&self, version: i16) -> Result<usize, EncodeError> {
                match self { $(Self::$name(request) => request.encoded_size(version),)* }
            }

            pub(super) fn read(key: ApiKey, version: i16, reader: &mut Reader) -> Result<Self, DecodeError> {
                match key { $(ApiKey::$name => Message::decode(reader, version).map(Self::$name),)* }
            }
        }

        impl AnyResponse {
            /// The API.
            pub const fn api_key(&self) -> ApiKey {
                match self { $(Self::$name(_) => ApiKey::$name,)* }
            }

            /// Writes the response, without a header.
            pub fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
                match self { $(Self::$name(response) => response.encode(writer, version),)* }
            }

            /// How many bytes [`AnyResponse::encode`] writes.
            pub fn encoded_size(&self, version: i16) -> Result<usize, EncodeError> {
                match self { $(Self::$name(response) => response.encoded_size(version),)* }
            }

            pub(super) fn read(key: ApiKey, version: i16, reader: &mut Reader) -> Result<Self, DecodeError> {
                match key { $(ApiKey::$name => Message::decode(reader, version).map(Self::$name),)* }
            }
        }

        $(
            impl From<super::$request> for AnyRequest {
                fn from(request: super::$request) -> Self {
                    Self::$name(request)
                }
            }

            impl From<super::$response> for AnyResponse {
                fn from(response: super::$response) -> Self {
                    Self::$name(response)
                }
            }
        )*
    };
}

apis!(define);

impl AnyRequest {
    /// Reads a request without its header. Bytes after its end are an error.
    pub fn decode(key: ApiKey, version: i16, body: Bytes) -> Result<Self, DecodeError> {
        let mut reader = Reader::new(body);
        let request = Self::read(key, version, &mut reader)?;
        reader.finish()?;
        Ok(request)
    }

    /// The API's name, as in `Fetch`.
    pub const fn name(&self) -> &'static str {
        self.api_key().name()
    }
}

impl AnyResponse {
    /// Reads a response without its header. Bytes after its end are an error.
    ///
    /// A broker that does not know the version of an `ApiVersions` request answers in version 0, whatever `version`
    /// was asked: that is read too.
    pub fn decode(key: ApiKey, version: i16, body: Bytes) -> Result<Self, DecodeError> {
        let mut reader = Reader::new(body);
        let version = answered_version(key, version, &reader);
        let response = Self::read(key, version, &mut reader)?;
        reader.finish()?;
        Ok(response)
    }

    /// The API's name, as in `Fetch`.
    pub const fn name(&self) -> &'static str {
        self.api_key().name()
    }
}

/// The version that a response really has, which is not always that of its request.
pub(super) fn answered_version(key: ApiKey, version: i16, body: &Reader) -> i16 {
    if key == ApiVersionsResponse::API_KEY {
        ApiVersionsResponse::answered_version(body, version)
    } else {
        version
    }
}
