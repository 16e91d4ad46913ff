//! The APIs, their numbers and their versions.

use std::fmt;

use crate::wire::{DecodeError, DecodeErrorKind, Message, MessageSchema, Versions};

/// A request: its API, and what answers it.
pub trait Request: Message {
    /// The API.
    const API_KEY: ApiKey;
    /// The answer.
    type Response: Response;
}

/// A response: its API, and what it answers.
pub trait Response: Message {
    /// The API.
    const API_KEY: ApiKey;
    /// The question.
    type Request: Request;
}

macro_rules! define {
    ($($name:ident = $key:literal, $request:ident, $response:ident;)*) => {
        /// An API of Kafka: the number that a request starts with.
        ///
        /// Brokers have more of them, which they use among themselves; those are not here.
        ///
        /// ```
        /// use kafka_proto::{messages::ApiKey, wire::Versions};
        ///
        /// assert_eq!(ApiKey::try_from(3), Ok(ApiKey::Metadata));
        /// assert_eq!(ApiKey::Metadata.valid_versions(), Versions::new(0, 13));
        /// assert_eq!(ApiKey::Metadata.request_header_version(8), 1);
        /// assert_eq!(ApiKey::Metadata.request_header_version(9), 2);
        /// ```
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[non_exhaustive]
        #[repr(i16)]
        #[expect(missing_docs, reason = "each is documented by its request and response")]
        pub enum ApiKey {
            $($name = $key,)*
        }

        impl ApiKey {
            /// Every API, by ascending number.
            pub const ALL: &'static [Self] = &[$(Self::$name),*];

            /// The name, as in `Fetch`.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$name => stringify!($name),)* }
            }

            /// What its request looks like.
            pub const fn request_schema(self) -> &'static MessageSchema {
                match self { $(Self::$name => super::$request::SCHEMA,)* }
            }

            /// What its response looks like.
            pub const fn response_schema(self) -> &'static MessageSchema {
                match self { $(Self::$name => super::$response::SCHEMA,)* }
            }
        }

        impl TryFrom<i16> for ApiKey {
            type Error = DecodeError;

            fn try_from(key: i16) -> Result<Self, DecodeError> {
                match key {
                    $($key => Ok(Self::$name),)*
                    _ => Err(DecodeError::new(DecodeErrorKind::UnknownApiKey(key), 0)),
                }
            }
        }

        $(
            impl Request for super::$request {
                const API_KEY: ApiKey = ApiKey::$name;
                type Response = super::$response;
            }

            impl Response for super::$response {
                const API_KEY: ApiKey = ApiKey::$name;
                type Request = super::$request;
            }
        )*
    };
}

apis!(define);

impl ApiKey {
    /// The number.
    pub const fn key(self) -> i16 {
        self as i16
    }

    /// The versions to offer or to choose from. A version that Kafka still calls unstable is not among them, though
    /// it can be encoded and decoded.
    pub const fn valid_versions(self) -> Versions {
        let schema = self.request_schema();
        let newest = schema.versions.newest() - schema.newest_is_unstable as i16;
        Versions::new(schema.versions.oldest(), newest)
    }

    /// Whether `version` has compact lengths and tagged fields (KIP-482).
    pub const fn flexible(self, version: i16) -> bool {
        self.request_schema().flexible.contains(version)
    }

    /// The version of the header before a request of `version`.
    pub const fn request_header_version(self, version: i16) -> i16 {
        if self.flexible(version) { 2 } else { 1 }
    }

    /// The version of the header before a response of `version`. `ApiVersions` always has the first one: whoever sent
    /// a version that the broker does not know must still be able to read the answer (KIP-511).
    pub const fn response_header_version(self, version: i16) -> i16 {
        match self {
            Self::ApiVersions => 0,
            _ => self.flexible(version) as i16,
        }
    }
}

impl From<ApiKey> for i16 {
    fn from(key: ApiKey) -> Self {
        key.key()
    }
}

impl fmt::Display for ApiKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}
