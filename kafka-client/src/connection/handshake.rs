//! What is said before the first request of a connection: which versions the node speaks, and (where the
//! configuration asks for it) who we are. Pure: each state consumes itself with the answer it waits for and
//! returns the next step.

use bytes::Bytes;
use kafka_proto::ErrorCode;
use kafka_proto::messages::{ApiKey, ApiVersionsRequest, ApiVersionsResponse};
use kafka_proto::wire::{Message, Reader, StrBytes};

use super::versions::Versions;
use crate::api::{Error, ErrorKind, Result};

/// The version asked first. Every broker since 2.4 answers it at once; later versions tell nothing more that
/// this client uses, and asking for them would cost older brokers a second round trip.
const FIRST: i16 = 3;

/// What to do next.
#[derive(Debug)]
pub(crate) enum Step {
    /// Send the state's request and give the answer to [`ExpectApiVersions::answered`].
    Ask(ExpectApiVersions),
    /// The connection takes requests. Authentication stands between this and the step above.
    Ready(Versions),
}

/// Waits for the answer to ApiVersions.
#[derive(Debug)]
pub(crate) struct ExpectApiVersions {
    version: i16,
}

/// Where the handshake begins.
pub(crate) fn start() -> ExpectApiVersions {
    ExpectApiVersions { version: FIRST }
}

impl ExpectApiVersions {
    pub(crate) fn version(&self) -> i16 {
        self.version
    }

    pub(crate) fn request() -> ApiVersionsRequest {
        ApiVersionsRequest {
            client_software_name: StrBytes::from_static("kafka-client-rust"),
            client_software_version: StrBytes::from_static(env!("CARGO_PKG_VERSION")),
            ..ApiVersionsRequest::default()
        }
    }

    /// Reads the answer's body, after its header. A node that does not know the version asked answers in
    /// version 0 and names the versions it does know (KIP-511).
    pub(crate) fn answered(self, body: Bytes) -> Result<Step> {
        let refused = body.first_chunk() == Some(&ErrorCode::UNSUPPORTED_VERSION.0.to_be_bytes());
        let version = if refused { 0 } else { self.version };
        let response = ApiVersionsResponse::decode(&mut Reader::new(body), version).map_err(|error| {
            Error::new(
                ErrorKind::Protocol,
                "the answer to the first request is not Kafka's: is this a Kafka listener?",
            )
            .in_api("ApiVersions")
            .with_source(error)
        })?;
        if refused && self.version > 0 {
            let known = response.api_keys.iter().find(|api| api.api_key == ApiKey::ApiVersions as i16);
            let next = known.map_or(0, |api| api.max_version).clamp(0, self.version - 1);
            return Ok(Step::Ask(Self { version: next }));
        }
        let code = ErrorCode(response.error_code);
        if !code.is_ok() {
            return Err(Error::from_code(code).in_api("ApiVersions"));
        }
        Ok(Step::Ready(Versions::from_response(&response)))
    }
}
