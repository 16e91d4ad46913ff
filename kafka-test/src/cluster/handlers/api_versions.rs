//! `ApiVersions`, versions 0 to 5.
//!
//! - 3: the client says what it is; the cluster says which features it has (KIP-511, KIP-584).
//! - 4: features may begin at level 0. 5: the client says which node it means to have reached (KIP-1242).
//!
//! A version that the node does not have is answered in version 0 with `UNSUPPORTED_VERSION`, and since Kafka 2.4 with
//! the versions of this API that it does have.

use kafka_proto::ErrorCode;
use kafka_proto::messages::{ApiKey, ApiVersion, ApiVersionsRequest, ApiVersionsResponse};

use super::{Call, Handle, Outcome};
use crate::cluster::state::State;

impl Handle for ApiVersionsRequest {
    fn handle(self, state: &mut State, call: &Call) -> Outcome<ApiVersionsResponse> {
        // Since version 3 names are checked: letters and digits at the ends, dots and dashes between them.
        if call.version >= 3
            && !(is_name(&self.client_software_name) && is_name(&self.client_software_version))
        {
            return Outcome::Answer(self.refuse(call.version, ErrorCode::INVALID_REQUEST));
        }
        Outcome::Answer(ApiVersionsResponse { api_keys: all(state), ..Default::default() })
    }

    fn refuse(self, _version: i16, code: ErrorCode) -> ApiVersionsResponse {
        ApiVersionsResponse { error_code: code.0, ..Default::default() }
    }
}

/// What a node says to a version that it does not have.
pub(crate) fn unsupported(state: &State) -> ApiVersionsResponse {
    let mut response =
        ApiVersionsResponse { error_code: ErrorCode::UNSUPPORTED_VERSION.0, ..Default::default() };
    if state.conf.release().names_versions_when_refusing() {
        response.api_keys = all(state);
        response.api_keys.retain(|api| api.api_key == ApiKey::ApiVersions as i16);
    }
    response
}

fn all(state: &State) -> Vec<ApiVersion> {
    let one = |api: &super::Api| {
        let versions = state.conf.versions_of(api.key)?;
        Some(ApiVersion {
            api_key: api.key as i16,
            min_version: *versions.start(),
            max_version: *versions.end(),
            ..Default::default()
        })
    };
    super::APIS.iter().filter_map(one).collect()
}

fn is_name(name: &str) -> bool {
    let inner = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.');
    let edge = |byte: Option<&u8>| byte.is_some_and(u8::is_ascii_alphanumeric);
    let bytes = name.as_bytes();
    edge(bytes.first()) && edge(bytes.last()) && bytes.iter().copied().all(inner)
}
